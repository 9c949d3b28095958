"""Files to start from: a commented description for a source and a target, composed of fragments."""

from nudipole.experiments.starting.compose import starting_file

__all__ = ["starting_file"]


def __dir__() -> list[str]:
    return __all__

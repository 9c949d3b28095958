"""Named errors. Each says what is wrong, with the value, and what to do about it, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path


class NudipoleError(Exception):
    """Base of every error that nudipole raises on purpose."""

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries: rebuild from message and attributes, not by calling __init__ again.
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[NudipoleError], args: tuple[object, ...], state: dict[str, object]) -> NudipoleError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class OutOfRange(NudipoleError, ValueError):
    """A number lies where the physics has no meaning."""

    def __init__(
        self, name: str, value: float, low: float, high: float = float("inf"), *, inside: bool = False
    ) -> None:
        left, right = "()" if inside else "[]"
        super().__init__(f"{name} = {value:g} must lie in {left}{low:g}, {high:g}{right}")
        self.name, self.value, self.low, self.high = name, value, low, high


class Unreachable(OutOfRange):
    """No neutrino of a beam makes a recoil that a detector counts."""


class UnitError(NudipoleError, ValueError):
    """A unit is missing, unknown or of the wrong kind."""


class UnknownName(NudipoleError, KeyError):
    """A name that no registry knows; the message lists what there is."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        close = get_close_matches(str(name), known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        self.message = f"unknown {kind} {name!r}: {hint}choose from {', '.join(known)}"
        super().__init__(self.message)
        self.kind, self.name, self.known = kind, name, known

    def __str__(self) -> str:
        return self.message


class PropertyRule(NudipoleError, ValueError):
    """A matrix of electromagnetic properties breaks a rule of its Dirac or Majorana nature."""


class TableError(NudipoleError, ValueError):
    """A reference table is missing, damaged or not what was asked for."""


class InputError(NudipoleError, ValueError):
    """A file handed in by the user is not valid: which file, which key, what to write."""

    def __init__(self, file: str | Path, key: str, message: str) -> None:
        where = f"{file}: {key}: " if key else f"{file}: "
        super().__init__(where + message)
        self.file, self.key, self.message = str(file), key, message


class ZeroExpectation(NudipoleError, ValueError):
    """Events were observed in a bin where the model expects none, whatever its parameters."""

    def __init__(self, bins: Iterable[int]) -> None:
        self.bins = list(bins)
        super().__init__(
            f"events observed where the model expects none (bins {self.bins}): "
            "give those bins a background or drop them"
        )


class FitError(NudipoleError, RuntimeError):
    """A fit did not converge; the message carries the parameter values at which it stopped."""

    def __init__(self, what: str, parameters: Mapping[str, float]) -> None:
        at = ", ".join(f"{name} = {value:.6g}" for name, value in parameters.items())
        super().__init__(f"{what} at {at}" if at else what)
        self.what, self.parameters = what, dict(parameters)

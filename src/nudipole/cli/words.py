"""How the command line spells what messages of the library call by the names of arguments: the one place for it."""

from __future__ import annotations

from nudipole.errors import ArgumentError, NudipoleError

#: What the library says, and the same in options.
_OPTIONS = {
    "approximate=True": "--approximate",
    "force=True": "--force",
    "statistic='pearson'": "--statistic pearson",
    "an earlier stop": "an earlier --stop",
    "leave the picture out": "leave --plot out",
    "more are in the table": "write --csv for more, or --no-plot",
}


def in_options(text: str) -> str:
    """A text of the library in the words of the command line.

    Examples
    --------
    >>> in_options("or replace it with force=True")
    'or replace it with --force'
    """
    for ours, option in _OPTIONS.items():
        text = text.replace(ours, option)
    return text


def told(error: NudipoleError) -> str:
    """The line that says what is wrong; an argument is called by its option."""
    if isinstance(error, ArgumentError):
        return in_options(error.called(f"--{error.argument.replace('_', '-')}"))
    return in_options(str(error))

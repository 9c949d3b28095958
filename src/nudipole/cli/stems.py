"""Names of files that a command writes unless told: they say of what, so that two questions do not share one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from nudipole.experiments.experiment import Experiment as Folded

#: Of the names of experiments in the name of a file, and of what else was asked for.
_MOST_LETTERS = 100
#: Options that say where a result goes, or how it is told: no part of what it is of.
_OUTPUTS = ("json", "csv", "plot", "no_plot", "force", "output", "parameters", "spin_plot", "explain", "help")


def stem(experiments: Sequence[Folded]) -> str:
    """Names of experiments, with their variants, in the name of a file."""
    return _joined([e.name if e.variant is None else f"{e.name}-{e.variant}" for e in experiments])


def stem_of(names: Sequence[str] | None) -> str:
    """Names of experiments as they stand on the command line, with a dash behind; empty without any."""
    if not names:
        return ""
    return f"{_joined(['stdin' if name == '-' else Path(name).name.removesuffix('.yaml') for name in names])}-"


def _joined(names: Sequence[str]) -> str:
    """Names with + between them; of many the first, and how many more, for names of files are bounded."""
    whole = "+".join(names)
    return whole if len(whole) <= _MOST_LETTERS else f"{names[0][:_MOST_LETTERS]}+{len(names) - 1}-more"


def stem_asked(context: typer.Context, name: str, *, without: Sequence[str] = ()) -> str:
    """`name`, and behind it what the command line asks for: other options make another name, none the `name` alone.

    Parameters
    ----------
    context : typer.Context
        Of the command.
    name : str
    without : sequence of str
        Parameters of the command that the name contains already.

    Returns
    -------
    str
        Of a bounded length: what is cut has a checksum in its place.
    """
    words = [name]
    for param in context.command.params:
        key, source = param.name or "", context.get_parameter_source(param.name or "")
        if key in (*_OUTPUTS, *without) or source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[key]
        option = param.opts[0].lstrip("-") if param.param_type_name == "option" and key != "values" else ""
        if value is not True:
            items = value if isinstance(value, list | tuple) else [value]
            option = "-".join(filter(None, [option, "+".join(map(_in_a_name, items))]))
        words.append(option)
    return _bounded("-".join(words))


def _in_a_name(value: object) -> str:
    """A value as part of the name of a file; of a file its own name."""
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    file = re.fullmatch(r"(?:.*/)?(.+)\.(?:yaml|yml|csv|root|zarr)", text)
    return re.sub(r"[^\w.+,-]+", "-", file[1] if file else text)


def _bounded(text: str) -> str:
    if len(text) <= _MOST_LETTERS:
        return text
    return f"{text[: _MOST_LETTERS - 9]}-{sha256(text.encode()).hexdigest()[:8]}"

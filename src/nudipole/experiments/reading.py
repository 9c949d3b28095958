"""Descriptions of experiments, checked against the schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nudipole.errors import InputError, NudipoleError, UnknownName, shortened
from nudipole.experiments.library import note_named, text
from nudipole.experiments.schema.experiment import ExperimentSpec, validate
from nudipole.io.beside import Beside, Folder
from nudipole.io.yaml import parse, plain

#: What experiments are named by: in the library, by a file, or described there and then.
Named = str | Path | Mapping[str, Any]

#: The first line of YAML, which is no name of a file.
_YAML = re.compile(r"\s*(#.*\n\s*)*[A-Za-z_]\w*\s*:(\s|$)")
#: What descriptions without a file are called in messages.
_GIVEN = "<description>"


def described(content: str | Mapping[str, Any], file: str, variant: str | None = None) -> tuple[ExperimentSpec, str]:
    """Validated description, with one of its variants applied, and what to call it in messages.

    Parameters
    ----------
    content : str or mapping
        YAML text, or what it would say.
    file : str
    variant : str, optional

    Raises
    ------
    InputError, UnknownName
        With file, key path and remedy.
    """
    spec = validate(parse(content, file) if isinstance(content, str) else plain(content, file), file)
    if variant is None:
        return spec, file
    if not spec.variants:
        raise InputError(file, "variants", f"there are none: leave {shortened(variant)} out")
    if variant not in spec.variants:
        raise UnknownName(f"variant of {spec.name}", variant, spec.variants)
    file = f"{file} (variant {variant})"
    return spec.changed(spec.variants[variant].set, file), file


def read(name: Named, variant: str | None = None) -> tuple[ExperimentSpec, str, Beside | None]:
    """Validated description, what to call it in messages, and the files that it may name.

    Parameters
    ----------
    name : str, Path or mapping
        A name of the library, the path of a file, ``"-"`` for standard input; or the description itself, as YAML text
        or as a mapping, whose files lie in the current folder.
    variant : str, optional
        One of those that the description has.

    Returns
    -------
    tuple of ExperimentSpec, str, and Beside or None

    Raises
    ------
    NudipoleError
        If it is no name, path or mapping.
    InputError, UnknownName
        As for `text` and `described`.

    Examples
    --------
    >>> spec, file, _ = read("xenonnt-2022", "free-electrons")
    >>> spec.named_processes["nu-e"].binding, file
    ('free', 'xenonnt-2022.yaml (variant free-electrons)')
    """
    if not isinstance(name, str | Path | Mapping):
        raise NudipoleError(f"{shortened(name)} is no experiment: give its name, a file or a description")
    if isinstance(name, Mapping) or (isinstance(name, str) and _YAML.match(name)):
        spec, file = described(name, _GIVEN, variant)
        return spec, file, Folder(Path.cwd())
    content, file, folder = text(name)
    if folder is not None:
        note_named(parse(content, file), folder)
    spec, file = described(content, file, variant)
    return spec, file, None if folder is None else Folder(folder)

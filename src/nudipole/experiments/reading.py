"""Descriptions of experiments, checked against the schema."""

from __future__ import annotations

from pathlib import Path

from nudipole.errors import InputError, UnknownName, shortened
from nudipole.experiments.library import note_named, text
from nudipole.experiments.schema.experiment import ExperimentSpec, validate
from nudipole.io.beside import Beside, Folder
from nudipole.io.yaml import parse


def described(content: str, file: str, variant: str | None = None) -> tuple[ExperimentSpec, str]:
    """Validated description that is a text, with one of its variants applied, and what to call it in messages.

    Raises
    ------
    InputError, UnknownName
        With file, key path and remedy.
    """
    spec = validate(parse(content, file), file)
    if variant is None:
        return spec, file
    if not spec.variants:
        raise InputError(file, "variants", f"there are none: leave {shortened(variant)} out")
    if variant not in spec.variants:
        raise UnknownName(f"variant of {spec.name}", variant, spec.variants)
    file = f"{file} (variant {variant})"
    return spec.changed(spec.variants[variant].set, file), file


def read(name: str | Path, variant: str | None = None) -> tuple[ExperimentSpec, str, Beside | None]:
    """The same of a name of the library or a file, and the files that it may name.

    Raises
    ------
    InputError, UnknownName
        As for `text` and `described`.
    """
    content, file, folder = text(name)
    if folder is not None:
        note_named(parse(content, file), folder)
    spec, file = described(content, file, variant)
    return spec, file, None if folder is None else Folder(folder)

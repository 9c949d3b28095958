"""A contribution: a file that is to become part of the library."""

from __future__ import annotations

from pathlib import Path

from nudipole import bibliography
from nudipole.errors import InputError
from nudipole.io.yaml import parse, text_of
from nudipole.limits.database import records
from nudipole.limits.record import Publication, validate


def checked(file: str | Path) -> Publication:
    """A file, checked against the schema and against all records.

    Parameters
    ----------
    file : str or Path
        Or ``"-"`` for standard input.

    Returns
    -------
    Publication

    Raises
    ------
    InputError
        With file, key and rule.

    Examples
    --------
    >>> from importlib.resources import files
    >>> str(checked(str(files("nudipole").joinpath("limits/library/xenonnt-2022.yaml"))).id)
    'xenonnt-2022'
    """
    name = "<stdin>" if str(file) == "-" else str(file)
    publication = validate(parse(text_of(file, "a record of limits"), name), name)
    own = {bound.id for bound in publication.bounds}
    known = {item for item, found in records().items() if found.publication.id != publication.id} | own
    texkey = publication.reference.texkey
    if texkey is not None and texkey not in bibliography.entries():
        raise InputError(name, "reference.texkey", f"{texkey} is not in sources.bib: add it there, or leave it out")
    for k, bound in enumerate(publication.bounds):
        if bound.id in records() and records()[bound.id].publication.id != publication.id:
            raise InputError(name, f"bounds[{k}].id", f"{bound.id} is taken by {records()[bound.id].publication.id}")
        for key in ("supersedes", "same_data_as"):
            for other in getattr(bound, key):
                if other not in known:
                    raise InputError(name, f"bounds[{k}].{key}", f"there is no record {other}")
        if bound.id in bound.supersedes:
            raise InputError(name, f"bounds[{k}].supersedes", "a bound does not supersede itself")
    return publication

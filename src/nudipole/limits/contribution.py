"""A contribution: a file that is to become part of the library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nudipole import bibliography
from nudipole.errors import InputError, NudipoleError
from nudipole.io.beside import Folder
from nudipole.io.yaml import parse, text_of
from nudipole.limits.curves import points
from nudipole.limits.database import records, sources
from nudipole.limits.printed import difference
from nudipole.limits.record import Curve, Publication, validate

#: Where a whole record stands.
_PAGE = "docs/how-to/limits-of-the-world.md"


def checked(file: str | Path) -> Publication:
    """A file, checked against the schema, against all records, and its numbers against what was printed.

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
    text = text_of(file, "a record of limits")
    if not text.strip():
        raise InputError(name, "", f"is empty: start from the example in {_PAGE}")
    publication = validate(parse(text, name, "a publication"), name)
    own = {bound.id for bound in publication.bounds}
    known = {item for item, found in records().items() if found.publication.id != publication.id} | own
    every = {found.publication.id for found in records().values()}
    if publication.id in every and parse(text, name) != parse(sources().get(f"{publication.id}.yaml", "{}"), name):
        raise InputError(name, "id", f"{publication.id} is taken: ids are never reused")
    texkey = publication.reference.texkey
    if texkey is not None and texkey not in bibliography.entries():
        raise InputError(
            name,
            "reference.texkey",
            f"{texkey} is not in sources.bib: add it there, or leave it out and give arxiv, doi or inspire",
        )
    for k, bound in enumerate(publication.bounds):
        if bound.id in records() and records()[bound.id].publication.id != publication.id:
            raise InputError(name, f"bounds[{k}].id", f"{bound.id} is taken by {records()[bound.id].publication.id}")
        if slip := difference(bound):
            raise InputError(name, f"bounds[{k}].result", slip)
        if isinstance(bound.result, Curve):
            _check_curve(bound.result, name, f"bounds[{k}].result.table")
        for key in ("supersedes", "same_data_as"):
            for other in getattr(bound, key):
                if other not in known:
                    raise InputError(name, f"bounds[{k}].{key}", f"there is no record {other}")
        if bound.id in bound.supersedes:
            raise InputError(name, f"bounds[{k}].supersedes", "a bound does not supersede itself")
    return publication


def own_publications(files: str | Path | Sequence[str | Path]) -> list[Publication]:
    """Publications of files of the user, each checked, for `nudipole.limits.select` and `nudipole.limits.world`.

    Parameters
    ----------
    files : str, Path or sequence of them

    Returns
    -------
    list of Publication

    Raises
    ------
    InputError
        As for `checked`; if two files have one id.

    Examples
    --------
    >>> own_publications([])
    []
    """
    found: dict[str, Publication] = {}
    for file in [files] if isinstance(files, str | Path) else files:
        publication = checked(file)
        if publication.id in found:
            raise InputError(file, "id", f"{publication.id} is the id of another of your files, too: rename one")
        found[publication.id] = publication
    return list(found.values())


def _check_curve(result: Curve, file: str, key: str) -> None:
    """The table lies beside the file, and is what the record says."""
    folder = Path.cwd() if file == "<stdin>" else Path(file).parent
    try:
        points(Folder(folder).text(result.table), result)
    except NudipoleError as error:
        raise InputError(file, key, str(error)) from error

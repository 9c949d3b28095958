"""All records of the package: read once, from YAML or from the file that was made of it.

A hundred YAML files take a second to read, their JSON milliseconds. `records.json` is made of the files by
`make records` and names the contents of each; a file that has changed since is read itself, so that nothing is stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from nudipole.errors import NudipoleError, UnknownName
from nudipole.limits.ours import ours
from nudipole.limits.record import Bound, Ends, Publication, validate
from nudipole.limits.words import PROPERTIES

#: Made of the YAML files.
COMPILED = "records.json"


@dataclass(frozen=True, repr=False)
class Record:
    """One bound with its publication.

    Attributes
    ----------
    bound : Bound
    publication : Publication
    superseded_by : tuple of str
        Records that say they supersede it.
    yours : bool
        Whether it is of a file of the user, not of the library.

    Examples
    --------
    >>> found = record("xenonnt-2022-mu-solar")
    >>> found.written, found.bound.statistics.cl, found.citation
    ('< 6.4e-12 mu_B', 0.9, 'Aprile et al., PRL 129 (2022) 161805')
    """

    bound: Bound
    publication: Publication
    superseded_by: tuple[str, ...] = ()
    yours: bool = False

    def __repr__(self) -> str:
        level = "" if self.bound.statistics.cl is None else f" at {100 * self.bound.statistics.cl:g} % CL"
        what = f"{self.bound.property} {self.written}{level}, {self.bound.status}"
        return f"Record({self.id}: {what}, {self.who} {self.year})"

    @property
    def id(self) -> str:
        """Of the bound."""
        return self.bound.id

    @property
    def year(self) -> int:
        """Of the publication."""
        return self.publication.reference.year

    @property
    def who(self) -> str:
        """The experiment, or the authors."""
        return self.publication.experiment or self.publication.reference.authors

    @property
    def citation(self) -> str:
        """Authors and place in one line."""
        of = self.publication.reference
        place = of.journal or (f"arXiv:{of.arxiv}" if of.arxiv else "") or (of.doi or "")
        return f"{of.authors}, {place}" if place else f"{of.authors} ({of.year})"

    @property
    def key(self) -> str:
        """What to cite by: texkey, arXiv number, DOI, or the record in INSPIRE."""
        of = self.publication.reference
        return of.texkey or (of.arxiv and f"arXiv:{of.arxiv}") or of.doi or f"INSPIRE {of.inspire}"

    @property
    def cite_key(self) -> str:
        """The key of its entry in BibTeX."""
        return self.key.replace(" ", "-")

    @property
    def url(self) -> str:
        """Where it can be read."""
        of = self.publication.reference
        if of.arxiv:
            return f"https://arxiv.org/abs/{of.arxiv}"
        return f"https://doi.org/{of.doi}" if of.doi else f"https://inspirehep.net/literature/{of.inspire}"

    @property
    def written(self) -> str:
        """Number and unit as stored, which is as published."""
        return result_in_words(self.bound)

    @property
    def common(self) -> Ends | None:
        """Ends in the common unit and convention; None where the conversion is not known, or there are none."""
        convention, result = self.bound.convention, self.bound.result
        ends = getattr(result, "ends", None)
        factor = 1.0 if convention is None else convention.factor_to_common
        if ends is None or factor is None:
            return None
        return tuple((low and low * factor, high and high * factor) for low, high in ends)

    @property
    def numbers(self) -> tuple[float | None, float | None, float | None]:
        """Lower end, value, upper end as stored: ends of a limit or of all its intervals, or a value alone."""
        result = self.bound.result
        match result.kind:
            case "upper" | "lower" | "interval":
                return result.ends[0][0], None, result.ends[-1][1]
            case "measured" | "predicted":
                return None, result.value, None
        return None, None, None

    @property
    def converted(self) -> str:
        """The conversion in words, and what it gives; empty where there is none."""
        convention = self.bound.convention
        if convention is None:
            return ""
        if convention.factor_to_common == 1.0:
            note = f" ({convention.note})" if convention.note else ""
            return f"the common one, as published: {convention.as_published}{note}"
        if self.common is None:
            why = f": {convention.note}" if convention.note else ""
            return f"as published: {convention.as_published}; not converted{why}"
        unit = PROPERTIES[self.bound.property]
        ends = " or ".join(_ends(low, high) for low, high in self.common)
        note = f" ({convention.note})" if convention.note else ""
        how = f"{convention.as_published} x {convention.factor_to_common:g}"
        return f"{ends} {unit} in the common convention: {how}{note}"

    def to_json(self) -> dict[str, Any]:
        """Plain data: all fields, and what follows from them."""
        publication = self.publication.model_dump(mode="json", exclude={"bounds"}, exclude_none=True)
        return {
            **self.bound.model_dump(mode="json", exclude_none=True),
            "superseded_by": list(self.superseded_by),
            "yours": self.yours,
            "common": None if self.common is None else [list(pair) for pair in self.common],
            "converted": self.converted or None,
            "ours": [own._asdict() for own in ours().get(self.id, ())],
            "publication": publication,
        }


def result_in_words(bound: Bound) -> str:
    """Number and unit of a bound as stored.

    Examples
    --------
    >>> result_in_words(record("xenonnt-2022-mu-solar").bound)
    '< 6.4e-12 mu_B'
    """
    result = bound.result
    unit = "" if result.unit == "1" else f" {result.unit}"
    match result.kind:
        case "upper":
            between = "" if result.range is None else f" ({result.range[0]:g} to {result.range[1]:g})"
            return f"< {result.value:g}{between}{unit}"
        case "lower":
            return f"> {result.value:g}{unit}"
        case "interval":
            return " or ".join(_ends(low, high) for low, high in result.intervals) + unit
        case "measured":
            if result.plus == result.minus:
                return f"{result.value:g} +- {result.plus:g}{unit}"
            return f"{result.value:g} +{result.plus:g} -{result.minus:g}{unit}"
        case "predicted":
            return f"{result.value:g}{unit}"
        case "curve":
            return f"against {result.x}, a curve [{result.unit}]"
    return "not quoted"


def _ends(low: float | None, high: float | None) -> str:
    if high is None:
        return f"> {low:g}"
    return f"< {high:g}" if low is None else f"{low:g} to {high:g}"


@cache
def records() -> dict[str, Record]:
    """All records by id, in the order of their files.

    Returns
    -------
    dict of Record

    Raises
    ------
    NudipoleError
        If a file is no record; for files of the package tests see to that.

    Examples
    --------
    >>> "xenonnt-2022-mu-solar" in records()
    True
    """
    return _related(_publications(), ())


def records_with(own: Sequence[Publication]) -> dict[str, Record]:
    """All records, and those of further publications, which may supersede some.

    Parameters
    ----------
    own : sequence of Publication
        Of the user.

    Returns
    -------
    dict of Record

    Examples
    --------
    >>> of = record("gemma-2012-mu-e").publication
    >>> records_with([of])["gemma-2012-mu-e"].yours, records_with([])["gemma-2012-mu-e"].yours
    (True, False)
    """
    if not own:
        return records()
    replaced = {of.id for of in own}
    library = {item.publication.id: item.publication for item in records().values()}
    return _related([of for name, of in library.items() if name not in replaced], own)


def _related(library: Sequence[Publication], own: Sequence[Publication]) -> dict[str, Record]:
    """Records by id, each with those that supersede it."""
    bounds = {bound.id: (bound, of) for of in (*library, *own) for bound in of.bounds}
    yours = {bound.id for of in own for bound in of.bounds}
    followed: dict[str, list[str]] = {}
    for bound, _ in bounds.values():
        for earlier in bound.supersedes:
            followed.setdefault(earlier, []).append(bound.id)
    return {
        name: Record(bound, of, tuple(followed.get(name, ())), name in yours) for name, (bound, of) in bounds.items()
    }


def record(name: str, *, own: str | Path | Sequence[str | Path] = ()) -> Record:
    """The record of this id.

    Parameters
    ----------
    name : str
    own : str, Path or sequence of them
        Files with records of yours, which are known beside the others and may supersede some.

    Returns
    -------
    Record

    Raises
    ------
    UnknownName
        With the ids that are near.
    InputError
        For a file that is no sound record.

    Examples
    --------
    >>> record("xenonnt-2022-mu-solar").who
    'XENONnT'
    """
    from nudipole.limits.contribution import own_publications

    every = records_with(own_publications(own))
    if name not in every:
        raise UnknownName("record", name, every)
    return every[name]


def sources() -> dict[str, str]:
    """Text of every file of the library by name.

    Returns
    -------
    dict of str

    Examples
    --------
    >>> sources()["xenonnt-2022.yaml"].splitlines()[0]
    'id: xenonnt-2022'
    """
    entries = sorted(_library().iterdir(), key=lambda entry: entry.name)
    return {entry.name: entry.read_text(encoding="utf-8") for entry in entries if entry.name.endswith(".yaml")}


def compiled() -> str:
    """JSON of all files, with the hash of each.

    Returns
    -------
    str

    Examples
    --------
    >>> list(json.loads(compiled())["xenonnt-2022.yaml"])
    ['sha256', 'data']
    """
    from nudipole.io.yaml import parse

    made = {name: {"sha256": _hash(text), "data": parse(text, name)} for name, text in sources().items()}
    return json.dumps(made, indent=1, ensure_ascii=True) + "\n"


def _publications() -> list[Publication]:
    known = _known()
    found = []
    for name, text in sources().items():
        entry = known.get(name)
        if entry is not None and entry.get("sha256") == _hash(text):
            data = entry["data"]
        else:
            from nudipole.io.yaml import parse

            data = parse(text, name)
        found.append(validate(data, name))
    return found


def _known() -> dict[str, Any]:
    path = _library().joinpath(COMPILED)
    if not path.is_file():
        return {}
    try:
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NudipoleError(f"{COMPILED} is damaged: {error}") from error
    return made


def _library() -> Traversable:
    return files("nudipole").joinpath("limits/library")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

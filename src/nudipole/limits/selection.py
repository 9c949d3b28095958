"""A choice of records: filters, one after the other, and the small table that they leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.io import notebook
from nudipole.limits import words
from nudipole.limits.contribution import own_publications
from nudipole.limits.database import Record, records_with
from nudipole.limits.ours import ours

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the table.
COLUMNS = ("id", "property", "flavour", "bound", "CL", "who", "year", "source", "status", "reference")


class Limits(Sequence[Record]):
    """Records in a table.

    Parameters
    ----------
    chosen : sequence of Record

    Examples
    --------
    >>> table = select(search="xenonnt-2022", current=False)
    >>> len(table), table[0].who
    (1, 'XENONnT')
    """

    def __init__(self, chosen: Sequence[Record]) -> None:
        self._chosen = tuple(chosen)

    def __getitem__(self, k: Any) -> Any:
        return Limits(self._chosen[k]) if isinstance(k, slice) else self._chosen[k]

    def __len__(self) -> int:
        return len(self._chosen)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._chosen)

    def __repr__(self) -> str:
        rows = {item.id: self.row(item) for item in self._chosen[:20]}
        places = (3, 4, 8, 5, 6)
        told = {name: f"{row[1]} of {row[2]}, {', '.join(row[k] for k in places)}" for name, row in rows.items()}
        more = {} if len(self) <= 20 else {"...": f"{len(self) - 20} more"}
        return notebook.lines(f"{len(self)} records", told | more, width=140)

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in self.row(item))}</tr>" for item in self._chosen
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @staticmethod
    def row(item: Record) -> list[str]:
        """Cells of one record, as of `COLUMNS`."""
        bound = item.bound
        level = "-" if bound.statistics.cl is None else f"{100 * bound.statistics.cl:g} %"
        whose = bound.quantity.flavour if bound.quantity.mixture is None else f"{bound.quantity.mixture} mixture"
        status = bound.status if not item.superseded_by else f"{bound.status}, superseded"
        status = f"{status}, yours" if item.yours else status
        return [
            item.id,
            bound.property,
            whose,
            f"{item.written}{_convention(item)}",
            level,
            item.who,
            str(item.year),
            bound.source,
            status,
            item.key,
        ]

    def rows(self) -> list[list[str]]:
        """Cells of all records."""
        return [self.row(item) for item in self._chosen]

    def to_pandas(self) -> pd.DataFrame:
        """A data frame: words of the table, ends, or the value of what is no limit, in the common unit; and ours.

        Numbers are missing where the conversion is not known, or none is quoted.
        """
        import pandas as pd

        frame = pd.DataFrame(self.rows(), columns=list(COLUMNS)).set_index("id")
        for k, name in enumerate(("lower", "value", "upper")):
            frame[name] = [self._common(item, k) for item in self._chosen]
        own = [ours().get(item.id, ()) for item in self._chosen]
        frame["ours"] = [" or ".join(f"{one.ours:g}" for one in found) for found in own]
        frame["class"] = [", ".join(dict.fromkeys(one.verdict for one in found)) for found in own]
        frame["unit"] = [words.PROPERTIES[item.bound.property] for item in self._chosen]
        frame["year"] = frame["year"].astype(int)
        return frame

    @staticmethod
    def _common(item: Record, k: int) -> float | None:
        convention = item.bound.convention
        factor, number = 1.0 if convention is None else convention.factor_to_common, item.numbers[k]
        return None if factor is None or number is None else number * factor

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data of all records."""
        return [item.to_json() for item in self._chosen]


def _convention(item: Record) -> str:
    """Beside a number that is not in the common unit and convention."""
    convention = item.bound.convention
    if convention is None or convention.factor_to_common == 1.0 or item.bound.result.kind == "not-quoted":
        return ""
    factor = convention.factor_to_common
    return " (own convention)" if factor is None else f" (common: x {factor:g})"


@dataclass(frozen=True)
class _Filter:
    """One condition: its name, its words, what it keeps, and what a record has there."""

    name: str
    given: str
    keeps: Callable[[Record], bool]
    has: Callable[[Record], str]


def select(
    *,
    property: str | None = None,  # noqa: A002
    flavour: str | None = None,
    source: str | None = None,
    process: str | None = None,
    method: str | None = None,
    year: int | str | None = None,
    cl: float | None = None,
    nature: str | None = None,
    status: str | None = None,
    search: str | None = None,
    current: bool = True,
    own: str | Path | Sequence[str | Path] = (),
) -> Limits:
    """Records that all conditions keep, by property, and the newest first.

    Parameters
    ----------
    property, flavour, source, process, method, nature, status : str, optional
        Words of `nudipole.limits.words`.
    year : int or str, optional
        One, or a range such as ``"2015..2020"``, ``"2015.."``.
    cl : float, optional
        Confidence level: levels are compared, never rescaled.
    search : str, optional
        In ids, names, authors, notes.
    current : bool
        Without what others supersede.
    own : str, Path or sequence of them
        Files with records of yours, which stand among the others and are marked.

    Returns
    -------
    Limits

    Raises
    ------
    UnknownName
        For a word that no record may have.
    NudipoleError
        If nothing is left, with the condition that left nothing; if nothing of yours is left; for a year that is none.
    InputError
        For a file that is no sound record.

    Examples
    --------
    >>> [item.id for item in select(property="magnetic-moment", search="xenonnt-2022", year="2022..2022")]
    ['xenonnt-2022-mu-solar']
    """
    publications = own_publications(own)
    every = records_with(publications)
    kept = list(every.values())
    for condition in _conditions(
        property=property,
        flavour=flavour,
        source=source,
        process=process,
        method=method,
        year=year,
        cl=cl,
        nature=nature,
        status=status,
        search=search,
        current=current,
    ):
        left = [item for item in kept if condition.keeps(item)]
        if not left:
            there = sorted({condition.has(item) for item in kept})
            some = there if len(there) <= 12 else [*there[:6], "...", *there[-6:]]
            had = f": among the {len(kept)} before are {', '.join(some)}" if condition.has is not _nothing else ""
            raise NudipoleError(f"no limit is left by {condition.name} {condition.given}{had}")
        kept = left
    if publications and not any(item.yours for item in kept):
        yours = sorted({item.bound.property for item in every.values() if item.yours})
        raise NudipoleError(f"no record of yours is left by these conditions: yours are of {', '.join(yours)}")
    order = list(words.PROPERTIES)
    return Limits(sorted(kept, key=lambda item: (order.index(item.bound.property), -item.year, item.id)))


def _nothing(item: Record) -> str:
    """Of conditions whose values are not worth a list."""
    return ""


def _conditions(**given: Any) -> list[_Filter]:
    registries: dict[str, tuple[Any, Callable[[Record], str]]] = {
        "property": (words.PROPERTIES, lambda item: item.bound.property),
        "flavour": (
            (*words.FLAVOURS, *words.MIXTURES),
            lambda item: item.bound.quantity.mixture or item.bound.quantity.flavour,
        ),
        "source": (words.SOURCES, lambda item: item.bound.source),
        "process": (words.PROCESSES, lambda item: item.bound.process),
        "method": (words.METHODS, lambda item: item.bound.statistics.method),
        "nature": (words.NATURES, lambda item: item.bound.quantity.nature),
        "status": (words.STATUSES, lambda item: item.bound.status),
    }
    found = []
    if given["current"]:
        found.append(_Filter("current", "", lambda item: not item.superseded_by, _nothing))
    for name, (known, has) in registries.items():
        value = given[name]
        if value is None:
            continue
        value = value.removeprefix("nu_") if isinstance(value, str) and name == "flavour" else value
        if not isinstance(value, str) or value not in known:
            raise UnknownName(name, str(value), known)
        if value == "mixture":
            found.append(_Filter(name, value, lambda item: item.bound.quantity.mixture is not None, has))
        else:
            found.append(_Filter(name, value, _equal(has, value), has))
    if given["year"] is not None:
        low, high = _years(given["year"])
        found.append(_Filter("year", str(given["year"]), lambda item: low <= item.year <= high, lambda i: str(i.year)))
    if given["cl"] is not None:
        level = float(given["cl"])
        if not 0 < level < 1:
            raise OutOfRange("cl", level, 0, 1, inside=True)
        found.append(
            _Filter(
                "cl",
                f"{level:g}",
                lambda item: item.bound.statistics.cl is not None and abs(item.bound.statistics.cl - level) < 1e-9,
                lambda item: str(item.bound.statistics.cl),
            )
        )
    if given["search"] is not None:
        text = str(given["search"]).lower()
        found.append(_Filter("search", repr(given["search"]), lambda item: text in _text(item), _nothing))
    return found


def _equal(has: Callable[[Record], str], value: str) -> Callable[[Record], bool]:
    return lambda item: has(item) == value


def _years(given: int | str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})?(\.\.)?(\d{4})?", str(given).strip())
    if match is None or not (match[1] or match[3]) or (match[1] and match[3] and not match[2]):
        raise NudipoleError(f"year {given!r}: write 2022, 2015..2020, 2015.. or ..1995")
    low, high = int(match[1] or 0), int(match[3] or 9999)
    if low > high:
        raise NudipoleError(f"year {given!r}: the first must not be the later")
    return (low, low) if not match[2] else (low, high)


def _text(item: Record) -> str:
    bound, of = item.bound, item.publication
    parts = [
        item.id, item.who, of.reference.authors, item.key, of.reference.journal, bound.notes, of.notes,
        bound.quantity.symbol, bound.property,
    ]  # fmt: skip
    return " ".join(parts).lower()

"""Rules that all records keep."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pytest

from nudipole import bibliography
from nudipole.limits import curve, records
from nudipole.limits.database import sources
from nudipole.limits.words import PROPERTIES
from nudipole.properties.parameters import PARAMETERS


def test_files_are_called_as_their_publications():
    from nudipole.io.yaml import parse

    for name, text in sources().items():
        assert parse(text, name)["id"] == name.removesuffix(".yaml")
        assert "\t" not in text


def test_references_resolve():
    """A texkey in sources.bib, an arXiv number, a DOI or a record in INSPIRE, whose form the schema knows."""
    for item in records().values():
        of = item.publication.reference
        assert of.texkey is None or of.texkey in bibliography.entries(), item.id
        assert item.url.startswith("https://")


def test_named_records_are_there_and_supersession_has_no_cycle():
    every = records()
    for item in every.values():
        for other in (*item.bound.supersedes, *item.bound.same_data_as):
            assert other in every, f"{item.id} names {other}"
            assert other != item.id
        for earlier in item.bound.supersedes:
            assert every[earlier].year <= item.year, f"{item.id} supersedes {earlier}, which is younger"
    for item in every.values():
        seen, ahead = set(), [item.id]
        while ahead:
            name = ahead.pop()
            assert name not in seen or name != item.id, f"{item.id} supersedes itself"
            if name not in seen:
                seen.add(name)
                ahead += every[name].bound.supersedes
        assert item.id not in {earlier for earlier in seen if earlier != item.id}


def test_parameters_are_those_of_the_package():
    """With the unit of the property."""
    for item in records().values():
        if item.bound.parameter is not None:
            assert item.bound.parameter in PARAMETERS, item.id
            assert PARAMETERS[item.bound.parameter].unit == PROPERTIES[item.bound.property], item.id


def test_curves_are_what_their_records_say():
    """Columns, units, positive numbers; lines sorted and unique in x; and every table belongs to a record."""
    named = set()
    for item in records().values():
        if item.bound.result.kind == "curve":
            x, y = curve(item)
            named.add(item.bound.result.table)
            assert len(x) == len(y) >= 2, item.id
    library = resources.files("nudipole") / "limits/library"
    assert named == {entry.name for entry in library.iterdir() if entry.name.endswith(".csv")}


def test_a_value_is_what_is_printed():
    """The digits of a number stand in what was printed, unless it is a power of ten, or computed from a formula."""
    for item in records().values():
        lower, value, upper = item.numbers
        if item.bound.status == "prediction":
            continue
        numbers = re.findall(r"\d+\.?\d*|\.\d+", item.bound.result.as_printed)
        printed_digits = {f"{float(x):.6e}".split("e")[0] for x in numbers}
        for number in filter(None, (lower, value, upper)):
            digits = f"{abs(number):.6e}".split("e")[0]
            assert digits in printed_digits or float(digits) == 1.0, (item.id, number, item.bound.result.as_printed)


def test_a_conversion_leaves_the_stored_number_alone():
    for item in records().values():
        result, convention = item.bound.result, item.bound.convention
        if result.kind == "upper" and convention is not None and convention.factor_to_common is not None:
            assert item.common == ((None, result.value * convention.factor_to_common),)
            assert f"{result.value:g}" in item.written


_N = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_ONE = re.compile(rf"^\(?({_N})(?:\+-({_N})|\+({_N})-({_N}))?\)?E(-?\d+)$")
_TWO = re.compile(rf"^\(?({_N})(?:to|-)({_N})\)?(?:E(-?\d+))?$")


def printed(text, node):
    """Numbers of a row: of a limit, of a range, or a value with its errors; a radius without exponent is in 1e-32."""
    text = re.sub(r"[<=\s]", "", text)
    if match := _ONE.match(text):
        size = 10.0 ** int(match[5])
        errors = (match[2], match[2]) if match[2] else (match[3], match[4])
        return [size * float(number) for number in (match[1], *filter(None, errors))]
    match = _TWO.match(text)
    size = 10.0 ** int(match[3]) if match[3] else {"S066CRD": 1e-32}.get(node, 1.0)
    return [size * float(match[1]), size * float(match[2])]


def stored(result):
    """The same of a record."""
    match result.kind:
        case "upper":
            return [result.value] if result.range is None else list(result.range)
        case "interval":
            return list(result.intervals[0])
    return [result.value, result.plus, result.minus]


def test_numbers_of_the_pdg():
    """As the listing prints them; radii are halved there where the publication has the modern convention."""
    for item in records().values():
        pdg = item.bound.pdg
        if pdg is None or pdg.disagrees:
            continue
        theirs, ours = printed(pdg.value, pdg.node), stored(item.bound.result)
        factors = (1, 2) if pdg.node == "S066CRD" else (1,)
        assert any(ours == pytest.approx([f * x for x in theirs], rel=1e-9) for f in factors), (item.id, ours, theirs)


def test_rows_of_the_pdg(shared_data):
    """Every row is one bound; value, level and unit are those of the row, or a reason is given."""
    path = shared_data / "reactor_accel/pdg2026_neutrino_em_measurements.csv"
    with path.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["pdgid"] in ("S066MGM", "S066CRD", "S066CHR")]
    named = {}
    for item in records().values():
        if item.bound.pdg is not None:
            pdg = item.bound.pdg
            named.setdefault((pdg.node, pdg.reference, pdg.value), []).append(item)
    missing = []
    for row in rows:
        key = (row["pdgid"], row["reference"].strip(), row["value_text"].strip() or "see footnote")
        found = named.get(key, [])
        if not found:
            missing.append(key)
            continue
        item = found.pop()
        level = item.bound.statistics.cl
        same = (level is None and not row["CL"]) or (level is not None and row["CL"] == f"{100 * level:.1f}")
        assert same or item.bound.pdg.disagrees, f"{item.id}: CL {level}, PDG {row['CL'] or 'none'}"
    assert missing == []
    assert [item.id for left in named.values() for item in left] == []


#: References of the sheet that have no number of their own there.
NO_BOUND = {"1908.06045", "2307.13050", "2211.11905"}


def test_references_of_the_sheet(shared_data):
    """Every arXiv number that the collected limits name stands in a record."""
    page = shared_data.parent / "facts/published_limits.md"
    if not page.is_file():
        pytest.skip("no collected limits")
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    wanted = {
        number
        for row in rows
        for number in re.findall(r"\b(?:\d{4}\.\d{5}|\d{4}\.\d{4}(?!\d)|hep-(?:ex|ph)/\d{7})\b", row)
    }
    have = {item.publication.reference.arxiv for item in records().values()}
    assert sorted(wanted - have - NO_BOUND) == []

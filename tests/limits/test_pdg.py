"""Records that are rows of the Review of Particle Physics, against the Particle Data Group's own package."""

from __future__ import annotations

import re

import pytest

from nudipole.limits import records

NODES = ("S066MGM", "S066CRD", "S066CHR", "S066TMR")


@pytest.fixture(scope="module")
def listed():
    """Measurements of the four listings by node and reference."""
    api = pytest.importorskip("pdg", reason="the package pdg is not installed").connect()
    found = {}
    for node in NODES:
        for measurement in api.get(node).get_measurements():
            reference = measurement.reference
            for value in measurement.values():
                found.setdefault((node, reference.document_id.strip()), []).append((measurement, reference, value))
    return found


def same_words(one, other):
    return re.sub(r"\s+", "", one or "") == re.sub(r"\s+", "", other or "")


def test_every_row_agrees_or_says_why_not(listed):
    """Value, level, year, record in INSPIRE and DOI; each disagreement is named in `pdg.disagrees`."""
    compared = 0
    for item in records().values():
        row = item.bound.pdg
        if row is None:
            continue
        # Where the number stands in a footnote alone the package has no words of it.
        words = "" if row.value == "see footnote" else row.value
        rows = [one for one in listed[row.node, row.reference] if same_words(one[2].value_text, words)]
        assert rows, f"{item.id}: the listing has no {row.value!r} of {row.reference}"
        measurement, reference, value = rows[0]
        of, statistics, result = item.publication.reference, item.bound.statistics, item.bound.result
        assert of.inspire == int(reference.inspire_id), item.id
        assert of.doi is None or reference.doi is None or of.doi.lower() == reference.doi.lower(), item.id
        differs = []
        if int(reference.publication_year) != of.year:
            differs.append("year")
        if measurement.confidence_level is not None and statistics.cl != pytest.approx(
            float(measurement.confidence_level) / 100
        ):
            differs.append("CL")
        if value.value is not None and result.kind in ("upper", "lower", "measured"):
            if result.value != pytest.approx(float(value.value), rel=1e-3, abs=0.0):
                differs.append("value")
        for what in differs:
            assert f"{what}:" in row.disagrees, f"{item.id}: {what}"
        compared += 1
    assert compared >= 103

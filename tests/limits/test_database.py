"""The records of the package: read from YAML or from what was made of it, chosen, written in every format."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

import nudipole.limits.database as database
from nudipole.errors import NudipoleError, UnknownName
from nudipole.limits import FORMATS, Limits, bibtex, ours, record, records, select, written
from nudipole.limits.formats import shown


@pytest.fixture
def afresh():
    """Records are read again, and again afterwards."""
    records.cache_clear()
    yield
    records.cache_clear()


def test_what_is_compiled_is_current():
    """`make records` after a change of a YAML file."""
    assert (database._library() / database.COMPILED).read_text(encoding="utf-8") == database.compiled()


def test_a_changed_file_is_read_itself(afresh, monkeypatch):
    compiled = json.loads(database.compiled())
    compiled["xenonnt-2022.yaml"]["data"]["experiment"] = "stale"
    monkeypatch.setattr(database, "_known", lambda: compiled)
    assert record("xenonnt-2022-mu-solar").who == "stale"
    records.cache_clear()
    compiled["xenonnt-2022.yaml"]["sha256"] = "0"
    assert record("xenonnt-2022-mu-solar").who == "XENONnT"


def test_without_what_is_compiled(afresh, monkeypatch):
    monkeypatch.setattr(database, "_known", dict)
    assert record("xenonnt-2022-mu-solar").bound.result.value == 6.4e-12


def test_selection():
    chosen = select(property="magnetic-moment", source="solar", status="limit")
    assert {item.bound.property for item in chosen} == {"magnetic-moment"}
    assert [item.year for item in chosen] == sorted((item.year for item in chosen), reverse=True)
    assert not any(item.superseded_by for item in chosen)
    assert len(select(property="magnetic-moment", source="solar", status="limit", current=False)) > len(chosen)
    assert {item.year for item in select(year="2022")} == {2022}
    assert all(2015 <= item.year <= 2020 for item in select(year="2015..2020"))
    assert all(item.bound.statistics.cl == 0.9 for item in select(cl=0.9))
    assert all(item.bound.quantity.mixture == "solar" for item in select(flavour="solar"))
    assert {item.bound.quantity.flavour for item in select(flavour="nu_e")} == {"e"}


@pytest.mark.parametrize(
    ("conditions", "error", "match"),
    [
        ({"property": "magnetic"}, UnknownName, "did you mean 'magnetic-moment'"),
        ({"flavour": "electron"}, UnknownName, "unknown flavour"),
        ({"year": "last"}, NudipoleError, r"write 2022, 2015..2020"),
        (
            {"property": "charge-radius", "source": "beam-dump"},
            NudipoleError,
            "no limit is left by source beam-dump: among",
        ),
        ({"search": "no such thing"}, NudipoleError, "no limit is left by search 'no such thing'"),
        ({"cl": 0.123}, NudipoleError, "no limit is left by cl 0.123: among"),
        ({"cl": 90}, NudipoleError, "cl = 90 must"),
        ({"year": "2022..2010"}, NudipoleError, "the first must not be the later"),
        ({"property": ["millicharge"]}, UnknownName, "unknown property"),
    ],
)
def test_wrong_and_empty_selections(conditions, error, match):
    with pytest.raises(error, match=match):
        select(**conditions)


def test_a_table_has_many_faces():
    table = select(search="xenonnt", current=False)
    assert isinstance(table[:1], Limits)
    assert "<table>" in table._repr_html_()
    assert len(repr(table).splitlines()) <= 22
    frame = table.to_pandas()
    assert frame.loc["xenonnt-2022-mu-solar", "upper"] == 6.4e-12
    assert frame.loc["xenonnt-2022-mu-solar", "unit"] == "mu_B"
    predicted = select(status="prediction").to_pandas()
    assert predicted["upper"].isna().all()
    assert predicted["value"].notna().any()
    doubled = select(search="charm-ii-r2-mu").to_pandas().loc["charm-ii-r2-mu"]
    assert (doubled["lower"], doubled["upper"]) == pytest.approx((-1.2e-32, 1.2e-32), abs=0.0)
    assert repr(table[0]).startswith("Record(")


@pytest.mark.parametrize("form", FORMATS)
def test_formats_hold_every_record(form):
    table = select(property="magnetic-moment", flavour="e", current=False)
    text = written(table, form)
    match form:
        case "csv":
            rows = list(csv.DictReader(io.StringIO(text)))
            assert [row["id"] for row in rows] == [item.id for item in table]
            assert all(row["kind"] == item.bound.result.kind for row, item in zip(rows, table, strict=True))
        case "latex":
            assert set(re.findall(r"cite\{([^}]+)\}", text)) == {item.cite_key for item in table}
        case "json":
            data = json.loads(text)
            assert data["schema"] == "nudipole-limits/1"
            assert [item["id"] for item in data["limits"]] == [item.id for item in table]
        case "bibtex":
            keys = re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)
            assert sorted(keys) == sorted({item.cite_key for item in table})
            assert not any(" " in key for key in keys)
        case _:
            assert all(item.who.split()[0] in text for item in table)


def test_unknown_format():
    with pytest.raises(UnknownName, match="choose from bibtex, csv, html, json, latex, markdown"):
        written(select(), "word")


def test_one_record():
    item = record("xenonnt-2022-mu-solar")
    text = shown(item)
    assert "bound         < 6.4e-12 mu_B (printed: < 6.4 x 10^-12 mu_B)" in text
    assert "XENON:2022ltv" in bibtex(item)
    with pytest.raises(UnknownName, match="did you mean"):
        record("xenonnt-2022-mu-sola")


def test_ours_beside_a_record():
    """In words, JSON, CSV and the data frame; nothing where nothing is derived."""
    known = record("xenonnt-2022-mu-solar")
    (own,) = ours()[known.id]
    assert (own.experiment, own.published, own.unit) == ("xenonnt-2022", 6.4e-12, "mu_B")
    assert f"ours          {own}" in shown(known)
    assert known.to_json()["ours"] == [own._asdict()]
    frame = select(search="xenonnt-2022-mu-solar").to_pandas()
    assert list(frame["ours"]) == [f"{own.ours:g}"]
    assert record("heger-2009-mu-massive-stars").to_json()["ours"] == []


def test_a_damaged_file_of_ours(monkeypatch, tmp_path):
    (tmp_path / "limits/library").mkdir(parents=True)
    (tmp_path / "limits/library/ours.json").write_text('{"a": [{"experiment": 1}]}')
    monkeypatch.setitem(ours.__wrapped__.__globals__, "files", lambda _: tmp_path)
    with pytest.raises(NudipoleError, match=r"ours.json is damaged"):
        ours.__wrapped__()

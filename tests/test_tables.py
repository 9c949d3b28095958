"""Contract of the reference tables: every folder under data/tables, the day it arrives."""

from __future__ import annotations

import dataclasses
import math
import re
from importlib.resources import files

import numpy as np
import pint
import pytest
from numpy.testing import assert_array_equal

from nudipole import tables
from nudipole.errors import TableError, UnknownName

NAMES = tables.available()


@pytest.fixture(scope="module")
def bibliography() -> list[str]:
    text = files("nudipole").joinpath("data/sources.bib").read_text(encoding="utf-8")
    return re.findall(r"^@\w+\{([^,\s]+),", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    return pint.UnitRegistry()


def test_there_are_tables():
    assert {"solar-fluxes", "solar-lines", "solar-spectrum-pp", "xenonnt-2022-spectrum"} <= set(NAMES)


def test_bibliography_has_each_key_once(bibliography):
    assert len(bibliography) == len(set(bibliography))


def test_meta_is_complete(subtests):
    for name in NAMES:
        with subtests.test(name):
            for field, value in dataclasses.asdict(tables.read(name).meta).items():
                assert value, f"meta.toml of {name} says nothing about {field}"
                assert all(isinstance(word, str) and word.strip() for word in (value if field == "texkey" else [value]))


def test_texkeys_are_in_the_bibliography(bibliography, subtests):
    for name in NAMES:
        with subtests.test(name):
            assert set(tables.read(name).meta.texkey) <= set(bibliography)


def test_numbers_are_those_of_the_hash(subtests):
    for name in NAMES:
        with subtests.test(name):
            assert tables.sha256(name) == tables.read(name).meta.sha256


def test_numeric_columns_state_a_unit_and_columns_of_words_do_not(registry, subtests):
    for name in NAMES:
        with subtests.test(name):
            table = tables.read(name)
            for column, unit in table.units.items():
                if unit:
                    registry.parse_units("" if unit == "1" else unit)
                    assert table.column(column, unit).shape == (len(table.words(column)),)
                else:
                    assert not all(_is_number(cell) for cell in table.words(column)), (
                        f"{column}: write [1] in the header"
                    )


def test_rows_are_rectangular_and_not_empty(subtests):
    for name in NAMES:
        with subtests.test(name):
            table = tables.read(name)
            assert len({len(cells) for cells in table.columns.values()}) == 1
            assert all(cell.strip() == cell and cell for cells in table.columns.values() for cell in cells)


def test_numbers_are_finite(subtests):
    for name in NAMES:
        with subtests.test(name):
            table = tables.read(name)
            gaps_announced = "nan" in table.meta.title
            for column, unit in table.units.items():
                if unit:
                    values = table.column(column, unit)
                    assert np.all(np.isfinite(values) | (np.isnan(values) & gaps_announced)), column


def test_table_carries_no_path_of_a_machine(subtests):
    for name in NAMES:
        with subtests.test(name):
            table = tables.read(name)
            text = " ".join(map(str, dataclasses.astuple(table.meta)))
            assert not re.search(r"(^|\s)(/|~/|[A-Z]:\\)\w", text)


def test_nodes_rise(subtests):
    for name in (n for n in NAMES if re.search("spectrum-|efficiency", n)):
        with subtests.test(name):
            table = tables.read(name)
            assert np.all(np.diff(table.column("E", table.units["E"])) > 0)


@pytest.mark.parametrize(
    "name", ["solar-spectrum-PP", "", ".", "..", "../tables", "../x", "../tables/nufit", "nufit/", "\\x", "/"]
)
def test_unknown_names_and_paths_are_refused(name):
    with pytest.raises(UnknownName, match=r"choose from .*beta-decays.* in all"):
        tables.read(name)


def test_unknown_name_comes_with_a_proposal():
    with pytest.raises(UnknownName, match="did you mean 'solar-fluxes'"):
        tables.read("solar-fluxs")


def test_unit_other_than_the_header_is_refused():
    with pytest.raises(TableError, match=r"'E' is in 'MeV', not in 'keV'"):
        tables.read("solar-lines").column("E", "keV")


def test_words_are_not_numbers():
    with pytest.raises(TableError, match="component"):
        tables.read("solar-lines").column("component", "1")


def test_unknown_column_lists_the_columns():
    with pytest.raises(UnknownName, match="choose from E, component, fraction"):
        tables.read("solar-lines").words("energy")


def test_column_is_a_fresh_array():
    table = tables.read("solar-lines")
    table.column("E", "MeV")[:] = 0
    assert_array_equal(table.column("E", "MeV"), [0.8613, 0.3843, 1.442])


META = 'title = "t"\ntexkey = ["k"]\nwhere = "w"\nobtained = "o"\nlicence = "l"\nsha256 = "s"\n'


@pytest.mark.parametrize(
    ("meta", "csv"),
    [
        ('title = "t"\ntexkey = ["k"]\n', "x [1]\n1\n"),
        (META + "extra = 1\n", "x [1]\n1\n"),
        (META, "x [1],y [1]\n1,2\n3\n"),
        (META, ""),
    ],
    ids=["incomplete meta", "surplus field", "ragged rows", "empty"],
)
def test_damaged_table_is_refused(meta, csv, tmp_path, monkeypatch):
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "meta.toml").write_text(meta, encoding="utf-8")
    (tmp_path / "damaged" / "table.csv").write_text(csv, encoding="utf-8")
    monkeypatch.setattr(tables, "_root", lambda: tmp_path)
    with pytest.raises(TableError, match="damaged"):
        tables.read.__wrapped__("damaged")


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False

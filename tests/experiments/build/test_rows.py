"""Rows of tables as bins: those that the table gives, whatever their order and unit, or a line that says why not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudipole import tables, units
from nudipole.errors import InputError
from nudipole.experiments import available, loader
from nudipole.experiments.build.arrival import time_edges
from nudipole.experiments.build.axis import BinnedAxis
from nudipole.experiments.build.data import Data
from nudipole.experiments.build.parts import Parts
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.build.rows import order

LIGHT = 13.35
EDGES = np.array([1.0, 2.0, 3.5, 5.0, 10.0])
COUNTS = [17, 31, 38, 30]


def _unit(name):
    return 1e-3 / LIGHT if name == "PE" else units.in_internal(name)


ENERGY = BinnedAxis("energy", "detector.bins", EDGES * 1e-3, _unit)
TIME = BinnedAxis("time", "detector.time", np.array([0.0, 0.5, 6.0]) * units.in_internal("us"), units.in_internal)


def read(text, *axes, named=None):
    """Numbers of column n in the order of the bins, and the notes."""
    table, notes = tables.parse(text, name="counts.csv"), []
    found = order(
        table,
        axes or (ENERGY,),
        named,
        fail=lambda message: InputError("my.yaml", "data", message),
        note=notes.append,
    )
    numbers = table.column("n", "1")
    return (numbers if found.rows is None else numbers[found.rows]).tolist(), notes


def csv(header, *columns):
    return "\n".join([header, *(",".join(map(str, row)) for row in zip(*columns, strict=True))])


def edges(scale=1.0, shift=0.0, digits=6, header="E_low [keV],E_high [keV],n [1]", rows=range(4)):
    low, high = ([f"{scale * (edge + shift):.{digits}f}" for edge in some] for some in (EDGES[:-1], EDGES[1:]))
    return csv(header, *([column[i] for i in rows] for column in (low, high, COUNTS)))


@given(st.permutations(range(4)))
def test_any_order_of_the_rows_gives_the_bins(rows):
    numbers, notes = read(edges(rows=rows))
    assert numbers == COUNTS
    assert bool(notes) == (list(rows) != [0, 1, 2, 3])
    centres = csv("E [keV],n [1]", *([column[i] for i in rows] for column in ((EDGES[1:] + EDGES[:-1]) / 2, COUNTS)))
    assert read(centres)[0] == COUNTS


@pytest.mark.parametrize(("unit", "scale"), [("eV", 1e3), ("keV", 1.0), ("MeV", 1e-3), ("GeV", 1e-6), ("PE", LIGHT)])
def test_units_are_converted(unit, scale):
    assert read(edges(scale, digits=8, header=f"E_low [{unit}],E_high [{unit}],n [1]")) == (COUNTS, [])


@pytest.mark.parametrize("name", ["E_ee", "T", "energy", "PE"])
def test_other_names_of_the_columns(name):
    unit, scale = ("PE", LIGHT) if name == "PE" else ("keV", 1.0)
    assert read(edges(scale, header=f"{name}_low [{unit}],{name}_high [{unit}],n [1]")) == (COUNTS, [])
    assert read(edges(LIGHT, header="PE_low [1],PE_high [1],n [1]")) == (COUNTS, [])


def test_rounded_edges_within_a_percent_of_the_bin():
    third = BinnedAxis("energy", "detector.bins", np.array([1, 4 / 3, 5 / 3, 2]) * 1e-3, _unit)
    low, high = ["1.00", "1.33", "1.67"], ["1.33", "1.67", "2.00"]
    assert read(csv("E_low [keV],E_high [keV],n [1]", low, high, [1, 2, 3]), third)[0] == [1, 2, 3]
    low, high = ["1.0", "1.3", "1.7"], ["1.3", "1.7", "2.0"]
    with pytest.raises(InputError, match=r"no row has 1 to 1\.33333 keV"):
        read(csv("E_low [keV],E_high [keV],n [1]", low, high, [1, 2, 3]), third)


@pytest.mark.parametrize("shift", [1.0, 0.5, 0.04, -0.02])
def test_shifted_edges(shift):
    with pytest.raises(
        InputError, match=r"the edges of counts.csv \(\S+ to \S+ keV\) are not those of the bins \(1 to 10"
    ):
        read(edges(shift=shift))


def _changed(row, low, high):
    text = edges(digits=1).splitlines()
    return "\n".join([*text[:row], f"{low},{high},5", *text[row + 1 :]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_changed(2, 2, 4), "lines 3 and 4 overlap, 2 to 4 keV and 3.5 to 5 keV"),
        (_changed(2, 2.5, 3.5), r"line 3 has 2.5 to 3.5 keV, which is no bin, and no row has 2 to 3.5 keV; write"),
        (_changed(2, 1, 2), "lines 2 and 3 of counts.csv are both 1 to 2 keV"),
        (_changed(2, 3.5, 2), "line 3 of counts.csv: E_low = 3.5 must lie below E_high = 2 keV"),
        (_changed(2, "nan", 2), "line 3 of counts.csv: E_low = nan is not finite"),
        (_changed(2, "two", 2), "line 3, column 'E_low': 'two' is no number: write one"),
        (edges(rows=[0, 2, 3]), "has no row for 2 to 3.5 keV: every bin has one, those below a threshold too"),
        (edges() + "\n10,12,4", r"\(1 to 12 keV\) are not .* line 6 has 10 to 12 keV, which is no bin"),
        (edges(header="E_low [eV],E_high [eV],n [1]"), r"\(1 to 10 eV\) are not those of the bins \(1000 to 10000 eV"),
        (edges(header="E_low [cm],E_high [cm],n [1]"), "E_low of counts.csv is in 'cm': write a unit of energy"),
        (edges(header="E_low,E_high,n [1]"), r"a unit is missing: write for example E_low \[keV\]"),
        (edges(header="E_low [1],E_high [1],n [1]"), r"E_low \[1\] of counts.csv is no pure number"),
        (edges(header="from,to,n [1]"), r"a unit is missing: write for example from \[keV\], or from \[1\]"),
        (edges(header="Emin [keV],Emax [keV],n [1]"), r"Emin \[keV\] of counts.csv: write E_low \[keV\],E_high"),
        (edges(header="E_low [keV],width [keV],n [1]"), "E_low and E_high go together"),
        (csv("E [keV],n [1]", EDGES[:-1], COUNTS), "line 2 has E = 1 keV, which is an edge of the bins"),
        (csv("E [keV],n [1]", EDGES[1:] + 0.5, COUNTS), "line 5 has E = 10.5 keV, which is in no bin"),
        (csv("E [keV],n [1]", [1.2, 1.4, 2.5, 4], COUNTS), "lines 2 and 3 of counts.csv are both 1 to 2 keV"),
        (csv("E [keV],T [keV],n [1]", EDGES[1:], EDGES[1:], COUNTS), "gives the energy twice: .* bins: E or bins: T"),
        (csv("t_low [us],t_high [us],n [1]", [0, 1, 2, 3], [1, 2, 3, 4], COUNTS), "gives t_low and t_high but no e"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        read(text)


def test_without_energies_the_rows_are_the_bins():
    assert read(csv("n [1]", COUNTS)) == (COUNTS, [])
    assert read(csv("bin,n [1]", range(4), COUNTS)) == (COUNTS, [])
    assert read(csv("label,n [1]", "abcd", COUNTS)) == (COUNTS, [])


def test_the_description_may_say_which_energies():
    text = csv("E_low [keV],E_high [keV],T_low [keV],T_high [keV],n [1]", EDGES[:-1] + 1, EDGES[1:] + 1, EDGES[:-1],
               EDGES[1:], COUNTS)  # fmt: skip
    assert read(text, named="T") == (COUNTS, [])
    assert read(text, named="none") == (COUNTS, [])
    with pytest.raises(InputError, match=r"\(2 to 11 keV\)"):
        read(text, named="E")
    with pytest.raises(InputError, match=r"bins: E_ee: counts.csv has no columns E_ee_low and E_ee_high, or E_ee"):
        read(text, named="E_ee")


def test_a_value_far_from_the_middle_is_noted():
    _, notes = read(csv("E [keV],n [1]", [1.9, 2.75, 4.25, 7.5], COUNTS))
    assert len(notes) == 1
    assert "E = 1.9 keV (line 2 of counts.csv) is taken for the bin 1 to 2 keV, whose middle" in notes[0]
    # The geometric middle of wide bins is one, too.
    assert read(csv("E [keV],n [1]", [1.41, 2.65, 4.18, 7.07], COUNTS))[1] == []


@given(st.permutations(range(8)))
def test_energy_and_time(rows):
    cells = [(*e, *t) for e in pairwise(EDGES) for t in ((0, 500), (500, 6000))]
    header = "E_low [keV],E_high [keV],t_low [ns],t_high [ns],n [1]"
    text = "\n".join([header, *(",".join(map(str, (*cells[i], i))) for i in rows)])
    assert read(text, ENERGY, TIME)[0] == list(range(8))


def test_energy_and_time_go_together():
    shares = csv("t_low [us],t_high [us],n [1]", [0.5, 0], [6, 0.5], [7, 3])
    assert read(shares, TIME)[0] == [3, 7]
    with pytest.raises(InputError, match="gives E_low and E_high but no time: write"):
        read(edges(), ENERGY, TIME)
    with pytest.raises(InputError, match="gives E_low and E_high but no time: write"):
        read(edges(), TIME)
    with pytest.raises(
        InputError, match=r"lines 2 and 3 of counts.csv are both 1 to 2 keV: .*bins of time are detector"
    ):
        read(csv("E_low [keV],E_high [keV],t_low [us],t_high [us],n [1]", [1, 1], [2, 2], [0, 1], [1, 2], [3, 4]))
    with pytest.raises(InputError, match=r"t_low of counts.csv is in 'keV': write a unit of time"):
        read(edges(header="t_low [keV],t_high [keV],n [1]"), TIME)


@pytest.mark.parametrize("name", available())
def test_tables_of_the_library_give_their_bins(name):
    """In every variant."""
    for variant in (None, *loader.read(name)[0].variants):
        spec, file, folder = loader.read(name, variant)
        reader = Reader(file, folder)
        times = None if spec.detector.time is None else time_edges(spec.detector.time, reader)
        data = Data(spec, reader, Parts(spec, reader), times)
        if spec.data != "asimov":
            data.observed()
        for background, given_ in spec.backgrounds.items():
            if given_.counts is not None:
                data.background(background)
        # By the bins that the table gives, unless the file says in so many words that they are others.
        assert all(" by " in words or words.endswith("(bins: none)") for words in reader.columns.values())
        assert reader.notes == []

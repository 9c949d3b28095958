"""Quenching tables of users: factors, energies above that of the recoil, columns that do not rise."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.detectors import QUENCHINGS, RESOLUTIONS, Detector, Efficiency
from nudipole.errors import InputError
from nudipole.experiments.build.quenching_table import note_formula_above, quenching_table
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.detector import QuenchingTableSpec
from nudipole.io.beside import Folder

KEV = 1e-3


@pytest.fixture
def made(tmp_path):
    """A quenching from the text of a file, and the notes."""

    def read(text):
        (tmp_path / "q.csv").write_text(text, encoding="utf-8")
        reader = Reader("my.yaml", Folder(tmp_path))
        quenching = quenching_table(QuenchingTableSpec(kind="table", file="q.csv"), reader, "process.quenching")
        return quenching, reader

    return read


def test_a_factor_is_multiplied_by_the_recoil_energy(made):
    quenching, reader = made("T [eV],QF [1]\n0,0.3\n500,0.24\n1000,0.24\n2000,0.19\n")
    T = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 4.0]) * KEV
    np.testing.assert_allclose(quenching(T), np.array([0.06, 0.12, 0.24, 0.31, 0.38, 0.76]) * KEV, rtol=1e-12)
    assert reader.columns == {"process.quenching": "QF of q.csv times T"}
    assert reader.notes == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T [keV],E_ee [keV]\n0.5,0.6\n1,1.2\n", "E_ee = 0.6 keV above T = 0.5 keV (line 2 of q.csv; 2 of 2 rows)"),
        ("T [keV],E_ee [eV]\n0.5,100\n1,1001\n", "E_ee = 1.001 keV above T = 1 keV (line 3 of q.csv; 1 of 2 rows)"),
        ("T [keV],QF [1]\n0.5,20\n1,22\n", "E_ee = 10 keV above T = 0.5 keV (line 2 of q.csv; 2 of 2 rows)"),
    ],
)
def test_more_than_the_recoil_energy_is_noted(made, text, message):
    _, reader = made(text)
    assert len(reader.notes) == 1
    assert reader.notes[0].startswith(f"process.quenching: {message}: no nucleus gives more")


def test_as_much_as_the_recoil_energy_is_not(made):
    assert made("T [keV],E_ee [keV]\n0.1,0.1\n0.3,0.3\n")[1].notes == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T [keV],E_ee [keV]\n1,0.2\n0.5,0.1\n", r"T = 0.5 keV after 1 keV \(line 3 of q.csv\) does not rise: sort"),
        ("T [keV],E_ee [keV]\n1,0.2\n1,0.3\n", r"T = 1 keV twice \(lines 2 and 3 of q.csv\): a step is two values"),
        ("T [keV],E_ee [keV]\n1,0.2\n2,0.1\n", r"E_ee = 0.1 keV after 0.2 keV \(line 3 of q.csv\).* must rise with T"),
        ("T [keV],QF [1]\n1,0.4\n2,0.1\n", r"QF T = 0.2 keV after 0.4 keV \(line 3 of q.csv\) does not rise"),
        ("T [keV],E_ee [1]\n1,0.4\n2,0.4\n", r"E_ee \[1\] of q.csv is no energy: .* QF \[1\] for a factor"),
        ("T [keV],heat [keV]\n1,0.4\n2,0.4\n", "q.csv has no column E_ee: write .* .it has T, heat"),
    ],
)  # fmt: skip
def test_what_is_refused(made, text, message):
    with pytest.raises(InputError, match=message):
        made(text)


@pytest.mark.parametrize(("coefficients", "noted"), [([0.2], False), ([0.2, 0.5e3], False), ([0.2, 2e3], True)])
def test_polynomials_above_the_recoil_energy(coefficients, noted):
    """c_1 T + c_2 T^2 exceeds T from (1 - c_1)/c_2 on: 1.6 and 0.4 keV, where the bins end at 1 keV (T = 1.2, 0.66)."""
    reader = Reader("my.yaml", None)
    quenching = QUENCHINGS["polynomial"](coefficients)
    bins = np.array([0.2, 1.0]) * KEV
    note_formula_above(Detector(bins, RESOLUTIONS["none"](), Efficiency.constant(1.0), quenching), reader, "q")
    assert bool(reader.notes) is noted

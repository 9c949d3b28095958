"""Fluxes as published: B16-GS98 of the Sun, 2.7e13 of GEMMA (Beda et al.), equal numbers from stopped pions."""

from __future__ import annotations

import csv
import io

import pytest

from nudipole.experiments.fluxes import fluxes


def test_fluxes_as_published():
    sun = {one.component: one.total for one in fluxes("xenonnt-2022").components}
    published = {"pp": 5.98e10, "pep": 1.44e8, "hep": 7.98e3, "7Be": 4.93e9, "8B": 5.46e6, "13N": 2.78e8, "15O": 2.05e8}
    for name, flux in published.items():
        assert sun[name] == pytest.approx(flux, rel=2e-3)
    reactor = fluxes("gemma-2012").components
    assert all(one.antineutrino for one in reactor)
    assert sum(one.total for one in reactor) == pytest.approx(2.7e13, rel=0.03)
    pions = [one.total for one in fluxes("coherent-csi-2021").components]
    assert pions == pytest.approx([pions[0]] * 3, rel=1e-3)


def test_csv_has_spectra_and_lines():
    found = fluxes(["xenonnt-2022", "cr51-jinping"])
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    lines = [(row["component"], float(row["E [MeV]"])) for row in rows if row["line [1/(cm2 s)]"]]
    assert ("pep", 1.442) in lines
    assert {name for name, _ in lines} == {"pep", "7Be", "51Cr"}

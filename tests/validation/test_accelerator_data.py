"""Accelerator experiments of the library: published limits against the PDG extract, spectra at rest by quadrature."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.experiments import load, read
from nudipole.experiments.likelihood import likelihood
from nudipole.interactions import couplings
from nudipole.sources.pion_decay import line_energy, spectrum
from nudipole.statistics import profile

# Reference of the PDG listings, and a word of its comment, by experiment and parameter. KRAKAUER reports E225 first.
LISTED = {
    ("lsnd-2001", "mu_mu"): ("AUERBACH 2001", ""),
    ("lampf", "mu_e"): ("KRAKAUER 1990", "LAMPF nu e"),
    ("lampf", "mu_mu"): ("KRAKAUER 1990", "elast"),
    ("bnl-e734", "mu_mu"): ("AHRENS 1990", ""),
    ("charm-ii", "mu_mu"): ("VILAIN 1995B", ""),
    ("donut", "mu_tau"): ("SCHWIENHORST 2001", ""),
}


@pytest.fixture(scope="module")
def listings(shared_data):
    with (shared_data / "reactor_accel" / "pdg2026_neutrino_em_measurements.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "parameter"), LISTED)
def test_published_limits_are_those_of_the_listings(listings, name, parameter):
    reference, word = LISTED[name, parameter]
    [row] = [
        row
        for row in listings
        if row["pdgid"] == "S066MGM"
        and row["reference"].strip() == reference
        and word in row["comment"] + row["technique"]
    ]
    listed = float(row["value_text"].replace("<", "").replace(" ", ""))
    spec, _, _ = read(name)
    given = [item.upper for item in spec.published if getattr(item, "parameter", "") == parameter]
    assert given[0] == pytest.approx(listed, rel=1e-9)


def dipole(E, low, high):
    """Integral of 1/T - 1/E over the window [MeV]."""
    top = np.minimum(2 * E**2 / (const.m_e + 2 * E), high)
    return np.where(top > low, np.log(np.maximum(top, low) / low) - (top - low) / np.maximum(E, 1e-9), 0.0)


def weight(low, high):
    """Moments of nu_mu and antinu_mu over that of nu_e, for neutrinos of pions and muons at rest."""
    (E_mu, antinu_mu), (E_e, nu_e) = spectrum("antinu_mu"), spectrum("nu_e")
    muon = np.trapezoid(antinu_mu * dipole(E_mu, low, high), E_mu) + float(dipole(np.array(line_energy()), low, high))
    return muon / np.trapezoid(nu_e * dipole(E_e, low, high), E_e)


def test_flavour_weight_at_rest():
    """The fold, with resolution and angle, against a quadrature without: 1 %. No window of decays at rest gives 2.4."""
    experiment = load("lsnd-2001")
    folded = experiment.signal_counts(mu_mu=1e-10).sum() / experiment.signal_counts(mu_e=1e-10).sum()
    assert folded == pytest.approx(weight(18, 50), rel=0.01)
    assert max(weight(low, 60) for low in range(1, 30)) < 2.18


def test_charge_radius_of_both_beams_of_e734():
    """(-5.7, 1.1)e-32 cm^2 at 90 % is published (modern convention); the sum of both chi2 to a tenth of the width."""
    r2 = np.linspace(-12, 6, 1801)
    both = [load("bnl-e734"), load("bnl-e734", "neutrinos")]
    chi2 = sum(profile(likelihood(experiment, "r2_mu"), r2).chi2 for experiment in both)
    inside = r2[chi2 < chi2.min() + 2.706]
    assert inside[[0, -1]] == pytest.approx([-5.7, 1.1], abs=0.68)


@pytest.mark.parametrize(
    ("name", "variant", "per_GeV"),
    [("bnl-e734", None, 1.366), ("bnl-e734", "neutrinos", 1.597), ("charm-ii", None, 1.597)],
)
def test_measured_cross_sections_expect_the_closed_form(name, variant, per_GeV):
    """The Standard Model's total cross section over E, [1e-42 cm^2/GeV], for m_e << E."""
    g_L, g_R = (float(np.asarray(g)[1]) for g in (couplings().g_L, couplings().g_R))
    first, second = (g_R, g_L) if per_GeV < 1.5 else (g_L, g_R)
    closed = 2 * const.G_F**2 * const.m_e / np.pi * (first**2 + second**2 / 3) * 1e3 / const.cm**2 * 1e42
    assert closed == pytest.approx(per_GeV, rel=1e-3)
    [given] = load(name, variant).spec.statistics.standard_model
    assert given == per_GeV

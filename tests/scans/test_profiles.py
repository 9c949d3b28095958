"""Profiles over grids against the likelihoods of single parameters and against Minuit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.experiments.build.experiment import with_heavy
from nudipole.experiments.likelihood import likelihood
from nudipole.models import find
from nudipole.scans import Description, ExperimentText, Grid
from nudipole.scans.tasks import built, compute
from nudipole.statistics import best_fit, minuit_fit, profile

#: Two fits of one minimum agree to their tolerance in chi2.
SAME = 1e-6


def chi2(description):
    work = built(description.to_text())
    found = np.full(work.chunks.shape, np.nan)
    for number in range(len(work.chunks)):
        found[work.chunks.region(number)] = compute(description.to_text(), number).arrays["chi2"]
    return work, found


@pytest.mark.parametrize(
    ("parameter", "unit", "values"),
    [("mu_nu", "mu_B", (0.0, 1e-11, 4e-11)), ("r2_e", "cm^2", (-3e-31, 0.0, 2e-31)), ("q_nu", "e", (-1e-12, 5e-13))],
)
def test_one_parameter(source, parameter, unit, values):
    work, found = chi2(Description("delta-chi2", (source,), {parameter: Grid(values, unit)}))
    model = likelihood(work.experiments, parameter)
    scale = {"mu_B": 1e-11, "cm^2": 1e-32, "e": 1e-13}[unit]
    poi = np.array(values) / scale
    poi = poi**2 if unit == "mu_B" else poi
    np.testing.assert_allclose(found, profile(model, poi).chi2, rtol=0, atol=SAME)
    np.testing.assert_allclose(found, [minuit_fit(model, x).chi2 for x in poi], rtol=0, atol=1e-5)


def test_three_equal_moments_are_one(source):
    """The same moment for every flavour, written in two ways."""
    values = (0.0, 1.7e-11)
    axis = Grid(values, "mu_B")
    _, three = chi2(Description("delta-chi2", (source,), dict.fromkeys(("mu_e", "mu_mu", "mu_tau"), axis)))
    _, one = chi2(Description("delta-chi2", (source,), {"mu_nu": axis}))
    np.testing.assert_allclose([three[k, k, k] for k in (0, 1)], one, rtol=0, atol=SAME)


def test_only_moduli_and_relative_phases_matter(source):
    """Majorana moments of the Sun: a common sign of all three changes nothing."""
    axis = Grid((-1e-11, 1e-11), "mu_B")
    _, found = chi2(Description("delta-chi2", (source,), {"mu_12": axis, "mu_13": axis, "mu_23": axis}))
    np.testing.assert_allclose(found, found[::-1, ::-1, ::-1], rtol=0, atol=SAME)


def test_two_experiments(source, folder):
    other = ExperimentText.read(folder / "another.yaml")
    work, found = chi2(Description("delta-chi2", (source, other), {"mu_nu": Grid((0.0, 1e-11, 3e-11), "mu_B")}))
    model = likelihood(work.experiments, "mu_nu")
    np.testing.assert_allclose(found, profile(model, [0.0, 1.0, 9.0]).chi2, rtol=0, atol=SAME)


def test_least(source):
    """The minimum of a parameter with a sign lies between the points of the grid."""
    grid = tuple(np.linspace(-5e-31, 5e-31, 6))
    work, found = chi2(Description("delta-chi2", (source,), {"r2_nu": Grid(grid, "cm^2")}))
    fit = best_fit(likelihood(work.experiments, "r2_nu"))
    least, at = work.least(found)
    assert abs(fit.poi) * 1e-32 < 5e-31
    assert least < found.min()
    # A quadratic minimum: 1e-4 of the range beside it costs far less than this.
    assert least == pytest.approx(fit.chi2, abs=1e-5)
    assert at["r2_nu"] == pytest.approx(fit.poi * 1e-32, abs=0.01 * fit.poi_error * 1e-32)


def test_least_at_a_corner(profiles):
    work, found = chi2(profiles)
    least, at = work.least(found)
    assert least <= found.min()
    assert all(0 <= value <= 4e-11 for value in at.values())


def test_what_changes_nothing(source):
    with pytest.raises(NudipoleError, match="alone change no rate"):
        built(Description("delta-chi2", (source,), {"phi_1": Grid((0.0, 1.0), "rad")}).to_text())


def test_phases_beside_moduli(source):
    description = Description(
        "delta-chi2", (source,), {"lambda_1": Grid((0.0, 2e-11), "mu_B"), "phi_1": Grid((0.0, 1.0), "rad")}
    )
    _, found = chi2(description)
    # One modulus alone has no phase to interfere with.
    np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=0, atol=SAME)
    assert np.all(np.isfinite(chi2(replace(description, seed=3))[1]))


def test_masses_of_a_heavy_lepton(source):
    """Each mass has the likelihood of an experiment that is loaded with it; a mass beyond reach is named."""
    masses, d = (0.05, 0.5), (0.0, 1e-6, 3e-6)
    grid = {"heavy_mass": Grid(masses, "MeV"), "d_e": Grid(d, "1/GeV")}
    work, found = chi2(Description("delta-chi2", (source,), grid))
    for row, mass in zip(found, masses, strict=True):
        (one,) = with_heavy(source.experiment(), [mass])
        model = likelihood([one], "d_e")
        np.testing.assert_allclose(row, profile(model, (np.array(d) / find("d_e").scale) ** 2).chi2, rtol=0, atol=SAME)
    assert work.least(found)[1]["heavy_mass"] in masses
    with pytest.raises(NudipoleError, match="reach no bin of my-experiment: end at a smaller mass"):
        chi2(Description("delta-chi2", (source,), {**grid, "heavy_mass": Grid((1.0, 1e4), "MeV")}))

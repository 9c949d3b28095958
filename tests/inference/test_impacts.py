"""Pulls and impacts: beside closed forms, and beside minimisations by SciPy of counts written out."""

import csv
import io

import equinox as eqx
import numpy as np
import pytest
from scipy.optimize import brentq, minimize

import nudipole as nd
from nudipole.errors import NudipoleError, UnknownName
from nudipole.inference.impacts import _Ended, _inwards, _rows
from nudipole.models import find
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, best_fit, errors_of_nuisances


def test_errors_are_those_of_the_normal_equations():
    """Straight lines with Gaussian errors: the inverse of A^T A, in closed form."""
    background, slope, signal, error = np.array([10.0, 12, 9]), 0.2, np.array([1.0, 4, 2]), np.array([3.0, 3.5, 2])
    model = Model(
        [12, 14, 8], [Background("b", background, "gaussian", slope)], LinearSignal(signal), statistic=Gaussian(error),
        poi_lower=-np.inf,
    )  # fmt: skip
    a = np.vstack([np.stack([signal, slope * background]).T / error[:, None], [0, 1]])
    expected = np.sqrt(np.linalg.inv(a.T @ a)[1, 1])
    assert errors_of_nuisances(model, best_fit(model)) == pytest.approx([expected], rel=1e-9)


@pytest.fixture(scope="module")
def found():
    return nd.impacts("xenonnt-2022", construction="delta-chi2")


def test_impacts_are_limits_with_one_nuisance_held(found):
    """The background of XENONnT held one error above and below: Delta chi2 = 2.706 by SciPy."""
    experiment = nd.load("xenonnt-2022")
    signal = experiment.signal_counts(mu_nu=1e-11).sum(axis=0)
    template, observed = experiment.background_counts["B0"], experiment.observed

    def chi2(norm, poi):
        n = norm * template + poi * signal
        return 2 * np.sum(n - observed + observed * np.log(np.where(observed > 0, observed, 1) / n))

    row = next(row for row in found.rows if row.name == "B0")
    free = minimize(lambda x: chi2(x[0], x[1]), [1.0, 0.1], bounds=[(0.1, 2), (0, 9)], tol=1e-12)
    assert row.value == pytest.approx(free.x[0], rel=1e-4)
    for held, ends in ((row.value - row.error, row.down), (row.value + row.error, row.up)):
        best = minimize(lambda x, held=held: chi2(held, x[0]), [0.1], bounds=[(0, 9)], tol=1e-12)
        upper = brentq(lambda poi, held=held, best=best: chi2(held, poi) - best.fun - 2.7055, best.x[0], 9)
        # Fluxes move the limit by 0.3 % each: they are fitted there and held here.
        assert ends.upper == pytest.approx(1e-11 * np.sqrt(upper), rel=0.004)
    assert found.alone.upper < found.limit.upper


def test_impacts_in_text_json_and_csv(found):
    text, data = str(found), found.to_json()
    assert "with all nuisances held" in text
    assert data["schema"] == "nudipole-impacts/1"
    assert data["nuisances"][0]["pull"] is None
    assert data["nuisances"][1]["pull"] == pytest.approx(0.0, abs=1e-6)
    sizes = [max(map(abs, row["changes_of_upper"])) for row in data["nuisances"]]
    assert sizes == sorted(sizes, reverse=True)
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [row["nuisance"] for row in rows] == [row.name for row in found.rows]
    assert float(rows[0]["upper down [mu_B]"]) == found.rows[0].down.upper


def test_changes_of_a_parameter_with_a_sign_are_of_half_the_width():
    found = nd.impacts("conus-plus", "r2_e", construction="delta-chi2")
    assert found.signed
    assert found.scale == pytest.approx((found.limit.upper - found.limit.lower) / 2)


def test_a_background_at_its_bound_says_so():
    """Fewer counts than expected without it: held at zero, and moved inwards to where chi2 has risen by one."""
    model = Model([3.0], [Background("a", [5.0], "gaussian", 0.1), Background("b", [1.0])], LinearSignal([1.0]))
    fit = best_fit(model)
    assert np.isinf(errors_of_nuisances(model, fit)[1])
    far = _inwards(model, fit, 1)
    # chi2 of 3 counts where 5 (1 + 0.1 eta) + far are expected, least over eta.
    least = [
        min(2 * (n - 3 + 3 * np.log(3 / n)) + eta**2 for eta in np.linspace(-6, 1, 70001) for n in [5 + 0.5 * eta + b])
        for b in (0.0, far)
    ]
    assert least[1] - least[0] == pytest.approx(1.0, abs=1e-3)


def test_what_cannot_be_asked():
    with pytest.raises(NudipoleError, match="has no nuisances"):
        nd.impacts("lsnd-2001", "mu_mu")
    with pytest.raises(UnknownName, match="construction"):
        nd.impacts("xenonnt-2022", construction="bayes")


def test_residuals_and_pulls_sum_to_chi2():
    """A fit of energies and times, with pulls of its nuisances; summed over time the counts stay."""
    found = nd.post_fit("coherent-csi-2021", "mu_mu")
    experiment = nd.load("coherent-csi-2021")
    summed = found.over("energy")
    assert summed.spectrum.total().sum() == pytest.approx(found.spectrum.total().sum(), rel=1e-12)
    assert summed.before.sum() == pytest.approx(experiment.spectrum().total().sum(), rel=1e-12)
    assert (found.residuals**2).sum() < found.goodness_of_fit.chi2
    data = found.to_json()
    assert data["fit"]["parameter"] == "mu_mu"
    assert data["columns"]["residual [1]"] == found.residuals.tolist()


def test_counts_at_the_best_fit_are_those_of_the_data():
    """A free normalisation fits the sum of Poisson counts: expected equal to observed."""
    found = nd.post_fit("xenonnt-2022")
    assert found.spectrum.total().sum() == pytest.approx(found.spectrum.observed.sum(), rel=1e-5)
    assert (found.residuals**2).sum() == pytest.approx(found.goodness_of_fit.chi2, rel=1e-9)


def test_no_fit_without_data_or_of_several():
    with pytest.raises(NudipoleError, match="has no data"):
        nd.post_fit("gemma-2012")
    with pytest.raises(NudipoleError, match="one spectrum at a time"):
        nd.post_fit(["xenonnt-2022", "borexino-2017"])


def test_a_bound_nearer_than_an_error_is_said():
    """A count of 1 over a free background of 1: its error reaches below zero, where no background is."""
    model = Model([1.0, 30.0], [Background("b", [1.0, 0.0])], LinearSignal([0.0, 1.0]))
    fit = best_fit(model)
    (row,) = _rows(model, fit, _Ended(find("mu_nu"), 0.9, "delta-chi2"), lambda step: None)
    assert row.error == pytest.approx(1.0, rel=1e-6)  # the root of one count
    # Without background the one count is impossible.
    assert row.down is None
    assert row.doubts() == ["the data are impossible with it held below"]
    (row,) = _rows(
        eqx.tree_at(lambda m: m.limits, model, np.array([[0.5], [np.nan]])),
        fit,
        _Ended(find("mu_nu"), 0.9, "delta-chi2"),
        print,
    )
    assert row.cut
    assert row.doubts() == ["held at its bound, less than one error away"]

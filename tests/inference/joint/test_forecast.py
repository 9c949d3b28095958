"""Fisher information of experiments before they measure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nudipole.errors import UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.inference.joint.fit import fit
from nudipole.inference.joint.forecast import forecast
from nudipole.inference.joint.problem import problem

TRUTH = {"mu_e": 6e-10, "mu_mu": 2e-9}
SETTINGS = {"parametrisation": "flavour-diagonal", "free": ["mu_e", "mu_mu"]}


@pytest.fixture(scope="module")
def found():
    return forecast(["example-sns-csi", "conus-plus"], at=TRUTH, **SETTINGS)


def test_errors_are_the_curvature_of_the_profile_of_expected_data(found):
    """To one percent, all nuisances profiled."""
    posed = problem(["example-sns-csi", "conus-plus"], **SETTINGS, progress=print)
    x = posed.blocks.minimise(posed.blocks.start(), fixed=posed.names).x
    x[posed.blocks.places(posed.names)] = [TRUTH[name] / 1e-11 for name in posed.names]
    expected = posed.blocks.asimov(x)
    assert expected.minimise(x).chi2 == pytest.approx(0, abs=1e-6)
    for k, name in enumerate(posed.names):
        error = found.errors["together"][name] / 1e-11
        h, rises = 0.02 * error, []
        for side in (h, -h):
            moved = x.copy()
            moved[posed.blocks.places([name])] += side
            rises.append(expected.minimise(moved, fixed=[name]).chi2)
        curvature = np.mean(rises) / h**2
        assert 1 / np.sqrt(curvature) == pytest.approx(error, rel=0.01), k


def test_errors_of_gaussian_measurements_are_those_of_their_propagation():
    """mu_e^2 = 9 +- 1 and mu_e^2 + 2.4 mu_mu^2 = 18.6 +- 4 in (1e-11 mu_B)^2."""
    constraints = [Constraint("e", 0.0, 1.0, {"e": 1.0}), Constraint("mu", 0.0, 4.0, {"e": 1.0, "mu": 2.4})]
    truth = {"mu_e": 3e-11, "mu_mu": 2e-11}
    found = forecast([], at=truth, published=constraints, limits=False, mixing="fixed", **SETTINGS)
    jacobian = np.array([[6.0, 0.0], [6.0, 9.6]]) / np.array([[1.0], [4.0]])
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    errors = [found.errors["together"][name] / 1e-11 for name in truth]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-9)
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found.correlations[0, 1] == pytest.approx(correlation, rel=1e-9)
    # Alone, one measures mu_e and the other a sum; without the first nothing is known of either.
    assert found.errors["e"]["mu_e"] / 1e-11 == pytest.approx(1 / 6)
    assert found.errors["e"]["mu_mu"] == np.inf
    assert found.without["e"] == {"mu_e": np.inf, "mu_mu": np.inf}


def test_every_experiment_adds(found):
    for name in found.parameters:
        together = found.errors["together"][name]
        assert all(together <= found.errors[one][name] * (1 + 1e-9) for one in found.experiments)
        assert all(together <= found.without[one][name] * (1 + 1e-9) for one in found.experiments)


def test_expected_limits_are_those_of_a_fit_to_expected_data(found):
    alone = forecast("example-sns-csi", **SETTINGS)
    for name, ((low, high),) in alone.limits["example-sns-csi"].items():
        assert found.limits["example-sns-csi"][name] == ((low, pytest.approx(high, rel=1e-12)),)
    # The example has expected data itself.
    fitted = fit("example-sns-csi", **SETTINGS, starts=2, alone=False)
    for row in fitted.rows:
        ((low, high),) = found.limits["example-sns-csi"][row.name]
        assert low is None
        assert high == pytest.approx(row.upper(), rel=1e-3)
    assert found.limits["conus-plus"]["mu_mu"] is None


def test_at_zero_moments_have_no_information():
    found = forecast("conus-plus", free=["mu_e"], parametrisation="flavour-diagonal", limits=False)
    assert found.errors["together"] == {"mu_e": np.inf}
    assert "counts are quadratic in moments and have no Fisher information there" in found.notes[0]


def test_charge_radii_have_information_at_zero():
    found = forecast("conus-plus", "charge-radius", free=["r2_e"], limits=False)
    assert np.isfinite(found.errors["together"]["r2_e"])
    assert found.notes == ()


def test_result(found):
    data = json.loads(json.dumps(found.to_json()))
    assert data["schema"] == "nudipole-forecast/1"
    assert data["parameters"]["mu_e"] == {"unit": "mu_B", "truth": 6e-10}
    assert found.to_csv().splitlines()[0] == "experiment,parameter,unit,truth,error,error without,expected upper"
    assert len(found.to_csv().splitlines()) == 7
    assert found._repr_html_().count("<svg") == 1
    assert found.expected("mu_mu", "conus-plus") == "no limit"
    assert found.expected("mu_e").startswith("< ")


def test_wrong_uses():
    with pytest.raises(UnknownName, match="mu_tau"):
        forecast("conus-plus", at={"mu_tau": 1e-11}, **SETTINGS)
    with pytest.raises(UnknownName, match="sides"):
        forecast("conus-plus", sides="three", **SETTINGS)

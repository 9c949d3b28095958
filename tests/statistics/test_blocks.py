"""Many parameters of many experiments, minimised block by block."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import UnknownName
from nudipole.experiments.likelihood import in_common, likelihood
from nudipole.experiments.parametrised import parametrised
from nudipole.mixing import uncertain
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, OnOff, best_fit, joint
from nudipole.statistics.blocks import Blocks


def models():
    """Three kinds of data, one nuisance in common."""
    flat, falling = Background("flat", [8, 8, 8], "gaussian", 0.1), Background("falling", [6, 3, 1], "free")
    return {
        "near": Model([12, 7, 9], [flat], LinearSignal([4, 1, 0.5])),
        "far": Model([16, 12, 9], [flat, falling], LinearSignal([2, 1, 0.2])),
        "energy": Model([3.1, 2.0], [], LinearSignal([1, 2]), statistic=Gaussian([0.7, 0.5])),
        "off": Model(
            [9, 4], [Background("room", [1, 1], "gaussian", 0.2)], LinearSignal([2, 1]), statistic=OnOff([4, 4], 1.0)
        ),
    }


@pytest.mark.parametrize("shared", [(), ("flat",)])
def test_the_minimum_is_that_of_the_joint_model(shared):
    blocks, fit = Blocks(models(), shared), best_fit(joint(models(), shared))
    found = blocks.minimise(blocks.start())
    assert found.converged
    assert found.chi2 == pytest.approx(fit.chi2, abs=1e-7)
    assert found.x[0] == pytest.approx(fit.poi, abs=1e-4)


def test_experiments_together_give_the_minimum_of_their_joint_likelihood():
    experiments = [nd.load(name) for name in ("xenonnt-2022", "conus-plus")]
    single = {experiment.name: likelihood(experiment, "mu_nu") for experiment in experiments}
    blocks = Blocks(single, in_common(experiments, single))
    found, fit = blocks.minimise(blocks.start({"mu_nu^2": 1.0})), best_fit(likelihood(experiments, "mu_nu"))
    assert found.chi2 == pytest.approx(fit.chi2, abs=1e-6)
    assert found.x[0] == pytest.approx(fit.poi, abs=1e-4)


@pytest.fixture(scope="module")
def real():
    """Four experiments, one of them solar, with all parameters of Majorana neutrinos and mixing."""
    experiments = [nd.load(name) for name in ("xenonnt-2022", "conus-plus", "lampf", "charm-ii")]
    names = ["lambda_1", "lambda_2", "lambda_3", "phi_2", "phi_3"]
    return parametrised(experiments, names, mixing=uncertain("nufit-6.0-no"))


def test_gradients_are_those_of_finite_differences(real):
    random = np.random.default_rng(1)
    for _ in range(100):
        x = real.start() + random.normal(size=len(real.names)) * 0.3
        x = np.clip(x, real.lower + 0.1, real.upper - 0.1)
        value, gradient = real.gradient(x)
        assert value == pytest.approx(real.chi2(x), rel=1e-9)
        for direction in np.linalg.qr(random.normal(size=(len(x), 3)))[0].T:
            numeric = slope(lambda y: real.gradient(y)[0], x, direction)
            assert numeric == pytest.approx(direction @ gradient, rel=1e-6, abs=1e-7 * np.linalg.norm(gradient))


def slope(function, x, direction, h=1e-3):
    """Central difference of the sixth order."""
    weights = {1: 45, 2: -9, 3: 1}
    step = h * direction
    return sum(w * (function(x + n * step) - function(x - n * step)) for n, w in weights.items()) / (60 * h)


@pytest.mark.long
def test_the_hessian_is_that_of_the_gradients(real):
    x = np.clip(real.start() + np.random.default_rng(2).normal(size=len(real.names)) * 0.3, real.lower, real.upper)
    hessian = real.curved(x)[2]
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9, atol=1e-9 * np.abs(hessian).max())
    h = 1e-5
    for k, unit in enumerate(np.eye(len(x))):
        numeric = (real.gradient(x + h * unit)[1] - real.gradient(x - h * unit)[1]) / (2 * h)
        np.testing.assert_allclose(numeric, hessian[k], rtol=1e-5, atol=1e-6 * np.abs(hessian).max())


def test_a_shared_parameter_keeps_its_name_in_one_model_alone():
    (name, one), *_ = models().items()
    assert Blocks({name: one}, ["flat"]).names == ("poi", "flat")
    assert Blocks({name: one}).names == ("poi", "near/flat")


def test_the_mixing_stays_where_folds_are_interpolated(real):
    places = real.places(["sin2_12", "dm2_21"])
    assert (real.lower[places].tolist(), real.upper[places].tolist()) == ([-5, -5], [5, 5])
    far = real.start({"lambda_1": 1e3, "lambda_2": 1e3, "sin2_12": 100.0})
    assert np.all(np.abs(real.minimise(far).x[places]) <= 5)


def test_some_of_the_models_have_some_of_the_parameters():
    blocks = Blocks(models(), ["flat"])
    part = blocks.only(["near", "energy"])
    assert part.names == ("poi", "flat")
    assert part.chi2(np.array([0.5, 0.1])) == pytest.approx(
        sum(blocks.by_model(blocks.start({"poi": 0.5, "flat": 0.1}))[name] for name in ("near", "energy")) + 0.01
    )


def test_shares_sum_to_chi2():
    blocks = Blocks(models(), ["flat"])
    x = blocks.start({"poi": 0.5, "flat": 0.7})
    assert sum(blocks.shares(x).values()) == pytest.approx(blocks.chi2(x), rel=1e-12)
    assert blocks.shares(x)["pulls"] == pytest.approx(0.49)


def test_information_is_half_the_curvature_of_expected_data():
    blocks = Blocks(models(), ["flat"])
    x = blocks.minimise(blocks.start()).x
    expected = blocks.asimov(x)
    parts, priors = expected.information(x)
    assert expected.chi2(x) == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(sum(parts.values()) + priors, expected.curved(x)[2] / 2, rtol=1e-12)
    # n = b + x s of one Poisson model: J^T J / n.
    near = expected.models["near"]
    n = expected.expected(x)["near"]
    jacobian = np.stack([[4, 1, 0.5], 0.1 * np.asarray(near.backgrounds[0].counts)])
    which = expected.places(["poi", "flat"])
    np.testing.assert_allclose(parts["near"][np.ix_(which, which)], jacobian / n @ jacobian.T, rtol=1e-6)


def test_an_unknown_parameter_is_named():
    with pytest.raises(UnknownName, match="unknown parameter of the fit 'pol'"):
        Blocks(models()).start({"pol": 1.0})

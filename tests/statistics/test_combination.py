"""Joint likelihoods against closed forms and against their parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.numerics import jax
from nudipole.statistics import (
    Background,
    Gaussian,
    LinearSignal,
    Model,
    OnOff,
    Poisson,
    asimov,
    best_fit,
    check,
    expected,
    goodness_of_fit,
    intervals,
    joint,
    minuit_fit,
    profile,
)


def measurement(x, error, backgrounds=(), **settings):
    """A Gaussian measurement of the parameter itself."""
    return Model([x], backgrounds, LinearSignal([1.0]), statistic=Gaussian([error]), poi_lower=-np.inf, **settings)


def mixed(random_model, seed=0, **settings):
    """One experiment of each kind, of different sizes, with a parameter of one scale."""
    models = {}
    for k, kind in enumerate(("poisson", "gaussian", "on-off")):
        model = random_model(seed + k, bins=3 + k, kind=kind, **settings)
        scale = float(np.max(model.signal.template))
        signal = LinearSignal(5 * model.signal.template / scale, 5 * model.signal.d_template / scale)
        models[kind] = Model(
            model.observed,
            model.backgrounds,
            signal,
            statistic=model.statistic,
            signal_nuisances=model.signal_nuisances,
        )
    return models


def parts_of(eta, both, models, shared=()):
    """Nuisances of every experiment out of those of the joint model."""
    value = dict(zip(both.nuisances, eta, strict=True))
    return {
        name: np.array([value.get(f"{name}/{n}", value.get(n)) for n in model.nuisances])
        for name, model in models.items()
    }


def test_chi2_of_independent_experiments_is_the_sum(random_model):
    models = mixed(random_model, seed=1)
    both = check(joint(models))
    rng = np.random.default_rng(2)
    for poi in (0.0, 0.3):
        eta = rng.uniform(0, 1.5, len(both.nuisances))
        separate = parts_of(eta, both, models)
        chi2 = sum(float(model.chi2(poi, separate[name])) for name, model in models.items())
        assert float(both.chi2(poi, eta)) == pytest.approx(chi2, rel=1e-12)
        profiled = sum(profile(model, [poi]).chi2[0] for model in models.values())
        assert profile(both, [poi]).chi2[0] == pytest.approx(profiled, abs=1e-7)
    assert both.observed.size == 3 + 4 + 5
    assert "gaussian/b0" in both.nuisances


@pytest.mark.parametrize("seed", [1, 5, 9, 13])
def test_mixed_kinds_agree_with_minuit_and_have_limits(random_model, seed):
    both = joint(mixed(random_model, seed))
    ours, minuit = best_fit(both), minuit_fit(both)
    assert ours.minimiser == "newton"
    assert ours.chi2 == pytest.approx(minuit.chi2, abs=1e-6)
    assert ours.poi == pytest.approx(minuit.poi, abs=1e-3 * ours.poi_error)
    for found in intervals(both, fit=ours).values():
        assert found.empty or found.lower <= ours.poi < found.upper
    assert np.isfinite(expected(both).upper)
    free = sum(not constrained for constrained in both.constrained)
    assert goodness_of_fit(both, ours).ndof == 3 + 4 + 5 - free - 1


def test_gaussian_measurements_combine_to_their_weighted_mean():
    x, error = np.array([1.3, -0.4, 0.9]), np.array([0.5, 1.0, 0.7])
    both = joint({f"e{k}": measurement(x[k], error[k]) for k in range(3)})
    weight = 1 / error**2
    mean, sigma = np.sum(weight * x) / np.sum(weight), np.sum(weight) ** -0.5
    fit = best_fit(both)
    assert (fit.poi, fit.poi_error) == pytest.approx((mean, sigma), rel=1e-9)
    assert fit.chi2 == pytest.approx(np.sum(weight * (x - mean) ** 2), rel=1e-9)
    found = intervals(both, 0.9)
    assert found["unified"].upper == pytest.approx(mean + ndtri(0.95) * sigma, rel=1e-7)
    assert found["one-sided"].upper == pytest.approx(mean + ndtri(0.9) * sigma, rel=1e-7)


@pytest.mark.parametrize("shared", [(), ("norm",)])
def test_common_normalisation_correlates_two_measurements(shared):
    # Generalised least squares with the covariance that the normalisation makes.
    x, error, template, width = np.array([7.0, 9.0]), np.array([1.0, 0.8]), np.array([6.0, 7.5]), 0.15
    models = {
        f"e{k}": measurement(x[k], error[k], [Background("norm", [template[k]], "gaussian", width)]) for k in range(2)
    }
    both = joint(models, shared)
    shift = width * template
    correlated = np.outer(shift, shift) if shared else np.diag(shift**2)
    inverse = np.linalg.inv(np.diag(error**2) + correlated)
    sigma = np.sum(inverse) ** -0.5
    mean = sigma**2 * np.sum(inverse @ (x - template))
    fit = best_fit(both)
    assert both.nuisances == (shared or ("e0/norm", "e1/norm"))
    assert (fit.poi, fit.poi_error) == pytest.approx((mean, sigma), rel=1e-8)
    rest = x - template - mean
    assert fit.chi2 == pytest.approx(rest @ inverse @ rest, rel=1e-8)


def test_shared_flux_feeds_every_signal():
    first = Model(
        [9.0, 4.0],
        [Background("b", [5.0, 3.0])],
        LinearSignal([1.0, 0.5], [[0.1, 0.2], [0.3, 0.4]]),
        signal_nuisances=["flux", "shape"],
        auxiliary=[0.0, 0.2, 0.0],
    )
    second = Model(
        [30.0],
        [],
        LinearSignal([2.0], [[0.7], [0.9]]),
        signal_nuisances=["quenching", "flux"],
        auxiliary=[0.0, 0.2],
        statistic=OnOff([20.0], 1.0),
    )
    both = joint({"A": first, "B": second}, ["flux"])
    assert both.nuisances == ("A/b", "flux", "A/shape", "B/quenching")
    assert np.allclose(both.auxiliary, [0, 0.2, 0, 0])
    counts = both.expected(2.0, np.array([1.5, 0.3, -1.0, 0.6]))
    assert np.allclose(counts[:2], first.expected(2.0, np.array([1.5, 0.3, -1.0])))
    assert np.allclose(counts[2:], second.expected(2.0, np.array([0.6, 0.3])))
    # The pull of the flux counts once.
    pull = (0.3 - 0.2) ** 2
    chi2 = float(first.chi2(2.0, np.array([1.5, 0.3, -1.0])) + second.chi2(2.0, np.array([0.6, 0.3]))) - pull
    assert float(both.chi2(2.0, np.array([1.5, 0.3, -1.0, 0.6]))) == pytest.approx(chi2, rel=1e-12)


def test_a_name_that_occurs_once_stays_with_its_experiment():
    models = {"A": measurement(1.0, 1.0, [Background("b", [1.0])]), "B": measurement(2.0, 1.0)}
    assert joint(models, ["b"]).nuisances == ("A/b",)


def test_poisson_experiments_join_to_poisson_bins(random_model):
    one, two = random_model(1), random_model(2)
    assert joint({"A": one, "B": two}).statistic == Poisson()


def test_joints_of_joints_and_of_one(random_model):
    models = mixed(random_model, seed=1)
    nested = joint({"first": joint({k: models[k] for k in ("poisson", "gaussian")}), "last": models["on-off"]})
    flat = joint(models)
    value = dict(zip(flat.nuisances, np.linspace(-0.5, 1.5, len(flat.nuisances)), strict=True))
    eta = [value[name.removeprefix("first/").replace("last/", "on-off/")] for name in nested.nuisances]
    chi2 = float(flat.chi2(0.4, np.array(list(value.values()))))
    assert float(nested.chi2(0.4, np.array(eta))) == pytest.approx(chi2, rel=1e-12)
    alone = joint({"on-off": models["on-off"]})
    one = np.full(len(alone.nuisances), 0.7)
    assert float(alone.chi2(0.4, one)) == pytest.approx(float(models["on-off"].chi2(0.4, one)), rel=1e-12)


def test_asimov_data_of_a_joint_model_are_those_of_its_parts(random_model):
    models = mixed(random_model, seed=1)
    both = joint(models)
    eta = best_fit(both).eta
    made = asimov(both, 0.2, eta)
    assert jax.tree.structure(made) == jax.tree.structure(both)
    separate = parts_of(eta, both, models)
    parts = {name: asimov(model, 0.2, separate[name]) for name, model in models.items()}
    assert np.allclose(made.observed, np.concatenate([part.observed for part in parts.values()]))
    assert np.allclose(made.statistic.parts[2].off, parts["on-off"].statistic.off)


def test_other_data_and_names_need_no_compilation(random_model, counting_signal):
    signal, calls = counting_signal

    def both(seed):
        rng = np.random.default_rng(seed)
        flux, b = f"flux {seed}", Background(f"b {seed}", [4.0, 3.0], "gaussian", 0.1)
        one = Model(rng.poisson(6, 2), [b], signal([1.0, 2.0], [[0.1, 0.1]]), signal_nuisances=[flux])
        two = Model(
            rng.poisson(6, 2),
            [],
            signal([2.0, 2.0], [[0.1, 0.1]]),
            signal_nuisances=[flux],
            statistic=OnOff(rng.poisson(8, 2), 2.0),
        )
        return joint({f"A{seed}": one, f"B{seed}": two}, [flux])

    intervals(both(1))
    before = calls()
    intervals(both(2))
    assert calls() == before


def gauss(width=0.1, name="b", kind="gaussian"):
    return Background(name, [1.0], kind, width)


@pytest.mark.parametrize(
    ("models", "shared", "words"),
    [
        ({}, (), "at least one"),
        ({"A": measurement(1, 1, poi_name="mu"), "B": measurement(1, 1)}, (), "A has .* mu >= -inf, B has poi >= -inf"),
        (
            {"A": measurement(1, 1), "B": Model([1.0], [], LinearSignal([1.0]))},
            (),
            "poi >= -inf, B has poi >= 0",
        ),
        (
            {"A": measurement(1, 1, [gauss()]), "B": measurement(1, 1, [gauss(0.2)])},
            ["b"],
            "gaussian of width 0.1 in A and gaussian of width 0.2 in B",
        ),
        (
            {"A": measurement(1, 1, [gauss()]), "B": measurement(1, 1, [gauss(kind="free")])},
            ["b"],
            "gaussian of width 0.1 in A and free in B",
        ),
        (
            {"A": measurement(1, 1, [gauss()]), "B": measurement(1, 1, [gauss()], auxiliary=[0.5])},
            ["b"],
            "measured at 0.5 in B",
        ),
        (
            {"A": measurement(1, 1, [gauss()]), "B": measurement(1, 1, signal_nuisances=["b"])},
            ["b"],
            "a background of A and a nuisance of the signal of B",
        ),
        ({"A": measurement(1, 1, [gauss(), gauss()])}, (), "two different nuisances would be called 'A/b'"),
        (
            {"A": measurement(1, 1, [gauss(), gauss()]), "B": measurement(1, 1, [gauss()])},
            ["b"],
            "two different nuisances would be called 'b'",
        ),
    ],
)
def test_experiments_that_do_not_fit_together_are_refused(models, shared, words):
    with pytest.raises(NudipoleError, match=words):
        joint(models, shared)


def test_shared_name_that_nobody_has_is_refused():
    with pytest.raises(UnknownName, match="did you mean 'flux'"):
        joint({"A": measurement(1, 1, [gauss(name="flux")]), "B": measurement(1, 1)}, ["flx"])


def test_parts_are_checked():
    bad = Model([1.0], [], LinearSignal([1.0]), statistic=OnOff([-1.0], 1.0))
    with pytest.raises(OutOfRange, match="OFF counts"):
        check(joint({"A": Model([1.0], [], LinearSignal([1.0])), "B": bad}))


def test_backgrounds_that_nuisances_of_the_signal_move():
    """Each in its own bins by its own nuisances, shared ones once; a free one only with a free one."""
    random = np.random.default_rng(8)

    def model(bins, names, free=()):
        shifts = random.normal(size=(2, len(names), bins))
        backgrounds = [
            Background("b", random.uniform(5, 9, bins), shifts=shifts),
            Background("k", [3.0] * bins, "fixed"),
        ]
        signal = LinearSignal(random.uniform(0, 1, bins), random.normal(size=(len(names), bins)))
        return Model(random.poisson(9, bins), backgrounds, signal, signal_nuisances=names, unconstrained=free)

    models = {"A": model(3, ["light", "width"], ["light"]), "B": model(4, ["start", "light"], ["light"])}
    both = joint(models, ["light"])
    assert both.nuisances == ("A/b", "B/b", "light", "A/width", "B/start")
    assert both.constrained == (False, False, False, True, True)
    eta = np.array([1.1, 0.9, 0.4, -1.5, 2.0])
    parts = [models["A"].chi2(0.3, eta[[0, 2, 3]]), models["B"].chi2(0.3, eta[[1, 4, 2]])]
    assert float(both.chi2(0.3, eta)) == pytest.approx(float(sum(parts)), rel=1e-12)
    with pytest.raises(NudipoleError, match="'light' is free in A and unit-normal in B"):
        joint({"A": models["A"], "B": model(2, ["light"])}, ["light"])

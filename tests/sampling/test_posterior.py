"""Posteriors against closed forms and numerical integration, to their own Monte Carlo errors."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from scipy.special import gammaincc, gammainccinv, gammaln, ndtri

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.numerics import jax, jnp
from nudipole.sampling.inference_data import inference_data
from nudipole.sampling.marginal import marginal_deviance
from nudipole.sampling.posterior import KINDS, credible, diagnose, sample, shortest
from nudipole.sampling.prior import PRIORS, prior
from nudipole.statistics import Background, Gaussian, Joint, LinearSignal, Model, OnOff, joint

# Of a Monte Carlo error: the seeds are fixed, and three in a hundred thousand would be further off.
SIGMAS = 4.2


def slow(*case):
    """A case that takes ten seconds and more, beside a fast one."""
    return pytest.param(*case, marks=pytest.mark.slow)


def quantile(x, density, p):
    """Of a density on a grid, by the trapezoidal rule."""
    cdf = np.concatenate([[0], np.cumsum(np.diff(x) * (density[1:] + density[:-1]) / 2)])
    return np.interp(p * cdf[-1], cdf, x)


def agrees(value, error, exact):
    assert value == pytest.approx(exact, abs=SIGMAS * error)
    # The errors are of a size: the defaults promise one per cent.
    assert error < 0.02 * max(abs(exact), 0.05)


@pytest.mark.parametrize(
    ("n", "b"), [pytest.param(0, 0.0, marks=pytest.mark.long), (3, 1.2), pytest.param(12, 5.0, marks=pytest.mark.long)]
)
def test_known_background_flat_prior(counting, n, b):
    """Closed form: the ratio of incomplete gamma functions."""
    posterior = sample(counting(n, b) if b else Model([n], [], LinearSignal([1.0])))
    limit = posterior.credible(0.9)
    exact = gammainccinv(n + 1, 0.1 * gammaincc(n + 1, b)) - b
    agrees(limit.upper, limit.upper_error, exact)
    assert (limit.lower, limit.lower_error, limit.kind) == (0.0, 0.0, "upper")
    assert posterior.rhat < 1.01
    assert posterior.divergences == 0
    assert posterior.ess > 5000


@pytest.mark.parametrize(
    ("name", "cut"),
    [("log", 1e-6), slow("flat-root", None), slow("log", 1e-3)],
)
@pytest.mark.long
def test_other_priors(counting, name, cut):
    """Flat in the coordinate of the prior, integrated numerically there."""
    n, b = 2, 1.5
    posterior = sample(counting(n, b), name, cut=cut)
    r = np.linspace(0, 6, 40001) if name == "flat-root" else np.linspace(np.log(cut), np.log(40), 40001)
    s = r**2 if name == "flat-root" else np.exp(r)
    density = np.exp(-(s + b)) * (s + b) ** n
    for kind, levels in (("upper", [0.9]), ("equal-tailed", [0.05, 0.95])):
        region = posterior.credible(0.9, kind, transform=np.sqrt if name == "flat-root" else np.log)
        ends = [(region.lower, region.lower_error), (region.upper, region.upper_error)][-len(levels) :]
        for (end, error), p in zip(ends, levels, strict=True):
            assert end == pytest.approx(quantile(r, density, p), abs=SIGMAS * error)
            assert error < 0.02 * (r[-1] - r[0])
    assert posterior.rhat < 1.01
    assert ("poi > 0.001" in posterior.prior.words) is (cut == 1e-3)


def test_parameter_with_a_sign(gaussian):
    """A Gaussian measurement: all three regions are those of the normal distribution."""
    posterior = sample(gaussian(-0.3, poi_lower=-np.inf))
    for kind in KINDS:
        region = posterior.credible(0.9, kind)
        half = ndtri(0.95)
        assert region.upper == pytest.approx(
            -0.3 + (ndtri(0.9) if kind == "upper" else half), abs=SIGMAS * region.upper_error
        )
        if kind == "upper":
            assert region.lower == -np.inf
        else:
            assert region.lower == pytest.approx(-0.3 - half, abs=SIGMAS * region.lower_error)
        # The ends of the shortest interval converge with the cube root of the number of samples only.
        assert region.upper_error < (0.1 if kind == "hpd" else 0.025)


@pytest.mark.long
def test_two_modes(quadratic):
    """A square: the measurement leaves the sign open, and chains go back and forth between two modes 12 sigma apart."""
    signal = quadratic(jnp.array([0.2]), jnp.array([1.0]))
    model = Model([40.0], [], signal, statistic=Gaussian([1.0]), poi_lower=-np.inf)
    posterior = sample(model)
    x = np.linspace(-10, 10, 400001)
    density = np.exp(-((x**2 + 0.2 * x - 40) ** 2) / 2)
    below = quantile(x, density, np.array([0.05, 0.95]))
    region = posterior.credible(0.9, "equal-tailed")
    agrees(region.lower, region.lower_error, below[0])
    agrees(region.upper, region.upper_error, below[1])
    left = density[x < 0].sum() / density.sum()
    assert np.mean(posterior.poi < 0) == pytest.approx(left, abs=SIGMAS * np.sqrt(0.25 / 5000))
    assert posterior.rhat < 1.01


@pytest.mark.parametrize(
    ("normalisation", "width"),
    [
        ("gaussian", 0.4),
        *(pytest.param(*case, marks=pytest.mark.long) for case in (("log-normal", 0.4), ("free", 0.0))),
    ],
)
def test_uncertain_background(normalisation, width):
    """Two bins, the second without signal, integrated numerically over the nuisance up to its bound."""
    observed, template = np.array([6.0, 9.0]), np.array([4.0, 10.0])
    model = Model(observed, [Background("b", template, normalisation, width)], LinearSignal([1.0, 0.0]))
    posterior = sample(model)
    s = np.linspace(0, 30, 3001)
    factor = np.linspace(1e-6, 4, 3001) if normalisation != "log-normal" else np.geomspace(0.1, 10, 3001)
    weight = {
        "free": np.ones_like(factor),
        "gaussian": np.exp(-(((factor - 1) / 0.4) ** 2) / 2),
        "log-normal": np.exp(-((np.log(factor) / np.log(1.4)) ** 2) / 2),  # per unit of ln factor, as the grid has it
    }[normalisation]
    first = s[:, None] + factor * template[0]
    joint_density = weight * np.exp(-first + observed[0] * np.log(first))
    joint_density *= np.exp(-factor * template[1] + observed[1] * np.log(factor * template[1]))
    limit = posterior.credible(0.9)
    agrees(limit.upper, limit.upper_error, quantile(s, joint_density.sum(axis=1), 0.9))
    eta = posterior.eta[..., 0]
    at = factor if normalisation == "free" else (factor - 1) / 0.4
    at = np.log(factor) / np.log(1.4) if normalisation == "log-normal" else at
    nuisance = credible(eta, 0.9)
    assert nuisance.upper == pytest.approx(
        quantile(at, joint_density.sum(axis=0), 0.9), abs=SIGMAS * nuisance.upper_error
    )


@pytest.mark.parametrize(
    ("on", "off", "ratio"), [pytest.param(0, 0, 2.0, marks=pytest.mark.long), (0, 3, 1.0), (7, 0, 3.0), slow(4, 2, 0.5)]
)
def test_on_off_counts(on, off, ratio):
    """The background of few OFF counts is integrated out: on a grid, from both measurements."""
    model = Model([on], [], LinearSignal([1.0]), statistic=OnOff([off], ratio))
    limit = sample(model).credible(0.9)
    s, b = np.linspace(0, 40, 2001), np.linspace(1e-9, 40, 8001)
    total = s[:, None] + b
    density = np.exp(-total + on * np.log(total) - ratio * b + off * np.log(b)).sum(axis=1)
    # The grid of b misses a hundredth of its step at the edge where the density does not vanish there.
    assert limit.upper == pytest.approx(quantile(s, density, 0.9), abs=SIGMAS * limit.upper_error + 0.01)


@pytest.mark.long
@pytest.mark.slow
def test_joint_statistics(counting):
    """Bins of two kinds: the density is the product."""
    models = {
        "a": Model([4], [], LinearSignal([1.0]), statistic=OnOff([2], 0.5)),
        "b": Model([3], [Background("known", [1.0], "gaussian", 1e-6)], LinearSignal([0.5])),
    }
    together = joint(models)
    assert isinstance(together.statistic, Joint)
    limit = sample(together).credible(0.9)
    s, b = np.linspace(0, 40, 2001), np.linspace(1e-9, 60, 6001)
    total = s[:, None] + b
    density = np.exp(-total + 4 * np.log(total) - 0.5 * b + 2 * np.log(b)).sum(axis=1)
    density *= np.exp(-0.5 * s + 3 * np.log(0.5 * s + 1))
    agrees(limit.upper, limit.upper_error, quantile(s, density, 0.9))


@pytest.mark.parametrize(
    ("on", "off", "ratio"), [(0, 0, 1.0), (5, 2, 0.5), (0, 700, 0.1), (3000, 3000, 1.0), (50, 0, 3.0)]
)
def test_marginal_likelihood_is_the_finite_sum(on, off, ratio):
    """Binomial expansion of the integrand, term by term; Asimov data sets have no such sum."""
    for s in (1e-9, 0.3, 2.0, 100.0, 5000.0, -0.3, -10.0, -300.0):
        a, c, size = (on, off + 1, s) if s >= 0 else (off, on + 1, -s)
        k = np.arange(a + 1)
        terms = gammaln(a + 1) - gammaln(k + 1) - gammaln(a - k + 1) + (a - k) * np.log(size)
        terms += gammaln(c + k) - (c + k) * np.log(1 + ratio)
        exact = np.logaddexp.reduce(terms) - (s if s >= 0 else ratio * size)
        found = -marginal_deviance(OnOff([off], ratio), jnp.array([float(on)]), jnp.array([s])) / 2
        assert float(found) == pytest.approx(exact, abs=1e-8 * max(1, abs(exact)))


def test_marginal_likelihood_is_smooth_where_the_signal_vanishes():
    slope = jax.grad(lambda s: marginal_deviance(OnOff([2.0], 1.0), jnp.array([3.0]), jnp.array([s])))
    # b follows a Gamma distribution of shape n + m + 1 and rate 2 here: d ln L/ds = E[n/b] - 1 = 0.2.
    assert float(slope(0.0)) == pytest.approx(-0.4, abs=1e-9)
    assert float(slope(-1e-8)) == pytest.approx(-0.4, abs=1e-6)


@pytest.mark.long
def test_bound_of_a_wide_normalisation_is_kept():
    model = Model([1.0], [Background("b", [3.0], "gaussian", 0.9)], LinearSignal([1.0]))
    eta = sample(model, draws=2000).eta
    assert np.min(1 + 0.9 * eta) >= 0


@pytest.mark.long
def test_seed_decides(counting):
    one, same, other = (sample(counting(3, 1.0), draws=200, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.poi, same.poi)
    assert not np.array_equal(one.poi, other.poi)


def test_no_global_side_effects(counting):
    known = ("jax_enable_x64", "jax_platforms", "jax_num_cpu_devices", "jax_debug_nans")
    names = [name for name in known if hasattr(jax.config, name)]  # the third came with a later JAX
    before = [getattr(jax.config, name) for name in names]
    sample(counting(3, 1.0), draws=200)
    assert [getattr(jax.config, name) for name in names] == before


def arviz():
    from nudipole.sampling.inference_data import _arviz

    try:
        return _arviz()
    except NudipoleError:
        pytest.skip("ArviZ is not installed")


@pytest.mark.parametrize("correlation", [0.0, 0.9, -0.5])
def test_diagnostics_are_those_of_arviz(correlation):
    """Autoregressive chains, one of them shifted."""
    az = arviz()
    random = np.random.default_rng(3)
    x = random.normal(size=(4, 1000))
    for t in range(1, 1000):
        x[:, t] = correlation * x[:, t - 1] + np.sqrt(1 - correlation**2) * x[:, t]
    for samples in (x, x + np.array([[0], [0], [0], [0.5]])):
        found, theirs = diagnose(samples), az.convert_to_dataset({"x": samples})
        assert found.rhat == pytest.approx(float(az.rhat(theirs)["x"]), abs=1e-10)
        # Ours leaves out a half-pair at the end of the sequence.
        assert found.ess == pytest.approx(float(az.ess(theirs)["x"]), rel=0.02)
        error = float(az.mcse(theirs, method="quantile", prob=0.9)["x"])
        assert credible(samples, 0.9).upper_error == pytest.approx(error, rel=0.05)


def test_shortest_interval():
    x = np.random.default_rng(1).exponential(size=200_000)
    lower, upper = shortest(x, 0.9)
    assert lower == pytest.approx(0, abs=1e-3)
    assert upper == pytest.approx(-np.log(0.1), abs=0.03)


def test_error_of_the_shortest_interval_is_of_its_size():
    """Sixty repetitions: their spread is what the batches say, within a factor two."""
    random = np.random.default_rng(5)
    regions = [credible(random.normal(size=(4, 2000)), 0.9, "hpd") for _ in range(60)]
    spread = np.std([r.upper for r in regions])
    assert 0.5 < np.mean([r.upper_error for r in regions]) / spread < 2


@pytest.mark.slow
def test_inference_data(counting):
    arviz()
    posterior = sample(counting(3, 1.0, poi_name="mu^2"), "log", cut=1e-2, draws=200)
    data = inference_data(posterior)
    assert data["posterior"]["mu^2"].shape == (4, 200)
    assert np.array_equal(data["posterior"]["mu^2"], posterior.poi)
    assert set(data["posterior"].data_vars) == {"mu^2", "known"}
    assert set(data["sample_stats"].data_vars) >= {"diverging", "lp", "n_steps"}
    assert data["posterior"].attrs["prior"] == "flat in ln(poi), poi > 0.01"
    assert np.array_equal(data["observed_data"]["observed"], [3.0])


def test_inference_data_of_the_next_version(counting, monkeypatch):
    """From version 1 on, `from_dict` takes a dictionary of groups and returns a tree of datasets."""
    import xarray

    def from_dict(groups):
        return xarray.DataTree.from_dict(
            {
                f"/{name}": xarray.Dataset(
                    {key: ([f"{key}_{i}" for i in range(np.ndim(v))], v) for key, v in columns.items()}
                )
                for name, columns in groups.items()
            }
        )

    monkeypatch.setitem(sys.modules, "arviz", types.SimpleNamespace(__version__="1.0.0", from_dict=from_dict))
    posterior = sample(counting(3, 1.0), draws=200)
    tree = inference_data(posterior)
    assert isinstance(tree, xarray.DataTree)
    assert np.array_equal(tree["posterior"]["poi"], posterior.poi)
    assert tree["posterior"].attrs["seed"] == 1


def test_wrong_requests(counting, gaussian):
    model = counting(3, 1.0)
    with pytest.raises(UnknownName, match="flat-root"):
        prior(model, "jeffreys")
    with pytest.raises(NudipoleError, match="needs a lower cut"):
        prior(model, "log")
    with pytest.raises(NudipoleError, match="has no lower cut"):
        prior(model, "flat", cut=1.0)
    with pytest.raises(OutOfRange, match="lower cut"):
        prior(model, "log", cut=0.0)
    with pytest.raises(NudipoleError, match="has a sign"):
        prior(gaussian(0.0, poi_lower=-np.inf), "flat-root")
    with pytest.raises(OutOfRange, match="number of chains"):
        sample(model, chains=1)
    with pytest.raises(OutOfRange, match="acceptance"):
        sample(model, acceptance=1.0)
    with pytest.raises(NudipoleError, match="take fewer"):
        sample(model, draws=10_000_000)
    with pytest.raises(OutOfRange, match="credibility"):
        credible(np.zeros((2, 9)), 1.0)
    with pytest.raises(UnknownName, match="equal-tailed"):
        credible(np.zeros((2, 9)), 0.9, "central")
    assert set(PRIORS) == {"flat", "flat-root", "log"}


def test_data_that_bound_nothing(quadratic):
    """A signal that saturates leaves the posterior without an end."""

    class Saturated(type(quadratic(jnp.zeros(1), jnp.zeros(1)))):
        def __call__(self, poi, eta):
            return self.linear * poi / (1 + jnp.abs(poi))

    model = Model([3.0], [Background("b", [3.0], "gaussian", 0.3)], Saturated(jnp.ones(1), jnp.zeros(1)))
    with pytest.raises(NudipoleError, match="do not bound poi"):
        sample(model)

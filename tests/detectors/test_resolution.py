"""Distributions of the reconstructed energy against scipy, and their moments."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import gammainc

from nudipole.detectors import (
    RESOLUTIONS,
    ConstantWidth,
    Detector,
    Efficiency,
    Exact,
    Fano,
    GammaPhotoelectrons,
    Matrix,
    PolynomialWidth,
    Quadrature,
    Skewed,
    Sqrt,
    SqrtLinear,
    TabulatedWidth,
)
from nudipole.detectors.gamma_distribution import gamma_cumulative
from nudipole.errors import OutOfRange
from nudipole.numerics import jax, jnp

KEV = 1e-3
COHERENT = 9.56 / KEV
EXAMPLES = {
    "none": Exact(),
    "constant": ConstantWidth(0.4 * KEV),
    "sqrt": Sqrt(0.3 * KEV**0.5),
    "sqrt-linear": SqrtLinear(0.31 * KEV**0.5, 0.0037),
    "fano": Fano(0.07 * KEV, 0.11, 2.96e-3 * KEV),
    "gamma": GammaPhotoelectrons(COHERENT),
    "quadrature": Quadrature(0.1 * KEV, 0.3 * KEV**0.5, 0.02),
    "polynomial": PolynomialWidth([0.073 * KEV, 0.173, -6.5e-3 / KEV, 1.1e-4 / KEV**2], 30 * KEV),
    "table": TabulatedWidth(np.array([0.1, 2, 50]) * KEV, [0.5, 0.3, 0.1], relative=True),
    "skewed": Skewed(Sqrt(0.3 * KEV**0.5), 3.0),
}
E = np.array([0.02, 0.3, 1.0, 5.0, 40.0]) * KEV
X = np.array([0.0, 0.01, 0.2, 0.9, 1.0, 1.3, 5.0, 6.0, 38.0, 60.0]) * KEV


def scipy_distribution(kind, E):
    """Of the reconstructed energy, in MeV."""
    if kind == "gamma":
        b = COHERENT * E
        return stats.gamma(1 + b, scale=E / (1 + b))
    if kind == "skewed":
        standard, sigma = stats.skewnorm(3.0), 0.3 * math.sqrt(E * KEV)
        return stats.skewnorm(3.0, E - sigma * standard.mean() / standard.std(), sigma / standard.std())
    return stats.norm(E, EXAMPLES[kind].sigma(np.array([E]))[0])


@pytest.fixture(params=sorted(set(RESOLUTIONS) - {"none", "matrix"}))
def kind(request):
    """A new kind needs an example and a distribution of scipy."""
    assert type(EXAMPLES[request.param]) is RESOLUTIONS[request.param]
    return request.param


def test_cumulative_probability_and_first_moment(kind):
    """The moment by scipy's quadrature of the density."""
    below, moment = EXAMPLES[kind].cumulative(jnp.asarray(E), jnp.asarray(X))
    assert below.shape == moment.shape == (len(X), len(E))
    for e, found, shifted in zip(E, np.asarray(below).T, np.asarray(moment).T, strict=True):
        p = scipy_distribution(kind, e)
        np.testing.assert_allclose(found, p.cdf(X), rtol=0, atol=1e-8)
        knots = np.concatenate([p.ppf([1e-15, 1e-4, 0.3, 0.7, 1 - 1e-4]), p.isf([1e-15])])
        for x, value in zip(X, shifted, strict=True):
            ends = itertools.pairwise([*knots[knots < x], x])
            pieces = [quad(lambda t, e=e, p=p: (t / e - 1) * p.pdf(t), *end, epsabs=1e-11)[0] for end in ends]
            assert value / e == pytest.approx(sum(pieces), abs=1e-8)


def test_width(kind):
    expected = [scipy_distribution(kind, e).std() for e in E]
    np.testing.assert_allclose(EXAMPLES[kind].sigma(E), expected, rtol=1e-12)


def test_all_is_found_somewhere(kind):
    below, moment = EXAMPLES[kind].cumulative(jnp.asarray(E), jnp.array([-1e3, 1e3]))
    np.testing.assert_allclose(below, [np.zeros(len(E)), np.ones(len(E))], atol=1e-15)
    np.testing.assert_allclose(moment, 0, atol=1e-15)


def test_reach_leaves_less_than_1e_15_outside(kind):
    low, high = EXAMPLES[kind].reach(E)
    for e, a, b in zip(E, low, high, strict=True):
        p = scipy_distribution(kind, e)
        assert max(p.cdf(a), p.sf(b)) < 1e-15


def test_without_smearing_a_step_that_excludes_the_energy():
    below, moment = Exact().cumulative(jnp.array([1.0, 2.0]), jnp.array([0.5, 1.0, 2.0, 2.5]))
    np.testing.assert_array_equal(below, [[0, 0], [0, 0], [1, 0], [1, 1]])
    np.testing.assert_array_equal(moment, 0)


def test_no_energy_gives_no_light():
    resolution = GammaPhotoelectrons(COHERENT)
    below, moment = resolution.cumulative(jnp.array([0.0, 1e-300, 1e-12]), jnp.array([-1.0, 0.0, 1e-300, 1.0]) * KEV)
    np.testing.assert_allclose(below[:, 0], [0, 0, 1, 1])
    np.testing.assert_allclose(below[:, 1:], [[0, 0], [0, 0], [1 - math.exp(-KEV), 0], [1, 1]], rtol=1e-8, atol=1e-200)
    assert np.all(np.isfinite(moment))


def test_gradients_are_finite(kind):
    """With respect to the energy, also where nothing is reconstructed below x."""
    x = jnp.asarray(X)

    def total(e):
        below, moment = EXAMPLES[kind].cumulative(e, x)
        return below.sum() + moment.sum()

    energies = jnp.concatenate([jnp.asarray(E), jnp.array([1e-9])])
    step = 1e-5
    found = np.asarray(jax.jit(jax.grad(total))(energies))
    assert np.all(np.isfinite(found))
    high, low = (np.asarray(jax.vmap(lambda e: total(e[None]))(energies * (1 + s))) for s in (step, -step))
    np.testing.assert_allclose(found[:-1], ((high - low) / (2 * step) / energies)[:-1], rtol=1e-4, atol=1e-3)


def test_COHERENT_photoelectrons():
    """P(x) = (a(1+b))^(1+b)/Gamma(1+b) x^b exp(-a(1+b)x) in photoelectrons x = 13.35 PE/keV times energy."""
    energy, light_yield = 0.9, 1 / 0.0749
    a, b = 0.0749 / energy, 9.56 * energy
    x = np.linspace(0, 60, 60001)
    density = (a * (1 + b)) ** (1 + b) / math.gamma(1 + b) * x**b * np.exp(-a * (1 + b) * x)
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    edges = jnp.asarray(x[::5000] / light_yield * KEV)
    below, _ = GammaPhotoelectrons(COHERENT).cumulative(jnp.array([energy * KEV]), edges)
    np.testing.assert_allclose(below[:, 0], cumulative[::5000], atol=1e-7)


@pytest.mark.parametrize("k", [1.0, 1.001, 1.05, 1.5, 3.0, 9.0, 10.0, 40.0, 300.0, 1e4, 1e6])
def test_incomplete_gamma_function(k):
    z = np.concatenate([np.geomspace(1e-30, 1, 300), np.linspace(1e-3, 60, 1000)])
    z = np.concatenate([z, np.abs(k + np.sqrt(k) * np.linspace(-12, 12, 1001)) + 1e-9])
    found = gamma_cumulative(jnp.array([k]), jnp.asarray(z)[:, None])[:, 0]
    np.testing.assert_allclose(found, gammainc(k, z), rtol=0, atol=3e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fano(-1.0, 0.1, 1e-6), "noise of the resolution = -1"),
        (lambda: Fano(1.0, -0.1, 1e-6), "fano of the resolution = -0.1"),
        (lambda: Fano(1.0, 0.1, math.nan), "pair_energy of the resolution = nan"),
        (lambda: GammaPhotoelectrons(0.0), "shape_per_energy of the resolution"),
    ],
)
def test_what_is_no_resolution(make, message):
    with pytest.raises(OutOfRange, match=message):
        make()


def test_range_of_recoils_of_the_gamma_kind():
    """Beyond it the bins see less than 1e-12 of the recoils, by scipy."""
    edges = np.array([0.5, 0.7, 1.0]) * KEV
    low, high = Detector(edges, GammaPhotoelectrons(COHERENT), Efficiency.constant(1.0)).recoil_range()
    for e in (*np.geomspace(1e-3, 1, 9) * low * 0.999, *np.geomspace(1, 10, 9) * high * 1.001):
        p = scipy_distribution("gamma", e)
        assert p.cdf(edges[-1]) - p.cdf(edges[0]) < 1e-12
    inside = scipy_distribution("gamma", 1.1 * low)
    assert inside.sf(edges[0]) > 1e-15


def test_a_matrix_of_a_gaussian_is_that_gaussian():
    """Tabulated finely, it gives the counts of the distribution itself; coarse bins of it are flat within."""
    sigma, edges, E = 0.2 * KEV, np.linspace(0, 8, 1601) * KEV, np.linspace(0.5, 6, 1101) * KEV
    P = np.diff(stats.norm.cdf(edges[:, None], E, sigma), axis=0).T
    efficiency = Efficiency.table(np.array([0, 2, 8]) * KEV, [0.2, 0.9, 0.5])
    bins, T = np.array([1.5, 2.5, 4.2]) * KEV, jnp.array([1.0, 2.2, 3.97]) * KEV
    found, expected = (
        Detector(bins, one, efficiency).response(T) for one in (Matrix(E, edges, P), ConstantWidth(sigma))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-9)
    low, high = Detector(bins, Matrix(E, edges, P), efficiency).recoil_range()
    assert low == pytest.approx(0.5 * KEV, rel=5e-3)
    assert high == pytest.approx(6 * KEV, rel=5e-3)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: PolynomialWidth([0.1, -0.2], 1.0), "sigma at 500.5 keV, of a polynomial, = -0.0001 MeV"),
        (lambda: PolynomialWidth([0.1], 0.0), "energy up to which the resolution is a polynomial"),
        (lambda: TabulatedWidth([2.0, 1.0], [0.1, 0.1]), "energy in row 2 of a resolution"),
        (lambda: TabulatedWidth([1.0, 2.0], [0.1, -0.1]), "width in row 2 of a resolution"),
        (lambda: Skewed(Exact(), 30.0), "alpha of a skewed resolution"),
        (lambda: Matrix([1.0, 2.0], [0.0, 1.0], [[0.5], [1.1]]), "probability at energy 2 of a smearing matrix"),
    ],
)  # fmt: skip
def test_no_resolution(made, message):
    with pytest.raises(OutOfRange, match=message):
        made()

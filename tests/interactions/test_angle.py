"""Cuts on the angle against four-momentum conservation, the Rice distribution and brute force."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import ncx2

from nudipole import constants as const
from nudipole.detectors import Detector, Efficiency, Exact
from nudipole.errors import OutOfRange, UnknownName
from nudipole.interactions import AngleCut, Elastic, ElectronScattering
from nudipole.interactions.angle import CUTS
from nudipole.rates import fold, recoil_spectrum
from nudipole.sources import Beam
from nudipole.sources.beam import Component
from nudipole.targets import Atom

M = 0.51099895069
ELASTIC = Elastic()
FREE = Atom("Xx", 1.0, np.zeros(1), np.ones(1))
NO_LINES = (np.zeros(0), np.zeros((0, 3, 3), complex))


def boosted(E, centre):
    """(T, theta) of the electron for a neutrino of energy E scattered by the angle `centre` in the centre of mass."""
    s = M**2 + 2 * M * E
    momentum, gamma, beta = (s - M**2) / (2 * math.sqrt(s)), (E + M) / math.sqrt(s), E / (E + M)
    # The neutrino leaves at `centre`, the electron opposite to it.
    energy, along, across = math.sqrt(momentum**2 + M**2), -momentum * np.cos(centre), momentum * np.sin(centre)
    p_z = gamma * (along + beta * energy)
    return np.hypot(p_z, across) ** 2 / (np.sqrt(p_z**2 + across**2 + M**2) + M), np.arctan2(across, p_z)


def cosine(T, E):
    """Of the electron, from the momentum that the neutrino keeps: (k - p)^2 = (E - T)^2."""
    p2 = T**2 + 2 * M * T
    return (E**2 + p2 - (E - T) ** 2) / (2 * E * np.sqrt(p2))


@pytest.mark.parametrize("E", [0.05, 0.5, 3.0, 200.0, 5000.0])
def test_a_cut_at_the_angle_of_an_electron_lets_its_neutrino_just_pass(E):
    """Kinematics by a boost from the centre of mass; the window loses digits as (1 + m/E) comes near to 1."""
    T, theta = boosted(E, np.linspace(0.4, 2.9, 7))
    assert np.all(ELASTIC.T_max(np.array([E]), M) > T)
    np.testing.assert_allclose(cosine(T, E), np.cos(theta), rtol=1e-9)
    np.testing.assert_allclose((1 + M / E) * np.sqrt(T / (T + 2 * M)), np.cos(theta), rtol=1e-9)
    for t, angle in zip(T, theta, strict=True):
        for cut in (AngleCut("cos_theta", math.cos(angle)), AngleCut("E_theta2", (t + M) * angle**2)):
            most, weight = cut.most(np.array([t]))
            assert most[0, 0] == pytest.approx(E, rel=1e-10 * max(1, E / M))
            np.testing.assert_array_equal(weight, [[1.0]])
            assert cut.theta(np.array([t]))[0] == pytest.approx(angle, rel=1e-7)


def test_the_angle_grows_with_the_energy_of_the_neutrino():
    """From zero at the least energy to cos theta = sqrt(T/(T + 2m)): what makes a cut a window of energies."""
    for T in (0.01, 1.0, 300.0):
        found = cosine(T, np.geomspace(ELASTIC.E_min(T, M), 1e5 * (T + M), 300))
        assert np.all(np.diff(found) < 1e-9)
        assert found[0] == pytest.approx(1, abs=1e-9)
        assert found[-1] == pytest.approx(math.sqrt(T / (T + 2 * M)), rel=2e-5)


@pytest.mark.parametrize(
    "cut",
    [AngleCut("cos_theta", 0.3), AngleCut("cos_theta", 0.999), AngleCut("E_theta2", 0.05), AngleCut("E_theta2", 0.8)],
    ids=lambda cut: f"{cut.kind}-{cut.value}",
)
def test_least_recoil_and_highest_energy_are_inverse(cut):
    E = np.geomspace(0.05, 2e4, 60)
    T = cut.least_recoil(E)
    assert np.all((T > 0) & (ELASTIC.T_max(E, M) > T))
    np.testing.assert_allclose(cut.most(T)[0][0], E, rtol=1e-8)
    np.testing.assert_allclose(np.arccos(cosine(T, E)), cut.theta(T), rtol=1e-5)
    # The error does not move the places where the fold ends its panels.
    np.testing.assert_array_equal(AngleCut(cut.kind, cut.value, 0.01).least_recoil(E), T)


def test_E_theta2_beyond_which_everything_passes():
    """2 m_e for energetic electrons, as E theta^2 < 2 m (1 - T/E) in the literature; (pi/2)^2 m_e for any.

    In between, what is lost are electrons of less than about 0.1 m_e.
    """
    T = np.geomspace(1e-6, 1e4, 400)
    everything = np.isinf(AngleCut("E_theta2", (math.pi / 2) ** 2 * M).most(T)[0][0])
    assert np.all(everything)
    largest = (T + M) * np.arctan(np.sqrt(2 * M / T)) ** 2
    assert np.all(largest[T > 0.2 * M] < 2 * M)
    assert np.all(np.isinf(AngleCut("E_theta2", 2 * M).most(T[T > 0.2 * M])[0]))
    assert np.all(np.isfinite(AngleCut("E_theta2", 2 * M).most(T[T < 0.1 * M])[0]))
    assert np.all(np.isfinite(AngleCut("E_theta2", 1.8 * M).most(T)[0]))


@pytest.mark.parametrize("sigma", [0.002, 0.015, 0.1])
@pytest.mark.parametrize(("kind", "value"), [("cos_theta", 0.9995), ("E_theta2", 0.3), ("E_theta2", 3.2)])
def test_share_of_measured_angles_below_the_cut(kind, value, sigma):
    """A non-central chi2 of two degrees of freedom, to the steps in which it is taken apart; on the axis in full."""
    T = np.geomspace(1, 1e4, 40)
    thresholds, weights = AngleCut(kind, value, sigma).thresholds(T)
    assert thresholds.shape == weights.shape
    assert np.all(weights >= 0)
    cut2 = (AngleCut(kind, value).theta(T) / sigma) ** 2
    np.testing.assert_allclose(weights.sum(axis=0), -np.expm1(-cut2 / 2), atol=1e-9)
    widest = np.arctan(np.sqrt(2 * M / T))
    for share in np.linspace(0, 1, 41):
        theta = share * widest
        passing = np.sum(np.where(thresholds > theta, weights, 0), axis=0)
        assert np.all(np.abs(passing - ncx2.cdf(cut2, 2, (theta / sigma) ** 2)) <= weights.max(axis=0) + 1e-9)


def test_share_of_measured_angles_by_throwing_them():
    """Two Gaussian errors added in the planes that contain the beam: what the Rice distribution stands for."""
    rng = np.random.default_rng(9)
    theta, cut, sigma = 0.03, 0.025, 0.012
    thrown = np.hypot(theta + sigma * rng.normal(size=400_000), sigma * rng.normal(size=400_000))
    share = np.mean(thrown < cut)
    assert ncx2.cdf((cut / sigma) ** 2, 2, (theta / sigma) ** 2) == pytest.approx(share, abs=4 * math.sqrt(0.25 / 4e5))


# Like an accelerator's: constant in bins, any flavour state in each, falling by hundreds; antineutrinos reversed.
EDGES = np.array([0.0, 500, 1000, 1500, 2000, 3000, 4000, 6000, 10000])
FLUX = np.array([1.0, 4, 7, 9, 8, 5, 2, 0.1])
BINS = np.array([100.0, 300, 1000, 5000])


def states():
    rng = np.random.default_rng(14)
    X = rng.normal(size=(2, len(FLUX), 3, 3)) + 1j * rng.normal(size=(2, len(FLUX), 3, 3))
    rho = X @ X.conj().swapaxes(-1, -2)
    rho = rho / np.trace(rho, axis1=-2, axis2=-1)[..., None, None]
    return np.stack([FLUX, FLUX[::-1]])[..., None, None] * rho


STATES = states()


@pytest.fixture(scope="module")
def beam():
    nodes = np.repeat(EDGES, 2)[1:-1]
    parts = [
        Component(name, nodes, np.repeat(density, 2, axis=0), *NO_LINES, antineutrino=name == "antinu")
        for name, density in zip(("nu", "antinu"), STATES, strict=True)
    ]
    return Beam.assemble(parts)


def kernels(T, E, antineutrino):
    """dsigma/dT of the ten channels on one free electron, (10, E), from the formula of the literature."""
    weak = 2 * const.G_F**2 * M / math.pi
    terms = [np.ones_like(E), (1 - T / E) ** 2]
    terms = [*(reversed(terms) if antineutrino else terms), -M * T / E**2]
    dipole = math.pi * const.alpha**2 / M**2 * (1 / T - 1 / E)
    return np.array([*(weak * term * T**-power for term in terms for power in (0, 1, 2)), dipole])


def panels(breaks, nodes):
    x, w = np.polynomial.legendre.leggauss(nodes)
    breaks = np.unique(breaks)
    middle, half = (breaks[:-1] + breaks[1:]) / 2, np.diff(breaks) / 2
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


def rate(T, cut):
    """Both components, ten channels, and matrix elements at one T: (2, 10, 3, 3), each energy weighted as it passes."""
    least, top, theta_c = ELASTIC.E_min(T, M), EDGES[-1], AngleCut(cut.kind, cut.value).theta(np.array([T]))[0]
    breaks = [EDGES[(least < EDGES) & (top > EDGES)]]
    if cut.sigma == 0:

        def inside(E):
            return cosine(T, E) - math.cos(theta_c)

        if theta_c < math.pi / 2 and inside(top) < 0:
            top = brentq(inside, least, top, xtol=1e-12, rtol=1e-14)
        E, w = panels(np.clip(np.concatenate([[least, top], *breaks]), least, top), 6)
    else:
        near = least + np.geomspace(1e-5, 1, 40) * (top - least)
        E, w = panels(np.concatenate([[least, top], near, *breaks]), 8)
        theta = np.arccos(np.clip(cosine(T, E), -1, 1))
        w = w * ncx2.cdf((theta_c / cut.sigma) ** 2, 2, (theta / cut.sigma) ** 2)
    bin_of = np.searchsorted(EDGES, E) - 1
    summed = []
    for s in range(2):
        K = kernels(T, E, bool(s)) * w
        by_bin = np.stack([K[:, bin_of == i].sum(axis=1) for i in range(len(FLUX))])
        summed.append(np.einsum("nc,nij->cij", by_bin, STATES[s]))
    return np.array(summed)


def brute_force(cut):
    kinks = np.concatenate([ELASTIC.T_max(EDGES[1:], M), cut.least_recoil(EDGES[1:])])
    counts = []
    for low, high in itertools.pairwise(BINS):
        breaks = np.concatenate([np.geomspace(low, high, 6), kinks[(kinks > low) & (kinks < high)]])
        T, w = panels(breaks, 10)
        counts.append(sum(wi * rate(t, cut) for t, wi in zip(T, w, strict=True)))
    return np.stack(counts, axis=2)


def folded(beam, cut, **settings):
    process = ElectronScattering.on(FREE, cut=cut)
    return np.asarray(
        fold(beam, process, Detector(BINS, Exact(), Efficiency.constant(1.0)), exposure=1.0, **settings).W
    )


@pytest.fixture(scope="module")
def uncut(beam):
    return folded(beam, None)


def size(W):
    return np.abs(np.trace(W, axis1=-2, axis2=-1))[..., None, None]


@pytest.mark.parametrize("cut", [AngleCut("E_theta2", 0.3), AngleCut("cos_theta", 0.999)], ids=lambda cut: cut.kind)
def test_sharp_cut_brute_force_double_quadrature(beam, uncut, cut):
    """Energies found by a root search on the angle, every channel and flavour element: 1e-5 (found 1e-7).

    The promise of `fold` is 1e-4. Panels end where an edge of the spectrum begins to pass; 0.3 % to all electrons do.
    """
    W, expected = folded(beam, cut), brute_force(cut)
    share = size(expected) / size(uncut)
    assert share.min() < 0.01
    assert share.max() > 0.3
    assert np.all(np.abs(W - expected) <= 1e-5 * size(expected))


# Error of the counts relative to those without a cut, which is what the steps of the measured angle can promise.
SMEARED = 2e-4


@pytest.mark.parametrize(
    "cut",
    [
        AngleCut("cos_theta", 0.9995, 0.01),
        AngleCut("E_theta2", 0.3, 0.004),
        AngleCut("E_theta2", 1.0, 0.015),
        AngleCut("E_theta2", 3.2, 0.007),
    ],
    ids=lambda cut: f"{cut.kind}-{cut.value}-{cut.sigma}",
)
def test_measured_angle_brute_force_with_the_non_central_chi2(beam, uncut, cut):
    W, expected = folded(beam, cut), brute_force(cut)
    assert np.all(np.abs(W - expected) <= SMEARED * size(uncut))


@pytest.mark.parametrize(("kind", "value"), [("cos_theta", 0.999), ("E_theta2", 0.5)])
def test_a_small_error_is_the_sharp_cut(beam, kind, value):
    """The error moves electrons across the cut by sigma, which is 1e-5 of the angle here or less."""
    sharp, W = (folded(beam, AngleCut(kind, value, sigma)) for sigma in (0.0, 1e-7))
    assert np.all(np.abs(W - sharp) <= 1e-5 * size(sharp))


@pytest.mark.parametrize(
    "cut",
    [
        AngleCut("E_theta2", 1.3),
        AngleCut("E_theta2", 50.0),
        AngleCut("cos_theta", 1e-9),
        AngleCut("E_theta2", 50.0, 1e-3),
    ],
    ids=lambda cut: f"{cut.kind}-{cut.value}-{cut.sigma}",
)
def test_a_cut_that_everything_passes_changes_nothing(beam, uncut, cut):
    np.testing.assert_allclose(
        folded(beam, cut), uncut, rtol=1e-9, atol=1e-9 * np.abs(uncut).max(axis=(0, 2, 3, 4)).min()
    )


def test_the_tighter_the_cut_the_fewer_electrons(beam, uncut):
    counts = [size(folded(beam, AngleCut("E_theta2", value)))[:, 0] for value in (0.05, 0.6)]
    for fewer, more in itertools.pairwise([*counts, size(uncut)[:, 0]]):
        assert np.all(fewer < more * (1 + 1e-12))


def test_a_line_passes_from_its_least_recoil_on(beam):
    """The recoil spectrum behind a cut, and its fold with a bin that ends where the line begins to pass."""
    E, cut = 800.0, AngleCut("cos_theta", 0.9995)
    line = Beam.assemble(
        [Component("line", np.zeros(0), np.zeros((0, 3, 3), complex), np.array([E]), np.eye(3)[None] + 0j)]
    )
    process, bare = ElectronScattering.on(FREE, cut=cut), ElectronScattering.on(FREE)
    least = cut.least_recoil(np.array([E]))[0]
    T = least * np.array([0.5, 1 - 1e-9, 1 + 1e-9, 1.4])
    W, expected = (np.asarray(recoil_spectrum(line, each, T).W) for each in (process, bare))
    assert np.all(W[:, :, :2] == 0)
    np.testing.assert_allclose(W[:, :, 2:], expected[:, :, 2:], rtol=1e-12)
    detector = Detector(np.array([0.5, 1.0, 1.3, 2]) * least, Exact(), Efficiency.constant(1.0))
    W, expected = (np.asarray(fold(line, each, detector, exposure=1.0).W) for each in (process, bare))
    assert np.all(W[:, :, 0] == 0)
    np.testing.assert_allclose(W[:, :, 1:], expected[:, :, 1:], rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("theta", 0.1), UnknownName, "angle cut"),
        (("cos_theta", 1.0), OutOfRange, "cos_theta"),
        (("cos_theta", 0.0), OutOfRange, "cos_theta"),
        (("E_theta2", 0.0), OutOfRange, "E_theta2"),
        (("E_theta2", math.inf), OutOfRange, "E_theta2"),
        (("E_theta2", math.nan), OutOfRange, "E_theta2"),
        (("E_theta2", 1.0, -0.1), OutOfRange, "error of the angle"),
        (("E_theta2", 1.0, math.nan), OutOfRange, "error of the angle"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=message):
        AngleCut(*arguments)
    assert CUTS == ("E_theta2", "cos_theta")

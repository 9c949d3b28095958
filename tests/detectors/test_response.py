"""R_b(T) against adaptive quadrature of its definition."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import gamma, norm

from nudipole.detectors import (
    ConstantFactor,
    ConstantWidth,
    Detector,
    Efficiency,
    Exact,
    Fano,
    GammaPhotoelectrons,
    Lindhard,
    Polynomial,
    Sqrt,
    SqrtLinear,
    Tabulated,
    Unquenched,
)
from nudipole.errors import OutOfRange

KEV = 1e-3
BINS = np.array([1.0, 2.0, 2.5, 6.0, 20.0])
T = np.array([0.2, 0.9, 1.0, 2.3, 5.9, 6.0, 15.0, 25.0])
# Five nodes each, so that JAX compiles for few shapes.
EFFICIENCIES = {
    "constant": ([0.0, 1.0, 2.0, 3.0, 30.0], [0.7, 0.7, 0.7, 0.7, 0.7]),
    "rising": ([0.0, 1.5, 2.2, 4.0, 30.0], [0.0, 0.4, 0.75, 0.8, 0.82]),
    "step": ([1.7, 2.0, 2.5, 5.0, 30.0], [0.5, 0.6, 0.6, 0.8, 0.9]),
    "ends-inside": ([0.5, 1.0, 1.1, 2.4, 3.0], [0.1, 0.2, 0.5, 0.7, 0.9]),
    "many-nodes": (np.linspace(0.3, 20, 30), 0.5 + 0.4 * np.sin(np.linspace(0, 9, 30))),
}
RESOLUTIONS = {
    "constant": (ConstantWidth(0.4 * KEV), lambda T: 0.4),
    "sqrt": (Sqrt(0.3 * KEV**0.5), lambda T: 0.3 * math.sqrt(T)),
    "sqrt-linear": (SqrtLinear(0.31 * KEV**0.5, 0.0037), lambda T: 0.31 * math.sqrt(T) + 0.0037 * T),
    "narrow": (ConstantWidth(1e-3 * KEV), lambda T: 1e-3),
}


def interpolated(E, name):
    x, y = EFFICIENCIES[name]
    return np.interp(E, x, y, left=0.0)


def by_quadrature(t, low, high, sigma, efficiency, of):
    """Pieces end at nodes of the efficiency and at every standard deviation; one-sided just inside a step."""
    nodes = np.concatenate([EFFICIENCIES[efficiency][0], t + sigma * np.arange(-10, 11)])
    breaks = np.unique(np.concatenate([[low, high], nodes[(nodes > low) & (nodes < high)]]))

    def density(E):
        gaussian = math.exp(-(((E - t) / sigma) ** 2) / 2) / (math.sqrt(2 * math.pi) * sigma)
        return gaussian * float(interpolated(t if of == "true" else E, efficiency))

    pieces = itertools.pairwise(breaks)
    return sum(quad(density, a, b, epsabs=1e-12, epsrel=1e-10)[0] for a, b in pieces)


@pytest.mark.parametrize("of", ["reconstructed", "true"])
@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("efficiency", EFFICIENCIES)
def test_response_is_the_integral_of_its_definition(efficiency, resolution, of):
    """1e-8 of a full response."""
    smearing, sigma = RESOLUTIONS[resolution]
    E, value = EFFICIENCIES[efficiency]
    detector = Detector(BINS * KEV, smearing, Efficiency.table(np.asarray(E) * KEV, value, of))
    found = np.asarray(detector.response(T * KEV))
    bins = list(itertools.pairwise(BINS))
    expected = [[by_quadrature(t, *b, sigma(t), efficiency, of) for t in T] for b in bins]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("of", ["reconstructed", "true"])
@pytest.mark.parametrize("efficiency", EFFICIENCIES)
def test_without_resolution_the_efficiency_at_T(efficiency, of):
    E, value = EFFICIENCIES[efficiency]
    detector = Detector(BINS * KEV, Exact(), Efficiency.table(np.asarray(E) * KEV, value, of))
    t = np.array([0.2, 0.9, 1.2, 1.69, 1.71, 2.3, 5.9, 15.0, 25.0])
    inside = [(low < t) & (t < high) for low, high in itertools.pairwise(BINS)]
    np.testing.assert_allclose(detector.response(t * KEV), np.array(inside) * interpolated(t, efficiency), atol=1e-12)


def test_a_recoil_on_an_edge_is_counted_once():
    detector = Detector(BINS * KEV, Exact(), Efficiency.constant(1.0))
    np.testing.assert_allclose(np.asarray(detector.response(BINS[:-1] * KEV)).sum(axis=0), 1)


def test_range_of_recoils_without_resolution_is_that_of_the_bins():
    detector = Detector(BINS * KEV, Exact(), Efficiency.constant(1.0))
    assert detector.recoil_range() == (BINS[0] * KEV, BINS[-1] * KEV)


def test_range_of_recoils_reaches_eight_standard_deviations():
    detector = Detector(np.array([0.1, 0.2]) * KEV, ConstantWidth(0.3 * KEV), Efficiency.constant(1.0))
    assert detector.recoil_range()[1] == pytest.approx((0.2 + 8 * 0.3) * KEV, rel=5e-3)


def test_kinks_are_edges_and_nodes_only_where_nothing_smears_them():
    nodes = np.array([0.5, 3.0]) * KEV
    for of, resolution, expected in (
        ("reconstructed", Exact(), [*BINS * KEV, *nodes]),
        ("true", Exact(), [*BINS * KEV, *nodes]),
        ("true", ConstantWidth(KEV), nodes),
        ("reconstructed", ConstantWidth(KEV), []),
    ):
        detector = Detector(BINS * KEV, resolution, Efficiency.table(nodes, [0.1, 0.9], of))
        np.testing.assert_array_equal(detector.kinks(), expected)


@pytest.mark.parametrize(
    ("bins", "message"),
    [
        ([1.0], "number of bin edges"),
        ([2.0, 1.0], "smallest bin width"),
        ([1.0, 1.0], "smallest bin width"),
        ([-1.0, 1.0], "lowest bin edge"),
    ],
)
def test_bins_must_increase(bins, message):
    with pytest.raises(OutOfRange, match=message):
        Detector(np.array(bins), Exact(), Efficiency.constant(1.0))


# COHERENT CsI 2021, energies in keV.
CSI = Polynomial([0.0554628, 4.30681, -111.707, 840.384])
COHERENT = Efficiency.function(
    "logistic", 0.0, 16 * KEV, plateau=1.32045, slope=0.285979 * 13.35 / KEV, midpoint=10.8646 / 13.35 * KEV,
    offset=-0.333322,
)  # fmt: skip
SMEARINGS = {
    "constant": (ConstantWidth(0.1 * KEV), lambda E: norm(E, 0.1)),
    "sqrt": (Sqrt(0.2 * KEV**0.5), lambda E: norm(E, 0.2 * math.sqrt(E))),
    "sqrt-linear": (SqrtLinear(0.2 * KEV**0.5, 0.01), lambda E: norm(E, 0.2 * math.sqrt(E) + 0.01 * E)),
    "fano": (Fano(0.07 * KEV, 0.11, 3e-3 * KEV), lambda E: norm(E, math.sqrt(0.07**2 + 0.11 * 3e-3 * E))),
    "gamma": (GammaPhotoelectrons(9.56 / KEV), lambda E: gamma(1 + 9.56 * E, scale=E / (1 + 9.56 * E))),
}
QUENCHED = {
    "none": Unquenched(),
    "factor": ConstantFactor(0.1),
    "lindhard": Lindhard(0.157, 32),
    "polynomial": CSI,
    "table": Tabulated(np.array([5, 10, 40]) * KEV, np.array([0.4, 0.9, 4.2]) * KEV),
}
#: Each smearing with the polynomial and each quenching with the photoelectrons of COHERENT.
PAIRS = [*((kind, "polynomial") for kind in SMEARINGS), *(("gamma", kind) for kind in QUENCHED if kind != "polynomial")]
EDGES = np.array([0.0, 12, 16, 24, 40, 76, 196]) / 13.35
RECOILS = np.array([2.0, 8.0, 14.0, 30.0, 55.0])


def logistic(x):
    """COHERENT's efficiency at energies in keV."""
    return max(1.32045 / (1 + math.exp(-0.285979 * (13.35 * x - 10.8646))) - 0.333322, 0.0)


@pytest.mark.parametrize("of", ["reconstructed", "true"])
@pytest.mark.parametrize(("smearing", "quenching"), PAIRS)
def test_quenched_response_by_quadrature(smearing, quenching, of):
    """R_b and its sum, with COHERENT's efficiency: to 1e-6 beside the 2e-5 of its table, which is integrated here."""
    resolution, distribution = SMEARINGS[smearing]
    quenched = QUENCHED[quenching]
    T = RECOILS / 10 if quenching == "none" else RECOILS
    efficiency = Efficiency(COHERENT.E, COHERENT.value, of)
    found = np.asarray(Detector(EDGES * KEV, resolution, efficiency, quenched).response(T * KEV))
    x, y = COHERENT.E / KEV, COHERENT.value
    for t, responses in zip(T, found.T, strict=True):
        E = quenched(np.array([t * KEV]))[0] / KEV
        p = distribution(E)
        expected, smooth = [], []
        for low, high in itertools.pairwise(EDGES):
            if of == "true":
                expected.append(np.interp(E, x, y) * (p.cdf(high) - p.cdf(low)))
                smooth.append(logistic(E) * (p.cdf(high) - p.cdf(low)))
            else:
                # Gauss-Legendre between nodes of the table, no wider than a third of the distribution.
                breaks = np.unique(np.concatenate([[low, high], np.arange(low, high, p.std() / 3), x]))
                breaks = breaks[(breaks >= low) & (breaks <= high)]
                nodes, weights = np.polynomial.legendre.leggauss(6)
                half = np.diff(breaks)[:, None] / 2
                points = breaks[:-1, None] + half * (1 + nodes)
                expected.append(np.sum(half * weights * p.pdf(points) * np.interp(points, x, y)))
                knots = [low, *p.ppf([1e-13, 1e-3, 0.5, 1 - 1e-3]), 7.0681998 / 13.35, high]
                ends = itertools.pairwise(np.unique(np.clip(knots, low, high)))
                smooth.append(sum(quad(lambda e, p=p: p.pdf(e) * logistic(e), *end, epsabs=1e-9)[0] for end in ends))
        np.testing.assert_allclose(responses, expected, rtol=0, atol=1e-6)
        np.testing.assert_allclose(responses, smooth, rtol=0, atol=2.1e-5)
        assert responses.sum() == pytest.approx(sum(expected), abs=1e-6)


@pytest.mark.parametrize("of", ["reconstructed", "true"])
@pytest.mark.parametrize(("smearing", "quenching"), PAIRS)
def test_every_quenched_recoil_is_counted_once(smearing, quenching, of):
    """Energies from 1 keV on, above which no Gaussian here reaches below zero."""
    edges = np.array([0.0, 1.0, 1.5, 3.0, 1e5]) * KEV
    efficiency = Efficiency.table([0.0, 1.0], [1.0, 1.0], of)
    detector = Detector(edges, SMEARINGS[smearing][0], efficiency, QUENCHED[quenching])
    counted = np.asarray(detector.response(np.geomspace(14, 80, 30) * KEV))
    np.testing.assert_allclose(counted.sum(axis=0), 1, rtol=1e-6)
    assert np.all(counted > -1e-14)


def test_electron_recoils_as_by_the_sum_over_pieces():
    """The closed form piece by piece, with 150 nodes as for XENONnT, to 1e-12."""
    rng = np.random.default_rng(4)
    x, y = np.linspace(0.5, 140, 150), np.sort(rng.uniform(0, 0.9, 150))
    edges = np.linspace(1.0, 30.0, 30)
    detector = Detector(edges * KEV, SqrtLinear(0.31 * KEV**0.5, 0.0037), Efficiency.table(x * KEV, y))
    T = np.geomspace(0.1, 100, 256)
    sigma = 0.31 * np.sqrt(T) + 0.0037 * T
    expected = np.zeros((29, len(T)))
    for b, (low, high) in enumerate(itertools.pairwise(edges)):
        for left, right in itertools.pairwise(np.unique(np.concatenate([[low, high], x[(x > low) & (x < high)]]))):
            slope = (np.interp(right, x, y) - np.interp(left, x, y)) / (right - left)
            z = (left - T) / sigma, (right - T) / sigma
            bell = [np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi) for u in z]
            at_T = np.interp(left, x, y) + slope * (T - left)
            expected[b] += at_T * (ndtr(z[1]) - ndtr(z[0])) - slope * sigma * (bell[1] - bell[0])
    np.testing.assert_allclose(detector.response(T * KEV), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(detector.relative_width(T * KEV), sigma / T, rtol=1e-11)


def test_far_from_the_energy_the_response_is_exactly_zero():
    """Whatever happens to rates that rise steeply to low recoils; with a steep efficiency."""
    efficiency = Efficiency.table(np.array([0.0, 1.0, 1.001, 30.0]) * KEV, [0.0, 0.1, 0.8, 0.9])
    response = Detector(BINS * KEV, ConstantWidth(0.01 * KEV), efficiency).response(np.array([0.1, 0.5, 50.0]) * KEV)
    np.testing.assert_array_equal(response, 0)


@pytest.mark.parametrize("quenching", ["factor", "lindhard", "polynomial", "table"])
def test_range_and_kinks_are_recoil_energies(quenching):
    quenched = QUENCHED[quenching]
    nodes = np.array([0.5, 2.0]) * KEV
    efficiency = Efficiency.table(nodes, [0.1, 0.9], "true")
    edges = np.array([0.3, 1.0, 4.0]) * KEV
    exact = Detector(edges, Exact(), efficiency, quenched)
    np.testing.assert_allclose(quenched(np.array(exact.recoil_range())), edges[[0, -1]], rtol=1e-12)
    own = quenched.kinks()
    np.testing.assert_allclose(quenched(exact.kinks()[:5]), [*edges, *nodes], rtol=1e-12)
    np.testing.assert_array_equal(exact.kinks()[5:], own)
    np.testing.assert_array_equal(exact.relative_width(np.array([1.0, 5.0]) * KEV), np.inf)
    smeared = Detector(edges, ConstantWidth(0.1 * KEV), efficiency, quenched)
    np.testing.assert_allclose(quenched(smeared.kinks()[:2]), nodes, rtol=1e-12)
    assert len(smeared.kinks()) == 2 + len(own)


def test_relative_width_of_quenched_recoils():
    """For E proportional to T^2, sigma/(2 E)."""
    detector = Detector(BINS * KEV, ConstantWidth(0.1 * KEV), Efficiency.constant(1.0), Polynomial([0.0, 20.0]))
    T = np.array([1.0, 10.0, 40.0]) * KEV
    np.testing.assert_allclose(detector.relative_width(T), 0.1 * KEV / (2 * 20 * T**2), rtol=1e-6)


@pytest.mark.parametrize(("smearing", "quenching"), PAIRS)
def test_beyond_the_range_of_recoils_nothing_responds(smearing, quenching):
    """Above it always, below it unless noise alone reaches the bins."""
    edges = np.array([0.4, 0.6, 2.0]) * KEV
    detector = Detector(edges, SMEARINGS[smearing][0], Efficiency.constant(1.0), QUENCHED[quenching])
    low, high = detector.recoil_range()
    outside = np.concatenate([low * np.geomspace(1e-3, 0.999, 9), high * np.geomspace(1.001, 3, 9)])
    counted = np.asarray(detector.response(outside)).sum(axis=0)
    assert np.all(counted[9:] < 1e-12)
    assert np.all(counted[:9] < 1e-12) or low == pytest.approx(1e-6 * edges[-1])


def test_a_quenching_that_falls_again_in_the_range_of_a_detector():
    """T - 20 T^2 ends at 12.5 keV, where T = 25 keV: too low for bins up to 13 keV unless it is held there."""
    for top, fine in ((12.0, True), (13.0, False)):
        detector = Detector(np.array([1.0, top]) * KEV, Exact(), Efficiency.constant(1.0), Polynomial([1.0, -20.0]))
        if fine:
            assert detector.recoil_range()[1] == pytest.approx(0.02, rel=1e-12)
        else:
            with pytest.raises(OutOfRange, match=r"falls again above T = 25\.\d+ keV: give it up_to\) = 0\.013"):
                detector.recoil_range()
    held = Detector(np.array([1.0, 13.0]) * KEV, Exact(), Efficiency.constant(1.0), Polynomial([1.0, -20.0], 0.025))
    assert held.recoil_range()[1] == np.inf
    np.testing.assert_array_equal(held.response(np.array([0.03, 1.0])), [[1.0, 1.0]])


def test_true_efficiency_is_at_the_quenched_energy():
    efficiency = Efficiency.table(np.array([0.0, 10.0]) * KEV, [0.0, 1.0], "true")
    detector = Detector(np.array([0.0, 10.0]) * KEV, Exact(), efficiency, ConstantFactor(0.1))
    np.testing.assert_allclose(detector.response(np.array([20.0]) * KEV), [[0.2]], rtol=1e-12)

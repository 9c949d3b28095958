"""R_b(T) against adaptive quadrature of its definition."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from nudipole.detectors import Constant, Detector, Efficiency, Exact, Sqrt, SqrtLinear
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
    "constant": (Constant(0.4 * KEV), lambda T: 0.4),
    "sqrt": (Sqrt(0.3 * KEV**0.5), lambda T: 0.3 * math.sqrt(T)),
    "sqrt-linear": (SqrtLinear(0.31 * KEV**0.5, 0.0037), lambda T: 0.31 * math.sqrt(T) + 0.0037 * T),
    "narrow": (Constant(1e-3 * KEV), lambda T: 1e-3),
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
    detector = Detector(np.array([0.1, 0.2]) * KEV, Constant(0.3 * KEV), Efficiency.constant(1.0))
    assert detector.recoil_range()[1] == pytest.approx((0.2 + 8 * 0.3) * KEV, rel=5e-3)


def test_kinks_are_edges_and_nodes_only_where_nothing_smears_them():
    nodes = np.array([0.5, 3.0]) * KEV
    for of, resolution, expected in (
        ("reconstructed", Exact(), [*BINS * KEV, *nodes]),
        ("true", Exact(), [*BINS * KEV, *nodes]),
        ("true", Constant(KEV), nodes),
        ("reconstructed", Constant(KEV), []),
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

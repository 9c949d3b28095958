"""The fold against brute force, its convergence, its edges and its gradient."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from nudipole import constants as const
from nudipole.detectors import Detector, Efficiency, Exact, Sqrt, SqrtLinear
from nudipole.errors import OutOfRange
from nudipole.interactions import Elastic, ElectronScattering
from nudipole.numerics import jax
from nudipole.properties import PARAMETRISATIONS, Neutrino
from nudipole.rates import fold, recoil_nodes, recoil_spectrum
from nudipole.sources import Beam, Solar
from nudipole.sources.beam import Component
from nudipole.targets import Atom, atom

KEV = 1e-3
ELASTIC = Elastic()
NO_LINES = (np.zeros(0), np.zeros((0, 3, 3), complex))
GAUSS = np.polynomial.legendre.leggauss(16)


def hermitian(rng, *shape, positive=False):
    X = rng.normal(size=(*shape, 3, 3)) + 1j * rng.normal(size=(*shape, 3, 3))
    return X @ X.conj().swapaxes(-1, -2) if positive else X + X.conj().swapaxes(-1, -2)


@pytest.fixture(scope="module")
def beam():
    """A neutrino with a spectrum and two lines, and an antineutrino with a spectrum alone; any density matrices."""
    rng = np.random.default_rng(20)
    E = np.array([0.0, 0.05, 0.11, 0.2, 0.26, 0.4])
    density = hermitian(rng, len(E), positive=True)
    density[0] = 0
    lines = Component("nu", E, density, np.array([0.3, 0.7]), hermitian(rng, 2, positive=True))
    E = np.array([0.0, 0.1, 0.15, 0.5])
    density = hermitian(rng, len(E), positive=True)
    density[0] = 0
    return Beam.assemble([lines, Component("antinu", E, density, *NO_LINES, antineutrino=True)])


@pytest.fixture(scope="module")
def process():
    """An invented atom with three shells."""
    return ElectronScattering.on(Atom("Xx", 1e4, np.array([0.0, 3.0, 25.0]) * KEV, np.array([4.0, 6.0, 2.0])))


EDGES = np.array([2.0, 5.0, 20.0, 80.0]) * KEV
NODES = np.array([1.0, 4.0, 10.0, 100.0]) * KEV, np.array([0.1, 0.6, 0.9, 0.7])
EXPOSURE = 1e20


def panels(breaks, x=GAUSS[0], w=GAUSS[1]):
    breaks = np.unique(breaks)
    middle, half = (breaks[:-1] + breaks[1:]) / 2, np.diff(breaks) / 2
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


def interpolate(E, x, y):
    return np.stack([np.interp(E, x, row) for row in y.reshape(len(x), -1).T], axis=-1).reshape(-1, 3, 3)


def kernels(T, E, antineutrino):
    """dsigma/dT of the ten channels on one free electron, (10, E), from the formula of the literature."""
    weak = 2 * const.G_F**2 * const.m_e / math.pi
    terms = [np.ones_like(E), (1 - T / E) ** 2]
    terms = [*(reversed(terms) if antineutrino else terms), -const.m_e * T / E**2]
    dipole = math.pi * const.alpha**2 / const.m_e**2 * (1 / T - 1 / E)
    return np.array([*(weak * term * T**-power for term in terms for power in (0, 1, 2)), dipole])


def rate(T, beam, s, operators):
    """Re Tr int dE phi rho O(E, T) on one electron for each channel, by Gauss-Legendre between nodes."""
    least = (T + math.sqrt(T**2 + 2 * const.m_e * T)) / 2
    E, density = np.asarray(beam.E[s]), np.asarray(beam.density[s])
    energy, matrices = np.asarray(beam.E_line[s]), np.asarray(beam.line[s])
    matrices = matrices * (energy >= least)[:, None, None]
    if least < E[-1]:
        inside, weight = panels(np.concatenate([[least], E[least < E]]))
        energy = np.concatenate([energy, inside])
        matrices = np.concatenate([matrices, interpolate(inside, E, density) * weight[:, None, None]])
    traces = np.einsum("eij,cji->ce", matrices, operators).real
    return np.sum(traces * kernels(T, energy, beam.antineutrino[s]), axis=1)


def response(T, low, high, sigma):
    """Gaussian smearing times a linear interpolation of the efficiency, by quadrature."""
    inner = NODES[0][(NODES[0] > low) & (NODES[0] < high)]
    steps = T + sigma * np.arange(-9, 10)
    breaks = np.concatenate([[low, high], inner, steps[(steps > low) & (steps < high)]])
    E, w = panels(breaks)
    gaussian = np.exp(-(((E - T) / sigma) ** 2) / 2) / (math.sqrt(2 * math.pi) * sigma)
    return np.sum(w * np.interp(E, *NODES) * gaussian)


@pytest.mark.parametrize("a", [0.0, 0.3], ids=["exact", "smeared"])
def test_brute_force_double_quadrature(beam, process, a):
    """Any density matrices, operators of all ten channels, neutrinos and antineutrinos.

    1e-6 with panels of a quarter; 1e-5 with the default ones, which do not end at the inner nodes of the spectra:
    here those are few, with larger kinks than any real spectrum has.
    """
    rng = np.random.default_rng(7)
    resolution = Sqrt(a * KEV**0.5) if a else Exact()
    detector = Detector(EDGES, resolution, Efficiency.table(*NODES))
    default, fine = (fold(beam, process, detector, exposure=EXPOSURE, refine=r) for r in (1, 4))
    # Every channel with a weight that makes it count: 1/T^n goes with T^n, a dipole with its own scale.
    scale = np.array([1, 5e-3, 2.5e-5] * 3 + [1e-20])[:, None, None]
    operators = hermitian(rng, 10) * scale
    x, w = np.polynomial.legendre.leggauss(8)
    nodes = np.concatenate([np.asarray(beam.E).ravel(), np.asarray(beam.E_line).ravel()])
    breaks = np.concatenate([ELASTIC.T_max(nodes, const.m_e), np.asarray(process.edges), EDGES, NODES[0]])
    ends = (0.3 * KEV, 150 * KEV) if a else (EDGES[0], EDGES[-1])
    breaks = np.concatenate([np.geomspace(*ends, 60 if a else 8), breaks[(breaks > ends[0]) & (breaks < ends[1])]])
    T, weight = panels(breaks, x, w)
    electrons = np.array([sum(n for B, n in ((0, 4), (3, 6), (25, 2)) if t >= B * KEV) for t in T])
    if a:
        R = np.array([[response(t, *EDGES[b : b + 2], a * math.sqrt(KEV * t)) for t in T] for b in range(3)])
    else:
        inside = [(low < T) & (high > T) for low, high in itertools.pairwise(EDGES)]
        R = np.array(inside) * np.interp(T, *NODES)
    rates = np.array([[rate(t, beam, s, operators) for t in T] for s in range(2)])
    expected = EXPOSURE / 1e4 * np.einsum("stc,t,bt->csb", rates, weight * electrons, R)
    channels = np.eye(10)[:, :, None, None] * operators
    for folded, precision in ((fine, 1e-6), (default, 1e-5)):
        for one, counts in zip([operators, *channels], [expected.sum(axis=0), *expected], strict=True):
            np.testing.assert_allclose(
                folded.counts(one), counts, rtol=precision, atol=0.1 * precision * np.abs(counts).max()
            )


@pytest.fixture(scope="module")
def sun():
    return Solar.named().beam()


@pytest.mark.parametrize(
    ("binding", "resolution", "of"),
    [
        ("stepping", SqrtLinear(0.31 * KEV**0.5, 0.0037), "reconstructed"),
        ("stepping", Exact(), "true"),
        ("free", SqrtLinear(0.31 * KEV**0.5, 0.0037), "true"),
        ("free", Exact(), "reconstructed"),
    ],
    ids=["stepping-smeared-reconstructed", "stepping-exact-true", "free-smeared-true", "free-exact-reconstructed"],
)
def test_half_the_step_changes_no_bin_by_1e_4(sun, binding, resolution, of):
    """Every bin, channel, component and flavour element, relative to the trace (the promise of `fold`)."""
    E, value = np.linspace(0.5, 160, 40) * KEV, 0.8 * (1 - np.exp(-np.linspace(0.5, 160, 40) / 2))
    edges = np.array([1.0, 1.3, 2.0, 4.0, 9.0, 30.0, 130.0]) * KEV
    detector = Detector(edges, resolution, Efficiency.table(E, value, of))
    xenon = ElectronScattering.on(atom("Xe", binding=binding))
    coarse, fine = (np.asarray(fold(sun, xenon, detector, exposure=1e40, refine=r).W) for r in (1, 2))
    size = np.abs(np.trace(fine, axis1=-2, axis2=-1))[..., None, None]
    assert np.all(np.abs(coarse - fine) <= 1e-4 * size)
    assert np.all(size > 0)


@pytest.fixture(scope="module")
def simple(beam, process):
    """Detector and response that several tests share."""
    detector = Detector(EDGES, Exact(), Efficiency.table(*NODES))
    return detector, fold(beam, process, detector, exposure=EXPOSURE)


def test_response_is_proportional_to_exposure(beam, process, simple):
    detector, folded = simple
    thrice = fold(beam, process, detector, exposure=3 * EXPOSURE)
    np.testing.assert_allclose(thrice.W, 3 * np.asarray(folded.W), rtol=1e-14)
    assert thrice.components == ("nu", "antinu")
    assert folded.W.shape == (2, 10, 3, 3, 3)


@pytest.mark.parametrize("exposure", [0.0, -1.0, float("nan")])
def test_exposure_must_be_positive(beam, process, simple, exposure):
    with pytest.raises(OutOfRange, match="exposure"):
        fold(beam, process, simple[0], exposure=exposure)


def test_bins_above_the_end_point_are_refused(beam, process):
    """The recoil of the 0.7 MeV line ends at 0.513 MeV, that of the spectra below."""
    end = ELASTIC.T_max(np.array([0.7]), const.m_e)[0]
    assert end == pytest.approx(0.98 / (0.51099895 + 1.4), rel=1e-9)
    for low in (end, 1.1 * end):
        detector = Detector(np.array([low, 2 * end]), Exact(), Efficiency.constant(1.0))
        with pytest.raises(OutOfRange, match="lowest recoil energy"):
            fold(beam, process, detector, exposure=1.0)


def test_least_energy_and_largest_recoil_are_inverse():
    T = np.geomspace(1e-8, 1e3, 50)
    np.testing.assert_allclose(ELASTIC.T_max(ELASTIC.E_min(T, const.m_e), const.m_e), T, rtol=1e-12)
    assert ELASTIC.E_min(0.0, const.m_e) == 0


def test_a_bin_that_begins_where_a_line_ends_is_empty(process):
    line = 0.3, ELASTIC.T_max(np.array([0.3]), const.m_e)[0]
    unit = np.eye(3)[None].astype(complex)
    part = Component("line", np.zeros(0), np.zeros((0, 3, 3), complex), np.array(line[:1]), unit)
    detector = Detector(np.array([0.5, 1, 1.5]) * line[1], Exact(), Efficiency.constant(1.0))
    W = np.asarray(fold(Beam.assemble([part]), process, detector, exposure=1.0).W)
    assert np.all(W[:, :, 1] == 0)
    # Of the L0 channel only the prefactor is left: 10 of the 12 electrons up to 25 keV, all of them above.
    flat = 2 * const.G_F**2 * const.m_e / math.pi * 12 * 0.5 * line[1] / 1e4
    assert 0.5 * line[1] > 25 * KEV
    np.testing.assert_allclose(W[0, 0, 0], flat * np.eye(3), rtol=1e-12)


def test_padding_has_no_effect(beam, process, simple):
    """A component alone, where nothing is padded, and among others."""
    detector, folded = simple
    E, density = np.asarray(beam.E[1])[:4], np.asarray(beam.density[1])[:4]
    alone = Beam.assemble([Component("antinu", E, density, *NO_LINES, antineutrino=True)])
    W = np.asarray(fold(alone, process, detector, exposure=EXPOSURE).W)[0]
    size = np.abs(np.trace(W, axis1=-2, axis2=-1))[..., None, None]
    # Panels of the T integral end elsewhere without the lines of the other component.
    assert np.all(np.abs(W - np.asarray(folded.W)[1]) <= 1e-6 * size)
    T, weights = recoil_nodes(alone, [process], detector)
    assert len(T) % 64 == 0
    assert weights.sum() == pytest.approx(EDGES[-1] - EDGES[0], rel=1e-12)
    assert T.max() < EDGES[-1]


@pytest.mark.parametrize("width", [0.1, 1.0])
def test_nothing_smeared_into_the_bins_is_lost(process, width):
    """Narrow bins and a wide resolution: recoils many bins away contribute; the dipole on free electrons as example."""
    line = Component(
        "line", np.zeros(0), np.zeros((0, 3, 3), complex), np.array([0.4]), np.eye(3)[None].astype(complex)
    )
    free = ElectronScattering.on(Atom("Xx", 1.0, np.zeros(1), np.ones(1)))
    edges = np.array([1.0, 1.2]) * KEV
    detector = Detector(edges, SqrtLinear(width * KEV**0.5, 0.01), Efficiency.constant(1.0))
    W = np.asarray(fold(Beam.assemble([line]), free, detector, exposure=1.0).W)[0, 0, 0, 0, 0].real

    def counted(T):
        sigma = width * math.sqrt(KEV * T) + 0.01 * T
        phi = [math.erf((E - T) / (math.sqrt(2) * sigma)) / 2 for E in edges]
        return phi[1] - phi[0]

    breaks = np.concatenate([np.geomspace(1e-9, 1e-4, 6), np.linspace(0.2, 20, 100) * KEV, [0.1]])
    total = sum(quad(counted, a, b, epsrel=1e-9)[0] for a, b in itertools.pairwise(breaks))
    assert 2 * const.G_F**2 * const.m_e / math.pi * total == pytest.approx(W, rel=1e-5)


def test_gradient_in_a_moment(process, simple):
    """Counts are quadratic in mu, so the gradient is 2/mu times their increase; it exists at mu = 0."""
    _, folded = simple
    universal = PARAMETRISATIONS["universal"]

    def counts(mu):
        return folded.counts(process.operators(universal.neutrino({"mu_nu": mu}))).sum()

    mu = 3e-11
    gain = counts(mu) - counts(0.0)
    assert gain > 0
    assert float(jax.grad(counts)(mu)) == pytest.approx(2 * float(gain) / mu, rel=1e-9)
    assert jax.grad(counts)(0.0) == 0


def test_counts_do_not_depend_on_the_basis_of_the_trace(process, simple):
    """Rotating W and the operators together changes nothing; rotating one of them does."""
    _, folded = simple
    rng = np.random.default_rng(3)
    U = np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))[0]
    operators = np.asarray(process.operators(Neutrino("dirac", "flavour", 1e-11 * np.diag([1.0, 2, 3]))))
    turned = type(folded)(folded.components, folded.channels, U @ np.asarray(folded.W) @ U.conj().T)
    np.testing.assert_allclose(turned.counts(U @ operators @ U.conj().T), folded.counts(operators), rtol=1e-12)
    assert not np.allclose(turned.counts(operators), folded.counts(operators), rtol=1e-3)


def test_spectra_that_begin_and_jump(process):
    """A box from 0.2 MeV that doubles at 0.3 MeV: panels end at the recoils where the rate has its kinks."""
    E, weight = np.array([0.2, 0.3, 0.3, 0.4]), np.array([1.0, 1.0, 2.0, 2.0])
    part = Component("box", E, weight[:, None, None] * np.eye(3).astype(complex), *NO_LINES)
    edges = np.array([30.0, 60.0, 100.0, 200.0]) * KEV
    detector = Detector(edges, Exact(), Efficiency.constant(1.0))
    W = np.asarray(fold(Beam.assemble([part]), process, detector, exposure=1.0).W)[0, 0, :, 0, 0].real

    def above(T):
        least = (T + math.sqrt(T**2 + 2 * const.m_e * T)) / 2
        return 0.1 * (least < 0.3) * min(1, (0.3 - least) / 0.1) + 0.2 * min(1, (0.4 - least) / 0.1) * (least < 0.4)

    kinks = list(ELASTIC.T_max(np.array([0.2, 0.3, 0.4]), const.m_e))
    expected = [quad(above, a, b, points=kinks, epsabs=1e-16)[0] for a, b in itertools.pairwise(edges)]
    scale = 2 * const.G_F**2 * const.m_e / math.pi * 12 / 1e4
    np.testing.assert_allclose(W / scale, expected, rtol=1e-7)


def test_a_merged_beam_gives_the_same_counts(process):
    """Steps at energies of their own and in common, lines, both helicities: 1e-9 of the trace, with the same panels."""
    rng = np.random.default_rng(23)

    def part(name, E, lines, antineutrino):
        density, line = hermitian(rng, len(E), positive=True), hermitian(rng, len(lines), positive=True)
        return Component(name, np.array(E), density, np.array(lines), line, antineutrino)

    several = Beam.assemble(
        [
            part("a", [0.05, 0.2, 0.2, 0.5], [0.3], False),
            part("b", [0.0, 0.2, 0.2, 0.35, 0.6], [], False),
            part("c", [0.1, 0.25, 0.25, 0.4], [0.38, 0.7], True),
            part("d", [], [0.3], True),
        ]
    )
    detector = Detector(EDGES, Sqrt(0.3 * KEV**0.5), Efficiency.table(*NODES))
    parts, whole = (
        np.asarray(fold(one, process, detector, exposure=EXPOSURE).W) for one in (several, several.merged())
    )
    expected = np.stack([parts[:2].sum(axis=0), parts[2:].sum(axis=0)])
    size = np.abs(np.trace(expected, axis1=-2, axis2=-1))[..., None, None]
    assert np.all(np.abs(whole - expected) <= 1e-9 * size)


def test_recoil_spectrum_is_the_limit_of_narrow_bins(beam, process):
    """Bins of a relative width of 2e-5; and the integral of the spectrum is the fold of a perfect detector."""
    T = np.array([0.4, 2.9, 3.1, 11.0, 60.0, 120.0]) * KEV
    edges = np.stack([T * (1 - 1e-5), T * (1 + 1e-5)], axis=-1)
    detector = Detector(edges.ravel(), Exact(), Efficiency.constant(1.0))
    W = np.asarray(fold(beam, process, detector, exposure=2.0).W)[:, :, ::2] / np.diff(edges)[:, 0, None, None]
    response = recoil_spectrum(beam, process, T, exposure=2.0)
    assert (response.components, response.channels) == (beam.components, process.channels)
    spectrum = np.asarray(response.W)
    size = np.abs(np.trace(spectrum, axis1=-2, axis2=-1))[..., None, None]
    assert np.all(np.abs(W - spectrum) <= 1e-4 * size)
    with pytest.raises(OutOfRange, match="lowest recoil energy"):
        recoil_spectrum(beam, process, np.array([0.0, KEV]))

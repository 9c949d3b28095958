"""Means of the interference of mass states, against probabilities from amplitudes and their numerical averages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nudipole import constants as const
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.mixing import FLAVOURS, nufit
from nudipole.sources import MonoEnergetic, PionDecayAtRest, RadioactiveSource, Reactor
from nudipole.sources.interference import averaged_below, nodes, over_line, over_nodes
from nudipole.sources.oscillated import Flight

KM = 1e5 * const.cm
SETS = ("nufit-6.0-no", "nufit-6.0-io", "nufit-6.1-no")


def amplitudes(oscillation, E, km, flavour):
    """U_ak^* U_bk exp(-i m_k^2 L/2E) for every final flavour b: (3, n, k); from angles alone, L/E in km/MeV."""
    s12, s13, s23 = (float(s) ** 0.5 for s in (oscillation.sin2_12, oscillation.sin2_13, oscillation.sin2_23))
    c12, c13, c23 = ((1 - s**2) ** 0.5 for s in (s12, s13, s23))
    phase = np.exp(1j * float(oscillation.delta))
    r23 = np.array([[1, 0, 0], [0, c23, s23], [0, -s23, c23]])
    r13 = np.array([[c13, 0, s13 / phase], [0, 1, 0], [-s13 * phase, 0, c13]])
    r12 = np.array([[c12, s12, 0], [-s12, c12, 0], [0, 0, 1]])
    U = r23 @ r13 @ r12
    first, second = float(oscillation.dm2_21) / const.eV**2, float(oscillation.dm2_3l) / const.eV**2
    m2 = np.array([0, first, second if oscillation.ordering == "NO" else second + first])
    # 1 km/(hbar c) in 1/eV is 5.0677e9; per MeV 5067.7.
    turned = np.exp(-0.5j * 5067.73071 * m2 * np.asarray(km / E)[..., None])
    return (U[FLAVOURS.index(flavour)].conj() * U)[:, None, :] * turned


def survival(oscillation, E, km, flavour="e", *, together=(0, 1, 2)):
    """P(flavour -> flavour); mass states that are not `together` do not interfere with any."""
    psi = amplitudes(oscillation, np.atleast_1d(E), km, flavour)[FLAVOURS.index(flavour)]
    alone = [k for k in range(3) if k not in together]
    return np.abs(psi[:, list(together)].sum(axis=1)) ** 2 + (np.abs(psi[:, alone]) ** 2).sum(axis=1)


@pytest.mark.parametrize(
    ("name", "exact", "fast_averaged"), [("nufit-6.0-no", 0.1266, 0.1416), ("nufit-6.1-no", 0.1286, 0.1457)]
)
def test_a_line_over_100_km(name, exact, fast_averaged):
    """0.862 MeV, where 2-1 has turned by 22 rad and the others by 739: with no width, and with one of 2 %."""
    oscillation = nufit(name)
    beam = MonoEnergetic.named(0.862, baseline=100 * KM, oscillation=oscillation).beam()
    assert beam.rho("nu_e", 0.862)[0, 0].real == pytest.approx(exact, abs=6e-5)
    assert survival(oscillation, 0.862, 100)[0] == pytest.approx(exact, abs=6e-5)
    assert survival(oscillation, 0.862, 100, together=(0, 1))[0] == pytest.approx(fast_averaged, abs=6e-5)
    # 0.7 % averages the fast pairs (exp(-13)) and takes 1 % of the slow one, whose factor is -0.999.
    wide = MonoEnergetic.named(0.862, baseline=100 * KM, oscillation=oscillation, line_width=0.862 * 0.007).beam()
    left = np.exp(-((0.007 * 22) ** 2) / 2)
    average = float(survival(oscillation, 0.862, 100, together=())[0])
    expected = average + left * (fast_averaged - average)
    assert wide.rho("nu_e", 0.862)[0, 0].real == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", SETS)
def test_lines_without_width_are_those_of_amplitudes(name, flavour, antineutrino):
    """At phases from 0.2 to 2e5 rad; every entry of rho but for the sign of the imaginary part of antineutrinos."""
    oscillation = nufit(name)
    for E, km in ((3.0, 0.1), (0.862, 100.0), (29.8, 295.0), (0.1, 1e4), (5.0, 2e5)):
        settings = {"baseline": km * KM, "oscillation": oscillation}
        rho = np.asarray(MonoEnergetic.named(E, 1.0, flavour, antineutrino, **settings).beam().line[0, 0])
        # The phase turns the other way for antineutrinos, whose matrix is the transpose.
        psi = amplitudes(oscillation, np.array([E]), -km if antineutrino else km, flavour).sum(axis=2)[:, 0]
        np.testing.assert_allclose(rho, np.outer(psi, psi.conj()), atol=2e-8 * km / E)


@pytest.mark.parametrize("relative", [1e-4, 1e-3, 0.01, 0.03])
@pytest.mark.parametrize("name", SETS)
def test_a_line_with_width_is_averaged_over_a_gaussian(name, relative):
    """Quadrature over a Gaussian in E; its third order, phi s^3, is not in the closed form: below 7e-4."""
    oscillation = nufit(name)
    x = np.linspace(-8, 8, 200_001)
    weight = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    for E, km, flavour in ((0.862, 100.0, "e"), (4.0, 52.5, "mu"), (10.0, 1.0, "tau")):
        line = MonoEnergetic.named(
            E, 1.0, flavour, baseline=km * KM, oscillation=oscillation, line_width=relative * E
        ).beam()
        i = FLAVOURS.index(flavour)
        expected = weight @ survival(oscillation, E * (1 + relative * x), km, flavour)
        assert line.line[0, 0, i, i].real == pytest.approx(expected, abs=7e-4)


#: Baselines [km], and the energies [MeV] around which a spectrum is averaged over 3 %.
WINDOWS = {
    0.02: (0.05, 1.0, 8.0),
    1.68: (0.05, 0.3, 3.0),
    52.5: (0.1, 0.2, 0.5, 1.0, 1.8, 3.0, 8.0),
    180.0: (0.4, 0.5, 1.0, 1.8, 3.0, 8.0),
    800.0: (1.0, 1.8, 3.0, 8.0),
}


@pytest.mark.parametrize("km", WINDOWS)
@pytest.mark.parametrize("name", [SETS[0], pytest.param(SETS[1], marks=pytest.mark.long)])
def test_spectra_are_those_of_a_fine_numerical_average(name, km):
    """Over smooth windows of 3 % and over all of the spectrum: nu_e and nu_mu.

    A piece of a straight line stays below a cosine by a twelfth of the step of the phase squared in the mean, and so
    does the mean over a triangle: of 2-1, whose steps here are up to 0.06, amplitude 0.43, that is 2.6e-4.
    """
    oscillation = nufit(name)
    for flavour, tolerance in (("e", 2.6e-4), ("mu", 4e-4)):
        part = Flight((km * KM,), oscillation=oscillation).continuum("x", np.array([0, 10.0]), np.ones(2), flavour)
        i = FLAVOURS.index(flavour)
        P = part.density[:, i, i].real
        for centre in WINDOWS[km]:
            fine = np.linspace(0.97 * centre, 1.03 * centre, 100_001)
            weight = np.hanning(len(fine)) / np.hanning(len(fine)).sum()
            exact = weight @ survival(oscillation, fine, km, flavour)
            assert weight @ np.interp(fine, part.E, P) == pytest.approx(exact, abs=tolerance), (flavour, centre)
        fine = np.linspace(0.05, 10, 1_000_001)
        exact = np.mean(survival(oscillation, fine, km, flavour))
        assert np.mean(np.interp(fine, part.E, P)) == pytest.approx(exact, abs=tolerance)


@pytest.mark.parametrize("km", [52.5, 180.0, 800.0])
def test_spectra_have_no_step(km):
    """Between two nodes a probability changes by no more than the largest slope of the exact one allows."""
    oscillation = nufit(SETS[0])
    part = Flight((km * KM,), oscillation=oscillation).continuum("x", np.array([0, 10.0]), np.ones(2), "e")
    P = part.density[:, 0, 0].real
    m2 = np.asarray(oscillation.masses_squared())
    fastest, slow = (m * km * KM / 2 / part.E[1:] for m in (m2[2], m2[1]))
    steps = [phase * np.diff(part.E) / part.E[:-1].clip(1e-9) for phase in (slow, fastest)]
    # sin^2(2 theta_12)/2 and sin^2(2 theta_13)/2 bound the two amplitudes; an amplitude turns, or is averaged.
    allowed = 0.43 * np.minimum(steps[0], 2) + 0.05 * np.minimum(steps[1], 2)
    assert np.all(np.abs(np.diff(P))[1:] < 1.1 * allowed[1:] + 1e-12)
    # What is left of the fast pairs fades out: over any octave of energies by less than it was.
    U = np.asarray(oscillation.pmns())
    kept = np.abs(np.einsum("aj,nab,bk->njk", U.conj(), part.density, U)[:, 0, 2])
    assert np.abs(np.diff(kept / kept[-1])).max() < 0.02


def test_far_reactors_count_what_the_probability_says():
    """Above 1.8 MeV at KamLAND's baselines, five cores: integral of flux times E^2 against 1e6 points, to 1e-5."""
    oscillation = nufit(SETS[0])
    cores = [(power * 1e15, km * KM) for power, km in ((3, 88), (5, 138), (24, 160), (6, 180), (9, 295))]
    near = Reactor.named(cores=cores).beam()
    far = Reactor.named(cores=cores, oscillation=oscillation).beam()
    E = np.linspace(1.8, 9.0, 1_000_001)
    flux = np.interp(E, np.asarray(near.E[0]), np.asarray(near.density[0, :, 0, 0].real)) * E**2
    weights = np.array([power / L**2 for power, L in cores])
    exact = sum(w * survival(oscillation, E, L / KM) for w, (_, L) in zip(weights / weights.sum(), cores, strict=True))
    ours = np.interp(E, np.asarray(far.E[0]), np.asarray(far.density[0, :, 0, 0].real)) * E**2
    assert ours.sum() == pytest.approx((flux * exact).sum(), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-9, 4),
    st.floats(-3, 14),
    st.sampled_from(FLAVOURS),
    st.booleans(),
    st.sampled_from(SETS),
    st.floats(0, 0.1),
)
def test_hermitian_positive_of_trace_one(exponent, far, flavour, antineutrino, name, width):
    """Spectra and lines at any energy and baseline, from eV to PeV and from metres to beyond the Galaxy."""
    E = 10.0**exponent * np.array([0.0, 1.0, 2.0, 3.0])
    flight = Flight((10.0**far * KM, 100 * KM), (0.3, 0.7), nufit(name), line_width=width * E[1])
    lines = flight.lines("x", E[1:], np.ones(3), flavour, antineutrino=antineutrino).line
    for rho in (flight.rho(E, flavour, antineutrino), lines):
        np.testing.assert_allclose(rho, rho.conj().swapaxes(-1, -2), atol=1e-13)
        np.testing.assert_allclose(np.trace(rho, axis1=1, axis2=2), 1, atol=1e-12)
        assert np.linalg.eigvalsh(rho).min() > -1e-12


@pytest.mark.parametrize("km", [1.495978707e8, 1e9, 1e18])
def test_very_long_paths_give_the_average(km):
    part = Flight((km * KM,), oscillation=nufit()).continuum("x", np.linspace(0, 1e-3, 5), np.ones(5), "mu")
    assert len(part.E) < 12_000
    average = Flight((km * KM,), oscillation=nufit(), coherent=False).rho(part.E, "mu", False)
    np.testing.assert_allclose(part.density, average, atol=1e-6)


def test_nodes_are_bounded_whatever_the_paths():
    for scales in ([1e-6], [1.0], [1e12], list(np.geomspace(1, 20, 100)), list(np.geomspace(1e-9, 1e9, 40))):
        found = nodes(np.array(scales), 1e-5, 10.0)
        assert len(found) < 12_000 + 3_000 * np.log(max(scales) / min(scales)), scales
        assert np.all(np.diff(found) > 0)
    assert len(nodes(np.array([0.0]), 1e-5, 10.0)) == 0


def test_nodes_of_a_short_path_stay_beside_a_long_one():
    """20 m and 1 AU: the near core is not averaged because the far one is."""
    oscillation, E = nufit(), np.linspace(0.5, 8, 20)
    far = 1.495978707e8
    part = Flight((0.02 * KM, far * KM), (0.5, 0.5), oscillation).continuum("x", np.array([0, 10.0]), np.ones(2), "e")
    near, average = survival(oscillation, E, 0.02), survival(oscillation, E, 0.02, together=())
    shown = np.interp(E, part.E, part.density[:, 0, 0].real)
    np.testing.assert_allclose(shown, (near + average) / 2, atol=2e-4)


def test_the_mean_of_a_spectrum_is_that_of_triangles():
    """sinc^2 is the mean of exp(i phi t) over a triangle in t; a width of 1/3000 at 300 rad is not yet there."""
    phases = np.array([2.0, 30.0, 5000.0])[:, None, None] * (np.eye(3)[0] - np.eye(3)[0][:, None])
    kept = over_nodes(phases)[:, 0, 1]
    np.testing.assert_allclose(kept[:2], 1, atol=1e-10)
    width = np.sqrt(12 * (1 - float(over_nodes(phases[2:] / 1.0 * np.ones((1, 3, 3)))[0, 0, 1].real))) / 5000
    assert width > 1 / 3000
    t = np.linspace(-1, 1, 200_001)
    triangle = (1 - np.abs(t)) / (1 - np.abs(t)).sum()
    x = 5000 / 300
    half = x**4 / (1 + x**2) ** (11 / 6) / 3000
    assert kept[2] == pytest.approx(triangle @ np.exp(1j * 5000 * half * t), abs=1e-8)


def test_phases_that_numbers_do_not_hold_vanish():
    phases = np.array([1e3, 1e8, 1e15])[:, None, None] * (np.eye(3)[0] - np.eye(3)[0][:, None])
    kept = np.abs(over_line(phases, np.zeros(3)))[:, 0, 1]
    np.testing.assert_allclose(kept, [1, 1, 0], atol=1e-9)


def test_averaged_below_is_where_half_is_left():
    scale = 1000.0
    for ratio in (1.0, 0.97, 0.03):
        fastest = scale / averaged_below(ratio, scale)
        phases = fastest * np.array([[0, -ratio, -1], [ratio, 0, ratio - 1], [1, 1 - ratio, 0]])[None]
        assert over_nodes(phases)[0, 1, 0].real == pytest.approx(0.5, abs=5e-3)
    assert averaged_below(0.0, scale) == 0


def test_widths_belong_to_lines():
    width = {"line_width": 1e-3, "oscillation": nufit()}
    for source in (
        MonoEnergetic.named(0.862, baseline=100 * KM, **width),
        PionDecayAtRest.named(baseline=5e3 * KM, **width),
        RadioactiveSource.named("51Cr", distance=100 * KM, **width),
    ):
        sharp = Flight(source.flight.paths, oscillation=nufit())
        assert source.flight.line_width == 1e-3
        name = source.beam().components[0]
        part = sharp.lines(name, np.array([0.862]), np.ones(1), "e")
        assert part.flavour == "e"
        assert abs(np.asarray(source.beam().line[0, 0]) / np.trace(source.beam().line[0, 0]).real).max() < 1
    with pytest.raises(NudipoleError, match="144Ce has a spectrum and no lines: leave line_width out"):
        RadioactiveSource.named("144Ce", **width)
    with pytest.raises(NudipoleError, match="line_width = 100 keV is more than 10% of the energy of a line, 862 keV"):
        MonoEnergetic.named(0.862, line_width=0.1).beam()
    with pytest.raises(OutOfRange, match="line_width = -1"):
        Flight(line_width=-1.0)
    for negative in (PionDecayAtRest.named, RadioactiveSource.named):
        with pytest.raises(OutOfRange, match="line_width = -1"):
            negative(line_width=-1.0)

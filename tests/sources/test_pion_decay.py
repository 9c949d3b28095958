"""Pion decay at rest against its formulas, the time profiles of COHERENT 2017 and independent convolutions."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from nudipole import constants as const
from nudipole import tables, units
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import nufit
from nudipole.sources import MonoEnergetic, Pulse, Pulsed
from nudipole.sources.pion_decay import COMPONENTS, PionDecayAtRest, line_energy, spectrum

US = units.in_internal("us")
TAU_PI, TAU_MU = 0.026033 * US, 2.1969811 * US


@pytest.fixture(scope="module")
def beam():
    return PionDecayAtRest.named().beam()


def test_line_of_the_beam_sheet():
    assert line_energy() == pytest.approx(29.79, abs=5e-3)


def test_the_mass_of_the_muon_is_that_of_the_constants():
    table = tables.read("beam-pion-decay")
    assert dict(zip(table.words("particle"), table.column("mass", "MeV"), strict=True))["mu+"] == const.m_mu


@pytest.mark.parametrize(("component", "mean"), [("antinu_mu", 7 / 20), ("nu_e", 3 / 10)])
def test_spectra_of_muon_decay(component, mean):
    """One neutrino a muon; mean energies 7/20 and 3/10 of the mass of the muon."""
    E, dN_dE = spectrum(component)
    assert E[-1] == pytest.approx(52.83, abs=5e-3)
    assert np.trapezoid(dN_dE, E) == pytest.approx(1, abs=1e-5)
    assert np.trapezoid(dN_dE * E, E) == pytest.approx(mean * const.m_mu, rel=1e-4)
    assert np.all(dN_dE >= 0)


def test_antinu_mu_end_with_a_step_and_nu_e_do_not():
    assert spectrum("antinu_mu")[1][-1] == pytest.approx(4 / const.m_mu, rel=1e-12)
    assert spectrum("nu_e")[1][-1] == 0


def test_one_neutrino_of_each_kind_for_a_stopped_pion(beam):
    assert beam.components == COMPONENTS
    assert beam.antineutrino == (False, True, False)
    expected = 5.7e20 / 86400 * 0.0848 / (4 * np.pi * 1930**2)
    np.testing.assert_allclose(beam.flux() * const.cm**2 * const.second, expected, rtol=1e-4)
    np.testing.assert_allclose(beam.covariance, 0.01)


def test_fluence_of_COHERENT_2021():
    """3.198e23 protons give 5.79e14 per cm^2 and flavour at 19.3 m (beam sheet)."""
    a_year = 3.198e23 * units.in_internal("1/yr")
    flux = PionDecayAtRest.named("sns-2021", protons=a_year).beam().flux()
    np.testing.assert_allclose(np.asarray(flux) / units.in_internal("1/(cm^2 yr)"), 5.79e14, rtol=2e-3)


def test_flavours(beam):
    for name, E, flavour in (("nu_mu", 29.8, 1), ("antinu_mu", 40.0, 1), ("nu_e", 40.0, 0)):
        np.testing.assert_allclose(np.diag(beam.rho(name, E)).real, np.eye(3)[flavour], atol=1e-15)


@pytest.mark.parametrize("coherent", [True, False])
def test_density_matrices_after_oscillation(coherent):
    far = 30_000 * units.in_internal("m")
    beam = PionDecayAtRest.named(baseline=far, oscillation=nufit("nufit-6.0-no"), coherent=coherent).beam()
    for name, E in (("nu_mu", 29.8), ("antinu_mu", 40.0), ("nu_e", 20.0)):
        rho = np.asarray(beam.rho(name, E))
        np.testing.assert_allclose(rho, rho.conj().T, atol=1e-12)
        assert np.trace(rho).real == pytest.approx(1, abs=1e-12)
        assert np.linalg.eigvalsh(rho).min() > -1e-12
        assert abs(rho[0, 1]) > 1e-3
    np.testing.assert_allclose(beam.flux(), beam.flux()[0], rtol=1e-4)


# Prompt and delayed fractions in bins of 0.5 us of the COHERENT release of 2017 (beam sheet, section 2).
PROMPT_2017 = [0.06481, 0.90948, 0.02570, 0, 0, 0, 0, 0]
DELAYED_2017 = [0.00140, 0.11921, 0.17960, 0.14351, 0.11441, 0.09109, 0.07259, 0.05780]


def test_time_profile_of_COHERENT_2017():
    """The pulse of the site is fitted to these; two numbers for all of them, to 0.002 (they end at 12 us)."""
    prompt, antinu_mu, nu_e = PionDecayAtRest.named("sns-2017").timing(np.arange(0, 4.01, 0.5) * US)
    np.testing.assert_allclose(prompt, PROMPT_2017, atol=0.002)
    np.testing.assert_allclose(antinu_mu, DELAYED_2017, atol=0.002)
    np.testing.assert_array_equal(antinu_mu, nu_e)
    # Far behind the pulse only the lifetime of the muon is left.
    assert antinu_mu[-1] / antinu_mu[-2] == pytest.approx(np.exp(-0.5 * US / TAU_MU), rel=1e-6)
    assert DELAYED_2017[-1] / DELAYED_2017[-2] == pytest.approx(np.exp(-0.5 * US / TAU_MU), rel=2e-3)


def test_instantaneous_pulse():
    edges = np.array([-1.0, 0, 0.01, 0.1, 1, 5, 100]) * US
    prompt, delayed, _ = PionDecayAtRest.named(pulse=Pulse()).timing(edges)
    t = edges.clip(0)
    np.testing.assert_allclose(prompt, -np.diff(np.exp(-t / TAU_PI)), atol=1e-15)
    survive = (TAU_MU * np.exp(-t / TAU_MU) - TAU_PI * np.exp(-t / TAU_PI)) / (TAU_MU - TAU_PI)
    np.testing.assert_allclose(delayed, -np.diff(survive), atol=1e-14)


@pytest.mark.parametrize("site", sorted(tables.read("beam-pion-decay-sites").words("site")))
def test_every_site_has_its_pulse(site):
    """All arrive at last, none before the pulse; half of the prompt ones by its middle and the pion lifetime."""
    source = PionDecayAtRest.named(site)
    table = tables.read("beam-pion-decay-sites")
    centre = table.column("pulse_centre", "us")[table.words("site").index(site)] * US
    fractions = source.timing(np.array([-1e6, 0, 1e6]) * US)
    np.testing.assert_allclose(fractions.sum(axis=1), 1, atol=1e-9)
    assert np.all(fractions[:, 0] < 1e-5)
    first, second = source.timing(np.array([-1e6 * US, centre + TAU_PI, 1e6 * US]))[0]
    assert first == pytest.approx(second, abs=0.06)
    assert PionDecayAtRest.named(site, pulse=Pulse()).pulse == Pulse()
    assert isinstance(source, Pulsed)


def test_steady_sources_are_not_pulsed():
    assert not isinstance(MonoEnergetic.named(), Pulsed)


def test_flux_of_LSND():
    """28896 C give 1.26e14 per cm^2 and flavour at 29.8 m (LSND:2001aii); the yield is rounded to two digits."""
    protons = 28896 / 1.602176634e-19
    assert protons == pytest.approx(1.80e23, rel=3e-3)
    flux = PionDecayAtRest.named("lsnd", protons=protons * units.in_internal("1/yr")).beam().flux()
    np.testing.assert_allclose(np.asarray(flux) / units.in_internal("1/(cm^2 yr)"), 1.26e14, rtol=5e-3)


def test_protons_of_the_ESS():
    """5 MW of 2 GeV protons, 2.8e23 of them in 5000 h."""
    per_second = PionDecayAtRest.named("ess").protons / units.in_internal("1/s")
    assert per_second == pytest.approx(5e6 / (2e9 * 1.602176634e-19), rel=5e-3)
    assert per_second * 5000 * 3600 == pytest.approx(2.8e23, rel=1e-3)


def _coherent(t):
    """Efficiency of an arrival in COHERENT:2021xmm."""
    t = np.asarray(t) / US
    return np.exp(-0.0494 * np.clip(t - 0.52, 0, None))


@pytest.mark.parametrize("edges", [np.arange(0, 6.01, 0.5), [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 1, 2, 4, 6]])
def test_efficiency_of_arrival_times_against_quadrature(edges):
    """Densities by finite differences of the exact fractions, the kink of the efficiency on an edge of panels."""
    source, edges = PionDecayAtRest.named("sns-2021"), np.asarray(edges)
    counted = source.timing(edges * US, _coherent)

    def weighted(t, row):
        step = 1e-5
        return float(source.timing(np.array([t - step, t + step]) * US)[row, 0] / (2 * step) * _coherent(t * US))

    for row in (0, 1):
        for b, (low, high) in enumerate(itertools.pairwise(edges)):
            expected = quad(weighted, low, high, args=(row,), points=[0.52, 0.69], epsabs=1e-7, limit=200)[0]
            assert counted[row, b] == pytest.approx(expected, abs=2e-6)
    np.testing.assert_array_equal(counted[1], counted[2])


def test_efficiency_of_one_changes_nothing():
    source, edges = PionDecayAtRest.named(), np.array([0.0, 0.5, 1.1, 6.0]) * US
    np.testing.assert_allclose(source.timing(edges, np.ones_like), source.timing(edges), atol=1e-13)
    np.testing.assert_allclose(source.timing(edges, lambda t: np.full(t.shape, 0.3)), 0.3 * source.timing(edges))


@given(st.floats(0, 2), st.floats(-3, 3), st.lists(st.floats(0.01, 3), min_size=1, max_size=6))
def test_fractions_are_fractions(width, centre, steps):
    edges = np.cumsum([-20.0, *steps, 500.0]) * US
    fractions = PionDecayAtRest.named(pulse=Pulse(centre * US, width * US)).timing(edges)
    assert np.all(fractions >= -1e-12)
    np.testing.assert_allclose(fractions.sum(axis=1), 1, atol=1e-9)


def test_refusals():
    with pytest.raises(UnknownName, match="choose from ess, lampf-e225, lsnd, sns-2017, sns-2021"):
        PionDecayAtRest.named("psi")
    with pytest.raises(UnknownName, match="continuous"):
        spectrum("nu_mu")
    with pytest.raises(OutOfRange, match="baseline"):
        PionDecayAtRest(1.0, 0.1, 0.0)
    with pytest.raises(OutOfRange, match="relative_error"):
        PionDecayAtRest(1.0, 0.1, 1.0, -0.1)
    for edges in ([1.0], [1.0, 1.0], [[0.0, 1.0]]):
        with pytest.raises(OutOfRange, match="edges of time"):
            PionDecayAtRest.named().timing(edges)
    for bad in (lambda t: t, lambda t: np.full_like(t, np.nan), lambda t: np.full_like(t, -0.1)):
        with pytest.raises(OutOfRange, match="efficiency of an arrival time"):
            PionDecayAtRest.named().timing(np.array([0.0, 1.0]) * US, bad)

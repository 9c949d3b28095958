"""Pion decay at rest against its formulas, the time profiles of COHERENT 2017 and independent convolutions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudipole import constants as const
from nudipole import tables, units
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import nufit
from nudipole.sources.pion_decay import COMPONENTS, PionDecayAtRest, Pulse, line_energy, spectrum

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
    """A Gaussian pulse that gives the prompt fractions gives the delayed ones to 0.01: the true pulse is not one."""
    source = PionDecayAtRest.named("sns-2017", pulse=Pulse(0.693 * US, 0.143 * US))
    prompt, antinu_mu, nu_e = source.timing(np.arange(0, 4.01, 0.5) * US)
    np.testing.assert_allclose(prompt, PROMPT_2017, atol=0.01)
    np.testing.assert_allclose(antinu_mu, DELAYED_2017, atol=0.01)
    np.testing.assert_array_equal(antinu_mu, nu_e)
    # Far behind the pulse only the lifetime of the muon is left.
    assert antinu_mu[-1] / antinu_mu[-2] == pytest.approx(np.exp(-0.5 * US / TAU_MU), rel=1e-6)
    assert DELAYED_2017[-1] / DELAYED_2017[-2] == pytest.approx(np.exp(-0.5 * US / TAU_MU), rel=2e-3)


def test_instantaneous_pulse():
    edges = np.array([-1.0, 0, 0.01, 0.1, 1, 5, 100]) * US
    prompt, delayed, _ = PionDecayAtRest.named().timing(edges)
    t = edges.clip(0)
    np.testing.assert_allclose(prompt, -np.diff(np.exp(-t / TAU_PI)), atol=1e-15)
    survive = (TAU_MU * np.exp(-t / TAU_MU) - TAU_PI * np.exp(-t / TAU_PI)) / (TAU_MU - TAU_PI)
    np.testing.assert_allclose(delayed, -np.diff(survive), atol=1e-14)


@pytest.mark.parametrize("width", [0.002, 0.05, 0.3])
def test_gaussian_pulse_against_a_table_of_it(width):
    """Two roads: error functions in closed form, and the exact sum over the cells of a fine table."""
    t = np.linspace(-8 * width, 8 * width, 4001)
    table = Pulse(times=tuple(t * US), intensity=tuple(np.exp(-0.5 * (t / width) ** 2)))
    edges = np.array([-1.0, -0.2, 0, 0.03, 0.1, 0.5, 1, 3, 20]) * US
    closed = PionDecayAtRest.named(pulse=Pulse(0.0, width * US)).timing(edges)
    np.testing.assert_allclose(PionDecayAtRest.named(pulse=table).timing(edges), closed, atol=2e-6)


def test_rectangular_pulse():
    """Protons during 0.4 us: before its end 1 - tau/t (1 - exp(-t/tau)) of those born have decayed."""
    pulse = Pulse(times=(0.0, 0.4 * US), intensity=(1.0, 1.0))
    t = np.array([0.1, 0.4]) * US
    expected = (t - TAU_PI * -np.expm1(-t / TAU_PI)) / (0.4 * US)
    np.testing.assert_allclose(pulse.decayed(t, TAU_PI), expected, rtol=1e-12)
    later = pulse.decayed(np.array([0.5 * US]), TAU_PI)
    assert 1 - later[0] == pytest.approx((1 - expected[-1]) * np.exp(-0.1 * US / TAU_PI), rel=1e-9)


@given(st.floats(0, 2), st.floats(-3, 3), st.lists(st.floats(0.01, 3), min_size=1, max_size=6))
def test_fractions_are_fractions(width, centre, steps):
    edges = np.cumsum([-20.0, *steps, 500.0]) * US
    fractions = PionDecayAtRest.named(pulse=Pulse(centre * US, width * US)).timing(edges)
    assert np.all(fractions >= -1e-12)
    np.testing.assert_allclose(fractions.sum(axis=1), 1, atol=1e-9)


def test_refusals():
    with pytest.raises(UnknownName, match="choose from sns-2017, sns-2021"):
        PionDecayAtRest.named("psi")
    with pytest.raises(UnknownName, match="continuous"):
        spectrum("nu_mu")
    with pytest.raises(OutOfRange, match="baseline"):
        PionDecayAtRest(1.0, 0.1, 0.0)
    with pytest.raises(OutOfRange, match="relative_error"):
        PionDecayAtRest(1.0, 0.1, 1.0, -0.1)
    with pytest.raises(OutOfRange, match="width"):
        Pulse(0.0, -1.0)
    with pytest.raises(OutOfRange, match="step between times"):
        Pulse(times=(1.0, 0.0), intensity=(1.0, 1.0))
    with pytest.raises(OutOfRange, match="number of intensities"):
        Pulse(times=(0.0, 1.0), intensity=(1.0,))
    with pytest.raises(OutOfRange, match="intensity of the pulse"):
        Pulse(times=(0.0, 1.0), intensity=(1.0, -1.0))
    for edges in ([1.0], [1.0, 1.0], [[0.0, 1.0]]):
        with pytest.raises(OutOfRange, match="edges of time"):
            PionDecayAtRest.named().timing(edges)

"""Constants against scipy.constants and against the derived numbers of the field."""

from __future__ import annotations

import math
import re

import pytest
import scipy.constants

from nudipole import constants as const

WITH_SCIPY = {name: c for name, c in const.CONSTANTS.items() if c.scipy}
# scipy 1.15 changed from CODATA 2018 to CODATA 2022; the two agree within five standard deviations.
CODATA_2022 = tuple(map(int, re.findall(r"\d+", scipy.__version__)[:2])) >= (1, 15)


@pytest.mark.parametrize("name", WITH_SCIPY)
def test_constant_agrees_with_scipy(name):
    constant = WITH_SCIPY[name]
    value, _, uncertainty = scipy.constants.physical_constants[constant.scipy]
    sigma = max(constant.uncertainty, uncertainty * constant.scipy_factor)
    tolerance = max((1 if CODATA_2022 else 5) * sigma, 1e-9 * constant.value)
    assert constant.value == pytest.approx(value * constant.scipy_factor, rel=0, abs=tolerance)


@pytest.mark.parametrize(
    "name", ["alpha", "m_e", "m_mu", "atomic_mass", "hbar_c", "hbar", "c", "e_charge", "N_A", "mu_B"]
)
def test_every_codata_constant_is_checked(name):
    assert name in WITH_SCIPY


def test_exact_constants_of_the_si():
    assert const.c == 100 * scipy.constants.c
    assert const.e_charge == scipy.constants.e
    assert const.N_A == scipy.constants.N_A
    assert const.hbar == pytest.approx(scipy.constants.hbar / scipy.constants.e * 1e-6, rel=1e-14)
    assert const.hbar_c == pytest.approx(const.hbar * const.c, rel=1e-14)


@pytest.mark.parametrize("name", const.CONSTANTS)
def test_every_constant_has_a_pedigree(name):
    constant = const.CONSTANTS[name]
    assert math.isfinite(constant.value)
    assert constant.value > 0
    assert 0 <= constant.uncertainty < constant.value
    assert constant.unit
    assert constant.source


@pytest.mark.parametrize("name", const.CONSTANTS)
def test_every_constant_is_a_name_of_the_module(name):
    if name == "alpha_inv_mz":
        assert const.alpha_mz == 1 / const.CONSTANTS[name].value
    else:
        assert getattr(const, name) == const.CONSTANTS[name].value


def test_bohr_magneton_is_296_304_per_GeV():
    assert const.mu_B_natural == pytest.approx(0.2963040534, rel=1e-9)


def test_bohr_magneton_per_tesla_and_per_MeV_agree():
    # One tesla in natural Heaviside-Lorentz units is the root of the energy density B^2/mu_0, here in MeV^4.
    joule_per_m3 = 1e-6 / const.e_charge * (1e-2 * const.hbar_c) ** 3
    tesla = math.sqrt(joule_per_m3 / scipy.constants.mu_0)
    assert tesla == pytest.approx(195.353e-12, rel=2e-6)
    assert const.mu_B_natural * tesla == pytest.approx(const.mu_B, rel=1e-8)


def test_dipole_cross_section_of_one_bohr_magneton_Vogel_1989():
    sigma = math.pi * const.alpha**2 * (const.hbar_c / const.m_e) ** 2
    assert sigma == pytest.approx(2.49467e-25, rel=3e-6)
    assert const.alpha * (const.mu_B_natural * const.hbar_c) ** 2 == pytest.approx(sigma, rel=1e-12)


def test_fermi_constant_in_cm2():
    assert const.hbar_c**2 * 1e-6 == pytest.approx(3.89379372e-28, rel=1e-8)


def test_matter_potential_of_one_mole_of_electrons_per_cm3():
    potential = math.sqrt(2) * const.G_F * const.N_A * const.hbar_c**3 / const.eV
    assert potential == pytest.approx(7.63e-14, rel=1e-3)
    # A = 2 sqrt(2) G_F n_e E in eV^2 for n_e = 1 mol/cm^3 and E = 1 GeV; codes round differently.
    assert 2 * potential * 1e9 == pytest.approx(1.526e-4, rel=1e-3)


def test_charge_radius_shift_of_g_V_for_1e_minus_32_cm2():
    shift = math.sqrt(2) * math.pi * const.alpha / (3 * const.G_F) * 1e-32 * const.cm**2
    assert shift == pytest.approx(0.0237956, rel=1e-5)


def test_units_of_length_time_and_mass():
    assert const.cm == pytest.approx(1e13 / 197.3269804, rel=1e-9)
    assert const.second / const.cm == pytest.approx(2.99792458e10, rel=1e-14)
    assert const.kg == pytest.approx(scipy.constants.c**2 / scipy.constants.e * 1e-6, rel=1e-14)
    assert const.kg * scipy.constants.m_e == pytest.approx(const.m_e, rel=1e-8)

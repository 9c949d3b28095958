"""Closed forms and cross sections against independently evaluated numbers (the project's reference sheet).

The sheet uses the CODATA constants with G_F = 1.1663787e-5 GeV^-2; nudipole has 1.1663788e-5, which moves weak
cross sections by 2e-7. Everything is therefore compared to 1e-6 or to the digits printed, whichever is coarser.
"""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from nudipole import constants as const
from nudipole import tables, units
from nudipole.detectors import Detector, Efficiency, Exact
from nudipole.interactions import ElectronScattering, couplings, dsigma_dT, sm_charge_radius
from nudipole.interactions.electron import DIPOLE, WEAK
from nudipole.interactions.electron_couplings import charge_radius_phase, vector_shift_per_charge_radius
from nudipole.mixing import Oscillation
from nudipole.numerics import jnp
from nudipole.properties import PARAMETRISATIONS, Neutrino
from nudipole.rates import fold
from nudipole.sources import Solar
from nudipole.targets import atom

CM2 = const.cm**2
GEV = 1e3
KEV = 1e-3
STANDARD = Neutrino("dirac", "flavour")


def test_dipole_prefactor_pi_alpha2_over_me2():
    """2.49467202e-25 cm^2 per mu_B^2, nine digits printed; also alpha mu_B^2."""
    assert pytest.approx(2.49467202e-25, rel=3e-9) == DIPOLE / CM2
    assert pytest.approx(const.alpha * const.mu_B_natural**2, rel=1e-14) == DIPOLE


def test_bohr_magneton_in_natural_units():
    """0.29630405 MeV^-1, and 1e-6 GeV^-1 = 3.374912e-9 mu_B."""
    assert const.mu_B_natural == pytest.approx(0.29630405, rel=3e-8)
    assert 1e-6 / GEV / const.mu_B_natural == pytest.approx(3.374912e-9, rel=2e-7)


def test_weak_prefactor_2_GF2_me_over_pi():
    """1.72326565e-44 cm^2/MeV with G_F = 1.1663787e-5 GeV^-2."""
    of_sheet = WEAK * (1.1663787 / 1.1663788) ** 2
    assert of_sheet / CM2 == pytest.approx(1.72326565e-44, rel=5e-9)


def test_vector_shift_of_a_charge_radius():
    """sqrt2 pi alpha / (3 G_F) = 2.379559e30 cm^-2."""
    assert vector_shift_per_charge_radius() * CM2 == pytest.approx(2.379559e30, rel=4e-7)


def test_charge_radii_of_the_standard_model():
    """-0.8275, -0.4805, -0.2969 in 1e-32 cm^2, four digits printed."""
    np.testing.assert_allclose(sm_charge_radius() / CM2 / 1e-32, [-0.8275, -0.4805, -0.2969], atol=6e-5)


def test_one_loop_phase_is_the_standard_charge_radius():
    """-2 phi = 0.019691, 0.011435, 0.007064, and 2 phi_l = Q_l(SM) to 5 digits."""
    phi = np.array([charge_radius_phase(m) for m in (const.m_e, const.m_mu, const.m_tau)])
    np.testing.assert_allclose(-2 * phi, [0.019691, 0.011435, 0.007064], atol=6e-7)
    np.testing.assert_allclose(2 * phi, vector_shift_per_charge_radius() * sm_charge_radius(), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "g_V", "g_A"),
    [
        ("one-loop", [0.95206, -0.03968, -0.03531], [0.49375, -0.50625, -0.50625]),
        ("tree", [0.96244, -0.03756, -0.03756], [0.5, -0.5, -0.5]),
    ],
)
def test_couplings_of_Erler_Su_and_tree(name, g_V, g_A):
    """The literature's 0.9521, -0.0397, -0.0353; 0.4938, -0.5062 with one more (rounded) digit."""
    np.testing.assert_allclose(couplings(name).g_V, g_V, atol=6e-6)
    np.testing.assert_allclose(couplings(name).g_A, g_A, atol=6e-6)


def test_couplings_without_charge_radius_are_flavour_blind_but_for_the_charged_current():
    plain, full = couplings("one-loop-without-charge-radius"), couplings("one-loop")
    np.testing.assert_allclose(plain.g_V - np.array([1, 0, 0]), plain.g_V[1], rtol=1e-14)
    shift = vector_shift_per_charge_radius() * sm_charge_radius()
    np.testing.assert_allclose(full.g_V - plain.g_V, shift, rtol=1e-5)
    np.testing.assert_allclose(full.g_A, plain.g_A, rtol=1e-14)


# E_nu, T [MeV]: nu_e, nu_mu, nubar_e, nubar_mu, dipole of 1e-11 mu_B [cm^2/MeV]
NU_E = [
    (0.420, 0.005, 1.0071302e-44, 2.1599443e-45, 9.8750316e-45, 2.1522847e-45, 4.9299471e-45),
    (0.8613, 0.010, 1.0093969e-44, 2.1523455e-45, 9.9025241e-45, 2.1448743e-45, 2.4657080e-45),
    (0.8613, 0.300, 9.0031947e-45, 1.8575233e-45, 4.2323963e-45, 1.6713391e-45, 5.4191703e-47),
    (3.0, 0.010, 1.0127521e-44, 2.1607139e-45, 1.0072329e-44, 2.1585599e-45, 2.4863564e-45),
    (3.0, 1.0, 9.4580458e-45, 1.7152087e-45, 4.8509909e-45, 1.5354147e-45, 1.6631147e-47),
    (10.0, 5.0, 9.3698875e-45, 1.5026225e-45, 3.1503633e-45, 1.2599006e-45, 2.4946720e-48),
]


@pytest.fixture(scope="module")
def electron():
    return ElectronScattering.on(atom("H", binding="free"), "tree")


@pytest.mark.parametrize("row", NU_E, ids=lambda row: f"E={row[0]},T={row[1]}")
def test_cross_section_on_a_free_electron(electron, row):
    """Tree couplings with sin^2 theta_W = 0.23122; antineutrinos by the exchange of L and R. 1e-6: see above."""
    E, T, *expected = row
    operators = electron.operators(STANDARD)
    flavours = [np.diag(np.eye(3)[i]).astype(complex) for i in (0, 1)]
    found = [
        float(dsigma_dT(np.array([T]), E, operators, rho, electron, antineutrino=anti)[0])
        for anti in (False, True)
        for rho in flavours
    ]
    moment = PARAMETRISATIONS["universal"].neutrino({"mu_nu": 1e-11})
    only_dipole = electron.operators(moment) - operators
    found.append(float(dsigma_dT(np.array([T]), E, only_dipole, flavours[1], electron)[0]))
    np.testing.assert_allclose(np.array(found) / CM2, expected, rtol=1e-6)


def test_square_of_a_millicharge_on_a_free_electron(electron):
    """2 pi alpha^2 q^2/(m_e T^2) for T << E (constants sheet, section 6)."""
    T, E = 1e-6, 1e3
    q = jnp.zeros((3, 3)).at[1, 0].set(1e-3)  # strictly flavour changing: no interference with the weak part
    charged = Neutrino("dirac", "flavour", charge=q)
    change = electron.operators(charged) - electron.operators(STANDARD)
    rho = np.diag([1.0, 0, 0]).astype(complex)
    expected = 2 * math.pi * const.alpha**2 * 1e-6 / (const.m_e * T**2)
    assert float(dsigma_dT(np.array([T]), E, change, rho, electron)[0]) == pytest.approx(expected, rel=1e-6)


def test_millicharge_is_a_charge_radius_growing_as_1_over_q2(electron):
    """F_Q = q + q^2 <r^2>/6 with q^2 = -2 m_e T: a charge q acts as <r^2> = -3 q/(m_e T) at that T."""
    T, E, q = 2e-3, 0.4, 1e-12 * np.diag([1.0, -2.0, 3.0])
    rho = np.diag([0.5, 0.3, 0.2]).astype(complex)
    charged = electron.operators(Neutrino("dirac", "flavour", charge=q))
    radius = electron.operators(Neutrino("dirac", "flavour", charge_radius=-3 * q / (const.m_e * T)))
    anapole = electron.operators(Neutrino("dirac", "flavour", anapole=0.5 * q / (const.m_e * T)))
    for anti in (False, True):
        first, second, third = (
            float(dsigma_dT(np.array([T]), E, operators, rho, electron, antineutrino=anti)[0])
            for operators in (charged, radius, anapole)
        )
        assert first == pytest.approx(second, rel=1e-12)
        assert second == pytest.approx(third, rel=1e-12)


def test_flavour_changing_charge_radius_in_the_solar_beam(electron):
    """r^2_emu = +-1e-32 cm^2 shifts the solar nu-e rate by -0.34 % / +0.46 % (0.3 MeV, low T); +0.06 % without rho_emu.

    Constants sheet, section 5.2, to the digits printed; the shift falls by 6 % from 1 to 30 keV.
    """
    E, T, rho = 0.3, np.array([1e-3]), Solar.named().beam().rho("pp", 0.3)

    def rate(r2, rho):
        r2 = r2 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]) * 1e-32 * CM2
        operators = electron.operators(Neutrino("dirac", "flavour", charge_radius=r2))
        return float(dsigma_dT(T, E, operators, rho, electron)[0])

    shifts = [rate(x, rho) / rate(0, rho) - 1 for x in (1, -1)]
    np.testing.assert_allclose(shifts, [-0.0034, 0.0046], atol=5e-5)
    diagonal = np.diag(np.diag(rho))
    assert rate(1, diagonal) / rate(0, diagonal) - 1 == pytest.approx(0.0006, abs=5e-5)


# The Sun on free electrons in xenon: Z = 54, M = 131.9041535 u, tree couplings, B16-GS98, pp component.
MASS = 131.9041535 * const.atomic_mass
ANGLES = (33.68, 8.56, 43.3)
PP_RATE = {1.0: 3.01387, 10.0: 2.90722}


def survival(E, n_e):
    """P_ee by diagonalisation, with constants of its own."""
    s12, s13, s23 = np.sin(np.radians(ANGLES))
    c12, c13, c23 = np.cos(np.radians(ANGLES))
    R23 = np.array([[1, 0, 0], [0, c23, s23], [0, -s23, c23]])
    R13 = np.array([[c13, 0, s13], [0, 1, 0], [-s13, 0, c13]])
    R12 = np.array([[c12, s12, 0], [-s12, c12, 0], [0, 0, 1]])
    U = R23 @ R13 @ R12
    A = 1.52588e-7 * n_e * E  # eV^2 for mol/cm^3 and MeV
    H = U @ np.diag([0, 7.49e-5, 2.513e-3]) @ U.T + np.diag([A, 0, 0])
    matter = np.linalg.eigh(H)[1]
    return float(np.sum(matter[0] ** 2 * U[0] ** 2))


@pytest.mark.parametrize("keV", PP_RATE)
def test_solar_pp_rate_by_direct_quadrature(keV):
    """3.01387 and 2.90722 events/(t yr keV): 0.1 %, the sheet's n_e being one number and a spectrum interpolated."""
    table = tables.read("solar-spectrum-pp")
    nodes, shape = table.column("E", "MeV"), table.column("dN_dE", "1/MeV")
    m, T, s2 = 0.51099895, keV * 1e-3, 0.23122
    weak = 1.72326565e-44

    def cross_section(E):
        P = survival(E, 60.6)
        total = 0.0
        for weight, g_L in ((P, 0.5 + s2), (1 - P, -0.5 + s2)):
            total += weight * (g_L**2 + s2**2 * (1 - T / E) ** 2 - g_L * s2 * m * T / E**2)
        return weak * total * np.interp(E, nodes, shape)

    low = (T + math.sqrt(T**2 + 2 * m * T)) / 2
    inside = nodes[(nodes > low) & (nodes < nodes[-1])]
    edges = np.concatenate([[low], inside, nodes[-1:]])
    integral = sum(quad(cross_section, a, b, epsrel=1e-6)[0] for a, b in itertools.pairwise(edges))
    electrons = 54 * 1e6 / 131.9041535 * 6.02214076e23
    rate = electrons * 5.98e10 * integral * 365.25 * 86400 * 1e-3
    assert rate == pytest.approx(PP_RATE[keV], rel=1e-3)


def test_solar_pp_rate_through_the_fold():
    """The same through source, process, detector and fold, with bins of 0.01 keV and exact resolution."""
    eV2 = const.eV**2
    oscillation = Oscillation.from_degrees(*ANGLES, 212.0, dm2_21=7.49e-5 * eV2, dm2_3l=2.513e-3 * eV2)
    xenon = ElectronScattering.on(atom("Xe", binding="free", mass=MASS), "tree")
    edges = np.array([0.995, 1.005, 9.995, 10.005]) * KEV
    detector = Detector(edges, Exact(), Efficiency.constant(1.0))
    exposure = units.parse("1 t yr", "kg s")
    response = fold(Solar("B16-GS98", oscillation).beam(), xenon, detector, exposure=exposure)
    counts = response.counts(xenon.operators(STANDARD))[response.components.index("pp")]
    np.testing.assert_allclose(counts[np.array([0, 2])] / 0.01, list(PP_RATE.values()), rtol=1e-3)

"""Formulas of the literature are the mean of lambda^dagger lambda in the beam's density matrix."""

import math

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.mixing import Oscillation, density_matrix, nufit, pure_flavour, solar_density_matrix
from nudipole.numerics import jax
from nudipole.properties import Neutrino, mean, mu_eff

NUFIT = nufit("nufit-6.0-no")
U = np.asarray(NUFIT.pmns())
FLAVOURS = ("e", "mu", "tau")
SEEDS = range(4)


def complex_vector(seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=3) + 1j * rng.normal(size=3)


def majorana(seed):
    Lambda = complex_vector(seed)
    return Lambda, Neutrino.majorana(basis="mass", Lambda=Lambda)


def dirac(seed):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    return Neutrino.dirac(basis="mass", magnetic=X + X.conj().T, electric=Y + Y.conj().T)


def solar_weights(P, s13=NUFIT.sin2_13):
    """P_e1 = c13^2 P, P_e2 = c13^2 (1 - P), P_e3 = s13^2."""
    return np.array([(1 - s13) * P, (1 - s13) * (1 - P), s13])


def norm2(x):
    return np.sum(np.abs(x) ** 2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("nature", [dirac, lambda seed: majorana(seed)[1]], ids=["dirac", "majorana"])
def test_short_baseline_sum_over_mass_states_giunti_2014(seed, nature):
    """mu_l^2 = sum_j |sum_k U*_lk (mu_jk - i eps_jk)|^2."""
    nu = nature(seed)
    for i, flavour in enumerate(FLAVOURS):
        expected = math.sqrt(norm2(np.asarray(nu.lam) @ U[i].conj()))
        assert mu_eff(pure_flavour(flavour), nu.to_flavour(U).lam) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_amplitudes_at_distance(seed):
    """mu^2 = sum_k |sum_j mu_kj A_j(E, L)|^2."""
    nu, E, L = dirac(seed), 2.0, 1e17
    psi = U[0].conj() * np.exp(-1j * np.asarray(NUFIT.masses_squared()) * L / (2 * E))
    rho = density_matrix(NUFIT, E, L, "e")
    assert mu_eff(rho, nu.to_flavour(U).lam) ** 2 == pytest.approx(norm2(np.asarray(nu.lam) @ psi), rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_solar_moment_of_incoherent_mass_states(seed):
    """mu_S^2 = sum_k P_ek sum_j |mu_jk|^2, without any phase of U."""
    nu, weights = dirac(seed), solar_weights(0.6)
    expected = np.sum(weights * np.sum(np.abs(nu.lam) ** 2, axis=0))
    rho = solar_density_matrix(NUFIT, weights)
    assert mu_eff(rho, nu.to_flavour(U).lam) ** 2 == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_lambda_vector_in_the_flavour_basis_is_U_times_that_of_mass(seed):
    Lambda, nu = majorana(seed)
    lam = np.asarray(nu.to_flavour(U).lam)
    in_flavour = np.array([lam[1, 2], lam[2, 0], lam[0, 1]])
    phase = np.linalg.det(U).conj()
    np.testing.assert_allclose(in_flavour, phase * (U @ Lambda), atol=1e-13)
    assert norm2(in_flavour) == pytest.approx(norm2(Lambda), rel=1e-12)
    assert not np.allclose(np.abs(in_flavour), np.abs(U.conj() @ Lambda), rtol=1e-2)


@pytest.mark.parametrize("seed", SEEDS)
def test_majorana_short_baseline_identities(seed):
    """mu_a^2 = |Lambda|^2 - |Lambda_a|^2 = |Lambda|^2 - |sum_k U_ak Lambda_k|^2."""
    Lambda, nu = majorana(seed)
    flavour = Neutrino.majorana(basis="flavour", Lambda=Lambda)
    for i, name in enumerate(FLAVOURS):
        rho = pure_flavour(name)
        assert mean(rho, flavour.dipole_operator()) == pytest.approx(norm2(np.delete(Lambda, i)), rel=1e-12)
        in_mass = norm2(Lambda) - abs(U[i] @ Lambda) ** 2
        assert mean(rho, nu.to_flavour(U).dipole_operator()) == pytest.approx(in_mass, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_majorana_solar_identities(seed):
    """Both forms of the sheet, the second with P = P_e1/c13^2 as in Canas et al."""
    Lambda, nu = majorana(seed)
    P, s13 = 0.55, float(NUFIT.sin2_13)
    weights = solar_weights(P)
    rho = solar_density_matrix(NUFIT, weights)
    mu2 = float(mean(rho, nu.to_flavour(U).dipole_operator()))
    L1, L2, L3 = np.abs(Lambda) ** 2
    assert mu2 == pytest.approx(np.sum(weights * (norm2(Lambda) - np.abs(Lambda) ** 2)), rel=1e-12)
    c13 = 1 - s13
    assert mu2 == pytest.approx(norm2(Lambda) - c13 * L2 - s13 * L3 + c13 * P * (L2 - L1), rel=1e-12)


def test_phases_matter_at_a_reactor_and_not_in_the_sun():
    sun = solar_density_matrix(NUFIT, solar_weights(0.5))
    results = []
    for phase in (0.0, 2.0):
        lam = Neutrino.majorana(basis="mass", Lambda=[1, np.exp(1j * phase), 1]).to_flavour(U).lam
        results.append((float(mu_eff(pure_flavour("e"), lam)), float(mu_eff(sun, lam))))
    assert abs(results[0][0] - results[1][0]) > 0.05
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-12)


@pytest.mark.parametrize("P", [0.2, 0.5, 0.9])
def test_borexino_flavour_form_is_exact_without_theta_13(P):
    """mu_eff^2 = P_ee mu_e^2 + (1 - P_ee)(c23^2 mu_mu^2 + s23^2 mu_tau^2)."""
    mu = np.array([1.0, 2.0, 3.0])
    lam = Neutrino.dirac(basis="flavour", magnetic=np.diag(mu)).lam

    def both(s13):
        eV2 = const.eV**2
        oscillation = Oscillation(0.308, s13, 0.47, 3.7, 7.49e-5 * eV2, 2.513e-3 * eV2)
        rho = solar_density_matrix(oscillation, solar_weights(P, s13))
        P_ee = rho[0, 0].real
        form = P_ee * mu[0] ** 2 + (1 - P_ee) * (0.53 * mu[1] ** 2 + 0.47 * mu[2] ** 2)
        return float(mu_eff(rho, lam) ** 2), float(form)

    exact, form = both(0.0)
    assert exact == pytest.approx(form, rel=1e-12)
    exact, form = both(0.022)
    assert exact != pytest.approx(form, rel=1e-3)


def test_one_at_a_time_limits():
    """|mu_kk| < mu/sqrt(P_k); |mu_jk| < mu/sqrt(P_j + P_k); |Lambda_i| < mu/sqrt(1 - P_i)."""
    weights = solar_weights(0.6)
    rho = np.diag(weights)
    for k in range(3):
        unit = np.eye(3)[k]
        moment = mu_eff(rho, Neutrino.dirac(basis="mass", magnetic=np.diag(unit)).lam)
        assert moment == pytest.approx(math.sqrt(weights[k]), rel=1e-12)
        moment = mu_eff(rho, Neutrino.majorana(basis="mass", Lambda=unit).lam)
        assert moment == pytest.approx(math.sqrt(1 - weights[k]), rel=1e-12)
        i, j = [n for n in range(3) if n != k]
        transition = np.zeros((3, 3))
        transition[i, j] = transition[j, i] = 1
        moment = mu_eff(rho, Neutrino.dirac(basis="mass", magnetic=transition).lam)
        assert moment == pytest.approx(math.sqrt(weights[i] + weights[j]), rel=1e-12)


BOREXINO = 2.8e-11


def limits(rho, matrices):
    return [BOREXINO / float(mu_eff(rho, lam)) / 1e-11 for lam in matrices]


def test_borexino_2017_mass_basis_limits():
    """mu_11, mu_22, mu_33 < 3.4, 5.1, 18.7 and mu_12, mu_13, mu_23 < 2.8, 3.4, 5.0 (1e-11 mu_B)."""
    rho = np.diag([0.678, 1 - 0.678 - 0.02241, 0.02241])
    diagonal = [Neutrino.dirac(basis="mass", magnetic=np.diag(x)).lam for x in np.eye(3)]
    np.testing.assert_allclose(limits(rho, diagonal), [3.4, 5.1, 18.7], rtol=0.01)
    transition = [Neutrino.majorana(basis="mass", Lambda=x).lam for x in np.eye(3)[::-1]]
    np.testing.assert_allclose(limits(rho, transition), [2.8, 3.4, 5.0], rtol=0.02)


@pytest.mark.parametrize(
    ("P_ee", "s23", "expected"),
    [
        (0.53, 0.386, [3.85, 5.21, 6.57]),
        (0.53, 0.5, [3.85, 5.78, 5.78]),
        (0.55, 0.5, [3.78, 5.90, 5.90]),
        (0.57, 0.56, [3.71, 6.44, 5.71]),
    ],
)
def test_borexino_2017_flavour_limits_and_their_inputs(P_ee, s23, expected):
    rho = np.diag([P_ee, (1 - P_ee) * (1 - s23), (1 - P_ee) * s23])
    matrices = [Neutrino.dirac(basis="flavour", magnetic=np.diag(x)).lam for x in np.eye(3)]
    np.testing.assert_allclose(limits(rho, matrices), expected, atol=0.006)


def test_flux_normalisation_drops_out_and_axes_stay():
    rho = np.stack([np.diag([1.0, 0, 0]), 7 * np.diag([0.5, 0.5, 0])])
    lam = np.diag([1.0, 3.0, 0])
    np.testing.assert_allclose(mu_eff(rho, lam), [1, math.sqrt(5)])


def test_mean_is_differentiable_where_the_moment_vanishes():
    slope = jax.grad(lambda mu: mean(pure_flavour("e"), (mu * np.eye(3)).T @ (mu * np.eye(3))))(0.0)
    assert slope == 0

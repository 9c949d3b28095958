import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.mixing import (
    Oscillation,
    mass_weights,
    nufit,
    potential,
    production_weights,
    solar_density_matrix,
)
from nudipole.numerics import jax

EV2 = const.eV**2
NUFIT = nufit("nufit-6.0-no")
#: From far below the Sun's to far above, where all weight has moved to the heaviest state [MeV^2].
A = np.concatenate([[0.0], np.geomspace(1e-13, 1e2, 301)]) * EV2


def numerical(oscillation, A):
    U, m2 = np.asarray(oscillation.pmns()), np.asarray(oscillation.masses_squared())
    H = (U * m2) @ U.conj().T + A[:, None, None] * np.diag([1, 0, 0])
    _, vectors = np.linalg.eigh(H)
    ascending = np.abs(vectors[:, 0, :]) ** 2
    return ascending[:, np.argsort(np.argsort(m2))]


@pytest.mark.parametrize("name", ["nufit-6.0-no", "nufit-6.0-io", "nufit-6.1-nosk-no", "nufit-6.1-nosk-io"])
def test_closed_form_agrees_with_diagonalisation(name):
    oscillation = nufit(name)
    weights = production_weights(oscillation, A)
    np.testing.assert_allclose(weights, numerical(oscillation, A), rtol=0, atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.floats(0.01, 0.99)] * 3),
    st.floats(0, 6.3),
    st.floats(1e-6, 1e-3),
    st.sampled_from(["NO", "IO"]),
)
def test_closed_form_for_any_mixing(sin2, delta, dm2_21, ordering):
    dm2_3l = 2.5e-3 if ordering == "NO" else -2.5e-3
    oscillation = Oscillation(*sin2, delta, dm2_21 * EV2, dm2_3l * EV2, ordering=ordering)
    weights = production_weights(oscillation, A[::10])
    np.testing.assert_allclose(weights, numerical(oscillation, A[::10]), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["nufit-6.0-no", "nufit-6.0-io"])
def test_weights_start_at_the_vacuum_values_and_end_in_the_heaviest_state(name):
    oscillation = nufit(name)
    weights = np.asarray(production_weights(oscillation, A))
    np.testing.assert_allclose(weights[0], np.abs(oscillation.pmns()[0]) ** 2, atol=1e-14)
    np.testing.assert_allclose(weights[-1], [0, 0, 1] if name.endswith("no") else [0, 1, 0], atol=1e-5)


def test_high_energy_limit():
    # dm2_21 << A << dm2_31: P_ee = s13^4 + c13^4 s12^2.
    far = Oscillation(0.3, 0.022, 0.5, 1.0, 1e-9 * EV2, 10 * EV2)
    rho = solar_density_matrix(far, production_weights(far, 1e-4 * EV2))
    assert rho[0, 0].real == pytest.approx(0.022**2 + (1 - 0.022) ** 2 * 0.3, abs=1e-5)


def test_low_energy_limit():
    U2 = np.abs(np.asarray(NUFIT.pmns())) ** 2
    weights = mass_weights(NUFIT, np.array([1e-6]), np.array([90.0]), np.array([1.0]))
    np.testing.assert_allclose(weights[0], U2[0], atol=1e-6)
    np.testing.assert_allclose(np.diag(solar_density_matrix(NUFIT, weights)[0]).real, U2 @ U2[0], atol=1e-6)


def test_potential_per_mol_per_cubic_centimetre():
    # Solar source sheet: sqrt2 G_F N_A = 7.63e-14 eV, and A at n_e = 88 mol/cm^3 and 1 MeV = 1.343e-5 eV^2.
    assert potential(1.0) / const.eV == pytest.approx(7.63e-14, rel=1e-3)
    assert 2 * potential(88.0) / EV2 == pytest.approx(1.343e-5, rel=1e-3)


def test_pp_neutrinos_have_off_diagonal_coherence():
    # At 0.3 MeV, <n_e> of pp: rho_emu = -0.069, rho_etau = 0.156 (their real parts, delta = 212 degrees).
    weights = mass_weights(NUFIT, np.array([0.3]), np.array([60.64]), np.array([1.0]))
    rho = solar_density_matrix(NUFIT, weights)[0]
    assert rho[0, 1].real == pytest.approx(-0.069, rel=0.02)
    assert rho[0, 2].real == pytest.approx(0.156, rel=0.02)


def test_beryllium_weights_of_mu_and_tau():
    # <n_e> of 7Be: exact weights 0.234 and 0.240.
    weights = mass_weights(NUFIT, np.array([0.862]), np.array([79.58]), np.array([1.0]))
    rho = solar_density_matrix(NUFIT, weights)[0]
    assert rho[1, 1].real == pytest.approx(0.234, abs=1e-3)
    assert rho[2, 2].real == pytest.approx(0.240, abs=1e-3)


@pytest.mark.parametrize(
    ("energy", "n_e", "P_ee", "error"),
    [
        (0.267, 60.64, 0.57, 0.09),
        (0.862, 79.58, 0.532, 0.054),
        (1.44, 66.55, 0.428, 0.114),
        (8.1, 87.93, 0.37, 0.08),
    ],
)
def test_survival_probability_of_borexino_nature_2018(energy, n_e, P_ee, error):
    weights = mass_weights(NUFIT, np.array([energy]), np.array([n_e]), np.array([1.0]))
    assert solar_density_matrix(NUFIT, weights)[0, 0, 0].real == pytest.approx(P_ee, abs=error)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(1e-3, 20),
    st.lists(st.tuples(st.floats(0.01, 110), st.floats(0.01, 1)), min_size=3, max_size=3),
    st.sampled_from(["nufit-6.0-no", "nufit-6.0-io"]),
)
def test_hermitian_positive_of_trace_one(energy, zones, name):
    n_e, share = np.array(zones).T
    weights = mass_weights(nufit(name), np.array([energy]), n_e, share / share.sum())
    rho = np.asarray(solar_density_matrix(nufit(name), weights))[0]
    np.testing.assert_allclose(rho, rho.conj().T, atol=1e-14)
    assert np.trace(rho).real == pytest.approx(1, abs=1e-12)
    assert np.linalg.eigvalsh(rho).min() > -1e-12


def test_production_zone_is_an_average():
    E, n_e = np.array([0.5, 10.0]), np.array([20.0, 90.0])
    each = [mass_weights(NUFIT, E, n_e[i : i + 1], np.ones(1)) for i in range(2)]
    both = mass_weights(NUFIT, E, n_e, np.array([0.25, 0.75]))
    np.testing.assert_allclose(both, 0.25 * each[0] + 0.75 * each[1], rtol=1e-12)


def test_earth_step():
    weights = mass_weights(NUFIT, np.array([8.0]), np.array([88.0]), np.array([1.0]))
    day = solar_density_matrix(NUFIT, weights)
    np.testing.assert_allclose(solar_density_matrix(NUFIT, weights, earth=np.eye(3)[None]), day, atol=1e-15)
    S = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    np.testing.assert_allclose(solar_density_matrix(NUFIT, weights, earth=S)[0], S @ day[0] @ S.T, atol=1e-14)


def test_weights_of_zones_must_sum_to_one():
    with pytest.raises(OutOfRange, match="zone_weights"):
        mass_weights(NUFIT, np.array([1.0]), np.array([50.0, 60.0]), np.array([1.0, 1.0]))


def test_derivatives_in_theta_12():
    @jax.jit
    def P_e1(s12):
        oscillation = Oscillation(s12, 0.022, 0.5, 1.0, 7.5e-5 * EV2, 2.5e-3 * EV2)
        return production_weights(oscillation, np.array([1e-6, 1e-4]) * EV2)[:, 0]

    h = 1e-4
    low, mid, high = P_e1(0.3 - h), P_e1(0.3), P_e1(0.3 + h)
    slope = jax.jacfwd(P_e1)
    np.testing.assert_allclose(slope(0.3), (high - low) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(jax.jacfwd(slope)(0.3), (high - 2 * mid + low) / h**2, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "oscillation", [NUFIT, nufit("nufit-6.0-io"), Oscillation(0.79, 0.03, 0.5, 1.0, 7e-5 * EV2, 2.4e-3 * EV2)]
)
def test_averages_over_many_zones_are_those_of_every_zone(oscillation):
    """Interpolated; from no energy and no matter to far above the 1-2 resonance."""
    E = np.stack([np.concatenate([[0.0, 1e-12], np.geomspace(low, 25, 298)]) for low in (1e-4, 1.0)])
    n_e = np.concatenate([np.geomspace(105, 0.01, 38), [1e-9, 0.0]])
    shares = np.random.default_rng(1).dirichlet(np.ones(40), size=2)
    each = production_weights(oscillation, 2 * E[..., None] * np.asarray(potential(n_e)))
    found = np.asarray(mass_weights(oscillation, E, n_e, shares))
    np.testing.assert_allclose(found, np.einsum("snzk,sz->snk", each, shares), rtol=0, atol=1e-8)
    traced = jax.jit(mass_weights)(oscillation, E, n_e, shares)
    np.testing.assert_allclose(found, traced, rtol=0, atol=1e-8)

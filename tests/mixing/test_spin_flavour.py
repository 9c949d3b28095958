"""Precession: closed forms, conservation, derivatives, an independent integration."""

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import OutOfRange, PropertyRule, UnknownName
from nudipole.mixing import Oscillation, Path, first_order, flavours, full, nufit, potential, resolvent
from nudipole.mixing.levels import levels, minor
from nudipole.mixing.matter_path import MU_B_GAUSS
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino

BEST = nufit("nufit-6.0-no")
MAJORANA = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12])
DIRAC = Neutrino.dirac(basis="mass", magnetic=1e-12 * np.eye(3))


def brute(neutrino, oscillation, path, E):
    """Probabilities to leave as the six mass states, by exponentials of the whole Hamiltonian in very short steps."""
    U, m2 = np.asarray(oscillation.pmns()), np.asarray(oscillation.masses_squared())
    vacuum = (U * m2) @ U.conj().T / (2 * E)
    lam = np.asarray(neutrino.to_flavour(oscillation.pmns()).lam) * MU_B_GAUSS
    sign = -1.0 if neutrino.nature == "majorana" else 0.0
    h = np.diff(path.r)[:, None, None]
    n_e, n_n, B = (path.n_e[1:] + path.n_e[:-1]) / 2, (path.n_n[1:] + path.n_n[:-1]) / 2, (path.start + path.end) / 2
    other = vacuum.conj() if neutrino.nature == "majorana" else vacuum
    V = np.asarray(potential(n_e))[:, None, None] * np.diag([1, 0, 0])
    V = V - np.asarray(potential(n_n))[:, None, None] / 2 * np.eye(3)
    block = B[:, None, None] * lam
    H = np.block([[vacuum + V, np.swapaxes(block, 1, 2).conj()], [block, other + sign * V]])
    values, vectors = np.linalg.eigh(H * h)
    S = np.eye(6, dtype=complex)
    for energies, T in zip(values, vectors, strict=True):
        S = (T * np.exp(-1j * energies)) @ T.conj().T @ S
    left = np.block([[U, 0 * U], [0 * U, U.conj() if neutrino.nature == "majorana" else U]])
    return np.abs(left.conj().T @ S[:, 0]) ** 2


def steep(cells, B=3e5, phase=0.0):
    """A short path with a density and a field that change much."""
    x = np.linspace(0, 1, cells + 1)
    n_e, n_n = 300 * np.exp(-6 * x), 200 * np.exp(-7 * x)
    field = B * np.sin(np.pi * x) * np.exp(1j * phase * x)
    return Path.of(x * 6e8 * const.cm, n_e, n_n, field[:-1], field[1:])


@pytest.mark.parametrize(
    "neutrino", [MAJORANA, DIRAC, Neutrino.majorana(basis="flavour", Lambda=[1e-12j, 2e-12, 3e-13])]
)
@pytest.mark.parametrize("mixing", ["nufit-6.0-no", "nufit-6.0-io"])
def test_full_agrees_with_exponentials_of_the_whole_hamiltonian(neutrino, mixing):
    """No level is followed adiabatically here; mixing has its phase and both orderings."""
    mixed = nufit(mixing)
    found = full(neutrino.scaled(100), mixed, steep(800, phase=2.0), [10.0])
    wanted = brute(neutrino.scaled(100), mixed, steep(6000, phase=2.0), 10.0)
    ours = np.concatenate([found.kept[0, 0], found.partners[0, 0]])
    np.testing.assert_allclose(ours, wanted, atol=2e-4)
    assert wanted[3:].sum() > 0.01


def test_six_probabilities_sum_to_one():
    found = full(MAJORANA.scaled(1000), BEST, steep(1000), np.linspace(1, 15, 5))
    np.testing.assert_allclose(found.kept.sum(-1) + found.partners.sum(-1), 1, atol=1e-9)


def test_first_order_is_the_limit_of_full_where_levels_are_followed():
    x = np.linspace(0, 1, 2001)
    B = 1e3 * np.sin(np.pi * x) ** 2
    path = Path.of(x * 7e10 * const.cm, 1e-3 + 0 * x, 0 * x, B[:-1], B[1:])
    ours, exact = (solver(DIRAC, BEST, path, [10.0]).partners[0, 0] for solver in (first_order, full))
    # The first order is off by the conversion itself, 1e-4.
    np.testing.assert_allclose(ours.sum(), exact.sum(), rtol=2e-4)


def test_constant_field_in_vacuum_turns_dirac_moments_of_mass_states():
    path = Path.uniform(4e10 * const.cm, 1e7, cells=1000)
    found = full(DIRAC, BEST, path, [10.0])
    weights = np.abs(np.asarray(BEST.pmns())[0]) ** 2
    np.testing.assert_allclose(found.partners[0, 0], weights * np.sin(1e-12 * path.turns) ** 2, atol=1e-10)


def test_levels_are_those_of_the_matrix():
    for name in ("nufit-6.0-no", "nufit-6.0-io"):
        mixed = nufit(name)
        U, m2, basis = np.asarray(mixed.pmns()), np.asarray(mixed.masses_squared()), minor(mixed)
        for A in (0, 1e-16, -1e-16, -3e-15, 1e-13):
            H = (U * m2) @ U.conj().T + np.diag([A, 0, 0])
            values, states = levels(basis, A)
            T = np.asarray(basis.Q) @ np.asarray(states)
            np.testing.assert_allclose(H @ T, T * np.asarray(values), atol=1e-12 * max(abs(A), 2.5e-15))
            np.testing.assert_allclose(T.conj().T @ T, np.eye(3), atol=1e-9)


def test_resolvent_of_the_core():
    """`reference_precession_portal` (a): r0 = 0.05, 10 kG, to every printed digit."""
    zero = Oscillation(BEST.sin2_12, BEST.sin2_13, BEST.sin2_23, 0.0, BEST.dm2_21, BEST.dm2_3l)
    E = [0.862, 3, 5, 8, 10, 15]
    P = resolvent(MAJORANA, zero, E, np.array([89.127]), np.array([37.029]), np.array([1e4]))
    wanted = [2.2438e-12, 2.7769e-11, 5.6458e-11, 7.9361e-11, 8.5067e-11, 8.7638e-11]
    np.testing.assert_allclose(flavours(zero, P)[:, 0, 0], wanted, rtol=1e-4)


@pytest.mark.parametrize(
    "solver", [pytest.param(first_order, marks=pytest.mark.long), pytest.param(full, marks=pytest.mark.long)]
)
def test_derivatives_with_respect_to_field_and_mixing(solver):
    path = steep(60)

    def P(theta):
        mixed = Oscillation(theta[0], BEST.sin2_13, BEST.sin2_23, BEST.delta, BEST.dm2_21, BEST.dm2_3l)
        lam = theta[1] * jnp.array([[0, 1.0, 0], [-1, 0, 0], [0, 0, 0]]) * 1e-10
        return solver(Neutrino("majorana", "mass", lam), mixed, path, jnp.array([8.0])).partners[0, 0].sum()

    at = jnp.array([0.308, 1.0])
    ours = jax.grad(P)(at)
    steps = [(P(at + e) - P(at - e)) / 2e-5 for e in 1e-5 * jnp.eye(2)]
    np.testing.assert_allclose(ours, steps, rtol=1e-4)


def test_what_has_no_meaning_is_refused():
    path = steep(10)
    symmetric = Neutrino("majorana", "mass", 1e-12 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    with pytest.raises(PropertyRule, match="symmetric matrix has no meaning"):
        first_order(symmetric, BEST, path, [10.0])
    with pytest.raises(UnknownName):
        full(MAJORANA, BEST, path, [10.0], "x")
    with pytest.raises(OutOfRange, match="E = 0 MeV"):
        full(MAJORANA, BEST, path, [0.0])
    with pytest.raises(OutOfRange, match="more cells are needed"):
        full(MAJORANA.scaled(1e9), BEST, path, [10.0])
    with pytest.raises(OutOfRange, match="step between radii"):
        Path.of([0, 2, 1], [0, 0, 0], [0, 0, 0], [1, 1], [1, 1])
    with pytest.raises(OutOfRange, match="n_e"):
        Path.of([0, 1], [-1, 0], [0, 0], [1], [1])

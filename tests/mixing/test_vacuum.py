import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.mixing import FLAVOURS, Oscillation, density_matrix, evolve, nufit, pure_flavour
from nudipole.numerics import jax

KM = 1e5 * const.cm
NUFIT = nufit("nufit-6.0-no")
E = np.array([1.3, 3.4, 30.0])


def direct(oscillation, flavour, E, L, antineutrino):
    """psi_b = sum_k U_bk exp(-i m_k^2 L/2E) U*_ak, with U conjugated for antineutrinos."""
    U = np.asarray(oscillation.pmns())
    U = U.conj() if antineutrino else U
    phase = np.exp(-1j * np.asarray(oscillation.masses_squared()) * L / (2 * E))
    return U @ (phase * U[FLAVOURS.index(flavour)].conj())


@pytest.mark.parametrize("ordering", ["no", "io"])
@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("antineutrino", [False, True])
def test_agrees_with_amplitudes(ordering, flavour, antineutrino):
    oscillation, L = nufit(f"nufit-6.1-{ordering}"), 53 * KM
    rho = density_matrix(oscillation, E, L, flavour, antineutrino=antineutrino)
    for i, energy in enumerate(E):
        psi = direct(oscillation, flavour, energy, L, antineutrino)
        outer = np.outer(psi, psi.conj())
        np.testing.assert_allclose(rho[i], outer.T if antineutrino else outer, rtol=0, atol=1e-12)


def test_two_flavour_limit():
    two = Oscillation(0.3, 0, 0, 0, 7.5e-5 * const.eV**2, 2.5e-3 * const.eV**2)
    L = 180 * KM
    rho = density_matrix(two, E, L, "e")
    # The textbook formula with its rounded 1.26693.
    expected = 1 - 4 * 0.3 * 0.7 * np.sin(1.26693 * 7.5e-5 * 180e3 / E) ** 2
    np.testing.assert_allclose(rho[:, 0, 0].real, expected, atol=1e-4)


def test_nothing_happens_at_the_source():
    for antineutrino in (False, True):
        rho = density_matrix(NUFIT, np.array([0.0, 1.0]), 0.0, "mu", antineutrino=antineutrino)
        np.testing.assert_allclose(rho, np.broadcast_to(pure_flavour("mu"), (2, 3, 3)), atol=1e-15)


def test_average_is_the_mean_over_many_lengths():
    L = np.linspace(1e4, 6e4, 200_001) * KM
    mean = np.mean(density_matrix(NUFIT, 3.0, L, "e"), axis=0)
    averaged = density_matrix(NUFIT, 3.0, 1e4 * KM, "e", coherent=False)
    np.testing.assert_allclose(mean, averaged, atol=2e-3)
    U2 = np.abs(np.asarray(NUFIT.pmns())) ** 2
    np.testing.assert_allclose(np.diag(averaged).real, U2 @ U2[0], atol=1e-14)


def test_zero_energy_gives_the_average_and_finite_gradients():
    rho = density_matrix(NUFIT, np.array([0.0, 2.0]), KM, "e")
    np.testing.assert_allclose(rho[0], density_matrix(NUFIT, 0.0, KM, "e", coherent=False), atol=1e-15)
    slope = jax.jacfwd(lambda L: density_matrix(NUFIT, np.array([0.0, 2.0]), L, "e")[:, 0, 0].real)(KM)
    assert np.all(np.isfinite(slope))


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.1, 100),
    st.floats(0, 1e6),
    st.sampled_from(FLAVOURS),
    st.booleans(),
    st.booleans(),
)
def test_hermitian_positive_of_trace_one(energy, km, flavour, antineutrino, coherent):
    rho = np.asarray(density_matrix(NUFIT, energy, km * KM, flavour, antineutrino=antineutrino, coherent=coherent))
    np.testing.assert_allclose(rho, rho.conj().T, atol=1e-13)
    assert np.trace(rho).real == pytest.approx(1, abs=1e-12)
    assert np.linalg.eigvalsh(rho).min() > -1e-12


def test_paths_add_up():
    U, m2 = NUFIT.pmns(), NUFIT.masses_squared()
    for antineutrino in (False, True):
        half = evolve(pure_flavour("e"), U, m2, 3.0, 40 * KM, antineutrino=antineutrino)
        full = evolve(half, U, m2, 3.0, 13 * KM, antineutrino=antineutrino)
        once = density_matrix(NUFIT, 3.0, 53 * KM, "e", antineutrino=antineutrino)
        np.testing.assert_allclose(full, once, atol=1e-12)


def test_unknown_flavour():
    with pytest.raises(UnknownName, match="tau"):
        density_matrix(NUFIT, E, KM, "electron")

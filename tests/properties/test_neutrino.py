import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nudipole.errors import PropertyRule, UnknownName
from nudipole.mixing import FLAVOURS, density_matrix, evolve, nufit, pure_flavour
from nudipole.numerics import jax
from nudipole.properties import Neutrino, mean, transition_matrix

NUFIT = nufit("nufit-6.0-io")  # delta = 274 degrees
U = np.asarray(NUFIT.pmns())
E, L = 3.0, 2e16  # 4 km: all three phases are of order one or more
KEYS = ("magnetic", "electric", "charge", "charge_radius", "anapole")

seeds = st.integers(0, 2**32 - 1)


def complex_matrix(seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))


def hermitian(seed):
    X = complex_matrix(seed)
    return X + X.conj().T


def random_dirac(seed, basis="mass"):
    return Neutrino.dirac(basis=basis, **{key: hermitian(seed + i) for i, key in enumerate(KEYS)})


def random_majorana(seed):
    rng = np.random.default_rng(seed)
    X, Y, Z = rng.normal(size=(3, 3, 3))
    Lambda = rng.normal(size=3) + 1j * rng.normal(size=3)
    return Neutrino.majorana(
        basis="mass", Lambda=Lambda, charge=1j * (X - X.T), charge_radius=1j * (Y - Y.T), anapole=Z + Z.T
    )


RANDOM = {"dirac": random_dirac, "majorana": random_majorana}


def operators(nu):
    return nu.dipole_operator(), nu.vector, nu.charge, nu.vector.conj().T @ nu.vector


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(["dirac", "majorana"]))
def test_observables_are_the_same_in_either_basis(seed, nature):
    nu = RANDOM[nature](seed)
    psi = complex_matrix(seed)[0]
    rho_flavour = np.outer(psi, psi.conj())
    rho_mass = U.conj().T @ rho_flavour @ U
    for in_mass, in_flavour in zip(operators(nu), operators(nu.to_flavour(U)), strict=True):
        assert mean(rho_mass, in_mass) == pytest.approx(float(mean(rho_flavour, in_flavour)), rel=1e-12, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(["dirac", "majorana"]))
def test_there_and_back(seed, nature):
    nu = RANDOM[nature](seed)
    flavour = nu.to_flavour(U)
    assert (nu.basis, flavour.basis, flavour.nature) == ("mass", "flavour", nature)
    assert nu.to_mass(U) is nu
    assert flavour.to_flavour(U) is flavour
    back = flavour.to_mass(U)
    for name in ("lam", "charge", "charge_radius", "anapole"):
        np.testing.assert_allclose(getattr(back, name), getattr(nu, name), atol=1e-13)


def test_majorana_moments_stay_antisymmetric_and_dirac_moments_hermitian():
    lam = random_majorana(1).to_flavour(U).lam
    np.testing.assert_allclose(lam, -lam.T, atol=1e-14)
    lam = Neutrino.dirac(basis="mass", magnetic=hermitian(1)).to_flavour(U).lam
    np.testing.assert_allclose(lam, lam.conj().T, atol=1e-14)


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
@pytest.mark.parametrize("antineutrino", [False, True])
def test_rephasing_of_flavours_changes_nothing(nature, antineutrino):
    rng = np.random.default_rng(11)
    nu = RANDOM[nature](7)
    m2 = NUFIT.masses_squared()
    rho = density_matrix(NUFIT, E, L, "mu", antineutrino=antineutrino)
    before = [float(mean(rho, O)) for O in operators(nu.to_flavour(U))]
    for _ in range(5):
        P = np.diag(np.exp(2j * np.pi * rng.random(3)))
        rotated = evolve(pure_flavour("mu"), P @ U, m2, E, L, antineutrino=antineutrino)
        after = [float(mean(rotated, O)) for O in operators(nu.to_flavour(P @ U))]
        np.testing.assert_allclose(after, before, rtol=1e-12)


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
def test_rephasing_of_the_moments_by_hand(nature):
    """lambda_F -> P* lambda_F P^dagger (Majorana), P lambda_F P^dagger (Dirac)."""
    P = np.diag(np.exp(1j * np.array([0.3, 1.9, -2.2])))
    nu = RANDOM[nature](5)
    left = P.conj() if nature == "majorana" else P
    by_hand = left @ nu.to_flavour(U).lam @ P.conj().T
    np.testing.assert_allclose(nu.to_flavour(P @ U).lam, by_hand, atol=1e-13)


@pytest.mark.parametrize("flavour", ["e", "mu", "tau"])
def test_antineutrinos_by_amplitudes(flavour):
    """The amplitude of antineutrinos is lambda*_jk: the transposed density matrix is right, others wrong."""
    nu = random_dirac(3)
    lam, m2 = np.asarray(nu.lam), np.asarray(NUFIT.masses_squared())
    born = U[FLAVOURS.index(flavour)]  # antineutrino amplitudes of the mass states
    psi = np.exp(-1j * m2 * L / (2 * E)) * born
    direct = np.sum(np.abs(lam.conj() @ psi) ** 2)

    rho = density_matrix(NUFIT, E, L, flavour, antineutrino=True)
    operator = nu.to_flavour(U).dipole_operator()
    lam_flavour = nu.to_flavour(U).lam
    assert mean(rho, operator) == pytest.approx(direct, rel=1e-12)
    assert mean(rho.T, operator) != pytest.approx(direct, rel=1e-3)
    assert mean(rho.T, lam_flavour @ lam_flavour.conj().T) != pytest.approx(direct, rel=1e-3)


def test_neutrinos_by_amplitudes():
    nu = random_dirac(3)
    psi = np.exp(-1j * np.asarray(NUFIT.masses_squared()) * L / (2 * E)) * U[1].conj()
    direct = np.sum(np.abs(np.asarray(nu.lam) @ psi) ** 2)
    rho = density_matrix(NUFIT, E, L, "mu")
    assert mean(rho, nu.to_flavour(U).dipole_operator()) == pytest.approx(direct, rel=1e-12)


def test_vector_combination():
    nu = Neutrino.dirac(basis="mass", charge_radius=2 * np.eye(3), anapole=np.eye(3))
    np.testing.assert_array_equal(nu.vector, -4 * np.eye(3))


def test_electric_moments_enter_with_minus_i():
    nu = Neutrino.dirac(basis="mass", magnetic=np.eye(3), electric=np.eye(3))
    np.testing.assert_array_equal(nu.lam, (1 - 1j) * np.eye(3))


def test_lambda_vector():
    nu = Neutrino.majorana(basis="mass", Lambda=[1, 2, 3])
    np.testing.assert_array_equal(nu.lam, [[0, 3, -2], [-3, 0, 1], [2, -1, 0]])
    np.testing.assert_array_equal(Neutrino.majorana(basis="mass", lam=nu.lam).lam, nu.lam)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(KEYS))
def test_dirac_matrices_must_be_hermitian(seed, key):
    Neutrino.dirac(basis="flavour", **{key: hermitian(seed)})
    with pytest.raises(PropertyRule, match=f"{key} must be Hermitian"):
        Neutrino.dirac(basis="flavour", **{key: complex_matrix(seed)})


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(["mass", "flavour"]))
def test_majorana_moments_must_be_antisymmetric(seed, basis):
    X = complex_matrix(seed)
    Neutrino.majorana(basis=basis, lam=X - X.T)
    with pytest.raises(PropertyRule, match="antisymmetric"):
        Neutrino.majorana(basis=basis, lam=X - np.diag(np.diag(X)))


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_majorana_symmetries_of_charge_radius_and_anapole(seed):
    H = hermitian(seed)
    off_diagonal = H - np.diag(np.diag(H))
    for key in ("charge", "charge_radius"):
        Neutrino.majorana(basis="mass", **{key: 1j * H.imag})
        with pytest.raises(PropertyRule, match="own antiparticle"):
            Neutrino.majorana(basis="mass", **{key: H})
        with pytest.raises(PropertyRule, match="antisymmetric"):
            Neutrino.majorana(basis="mass", **{key: off_diagonal})
        with pytest.raises(PropertyRule, match="Hermitian"):
            Neutrino.majorana(basis="mass", **{key: H.imag})
    Neutrino.majorana(basis="mass", anapole=H.real)
    with pytest.raises(PropertyRule, match="symmetric"):
        Neutrino.majorana(basis="mass", anapole=H)


def test_majorana_diagonal_entry_says_why():
    with pytest.raises(PropertyRule, match=r"lam\[1, 1\].*own antiparticle"):
        Neutrino.majorana(basis="mass", lam=np.diag([0, 1e-11, 0]))


@pytest.mark.parametrize("key", ["charge", "charge_radius", "anapole"])
def test_majorana_charge_and_radii_belong_to_the_mass_basis(key):
    with pytest.raises(PropertyRule, match="state them in the mass basis"):
        Neutrino.majorana(basis="flavour", **{key: np.zeros((3, 3))})


def test_lam_and_Lambda_are_the_same_thing():
    with pytest.raises(PropertyRule, match="not both"):
        Neutrino.majorana(basis="mass", lam=np.zeros((3, 3)), Lambda=np.zeros(3))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_entries_must_be_finite(bad):
    X = np.zeros((3, 3))
    X[0, 2] = bad
    with pytest.raises(PropertyRule, match=r"magnetic\[0, 2\]"):
        Neutrino.dirac(basis="mass", magnetic=X)
    with pytest.raises(PropertyRule, match=r"Lambda\[1\]"):
        Neutrino.majorana(basis="mass", Lambda=[0, bad, 0])


@pytest.mark.parametrize("bad", [1.0, np.zeros(3), np.zeros((2, 3)), [[1, 2], [3]], "large"])
def test_shapes(bad):
    with pytest.raises(PropertyRule, match="magnetic"):
        Neutrino.dirac(basis="mass", magnetic=bad)


def test_names():
    with pytest.raises(UnknownName, match="flavour, mass"):
        Neutrino.dirac(basis="flavor")
    with pytest.raises(UnknownName, match="dirac, majorana"):
        Neutrino("weyl", "mass")


def test_change_of_basis_needs_a_unitary_matrix():
    with pytest.raises(PropertyRule, match="unitary"):
        random_dirac(0).to_flavour(2 * U)


def test_rounded_input_passes():
    Neutrino.dirac(basis="mass", magnetic=np.array([[1, 1j, 0], [-1j * (1 + 1e-12), 0, 0], [0, 0, 0]]) * 1e-11)


def test_works_under_jit_and_grad():
    @jax.jit
    def rate(x):
        nu = Neutrino.majorana(basis="mass", Lambda=x).to_flavour(U)
        return mean(pure_flavour("e"), nu.dipole_operator())

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(jax.grad(rate)(x) @ x, 2 * rate(x), rtol=1e-12)
    assert transition_matrix(x).shape == (3, 3)

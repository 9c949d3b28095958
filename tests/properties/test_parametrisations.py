import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import NudipoleError, UnknownName
from nudipole.mixing import nufit, pure_flavour, solar_density_matrix
from nudipole.numerics import jax
from nudipole.properties import PARAMETERS, PARAMETRISATIONS, Neutrino, find, mean, mu_eff, neutrino_of, neutrinos_of

U = np.asarray(nufit("nufit-6.0-no").pmns())
NAMES = [(name, p) for name, member in PARAMETRISATIONS.items() for p in member.parameters]


def some_values(parametrisation):
    rng = np.random.default_rng(2)
    return {name: rng.normal() for name in parametrisation.parameters}


@pytest.mark.parametrize("name", PARAMETRISATIONS)
def test_gives_a_neutrino_that_obeys_the_rules(name):
    nu = PARAMETRISATIONS[name].neutrino(some_values(PARAMETRISATIONS[name]))
    if nu.nature == "majorana":
        Neutrino.majorana(basis=nu.basis, lam=nu.lam)
    else:
        lam = np.asarray(nu.lam)
        Neutrino.dirac(
            basis=nu.basis,
            magnetic=(lam + lam.conj().T) / 2,
            electric=1j * (lam - lam.conj().T) / 2,
            charge=nu.charge,
            charge_radius=nu.charge_radius,
            anapole=nu.anapole,
        )


@pytest.mark.parametrize("name", PARAMETRISATIONS)
def test_default_is_the_standard_model(name):
    nu = PARAMETRISATIONS[name].neutrino({})
    assert all(not np.any(x) for x in (nu.lam, nu.charge, nu.charge_radius, nu.anapole))


@pytest.mark.parametrize("name", PARAMETRISATIONS)
def test_differentiable_under_jit(name):
    parametrisation = PARAMETRISATIONS[name]

    @jax.jit
    def matrices(values):
        nu = parametrisation.neutrino(values).to_flavour(U)
        return sum(abs(x[0, 1] + x[1, 1] + x[2, 2]) ** 2 for x in (nu.lam, nu.charge, nu.vector))

    values = some_values(parametrisation)
    for slope in jax.grad(matrices)(values).values():
        assert np.isfinite(slope)


def turned(nu):
    """What rates see of amplitudes that turn the helicity, to another neutrino or to a heavy lepton."""
    return nu.dipole_operator() + nu.heavy @ nu.heavy.conj().T + nu.converted[1] * np.eye(3)


def test_parameter_names_are_unique_and_described(subtests):
    for name, parameter in NAMES:
        with subtests.test(parameter):
            assert find(parameter).group == name
            entry = find(parameter)
            assert entry.unit in ("mu_B", "rad", "cm^2", "e", "1/GeV", "1", "mu_B kG")
            assert entry.meaning
            assert entry.default == 0.0


def test_amplitudes_enter_squared_alone(subtests):
    for parameter in PARAMETERS:
        with subtests.test(parameter):
            nu = PARAMETRISATIONS[find(parameter).group].neutrino({parameter: 2.0})
            once = PARAMETRISATIONS[find(parameter).group].neutrino({parameter: 1.0})
            rho = solar_density_matrix(nufit("nufit-6.0-no"), np.array([0.6, 0.3, 0.1]))
            flips, of_once = (float(mean(rho, turned(one.to_flavour(U)))) for one in (nu, once))
            assert find(parameter).squared == (flips > 0)
            assert flips == pytest.approx(4 * of_once)


def test_find_lists_what_there_is():
    with pytest.raises(UnknownName, match=r"lambda_1.*mu_nu.*r2_mutau"):
        find("mu")
    with pytest.raises(UnknownName, match="did you mean 'mu_e'"):
        find("mu_E")


def test_a_misspelt_value_is_an_error():
    with pytest.raises(UnknownName, match="mu_tau"):
        PARAMETRISATIONS["flavour-diagonal"].neutrino({"mu_t": 1e-11})


def test_universal_is_the_same_for_every_beam():
    nu = PARAMETRISATIONS[find("mu_nu").group].neutrino({"mu_nu": 3e-11})
    for flavour in ("e", "mu", "tau"):
        assert mu_eff(pure_flavour(flavour), nu.lam) == pytest.approx(3e-11)
    assert mu_eff(np.diag([0.2, 0.3, 0.5]), nu.to_mass(U).lam) == pytest.approx(3e-11)


def test_flavour_and_mass_diagonal():
    nu = PARAMETRISATIONS[find("mu_tau").group].neutrino({"mu_e": 1, "mu_mu": 2, "mu_tau": 3})
    assert (nu.nature, nu.basis) == ("dirac", "flavour")
    np.testing.assert_array_equal(nu.lam, np.diag([1, 2, 3]))
    nu = PARAMETRISATIONS[find("mu_33").group].neutrino({"mu_11": 1, "mu_22": 2, "mu_33": 3})
    assert (nu.nature, nu.basis) == ("dirac", "mass")
    np.testing.assert_array_equal(nu.lam, np.diag([1, 2, 3]))


def test_majorana_vector_with_phases():
    nu = PARAMETRISATIONS[find("lambda_1").group].neutrino({"lambda_2": 2.0, "phi_2": np.pi / 2})
    expected = Neutrino.majorana(basis="mass", Lambda=[0, 2j, 0])
    np.testing.assert_allclose(nu.lam, expected.lam, atol=1e-15)
    assert PARAMETRISATIONS[find("lambda_tau").group].neutrino({}).basis == "flavour"


def test_majorana_transition_moments_are_the_upper_triangle():
    nu = PARAMETRISATIONS[find("mu_12").group].neutrino({"mu_12": 1.0, "mu_13": 2.0, "mu_23": 3.0})
    np.testing.assert_array_equal(nu.lam, [[0, 1, 2], [-1, 0, 3], [-2, -3, 0]])


def test_charge_radius_is_in_square_centimetres():
    nu = PARAMETRISATIONS[find("r2_e").group].neutrino({"r2_e": 1e-32, "r2_etau": -2e-32})
    assert nu.vector[0, 0].real / const.cm**2 == pytest.approx(1e-32)
    assert nu.charge_radius[0, 2] == nu.charge_radius[2, 0]
    assert nu.charge_radius[2, 0].real * (const.hbar_c) ** 2 == pytest.approx(-2e-32)


def test_millicharge_is_in_elementary_charges():
    nu = PARAMETRISATIONS[find("q_mu").group].neutrino({"q_mu": 1e-12, "q_emu": 2e-12})
    np.testing.assert_allclose(nu.charge, [[0, 2e-12, 0], [2e-12, 1e-12, 0], [0, 0, 0]])


def test_electric_moments_are_the_imaginary_part():
    nu = neutrino_of({"mu_e": 3.0, "eps_e": 4.0, "eps_tau": 2.0})
    np.testing.assert_array_equal(nu.lam, np.diag([3 - 4j, 0, -2j]))
    # |mu - i eps|^2 = mu^2 + eps^2: a beam of nu_e sees 5.
    assert mu_eff(pure_flavour("e"), nu.lam) == pytest.approx(5.0)
    assert neutrino_of({"eps_22": 1.0}).basis == "mass"


def test_the_parameter_of_interest_and_back(subtests):
    for name in PARAMETERS:
        with subtests.test(name):
            parameter = find(name)
            if parameter.scale is None:
                with pytest.raises(NudipoleError, match=f"{name} alone changes no rate: choose a modulus"):
                    parameter.poi(1.0)
                continue
            value = 3 * parameter.size
            assert parameter.poi(value) == pytest.approx(9 if parameter.squared else 3)
            assert parameter.value(parameter.poi(value)) == pytest.approx(value)
            assert parameter.power(parameter.poi(value)) == pytest.approx(value**2 if parameter.squared else value)
            assert parameter.fitted == (f"{name}^2" if parameter.squared else name)
            # Beside others that are not zero a moment interferes: its own value is fitted, from zero on.
            assert parameter.interfering.poi(value) == pytest.approx(3)
            assert parameter.interfering.lower == parameter.lower
            assert parameter.lower == (0.0 if parameter.squared or name == "p_antinu" else -np.inf)


def test_many_neutrinos_are_those_one_by_one():
    points = [{"mu_12": 1.0}, {"mu_13": 2.0, "mu_23": -1.0}]
    many = neutrinos_of(points)
    for k, point in enumerate(points):
        np.testing.assert_array_equal(many.lam[k], neutrino_of(point).lam)
    with pytest.raises(NudipoleError, match="belong to different parametrisations"):
        neutrinos_of([{"mu_12": 1.0}, {"mu_e": 2.0}])

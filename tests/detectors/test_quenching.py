"""Quenching: published values, limits, inverse, and what is no quenching."""

import math

import numpy as np
import pytest

from nudipole import units
from nudipole.detectors import QUENCHINGS, Birks, ConstantFactor, Lindhard, Polynomial, Quenching, Tabulated, Unquenched
from nudipole.detectors.stopping import stopping_power
from nudipole.errors import OutOfRange
from nudipole.numerics import jax, jnp

KEV = 1e-3
CSI = (0.0554628, 4.30681, -111.707, 840.384)
EXAMPLES = {
    "none": Unquenched(),
    "factor": ConstantFactor(0.2),
    "lindhard": Lindhard(0.157, 32),
    "polynomial": Polynomial(CSI, 0.06),
    "table": Tabulated(np.array([1.0, 2.0, 10.0]) * KEV, np.array([0.1, 0.3, 2.2]) * KEV),
    "birks": Birks(0.95, units.parse("0.0109 cm/MeV", "cm/MeV"), units.parse("2.9e23 1/cm^3", "1/cm^3"), 62.4e-6),
}
T = np.geomspace(1e-6, 0.05, 60)


@pytest.fixture(params=sorted(QUENCHINGS))
def quenching(request):
    """A new kind needs an example."""
    found = EXAMPLES[request.param]
    assert type(found) is QUENCHINGS[request.param]
    return found


def test_rules_for_every_kind(quenching):
    """Shape kept, NumPy in NumPy out and the same as traced; zero at zero, increasing, less than the recoil."""
    found = quenching(T)
    assert isinstance(quenching, Quenching)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(jax.jit(lambda t: quenching(t))(jnp.asarray(T)), found, rtol=1e-13)
    assert quenching(T.reshape(3, 20)).shape == (3, 20)
    assert np.all(np.diff(found) > 0)
    assert np.all((found > 0) & (found <= T))
    assert quenching(np.array([0.0, 1e-12]))[0] == 0
    assert quenching(np.array([1e-12]))[0] < 1e-12 * 1.001
    slopes = jax.jit(jax.grad(lambda t: quenching(t).sum()))(jnp.asarray(T))
    step = 1e-6
    np.testing.assert_allclose(
        slopes, (quenching(T * (1 + step)) - quenching(T * (1 - step))) / (2 * step * T), rtol=1e-3
    )


def test_inverse_of_every_kind(quenching):
    np.testing.assert_allclose(quenching.recoil(quenching(T)), T, rtol=1e-12)
    assert quenching.recoil([0.0])[0] == 0
    assert quenching.recoil([]).shape == (0,)
    assert quenching.turnover(quenching(T[-1:])[0]) == np.inf


def test_traced_parameters_have_gradients():
    slope = jax.grad(lambda k: Lindhard(k, 32)(T).sum())(0.157)
    step = 1e-5
    expected = (Lindhard(0.157 + step, 32)(T) - Lindhard(0.157 - step, 32)(T)).sum() / (2 * step)
    assert slope == pytest.approx(expected, rel=1e-8)
    powers = jax.grad(lambda c: Polynomial(c)(T).sum())(jnp.array(CSI))
    np.testing.assert_allclose(powers, [(T**n).sum() for n in (1, 2, 3, 4)], rtol=1e-12)


def test_cesium_iodide_COHERENT_2021():
    """Values at 5 to 50 keV from the polynomial of the data release, to their four digits."""
    recoil = np.array([5.0, 10, 15, 20, 30, 40, 50]) * KEV
    expected = np.array([0.3715, 0.882, 1.4665, 2.0728, 3.2046, 4.1115, 4.8292]) * KEV
    np.testing.assert_allclose(Polynomial(CSI)(recoil), expected, rtol=2e-4)


@pytest.mark.parametrize("recoil", [0.1, 1.0, 10.0, 300.0])
def test_lindhard_germanium(recoil):
    """Against the formula."""
    epsilon = 11.5 * recoil / 32 ** (7 / 3)
    g = 3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon
    expected = recoil * 0.157 * g / (1 + 0.157 * g)
    assert Lindhard(0.157, 32)(np.array([recoil * KEV]))[0] == pytest.approx(expected * KEV, rel=1e-12)


def test_lindhard_limits():
    """Nothing of a slow nucleus ionises, all of a fast one does."""
    ratio = Lindhard(0.157, 32)(np.array([1e-30, KEV, 10 * KEV, 1e9])) / [1e-30, KEV, 10 * KEV, 1e9]
    assert ratio[0] < 1e-3
    assert ratio[1] == pytest.approx(0.171, abs=5e-4)
    assert ratio[2] == pytest.approx(0.234, abs=5e-4)
    assert 1 - 1e-5 < ratio[3] < 1


def test_negative_polynomial_counts_as_zero_and_up_to_holds_it():
    quenching = Polynomial([-0.1, 30.0, -400.0], 0.02)
    leaves_zero = quenching.kinks()[0]
    assert -0.1 + 30 * leaves_zero - 400 * leaves_zero**2 == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(quenching.kinks(), [leaves_zero, 0.02])
    below, above = quenching(np.array([0.5 * leaves_zero, leaves_zero])), quenching(np.array([0.02, 0.021, 1e3]))
    np.testing.assert_allclose(below, 0, atol=1e-17)
    np.testing.assert_allclose(above, -0.1 * 0.02 + 30 * 0.02**2 - 400 * 0.02**3, rtol=1e-14)
    assert quenching.recoil([1.01 * above[0]])[0] == np.inf


def test_turnover_of_a_polynomial():
    """T - 10 T^2 turns over at 0.05, at a value of 0.025."""
    assert Polynomial([1.0, -10.0]).turnover(0.026) == pytest.approx(0.05, rel=1e-2)
    assert Polynomial([1.0, -10.0]).turnover(0.02) == np.inf
    assert Polynomial([1.0, -10.0], 0.05).turnover(0.026) == np.inf


def test_table_keeps_its_ratio_outside():
    found = Tabulated([1.0, 2.0, 10.0], [0.1, 0.3, 2.0])(np.array([0.5, 1.0, 1.5, 2.0, 6.0, 10.0, 20.0]))
    np.testing.assert_allclose(found, [0.05, 0.1, 0.2, 0.3, 1.15, 2.0, 4.0], rtol=1e-14)


def test_table_may_start_at_zero():
    found = Tabulated([0.0, 2.0, 4.0], [0.0, 0.5, 2.0])
    np.testing.assert_allclose(found(np.array([0.0, 1.0, 2.0, 3.0])), [0, 0.25, 0.5, 1.25], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ConstantFactor(0.0), "quenching factor = 0"),
        (lambda: ConstantFactor(1.1), "quenching factor = 1.1"),
        (lambda: ConstantFactor(math.nan), "quenching factor = nan"),
        (lambda: Lindhard(0.0, 32), "k of Lindhard quenching = 0"),
        (lambda: Lindhard(0.157, -1), "Z of Lindhard quenching = -1"),
        (lambda: Polynomial([]), "number of coefficients of a quenching polynomial = 0"),
        (lambda: Polynomial([0.1], 0.0), "up to which a quenching polynomial holds"),
        (lambda: Polynomial([0.1, math.nan]), "coefficient of a quenching polynomial = nan"),
        (lambda: Tabulated([], []), "number of recoil energies of a quenching table = 0"),
        (lambda: Tabulated([1.0, 2.0], [1.0]), "number of energies of a quenching table = 1"),
        (
            lambda: Tabulated([1.0, 1.0], [0.1, 0.2]),
            "recoil energy in row 2 of a quenching table = 1 MeV must be more than 1 MeV",
        ),
        (
            lambda: Tabulated([1.0, 2.0], [0.2, 0.1]),
            "energy in row 2 of a quenching table = 0.1 MeV must be more than 0.2 MeV",
        ),
        (lambda: Tabulated([0.0, 1.0], [0.1, 0.2]), "first recoil energy of a quenching table"),
        (lambda: Tabulated([1.0, 2.0], [0.0, 0.2]), "first energy of a quenching table"),
    ],
)
def test_what_is_no_quenching(make, message):
    with pytest.raises(OutOfRange, match=message):
        make()


@pytest.mark.parametrize(("energy", "published"), [(0.01, 22.56), (0.1, 4.115), (1.0, 1.849)])
def test_stopping_power_of_water_is_that_of_icru_37(energy, published):
    """MeV cm^2/g for I = 75 eV; to its last digit, at 1 MeV less the density effect of 1.3 %."""
    electrons = units.parse("3.3428e23 1/cm^3", "1/cm^3")
    found = units.express(float(stopping_power(np.array(energy), electrons, 75e-6)), "MeV/cm")
    assert found == pytest.approx(published, rel=3e-4 if energy < 1 else 0.014)


@pytest.mark.parametrize("kB", [0.0, 0.0109, 0.02])
def test_birks_against_quadrature(kB):
    """The table of E/T against an integral over the logarithm of T."""
    electrons, value = units.parse("2.9e23 1/cm^3", "1/cm^3"), units.parse(f"{kB} cm/MeV", "cm/MeV")
    scale = Birks(1.1, value, electrons, 62.4e-6)
    for E in (0.02, 0.24, 1.25):
        x, w = np.polynomial.legendre.leggauss(400)
        u = np.log(1e-9) + (np.log(E) - np.log(1e-9)) * (1 + x) / 2
        light = np.exp(u) / (1 + value * stopping_power(np.exp(u), electrons, 62.4e-6))
        expected = 1.1 * (np.log(E) - np.log(1e-9)) / 2 * w @ light
        assert float(scale(np.array(E))) == pytest.approx(expected, rel=1e-5)


def test_wrong_numbers_of_birks_are_named():
    for wrong, name in (
        ((0.0, 1.0, 1.0, 1e-4), "factor"),
        ((1.0, -1.0, 1.0, 1e-4), "kB"),
        ((1.0, 1.0, 0.0, 1e-4), "el"),
    ):
        with pytest.raises(OutOfRange, match=name):
            Birks(*wrong)

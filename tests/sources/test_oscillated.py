import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import density_matrix, nufit
from nudipole.sources.oscillated import Flight, rho

NUFIT = nufit("nufit-6.0-no")
KM = 1e5 * const.cm
E = np.array([0.0, 1.3, 3.4, 30.0])


@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize("flavour", ["e", "mu", "tau"])
def test_without_oscillation_a_flavour_stays(flavour, antineutrino):
    pure = rho(None, E, KM, flavour, antineutrino=antineutrino)
    np.testing.assert_array_equal(pure.sum(axis=(1, 2)), 1)
    np.testing.assert_array_equal(pure[:, *2 * [("e", "mu", "tau").index(flavour)]], 1)


@pytest.mark.parametrize("coherent", [False, True])
@pytest.mark.parametrize("antineutrino", [False, True])
def test_agrees_with_propagation_in_vacuum(antineutrino, coherent):
    mixed = rho(NUFIT, E, KM, "mu", antineutrino=antineutrino, coherent=coherent)
    expected = density_matrix(NUFIT, E, KM, "mu", antineutrino=antineutrino, coherent=coherent)
    np.testing.assert_allclose(mixed, expected, atol=1e-13)


def test_each_pair_is_averaged_where_its_phase_is_too_fast():
    """At 1e-4 MeV all are; at 0.05 MeV over 50 km 3-1 and 3-2 (6000 rad), of 2-1 (190 rad) less than 1 % is lost."""
    mixed = Flight((50 * KM,), oscillation=NUFIT).rho(np.array([1e-4, 0.05, 5.0]), "e", False)
    average, exact = (rho(NUFIT, np.array([0.05]), 50 * KM, "e", coherent=c)[0] for c in (False, True))
    np.testing.assert_allclose(mixed[0], average, atol=1e-3)
    U = np.asarray(NUFIT.pmns())
    in_mass = [U.conj().T @ matrix @ U for matrix in (mixed[1], exact)]
    np.testing.assert_allclose(in_mass[0][:2, 2] / in_mass[1][:2, 2], 0, atol=0.1)
    np.testing.assert_allclose(in_mass[0][0, 1] / in_mass[1][0, 1], 1, atol=0.01)
    np.testing.assert_allclose(mixed[2], rho(NUFIT, np.array([5.0]), 50 * KM, "e")[0], atol=1e-5)


def test_nodes_follow_the_oscillation():
    """Between nodes the density is linear: it differs from the exact one by less than 2e-3."""
    coarse, flat = np.array([1.0, 4.0, 4.0, 8.0]), np.array([1.0, 1.0, 2.0, 2.0])
    part = Flight((2 * KM,), oscillation=NUFIT).continuum("x", coarse, flat, "e", antineutrino=True)
    fine = np.linspace(1.001, 3.999, 4001)
    shown = np.interp(fine, part.E, part.density[:, 0, 0].real)
    np.testing.assert_allclose(shown, rho(NUFIT, fine, 2 * KM, "e", antineutrino=True)[:, 0, 0].real, atol=2e-3)
    flux = np.trapezoid(np.trace(part.density, axis1=1, axis2=2).real, part.E)
    assert flux == pytest.approx(11, rel=1e-12)
    assert np.sum(part.E == 4.0) == 2


def test_several_paths_are_mixed():
    both = Flight((KM, 2 * KM), (0.25, 0.75), NUFIT).rho(E, "e", True)
    one, two = (rho(NUFIT, E, L, "e", antineutrino=True) for L in (KM, 2 * KM))
    np.testing.assert_allclose(both, 0.25 * one + 0.75 * two, atol=1e-14)


def test_no_nodes_are_added_where_nothing_oscillates():
    for flight in (Flight(), Flight((KM,)), Flight((KM,), oscillation=NUFIT, coherent=False)):
        assert len(flight.refine(np.array([0.0, 5.0]), np.ones(2))[0]) == 2


def test_refusals():
    with pytest.raises(UnknownName, match="flavour 'electron'"):
        rho(None, E, KM, "electron")
    with pytest.raises(UnknownName, match="flavour 'electron'"):
        rho(NUFIT, E, KM, "electron")
    with pytest.raises(OutOfRange, match="path = -1"):
        Flight((-1.0,))
    with pytest.raises(OutOfRange, match="shares"):
        Flight((1.0, 2.0), (0.5, 0.6))

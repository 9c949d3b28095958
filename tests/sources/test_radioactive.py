import math

import numpy as np
import pytest

from nudipole import constants as const
from nudipole import units
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import nufit
from nudipole.sources.oscillated import rho
from nudipole.sources.radioactive import MonoEnergetic, RadioactiveSource, lines, mean_life

DAY = units.in_internal("d")
MCI = units.parse("1e6 Ci", "Bq")
M = units.in_internal("m")


@pytest.mark.parametrize("nuclide", ["51Cr", "37Ar"])
def test_every_decay_gives_one_neutrino(nuclide):
    E, fraction = lines(nuclide)
    assert fraction.sum() == pytest.approx(1, abs=1e-12)
    beam = RadioactiveSource.named(nuclide, MCI, 2 * M).beam()
    assert float(beam.flux()[0]) * const.cm**2 * const.second == pytest.approx(3.7e16 / (4 * np.pi * 200**2), rel=1e-9)
    np.testing.assert_array_equal(np.sort(beam.line_energies), np.sort(E))
    assert beam.antineutrino == (False,)


def test_144Ce_gives_two_antineutrinos_a_decay():
    beam = RadioactiveSource.named("144Ce", units.parse("1e5 Ci", "Bq"), 5 * M).beam()
    assert (beam.components, beam.antineutrino) == (("144Ce",), (True,))
    expected = 2 * 3.7e15 / (4 * np.pi * 500**2)
    assert float(beam.flux()[0]) * const.cm**2 * const.second == pytest.approx(expected, rel=1e-5)
    assert len(beam.line_energies) == 0
    np.testing.assert_allclose(beam.endpoints[-1], 2.9975)
    np.testing.assert_allclose(np.diag(beam.rho("144Ce", 2.0)).real, [1, 0, 0], atol=1e-15)
    assert mean_life("144Ce") * math.log(2) == pytest.approx(284.9 * DAY, rel=1e-3)


def test_mean_energies():
    """The sources are spoken of as 0.72 MeV (51Cr) and 0.811 MeV (37Ar), rounded."""
    for nuclide, mean in (("51Cr", 0.72), ("37Ar", 0.811)):
        E, fraction = lines(nuclide)
        assert E @ fraction == pytest.approx(mean, abs=5e-3)


def test_lines_to_the_excited_state_lie_320_keV_lower():
    E, fraction = lines("51Cr")
    np.testing.assert_allclose([E[0] - E[1], E[2] - E[3]], 0.32008, atol=2e-4)
    # Electrons of the same shells are caught, whatever the state: about the same ratio of L to K.
    assert fraction[2] / fraction[0] == pytest.approx(fraction[3] / fraction[1], rel=2e-3)


def test_activity_decays_during_the_exposure():
    half_life = 27.704 * DAY
    assert mean_life("51Cr") == pytest.approx(half_life / math.log(2), rel=1e-9)
    later = RadioactiveSource("51Cr", MCI, M, delay=half_life)
    assert later.mean_activity() == pytest.approx(MCI / 2, rel=1e-9)
    one = RadioactiveSource("51Cr", MCI, M, duration=half_life)
    assert one.mean_activity() == pytest.approx(MCI / 2 / math.log(2), rel=1e-9)
    days = np.linspace(0, 60, 6001) * DAY
    mean = np.trapezoid(MCI * np.exp(-days / mean_life("37Ar")), days) / days[-1]
    assert RadioactiveSource("37Ar", MCI, M, duration=days[-1]).mean_activity() == pytest.approx(mean, rel=1e-7)


def test_error_and_oscillation():
    beam = RadioactiveSource.named(distance=1000 * M, relative_error=0.02, oscillation=nufit("nufit-6.0-no")).beam()
    np.testing.assert_allclose(beam.covariance, 4e-4)
    rho = np.asarray(beam.rho("51Cr", 0.7473))
    np.testing.assert_allclose(rho, rho.conj().T, atol=1e-13)
    assert np.trace(rho).real == pytest.approx(1, abs=1e-12)
    assert 0 < rho[0, 0].real < 1 - 1e-3


@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize(("flavour", "i"), [("e", 0), ("mu", 1), ("tau", 2)])
def test_mono_energetic(flavour, i, antineutrino):
    flux = units.parse("1e8 1/cm^2/s", "1/cm^2/s")
    beam = MonoEnergetic(2.5, flux, flavour, antineutrino).beam()
    assert beam.components == (f"{'antinu' if antineutrino else 'nu'}_{flavour}",)
    assert beam.antineutrino == (antineutrino,)
    assert float(beam.flux()[0]) == pytest.approx(flux, rel=1e-14)
    np.testing.assert_array_equal(beam.line_energies, [2.5])
    assert beam.rho(beam.components[0], 1.0)[i, i] == 1
    assert MonoEnergetic.named().beam().components == ("nu_e",)


def test_refusals():
    with pytest.raises(UnknownName, match="choose from 144Ce, 37Ar, 51Cr"):
        RadioactiveSource.named("65Zn")
    with pytest.raises(UnknownName, match="choose from 37Ar, 51Cr"):
        lines("144Ce")
    with pytest.raises(UnknownName, match="radioactive source"):
        mean_life("65Zn")
    for settings in (
        {"activity": 0.0},
        {"distance": 0.0},
        {"delay": -1.0},
        {"duration": -1.0},
        {"relative_error": -1.0},
    ):
        with pytest.raises(OutOfRange, match=next(iter(settings))):
            RadioactiveSource.named(**settings)
    with pytest.raises(OutOfRange, match="E = 0"):
        MonoEnergetic(0.0, 1.0)
    with pytest.raises(OutOfRange, match="flux = -1"):
        MonoEnergetic(1.0, -1.0)
    with pytest.raises(UnknownName, match="flavour"):
        MonoEnergetic(1.0, 1.0, "electron")


def test_mono_energetic_oscillates_over_its_baseline():
    """A line at the first minimum of reactor oscillations: rho_ee is the survival probability, its flux the same."""
    L = 53e3 * M
    oscillation = nufit("nufit-6.0-no")
    flown = MonoEnergetic.named(4.0, flavour="e", antineutrino=True, baseline=L, oscillation=oscillation).beam()
    still = MonoEnergetic.named(4.0, flavour="e", antineutrino=True).beam()
    np.testing.assert_allclose(flown.flux(), still.flux(), rtol=1e-12)
    expected = rho(oscillation, np.array([4.0]), L, "e", antineutrino=True)[0]
    np.testing.assert_allclose(flown.rho("antinu_e", 4.0), expected, rtol=1e-12)
    assert 0.1 < expected[0, 0].real < 0.5
    averaged = MonoEnergetic.named(4.0, baseline=L, oscillation=oscillation, coherent=False).beam()
    # 1 - sin^2(2 theta_12) cos^4(theta_13)/2 - sin^2(2 theta_13)/2 with NuFIT 6.0: about 0.55.
    assert averaged.rho("nu_e", 4.0)[0, 0].real == pytest.approx(0.55, abs=0.01)

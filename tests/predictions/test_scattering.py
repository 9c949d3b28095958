"""Cross sections of one neutrino: closed forms with the classical electron radius, in cm."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.predictions import cross_sections

#: Classical radius of the electron [cm], CODATA 2022.
R_E = 2.8179403205e-13


def at(curve, T):
    """cm^2/keV at a recoil energy [keV]."""
    there = curve.value > 0
    return float(np.exp(np.interp(np.log(T / 1e3), np.log(curve.T[there]), np.log(curve.value[there]))))


def test_moment_on_a_free_electron():
    """pi r_e^2 mu^2 (1/T - 1/E)."""
    weak, dipole, *_ = cross_sections("H", 1.0, moments=[1e-11], binding="free").curves
    for T in (0.1, 1.0, 100.0):
        expected = math.pi * R_E**2 * 1e-22 * (1 / T - 1e-3)
        assert at(dipole, T) == pytest.approx(expected, rel=1e-4)
    # A neutrino of 1 MeV gives at most 2 E^2/(m_e + 2 E) = 796.5 keV.
    assert weak.T[weak.value > 0].max() == pytest.approx(0.7965, rel=0.03)


def test_moment_on_a_nucleus():
    """Z^2 as much as one electron has where recoils are small; abundances of isotopes are in it."""
    found = cross_sections("Ge", 3.0, moments=[1e-10], antineutrino=True)
    dipole = next(curve for curve in found.curves if curve.label == "cevns, mu_nu = 1e-10 mu_B")
    T = 2e-3
    assert at(dipole, T) == pytest.approx(32**2 * math.pi * R_E**2 * 1e-20 * (1 / T - 1 / 3e3), rel=0.02)


def test_moments_add_by_their_square_and_cross_the_standard_model():
    found = cross_sections("Xe", 1.0, moments=[1e-10, 1e-11])
    many, few = (next(c for c in found.curves if c.process == "nu-e" and c.moment == mu) for mu in (1e-10, 1e-11))
    assert many.value == pytest.approx(100 * few.value, rel=1e-12)
    crossing = found.crossing("nu-e", 1e-11)
    weak = found.curves[0]
    assert at(few, 1e3 * crossing) == pytest.approx(at(weak, 1e3 * crossing), rel=0.05)
    assert len(found.to_csv().splitlines()) == len(weak.T) + 1


@pytest.mark.parametrize("wrong", [{"flavour": "x"}, {"binding": "tight"}, {"energy": -1.0}, {"energy": 1e-6}])
def test_what_is_wrong(wrong):
    with pytest.raises(NudipoleError):
        cross_sections("Xe", **{"energy": 1.0, **wrong})

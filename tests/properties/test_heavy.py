"""Widths, lifetimes and flights of heavy leptons, d = 1e-6/GeV; the factors of 2 of the literature."""

import math

import pytest

from nudipole.errors import NudipoleError
from nudipole.properties import (
    DIPOLE_CONVENTIONS,
    decay_length,
    decayed,
    dipole_in_common,
    heavy_lifetime,
    heavy_width,
)


@pytest.mark.parametrize(
    ("m4", "width", "tau"),
    [
        (0.1, 7.957747e-26, 8.271335),
        (0.64, 2.086076e-23, 3.155264e-2),
        (1, 7.957747e-23, 8.271335e-3),
        (100, 7.957747e-17, 8.271335e-9),
    ],
)
def test_widths_and_lifetimes(m4, width, tau):
    """[GeV], [s]; a Majorana lepton has twice the width."""
    assert heavy_width(m4, 1e-6, "dirac") * 1e-3 == pytest.approx(width, rel=1e-6)
    assert heavy_lifetime(m4, 1e-6, "dirac") == pytest.approx(tau, rel=1e-6)
    assert heavy_lifetime(m4, 1e-6, "majorana") == pytest.approx(tau / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("m4", "E", "d", "metres"), [(30, 40, 1e-6, 81.0), (45, 50, 1e-5, 0.132), (100, 500, 1e-7, 1215)]
)
def test_decay_lengths(m4, E, d, metres):
    """Three printed digits."""
    assert decay_length(m4, E, d, "dirac") == pytest.approx(metres, rel=2e-3)


def test_the_best_fit_to_xenon1t_in_two_conventions():
    """2.2e-9 mu_B as mu, or as d of the printed Lagrangian: 0.2970 s and 0.0743 s at 640 keV."""
    for convention, d, tau in (("mu", 3.2593e-7, 0.2970), ("alpha-d2", 3.2593e-7, 0.2970), ("d", 6.5187e-7, 0.0743)):
        found = dipole_in_common(2.2e-9, convention, unit="mu_B")
        assert found == pytest.approx(d, rel=1e-4)
        assert heavy_lifetime(0.64, found, "dirac") == pytest.approx(tau, rel=1e-3)
    assert all(one.papers for one in DIPOLE_CONVENTIONS.values())


def test_a_crystal_sees_no_decay():
    """20 cm of CsI, d = 1e-6/GeV and m4 = 30 MeV: 2.5e-3."""
    assert decayed(decay_length(30, 40, 1e-6, "dirac"), 0.2) == pytest.approx(2.5e-3, rel=0.03)
    assert decayed(1.0, math.inf) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: heavy_width(1.0, 1e-6, "weyl"), "unknown nature of the heavy lepton 'weyl'"),
        (lambda: heavy_width(-1.0, 1e-6, "dirac"), "mass = -1 MeV must be finite and more than 0|must be more than 0"),
        (lambda: heavy_width(1.0, 0.0, "dirac"), "d = 0 1/GeV must be more than 0"),
        (lambda: decay_length(10.0, 9.0, 1e-6, "dirac"), "energy of the heavy lepton = 9 MeV must be more than 10 MeV"),
        (lambda: dipole_in_common(1.0, "nu"), "unknown convention of the dipole 'nu'"),
        (lambda: dipole_in_common(1.0, unit="1/keV"), "unknown unit of the dipole '1/keV'"),
    ],
)
def test_what_has_no_meaning(call, message):
    with pytest.raises(NudipoleError, match=message):
        call()

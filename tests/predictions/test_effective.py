"""Effective moments by beam and energy: an independent evaluation, closed forms."""

import dataclasses

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.mixing import nufit
from nudipole.predictions import effective_moments_by_energy
from nudipole.properties import Neutrino

#: nu_e, nu_mu, nu_tau near their sources for Lambda = (1.3 e^0.4i, 2.1 e^1.9i, 0.8 e^-2.5i), squared.
NEAR = (3.90459246, 4.19006118, 5.38534636)


def test_near_sources_and_in_the_sun():
    Lambda = np.array([1.3, 2.1, 0.8]) * np.exp(1j * np.array([0.4, 1.9, -2.5])) * 1e-11
    found = effective_moments_by_energy({"mine": Neutrino.majorana(basis="mass", Lambda=Lambda)})[0]
    np.testing.assert_allclose([(found.near[f] / 1e-11) ** 2 for f in ("e", "mu", "tau")], NEAR, rtol=1e-8)
    # 8B at 10 MeV and 90 mol/cm^3 has 2.63091810; it is born at 70 to 100, which moves that by 1.5 %.
    E, moment = found.sun["8B"]
    assert (np.interp(10.0, E, moment) / 1e-11) ** 2 == pytest.approx(2.631, rel=0.015)
    E, moment = found.sun["pp"]
    assert (np.interp(0.3, E, moment) / 1e-11) ** 2 == pytest.approx(4.209, rel=1e-3)


def test_the_third_state_is_the_same_at_all_energies():
    """|Lambda_3| alone: 1 - s13^2 of it, but for the matter at the highest energies."""
    mixed = dataclasses.replace(nufit(), delta=0.0)
    third = effective_moments_by_energy(oscillation=mixed)[2]
    np.testing.assert_allclose((third.sun["pp"][1] / 1e-11) ** 2, 1 - float(mixed.sin2_13), rtol=1e-4)
    assert (third.near["e"] / 1e-11) ** 2 == pytest.approx(1 - float(mixed.sin2_13))


def test_without_moments():
    with pytest.raises(NudipoleError, match="has no moments"):
        effective_moments_by_energy({"none": Neutrino.dirac(basis="flavour")})

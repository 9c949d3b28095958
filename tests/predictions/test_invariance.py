"""Predictions do not depend on the basis or the phases in which a neutrino is written down, to 1e-12."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole import predictions
from nudipole.mixing import nufit
from nudipole.models import MODELS
from nudipole.predictions.beams import Mixture, effective_moments, mass_lam, mixtures
from nudipole.properties import Neutrino
from nudipole.properties.vertex import conserves_cp, radiative_widths

OSCILLATION = nufit("nufit-6.0-no")
U = np.asarray(OSCILLATION.pmns())
BEAMS = list(mixtures(OSCILLATION).values())
REL = 1e-12


def random_neutrino(seed, nature):
    rng = np.random.default_rng(seed)
    lam = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return Neutrino(nature, "mass", lam if nature == "dirac" else lam - lam.T)


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
@pytest.mark.parametrize("seed", range(5))
def test_basis(seed, nature):
    mass = random_neutrino(seed, nature)
    flavour = mass.to_flavour(U)
    found, other = (effective_moments(one, BEAMS, U) for one in (mass, flavour))
    assert other == pytest.approx(found, rel=REL, abs=0)
    assert predictions.plasmon_moment(flavour) == pytest.approx(predictions.plasmon_moment(mass), rel=REL, abs=0)
    assert mass_lam(flavour, U) == pytest.approx(np.asarray(mass.lam), rel=REL, abs=1e-13)
    masses = np.array([0.01, 0.02, 0.05])
    again = radiative_widths(flavour.to_mass(U), masses)
    assert again == pytest.approx(radiative_widths(mass, masses), rel=1e-11, abs=0)


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
@pytest.mark.parametrize("seed", range(5))
def test_rephasing(seed, nature):
    """psi_k -> e^(i a_k) psi_k with U_ak -> U_ak e^(-i a_k), and the flavours with phases of their own."""
    rng = np.random.default_rng(100 + seed)
    mass = random_neutrino(seed, nature)
    states, flavours = (np.exp(1j * rng.uniform(0, 2 * np.pi, 3)) for _ in range(2))
    turned_U = flavours[:, None] * U * states.conj()
    left = states.conj() if nature == "majorana" else states
    turned = Neutrino(nature, "mass", left[:, None] * np.asarray(mass.lam) * states.conj())
    beams = [Mixture(b.name, b.words, flavours[:, None] * b.rho * flavours.conj()) for b in BEAMS]
    found = effective_moments(turned, beams, turned_U)
    assert found == pytest.approx(effective_moments(mass, BEAMS, U), rel=REL, abs=0)
    masses = np.array([0.01, 0.02, 0.05])
    assert radiative_widths(turned, masses) == pytest.approx(radiative_widths(mass, masses), rel=1e-11, abs=0)
    assert conserves_cp(mass) is False


@pytest.mark.parametrize("seed", range(5))
def test_solar_moments_know_no_phases(seed):
    rng = np.random.default_rng(seed)
    solar = [beam for beam in BEAMS if beam.is_solar]
    Lambda = rng.normal(size=3)
    found = []
    for _ in range(5):
        phases = np.exp(1j * rng.uniform(0, 2 * np.pi, 3))
        neutrino = Neutrino.majorana(basis="mass", Lambda=Lambda * phases)
        found.append(effective_moments(neutrino, solar, U))
    assert all(one == pytest.approx(found[0], rel=REL, abs=0) for one in found)
    reactor = [
        effective_moments(Neutrino.majorana(basis="mass", Lambda=Lambda * [1, phase, 1]), BEAMS[:1], U)["reactor"]
        for phase in (1, 1j)
    ]
    assert reactor[0] != pytest.approx(reactor[1], rel=1e-3, abs=0)


@pytest.mark.parametrize("name", ["sm-dirac", "sm-majorana", "su2h", "left-right"])
def test_models_in_both_bases(name):
    values = {"m_lightest": 0.02} if name.startswith("sm") else {}
    neutrino = MODELS[name].neutrino(values, OSCILLATION)
    other = neutrino.to_flavour(U) if neutrino.basis == "mass" else neutrino.to_mass(U)
    found, again = (predictions.predict(one, beams=BEAMS) for one in (neutrino, other))
    assert again.mu_eff == pytest.approx(found.mu_eff, rel=REL, abs=0)
    assert again.plasmon == pytest.approx(found.plasmon, rel=REL, abs=0)
    assert again.flavour() == pytest.approx(found.flavour(), rel=1e-10, abs=1e-12 * found.plasmon)


def test_majorana_phases_of_the_model():
    """a21 and a31 in U are the same as in the fields: moments near a source change, those from the Sun do not."""

    def moments(**phases):
        return predictions.predict("sm-majorana", m_lightest=0.05, beams=BEAMS, **phases)

    flat, turned = moments(), moments(a21="60 deg", a31="200 deg")
    assert turned.plasmon != pytest.approx(flat.plasmon, rel=1e-3, abs=0)


def test_cp():
    cp = Neutrino.majorana(basis="mass", lam=np.array([[0, 1j, 1j], [-1j, 0, 2], [-1j, -2, 0]]))
    assert conserves_cp(cp)  # 12 and 13 opposite, 23 equal
    assert not conserves_cp(Neutrino.majorana(basis="mass", lam=np.array([[0, 1j, 1], [-1j, 0, 2], [-1, -2, 0]])))
    assert not conserves_cp(Neutrino.majorana(basis="mass", Lambda=[1 + 1j, 0, 0]))
    rng = np.random.default_rng(7)
    phases = np.exp(1j * rng.uniform(0, 2 * np.pi, 3))
    real = rng.normal(size=(3, 3))
    assert conserves_cp(Neutrino("dirac", "mass", phases[:, None] * real * phases.conj()))
    assert not conserves_cp(Neutrino("dirac", "mass", real + 1e-6j * np.eye(3)))

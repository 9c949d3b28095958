"""Kinematics against energy-momentum conservation, and an invented process that the fold takes as it is."""

import math
from typing import ClassVar

import equinox as eqx
import numpy as np
import pytest

from nudipole.detectors import Detector, Efficiency, Exact
from nudipole.interactions import Absorption, Elastic, NucleusScattering, Upscattering, dsigma_dT
from nudipole.numerics import jnp
from nudipole.properties import Neutrino
from nudipole.rates import fold
from nudipole.sources import Beam
from nudipole.sources.beam import Component
from nudipole.targets import nucleus

KEV = 1e-3
CAESIUM = nucleus("Cs", 133)
M = float(CAESIUM.mass)


class Portal(eqx.Module):
    """An invented cross section, a constant wherever energy and momentum are conserved."""

    kinematics: Upscattering
    mass: float = eqx.field(converter=jnp.asarray)
    channels: ClassVar[tuple[str, ...]] = ("portal",)
    cut: ClassVar[None] = None
    target_mass: ClassVar[float] = 1.0

    @property
    def edges(self):
        return np.zeros(0)

    def kernels(self, T):
        one = jnp.ones_like(T)
        return jnp.stack([one, 0 * one, 0 * one])[None, None] * np.ones((2, 1, 1, 1))

    def operators(self, neutrino):
        return jnp.eye(3)[None]


def mass_squared_after(E, T, mass, cosine):
    """(k + p - p')^2 for a recoil T at an angle to the beam."""
    return -2 * mass * T - 2 * E * T + 2 * E * np.sqrt(T**2 + 2 * mass * T) * cosine


@pytest.mark.parametrize("m4", [0.0, 0.5, 8.0])
def test_recoils_along_the_beam_are_the_ends(m4):
    kind = Upscattering(m4) if m4 else Elastic()
    T = np.geomspace(1e-2, 30, 9) * KEV
    E = kind.E_min(T, M)
    np.testing.assert_allclose(mass_squared_after(E, T, M, 1.0), m4**2, rtol=1e-10, atol=1e-12)
    ends = np.array([kind.T_min(E, M), kind.T_max(E, M)])
    assert np.all(np.min(np.abs(ends / T - 1), axis=0) < 1e-9)
    assert np.all(ends[0] <= ends[1])


def test_a_light_lepton_is_elastic_and_a_heavy_one_has_a_threshold():
    E = np.geomspace(0.5, 50, 7)
    for end in ("T_max", "E_min"):
        np.testing.assert_allclose(
            getattr(Upscattering(1e-6), end)(E, M), getattr(Elastic(), end)(E, M), rtol=1e-10, err_msg=end
        )
    threshold = 10 + 10**2 / (2 * M)
    below, above = (Upscattering(10.0).T_max(np.array([threshold * (1 + d)]), M)[0] for d in (-1e-9, 1e-9))
    assert below == 0 < above
    assert np.all(Elastic().T_min(E, M) == 0)


def test_an_absorbed_energy_is_all_of_it_at_most():
    E = np.array([0.1, 3.0])
    assert np.all(Absorption().E_min(E, M) == E)
    assert np.all(Absorption().T_max(E, M) == E)
    assert np.all(Absorption().T_min(E, M) == 0)


def test_every_kind_states_its_basis():
    np.testing.assert_allclose(Elastic().basis(4.0), [1, 1 / 4, 1 / 16])
    np.testing.assert_allclose(Absorption().basis(4.0), [1, math.log(4)])
    assert (Elastic.logarithmic, Absorption.logarithmic) == (False, True)


def test_the_fold_of_another_kind_of_kinematics():
    """A constant kernel and a line of neutrinos: counts are the length of the allowed recoils in each bin."""
    process, E = Portal(Upscattering(8.0), M), 10.0
    low, high = (float(end(np.array([E]), M)[0]) for end in (process.kinematics.T_min, process.kinematics.T_max))
    assert 0.01 * KEV < low < high < 3 * KEV
    state = np.diag([1.0, 0, 0]).astype(complex)
    line = Component("line", np.zeros(0), np.zeros((0, 3, 3), complex), np.array([E]), state[None])
    edges = np.array([0.01 * KEV, (low + high) / 2, 3 * KEV])
    detector = Detector(edges, Exact(), Efficiency.constant(1.0))
    counts = fold(Beam.assemble([line]), process, detector, exposure=1.0).counts(process.operators(None))
    np.testing.assert_allclose(np.asarray(counts)[0], (high - low) / 2, rtol=1e-9)


def test_cross_sections_vanish_on_both_sides_of_what_is_allowed():
    process, E = Portal(Upscattering(8.0), M), 10.0
    low, high = (float(end(np.array([E]), M)[0]) for end in (process.kinematics.T_min, process.kinematics.T_max))
    T = np.array([0.99 * low, 1.01 * low, 0.99 * high, 1.01 * high])
    found = dsigma_dT(T, E, process.operators(None), np.eye(3) / 3, process)
    np.testing.assert_allclose(found, [0, 1, 1, 0])
    elastic = NucleusScattering.of(CAESIUM)
    operators = elastic.operators(Neutrino("dirac", "flavour"))
    assert np.all(dsigma_dT(T, E, operators, np.eye(3) / 3, elastic)[:2] > 0)

"""The prepared recoil spectrum against the general one, for every kind of beam."""

import math

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.interactions import AngleCut, ElectronScattering, EquivalentPhoton, NucleusScattering
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino
from nudipole.rates import recoil_spectrum
from nudipole.recoils import RecoilRate
from nudipole.sources import Beam, Reactor
from nudipole.sources.beam import Component
from nudipole.targets import Atom, atom, photoabsorption

KEV = 1e-3
GERMANIUM = NucleusScattering.on("Ge")
INVENTED = ElectronScattering.on(Atom("Xx", 1e4, np.array([0.0, 3.0, 25.0]) * KEV, np.array([4.0, 6.0, 2.0])))
PROCESSES = {
    "nucleus": (GERMANIUM, np.geomspace(1e-4, 4, 90) * KEV),
    "electron": (INVENTED, np.geomspace(1e-2, 9e3, 90) * KEV),
}


def matrices(rng, n):
    X = rng.normal(size=(n, 3, 3)) + 1j * rng.normal(size=(n, 3, 3))
    return X @ X.conj().swapaxes(-1, -2)


def part(rng, name, E, lines=(), *, antineutrino=False):
    """Any density matrices at the nodes, also at the first and the last."""
    return Component(name, np.array(E), matrices(rng, len(E)), np.array(lines), matrices(rng, len(lines)), antineutrino)


def beams():
    rng = np.random.default_rng(31)
    smooth = part(rng, "smooth", [0.0, 0.8, 1.9, 3.3, 9.0])
    stepped = part(rng, "stepped", [0.5, 1.8, 1.8, 4.0], [0.86, 2.2])
    lines = part(rng, "lines", [], [0.384, 1.44, 6.1])
    anti = part(rng, "anti", [1.0, 2.5, 2.5, 8.0], antineutrino=True)
    anti_line = part(rng, "anti line", [], [5.0], antineutrino=True)
    return {
        "neutrinos": [smooth, stepped],
        "neutrino-lines": [lines],
        "antineutrinos": [anti],
        "antineutrinos-with-a-line": [anti, anti_line],
        "both-with-lines": [smooth, anti, stepped, anti_line, lines],
    }


BEAMS = {name: Beam.assemble(parts) for name, parts in beams().items()}


def hermitian(rng, n):
    X = rng.normal(size=(n, 3, 3)) + 1j * rng.normal(size=(n, 3, 3))
    return X + X.conj().swapaxes(-1, -2)


@pytest.mark.parametrize(
    "name", [name if name == "both-with-lines" else pytest.param(name, marks=pytest.mark.long) for name in BEAMS]
)
@pytest.mark.parametrize("kind", PROCESSES)
def test_it_is_the_sum_over_components_of_the_recoil_spectrum(kind, name):
    """1e-9 of the largest matrix element of a channel: nodes of the merged spectrum are 1e-13 beside a step."""
    process, T = PROCESSES[kind]
    first = process if kind == "electron" else process[0]
    operators = hermitian(np.random.default_rng(4), len(first.channels))
    found = np.asarray(RecoilRate.of(BEAMS[name], process, exposure=3.0)(jnp.asarray(T), operators))
    response = recoil_spectrum(BEAMS[name], process, T, exposure=3.0)
    W = np.asarray(response.W)
    expected = np.einsum("sctij,cji->ct", W, operators).real
    size = np.abs(W).max(axis=(-1, -2)).sum(axis=0)
    assert np.all(np.abs(found - expected) <= 1e-9 * size)
    np.testing.assert_allclose(found.sum(axis=0), np.asarray(response.counts(operators)).sum(axis=0), rtol=1e-6)
    assert np.any(size > 0)


def test_a_pure_flavour_needs_one_number_of_the_density_matrix():
    """What makes it fast for a reactor: the other eight of nine are dropped, and nothing changes."""
    beam = Reactor.named().beam()
    rate = RecoilRate.of(beam, GERMANIUM)
    assert rate.carried == (0,)
    assert rate.density.shape[-1] == rate.above.shape[-1] == 1
    assert rate.E_line.shape[-1] == 0
    T = np.geomspace(1e-3, 3, 60) * KEV
    operators = GERMANIUM[0].operators(Neutrino("dirac", "flavour", 1e-11 * np.eye(3), 1e-12 * np.ones((3, 3))))
    expected = np.asarray(recoil_spectrum(beam, GERMANIUM, T).counts(operators)).sum(axis=0)
    np.testing.assert_allclose(rate(T, operators).sum(axis=0), expected, rtol=1e-11)


def test_gradient_in_a_moment():
    """The rate is quadratic in mu: its gradient is 2/mu times the dipole part, and zero at mu = 0."""
    rate = RecoilRate.of(BEAMS["both-with-lines"], GERMANIUM)
    T, standard = jnp.array([0.3 * KEV]), Neutrino("dirac", "flavour")

    def total(mu):
        return rate(T, GERMANIUM[0].operators(Neutrino("dirac", "flavour", mu * np.eye(3)))).sum()

    mu = 1e-10
    gain = float(total(mu) - rate(T, GERMANIUM[0].operators(standard)).sum())
    assert gain > 0
    assert float(jax.grad(total)(mu)) == pytest.approx(2 * gain / mu, rel=1e-8)
    assert float(jax.grad(total)(0.0)) == 0


def test_exposure_and_the_region_beyond_the_end_point():
    one, three = (RecoilRate.of(BEAMS["neutrinos"], INVENTED, exposure=x) for x in (1.0, 3.0))
    operators = INVENTED.operators(Neutrino("dirac", "flavour"))
    T = jnp.array([1.0, 100.0, 8700.0, 8800.0, 1e5]) * KEV
    np.testing.assert_allclose(three(T, operators), 3 * one(T, operators), rtol=1e-11)
    end = 2 * 9.0**2 / (0.51099895 + 18.0)
    assert 8.7 < end < 8.8
    assert np.all(np.asarray(one(T, operators))[:, 3:] == 0)
    assert np.all(np.asarray(one(T, operators))[0, :3] > 0)


@pytest.mark.parametrize(
    "process",
    [
        ElectronScattering.on(atom("Xe"), cut=AngleCut("cos_theta", 0.9)),
        EquivalentPhoton(photoabsorption({"Xe": 1}), 1.2e5),
    ],
    ids=["cut", "absorption"],
)
def test_what_it_cannot_do_is_refused(process):
    with pytest.raises(NudipoleError, match=r"use nudipole.rates.recoil_spectrum"):
        RecoilRate.of(BEAMS["neutrinos"], process)
    assert math.isfinite(float(np.abs(recoil_spectrum(BEAMS["neutrinos"], process, np.array([0.05])).W).max()))

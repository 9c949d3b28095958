import numpy as np
import pytest

from nudipole.errors import OutOfRange, UnknownName
from nudipole.sources import Beam
from nudipole.sources.beam import Component

UNIT = np.diag([1.0, 0, 0]).astype(complex)
NONE = np.zeros(0), np.zeros((0, 3, 3), complex)


def continuum(name, E, weights, **kwargs):
    density = np.asarray(weights)[:, None, None] * UNIT
    return Component(name, np.asarray(E, float), density, *NONE, **kwargs)


def spikes(name, E, weights):
    line = np.asarray(weights)[:, None, None] * np.diag([0, 1.0, 0]).astype(complex)
    return Component(name, *NONE, np.asarray(E, float), line)


@pytest.fixture(scope="module")
def beam():
    return Beam.assemble(
        [
            continuum("short", [0.0, 1.0], [0.0, 2.0]),
            continuum("stepped", [0.5, 2.0, 2.0, 3.0], [1.0, 1.0, 3.0, 0.0], antineutrino=True),
            spikes("two", [0.4, 0.9], [3.0, 1.0]),
            spikes("one", [1.4], [5.0]),
        ]
    )


def test_flux_of_each_component(beam):
    np.testing.assert_allclose(beam.flux(), [1, 3, 4, 5], rtol=1e-14)


def test_axes_and_names(beam):
    assert beam.components == ("short", "stepped", "two", "one")
    assert beam.antineutrino == (False, True, False, False)
    assert beam.density.shape == (4, 4, 3, 3)
    assert beam.line.shape == (4, 2, 3, 3)
    np.testing.assert_array_equal(beam.covariance, np.zeros((4, 4)))


def test_padding_carries_no_flux(beam):
    np.testing.assert_array_equal(beam.E[0], [0, 1, 1, 1])
    assert np.all(np.asarray(beam.density[0, 2:]) == 0)
    np.testing.assert_array_equal(np.sort(beam.line_energies), [0.4, 0.9, 1.4])


def test_where_spectra_begin_end_and_jump(beam):
    np.testing.assert_array_equal(beam.endpoints, [0, 0.5, 1, 2, 3])


def test_density_matrix_at_an_energy_or_at_the_next_line(beam):
    np.testing.assert_allclose(beam.rho("short", 0.3), UNIT, atol=1e-15)
    # 1 MeV is where lines that only pad sit.
    np.testing.assert_allclose(beam.rho("one", 1.0), np.diag([0, 1, 0]), atol=1e-15)


@pytest.mark.parametrize(("component", "E"), [("short", 0.0), ("short", 1.1), ("stepped", 0.4)])
def test_no_density_matrix_where_there_is_no_flux(beam, component, E):
    with pytest.raises(OutOfRange, match=component):
        beam.rho(component, E)


def test_unknown_component(beam):
    with pytest.raises(UnknownName, match="choose from one, short, stepped, two"):
        beam.rho("pp", 1.0)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (continuum("x", [1.0, 0.5], [1, 1]), "step between energies of x = -0.5"),
        (continuum("x", [-1.0, 0.5], [1, 1]), "lowest energy of x = -1"),
        (spikes("x", [0.0], [1.0]), "line energy of x = 0"),
    ],
)
def test_energies_must_increase_and_be_positive(part, message):
    with pytest.raises(OutOfRange, match=message):
        Beam.assemble([part])


@pytest.fixture(scope="module")
def mixture():
    """Three of neutrinos and two of antineutrinos, any matrices; steps inside, at the ends and at common energies."""
    rng = np.random.default_rng(12)

    def matrices(n):
        X = rng.normal(size=(n, 3, 3)) + 1j * rng.normal(size=(n, 3, 3))
        return X @ X.conj().swapaxes(-1, -2)

    nodes = [[0.0, 0.3, 0.3, 1.2], [0.3, 0.9, 1.5, 1.5, 2.0], [], [0.7, 0.7, 1.1], [0.2, 0.7, 3.0]]
    lines = [[0.5], [], [0.5, 1.7, 2.4], [], [0.9]]
    helicities = [False, False, False, True, True]
    return Beam.assemble(
        [
            Component(f"part {s}", np.array(E), matrices(len(E)), np.array(line), matrices(len(line)), helicity)
            for s, (E, line, helicity) in enumerate(zip(nodes, lines, helicities, strict=True))
        ]
    )


def test_merging_keeps_the_flux_of_each_helicity(mixture):
    merged = mixture.merged()
    assert merged.components == ("neutrinos", "antineutrinos")
    assert merged.antineutrino == (False, True)
    flux = np.asarray(mixture.flux())
    np.testing.assert_allclose(merged.flux(), [flux[:3].sum(), flux[3:].sum()], rtol=1e-12)
    total = [np.asarray(mixture.line[s]).sum(axis=(0, 1)) for s in (slice(0, 3), slice(3, 5))]
    np.testing.assert_allclose(np.asarray(merged.line).sum(axis=1), total, rtol=1e-14)
    np.testing.assert_allclose(np.unique(merged.line_energies), [0.5, 0.9, 1.7, 2.4])


def test_merging_keeps_the_spectrum_matrix_by_matrix(mixture):
    """Between nodes, on both sides of every step, and beyond the ends; 1e-11, energies being 1e-13 beside a node."""
    merged = mixture.merged()
    edges = np.unique(np.concatenate([np.asarray(mixture.E).ravel(), np.linspace(0.01, 3.1, 97)]))
    at = np.sort(np.concatenate([edges * (1 - 1e-9), edges * (1 + 1e-9)]))

    def density(beam, s):
        E, values = np.asarray(beam.E[s]), np.asarray(beam.density[s]).reshape(-1, 9)
        return np.stack([np.interp(at, E, column, left=0, right=0) for column in values.T], axis=-1)

    for h, parts in enumerate(((0, 1, 2), (3, 4))):
        expected = sum(density(mixture, s) for s in parts)
        np.testing.assert_allclose(density(merged, h), expected, rtol=1e-11, atol=1e-11 * np.abs(expected).max())
    # Steps at 0.3 (two at once), 1.2, 1.5 and 2.0; at 0.7 (two at once), 0.2, 1.1 and 3.0.
    assert {0.3, 1.2, 1.5, 2.0, 0.7, 0.2, 1.1} <= set(merged.endpoints)


def test_merging_twice_or_a_single_component_changes_nothing(mixture):
    once = mixture.merged()
    twice = once.merged()
    np.testing.assert_allclose(twice.flux(), once.flux(), rtol=1e-13)
    assert twice.components == once.components
    alone = Beam.assemble([continuum("x", [0.5, 2.0, 2.0, 3.0], [1.0, 1.0, 3.0, 0.0], antineutrino=True)]).merged()
    assert alone.components == ("antineutrinos",)
    np.testing.assert_allclose(alone.flux(), [3.0], rtol=1e-12)
    np.testing.assert_array_equal(alone.endpoints, [0.5, 2.0, 3.0])
    assert alone.line_energies.size == 0

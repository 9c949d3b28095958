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

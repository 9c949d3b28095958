"""Pulses of protons against an independent road to the same fractions."""

import numpy as np
import pytest

from nudipole import units
from nudipole.errors import OutOfRange
from nudipole.sources import PionDecayAtRest, Pulse

US = units.in_internal("us")
TAU_PI = 0.026033 * US


@pytest.mark.parametrize("width", [0.002, 0.05, 0.3])
def test_gaussian_pulse_against_a_table_of_it(width):
    """Two roads: error functions in closed form, and the exact sum over the cells of a fine table."""
    t = np.linspace(-8 * width, 8 * width, 4001)
    table = Pulse(times=tuple(t * US), intensity=tuple(np.exp(-0.5 * (t / width) ** 2)))
    edges = np.array([-1.0, -0.2, 0, 0.03, 0.1, 0.5, 1, 3, 20]) * US
    closed = PionDecayAtRest.named(pulse=Pulse(0.0, width * US)).timing(edges)
    np.testing.assert_allclose(PionDecayAtRest.named(pulse=table).timing(edges), closed, atol=2e-6)


def test_rectangular_pulse():
    """Protons during 0.4 us: before its end 1 - tau/t (1 - exp(-t/tau)) of those born have decayed."""
    pulse = Pulse.rectangle(0.2 * US, 0.4 * US)
    t = np.array([0.1, 0.4]) * US
    expected = (t - TAU_PI * -np.expm1(-t / TAU_PI)) / (0.4 * US)
    np.testing.assert_allclose(pulse.decayed(t, TAU_PI), expected, rtol=1e-12)
    later = pulse.decayed(np.array([0.5 * US]), TAU_PI)
    assert 1 - later[0] == pytest.approx((1 - expected[-1]) * np.exp(-0.1 * US / TAU_PI), rel=1e-9)


def test_refusals():
    with pytest.raises(OutOfRange, match="width"):
        Pulse(0.0, -1.0)
    with pytest.raises(OutOfRange, match=r"time \d of the pulse"):
        Pulse(times=(1.0, 0.0), intensity=(1.0, 1.0))
    with pytest.raises(OutOfRange, match=r"time \d of the pulse"):
        Pulse.rectangle(1.0, 0.0)
    with pytest.raises(OutOfRange, match="number of intensities"):
        Pulse(times=(0.0, 1.0), intensity=(1.0,))
    with pytest.raises(OutOfRange, match=r"intensity( \d)? of the pulse"):
        Pulse(times=(0.0, 1.0), intensity=(1.0, -1.0))

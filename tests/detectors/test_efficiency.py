import numpy as np
import pytest

from nudipole.detectors import Efficiency
from nudipole.errors import OutOfRange, UnknownName


def test_linear_between_nodes_zero_below_constant_above():
    efficiency = Efficiency.table([1.0, 2.0, 4.0], [0.2, 0.6, 0.4])
    found = efficiency(np.array([0.0, 0.999, 1.0, 1.5, 2.0, 3.0, 4.0, 9.0]))
    np.testing.assert_allclose(found, [0, 0, 0.2, 0.4, 0.6, 0.5, 0.4, 0.4], rtol=1e-14)


def test_constant():
    np.testing.assert_allclose(Efficiency.constant(0.7)(np.array([0.0, 1e-6, 1e6])), 0.7)


@pytest.mark.parametrize(
    ("E", "value", "message"),
    [
        ([1.0, 1.0], [0.1, 0.2], "energy in row 2 of an efficiency = 1 MeV must be more than 1 MeV"),
        ([2.0, 1.0], [0.1, 0.2], "energy in row 2 of an efficiency = 1 MeV must be more than 2 MeV"),
        ([1.0, 2.0], [0.1, 1.2], "efficiency in row 2 = 1.2"),
        ([1.0, 2.0], [-0.1, 0.2], "efficiency in row 1 = -0.1"),
        ([1.0, 2.0], [0.1, float("nan")], "efficiency in row 2 = nan"),
        ([1.0, float("nan")], [0.1, 0.2], "energy in row 2 of an efficiency = nan"),
        ([1.0, 2.0, 3.0], [0.1, 0.2], "number of efficiency values = 2"),
        ([1.0], [0.1], "number of efficiency values = 1"),
    ],
)
def test_what_is_no_efficiency(E, value, message):
    with pytest.raises(OutOfRange, match=message):
        Efficiency.table(E, value)


def test_of_which_energy():
    with pytest.raises(UnknownName, match="recoil, reconstructed, true"):
        Efficiency.table([1.0, 2.0], [0.1, 0.2], of="seen")


def test_constant_outside_its_range():
    with pytest.raises(OutOfRange, match="efficiency"):
        Efficiency.constant(1.5)

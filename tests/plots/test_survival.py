"""What a model survives along its parameters: a pure number has no brackets."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nudipole import plots


@pytest.mark.parametrize(("unit", "label"), [("1", "$\\mathrm{f}$"), ("GeV", "$\\mathrm{f}$ [$\\mathrm{GeV}$]")])
def test_an_axis_names_its_parameter(unit, label):
    f = np.geomspace(1e-3, 1, 5)
    result = SimpleNamespace(
        model="su2h", names=("f",), units=(unit,), axes=(f,), logarithmic=(True,), cl=0.9,
        p=np.array([0.5, 0.4, 0.2, 0.01, 0.0]), plasmon=1e-11 * f, stars=("stars", 1e-12),
    )  # fmt: skip
    _, axes = plots.figure()
    plots.region_of_model(result, axes)
    assert axes.get_xlabel() == label

"""Regions of two parameters: which levels are drawn is said."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nudipole import plots


@pytest.mark.parametrize(
    ("cl", "levels"), [(0.9, ["68%", "90%", "95%"]), (0.68, ["68%", "95%"]), (0.95, ["68%", "95%", "99%"])]
)
def test_title_and_legend_have_the_levels(cl, levels):
    x = np.linspace(-2e-31, 2e-31, 21)
    result = SimpleNamespace(
        name="mine", parameters=("r2_e", "r2_mu"), units=("cm^2", "cm^2"), cl=cl, threshold=-2 * np.log(1 - cl), x=x,
        y=x, delta_chi2=(x[:, None] ** 2 + x**2) / 1e-62, best_fit=(0.0, 0.0), level=lambda cl: -2 * np.log(1 - cl),
    )  # fmt: skip
    _, axes = plots.figure()
    plots.contour(result, axes)
    assert axes.get_title(loc="left") == f"mine, two parameters: {', '.join(levels)} CL"
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == [*(f"{level} CL" for level in levels), "best fit"]

"""The profile curve shows all ends, with nothing in front of the curve."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nudipole import plots


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def covered(axes, fig):
    """Fraction of the first curve's points that lie under the legend."""
    fig.draw_without_rendering()
    box = axes.get_legend().get_window_extent()
    inside = [point for point in axes.lines[0].get_xydata() if point[1] <= axes.get_ylim()[1]]
    points = axes.transData.transform(inside)
    return np.mean([box.contains(*point) for point in points])


def test_moment(limit):
    fig, axes = plots.figure()
    plots.profile(limit, axes)
    assert labels(axes)[0] == "unified: 6.81"
    assert r"10^{-12}" in axes.get_legend().get_title().get_text()
    assert axes.get_xlabel() == r"$\mu_{\nu }^2$ [$10^{-22}\,\mu_B^2$]"
    assert axes.get_title(loc="left") == "xenonnt-2022, 90% CL"
    assert not axes.get_legend().get_frame_on()
    assert covered(axes, fig) == 0


@pytest.mark.parametrize(
    ("parameter", "unit", "label"),
    [
        ("d_tau", "1/GeV", r"$d_{\tau }^2$ [$10^{-22}\,(\mathrm{GeV}^{-1})^2$]"),
        ("mu_B_product", "mu_B kG", r"$(\mu_{12}B_0)^2$ [$10^{-22}\,(\mu_B\,\mathrm{kG})^2$]"),
        ("su2h.f", "1", r"$\mathrm{su2h.f}^2$ [$10^{-22}$]"),
    ],
)
def test_squares_of_units(limit, parameter, unit, label):
    fig, axes = plots.figure()
    plots.profile(dataclasses.replace(limit, parameter=parameter, unit=unit), axes)
    assert axes.get_xlabel() == label
    fig.draw_without_rendering()


def test_parameter_with_a_sign(signed):
    fig, axes = plots.figure()
    plots.profile(signed, axes)
    assert " to " in labels(axes)[0]
    assert axes.get_xlim()[0] < 0
    assert axes.get_xlabel().endswith(r"\mathrm{cm}^2$]")
    assert covered(axes, fig) == 0


def test_high_level_fits(limit):
    ends = {name: dataclasses.replace(item, threshold=12.0) for name, item in limit.constructions.items()}
    _, axes = plots.figure()
    plots.profile(dataclasses.replace(limit, constructions=ends, cl=0.9995), axes)
    assert axes.get_ylim()[1] > 12


@pytest.mark.parametrize("names", [("delta-chi2",), ("unified", "one-sided")])
def test_chosen_constructions(limit, names):
    _, axes = plots.figure()
    plots.profile(limit, axes, constructions=names)
    shown = [label.partition(":")[0] for label in labels(axes)]
    assert shown == [*names, r"expected, $\pm 1\sigma$, $\pm 2\sigma$"]

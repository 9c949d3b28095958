"""Profiles of joint fits, and what experiments will tell."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from figures import faults
from nudipole import plots

X = np.linspace(0.0, 4.0, 21)


def curve(width):
    return SimpleNamespace(values=X, delta_chi2=(X / width) ** 4)


def row(name, unit, size, width, alone=True):
    return SimpleNamespace(
        name=name, unit=unit, size=size, profile=curve(width), alone=curve(0.9 * width) if alone else None
    )


@pytest.fixture
def fit():
    rows = [row(f"lambda_{k}", "mu_B", 1e-11, 1 + k) for k in (1, 2)] + [row("|lambda|", "mu_B", 1e-11, 3, alone=False)]
    return SimpleNamespace(title="majorana: 2 experiments", rows=rows, cl=0.9, threshold=2.71)


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_profiles(fit):
    _, axes = plots.figure()
    assert plots.joint(fit, axes) is axes
    assert axes.get_title(loc="left") == "majorana: 2 experiments, 90% CL"
    assert axes.get_xlabel() == r"Parameters [$10^{-11}\,\mu_B$]"
    own = [r"$\lambda_{1}$", r"$\lambda_{2}$", r"$|\lambda|$"]
    assert labels(axes) == [*own, "others profiled", "others zero", r"$\Delta\chi^2 = 2.71$"]
    # Three profiles, two alone, the threshold.
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "-", "--", "-", ":"]
    assert axes.get_ylim()[0] == 0


def test_the_legend_covers_nothing_and_is_on_the_page(fit):
    fig, axes = plots.figure(7.2, 4.4)
    plots.joint(fit, axes)
    fig.draw_without_rendering()
    legend, inside, page = (
        axes.get_legend().get_window_extent(),
        axes.get_window_extent(),
        fig.get_window_extent(),
    )
    assert legend.x0 >= inside.x1
    assert legend.x1 <= page.x1


def test_several_units(fit):
    fit.rows.append(row("r2_e", "cm^2", 1e-32, 1.5))
    fig, axes = plots.figure()
    assert plots.joint(fit, axes) is axes
    moments, radii = fig.axes
    assert moments.get_xlabel() == r"Parameters [$10^{-11}\,\mu_B$]"
    assert radii.get_xlabel() == r"Parameters [$10^{-32}\,\mathrm{cm}^2$]"
    assert labels(radii) == [r"$\langle r^2\rangle_{e}$"]
    assert [line.get_linestyle() for line in radii.lines] == ["-", "--", ":"]
    assert faults(fig) == []


def test_what_is_not_limited_has_no_curve_far_out(fit):
    fit.rows[0].profile = SimpleNamespace(values=np.array([0.0, 1e6]), delta_chi2=np.zeros(2))
    _, axes = plots.figure()
    plots.joint(fit, axes)
    assert axes.get_xlim()[1] < 10


@pytest.fixture
def forecast():
    return SimpleNamespace(
        parametrisation=["flavour-diagonal"],
        parameters={"mu_e": "mu_B", "mu_mu": "mu_B", "phi_2": "rad"},
        errors={
            "one": {"mu_e": 2e-12, "mu_mu": np.inf, "phi_2": 1.0},
            "other": dict.fromkeys(("mu_e", "mu_mu"), np.inf),
        },
        limits={"one": {"mu_e": ((None, 3e-11),), "mu_mu": None}, "other": {"mu_e": None, "mu_mu": None}},
        cl=0.9,
    )


def test_forecast(forecast):
    fig, axes = plots.figure(7.2, 3.0)
    assert plots.forecast(forecast, axes) is axes
    assert labels(axes) == [r"$\mu_{e}$", r"$\mu_{\mu }$", "error", "expected 90%"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["one", "other"]
    assert [text.get_text() for text in axes.texts] == ["nothing known with all others free"]
    assert axes.get_xscale() == "log"
    assert faults(fig) == []
    fig.draw_without_rendering()
    assert axes.get_legend().get_window_extent().x1 <= fig.get_window_extent().x1


def test_no_point_of_a_forecast_covers_another(forecast):
    """Three parameters whose errors and limits are all one number, and one of another unit in a panel of its own."""
    names = [f"mu_{k}" for k in (11, 22, 33)]
    forecast.parameters = dict.fromkeys(names, "mu_B") | {"r2_e": "cm^2", "q_e": "1"}
    forecast.errors = {
        "one": dict.fromkeys(forecast.parameters, 1e-11),
        "other": dict.fromkeys(forecast.parameters, 1e-11),
    }
    forecast.limits = {"one": dict.fromkeys(forecast.parameters, ((None, 1e-11),))}
    fig, axes = plots.figure(7.2, 2.0)
    plots.forecast(forecast, axes)
    fig.draw_without_rendering()
    assert [panel.get_xlabel().partition("[")[2] for panel in fig.axes] == [r"$\mu_B$]", r"$\mathrm{cm}^2$]", ""]
    heights = [
        axes.transData.transform((1e-11, line.get_ydata()[0]))[1] for line in axes.lines if line.get_marker() in "o<"
    ]
    assert len(heights) == 9
    assert np.diff(np.sort(heights)).min() > 5 / 72 * fig.dpi
    assert faults(fig) == []


def test_a_forecast_without_numbers(forecast):
    forecast.errors, forecast.limits = {"one": {"mu_e": np.inf, "mu_mu": np.inf}}, {}
    _, axes = plots.figure()
    plots.forecast(forecast, axes)
    assert len(axes.texts) == 1

"""Two parameters at once against closed forms and against one parameter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

import nudipole as nd
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.experiments import load
from nudipole.inference.contour import contour


@pytest.fixture(scope="module")
def radii():
    """COHERENT without arrival times would not do: the example's prompt and delayed neutrinos tell flavours apart."""
    return contour([load("example-sns-csi")], "mu_e", "mu_mu", points=15)


def test_edges_are_profiles_of_one_parameter(radii):
    """At mu_mu = 0 the region's Delta chi2 is that of mu_e alone."""
    alone = nd.limit(load("example-sns-csi"), "mu_e")
    on_axis = np.interp(radii.x, np.sqrt(alone.grid), alone.delta_chi2)
    inside = radii.x < np.sqrt(alone.grid[-1])
    np.testing.assert_allclose(radii.delta_chi2[inside, 0], on_axis[inside], atol=0.02)


def test_projection_at_the_minimum(radii):
    """Asimov data: the best fit is at zero, and the threshold that of two degrees of freedom."""
    assert radii.delta_chi2[0, 0] == pytest.approx(0, abs=1e-4)
    assert max(radii.best_fit) < 0.3 * radii.x[-1]
    assert radii.threshold == pytest.approx(chi2.ppf(0.9, 2), rel=1e-9)
    assert radii.threshold == pytest.approx(4.605, abs=1e-3)
    (low, high), _ = radii.extent()
    assert low == 0
    assert high < radii.x[-1]


def test_plot(radii):
    axes = radii.plot()
    assert (axes.get_xlim()[0], axes.get_ylim()[0]) == (0, 0)
    assert axes.get_title(loc="left") == "example-sns-csi, two parameters: 68%, 90%, 95% CL"
    assert radii.plot(axes) is axes


def test_radii_have_a_sign(own):
    """The grid reaches to both sides of zero."""
    alone = contour([load(own())], "r2_e", "r2_emu", points=5)
    assert alone.x[0] < 0 < alone.x[-1]
    text = alone.to_csv().splitlines()
    assert text[0] == "r2_e [cm^2],r2_emu [cm^2],delta_chi2 [1]"
    assert len(text) == 1 + 25


@pytest.mark.parametrize(
    ("first", "second", "settings", "error", "words"),
    [
        ("mu_e", "mu_e", {}, NudipoleError, "twice"),
        ("mu_e", "r2_e", {}, NudipoleError, "different parametrisations"),
        ("mu_e", "mu_mu", {"cl": 2}, OutOfRange, "cl"),
        ("mu_e", "mu_mu", {"points": 3}, OutOfRange, "points"),
    ],
)
def test_wrong_questions(xenonnt, first, second, settings, error, words):
    with pytest.raises(error, match=words):
        contour([xenonnt], first, second, **settings)

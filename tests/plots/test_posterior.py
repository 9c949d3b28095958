"""Pictures of posteriors: every parameter has its panel."""

from __future__ import annotations

import pytest

from nudipole import plots
from nudipole.errors import UnknownName
from nudipole.inference.credible import credible


@pytest.fixture(scope="module")
def posterior(experiment):
    return credible([experiment], draws=400, expected=False)


def test_marginal(posterior):
    _, axes = plots.figure()
    plots.marginal(posterior, axes)
    (label,) = [text.get_text() for text in axes.get_legend().get_texts()]
    assert label.startswith("upper: 8.")
    assert axes.get_legend().get_title().get_text() == "prior flat in mu_nu^2"
    assert axes.get_xlabel() == r"$\mu_{\nu }$ [$10^{-12}\,\mu_B$]"
    assert axes.get_title(loc="left") == "xenonnt-2022, 90% credibility"
    assert axes.patches[0].get_extents().xmin >= 0


def test_trace(posterior, tmp_path):
    fig = plots.trace(posterior)
    assert len(fig.axes) == 2 * 6
    assert [len(axes.lines) for axes in fig.axes[::2]] == [4] * 6
    assert "divergences 0" in fig.axes[0].get_title(loc="left")
    assert plots.save(fig, tmp_path / "trace.png").stat().st_size > 10_000


def test_corner(posterior, tmp_path):
    fig = plots.corner(posterior, nuisances=["B0", "15O flux (B16-GS98)"])
    assert len(fig.axes) == 9
    # Above the diagonal there is nothing, below it two regions a pair.
    assert [axes.axison for axes in fig.axes] == [True, False, False, True, True, False, True, True, True]
    assert all(len(fig.axes[k].collections) > 0 for k in (3, 6, 7))
    assert fig.axes[6].get_xlabel() == r"$\mu_{\nu }$ [$10^{-12}\,\mu_B$]"
    assert plots.save(fig, tmp_path / "corner.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(UnknownName, match="B0"):
        plots.corner(posterior, nuisances=["B1"])

"""A fitted spectrum, with residuals below."""

from __future__ import annotations

from copy import copy
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import NDArray

from nudipole.plots.counts import Spectrum, horizontal, spectrum
from nudipole.plots.style import BLACK, figure

_PALE = ("#e8ebef", "#f3f5f7")
#: Inches: width, both panels, and the room between them.
_WIDTH, _UPPER, _LOWER, _GAP = 7.2, 3.9, 1.15, 0.08


class Fitted(Protocol):
    """Components at the best fit, all expected counts before it, and residuals in standard deviations."""

    @property
    def spectrum(self) -> Spectrum: ...
    @property
    def before(self) -> NDArray[np.float64]: ...
    @property
    def residuals(self) -> NDArray[np.float64]: ...
    def over(self, axis: str) -> Fitted:
        """The same of counts summed to bins of energy, or of time, alone."""
        ...


def post_fit(result: Fitted, *, along: str = "energy") -> Figure:
    """Draw a spectrum at its best fit, the expectation before it, and the residuals of the bins below.

    Parameters
    ----------
    result : Fitted
    along : {"energy", "time"}
        What the horizontal axis is, where there are bins of both.

    Returns
    -------
    Figure
        Its axes are those of the spectrum and of the residuals.

    Examples
    --------
    >>> from nudipole.inference.post_fit import post_fit as fitted
    >>> upper, lower = post_fit(fitted("xenonnt-2022")).axes
    >>> lower.get_ylabel()
    'Residual [$\\\\sigma$]'
    """
    result = result.over(along)
    above, below, left, right = 0.35, 0.58, 0.7, 0.15
    height = above + _UPPER + _GAP + _LOWER + below
    fig, upper = figure(_WIDTH, height)
    wide = 1 - (left + right) / _WIDTH
    upper.set_position((left / _WIDTH, (below + _LOWER + _GAP) / height, wide, _UPPER / height))
    spectrum(result.spectrum, upper, along=along, before=result.before)
    lower = fig.add_axes((left / _WIDTH, below / height, wide, _LOWER / height))
    lower.set(xscale=upper.get_xscale(), xlim=upper.get_xlim(), xlabel=upper.get_xlabel())
    for axis, like in ((lower.xaxis, upper.xaxis),):
        axis.set_major_locator(copy(like.get_major_locator()))
        axis.set_major_formatter(copy(like.get_major_formatter()))
        axis.set_minor_locator(copy(like.get_minor_locator()))
        axis.set_minor_formatter(NullFormatter())
    upper.tick_params(axis="x", which="both", labelbottom=False)
    upper.set_xlabel("")
    edges, _ = horizontal(result.spectrum, along)
    for reach, tint in ((2, _PALE[1]), (1, _PALE[0])):
        lower.axhspan(-reach, reach, color=tint, lw=0, zorder=0)
    lower.axhline(0, color=BLACK, lw=0.6, zorder=1)
    lower.plot((edges[:-1] + edges[1:]) / 2, result.residuals, "o", ms=3.5, color=BLACK, zorder=3)
    most = max(3.0, 1.15 * float(np.max(np.abs(result.residuals))))
    lower.set_ylim(-most, most)
    lower.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    lower.set_ylabel(r"Residual [$\sigma$]", fontsize=9)
    return fig

"""Emissivity over temperature and density."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole.plots.style import figure


class Grid(Protocol):
    """Emissivity on a grid: [K], [g/cm^3], [erg/(g s)]."""

    @property
    def T(self) -> NDArray[np.float64]: ...
    @property
    def rho(self) -> NDArray[np.float64]: ...
    @property
    def total(self) -> NDArray[np.float64]: ...
    @property
    def fit(self) -> NDArray[np.float64]: ...


def astro_grid(result: Grid) -> Figure:
    """Draw the logarithm of the total, and where the fit is off by 5 %.

    Parameters
    ----------
    result : Grid

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> T, rho = np.meshgrid([1e7, 1e8], [1e3, 1e4], indexing="ij")
    >>> astro_grid(SimpleNamespace(T=T, rho=rho, total=T, fit=T)).axes[0].get_ylabel()
    'Temperature [K]'
    """
    fig, axes = figure(6.8, 4.8)
    fig.subplots_adjust(left=0.12, right=0.86, bottom=0.15, top=0.92)
    with np.errstate(divide="ignore"):
        values = np.log10(result.total)
    floor = np.nanmax(np.where(np.isfinite(values), values, np.nan)) - 40
    mesh = axes.pcolormesh(
        result.rho, result.T, np.maximum(values, floor), shading="auto", cmap="viridis", rasterized=True
    )
    bar = fig.colorbar(mesh, ax=axes, pad=0.02, fraction=0.05)
    bar.set_label(r"$\log_{10}$ emissivity [erg/(g s)], Braaten:1993")
    off = np.abs(np.log(np.where(result.fit > 0, result.total / np.where(result.fit > 0, result.fit, 1.0), 1.0)))
    if min(result.T.shape) > 1 and float(off.min()) < 0.05 < float(off.max()):
        axes.contour(result.rho, result.T, off, levels=[0.05], colors="white", linewidths=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"Density [g/cm$^3$]")
    axes.set_ylabel("Temperature [K]")
    axes.set_title("Plasmon decay; white: the fit of Haft et al. is off by 5 %", loc="left", fontsize=10)
    return fig

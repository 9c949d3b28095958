"""The dipole portal: mass of the heavy lepton against its dipole, ours beside what is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, legend_below, symbol

_COLOURS = (VERMILION, BLUE, GREEN, ORANGE, PURPLE)
_SOFT = "#5f6b7a"
_STYLES = ("-", "--", "-.", ":")
#: Of published curves; those of stars are purple.
_SHADES = (_SOFT, BLUE, GREEN, ORANGE, SKY, "#8c564b", "#7a7a2e")


class Published(Protocol):
    """A published curve [MeV], [1/GeV]."""

    @property
    def label(self) -> str: ...
    @property
    def masses(self) -> NDArray[np.float64]: ...
    @property
    def d(self) -> NDArray[np.float64]: ...
    @property
    def closed(self) -> bool: ...
    @property
    def astrophysical(self) -> bool: ...


class Curve(Protocol):
    """A curve of ours [MeV], [1/GeV]."""

    @property
    def name(self) -> str: ...
    @property
    def masses(self) -> NDArray[np.float64]: ...
    @property
    def upper(self) -> NDArray[np.float64]: ...


class Plane(Protocol):
    """Curves and what is published."""

    @property
    def parameter(self) -> str: ...
    @property
    def cl(self) -> float: ...
    @property
    def curves(self) -> Sequence[Curve]: ...
    @property
    def published(self) -> Sequence[Published]: ...


class Region(Protocol):
    """Delta chi2 by mass and dipole."""

    @property
    def name(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def cl(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def masses(self) -> NDArray[np.float64]: ...
    @property
    def best(self) -> NDArray[np.float64]: ...
    @property
    def d(self) -> NDArray[np.float64]: ...
    @property
    def delta_chi2(self) -> NDArray[np.float64]: ...
    @property
    def best_mass(self) -> float: ...
    @property
    def best_dipole(self) -> float: ...
    @property
    def published(self) -> Sequence[Published]: ...


def portal_plane(plane: Plane, ax: Axes) -> Axes:
    """Draw exclusions: ours as thick lines, published ones thin, closed regions filled.

    Parameters
    ----------
    plane : Plane
    ax : Axes

    Returns
    -------
    Axes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> mine = SimpleNamespace(name="mine", masses=np.array([1.0, 10.0]), upper=np.array([1e-7, np.inf]))
    >>> plane = SimpleNamespace(parameter="d_tau", cl=0.9, curves=[mine], published=[])
    >>> len(portal_plane(plane, figure()[1]).lines)
    1
    """
    _draw_published(plane.published, ax)
    for k, curve in enumerate(plane.curves):
        combined = len(plane.curves) > 1 and k == len(plane.curves) - 1
        reached = np.isfinite(curve.upper)
        colour = "black" if combined else _COLOURS[k % len(_COLOURS)]
        # A single mass is a point.
        marker = "o" if reached.sum() == 1 else None
        # Dashed, so that what it rests on is seen below it.
        style = (0, (2, 2)) if combined else "-"
        ax.plot(
            curve.masses[reached], curve.upper[reached], ls=style, color=colour, lw=2.2, marker=marker, label=curve.name
        )
    title = f"Dipole portal, ours at {digits.level(plane.cl)}" if plane.curves else "Dipole portal, as published"
    return _framed(ax, plane.parameter, title)


def portal_region(region: Region, ax: Axes) -> Axes:
    """Draw the region of a fit, its deepest minimum, and the published curves.

    Parameters
    ----------
    region : Region
    ax : Axes

    Returns
    -------
    Axes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> m4, d = np.geomspace(0.1, 1, 5), np.geomspace(1e-8, 1e-6, 6)
    >>> found = SimpleNamespace(
    ...     name="mine", parameter="d", cl=0.9, threshold=4.6, masses=m4, best=np.full(5, 1e-7), d=d,
    ...     delta_chi2=np.add.outer(np.arange(5.0), np.arange(6.0)), best_mass=0.1, best_dipole=1e-8, published=[],
    ... )
    >>> portal_region(found, figure()[1]).get_xscale()
    'log'
    """
    _draw_published(region.published, ax)
    if min(region.delta_chi2.shape) > 1:
        levels = [float(region.delta_chi2.min()) - 1.0, region.threshold]
        ax.contourf(region.masses, region.d, region.delta_chi2.T, levels=levels, colors=[VERMILION], alpha=0.3)
        ax.contour(region.masses, region.d, region.delta_chi2.T, levels=[region.threshold], colors=[VERMILION])
    ax.plot(region.best_mass, region.best_dipole, "*", ms=12, color=VERMILION, label=f"{region.name}, best fit")
    return _framed(ax, region.parameter, f"Dipole portal, region at {digits.level(region.cl)}")


def _draw_published(curves: Sequence[Published], ax: Axes) -> None:
    for k, curve in enumerate(curves):
        colour = PURPLE if curve.astrophysical else _SHADES[k % len(_SHADES)]
        style = _STYLES[k // len(_SHADES) % len(_STYLES)]
        if curve.closed:
            ax.fill(curve.masses, curve.d, facecolor=colour, alpha=0.12)
            x, y = np.append(curve.masses, curve.masses[0]), np.append(curve.d, curve.d[0])
        else:
            x, y = curve.masses, curve.d
        ax.plot(x, y, color=colour, lw=0.9, ls=style, label=curve.label)


def _framed(ax: Axes, parameter: str, title: str) -> Axes:
    ax.set(xscale="log", yscale="log")
    ax.set_xlabel(r"$m_4$ [MeV]")
    ax.set_ylabel(rf"${symbol(parameter) if '_' in parameter else 'd'}$ [GeV$^{{-1}}$], $\mu = 2d$")
    ax.set_title(title, loc="left", fontsize=10)
    legend_below(ax, fontsize=7.5, column=3.6)
    return ax

"""Correlation of the muon's spin with the positron, at rest and in the laboratory."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, SKY, VERMILION, paper

#: Energies whose distribution of angles is drawn [GeV].
_ENERGIES = (0.5, 1.3, 2.0, 2.6, 3.0)
_COLOURS = (SKY, BLACK, GREEN, ORANGE, VERMILION)


class SpinCorrelation(Protocol):
    """Densities: at rest by x and cosine, in the laboratory by E [GeV] and angle phi of the spin [degrees]."""

    @property
    def x(self) -> NDArray[np.float64]: ...
    @property
    def cosine(self) -> NDArray[np.float64]: ...
    @property
    def at_rest(self) -> NDArray[np.float64]: ...
    @property
    def E(self) -> NDArray[np.float64]: ...
    @property
    def phi(self) -> NDArray[np.float64]: ...
    @property
    def in_laboratory(self) -> NDArray[np.float64]: ...
    @property
    def asymmetry(self) -> NDArray[np.float64]: ...
    @property
    def zero(self) -> float: ...


def spin_and_positron(result: SpinCorrelation) -> Figure:
    r"""Draw the densities at rest and in the laboratory, and the angular distribution for some energies.

    Parameters
    ----------
    result : SpinCorrelation

    Returns
    -------
    Figure
        With three panels.

    Examples
    --------
    >>> from nudipole.muon_g2.decay.spin_correlation import spin_correlation
    >>> [panel.get_xlabel() for panel in spin_and_positron(spin_correlation(points=31)).axes[:2]]
    ['Positron energy $x = 2E^*/m_\\mu$', 'Positron energy [GeV]']
    """
    fig, panels = paper(1, 3, width=14.0, height=4.4)
    fig.subplots_adjust(wspace=0.42, bottom=0.14, top=0.9, left=0.06, right=0.98)
    rest, laboratory, lines = panels[0]
    for axes, x, y, density, unit in (
        (rest, result.x, result.cosine, result.at_rest, r"$d^2P/dx\,d\cos\theta$"),
        (laboratory, result.E, result.phi, result.in_laboratory, r"$d^2P/dE\,d\phi$ [1/(GeV rad)]"),
    ):
        mesh = axes.pcolormesh(x, y, density, cmap="viridis", shading="gouraud", rasterized=True)
        axes.contour(x, y, density, levels=6, colors="w", linewidths=0.4)
        fig.colorbar(mesh, ax=axes, pad=0.02, label=unit)
    rest.set(xlabel=r"Positron energy $x = 2E^*/m_\mu$", ylabel=r"$\cos\theta$ between positron and spin")
    rest.set_title(r"$\mu^+$ at rest", loc="left")
    laboratory.axvline(result.zero, color="w", lw=1, ls="--")
    laboratory.set(xlabel="Positron energy [GeV]", ylabel=r"Angle $\phi$ of spin to momentum [degrees]")
    laboratory.set_yticks(range(0, 361, 90))
    laboratory.set_title(rf"Laboratory; dashed: $A = 0$, {digits.plain(result.zero, 3)} GeV", loc="left")
    cosines = np.cos(np.radians(result.phi))
    for E, colour in zip(_ENERGIES, _COLOURS, strict=True):
        A = float(np.interp(E, result.E, result.asymmetry))
        label = f"{E:.1f} GeV, $A$ = {digits.fixed(A, 2, sign=True)}"
        lines.plot(result.phi, 1 + A * cosines, color=colour, lw=1.6, label=label)
    lines.axhline(1, color=BLUE, lw=0.5)
    lines.set(xlim=(0, 360), ylim=(0, 2.75), xlabel=r"Angle $\phi$ of spin to momentum [degrees]",
              ylabel=r"Positrons, $1 + A(E)\cos\phi$")  # fmt: skip
    lines.set_xticks(range(0, 361, 90))
    lines.legend(fontsize=8, ncols=2, frameon=False, loc="upper center")
    lines.set_title("Angular distribution against energy", loc="left")
    return fig

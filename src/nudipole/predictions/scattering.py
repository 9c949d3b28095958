"""Cross sections of one neutrino on one atom: the weak interaction beside what a magnetic moment adds."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits
from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.interactions import ElectronScattering, NucleusScattering, Process, dsigma_dT
from nudipole.io.stamp import stamp
from nudipole.mixing import FLAVOURS, pure_flavour
from nudipole.properties import Neutrino
from nudipole.targets import atom

#: Moments [mu_B] that are drawn unless others are given.
MOMENTS = (1e-10, 1e-11, 1e-12)
#: Recoil energies from 1 eV on.
_LEAST, _POINTS = 1e-6, 400


@dataclass(frozen=True)
class CrossSection:
    """One line of the picture.

    Attributes
    ----------
    process : str
        nu-e or cevns.
    moment : float or None
        What it is of [mu_B]; None of the Standard Model.
    T : (t,)
        [MeV]
    value : (t,)
        [cm^2/keV] per atom; zero beyond the kinematic limit.

    Examples
    --------
    >>> CrossSection("nu-e", None, np.array([1.0]), np.array([1e-46])).label
    'nu-e, Standard Model'
    """

    process: str
    moment: float | None
    T: NDArray[np.float64]
    value: NDArray[np.float64]

    @property
    def label(self) -> str:
        """Process, and what it is of."""
        of = "Standard Model" if self.moment is None else f"mu_nu = {digits.plain(self.moment, 3)} mu_B"
        return f"{self.process}, {of}"


@dataclass(frozen=True, repr=False)
class CrossSections:
    """Cross sections of a neutrino of one energy and flavour.

    Attributes
    ----------
    target, flavour : str
    antineutrino : bool
    energy : float
        [MeV]
    binding : str
        Of the electrons.
    curves : tuple of CrossSection

    Examples
    --------
    >>> found = cross_sections("Ge", 1.0, moments=[1e-11])
    >>> len(found.curves), found.crossing("cevns", 1e-11) is None
    (4, True)
    """

    target: str
    flavour: str
    antineutrino: bool
    energy: float
    binding: str
    curves: tuple[CrossSection, ...]

    def __repr__(self) -> str:
        return f"CrossSections({self.title}, {len(self.curves)} curves)"

    @property
    def title(self) -> str:
        """What is scattered on what."""
        kind = f"nubar_{self.flavour}" if self.antineutrino else f"nu_{self.flavour}"
        return f"{kind} of {digits.plain(self.energy, 4)} MeV on {self.target}"

    def crossing(self, process: str, moment: float) -> float | None:
        """Largest recoil [MeV] at which a moment adds as much as the Standard Model has; None if nowhere."""
        by = {curve.moment: curve for curve in self.curves if curve.process == process}
        weak, added = by[None], by[moment]
        above = np.flatnonzero((added.value >= weak.value) & (weak.value > 0))
        return float(weak.T[above[-1]]) if len(above) else None

    def plot(self, axes: Any = None) -> Any:
        """Draw them; on `axes` or in a new figure."""
        from nudipole import plots

        return plots.cross_sections(self, axes or plots.figure(6.4, 4.6)[1])

    def to_csv(self) -> str:
        """One row a recoil energy, one column a curve."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["T [keV]", *(f"{curve.label} [cm^2/keV]" for curve in self.curves)])
        for k, T in enumerate(self.curves[0].T):
            writer.writerow([f"{1e3 * T:.6g}", *(f"{curve.value[k]:.6g}" for curve in self.curves)])
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-cross-sections/1``."""
        return {
            **stamp("cross-sections"),
            "target": self.target,
            "flavour": self.flavour,
            "antineutrino": self.antineutrino,
            "energy": {"value": self.energy, "unit": "MeV"},
            "binding": self.binding,
            "curves": [
                {
                    "process": c.process,
                    "moment": c.moment,
                    "T_keV": (1e3 * c.T).tolist(),
                    "cm2_per_keV": c.value.tolist(),
                }
                for c in self.curves
            ],
        }


def cross_sections(
    target: str = "Xe",
    energy: float = 1.0,
    *,
    flavour: str = "e",
    antineutrino: bool = False,
    moments: Sequence[float] = MOMENTS,
    binding: str = "stepping",
) -> CrossSections:
    r"""Differential cross sections per atom, of scattering on electrons and on the nucleus.

    .. math:: \frac{d\sigma}{dT}\Big|_\mu = \frac{\pi\alpha^2}{m_e^2}\,\mu^2\,Z_{\rm eff}
              \Big[\frac{1}{T} - \frac{1}{E}\Big]

    on electrons, with Z^2 F^2 and the full form of the bracket on nuclei; in mu_B.

    Parameters
    ----------
    target : str
        An element.
    energy : float
        Of the neutrino [MeV].
    flavour : {"e", "mu", "tau"}
    antineutrino : bool
    moments : sequence of float
        [mu_B]
    binding : {"stepping", "free"}
        Of the electrons.

    Returns
    -------
    CrossSections

    Raises
    ------
    UnknownName, OutOfRange
        For unknown words, and numbers without meaning.

    References
    ----------
    Vogel:1989iv; Freedman:1973yd

    Examples
    --------
    >>> weak = cross_sections("H", 1.0, binding="free").curves[0]
    >>> print(f"{np.interp(0.1, weak.T, weak.value):.2e} cm^2/keV")
    9.59e-48 cm^2/keV
    """
    if flavour not in FLAVOURS:
        raise UnknownName("flavour", flavour, FLAVOURS)
    energy = float(arguments.number("energy", energy, low=0.0, inside=True, unit="MeV"))
    sizes = [float(arguments.number("moment", mu, low=0.0, unit="mu_B")) for mu in moments]
    electrons: tuple[Process, ...] = (ElectronScattering.on(atom(target, binding=binding)),)
    processes = {"nu-e": electrons, "cevns": NucleusScattering.on(target)}
    index = FLAVOURS.index(flavour)
    rho = pure_flavour(flavour)
    highest = max(float(one.kinematics.T_max(energy, one.mass)) for group in processes.values() for one in group)
    if highest <= _LEAST:
        arguments.number("largest recoil", highest * 1e6, low=_LEAST * 1e6, unit="eV")
    T = np.geomspace(_LEAST, highest * 1.02, _POINTS)
    unit = const.cm**2 * 1e3

    def curve(name: str, moment: float | None) -> CrossSection:
        magnetic = np.zeros((3, 3))
        magnetic[index, index] = moment or 0.0
        neutrino = Neutrino.dirac(basis="flavour", magnetic=magnetic)
        total = np.zeros(len(T))
        for one in processes[name]:
            operators = np.array(one.operators(neutrino))
            if moment is not None:
                # The flip of helicity does not interfere with the weak interaction: a channel of its own.
                operators[[k for k, channel in enumerate(one.channels) if channel != "dipole"]] = 0
            # Kernels of isotopes have their abundance.
            total += np.asarray(dsigma_dT(T, energy, operators, rho, one, antineutrino=antineutrino))
        return CrossSection(name, moment, T, total / unit)

    curves = tuple(curve(name, moment) for name in processes for moment in (None, *sizes))
    return CrossSections(target, flavour, antineutrino, energy, binding, curves)

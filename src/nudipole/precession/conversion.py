"""Conversion of neutrinos into their partners of the other helicity: one question, one record with its doubts."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.interactions.inverse_beta import sigma
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import Oscillation
from nudipole.properties import Neutrino
from nudipole.sources.solar import COMPONENTS, LINES, spectrum

Numbers = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Conversion:
    """Where neutrinos are found far away, by energy; mass states have separated on the way.

    Attributes
    ----------
    neutrino : Neutrino
    oscillation : Oscillation
    medium : str
    field : str
    source : str
        Component of the Sun, or empty.
    E : (e,)
        [MeV]
    born : tuple of str
        Flavours at birth, the first axis of what follows.
    partners : (f, e, 3)
        Probability of nubar_e, nubar_mu, nubar_tau, or of right-handed states (by mass state).
    kept : (f, e, 3)
        Of nu_e, nu_mu, nu_tau; by the first order as if nothing had been converted.
    masses : (f, e, 3)
        Partners as mass states.
    radii, resolved : (n,), (f, e, n, 3) or None
        Partners by place of birth, on request [R_sun].
    method : str
    cells : int
    error : float
        Of the cells, relative, of the sum of the partners: change when their number is doubled.
    unitarity : float or None
        Largest distance of a sum of six probabilities from 1; None of the first order.
    doubts : tuple of str

    Examples
    --------
    >>> from nudipole.precession import precession
    >>> mine = Neutrino.dirac(basis="mass", magnetic=1e-13 * np.eye(3))
    >>> precession(mine, medium="galactic:1uG,10kpc", energies=[10.0]).names
    ('nuR_1', 'nuR_2', 'nuR_3')
    """

    neutrino: Neutrino
    oscillation: Oscillation
    medium: str
    field: str
    source: str
    E: Numbers
    born: tuple[str, ...]
    partners: NDArray[np.float64]
    kept: NDArray[np.float64]
    masses: NDArray[np.float64]
    radii: Numbers | None
    resolved: NDArray[np.float64] | None
    method: str
    cells: int
    error: float
    unitarity: float | None
    doubts: tuple[str, ...]

    def __repr__(self) -> str:
        return notebook.lines("Conversion", self._words, width=160)

    def _repr_html_(self) -> str:
        return notebook.shown("Conversion", self._words)

    @property
    def _words(self) -> dict[str, str]:
        low, high = (digits.number(float(x)) for x in (self.E.min(), self.E.max()))
        return {
            "medium": self.medium,
            "energies": f"{low} .. {high} MeV" if len(self.E) > 1 else f"{low} MeV",
            f"{self.names[0]} at most": digits.number(float(self.partners[..., 0].max()), 4),
            "method": f"{self.method}, {self.cells} cells, error {digits.number(self.error, 2)}",
            "doubts": "; ".join(self.doubts),
        }

    @property
    def names(self) -> tuple[str, str, str]:
        """Of the partners."""
        if self.neutrino.nature == "majorana":
            return ("nubar_e", "nubar_mu", "nubar_tau")
        return ("nuR_1", "nuR_2", "nuR_3")

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum of the partners, (f, e)."""
        return np.asarray(self.partners.sum(axis=-1))

    def mean(self, threshold: float = 1.8, *, rate: bool = True) -> float:
        """Mean of P(nu_e -> nubar_e) over the source's spectrum above an energy.

        Parameters
        ----------
        threshold : float
            [MeV]
        rate : bool
            Weighted with the cross section of inverse beta decay, too: what a limit by events sees.

        Returns
        -------
        float

        Raises
        ------
        NudipoleError
            Without a continuous source, of which the energies reach above the threshold.
        """
        if self.source not in COMPONENTS or self.source in LINES or self.neutrino.nature != "majorana":
            raise NudipoleError("a mean is of Majorana neutrinos of a continuous solar component: write source 8B")
        E, shape = spectrum(self.source)
        fine = np.linspace(max(threshold, self.E[0]), min(E[-1], self.E[-1]), 2001)
        if not fine[-1] > fine[0]:
            raise OutOfRange("threshold", threshold, 0, float(self.E[-1]), unit="MeV")
        weight = np.interp(fine, E, shape) * (np.asarray(sigma(fine)) if rate else 1.0)
        P = np.interp(fine, self.E, self.partners[0, :, 0])
        return float(np.trapezoid(weight * P, fine) / np.trapezoid(weight, fine))

    def to_csv(self) -> str:
        """One row an energy; of several flavours at birth, one after the other."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        kept = ("nu_e", "nu_mu", "nu_tau")
        if self.resolved is not None and self.radii is not None:
            writer.writerow(["born", "E [MeV]", "r [R_sun]", *(f"P {name} [1]" for name in self.names)])
            for f, flavour in enumerate(self.born):
                for i, energy in enumerate(self.E):
                    for j, radius in enumerate(self.radii):
                        row = (digits.typed(float(energy)), float(radius), *map(float, self.resolved[f, i, j]))
                        writer.writerow([f"nu_{flavour}", *map(repr, row)])
            return text.getvalue()
        writer.writerow(["born", "E [MeV]", *(f"P {name} [1]" for name in (*self.names, *kept))])
        for f, flavour in enumerate(self.born):
            for i, energy in enumerate(self.E):
                row = (digits.typed(float(energy)), *map(float, self.partners[f, i]), *map(float, self.kept[f, i]))
                writer.writerow([f"nu_{flavour}", *map(repr, row)])
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """A record of `nudipole precession --json`."""
        lam = np.asarray(self.neutrino.lam)
        means: dict[str, float] = {}
        if self.source and self.source not in LINES and self.neutrino.nature == "majorana" and len(self.E) > 1:
            for low in (1.8, 8.3):
                if self.E[0] <= low < self.E[-1]:
                    means[f"rate above {low} MeV"] = self.mean(low)
                    means[f"flux above {low} MeV"] = self.mean(low, rate=False)
        return {
            **stamp("precession"),
            "nature": self.neutrino.nature,
            "basis": self.neutrino.basis,
            "lambda": {"re": lam.real.tolist(), "im": lam.imag.tolist(), "unit": "mu_B"},
            "oscillation": self.oscillation.name or "as given",
            "medium": self.medium,
            "field": self.field,
            "source": self.source,
            "born": list(self.born),
            "E": {"value": self.E.tolist(), "unit": "MeV"},
            "partners": dict(zip(self.names, np.moveaxis(self.partners, -1, 0).tolist(), strict=True)),
            "kept": dict(zip(("nu_e", "nu_mu", "nu_tau"), np.moveaxis(self.kept, -1, 0).tolist(), strict=True)),
            "mass_states": np.moveaxis(self.masses, -1, 0).tolist(),
            "means": means,
            "resolved": None
            if self.resolved is None or self.radii is None
            else {"r": self.radii.tolist(), "unit": "R_sun", "partners": self.resolved.tolist()},
            "method": self.method,
            "cells": self.cells,
            "error": self.error,
            "unitarity": self.unitarity,
            "doubts": list(self.doubts),
        }

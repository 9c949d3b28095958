r"""Effective moments against the neutrino's energy: what reactors, accelerators and the Sun see of a matrix.

.. math:: \mu_\alpha^2 = (U \lambda^\dagger\lambda U^\dagger)_{\alpha\alpha}, \qquad
          \mu_\odot^2(E) = \sum_k P_{ek}(E)\,(\lambda^\dagger\lambda)_{kk}
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.io.stamp import stamp
from nudipole.mixing import Oscillation, mass_weights, nufit
from nudipole.predictions.beams import flavour_lam, mass_lam
from nudipole.properties import FLAVOURS, Neutrino
from nudipole.sources.solar import spectrum, zones

Numbers = NDArray[np.float64]

#: Components of the Sun, and the least energy that is drawn of each [MeV].
COMPONENTS = {"pp": 0.05, "8B": 0.1}
_POINTS = 200
_SCALE = 1e-11


@dataclass(frozen=True)
class EffectiveMoments:
    """One neutrino in several beams.

    Attributes
    ----------
    name : str
    near : dict of float
        By flavour close to a source: e at a reactor, mu at an accelerator, ... [mu_B].
    sun : dict of (E, moment)
        By component, averaged over where it is born: energies [MeV] and effective moments [mu_B].

    Examples
    --------
    >>> E, moment = effective_moments_by_energy()[2].sun["8B"]
    >>> print(f"{moment[-1] / 1e-11:.4f} of |Lambda_3|")
    0.9868 of |Lambda_3|
    """

    name: str
    near: dict[str, float]
    sun: dict[str, tuple[Numbers, Numbers]]


@dataclass(frozen=True)
class EffectiveMomentsOfSeveral:
    """Of several neutrinos.

    Attributes
    ----------
    neutrinos : tuple of EffectiveMoments
    oscillation : str

    Examples
    --------
    >>> found = effective_moments_by_energy()
    >>> len(found), found.oscillation
    (3, 'nufit-6.0-no')
    """

    neutrinos: tuple[EffectiveMoments, ...]
    oscillation: str

    def __getitem__(self, k: int) -> EffectiveMoments:
        return self.neutrinos[k]

    def __len__(self) -> int:
        return len(self.neutrinos)

    def plot(self, axes: Any = None) -> Any:
        """Draw them; on `axes` or in a new figure."""
        from nudipole import plots

        return plots.effective_moments(self, axes or plots.figure(6.8, 5.0)[1])

    def to_csv(self) -> str:
        """One row a neutrino, beam and energy; near a source the energy does not matter."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["neutrino", "beam", "E [MeV]", "mu_eff [mu_B]"])
        for one in self.neutrinos:
            writer.writerows([one.name, f"nu_{flavour} near", "", moment] for flavour, moment in one.near.items())
            for component, (E, moment) in one.sun.items():
                writer.writerows(
                    [one.name, f"sun {component}", digits.typed(float(energy)), value]
                    for energy, value in zip(E, moment, strict=True)
                )
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-effective-moments/1``."""
        return {
            **stamp("effective-moments"),
            "oscillation": self.oscillation,
            "unit": "mu_B",
            "neutrinos": [
                {
                    "name": one.name,
                    "near": one.near,
                    "sun": {
                        name: {"E": {"value": E.tolist(), "unit": "MeV"}, "moment": moment.tolist()}
                        for name, (E, moment) in one.sun.items()
                    },
                }
                for one in self.neutrinos
            ],
        }


def alone() -> dict[str, Neutrino]:
    """Majorana neutrinos with one Lambda_k of 1e-11 mu_B each, in the mass basis."""
    return {
        f"Lambda_{k + 1}": Neutrino.majorana(basis="mass", Lambda=[_SCALE * (k == other) for other in range(3)])
        for k in range(3)
    }


def effective_moments_by_energy(
    neutrinos: Mapping[str, Neutrino] | None = None,
    *,
    oscillation: str | Oscillation | None = None,
    model: str = "B16-GS98",
) -> EffectiveMomentsOfSeveral:
    """Effective moments near reactors and accelerators, and of neutrinos from the Sun by their energy.

    Parameters
    ----------
    neutrinos : mapping of Neutrino, optional
        By name; one Lambda_k of 1e-11 mu_B each, unless given.
    oscillation : str or Oscillation, optional
        The best fit of NuFIT, unless given.
    model : str
        Solar model.

    Returns
    -------
    EffectiveMomentsOfSeveral

    Raises
    ------
    NudipoleError
        Without a neutrino that has moments.

    References
    ----------
    Giunti:2014ixa; Grimus:2000tq

    Examples
    --------
    >>> found = effective_moments_by_energy()
    >>> found[0].name, round(found[0].near["mu"] / 1e-11, 2)
    ('Lambda_1', 0.94)
    """
    mixed = oscillation if isinstance(oscillation, Oscillation) else nufit(oscillation or "nufit-6.0-no")
    chosen = alone() if neutrinos is None else dict(neutrinos)
    if not any(np.any(np.asarray(one.lam) != 0) for one in chosen.values()):
        raise NudipoleError("the neutrino has no moments: nothing is seen of it")
    U = np.asarray(mixed.pmns())
    n_e, shares = zones(model)
    energies = {name: np.geomspace(low, float(spectrum(name)[0][-1]), _POINTS) for name, low in COMPONENTS.items()}
    weights = {name: np.asarray(mass_weights(mixed, E, n_e, shares[name])) for name, E in energies.items()}
    found = []
    for name, one in chosen.items():
        flavour, mass = flavour_lam(one, U), mass_lam(one, U)
        near = np.sum(np.abs(flavour) ** 2, axis=0)
        states = np.sum(np.abs(mass) ** 2, axis=0)
        found.append(
            EffectiveMoments(
                name,
                dict(zip(FLAVOURS, np.sqrt(near).tolist(), strict=True)),
                {c: (E, np.sqrt(weights[c] @ states)) for c, E in energies.items()},
            )
        )
    return EffectiveMomentsOfSeveral(tuple(found), mixed.name or "as given")

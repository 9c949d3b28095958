r"""What a limit on the effective moment of one beam says about moments of flavours and mass states.

Every one is for a single kind of moments, the others zero: they hold one at a time. With the density matrix of the
beam, :math:`\mu_\mathrm{eff}^2 = \mathrm{Tr}[\rho\lambda^\dagger\lambda]` is a quadratic form: of the rows of lambda
for Dirac neutrinos, :math:`\sum_j\lambda_j\,\rho\,\lambda_j^\dagger`, and of one vector for Majorana ones,
:math:`\Lambda^\dagger(1 - \rho)\Lambda`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits
from nudipole.errors import UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import Oscillation, nufit
from nudipole.predictions.beams import mixture, named
from nudipole.properties import FLAVOURS
from nudipole.sources.mixtures import VACUUM, Mixture, names

_STATES = ("1", "2", "3")
_PAIRS = ((0, 1), (0, 2), (1, 2))
#: Weights below are none: a moment that the beam does not see has no limit.
_NONE = 1e-12
#: Kinds of moments, in words.
KINDS = {
    "flavour": "Dirac, diagonal in flavour",
    "mass": "Dirac, diagonal in mass",
    "transition": "Majorana transition between mass states",
    "Lambda": "Majorana vector, mass basis",
    "Lambda-flavour": "Majorana vector, flavour basis",
}
NOTES = (
    "each limit holds with all other moments zero: one at a time, never together",
    "mu_nue of a reactor has the phases of the mixing, mu_S of the Sun is a sum over mass states without phases",
    "they are two different shares of one matrix: their numbers are not to be compared",
)


@dataclass(frozen=True)
class MomentLimit:
    """One moment.

    Attributes
    ----------
    symbol, kind : str
        mu_e, mu_11, mu_12, Lambda_1; of `KINDS`.
    weight : float
        Share of its square in mu_eff^2.
    limit : float
        [mu_B]; infinite where the beam does not see it.
    vacuum : float or None
        The same with weights |U_ek|^2, of solar beams.

    Examples
    --------
    >>> convert(2.8e-11, beam="solar-7Be").of("mu_33").vacuum > 18e-11
    True
    """

    symbol: str
    kind: str
    weight: float
    limit: float
    vacuum: float | None


@dataclass(frozen=True, repr=False)
class ConvertedLimit:
    """A limit on mu_eff in other words.

    Attributes
    ----------
    mu_eff : float
        [mu_B]
    beam : Mixture
    oscillation : Oscillation
    rows : tuple of MomentLimit
    form : dict of (3, 3)
        Quadratic forms: ``dirac`` of a row of lambda and ``majorana`` of Lambda, in the mass basis.

    Examples
    --------
    >>> found = convert(2.9e-11, beam="reactor")
    >>> print(f"{found.of('Lambda_1').limit:.2e} {found.of('mu_e').limit:.1e}")
    5.10e-11 2.9e-11
    """

    mu_eff: float
    beam: Mixture
    oscillation: Oscillation
    rows: tuple[MomentLimit, ...]
    form: dict[str, NDArray[np.complex128]]

    def __repr__(self) -> str:
        return notebook.lines(
            f"ConvertedLimit of mu_eff < {digits.number(self.mu_eff)} mu_B, {self.beam.words}", self._words
        )

    def _repr_html_(self) -> str:
        return notebook.shown(self._titled, self._words)

    @property
    def _titled(self) -> str:
        return f"mu_eff < {digits.number(self.mu_eff)} mu_B, {self.beam.words}"

    @property
    def _words(self) -> dict[str, str]:
        return {
            KINDS[kind]: ", ".join(
                f"{row.symbol} < {digits.number(row.limit)}" for row in self.rows if row.kind == kind
            )
            for kind in KINDS
        }

    def of(self, symbol: str) -> MomentLimit:
        """The row of a moment.

        Raises
        ------
        UnknownName
            If there is none of that name.
        """
        known = {row.symbol: row for row in self.rows}
        if symbol not in known:
            raise UnknownName("moment", symbol, known)
        return known[symbol]

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-conversion/1``."""
        return {
            **stamp("conversion"),
            "mu_eff": {"value": self.mu_eff, "unit": "mu_B"},
            "beam": {"name": self.beam.name, "meaning": self.beam.words, "rho": _parts(self.beam.rho)},
            "oscillation": self.oscillation.name or None,
            "limits": [
                {
                    "symbol": row.symbol,
                    "kind": row.kind,
                    "meaning": KINDS[row.kind],
                    "weight": row.weight,
                    "limit": row.limit,
                    "vacuum": row.vacuum,
                    "unit": "mu_B",
                }
                for row in self.rows
            ],
            "quadratic_form": {name: _parts(matrix) for name, matrix in self.form.items()},
            "notes": list(NOTES),
        }


def _parts(matrix: NDArray[np.complex128]) -> dict[str, Any]:
    return {"real": matrix.real.tolist(), "imag": matrix.imag.tolist()}


def convert(
    mu_eff: float,
    *,
    beam: str | Experiment | Mixture = "solar-pp",
    oscillation: str | Oscillation | None = None,
) -> ConvertedLimit:
    r"""What a limit on the effective moment of a beam means for other moments, one at a time.

    .. math:: |\mu_a| < \frac{\mu_\mathrm{eff}}{\sqrt{\rho_{aa}}}, \quad
              |\mu_{kk}| < \frac{\mu_\mathrm{eff}}{\sqrt{P_k}}, \quad
              |\mu_{jk}| < \frac{\mu_\mathrm{eff}}{\sqrt{P_j + P_k}}, \quad
              |\Lambda_i| < \frac{\mu_\mathrm{eff}}{\sqrt{1 - P_i}}, \qquad P_k = (U^\dagger\rho U)_{kk}

    Parameters
    ----------
    mu_eff : float
        [mu_B]
    beam : str, Experiment or Mixture
        A name of `nudipole.predictions.names`, or an experiment, whose recoils weigh its beam.
    oscillation : str or Oscillation, optional
        Mixing that relates the bases: that of the experiment, or NuFIT 6.0, normal ordering.

    Returns
    -------
    ConvertedLimit

    Raises
    ------
    UnknownName
        If there is no such beam.
    NotANumber, OutOfRange
        If the moment is not a positive number.

    References
    ----------
    Canas:2015yoa; Borexino:2017fbd

    Examples
    --------
    >>> found = convert(6.4e-12, beam="xenonnt-2022")
    >>> print(f"{found.of('mu_11').limit:.2e} {found.of('Lambda_1').limit:.2e} mu_B")
    7.89e-12 1.10e-11 mu_B
    """
    mu_eff = arguments.number("mu_eff", mu_eff, low=0.0, inside=True, unit="mu_B")
    given = nufit(oscillation) if isinstance(oscillation, str) else oscillation
    found, own = _seen(beam, given)
    mixed = given or own
    U = np.asarray(mixed.pmns())
    vacuum = _vacuum(U) if found.is_solar and found.name != VACUUM else None
    now, then = _weights(found.rho, U), None if vacuum is None else _weights(vacuum, U)
    rows = tuple(
        MomentLimit(
            symbol, kind, weight, _limit(mu_eff, weight), None if then is None else _limit(mu_eff, then[symbol, kind])
        )
        for (symbol, kind), weight in now.items()
    )
    P = U.conj().T @ found.rho @ U
    return ConvertedLimit(mu_eff, found, mixed, rows, {"dirac": P, "majorana": np.trace(P) * np.eye(3) - P})


def _seen(beam: str | Experiment | Mixture, given: Oscillation | None) -> tuple[Mixture, Oscillation]:
    """The beam, and the mixing that it was made with."""
    if isinstance(beam, Mixture):
        return beam, nufit()
    if isinstance(beam, str) and beam in names():
        return mixture(beam, given), given or nufit()
    experiment = beam if isinstance(beam, Experiment) else named(beam)
    return mixture(experiment), experiment.oscillation


def _vacuum(U: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Density matrix of a nu_e after many oscillations in vacuum."""
    return np.asarray((U * np.abs(U[0]) ** 2) @ U.conj().T)


def _weights(rho: NDArray[np.complex128], U: NDArray[np.complex128]) -> dict[tuple[str, str], float]:
    """Shares of the square of each moment in mu_eff^2, by symbol and kind."""
    flavour = np.diag(rho).real
    P = np.diag(U.conj().T @ rho @ U).real
    found = {(f"mu_{name}", "flavour"): flavour[k] for k, name in enumerate(FLAVOURS)}
    found |= {(f"mu_{name}{name}", "mass"): P[k] for k, name in enumerate(_STATES)}
    found |= {(f"mu_{_STATES[j]}{_STATES[k]}", "transition"): P[j] + P[k] for j, k in _PAIRS}
    found |= {(f"Lambda_{name}", "Lambda"): 1 - P[k] for k, name in enumerate(_STATES)}
    found |= {(f"Lambda_{name}", "Lambda-flavour"): 1 - flavour[k] for k, name in enumerate(FLAVOURS)}
    return {key: float(weight) for key, weight in found.items()}


def _limit(mu_eff: float, weight: float) -> float:
    return mu_eff / math.sqrt(weight) if weight > _NONE else math.inf

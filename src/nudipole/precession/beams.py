r"""Antineutrinos in the beam of the Sun: neutrinos of its components that were converted on their way out.

.. math:: \frac{d\phi}{dE}\bar\rho(E) = w\,\frac{d\phi_{\nu}}{dE}\,\sum_k P_k(E)\,|\bar\nu_k\rangle\langle\bar\nu_k|

with the probabilities of a reference and a weight w that a neutrino gives (`Neutrino.converted`): of the reference
mu_12 B0 = 1e-9 mu_B kG, below a conversion of 1e-3, all grows with the square of the product. What is converted is not
taken from the neutrinos.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, UnknownName
from nudipole.kept import kept
from nudipole.mixing import Oscillation
from nudipole.precession import fields
from nudipole.precession.evolution import precession
from nudipole.precession.fields import Field
from nudipole.precession.media import BIRTHS
from nudipole.properties import Neutrino
from nudipole.properties.parameters import PRODUCT
from nudipole.sources.beam import Beam, Component, Converted
from nudipole.sources.solar import COMPONENTS, FLUX_UNIT, LINES, Solar, constrained, fluxes, spectrum

Numbers = NDArray[np.float64]

#: Energies at which the conversion is computed, and the least of them [MeV]; it is smooth between, and below the same.
_ENERGIES, _LEAST = 90, 0.3
#: Moment of the reference [mu_B].
_MOMENT = 1e-12


class Reads(Protocol):
    """Reads a file that is named."""

    def text(self, name: str) -> str: ...


@dataclass(frozen=True)
class WithAntineutrinos:
    """The Sun whose neutrinos are converted in part.

    Attributes
    ----------
    solar : Solar
    components : tuple of str
        Of which neutrinos are converted.
    field : Field or None
        In which spins precess; None distorts no spectrum.
    written, table : str
        How the field is described, and the text of its file.

    Raises
    ------
    UnknownName, NudipoleError
        For components that are not of the Sun, or are lines.

    Examples
    --------
    >>> made = WithAntineutrinos.of(Solar.named())
    >>> made.beam().components[-1], made.beam().converted[-1]
    ('8B nubar', Converted(field=None, highest=1.0))
    """

    solar: Solar
    components: tuple[str, ...] = ("8B",)
    field: Field | None = None
    written: str = ""
    table: str = ""

    def __post_init__(self) -> None:
        for name in self.components:
            if name not in COMPONENTS:
                raise UnknownName("solar component", name, COMPONENTS)
            if name in LINES:
                raise NudipoleError(f"{name} is a line: antineutrinos are of continuous spectra, such as 8B")
        if len(set(self.components)) < len(self.components):
            raise NudipoleError("a component is named twice: its antineutrinos would count double")

    @classmethod
    def of(
        cls,
        solar: Solar,
        *,
        field: str | None = None,
        peak: float | None = None,
        twist: float = 0.0,
        components: list[str] | tuple[str, ...] = ("8B",),
        beside: Reads | None = None,
    ) -> WithAntineutrinos:
        """From the words of a description.

        Parameters
        ----------
        solar : Solar
        field : str, optional
            As of `nudipole.precession.field`.
        peak, twist : float
            Of the field.
        components : sequence of str
        beside : optional
            Reads the file of a field; without it, files lie in the current folder.
        """
        if field is None:
            return cls(solar, tuple(components))
        text = beside.text(field) if beside is not None and field.endswith(".csv") else ""
        made = fields.of_text(text, field) if text else fields.field(field, peak=peak)
        if text and peak is not None:
            raise NudipoleError("a peak is of the convective zone's triangle, not of a table")
        return cls(solar, tuple(components), fields.field(made, twist=twist), f"{field} {peak} {twist}", text)

    @property
    def oscillation(self) -> Oscillation:
        """Mixing of the Sun's neutrinos."""
        return self.solar.oscillation

    @property
    def flight(self) -> None:
        """None, as of the Sun."""
        return self.solar.flight

    def beam(self) -> Beam:
        """The beam of the Sun and a component of antineutrinos, called 8B nubar, for each of those converted."""
        arriving = self.solar.beam()
        parts = [
            Component(*row)
            for row in zip(
                arriving.components, *(np.asarray(x) for x in (arriving.E, arriving.density)),
                *(np.asarray(x) for x in (arriving.E_line, arriving.line)), arriving.antineutrino, arriving.flavours,
                strict=True,
            )
        ]  # fmt: skip
        flux, _ = fluxes(self.solar.model)
        factors, _ = constrained(self.solar.model, dict(self.solar.errors), self.solar.measured)
        for name in self.components:
            s = COMPONENTS.index(name)
            E, shape = spectrum(name)
            total = factors[s] * flux[s] * FLUX_UNIT / self.solar.distance**2
            rho, converted = self._converted(name, E)
            none = (np.zeros(0), np.zeros((0, 3, 3), complex))
            parts.append(Component(f"{name} nubar", E, total * shape[:, None, None] * rho, *none, True, "", converted))
        # Their fluxes are those of the neutrinos.
        which = [*range(len(COMPONENTS)), *(COMPONENTS.index(name) for name in self.components)]
        return Beam.assemble(parts, np.asarray(arriving.covariance)[np.ix_(which, which)])

    def _converted(self, name: str, E: Numbers) -> tuple[NDArray[np.complex128], Converted]:
        """Density matrices as a beam has them, transposed, and what they are the reference of."""
        if self.field is None:
            rho = np.zeros((len(E), 3, 3), complex)
            rho[:, 0, 0] = 1.0
            return rho, Converted(None, 1.0)
        at = np.geomspace(_LEAST, E[-1], _ENERGIES)
        births = self.solar.model if self.solar.model in BIRTHS else BIRTHS[0]
        # What decides the numbers is all text and numbers, so that they can be kept.
        P = kept(_masses, self.oscillation, self.written, self.table, name, births, at, shape=(_ENERGIES, 3))
        U = np.asarray(self.oscillation.pmns())
        within = np.stack([np.interp(E, at, P[:, k]) for k in range(3)], axis=1)
        highest = float(within.sum(axis=1).max())
        return np.einsum("ak,ek,bk->eab", U, within, U.conj()), Converted(self.field.B0 / 1e3, highest)


def _masses(oscillation: Oscillation, written: str, table: str, source: str, births: str, E: Numbers) -> Numbers:
    """Probabilities of antineutrinos of mass states 1, 2, 3 for the reference, (e, 3)."""
    given, peak, twist = written.rsplit(" ", 2)
    made = fields.of_text(table, given) if table else fields.field(given, peak=None if peak == "None" else float(peak))
    where = fields.field(made.scaled(1e3 * PRODUCT / _MOMENT), twist=float(twist))
    reference = Neutrino.majorana(basis="mass", Lambda=[0, 0, _MOMENT])
    found = precession(
        reference, field=where, source=source, energies=E, oscillation=oscillation, birthplaces=births,
        method="first-order",
    )  # fmt: skip
    return np.asarray(found.masses[0])

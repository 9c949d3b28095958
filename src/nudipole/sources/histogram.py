"""Beams that somebody else has simulated or measured: a histogram or table of the flux of each kind of neutrino."""

from __future__ import annotations

import math
from collections.abc import Mapping

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray

from nudipole import digits, tables, units
from nudipole.errors import OutOfRange, TableError, UnitError, UnknownName
from nudipole.mixing import Oscillation
from nudipole.numerics import AnyArray
from nudipole.sources.beam import Beam, Component
from nudipole.sources.oscillated import Flight

#: Flavour and whether antineutrino, by the name of a component or column.
KINDS = {
    f"{kind}_{flavour}": (flavour, kind == "antinu") for kind in ("nu", "antinu") for flavour in ("e", "mu", "tau")
}


class Histogram(eqx.Module):
    """Flux of up to six kinds of neutrinos, linear between nodes or constant in bins.

    Attributes
    ----------
    components : tuple of str
        Of `KINDS`: nu_e, nu_mu, nu_tau, antinu_e, antinu_mu, antinu_tau.
    E : Float[Array, "n"]
        Nodes [MeV]; two at one energy are a step.
    dphi_dE : Float[Array, "s n"]
        Fluxes of the components [MeV^2].
    baseline : float
        For oscillations [MeV^-1]; the fluxes are those at the target already.
    relative_error : float
        Of the flux, common to all components.
    oscillation : Oscillation or None
        None: the flavours are as tabulated.
    coherent : bool
        False: oscillations averaged over.

    Raises
    ------
    UnknownName
        If a component is none of the six.
    OutOfRange
        If energies decrease or are negative, fluxes are negative or not finite or their number is not that of the
        nodes, or the error is negative.

    Examples
    --------
    >>> Histogram.steps([0.0, 10.0, 20.0], {"nu_mu": [2.0, 1.0]}).beam().flux().tolist()
    [30.0]
    """

    components: tuple[str, ...] = eqx.field(static=True)
    E: Float[AnyArray, " n"]
    dphi_dE: Float[AnyArray, "s n"]
    baseline: float = eqx.field(converter=float, static=True, default=0.0)
    relative_error: float = eqx.field(converter=float, static=True, default=0.0)
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)

    def __check_init__(self) -> None:
        for name in self.components:
            if name not in KINDS:
                raise UnknownName("kind of neutrino", name, KINDS)
        if not self.components:
            raise OutOfRange("number of kinds of neutrinos", 0, 1, len(KINDS))
        if len(self.E) < 2:
            raise OutOfRange("number of energies", len(self.E), 2)
        if self.dphi_dE.shape != (len(self.components), len(self.E)):
            size = len(self.components) * len(self.E)
            raise OutOfRange("number of fluxes", self.dphi_dE.size, size, size)
        if not np.all(np.isfinite(self.E)):
            raise OutOfRange("energy", math.nan, 0, unit="MeV")
        if not self.E[0] >= 0:
            raise OutOfRange("lowest energy", float(self.E[0]), 0, unit="MeV")
        if np.any(np.diff(self.E) < 0):
            raise OutOfRange("step between energies", float(np.diff(self.E).min()), 0, unit="MeV")
        if not np.all((self.dphi_dE >= 0) & (self.dphi_dE < np.inf)):
            raise OutOfRange("flux", float(np.min(self.dphi_dE)), 0, unit="MeV^2")
        for name, unit in (("baseline", "MeV^-1"), ("relative_error", "")):
            if not 0 <= getattr(self, name) < math.inf:
                raise OutOfRange(name, getattr(self, name), 0, unit=unit)

    @classmethod
    def linear(cls, E: ArrayLike, fluxes: Mapping[str, ArrayLike], **settings: object) -> Histogram:
        """Fluxes [MeV^2] by kind, linear between the energies `E` [MeV].

        `settings` are the attributes from `baseline` on.
        """
        values = [np.asarray(flux, float) for flux in fluxes.values()]
        nodes = np.asarray(E, float)
        for flux in values:
            if flux.shape != nodes.shape:
                raise OutOfRange("number of fluxes", flux.size, nodes.size, nodes.size)
        return cls(tuple(fluxes), nodes, np.array(values).reshape(len(values), len(nodes)), **settings)  # type: ignore[arg-type]

    @classmethod
    def steps(cls, edges: ArrayLike, fluxes: Mapping[str, ArrayLike], **settings: object) -> Histogram:
        """Fluxes [MeV^2] by kind, constant between the edges [MeV] of bins: each inner edge becomes two nodes.

        `settings` are the attributes from `baseline` on.
        """
        limits = np.asarray(edges, float)
        for flux in fluxes.values():
            if np.size(flux) != len(limits) - 1:
                raise OutOfRange("number of fluxes", np.size(flux), len(limits) - 1, len(limits) - 1)
        doubled = {name: np.repeat(np.asarray(flux, float), 2) for name, flux in fluxes.items()}
        return cls.linear(np.repeat(limits, 2)[1:-1], doubled, **settings)

    @classmethod
    def from_table(cls, table: tables.Table, *, protons: float | None = None, **settings: object) -> Histogram:
        """From a table with a column E, or E_low and E_high, and one of each kind of neutrino, all with units.

        Parameters
        ----------
        table : Table
            `nudipole.tables.parse` makes one from CSV text. Fluxes such as ``nu_mu [1/(cm^2 s GeV)]``, or per proton
            on target as ``nu_mu [1/(GeV m^2)]``.
        protons : float, optional
            Protons on target per time [MeV], needed where the fluxes are per proton.

        Raises
        ------
        TableError
            If there is no column of a neutrino or of energies, bins do not follow each other, or the units are not
            those of a flux.
        """
        names = [name for name in table.columns if name in KINDS]
        if not names:
            raise TableError(f"table {table.name!r}: no column of a neutrino; name it one of {', '.join(KINDS)}")
        per_proton = protons is not None
        like = "1/(cm^2 MeV)" if per_proton else "1/(cm^2 s MeV)"
        _check_names(table, like)
        fluxes = {}
        for name in names:
            scale = _unit(table, name, like)
            _check_fluxes(table, name)
            fluxes[name] = table.column(name, table.units[name]) * scale * (1.0 if protons is None else protons)
        if "E" in table.columns:
            if "E_low" in table.columns or "E_high" in table.columns:
                raise TableError(
                    f"table {table.name!r}: E and bins: linear in E or constant in bins? leave one of them out"
                )
            E = _energies(table, "E")
            _check_rise(table, E)
            return cls.linear(E, fluxes, **settings)
        low, high = _energies(table, "E_low"), _energies(table, "E_high")
        _check_bins(table, low, high)
        return cls.steps(np.append(low, high[-1]), fluxes, **settings)

    @classmethod
    def named(
        cls,
        name: str = "example-numi-like",
        *,
        table: tables.Table | None = None,
        protons: float | None = None,
        **settings: object,
    ) -> Histogram:
        """A beam of the package, or that of a table in its place.

        ``"example-numi-like"`` is a parametrised example, not a measurement.

        `protons` is the number on target per time [MeV], by default 6e20 in a year.
        """
        if table is not None:
            return cls.from_table(table, protons=protons, **settings)
        known = [key.removeprefix("beam-") for key in tables.available() if key.startswith("beam-example-")]
        if name not in known:
            raise UnknownName("tabulated beam", name, known)
        if protons is None:
            protons = 6e20 * units.in_internal("1/yr")
        return cls.from_table(tables.read(f"beam-{name}"), protons=protons, **settings)

    @property
    def flight(self) -> Flight:
        """Over the baseline."""
        return Flight((self.baseline,), (1.0,), self.oscillation, self.coherent)

    def parts(self) -> list[Component]:
        """One component for each kind of neutrino that has any flux.

        Raises
        ------
        OutOfRange
            If there is none at all.
        """
        flight = self.flight
        E, parts = np.asarray(self.E), []
        for name, dphi_dE in zip(self.components, np.asarray(self.dphi_dE), strict=True):
            if dphi_dE.max() > 0:
                flavour, antineutrino = KINDS[name]
                parts.append(flight.continuum(name, E, dphi_dE, flavour, antineutrino=antineutrino))
        if not parts:
            raise OutOfRange("highest flux", 0.0, 0.0, inside=True)
        return parts

    def beam(self) -> Beam:
        """The beam of its `parts`.

        Raises
        ------
        OutOfRange
            If there is no flux at all.
        """
        parts = self.parts()
        return Beam.assemble(parts, np.full((len(parts), len(parts)), self.relative_error**2))


def _unit(table: tables.Table, column: str, like: str) -> float:
    """Internal value of the unit of a column, which must be of the same kind as `like`."""
    unit = table.units[column]
    try:
        return units.parse(f"1 {unit}", like)
    except UnitError as error:
        raise TableError(f"table {table.name!r}: column {column!r} in {unit!r}: write it in {like} or so") from error


def _check_fluxes(table: tables.Table, column: str) -> None:
    """Raise `TableError` for the first flux that is none, as it is written."""
    unit = table.units[column]
    values = table.column(column, unit)
    for i in np.flatnonzero(~((values >= 0) & (values < np.inf))):
        where = f"line {table.line(int(i))}: {column} = {digits.plain(values[i])} {unit}"
        message = f"{where}: write a finite flux of 0 or more"
        raise TableError(f"table {table.name!r}: {message}")


def _check_names(table: tables.Table, like: str) -> None:
    """A flux by another name is not left out."""
    for column in table.columns:
        if column in KINDS:
            continue
        try:
            units.parse(f"1 {table.units[column]}", like)
        except UnitError:
            continue
        raise UnknownName(f"kind of neutrino in table {table.name!r}", column, KINDS)


def _check_rise(table: tables.Table, E: NDArray[np.float64]) -> None:
    """Rows are not put in order: of two at one energy, a step, the first is the side below."""
    cells = table.words("E")
    for row in np.flatnonzero(np.diff(E) < 0) + 1:
        line = f"line {table.line(int(row))}: E = {cells[row].strip()} after {cells[row - 1].strip()}"
        raise TableError(f"table {table.name!r}: {line} does not rise: sort the rows")
    for row in np.flatnonzero((np.diff(E)[1:] == 0) & (np.diff(E)[:-1] == 0)):
        lines = f"lines {table.line(int(row))} to {table.line(int(row) + 2)}: E = {cells[row].strip()}"
        raise TableError(f"table {table.name!r}: {lines} more than twice: a step has two rows")


def _check_bins(table: tables.Table, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
    """Bins rise and follow each other."""
    lows, highs = (tuple(cell.strip() for cell in table.words(name)) for name in ("E_low", "E_high"))
    for row in np.flatnonzero(~(low < high)):
        ends = f"E_low = {lows[row]} must lie below E_high = {highs[row]}"
        raise TableError(f"table {table.name!r}: line {table.line(int(row))}: {ends}")
    for row in np.flatnonzero(~np.isclose(low[1:], high[:-1], rtol=1e-12)) + 1:
        ends = f"E_low = {lows[row]} must be the E_high of the row before, {highs[row - 1]}"
        raise TableError(f"table {table.name!r}: line {table.line(int(row))}: {ends}")


def _energies(table: tables.Table, column: str) -> NDArray[np.float64]:
    if column not in table.columns:
        raise TableError(f"table {table.name!r}: energies are missing: write a column E, or E_low and E_high")
    return table.column(column, table.units[column]) * _unit(table, column, "MeV")

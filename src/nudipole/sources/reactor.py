r"""Nuclear reactors: antineutrinos of the fissions of four isotopes and of neutron captures on 238U.

.. math:: \frac{d\phi}{dE} = \frac{P}{4\pi L^2\,\langle E_f\rangle}
          \Big[\sum_i f_i S_i(E) + c\,(S_{239U}+S_{239Np})\Big], \qquad \langle E_f\rangle = \sum_i f_i e_i

with the fission fractions f, the energies per fission e, the spectra per fission S and c captures a fission.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TypeAlias, cast

import equinox as eqx
import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import Oscillation
from nudipole.sources.beam import Beam
from nudipole.sources.oscillated import Flight, floats

ISOTOPES = ("235U", "238U", "239Pu", "241Pu")
#: 238U(n,gamma)239U, whose two beta decays 239U -> 239Np -> 239Pu each give an antineutrino.
CAPTURE = "238U(n,gamma)"
COMPONENTS = (*ISOTOPES, CAPTURE)
SPECTRA = ("summation", "huber-mueller")
#: Neutron captures on 238U per fission in a power reactor (arXiv:hep-ph/0308186).
CAPTURES = 0.6
#: Where the polynomials begin, how far they are followed (they were fitted up to 8) and their nodes [MeV].
_JOIN, _HIGHEST, _STEP = 2.0, 10.0, 0.05
_WATT = 1e-6 / const.e_charge / const.second
_METRE = 100 * const.cm

#: Fission fractions by name, by isotope, or at the start and end of a cycle with its burn-up.
Fuel: TypeAlias = str | Mapping[str, object]


@cache
def fission_fractions(name: str) -> tuple[float, ...]:
    """A named set of fission fractions of the four `ISOTOPES`.

    Raises
    ------
    UnknownName
        If there is no such set; the message lists them.

    References
    ----------
    The reference column of the table ``reactor-fission-fractions``
    """
    table = tables.read("reactor-fission-fractions")
    if name not in table.words("set"):
        raise UnknownName("set of fission fractions", name, table.words("set"))
    row = table.words("set").index(name)
    return tuple(float(table.column(isotope, "1")[row]) for isotope in ISOTOPES)


@cache
def fission_energies(name: str) -> tuple[float, ...]:
    """Energies released per fission of the four `ISOTOPES`, without antineutrinos [MeV].

    Raises
    ------
    UnknownName
        If there is no such set; the message lists them.

    References
    ----------
    Ma:2012bm Table IX (ma-2013), Kopeikin:2004cn Table 4 (kopeikin-2004), James:1969 Table A.2 (james-1969)
    """
    table = tables.read("reactor-fission-energies")
    sets, isotopes = table.words("set"), table.words("isotope")
    if name not in sets:
        raise UnknownName("set of energies per fission", name, set(sets))
    energy = table.column("energy", "MeV")
    row = {isotope: i for i, (key, isotope) in enumerate(zip(sets, isotopes, strict=True)) if key == name}
    return tuple(float(energy[row[isotope]]) for isotope in ISOTOPES)


@cache
def spectrum(isotope: str, model: str = "summation") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Nodes E [MeV] and antineutrinos per MeV and fission, linear in between.

    ``"summation"`` sums the beta branches of all fission products, at every energy. ``"huber-mueller"`` is
    :math:`\exp(\sum_{i=0}^{5} a_i E^i)` above 2 MeV and a coarse tabulation below, with a step at the join;
    the polynomials were fitted between 2 and 8 MeV and are followed to 10 MeV.

    Raises
    ------
    UnknownName
        If there is no such isotope or model.

    References
    ----------
    summation: arXiv:2304.14992; huber-mueller: Huber:2011wv Table III (235U, 239Pu, 241Pu), Mueller:2011nm Table VI
    (238U), below 2 MeV Vogel:1989iv Table II
    """
    if model not in SPECTRA:
        raise UnknownName("reactor spectrum", model, SPECTRA)
    if isotope not in ISOTOPES:
        raise UnknownName("fissile isotope", isotope, ISOTOPES)
    if model == "summation":
        table = tables.read(f"reactor-spectrum-{isotope}")
        return table.column("E", "MeV"), table.column("dN_dE", "1/MeV")
    low, polynomials = tables.read("reactor-low-energy"), tables.read("reactor-polynomials")
    row = polynomials.words("isotope").index(isotope)
    units = ("1", "1/MeV", *(f"1/MeV^{i}" for i in range(2, 6)))
    a = [polynomials.column(f"a{i}", unit)[row] for i, unit in enumerate(units)]
    E = np.linspace(_JOIN, _HIGHEST, round((_HIGHEST - _JOIN) / _STEP) + 1)
    high = np.exp(np.polynomial.polynomial.polyval(E, a))
    return np.concatenate([low.column("E", "MeV"), E]), np.concatenate([low.column(isotope, "1/MeV"), high])


@cache
def capture_spectrum() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes E [MeV] and antineutrinos per MeV of the two beta decays after a capture: two in all.

    References
    ----------
    arXiv:2304.14992
    """
    decays = [tables.read(f"reactor-spectrum-{nuclide}") for nuclide in ("239U", "239Np")]
    spectra = [(table.column("E", "MeV"), table.column("dN_dE", "1/MeV")) for table in decays]
    E = np.unique(np.concatenate([nodes for nodes, _ in spectra]))
    return E, np.sum([np.interp(E, *decay, right=0.0) for decay in spectra], axis=0)


@cache
def relative_errors(model: str) -> tuple[float, ...]:
    """Relative errors of the normalisation of the five `COMPONENTS`: one for the four isotopes, one for captures."""
    if model not in SPECTRA:
        raise UnknownName("reactor spectrum", model, SPECTRA)
    table = tables.read("reactor-errors")
    row = {
        component: i
        for i, (key, component) in enumerate(zip(table.words("spectrum"), table.words("component"), strict=True))
        if key == model
    }
    error = table.column("relative_error", "1")
    return tuple(float(error[row[component]]) for component in COMPONENTS)


def fuel(given: Fuel) -> tuple[float, ...]:
    """Fission fractions of the four `ISOTOPES` from a name, a mapping of isotopes, or a cycle and its burn-up.

    Raises
    ------
    UnknownName
        If a name is unknown, that of an isotope included.
    OutOfRange
        If a burn-up is not in [0, 1].

    Examples
    --------
    >>> fuel({"start": {"235U": 0.7, "239Pu": 0.3}, "end": {"235U": 0.5, "239Pu": 0.5}, "burn_up": 0.5})
    (0.6, 0.0, 0.4, 0.0)
    """
    if isinstance(given, str):
        return fission_fractions(given)
    if "burn_up" in given:
        gone = float(cast("float", given["burn_up"]))
        if not 0 <= gone <= 1:
            raise OutOfRange("burn_up", gone, 0, 1)
        start, end = (fuel(cast("Fuel", given[key])) for key in ("start", "end"))
        return floats((1 - gone) * a + gone * b for a, b in zip(start, end, strict=True))
    for isotope in given:
        if isotope not in ISOTOPES:
            raise UnknownName("fissile isotope", isotope, ISOTOPES)
    return floats(cast("float", given.get(isotope, 0.0)) for isotope in ISOTOPES)


def _pairs(cores: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(power), float(distance)) for power, distance in cores)


class Reactor(eqx.Module):
    """Antineutrinos of one or several reactor cores with the same fuel, in equilibrium.

    Attributes
    ----------
    cores : tuple of (float, float)
        Thermal power [MeV^2] and distance [MeV^-1] of each core; ``units.parse("2.9 GW", "W")`` and
        ``units.parse("28 m", "m")`` give them.
    fractions : tuple of float
        Fission fractions of the four `ISOTOPES`; their sum is 1.
    spectrum : str
        Of `SPECTRA`.
    energies : str
        Set of energies per fission, see `fission_energies`.
    captures : float
        Captures on 238U per fission; 0 leaves that component out.
    oscillation : Oscillation or None
        None: the flavour stays what it was, which is right below some hundred metres.
    coherent : bool
        False: oscillations averaged over.
    relative_error : float
        Of all components together, as of the thermal power, beside those of the spectra.

    Raises
    ------
    OutOfRange
        If a power or distance is not positive, an error, fractions or captures are negative, or fractions do not add up
        to 1 (within 1e-3, the rounding of published ones).
    UnknownName
        If there is no such spectrum or set of energies.

    Examples
    --------
    >>> from nudipole import units
    >>> site = Reactor.named(units.parse("2.9 GW", "W"), units.parse("28 m", "m"), "texono")
    >>> print(f"{site.energy_per_fission():.1f} MeV per fission")
    206.1 MeV per fission
    """

    cores: tuple[tuple[float, float], ...] = eqx.field(converter=_pairs, static=True)
    fractions: tuple[float, ...] = eqx.field(converter=floats, static=True)
    spectrum: str = eqx.field(static=True, default="summation")
    energies: str = eqx.field(static=True, default="ma-2013")
    captures: float = eqx.field(converter=float, static=True, default=CAPTURES)
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)
    relative_error: float = eqx.field(converter=float, static=True, default=0.0)

    def __check_init__(self) -> None:
        if not 0 <= self.relative_error < math.inf:
            raise OutOfRange("relative_error", self.relative_error, 0)
        if not self.cores:
            raise OutOfRange("number of cores", 0, 1)
        for power, distance in self.cores:
            for name, value, unit in (("thermal power", power, "MeV^2"), ("distance of the core", distance, "MeV^-1")):
                if not 0 < value < math.inf:
                    raise OutOfRange(name, value, 0, inside=True, unit=unit)
        if len(self.fractions) != len(ISOTOPES):
            raise OutOfRange("number of fission fractions", len(self.fractions), len(ISOTOPES), len(ISOTOPES))
        if not min(self.fractions) >= 0:
            raise OutOfRange("fission fraction", min(self.fractions), 0, 1)
        if not abs(sum(self.fractions) - 1) <= 1e-3:
            raise OutOfRange("sum of the fission fractions", sum(self.fractions), 0.999, 1.001)
        if not 0 <= self.captures < math.inf:
            raise OutOfRange("captures per fission", self.captures, 0)
        if self.spectrum not in SPECTRA:
            raise UnknownName("reactor spectrum", self.spectrum, SPECTRA)
        fission_energies(self.energies)

    @classmethod
    def named(
        cls,
        power: float = 3e9 * _WATT,
        baseline: float = 20 * _METRE,
        fractions: Fuel = "pwr",
        spectrum: str = "summation",
        energies: str = "ma-2013",
        *,
        captures: float = CAPTURES,
        cores: Sequence[tuple[float, float]] | None = None,
        fuels: Sequence[Fuel] | None = None,
        oscillation: Oscillation | None = None,
        coherent: bool = True,
        relative_error: float = 0.0,
    ) -> Reactor:
        """A reactor from names of its fuel and spectrum.

        Parameters
        ----------
        power : float
            Thermal, of a single core [MeV^2].
        baseline : float
            From the core to the target [MeV^-1].
        fractions : str or mapping
            A named set such as ``"conus"``, or a fraction for isotopes by name (those left out have none), or those at
            the ``start`` and ``end`` of a cycle and the ``burn_up``, the part of it that has gone; linear in between.
        spectrum, energies, captures, oscillation, coherent, relative_error
            As in the class.
        cores : sequence of (power, baseline), optional
            Several cores, instead of `power` and `baseline`.
        fuels : sequence of str or mapping, optional
            Fractions of each core, instead of `fractions`: their mean, weighted by the fissions seen from the target.

        Raises
        ------
        UnknownName
            If a name is unknown, that of an isotope included.

        Examples
        --------
        >>> from nudipole import units
        >>> reactor = Reactor.named(units.parse("3.9 GW", "W"), units.parse("17.1 m", "m"), "conus")
        >>> print(f"{sum(reactor.beam().flux()) / units.in_internal('1/cm^2/s'):.3g}")
        2.3e+13
        """
        places = ((power, baseline),) if cores is None else tuple(cores)
        shares = fuel(fractions)
        if fuels is not None:
            if len(fuels) != len(places):
                raise OutOfRange("number of fuels", len(fuels), len(places), len(places))
            each = np.array([fuel(one) for one in fuels])
            fissions = np.array([P / L**2 for P, L in places]) / (each @ fission_energies(energies))
            shares = floats(fissions @ each / fissions.sum())
        return cls(places, shares, spectrum, energies, captures, oscillation, coherent, relative_error)

    def energy_per_fission(self) -> float:
        """Mean thermal energy of a fission [MeV]."""
        return float(np.dot(self.fractions, fission_energies(self.energies)))

    @property
    def flight(self) -> Flight:
        """From each core to the target, with its share of the flux."""
        over_area = self._over_area()
        shares = floats(over_area / over_area.sum())
        return Flight(tuple(distance for _, distance in self.cores), shares, self.oscillation, self.coherent)

    def _over_area(self) -> NDArray[np.float64]:
        """Thermal power of each core over the area of a sphere through the target [MeV^4]."""
        return np.array([power / (4 * np.pi * distance**2) for power, distance in self.cores])

    def beam(self) -> Beam:
        """One component for each isotope that fissions and one for captures.

        The relative covariance is that of the spectra's normalisation: fully correlated among the isotopes, which
        share data and method, independent for captures, and that of `relative_error`, of all. Fractions carry no error.
        """
        fissions = float(self._over_area().sum()) / self.energy_per_fission()
        flight, parts, used = self.flight, [], []
        for s, (name, share) in enumerate(zip(COMPONENTS, (*self.fractions, self.captures), strict=True)):
            if share > 0:
                E, dN_dE = capture_spectrum() if name == CAPTURE else spectrum(name, self.spectrum)
                parts.append(flight.continuum(name, E, fissions * share * dN_dE, "e", antineutrino=True))
                used.append(s)
        error = np.array(relative_errors(self.spectrum))
        covariance = np.outer(error, error)
        covariance[-1, :-1] = covariance[:-1, -1] = 0
        covariance += self.relative_error**2
        return Beam.assemble(parts, covariance[np.ix_(used, used)])

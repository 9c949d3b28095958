"""Precession of spins: one question, by the method that fits it, answered by a `Conversion`."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.mixing import Oscillation, nufit
from nudipole.mixing.matter_path import MU_B_GAUSS
from nudipole.mixing.solar_matter import potential, production_weights
from nudipole.mixing.spin_flavour import LARGEST_EXPONENT, Precession, first_order, flavours, full
from nudipole.parallel import cores, in_threads
from nudipole.precession import fields, media
from nudipole.precession.conversion import Conversion
from nudipole.precession.fields import Field
from nudipole.precession.media import Medium, births, sun
from nudipole.properties import FLAVOURS, Neutrino
from nudipole.sources.solar import COMPONENTS, LINES, lines, spectrum

Numbers = NDArray[np.float64]

METHODS = ("auto", "first-order", "full")
#: Up to here the first order is taken, and what it is good to.
SMALL = 1e-3
#: What cells are doubled for; how many there are at first, without and with jumps of the field, and at most.
PRECISION, _FEW, _MANY, _MOST = 5e-3, 1000, 4000, 64000
#: Energies at which the error of the cells is looked at.
_PROBES = 5
#: Cells that are one before a field begins; threads, and energies of each at least.
_SPARSE, _THREADS, _EACH = 4, 4, 32
#: Cells for what does not oscillate along the way.
_SMOOTH = 400
#: Radii of a resolved record.
_RADII = 60


def precession(
    neutrino: Neutrino,
    *,
    field: str | File | Field | None = None,
    source: str | None = None,
    energies: Any = None,
    medium: str | Medium | None = None,
    model: str = "SF3-GS98",
    birthplaces: str = "B16-GS98",
    oscillation: str | Oscillation | None = None,
    method: str = "auto",
    resolved: bool = False,
    peak: float | None = None,
    twist: float = 0.0,
    correlation: float | None = None,
    seed: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Conversion:
    """Conversion in the Sun, a galaxy or a supernova.

    Parameters
    ----------
    neutrino : Neutrino
        Majorana: partners are antineutrinos; Dirac: right-handed, which no detector sees.
    field : str, Path or Field, optional
        Of the Sun: core:10kG, convective:50kG, ... or a CSV file, see `nudipole.precession.field`.
    source : str, optional
        Component of the Sun: its energies and places of birth.
    energies : array, optional
        [MeV]
    medium : str or Medium, optional
        In place of the Sun, see `nudipole.precession.medium`.
    model, birthplaces : str
        Solar models of densities, and of places of birth.
    oscillation : str or Oscillation, optional
    method : {"auto", "first-order", "full"}
        By default the first order where conversion of Majorana neutrinos stays below `SMALL`.
    resolved : bool
        Keep the places of birth, too.
    peak, twist, correlation, seed
        Of the field.
    progress : callable, optional
        Told of each step.

    Returns
    -------
    Conversion

    Raises
    ------
    NudipoleError
        For fields, media, sources and energies that do not go together or have no meaning.

    References
    ----------
    Akhmedov:2002mf; Jana:2022; Giunti:2014ixa

    Examples
    --------
    >>> mine = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12])
    >>> found = precession(mine, field="core:10kG", source="8B", energies=[10.0])
    >>> print(f"{found.partners[0, 0, 0]:.3e}, {found.method}")
    7.508e-11, first-order
    """
    tell = progress or (lambda step: None)
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    mixed = oscillation if isinstance(oscillation, Oscillation) else nufit(oscillation or "nufit-6.0-no")
    if not np.any(np.asarray(neutrino.lam) != 0):
        raise NudipoleError("the neutrino has no moments: nothing precesses")
    made, where, solar = _medium(field, medium, model, peak, twist, correlation, seed, source)
    E = _energies(energies, source, solar)
    component = source or "8B"
    chosen, few = _method(method, neutrino, mixed, made, where, E, component, birthplaces, solar, tell)
    cells, error = _cells(neutrino, mixed, made, where, E, chosen, component, birthplaces, solar, tell, few)
    tell(f"{chosen}, {len(E)} energies in {cells} cells")
    x = _ends(made, cells, chosen, where)
    weights = births(component, x, birthplaces) if solar else _first(x)
    born = ("e",) if solar else FLAVOURS
    runs = [_run(neutrino, mixed, made, x, E, chosen, flavour) for flavour in born]
    masses = np.stack([np.einsum("enk,n->ek", np.asarray(run.partners), weights) for run in runs])
    largest = float(masses.sum(axis=-1).max())
    if chosen == "first-order" and method == "auto" and largest >= SMALL:
        # Between the energies that were looked at.
        return precession(
            neutrino, field=where, source=source, energies=E, model=model, birthplaces=birthplaces, oscillation=mixed,
            method="full", resolved=resolved, progress=progress,
        )  # fmt: skip
    if chosen == "first-order" and largest > 1:
        raise NudipoleError(
            f"the first order converts {digits.number(largest)} of a neutrino: take method full, or auto"
        )
    partners = np.asarray(flavours(mixed, masses)) if neutrino.nature == "majorana" else masses
    kept, unitarity = _kept(runs, mixed, made, x, E, weights, born)
    radii = by_radius = None
    if resolved:
        if not solar:
            raise NudipoleError("resolved is of places of birth in the Sun: leave it out for another medium")
        radii, by_radius = _resolved(runs, mixed, x, weights, neutrino)
    doubts = _doubts(neutrino, mixed, made, masses, chosen, error, component if solar and not source else "", solar)
    return Conversion(
        neutrino, mixed, f"{made.name}: {made.words}", where.name if where else made.name, source or "", E, born,
        partners, kept, masses, radii, by_radius, chosen, cells, error, unitarity, doubts,
    )  # fmt: skip


def _medium(
    given: str | File | Field | None,
    other: str | Medium | None,
    model: str,
    peak: float | None,
    twist: float,
    correlation: float | None,
    seed: int | None,
    source: str | None,
) -> tuple[Medium, Field | None, bool]:
    if other is not None:
        if given is not None or source is not None or twist or correlation is not None or peak is not None:
            raise NudipoleError("a medium has its own field and no solar source: leave out field and source, or it")
        return (media.medium(other) if isinstance(other, str) else other), None, False
    if given is None:
        raise NudipoleError("a field is missing: write core:10kG, a CSV file, or a medium")
    where = fields.field(given, peak=peak, twist=twist, correlation=correlation, seed=seed)
    return sun(where, model=model), where, True


def _energies(given: Any, source: str | None, solar: bool) -> Numbers:
    if source is not None and source not in COMPONENTS:
        raise UnknownName("solar component", source, COMPONENTS)
    if given is None:
        if source is None and not solar:
            return np.linspace(1.0, 50.0, 50)
        name = source or "8B"
        if name in LINES:
            return lines(name)[0]
        top = float(spectrum(name)[0][-1])
        return np.linspace(top / 100, top, 100)
    E = np.atleast_1d(np.asarray(given, float))
    if E.ndim != 1 or not len(E) or len(E) > 5000:
        raise NudipoleError("energies: write 1 to 5000 of them")
    if not np.all(np.isfinite(E)) or E.min() <= 0:
        raise OutOfRange("energy", float(E.min()), 0, inside=True, unit="MeV")
    if source is not None:
        low, high = (0.0, float(spectrum(source)[0][-1])) if source not in LINES else _ends_of(lines(source)[0])
        for energy in E:
            if not low * (1 - 1e-9) <= energy <= high * (1 + 1e-9):
                raise OutOfRange(f"energy of {source}", float(energy), low, high, unit="MeV")
    return np.sort(E)


def _ends_of(E: Numbers) -> tuple[float, float]:
    return float(E.min()), float(E.max())


def _first(x: Numbers) -> Numbers:
    weights = np.zeros(len(x))
    weights[0] = 1.0
    return weights


def _ends(made: Medium, cells: int, method: str, where: Field | None) -> Numbers:
    x = made.ends(cells)
    if method != "first-order" or where is None:
        return x
    # Beyond the field the first order changes nothing; before it there are phases alone, which cells have exactly.
    start = where.edges[0]
    before = x[x < start]
    return np.concatenate([before[::_SPARSE], x[(x >= start) & (x <= where.last + 1e-12)]])


def _run(
    neutrino: Neutrino, mixed: Oscillation, made: Medium, x: Numbers, E: Numbers, method: str, flavour: str = "e"
) -> Precession:
    path = made.path(x)
    if method != "first-order":
        return full(neutrino, mixed, path, E, flavour)
    number = min(cores(), _THREADS, len(E) // _EACH)
    if number < 2:
        return first_order(neutrino, mixed, path, E, flavour)
    # Of one length, so that one is compiled; energies are independent.
    rows = np.resize(np.arange(len(E)), (number, -(-len(E) // number)))
    found = in_threads(lambda row: np.asarray(first_order(neutrino, mixed, path, E[row], flavour).partners), rows)
    return Precession(np.concatenate(found)[: len(E)], None)


def _probes(E: Numbers) -> Numbers:
    chosen = np.unique(np.linspace(0, len(E) - 1, min(_PROBES, len(E))).round().astype(int))
    return np.asarray(E[chosen])


def _sum(
    neutrino: Neutrino,
    mixed: Oscillation,
    made: Medium,
    where: Field | None,
    E: Numbers,
    cells: int,
    method: str,
    component: str,
    model: str,
    solar: bool,
) -> Numbers:
    x = _ends(made, cells, method, where)
    weights = births(component, x, model) if solar else _first(x)
    found: Numbers = np.asarray(_run(neutrino, mixed, made, x, E, method).partners).sum(axis=-1) @ weights
    return found


def _least(neutrino: Neutrino, mixed: Oscillation, made: Medium) -> int:
    """Cells that the full method needs for the field, as many as keep the exponent of one small."""
    lam = neutrino.to_flavour(mixed.pmns()).lam
    turns = float(np.linalg.norm(np.asarray(lam), 2)) * MU_B_GAUSS * made.field * made.length
    if made.name == "supernova":  # cells are longest at the far end
        turns *= 10
    if turns > LARGEST_EXPONENT * _MOST:
        raise NudipoleError(
            f"the moment turns by {digits.number(turns)} rad on the way, more than can be followed: lower "
            "the moment or the field"
        )
    return math.ceil(turns / LARGEST_EXPONENT * 1.05)


def _method(
    method: str,
    neutrino: Neutrino,
    mixed: Oscillation,
    made: Medium,
    where: Field | None,
    E: Numbers,
    component: str,
    model: str,
    solar: bool,
    tell: Callable[[str], None],
) -> tuple[str, Numbers | None]:
    """The method, and the sums of partners by few cells that it was chosen by."""
    if method == "first-order" and not solar:
        raise NudipoleError("the first order is of the Sun's fields: take method auto or full")
    if method != "auto":
        return method, None
    if neutrino.nature == "dirac" or made.name != "sun":
        return "full", None
    tell("choosing the method")
    found = _sum(neutrino, mixed, made, where, _probes(E), _FEW, "first-order", component, model, solar)
    return ("first-order", found) if float(found.max()) < SMALL else ("full", None)


def _cells(
    neutrino: Neutrino,
    mixed: Oscillation,
    made: Medium,
    where: Field | None,
    E: Numbers,
    method: str,
    component: str,
    model: str,
    solar: bool,
    tell: Callable[[str], None],
    few: Numbers | None,
) -> tuple[int, float]:
    """As many cells as change the sum of partners by less than `PRECISION` when they are doubled; the change."""
    probes = _probes(E)
    cells = _MANY if made.sharp else _FEW
    if method == "full":
        least = _least(neutrino, mixed, made)
        while cells < least:
            cells *= 2
    args = (method, component, model, solar)
    known = few is not None and cells == _FEW
    before = few if few is not None and known else _sum(neutrino, mixed, made, where, probes, cells, *args)
    while True:
        tell(f"error of {cells} cells")
        after = _sum(neutrino, mixed, made, where, probes, 2 * cells, *args)
        error = float(np.max(np.abs(after - before) / np.maximum(np.abs(after), 1e-300)))
        if error < PRECISION or 4 * cells > _MOST or float(np.max(after)) < 1e-25:
            return 2 * cells if error >= PRECISION / 4 else cells, error
        cells, before = 2 * cells, after


def _kept(
    runs: list[Precession],
    mixed: Oscillation,
    made: Medium,
    x: Numbers,
    E: Numbers,
    weights: Numbers,
    born: tuple[str, ...],
) -> tuple[NDArray[np.float64], float | None]:
    if runs[0].kept is None:
        whole = made.ends(_SMOOTH)
        n_e = made.path(whole).n_e
        share = weights if len(whole) == len(weights) else _shares(weights, x, whole)
        P = np.asarray(production_weights(mixed, 2 * E[:, None] * np.asarray(potential(n_e))[None]))
        return np.asarray(flavours(mixed, np.einsum("enk,n->ek", P, share / share.sum())))[None], None
    masses = np.stack([np.einsum("enk,n->ek", np.asarray(run.kept), weights) for run in runs])
    worst = max(
        float(np.abs(np.asarray(run.kept).sum(-1) + np.asarray(run.partners).sum(-1) - 1).max()) for run in runs
    )
    return np.asarray(flavours(mixed, masses)), worst


def _shares(weights: Numbers, x: Numbers, whole: Numbers) -> Numbers:
    """Shares at other radii."""
    shares = np.append(0.0, np.cumsum(weights))
    at = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    middles = np.concatenate([whole[:1], (whole[1:] + whole[:-1]) / 2, whole[-1:]])
    return np.diff(np.interp(middles, at, shares))


def _resolved(
    runs: list[Precession], mixed: Oscillation, x: Numbers, weights: Numbers, neutrino: Neutrino
) -> tuple[Numbers, NDArray[np.float64]]:
    """Means over stretches that many neutrinos are born in: conversion oscillates within."""
    last = int(np.searchsorted(np.cumsum(weights), 0.9999 * weights.sum())) + 1
    stretches = np.array_split(np.arange(last), min(_RADII, last))
    radii = np.array([x[i].mean() for i in stretches])
    found = np.stack(
        [np.stack([np.asarray(run.partners)[:, i].mean(axis=1) for i in stretches], axis=1) for run in runs]
    )
    return radii, (np.asarray(flavours(mixed, found)) if neutrino.nature == "majorana" else found)


def _doubts(
    neutrino: Neutrino,
    mixed: Oscillation,
    made: Medium,
    masses: NDArray[np.float64],
    method: str,
    error: float,
    assumed: str,
    solar: bool,
) -> tuple[str, ...]:
    largest = float(masses.sum(axis=-1).max())
    found = list(made.doubts)
    if method == "first-order":
        if largest >= SMALL:
            found.insert(
                0,
                f"the first order converts up to {digits.number(largest)}, too much for it: off by about as much, "
                "relative; take method full",
            )
        else:
            found.append(
                f"first order in the field: good to about {digits.number(largest, 1)}, relative; levels are followed "
                "adiabatically, which the Sun's are to a few 1e-4"
            )
    if error > PRECISION:
        found.insert(0, f"not converged: the cells' error is {digits.percent(error, 2)} with {_MOST} cells at most")
    if assumed:
        found.append(f"no source is named: neutrinos are taken to be born where those of {assumed} are")
    lam = np.abs(np.asarray(neutrino.lam))
    if neutrino.nature == "dirac" and solar and lam.max() == np.diag(lam).max():
        found.append(
            "diagonal moments are of Dirac neutrinos: a Majorana neutrino is its own antiparticle, which leaves it "
            "moments between different states alone (mu_12, mu_13, mu_23)"
        )
    if neutrino.nature == "dirac":
        found.append("right-handed neutrinos are seen by no detector: what counts is the disappearance")
    return tuple(found)

"""Exclusions: the largest dipole against the mass of the heavy lepton, experiment by experiment and together."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits
from nudipole.errors import NoEffect, NudipoleError, UnknownName
from nudipole.experiments.build.experiment import with_heavy
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.heavy_lepton import MOST, doubts, heaviest_counted
from nudipole.inference.asked import Asked, Progress, experiments_of, reported
from nudipole.io.stamp import stamp
from nudipole.portal.flight import Flight, surviving
from nudipole.portal.flight import said as flight_said
from nudipole.portal.masses import grid_in_words, grid_of, masses_of, model_seen, parameter_of
from nudipole.portal.records import PublishedCurve, published
from nudipole.properties import find, moment_of_dipole
from nudipole.statistics import CONSTRUCTIONS, described
from nudipole.statistics.many import best_fits, interval_of_each

if TYPE_CHECKING:
    from matplotlib.axes import Axes


#: Rounds in which a limit and the decays at it may come to agree, and how well.
_AGREE, _AGREED = 25, 1e-3


@dataclass(frozen=True)
class ExclusionCurve:
    """Largest dipole by mass, of one experiment or of several in one likelihood.

    Attributes
    ----------
    name : str
    masses, upper, lower : (n,)
        [MeV] and [1/GeV]; infinite where nothing is counted, or only by dipoles above 1/v. A lower end above zero is an
        excess: that mass has an interval and no exclusion.
    doubts : tuple of str
    end : float or None
        Mass of the heaviest lepton whose recoils reach the bins [MeV], where that is known.
    decayed : (n,) or None
        Share of the leptons that decay inside of the detector at the limit, where that was asked; NaN without limit.

    Examples
    --------
    >>> curve = ExclusionCurve("mine", np.array([1.0, 9.0]), np.array([1e-7, np.inf]), np.zeros(2), ())
    >>> curve.reach, curve.strongest
    (1.0, (1.0, 1e-07))
    """

    name: str
    masses: NDArray[np.float64]
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    doubts: tuple[str, ...]
    end: float | None = None
    decayed: NDArray[np.float64] | None = None

    @property
    def reach(self) -> float | None:
        """Largest mass [MeV] with a limit; None of none."""
        reached = self.masses[np.isfinite(self.upper)]
        return float(reached[-1]) if len(reached) else None

    @property
    def strongest(self) -> tuple[float, float] | None:
        """Mass [MeV] and dipole [1/GeV] of the strongest limit."""
        k = int(np.argmin(self.upper))
        return (float(self.masses[k]), float(self.upper[k])) if np.isfinite(self.upper[k]) else None

    def __str__(self) -> str:
        if self.strongest is None:
            return f"{self.name}: no limit at any of these masses"
        m4, d = self.strongest
        end = "" if self.end is None else f"; recoils of leptons up to {digits.number(self.end)} MeV reach the bins"
        weak = self.masses[(self.masses > (self.reach or 0.0)) & (self.masses < (self.end or 0.0))]
        end += f", no limit below 1/v from {digits.number(float(weak[0]))} MeV on" if len(weak) else ""
        where = f"at {digits.number(m4)} MeV" + (", the strongest" if len(self.masses) > 1 else "")
        return (
            f"{self.name}: d < {digits.number(d)} 1/GeV (mu = 2 d < {digits.number(moment_of_dipole(d))} mu_B) "
            f"{where}{end}"
        )

    def to_json(self) -> dict[str, Any]:
        """Numbers by mass; null where nothing is counted."""
        return {
            "name": self.name,
            "masses": self.masses.tolist(),
            "upper": self.upper.tolist(),
            "lower": self.lower.tolist(),
            "moment_upper": [moment_of_dipole(d) for d in self.upper.tolist()],
            "end": self.end,
            "decayed": None if self.decayed is None else self.decayed.tolist(),
            "doubts": list(self.doubts),
        }


@dataclass(frozen=True)
class Exclusion:
    """Curves of experiments and of all together, with published ones beside them.

    Attributes
    ----------
    parameter : str
        Of d, d_e, d_mu, d_tau.
    flavour : str
    cl : float
    construction : str
    curves : tuple of ExclusionCurve
        The last of several is that of all together.
    published : tuple of PublishedCurve

    Examples
    --------
    >>> found = exclusion("xenonnt-2022", [0.1], flavour="tau")
    >>> found.parameter, len(found.curves)
    ('d_tau', 1)
    """

    parameter: str
    flavour: str
    cl: float
    construction: str
    curves: tuple[ExclusionCurve, ...]
    published: tuple[PublishedCurve, ...]

    def __str__(self) -> str:
        head = (
            f"{self.parameter} at {digits.level(self.cl)} ({self.construction}); L = d nubar_L sigma N F, mu = 2 d, "
            "Dirac or Majorana"
        )
        lines = [head, *map(str, self.curves), *grid_in_words(self.curves[0].masses)]
        lines += [f"doubt: {doubt}" for doubt in dict.fromkeys(text for one in self.curves for text in one.doubts)]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-portal/1``."""
        return {
            **stamp("portal"),
            "parameter": self.parameter,
            "flavour": self.flavour,
            "unit": "1/GeV",
            "mass_unit": "MeV",
            "moment_unit": "mu_B",
            "lagrangian": "d nubar_L sigma^{mu nu} N F_{mu nu} + h.c.",
            "cl": self.cl,
            "construction": self.construction,
            "grid": grid_of(self.curves[0].masses),
            "curves": [one.to_json() for one in self.curves],
            "published": [one.to_json() for one in self.published],
        }

    def to_csv(self) -> str:
        """A line for every mass, a column for every curve."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["m4 [MeV]", *(f"{self.parameter} {one.name} [1/GeV]" for one in self.curves)])
        for k, m4 in enumerate(self.curves[0].masses.tolist()):
            ends = [float(one.upper[k]) for one in self.curves]
            writer.writerow([digits.typed(m4), *(end if np.isfinite(end) else "" for end in ends)])
        return text.getvalue()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the plane of mass and dipole, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.portal_plane(self, ax or plots.figure(8.4, 5.4)[1])


def exclusion(
    experiments: Asked,
    masses: str | Sequence[float] = "1keV..60MeV",
    *,
    flavour: str = "all",
    points: int = 40,
    cl: float = 0.90,
    construction: str = "unified",
    inside: Flight | None = None,
    progress: Progress | None = None,
) -> Exclusion:
    """Largest dipole against the mass, of every experiment and, of several, of all in one likelihood.

    Parameters
    ----------
    experiments : Experiment, or several
        Or names, files and descriptions, as `nudipole.load` takes them; without a heavy lepton of their own.
    masses : str or sequence of float
        1keV..60MeV, or 100keV,640keV; numbers are in MeV.
    flavour : {"all", "e", "mu", "tau"}
        Whose dipole; all: the same for each flavour, to a lepton of its own.
    points : int
        Of a range of masses.
    cl : float
    construction : str
        Asymptotic, of `nudipole.statistics.CONSTRUCTIONS`.
    inside : Flight, optional
        Path on which leptons that decay are lost; the limits are where d agrees with what it makes decay.
    progress : callable, optional

    Returns
    -------
    Exclusion

    Raises
    ------
    UnknownName, OutOfRange, NudipoleError
        For unknown names, levels and masses, and where no experiment sees any of the masses.

    Examples
    --------
    >>> print(str(exclusion("xenonnt-2022", "640keV", flavour="tau").curves[0]).split(";")[0])
    xenonnt-2022: d < 3.65e-07 1/GeV (mu = 2 d < 2.47e-09 mu_B) at 0.640 MeV
    """
    parameter, cl = parameter_of(flavour), arguments.level(cl)
    grid = masses_of(masses, points)
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    with reported(progress, "portal") as step:
        loaded = experiments_of(experiments)
        heavy = []
        for experiment in loaded:
            if experiment.spec.heavy is not None:
                raise NudipoleError(f"{experiment.name} has a heavy lepton of its own: leave heavy out of it")
            step(f"folding {experiment.name}")
            heavy.append(with_heavy(experiment, grid.tolist()))
        ask = _Asked(grid, parameter, flavour, cl, construction, inside)
        curves = []
        for experiment, reached in zip(loaded, heavy, strict=True):
            step(f"limits of {experiment.name}")
            each = [() if one is None else (one,) for one in reached]
            curves.append(ask.curve(experiment.name, each, heaviest_counted(experiment, flavour)))
        if len(loaded) > 1:
            step("limits of all together")
            together = [tuple(one for one in column if one is not None) for column in zip(*heavy, strict=True)]
            curves.append(ask.curve("combined", together, max(one.end or 0.0 for one in curves)))
    if all(one.reach is None for one in curves):
        names = " and ".join(experiment.name for experiment in loaded)
        raise NoEffect(
            f"{parameter}: none of these masses changes a count of {names}: choose lower ones, or another flavour"
        )
    return Exclusion(parameter, flavour, cl, construction, tuple(curves), published(flavour))


@dataclass(frozen=True)
class _Asked:
    """What a curve is asked for."""

    masses: NDArray[np.float64]
    parameter: str
    flavour: str
    cl: float
    construction: str
    inside: Flight | None

    def curve(self, name: str, reached: Sequence[tuple[Experiment, ...]], end: float) -> ExclusionCurve:
        """Limits of every mass, of the experiments that reach it."""
        lower, upper = self._ends(reached)
        decayed = None
        if self.inside is not None:
            lower, upper, decayed = self._agreeing(reached, self.inside, lower, upper)
        said = [
            f"{name}: an excess at {digits.number(float(self.masses[k]))} MeV: an interval, and no exclusion of less"
            for k in np.flatnonzero(lower > 0)
        ]
        limited = np.flatnonzero(np.isfinite(upper)).tolist()
        if decayed is not None and self.inside is not None and any(reached):
            first = next(some for some in reached if some)
            said.append(f"{name}: {flight_said(first[0], self.inside, self.masses, decayed)}")
        for k in limited[-1:]:
            said += doubts(reached[k], float(upper[k]), decays=self.inside is None)
        return ExclusionCurve(name, self.masses, upper, lower, tuple(dict.fromkeys(said)), end, decayed)

    def _ends(self, reached: Sequence[tuple[Experiment, ...]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper ends [1/GeV]; infinite where there is no limit below 1/v."""
        lower, upper = np.zeros(len(self.masses)), np.full(len(self.masses), np.inf)
        seen = {k: m for k, some in enumerate(reached) if (m := model_seen(some, self.parameter)) is not None}
        models = list(seen.values())
        fits = best_fits(models)
        in_unit = find(self.parameter).value
        found = interval_of_each(models, self.cl, self.construction, fits)
        for k, model, fit, one in zip(seen, models, fits, found, strict=True):
            described(model, fit, " + ".join(experiment.name for experiment in reached[k]))
            if in_unit(one.upper) <= MOST:
                lower[k], upper[k] = in_unit(one.lower) if np.isfinite(one.lower) else 0.0, in_unit(one.upper)
        return lower, upper

    def _agreeing(
        self,
        reached: Sequence[tuple[Experiment, ...]],
        inside: Flight,
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Ends that agree with what decays at them, and the shares that do.

        A larger dipole loses more: limits rise from those without decays to where both agree, or for ever, and then
        nothing is excluded.
        """
        decayed = np.full(len(upper), np.nan)
        open_ = np.isfinite(upper)
        for _ in range(_AGREE):
            some: list[tuple[Experiment, ...]] = [()] * len(upper)
            for k in np.flatnonzero(open_).tolist():
                made = [surviving(experiment, inside, float(upper[k])) for experiment in reached[k]]
                some[k], decayed[k] = tuple(one for one, _ in made), max(share for _, share in made)
            low, new = self._ends(some)
            moved = open_ & ~(np.abs(new / np.where(open_, upper, 1.0) - 1) <= _AGREED)
            lower, upper = np.where(open_, low, lower), np.where(open_, new, upper)
            open_ = moved & np.isfinite(upper)
            if not np.any(open_):
                break
        upper = np.where(open_, np.inf, upper)
        return np.where(np.isfinite(upper), lower, 0.0), upper, np.where(np.isfinite(upper), decayed, np.nan)

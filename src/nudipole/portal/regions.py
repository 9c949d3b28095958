"""Best fits and regions in the plane of mass and dipole."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from nudipole import arguments, digits
from nudipole.errors import NoEffect, NudipoleError
from nudipole.experiments.build.experiment import with_heavy
from nudipole.experiments.experiment import Experiment
from nudipole.inference.asked import Asked, Progress, experiments_of, reported
from nudipole.io.stamp import stamp
from nudipole.portal.masses import grid_in_words, grid_of, masses_of, model_seen, parameter_of
from nudipole.portal.records import PublishedCurve, published
from nudipole.properties import find, moment_of_dipole
from nudipole.statistics import described
from nudipole.statistics.many import best_fits, profiles
from nudipole.statistics.neyman import GlobalSignificance, global_significance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Points along the dipole of the region, and how far they go beyond what the data are sensitive to.
_POINTS, _BEYOND = 80, 5.0
#: Above the worst best chi2, what is excluded by so much that its value does not matter.
_FAR = 200.0


@dataclass(frozen=True)
class PortalFit:
    r"""Profile likelihood of mass and dipole.

    .. math:: \Delta\chi^2(m_4, d) = \min_\eta\chi^2(m_4, d, \eta) - \min\chi^2

    Attributes
    ----------
    name, parameter, flavour : str
    cl : float
    masses, best : (n,)
        Masses [MeV], and the best dipole of each [1/GeV].
    chi2 : (n,)
        At the best dipole of each mass.
    chi2_none : float
        Without a heavy lepton.
    d : (k,)
        Dipoles of the plane [1/GeV].
    delta_chi2 : (n, k)
    published : tuple of PublishedCurve
    scanned : GlobalSignificance or None
        Of the deepest minimum among all of the masses, where toys were asked for.

    Examples
    --------
    >>> m4, d = np.array([0.1, 0.6, 1.0]), np.array([1e-8, 1e-7])
    >>> chi2 = np.array([8.0, 5.0, 9.0])
    >>> found = PortalFit("mine", "d", "all", 0.9, m4, np.full(3, 1e-7), chi2, 10.0, d, np.zeros((3, 2)), ())
    >>> found.best_mass, found.improvement, found.minima
    (0.6, 5.0, ((0.6, 1e-07, 0.0),))
    """

    name: str
    parameter: str
    flavour: str
    cl: float
    masses: NDArray[np.float64]
    best: NDArray[np.float64]
    chi2: NDArray[np.float64]
    chi2_none: float
    d: NDArray[np.float64]
    delta_chi2: NDArray[np.float64]
    published: tuple[PublishedCurve, ...]
    scanned: GlobalSignificance | None = None

    @property
    def best_mass(self) -> float:
        """Of the deepest minimum [MeV]."""
        return float(self.masses[np.argmin(self.chi2)])

    @property
    def best_dipole(self) -> float:
        """Of the deepest minimum [1/GeV]."""
        return float(self.best[np.argmin(self.chi2)])

    @property
    def improvement(self) -> float:
        """By how much chi2 falls from no lepton to the deepest minimum."""
        return float(self.chi2_none - self.chi2.min())

    @property
    def minima(self) -> tuple[tuple[float, float, float], ...]:
        """Mass, dipole and chi2 above the deepest of every local minimum along the masses, the deepest first."""
        padded = np.concatenate([[np.inf], self.chi2, [np.inf]])
        local = np.flatnonzero((padded[1:-1] < padded[:-2]) & (padded[1:-1] <= padded[2:]) & (self.best > 0))
        found = [(float(self.masses[k]), float(self.best[k]), float(self.chi2[k] - self.chi2.min())) for k in local]
        return tuple(sorted(found, key=lambda one: one[2]))

    @property
    def threshold(self) -> float:
        """Delta chi2 at the edge of the region, of two degrees of freedom."""
        return float(chdtri(2, 1 - self.cl))

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the fit does not say."""
        said = []
        if len(self.minima) > 1:
            others = "; ".join(
                f"{digits.number(m4)} MeV with {digits.number(d)} 1/GeV, chi2 {digits.number(delta, 2)} higher"
                for m4, d, delta in self.minima[1:]
            )
            said.append(f"one of {len(self.minima)} solutions, others: {others}")
        if self.best_mass in (float(self.masses[0]), float(self.masses[-1])):
            said.append("the deepest minimum is at an end of the masses: it may go on beyond")
        if self.improvement > 0 and self.scanned is None:
            said.append(
                f"significance {digits.fixed(math.sqrt(self.improvement), 1)} sigma is local: the mass was scanned "
                f"over {len(self.masses)} values (toys give the global one)"
            )
        if self.threshold > self.improvement:
            said.append("no dipole at all lies in the region, too: its edge is that of two degrees of freedom")
        said.append("decays in flight are not modelled")
        return tuple(said)

    def __str__(self) -> str:
        d = self.best_dipole
        head = (
            f"{self.name}: best fit m4 = {digits.number(self.best_mass)} MeV, {self.parameter} = {digits.number(d)} "
            f"1/GeV, mu = 2 d = {digits.number(moment_of_dipole(d))} mu_B; chi2 falls by "
            f"{digits.fixed(self.improvement, 2)} from no lepton"
        )
        lines = [
            head,
            "L = d nubar_L sigma N F; papers with alpha d^2 for 4 alpha d^2 quote twice this d",
        ]
        found = self.scanned
        if found is not None:
            lines.append(
                f"significance {digits.fixed(found.z_local, 2)} sigma local, {digits.fixed(found.z_global, 2)} sigma "
                f"global: p = {digits.number(found.p_global, 2)} +- {digits.number(found.error, 2)}, the share of "
                f"{found.toys} toys without lepton with so large an excess at any of these {len(self.masses)} masses"
            )
        lines += grid_in_words(self.masses)
        return "\n".join([*lines, *(f"doubt: {doubt}" for doubt in self.doubts)])

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-portal-fit/1``."""
        return {
            **stamp("portal-fit"),
            "experiment": self.name,
            "parameter": self.parameter,
            "flavour": self.flavour,
            "unit": "1/GeV",
            "mass_unit": "MeV",
            "moment_unit": "mu_B",
            "lagrangian": "d nubar_L sigma^{mu nu} N F_{mu nu} + h.c.",
            "best_fit": {
                "mass": self.best_mass,
                "d": self.best_dipole,
                "moment": moment_of_dipole(self.best_dipole),
                "improvement": self.improvement,
            },
            "minima": [{"mass": m4, "d": d, "delta_chi2": delta} for m4, d, delta in self.minima],
            "chi2_none": self.chi2_none,
            "significance": None if self.scanned is None else {"method": "toys", **self.scanned._asdict()},
            "grid": grid_of(self.masses),
            "masses": self.masses.tolist(),
            "best": self.best.tolist(),
            "chi2": self.chi2.tolist(),
            "cl": self.cl,
            "threshold": self.threshold,
            "d": self.d.tolist(),
            "delta_chi2": self.delta_chi2.tolist(),
            "doubts": list(self.doubts),
        }

    def to_csv(self) -> str:
        """A line for every mass: the best dipole, and chi2 there."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["m4 [MeV]", f"best {self.parameter} [1/GeV]", "chi2 [1]", "chi2 without lepton [1]"])
        rows = zip(self.masses.tolist(), self.best.tolist(), self.chi2.tolist(), strict=True)
        writer.writerows([digits.typed(m4), *row, self.chi2_none] for m4, *row in rows)
        return text.getvalue()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the region, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.portal_region(self, ax or plots.figure(8.4, 5.4)[1])


def fit(
    experiments: Asked,
    masses: str | Sequence[float] = "10keV..3MeV",
    *,
    flavour: str = "all",
    points: int = 60,
    cl: float = 0.90,
    toys: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> PortalFit:
    """Best mass and dipole, and the region about them.

    Parameters
    ----------
    experiments : Experiment, or several in one likelihood
        Or names, files and descriptions, as `nudipole.load` takes them.
    masses : str or sequence of float
        10keV..3MeV, or 100keV,640keV; numbers are in MeV.
    flavour : {"all", "e", "mu", "tau"}
    points : int
        Of a range of masses.
    cl : float
        Of the region, with two degrees of freedom.
    toys : int, optional
        Without a lepton, for the significance of the deepest minimum among all masses; of one experiment.
    seed : int
    progress : callable, optional

    Returns
    -------
    PortalFit

    Raises
    ------
    UnknownName, OutOfRange, NudipoleError
        For unknown names, levels and masses, and where no experiment sees any of the masses.

    Examples
    --------
    >>> found = fit("xenonnt-2022", [0.1, 0.64], flavour="tau")
    >>> found.best_dipole, found.delta_chi2.shape
    (0.0, (2, 80))
    """
    parameter, cl = parameter_of(flavour), arguments.level(cl)
    quantity, grid = find(parameter), masses_of(masses, points)
    if toys is not None:
        toys = int(arguments.number("toys", toys, low=1))
    with reported(progress, "portal") as step:
        loaded = experiments_of(experiments)
        name = " + ".join(experiment.name for experiment in loaded)
        if toys is not None and len(loaded) > 1:
            raise NudipoleError(f"toys of a scanned mass are of one experiment: {name} are {len(loaded)}")
        heavy = []
        for experiment in loaded:
            step(f"folding {experiment.name}")
            heavy.append(with_heavy(experiment, grid.tolist()))
        step(f"fitting {name}")
        kept, models = [], []
        for m4, column in zip(grid, zip(*heavy, strict=True), strict=True):
            model = model_seen([one for one in column if one is not None], parameter)
            if model is None:
                continue
            models.append(model)
            kept.append(float(m4))
        if not kept:
            raise NoEffect(f"{parameter}: none of these masses changes a count of {name}: choose others")
        fits = best_fits(models)
        described(models[0], fits[0], name)
        poi = np.array([max(one.poi, 0.0) for one in fits])
        seen = quantity.values(poi + np.array([min(one.poi_error, 1e12) for one in fits]))
        d = np.geomspace(seen.min() / _BEYOND, seen.max() * _BEYOND, _POINTS)
        step("region")
        at = np.concatenate([[0.0], np.asarray(quantity.poi(d))])
        chi2 = profiles(models, at, fits, beyond=max(one.chi2 for one in fits) + _FAR)
        scanned = None
        if toys is not None:
            step("toys without a lepton")
            scanned = _significance([column for (column,) in zip(*heavy, strict=True) if column], parameter, toys, seed)
    least = np.array([one.chi2 for one in fits])
    return PortalFit(
        name=name,
        parameter=parameter,
        flavour=flavour,
        cl=cl,
        masses=np.array(kept),
        best=quantity.values(poi),
        chi2=least,
        chi2_none=float(chi2[0, 0]),
        d=d,
        delta_chi2=chi2[:, 1:] - least.min(),
        published=published(flavour),
        scanned=scanned,
    )


def _significance(experiments: Sequence[Experiment], parameter: str, toys: int, seed: int) -> GlobalSignificance:
    """Of the largest excess over all masses; the models have the same nuisances: fluxes that matter for any mass."""
    models = [m for one in experiments if (m := model_seen([one], parameter)) is not None]
    fluxes = {name for model in models for name in model.nuisances}
    alike = [m for one in experiments if (m := model_seen([one], parameter, fluxes)) is not None]
    return global_significance(alike, toys=toys, seed=seed)

"""A limit: the number, and everything its meaning depends on."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.digits import number
from nudipole.experiments import atomic_choice, conversion, heavy_lepton
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import named, quantity_of
from nudipole.experiments.schema.published import PublishedLimit
from nudipole.experiments.settings import settings
from nudipole.experiments.shapes import shape_names
from nudipole.inference.ends import Ends, MonteCarlo, doubts, plain_band, sided
from nudipole.inference.spread import Spread
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import FLAVOURS
from nudipole.models.lookup import beside, find
from nudipole.properties import Neutrino, Parameter, moment_of_dipole
from nudipole.statistics import GoodnessOfFit, Significance

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from nudipole.inference.credible import CredibleLimit

#: What the chi2 of a fit is relative to, by kind of statistics.
_SATURATED = {
    "poisson": "saturated Poisson",
    "counting": "saturated Poisson",
    "gaussian": "Gaussian errors",
    "relative": "Gaussian errors",
    "on-off": "saturated ON-OFF",
}
#: Share of a flavour in a beam from which on its moment is that of the beam.
_NEARLY_ALL = 0.95
#: Steps of a free nuisance within which responses and backgrounds were folded.
_FOLDED = 1.0


@dataclass(frozen=True, repr=False)
class LikelihoodProfile:
    r"""Profile likelihood of one parameter, nuisances at their conditional best fit.

    Attributes
    ----------
    parameter, unit : str
        What is fitted: the square of a moment.
    values : (n,)
        [unit]
    delta_chi2 : (n,)

    Examples
    --------
    >>> found = LikelihoodProfile("r2_e", "cm^2", np.array([-1e-32, 0.0, 1e-32]), np.array([1.0, 0.0, 1.0]))
    >>> found.to_xarray().sel(r2_e=0.0).item(), found.to_xarray().r2_e.attrs["units"]
    (0.0, 'cm^2')
    """

    parameter: str
    unit: str
    values: NDArray[np.float64]
    delta_chi2: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        low, high = (digits.number(float(end)) for end in self.values[[0, -1]])
        return f"LikelihoodProfile({self.parameter} from {low} to {high} {self.unit}, {len(self)} points)"

    def to_xarray(self) -> xr.DataArray:
        """Labelled by the values of the parameter, whose unit is an attribute."""
        import xarray as xr

        coords = {self.parameter: (self.parameter, self.values, {"units": self.unit})}
        return xr.DataArray(
            self.delta_chi2, coords=coords, dims=[self.parameter], name="delta_chi2", attrs={"units": "1"}
        )


@dataclass(frozen=True, repr=False)
class Limit:
    """Limit of one experiment, or of several in one likelihood.

    Attributes
    ----------
    experiments : tuple of Experiment
    parameter, parametrisation, unit : str
    cl : float
    construction : str
        Of `constructions`, the one that `lower`, `upper` and `expected_upper` are read from.
    constructions : dict of Ends
        The usual constructions on the same likelihood, beside the chosen one: numbers that differ only by
        convention stand side by side.
    best_fit : float
        Of the parameter; for a moment the root of the fitted square.
    factors, pulls : dict of float
        At the best fit: of the backgrounds, and of fluxes and responses in standard deviations.
    goodness_of_fit, significance
        Saturated chi2 at the best fit; excess over no signal.
    mu_eff_upper : float or None
        The upper end as effective moment of the beam [mu_B]; None for several beams.
    grid, delta_chi2 : (n,)
        Profile: the parameter (squared, for a moment) in its unit, and Delta chi2.
    minimisers : dict
        The minimum of chi2 by Newton steps in JAX and by Minuit.
    few_counts : str
        Why asymptotic constructions are not to be trusted here; empty where they are.
    minima : tuple of (value, delta_chi2)
        All local minima of chi2 below the threshold of the chosen construction, by parameter.
    alone : tuple of Limit
        The limits of the experiments one by one; empty for a single one.
    method : str
        ``asymptotic``, or what the chosen construction was calibrated or sampled with: of `METHODS`.
    monte_carlo : MonteCarlo or None
        Of a construction by toys.
    credible : CredibleLimit or None
        Of a credible limit: prior, sampling, posterior.
    observed_upper : float or None
        The upper end of the data, of a power-constrained limit.
    spread : Spread or None
        What other descriptions of the atom give, where that was asked for (`nudipole.inference.spread.spread`).
    neutrino : Neutrino or None
        The given one, whose strength is limited.

    Examples
    --------
    >>> import nudipole as nd
    >>> found = nd.limit("xenonnt-2022", "mu_nu")
    >>> print(f"{found.upper:.2e} {found.unit}", found.ends.sides, found.method)
    6.81e-12 mu_B two asymptotic
    """

    experiments: tuple[Experiment, ...]
    parameter: str
    parametrisation: str
    unit: str
    cl: float
    construction: str
    constructions: dict[str, Ends]
    best_fit: float
    factors: dict[str, float]
    pulls: dict[str, float]
    goodness_of_fit: GoodnessOfFit
    significance: Significance | None
    mu_eff_upper: float | None
    grid: NDArray[np.float64]
    delta_chi2: NDArray[np.float64]
    minimisers: dict[str, dict[str, float | str] | None]
    alone: tuple[Limit, ...] = ()
    method: str = "asymptotic"
    monte_carlo: MonteCarlo | None = None
    credible: CredibleLimit | None = None
    observed_upper: float | None = None
    minima: tuple[tuple[float, float], ...] = ()
    few_counts: str = ""
    spread: Spread | None = None
    neutrino: Neutrino | None = None

    def __repr__(self) -> str:
        return f"Limit({self})"

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, ax = plots.figure()
        self.plot(ax)
        words = self.fit_in_words() | {"meaning": self.meaning, "notes": "; ".join(self.notes)}
        rows = {key: text for key, text in words.items() if text}
        return notebook.shown(str(self), rows, plots.svg(fig, f"{self.parameter} of {self.name}"))

    @property
    def experiment(self) -> Experiment:
        """The experiment; the first of several."""
        return self.experiments[0]

    @property
    def name(self) -> str:
        """Names of the experiments, with their variants."""
        return named(self.experiments)

    @property
    def variant(self) -> str | None:
        """Of the description; of several experiments the first's."""
        return self.experiment.variant

    @property
    def projected(self) -> bool:
        """Whether none of the experiments has data."""
        return all(e.given_data is None for e in self.experiments)

    @property
    def nuisances(self) -> dict[str, float]:
        """Factors and pulls."""
        return self.factors | self.pulls

    @property
    def ends(self) -> Ends:
        """Ends of the chosen construction."""
        return self.constructions[self.construction]

    @property
    def lower(self) -> float | None:
        """Lower end of the first interval; 0 at the boundary, None if one-sided."""
        return self.ends.lower

    @property
    def upper(self) -> float:
        """Upper end of the last interval."""
        return self.ends.upper

    @property
    def expected_upper(self) -> float:
        """Median expected upper end without signal."""
        return self.ends.expected_upper

    @property
    def squared(self) -> bool:
        """Whether the profile is in the square of the parameter."""
        return self.quantity.squared

    @property
    def quantity(self) -> Parameter:
        """What is limited."""
        return quantity_of(self.parameter if self.neutrino is None else self.neutrino)

    @property
    def meaning(self) -> str:
        """Which moment of which beam the number refers to."""
        text = self.quantity.meaning
        if not any(e.sees_moments for e in self.experiments):
            whole = conversion.meaning(self.experiments, self.parameter)
            return whole if self.parameter in conversion.CONVERSION else f"{text}, the others {self._others}; {whole}"
        if self.neutrino is not None:
            return f"{text} ({self.neutrino.nature}, {self.neutrino.basis} basis); below 1 it is excluded"
        if not self.squared:
            return f"{text}; the other parameters of {self.parametrisation!r} {self._others}"
        heavy = self.parameter in heavy_lepton.HEAVY
        beams = "; ".join(
            f"{e.spec.source.kind} beam{'' if len(self.experiments) == 1 else f' of {e.name}'}, "
            + ", ".join(f"rho_{f}{f} = {digits.fixed(rho[i, i].real, 3)}" for i, f in enumerate(FLAVOURS))
            for e in self.experiments
            if e.sees_moments
            for rho in [heavy_lepton.heavy_rho(e) if heavy else e.dipole_rho]
        )
        if heavy:
            masses = dict.fromkeys(digits.plain(e.spec.heavy.mass, 6) for e in self.experiments if e.spec.heavy)
            return (
                f"{text}, L = d nubar_L sigma N F, of {' and '.join(masses)} MeV (Dirac or Majorana), the others "
                f"{self._others}; {heavy_lepton.in_both({self.parameter: self.upper})}; the data bound "
                f"Tr[rho d d^+] of what upscatters of the {beams}"
            )
        return (
            f"{text} (parametrisation {self.parametrisation!r}, the others {self._others}); the data bound the "
            f"effective moment mu_eff^2 = Tr[rho lambda^+ lambda] of the {beams}"
        )

    @property
    def _free(self) -> set[str]:
        """Names that nuisances without constraint may have in the fit."""
        free = [(e.name, v.name) for e in self.experiments for v in e.variations if v.free]
        return {name for of, own in free for name in (own, f"{of}/{own}")}

    @property
    def _shapes(self) -> set[str]:
        """Names that coefficients of the shapes of backgrounds may have in the fit."""
        return {name for e in self.experiments for own in shape_names(e) for name in (own, f"{e.name}/{own}")}

    @property
    def _others(self) -> str:
        """Where the parameters are that are not fitted."""
        kept = {name: find(name).default for name in beside(self.parameter)}
        if not any(kept.values()):
            return "zero"
        return "at their defaults: " + ", ".join(f"{name} = {digits.plain(value)}" for name, value in kept.items())

    def fit_in_words(self) -> dict[str, str]:
        """Normalisations, pulls of constrained nuisances, steps of free ones, and quality of the fit."""
        fit = self.goodness_of_fit
        kinds = dict.fromkeys(_SATURATED[e.spec.statistics.kind] for e in self.experiments)
        quality = fit.in_words(", ".join(kinds))
        if self.projected:
            quality = "a projection: its data are the expectation"
        elif projected := [e.name for e in self.experiments if e.given_data is None]:
            quality = f"projections in part: the data of {', '.join(projected)} are the expectation"
        factors = [f"{name} x {digits.fixed(value, 3)}" for name, value in self.factors.items()]
        free, shapes = self._free, self._shapes
        # What rounds to nothing is in the JSON alone.
        moves = {name: digits.fixed(value, 2, sign=True) for name, value in self.pulls.items() if abs(value) >= 0.005}
        pulled = ", ".join(f"{name} {value} sigma" for name, value in moves.items() if name not in free | shapes)
        # As large a change as the background itself would be 1.
        turned = {name: value for name, value in self.pulls.items() if name in shapes and abs(value) >= 1e-6}
        bent = ", ".join(f"{name} {digits.number(value, 2, sign=True)}" for name, value in turned.items())
        moved = ", ".join(f"{name} {value} steps" for name, value in moves.items() if name in free)
        words = {
            "normalised": ", ".join(factors),
            "pulled": pulled,
            "moved": moved,
            "shapes": bent,
            "fit quality": quality,
        }
        return {key: text for key, text in words.items() if text}

    @property
    def doubts(self) -> list[str]:
        """What makes the number weaker, or stronger, than it looks."""
        raised = self.observed_upper is not None and self.observed_upper < self.ends.upper
        raised_from = self.observed_upper if raised else None
        found = doubts(self.ends, self.method, self.few_counts, self.monte_carlo, raised_from=raised_from)
        if self.credible is not None:
            found += [f"not converged: {text}" for text in self.credible.unconverged()]
            found += [text for text in self.credible.warnings() if text not in self.credible.unconverged()]
        found += [
            f"{name} lies {digits.fixed(abs(value), 1)} steps away, where nothing was folded"
            for name, value in self.pulls.items()
            if name in self._free and abs(value) > _FOLDED
        ]
        if self.parameter in heavy_lepton.HEAVY:
            found += heavy_lepton.doubts(self.experiments, self.upper)
        if self.neutrino is None and any(e.beam.converted for e in self.experiments):
            found += conversion.doubts(self.experiments, self.parameter, self.upper)
        if "minuit" in self.minimisers and self.minimisers["minuit"] is None:
            found.append("Minuit did not confirm the minimum")
        return found

    @property
    def shared(self) -> tuple[str, ...]:
        """Nuisances of a combination that are one and the same in several experiments."""
        own = tuple(f"{experiment.name}/" for experiment in self.experiments)
        return tuple(name for name in self.nuisances if not name.startswith(own)) if len(own) > 1 else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Doubts about the descriptions, each with its key; of several experiments with the name."""
        several = len(self.experiments) > 1
        return tuple(f"{e.name}: {note}" if several else note for e in self.experiments for note in e.notes)

    def __str__(self) -> str:
        ends = self.ends
        level = "CL" if self.credible is None else "credibility"
        power = "" if self.observed_upper is None else ", power-constrained"
        unit = [] if self.unit == "1" else [self.unit]
        band = f", -1 to +1 sigma {number(ends.band[-1])} to {number(ends.band[1])}" if ends.band else ""
        return (
            f"{self.name}: {' '.join([ends.words(self.parameter), *unit])} at {digits.level(self.cl, level)} "
            f"({sided(self.construction, ends.sides)}{power}; median expected {number(ends.expected_upper)}{band})"
            + "".join(f"; {doubt}" for doubt in self.doubts)
        )

    def published_values(self) -> list[float]:
        """Published ends on the parameter, or on the moment of the one flavour that the beam has nearly all of."""
        same = {self.parameter}
        if self.parameter == "mu_nu":
            shares = self.experiment.dipole_rho.real.diagonal()
            same |= {f"mu_{name}" for name, share in zip(FLAVOURS, shares, strict=True) if share > _NEARLY_ALL}
        published = [item for item in self.experiment.spec.published if isinstance(item, PublishedLimit)]
        return [end for item in published if item.parameter in same for end in item.ends]

    @property
    def profile(self) -> LikelihoodProfile:
        """Delta chi2 against the parameter, or its square for a moment."""
        quantity = self.quantity
        return LikelihoodProfile(quantity.fitted, quantity.fitted_unit, self.grid, self.delta_chi2)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the profile, or of a credible limit the marginal posterior, on `ax` or in a new figure."""
        from nudipole import plots

        ax = ax or plots.figure()[1]
        return plots.profile(self, ax) if self.credible is None else plots.marginal(self.credible, ax)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-limit/1`` (docs/reference/json.md)."""
        specs = [e.spec for e in self.experiments]
        single = len(specs) == 1
        return {
            **stamp("limit"),
            "experiment": self.name if not single else specs[0].name,
            "variant": self.variant if single else None,
            "parameter": self.parameter,
            "parametrisation": self.parametrisation,
            "unit": self.unit,
            "meaning": self.meaning,
            "cl": self.cl,
            "method": self.method,
            "construction": self.construction,
            "sides": self.ends.sides,
            "lower": self.lower,
            "upper": self.upper,
            "intervals": [list(ends) for ends in self.ends.intervals],
            "expected_upper": self.expected_upper,
            "expected_band": plain_band(self.ends.band),
            "expected_lower_band": plain_band(self.ends.lower_band),
            "beyond_expected_band": self.ends.surprises,
            "power_constrained": self.observed_upper is not None,
            "observed_upper": self.upper if self.observed_upper is None else self.observed_upper,
            "doubts": self.doubts,
            "few_counts": self.few_counts or None,
            "mu_eff_upper": self.mu_eff_upper,
            "heavy": self._heavy(),
            "best_fit": {
                "value": self.best_fit,
                "minima": [{"value": value, "delta_chi2": delta} for value, delta in self.minima],
                "nuisances": self.nuisances,
                "minimisers": self.minimisers,
            },
            "projected": self.projected,
            "goodness_of_fit": self.goodness_of_fit._asdict(),
            "significance": None if self.significance is None else self.significance._asdict(),
            "atomic": self._atomic(),
            "constructions": {name: ends.to_json() for name, ends in self.constructions.items()},
            "credible": None if self.credible is None else self.credible.to_json(),
            "monte_carlo": None if self.monte_carlo is None else self.monte_carlo.to_json(),
            "profile": {
                "parameter": self.quantity.fitted,
                "unit": self.quantity.fitted_unit,
                "values": self.grid.tolist(),
                "delta_chi2": self.delta_chi2.tolist(),
            },
            "notes": list(self.notes),
            "shared": list(self.shared),
            **(_description(self.experiment) if single else {}),
            "experiments": [
                {
                    "experiment": e.name,
                    "variant": e.variant,
                    "upper": result.upper,
                    "expected_upper": result.expected_upper,
                    **_description(e),
                }
                for e, result in zip(self.experiments, self.alone, strict=False)
            ],
        }

    def _heavy(self) -> dict[str, Any] | None:
        """Of a dipole to a heavy lepton: its mass, and the moment that is twice the upper end."""
        masses = [e.spec.heavy.mass for e in self.experiments if e.spec.heavy]
        if self.parameter not in heavy_lepton.HEAVY or not masses:
            return None
        return {
            "mass": masses[0],
            "mass_unit": "MeV",
            "lagrangian": "d nubar_L sigma^{mu nu} N F_{mu nu} + h.c.",
            "moment_upper": moment_of_dipole(self.upper),
            "moment_unit": "mu_B",
        }

    def _atomic(self) -> dict[str, Any] | None:
        """Which description of the atom the number rests on, and what others give; None without electrons."""
        chosen = atomic_choice.to_json(self.experiments, self.parameter)
        return chosen and chosen | {"spread": None if self.spread is None else self.spread.to_json()}

    def to_csv(self) -> str:
        """The profile curve as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([f"{self.quantity.fitted} [{self.quantity.fitted_unit}]", "delta_chi2 [1]"])
        writer.writerows([float(x), float(y)] for x, y in zip(self.grid, self.delta_chi2, strict=True))
        return text.getvalue()


def _description(experiment: Experiment) -> dict[str, Any]:
    """What an experiment's numbers rest on."""
    spec, rho = experiment.spec, experiment.dipole_rho if experiment.sees_moments else None
    return {
        "rho": None if rho is None else {"real": rho.real.tolist(), "imag": rho.imag.tolist()},
        "published": [item.model_dump(exclude_none=True, by_alias=True) for item in spec.published],
        "settings": {
            "source": spec.source.model_dump(),
            "processes": {name: item.model_dump() for name, item in spec.named_processes.items()},
            "target": spec.target.model_dump(),
            "detector": settings(experiment),
            "backgrounds": {
                name: item.model_dump(by_alias=True)["normalisation"] for name, item in spec.backgrounds.items()
            },
        },
        "references": [item.key for item in spec.reference],
    }

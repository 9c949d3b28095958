"""Credible limits on a neutrino's electromagnetic properties, from one experiment or several in one likelihood."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood
from nudipole.io.stamp import stamp
from nudipole.models import find
from nudipole.numerics import jnp
from nudipole.properties import Parameter
from nudipole.sampling.inference_data import inference_data
from nudipole.sampling.posterior import KINDS, Credible, Kind, Posterior, sample, shortest
from nudipole.statistics import Model, asimov, best_fit, expected_credible, profile
from nudipole.statistics.fit import BATCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Above this R-hat, and below this effective sample size, a posterior is not to be trusted.
RHAT, ESS = 1.01, 400.0
#: Lengths that differ by less are equal.
_AS_SHORT = 0.01
#: Said of a shortest interval of a moment that a shortest one of its square would not share.
_JACOBIAN = "excludes 0 by the Jacobian of the moment, not by the data: the shortest interval of its square reaches 0"


class _Flat(NamedTuple):
    """A prior as users call it."""

    name: str
    words: str


#: Priors of the modulus of a moment, by what they are flat in.
PRIORS = {
    "flat-mu2": _Flat("flat", "flat in {0}^2"),
    "flat-mu": _Flat("flat-root", "flat in {0}"),
    "log": _Flat("log", "flat in ln({0})"),
}


@dataclass(frozen=True)
class CredibleLimit:
    """Credible limit of one experiment, or of several in one likelihood.

    Attributes
    ----------
    experiments : tuple of Experiment
    parameter, parametrisation, unit : str
    cl : float
        Credibility.
    kind : {"upper", "equal-tailed", "hpd"}
        Of `regions`, the one that `lower`, `upper` and their errors are read from.
    prior : str
        In words, with the lower cut where there is one.
    regions : dict of Credible
        All kinds, in the unit of the parameter; the shortest interval is that of the parameter, not of its square.
    expected_upper : float or None
        The upper end of `kind` for data without signal (Asimov), by the same sampler.
    band, lower_band : dict of float or None
        Ends expected without signal, by standard deviations from -2 to 2, asymptotically; None of a shortest interval,
        and of the lower end of an upper limit.
    by_jacobian : bool
        Whether the shortest interval of a moment excludes 0 only because it is the shortest in the moment: in its
        square, in which the likelihood is largest at 0, the shortest one reaches 0.
    modes : tuple of (value, share)
        Local maxima of the profile likelihood in the unit of the parameter, and the share of the posterior around each:
        several where the data have several solutions, which one region then spans.
    posterior : Posterior

    Examples
    --------
    >>> region = Credible(0.0, 8.7e-12, 0.0, 4e-14, 0.9, "upper")
    >>> words = ("mu_nu", "universal", "mu_B", 0.9, "upper", "flat in mu^2")
    >>> CredibleLimit((), *words, {"upper": region}, 1.1e-11, posterior=None).upper
    8.7e-12
    """

    experiments: tuple[Experiment, ...]
    parameter: str
    parametrisation: str
    unit: str
    cl: float
    kind: Kind
    prior: str
    regions: dict[Kind, Credible]
    expected_upper: float | None
    posterior: Posterior
    band: dict[int, float] | None = None
    lower_band: dict[int, float] | None = None
    by_jacobian: bool = False
    modes: tuple[tuple[float, float], ...] = ()

    @property
    def name(self) -> str:
        """Names of the experiments, with their variants."""
        return " + ".join(e.name if e.variant is None else f"{e.name} ({e.variant})" for e in self.experiments)

    @property
    def region(self) -> Credible:
        """The chosen region."""
        return self.regions[self.kind]

    @property
    def lower(self) -> float | None:
        """Lower end; None of an upper limit."""
        return None if self.kind == "upper" else self.region.lower

    @property
    def upper(self) -> float:
        """Upper end."""
        return self.region.upper

    @property
    def lower_error(self) -> float | None:
        """Monte Carlo error of the lower end."""
        return None if self.kind == "upper" else self.region.lower_error

    @property
    def upper_error(self) -> float:
        """Monte Carlo error of the upper end."""
        return self.region.upper_error

    @property
    def rhat(self) -> float:
        """The largest of all parameters."""
        return self.posterior.rhat

    @property
    def ess(self) -> float:
        """Effective sample size of the parameter."""
        return self.posterior.ess

    @property
    def divergences(self) -> int:
        """Trajectories that diverged."""
        return self.posterior.divergences

    @property
    def samples(self) -> NDArray[np.float64]:
        """The parameter in its unit, (chain, draw)."""
        return find(self.parameter).values(self.posterior.poi)

    @property
    def nuisances(self) -> dict[str, NDArray[np.float64]]:
        """Factors of backgrounds, and pulls of fluxes and responses, (chain, draw) each."""
        model, eta = self.posterior.model, self.posterior.eta
        factors = {b.name: np.asarray(b.factor(jnp.asarray(eta[:, :, k]))) for k, b in enumerate(model.backgrounds)}
        split = len(model.backgrounds)
        return factors | {name: eta[:, :, split + k] for k, name in enumerate(model.signal_nuisances)}

    def unconverged(self) -> list[str]:
        """Why the chains are no sample of the posterior yet; empty if they are."""
        found = []
        if not self.rhat < RHAT:
            found.append(f"R-hat {digits.fixed(self.rhat, 3)} is above {RHAT}: the chains disagree, draw more")
        if not self.ess > ESS:
            found.append(f"only {digits.fixed(self.ess, 0)} effective samples (below {digits.plain(ESS)}): draw more")
        return found

    def warnings(self) -> list[str]:
        """What speaks against trusting the numbers; empty if all is well."""
        found = self.unconverged()
        if len(self.modes) > 1:
            shares = ", ".join(f"{digits.number(value)} ({digits.percent(share)})" for value, share in self.modes)
            found.append(f"one region over {len(self.modes)} modes of the posterior, at {shares} {self.unit}")
        if self.divergences:
            found.append(
                f"{self.divergences} of {self.posterior.poi.size} trajectories diverged: "
                "see whether the limit stays with an acceptance nearer to 1"
            )
        return found

    def to_inference_data(self) -> Any:
        """The samples for ArviZ; see `nudipole.sampling.inference_data`."""
        return inference_data(self.posterior)

    def __str__(self) -> str:
        low, high, errors = self.region.lower, self.upper, self.region
        level = f"{digits.level(self.cl, 'credibility')} ({self.kind}, prior {self.prior}){self._doubt(self.kind)}"
        level += "".join(f"; not converged: {text}" for text in self.unconverged())
        upper = f"{self.parameter} < {digits.with_error(high, errors.upper_error)}"
        ends = upper if self.kind == "upper" else f"{digits.with_error(low, errors.lower_error)} < {upper}"
        return f"{self.name}: {ends} {self.unit} at {level}"

    def _doubt(self, kind: Kind) -> str:
        """What the ends of a region do not mean."""
        if kind == "equal-tailed" and find(self.parameter).squared:
            return " (never reaches 0)"
        return f" ({_JACOBIAN})" if kind == "hpd" and self.by_jacobian else ""

    def in_words(self) -> dict[str, str]:
        """Prior, regions with their Monte Carlo errors, sampling and expectation, a line each."""
        posterior = self.posterior
        chains, draws = posterior.poi.shape
        regions = [(kind, self.regions[kind]) for kind in KINDS]
        words = {
            "prior": self.prior,
            "credible": "; ".join(f"{_written(region)} {self.unit}{self._doubt(kind)}" for kind, region in regions),
            "sampling": f"NUTS, {chains} chains of {draws} draws after {posterior.warmup}, seed {posterior.seed}",
            "mixing": f"R-hat {digits.fixed(self.rhat, 4)}, effective samples {digits.fixed(self.ess, 0)}, "
            f"divergences {self.divergences}",
        }
        if self.expected_upper is not None:
            words["expected"] = f"{digits.number(self.expected_upper)} {self.unit} without signal"
        return words | {f"warning {k + 1}": text for k, text in enumerate(self.warnings())}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the marginal posterior of the parameter, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.marginal(self, ax or plots.figure()[1])

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the samples; schema ``nudipole-credible/1``."""
        posterior = self.posterior
        chains, draws = posterior.poi.shape
        return {
            **stamp("credible"),
            "experiments": [{"experiment": e.name, "variant": e.variant} for e in self.experiments],
            "parameter": self.parameter,
            "parametrisation": self.parametrisation,
            "unit": self.unit,
            "cl": self.cl,
            "method": "bayesian",
            "kind": self.kind,
            "prior": self.prior,
            "lower": self.lower,
            "upper": self.upper,
            "lower_error": self.lower_error,
            "upper_error": self.upper_error,
            "expected_upper": self.expected_upper,
            "modes": [{"value": value, "share": share} for value, share in self.modes],
            "regions": {
                name: region._asdict() | ({"excludes_zero_by_jacobian": self.by_jacobian} if name == "hpd" else {})
                for name, region in self.regions.items()
            },
            "sampling": {
                "sampler": "NUTS",
                "chains": chains,
                "draws": draws,
                "warmup": posterior.warmup,
                "seed": posterior.seed,
                "divergences": self.divergences,
                "diagnostics": {name: d._asdict() for name, d in posterior.diagnostics.items()},
            },
        }


def credible(
    experiments: Sequence[Experiment],
    parameter: str = "mu_nu",
    cl: float = 0.90,
    *,
    prior: str | None = None,
    cut: float | None = None,
    kind: Kind | None = None,
    expected: bool = True,
    chains: int = 4,
    draws: int = 5000,
    warmup: int = 500,
    acceptance: float = 0.95,
    seed: int = 1,
) -> CredibleLimit:
    """Credible limit or interval on one parameter, the others of its parametrisation at their defaults.

    Parameters
    ----------
    experiments : sequence of Experiment
        One, or several in one likelihood (see `joint_model`).
    parameter : str
    cl : float
        Credibility in (0, 1).
    prior : str, optional
        Of the modulus of a moment: ``flat-mu2`` (unless given), ``flat-mu`` or ``log``. A parameter with a sign has a
        flat prior, ``flat``.
    cut : float, optional
        Where the ``log`` prior begins, in the unit of the parameter: without it the posterior would have no norm, and
        the limit depends on it.
    kind : {"upper", "equal-tailed", "hpd"}, optional
        ``upper`` for a moment, ``equal-tailed`` for a parameter with a sign, unless given.
    expected : bool
        Sample the posterior of data without signal as well.
    chains, draws, warmup, acceptance, seed
        As for `nudipole.sampling.posterior.sample`.

    Raises
    ------
    UnknownName, OutOfRange, FitError, NudipoleError
        An unknown parameter, prior or kind; a level outside (0, 1); see `sample`.
    """
    if not 0 < cl < 1:
        raise OutOfRange("credibility", cl, 0, 1, inside=True)
    quantity = find(parameter)
    chosen: Kind = kind or ("upper" if quantity.squared else "equal-tailed")
    if chosen not in KINDS:
        raise UnknownName("kind of credible region", chosen, KINDS)
    name, words = _prior(parameter, prior, cut)
    model = likelihood(experiments, parameter)

    def sampled(data: Model) -> Posterior:
        internal = None if cut is None else float(quantity.poi(cut))
        return sample(
            data, name, cut=internal, chains=chains, draws=draws, warmup=warmup, acceptance=acceptance, seed=seed
        )

    def region(posterior: Posterior, kind: Kind) -> Credible:
        return posterior.credible(cl, kind, transform=quantity.values)

    posterior = sampled(model)
    regions: dict[Kind, Credible] = {kind: region(posterior, kind) for kind in KINDS}
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    expectation = region(sampled(null), chosen).upper if expected else None
    above = {"upper": 1.0, "equal-tailed": 0.5}.get(chosen)
    bands = [None, None] if above is None else _bands(posterior, null, cl, above, quantity, expectation)
    return CredibleLimit(
        experiments=tuple(experiments),
        parameter=parameter,
        parametrisation=quantity.group,
        unit=quantity.unit,
        cl=cl,
        kind=chosen,
        prior=words + (f", {parameter} > {digits.plain(cut)} {quantity.unit}" if cut is not None else ""),
        regions=regions,
        expected_upper=expectation,
        posterior=posterior,
        band=bands[0],
        lower_band=bands[1],
        modes=_modes(model, posterior, quantity),
        by_jacobian=quantity.squared and _from_edge(posterior.poi, cl) and not _from_edge(np.sqrt(posterior.poi), cl),
    )


def _modes(model: Model, posterior: Posterior, quantity: Parameter) -> tuple[tuple[float, float], ...]:
    """Minima of chi2 with samples around them, and the shares of these: chi2 is highest where they are divided."""
    minima = [poi for poi, _ in best_fit(model).minima]
    if len(minima) < 2:
        return ()
    edges = []
    for low, high in itertools.pairwise(minima):
        between = np.linspace(low, high, BATCH)
        edges.append(float(between[np.argmax(profile(model, between).chi2)]))
    counts = np.histogram(posterior.poi, [-np.inf, *edges, np.inf])[0]
    shares = counts / counts.sum()
    found = [(quantity.value(m), float(s)) for m, s in zip(minima, shares, strict=True) if s > 0]
    return tuple(found) if len(found) > 1 else ()


def _from_edge(samples: NDArray[np.float64], cl: float) -> bool:
    """Whether the interval from 0 on is as short as the shortest, but for what samples can tell."""
    low, high = shortest(samples.ravel(), cl)
    return float(np.quantile(samples, cl)) < (1 + _AS_SHORT) * (high - low)


def _bands(
    posterior: Posterior, null: Model, cl: float, above: float, quantity: Parameter, median: float | None
) -> list[dict[int, float] | None]:
    """Expected upper and lower ends in the unit of the parameter; the median is the sampler's, where there is one."""
    reach = float(np.quantile(np.abs(posterior.poi), cl))
    found = expected_credible(null, cl, reach, above=above, density=posterior.prior.density)

    def written(band: dict[int, float]) -> dict[int, float]:
        return {z: quantity.value(end) for z, end in band.items()}

    upper = written(found.upper) | ({} if median is None else {0: median})
    return [upper, None if found.lower is None else written(found.lower)]


def _written(region: Credible) -> str:
    """Kind, and ends with their Monte Carlo errors."""
    ends = [(region.lower, region.lower_error), (region.upper, region.upper_error)]
    return f"{region.kind} " + " to ".join(
        digits.with_error(end, error) for end, error in ends[1 if region.kind == "upper" else 0 :]
    )


def _prior(parameter: str, prior: str | None, cut: float | None) -> tuple[str, str]:
    """Name of a prior in `nudipole.sampling.prior`, and its words."""
    if not find(parameter).squared:
        if prior not in (None, "flat"):
            raise NudipoleError(f"prior {prior!r} is for moments, {parameter} has a sign: take 'flat'")
        if cut is not None:
            raise NudipoleError(f"the flat prior of {parameter} has no lower cut: leave it out")
        return "flat", f"flat in {parameter}"
    prior = prior or "flat-mu2"
    if prior not in PRIORS:
        raise UnknownName("prior", prior, PRIORS)
    if (prior == "log") != (cut is not None):
        wanted = "needs a lower cut, for example 1e-13 mu_B" if cut is None else "has no lower cut"
        raise NudipoleError(f"prior {prior!r} {wanted}: {'give one' if cut is None else 'leave it out'}")
    if cut is not None and not 0 < cut < np.inf:
        raise OutOfRange("lower cut of the prior", cut, 0, inside=True, unit=find(parameter).unit)
    chosen = PRIORS[prior]
    return chosen.name, chosen.words.format(parameter)

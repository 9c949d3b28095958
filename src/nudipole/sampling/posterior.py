"""Posteriors by Hamiltonian Monte Carlo: credible limits and intervals with their Monte Carlo errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.special import betaincinv, ndtri

from nudipole.errors import FitError, NudipoleError, OutOfRange, UnknownName
from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.sampling.nuts import nuts
from nudipole.sampling.prior import Prior, prior
from nudipole.sampling.whitening import Whitening, minus_log_likelihood, whiten
from nudipole.statistics.fit import best_fit
from nudipole.statistics.likelihood import Model

if TYPE_CHECKING:
    import xarray

Numbers = np.ndarray[Any, np.dtype[Any]]
Kind = Literal["upper", "equal-tailed", "hpd"]

#: Kinds of credible regions.
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Batches that the errors of the ends of a shortest interval come from.
_BATCHES = 20
#: Starts are this much wider than the posterior, so that R-hat can tell chains that do not mix.
_OVERDISPERSED = 1.5
_MOST = 10_000_000


class Credible(NamedTuple):
    """A credible region of one parameter.

    Attributes
    ----------
    lower, upper : float
        `lower` is the edge of the physical region for an upper limit.
    lower_error, upper_error : float
        Monte Carlo standard errors.
    cl : float
        Credibility.
    kind : {"upper", "equal-tailed", "hpd"}
        One-sided from the edge; with equal probability on either side; the shortest (highest density).

    Examples
    --------
    >>> samples = np.random.default_rng(1).normal(size=(4, 1000))
    >>> credible(samples, 0.90, "equal-tailed").kind
    'equal-tailed'
    """

    lower: float
    upper: float
    lower_error: float
    upper_error: float
    cl: float
    kind: Kind


class Diagnostic(NamedTuple):
    """How well the chains of one parameter mixed.

    Attributes
    ----------
    rhat : float
        Rank-normalised split R-hat; 1 for chains that agree.
    ess : float
        Effective number of independent samples in the bulk.

    Examples
    --------
    >>> samples = np.random.default_rng(1).normal(size=(4, 1000))
    >>> diagnose(samples).ess > 2000
    True
    """

    rhat: float
    ess: float


class _Chains(NamedTuple):
    poi: Float[Array, "c n"]
    eta: Float[Array, "c n p"]
    log_density: Float[Array, "c n"]
    diverging: Bool[Array, "c n"]
    steps: Int[Array, "c n"]
    acceptance: Float[Array, "c n"]


@dataclass(frozen=True)
class Posterior:
    """Samples of a posterior.

    Attributes
    ----------
    model : Model
    prior : Prior
    poi : (c, n)
        Parameter of interest: chains, draws.
    eta : (c, n, p)
        Nuisances, in the order of `Model.nuisances`.
    log_density : (c, n)
        Of the posterior in poi and eta, up to a constant.
    diverging : (c, n) bool
        Trajectories that left the typical set or the physical region; the draws are valid, but where there are many of
        them the sampler may miss a corner.
    steps : (c, n) int
        Leapfrog steps of each trajectory.
    acceptance : (c, n)
    warmup : int
    seed : int

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> posterior = sample(model, chains=2, draws=100, warmup=100)
    >>> posterior.poi.shape, posterior.eta.shape
    ((2, 100), (2, 100, 1))
    """

    model: Model
    prior: Prior
    poi: Numbers
    eta: Numbers
    log_density: Numbers
    diverging: Numbers
    steps: Numbers
    acceptance: Numbers
    warmup: int
    seed: int

    @property
    def divergences(self) -> int:
        """Number of trajectories that diverged."""
        return int(self.diverging.sum())

    @cached_property
    def diagnostics(self) -> dict[str, Diagnostic]:
        """R-hat and effective sample size of every parameter."""
        columns = {self.model.poi_name: self.poi}
        columns |= {name: self.eta[:, :, k] for k, name in enumerate(self.model.nuisances)}
        return {name: diagnose(samples) for name, samples in columns.items()}

    @property
    def rhat(self) -> float:
        """The largest R-hat of all parameters."""
        return max(d.rhat for d in self.diagnostics.values())

    @property
    def ess(self) -> float:
        """Effective sample size of the parameter of interest."""
        return self.diagnostics[self.model.poi_name].ess

    def credible(
        self, cl: float = 0.90, kind: Kind = "upper", *, transform: Callable[[Numbers], Numbers] | None = None
    ) -> Credible:
        """Credible limit or interval of the parameter of interest.

        Parameters
        ----------
        cl : float
            Credibility in (0, 1).
        kind : {"upper", "equal-tailed", "hpd"}
        transform : callable, optional
            A rising function of the parameter of interest in which the region is wanted: the shortest interval
            depends on the variable that its length is measured in.

        Raises
        ------
        OutOfRange
            A credibility outside (0, 1).
        UnknownName
            No such kind.
        """
        edge = np.array([self.model.poi_lower])
        if transform is None:
            return credible(self.poi, cl, kind, edge=float(edge[0]))
        with np.errstate(divide="ignore"):
            edge = transform(edge)
        return credible(transform(self.poi), cl, kind, edge=float(edge[0]))

    def to_xarray(self) -> xarray.Dataset:
        """The samples as a Dataset with dimensions chain and draw."""
        import xarray

        dims = ("chain", "draw")
        columns = {self.model.poi_name: (dims, self.poi)}
        columns |= {name: (dims, self.eta[:, :, k]) for k, name in enumerate(self.model.nuisances)}
        chains, draws = self.poi.shape
        return xarray.Dataset(columns, {"chain": np.arange(chains), "draw": np.arange(draws)})


def sample(
    model: Model,
    prior_name: str = "flat",
    *,
    cut: float | None = None,
    chains: int = 4,
    draws: int = 5000,
    warmup: int = 500,
    acceptance: float = 0.95,
    seed: int = 1,
) -> Posterior:
    r"""Sample the posterior of a model with the No-U-Turn sampler.

    .. math:: p(\mathrm{poi}, \eta) \propto \pi(\mathrm{poi})\;L(\mathrm{poi}, \eta)\,
              \prod_k e^{-(\eta_k - \eta_{\mathrm{aux},k})^2/2}

    with a flat prior for factors >= 0 of free backgrounds and for the backgrounds of OFF counts, which are integrated
    out. The sampler moves in the coordinates of `whitening`, so that boundaries and several modes cost nothing.

    Parameters
    ----------
    model : Model
    prior_name : str
        Key of `PRIORS`: ``flat`` in the parameter of interest, ``flat-root`` in its square root, ``log`` in its
        logarithm.
    cut : float, optional
        Where the ``log`` prior begins.
    chains, draws, warmup : int
        Chains run side by side; draws of each, after as many for the adaptation as `warmup`.
    acceptance : float
        Which the step size is adapted to, in (0, 1): nearer to 1 for fewer divergences.
    seed : int

    Returns
    -------
    Posterior

    Raises
    ------
    UnknownName, OutOfRange, NudipoleError
        See `prior` and `whiten`; numbers of chains and draws that make no posterior.
    FitError
        The best fit does not converge, or samples are not finite.
    MissingPackage
        numpyro is not installed.

    References
    ----------
    Hoffman and Gelman, J. Mach. Learn. Res. 15 (2014) 1593; Phan, Pradhan and Jankowiak, arXiv:1912.11554

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> 1 < sample(model, chains=2, draws=100, warmup=100).credible(0.90).upper < 5
    True
    """
    for name, number, least in (("chains", chains, 2), ("draws", draws, 100), ("warmup", warmup, 50)):
        if number < least:
            raise OutOfRange(f"number of {name}", number, least)
    if not 0 < acceptance < 1:
        raise OutOfRange("acceptance", acceptance, 0, 1, inside=True)
    if chains * draws * (1 + len(model.nuisances)) > _MOST:
        raise NudipoleError(f"{chains} chains of {draws} draws are over {_MOST} numbers: take fewer")
    nuts()
    chosen = prior(model, prior_name, cut=cut)
    map_ = whiten(model, chosen, best_fit(model))
    key, start = jax.random.split(jax.random.key(seed % 2**63))
    x0 = _OVERDISPERSED * jax.random.normal(start, (chains, 1 + len(model.nuisances)))
    target = _Target(chosen, map_)
    run = _run(model.unnamed(), target, x0, jax.random.split(key, chains), jnp.asarray(acceptance), warmup, draws)
    poi, eta, log_density, diverging, steps, accepted = (np.asarray(column) for column in run)
    if not (np.all(np.isfinite(poi)) and np.all(np.isfinite(eta))):
        raise FitError("the posterior has samples that are not finite", {})
    return Posterior(model, chosen, poi, eta, log_density, diverging, steps, accepted, warmup, seed)


class _Target(eqx.Module):
    """The density in the coordinates of the sampler."""

    prior: Prior
    whitening: Whitening

    def potential(self, model: Model, x: Float[Array, " q"]) -> Float[Array, ""]:
        """Minus its logarithm."""
        r, eta, log_jacobian = self.whitening(x)
        poi = self.prior.poi(r)
        value = minus_log_likelihood(model, poi, eta) - log_jacobian
        return jnp.where(model.physical(model.expected(poi, eta)), value, jnp.inf)


@compiled
def _run(
    model: Model,
    target: _Target,
    x0: Float[Array, "c q"],
    keys: Array,
    acceptance: Float[Array, ""],
    warmup: int,
    draws: int,
) -> _Chains:
    hmc = nuts()

    def potential(model: Model, target: _Target) -> Callable[[Array], Array]:
        return partial(target.potential, model)

    def chain(x: Array, key: Array) -> _Chains:
        start, advance = hmc(potential_fn_gen=potential, algo="NUTS")
        state = start(
            x,
            warmup,
            trajectory_length=None,
            target_accept_prob=acceptance,
            model_args=(model, target),
            rng_key=key,
        )

        def step(state: Any, _: None) -> tuple[Any, _Chains]:
            state = advance(state, (model, target), {})
            r, eta, log_jacobian = target.whitening(state.z)
            row = _Chains(
                target.prior.poi(r),
                eta,
                -state.potential_energy - log_jacobian,
                state.diverging,
                state.num_steps,
                state.accept_prob,
            )
            return state, row

        # One loop over both parts: the kernel is compiled once.
        rows = jax.lax.scan(step, state, None, length=warmup + draws)[1]
        return _Chains(*(column[warmup:] for column in rows))

    return jax.vmap(chain)(x0, keys)


def credible(samples: Numbers, cl: float = 0.90, kind: Kind = "upper", *, edge: float = -np.inf) -> Credible:
    r"""Credible region of samples, with Monte Carlo errors.

    The error of a quantile at level p is that of the level, :math:`\sqrt{p(1-p)/N_\mathrm{eff}}` with the effective
    number of the samples "below the quantile or not", carried to the quantile through the samples themselves. Ends of
    the shortest interval come in batches; their spread shrinks with the cube root of the number of samples.

    Parameters
    ----------
    samples : (c, n)
        Chains, draws.
    cl : float
    kind : {"upper", "equal-tailed", "hpd"}
    edge : float
        Least value that is possible.

    Returns
    -------
    Credible

    Raises
    ------
    OutOfRange, UnknownName
        See `Posterior.credible`.

    References
    ----------
    Vehtari et al., Bayesian Anal. 16 (2021) 667; Kim and Pollard, Ann. Stat. 18 (1990) 191

    Examples
    --------
    >>> samples = np.random.default_rng(1).normal(size=(4, 1000))
    >>> print(f"{credible(samples, 0.90).upper:.1f}")
    1.3
    """
    if not 0 < cl < 1:
        raise OutOfRange("credibility", cl, 0, 1, inside=True)
    if kind not in KINDS:
        raise UnknownName("kind of credible region", kind, KINDS)
    if kind == "hpd":
        lower, upper = shortest(samples.ravel(), cl)
        parts = np.array_split(samples, max(_BATCHES // len(samples), 2), axis=1)
        ends = np.array([shortest(row, cl) for part in parts for row in part])
        errors = ends.std(axis=0, ddof=1) / len(ends) ** (1 / 3)
        return Credible(lower, upper, float(errors[0]), float(errors[1]), cl, kind)
    if kind == "upper":
        upper, upper_error = _quantile(samples, cl)
        return Credible(edge, upper, 0.0, upper_error, cl, kind)
    (lower, lower_error), (upper, upper_error) = (_quantile(samples, p) for p in ((1 - cl) / 2, (1 + cl) / 2))
    return Credible(lower, upper, lower_error, upper_error, cl, kind)


def shortest(samples: Numbers, cl: float) -> tuple[float, float]:
    """Ends of the shortest interval with a fraction `cl` of the samples.

    Parameters
    ----------
    samples : (n,)
    cl : float
        In (0, 1).

    Returns
    -------
    lower, upper : float

    Examples
    --------
    >>> low, high = shortest(np.linspace(0.0, 1.0, 1001) ** 2, 0.5)
    >>> print(f"[{low:.2f}, {high:.2f}]")
    [0.00, 0.25]
    """
    x = np.sort(samples)
    n = min(int(np.ceil(cl * len(x))), len(x) - 1)
    k = int(np.argmin(x[n:] - x[: len(x) - n]))
    return float(x[k]), float(x[k + n])


def diagnose(samples: Numbers) -> Diagnostic:
    """R-hat and effective sample size of samples (c, n), both rank-normalised.

    Parameters
    ----------
    samples : (c, n)
        Chains, draws.

    Returns
    -------
    Diagnostic

    References
    ----------
    Vehtari et al., Bayesian Anal. 16 (2021) 667, Eqs. (4), (10) and (14)

    Examples
    --------
    >>> samples = np.random.default_rng(1).normal(size=(4, 1000))
    >>> print(f"{diagnose(samples).rhat:.1f}")
    1.0
    """
    if np.ptp(samples) == 0:
        return Diagnostic(float("nan"), float("nan"))
    half = samples.shape[1] // 2
    split = np.concatenate([samples[:, :half], samples[:, -half:]])
    bulk, folded = _normal_scores(split), _normal_scores(np.abs(split - np.median(split)))
    return Diagnostic(max(_rhat(bulk), _rhat(folded)), _ess(bulk))


def _normal_scores(samples: Numbers) -> Numbers:
    from scipy.stats import rankdata  # half a second that only posteriors need

    ranks = rankdata(samples).reshape(samples.shape)
    return np.asarray(ndtri((ranks - 0.375) / (samples.size + 0.25)))


def _rhat(samples: Numbers) -> float:
    n = samples.shape[1]
    within, between = samples.var(axis=1, ddof=1).mean(), n * samples.mean(axis=1).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / (n * within)))


def _ess(samples: Numbers) -> float:
    """Effective sample size by Geyer's initial monotone sequence, of chains (c, n)."""
    chains, n = samples.shape
    centred = samples - samples.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centred, 2 * n, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum, axis=1)[:, :n] / n
    within = covariance[:, 0].mean() * n / (n - 1)
    total = within * (n - 1) / n + samples.mean(axis=1).var(ddof=1)
    rho = 1 - (within - covariance.mean(axis=0) * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    positive = np.append(pairs > 0, False)
    pairs = np.minimum.accumulate(pairs[: int(np.argmin(positive))])
    # Antithetic chains may do better than independent draws, but nobody should count on much of it.
    time = max(2 * pairs.sum() - 1, 1 / np.log10(chains * n))
    return float(chains * n / time)


def _quantile(samples: Numbers, p: float) -> tuple[float, float]:
    """A quantile and its Monte Carlo error."""
    value = float(np.quantile(samples, p))
    below = (samples <= value).astype(float)
    half = samples.shape[1] // 2
    n = _ess(np.concatenate([below[:, :half], below[:, -half:]])) if 0 < below.mean() < 1 else float(samples.size)
    levels = betaincinv(n * p + 1, n * (1 - p) + 1, np.array([0.1586553, 0.8413447]))
    low, high = np.quantile(samples, levels)
    return value, float(high - low) / 2

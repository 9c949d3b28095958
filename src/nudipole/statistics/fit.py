"""Fits of the likelihood: batched Newton profiles and best fits, iminuit as reference and fallback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from nudipole.errors import FitError, NudipoleError
from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.statistics.bins import WALLS
from nudipole.statistics.likelihood import Model, bounds, nominal
from nudipole.statistics.minimise import Minimum, newton_batch
from nudipole.statistics.validation import check, poi_scale, turned

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Fits per compiled call. One shape everywhere: every further shape would cost a compilation.
BATCH = 64

_MAX_ITERATIONS = 1000
# As many steps find a minimum whose counts stay positive.
_DIRECT = 30
# Two fits whose chi2 differ by less are the same minimum.
_SAME = 1e-8
# Minima at values that differ by less, relatively, or as fractions of the scale of the parameter, are one.
_APART, _ROUNDING = 1e-4, 1e-6
# Largest value of the parameter of interest from which fits start anyway, in units of its scale.
_FARTHEST = 30.0


class Profile(NamedTuple):
    """chi2 minimised over the nuisances at fixed values of the parameter of interest.

    Attributes
    ----------
    poi : (n,)
    chi2 : (n,)
        +inf where no nuisances make the expectation physical.
    eta : (n, p)
        Nuisances at the minimum.
    converged : (n,) bool

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> found = profile(model, [0.0, 1.0])
    >>> found.chi2.round(2).tolist(), found.eta.round(2).tolist()
    ([1.79, 0.45], [[0.25], [-0.16]])
    """

    poi: Numbers
    chi2: Numbers
    eta: Numbers
    converged: Numbers


@dataclass(frozen=True)
class Fit:
    """Parameters at the minimum of chi2.

    Attributes
    ----------
    poi : float
    eta : (p,)
        In the order of `Model.nuisances`.
    chi2 : float
        Relative to the saturated model.
    poi_error : float
        From the curvature with nuisances profiled (those at a bound held); 0 for a fixed parameter of
        interest, inf where the likelihood has no curvature.
    converged : bool
    minimiser : {"newton", "minuit"}
    minima : tuple of (poi, chi2)
        All local minima that were found, by parameter of interest; several where counts are not linear in it.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> fit = best_fit(model)
    >>> print(f"{fit.poi:.2f} +- {fit.poi_error:.2f}, chi2 = {fit.chi2:.2f}")
    0.88 +- 0.83, chi2 = 0.43
    """

    poi: float
    eta: Numbers
    chi2: float
    poi_error: float
    converged: bool
    minimiser: str = "newton"
    minima: tuple[tuple[float, float], ...] = ()


#: jaxlib's batched eigh waits for threads of the very pool that it runs in: two at once, on two processors, wait for
#: ever.
one_at_a_time = Lock()


def _minimise(
    model: Model, x0: Numbers, lower: Numbers, upper: Numbers, beyond: float = np.inf, *, direct: bool = False
) -> tuple[Minimum, Float[Array, " n"]]:
    """Minima of a batch of fits, and chi2 there; threads take turns.

    Where counts may turn negative on the way, `WALLS` are followed from soft to hard; `direct` begins with the last.
    """
    ready: Any = jax.block_until_ready
    stage, most = (len(WALLS) - 1, _DIRECT) if direct else (0, _MAX_ITERATIONS)
    numbers = (np.float64(beyond), np.int64(stage), np.int64(most))
    with one_at_a_time:
        found: tuple[Minimum, Float[Array, " n"]] = ready(_minimised(model, x0, lower, upper, *numbers))
    return found


@compiled
def _minimised(
    model: Model,
    x0: Numbers,
    lower: Numbers,
    upper: Numbers,
    beyond: Float[Array, ""],
    stage: Int[Array, ""],
    most: Int[Array, ""],
) -> tuple[Minimum, Float[Array, " n"]]:
    minimum = newton_batch(
        lambda x, wall: model.objective(x[0], x[1:], wall),
        jnp.asarray(x0),
        jnp.asarray(lower),
        jnp.asarray(upper),
        stages=jnp.asarray(WALLS),
        max_iterations=most,
        first_stage=stage,
        beyond=beyond,
    )
    physical = jax.vmap(lambda x: model.physical(model.expected(x[0], x[1:])))(minimum.x)
    return minimum, jnp.where(physical, minimum.value, jnp.inf)


def profile(model: Model, poi_values: ArrayLike, *, eta0: Numbers | None = None, beyond: float = np.inf) -> Profile:
    r"""Profile likelihood :math:`\min_\eta \chi^2(\mathrm{poi}, \eta)`, batched.

    Parameters
    ----------
    model : Model
    poi_values : (n,)
    eta0 : (p,) or (n, p), optional
        Where to start.
    beyond : float
        Fits whose minimum lies above this chi2 need not converge, and what is returned is above it.

    Returns
    -------
    Profile

    Raises
    ------
    FitError
        A point converged neither with Newton nor with iminuit.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> profile(model, [0.0, 1.0]).chi2.round(2).tolist()
    [1.79, 0.45]
    """
    poi = np.atleast_1d(np.asarray(poi_values, dtype=float))
    start = np.broadcast_to(starting_nuisances(model) if eta0 is None else eta0, (len(poi), len(model.nuisances)))
    parts = [_profile_batch(model, poi[k : k + BATCH], start[k : k + BATCH], beyond) for k in range(0, len(poi), BATCH)]
    return Profile(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _profile_batch(model: Model, poi: Numbers, eta0: Numbers, beyond: float) -> Profile:
    n = len(poi)
    eta_lower, eta_upper = bounds(model)
    fixed = np.pad(poi, (0, BATCH - n), mode="edge")[:, None]
    x0 = np.concatenate([fixed, np.pad(eta0, ((0, BATCH - n), (0, 0)), mode="edge")], axis=1)
    lower = np.concatenate([fixed, np.broadcast_to(eta_lower, (BATCH, len(eta_lower)))], axis=1)
    upper = np.concatenate([fixed, np.broadcast_to(eta_upper, (BATCH, len(eta_upper)))], axis=1)
    minimum, values = _minimise(model.unnamed(), x0, lower, upper, beyond, direct=True)
    done = np.isfinite(values) & (np.asarray(minimum.converged) | _far(minimum, np.asarray(values), beyond))
    if not np.all(done):
        minimum, values = _minimise(model.unnamed(), x0, lower, upper, beyond)
    eta, chi2 = np.array(minimum.x)[:n, 1:], np.array(values)[:n]
    # Outside the physical region the wall is too steep for the convergence test; +inf is the answer there.
    impossible = np.isinf(chi2) & np.isfinite(np.asarray(minimum.value)[:n])
    stalled = impossible & (np.asarray(minimum.iterations)[:n] < _MAX_ITERATIONS)
    converged = np.array(minimum.converged)[:n] | stalled | _far(minimum, np.asarray(values), beyond)[:n]
    for k in np.flatnonzero(~converged):
        fit = minuit_fit(model, float(poi[k]))
        eta[k], chi2[k], converged[k] = fit.eta, fit.chi2, fit.converged
    return Profile(poi, chi2, eta, converged)


def _far(minimum: Minimum, chi2: Numbers, beyond: float) -> Numbers:
    """Which minima lie above `beyond`: the decrease that a step predicts is a guess there, and counts ten times."""
    return np.asarray(chi2 > beyond + 10 * (np.asarray(minimum.gradient) ** 2 / 2))


def best_fit(model: Model, *, poi0: float | None = None) -> Fit:
    """Global minimum of chi2 over nuisances and parameter of interest, poi >= `model.poi_lower`.

    Newton starts from many values of the parameter of interest at once, so that a map with several minima
    finds the deepest; iminuit takes over where none converges.

    Parameters
    ----------
    model : Model
    poi0 : float, optional
        One more starting value.

    Returns
    -------
    Fit

    Raises
    ------
    ZeroExpectation, OutOfRange
        See `check`.
    FitError
        Neither Newton nor iminuit converged, or the likelihood is nowhere finite.
    NudipoleError
        The signal vanishes for every value of the parameter of interest.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> print(f"{best_fit(model).poi:.2f}")
    0.88
    """
    check(model)
    eta_lower, eta_upper = bounds(model)
    starts = _poi_starts(model)
    if poi0 is not None:
        starts[-1] = poi0
    lower, upper = np.concatenate([[model.poi_lower], eta_lower]), np.concatenate([[np.inf], eta_upper])
    eta0 = np.broadcast_to(starting_nuisances(model), (BATCH, len(eta_lower)))
    found = []
    for k in range(0, len(starts), BATCH):
        x0 = np.concatenate([starts[k : k + BATCH, None], eta0], axis=1)
        bounded = (np.broadcast_to(lower, x0.shape), np.broadcast_to(upper, x0.shape))
        minimum, values = _minimise(model.unnamed(), x0, *bounded)
        found.append((minimum.x, values, minimum.converged, minimum.hessian))
    x, every, converged, hessian = (np.concatenate([np.asarray(a) for a in part]) for part in zip(*found, strict=True))
    chi2 = np.where(np.isnan(every), np.inf, every)
    good = converged & np.isfinite(chi2)
    minima = _distinct(x[good, 0], chi2[good], _ROUNDING * poi_scale(model))
    # Of minima that are equally deep, the one nearest to no effect.
    deepest = good & (chi2 <= np.min(np.where(good, chi2, np.inf), initial=np.inf) + _SAME)
    best = int(np.argmin(np.where(deepest, np.abs(x[:, 0]), np.inf)))
    if not good[best] or np.min(chi2) < chi2[best] - _SAME:
        careful = minuit_fit(model, poi0=float(x[int(np.argmin(chi2)), 0]))
        return replace(careful, minima=(*minima, (careful.poi, careful.chi2)))
    error = error_of_poi(hessian[best], x[best], lower, upper)
    return Fit(float(x[best, 0]), x[best, 1:], float(chi2[best]), error, True, minima=minima)


def _distinct(poi: Numbers, chi2: Numbers, rounding: float) -> tuple[tuple[float, float], ...]:
    """Minima in rising order, those that differ by rounding once."""
    order = np.argsort(poi)
    ordered = poi[order]
    apart = np.diff(ordered) > np.maximum(_APART * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1])), rounding)
    groups = np.split(order, np.flatnonzero(apart) + 1) if len(order) else []
    return tuple((float(poi[group[0]]), float(np.min(chi2[group]))) for group in groups)


@compiled
def _derivatives(model: Model, x: Numbers) -> tuple[Float[Array, ""], Float[Array, " q"], Float[Array, ""]]:
    """Objective, its gradient, and chi2 (+inf where the expectation is impossible)."""
    y = jnp.asarray(x)
    value, gradient = jax.value_and_grad(lambda z: model.objective(z[0], z[1:]))(y)
    physical = model.physical(model.expected(y[0], y[1:]))
    return value, gradient, jnp.where(physical | jnp.isnan(value), value, jnp.inf)


def minuit_fit(model: Model, poi: float | None = None, *, poi0: float | None = None) -> Fit:
    """Careful fit with Minuit: strategy 2, JAX gradient, bounds.

    Parameters
    ----------
    model : Model
    poi : float, optional
        Fixed value of the parameter of interest; fitted if None.
    poi0 : float, optional
        Where a fitted parameter of interest starts.

    Returns
    -------
    Fit

    Raises
    ------
    FitError
        Not converged, or the likelihood is not finite; with the values of the parameters.

    References
    ----------
    James:1975dr

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> print(f"{minuit_fit(model).poi:.2f}")
    0.88
    """
    from iminuit import Minuit

    names = (model.poi_name, *model.nuisances)
    scale = poi_scale(model)
    origin = model.poi_lower if np.isfinite(model.poi_lower) else 0.0
    first = poi if poi is not None else poi0 if poi0 is not None else origin + scale
    eta_lower, eta_upper = bounds(model)
    limits = list(zip([model.poi_lower, *eta_lower], [np.inf, *eta_upper], strict=True))

    unnamed = model.unnamed()

    last: dict[bytes, tuple[Any, Any, Any]] = {}

    def at(x: Numbers) -> tuple[Any, Any, Any]:
        """Value and slope come together; Minuit asks for one after the other."""
        numbers = np.asarray(x, dtype=float)
        key = numbers.tobytes()
        if key not in last:
            last.clear()
            last[key] = _derivatives(unnamed, numbers)
        return last[key]

    def value(x: Numbers) -> float:
        return float(at(x)[0])

    def gradient(x: Numbers) -> Numbers:
        return np.asarray(at(x)[1])

    start = np.concatenate([[first], np.clip(starting_nuisances(model), eta_lower, eta_upper)])
    minuit = Minuit(value, start, grad=gradient, name=[f"x{k}" for k in range(len(names))])
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.strategy = 2
    minuit.tol = 1e-5
    minuit.errors = [scale if np.isfinite(scale) else 1.0, *(0.1 * np.maximum(np.abs(start[1:]), 1.0))]
    if poi is None:
        minuit.limits = limits
    else:
        minuit.limits = [(None, None), *limits[1:]]
        minuit.fixed["x0"] = True
    if any(not fixed for fixed in minuit.fixed):
        minuit.migrad(ncall=20000)
        x, edm, valid = np.asarray(minuit.values), float(minuit.fmin.edm), bool(minuit.valid)
    else:
        x, edm, valid = start, 0.0, True
    chi2 = float(_derivatives(unnamed, x)[2])
    parameters = dict(zip(names, (float(number) for number in x), strict=True))
    if np.isnan(chi2) or (np.isinf(chi2) and poi is None):
        raise FitError("the likelihood is not finite", parameters)
    # No nuisances make the expectation possible: there is nothing to converge to.
    if not valid and not edm < 1e-7 and np.isfinite(chi2):
        raise FitError("neither Newton nor Minuit converged", parameters)
    error = float(minuit.errors[0]) if poi is None else 0.0
    return Fit(float(x[0]), x[1:], chi2, error, True, "minuit")


def starting_nuisances(model: Model) -> Numbers:
    """Nuisances (p,) to start from: free normalisations share what the others leave of the data."""
    eta = nominal(model)
    net = model.statistic.net(np.asarray(model.observed))
    templates = np.array([np.asarray(background.counts) for background in model.backgrounds]).reshape(-1, len(net))
    free = np.array([not background.constrained for background in model.backgrounds], dtype=bool)
    rest = net - templates[~free].sum(axis=0) - sum(np.asarray(background.counts) for background in model.known)
    for k in np.flatnonzero(free):
        # In its own bins: those of another experiment may count in other units.
        own = templates[k] != 0
        template = float(templates[free][:, own].sum())
        if template > 0:
            # A tenth of the data at least: a start at zero would hide empty normalisations from the gradient.
            floor = 0.1 * float(np.abs(net[own]).sum()) + 1e-3
            eta[k] = max(float(rest[own].sum()), floor) / template
    return eta


def _poi_starts(model: Model) -> Numbers:
    """Values of the parameter of interest, (BATCH,) or more, from which best fits start."""
    scale = poi_scale(model)
    if not np.isfinite(scale):
        raise NudipoleError(
            f"the signal vanishes for every value of {model.poi_name}: no bin constrains it; "
            "check the template and the energy range"
        )
    if np.isfinite(model.poi_lower):
        return np.asarray(model.poi_lower + scale * np.concatenate([[0.0], np.geomspace(1e-2, 30, BATCH - 1)]))
    half = scale * np.geomspace(1e-2, _FARTHEST, BATCH // 2)
    starts = np.concatenate([-half[::-1], half])
    # Where interference and square cancel there is another solution, however many standard deviations away.
    beyond = turned(model, scale)
    beyond = beyond[np.abs(beyond) > half[-1] / 2]
    if len(beyond):
        places = np.linspace(0, len(beyond) - 1, BATCH).round().astype(int)
        starts = np.concatenate([np.sort(beyond)[places], starts])
    return np.asarray(starts)


def error_of_poi(hessian: Numbers, x: Numbers, lower: Numbers, upper: Numbers) -> float:
    free = (x > lower) & (x < upper)
    free[0] = True
    block = hessian[np.ix_(free, free)]
    scale = np.sqrt(np.abs(np.diag(block)))
    if scale[0] == 0:
        return float("inf")
    scale[scale == 0] = 1.0
    variance = 2 * np.linalg.pinv(block / np.outer(scale, scale), rcond=1e-12, hermitian=True)[0, 0]
    return float(np.sqrt(variance) / scale[0]) if variance > 0 else float("inf")


@compiled
def _hessian(model: Model, x: Numbers) -> Float[Array, "q q"]:
    second: Float[Array, "q q"] = jax.hessian(lambda z: model.objective(z[0], z[1:]))(jnp.asarray(x))
    return second


def errors_of_nuisances(model: Model, fit: Fit) -> Numbers:
    r"""Standard deviations of the nuisances from the curvature of chi2, all other parameters profiled.

    .. math:: V = 2 H^{-1}, \qquad H_{ij} = \partial^2\chi^2/\partial x_i\partial x_j

    Parameters
    ----------
    model : Model
    fit : Fit
        Of this model; what lies at a bound is held there.

    Returns
    -------
    (p,)
        In the order of `Model.nuisances`; inf for one at a bound, or without curvature.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> print(f"{errors_of_nuisances(model, best_fit(model))[0]:.2f}")
    0.98
    """
    eta_lower, eta_upper = bounds(model)
    lower, upper = np.concatenate([[model.poi_lower], eta_lower]), np.concatenate([[np.inf], eta_upper])
    x = np.concatenate([[fit.poi], fit.eta])
    hessian = np.asarray(_hessian(model.unnamed(), x))
    free = (x > lower) & (x < upper) & (np.diag(hessian) > 0)
    errors = np.full(len(x), np.inf)
    scale = np.sqrt(np.diag(hessian)[free])
    block = hessian[np.ix_(free, free)] / np.outer(scale, scale)
    variance = 2 * np.diag(np.linalg.pinv(block, rcond=1e-12, hermitian=True)) / scale**2
    errors[free] = np.sqrt(np.where(variance > 0, variance, np.inf))
    return errors[1:]

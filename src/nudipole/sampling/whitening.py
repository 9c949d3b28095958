r"""Coordinates in which a posterior is close to a unit normal, whatever its shape in the parameter of interest.

The first coordinate z is the normal quantile of an approximate marginal posterior of the parameter of interest r (in
the coordinate that its prior is flat in), which is Laplace's on a grid,

.. math:: \ln p(r) = -F(r, \hat\zeta(r)) - \tfrac12\ln\det H(r), \qquad
          \Phi(z) = \int^r p, \qquad \zeta = \hat\zeta(r) + L^{-T}(r)\,\xi, \quad L L^T = H,

with F minus the logarithm of the posterior density, minimised over the nuisances :math:`\zeta` (in coordinates without
bounds) with Hessian H. Boundaries, plateaus of a logarithmic prior and several separate modes all become one normal
peak. Nothing depends on the quality of the approximation but the speed of the sampler: the density in (z, xi) has the
exact Jacobian of the map.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtri

from nudipole.errors import FitError, NudipoleError
from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.sampling.marginal import marginal_deviance
from nudipole.sampling.prior import Prior
from nudipole.statistics.bins import WALLS
from nudipole.statistics.fit import BATCH, Fit
from nudipole.statistics.likelihood import Model, bounds
from nudipole.statistics.minimise import Minimum, newton_batch
from nudipole.statistics.validation import poi_scale

Numbers = np.ndarray[Any, np.dtype[Any]]

#: The map ends where the approximate marginal has this normal quantile: 1e-15 beyond.
_Z_MAX = 8.0
#: How far down (as a logarithm) the marginal is followed.
_DEPTH = 50.0
_MAX_ITERATIONS = 300
#: Passes that put points where the marginal of the one before has its mass and its tails, and what they add.
_PASSES, _ADDED = 2, 2 * BATCH
#: Steps of the tables: in z; in ln p where that changes fast (between two modes), but no narrower than the last number.
_STEP, _CHANGE, _RESOLVED = 0.02, 0.25, 1e-10
#: Their length is a multiple of this, so that data sets of one model share what is compiled.
_LENGTH = 1024


class Support(eqx.Module):
    r"""Nuisances :math:`\eta` in coordinates :math:`\zeta` without bounds.

    .. math:: \eta = \eta_\min + a\ln\frac{1 + e^{\zeta}}{1 + e^{\zeta - w}}, \quad a w = \eta_\max - \eta_\min,
              \qquad \eta = \zeta \quad\text{without lower bound},

    which is a straight line but within about a of the bounds.

    Parameters
    ----------
    lower : Float[Array, "p"]
        Bounds; -inf where there is none.
    width : Float[Array, "p"]
        w; inf without upper bound.
    unit : Float[Array, "p"]
        a, about a standard deviation.
    """

    lower: Float[Array, " p"]
    width: Float[Array, " p"]
    unit: Float[Array, " p"]

    def eta(self, zeta: Float[Array, " p"]) -> Float[Array, " p"]:
        """The nuisances."""
        bounded = jnp.isfinite(self.lower)
        inside = jax.nn.softplus(zeta) - jax.nn.softplus(zeta - self.width)
        return jnp.where(bounded, jnp.where(bounded, self.lower, 0.0) + self.unit * inside, zeta)

    def log_jacobian(self, zeta: Float[Array, " p"]) -> Float[Array, ""]:
        """Logarithm of the volume of eta per volume of zeta."""
        ends = jax.nn.log_sigmoid(zeta) + jax.nn.log_sigmoid(self.width - zeta) + jnp.log(-jnp.expm1(-self.width))
        return jnp.sum(jnp.where(jnp.isfinite(self.lower), jnp.log(self.unit) + ends, 0.0))

    def zeta(self, eta: Numbers) -> Numbers:
        """The inverse; nuisances at a bound move a little inside."""
        lower, width = np.asarray(self.lower), np.asarray(self.width)
        bounded = np.isfinite(lower)
        edge = np.minimum(1e-2, width / 4)
        y = np.clip((eta - np.where(bounded, lower, 0.0)) / np.asarray(self.unit), edge, width - edge)
        return np.where(bounded, y + np.log(-np.expm1(-y)) - np.log(-np.expm1(y - width)), eta)


class Whitening(eqx.Module):
    """The map from (z, xi) to the parameters, as tables over z.

    Attributes
    ----------
    highest : Float[Array, ""]
        Last value of z; what follows in the tables is padding.
    z, r, slope : Float[Array, "t"]
        Nodes, the coordinate of the parameter of interest there, and dr/dz.
    centre : Float[Array, "t p"]
        Most probable nuisances (zeta).
    spread : Float[Array, "t p p"]
        Upper triangular.
    support : Support
    """

    highest: Float[Array, ""]
    z: Float[Array, " t"]
    r: Float[Array, " t"]
    slope: Float[Array, " t"]
    centre: Float[Array, "t p"]
    spread: Float[Array, "t p p"]
    support: Support

    def __call__(self, x: Float[Array, " q"]) -> tuple[Float[Array, ""], Float[Array, " p"], Float[Array, ""]]:
        """Parameter r, nuisances eta and the logarithm of the Jacobian; the latter is -inf outside the tables."""
        z, xi = x[0], x[1:]
        i = jnp.clip(jnp.searchsorted(self.z, z) - 1, 0, len(self.z) - 2)
        h = self.z[i + 1] - self.z[i]
        t = (z - self.z[i]) / h
        # Cubic Hermite interpolation of r, linear one of what only has to be near.
        up, down = self.r[i + 1] - self.r[i], h * self.slope[i]
        end = h * self.slope[i + 1]
        r = self.r[i] + t * down + t**2 * (3 * up - 2 * down - end) + t**3 * (down + end - 2 * up)
        dr = (down + 2 * t * (3 * up - 2 * down - end) + 3 * t**2 * (down + end - 2 * up)) / h
        centre = self.centre[i] + t * (self.centre[i + 1] - self.centre[i])
        spread = self.spread[i] + t * (self.spread[i + 1] - self.spread[i])
        zeta = centre + spread @ xi
        inside = (t >= 0) & (z <= self.highest) & (dr > 0)
        volume = jnp.log(jnp.where(inside, dr, 1.0)) + jnp.sum(jnp.log(jnp.diagonal(spread)))
        return r, self.support.eta(zeta), jnp.where(inside, volume + self.support.log_jacobian(zeta), -jnp.inf)


def minus_log_likelihood(
    model: Model, poi: Float[Array, ""], eta: Float[Array, " p"], wall: float | Float[Array, ""] = WALLS[-1]
) -> Float[Array, ""]:
    """-ln L up to a constant, auxiliary measurements included, backgrounds of OFF counts integrated out."""
    deviance = marginal_deviance(model.statistic, model.observed, model.expected(poi, eta), wall)
    constrained = np.asarray(model.constrained, dtype=bool)
    return (deviance + jnp.sum(jnp.where(constrained, (eta - model.auxiliary) ** 2, 0.0))) / 2


@compiled
def _conditional(
    model: Model, prior: Prior, support: Support, x0: Float[Array, "n q"]
) -> tuple[Minimum, Float[Array, " n"]]:
    """Minima over the nuisances at fixed r, and F there (+inf where the data are impossible)."""

    def objective(x: Array, wall: Array) -> Array:
        value = minus_log_likelihood(model, prior.poi(x[0]), support.eta(x[1:]), wall)
        return value - support.log_jacobian(x[1:])

    free = jnp.full_like(x0[:, 1:], jnp.inf)
    held = x0[:, :1]
    minimum = newton_batch(
        objective,
        x0,
        jnp.concatenate([held, -free], axis=1),
        jnp.concatenate([held, free], axis=1),
        stages=jnp.asarray(WALLS),
        max_iterations=_MAX_ITERATIONS,
    )
    physical = jax.vmap(lambda x: model.physical(model.expected(prior.poi(x[0]), support.eta(x[1:]))))(minimum.x)
    return minimum, jnp.where(physical, minimum.value, jnp.inf)


class _Grid:
    """Laplace's marginal posterior at points of r that are added pass by pass."""

    def __init__(self, model: Model, prior: Prior, support: Support, zeta: Numbers) -> None:
        self.model, self.prior, self.support, self.start = model.unnamed(), prior, support, zeta
        size = len(zeta)
        self.r, self.log_p = np.zeros(0), np.zeros(0)
        self.centre, self.spread = np.zeros((0, size)), np.zeros((0, size, size))

    def add(self, r: Numbers) -> None:
        """Points of r, in whole batches."""
        r = np.setdiff1d(r, self.r)
        for k in range(0, len(r), BATCH):
            self._add(r[k : k + BATCH])
        order = np.argsort(self.r)
        self.r, self.log_p = self.r[order], self.log_p[order]
        self.centre, self.spread = self.centre[order], self.spread[order]

    def _add(self, r: Numbers) -> None:
        n = len(r)
        start = np.column_stack([np.pad(r, (0, BATCH - n), mode="edge"), np.tile(self.start, (BATCH, 1))])
        minimum, value = _conditional(self.model, self.prior, self.support, jnp.asarray(start))
        f = np.asarray(value)[:n]
        hessian = np.asarray(minimum.hessian)[:n, 1:, 1:]
        # Where no minimum was found the map has no node: it only has to be near.
        impossible = np.isinf(f)
        sound = (np.asarray(minimum.converged)[:n] & np.isfinite(f)) | impossible
        hessian = np.where(impossible[:, None, None], np.eye(len(self.start)), np.nan_to_num(hessian))
        axes, vectors = np.linalg.eigh(hessian)
        axes = np.maximum(axes, 1e-12 * np.maximum(axes.max(axis=1, initial=1e-300, keepdims=True), 1e-300))
        whole = np.einsum("nik,nk,njk->nij", vectors, axes, vectors)
        lower = np.linalg.cholesky(whole)
        spread = np.linalg.inv(lower).transpose(0, 2, 1)
        log_p = -f - np.log(axes).sum(axis=1) / 2
        self.r = np.concatenate([self.r, r[sound]])
        self.log_p = np.concatenate([self.log_p, log_p[sound]])
        self.centre = np.concatenate([self.centre, np.asarray(minimum.x)[:n, 1:][sound]])
        self.spread = np.concatenate([self.spread, spread[sound]])

    def density(self) -> tuple[Numbers, Numbers]:
        """Points of r, finely, and the logarithm of the marginal there, at most 0."""
        top = np.max(self.log_p, initial=-np.inf)
        if not np.isfinite(top):
            raise FitError("the posterior is nowhere finite", {})
        log_p = np.maximum(self.log_p - top, -4 * _DEPTH)
        seen = np.flatnonzero(log_p > -_DEPTH)
        first, last = max(seen[0] - 1, 0), min(seen[-1] + 1, len(log_p) - 1)
        r, log_p = self.r[first : last + 1], log_p[first : last + 1]
        fine = np.unique(np.concatenate([a + (b - a) * np.linspace(0, 1, 24) for a, b in pairwise(r)]))
        # Towards an edge in powers of ten: normal quantiles go with the logarithm of the distance.
        edge = fine[0] + (fine[1] - fine[0]) * np.geomspace(1e-16, 1, 161)
        fine = np.unique(np.concatenate([fine[:1], edge, fine[1:]]))
        return fine, PchipInterpolator(r, log_p)(fine)

    def quantiles(self, n: int, temperature: float) -> Numbers:
        """Points that split the marginal, its tails lifted by a temperature, into equal parts."""
        r, log_p = self.density()
        cdf = _cumulative(r, np.exp(log_p / temperature))
        return np.asarray(np.interp((np.arange(n) + 0.5) / n * cdf[-1], cdf, r))


def whiten(model: Model, prior: Prior, fit: Fit) -> Whitening:
    """Coordinates for the posterior of a model.

    Parameters
    ----------
    model : Model
    prior : Prior
    fit : Fit
        Best fit of the model.

    Raises
    ------
    FitError
        The posterior is nowhere finite.
    NudipoleError
        It does not fall off, so that it cannot be normalised.
    """
    support = _support(model, fit)
    grid = _Grid(model, prior, support, support.zeta(np.asarray(fit.eta)))
    grid.add(_first(model, prior, fit))
    for _ in range(_PASSES):
        grid.add(grid.quantiles(_ADDED, temperature=6.0))
    r, log_p = grid.density()
    if log_p[-1] > -0.5 * _DEPTH or (not np.isfinite(prior.lower) and log_p[0] > -0.5 * _DEPTH):
        raise NudipoleError(
            f"the data do not bound {model.poi_name}: its posterior under the prior {prior.words} has no end; "
            "another prior, or another parameter"
        )
    return _tables(r, log_p, grid, support)


def _tables(r: Numbers, log_p: Numbers, grid: _Grid, support: Support) -> Whitening:
    p = np.exp(log_p)
    below, above = _cumulative(r, p), _cumulative(-r[::-1], p[::-1])[::-1]
    total = below[-1]
    with np.errstate(divide="ignore"):
        z = np.where(below < above, ndtri(below / total), -ndtri(above / total))
    keep = np.flatnonzero((np.abs(z) <= _Z_MAX) & (p > 0))
    nodes = [keep[0]]
    for i in keep[1:]:
        last, dz = nodes[-1], z[i] - z[nodes[-1]]
        # A gap between two modes is narrow in z, and what surrounds it steep.
        if dz > _STEP or (dz > _RESOLVED and abs(log_p[i] - log_p[last]) > _CHANGE):
            nodes.append(i)
    z, r, slope = z[nodes], r[nodes], (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * total / p)[nodes]
    # Fritsch and Carlson: slopes of at most three times the neighbouring secants keep a cubic monotone.
    secant = np.diff(r) / np.diff(z)
    slope = np.minimum(slope, 3 * np.minimum(np.append(secant, np.inf), np.insert(secant, 0, np.inf)))
    size = grid.centre.shape[1]
    centre = _interpolated(r, grid.r, grid.centre)
    spread = _interpolated(r, grid.r, grid.spread.reshape(len(grid.r), size * size)).reshape(len(r), size, size)
    missing = -len(z) % _LENGTH
    padding = z[-1] + 1 + np.arange(missing)
    columns = (
        np.pad(column, ((0, missing), *[(0, 0)] * (column.ndim - 1)), mode="edge")
        for column in (r, slope, centre, spread)
    )
    nodes_r, slopes, centres, spreads = map(jnp.asarray, columns)
    padded_z = jnp.asarray(np.concatenate([z, padding]))
    return Whitening(jnp.asarray(z[-1]), padded_z, nodes_r, slopes, centres, spreads, support)


def _interpolated(x: Numbers, at: Numbers, columns: Numbers) -> Numbers:
    """Columns (n, k), linearly at other points."""
    found = np.empty((len(x), columns.shape[1]))
    for k, column in enumerate(columns.T):
        found[:, k] = np.interp(x, at, column)
    return found


def _support(model: Model, fit: Fit) -> Support:
    """Coordinates of the nuisances, those with a bound in units of their standard deviation."""
    lower, upper = bounds(model)
    x = jnp.asarray(np.concatenate([[fit.poi], fit.eta]))
    curvature = np.asarray(_curvature(model.unnamed(), x))
    unit = 1 / np.sqrt(np.where(np.isfinite(curvature) & (curvature > 0), curvature, 1.0))
    one_sided = np.isfinite(upper) & ~np.isfinite(lower)
    if np.any(one_sided):
        name = model.nuisances[int(np.flatnonzero(one_sided)[0])]
        raise NudipoleError(f"nuisance {name!r} has an upper bound and no lower one: give it both for a posterior")
    width = np.where(np.isfinite(upper), (upper - lower) / unit, np.inf)
    return Support(jnp.asarray(lower), jnp.asarray(width), jnp.asarray(unit))


@compiled
def _curvature(model: Model, x: Float[Array, " q"]) -> Float[Array, " p"]:
    hessian = jax.hessian(lambda eta: minus_log_likelihood(model, x[0], eta))(x[1:])
    return jnp.asarray(jnp.diagonal(hessian))


def _first(model: Model, prior: Prior, fit: Fit) -> Numbers:
    """Points of r from far below the scale of the signal to far above it, and around the best fit."""
    scale = poi_scale(model)
    sigma = fit.poi_error if 0 < fit.poi_error < np.inf else scale
    around = fit.poi + sigma * np.linspace(-8, 8, 33)
    if np.isfinite(model.poi_lower):
        values = np.concatenate([scale * np.geomspace(1e-4, 1e4, 81), around])
    else:
        # Narrow second modes must not fall between two points: 6 % from one to the next.
        half = scale * np.geomspace(1e-2, 1e3, 190)
        values = np.concatenate([-half, [0.0], half, around])
    r = np.array([prior.coordinate(value) for value in values if value >= model.poi_lower])
    r = r[np.isfinite(r)]
    if np.isfinite(prior.lower):
        highest = max(r.max(), prior.lower + 1)
        r = np.concatenate([prior.lower + (highest - prior.lower) * np.linspace(0, 1, 33), r[r > prior.lower]])
    return np.unique(r)


def _cumulative(x: Numbers, y: Numbers) -> Numbers:
    """Integral from the first point to each."""
    return np.concatenate([[0.0], np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2)])

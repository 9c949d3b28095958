r"""Five-parameter fits of many pseudo-experiments: a few matrix products for all of them.

Pseudo-experiments of the same truth differ little in lifetime and frequency. With
:math:`\zeta = -\delta\lambda + i\,\delta\omega` and times s from the middle of the statistics the model is

.. math:: \mu = n \sum_{j \le J} e^{-\lambda_0 s}\frac{s^j}{j!}
   \big[(-\delta\lambda)^j + \mathrm{Re}\,(c + is)\,\zeta^j\,e^{i\omega_0 s}\big],

linear in 3 (J + 1) functions of time that all data sets share. The expected counts of all of them are one matrix
product, the gradients another; no sine and no exponential is computed for any data set. The curvature H at the mean of
the pseudo-experiments serves for all: each step with it shrinks the distance by about 1/sqrt(counts), and what has
converged is the minimum of the exact statistic, as the gradient has no approximation but the end of the series. Data
sets for which that could matter, and those that did not converge, are fitted again by `fits.fit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Num
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, UnknownName
from nudipole.muon_g2.wiggle import fit_model
from nudipole.muon_g2.wiggle.expected import bin_average
from nudipole.muon_g2.wiggle.fit_model import FIVE, Window
from nudipole.muon_g2.wiggle.fits import Fits, deviance, fit, slopes_of
from nudipole.numerics import jax, jnp

Numbers = NDArray[np.float64]

#: Order of the series, and the largest |zeta s| for which it is trusted where the counts are: 0.3^7/7! = 4e-8 of the
#: oscillation, in bins that hold a small part of the counts.
_ORDER, _REACH = 6, 0.3
_STEPS = 12
#: Decrement below which a step is the last one: from 1e-3 sigma before it to 1e-4 after it at most, usually 1e-6.
_STOP = 1e-6
#: Data sets at work at once: expectation and counts stay in the cache of a processor.
CHUNK = 100


def fit_many(
    counts: NDArray[Any],
    window: Window,
    *,
    statistic: str = "poisson",
    finished: Callable[[int], object] = lambda done: None,
) -> Fits:
    """Five-parameter fits of pseudo-experiments of one truth.

    Parameters
    ----------
    counts : (n, t)
        Of one energy bin.
    window : Window
    statistic : {"poisson", "pearson", "neyman"}
    finished : callable
        Called with the number of data sets that are done.

    Returns
    -------
    Fits
        Rows in the order of the data sets; their covariance is the one at the mean of all. `expected` is None.

    Raises
    ------
    UnknownName
        If there is no such statistic.
    NudipoleError
        If the shapes do not match, or there is nothing to fit.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle import MICROSECOND, Setup, simulate
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> counts = simulate(Setup(1e6, np.array([1700.0, 3100.0]), times), seed=1, experiments=3)
    >>> fit_many(counts[:, 0], Window(times)).status
    ['ok', 'ok', 'ok']
    """
    if statistic not in ("poisson", "pearson", "neyman"):
        raise UnknownName("statistic", statistic, ("poisson", "pearson", "neyman"))
    n = np.asarray(counts)
    if n.ndim != 2 or n.shape[1] != window.bins or len(n) == 0:
        raise NudipoleError(f"counts of shape {n.shape}: rows of {window.bins} bins of time are due")
    mean = fit(n.mean(axis=0, dtype=np.float64)[None], window)
    # Around the mean the series is short.
    near = replace(window, tau=float(mean["tau"][0]), omega_a=float(mean["omega_a"][0]))
    shared, start, H = _shared(mean, near)
    assert mean.inverse is not None
    inverse = np.linalg.inv(H)
    x = np.empty((len(n), 5))
    D, decrement, pearson, few = (np.empty(len(n)) for _ in range(4))
    few[:] = mean.inverse[0]
    for low in range(0, len(n), CHUNK):
        part = slice(low, low + CHUNK)
        some = n[part]
        rows = len(some)
        if rows < CHUNK and len(n) > CHUNK:  # one compiled shape
            some = np.concatenate([some, np.broadcast_to(some[:1], (CHUNK - rows, n.shape[1]))])
        found = _steps(jnp.asarray(some), shared, start, inverse, near.frame.reach, statistic)
        x[part], D[part], decrement[part], pearson[part] = (np.asarray(values)[:rows] for values in found)
        finished(min(low + CHUNK, len(n)))
    values, covariance = fit_model.report(x, np.broadcast_to(inverse, (len(n), 5, 5)), near)
    longest = float(near.frame.s[-1])
    # Behind three lifetimes there is too little to matter.
    far = np.hypot(np.expm1(-x[:, 3]), x[:, 4] * near.frame.reach) * min(longest, 4.0) > _REACH
    doubtful = ~(decrement < 1e-6) | far | ~np.isfinite(D) | ~np.all(np.isfinite(values), axis=1)
    converged = ~doubtful
    for low in range(0, int(doubtful.sum()), CHUNK):
        rows_again = np.flatnonzero(doubtful)[low : low + CHUNK]
        again = fit(n[rows_again], window, statistic=statistic)
        values[rows_again], covariance[rows_again] = again.values, again.covariance
        D[rows_again], converged[rows_again] = again.chi2, again.converged
        pearson[rows_again], few[rows_again] = again.pearson, again.inverse
    return Fits(FIVE, values, covariance, D, n.shape[1] - 5, converged, None, pearson, few)


def _shared(mean: Fits, near: Window) -> tuple[Array, Numbers, Numbers]:
    """Functions of time (3 (J + 1), t), coordinates of the mean, and its curvature."""
    frame = near.frame
    s = frame.s
    fall = np.exp(-s)
    turn = np.exp(1j * frame.reach * s)
    functions, power = [], np.ones_like(s)
    for j in range(_ORDER + 1):
        functions += [fall * power, fall * power * turn.real, fall * power * turn.imag]
        power = power * s / (j + 1)
    basis = jnp.asarray(np.array(functions))
    start = _coordinates(mean, near)
    C, slopes = _coefficients(jnp.asarray(start)[None], frame.reach)
    mu = np.asarray(C[0] @ basis)
    J = np.asarray(slopes[0]).T @ np.asarray(basis)
    return basis, start, (J / mu) @ J.T


def _coordinates(mean: Fits, near: Window) -> Numbers:
    """Of a fit's parameters; the inverse of `fit_model.reported` where tau and omega_a are the nominal ones."""
    N0, tau, A, omega, phi = mean.values[0]
    flat, round_ = bin_average(tau, omega, near.frame.width)
    phasor = A * np.exp(1j * (phi + omega * near.frame.reference)) * round_ / flat
    return np.array([np.log(N0 * flat) - near.frame.reference / tau, phasor.real, phasor.imag, 0.0, 0.0])


@jax.jit
def _coefficients(x: Float[Array, "n 5"], reach: float | Array) -> tuple[Float[Array, "n m"], Float[Array, "n m 5"]]:
    """What the shared functions are multiplied with, and its derivatives."""

    def one(y: Array) -> Array:
        n = jnp.exp(y[0])
        slower = -jnp.expm1(-y[3])  # -(lambda - lambda_0) tau_0
        zeta = slower + 1j * y[4] * reach
        flat, round_ = n, n * (y[1] + 1j * y[2])
        out = []
        for _ in range(_ORDER + 1):
            out += [flat, round_.real, -round_.imag]
            flat, round_ = flat * slower, round_ * zeta
        return jnp.stack(out)

    return jax.vmap(one)(x), jax.vmap(jax.jacfwd(one))(x)


@partial(jax.jit, static_argnums=5)
def _steps(
    n: Num[Array, "n t"],
    basis: Float[Array, "m t"],
    start: Float[Array, " 5"],
    inverse: Float[Array, "5 5"],
    reach: Float[Array, ""],
    statistic: str,
) -> tuple[Float[Array, "n 5"], Float[Array, " n"], Float[Array, " n"], Float[Array, " n"]]:
    many, n = len(n), jnp.asarray(n, float)
    v = jnp.maximum(n, 1.0)

    def advance(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        x, decrement, count = state
        C, slopes = _coefficients(x, reach)
        g, _ = slopes_of(statistic, n, v, C @ basis)
        gradient = jnp.einsum("nm,nmp->np", g @ basis.T, slopes)
        step = gradient @ inverse
        active = ~(decrement < _STOP)
        new = jnp.sum(gradient * step, axis=1)
        return jnp.where(active[:, None], x - step, x), jnp.where(active, new, decrement), count + 1

    def going(state: tuple[Array, Array, Array]) -> Array:
        return jnp.any(~(state[1] < _STOP)) & (state[2] < _STEPS)

    first = (jnp.broadcast_to(start, (many, 5)), jnp.full(many, jnp.inf), jnp.zeros((), int))
    x, decrement, _ = jax.lax.while_loop(going, advance, first)
    mu = _coefficients(x, reach)[0] @ basis
    D = jnp.where(jnp.all(mu > 0, axis=1), deviance(statistic, n, v, mu), jnp.inf)
    return x, D, decrement, deviance("pearson", n, v, mu)

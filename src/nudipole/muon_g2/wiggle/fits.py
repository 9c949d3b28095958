r"""Fits of wiggle plots: five parameters or more, for many energy bins and pseudo-experiments at once.

The minimum of :math:`D = \sum_i d(n_i, \mu_i)` is found by steps of the scoring method,

.. math:: x \to x - H^{-1} g, \qquad g = \tfrac12 \sum_i \frac{\partial d}{\partial\mu_i}\nabla\mu_i, \qquad
   H = \sum_i \frac{1}{v_i}\nabla\mu_i\nabla\mu_i^T,

damped (Levenberg-Marquardt) where D would grow. `fit` does this for the rows of an array with the full model each;
`nudipole.muon_g2.wiggle.fit_many` is the fast form of it for pseudo-experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray
from scipy import stats

from nudipole import digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.muon_g2.wiggle import fit_model
from nudipole.muon_g2.wiggle.fit_model import Frame, Window, parameter_names
from nudipole.muon_g2.wiggle.starts import from_spectrum
from nudipole.numerics import ABSURD, jax, jnp

Numbers = NDArray[np.float64]

#: Deviance of Poisson counts; chi2 with the expected, or the observed counts as variance; or with a given one.
STATISTICS = ("poisson", "pearson", "neyman", "gaussian")
#: Half the decrease of D that a step still predicts, at which a fit ends and counts as converged.
_STOP, _CONVERGED = 1e-10, 1e-6
_STEPS = 100
_MOST_DAMPING = 1e10
#: Slopes in memory at once: 32 MB.
_AT_ONCE = 4_000_000
#: Frequencies tried at the start, relative to the nominal one.
_SCAN = np.linspace(-0.03, 0.03, 25)
#: Counts that a fit of five parameters needs.
_FEWEST = 100
#: Asymmetry that is an oscillation, in standard errors.
_SEEN = 4.0
#: Why a frequency is no result.
NOT_CONVERGED, NO_DESCRIPTION, NO_WIGGLE = "not converged", "does not describe data", "no oscillation"


@dataclass(frozen=True)
class Fits:
    """Results, one a row.

    Attributes
    ----------
    names : tuple of str
    values : (r, p)
        N0 (counts in a bin at t = 0), tau [MeV^-1], A >= 0, omega_a [MeV], phi in (-pi, pi], and those of the terms.
        Where the asymmetry is negative phi is turned by pi.
    covariance : (r, p, p)
    chi2 : (r,)
        The minimum of the statistic.
    ndof : int
    converged : (r,) bool
    expected : (r, t) or None
        Counts of the fitted model.
    pearson, inverse : (r,) or None
        Of fits of counts: sum of (n - mu)^2/mu, and of 1/mu, at the minimum.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle import MICROSECOND, Setup, store
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> histogram = store.simulated(Setup(1e6, np.array([1700.0, 3100.0]), times), seed=1)
    >>> found = fit(histogram.counts, Window(histogram.time_edges))
    >>> found.names, found.status
    (('N0', 'tau', 'A', 'omega_a', 'phi'), ['ok'])
    """

    names: tuple[str, ...]
    values: Numbers
    covariance: Numbers
    chi2: Numbers
    ndof: int
    converged: NDArray[np.bool_]
    expected: Numbers | None = None
    pearson: Numbers | None = None
    inverse: Numbers | None = None

    def __getitem__(self, name: str) -> Numbers:
        """Values of a parameter."""
        return self.values[:, self.names.index(name)]

    def error(self, name: str) -> Numbers:
        """Standard errors of a parameter."""
        k = self.names.index(name)
        return np.asarray(np.sqrt(self.covariance[:, k, k]))

    @property
    def describes(self) -> NDArray[np.bool_]:
        """Which fits describe their data at all: a p-value below `nudipole.numerics.ABSURD` is no fluctuation."""
        describes: NDArray[np.bool_] = self.p_value >= ABSURD
        return describes

    @property
    def status(self) -> list[str]:
        """Of every row "ok", or why its frequency is no result."""
        found = zip(self.converged, self.describes, self.oscillates, strict=True)
        return [
            NOT_CONVERGED if not converged else NO_DESCRIPTION if not describes else "ok" if oscillates else NO_WIGGLE
            for converged, describes, oscillates in found
        ]

    @property
    def p_value(self) -> Numbers:
        """Probability of a worse fit.

        Of counts it is that of Pearson's sum, whose mean is ndof however few the counts are; the deviance is not
        distributed as chi2 where bins late in the fit hold few. Its variance is 2 ndof + sum 1/mu: a chi2 is stretched
        to have it.
        """
        if self.pearson is None or self.inverse is None:
            return np.asarray(stats.chi2.sf(self.chi2, self.ndof))
        stretch = 1 + self.inverse / (2 * self.ndof)
        return np.asarray(stats.chi2.sf(self.pearson / stretch, self.ndof / stretch))

    @property
    def goodness(self) -> Numbers:
        """chi2 per degree of freedom that the p-value is of."""
        return np.asarray((self.chi2 if self.pearson is None else self.pearson) / self.ndof)

    @property
    def correlation(self) -> Numbers:
        """Correlation coefficients, (r, p, p)."""
        sigma = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))
        return np.asarray(self.covariance / (sigma[:, :, None] * sigma[:, None, :]))

    @property
    def oscillates(self) -> NDArray[np.bool_]:
        """Where the asymmetry is four sigma from zero at least: elsewhere omega_a and phi mean nothing.

        The best of the frequencies that fits look at passes three sigma in one of fifteen bins without oscillation.
        """
        found: NDArray[np.bool_] = self["A"] > _SEEN * self.error("A")
        return found


def fit(
    counts: NDArray[Any],
    window: Window,
    *,
    statistic: str = "poisson",
    terms: tuple[str, ...] = (),
    variance: Numbers | None = None,
    pairs: Numbers | None = None,
    start: Numbers | None = None,
) -> Fits:
    """Fit every row of counts.

    Parameters
    ----------
    counts : (r, t)
    window : Window
    statistic : {"poisson", "pearson", "neyman", "gaussian"}
        neyman takes a variance of 1 for an empty bin.
    terms : tuple of {"pileup", "loss", "cbo"}
        Parameters beside the five.
    variance : (r, t), optional
        For gaussian.
    pairs : (r, 3), optional
        Pile-up over the positrons of the bin, see `expected.pileup_coefficients`; needed with the term pileup.
    start : (r, p), optional
        Coordinates of `fit_model` at which the fits begin; else near the frequency of the window, and once more at
        the largest oscillation of the data for rows that have not converged or do not describe their data.

    Returns
    -------
    Fits

    Raises
    ------
    NudipoleError
        If a row is empty, or the shapes do not match.

    References
    ----------
    Muong-2:2006rrc Sec. V; Baker:1983tu for the deviance

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle import MICROSECOND, Setup, store
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> histogram = store.simulated(Setup(1e6, np.array([1700.0, 3100.0]), times), seed=1)
    >>> found = fit(histogram.counts, Window(histogram.time_edges))
    >>> print(f"{found['tau'][0] / MICROSECOND:.0f} us")
    64 us
    """
    names = parameter_names(terms)
    if statistic not in STATISTICS:
        raise UnknownName("statistic", statistic, STATISTICS)
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim != 2 or n.shape[1] != window.bins:
        raise NudipoleError(f"counts of shape {n.shape}: {window.bins} bins of time are due in every row")
    if not np.all(np.isfinite(n)):
        raise NudipoleError("counts must be finite")
    if statistic == "poisson" and np.any(n < 0):
        raise NudipoleError(
            f"Poisson counts are not negative, and there is {n.min():g}: take the statistic pearson or neyman"
        )
    few = np.flatnonzero(n.sum(axis=1) < _FEWEST) if statistic != "gaussian" else np.flatnonzero(np.all(n == 0, axis=1))
    if len(few):
        raise NudipoleError(
            f"row {few[0]} has {digits.plain(n[few[0]].sum())} counts: a fit needs {_FEWEST}; drop it or merge bins"
        )
    v = np.maximum(n, 1.0) if variance is None else np.asarray(variance, dtype=np.float64)
    if "pileup" in terms and pairs is None:
        raise NudipoleError("the term pileup needs its coefficients: give pairs")
    rows = np.zeros((len(n), 3)) if pairs is None else np.asarray(pairs)
    if start is not None:
        return _fitted(n, window, statistic, terms, v, rows, start)

    def begun(five: Numbers, k: NDArray[np.intp]) -> Fits:
        start = np.pad(five, ((0, 0), (0, len(names) - 5)))
        if "cbo" in terms:
            start = _with_cbo(n[k], window, terms, start, rows[k])
        return _fitted(n[k], window, statistic, terms, v[k], rows[k], start)

    found = begun(regression(n, window), np.arange(len(n)))
    again = np.flatnonzero(~(found.converged & found.describes))
    if len(again):
        # As many rows as before: another number would cost a compilation.
        padded = np.resize(again, len(n))
        others = begun(np.resize(from_spectrum(n[again], window, beam="cbo" in terms), (len(n), 5)), padded)
        found = _better(found, others, again)
    return found


def _better(found: Fits, others: Fits, rows: NDArray[np.intp]) -> Fits:
    """Fits of which some rows were fitted otherwise, too: the converged ones, and of those the deeper minimum."""
    many = len(rows)
    deeper = np.nan_to_num(others.chi2[:many], nan=np.inf) < np.nan_to_num(found.chi2[rows], nan=np.inf)
    also = others.converged[:many]
    take = np.where(also == found.converged[rows], deeper, also)
    columns: dict[str, Any] = {}
    for name in ("values", "covariance", "chi2", "converged", "expected", "pearson", "inverse"):
        if getattr(found, name) is not None:
            columns[name] = np.array(getattr(found, name))
            columns[name][rows[take]] = getattr(others, name)[:many][take]
    return replace(found, **columns)


def _fitted(
    n: Numbers, window: Window, statistic: str, terms: tuple[str, ...], v: Numbers, rows: Numbers, start: Numbers
) -> Fits:
    """`fit` from given coordinates."""
    names = parameter_names(terms)
    chunk = max(1, _AT_ONCE // (n.shape[1] * len(names)))
    parts = []
    for low in range(0, len(n), chunk):
        some = (jnp.asarray(array[low : low + chunk]) for array in (n, v, rows, start))
        parts.append([np.asarray(part) for part in _scoring(*some, window.frame, terms, statistic)])
    x, D, H, decrement, mu = (np.concatenate(part) for part in zip(*parts, strict=True))
    inverse = np.linalg.pinv(H, hermitian=True)
    values, covariance = fit_model.report(x, inverse, window, terms)
    variances = np.diagonal(covariance, axis1=1, axis2=2)
    sound = np.isfinite(D) & np.all(np.isfinite(values) & np.isfinite(variances) & (variances > 0), axis=1)
    converged = (decrement < _CONVERGED) & sound
    ndof = n.shape[1] - len(names)
    if statistic == "gaussian":
        return Fits(names, values, covariance, D, ndof, converged, mu)
    positive = np.maximum(mu, 1e-300)
    pearson, inverse_sum = np.sum((n - mu) ** 2 / positive, axis=1), np.sum(1 / positive, axis=1)
    return Fits(names, values, covariance, D, ndof, converged, mu, pearson, inverse_sum)


def regression(counts: Numbers, window: Window) -> Numbers:
    """Starting coordinates: a linear fit of n, nc and ns at the nominal lifetime, and the best of many frequencies.

    Parameters
    ----------
    counts : (r, t)

    Returns
    -------
    (r, 5)
    """
    frame = window.frame
    fall = np.exp(-frame.s)
    # From one frequency to the next by multiplication: cheaper than sines.
    turn = np.exp(1j * frame.reach * frame.s * (1 + _SCAN[0]))
    step = np.exp(1j * frame.reach * frame.s * (_SCAN[1] - _SCAN[0]))
    turns = np.empty((len(_SCAN), len(fall)), complex)
    for k in range(len(_SCAN)):
        turns[k] = turn
        turn = turn * step
    # basis: the decay, then cos and -sin of every frequency. With the variance of the decay alone all rows share their
    # normal equations.
    basis = np.concatenate([fall[None], fall * turns.real, -fall * turns.imag])
    right_all = counts @ (basis / fall).T
    best = np.full(len(counts), np.inf)
    x = np.zeros((len(counts), 5))
    for k, w in enumerate(_SCAN):
        places = [0, 1 + k, 1 + len(_SCAN) + k]
        three, right = basis[places], right_all[:, places]
        linear = np.linalg.solve((three / fall) @ three.T, right.T).T
        # Of chi2 only what depends on the frequency.
        D = -np.sum(linear * right, axis=1)
        better = best > D
        best = np.where(better, D, best)
        n = np.maximum(linear[:, 0], 1e-300)
        found = np.stack([np.log(n), linear[:, 1] / n, linear[:, 2] / n, np.zeros_like(n), np.full_like(n, w)], axis=1)
        x = np.where(better[:, None], found, x)
    # An oscillation of more than the exponential would start with negative counts.
    size = np.hypot(x[:, 1], x[:, 2])
    x[:, 1:3] *= np.minimum(1.0, 0.9 / np.maximum(size, 1e-300))[:, None]
    return x


def _with_cbo(n: Numbers, window: Window, terms: tuple[str, ...], start: Numbers, pairs: Numbers) -> Numbers:
    """`start` with the amplitudes of the CBO from a linear fit of the residuals, so that its frequency has a slope."""
    without = tuple(term for term in terms if term != "cbo")
    counted = "poisson" if np.all(n >= 0) else "pearson"
    first = _fitted(n, window, counted, without, np.maximum(n, 1.0), pairs, start[:, :-4])
    assert first.expected is not None
    rest = n / np.maximum(first.expected, 1e-300) - 1
    t = window.frame.t
    angle = window.omega_cbo * t
    fall = np.exp(-t / window.tau_cbo)
    basis = np.stack([fall * np.cos(angle), -fall * np.sin(angle)])
    both = np.linalg.solve((basis * first.expected[0]) @ basis.T, (basis * first.expected[0]) @ rest.T).T
    found = start.copy()
    found[:, -4:-2] = both
    return found


def slopes_of(statistic: str, n: Array, v: Array, mu: Array) -> tuple[Array, Array]:
    """Half the derivative of D by mu, and the weight 1/v of the scoring method, in every bin."""
    if statistic == "poisson":
        return 1 - n / mu, 1 / mu
    if statistic == "pearson":
        return (1 - (n / mu) ** 2) / 2, 1 / mu
    return (mu - n) / v, 1 / v


def deviance(statistic: str, n: Array, v: Array, mu: Array) -> Array:
    """D of every row."""
    if statistic == "poisson":
        # mu - n + n ln(n/mu) in a form that does not lose the small difference of large numbers.
        r = (n - mu) / mu
        return 2 * jnp.sum(mu * ((1 + r) * jnp.log1p(jnp.maximum(r, -1 + 1e-15)) - r), axis=-1)
    if statistic == "pearson":
        return jnp.sum((n - mu) ** 2 / mu, axis=-1)
    return jnp.sum((n - mu) ** 2 / v, axis=-1)


def minimise(
    model: Callable[[Array, Array], Array], n: Array, v: Array, rows: Array, start: Array, statistic: str
) -> tuple[Array, Array, Array, Array, Array]:
    """Damped scoring steps of all rows together; to be called in a compiled function.

    Parameters
    ----------
    model : callable (p,), (q,) -> (t,)
        Expected numbers from coordinates and what a row brings with it.

    Returns
    -------
    x, D, H, decrement, mu
    """
    size = start.shape[1]
    positive = statistic in ("poisson", "pearson")

    def values_and_slopes(x: Array, row: Array) -> tuple[Array, Array]:
        # One sweep for the value and all slopes, with the parameters before the bins.
        return jax.vmap(lambda tangent: jax.jvp(lambda y: model(y, row), (x,), (tangent,)), out_axes=(None, 0))(
            jnp.eye(size)
        )

    def look(x: Array) -> tuple[Array, Array, Array]:
        mu, slopes = jax.vmap(values_and_slopes)(x, rows)
        g, w = slopes_of(statistic, n, v, mu)
        possible = jnp.all(jnp.isfinite(mu), axis=1) & (jnp.all(mu > 0, axis=1) if positive else True)
        D = jnp.where(possible, deviance(statistic, n, v, mu), jnp.inf)
        gradient = jnp.einsum("rpt,rt->rp", slopes, g)
        return D, gradient, jnp.einsum("rpt,rqt->rpq", slopes * w[:, None, :], slopes)

    def move(gradient: Array, H: Array, damping: Array) -> tuple[Array, Array]:
        # In units of each parameter's own curvature damping means the same for a lifetime and for an amplitude.
        scale = jnp.sqrt(jnp.maximum(jnp.diagonal(H, axis1=1, axis2=2), 1e-290))
        scaled = H / (scale[:, :, None] * scale[:, None, :]) + (damping + 1e-13)[:, None, None] * jnp.eye(size)
        along = jnp.linalg.solve(scaled, (gradient / scale)[:, :, None])[:, :, 0]
        return -along / scale, jnp.sum(gradient / scale * along, axis=1)

    def going(state: tuple[Array, ...]) -> Array:
        *_, damping, decrement, count = state
        return jnp.any(_active(damping, decrement)) & (count < _STEPS)

    def advance(state: tuple[Array, ...]) -> tuple[Array, ...]:
        # Each pass looks at the step that the pass before has planned: the model is evaluated once a pass.
        x, trial, D, gradient, H, damping, decrement, count = state
        active = _active(damping, decrement)
        new_D, new_gradient, new_H = look(trial)
        sound = jnp.isfinite(new_D) & jnp.all(jnp.isfinite(new_gradient), axis=1) & jnp.all(jnp.isfinite(new_H), (1, 2))
        # Near the minimum D changes by less than its rounding: a step that seems to lose no more than that is taken.
        better = active & sound & (new_D <= D * (1 + 1e-13) + 1e-9)
        x = jnp.where(better[:, None], trial, x)
        D = jnp.where(better, new_D, D)
        gradient = jnp.where(better[:, None], new_gradient, gradient)
        H = jnp.where(better[:, None, None], new_H, H)
        # Damping ends altogether, so that the last steps are those of the scoring method itself.
        relaxed = jnp.where(damping > 1e-4, damping / 10, 0.0)
        damping = jnp.where(better, relaxed, jnp.where(active, jnp.maximum(10 * damping, 1e-3), damping))
        step, predicted = move(gradient, H, damping)
        decrement = jnp.where(active & jnp.isfinite(D), predicted, decrement)
        return x, x + step, D, gradient, H, damping, decrement, count + 1

    many = len(start)
    first: tuple[Array, ...] = (
        start, start, jnp.full(many, jnp.inf), jnp.zeros_like(start), jnp.zeros((many, size, size)) + jnp.eye(size),
        jnp.zeros(many), jnp.full(many, jnp.inf), jnp.zeros((), int),
    )  # fmt: skip
    last: tuple[Array, ...] = jax.lax.while_loop(going, advance, first)
    x, _, D, _, H, _, decrement, _ = last
    return x, D, H, decrement, jax.vmap(model)(x, rows)


def _active(damping: Array, decrement: Array) -> Array:
    return (decrement > _STOP) & (damping < _MOST_DAMPING)


@partial(jax.jit, static_argnums=(5, 6))
def _scoring(
    n: Float[Array, "r t"],
    v: Float[Array, "r t"],
    rows: Float[Array, "r 3"],
    start: Float[Array, "r p"],
    frame: Frame,
    terms: tuple[str, ...],
    statistic: str,
) -> tuple[Array, Array, Array, Array, Array]:
    def model(x: Array, pairs: Array) -> Array:
        if terms:
            return fit_model.extended(x, pairs, frame, terms)
        return fit_model.five(x, frame)

    return minimise(model, n, v, rows, start, statistic)


def residual_spectrum(
    counts: NDArray[Any], expected: Numbers, window: Window, variance: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """Fourier spectrum of the pulls (n - mu)/sqrt(mu) of a fit; bins that are left out have none.

    Parameters
    ----------
    counts, expected : (..., t)
    variance : (..., t), optional
        In place of mu.

    Returns
    -------
    frequency : (f,)
        [MeV]: 2 pi times the cyclic one, beginning above zero.
    power : (..., f)
        Of mean 1 where the pulls are noise: |sum of pulls e^(i w t)|^2 over the number of bins.
    """
    scale = np.maximum(expected, 1e-300) if variance is None else variance
    pulls = window.on_grid((np.asarray(counts) - expected) / np.sqrt(scale))
    transformed = np.fft.rfft(pulls, axis=-1)[..., 1:]
    frequency = 2 * np.pi * np.fft.rfftfreq(pulls.shape[-1], window.frame.width)[1:]
    return frequency, np.abs(transformed) ** 2 / window.bins

r"""One omega_a from all energies: the T, A and ratio methods.

* T: positrons above a threshold, each counted once.
* A: each with the weight of its asymmetry, :math:`W_i = \sum_k A_k n_{ki}` with variance :math:`\sum_k A_k^2\mu_{ki}`.
* ratio: the positrons of T dealt out at random to four histograms, two of which are moved by about half a period s,

  .. math:: R = \frac{V - U}{V + U} = \frac{A\cos\psi\,(1 - \cos\omega_a s)}{2 + A\cos\psi\,(1 + \cos\omega_a s)},
     \qquad \psi = \omega_a t + \phi,

  with parts 1 : 1 : e^{s/tau} : e^{-s/tau}, so that the exponential drops out. It is exact for any s, thus for whole
  bins.

References
----------
Muong-2:2021vma Secs. III and V
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.muon_g2.decay.spectrum import E_max
from nudipole.muon_g2.wiggle import fit_model
from nudipole.muon_g2.wiggle.expected import GEV, fractions, pileup_coefficients
from nudipole.muon_g2.wiggle.fit_model import FIVE, Frame, Window
from nudipole.muon_g2.wiggle.fits import Fits, fit, minimise, regression
from nudipole.muon_g2.wiggle.settings import THRESHOLD_A, THRESHOLD_T
from nudipole.numerics import jax, jnp

Numbers = NDArray[np.float64]

#: Bins with fewer counts than this have no Gaussian ratio.
_FEWEST = 30


class Method(NamedTuple):
    """What a method found.

    Attributes
    ----------
    name : str
        T, A or ratio.
    threshold : float
        Lower edge of the lowest bin used [MeV].
    positrons : float
    fits : Fits or None
        One row. The ratio method has no N0 and no tau: those are NaN. None where the method cannot be applied.
    failure : str
        Why not.

    Examples
    --------
    >>> Method("T", 1700.0, 0.0, None, "no positrons").status
    'no positrons'
    """

    name: str
    threshold: float
    positrons: float
    fits: Fits | None
    failure: str = ""

    @property
    def status(self) -> str:
        """ "ok", or why there is no frequency."""
        return self.failure if self.fits is None else self.fits.status[0]


def bins_above(energy_edges: Numbers, threshold: float) -> NDArray[np.intp]:
    """Which energy bins lie above a threshold altogether.

    Raises
    ------
    NudipoleError
        If none does.
    """
    found = np.flatnonzero(energy_edges[:-1] >= threshold * (1 - 1e-9))
    if not 0 <= threshold < E_max:
        raise OutOfRange("threshold [MeV]", threshold, 0, E_max)
    if len(found) == 0:
        raise NudipoleError(f"no energy bin lies above the threshold of {digits.plain(threshold / GEV)} GeV: lower it")
    return found


def t_method(
    counts: NDArray[Any], energy_edges: Numbers, window: Window, *, threshold: float = THRESHOLD_T,
    statistic: str = "poisson", terms: tuple[str, ...] = (), pairs: Numbers | None = None,
    variance: Numbers | None = None,
) -> Method:  # fmt: skip
    """Fit of the sum of all energies above a threshold.

    Parameters
    ----------
    counts : (k, t)
    energy_edges : (k + 1,)
        [MeV]
    window : Window
    threshold : float
        [MeV]
    statistic, terms, pairs
        As for `fits.fit`; pairs are for the sum.
    variance : (k, t), optional
        Of the counts, for gaussian.
    """
    used = bins_above(energy_edges, threshold)
    total = counts[used].sum(axis=0)[None]
    spread = None if variance is None else variance[used].sum(axis=0)[None]
    fits = fit(total, window, statistic=statistic, terms=terms, pairs=pairs, variance=spread)
    return Method("T", float(energy_edges[used[0]]), float(total.sum()), fits)


def a_method(
    counts: NDArray[Any], energy_edges: Numbers, window: Window, expected: Numbers, *,
    threshold: float = THRESHOLD_A, asymmetry: Numbers | None = None, terms: tuple[str, ...] = (),
    variance: Numbers | None = None,
) -> Method:  # fmt: skip
    """Fit of the asymmetry-weighted sum.

    Parameters
    ----------
    counts : (k, t)
    energy_edges : (k + 1,)
    window : Window
    expected : (k, t)
        Of a fit of the bins, for the variance: with observed counts it would pull the fit down where they are few.
    threshold : float
        [MeV]
    asymmetry : (k,), optional
        Weights; by default the asymmetry of muon decay. Other weights cost precision and do not bias.
    terms : tuple of str
        As for `fits.fit`.
    variance : (k, t), optional
        Of the counts, in place of the expected ones.
    """
    used = bins_above(energy_edges, threshold)
    share, A = fractions(energy_edges)
    weights = (A if asymmetry is None else asymmetry)[used]
    pairs = weights @ pileup_coefficients(energy_edges)[used] / (weights @ share[used])
    total = weights @ counts[used]
    # Of a bin without a fit the counts themselves.
    mean = np.where(np.isfinite(expected[used]), expected[used], np.maximum(counts[used], 1.0))
    spread = weights**2 @ (mean if variance is None else variance[used])
    if not np.all(spread > 0):
        raise NudipoleError("a time bin has no positrons at all: end the fit earlier")
    fits = fit(total[None], window, statistic="gaussian", variance=spread[None], terms=terms, pairs=pairs[None])
    # Weighted counts are not Gaussian where they are few: the variance of their chi2 is larger than 2 ndof.
    kurtosis = float(np.sum(weights**4 @ mean / spread**2))
    fits = replace(fits, pearson=fits.chi2, inverse=np.array([kurtosis]))
    return Method("A", float(energy_edges[used[0]]), float(counts[used].sum()), fits)


def ratio_method(
    counts: NDArray[Any], energy_edges: Numbers, window: Window, *, threshold: float = THRESHOLD_T, seed: int = 1
) -> Method:
    """Fit of three parameters to the ratio.

    Parameters
    ----------
    counts : (k, t)
    energy_edges : (k + 1,)
    window : Window
        With the lifetime that the parts are made with.
    threshold : float
        [MeV]
    seed : int
        Of dealing out the positrons.
    """
    used = bins_above(energy_edges, threshold)
    total = counts[used].sum(axis=0)
    if np.any(total != np.floor(total)) or np.any(total < 0):
        raise NudipoleError("only whole positrons can be dealt out, and these counts are not: leave the ratio out")
    frame, total = window.frame, window.on_grid(total)
    full = np.ones(len(total), bool) if window.used is None else window.used
    shift = round(float(np.pi / window.omega_a / frame.width))
    if not 0 < 2 * shift < len(total) - 10:
        raise NudipoleError("the ratio method needs more than one period: fit a longer time or leave it out")
    moved = shift * frame.width
    parts = np.array([2.0, np.exp(moved / window.tau), np.exp(-moved / window.tau)])
    dealt = np.random.default_rng(seed).multinomial(total.astype(np.int64), parts / parts.sum())
    inner = slice(shift, len(total) - shift)
    V = dealt[inner, 0]
    U = dealt[2 * shift :, 1] + dealt[: len(total) - 2 * shift, 2]
    enough = (_FEWEST <= V + U) & full[inner] & full[2 * shift :] & full[: len(total) - 2 * shift]
    if enough.sum() < 10:
        raise NudipoleError("too few positrons for the ratio method: make the time bins wider or leave it out")
    both = (V + U)[enough].astype(float)
    R = (V - U)[enough] / both
    s = replace(window, used=None).frame.s[inner][enough]
    start = regression(total[None, full].astype(float), window)[:, [1, 2, 4]]
    # The variance needs the ratio: of a first fit, not of the data.
    variance = 1 / both
    for _ in range(2):
        found = _ratio_fit(
            jnp.asarray(R)[None], jnp.asarray(variance)[None], jnp.asarray(start), jnp.asarray(s), frame, moved
        )
        x, D, H, decrement, model = (np.asarray(part) for part in found)
        start, variance = x, (1 - model[0] ** 2) / both
    inside = np.zeros((1, 5))
    inside[:, [1, 2, 4]] = x
    inverse = np.zeros((1, 5, 5))
    inverse[np.ix_([0], [1, 2, 4], [1, 2, 4])] = np.linalg.pinv(H, hermitian=True)
    values, covariance = fit_model.report(inside, inverse, window)
    values[:, :2], covariance[:, :2], covariance[:, :, :2] = np.nan, np.nan, np.nan
    errors = np.diagonal(covariance, axis1=1, axis2=2)[:, 2:]
    sound = np.all(np.isfinite(values[:, 2:]) & np.isfinite(errors) & (errors > 0), axis=1)
    fits = Fits(FIVE, values, covariance, D, len(R) - 3, (decrement < 1e-6) & sound)
    return Method("ratio", float(energy_edges[used[0]]), float(total.sum()), fits)


@partial(jax.jit)
def _ratio_fit(
    R: Float[Array, "1 t"],
    variance: Float[Array, "1 t"],
    start: Float[Array, "1 3"],
    s: Float[Array, " t"],
    frame: Frame,
    moved: Float[Array, ""],
) -> tuple[Array, Array, Array, Array, Array]:
    def model(x: Array, row: Array) -> Array:
        angle = frame.reach * (1 + x[2]) * s
        oscillation = x[0] * jnp.cos(angle) - x[1] * jnp.sin(angle)
        c = jnp.cos(frame.omega_a * (1 + x[2]) * moved)
        return oscillation * (1 - c) / (2 + oscillation * (1 + c))

    return minimise(model, R, variance, jnp.zeros((1, 3)), start, "gaussian")

r"""Likelihoods without the parameters of the data themselves: the background under OFF counts integrated out."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from nudipole.numerics import jnp
from nudipole.statistics.bins import WALLS, OnOff, Statistic
from nudipole.statistics.combination import Joint

#: Nodes of the integral over the background of a bin, and how far down its integrand is followed (as a logarithm).
_NODES = 64
_DEPTH = 30.0
_DEEP = float(np.sqrt(2 * _DEPTH))


def marginal_deviance(
    statistic: Statistic,
    observed: Float[Array, " b"],
    expected: Float[Array, " b"],
    wall: ArrayLike = WALLS[-1],
) -> Float[Array, ""]:
    r"""-2 ln L with the backgrounds of OFF counts integrated out, up to a constant; other bins as their `deviance`.

    .. math:: L(s) = \int_{\max(0,-s)}^\infty db\; e^{-(s+b)}(s+b)^n\,e^{-\tau b}\,b^m,

    with the flat prior in the background b >= 0 of every bin that makes the likelihood of OFF counts a posterior.
    `OnOff.deviance` profiles b instead, which is not the same where counts are few.

    Parameters
    ----------
    statistic : Statistic
    observed, expected : Float[Array, "b"]
    wall : float
        As for `Statistic.deviance`.

    Returns
    -------
    Float[Array, ""]

    Examples
    --------
    >>> from nudipole.statistics import OnOff
    >>> on_off = OnOff([20], 2.0)
    >>> low, high = (marginal_deviance(on_off, jnp.array([10.0]), jnp.array([s])) for s in (0.0, 20.0))
    >>> bool(low < high)
    True
    """
    if isinstance(statistic, Joint):
        ends = np.cumsum(statistic.sizes).tolist()
        parts = zip(statistic.parts, statistic.sizes, ends, strict=True)
        return sum(
            (marginal_deviance(part, observed[e - n : e], expected[e - n : e], wall) for part, n, e in parts),
            jnp.zeros(()),
        )
    if isinstance(statistic, OnOff):
        return -2 * jnp.sum(_log_integral(observed, statistic.off, statistic.ratio, expected))
    return statistic.deviance(observed, expected, wall)


def _log_integral(
    on: Float[Array, " b"], off: Float[Array, " b"], ratio: Float[Array, "*b"], s: Float[Array, " b"]
) -> Float[Array, " b"]:
    r"""Logarithm of the integral over the background of each bin.

    With :math:`e^u` the background where s >= 0, the ON expectation where s < 0, the integrand is in both cases

    .. math:: \exp\big[a\ln(|s| + e^u) + c\,u - t\,e^u\big], \qquad t = 1 + \tau,

    with (a, c) = (n, m + 1) and (m, n + 1). It has one maximum, and falls to its left at least as fast as
    :math:`c(\delta - 1 + e^{-\delta})`. The trapezoidal rule in y, :math:`u = \hat u + \sigma\sinh y`, converges
    exponentially, whether the peak is a Gaussian or has the tail of an empty measurement.
    """
    size, t = jnp.where(s >= 0, s, -s), 1 + ratio
    a, c = jnp.where(s >= 0, on, off), jnp.where(s >= 0, off, on) + 1
    # The maximum: t v^2 + (t |s| - a - c) v - c |s| = 0, by the form of its root that has no difference.
    b = t * size - a - c
    root = jnp.sqrt(b**2 + 4 * t * c * size)
    v = jnp.where(b > 0, 2 * c * size / jnp.where(b > 0, b + root, 1.0), (root - b) / (2 * t))
    sigma = 1 / jnp.sqrt(c + a * (v / (size + v)) ** 2)
    left = jnp.arcsinh((_DEPTH / c + _DEEP / jnp.sqrt(c)) / sigma)
    right = jnp.arcsinh(_DEEP)
    y = -left + (left + right) * jnp.linspace(0, 1, _NODES)[:, None]
    background = v * jnp.exp(sigma * jnp.sinh(y))
    # u at its peak is ln v, kept apart: the exponents are differences.
    exponent = a * jnp.log((size + background) / (size + v)) + c * sigma * jnp.sinh(y) - t * (background - v)
    step = (left + right) / (_NODES - 1)
    area = jnp.sum(jnp.exp(exponent) * jnp.cosh(y), axis=0) * sigma * step
    peak = a * jnp.log(size + v) + c * jnp.log(v) - t * v
    return jnp.log(area) + peak - jnp.where(s >= 0, size, ratio * size)

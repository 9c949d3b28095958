r"""Backgrounds of known spectrum: what a decay counts in the bins of energy.

.. math:: n_b = a\,\mathcal{E} \int dT\,\frac{dN}{dT}\,R_b(E), \qquad E = E(T) + \Delta

with the activity a, the exposure and the response R_b of the detector at the energy E at which an electron of energy T
is seen, and what gammas add to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import assert_never

import equinox as eqx
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.special import gammainccinv, gammaincinv
from scipy.special import ndtr as normal_cumulative

from nudipole.detectors import Detector, Quenching, Unquenched
from nudipole.detectors.gamma_distribution import gamma_cumulative
from nudipole.detectors.resolution import REACH, ConstantWidth
from nudipole.errors import OutOfRange
from nudipole.experiments.schema.background import (
    BetaSpec,
    ExponentialSpec,
    LineSpec,
    LinesSpec,
    PileUpSpec,
    PowerLawSpec,
    SpectrumSpec,
    SpectrumTableSpec,
)
from nudipole.kept import compiled, kept
from nudipole.numerics import AnyArray, jnp, leaf
from nudipole.sources import beta_decay

#: Steps of the integral in standard deviations of the resolution, and the Gauss-Legendre rule in each.
_STEP = 0.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
#: Energies whose responses are computed at once.
_TOGETHER = 512
#: Probability beyond the reach of a peak.
_TAIL = float(normal_cumulative(-REACH))
#: How many of its scales an exponential is followed, and the steps of a power law in ln E.
_FAR, _RATIO = 40.0, 0.2
#: Steps of the spectrum of two decays up to the end point of one.
_STEPS = 800

Spectrum = tuple[NDArray[np.float64], NDArray[np.float64]]


class SkewedPeak(ConstantWidth):
    r"""A shifted Gamma distribution (Pearson's type III) of mean E, deviation a and skewness :math:`\gamma`.

    Attributes
    ----------
    skewness : float
        In (0, 1].
    """

    skewness: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        if not 0 < self.skewness <= 1:
            raise OutOfRange("skewness of a peak", float(self.skewness), 0, 1)

    def cumulative(
        self, E: Float[AnyArray, " e"], x: Float[AnyArray, " x"]
    ) -> tuple[Float[AnyArray, "x e"], Float[AnyArray, "x e"]]:
        r"""As `Resolution.cumulative`: with k = 4/gamma^2, s = a gamma/2 and z = k + (x - E)/s,

        .. math:: F_0 = P(k, z), \qquad F_1 = -s\,\frac{z^k e^{-z}}{\Gamma(k)}
        """
        k, scale = 4 / self.skewness**2, self.a * self.skewness / 2
        z = k + (x[:, None] - E) / scale
        inside = z > 0
        safe = jnp.where(inside, z, 1.0)
        moment = -scale * jnp.exp(k * jnp.log(safe) - safe - gammaln(k))
        below = gamma_cumulative(jnp.full_like(E, k), safe)
        return jnp.where(inside, below, 0.0), jnp.where(inside, moment, 0.0)

    def reach(self, E: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        k, scale = 4 / self.skewness**2, self.a * self.skewness / 2
        return E + scale * (gammaincinv(k, _TAIL) - k), E + scale * (gammainccinv(k, _TAIL) - k)


def shares(spectrum: SpectrumSpec, detector: Detector, table: Spectrum | None = None) -> NDArray[np.float64]:
    """Share of the decays that is counted in every bin of energy, (b,).

    Parameters
    ----------
    spectrum : SpectrumSpec
    detector : Detector
        Bins, resolution and efficiency; its quenching is the scale on which electrons are seen.
    table : tuple of (E, dN_dE), optional
        The points of a tabulated one, whose integral counts for one.

    Raises
    ------
    UnknownName
        If the decay of the nuclide is not tabulated.
    """
    scale, seen = detector.quenching, replace(detector, quenching=Unquenched())
    shape = (len(detector.bins) - 1,)
    match spectrum:
        case LineSpec():
            if spectrum.sigma is not None:
                peak = (
                    SkewedPeak(spectrum.sigma, spectrum.skewness)
                    if spectrum.skewness
                    else ConstantWidth(spectrum.sigma)
                )
                seen = replace(seen, resolution=peak)
            return kept(_responses, seen, np.array([spectrum.energy]), np.ones(1), shape=shape)
        case BetaSpec():
            return kept(_folded, *_decay(spectrum.nuclide), seen, scale, spectrum.offset, shape=shape)
        case PileUpSpec():
            return kept(_folded, *_two_decays(spectrum.nuclide, scale), seen, Unquenched(), 0.0, shape=shape)
        case LinesSpec():
            weights = np.array(spectrum.shares) / np.sum(spectrum.shares)
            return kept(_responses, seen, np.array(spectrum.energies), weights, shape=shape)
        case ExponentialSpec() | PowerLawSpec():
            number = spectrum.scale if isinstance(spectrum, ExponentialSpec) else spectrum.index
            end = math.inf if spectrum.to is None else spectrum.to
            return kept(_of_formula, spectrum.kind, number, spectrum.from_, end, seen, scale, shape=shape)
        case SpectrumTableSpec():
            assert table is not None
            E, dN_dE = table
            return kept(_folded, E, dN_dE / np.trapezoid(dN_dE, E), seen, scale, 0.0, shape=shape)
        case never:
            assert_never(never)


def density(spectrum: ExponentialSpec | PowerLawSpec, E: float) -> float:
    """dN/dE at one energy, of an integral of one [1/MeV]."""
    number = spectrum.scale if isinstance(spectrum, ExponentialSpec) else spectrum.index
    end = math.inf if spectrum.to is None else spectrum.to
    return float(_formula(spectrum.kind, number, spectrum.from_, end)(np.array([E]))[0])


def _formula(kind: str, number: float, low: float, high: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """dN/dE between two energies, of an integral of one [1/MeV]."""
    if kind == "exponential":
        norm = number * -math.expm1((low - high) / number)
        return lambda E: np.exp((low - E) / number) / norm
    # Relative to the lower end, so that no power overflows.
    ratio, n = high / low, 1 - number
    end = 0.0 if math.isinf(ratio) else ratio**n
    norm = low * (math.log(ratio) if n == 0 else (end - 1) / n)
    return lambda E: (E / low) ** -number / norm


def _of_formula(
    kind: str, number: float, first: float, last: float, seen: Detector, scale: Quenching
) -> NDArray[np.float64]:
    """Integral of a formula times the response."""
    ends = scale.recoil(np.array(seen.recoil_range()))
    low, high = max(float(ends[0]), first), min(float(ends[1]), last)
    if kind == "exponential":
        high = min(high, low + _FAR * number)
    if not low < high:
        return np.zeros(len(seen.bins) - 1)
    if kind == "exponential":
        marks = np.linspace(low, high, int(np.ceil((high - low) / (number * _STEP))) + 1)
    else:
        marks = np.geomspace(low, high, int(np.ceil(np.log(high / low) / _RATIO)) + 1)
    return _integrated(_formula(kind, number, first, last), marks, seen, scale, 0.0)


@cache
def _decay(nuclide: str) -> Spectrum:
    decay = beta_decay.decay(nuclide)
    return beta_decay.spectrum(decay.Q, decay.Z, particle="electron", positron=decay.positron, shape=decay.shape)


def _two_decays(nuclide: str, scale: Quenching) -> Spectrum:
    """Spectrum of the sum of the two energies that are seen, normalised."""
    T, dN_dT = _decay(nuclide)
    (end,) = np.asarray(scale(T[-1:]))
    E = np.linspace(0, end, _STEPS + 1)
    at = scale.recoil(E)
    one = np.interp(at, T, dN_dT) * np.gradient(at, E)
    both = np.convolve(one, one)
    # Trapezoids: half of the first and of the last product.
    both[: _STEPS + 1] -= one[0] * one
    both[_STEPS:] -= one[-1] * one
    nodes = np.linspace(0, 2 * end, 2 * _STEPS + 1)
    return nodes, both / np.trapezoid(both, nodes)


def _folded(
    T: NDArray[np.float64], dN_dT: NDArray[np.float64], seen: Detector, scale: Quenching, offset: float
) -> NDArray[np.float64]:
    """Integral of a spectrum, linear between nodes, times the response where electrons are seen."""
    ends = scale.recoil(np.maximum(np.array(seen.recoil_range()) - offset, 0.0))
    low, high = max(float(ends[0]), float(T[0])), min(float(ends[1]), float(T[-1]))
    if not low < high:
        return np.zeros(len(seen.bins) - 1)
    marks = np.concatenate([[low, high], T[(low < T) & (high > T)]])
    return _integrated(lambda at: np.asarray(np.interp(at, T, dN_dT)), marks, seen, scale, offset)


def _integrated(
    dN_dT: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    marks: NDArray[np.float64],
    seen: Detector,
    scale: Quenching,
    offset: float,
) -> NDArray[np.float64]:
    """Integral of a spectrum between the outermost of the marks, smooth between them, times the response."""
    low, high = marks.min(), marks.max()
    kinks = np.concatenate([scale.recoil(np.maximum(seen.kinks() - offset, 0.0)), scale.kinks()])
    marks = np.unique(np.concatenate([marks, kinks[(kinks > low) & (kinks < high)]]))
    E = np.asarray(scale(marks)) + offset
    sigma = np.asarray(seen.resolution.sigma((E[1:] + E[:-1]) / 2))
    wanted = np.divide(np.diff(E), _STEP * sigma, out=np.ones_like(sigma), where=sigma > 0)
    steps = np.maximum(1, np.ceil(np.minimum(wanted, _STEPS))).astype(int)
    start, step = np.repeat(marks[:-1], steps), np.repeat(np.diff(marks) / steps, steps)
    start = start + step * np.concatenate([np.arange(number) for number in steps])
    at = (start[:, None] + step[:, None] * (1 + _NODES) / 2).ravel()
    weight = (step[:, None] * _WEIGHTS / 2).ravel() * dN_dT(at)
    return _responses(seen, np.asarray(scale(at)) + offset, weight)


def _responses(detector: Detector, E: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted sum of the responses at energies: always as many at once, so that all is compiled once."""
    total = np.zeros(len(detector.bins) - 1)
    for first in range(0, len(E), _TOGETHER):
        some, of_some = E[first : first + _TOGETHER], weight[first : first + _TOGETHER]
        missing = (0, _TOGETHER - len(some))
        total += np.asarray(_summed(detector, np.pad(some, missing, mode="edge"), np.pad(of_some, missing)))
    # Far from the bins rounding may leave less than nothing.
    return np.maximum(total, 0.0)


@compiled
def _summed(detector: Detector, E: Float[AnyArray, " e"], weight: Float[AnyArray, " e"]) -> Float[AnyArray, " b"]:
    return detector.response(E) @ weight

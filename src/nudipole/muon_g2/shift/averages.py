"""Averages of the energy-dependent shift: every definition side by side.

One curve d(E) has many averages. The paper takes the curve c(E) = A(E) d(E)/<A>, unweighted over a window, and quotes
its mean and its standard deviation; the latter is how much the curve varies, not an error. What an experiment would see
is another average: positrons of energy E contribute N A (counted alike) or N A^2 (weighted with A) to the fitted
frequency. Energies counted alike (flat), or as many positrons as there are (N), are here to compare. Energies are
relative to 3.1 GeV, as in the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, OutOfRange
from nudipole.muon_g2.decay import spectrum
from nudipole.muon_g2.decay.precession import a_mu
from nudipole.muon_g2.decay.response import TabulatedAsymmetry
from nudipole.muon_g2.shift import printed
from nudipole.muon_g2.shift.conjecture import PRINTED_COEFFICIENT, PRINTED_ENERGY

Array = NDArray[np.float64]
Shape = Callable[[Array], Array]

#: The window of the paper [MeV]; what a fit would use reaches to the end of the spectrum.
WINDOW = printed.WINDOW
_PANELS, _FINE = 64, 3401
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Average:
    """An average of the relative shift.

    Attributes
    ----------
    name : str
        What is averaged, and with which weight.
    low, high : float
        Window [MeV].
    mean : float
        Relative to a_mu; not a number where the weights do not add up to a positive one.
    spread : float or None
        Standard deviation of the curve, or of the shift with the weights, over the window: not an error. None where
        weights below zero leave none.
    group : str
        ``paper`` for the curve A d/<A> without weight, ``fit`` for what fits would see.
    peak : float or None
        Where the curve is largest in the window [MeV]; none for the shift itself.
    errors : (float, float) or None
        Of mean and spread, from the errors of a measured asymmetry.

    Examples
    --------
    >>> plain = of_curve("plain mean", flat, (1000.0, 2000.0))
    >>> plain.group, f"{1e6 * plain.mean:.1f} ppm"
    ('paper', '3.2 ppm')
    """

    name: str
    low: float
    high: float
    mean: float
    spread: float | None
    group: str
    peak: float | None = None
    errors: tuple[float, float] | None = None

    @property
    def from_printed(self) -> float:
        """Distance of mean and spread from those printed, 1.96 and 0.68 ppm, together [relative to a_mu]."""
        mean, spread = printed.AVERAGE
        return float(np.hypot(self.mean - mean, (self.spread if self.spread is not None else np.inf) - spread))


@dataclass(frozen=True)
class Line:
    """Asymmetry that rises as a power of E from zero, in arbitrary units.

    Attributes
    ----------
    start : float
        Where it is zero [MeV].
    power : float

    Examples
    --------
    >>> Line(1000.0, 2.0)(np.array([500.0, 1003.0])).tolist()
    [0.0, 9.0]
    """

    start: float
    power: float = 1.0

    def __call__(self, E: Array) -> Array:
        """The asymmetry at energies [MeV]."""
        return np.maximum(E - self.start, 0.0) ** self.power


def analytic(E: Array) -> Array:
    """A(E) of muon decay, without detector.

    Parameters
    ----------
    E : array
        Energies [MeV].

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> analytic(np.array([500.0, 2500.0])).round(2).tolist()
    [-0.17, 0.53]
    """
    return spectrum.A(E / PRINTED_ENERGY)


def absolute(E: Array) -> Array:
    """A(E) of muon decay without its sign.

    Parameters
    ----------
    E : array
        Energies [MeV].

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> absolute(np.array([500.0, 2500.0])).round(2).tolist()
    [0.17, 0.53]
    """
    return np.abs(analytic(E))


def moved(E: Array) -> Array:
    """A(E) of muon decay moved down in energy, to be zero at 1 GeV where the measured asymmetry is.

    Parameters
    ----------
    E : array
        Energies [MeV].

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> abs(moved(np.array([1000.0]))).round(6).tolist()
    [0.0]
    """
    return spectrum.A((E - 1000.0) / PRINTED_ENERGY + spectrum.ZERO_CROSSING)


def flat(E: Array) -> Array:
    """The same weight for all energies: the plain mean of the shift.

    Parameters
    ----------
    E : array
        Energies [MeV].

    Returns
    -------
    array
        Ones.

    Examples
    --------
    >>> flat(np.array([500.0, 2500.0])).tolist()
    [1.0, 1.0]
    """
    return np.ones_like(E)


#: Asymmetries by name: between them the printed numbers come out.
SHAPES: dict[str, Shape] = {
    "A ~ E - 1 GeV": Line(1000.0),
    "A ~ E - 0.95 GeV": Line(950.0),
    "A ~ (E - 1 GeV)^0.9": Line(1000.0, 0.9),
    "A of muon decay": analytic,
    "|A| of muon decay": absolute,
    "A of muon decay, zero moved to 1 GeV": moved,
    "A constant": flat,
}


def curve(E: Array, shape: Shape, window: tuple[float, float], *, coefficient: float = PRINTED_COEFFICIENT) -> Array:
    """The weighted curve A(E) d(E)/<A> of the paper, relative to a_mu.

    Parameters
    ----------
    E : array
        [MeV]
    shape : callable
        A(E), in any unit.
    window : (float, float)
        Over which A is averaged [MeV].
    coefficient : float
        delta a_mu at f = 1.

    Returns
    -------
    array
        Pure number.

    Raises
    ------
    NudipoleError
        If the mean asymmetry over the window is not positive.

    Examples
    --------
    Without an asymmetry it is the relative shift itself:

    >>> print(f"{1e6 * curve(np.array([2000.0]), flat, WINDOW)[0]:.2f} ppm")
    2.19 ppm
    """
    nodes, weights = rule(*window)
    mean = float(weights @ shape(nodes))
    if not mean > 0:
        raise NudipoleError("the mean asymmetry over the window is not positive: choose a window at higher energies")
    return shape(E) * shift(E, coefficient) / mean


def mean_of(shape: Shape, window: tuple[float, float], weight: Shape = flat) -> float:
    """Mean of an asymmetry over a window.

    Parameters
    ----------
    shape : callable
        A(E), in any unit.
    window : (float, float)
        [MeV]
    weight : callable
        Of E; flat by default.

    Returns
    -------
    float

    Examples
    --------
    >>> round(mean_of(analytic, WINDOW), 3), round(mean_of(analytic, WINDOW, positrons), 3)
    (0.224, 0.143)
    """
    nodes, weights = rule(*window)
    w = weights * weight(nodes)
    return float(w @ shape(nodes) / w.sum())


def of_curve(
    name: str, shape: Shape, window: tuple[float, float] = WINDOW, *, coefficient: float = PRINTED_COEFFICIENT
) -> Average:
    """Mean and standard deviation of the curve over a window, unweighted: the paper's definition.

    Parameters
    ----------
    name : str
        What is averaged, for the result.
    shape : callable
        A(E), in any unit.
    window : (float, float)
        [MeV]
    coefficient : float
        delta a_mu at f = 1.

    Returns
    -------
    Average
        Of the group ``paper``.

    Raises
    ------
    NudipoleError
        As for `curve`.

    Examples
    --------
    >>> found = of_curve("A of muon decay", analytic)
    >>> print(f"({1e6 * found.mean:.2f} +- {1e6 * found.spread:.2f}) ppm")
    (1.57 +- 1.34) ppm
    """
    nodes, weights = rule(*window)
    values = curve(nodes, shape, window, coefficient=coefficient)
    mean = float(weights @ values)
    spread = float(np.sqrt(weights @ (values - mean) ** 2))
    fine = np.linspace(*window, _FINE)
    peak = float(fine[np.argmax(curve(fine, shape, window, coefficient=coefficient))])
    errors = None
    if isinstance(shape, TabulatedAsymmetry) and shape.errors is not None:
        slopes = shape.slopes(lambda A: _mean_and_spread(weights, A(nodes) * shift(nodes, coefficient), A(nodes)))
        of_mean, of_spread = np.sqrt(slopes**2 @ shape.errors**2)
        errors = (float(of_mean), float(of_spread))
    return Average(name, *window, mean, spread, "paper", peak, errors)


def _mean_and_spread(weights: Array, values: Array, shape: Array) -> Array:
    values = values / (weights @ shape)
    mean = weights @ values
    return np.array([mean, np.sqrt(weights @ (values - mean) ** 2)])


def band(E: Array, shape: Shape, window: tuple[float, float], *, coefficient: float = PRINTED_COEFFICIENT) -> Array:
    """Error of the weighted curve from those of a measured asymmetry, taken as independent from row to row.

    Parameters
    ----------
    E, shape, window, coefficient
        As for `curve`.

    Returns
    -------
    array
        Zero where the asymmetry has no errors.

    Examples
    --------
    >>> measured = TabulatedAsymmetry(np.array([1e3, 3e3]), np.array([0.0, 0.8]), np.array([0.01, 0.02]))
    >>> (1e6 * band(np.array([1500.0]), measured, WINDOW)).round(3).tolist()
    [0.039]
    """
    if not isinstance(shape, TabulatedAsymmetry) or shape.errors is None:
        return np.zeros_like(E)
    slopes = shape.slopes(lambda A: curve(E, A, window, coefficient=coefficient))
    return np.sqrt(slopes**2 @ shape.errors**2)


def weighted(
    name: str, weight: Shape, window: tuple[float, float], *, coefficient: float = PRINTED_COEFFICIENT
) -> Average:
    """Mean of the shift itself over a window, with a weight.

    Parameters
    ----------
    name : str
        What is averaged, for the result.
    weight : callable
        Of E, in any unit.
    window : (float, float)
        [MeV]
    coefficient : float
        delta a_mu at f = 1.

    Returns
    -------
    Average
        Of the group ``fit``.

    Examples
    --------
    >>> print(f"{1e6 * weighted('plain mean', flat, WINDOW).mean:.2f} ppm")
    2.49 ppm
    """
    nodes, weights = rule(*window)
    w = weights * weight(nodes)
    total = float(w.sum())
    # All energies counted alike have no asymmetry at all: there is nothing to fit, and no mean.
    if not total > 1e-9 * np.abs(w).sum():
        return Average(name, *window, float("nan"), None, "fit")
    values = shift(nodes, coefficient)
    mean = float(w @ values) / total
    variance = float(w @ (values - mean) ** 2) / total
    return Average(name, *window, mean, variance**0.5 if variance > 0 else None, "fit")


def averages(
    window: tuple[float, float] = WINDOW,
    *,
    coefficient: float = PRINTED_COEFFICIENT,
    shapes: dict[str, Shape] | None = None,
) -> tuple[Average, ...]:
    """Every definition: the curve of the paper with each asymmetry, and the weights of fits in usual windows.

    Parameters
    ----------
    window : (float, float)
        Of the paper's definition [MeV]; it is one of those of the fits, too.
    coefficient : float
        delta a_mu at f = 1.
    shapes : dict, optional
        Asymmetries; those of `SHAPES` by default.

    Returns
    -------
    tuple of Average

    Raises
    ------
    OutOfRange
        If the window is not one of energies up to that of the muon.

    Examples
    --------
    >>> found = averages((1700.0, 3000.0))
    >>> sorted({average.group for average in found})
    ['fit', 'paper']
    """
    low, high = window
    if not 0 <= low < PRINTED_ENERGY:
        raise OutOfRange("low end [MeV]", low, 0, PRINTED_ENERGY)
    if not low < high <= PRINTED_ENERGY:
        raise OutOfRange("high end [MeV]", high, low, PRINTED_ENERGY)
    found = [of_curve(name, shape, window, coefficient=coefficient) for name, shape in (shapes or SHAPES).items()]
    end = PRINTED_ENERGY
    for name, weight, where in (
        ("flat", flat, window),
        ("N", positrons, window),
        ("N A, T method", _N_A, window),
        ("N A^2, A method", _N_A2, window),
        ("N A above a threshold, T method", _N_A, (low, end)),
        ("N A^2, A method", _N_A2, (1000.0, end)),
        ("N A^2, A method", _N_A2, (1700.0, end)),
        ("N A, T method", _N_A, (1700.0, end)),
        ("N", positrons, (1700.0, end)),
    ):
        found.append(weighted(name, weight, where, coefficient=coefficient))
    return tuple(dict.fromkeys(found))  # the window may be one of the usual ones


def shift(E: Array, coefficient: float = PRINTED_COEFFICIENT) -> Array:
    """Relative shift with the energy of the muons as the paper rounds it, d(E) = k (1 - E/3.1 GeV)/a_mu.

    Parameters
    ----------
    E : array
        [MeV]
    coefficient : float
        delta a_mu at f = 1.

    Returns
    -------
    array

    Examples
    --------
    >>> print(f"{1e6 * float(shift(np.array(0.0))):.3f} ppm")
    6.175 ppm
    """
    return coefficient * (1 - E / PRINTED_ENERGY) / a_mu


def positrons(E: Array) -> Array:
    """N(E) of muon decay.

    Parameters
    ----------
    E : array
        [MeV]

    Returns
    -------
    array

    Examples
    --------
    >>> positrons(np.array([0.0, 3100.0])).round(3).tolist()
    [1.667, 0.0]
    """
    return spectrum.N(E / PRINTED_ENERGY)


def _N_A(E: Array) -> Array:
    return spectrum.N_A(E / PRINTED_ENERGY)


def _N_A2(E: Array) -> Array:
    return spectrum.figure_of_merit(E / PRINTED_ENERGY)


def nearest(
    window: tuple[float, float] = WINDOW, *, coefficient: float = PRINTED_COEFFICIENT,
    shapes: dict[str, Shape] | None = None,
) -> Average:  # fmt: skip
    """The definition whose mean and spread come nearest to the printed 1.96 +- 0.68 ppm.

    Parameters
    ----------
    window, coefficient, shapes
        As for `averages`.

    Returns
    -------
    Average

    Examples
    --------
    >>> found = nearest()
    >>> f"{found.name}: {1e6 * found.mean:.2f} +- {1e6 * found.spread:.2f} ppm"
    'A ~ E - 1 GeV: 1.93 +- 0.68 ppm'
    """
    found = averages(window, coefficient=coefficient, shapes=shapes)
    return min((one for one in found if one.mean == one.mean), key=lambda one: one.from_printed)


def rule(low: float, high: float) -> tuple[Array, Array]:
    """Nodes of an integral over energies, and weights whose sum is 1: panels, because |A| has a kink.

    Parameters
    ----------
    low, high : float
        [MeV]

    Returns
    -------
    nodes, weights : array

    Examples
    --------
    >>> nodes, weights = rule(1000.0, 3000.0)
    >>> round(float(weights @ nodes), 6)
    2000.0
    """
    edges = np.linspace(low, high, _PANELS + 1)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    nodes = (edges[1:] + edges[:-1])[:, None] / 2 + half * _NODES
    weights = half * _WEIGHTS / (high - low)
    return nodes.ravel(), weights.ravel()

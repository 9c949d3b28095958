"""Fig. 2 of Carneiro and Sobrinho: what its frequency without shift implies, and which curve gives that.

The fit has omega_a0/2 pi = 229.07361 +- 0.00014 kHz. If its points are those of Brookhaven in 2000, whose mean is
229.07411 kHz, the curve lies 0.50 Hz above it on their average. What each definition of the curve has for that average
is computed here, with the bins weighted by what each knows of omega_a: the points themselves are not published as
numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from nudipole.muon_g2.shift import conjecture, energy_dependence, forecast, printed
from nudipole.muon_g2.wiggle import energy_table

#: Data whose bins the curve is averaged over.
_DATA = "e821-2000"


class Implied(NamedTuple):
    """A mean shift of the nine bins.

    Attributes
    ----------
    curve : str
        Of `energy_dependence.CURVES`.
    mean : float
        Relative to omega_a.
    away : float
        Minus the one that the printed frequency implies.

    Examples
    --------
    >>> nearest().curve
    'paper'
    """

    curve: str
    mean: float
    away: float


def implied_shift() -> tuple[float, float, float]:
    """The shift that the printed frequency implies, and its rounding.

    Returns
    -------
    shift : float
        [Hz]
    relative : float
        To omega_a0.
    rounding : float
        Relative: half of the last digit of either frequency.

    Examples
    --------
    >>> print("{:.2f} Hz, {:.2f} ppm".format(implied_shift()[0], 1e6 * implied_shift()[1]))
    0.50 Hz, 2.18 ppm
    """
    shift = printed.OMEGA_2000[0] - printed.OMEGA_0[0]
    return shift, shift / printed.OMEGA_0[0], 2**0.5 * 0.005 / printed.OMEGA_0[0]


def means() -> tuple[Implied, ...]:
    """The mean shift of the nine bins by every definition.

    Returns
    -------
    tuple of Implied

    Examples
    --------
    >>> {one.curve: round(1e6 * one.mean, 2) for one in means()}
    {'fit': 1.18, 'paper': 2.16, 'A-window': 2.31, 'NA-bins': 1.96, 'A-bins': 1.22}
    """
    data, wanted = forecast.data_set(_DATA), implied_shift()[1]
    weights = data.bin_errors() ** -2.0
    found = []
    for curve in energy_dependence.CURVES:
        m = energy_dependence.shifts(data.edges[:-1], data.edges[1:], curve)
        mean = float(weights @ m / weights.sum())
        found.append(Implied(curve, mean, mean - wanted))
    return tuple(found)


def nearest() -> Implied:
    """The definition that comes nearest to the printed frequency.

    Returns
    -------
    Implied

    Examples
    --------
    >>> abs(nearest().away) == min(abs(one.away) for one in means())
    True
    """
    return min(means(), key=lambda one: abs(one.away))


def quoted() -> conjecture.Comparison:
    """The two chi2 that the paper quotes, 6.9/8 and 6.2/8, as p-values.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> [round(float(number), 3) for number in quoted()]
    [0.547, 0.625, 0.7]
    """
    return conjecture.compare(printed.CHI2_MODEL, printed.CHI2_CONSTANT, printed.DOF)


def generated_points() -> energy_dependence.EnergyTest:
    """Both fits to the nine generated points, in place of those that are not published.

    Returns
    -------
    EnergyTest

    Examples
    --------
    >>> generated_points().ndof
    8
    """
    return energy_dependence.energy_test(energy_table.example(), "paper")

r"""Backgrounds whose shape is known up to a polynomial with free coefficients.

.. math:: b_i = t_i\,\Big[\eta + \sum_{k=1}^n c_k P_k(x_i)\Big], \qquad
          \sum_i t_i P_k(x_i) P_l(x_i) = \delta_{kl} \sum_i t_i, \quad P_0 = 1

with the template t, the middle x of each bin and the factor eta of the normalisation. The polynomials are orthogonal on
the bins: coefficients are as little correlated as can be, of the relative size of what they change, and leave the sum
of the counts as it is. With one coefficient less than bins every spectrum is reached. Counts are linear in all of them,
so that the likelihood of counts has one minimum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import InputError

Numbers = NDArray[np.float64]


def orthogonal(x: Numbers, weight: Numbers, degree: int) -> Numbers:
    """Values (degree, n) of the polynomials of degree 1, 2, ... that are orthonormal with a weight of unit sum.

    Parameters
    ----------
    x : (n,)
    weight : (n,)
        Of any sum, more than `degree` of them positive.
    degree : int

    References
    ----------
    Forsythe, J. SIAM 5 (1957) 74

    Examples
    --------
    On three points of equal weight, a slope and a bend:

    >>> orthogonal(np.array([1.0, 2.0, 3.0]), np.ones(3), 2).round(3).tolist()
    [[-1.225, 0.0, 1.225], [0.707, -1.414, 0.707]]
    """
    w = weight / weight.sum()
    centred = (x - (x[0] + x[-1]) / 2) / (x[-1] - x[0])
    rows = np.ones((1, len(x)))
    for _ in range(degree):
        new = centred * rows[-1]
        # Twice: once leaves rounding of what was subtracted.
        for _ in range(2):
            new = new - (rows @ (w * new)) @ rows
        rows = np.concatenate([rows, [new / np.sqrt(w @ new**2)]])
    return rows[1:]


def slopes(degree: int, template: Numbers, edges: Numbers, *, what: str, fail: Callable[[str], InputError]) -> Numbers:
    """Change (degree, b) of a template by each of its coefficients.

    Parameters
    ----------
    degree : int
    template : (o, n, i)
        Counts in bins of which the middle axis is that of the polynomial.
    edges : (n+1,)
        Of these bins.
    what : str
        They are of.
    fail : callable
        The error to raise with a message.

    Raises
    ------
    InputError
        If there are not more bins with counts than coefficients.
    """
    weight = template.sum(axis=(0, 2))
    filled = int(np.sum(weight > 0))
    if not degree < filled:
        remedy = f"write {filled - 1} at most" if filled > 1 else "leave it out"
        raise fail(f"degree {degree} needs more than {degree} bins of {what} with counts, not {filled}: {remedy}")
    shapes = orthogonal((edges[1:] + edges[:-1]) / 2, weight, degree)
    found: Numbers = (shapes[:, None, :, None] * template).reshape(degree, -1)
    return found

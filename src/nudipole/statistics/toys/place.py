"""Where all data sets stand before a step."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Bool, Float


class Place(NamedTuple):
    """Parameters of all data sets, and derivatives of chi2 there; data sets along the last axis.

    Attributes
    ----------
    x : Float[Array, "q n"]
    pull : Float[Array, "q n"]
        Slopes of the constraints.
    tight : Float[Array, "q 1"]
        Their curvatures.
    jacobian : Float[Array, "c b n"]
        Derivatives of the expectation with respect to the curved parameters.
    slope, weight : Float[Array, "b n"]
        First and second derivatives of the deviance with respect to the expectation.
    close : Bool[Array, "n"]
        Where the second derivatives of the expectation count.
    active : Bool[Array, "n"]
        Whose step is wanted at all.
    lower, upper : Float[Array, "q"]
    """

    x: Float[Array, "q n"]
    pull: Float[Array, "q n"]
    tight: Float[Array, "q 1"]
    jacobian: Float[Array, "c b n"]
    slope: Float[Array, "b n"]
    weight: Float[Array, "b n"]
    close: Bool[Array, " n"]
    active: Bool[Array, " n"]
    lower: Float[Array, " q"]
    upper: Float[Array, " q"]

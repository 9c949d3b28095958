"""Prior densities of the parameter of interest. A new one: one line at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float

from nudipole import digits
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.numerics import jnp
from nudipole.statistics.likelihood import Model

Numbers = np.ndarray[Any, np.dtype[Any]]


class _Kind(NamedTuple):
    """A coordinate in which a density is flat."""

    words: str
    poi: Callable[[Float[Array, "*n"]], Float[Array, "*n"]]
    coordinate: Callable[[float], float]
    density: Callable[[Numbers], Numbers]
    boundary: bool


class Prior(NamedTuple):
    r"""A prior that is flat in a coordinate r of the parameter of interest.

    Attributes
    ----------
    name : str
        Key of `PRIORS`: ``flat`` (r = poi), ``flat-root`` (r = sqrt(poi)) or ``log`` (r = ln poi).
    lower : float
        Where r begins.

    Examples
    --------
    >>> float(Prior("flat-root", 0.0).poi(3.0))
    9.0
    """

    name: str
    lower: float

    @property
    def words(self) -> str:
        """What it is flat in, and from where on if that is a choice."""
        return PRIORS[self.name].words + (
            f", poi > {digits.plain(float(np.exp(self.lower)), 3)}" if self.name == "log" else ""
        )

    def poi(self, r: Float[Array, "*n"]) -> Float[Array, "*n"]:
        """The parameter of interest at a coordinate."""
        return PRIORS[self.name].poi(r)

    def coordinate(self, poi: float) -> float:
        """The inverse; -inf of 0 if the prior is flat in the logarithm."""
        return PRIORS[self.name].coordinate(poi)

    def density(self, poi: Numbers) -> Numbers:
        """Density of the parameter of interest at positive values (or any, if it has a sign), not normalised."""
        r = np.array([self.coordinate(float(value)) for value in poi])
        return np.where(r >= self.lower, PRIORS[self.name].density(poi), 0.0)


def prior(model: Model, name: str = "flat", *, cut: float | None = None) -> Prior:
    """A prior for the parameter of interest of a model.

    Parameters
    ----------
    model : Model
    name : str
        Key of `PRIORS`.
    cut : float, optional
        Lower end of the ``log`` prior, which without one could not be normalised.

    Returns
    -------
    Prior

    Raises
    ------
    UnknownName
        No such prior.
    OutOfRange
        A cut that is not positive.
    NudipoleError
        A parameter with a sign and a prior for positive ones; a cut that is missing, or that no prior needs.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> prior(model, "flat").lower
    0.0
    """
    if name not in PRIORS:
        raise UnknownName("prior", name, PRIORS)
    if PRIORS[name].boundary and model.poi_lower != 0:
        raise NudipoleError(f"prior {name!r} is for parameters >= 0, {model.poi_name} has a sign: take 'flat'")
    if (name == "log") != (cut is not None):
        wanted = "needs a lower cut" if cut is None else "has no lower cut"
        raise NudipoleError(f"prior {name!r} {wanted}: {'give one' if cut is None else 'leave it out'}")
    if cut is not None and not 0 < cut < np.inf:
        raise OutOfRange("lower cut of the prior", cut, 0, inside=True)
    return Prior(name, float(np.log(cut)) if cut is not None else float(model.poi_lower))


def _log(poi: float) -> float:
    return float(np.log(poi)) if poi > 0 else -np.inf


def _root(poi: float) -> float:
    return float(np.sqrt(max(poi, 0.0)))


#: Priors of the parameter of interest.
PRIORS: dict[str, _Kind] = {
    "flat": _Kind("flat in poi", lambda r: r, float, np.ones_like, boundary=False),
    "flat-root": _Kind("flat in sqrt(poi)", jnp.square, _root, lambda poi: poi**-0.5, boundary=True),
    "log": _Kind("flat in ln(poi)", jnp.exp, _log, np.reciprocal, boundary=True),
}

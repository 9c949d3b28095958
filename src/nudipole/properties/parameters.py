"""Parameters of a neutrino's electromagnetic properties: names, units, and what of each a rate sees.

A parameter belongs to one group, a way to name the matrices of `nudipole.properties.parametrisations`; names are
unique among all groups, so that a name alone says which is meant. A fit works with the parameter of interest, a number
of order one,

.. math:: x = (\\theta/\\theta_0)^p, \\qquad p = 2 \\text{ for a moment, else } 1,

because moments flip helicity and add to the weak rate, which then sees their square alone; charge radii and charges
interfere with it and have a sign. A new parameter: one line here, its matrix in the parametrisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, UnknownName

Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Parameter:
    """One real number of a neutrino.

    Attributes
    ----------
    name : str
        As typed: mu_nu, lambda_1, r2_e.
    unit : str
    meaning : str
    scale : float or None
        Value at which the parameter of interest is one [unit]; None for what alone changes no rate, a phase.
    squared : bool
        Whether rates depend on the square of the parameter alone.
    lower : float
        Least value that is fitted: zero for a modulus.
    default : float
    group : str
        The parametrisation it belongs to, of `GROUPS`.

    Examples
    --------
    >>> mu = find("mu_nu")
    >>> mu.unit, mu.squared, mu.fitted, mu.poi(3e-11)
    ('mu_B', True, 'mu_nu^2', 9.0)
    """

    name: str
    unit: str
    meaning: str
    scale: float | None = None
    squared: bool = False
    lower: float = -np.inf
    default: float = 0.0
    group: str = field(default="", compare=False)

    @property
    def fitted(self) -> str:
        """Name of what is fitted: the square of a moment."""
        return self.name + self._power

    @property
    def fitted_unit(self) -> str:
        """Unit of what is fitted."""
        return self.unit + self._power

    @property
    def _power(self) -> str:
        return "^2" if self.squared else ""

    @property
    def interfering(self) -> Parameter:
        """The same where others of its group are not zero: moments may interfere, and no square is all that is seen."""
        return replace(self, squared=False)

    @property
    def size(self) -> float:
        """Value at which the parameter of interest is one [unit].

        Raises
        ------
        NudipoleError
            If the parameter alone changes no rate; the message names those of its group that do.
        """
        if self.scale is None:
            others = ", ".join(p.name for p in GROUPS[self.group] if p.scale is not None)
            raise NudipoleError(f"{self.name} alone changes no rate: choose a modulus to limit, {others}")
        return self.scale

    def poi(self, value: Any) -> Any:
        """Parameter of interest at a value, or at many [unit]; of a moment the square, whatever its sign."""
        x = value / self.size
        return x**2 if self.squared else x

    def value(self, poi: float) -> float:
        """The value [unit] at a parameter of interest; zero below the boundary of a moment."""
        return float(np.sqrt(max(poi, 0.0)) * self.size) if self.squared else float(poi * self.size)

    def values(self, poi: Numbers) -> NDArray[np.float64]:
        """`value` of many."""
        return np.asarray(np.sqrt(np.maximum(poi, 0.0)) * self.size if self.squared else poi * self.size)

    def power(self, poi: Any) -> Any:
        """What is fitted, at a parameter of interest or at many [fitted_unit]."""
        return poi * (self.size**2 if self.squared else self.size)


#: The order of flavours in every matrix.
FLAVOURS = ("e", "mu", "tau")

#: Sizes of moments [mu_B], squared radii [cm^2], charges [e] and dipoles [1/GeV] that experiments are sensitive to.
_MOMENT, _RADIUS, _CHARGE, _DIPOLE = 1e-11, 1e-32, 1e-13, 1e-8
#: Of the conversion of solar neutrinos: probability, and moment times field [mu_B kG].
_CONVERSION, PRODUCT = 1e-4, 1e-9
_PAIRS = (("e", "mu"), ("e", "tau"), ("mu", "tau"))
_SHIFT = "shift of the charge radius <r^2> from the standard model"
_ANAPOLE = "shift of the anapole moment a, r^2 = -6a"
_MILLICHARGE = "electric charge"


def _moment(name: str, meaning: str) -> Parameter:
    return Parameter(name, "mu_B", meaning, _MOMENT, squared=True, lower=0.0)


def _dipole(name: str, meaning: str) -> Parameter:
    return Parameter(name, "1/GeV", meaning, _DIPOLE, squared=True, lower=0.0)


def _moments(labels: Iterable[object]) -> list[Parameter]:
    """Magnetic and electric moments of single neutrinos."""
    return [
        _moment(f"{symbol}_{label}", f"{kind} moment of nu_{str(label)[0] if str(label).isdigit() else label}")
        for symbol, kind in (("mu", "magnetic"), ("eps", "electric"))
        for label in labels
    ]


def _vector(labels: Iterable[object]) -> list[Parameter]:
    moduli = [_moment(f"lambda_{k}", f"modulus of Lambda_{k}") for k in labels]
    return [*moduli, *(Parameter(f"phi_{k}", "rad", f"phase of Lambda_{k}") for k in labels)]


def _matrix(prefix: str, unit: str, scale: float, meaning: str) -> list[Parameter]:
    diagonal = {f"{prefix}_{a}": f"{meaning} of nu_{a}" for a in FLAVOURS}
    others = {f"{prefix}_{a}{b}": f"real transition {meaning} between nu_{a} and nu_{b}" for a, b in _PAIRS}
    return [Parameter(name, unit, text, scale) for name, text in (diagonal | others).items()]


#: Parameters of every parametrisation, in the order of its numbers.
GROUPS: dict[str, tuple[Parameter, ...]] = {
    group: tuple(replace(parameter, group=group) for parameter in parameters)
    for group, parameters in {
        "universal": [
            _moment("mu_nu", "effective magnetic moment, the same for every flavour"),
            _moment("eps_nu", "effective electric moment, the same for every flavour"),
        ],
        "flavour-diagonal": _moments(FLAVOURS),
        "mass-diagonal": _moments(("11", "22", "33")),
        "majorana": _vector((1, 2, 3)),
        "majorana-flavour": _vector(FLAVOURS),
        "majorana-transition": [
            _moment(f"mu_{j}{k}", f"Majorana transition moment between nu_{j} and nu_{k}")
            for j, k in ((1, 2), (1, 3), (2, 3))
        ],
        "charge-radius": _matrix("r2", "cm^2", _RADIUS, _SHIFT),
        "anapole": _matrix("anapole", "cm^2", _RADIUS, _ANAPOLE),
        "millicharge": _matrix("q", "e", _CHARGE, _MILLICHARGE),
        "universal-charge-radius": [Parameter("r2_nu", "cm^2", f"{_SHIFT}, the same for every flavour", _RADIUS)],
        "heavy": [
            _dipole(f"d_{flavour}", f"transition dipole of nu_{flavour} to one heavy lepton, mu = 2 d")
            for flavour in FLAVOURS
        ],
        "universal-heavy": [_dipole("d", "transition dipole of every flavour to a heavy lepton of its own, mu = 2 d")],
        "antineutrino-conversion": [
            Parameter(
                "p_antinu",
                "1",
                "probability that solar nu_e arrive as nubar_e, at every energy alike",
                _CONVERSION,
                lower=0.0,
            )
        ],
        "moment-times-field": [
            Parameter(
                "mu_B_product",
                "mu_B kG",
                "Majorana moment mu_12 times the field B0 of a shape in the Sun",
                PRODUCT,
                squared=True,
                lower=0.0,
            )
        ],
        "universal-millicharge": [Parameter("q_nu", "e", f"{_MILLICHARGE}, the same for every flavour", _CHARGE)],
    }.items()
}
#: All parameters by name.
PARAMETERS: dict[str, Parameter] = {p.name: p for parameters in GROUPS.values() for p in parameters}


#: The parameter of a neutrino that is given by its matrices; in no group.
STRENGTH = "strength"


def strength(*, squared: bool) -> Parameter:
    """Factor of all properties of a given neutrino.

    Parameters
    ----------
    squared : bool
        Whether rates see its square alone: of a neutrino that has moments and nothing else.

    Returns
    -------
    Parameter

    Examples
    --------
    >>> strength(squared=True).fitted, strength(squared=False).lower
    ('strength^2', -inf)
    """
    meaning = "factor of all properties of the given neutrino"
    return Parameter(STRENGTH, "1", meaning, 1.0, squared, 0.0 if squared else -np.inf, group="given")


class HasParameters(Protocol):
    """What names parameters: a parametrisation, or a model of one."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """By name."""
        ...


#: Further parametrisations by name, such as `nudipole.models.MODELS`.
Registry = Mapping[str, HasParameters]


def known(*registries: Registry) -> dict[str, Parameter]:
    """All parameters by name: of `PARAMETERS` and of further registries.

    Examples
    --------
    >>> known() == PARAMETERS
    True
    """
    found = dict(PARAMETERS)
    for registry in registries:
        for owner in registry.values():
            found |= owner.parameters
    return found


def find(name: str, *registries: Registry) -> Parameter:
    """The parameter of this name.

    Parameters
    ----------
    name : str
        Of `PARAMETERS`, or of a registry.
    *registries : mapping of str to what has parameters
        To look in beside: `nudipole.models.find` looks among models, too.

    Returns
    -------
    Parameter

    Raises
    ------
    UnknownName
        If there is none; the message lists all.

    Examples
    --------
    >>> find("lambda_2").group, find("mu_nu").fitted, find("r2_e").fitted
    ('majorana', 'mu_nu^2', 'r2_e')
    >>> find("mu_nu").poi(2e-11), find("mu_nu").value(4.0), find("q_e").value(-2.0)
    (4.0, 2e-11, -2e-13)
    """
    parameters = known(*registries)
    if not isinstance(name, str) or name not in parameters:
        raise UnknownName("parameter", name, parameters)
    return parameters[name]


def beside(name: str, *registries: Registry) -> list[str]:
    """Names of the parameters that go beside one.

    Examples
    --------
    >>> beside("mu_12")
    ['mu_13', 'mu_23']
    """
    group = find(name, *registries).group
    return [other.name for other in known(*registries).values() if other.group == group and other.name != name]


def companions(name: str, *registries: Registry) -> str:
    """Which parameters go beside one, in words.

    Parameters
    ----------
    name : str
    *registries : mapping of str to what has parameters
        As of `find`.

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        If there is no such parameter.

    Examples
    --------
    >>> companions("mu_12"), companions("q_nu")
    ('beside mu_12 go mu_13, mu_23', 'q_nu goes alone')
    """
    others = beside(name, *registries)
    return f"beside {name} go {', '.join(others)}" if others else f"{name} goes alone"

"""Ways to make a limit. Each has the settings that it knows, so that an impossible combination cannot be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, ClassVar

from nudipole.errors import NotANumber, NudipoleError, OutOfRange, UnknownName
from nudipole.statistics.asymptotics import CONSTRUCTIONS


@dataclass(frozen=True)
class Asymptotic:
    """Thresholds of asymptotic distributions: fast, and right where counts are many.

    Attributes
    ----------
    construction : str or None
        Of `nudipole.statistics.CONSTRUCTIONS`. None: ``unified``, or Feldman-Cousins by enumeration where counts are
        so few that it would be wrong, and all outcomes can be listed.
    power_constrained : bool
        An upper end below the -1 sigma edge of the expected band is raised to it, so that no value is excluded to
        which the experiment is not sensitive.

    Raises
    ------
    UnknownName
        If there is no such construction.

    References
    ----------
    Cowan:2010js; Cowan:2011an (power constraint)

    Examples
    --------
    >>> Asymptotic("one-sided").construction
    'one-sided'
    """

    name: ClassVar[str] = "asymptotic"
    construction: str | None = None
    power_constrained: bool = False

    def __post_init__(self) -> None:
        if self.construction is not None and self.construction not in CONSTRUCTIONS:
            raise UnknownName("construction", self.construction, CONSTRUCTIONS)


@dataclass(frozen=True)
class _Neyman:
    """Settings of constructions by enumeration of all outcomes where they are few, else by toys.

    Attributes
    ----------
    toys : int
        At every tested value, at least.
    precision : float
        Relative error of an end (of the square, for a moment) until which toys are added.
    seed : int
    enumeration : bool
        Whether every outcome is enumerated in place of toys, where that takes about a minute at most.
    power_constrained : bool
        As of `Asymptotic`.
    """

    toys: int = 2000
    precision: float = 0.01
    seed: int = 1
    enumeration: bool = True
    power_constrained: bool = False

    def __post_init__(self) -> None:
        _check("number of toys", self.toys, 1)
        _check("precision", self.precision, 0, inside=True)
        _check("seed", self.seed, 0)


@dataclass(frozen=True)
class FeldmanCousins(_Neyman):
    """Two-sided intervals ordered by the likelihood ratio, nuisances profiled.

    Attributes
    ----------
    toys : int
        At every tested value, at least.
    precision : float
        Relative error of an end (of the square, for a moment) until which toys are added.
    seed : int
    enumeration : bool
        Whether every outcome is enumerated in place of toys, where that takes about a minute at most.
    power_constrained : bool
        As of `Asymptotic`.

    Raises
    ------
    OutOfRange
        For no toys, a precision that is not positive, or a negative seed.

    References
    ----------
    Feldman:1997qc

    Examples
    --------
    >>> FeldmanCousins(toys=5000).precision
    0.01
    """

    name: ClassVar[str] = "feldman-cousins"


@dataclass(frozen=True)
class CLs(_Neyman):
    """Upper limits protected against downward fluctuations, nuisances profiled.

    Attributes
    ----------
    toys, precision, seed, enumeration, power_constrained
        As of `FeldmanCousins`.

    Raises
    ------
    OutOfRange
        As of `FeldmanCousins`.

    References
    ----------
    Read:2002hq

    Examples
    --------
    >>> CLs(seed=2).toys
    2000
    """

    name: ClassVar[str] = "cls"


@dataclass(frozen=True)
class Bayesian:
    """Credible regions of a posterior that is sampled.

    Attributes
    ----------
    prior : str or None
        Of `nudipole.inference.credible.PRIORS`; flat in the square of a moment unless given.
    cut : float or None
        Where the log prior begins, in the unit of the parameter.
    draws, seed : int
        Of each chain; of the sampler.

    Raises
    ------
    OutOfRange, NotANumber
        For no draws, or a negative seed.

    Examples
    --------
    >>> Bayesian(prior="log", cut=1e-13).draws
    5000
    """

    name: ClassVar[str] = "bayesian"
    prior: str | None = None
    cut: float | None = None
    draws: int = 5000
    seed: int = 1

    def __post_init__(self) -> None:
        _check("draws", self.draws, 1)
        _check("seed", self.seed, 0)


def _check(name: str, value: object, low: float, *, inside: bool = False) -> None:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise NotANumber(name, value)
    number = float(value)
    if not (number > low if inside else number >= low):
        raise OutOfRange(name, number, low, inside=inside)


Method = Asymptotic | FeldmanCousins | CLs | Bayesian

#: By the name that a result and the command line have for it.
METHODS: dict[str, type[Method]] = {method.name: method for method in (Asymptotic, FeldmanCousins, CLs, Bayesian)}


def chosen(by: Method | str | None, settings: Mapping[str, Any]) -> Method:
    """A method that is given, or named with some of its settings.

    Parameters
    ----------
    by : Asymptotic, FeldmanCousins, CLs, Bayesian, str or None
        Of `METHODS`, if it is a name, or of its constructions; asymptotic unless given.
    settings : mapping
        Of the method, beside its name.

    Raises
    ------
    UnknownName
        If there is no such method, or the method has no such setting.
    NudipoleError
        If settings stand beside a method that has its own, or belong to other methods; the message names them.

    Examples
    --------
    >>> chosen("cls", {"toys": 500}).toys
    500
    >>> chosen(None, {"toys": 500})
    Traceback (most recent call last):
    nudipole.errors.NudipoleError: toys is a setting of other methods: write by=nd.FeldmanCousins(toys=...), nd.CLs(...)
    """
    if isinstance(by, Method):
        if settings:
            raise NudipoleError(f"{_listed(settings)} beside a method: write it there, {type(by).__name__}(...)")
        return by
    if isinstance(by, type) and by in METHODS.values():
        by = by.name  # the class itself: its settings as they are by default
    name = Asymptotic.name if by is None else by
    if name not in METHODS and name in CONSTRUCTIONS:
        settings, name = {"construction": name, **settings}, Asymptotic.name
    if name not in METHODS:
        raise UnknownName("method", str(name), {*METHODS, *CONSTRUCTIONS})
    known = [field.name for field in fields(METHODS[name])]
    for setting in settings:
        if setting in known:
            continue
        others = [m.__name__ for m in METHODS.values() if setting in (field.name for field in fields(m))]
        if setting == "variant":
            raise NudipoleError("variant belongs to the experiment: nudipole.load(name, variant)")
        if not others:
            every = dict.fromkeys(field.name for m in METHODS.values() for field in fields(m))
            raise UnknownName("setting of a limit", setting, [*every, "cl", "by", "progress"])
        more = "".join(f", nd.{other}(...)" for other in others[1:])
        raise NudipoleError(f"{setting} is a setting of other methods: write by=nd.{others[0]}({setting}=...){more}")
    return METHODS[name](**settings)


def _listed(settings: Mapping[str, Any]) -> str:
    return ", ".join(settings)

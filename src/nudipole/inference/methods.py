"""Ways to make a limit. Each has the settings that it knows, so that an impossible combination cannot be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nudipole.errors import OutOfRange, UnknownName
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

    References
    ----------
    Cowan:2010js; Cowan:2011an (power constraint)
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
        if self.toys < 1:
            raise OutOfRange("number of toys", self.toys, 1)
        if not self.precision > 0:
            raise OutOfRange("precision", self.precision, 0, inside=True)
        if self.seed < 0:
            raise OutOfRange("seed", self.seed, 0)


@dataclass(frozen=True)
class FeldmanCousins(_Neyman):
    """Two-sided intervals ordered by the likelihood ratio, nuisances profiled; settings as of a construction by toys.

    References
    ----------
    Feldman:1997qc
    """

    name: ClassVar[str] = "feldman-cousins"


@dataclass(frozen=True)
class CLs(_Neyman):
    """Upper limits protected against downward fluctuations, nuisances profiled; settings as of a construction by toys.

    References
    ----------
    Read:2002hq
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
    """

    name: ClassVar[str] = "bayesian"
    prior: str | None = None
    cut: float | None = None
    draws: int = 5000
    seed: int = 1


Method = Asymptotic | FeldmanCousins | CLs | Bayesian

#: By the name that a result and the command line have for it.
METHODS: dict[str, type[Method]] = {method.name: method for method in (Asymptotic, FeldmanCousins, CLs, Bayesian)}

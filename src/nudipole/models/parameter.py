"""Parameters of models: those of neutrinos with a range, a unit that must be written, and words for some values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nudipole import constants as const
from nudipole.errors import NotANumber, NudipoleError, OutOfRange, UnitError, UnknownName, shortened
from nudipole.properties.parameters import Parameter

#: Units that must be written: two or more are usual for each, and a bare number may mean any.
_WRITTEN = {"GeV": "GeV or TeV", "TeV": "TeV or GeV", "eV": "eV or meV", "MeV": "MeV or GeV", "rad": "deg or rad"}

#: Masses of leptons by name [MeV].
LEPTONS = {"e": const.m_e, "mu": const.m_mu, "tau": const.m_tau}


@dataclass(frozen=True)
class ModelParameter(Parameter):
    """One real number of a model; a fit may ask for it where the moments are proportional to it.

    Attributes
    ----------
    name : str
        With the model before the dot: su2h.f.
    unit, meaning, scale, squared, lower, default, group
        As of `nudipole.properties.Parameter`; `scale` is None where moments are not proportional to the parameter.
    low, high : float
        Values that have a meaning [unit].
    inside : bool
        Whether these ends are excluded.
    allowed : tuple of float
        The only values, if there are any.
    words : mapping of str to float
        Names of some values: ``tau`` of a mass.

    Examples
    --------
    >>> from nudipole.models import find
    >>> m_h = find("su2h.m_h")
    >>> m_h.key, m_h.read("0.15 TeV"), find("su2h.f").fitted
    ('m_h', 150.0, 'su2h.f^2')
    >>> m_h.read("150")
    Traceback (most recent call last):
    nudipole.errors.UnitError: su2h.m_h = 150: a unit is missing, GeV or TeV: write for example '150 GeV'
    """

    low: float = -math.inf
    high: float = math.inf
    inside: bool = False
    allowed: tuple[float, ...] = ()
    words: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """Name within the model."""
        return self.name.rpartition(".")[2]

    @property
    def size(self) -> float:
        """Value at which the parameter of interest is one [unit].

        Raises
        ------
        NudipoleError
            If the moments are not proportional to the parameter.
        """
        if self.scale is None:
            message = f"moments are not proportional to {self.name}: scan it, or vary it in predict"
            raise NudipoleError(message)
        return self.scale

    def checked(self, value: Any) -> float:
        """A number [unit] that has a meaning.

        Raises
        ------
        NotANumber, OutOfRange
            If it is no number, or outside of the range.
        UnknownName
            If it is not one of the values allowed.
        """
        if isinstance(value, bool | str | complex):
            raise NotANumber(self.name, value)
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise NotANumber(self.name, value) from error
        within = self.low < number < self.high if self.inside else self.low <= number <= self.high
        if not (math.isfinite(number) and within):
            raise OutOfRange(self.name, number, self.low, self.high, inside=self.inside, unit=_shown(self.unit))
        if self.allowed and number not in self.allowed:
            raise UnknownName(f"value of {self.name}", f"{number:g}", [f"{one:g}" for one in self.allowed])
        return number

    def read(self, text: str | float) -> float:
        """A value [unit] as people write it: ``150 GeV``, ``0.014``, ``tau``; a number alone is in the unit.

        Raises
        ------
        UnitError
            If the unit is missing where two are usual, unknown or of another kind.
        NotANumber, OutOfRange, UnknownName
            As of `checked`.
        """
        if not isinstance(text, str):
            return self.checked(text)
        if text.strip() in self.words:
            return self.words[text.strip()]
        try:
            number = float(text)
        except ValueError:
            return self.checked(self._with_unit(text.strip()))
        if self.unit in _WRITTEN and number != 0:
            message = f"a unit is missing, {_WRITTEN[self.unit]}: write for example '{text.strip()} {self._usual}'"
            raise UnitError(f"{self.name} = {text.strip()}: {message}")
        return self.checked(number)

    @property
    def _usual(self) -> str:
        return "deg" if self.unit == "rad" else self.unit

    def _with_unit(self, text: str) -> float:
        from nudipole import units

        number, _, written = text.partition(" ")
        try:
            if written.strip() == self.unit:  # keeps its digits
                return units.parse(number, "")
            if self.unit == "rad":  # an angle is a pure number
                return _angle(text)
            if self.unit == "1":
                return units.parse(text, "")
            return units.express(units.parse(text, self.unit), self.unit)
        except UnitError as error:
            known = f", or a word: {', '.join(self.words)}" if self.words else ""
            raise UnitError(f"{self.name} = {shortened(text)}: {error}{known}") from error


def _shown(unit: str) -> str:
    return "" if unit == "1" else unit


def _angle(text: str) -> float:
    from nudipole import units

    for ending, factor in (("deg", math.pi / 180), ("rad", 1.0), ("pi", math.pi)):
        if text.endswith(ending):
            return units.parse(text.removesuffix(ending).strip() or "1", "") * factor
    raise UnitError("write an angle with its unit, for example '60 deg' or '1.2 rad'")


def coupling(key: str, meaning: str, default: float = 1.0, scale: float | None = 1.0) -> ModelParameter:
    """A real coupling; moments are proportional to it unless `scale` is None."""
    lower = 0.0 if scale is not None else -math.inf
    return ModelParameter(key, "1", meaning, scale, scale is not None, lower, default)


def mass(key: str, meaning: str, default: float, unit: str = "GeV", **settings: Any) -> ModelParameter:
    """A mass or a scale, which is positive."""
    return ModelParameter(key, unit, meaning, default=default, low=0.0, inside=True, **settings)


def number(key: str, meaning: str, default: float, unit: str = "1", **settings: Any) -> ModelParameter:
    """Any other number, with a range where `settings` give one."""
    return ModelParameter(key, unit, meaning, default=default, **settings)


def moment(key: str, meaning: str, default: float) -> ModelParameter:
    """A moment [mu_B]."""
    return ModelParameter(key, "mu_B", meaning, 1e-11, True, 0.0, default)

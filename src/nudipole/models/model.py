"""What every model has: parameters, the neutrino they make, and what else it predicts of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nudipole.errors import NudipoleError, PropertyRule, UnknownName
from nudipole.models.parameter import ModelParameter

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino

#: What the number of a model is worth, in words.
KINDS = {
    "prediction": "follows from the Lagrangian",
    "estimate": "order of magnitude",
    "bound": "largest value that is natural",
    "range": "quoted range",
    "symmetry": "shows what a symmetry allows",
}
#: Values of a model by the key of the parameter, complete and checked.
Values = Mapping[str, float]


#: Moments [mu_B] and masses [eV] beyond are no numbers to compute with: squares and cubes are taken of them.
_MOST = 1e60


def _largest(numbers: Any) -> float:
    """The largest of them; infinite where it is more than can be computed with."""
    largest = float(np.max(np.abs(np.asarray(numbers))))
    return largest if largest < _MOST else math.inf


class Model(ABC):
    """A parametrisation of neutrino properties that comes from a theory, with what else that predicts.

    A model is declared, not programmed: the class attributes are words and parameters, the methods formulas. They are
    written in NumPy, so that models are listed without JAX; a fit sees the matrices alone.

    Attributes
    ----------
    name, title : str
    kind : str
        Of `KINDS`.
    declared : tuple of ModelParameter
        By their keys, without the model's name.
    lagrangian, formula, validity, neglects : str
        In words and formulas, for ``nudipole models show``.
    references : tuple of str
        Texkeys.

    Examples
    --------
    >>> from nudipole.models import MODELS
    >>> model = MODELS["su2h"]
    >>> neutrino = model.neutrino({"f": 0.03, "f_prime": 1.0, "sin2alpha": 0.2})
    >>> print(f"{abs(neutrino.lam[0, 1]):.2e} mu_B, {1e11 * model.delta_a_mu({'f': 0.03}):.0f}e-11")
    2.13e-11 mu_B, 130e-11
    """

    def __init__(self) -> None:
        """Declared in its class: nothing to give."""
        super().__init__()

    name: str
    title: ClassVar[str]
    kind: ClassVar[str] = "prediction"
    declared: ClassVar[tuple[ModelParameter, ...]]
    lagrangian: ClassVar[str]
    formula: ClassVar[str]
    validity: ClassVar[str]
    neglects: ClassVar[str]
    references: ClassVar[tuple[str, ...]]

    @cached_property
    def parameters(self) -> dict[str, ModelParameter]:
        """The parameters by full name, as fits call them."""
        full = [replace(one, name=f"{self.name}.{one.key}", group=self.name) for one in self.declared]
        return {one.name: one for one in full}

    @cached_property
    def keys(self) -> dict[str, ModelParameter]:
        """The same by key."""
        return {one.key: one for one in self.parameters.values()}

    def parameter(self, name: str) -> ModelParameter:
        """A parameter by key or full name.

        Raises
        ------
        UnknownName
            If there is none.
        """
        key = name.removeprefix(f"{self.name}.")
        if key not in self.keys:
            raise UnknownName(f"parameter of {self.name}", key, self.keys)
        return self.keys[key]

    def completed(self, values: Mapping[str, Any]) -> dict[str, float]:
        """All values by key in the parameters' units; text is read with its unit, what is left out has its default.

        Raises
        ------
        UnknownName, NotANumber, OutOfRange, UnitError
            For an unknown parameter, or a value that has no meaning.
        """
        given = {(one := self.parameter(name)).key: one.read(value) for name, value in values.items()}
        return {key: given.get(key, one.default) for key, one in self.keys.items()}

    def neutrino(self, values: Mapping[str, Any], oscillation: Oscillation | None = None) -> Neutrino:
        """The neutrino at these values.

        Parameters
        ----------
        values : mapping
            By key or full name; numbers in the parameter's unit, or text with a unit.
        oscillation : Oscillation, optional
            Splittings and mixing, where the model needs them: NuFIT 6.0, normal ordering, unless given.

        Raises
        ------
        UnknownName, NotANumber, OutOfRange, UnitError
            As of `completed`.
        """
        complete = self.completed(values)
        made: Neutrino = self._computed(lambda: self._neutrino(complete, oscillation), complete)
        self._computed(lambda: _largest(made.lam), complete)
        return made

    def _computed(self, formula: Callable[[], Any], values: Values) -> Any:
        """What a formula gives, which is a number to compute with.

        Raises
        ------
        NudipoleError
            If it is none: values are too large or too small.
        """
        try:
            with np.errstate(all="ignore"):
                found = formula()
            if not isinstance(found, float) or math.isfinite(found):
                return found
        except (OverflowError, ZeroDivisionError, PropertyRule):
            pass
        written = ", ".join(f"{key} = {value:g}" for key, value in values.items())
        raise NudipoleError(f"{self.name}: too large or too small to compute with: {written}")

    @abstractmethod
    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        """The neutrino of checked values."""

    def neutrinos(self, columns: Mapping[str, Any]) -> Neutrino:
        """Many of `neutrino`, whose matrices are (n, 3, 3), from columns of values by full name."""
        from nudipole.properties.neutrino import Neutrino

        count = len(next(iter(columns.values())))
        made = [self.neutrino({name: float(column[k]) for name, column in columns.items()}) for k in range(count)]
        matrices = (
            np.stack([np.asarray(getattr(one, name)) for one in made])
            for name in ("lam", "charge", "charge_radius", "anapole")
        )
        many = object.__new__(Neutrino)
        for name, value in zip(
            ("nature", "basis", "lam", "charge", "charge_radius", "anapole"),
            (made[0].nature, made[0].basis, *matrices),
            strict=True,
        ):
            object.__setattr__(many, name, value)
        return many

    def delta_a_mu(self, values: Mapping[str, Any]) -> float | None:
        """Shift of the muon's anomaly, a pure number; None where the model says nothing about it."""
        complete = self.completed(values)
        found: float | None = self._computed(lambda: self._delta_a_mu(complete), complete)
        return found

    def _delta_a_mu(self, values: Values) -> float | None:
        return None

    def m_nu(self, values: Mapping[str, Any]) -> float | None:
        """Neutrino mass that comes with the moment [eV], to a factor; None where the model says nothing about it."""
        complete = self.completed(values)
        found: float | None = self._computed(lambda: self._m_nu(complete), complete)
        return found

    def _m_nu(self, values: Values) -> float | None:
        return None

    def masses(self, values: Mapping[str, Any], oscillation: Oscillation) -> np.ndarray[Any, Any] | None:
        """Masses of the three states [eV], where they are parameters of the model."""
        complete = self.completed(values)
        found: np.ndarray[Any, Any] | None = self._computed(lambda: self._masses(complete, oscillation), complete)
        if found is not None:
            self._computed(lambda: _largest(found), complete)
        return found

    def _masses(self, values: Values, oscillation: Oscillation) -> np.ndarray[Any, Any] | None:
        return None

    def doubts(self, values: Mapping[str, Any]) -> list[str]:
        """What at these values makes the number worth less than it looks, a sentence each."""
        return self._doubts(self.completed(values))

    def _doubts(self, values: Values) -> list[str]:
        return []

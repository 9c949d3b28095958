"""Named fit parameters turned into matrices. A new parametrisation: write one class, add one line at the end.

Parameter names are unique across the registry, so that a name alone says which parametrisation is meant.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

import equinox as eqx
from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.numerics import AnyArray, jnp
from nudipole.properties.neutrino import Neutrino, transition_matrix


class Parameter(NamedTuple):
    """Unit, one-line meaning and default value of a fit parameter."""

    unit: str
    meaning: str
    default: float = 0.0


class Parametrisation(eqx.Module):
    """A way to name the electromagnetic properties of neutrinos by a few real numbers."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Parameter]:
        """The parameters by name."""

    @abstractmethod
    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        """The neutrino at these values; what is left out has its default.

        Differentiable and traceable: what JAX traces is not checked.

        Raises
        ------
        UnknownName
            If a value is given for a name that is not a parameter of this parametrisation.
        NotANumber, ShapeError, OutOfRange
            If a value is not one finite number.
        """

    def _column(self, names: list[str], values: Mapping[str, float | AnyArray]) -> Float[AnyArray, " k"]:
        for name in values:
            if name not in self.parameters:
                raise UnknownName("parameter", name, self.parameters)
            arguments.number(name, values[name], unit=self.parameters[name].unit)
        return jnp.stack([jnp.asarray(values.get(n, self.parameters[n].default), dtype=float) for n in names])

    def _vector(
        self, moduli: list[str], phases: list[str], values: Mapping[str, float | AnyArray]
    ) -> Complex[AnyArray, " 3"]:
        return self._column(moduli, values) * jnp.exp(1j * self._column(phases, values))


class Universal(Parametrisation):
    """One moment for all neutrinos, the same in every basis: what a flavour-blind search quotes."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {"mu_nu": Parameter("mu_B", "effective magnetic moment, the same for every flavour")}

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        (mu_nu,) = self._column(["mu_nu"], values)
        return Neutrino("dirac", "flavour", mu_nu * jnp.eye(3))


class FlavourDiagonal(Parametrisation):
    """Dirac moments diagonal in flavour."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {f"mu_{a}": Parameter("mu_B", f"magnetic moment of nu_{a}") for a in ("e", "mu", "tau")}

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        return Neutrino("dirac", "flavour", jnp.diag(self._column(list(self.parameters), values)))


class MassDiagonal(Parametrisation):
    """Dirac moments diagonal in mass."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {f"mu_{k}{k}": Parameter("mu_B", f"magnetic moment of nu_{k}") for k in (1, 2, 3)}

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        return Neutrino("dirac", "mass", jnp.diag(self._column(list(self.parameters), values)))


class MajoranaVector(Parametrisation):
    r"""Majorana moments :math:`\lambda_{ij} = \epsilon_{ijk}|\Lambda_k|e^{i\phi_k}` in either basis."""

    basis: str = eqx.field(static=True)

    @property
    def _labels(self) -> tuple[str, ...]:
        return ("1", "2", "3") if self.basis == "mass" else ("e", "mu", "tau")

    @property
    def parameters(self) -> dict[str, Parameter]:
        moduli = {f"lambda_{k}": Parameter("mu_B", f"modulus of Lambda_{k}") for k in self._labels}
        return moduli | {f"phi_{k}": Parameter("rad", f"phase of Lambda_{k}") for k in self._labels}

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        names = list(self.parameters)
        Lambda = self._vector(names[:3], names[3:], values)
        return Neutrino("majorana", self.basis, transition_matrix(Lambda))


class MajoranaTransition(Parametrisation):
    """Real Majorana transition moments between mass states."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {
            f"mu_{j}{k}": Parameter("mu_B", f"Majorana transition moment between nu_{j} and nu_{k}")
            for j, k in ((1, 2), (1, 3), (2, 3))
        }

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        mu_12, mu_13, mu_23 = self._column(["mu_12", "mu_13", "mu_23"], values)
        return Neutrino("majorana", "mass", transition_matrix(jnp.stack([mu_23, -mu_13, mu_12])))


class FlavourMatrix(Parametrisation):
    """A real symmetric matrix of charge radii or millicharges of Dirac neutrinos in flavour.

    Attributes
    ----------
    quantity : str
        The matrix of `Neutrino` it fills: ``"charge_radius"``, ``"anapole"`` or ``"charge"``.
    prefix, unit, meaning : str
        Of the parameter names, as in ``r2_emu``.
    scale : float
        Internal value of one `unit`.
    """

    quantity: str = eqx.field(static=True)
    prefix: str = eqx.field(static=True)
    unit: str = eqx.field(static=True)
    meaning: str = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    @property
    def parameters(self) -> dict[str, Parameter]:
        diagonal = {a: f"{self.meaning} of nu_{a}" for a in ("e", "mu", "tau")}
        transition = {
            a + b: f"real transition {self.meaning} between nu_{a} and nu_{b}"
            for a, b in (("e", "mu"), ("e", "tau"), ("mu", "tau"))
        }
        return {f"{self.prefix}_{k}": Parameter(self.unit, text) for k, text in (diagonal | transition).items()}

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        ee, mm, tt, em, et, mt = self.scale * self._column(list(self.parameters), values)
        matrix = jnp.array([[ee, em, et], [em, mm, mt], [et, mt, tt]])
        return Neutrino("dirac", "flavour", **{self.quantity: matrix})


class FlavourUniversal(Parametrisation):
    """One charge radius or millicharge for all flavours: what flavour-blind fits of solar data quote.

    Attributes
    ----------
    quantity : str
        The matrix of `Neutrino` whose diagonal it fills.
    name, unit, meaning : str
        Of the one parameter.
    scale : float
        Internal value of one `unit`.
    """

    quantity: str = eqx.field(static=True)
    name: str = eqx.field(static=True)
    unit: str = eqx.field(static=True)
    meaning: str = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {self.name: Parameter(self.unit, f"{self.meaning}, the same for every flavour")}

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        (value,) = self.scale * self._column([self.name], values)
        return Neutrino("dirac", "flavour", **{self.quantity: value * jnp.eye(3)})


_RADIUS = "shift of the charge radius <r^2> from the standard model"

PARAMETRISATIONS: dict[str, Parametrisation] = {
    "universal": Universal(),
    "flavour-diagonal": FlavourDiagonal(),
    "mass-diagonal": MassDiagonal(),
    "majorana": MajoranaVector("mass"),
    "majorana-flavour": MajoranaVector("flavour"),
    "majorana-transition": MajoranaTransition(),
    "charge-radius": FlavourMatrix("charge_radius", "r2", "cm^2", _RADIUS, const.cm**2),
    "anapole": FlavourMatrix("anapole", "anapole", "cm^2", "shift of the anapole moment a, r^2 = -6a", const.cm**2),
    "millicharge": FlavourMatrix("charge", "q", "e", "electric charge", 1.0),
    "universal-charge-radius": FlavourUniversal("charge_radius", "r2_nu", "cm^2", _RADIUS, const.cm**2),
    "universal-millicharge": FlavourUniversal("charge", "q_nu", "e", "electric charge", 1.0),
}


def find(parameter: str) -> tuple[str, Parametrisation]:
    """Name and parametrisation that a parameter belongs to.

    Raises
    ------
    UnknownName
        If no parametrisation has it; the message lists all parameters.

    Examples
    --------
    >>> find("lambda_2")[0]
    'majorana'
    """
    for name, parametrisation in PARAMETRISATIONS.items():
        if parameter in parametrisation.parameters:
            return name, parametrisation
    raise UnknownName("parameter", parameter, [n for p in PARAMETRISATIONS.values() for n in p.parameters])


def companions(parameter: str) -> str:
    """Which parameters go beside one, in words.

    >>> companions("mu_e"), companions("mu_nu")
    ('beside mu_e go mu_mu, mu_tau', 'mu_nu goes alone')
    """
    others = [name for name in find(parameter)[1].parameters if name != parameter]
    return f"beside {parameter} go {', '.join(others)}" if others else f"{parameter} goes alone"


def is_amplitude(parameter: str) -> bool:
    """Whether rates depend on the square of the parameter alone, which is then the natural quantity to bound.

    True for moments, which flip helicity and add to the weak rate; False for phases and for charge radii and
    charges, which have a sign and interfere with it.

    Raises
    ------
    UnknownName
        If no parametrisation has the parameter.
    """
    _, parametrisation = find(parameter)
    return parametrisation.parameters[parameter].unit == "mu_B"

"""Named parameters turned into matrices. A new parametrisation: a group of parameters, one class, one line at the end.

Names, units and sizes of the parameters are in `nudipole.properties.parameters`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole import constants as const
from nudipole.errors import NudipoleError, UnknownName
from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties.neutrino import Neutrino, transition_matrix
from nudipole.properties.parameters import GROUPS, PRODUCT, Parameter, companions, find
from nudipole.properties.vertex import moment_of_dipole


class MakesNeutrinos(Protocol):
    """What turns columns of parameters into neutrinos: a parametrisation, or a model of one."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """By name."""
        ...

    def neutrinos(self, columns: Mapping[str, Float[AnyArray, " n"]]) -> Neutrino:
        """Neutrinos whose matrices are (n, 3, 3)."""
        ...


#: Further parametrisations by name, such as `nudipole.models.MODELS`.
Registry = Mapping[str, MakesNeutrinos]


class Parametrisation(eqx.Module):
    """A way to name the electromagnetic properties of neutrinos by a few real numbers.

    Attributes
    ----------
    name : str
        Of its group of parameters.

    Examples
    --------
    >>> flavour = owner(["mu_e"])
    >>> flavour.name, list(flavour.parameters)
    ('flavour-diagonal', ['mu_e', 'mu_mu', 'mu_tau', 'eps_e', 'eps_mu', 'eps_tau'])
    """

    name: str = eqx.field(static=True)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters by name."""
        return {parameter.name: parameter for parameter in GROUPS[self.name]}

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

    def neutrinos(self, columns: Mapping[str, Float[AnyArray, " n"]]) -> Neutrino:
        """Many of `neutrino`, whose matrices are (n, 3, 3), from columns of all values."""
        return _many(self, columns)

    def _column(
        self, values: Mapping[str, float | AnyArray], names: Sequence[str] | None = None
    ) -> Float[AnyArray, " k"]:
        """Values of some parameters, or of all."""
        known = self.parameters
        for name in values:
            if name not in known:
                raise UnknownName("parameter", name, known)
            arguments.number(name, values[name], unit=known[name].unit)
        wanted = known if names is None else names
        return jnp.stack([jnp.asarray(values.get(n, known[n].default), dtype=float) for n in wanted])


class Universal(Parametrisation):
    """One moment for all neutrinos, the same in every basis: what a flavour-blind search quotes."""

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        mu_nu, eps_nu = self._column(values)
        return Neutrino("dirac", "flavour", (mu_nu - 1j * eps_nu) * jnp.eye(3))


class DiracDiagonal(Parametrisation):
    """Dirac moments diagonal in a basis: magnetic ones of the three neutrinos, then electric ones.

    Attributes
    ----------
    basis : str
    """

    basis: str = eqx.field(static=True)

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        moments = self._column(values)
        return Neutrino("dirac", self.basis, jnp.diag(moments[:3] - 1j * moments[3:]))


class MajoranaVector(Parametrisation):
    r"""Majorana moments :math:`\lambda_{ij} = \epsilon_{ijk}|\Lambda_k|e^{i\phi_k}` in a basis: moduli, then phases.

    Attributes
    ----------
    basis : str
    """

    basis: str = eqx.field(static=True)

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        numbers = self._column(values)
        Lambda: Complex[AnyArray, " 3"] = numbers[:3] * jnp.exp(1j * numbers[3:])
        return Neutrino("majorana", self.basis, transition_matrix(Lambda))


class MajoranaTransition(Parametrisation):
    """Real Majorana transition moments between mass states."""

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        mu_12, mu_13, mu_23 = self._column(values)
        return Neutrino("majorana", "mass", transition_matrix(jnp.stack([mu_23, -mu_13, mu_12])))


class FlavourMatrix(Parametrisation):
    """A real symmetric matrix of charge radii or millicharges of Dirac neutrinos in flavour.

    Attributes
    ----------
    quantity : str
        The matrix of `Neutrino` it fills: ``"charge_radius"``, ``"anapole"`` or ``"charge"``.
    unit : float
        Internal value of one unit of the parameters.
    """

    quantity: str = eqx.field(static=True)
    unit: float = eqx.field(static=True, default=1.0)

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        ee, mm, tt, em, et, mt = self.unit * self._column(values)
        matrix = jnp.array([[ee, em, et], [em, mm, mt], [et, mt, tt]])
        return Neutrino("dirac", "flavour", **{self.quantity: matrix})


class FlavourUniversal(Parametrisation):
    """One charge radius or millicharge for all flavours: what flavour-blind fits of solar data quote.

    Attributes
    ----------
    quantity : str
        The matrix of `Neutrino` whose diagonal it fills.
    unit : float
        Internal value of one unit of the parameter.
    """

    quantity: str = eqx.field(static=True)
    unit: float = eqx.field(static=True, default=1.0)

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        (value,) = self.unit * self._column(values)
        return Neutrino("dirac", "flavour", **{self.quantity: value * jnp.eye(3)})


class ToHeavyLepton(Parametrisation):
    """Transition dipoles of the flavours to one heavy neutral lepton: they add up in one amplitude."""

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        moments = moment_of_dipole(1.0) * self._column(values)
        return Neutrino("dirac", "flavour", heavy=jnp.zeros((3, 3)).at[:, 0].set(moments))


class ToHeavyLeptons(Parametrisation):
    """One transition dipole of all flavours, to a heavy neutral lepton each: what flavour-blind searches quote."""

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        (d,) = self._column(values)
        return Neutrino("dirac", "flavour", heavy=moment_of_dipole(1.0) * d * jnp.eye(3))


class Converted(Parametrisation):
    """What solar neutrinos are converted to, without a word on why: see `Neutrino.converted`.

    Attributes
    ----------
    place : int
        Of the parameter in it.
    """

    place: int = eqx.field(static=True)

    def neutrino(self, values: Mapping[str, float | AnyArray]) -> Neutrino:
        (value,) = self._column(values)
        weight = (value / PRODUCT) ** 2 if self.place else value
        return Neutrino("majorana", "mass", converted=jnp.zeros(2).at[self.place].set(weight))


PARAMETRISATIONS: dict[str, Parametrisation] = {
    parametrisation.name: parametrisation
    for parametrisation in (
        Universal("universal"),
        DiracDiagonal("flavour-diagonal", "flavour"),
        DiracDiagonal("mass-diagonal", "mass"),
        MajoranaVector("majorana", "mass"),
        MajoranaVector("majorana-flavour", "flavour"),
        MajoranaTransition("majorana-transition"),
        FlavourMatrix("charge-radius", "charge_radius", const.cm**2),
        FlavourMatrix("anapole", "anapole", const.cm**2),
        FlavourMatrix("millicharge", "charge"),
        FlavourUniversal("universal-charge-radius", "charge_radius", const.cm**2),
        ToHeavyLepton("heavy"),
        ToHeavyLeptons("universal-heavy"),
        Converted("antineutrino-conversion", 0),
        Converted("moment-times-field", 1),
        FlavourUniversal("universal-millicharge", "charge"),
    )
}


def owner(names: Iterable[str], *registries: Registry) -> MakesNeutrinos:
    """The parametrisation that all these parameters belong to; of none the universal one.

    Parameters
    ----------
    names : iterable of str
    *registries : mapping of str to Parametrisation or the like
        To look in beside `PARAMETRISATIONS`: `nudipole.models.owner` looks among models, too.

    Returns
    -------
    Parametrisation
        Or what the registry has.

    Raises
    ------
    UnknownName
        If there is no such parameter.
    NudipoleError
        If they belong to different ones.

    Examples
    --------
    >>> owner(["mu_e", "mu_tau"]).name
    'flavour-diagonal'
    """
    given = list(names)
    groups = list(dict.fromkeys(find(name, *registries).group for name in given))
    if len(groups) > 1:
        message = f"{' and '.join(given)} belong to different parametrisations"
        raise NudipoleError(f"{message}; {companions(given[0], *registries)}")
    group = groups[0] if groups else "universal"
    for registry in registries:
        if group in registry:
            return registry[group]
    return PARAMETRISATIONS[group]


def neutrino_of(values: Mapping[str, float], *registries: Registry) -> Neutrino:
    """The neutrino given by parameters of one parametrisation in their units; without any that of the Standard Model.

    Parameters
    ----------
    values : mapping of str to float
        By name, each in the unit of its parameter.
    *registries : mapping of str to Parametrisation or the like
        As of `owner`.

    Returns
    -------
    Neutrino

    Raises
    ------
    UnknownName, NotANumber, ShapeError, OutOfRange
        For an unknown parameter, or a value that is not one finite number.
    NudipoleError
        If they belong to different parametrisations.

    Examples
    --------
    >>> neutrino_of({"mu_e": 1e-11}).lam.real.diagonal().tolist()
    [1e-11, 0.0, 0.0]
    """
    made = neutrinos_of([values], *registries)
    # Taken by NumPy: JAX would compile it.
    single: Neutrino = jax.tree.map(lambda x: x[0] if isinstance(x, jax.core.Tracer) else np.asarray(x)[0], made)
    return single


def neutrinos_of(points: Sequence[Mapping[str, float]], *registries: Registry) -> Neutrino:
    """Many of `neutrino_of`, one parametrisation for all: every matrix has a first axis of length n.

    Parameters
    ----------
    points : sequence of mappings of str to float
        One or more, all with the same names.
    *registries : mapping of str to Parametrisation or the like
        As of `owner`.

    Returns
    -------
    Neutrino
        Matrices are Complex[Array, "n 3 3"].

    Raises
    ------
    UnknownName, NotANumber, ShapeError, OutOfRange, NudipoleError
        As for `neutrino_of`.

    Examples
    --------
    >>> neutrinos_of([{"mu_e": 1e-11}, {"mu_e": 2e-11}]).lam.shape
    (2, 3, 3)
    """
    names = list(dict.fromkeys(name for point in points for name in point))
    parametrisation = owner(names, *registries)
    known = parametrisation.parameters
    columns = {
        name: np.array(
            [arguments.number(name, point.get(name, known[name].default), unit=known[name].unit) for point in points]
        )
        for name in known
    }
    return parametrisation.neutrinos(columns)


@compiled
def _many(parametrisation: Parametrisation, columns: Mapping[str, Float[AnyArray, " n"]]) -> Neutrino:
    return jax.vmap(parametrisation.neutrino)(columns)

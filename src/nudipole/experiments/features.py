"""What a rate sees of a neutrino that is given by many parameters: numbers that counts are linear in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import equinox as eqx
import numpy as np
from jaxtyping import Array, Complex, Float
from numpy.typing import NDArray

from nudipole.errors import NudipoleError
from nudipole.mixing import UncertainMixing
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties import Neutrino, Parameter, find
from nudipole.properties.parameters import GROUPS
from nudipole.properties.parametrisations import PARAMETRISATIONS, Parametrisation

#: The elements above the diagonal.
PAIRS = ((0, 1), (0, 2), (1, 2))
#: Groups of what solar neutrinos are converted to.
_CONVERTED = ("antineutrino-conversion", "moment-times-field")
#: The size of moments [mu_B], whose squares are the unit of the dipole features.
MOMENT = 1e-11
#: A value, in units of the size of a parameter, at which the square of any counts more than the Standard Model.
FAR = 2.0**40


class Features(eqx.Module):
    r"""Features of neutrinos given by parameters, in the order 1, dipole, products.

    Attributes
    ----------
    names : tuple of str
        Parameters of the fit.
    held : tuple of (str, float)
        Others at other values than their defaults, in their units.
    dipole : Parametrisation or None
        Of the moments. Their features are the real numbers of :math:`\lambda^\dagger\lambda` in units of `MOMENT`
        squared: three of the diagonal, three real and three imaginary parts above it.
    vector : tuple of str
        Parameters that interfere with the weak interaction, varied or held. Their features are themselves in units of
        their size, and their products.
    mixing : UncertainMixing
    moving : tuple of int
        Which of its nuisances change what arrives, beside the basis.
    in_mass : bool
        Whether mass states arrive, whose basis the dipole features are in.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    held: tuple[tuple[str, float], ...] = eqx.field(static=True)
    dipole: Parametrisation | None
    vector: tuple[str, ...] = eqx.field(static=True)
    mixing: UncertainMixing
    moving: tuple[int, ...] = eqx.field(static=True)
    in_mass: bool = eqx.field(static=True)

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return len(self.names)

    @property
    def mixed(self) -> int:
        """Number of nuisances of the mixing."""
        return len(self.mixing.names)

    def __call__(self, theta: Float[Array, " p"], eta: Float[Array, " k"]) -> Float[Array, " f"]:
        """Features of parameters, each in units of its size, at nuisances of the mixing."""
        values = dict(self.held) | {name: theta[k] * size_of(find(name)) for k, name in enumerate(self.names)}
        parts = [jnp.ones(1)]
        if self.dipole is not None:
            parts.append(packed(self._operator(self.dipole, values, eta)))
        if self.vector:
            v = jnp.stack([jnp.asarray(values[name] / size_of(find(name))) for name in self.vector])
            parts += [v, jnp.stack([v[i] * v[j] for i, j in products(len(self.vector))])]
        return jnp.concatenate(parts)

    def _operator(
        self, dipole: Parametrisation, values: Mapping[str, float | AnyArray], eta: Float[Array, " k"]
    ) -> Complex[Array, "3 3"]:
        own = {name: value for name, value in values.items() if name in dipole.parameters}
        U = self.mixing.at(eta).pmns()
        lam = jnp.asarray(dipole.neutrino(own).to_flavour(U).lam) / MOMENT
        operator = lam.conj().T @ lam
        return jnp.asarray(U.conj().T @ operator @ U) if self.in_mass else operator


class GivenMoments(eqx.Module):
    """Features of a given matrix of moments times the root of the one parameter of the fit, its strength squared.

    Attributes
    ----------
    dipole : Float[Array, " 9"]
        As of `packed`, in the basis of the experiment and units of `MOMENT` squared.
    """

    dipole: Float[AnyArray, " 9"]

    parameters = 1
    mixed = 0
    moving = ()

    def __call__(self, theta: Float[Array, " 1"], eta: Float[Array, " 0"]) -> Float[Array, " 10"]:
        """Features at a squared strength."""
        return jnp.concatenate([jnp.ones(1), theta[0] * jnp.asarray(self.dipole)])


def size_of(parameter: Parameter) -> float:
    """Value of a parameter that is one in a fit [its unit]: one radian of a phase."""
    return 1.0 if parameter.scale is None else parameter.scale


def packed(operator: Complex[Array, "3 3"]) -> Float[Array, " 9"]:
    """The real numbers of a Hermitian matrix."""
    above = jnp.stack([operator[i, j] for i, j in PAIRS])
    return jnp.concatenate([jnp.diagonal(operator).real, above.real, above.imag])


def products(number: int) -> list[tuple[int, int]]:
    """Pairs of parameters that are multiplied."""
    return list(combinations_with_replacement(range(number), 2))


def groups_of(names: Iterable[str]) -> tuple[str | None, list[str]]:
    """The group of moments among these parameters, or None, and the groups of what interferes.

    Raises
    ------
    UnknownName
        If there is no such parameter.
    NudipoleError
        If they belong together in no neutrino: moments named in two ways, Majorana moments beside Dirac charges, or
        dipoles to a heavy lepton.
    """
    groups = list(dict.fromkeys(find(name).group for name in names))
    heavy = [group for group in groups if group.endswith("heavy")]
    if heavy:
        raise NudipoleError(f"{heavy[0]} is of dipoles to a heavy lepton of one mass: limit them by `nudipole portal`")
    converted = [group for group in groups if group in _CONVERTED]
    if converted:
        raise NudipoleError(f"{converted[0]} is of solar antineutrinos, which no joint fit sees: use `nudipole limit`")
    moments = [group for group in groups if _of_moments(group)]
    vector = [group for group in groups if not _of_moments(group)]
    if len(moments) > 1:
        raise NudipoleError(f"{' and '.join(moments)} are two ways to name the same moments: choose one of them")
    if moments and vector and moments[0].startswith("majorana"):
        raise NudipoleError(
            f"{moments[0]} beside {' and '.join(vector)}: those are charge radii and charges of Dirac neutrinos, which "
            "Majorana neutrinos do not have: fit them with universal, flavour-diagonal or mass-diagonal moments"
        )
    return (moments[0] if moments else None), vector


def _of_moments(group: str) -> bool:
    return any(parameter.squared for parameter in GROUPS[group])


def dipole_basis(in_mass: bool) -> Neutrino:
    """Neutrinos (9, 3, 3) whose counts beyond the Standard Model give those of every dipole feature, see `unmixed`.

    Their moments are `FAR` larger than the unit, beside which rounding of what the Standard Model counts is nothing.
    """
    one = np.eye(3, dtype=complex)
    rows = [*one, *(one[i] + one[j] for i, j in PAIRS), *(one[i] + 1j * one[j] for i, j in PAIRS)]
    return _stacked(
        [Neutrino("dirac", "mass" if in_mass else "flavour", FAR * MOMENT * np.outer(one[0], v)) for v in rows]
    )


def unmixed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts (9, ...) per dipole feature, from those of `dipole_basis`."""
    found = counts.copy()
    for k, (i, j) in enumerate(PAIRS):
        for n in (3 + k, 6 + k):
            found[n] -= counts[i] + counts[j]
    scaled: NDArray[np.float64] = found / FAR**2
    return scaled


def along(name: str, step: float) -> Neutrino:
    """Neutrinos at zero, a step and its opposite of one parameter, in units of its size."""
    return _stacked([_vector_neutrino({name: value}) for value in (0.0, step, -step)])


def vector_basis(vector: Sequence[str], steps: NDArray[np.float64]) -> Neutrino:
    """Neutrinos whose counts beyond the Standard Model give those of every product, see `expanded`.

    A parameter has the size of its step.
    """
    n = len(vector)
    axes = np.diag(steps)
    points = [*axes, *-axes, *(axes[i] + axes[j] for i, j in products(n) if i != j)]
    return _stacked([_vector_neutrino(dict(zip(vector, point, strict=True))) for point in points])


def _stacked(neutrinos: Sequence[Neutrino]) -> Neutrino:
    stacked: Neutrino = jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *neutrinos)
    return stacked


def _vector_neutrino(numbers: Mapping[str, float]) -> Neutrino:
    """The sum of what several groups say, of parameters in units of their size."""
    parts = list(_of_groups({name: number * size_of(find(name)) for name, number in numbers.items()}))
    total = parts[0]
    for part in parts[1:]:
        total = jax.tree.map(lambda a, b: np.asarray(a) + np.asarray(b), total, part)
    return total


def _of_groups(values: Mapping[str, float]) -> Iterator[Neutrino]:
    for group in dict.fromkeys(find(name).group for name in values):
        own = {name: value for name, value in values.items() if find(name).group == group}
        yield PARAMETRISATIONS[group].neutrino(own)


def expanded(counts: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts (f, ...) per parameter and product, from those of `vector_basis`."""
    number = len(steps)
    plus, minus, sums = counts[:number], counts[number : 2 * number], iter(counts[2 * number :])
    found = [(plus[i] + minus[i]) / 2 if i == j else next(sums) - plus[i] - plus[j] for i, j in products(number)]
    sizes = np.array([*steps, *(steps[i] * steps[j] for i, j in products(number))])
    counted = np.concatenate([(plus - minus) / 2, np.array(found)])
    scaled: NDArray[np.float64] = counted / sizes.reshape(-1, *[1] * (counted.ndim - 1))
    return scaled

"""Quenching: how much of a recoil ionises or scintillates. A new kind: write one class, add one line here.

NumPy arrays (where the fold places its nodes) are served without JAX, traced ones with it.
"""

from __future__ import annotations

import abc
from types import ModuleType

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray

from nudipole.detectors.stopping import stopping_power
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jax, jnp, leaf

_KEV = 1e-3
#: Recoil energies that `Quenching.recoil` searches, relative to the largest energy asked for.
_SEARCHED = np.geomspace(1e-9, 1e9, 9001)
#: Energies [MeV] at which the light of electrons is tabulated.
_LIGHT_NODES = np.geomspace(1e-4, 1e2, 461)
#: A bracket of that grid, halved so often, is as narrow as two neighbouring floating-point numbers.
_HALVINGS = 50


def _module(*arrays: AnyArray) -> ModuleType:
    """The array module for a recoil energy (the first) and the parameters that meet it."""
    traced = isinstance(arrays[0], jax.Array) or any(isinstance(array, jax.core.Tracer) for array in arrays)
    return jnp if traced else np


def _checked(name: str, value: float | AnyArray, high: float = float("inf")) -> None:
    """`OutOfRange` unless 0 < value <= high; values traced by jax are not checked."""
    if not isinstance(value, jax.core.Tracer) and not 0 < float(value) <= high:
        raise OutOfRange(name, float(value), 0, high, inside=not np.isfinite(high))


class Quenching(eqx.Module):
    """Energy E_ee of the electron that would give the same signal as a recoil of energy T.

    Examples
    --------
    A quenching is called with recoil energies, and inverted by `recoil`:

    >>> quenching = ConstantFactor(0.25)
    >>> float(quenching(jnp.array(4e-3))), quenching.recoil([1e-3]).tolist()
    (0.001, [0.004])
    """

    @abc.abstractmethod
    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        """E_ee [MeV] of nuclear recoils of energy `T` [MeV], not negative."""

    def kinks(self) -> NDArray[np.float64]:
        """Recoil energies [MeV] where E_ee is not smooth."""
        return np.zeros(0)

    def recoil(self, E: ArrayLike) -> NDArray[np.float64]:
        """Smallest recoil energies [MeV] that give the energies `E` [MeV], to rounding; infinite where none does."""
        E = np.asarray(E, float)
        top = float(E.max(initial=0.0))
        T = np.concatenate([[0.0], (top or 1.0) * _SEARCHED])
        # An inverse needs order: what lies beyond a turn-over counts only where it exceeds all before.
        reached = np.maximum.accumulate(self._far(T))
        above = np.searchsorted(reached, E)
        known = above < len(T)
        low, high = T[np.maximum(np.minimum(above, len(T) - 1) - 1, 0)], T[np.minimum(above, len(T) - 1)]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            enough = np.asarray(self(middle)) >= E
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.where(known, high, np.inf)

    def _far(self, T: NDArray[np.float64]) -> NDArray[np.float64]:
        """E_ee at any recoil energy: a polynomial far from its data may overflow, which counts as falling."""
        with np.errstate(over="ignore", invalid="ignore"):
            E: NDArray[np.float64] = np.nan_to_num(np.asarray(self(T)), nan=-1.0)
        return E

    def turnover(self, E: float) -> float:
        """First recoil energy [MeV] above which E_ee falls, before it has reached `E` [MeV]; infinite if none."""
        T = E * _SEARCHED
        found = self._far(T)
        needed = found[: 1 + int(np.argmax(found >= E))] if np.any(found >= E) else found
        falls = np.flatnonzero(np.diff(needed) < 0)
        return float(T[falls[0]]) if len(falls) else float("inf")


class Unquenched(Quenching):
    """E_ee = T, as for electron recoils.

    Examples
    --------
    >>> float(Unquenched()(jnp.array(4e-3)))
    0.004
    """

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        return T

    def recoil(self, E: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(E, float)


class ConstantFactor(Quenching):
    """E_ee = factor T, with 0 < factor <= 1.

    Attributes
    ----------
    factor : Float[Array, ""]
        In (0, 1].

    Raises
    ------
    OutOfRange
        For any other factor.

    Examples
    --------
    >>> float(ConstantFactor(0.25)(jnp.array(4e-3)))
    0.001
    """

    factor: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        _checked("quenching factor", self.factor, 1.0)

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        return self.factor * T

    def recoil(self, E: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(E, float) / float(self.factor)


class Lindhard(Quenching):
    r"""Theory of Lindhard, for a nucleus in a target of its own kind.

    .. math:: E_{ee} = T\,\frac{k\,g}{1 + k\,g}, \qquad g = 3\epsilon^{0.15} + 0.7\epsilon^{0.6} + \epsilon, \qquad
              \epsilon = 11.5\,Z^{-7/3}\,T/{\rm keV}

    Attributes
    ----------
    k : Float[Array, ""]
        Strength of the electronic stopping: 0.157 in theory for Ge, 0.162 to 0.18 in use.
    Z : Float[Array, ""]
        Protons of the nucleus.

    Raises
    ------
    OutOfRange
        If k or Z is not positive.

    References
    ----------
    Lindhard, Nielsen, Scharff and Thomsen, Mat. Fys. Medd. Dan. Vid. Selsk. 33, 10 (1963)

    Examples
    --------
    A recoil of 1 keV in germanium:

    >>> print(f"{1e3 * float(Lindhard(k=0.157, Z=32)(jnp.array(1e-3))):.3f} keV")
    0.171 keV
    """

    k: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    Z: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        _checked("k of Lindhard quenching", self.k)
        _checked("Z of Lindhard quenching", self.Z)

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        epsilon = 11.5 * self.Z ** (-7 / 3) * (T / _KEV)
        kg = self.k * (3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon)
        return T * kg / (1 + kg)


class Polynomial(Quenching):
    """E_ee = sum_n c_n T^n, n = 1, 2, ..., with T and E_ee in MeV.

    A fit means nothing far from its data. Where it is negative, E_ee is zero; above `up_to` it keeps its value there.
    A detector that needs recoils beyond a turn-over of the polynomial is refused (`Detector.recoil_range`).

    Attributes
    ----------
    coefficients : Float[Array, "n"]
        c_1, c_2, ...: at least one [MeV^(1-n)].
    up_to : Float[Array, ""]
        [MeV]

    Raises
    ------
    OutOfRange
        If there is no coefficient, or one is not finite, or `up_to` is not positive.

    Examples
    --------
    >>> Polynomial([0.1, 5.0], up_to=0.02)(np.array([0.01, 0.02, 0.03])).round(12).tolist()
    [0.0015, 0.004, 0.004]
    """

    coefficients: ArrayLike | Float[AnyArray, " n"] = eqx.field(converter=leaf)
    up_to: float | Float[AnyArray, ""] = eqx.field(converter=leaf, default=float("inf"))

    def __check_init__(self) -> None:
        _number("coefficients of a quenching polynomial", np.shape(self.coefficients))
        if not isinstance(self.coefficients, jax.core.Tracer):
            for bad in np.asarray(self.coefficients)[~np.isfinite(np.asarray(self.coefficients))]:
                raise OutOfRange("coefficient of a quenching polynomial", float(bad), -np.inf, np.inf, inside=True)
        if not isinstance(self.up_to, jax.core.Tracer) and not float(self.up_to) > 0:
            raise OutOfRange("recoil energy up to which a quenching polynomial holds", float(self.up_to), 0, unit="MeV")

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        coefficients, up_to = leaf(self.coefficients), leaf(self.up_to)
        xp = _module(T, coefficients, up_to)
        T = xp.minimum(T, up_to)
        E: AnyArray = 0.0 * T
        for coefficient in coefficients[::-1]:
            E = (E + coefficient) * T
        positive: AnyArray = xp.maximum(E, 0.0)
        return positive

    def kinks(self) -> NDArray[np.float64]:
        """Where it leaves zero, and `up_to`."""
        roots = np.polynomial.Polynomial(np.asarray(self.coefficients)).roots()
        real = roots.real[(np.abs(roots.imag) < 1e-9 * np.abs(roots)) & (roots.real > 0)]
        up_to = float(self.up_to)
        return np.concatenate([real[real < up_to], [up_to] if np.isfinite(up_to) else []])


class Tabulated(Quenching):
    """E_ee linear between nodes; below the first and above the last one E_ee/T keeps its value there.

    Attributes
    ----------
    T, E : Float[Array, "n"]
        Nodes, both increasing [MeV].

    Raises
    ------
    OutOfRange
        If the nodes do not increase or are not positive (a first one at T = E = 0 is welcome), or are not as many.

    Examples
    --------
    >>> Tabulated([1.0, 5.0], [0.1, 1.0])(np.array([0.5, 3.0, 10.0])).round(12).tolist()
    [0.05, 0.55, 2.0]
    """

    T: Float[AnyArray, " n"]
    E: Float[AnyArray, " n"]

    def __init__(self, T: ArrayLike, E: ArrayLike) -> None:
        T, E = np.atleast_1d(leaf(T)), np.atleast_1d(leaf(E))
        _number("recoil energies of a quenching table", T.shape)
        if E.shape != T.shape:
            raise OutOfRange("number of energies of a quenching table", E.size, T.size, T.size)
        skipped = int(T[0] == 0 and E[0] == 0 and len(T) > 1)
        if skipped:
            # The line from zero to the next node is where E/T is constant.
            T, E = T[1:], E[1:]
        for name, nodes in (("recoil energy", T), ("energy", E)):
            if not nodes[0] > 0:
                raise OutOfRange(f"first {name} of a quenching table", float(nodes[0]), 0, inside=True, unit="MeV")
            for i in np.flatnonzero(~(np.diff(nodes) > 0)):
                where, low = f"{name} in row {i + 2 + skipped} of a quenching table", float(nodes[i])
                raise OutOfRange(where, float(nodes[i + 1]), low, inside=True, unit="MeV")
        self.T, self.E = T, E

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        xp = _module(T, self.T, self.E)
        first, last = self.E[0] / self.T[0], self.E[-1] / self.T[-1]
        outside = xp.where(self.T[0] > T, first, last) * T
        E: AnyArray = xp.where((self.T[0] <= T) & (self.T[-1] >= T), xp.interp(T, self.T, self.E), outside)
        return E

    def kinks(self) -> NDArray[np.float64]:
        """The nodes."""
        return np.asarray(self.T)


class Birks(Quenching):
    r"""Light of electrons by Birks' law, as an energy on the scale of the detector.

    .. math:: E = s \int_0^T \frac{dT'}{1 + k_B\,dE/dx(T')}

    It is the scale of all bins, on which an electron of T keV is not seen at T keV; Cherenkov light is left out.
    E/T is linear in ln T between nodes three per cent apart, which leaves 1e-6 of it.

    Attributes
    ----------
    factor : Float[Array, ""]
        s, light per energy without quenching in units of the scale.
    kB : Float[Array, ""]
        [MeV^-2]; 0.01 cm/MeV in organic liquids.
    electron_density, mean_excitation : Float[Array, ""]
        Of the scintillator [MeV^3], [MeV]: see `nudipole.detectors.stopping`.
    ratio : Float[Array, "n"]
        E/T at the nodes.

    Raises
    ------
    OutOfRange
        If one of the numbers is not positive (kB may be zero), or not finite.

    References
    ----------
    Birks:1951boa

    Examples
    --------
    An electron of 0.3 MeV in 1,2,4-trimethylbenzene of 0.88 g/cm^3:

    >>> from nudipole import units
    >>> electrons = 66 * units.parse("0.88 g/cm^3", "g/cm^3") / units.parse("1.9958e-25 kg", "kg")
    >>> scale = Birks(1.0, units.parse("0.0109 cm/MeV", "cm/MeV"), electrons, 62.4e-6)
    >>> print(f"{float(scale(np.array(0.3))) / 0.3:.3f}")
    0.950
    """

    factor: float | Float[AnyArray, ""]
    kB: float | Float[AnyArray, ""]
    electron_density: float | Float[AnyArray, ""]
    mean_excitation: float | Float[AnyArray, ""]
    ratio: Float[AnyArray, " n"]

    def __init__(self, factor: float, kB: float, electron_density: float, mean_excitation: float) -> None:
        _checked("factor of an energy scale", factor)
        _checked("electron density of a scintillator [MeV^3]", electron_density)
        _checked("mean excitation energy of a scintillator [MeV]", mean_excitation)
        if not 0 <= kB < np.inf:
            raise OutOfRange("kB of a scintillator [MeV^-2]", kB, 0, inside=True)
        self.factor, self.kB = leaf(factor), leaf(kB)
        self.electron_density, self.mean_excitation = leaf(electron_density), leaf(mean_excitation)
        # Panels between nodes; light is E/T = 1 at T = 0, so that nothing is lost below the first one.
        low, width = _LIGHT_NODES[:-1, None], np.diff(_LIGHT_NODES)[:, None]
        x, weights = np.polynomial.legendre.leggauss(4)
        T = low + width * (1 + x) / 2
        share = 1 / (1 + kB * stopping_power(T, electron_density, mean_excitation))
        lit = np.cumsum((share * weights / 2).sum(axis=1) * width[:, 0])
        first = _LIGHT_NODES[0] * float(share[0, 0])
        self.ratio = leaf(factor * (first + np.concatenate([[0.0], lit])) / _LIGHT_NODES)

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        xp = _module(T, self.ratio)
        E: AnyArray = T * xp.interp(xp.log(xp.maximum(T, _LIGHT_NODES[0])), np.log(_LIGHT_NODES), self.ratio)
        return E


def _number(name: str, shape: tuple[int, ...]) -> None:
    """`OutOfRange` unless `shape` is that of a list with at least one entry."""
    if len(shape) != 1 or shape[0] < 1:
        raise OutOfRange(f"number of {name}", float(np.prod(shape, dtype=int)) if len(shape) == 1 else 0, 1)


QUENCHINGS: dict[str, type[Quenching]] = {
    "none": Unquenched,
    "factor": ConstantFactor,
    "lindhard": Lindhard,
    "polynomial": Polynomial,
    "table": Tabulated,
    "birks": Birks,
}

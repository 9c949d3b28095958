r"""Matrices of the electromagnetic properties of three neutrinos, with the rules of their nature.

The vertex has the form factors F_Q, F_A, F_M, F_E (charge, anapole, magnetic and electric moment). In the
ultrarelativistic limit two combinations are left: :math:`\lambda = \mu - i\epsilon`, which flips helicity and
whose entry :math:`\lambda_{jk}` takes nu_k to nu_j, and :math:`\langle r^2\rangle - 6a`, which conserves
helicity and stands next to the charge.

Amplitudes are :math:`\psi_F = U\psi_M`. Charge, charge radius and anapole go as
:math:`X_F = U X U^\dagger`, and so does lambda of a Dirac neutrino. A Majorana one turns into an
antineutrino, whose amplitudes see :math:`U^*`: :math:`\lambda_F = U^*\lambda U^\dagger`, which keeps lambda
antisymmetric. In both cases :math:`\lambda^\dagger\lambda` goes as
:math:`U\lambda^\dagger\lambda U^\dagger`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import ArrayLike, NDArray

from nudipole import digits
from nudipole.errors import NotANumber, PropertyRule, UnknownName
from nudipole.io import notebook
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties.parameters import FLAVOURS

NATURES = ("dirac", "majorana")
BASES = ("mass", "flavour")

#: Relative to the largest entry: what a matrix typed with rounded numbers may miss its symmetry by.
_TOLERANCE = 1e-9

#: Of the matrices.
_UNITS = {"lam": "mu_B", "charge": "e", "charge_radius": "MeV^-2", "anapole": "MeV^-2", "heavy": "mu_B"}

_LEVI_CIVITA = np.array(
    [
        [[0, 0, 0], [0, 0, 1], [0, -1, 0]],
        [[0, 0, -1], [0, 0, 0], [1, 0, 0]],
        [[0, 1, 0], [-1, 0, 0], [0, 0, 0]],
    ]
)


def _zero() -> Complex[AnyArray, "3 3"]:
    return jnp.zeros((3, 3), dtype=complex)


def _not_converted() -> Float[AnyArray, " 2"]:
    return jnp.zeros(2)


def _complex(value: object) -> Complex[AnyArray, "3 3"]:
    try:
        return jnp.asarray(value, dtype=complex)
    except (TypeError, ValueError) as error:
        raise NotANumber("a matrix of a neutrino", value) from error


class Neutrino(eqx.Module):
    r"""Electromagnetic properties of the three neutrinos, in one basis.

    Build it with `Neutrino.dirac` or `Neutrino.majorana`, which check the rules. The bare constructor checks
    only `nature`, `basis` and shapes: it is for code that builds valid matrices, inside ``jit`` or not.

    Attributes
    ----------
    nature : str
        ``"dirac"`` or ``"majorana"``.
    basis : str
        ``"mass"`` or ``"flavour"`` (e, mu, tau).
    lam : Complex[Array, "3 3"]
        Magnetic minus i times electric moments [mu_B].
    charge : Complex[Array, "3 3"]
        Millicharges [e].
    charge_radius : Complex[Array, "3 3"]
        Shift of <r^2> from the standard model [MeV^-2], in the convention F_Q = q + q^2 <r^2>/6. The
        standard-model radius is part of the radiatively corrected weak couplings.
    anapole : Complex[Array, "3 3"]
        Shift of the anapole moment from the standard model [MeV^-2].
    heavy : Complex[Array, "3 3"]
        Transition moments mu = 2 d to up to three heavy neutral leptons of one mass, a column each [mu_B]: of
        :math:`d_{aI}\,\bar\nu_a\sigma^{\mu\nu}N_I F_{\mu\nu}` + h.c.
    converted : Float[Array, " 2"]
        No property of its own: how many solar neutrinos arrive as antineutrinos, where that is asked without a moment.
        The probability of a conversion that distorts no spectrum; and (mu_12 B0)^2 of a field of some shape, in units
        of (1e-9 mu_B kG)^2.

    Raises
    ------
    UnknownName
        If nature or basis is neither of the two.
    PropertyRule, NotANumber
        If a matrix is not 3x3, or no numbers.

    References
    ----------
    Giunti:2014ixa

    Examples
    --------
    >>> Neutrino.dirac(basis="flavour", magnetic=np.diag([3e-11, 0, 0]))
    Neutrino (dirac, flavour basis)
      lam [mu_B]: [e, e] = 3e-11
    """

    nature: str = eqx.field(static=True)
    basis: str = eqx.field(static=True)
    lam: Complex[AnyArray, "3 3"] = eqx.field(converter=_complex, default_factory=_zero)
    charge: Complex[AnyArray, "3 3"] = eqx.field(converter=_complex, default_factory=_zero)
    charge_radius: Complex[AnyArray, "3 3"] = eqx.field(converter=_complex, default_factory=_zero)
    anapole: Complex[AnyArray, "3 3"] = eqx.field(converter=_complex, default_factory=_zero)
    heavy: Complex[AnyArray, "3 3"] = eqx.field(converter=_complex, default_factory=_zero)
    converted: Float[AnyArray, " 2"] = eqx.field(default_factory=_not_converted)

    def __check_init__(self) -> None:
        if self.nature not in NATURES:
            raise UnknownName("neutrino nature", self.nature, NATURES)
        if self.basis not in BASES:
            raise UnknownName("basis", self.basis, BASES)
        for name in _UNITS:
            if jnp.shape(getattr(self, name)) != (3, 3):
                raise PropertyRule(f"{name} has shape {jnp.shape(getattr(self, name))}; it must be (3, 3)")

    def __repr__(self) -> str:
        words = self._words()
        return eqx.tree_pformat(self) if words is None else notebook.lines(self._titled, words)

    def _repr_html_(self) -> str:
        return notebook.shown(self._titled, self._words() or {})

    @property
    def _titled(self) -> str:
        return f"Neutrino ({self.nature}, {self.basis} basis)"

    def _words(self) -> dict[str, str] | None:
        """Entries that are not zero; None of many neutrinos, or while jax traces."""
        labels = FLAVOURS if self.basis == "flavour" else ("1", "2", "3")
        words = {}
        for name, unit in _UNITS.items():
            matrix = _concrete(getattr(self, name))
            if matrix is None or matrix.shape != (3, 3):
                return None
            entries = [f"[{labels[i]}, {labels[j]}] = {_entry(matrix[i, j])}" for i, j in np.argwhere(matrix != 0)]
            if entries:
                words[f"{name} [{unit}]"] = ", ".join(entries)
        converted = _concrete(self.converted)
        if converted is not None and converted.shape == (2,):
            names = ("converted", "(mu B)^2 [(1e-9 mu_B kG)^2]")
            words |= {name: digits.plain(float(x), 6) for name, x in zip(names, converted, strict=True) if x}
        return words or {"all": "0"}

    @classmethod
    def dirac(
        cls,
        *,
        basis: str,
        magnetic: ArrayLike | AnyArray | None = None,
        electric: ArrayLike | AnyArray | None = None,
        charge: ArrayLike | AnyArray | None = None,
        charge_radius: ArrayLike | AnyArray | None = None,
        anapole: ArrayLike | AnyArray | None = None,
        heavy: ArrayLike | AnyArray | None = None,
    ) -> Neutrino:
        """Dirac neutrinos; every matrix but `heavy` must be Hermitian, and what is left out is zero.

        Parameters
        ----------
        basis : str
            ``"mass"`` or ``"flavour"``.
        magnetic, electric : Complex[Array, "3 3"], optional
            Moments mu and epsilon [mu_B].
        charge : Complex[Array, "3 3"], optional
            [e]
        charge_radius, anapole : Complex[Array, "3 3"], optional
            [MeV^-2]
        heavy : Complex[Array, "3 3"], optional
            Transition moments to heavy leptons, a column each [mu_B].

        Raises
        ------
        PropertyRule
            If a matrix is not 3x3, not finite or not Hermitian. Values traced by jax are not checked.

        Examples
        --------
        >>> import numpy as np
        >>> Neutrino.dirac(magnetic=np.diag([1e-11, 0, 0]), basis="flavour").lam[0, 0].real
        Array(1.e-11, dtype=float64)
        """
        given = {
            "magnetic": magnetic,
            "electric": electric,
            "charge": charge,
            "charge_radius": charge_radius,
            "anapole": anapole,
        }
        matrices = {name: _zero() if x is None else _matrix(name, x) for name, x in given.items()}
        for name, matrix in matrices.items():
            _require_hermitian(name, matrix)
        lam = matrices.pop("magnetic") - 1j * matrices.pop("electric")
        return cls("dirac", basis, lam, **matrices, heavy=_zero() if heavy is None else _matrix("heavy", heavy))

    @classmethod
    def majorana(
        cls,
        *,
        basis: str,
        lam: ArrayLike | AnyArray | None = None,
        Lambda: ArrayLike | Sequence[complex] | AnyArray | None = None,
        charge: ArrayLike | AnyArray | None = None,
        charge_radius: ArrayLike | AnyArray | None = None,
        anapole: ArrayLike | AnyArray | None = None,
        heavy: ArrayLike | AnyArray | None = None,
    ) -> Neutrino:
        r"""Majorana neutrinos; what is left out is zero.

        Parameters
        ----------
        basis : str
            ``"mass"`` or ``"flavour"``; charge, charge radius and anapole have their rules in the mass basis
            and must be stated there.
        lam : Complex[Array, "3 3"], optional
            mu - i epsilon [mu_B], complex antisymmetric in either basis.
        Lambda : Complex[Array, " 3"], optional
            Instead of `lam`: :math:`\lambda_{ij} = \epsilon_{ijk}\Lambda_k` [mu_B].
        charge, charge_radius : Complex[Array, "3 3"], optional
            Hermitian and antisymmetric, that is i times a real antisymmetric matrix [e], [MeV^-2].
        anapole : Complex[Array, "3 3"], optional
            Hermitian and symmetric, that is real symmetric [MeV^-2].
        heavy : Complex[Array, "3 3"], optional
            Transition moments to heavy leptons, a column each [mu_B].

        Raises
        ------
        PropertyRule
            If one of these rules is broken, a matrix has the wrong shape or is not finite, or both `lam` and
            `Lambda` are given. Values traced by jax are not checked.

        Examples
        --------
        >>> Neutrino.majorana(Lambda=[0, 0, 3e-11], basis="mass").lam[0, 1].real
        Array(3.e-11, dtype=float64)
        """
        if lam is not None and Lambda is not None:
            raise PropertyRule("give either lam or Lambda, not both: they are the same moments")
        if Lambda is not None:
            lam = transition_matrix(_vector("Lambda", Lambda))
        moments = _zero() if lam is None else _matrix("lam", lam)
        _require_no_diagonal("lam", moments)
        _require_antisymmetric("lam", moments)
        given = {"charge": charge, "charge_radius": charge_radius, "anapole": anapole}
        stated = [name for name, x in given.items() if x is not None]
        if stated and basis == "flavour":
            raise PropertyRule(
                f"{' and '.join(stated)} of Majorana neutrinos in the flavour basis: state them in the mass "
                "basis, where they are (anti)symmetric, and use to_flavour"
            )
        matrices = {name: _zero() if x is None else _matrix(name, x) for name, x in given.items()}
        for name, matrix in matrices.items():
            _require_hermitian(name, matrix)
            if name == "anapole":
                _require_symmetric(name, matrix)
            else:
                _require_no_diagonal(name, matrix)
                _require_antisymmetric(name, matrix)
        return cls("majorana", basis, moments, **matrices, heavy=_zero() if heavy is None else _matrix("heavy", heavy))

    def to_flavour(self, pmns: Complex[AnyArray, "3 3"]) -> Neutrino:
        """The same neutrino in the flavour basis (itself if it is there already).

        Raises
        ------
        PropertyRule
            If `pmns` is not a unitary 3x3 matrix.
        """
        return self if self.basis == "flavour" else self._rotated("flavour", _unitary(pmns))

    def to_mass(self, pmns: Complex[AnyArray, "3 3"]) -> Neutrino:
        """The same neutrino in the mass basis (itself if it is there already).

        Raises
        ------
        PropertyRule
            If `pmns` is not a unitary 3x3 matrix.
        """
        return self if self.basis == "mass" else self._rotated("mass", _unitary(pmns).conj().T)

    def _rotated(self, basis: str, R: Complex[AnyArray, "3 3"]) -> Neutrino:
        right = R.conj().T
        left = R.conj() if self.nature == "majorana" else R
        return Neutrino(
            self.nature,
            basis,
            left @ self.lam @ right,
            R @ self.charge @ right,
            R @ self.charge_radius @ right,
            R @ self.anapole @ right,
            # Their columns are leptons that do not mix with neutrinos.
            R @ self.heavy,
            self.converted,
        )

    @property
    def vector(self) -> Complex[AnyArray, "3 3"]:
        r""":math:`\langle r^2\rangle - 6a` [MeV^-2], all that ultrarelativistic neutrinos show."""
        return self.charge_radius - 6 * self.anapole

    @property
    def interferes(self) -> bool:
        """Whether there is more than moments: charges, radii and anapoles interfere with the weak interaction."""
        return any(bool(np.any(np.asarray(x) != 0)) for x in (self.charge, self.charge_radius, self.anapole))

    def scaled(self, factor: float) -> Neutrino:
        """The same with all matrices times a real factor, which keeps their rules; `converted` goes as its square.

        Examples
        --------
        >>> Neutrino.majorana(Lambda=[0, 0, 3e-11], basis="mass").scaled(2).lam[0, 1].real
        Array(6.e-11, dtype=float64)
        """
        made: Neutrino = jax.tree.map(lambda matrix: factor * matrix, self)
        squared: Neutrino = eqx.tree_at(lambda one: one.converted, made, factor**2 * self.converted)
        return squared

    def dipole_operator(self) -> Complex[AnyArray, "3 3"]:
        r""":math:`\lambda^\dagger\lambda` [mu_B^2], whose mean in a beam is the squared effective moment."""
        return self.lam.conj().T @ self.lam


def transition_matrix(Lambda: Complex[AnyArray, " 3"]) -> Complex[AnyArray, "3 3"]:
    r"""Antisymmetric matrix :math:`\lambda_{ij} = \epsilon_{ijk}\Lambda_k`.

    Parameters
    ----------
    Lambda : Complex[Array, " 3"]
        [mu_B]

    Returns
    -------
    Complex[Array, "3 3"]
        [mu_B]

    Raises
    ------
    PropertyRule
        If it is no vector of three numbers.

    References
    ----------
    Canas:2015yoa

    Examples
    --------
    >>> transition_matrix(np.array([1.0, 0.0, 0.0])).real.tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    """
    return jnp.einsum("ijk,k->ij", _LEVI_CIVITA, _vector("Lambda", Lambda))


def _concrete(matrix: AnyArray) -> NDArray[Any] | None:
    """The numbers, or None while jax traces, when there are none to check."""
    return None if isinstance(matrix, jax.core.Tracer) else np.asarray(matrix)


def _shaped(name: str, value: ArrayLike | AnyArray, shape: tuple[int, ...]) -> AnyArray:
    try:
        array = jnp.asarray(value, dtype=complex)
    except (TypeError, ValueError) as error:
        raise PropertyRule(f"{name} must be numbers of shape {shape}") from error
    if array.shape != shape:
        raise PropertyRule(f"{name} has shape {array.shape}; it must be {shape}")
    numbers = _concrete(array)
    if numbers is not None and not np.all(np.isfinite(numbers)):
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(numbers))[0])
        raise PropertyRule(f"{name}{list(at)} = {_entry(numbers[at])}; every entry must be finite")
    return array


def _matrix(name: str, value: ArrayLike | AnyArray) -> Complex[AnyArray, "3 3"]:
    return _shaped(name, value, (3, 3))


def _vector(name: str, value: ArrayLike | AnyArray) -> Complex[AnyArray, " 3"]:
    return _shaped(name, value, (3,))


def _require(matrix: AnyArray, image: AnyArray, message: str) -> None:
    numbers = _concrete(matrix)
    if numbers is None:
        return
    wrong = np.abs(numbers - np.asarray(image))
    if np.max(wrong) > _TOLERANCE * np.max(np.abs(numbers)):
        i, j = np.unravel_index(np.argmax(wrong), wrong.shape)
        entries = f"[{i}, {j}] = {_entry(numbers[i, j])}, [{j}, {i}] = {_entry(numbers[j, i])}"
        raise PropertyRule(f"{message} (found {entries})")


def _entry(value: complex) -> str:
    """An entry of a matrix in a message, without an imaginary part where there is none."""
    if not np.isfinite(value):
        return str(value)
    real, imaginary = digits.plain(value.real, 6), digits.plain(value.imag, 6)
    return real if value.imag == 0 else f"({real}{'' if imaginary[0] == '-' else '+'}{imaginary}j)"


def _require_hermitian(name: str, matrix: AnyArray) -> None:
    _require(matrix, matrix.conj().T, f"{name} must be Hermitian, X = X^dagger")


def _require_symmetric(name: str, matrix: AnyArray) -> None:
    _require(matrix, matrix.T, f"{name} of Majorana neutrinos must be symmetric in the mass basis, so real")


def _require_antisymmetric(name: str, matrix: AnyArray) -> None:
    _require(matrix, -matrix.T, f"{name} of Majorana neutrinos must be antisymmetric, X = -X^T")


def _require_no_diagonal(name: str, matrix: AnyArray) -> None:
    numbers = _concrete(matrix)
    if numbers is None:
        return
    diagonal = np.diag(numbers)
    worst = int(np.argmax(np.abs(diagonal)))
    if abs(diagonal[worst]) > _TOLERANCE * np.max(np.abs(numbers)):
        raise PropertyRule(
            f"{name}[{worst}, {worst}] = {_entry(diagonal[worst])}: a Majorana neutrino is its own antiparticle, "
            "which forbids diagonal entries; set them to zero or use Neutrino.dirac"
        )


def _unitary(pmns: ArrayLike | AnyArray) -> Complex[AnyArray, "3 3"]:
    U = _matrix("pmns", pmns)
    numbers = _concrete(U)
    if numbers is not None and not np.allclose(numbers @ numbers.conj().T, np.eye(3), rtol=0, atol=1e-8):
        raise PropertyRule("pmns must be unitary, U U^dagger = 1, to change basis")
    return U

r"""Spin-flavour precession: neutrinos with moments in matter and a transverse magnetic field.

.. math:: i\frac{d}{dr}\begin{pmatrix}\nu\\ \bar\nu\end{pmatrix} =
          \begin{pmatrix}H & (\lambda_F B)^\dagger\\ \lambda_F B & \bar H\end{pmatrix}
          \begin{pmatrix}\nu\\ \bar\nu\end{pmatrix}

with H and its partner as in `nudipole.mixing.levels`: antineutrinos for Majorana neutrinos, right-handed states without
potential for Dirac ones, and the moments of `nudipole.properties.Neutrino` in the flavour basis.

Both methods work with the levels in matter, whose phases are taken exactly: between the ends of a cell an amplitude is
linear, and its phase quadratic, so that cells may be many oscillations long,

.. math:: \int f\,e^{i\varphi}dr = h\,e^{i\varphi_m}\Big[\bar f\,j_0(z) + \frac{i\,\delta f}{2}j_1(z)
          - i\bar f\,\frac{\delta\varphi'\,h}{2}\,\frac{j_1(z)}{2z}\Big], \qquad 2z = \varphi_{end} - \varphi_{start}.

`first_order` keeps what is linear in the field and follows levels adiabatically; `full` is a unitary product of
exponentials of all six states, with the coupling of levels by the slope of the density. Neither sees a step across a
jump of the field. Everything is differentiable in moments, field, energies and mixing.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole.errors import OutOfRange, PropertyRule, ShapeError, UnknownName
from nudipole.mixing.levels import Minor, levels, minor
from nudipole.mixing.matter_path import MU_B_GAUSS, Path
from nudipole.mixing.pmns import Oscillation
from nudipole.mixing.solar_matter import potential
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties import FLAVOURS, Neutrino

METHODS = ("first-order", "full")
#: Terms of the exponential of one cell, and the largest exponent: unitary to 1e-10 after thousands of cells.
_TERMS, LARGEST_EXPONENT = 8, 0.3


class Precession(NamedTuple):
    """Where neutrinos of one flavour end, for every place of birth.

    Attributes
    ----------
    partners : Float[Array, "e n 3"]
        Probability to leave as mass state 1, 2, 3 of the other helicity, born at the ends of the cells.
    kept : Float[Array, "e n 3"] or None
        The same helicity; None of `first_order`, which does not follow it.

    Examples
    --------
    >>> Precession(jnp.zeros((1, 2, 3)), None).partners.shape
    (1, 2, 3)
    """

    partners: Float[AnyArray, "e n 3"]
    kept: Float[AnyArray, "e n 3"] | None


def coupling(neutrino: Neutrino, oscillation: Oscillation) -> Complex[AnyArray, "3 3"]:
    """Moments in the flavour basis, block of the partners from neutrinos [mu_B].

    Raises
    ------
    PropertyRule
        If a Majorana neutrino's matrix is not antisymmetric: symmetric ones have no meaning.
    """
    lam = neutrino.to_flavour(oscillation.pmns()).lam
    if neutrino.nature == "majorana" and not isinstance(lam, jax.core.Tracer):
        wrong = np.abs(np.asarray(lam + lam.T)).max()
        if wrong > 1e-9 * np.abs(np.asarray(lam)).max():
            raise PropertyRule("moments of Majorana neutrinos must be antisymmetric: a symmetric matrix has no meaning")
    return lam


def first_order(
    neutrino: Neutrino, oscillation: Oscillation, path: Path, E: Float[AnyArray, " e"], flavour: str = "e"
) -> Precession:
    r"""Conversion to first order in the field, levels followed adiabatically.

    .. math:: a_k(r_0) = -i\sum_l\int_{r_0} B\,\langle\bar\nu_k|\lambda_F|\nu_l\rangle\,
              e^{i\int(\bar E_k - E_l)dr}\,dr\ \langle\nu_l|\nu_\alpha\rangle_{r_0}

    Parameters
    ----------
    neutrino : Neutrino
    oscillation : Oscillation
    path : Path
    E : Float[Array, " e"]
        [MeV]
    flavour : {"e", "mu", "tau"}
        At birth.

    Returns
    -------
    Precession
        Good to P itself, relative: a conversion of 1e-3 is known to 1e-3.

    Raises
    ------
    UnknownName, OutOfRange, NotANumber, PropertyRule
        For an unknown flavour, energies that are not positive and matrices without meaning.

    References
    ----------
    Akhmedov:2002mf; Giunti:2014ixa Sec. 6

    Examples
    --------
    In a constant field without matter, far less than one turn, Dirac moments of mass states turn by mu B L:

    >>> from nudipole import constants as const
    >>> from nudipole.mixing import nufit
    >>> mine = Neutrino.dirac(basis="mass", magnetic=1e-12 * np.eye(3))
    >>> path = Path.uniform(1e10 * const.cm, 1e3)
    >>> found = first_order(mine, nufit(), path, np.array([10.0]))
    >>> round(float(found.partners[0, 0].sum() / (1e-12 * path.turns) ** 2), 6)
    1.0
    """
    lam, E = coupling(neutrino, oscillation), _energies(E)
    return Precession(_first(oscillation, lam, _jax(path), E, neutrino.nature == "majorana", _index(flavour)), None)


def full(
    neutrino: Neutrino, oscillation: Oscillation, path: Path, E: Float[AnyArray, " e"], flavour: str = "e"
) -> Precession:
    """Evolution of all six states: any strength of the field, and levels that are not followed adiabatically.

    Parameters
    ----------
    neutrino, oscillation, path, E, flavour
        As of `first_order`; energies are worked at once.

    Returns
    -------
    Precession
        The six probabilities sum to 1 within 1e-9.

    Raises
    ------
    UnknownName, OutOfRange, NotANumber, PropertyRule
        As of `first_order`; and where cells are so long that the exponent of one is above `LARGEST_EXPONENT`.

    References
    ----------
    Akhmedov:2002mf; Jana:2022

    Examples
    --------
    >>> from nudipole import constants as const
    >>> from nudipole.mixing import nufit
    >>> mine = Neutrino.dirac(basis="mass", magnetic=1e-12 * np.eye(3))
    >>> path = Path.uniform(4e10 * const.cm, 1e6, cells=100)
    >>> found = full(mine, nufit(), path, np.array([10.0]))
    >>> bool(abs(found.partners[0, 0].sum() - np.sin(1e-12 * path.turns) ** 2) < 1e-9)
    True
    """
    lam, E = coupling(neutrino, oscillation), _energies(E)
    if not isinstance(lam, jax.core.Tracer):
        strongest = float(jnp.linalg.norm(lam, 2))
        cells = np.diff(path.r) * np.maximum(np.abs(path.start), np.abs(path.end))
        exponent = strongest * MU_B_GAUSS * float(cells.max())
        if exponent > LARGEST_EXPONENT:
            raise OutOfRange("phase of the moment in one cell (more cells are needed)", exponent, 0, LARGEST_EXPONENT)
    kept, partners = _full(oscillation, lam, _jax(path), E, neutrino.nature == "majorana", _index(flavour))
    return Precession(partners, kept)


def flavours(oscillation: Oscillation, P: Float[AnyArray, "*n 3"]) -> Float[AnyArray, "*n 3"]:
    """Probabilities of flavours far away, where mass states have separated, from those of mass states.

    Parameters
    ----------
    oscillation : Oscillation
    P : Float[Array, "*n 3"]

    Returns
    -------
    Float[Array, "*n 3"]

    Examples
    --------
    >>> from nudipole.mixing import nufit
    >>> flavours(nufit(), [0.0, 1.0, 0.0]).round(3).tolist()
    [0.301, 0.428, 0.271]
    """
    return jnp.asarray(P) @ (jnp.abs(oscillation.pmns()) ** 2).T


def resolvent(
    neutrino: Neutrino,
    oscillation: Oscillation,
    E: Float[AnyArray, " e"],
    n_e: Float[AnyArray, " n"],
    n_n: Float[AnyArray, " n"],
    B: Float[AnyArray, " n"],
) -> Float[AnyArray, "e n 3"]:
    r"""Conversion of nu_e in a field that fades smoothly, from the field where they are born alone.

    .. math:: A_k = B\,\langle\bar\nu_k|\lambda_F\,(\bar E_k - H)^{-1}|\nu_e\rangle

    Parameters
    ----------
    neutrino : Neutrino
        Majorana, or Dirac.
    oscillation : Oscillation
    E : Float[Array, " e"]
        [MeV]
    n_e, n_n : Float[Array, " n"]
        Where they are born [mol/cm^3].
    B : Float[Array, " n"]
        [G]

    Returns
    -------
    Float[Array, "e n 3"]
        Probabilities of the partner's mass states; without meaning where the field has edges or does not vanish slowly.

    Examples
    --------
    >>> from nudipole.mixing import nufit
    >>> mine = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12])
    >>> P = resolvent(mine, nufit(), np.array([10.0]), np.array([89.127]), np.array([37.029]), np.array([1e4]))
    >>> print(f"{flavours(nufit(), P)[0, 0, 0]:.2e}")
    8.51e-11
    """
    lam, E = coupling(neutrino, oscillation), _energies(E)
    at = (jnp.asarray(n_e), jnp.asarray(n_n), jnp.asarray(B))
    P: Float[AnyArray, "e n 3"] = _resolvent(oscillation, lam, E, *at, neutrino.nature == "majorana")
    return P


def _energies(E: Float[AnyArray, " e"]) -> Float[AnyArray, " e"]:
    E = jnp.atleast_1d(jnp.asarray(arguments.array("E", E), float))
    if E.ndim != 1:
        raise ShapeError("E", E.shape, "a row of energies")
    if not isinstance(E, jax.core.Tracer) and float(E.min()) <= 0:
        raise OutOfRange("E", float(E.min()), 0, inside=True, unit="MeV")
    return E


def _index(flavour: str) -> int:
    if flavour not in FLAVOURS:
        raise UnknownName("flavour", flavour, FLAVOURS)
    return FLAVOURS.index(flavour)


def _jax(path: Path) -> Path:
    return Path(*map(jnp.asarray, path))  # type: ignore[arg-type]


class _Ends(NamedTuple):
    """Energies [MeV] and states of neutrinos and of their partners; places, and energies if there are, come last."""

    up: Float[AnyArray, "3 *n"]
    down: Float[AnyArray, "3 *n"]
    v: Float[AnyArray, "3 3 *n"]
    w: Float[AnyArray, "3 3 *n"]


def _ladder(basis: Minor, path: Path, E: Float[AnyArray, "*s"], majorana: bool) -> _Ends:
    V_e, V_n = potential(path.n_e), -potential(path.n_n) / 2
    up, v = levels(basis, 2 * E * V_e)
    sign = -1.0 if majorana else 0.0
    down, w = levels(basis, sign * 2 * E * V_e)
    # What follows would be fused with this, and compute it many times.
    ends: _Ends = _kept(_Ends(up / (2 * E) + V_n, down / (2 * E) + sign * V_n, v, w))
    return ends


def _turn(phase: Float[AnyArray, "*n"]) -> Complex[AnyArray, "*n"]:
    return jax.lax.complex(jnp.cos(phase), jnp.sin(phase))


def _kept(x: Any) -> Any:
    return jax.lax.optimization_barrier(x)  # type: ignore[no-untyped-call]


def _between(
    moments: Complex[AnyArray, "3 3"], v: Float[AnyArray, "3 3 *n"], w: Float[AnyArray, "3 3 *n"]
) -> Complex[AnyArray, "3 3 *n"]:
    """Moments between partner k and neutrino l, in matter; written out, which is far faster than small matrices."""
    right = [[sum(moments[a, b] * v[b, l] for b in range(3)) for l in range(3)] for a in range(3)]
    return jnp.stack([jnp.stack([sum(w[a, k] * right[a][l] for a in range(3)) for l in range(3)]) for k in range(3)])


def _integral(
    first: Complex[AnyArray, "*n"],
    last: Complex[AnyArray, "*n"],
    slope: Float[AnyArray, "*n"],
    change: Float[AnyArray, "*n"],
    h: Float[AnyArray, "*n"],
    phase: Complex[AnyArray, "*n"],
) -> Complex[AnyArray, "*n"]:
    """Integral over cells relative to the mean of the phases at their ends.

    `slope` is the mean slope of the phase, `change` that of the slope, `phase` is e^{iz} of half a cell.
    """
    z = slope * h / 2
    small = jnp.abs(z) < 0.05
    x = jnp.where(small, 1.0, z)
    z2 = jnp.where(small, z, 0.0) ** 2
    sine = phase.imag / x
    j0 = jnp.where(small, 1 - z2 / 6 * (1 - z2 / 20 * (1 - z2 / 42)), sine)
    j1_z = jnp.where(small, (1 - z2 / 10 * (1 - z2 / 28 * (1 - z2 / 54))) / 3, (sine - phase.real) / x**2)
    mean = (first + last) / 2
    return h * (mean * (j0 - 0.25j * change * h * j1_z) + 0.5j * (last - first) * z * j1_z)


def _start(basis: Minor, flavour: int) -> Complex[AnyArray, " 3"]:
    return basis.Q.conj()[flavour]


def _partner_of(basis: Minor, lam: Complex[AnyArray, "3 3"], majorana: bool) -> Complex[AnyArray, "3 3"]:
    """Moments in the bases of `Minor`: of antineutrinos it is the complex conjugate one."""
    left = basis.Q.T if majorana else basis.Q.conj().T
    return MU_B_GAUSS * left @ lam @ basis.Q


@partial(jax.jit, static_argnums=(4, 5))
def _first(
    oscillation: Oscillation,
    lam: Complex[AnyArray, "3 3"],
    path: Path,
    E: Float[AnyArray, " e"],
    majorana: bool,
    flavour: int,
) -> Float[AnyArray, "e n 3"]:
    basis = minor(oscillation)
    moments = _partner_of(basis, lam, majorana)
    h, start = jnp.diff(path.r), _start(basis, flavour)

    def one(energy: Float[AnyArray, ""]) -> Float[AnyArray, "n 3"]:
        at = _ladder(basis, path, energy, majorana)
        W = _kept(_between(moments, at.v, at.w))
        gaps = at.down[:, None] - at.up[None]
        # Exponentials are what takes long: six, of half of each cell and level, make all others.
        halves = _kept([_turn((x[:, 1:] + x[:, :-1]) * h / 4) for x in (at.down, at.up)])
        phase = _kept(halves[0][:, None] * halves[1][None].conj())
        cells = phase * _integral(
            path.start * W[..., :-1],
            path.end * W[..., 1:],
            (gaps[..., 1:] + gaps[..., :-1]) / 2,
            gaps[..., 1:] - gaps[..., :-1],
            h,
            phase,
        )
        sums = _from_outside(cells, phase**2)
        born = jnp.sum(at.v * start[:, None, None], axis=0)
        P = jnp.abs(jnp.sum(sums * born[None], axis=1)) ** 2
        return P[jnp.array(basis.order)].T

    found: Float[AnyArray, "e n 3"] = jax.lax.map(one, E)
    return found


def _from_outside(cells: Complex[AnyArray, "3 3 n"], steps: Complex[AnyArray, "3 3 n"]) -> Complex[AnyArray, "3 3 n+1"]:
    """Sums s_n = c_n + p_n s_{n+1} from outside inwards: with phases from the inner end of each cell on, none of the
    whole path is needed. Stretches are summed side by side, then joined.
    """
    n = cells.shape[-1]
    length = max(1, math.isqrt(n))
    number = -(-n // length)
    spare = ((0, 0), (0, 0), (0, number * length - n))
    inside = [
        jnp.moveaxis(jnp.pad(x, spare, constant_values=filled).reshape(3, 3, number, length), -1, 0)
        for x, filled in ((cells, 0.0), (steps, 1.0))
    ]

    def within(carry: Any, cell: Any) -> tuple[Any, Any]:
        total, turned = cell[0] + cell[1] * carry[0], cell[1] * carry[1]
        return (total, turned), (total, turned)

    zero = jnp.zeros((3, 3, number), complex)
    ends, parts = jax.lax.scan(within, (zero, zero + 1), (inside[0], inside[1]), reverse=True)

    def across(total: Any, stretch: Any) -> tuple[Any, Any]:
        return stretch[0] + stretch[1] * total, total

    _, beyond = jax.lax.scan(across, zero[..., 0], tuple(jnp.moveaxis(x, -1, 0) for x in ends), reverse=True)
    joined = parts[0] + parts[1] * jnp.moveaxis(beyond, 0, -1)
    flat = jnp.moveaxis(joined, 0, -1).reshape(3, 3, -1)[..., :n]
    return jnp.concatenate([flat, zero[..., :1]], axis=-1)


@partial(jax.jit, static_argnums=(4, 5))
def _full(
    oscillation: Oscillation,
    lam: Complex[AnyArray, "3 3"],
    path: Path,
    E: Float[AnyArray, " e"],
    majorana: bool,
    flavour: int,
) -> tuple[Float[AnyArray, "e n 3"], Float[AnyArray, "e n 3"]]:
    basis = minor(oscillation)
    moments = _partner_of(basis, lam, majorana)
    vacuum = levels(basis, jnp.zeros(()))[1]
    born = _start(basis, flavour)
    V, off = potential(path.n_e), (1 - jnp.eye(3))[..., None]
    sign = -1.0 if majorana else 0.0

    def torque(v: Float[AnyArray, "3 3 e"], energies: Float[AnyArray, "3 e"]) -> Float[AnyArray, "3 3 e"]:
        """What the slope of V_e couples: <i|d/dr|j>, for a slope of one."""
        gap = energies[None, :] - energies[:, None]
        return v[0, :, None] * v[0, None, :] * off / jnp.where(off == 0, 1.0, gap)

    def joined(upper: AnyArray, right: AnyArray, left: AnyArray, lower: AnyArray) -> AnyArray:
        rows = (jnp.concatenate([upper, right], axis=1), jnp.concatenate([left, lower], axis=1))
        return jnp.concatenate(rows, axis=0)

    def couplings(end: _Ends, B: Complex[AnyArray, ""], slope: Float[AnyArray, ""]) -> Complex[AnyArray, "6 6 e"]:
        W = B * _between(moments, end.v, end.w)
        upper, lower = -1j * slope * torque(end.v, end.up), -1j * sign * slope * torque(end.w, end.down)
        return joined(upper, jnp.conj(jnp.swapaxes(W, 0, 1)), W, lower)

    def inward(state: tuple[Any, _Ends], cell: Any) -> tuple[tuple[Any, _Ends], Any]:
        rows, outer = state
        place, first, last, h, slope = cell
        inner = _ladder(basis, place, E, majorana)
        energies = [jnp.concatenate([end.up, end.down]) for end in (inner, outer)]
        mean, change = (energies[0] + energies[1]) / 2, energies[1] - energies[0]
        mean = mean - mean[:1]
        half = _kept(_turn(-0.5 * mean * h))
        omega = _kept(
            _integral(
                couplings(inner, first, slope),
                couplings(outer, last, slope),
                mean[:, None] - mean[None, :],
                change[:, None] - change[None, :],
                h,
                half.conj()[:, None] * half[None, :],
            )
        )
        rows = rows * half[None]
        term = rows
        for n in range(1, _TERMS + 1):
            term = _kept((-1j / n) * sum(term[:, j, None] * omega[None, j] for j in range(6)))
            rows = rows + term
        rows = rows * half[None]
        amplitude = sum(rows[:, j] * jnp.sum(inner.v[:, j] * born[:, None], axis=0) for j in range(3))
        return (rows, inner), jnp.abs(amplitude) ** 2

    def place(at: Any) -> Path:
        return Path(path.r[at], path.n_e[at], path.n_n[at], path.start, path.end)

    edge = _ladder(basis, place(-1), E, majorana)
    zero = jnp.zeros_like(edge.v)
    leaving = joined(
        *(jnp.sum(vacuum[:, :, None, None] * edge.v[:, None], axis=0), zero),
        *(zero, jnp.sum(vacuum[:, :, None, None] * edge.w[:, None], axis=0)),
    ).astype(complex)
    h = jnp.diff(path.r)
    inner = Path(path.r[:-1], path.n_e[:-1], path.n_n[:-1], path.start, path.end)
    _, P = jax.lax.scan(inward, (leaving, edge), (inner, path.start, path.end, h, jnp.diff(V) / h), reverse=True)
    last = sum(leaving[:, j] * jnp.sum(edge.v[:, j] * born[:, None], axis=0) for j in range(3))
    P = jnp.moveaxis(jnp.concatenate([P, jnp.abs(last)[None] ** 2]), 2, 0)
    order = jnp.array(basis.order)
    return P[..., :3][..., order], P[..., 3:][..., order]


@partial(jax.jit, static_argnums=(6,))
def _resolvent(
    oscillation: Oscillation,
    lam: Complex[AnyArray, "3 3"],
    E: Float[AnyArray, " e"],
    n_e: Float[AnyArray, " n"],
    n_n: Float[AnyArray, " n"],
    B: Float[AnyArray, " n"],
    majorana: bool,
) -> Float[AnyArray, "e n 3"]:
    basis = minor(oscillation)
    moments = _partner_of(basis, lam, majorana)
    nothing = jnp.zeros(len(n_e) - 1)
    path = Path(n_e, n_e, n_n, nothing, nothing)  # type: ignore[arg-type]

    def one(energy: Float[AnyArray, ""]) -> Float[AnyArray, "n 3"]:
        at = _ladder(basis, path, energy, majorana)
        gaps = at.down[:, None] - at.up[None]
        A = B * jnp.sum(_between(moments, at.v, at.w) / gaps * at.v[None, 0], axis=1)
        return (jnp.abs(A) ** 2)[jnp.array(basis.order)].T

    found: Float[AnyArray, "e n 3"] = jax.lax.map(one, E)
    return found

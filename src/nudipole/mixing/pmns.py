r"""Mixing matrix and mass splittings of three neutrinos.

Flavour amplitudes of a neutrino are ``psi_flavour = U psi_mass``, that is
:math:`|\nu_\alpha\rangle = \sum_k U^*_{\alpha k}|\nu_k\rangle`; every operator on neutrino states goes as
:math:`O_F = U O U^\dagger`.
"""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float

from nudipole import arguments, tables
from nudipole import constants as const
from nudipole.errors import NotANumber, OutOfRange, UnknownName
from nudipole.numerics import AnyArray, jax, jnp

ORDERINGS = ("NO", "IO")

#: Parameters in the order of `Oscillation`, with their units in the table; what those are here.
_MEASURED = {"sin2_12": "1", "sin2_13": "1", "sin2_23": "1", "delta": "deg", "dm2_21": "eV^2", "dm2_3l": "eV^2"}
_SCALE = {"1": 1.0, "deg": math.radians(1), "eV^2": const.eV**2}


def _real(value: Any) -> Float[AnyArray, ""]:
    if isinstance(value, jax.core.Tracer) or (isinstance(value, jax.Array) and value.dtype == float):
        return value
    try:
        found = np.asarray(value)
        if found.dtype.kind not in "iuf":
            raise NotANumber("an oscillation parameter", value)
        return np.asarray(found.astype(float))
    except ValueError as error:
        raise NotANumber("an oscillation parameter", value) from error


class Oscillation(eqx.Module):
    """Oscillation parameters.

    Attributes
    ----------
    sin2_12, sin2_13, sin2_23 : Float[Array, ""]
        Squared sines of the mixing angles.
    delta : Float[Array, ""]
        Dirac phase [rad].
    dm2_21 : Float[Array, ""]
        m_2^2 - m_1^2 [MeV^2], positive.
    dm2_3l : Float[Array, ""]
        NuFIT's: m_3^2 - m_1^2 > 0 for normal, m_3^2 - m_2^2 < 0 for inverted ordering [MeV^2].
    ordering : str
        ``"NO"`` or ``"IO"``.
    name : str

    Raises
    ------
    OutOfRange
        If a squared sine is outside [0, 1] or a splitting has the wrong sign for the ordering. Values traced
        by jax cannot be checked.
    UnknownName
        If the ordering is neither.

    Examples
    --------
    >>> oscillation = nufit("nufit-6.0-no")
    >>> abs(oscillation.pmns()[0]).round(4)
    Array([0.8226, 0.5488, 0.1488], dtype=float64)
    """

    sin2_12: float | Float[AnyArray, ""] = eqx.field(converter=_real)
    sin2_13: float | Float[AnyArray, ""] = eqx.field(converter=_real)
    sin2_23: float | Float[AnyArray, ""] = eqx.field(converter=_real)
    delta: float | Float[AnyArray, ""] = eqx.field(converter=_real)
    dm2_21: float | Float[AnyArray, ""] = eqx.field(converter=_real)
    dm2_3l: float | Float[AnyArray, ""] = eqx.field(converter=_real)
    ordering: str = eqx.field(static=True, default="NO")
    name: str = eqx.field(static=True, default="")

    def __check_init__(self) -> None:
        if self.ordering not in ORDERINGS:
            raise UnknownName("mass ordering", self.ordering, ORDERINGS)
        third = (0.0, math.inf) if self.ordering == "NO" else (-math.inf, 0.0)
        limits = {
            **dict.fromkeys(("sin2_12", "sin2_13", "sin2_23"), (0.0, 1.0)),
            "delta": (-math.inf, math.inf),
            "dm2_21": (0.0, math.inf),
            "dm2_3l": third,
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if isinstance(value, jax.core.Tracer):
                continue
            for number in np.ravel(value):
                if not (low <= number <= high and math.isfinite(number)):
                    raise OutOfRange(name, float(number), low, high)

    @classmethod
    def from_degrees(
        cls,
        theta_12: float,
        theta_13: float,
        theta_23: float,
        delta: float,
        *,
        dm2_21: float,
        dm2_3l: float,
        ordering: str = "NO",
        name: str = "",
    ) -> Oscillation:
        """The same from angles and phase in degrees; splittings in MeV^2 as above."""
        named = {"theta_12": theta_12, "theta_13": theta_13, "theta_23": theta_23, "delta": delta}
        theta_12, theta_13, theta_23, delta = (arguments.number(*given, unit="deg") for given in named.items())
        s12, s13, s23 = (math.sin(math.radians(theta)) ** 2 for theta in (theta_12, theta_13, theta_23))
        return cls(s12, s13, s23, math.radians(delta), dm2_21, dm2_3l, ordering=ordering, name=name)

    def pmns(self) -> Complex[AnyArray, "3 3"]:
        r"""Mixing matrix in the PDG parametrisation, without Majorana phases.

        .. math:: U = R_{23}\,\mathrm{diag}(e^{i\delta/2}, 1, e^{-i\delta/2})\,R_{13}\,
                  \mathrm{diag}(e^{-i\delta/2}, 1, e^{i\delta/2})\,R_{12}

        Returns
        -------
        Complex[Array, "3 3"]
            Rows are flavours, columns mass states.

        References
        ----------
        ParticleDataGroup:2024cfk, review of neutrino masses and mixing
        """
        s12, s13, s23 = (jnp.sqrt(s) for s in (self.sin2_12, self.sin2_13, self.sin2_23))
        c12, c13, c23 = (jnp.sqrt(1 - s) for s in (self.sin2_12, self.sin2_13, self.sin2_23))
        phase = jnp.exp(1j * self.delta)
        return jnp.array(
            [
                [c12 * c13, s12 * c13, s13 / phase],
                [-s12 * c23 - c12 * s23 * s13 * phase, c12 * c23 - s12 * s23 * s13 * phase, s23 * c13],
                [s12 * s23 - c12 * c23 * s13 * phase, -c12 * s23 - s12 * c23 * s13 * phase, c23 * c13],
            ]
        )

    def masses_squared(self) -> Float[AnyArray, " 3"]:
        """m_k^2 - m_1^2 of the three states [MeV^2]; the third is negative for inverted ordering."""
        dm2_31 = self.dm2_3l if self.ordering == "NO" else self.dm2_3l + self.dm2_21
        return jnp.stack([jnp.zeros_like(dm2_31), self.dm2_21, dm2_31])


def _row(name: str) -> tuple[tables.Table, int]:
    table = tables.read("nufit")
    sets = table.words("set")
    if name not in sets:
        raise UnknownName("set of oscillation parameters", name, sets)
    return table, sets.index(name)


def nufit(name: str = "nufit-6.0-no") -> Oscillation:
    """A best fit of the NuFIT group, such as ``"nufit-6.1-io"`` or ``"nufit-6.0-nosk-no"``.

    Parameters
    ----------
    name : str

    Returns
    -------
    Oscillation

    Raises
    ------
    UnknownName
        If there is no such set; the message lists them.

    References
    ----------
    Esteban:2024eli; NuFIT:6.1 (nu-fit.org)

    Examples
    --------
    >>> print(f"{float(nufit('nufit-6.0-no').sin2_12):.3f}")
    0.308
    """
    table, i = _row(name)
    s12, s13, s23, delta, dm2_21, dm2_3l = (
        float(table.column(column, unit)[i]) * _SCALE[unit] for column, unit in _MEASURED.items()
    )
    return Oscillation(s12, s13, s23, delta, dm2_21, dm2_3l, ordering=table.words("ordering")[i], name=name)


def nufit_errors(name: str) -> dict[str, tuple[float, float]]:
    """One-sigma errors (down, up; both positive) of a NuFIT set, for those parameters that have one at hand.

    Splittings are in MeV^2 and the phase in rad, as in `Oscillation`. The likelihood of the phase is far from Gaussian:
    beyond one standard deviation its errors are a hint only.

    Parameters
    ----------
    name : str
        As for `nufit`.

    Returns
    -------
    dict of (float, float)
        By the name of the parameter.

    Raises
    ------
    UnknownName
        If there is no such set.

    References
    ----------
    Esteban:2024eli Table 1; NuFIT:6.1 (nu-fit.org)

    Examples
    --------
    >>> nufit_errors("nufit-6.0-no")["sin2_12"]
    (0.011, 0.012)
    """
    table, i = _row(name)
    errors = {}
    for column, unit in _MEASURED.items():
        down, up = (float(table.column(f"{column}_{side}", unit)[i]) * _SCALE[unit] for side in ("minus", "plus"))
        if math.isfinite(down) and math.isfinite(up):
            errors[column] = (down, up)
    return errors


def counterpart(name: str, ordering: str) -> str:
    """The NuFIT set of the same release and data for a mass ordering.

    Parameters
    ----------
    name : str
        As for `nufit`.
    ordering : str
        ``"NO"`` or ``"IO"``.

    Returns
    -------
    str
        `name` itself, if it has that ordering.

    Raises
    ------
    UnknownName
        If there is no such set, or no such ordering.

    Examples
    --------
    >>> counterpart("nufit-6.0-nosk-no", "IO")
    'nufit-6.0-nosk-io'
    """
    table, i = _row(name)
    if ordering not in ORDERINGS:
        raise UnknownName("mass ordering", ordering, ORDERINGS)
    return name.removesuffix(table.words("ordering")[i].lower()) + ordering.lower()

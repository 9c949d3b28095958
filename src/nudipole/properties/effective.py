"""What a beam sees of the moments: means of an operator in the beam's density matrix.

Formulas of the literature for reactors, accelerators and the Sun are all this one, with the density matrix of
the beam. For antineutrinos the beam stores the transposed density matrix and the same operator serves.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties.neutrino import Neutrino


def mean(rho: Complex[AnyArray, "*n 3 3"], operator: Complex[AnyArray, "3 3"]) -> Float[AnyArray, "*n"]:
    r"""Mean of a Hermitian operator, :math:`\mathrm{Re}\,\mathrm{Tr}[\rho O]/\mathrm{Tr}\rho`.

    Parameters
    ----------
    rho : Complex[Array, "*n 3 3"]
        Density matrix of the beam, in the basis of the operator; its trace may be a flux.
    operator : Complex[Array, "3 3"]

    Returns
    -------
    Float[Array, "*n"]
        In the unit of the operator.

    Raises
    ------
    ShapeError, NotANumber, OutOfRange
        If a matrix has another shape or entries that are no finite numbers, or if the density matrix has no trace.
        Values traced by jax are not checked.

    Examples
    --------
    >>> from nudipole.mixing import pure_flavour
    >>> mean(pure_flavour("mu"), jnp.diag(jnp.array([1.0, 2.0, 3.0], complex))).item()
    2.0
    """
    rho = jnp.asarray(arguments.matrices("rho", rho, True))
    operator = jnp.asarray(arguments.matrices("operator", operator, False))
    trace = jnp.einsum("...aa->...", rho).real
    if not isinstance(trace, jax.core.Tracer) and not bool(jnp.all(trace > 0)):
        raise OutOfRange("trace of rho", float(jnp.min(trace)), 0.0, inside=True)
    return jnp.einsum("...ab,ba->...", rho, operator).real / trace


def mu_eff(rho: Complex[AnyArray, "*n 3 3"], lam: Complex[AnyArray, "3 3"]) -> Float[AnyArray, "*n"]:
    r"""Effective magnetic moment of a beam.

    .. math:: \mu_\mathrm{eff}^2 = \mathrm{Tr}[\rho\,\lambda^\dagger\lambda]/\mathrm{Tr}\rho

    Parameters
    ----------
    rho : Complex[Array, "*n 3 3"]
        Density matrix (transposed for antineutrinos), in the basis of `lam`.
    lam : Complex[Array, "3 3"]
        mu - i epsilon [mu_B].

    Returns
    -------
    Float[Array, "*n"]
        [mu_B]; its gradient is infinite where it vanishes: differentiate ``mean(rho, lam^dagger lam)`` there.

    Raises
    ------
    ShapeError, NotANumber, OutOfRange
        As `mean` does.

    References
    ----------
    Grimus:2000tq, written with a density matrix

    Examples
    --------
    >>> import numpy as np
    >>> from nudipole.properties import Neutrino
    >>> nu = Neutrino.majorana(Lambda=[3e-11, 0, 4e-11], basis="mass")
    >>> print(f"{mu_eff(np.diag([1.0, 0, 0]), nu.lam):.1e}")
    4.0e-11
    """
    lam = jnp.asarray(arguments.matrices("lam", lam, False))
    return jnp.sqrt(jnp.maximum(mean(rho, lam.conj().T @ lam), 0.0))


def plasmon_moment(neutrino: Neutrino) -> float:
    r"""Moment that cools stars: :math:`\sum_{jk}|\lambda_{jk}|^2` of Dirac, :math:`\sum_{j<k}` of Majorana neutrinos.

    Parameters
    ----------
    neutrino : Neutrino

    Returns
    -------
    float
        The root [mu_B].

    Examples
    --------
    >>> from nudipole.properties import Neutrino
    >>> print(f"{plasmon_moment(Neutrino.majorana(basis='mass', Lambda=[3e-12, 0, 4e-12])):.1e}")
    5.0e-12
    """
    total = float(np.sum(np.abs(np.asarray(neutrino.lam)) ** 2))
    return float(np.sqrt(total / 2 if neutrino.nature == "majorana" else total))

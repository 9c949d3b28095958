"""Oscillation parameters with their errors: what a fit profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole.mixing.pmns import Oscillation, nufit, nufit_errors
from nudipole.numerics import AnyArray, jnp

#: What mixing and conversion in the Sun depend on.
PROFILED = ("sin2_12", "sin2_13", "sin2_23", "delta", "dm2_21")


class UncertainMixing(eqx.Module):
    r"""Oscillation parameters as functions of unit-normal nuisances.

    .. math:: \theta_k = \hat\theta_k + \eta_k\,\sigma_k^{\pm}

    with the error of the side that :math:`\eta_k` lies on.

    Attributes
    ----------
    central : Oscillation
    names : tuple of str
        Parameters with an error, in the order of the nuisances; all others are fixed.
    errors : Float[Array, "2 k"]
        Down and up, in the units of `Oscillation`.

    Examples
    --------
    >>> mixing = uncertain("nufit-6.0-no")
    >>> up = mixing.at(jnp.eye(len(mixing.names))[0])
    >>> mixing.names[0], round(float(up.sin2_12), 3)
    ('sin2_12', 0.32)
    """

    central: Oscillation
    names: tuple[str, ...] = eqx.field(static=True)
    errors: Float[AnyArray, "2 k"]

    def at(self, eta: Float[AnyArray, " k"]) -> Oscillation:
        """Parameters at nuisances `eta`."""
        down, up = jnp.asarray(self.errors)
        moved = jnp.asarray(eta) * jnp.where(jnp.asarray(eta) < 0, down, up)
        return replace(
            self.central, **{name: getattr(self.central, name) + moved[k] for k, name in enumerate(self.names)}
        )

    def of(self, name: str, eta: float) -> Oscillation:
        """One parameter moved."""
        shift = np.zeros(len(self.names))
        shift[self.names.index(name)] = eta
        return self.at(shift)


def uncertain(oscillation: str | Oscillation, names: Iterable[str] = PROFILED) -> UncertainMixing:
    """A set of the NuFIT group with its one-sigma errors, which are taken as Gaussian on either side.

    Parameters
    ----------
    oscillation : str or Oscillation
        One that is not of the NuFIT group has no errors.
    names : iterable of str
        Parameters to be uncertain; those without an error at hand are fixed.

    Returns
    -------
    UncertainMixing

    Raises
    ------
    UnknownName
        If there is no such set.

    Examples
    --------
    >>> uncertain("nufit-6.0-no", ["sin2_13", "dm2_21"]).names
    ('sin2_13', 'dm2_21')
    """
    central = nufit(oscillation) if isinstance(oscillation, str) else oscillation
    errors = nufit_errors(central.name) if central.name else {}
    known = tuple(name for name in names if name in errors)
    return UncertainMixing(central, known, np.array([errors[name] for name in known]).reshape(-1, 2).T)

"""The signal of a fit: from one parameter of a neutrino to expected counts, with uncertain fluxes."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float

from nudipole.numerics import AnyArray, jnp


class NeutrinoSignal(eqx.Module):
    r"""Counts as a polynomial in the parameter of interest, exactly.

    Every operator is at most quadratic in the neutrino's properties, so one fold gives the whole curve:

    .. math:: n_b = \sum_s a_s(\eta)\,(A_{sb} + x B_{sb} + x^2 C_{sb}), \qquad a_s = 1 + \sum_k \eta_k L_{ks}

    Attributes
    ----------
    fixed, linear, quadratic : Float[Array, "s b"]
        A, B, C: counts of each beam component.
    flux_shift : Float[Array, "k s"]
        L: relative change of each component's flux for one standard deviation of nuisance k.
    """

    fixed: Float[AnyArray, "s b"]
    linear: Float[AnyArray, "s b"]
    quadratic: Float[AnyArray, "s b"]
    flux_shift: Float[AnyArray, "k s"]

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        norms = 1 + eta @ jnp.asarray(self.flux_shift)
        return norms @ (self.fixed + poi * self.linear + poi**2 * self.quadratic)

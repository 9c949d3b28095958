"""The signal of a fit: from one parameter of a neutrino to expected counts, with uncertain fluxes and responses."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Float

from nudipole.numerics import AnyArray, jnp


class NeutrinoSignal(eqx.Module):
    r"""Counts as a polynomial in the parameter of interest, exactly.

    Every operator is at most quadratic in the neutrino's properties, so one fold gives the whole curve:

    .. math:: n_b = \sum_s a_s(\eta) \sum_{p=0}^{2} x^p \Big[A_{psb} + \sum_k \big(\eta_k B_{kpsb}
              + h(\eta_k) C_{kpsb}\big)\Big], \qquad a_s = 1 + \sum_k \eta_k L_{ks}

    with :math:`h(\eta) = \eta^2` within one standard deviation and :math:`2|\eta| - 1` beyond: a parabola through
    what was folded at 0 and :math:`\pm1`, continued by its tangents.

    Attributes
    ----------
    counts : Float[Array, "3 s b"]
        A: coefficients of each beam component.
    flux_shift : Float[Array, "k s"]
        L: relative change of each component's flux for one standard deviation of its nuisances, the first of eta.
    slope, curvature : Float[Array, "j 3 s b"]
        B and C of the nuisances of the response, which follow in eta.
    """

    counts: Float[AnyArray, "3 s b"]
    flux_shift: Float[AnyArray, "k s"]
    slope: Float[AnyArray, "j 3 s b"]
    curvature: Float[AnyArray, "j 3 s b"]

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        fluxes = self.flux_shift.shape[0]
        norms, shape = 1 + eta[:fluxes] @ jnp.asarray(self.flux_shift), eta[fluxes:]
        bent = jnp.where(jnp.abs(shape) <= 1, shape**2, 2 * jnp.abs(shape) - 1)
        counts = self.counts + jnp.einsum("j,jpsb->psb", shape, self.slope)
        counts = counts + jnp.einsum("j,jpsb->psb", bent, self.curvature)
        return norms @ (counts[0] + poi * counts[1] + poi**2 * counts[2])

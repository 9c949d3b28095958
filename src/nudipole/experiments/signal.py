"""The signal of a fit: from one parameter of a neutrino to expected counts, with uncertain fluxes and responses."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole.numerics import AnyArray, jnp
from nudipole.statistics import TemplateSignal


class NeutrinoSignal(TemplateSignal):
    r"""Counts as a polynomial in the parameter of interest, exactly.

    Every operator is at most quadratic in the neutrino's properties, so one fold gives the whole curve:

    .. math:: n_b = \sum_s a_s(\eta) \sum_{p=0}^{2} x^p \Big[A_{psb} + \sum_k \big(\eta_k B_{kpsb}
              + h(\eta_k) C_{kpsb}\big)\Big], \qquad a_s = 1 + \sum_k \eta_k L_{ks}

    with :math:`h(\eta) = \eta^2` within one standard deviation and :math:`2|\eta| - 1` beyond: a parabola through
    what was folded at 0 and :math:`\pm1`, continued by its tangents.

    The components are summed once, with and without the weights of the flux nuisances.

    Parameters
    ----------
    counts : Float[Array, "3 s b"]
        A: coefficients of each beam component.
    flux_shift : Float[Array, "k s"]
        L: relative change of each component's flux for one standard deviation of its nuisances, the first of eta.
    slope, curvature : Float[Array, "j 3 s b"]
        B and C of the nuisances of the response, which follow in eta.
    """

    terms: Float[AnyArray, "f g 3 b"]

    def __init__(
        self,
        counts: NDArray[np.float64],
        flux_shift: NDArray[np.float64],
        slope: NDArray[np.float64],
        curvature: NDArray[np.float64],
    ) -> None:
        weights = np.concatenate([np.ones((1, counts.shape[1])), flux_shift])
        self.terms = np.einsum("fs,gpsb->fgpb", weights, np.concatenate([counts[None], slope, curvature]))

    @property
    def templates(self) -> Float[Array, "m b"]:
        """Products of a flux (nominal, shifts), a response (nominal, slopes, curvatures) and a power of poi."""
        return jnp.reshape(self.terms, (-1, self.terms.shape[-1]))

    def amplitudes(self, poi: Float[Array, "*n"], eta: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """The factors of these products."""
        fluxes = self.terms.shape[0] - 1
        shape = eta[fluxes:]
        one = jnp.ones_like(poi)[None]
        bent = jnp.where(jnp.abs(shape) <= 1, shape**2, 2 * jnp.abs(shape) - 1)
        flux = jnp.concatenate([one, eta[:fluxes]])
        response = jnp.concatenate([one, shape, bent])
        powers = jnp.stack([one[0], poi, poi**2])
        product = flux[:, None, None] * response[None, :, None] * powers[None, None]
        return product.reshape(-1, *poi.shape)

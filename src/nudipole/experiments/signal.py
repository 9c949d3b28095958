"""The signal of a fit: from one parameter of a neutrino, or a choice of neutrinos, to expected counts."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole.experiments.features import Features, GivenMoments
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.statistics import TemplateSignal
from nudipole.statistics.likelihood import bent


class Coefficients(NamedTuple):
    r"""Counts as a polynomial in the parameter of interest, exactly, with uncertain fluxes and responses.

    Every operator is at most quadratic in the neutrino's properties, so one fold gives the whole curve:

    .. math:: n_b = \sum_s a_s(\eta) \sum_{p} x^p \Big[A_{psb} + \sum_k \big(\eta_k B_{kpsb}
              + h(\eta_k) C_{kpsb}\big)\Big], \qquad a_s = 1 + \sum_k \eta_k L_{ks}

    with h of `nudipole.statistics.likelihood.bent`: a parabola through what was folded at 0 and :math:`\pm1`, continued
    by its tangents.

    Attributes
    ----------
    counts : (*n, p, s, b)
        A: powers 0, 1, ... of the parameter of interest, by component of the beam.
    flux_shift : (k, s)
        L: relative change of each component's flux for one standard deviation of its nuisances, the first of eta.
    slope, curvature : (j, *n, p, s, b)
        B and C of the nuisances of the response, which follow in eta.
    """

    counts: NDArray[np.float64]
    flux_shift: NDArray[np.float64]
    slope: NDArray[np.float64]
    curvature: NDArray[np.float64]

    def terms(self) -> NDArray[np.float64]:
        """Sums over the components (*n, f, g, p, b), with the weights of fluxes f, of responses g."""
        weights = np.concatenate([np.ones((1, self.counts.shape[-2])), self.flux_shift])
        responses = np.concatenate([self.counts[None], self.slope, self.curvature])
        summed: NDArray[np.float64] = np.einsum("fs,g...psb->...fgpb", weights, responses)
        return summed


class NeutrinoSignal(TemplateSignal):
    """Counts as `Coefficients` have them, the components summed once.

    Attributes
    ----------
    terms : Float[Array, "f g p b"]
        By weight of a flux (nominal, shifts), of a response (nominal, slopes, curvatures) and power of poi.
    """

    terms: Float[AnyArray, "f g p b"]

    @property
    def templates(self) -> Float[Array, "m b"]:
        """All terms."""
        return jnp.reshape(self.terms, (-1, self.terms.shape[-1]))

    def amplitudes(self, poi: Float[Array, "*n"], eta: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """Their factors."""
        fluxes, responses = self.terms.shape[0] - 1, (self.terms.shape[1] - 1) // 2
        # Nuisances that follow are of backgrounds alone.
        shape = eta[fluxes : fluxes + responses]
        one = jnp.ones_like(poi)[None]
        flux = jnp.concatenate([one, eta[:fluxes]])
        response = jnp.concatenate([one, shape, bent(shape)])
        powers = jnp.stack([one[0], poi, poi**2][: self.terms.shape[2]])
        product = flux[:, None, None] * response[None, :, None] * powers[None, None]
        return product.reshape(-1, *poi.shape)


class ChosenSignal(eqx.Module):
    """Counts of one of several neutrinos: the parameter of interest is its number.

    Attributes
    ----------
    terms : Float[Array, "n f g 1 b"]
        Those of `NeutrinoSignal` of each.
    """

    terms: Float[AnyArray, "n f g 1 b"]

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        """Counts per bin."""
        signal = NeutrinoSignal(jnp.asarray(self.terms)[poi.astype(int)])
        counts: Float[Array, " b"] = signal(jnp.zeros(()), eta)
        return counts


class PropertySignal(TemplateSignal):
    r"""Counts of a neutrino given by many parameters, exactly, with uncertain mixing, fluxes and responses.

    Counts are linear in what a rate sees of the neutrino (`Features`): one, the nine real numbers of the Hermitian
    :math:`\lambda^\dagger\lambda`, and the products of the parameters that interfere with the weak interaction.

    The parameter of interest is the first of `features`; the nuisances are the others, then those of the mixing, then
    those of `Coefficients`.

    Attributes
    ----------
    terms : Float[Array, "f g p b"]
        As of `NeutrinoSignal`, by feature.
    features : Features
    """

    terms: Float[AnyArray, "f g p b"]
    features: Features | GivenMoments

    @property
    def templates(self) -> Float[Array, "m b"]:
        """All terms."""
        return jnp.reshape(self.terms, (-1, self.terms.shape[-1]))

    def amplitudes(self, poi: Float[Array, "*n"], eta: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """Their factors."""
        if poi.ndim:
            return jax.vmap(self.amplitudes, in_axes=(0, 1), out_axes=1)(poi, eta)
        own, mixed = self.features.parameters - 1, self.features.mixed
        seen = self.features(jnp.concatenate([poi[None], eta[:own]]), eta[own : own + mixed])
        moved = eta[own + mixed :]
        fluxes, moving = self.terms.shape[0] - 1, np.array(self.features.moving, dtype=int)
        # Nuisances that follow are of backgrounds alone.
        responses = (self.terms.shape[1] - 1) // 2 - len(moving)
        # Mixing changes what arrives, too: the first variations of the response are of the parameters that do.
        shape = jnp.concatenate([eta[own : own + mixed][moving], moved[fluxes : fluxes + responses]])
        one = jnp.ones(1)
        flux, response = jnp.concatenate([one, moved[:fluxes]]), jnp.concatenate([one, shape, bent(shape)])
        return (flux[:, None, None] * response[None, :, None] * seen[None, None]).reshape(-1)

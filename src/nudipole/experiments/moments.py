"""Likelihood of a full matrix of moments: thousands of matrices a call, with gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import numpy as np
from jax.scipy.special import xlogy
from jaxtyping import Array, Complex, Float
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp

#: What a function of matrices returns: an array, or several.
Found = TypeVar("Found")
#: The elements above the diagonal.
_PAIRS = ((0, 1), (0, 2), (1, 2))


class MomentLikelihood(eqx.Module):
    r"""Poisson likelihood of the dipole matrix lambda, backgrounds fixed.

    .. math:: n_b = B_b + {\rm Re\,Tr}[W_b\,\lambda^\dagger\lambda]

    Attributes
    ----------
    observed, background : Float[Array, "b"]
        Counts; the background includes everything but the moments.
    form : Float[Array, "b 9"]
        W_b as coefficients of the nine real numbers of the Hermitian operator [counts per mu_B^2].
    """

    observed: Float[AnyArray, " b"]
    background: Float[AnyArray, " b"]
    form: Float[AnyArray, "b 9"]

    @classmethod
    def from_response(
        cls, W: NDArray[np.complex128], background: NDArray[np.float64], observed: NDArray[np.float64]
    ) -> MomentLikelihood:
        """From the dipole channel of a response, (b, 3, 3), summed over components."""
        diagonal = [W[:, i, i].real for i in range(3)]
        off_diagonal = [2 * W[:, j, i] for i, j in _PAIRS]
        form = [*diagonal, *(w.real for w in off_diagonal), *(-w.imag for w in off_diagonal)]
        return cls(observed, background, np.stack(form, axis=1))

    def expected(self, lam: Complex[AnyArray, "*n 3 3"]) -> Float[Array, "*n b"]:
        """Expected counts for one matrix `lam`, or n of them, in the flavour basis [mu_B].

        Raises
        ------
        ShapeError, NotANumber, OutOfRange
            If `lam` has another shape, or entries that are no finite numbers.
        """
        return _of_matrices(self._expected_of, lam)

    def chi2(self, lam: Complex[AnyArray, "*n 3 3"]) -> Float[Array, "*n"]:
        """-2 ln L relative to the saturated model, for one matrix or each of n; raises as `expected` does."""
        return _of_matrices(self._chi2_of, lam)

    def chi2_and_gradient(
        self, lam: Complex[AnyArray, "*n 3 3"]
    ) -> tuple[Float[Array, "*n"], Complex[Array, "*n 3 3"]]:
        """`chi2` and its gradient d/dRe(lambda) + i d/dIm(lambda) [mu_B^-1]; raises as `expected` does."""
        return _of_matrices(self._chi2_and_gradient, lam)

    @compiled
    def _expected_of(self, lam: Complex[AnyArray, "n 3 3"]) -> Float[Array, "n b"]:
        return self._expected(jnp.real(lam), jnp.imag(lam)).T

    @compiled
    def _chi2_of(self, lam: Complex[AnyArray, "n 3 3"]) -> Float[Array, " n"]:
        return self._chi2(jnp.real(lam), jnp.imag(lam))

    @compiled
    def _chi2_and_gradient(self, lam: Complex[AnyArray, "n 3 3"]) -> tuple[Float[Array, " n"], Complex[Array, "n 3 3"]]:
        values, pullback = jax.vjp(self._chi2, jnp.real(lam), jnp.imag(lam))
        real, imaginary = pullback(jnp.ones_like(values))
        return values, real + 1j * imaginary

    def _expected(self, re: Float[AnyArray, "n 3 3"], im: Float[AnyArray, "n 3 3"]) -> Float[Array, "b n"]:
        # Points last and everything but the one product with `form` element by element: a batch of 3x3 products
        # would be ten times slower.
        re, im = re.transpose(2, 1, 0), im.transpose(2, 1, 0)
        diagonal = [jnp.sum(re[i] ** 2 + im[i] ** 2, axis=0) for i in range(3)]
        real = [jnp.sum(re[i] * re[j] + im[i] * im[j], axis=0) for i, j in _PAIRS]
        imaginary = [jnp.sum(re[i] * im[j] - im[i] * re[j], axis=0) for i, j in _PAIRS]
        return jnp.asarray(self.background)[:, None] + self.form @ jnp.stack([*diagonal, *real, *imaginary])

    def _chi2(self, re: Float[AnyArray, "n 3 3"], im: Float[AnyArray, "n 3 3"]) -> Float[Array, " n"]:
        expected, observed = self._expected(re, im), jnp.asarray(self.observed)[:, None]
        # One logarithm a bin; empty bins contribute their expectation alone.
        logarithm = jnp.log(jnp.where(observed > 0, expected, 1.0))
        saturated = jnp.sum(observed - xlogy(observed, observed))
        return 2 * (jnp.sum(expected - observed * logarithm, axis=0) - saturated)


def _of_matrices(function: Callable[[AnyArray], Found], lam: Any) -> Found:
    """What `function` gives for n matrices, without the leading dimension for one.

    Entries are looked at only where the result is not finite: it is a ninth of the numbers.
    """
    shape = np.shape(lam) if isinstance(lam, np.ndarray | jax.Array) else ()
    known = shape[-2:] == (3, 3) and len(shape) in (2, 3) and lam.dtype.kind in "iufc"
    given = lam if known else arguments.matrices("lam", lam)
    found = function(given if given.ndim == 3 else given[None])
    first = found[0] if isinstance(found, tuple) else found
    if known and not isinstance(first, jax.core.Tracer) and not np.isfinite(np.asarray(first)).all():
        arguments.matrices("lam", lam)
    if given.ndim == 3:
        return found
    single: Found = jax.tree.map(lambda one: one[0], found)
    return single

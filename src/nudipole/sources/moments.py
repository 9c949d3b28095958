r"""Energy integrals of a beam: cumulative moments, exact for piecewise-linear spectra.

.. math:: M_p(E_{\min}) = \int_{E_{\min}}^\infty dE\,b_p(E)\,\phi(E)\,\rho(E)

with :math:`b_p = 1, 1/E, 1/E^2` for elastic scattering and :math:`1, \ln E` for absorption. Hermitian matrices are
handled as their nine real numbers.
"""

from __future__ import annotations

from jaxtyping import Complex, Float

from nudipole.numerics import AnyArray, jnp


def pack(matrix: Complex[AnyArray, "*a 3 3"]) -> Float[AnyArray, "*a 9"]:
    """Nine real numbers of Hermitian matrices: the diagonal, then real and imaginary parts of what lies above it."""
    upper = jnp.stack([matrix[..., 0, 1], matrix[..., 0, 2], matrix[..., 1, 2]], axis=-1)
    diagonal = jnp.diagonal(matrix, axis1=-2, axis2=-1).real
    return jnp.concatenate([diagonal, upper.real, upper.imag], axis=-1)


def unpack(packed: Float[AnyArray, "*a 9"]) -> Complex[AnyArray, "*a 3 3"]:
    """Inverse of `pack`."""
    ee, mm, tt = (packed[..., i].astype(complex) for i in range(3))
    em, et, mt = (packed[..., 3 + i] + 1j * packed[..., 6 + i] for i in range(3))
    rows = [[ee, em, et], [em.conj(), mm, mt], [et.conj(), mt.conj(), tt]]
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def trace_form(operators: Complex[AnyArray, "*a 3 3"]) -> Float[AnyArray, "*a 9"]:
    """Coefficients w with Tr[rho O] = w . pack(rho) for Hermitian matrices."""
    return pack(operators) * jnp.array([1.0] * 3 + [2.0] * 6)


def cell(a: AnyArray, b: AnyArray, f_a: AnyArray, f_b: AnyArray, logarithmic: bool) -> AnyArray:
    """Integrals over cells [a, b] of f times 1, 1/E, 1/E^2, or times 1 and ln E; f linear, (..., 9) -> (..., p, 9)."""
    step = jnp.where(b > a, b - a, 1.0)
    slope = jnp.where((b > a)[..., None], (f_b - f_a) / step[..., None], 0.0)
    offset = f_a - slope * a[..., None]
    zeroth = (b - a)[..., None] * (f_a + f_b) / 2
    log = jnp.log1p((b - a) / a)
    if logarithmic:
        # Written such that an empty cell gives zero exactly.
        first = (b - a) * (jnp.log(a) - 1) + b * log
        second = ((b - a) * (b + a) * (jnp.log(a) - 0.5) + b**2 * log) / 2
        return jnp.stack([zeroth, offset * first[..., None] + slope * second[..., None]], axis=-2)
    integrals = [
        zeroth,
        offset * log[..., None] + slope * (b - a)[..., None],
        offset * ((b - a) / (a * b))[..., None] + slope * log[..., None],
    ]
    return jnp.stack(integrals, axis=-2)


def cumulative(E: AnyArray, f: AnyArray, logarithmic: bool = False) -> AnyArray:
    """Moments of a spectrum above each of its nodes: (n,), (n, 9) -> (n, p, 9)."""
    cells = cell(E[:-1], E[1:], f[:-1], f[1:], logarithmic)
    return jnp.concatenate([jnp.cumsum(cells[::-1], axis=0)[::-1], jnp.zeros_like(cells[:1])])


def continuum_above(
    E: AnyArray, f: AnyArray, above: AnyArray, j: AnyArray, start: AnyArray, logarithmic: bool
) -> AnyArray:
    """Moments above `start`, which lies between the nodes j and j + 1, from those above the nodes."""
    a, b = E[j], E[j + 1]
    fraction = jnp.where(b > a, (start - a) / jnp.where(b > a, b - a, 1.0), 0.0)[..., None]
    return above[j + 1] + cell(start, b, f[j] + fraction * (f[j + 1] - f[j]), f[j + 1], logarithmic)


def lines_above(E_line: AnyArray, line: AnyArray, least: AnyArray, logarithmic: bool) -> AnyArray:
    """Moments of lines at or above the energies `least`: (l,), (l, 9), (t,) -> (t, p, 9)."""
    if logarithmic:
        basis: AnyArray = jnp.stack([jnp.ones_like(E_line), jnp.log(E_line)], axis=-1)
    else:
        basis = E_line[:, None] ** -jnp.arange(3)
    reached = (E_line >= least[:, None]).astype(E_line.dtype)
    return jnp.einsum("tl,lp,lx->tpx", reached, basis, line)


def moments_above(
    E: AnyArray, f: AnyArray, E_line: AnyArray, line: AnyArray, least: AnyArray, logarithmic: bool = False
) -> AnyArray:
    """Moments of one component of a beam above the energies `least` (t,): (t, p, 9)."""
    E = jnp.maximum(E, 1e-9)
    start = jnp.clip(least, E[0], E[-1])
    j = jnp.clip(jnp.searchsorted(E, start, side="right", method="compare_all") - 1, 0, len(E) - 2)
    continuum = continuum_above(E, f, cumulative(E, f, logarithmic), j, start, logarithmic)
    return continuum + lines_above(E_line, line, least, logarithmic)


def spectrum_at(E: AnyArray, f: AnyArray, at: AnyArray) -> AnyArray:
    """The continuum of one component of a beam at the energies `at` (t,), zero outside: (t, 9)."""
    j = jnp.clip(jnp.searchsorted(E, at, side="right", method="compare_all") - 1, 0, len(E) - 2)
    a, b = E[j], E[j + 1]
    fraction = jnp.where(b > a, (at - a) / jnp.where(b > a, b - a, 1.0), 0.0)[..., None]
    inside = ((at >= E[0]) & (at <= E[-1]))[..., None]
    return jnp.where(inside, f[j] + fraction * (f[j + 1] - f[j]), 0.0)

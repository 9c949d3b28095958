r"""The fold: beam x channels x target x detector -> response.

.. math::

    n_b = \sum_s a_s \sum_c {\rm Re\,Tr}[W_{scb}\,O_c], \qquad
    W_{scb} = N t \int dT\,R_b(T) \int dE\,\phi_s(E)\,K_c(E,T)\,\rho_s(E)

At fixed T every kernel is a polynomial in 1/E, so the energy integral is a set of cumulative moments
:math:`M_p = \int_{E_{\min}(T)}^\infty dE\,E^{-p}\phi\rho`, exact for a piecewise-linear spectrum; a line is a step
of them. The T integral is a composite Gauss-Legendre rule with panels that end at every edge, endpoint and line.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole.detectors import Detector
from nudipole.errors import OutOfRange
from nudipole.interactions import Process
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.sources import Beam

#: Gauss-Legendre nodes of a panel, widest panel relative to T, and most panels between two breaks.
_PANEL_NODES = 4
_WIDEST = 0.25
_MOST_PANELS = 4000
_PADDING = 64
_MOMENTS = 3


class Response(eqx.Module):
    """Response of an experiment to neutrino properties: folded once, contracted ever after.

    Attributes
    ----------
    components, channels : tuple of str
        Names along the first two axes.
    W : Complex[Array, "s c b 3 3"]
        Expected counts per unit of operator, axes `axes`.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    channels: tuple[str, ...] = eqx.field(static=True)
    W: Complex[AnyArray, "s c b 3 3"]

    axes: ClassVar[tuple[str, ...]] = ("component", "channel", "bin", "flavour", "flavour'")

    def counts(self, operators: Complex[AnyArray, "c 3 3"]) -> Float[AnyArray, "s b"]:
        """Expected counts of every component in every bin, for the `operators` of a neutrino."""
        return jnp.einsum("scbij,cji->sb", self.W, operators).real


def E_min(T: Float[AnyArray, "*t"], mass: float) -> Float[AnyArray, "*t"]:
    r"""Least neutrino energy for a recoil T, :math:`(T+\sqrt{T^2+2mT})/2` [MeV]."""
    return (T + (T**2 + 2 * mass * T) ** 0.5) / 2


def T_max(E: NDArray[np.float64], mass: float) -> NDArray[np.float64]:
    """Largest recoil of a neutrino of energy E, 2 E^2/(m + 2 E) [MeV]."""
    return 2 * E**2 / (mass + 2 * E)


def recoil_nodes(
    beam: Beam, process: Process, detector: Detector, *, refine: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes T [MeV] and weights of the T integral, padded with zero weights to a multiple of 64.

    Panels end where the integrand is not smooth (atomic edges, the recoil endpoints of lines and spectra, kinks of
    the response) and are no wider than the resolution or than a quarter of T; `refine` divides them further.

    Raises
    ------
    OutOfRange
        If no neutrino of the beam can reach the lowest bin.
    """
    low, high = detector.recoil_range()
    ends = T_max(np.concatenate([beam.endpoints, beam.line_energies]), process.mass)
    highest = float(ends.max(initial=0.0))
    if highest <= low:
        raise OutOfRange("lowest recoil energy counted [MeV]", low, 0, highest)
    high = min(high, highest)
    breaks = np.concatenate([ends, np.asarray(process.edges), detector.kinks()])
    octaves = np.geomspace(low, high, int(np.ceil(np.log2(high / low))) + 1)
    breaks = np.unique(np.concatenate([octaves, breaks[(breaks > low) & (breaks < high)]]))
    relative = np.asarray(detector.resolution.sigma(breaks)) / breaks
    relative = np.where(relative > 0, np.minimum(relative, _WIDEST), _WIDEST)
    ratio = np.minimum(relative[:-1], relative[1:])
    counts = refine * np.ceil(np.log(breaks[1:] / breaks[:-1]) / np.log1p(ratio)).astype(int)
    panels = [
        np.geomspace(a, b, min(n, _MOST_PANELS) + 1)[1:]
        for a, b, n in zip(breaks[:-1], breaks[1:], counts, strict=True)
    ]
    edges = np.concatenate([breaks[:1], *panels])
    x, w = np.polynomial.legendre.leggauss(_PANEL_NODES)
    half = np.diff(edges)[:, None] / 2
    T = ((edges[:-1] + edges[1:])[:, None] / 2 + half * x).ravel()
    weights = (half * w).ravel()
    missing = -len(T) % _PADDING
    return np.concatenate([T, np.full(missing, T[-1])]), np.concatenate([weights, np.zeros(missing)])


def _pack(matrix: Complex[AnyArray, "*a 3 3"]) -> Float[AnyArray, "*a 9"]:
    """Nine real numbers of Hermitian matrices."""
    upper = jnp.stack([matrix[..., 0, 1], matrix[..., 0, 2], matrix[..., 1, 2]], axis=-1)
    diagonal = jnp.diagonal(matrix, axis1=-2, axis2=-1).real
    return jnp.concatenate([diagonal, upper.real, upper.imag], axis=-1)


def _unpack(packed: Float[AnyArray, "*a 9"]) -> Complex[AnyArray, "*a 3 3"]:
    """Inverse of `_pack`."""
    ee, mm, tt = (packed[..., i].astype(complex) for i in range(3))
    em, et, mt = (packed[..., 3 + i] + 1j * packed[..., 6 + i] for i in range(3))
    rows = [[ee, em, et], [em.conj(), mm, mt], [et.conj(), mt.conj(), tt]]
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def _cell(a: AnyArray, b: AnyArray, f_a: AnyArray, f_b: AnyArray) -> AnyArray:
    """Integrals of E^-p f(E) over cells [a, b] for p = 0, 1, 2; f linear, (..., 9) -> (..., 3, 9)."""
    step = jnp.where(b > a, b - a, 1.0)
    slope = jnp.where((b > a)[..., None], (f_b - f_a) / step[..., None], 0.0)
    offset = f_a - slope * a[..., None]
    log = jnp.log1p((b - a) / a)
    integrals = [
        (b - a)[..., None] * (f_a + f_b) / 2,
        offset * log[..., None] + slope * (b - a)[..., None],
        offset * ((b - a) / (a * b))[..., None] + slope * log[..., None],
    ]
    return jnp.stack(integrals, axis=-2)


def _moments(E: AnyArray, f: AnyArray, E_line: AnyArray, line: AnyArray, least: AnyArray) -> AnyArray:
    """Cumulative moments of one component above the energies `least` (t,): (t, 3, 9)."""
    E = jnp.maximum(E, 1e-9)
    cells = _cell(E[:-1], E[1:], f[:-1], f[1:])
    above = jnp.concatenate([jnp.cumsum(cells[::-1], axis=0)[::-1], jnp.zeros_like(cells[:1])])
    start = jnp.clip(least, E[0], E[-1])
    j = jnp.clip(jnp.searchsorted(E, start, side="right", method="compare_all") - 1, 0, len(E) - 2)
    a, b = E[j], E[j + 1]
    fraction = jnp.where(b > a, (start - a) / jnp.where(b > a, b - a, 1.0), 0.0)[:, None]
    continuum = above[j + 1] + _cell(start, b, f[j] + fraction * (f[j + 1] - f[j]), f[j + 1])
    powers = E_line[:, None] ** -jnp.arange(_MOMENTS)
    reached = (E_line >= least[:, None]).astype(E.dtype)
    return continuum + jnp.einsum("tl,lp,lx->tpx", reached, powers, line)


@eqx.filter_jit
def _fold(
    beam: Beam, process: Process, detector: Detector, T: Float[AnyArray, " t"], weights: Float[AnyArray, " t"]
) -> Complex[AnyArray, "s c b 3 3"]:
    kernels = process.kernels(T)[np.array(beam.antineutrino, dtype=int)]
    response = detector.response(T) * weights
    moments = jax.vmap(partial(_moments, least=E_min(T, process.mass)))(
        beam.E, _pack(beam.density), beam.E_line, _pack(beam.line)
    )
    s, c, _, t = kernels.shape
    integrand = jnp.einsum("scpt,stpx->tscx", kernels, moments).reshape(t, -1)
    return _unpack(jnp.moveaxis((response @ integrand).reshape(-1, s, c, 9), 0, 2))


def fold(beam: Beam, process: Process, detector: Detector, *, exposure: float, refine: int = 1) -> Response:
    """Response of `detector` to `beam` through `process`.

    Parameters
    ----------
    beam : Beam
    process : Process
        For example `nudipole.interactions.ElectronScattering`.
    detector : Detector
    exposure : float
        Target mass times live time, in natural units (dimensionless: MeV times MeV^-1).
    refine : int
        Divides the panels of the T integral; 2 changes no bin by more than 1e-4.

    Returns
    -------
    Response
        Expected counts per unit operator.
    """
    if not exposure > 0:
        raise OutOfRange("exposure", exposure, 0)
    T, weights = recoil_nodes(beam, process, detector, refine=refine)
    W = _fold(beam, process, detector, T, weights * (exposure / process.target_mass))
    return Response(beam.components, process.channels, W)

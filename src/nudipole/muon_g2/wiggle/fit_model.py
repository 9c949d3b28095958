r"""The fitted function of a wiggle plot, in coordinates in which fits behave.

Inside a fit the five parameters are :math:`x = (\ln n, c, s, l, w)` at a reference time :math:`t_r` in the middle of
the statistics,

.. math:: \mu = n\,e^{-(t - t_r)/\tau}\,\big[1 + \mathrm{Re}\,(c + is)\,e^{i\omega_a(t - t_r)}\big], \qquad
   \tau = \tau_0 e^{l}, \quad \omega_a = \omega_0(1 + w),

which is linear in n, nc and ns, has no phase that could be undefined, and hardly any correlation between frequency and
phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.muon_g2.decay import precession
from nudipole.muon_g2.wiggle.expected import MICROSECOND, bin_average, check_times
from nudipole.numerics import jax, jnp

Numbers = NDArray[np.float64]

#: The five parameters, as fits report them.
FIVE = ("N0", "tau", "A", "omega_a", "phi")
#: Widest bin of time in which an oscillation is fitted, in half periods.
LEAST_RESOLVED = 0.9
#: Terms that a fit may add, and the parameters of each.
TERMS = {
    "pileup": ("pileup",),
    "loss": ("loss",),
    "cbo": ("A_cbo", "tau_cbo", "omega_cbo", "phi_cbo"),
}


class Frame(NamedTuple):
    """What a compiled fit knows of a `Window`, as arrays.

    Attributes
    ----------
    t : (t,)
        Centres of the bins that are fitted.
    width, reference : float
        Of every bin; the reference time, which is the mean time of a decay in a long window.
    tau, omega_a, loss_time, tau_cbo, omega_cbo : float
        As in `Window`.
    """

    t: Any
    width: Any
    reference: Any
    tau: Any
    omega_a: Any
    loss_time: Any
    tau_cbo: Any
    omega_cbo: Any

    @property
    def s(self) -> Any:
        """Times from the reference in units of tau."""
        return (self.t - self.reference) / self.tau

    @property
    def reach(self) -> Any:
        """Angle in one lifetime."""
        return self.omega_a * self.tau


@dataclass(frozen=True)
class Window:
    """Bins of time, and the frequencies around which fits look.

    Attributes
    ----------
    edges : (t + 1,)
        Equally spaced [MeV^-1].
    tau, omega_a : float
        Reference values: a fit need not end near, but begins there [MeV^-1, MeV].
    loss_time : float
        Time constant of the lost muons, which is not fitted [MeV^-1].
    tau_cbo, omega_cbo : float
        Where the fit of the CBO begins.
    used : (t,) bool, optional
        Which bins are fitted, if not all: arrays of counts have these alone.

    Raises
    ------
    NudipoleError
        If times are not equally spaced, or do not suffice for a fit.

    Examples
    --------
    >>> Window(np.arange(30.0, 230.0, 0.15) * MICROSECOND).bins
    1333
    """

    edges: Numbers
    tau: float = precession.tau_lab
    omega_a: float = precession.omega_a()
    loss_time: float = 100 * MICROSECOND
    tau_cbo: float = 150 * MICROSECOND
    omega_cbo: float = 2.3 / MICROSECOND
    used: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        check_times(self.edges)
        if self.used is not None and len(self.used) != len(self.edges) - 1:
            raise NudipoleError(f"{len(self.used)} marks of bins that are used: one is due for each of them")
        if self.bins < 11:
            raise NudipoleError(f"{self.bins} bins of time are left: a fit needs more than ten")
        half, width = np.pi / self.omega_a, float(self.edges[1] - self.edges[0])
        if width > LEAST_RESOLVED * half:
            wide, period = (f"{digits.number(time / MICROSECOND)} us" for time in (width, 2 * half))
            raise NudipoleError(
                f"time bins of {wide} do not resolve a period of {period}: write narrower ones, for example 0.15 us"
            )

    @property
    def bins(self) -> int:
        """Number of bins that are fitted."""
        return len(self.edges) - 1 if self.used is None else int(np.count_nonzero(self.used))

    def on_grid(self, values: NDArray[Any], fill: float = 0.0) -> NDArray[Any]:
        """Values (..., bins) of the bins that are fitted, among all bins."""
        if self.used is None:
            return values
        found = np.full((*values.shape[:-1], len(self.used)), fill, dtype=np.result_type(values, type(fill)))
        found[..., self.used] = values
        return found

    @property
    def frame(self) -> Frame:
        """As arrays."""
        t = (self.edges[1:] + self.edges[:-1]) / 2
        return Frame(
            t if self.used is None else t[self.used],
            float(self.edges[-1] - self.edges[0]) / (len(self.edges) - 1),
            float(self.edges[0]) + self.tau,
            self.tau,
            self.omega_a,
            self.loss_time,
            self.tau_cbo,
            self.omega_cbo,
        )


def parameter_names(terms: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of all parameters of a fit.

    Raises
    ------
    UnknownName
        If a term is none of `TERMS`.
    """
    for term in terms:
        if term not in TERMS:
            raise UnknownName("term", term, TERMS)
    return FIVE + tuple(name for term in TERMS if term in terms for name in TERMS[term])


def _parts(x: Float[Array, " p"], s: Float[Array, "*t"], reach: Any) -> tuple[Array, Array]:
    """Decay n e^-..., and oscillation c cos - s sin."""
    angle = reach * (1 + x[4]) * s
    return jnp.exp(x[0] - s * jnp.exp(-x[3])), x[1] * jnp.cos(angle) - x[2] * jnp.sin(angle)


def five(x: Float[Array, " 5"], frame: Frame) -> Float[Array, " t"]:
    """Counts at the centres of bins."""
    decay, oscillation = _parts(x, frame.s, frame.reach)
    return decay * (1 + oscillation)


def extended(
    x: Float[Array, " p"], pairs: Float[Array, " 3"], frame: Frame, terms: tuple[str, ...]
) -> Float[Array, " t"]:
    """Counts with pile-up, lost muons and CBO, averaged over bins by three Gauss-Legendre nodes.

    Parameters
    ----------
    x : Float[Array, "p"]
        The five coordinates; then, for the `terms`: pile-up fraction; lost fraction; cos and sin amplitude of the CBO,
        ln of its lifetime and relative shift of its frequency.
    pairs : Float[Array, "3"]
        Pile-up over the positrons of this bin: coefficients of 1, cos and cos^2.
    """
    nodes, weights = np.polynomial.legendre.leggauss(3)
    t = frame.t[:, None] + frame.width / 2 * nodes
    decay, oscillation = _parts(x, (t - frame.reference) / frame.tau, frame.reach)
    rate = 1 + oscillation
    k = 5
    if "pileup" in terms:
        # The template knows the asymmetry; of the oscillation only the phase is taken.
        size = jnp.sqrt(x[1] ** 2 + x[2] ** 2 + 1e-30)
        c = oscillation / size
        fall = jnp.exp(-t / frame.tau * jnp.exp(-x[3]))
        rate = rate + x[k] * fall * (pairs[0] + pairs[1] * c + pairs[2] * c**2)
        k += 1
    if "loss" in terms:
        rate = rate * (1 + x[k] * jnp.expm1(-t / frame.loss_time))
        k += 1
    if "cbo" in terms:
        angle = frame.omega_cbo * (1 + x[k + 3]) * t
        fall = jnp.exp(-t / frame.tau_cbo * jnp.exp(-x[k + 2]))
        rate = rate * (1 + fall * (x[k] * jnp.cos(angle) - x[k + 1] * jnp.sin(angle)))
    return decay * rate @ jnp.asarray(weights / 2)


def reported(x: Float[Array, " p"], frame: Frame, terms: tuple[str, ...]) -> Float[Array, " p"]:
    """N0, tau, A >= 0, omega_a, phi in (-pi, pi] and the parameters of the terms, from the coordinates of a fit.

    Where the fit is one at the centres of bins (no terms), the averages over bins are put in here, exactly.
    """
    tau, omega = frame.tau * jnp.exp(x[3]), frame.omega_a * (1 + x[4])
    flat, round_ = (1.0, jnp.ones((), complex)) if terms else bin_average(tau, omega, frame.width, jnp)
    N0 = jnp.exp(x[0] + frame.reference / tau) / flat
    phasor = (x[1] + 1j * x[2]) * jnp.exp(-1j * omega * frame.reference) * flat / round_
    out = [N0, tau, jnp.abs(phasor), omega, jnp.angle(phasor)]
    k = 5
    for term in ("pileup", "loss"):
        if term in terms:
            out.append(x[k])
            k += 1
    if "cbo" in terms:
        out += [
            jnp.hypot(x[k], x[k + 1]),
            frame.tau_cbo * jnp.exp(x[k + 2]),
            frame.omega_cbo * (1 + x[k + 3]),
            jnp.arctan2(x[k + 1], x[k]),
        ]
    return jnp.stack(out)


def report(x: Numbers, inverse: Numbers, window: Window, terms: tuple[str, ...] = ()) -> tuple[Numbers, Numbers]:
    """Parameters and their covariances from coordinates and theirs, for many fits at once.

    Parameters
    ----------
    x : (r, p)
    inverse : (r, p, p)
        Covariance of x.

    Returns
    -------
    values : (r, p)
    covariance : (r, p, p)
    """
    values, slopes = _report(jnp.asarray(x), window.frame, terms)
    J = np.asarray(slopes)
    return np.array(values), J @ np.asarray(inverse) @ np.swapaxes(J, -1, -2)


@partial(jax.jit, static_argnums=2)
def _report(x: Float[Array, "r p"], frame: Frame, terms: tuple[str, ...]) -> tuple[Array, Array]:
    def one(y: Array) -> Array:
        return reported(y, frame, terms)

    return jax.vmap(one)(x), jax.vmap(jax.jacfwd(one))(x)

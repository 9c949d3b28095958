r"""Wiggle plots: positrons against time, energy bin by energy bin, expected and sampled.

.. math:: n(E, t) = N_0\,e^{-t/\tau}\,\{N(y) + P\,N A(y)\cos[\omega_a(E)\,t + \phi]\}, \qquad
   \omega_a(E) = \omega_a\,[1 + \delta a_\mu(E)/a_\mu]

in bins of energy and time, with as options pile-up, lost muons and the coherent betatron oscillation (CBO). Histograms
are sampled bin by bin, so that 1e11 positrons take no longer than 1e6.

Times are in MeV^-1 and frequencies in MeV, as everything with hbar = 1; `MICROSECOND` converts.

References
----------
Muong-2:2006rrc Secs. II and V; Muong-2:2021vma Secs. IV and V
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.muon_g2.decay import precession
from nudipole.muon_g2.decay.spectrum import N_A, E_max, N, energy_integrals
from nudipole.muon_g2.wiggle import settings

Numbers = NDArray[np.float64]

#: One microsecond [MeV^-1] and one GeV [MeV].
MICROSECOND: float = 1e-6 * const.second
GEV = 1e3
#: Largest number of cells of a histogram: 2 GB.
MOST_CELLS = 250_000_000
MOST_POSITRONS = 1e15
#: Gauss-Legendre nodes: over an energy bin (exact for N and N A, which are cubic polynomials), and over a time bin
#: (an error of 1e-9 of the oscillation for bins of 0.15 us).
_ENERGY_NODES, _TIME_NODES = 8, 3


class PileUp(NamedTuple):
    """Two positrons that count as one of their summed energy.

    Attributes
    ----------
    fraction : float
        Probability at t = 0 that another positron follows within the dead time; it falls as exp(-t/tau).

    Examples
    --------
    >>> PileUp(0.01).fraction
    0.01
    """

    fraction: float


class Loss(NamedTuple):
    """Muons that leave the ring: a factor 1 - fraction [1 - exp(-t/time)].

    Attributes
    ----------
    fraction : float
        Lost after a long time.
    time : float
        [MeV^-1]

    Examples
    --------
    >>> Loss(fraction=0.02, time=100 * MICROSECOND).fraction
    0.02
    """

    fraction: float
    time: float = settings.LOSS_TIME


class Cbo(NamedTuple):
    """Coherent betatron oscillation of the beam: a factor 1 + amplitude exp(-t/time) cos(omega t + phase).

    Attributes
    ----------
    amplitude : float
    time : float
        [MeV^-1]
    omega : float
        [MeV]
    phase : float
        [rad]

    Examples
    --------
    >>> Cbo(amplitude=0.01, time=150 * MICROSECOND, omega=2.3 / MICROSECOND, phase=0.0).amplitude
    0.01
    """

    amplitude: float
    time: float = settings.CBO_TIME
    omega: float = settings.CBO_OMEGA
    phase: float = 0.0


@dataclass(frozen=True)
class Setup:
    """What is to be simulated.

    Attributes
    ----------
    positrons : float
        Expected number in all bins together, before pile-up, losses and CBO.
    energy_edges : (k + 1,)
        [MeV], rising; the last bin may reach above `E_max`.
    time_edges : (t + 1,)
        [MeV^-1], equally spaced.
    omega_a : float
        Frequency without shift [MeV].
    tau : float
        Lifetime in the laboratory [MeV^-1].
    phase, polarisation : float
        Of the wiggle [rad], and of the muons, from 0 to 1.
    shift : callable or None
        Relative shift of omega_a, delta_a_mu(E)/a_mu, at energies [MeV].
    pileup, loss, cbo : optional

    Raises
    ------
    OutOfRange
        If a number of positrons, a polarisation, a fraction or an amplitude has no meaning.
    NudipoleError
        If edges are none, or there are too many bins.

    Examples
    --------
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> setup = Setup(1e6, np.array([1700.0, 3100.0]), times)
    >>> print(f"{precession.hertz(setup.omega_a):.0f} Hz")
    229073 Hz
    """

    positrons: float
    energy_edges: Numbers
    time_edges: Numbers
    omega_a: float = precession.omega_a()
    tau: float = precession.tau_lab
    phase: float = 0.0
    polarisation: float = 1.0
    shift: Callable[[Numbers], Numbers] | None = None
    pileup: PileUp | None = None
    loss: Loss | None = None
    cbo: Cbo | None = None

    def __post_init__(self) -> None:
        if not 0 < self.positrons <= MOST_POSITRONS:
            raise OutOfRange("positrons", self.positrons, 0, MOST_POSITRONS, inside=True)
        if not 0 <= self.polarisation <= 1:
            raise OutOfRange("polarisation", self.polarisation, 0, 1)
        check_energies(self.energy_edges)
        check_times(self.time_edges)
        cells = (len(self.energy_edges) - 1) * (len(self.time_edges) - 1)
        if cells > MOST_CELLS:
            raise NudipoleError(
                f"{digits.number(cells)} bins of energy and time: at most {digits.plain(MOST_CELLS)}, write wider ones"
            )
        fractions = {
            "pile-up fraction": self.pileup.fraction if self.pileup else 0.0,
            "lost fraction": self.loss.fraction if self.loss else 0.0,
            "CBO amplitude": abs(self.cbo.amplitude) if self.cbo else 0.0,
        }
        for name, value in fractions.items():
            if not 0 <= value < 0.5:
                raise OutOfRange(name, value, 0, 0.5)


def check_energies(edges: Numbers) -> None:
    """Raise `NudipoleError` unless energies rise, begin at 0 or above, and every bin begins below `E_max`."""
    if len(edges) < 2 or not np.all(np.isfinite(edges)) or not np.all(np.diff(edges) > 0):
        raise NudipoleError("energy bins must rise, and there must be one at least")
    if edges[0] < 0 or edges[-2] >= E_max:
        low, high, most = *map(digits.plain, edges[[0, -1]] / GEV), digits.number(E_max / GEV, 4)
        raise NudipoleError(
            f"energy bins from {low} to {high} GeV: positrons have between 0 and {most} GeV, and every "
            "bin must begin within"
        )


def check_times(edges: Numbers) -> None:
    """Raise `NudipoleError` unless times are equally spaced, begin at 0 or above, and suffice for a fit."""
    steps = np.diff(edges)
    if len(edges) < 12 or not np.all(np.isfinite(edges)) or not np.all(steps > 0) or edges[0] < 0:
        raise NudipoleError("time bins must rise from 0 or later, and there must be more than ten")
    if np.ptp(steps) > 1e-6 * steps[0]:
        raise NudipoleError("time bins must have equal widths")


def bin_average(tau: Any, omega: Any, width: float, xp: Any = np) -> tuple[Any, Any]:
    r"""What averaging over a bin does to the exponential and to the oscillation at its centre.

    .. math:: \langle e^{zt}\rangle = e^{z t_i}\,\frac{\sinh(z\Delta/2)}{z\Delta/2}, \qquad
       z = -1/\tau \text{ and } z = -1/\tau + i\omega

    Factors of equal bins are the same: a fit at the centres is exact once N0, A and phi are corrected by them.
    """
    real = -width / (2 * tau)
    both = real + 0.5j * omega * width
    return xp.sinh(real) / real, xp.sinh(both) / both


def gauss_nodes(low: Numbers, high: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Gauss-Legendre nodes and weights of intervals, each (intervals, count)."""
    x, w = np.polynomial.legendre.leggauss(count)
    half = (high - low)[:, None] / 2
    return (high + low)[:, None] / 2 + half * x, half * w


def pileup_coefficients(energy_edges: Numbers, polarisation: float = 1.0) -> Numbers:
    r"""Time structure of pile-up in energy bins, in units of all positrons of all energies.

    .. math:: \Delta n(y, t) = p\,e^{-2t/\tau}\,[(N\!*\!N - 2N) + 2P\,(N\!*\!N A - N A)\cos\psi
       + P^2\,(N A\!*\!N A)\cos^2\psi]

    (two positrons are lost, one of their summed energy is gained).

    Parameters
    ----------
    energy_edges : (k + 1,)
        [MeV]

    Returns
    -------
    (k, 3)
        Coefficients of 1, cos and cos^2.
    """
    y, w = gauss_nodes(energy_edges[:-1] / E_max, energy_edges[1:] / E_max, 2 * _ENERGY_NODES)
    shape = y.shape
    x, v = gauss_nodes(np.maximum(0, y.ravel() - 1), np.minimum(1, y.ravel()), _ENERGY_NODES)
    rest = y.ravel()[:, None] - x

    def folded(f: Callable[[Numbers], Numbers], g: Callable[[Numbers], Numbers]) -> Numbers:
        product: Numbers = np.sum(v * f(x) * g(rest), axis=1).reshape(shape)
        return product

    P = polarisation
    flat = folded(N, N) - 2 * N(y)
    once = 2 * P * (folded(N, N_A) - N_A(y))
    twice = P**2 * folded(N_A, N_A)
    return np.stack([np.sum(w * f, axis=1) for f in (flat, once, twice)], axis=1)


def fractions(energy_edges: Numbers, polarisation: float = 1.0) -> tuple[Numbers, Numbers]:
    """Fraction of all positrons in each energy bin, and their asymmetry."""
    low, high = energy_edges[:-1] / E_max, energy_edges[1:] / E_max
    mean_N, mean_NA = energy_integrals(low, high)
    return np.asarray(mean_N * (high - low)), polarisation * np.asarray(mean_NA / mean_N)


def expected(setup: Setup) -> Numbers:
    """Expected counts, exact in energy and time; with pile-up, losses or CBO to 1e-8 of the counts.

    Returns
    -------
    (k, t)
    """
    edges, times = setup.energy_edges, setup.time_edges
    y, w = gauss_nodes(edges[:-1] / E_max, np.minimum(edges[1:] / E_max, 1.0), _ENERGY_NODES)
    omega = np.full(y.shape, setup.omega_a)
    if setup.shift is not None:
        omega = omega * (1 + np.asarray(setup.shift(y * E_max)))
    share = np.sum(w * N(y), axis=1)
    weight = setup.polarisation * w * N_A(y)
    width = float(times[1] - times[0])
    plain = setup.pileup is None and setup.loss is None and setup.cbo is None
    t, dt = gauss_nodes(times[:-1], times[1:], 1 if plain else _TIME_NODES)
    flat, round_ = bin_average(setup.tau, omega, width) if plain else (1.0, np.ones(omega.shape))
    counts = np.empty((len(share), len(times) - 1))
    # One decay in the window of time, all energies: what positrons are counted in.
    window = setup.tau * (math.exp(-times[0] / setup.tau) - math.exp(-times[-1] / setup.tau))
    all_energies = setup.positrons / (float(np.sum(share)) * window)
    pairs = pileup_coefficients(edges, setup.polarisation)
    fall = np.exp(-t / setup.tau)
    for k in range(len(share)):
        phasors = (weight[k] * round_[k])[:, None, None] * np.exp(1j * (omega[k][:, None, None] * t + setup.phase))
        rate = fall * (share[k] * flat + np.sum(phasors.real, axis=0))
        if not plain:
            rate = _with_beam(setup, rate, t, fall, pairs[k])
        counts[k] = np.sum(rate * dt, axis=1)
    return np.maximum(counts * all_energies, 0.0)


def _with_beam(setup: Setup, rate: Numbers, t: Numbers, fall: Numbers, pairs: Numbers) -> Numbers:
    """Rate with what beam and detector add to it."""
    if setup.pileup is not None:
        c = np.cos(setup.omega_a * t + setup.phase)
        rate = rate + setup.pileup.fraction * fall**2 * (pairs[0] + pairs[1] * c + pairs[2] * c**2)
    if setup.loss is not None:
        rate = rate * (1 - setup.loss.fraction * -np.expm1(-t / setup.loss.time))
    if setup.cbo is not None:
        cbo = setup.cbo
        rate = rate * (1 + cbo.amplitude * np.exp(-t / cbo.time) * np.cos(cbo.omega * t + cbo.phase))
    return rate


def simulate(setup: Setup, seed: int, experiments: int | None = None) -> NDArray[np.int64]:
    """Poisson numbers in every bin.

    Parameters
    ----------
    setup : Setup
    seed : int
        Not negative: the same seed gives the same counts with the same version of NumPy.
    experiments : int, optional
        How many pseudo-experiments.

    Returns
    -------
    (k, t) or (experiments, k, t)

    Raises
    ------
    OutOfRange
        If the seed is negative.
    NudipoleError
        If there are too many bins in all.

    Examples
    --------
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> setup = Setup(1e6, np.array([1700.0, 3100.0]), times)
    >>> simulate(setup, seed=1).shape, simulate(setup, seed=1, experiments=3).shape
    ((1, 1333), (3, 1, 1333))
    """
    if seed < 0:
        raise OutOfRange("seed", seed, 0)
    mean = expected(setup)
    if (experiments or 1) * mean.size > MOST_CELLS:
        raise NudipoleError(f"{experiments} experiments of {mean.size} bins: at most {digits.plain(MOST_CELLS)} in all")
    size = mean.shape if experiments is None else (experiments, *mean.shape)
    counts: NDArray[np.int64] = np.random.default_rng(seed).poisson(mean, size)
    return counts

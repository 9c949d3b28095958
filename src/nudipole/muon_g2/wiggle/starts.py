r"""Where fits of wiggle plots begin when the nominal frequency is not that of the data.

The lifetime follows from the mean time of the positrons, the frequency from the spectrum of what an exponential leaves
over. With its variance that exponential, the decrease of chi2 by an oscillation of frequency omega is

.. math:: \Delta\chi^2(\omega) = \frac{2}{\sum_i\mu_i}\,\Big|\sum_i(n_i - \mu_i)\,e^{i\omega t_i}\Big|^2,

a Fourier transform: all frequencies that the bins resolve are looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole.muon_g2.wiggle.fit_model import LEAST_RESOLVED, Window

Numbers = NDArray[np.float64]

#: Points of the spectrum for each that the data have: the nearest one is a fortieth of a turn away at the ends.
_FINER = 8
#: Shortest and longest lifetimes, relative to the nominal one, and the most of them that a window may hold.
_LIFETIMES, _MOST_LIFETIMES = (0.05, 20.0), 300.0
#: Periods in the window (or in three lifetimes, if that is shorter) at least.
_PERIODS = 2
#: How often gaps are filled before the mean time is taken.
_FILLINGS = 10
#: Relative width of the band around the betatron oscillation in which no omega_a is looked for.
_BEAM = 0.1


class Peak(NamedTuple):
    """The largest oscillation in a spectrum.

    Attributes
    ----------
    omega : float
        [MeV]
    gain : float
        Decrease of chi2.
    near_gain : float
        The largest one within three per cent of the nominal frequency.
    trials : int
        Independent frequencies that were looked at.
    """

    omega: float
    gain: float
    near_gain: float
    trials: int

    @property
    def elsewhere(self) -> bool:
        """Whether the data oscillate, and not near the nominal frequency: by five sigma after all trials."""
        return bool(self.gain - self.near_gain > 25 + 2 * np.log(self.trials))


def lifetime(n: Numbers, window: Window) -> float:
    """Lifetime of the exponential whose mean time is that of the counts (t,) [MeV^-1].

    Of the mean time in units of the window, m(k) = 1/k - 1/(e^k - 1) with k the window in lifetimes. Bins that are left
    out are filled with what the exponential has there, a few times.
    """
    t = (window.edges[1:] + window.edges[:-1]) / 2 - window.edges[0]
    length = float(window.edges[-1] - window.edges[0])
    longest, shortest = length / window.tau / _LIFETIMES[1], length / window.tau / _LIFETIMES[0]
    k = np.geomspace(longest, min(shortest, _MOST_LIFETIMES), 400)
    whole, tau = window.on_grid(n), window.tau
    for _ in range(1 if window.used is None else _FILLINGS):
        if window.used is not None:
            fall = np.exp(-t / tau)
            whole = np.where(window.used, whole, max(float(n.sum()), 0.0) * fall / fall[window.used].sum())
        total = float(whole.sum())
        mean = float(whole @ t) / (total * length) if total > 0 else 0.5
        tau = length / float(np.interp(-mean, 1 / np.expm1(k) - 1 / k, k))
    return tau


def peak(n: Numbers, window: Window, tau: float, *, beam: bool = False) -> Peak:
    """The largest oscillation of counts (t,) around an exponential of lifetime `tau`.

    Parameters
    ----------
    n : (t,)
    window : Window
    tau : float
        [MeV^-1]
    beam : bool
        Whether the fit has a term for the betatron oscillation, whose frequency is then none of omega_a.
    """
    frame = window.frame
    total = max(float(np.abs(n).sum()), 1.0)
    s = (frame.t - frame.t[0]) / tau
    fall = np.exp(-s)
    # With what varies slowly besides (losses, another lifetime), which would look like a low frequency.
    root = np.sqrt(fall)
    slow = np.stack([root, root * s, root * s**2], axis=1)
    rest = n - root * (slow @ np.linalg.lstsq(slow, n / root, rcond=None)[0])
    rest = window.on_grid(rest)
    points = _FINER * 2 ** int(np.ceil(np.log2(len(rest))))
    gain = 2 / total * np.abs(np.fft.rfft(rest, points)) ** 2
    omega = 2 * np.pi * np.fft.rfftfreq(points, frame.width)
    length = min(len(rest) * frame.width, 3 * tau)
    resolved = (omega > _PERIODS * 2 * np.pi / length) & (omega < LEAST_RESOLVED * np.pi / frame.width)
    if beam:
        resolved &= np.abs(omega / window.omega_cbo - 1) > _BEAM
    near = np.abs(omega / window.omega_a - 1) < 0.03
    if not np.any(resolved):
        return Peak(window.omega_a, 0.0, 0.0, 1)
    best = int(np.argmax(np.where(resolved, gain, -1.0)))
    trials = max(1, int(np.ptp(omega[resolved]) * tau))
    return Peak(float(omega[best]), float(gain[best]), float(np.max(gain[near], initial=0.0)), trials)


def coordinates(n: Numbers, window: Window, omega: float, tau: float) -> Numbers:
    """Coordinates (5,) of `fit_model` at a frequency and a lifetime, the others by a linear fit."""
    frame = window.frame
    s = frame.t - frame.reference
    fall = np.exp(-s / tau)
    root = np.sqrt(fall)
    basis = np.stack([root, root * np.cos(omega * s), -root * np.sin(omega * s)], axis=1)
    linear = np.linalg.lstsq(basis, n / root, rcond=None)[0]
    size = max(float(linear[0]), 1e-300)
    # An oscillation of more than the exponential would start with negative counts.
    c, d = linear[1:] / size * min(1.0, 0.9 * size / max(float(np.hypot(*linear[1:])), 1e-300))
    return np.array([np.log(size), c, d, np.log(tau / window.tau), omega / window.omega_a - 1])


def from_spectrum(n: Numbers, window: Window, *, beam: bool = False) -> Numbers:
    """Coordinates (r, 5) at the lifetime and at the largest oscillation of each row of counts (r, t)."""
    rows = []
    for row in n:
        tau = lifetime(row, window)
        rows.append(coordinates(row, window, peak(row, window, tau, beam=beam).omega, tau))
    return np.array(rows)


def window_of(n: Numbers, window: Window, *, beam: bool = False) -> Window:
    """The window of fits that begin near the lifetime and frequency of counts (t,), if those are not the nominal ones.

    Nominal values stay unless the data contradict them: the largest of many fluctuations is no frequency.
    """
    tau = lifetime(n, window)
    found = peak(n, window, tau, beam=beam)
    omega = found.omega if found.elsewhere else window.omega_a
    noise = 5 / np.sqrt(max(float(np.abs(n).sum()), 1.0))
    short = window.edges[-1] - window.edges[0] < window.tau
    tau = window.tau if short or abs(tau / window.tau - 1) < 0.05 + noise else tau
    return replace(window, tau=tau, omega_a=omega)

"""The five-parameter fit by Minuit, one data set at a time: the reference of the batched fits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import FitError
from nudipole.muon_g2.wiggle.fit_model import FIVE, Window
from nudipole.muon_g2.wiggle.fits import Fits

Numbers = NDArray[np.float64]


def minuit_fit(counts: NDArray[Any], window: Window, start: Numbers, *, tolerance: float = 1e-4) -> Fits:
    """Minimum of the Poisson deviance by Migrad, with the gradient by hand and NumPy.

    Parameters
    ----------
    counts : (t,)
    window : Window
    start : (5,)
        N0, tau, A, omega_a, phi.
    tolerance : float
        Of Migrad: its estimated distance to the minimum is below 2e-3 times this.

    Raises
    ------
    FitError
        If Migrad does not converge.
    """
    from iminuit import Minuit

    frame = window.frame
    t, tau0, omega0 = frame.t, window.tau, window.omega_a
    n = np.asarray(counts, dtype=np.float64)
    # Bin averages are put in at the end, as in `fits`.
    flat0, round0 = _averages(start[1], start[3], window)
    inner = np.array(start, dtype=float)
    inner[0] *= flat0
    phasor = start[2] * np.exp(1j * start[4]) * round0 / flat0
    inner[2], inner[4] = abs(phasor), np.angle(phasor)
    scale = np.array([inner[0], tau0, 1.0, omega0, 1.0])

    def parts(p: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        N0, tau, A, omega, phi = p * scale
        angle = omega * t + phi
        decay, c = N0 * np.exp(-t / tau), np.cos(angle)
        return decay, c, np.sin(angle), decay * (1 + A * c)

    def deviance(p: Numbers) -> float:
        mu = parts(p)[3]
        if np.any(mu <= 0):
            return 1e300
        r = (n - mu) / mu
        return float(2 * np.sum(mu * ((1 + r) * np.log1p(np.maximum(r, -1 + 1e-15)) - r)))

    def gradient(p: Numbers) -> Numbers:
        decay, c, s, mu = parts(p)
        _, tau, A, *_ = p * scale
        g = 2 * (1 - n / mu)
        turned = g * decay * A * s
        slopes = [g @ mu / p[0], g @ (mu * t) / tau**2 * tau0, (g * decay) @ c, -turned @ t * omega0, -np.sum(turned)]
        return np.array(slopes)

    first = inner / scale
    minuit = Minuit(deviance, first, grad=gradient, name=FIVE)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.tol = tolerance
    minuit.errors = _steps(n, inner, tau0, omega0)
    minuit.migrad()
    if not minuit.valid:
        raise FitError("Migrad did not converge", dict(zip(FIVE, minuit.values, strict=True)))
    values = np.array(minuit.values) * scale
    covariance = np.array(minuit.covariance) * scale[:, None] * scale
    flat, round_ = _averages(values[1], values[3], window)
    phasor = values[2] * np.exp(1j * values[4]) * flat / round_
    turn = np.array([1 / flat, 1, abs(flat / round_), 1, 1])
    values[0] /= flat
    values[2], values[4] = abs(phasor), np.angle(phasor)
    return Fits(
        FIVE,
        values[None],
        (covariance * turn[:, None] * turn)[None],
        np.array([float(minuit.fval)]),
        len(n) - 5,
        np.array([True]),
    )


def _averages(tau: float, omega: float, window: Window) -> tuple[Any, Any]:
    from nudipole.muon_g2.wiggle.expected import bin_average

    return bin_average(tau, omega, window.frame.width)


def _steps(n: Numbers, inner: Numbers, tau0: float, omega0: float) -> list[float]:
    """About one standard error each: Migrad's first steps."""
    total = float(n.sum())
    asymmetry = max(float(inner[2]), 0.01)
    one = 1 / np.sqrt(total)
    return [one, one, 1.5 * one, 1.5 * one / (asymmetry * omega0 * tau0), 1.5 * one / asymmetry]

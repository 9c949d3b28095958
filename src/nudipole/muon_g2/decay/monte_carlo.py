"""Muon decays one by one, in three dimensions: a check of the spectra that shares no formula with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.muon_g2.decay.precession import beta, gamma_magic


@dataclass(frozen=True)
class Decays:
    """Positrons of simulated decays.

    Attributes
    ----------
    E : array, shape (n,)
        Energy in the laboratory [MeV].
    cos_momentum : array, shape (n,)
        Cosine of the angle between positron and muon momentum, in the muon's rest frame.

    Examples
    --------
    >>> decays(10).cos_momentum.shape
    (10,)
    """

    E: NDArray[np.float64]
    cos_momentum: NDArray[np.float64]


def decays(
    number: int, *, spin: float = 0.0, polarisation: float = 1.0, gamma: float = gamma_magic, seed: int = 0
) -> Decays:
    """Simulate decays of mu+ in flight.

    Neutrino kinematics are not drawn: energy and direction of the positron come from the polarised Michel
    distribution about the spin by rejection, are turned into the frame of the momentum as three-vectors, and boosted as
    four-vectors with the electron's mass.

    Parameters
    ----------
    number : int
    spin : float
        Angle between spin and momentum [rad].
    polarisation : float
        Between -1 and 1.
    gamma : float
    seed : int

    Returns
    -------
    Decays

    Raises
    ------
    OutOfRange
        If the polarisation is outside [-1, 1].

    Examples
    --------
    Positrons along the spin have higher energies in the laboratory than those against it:

    >>> along, against = (decays(1000, spin=angle).E.mean() for angle in (0.0, np.pi))
    >>> bool(along > against)
    True
    """
    if not -1 <= polarisation <= 1:
        raise OutOfRange("polarisation", polarisation, -1, 1)
    random = np.random.default_rng(seed)
    x, cos = _michel(random, number, polarisation)
    around = random.uniform(0, 2 * np.pi, number)
    sin = np.sqrt(1 - cos**2)
    # Spin along z', momentum along z, both in the plane x-z: only the component along z is needed.
    along = cos * np.cos(spin) - sin * np.cos(around) * np.sin(spin)
    energy = np.maximum(x * (const.m_mu**2 + const.m_e**2) / (2 * const.m_mu), const.m_e)
    momentum = np.sqrt(energy**2 - const.m_e**2)
    return Decays(gamma * (energy + beta(gamma) * momentum * along), along)


def _michel(
    random: np.random.Generator, number: int, polarisation: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies and cosines to the spin, by rejection under the bound x^2 [3 - 2x + |2x - 1|] <= 2."""
    xs, cosines, missing = [], [], number
    while missing > 0:
        x, cos, u = random.random((3, 4 * missing + 16))
        cos = 2 * cos - 1
        kept = 2 * u < x**2 * (3 - 2 * x + polarisation * (2 * x - 1) * cos)
        xs.append(x[kept][:missing])
        cosines.append(cos[kept][:missing])
        missing -= len(xs[-1])
    return np.concatenate(xs), np.concatenate(cosines)

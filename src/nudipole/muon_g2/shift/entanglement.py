r"""Why what happens to the neutrinos afterwards cannot be seen in the positrons.

Positron and neutrinos are entangled at the decay. Whatever a magnetic field does to the neutrinos alone is a unitary
matrix U on their part of the state, and the positron's density matrix is traced over that part:

.. math:: \mathrm{Tr}_\nu[(1\otimes U)\,\rho\,(1\otimes U)^\dagger] = \mathrm{Tr}_\nu[\rho]

for every rho and U. An effect on the distribution of positrons would let the field send signals to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]


class Evolved(NamedTuple):
    """The state of Eq. (11) at one time.

    Attributes
    ----------
    periods : float
        Time in periods of the helicity.
    flipped : float
        Probability that two left-handed neutrinos are not both left-handed any more.
    forward : float
        Probability of the positron's first direction, traced over the helicities.
    moved : float
        Largest change of an amplitude.

    Examples
    --------
    >>> evolution([0.0])[0].flipped < 1e-12
    True
    """

    periods: float
    flipped: float
    forward: float
    moved: float


def reduced(state: Complex) -> Complex:
    """Density matrix of the positron.

    Parameters
    ----------
    state : array, shape (p, n)
        Amplitudes by states of the positron and of the neutrinos.

    Returns
    -------
    array, shape (p, p)

    Examples
    --------
    >>> entangled = np.sqrt(0.5) * np.eye(2)
    >>> reduced(entangled).round(12).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    return np.asarray(state @ state.conj().T)


def precessed(state: Complex, angles: tuple[float, float]) -> Complex:
    """The state after the spins of both neutrinos have turned about the field, each by its angle [rad].

    Parameters
    ----------
    state : array, shape (p, 4)
        The second index is the spins of two neutrinos along their momentum, across the field.
    angles : (float, float)

    Returns
    -------
    array, shape (p, 4)

    Examples
    --------
    >>> product = np.eye(1, 4, dtype=complex)
    >>> turned = precessed(product, (np.pi, 0.0))
    >>> abs(turned).round(12).tolist()
    [[0.0, 0.0, 1.0, 0.0]]
    """
    U = np.kron(_turn(angles[0]), _turn(angles[1]))
    return np.asarray(state @ U.T)


def evolution(periods: Sequence[float] = (0.0, 0.25, 0.5, 1.0), *, seed: int = 1) -> tuple[Evolved, ...]:
    r"""An entangled state that evolves by Eq. (11), and what is left of it after the trace of Eq. (12).

    .. math:: \Psi(t) = e^{-iH_s t}\,\Psi(0), \quad H_s = \tfrac12\,\delta E\,(\sigma_x^{(1)} + \sigma_x^{(2)}),
       \qquad |\Psi(t|p)|^2 = \sum_{s(t)} |\Psi(t|s, p)|^2

    with the spins of both neutrinos across the field and dE the splitting of one of them, by the eigenvectors of H.
    The positron has two directions, forward and backward, each entangled with other spins of the neutrinos.

    Parameters
    ----------
    periods : sequence of float
        Times in periods of the helicity, 2 pi/dE.
    seed : int
        Of the entangled state.

    Returns
    -------
    tuple of Evolved

    Examples
    --------
    >>> start, *_, half, full = evolution()
    >>> half.flipped > 0.5, abs(half.forward - start.forward) < 1e-12, abs(full.flipped) < 1e-12
    (True, True, True)
    """
    random = np.random.default_rng(seed)
    state = random.normal(size=(2, 4)) + 1j * random.normal(size=(2, 4))
    # All left-handed with one of the positron's directions, as nearly as an entangled state allows.
    state = np.diag([1.0, 0.6]) @ (0.2 * state + np.array([[3, 0, 0, 0], [0, 0, 0, 2]]))
    state /= np.linalg.norm(state)
    across = np.array([[0, 1], [1, 0]])
    H = (np.kron(across, np.eye(2)) + np.kron(np.eye(2), across)) / 2
    levels, vectors = np.linalg.eigh(H)
    found = []
    for t in periods:
        U = (vectors * np.exp(-2j * np.pi * levels * t)) @ vectors.T
        later = state @ U.T
        by_spins = np.abs(later) ** 2
        # What left-handed spins have turned into: those that were 00 are no longer.
        flipped = 1 - abs((U @ np.eye(4)[0])[0]) ** 2
        found.append(Evolved(t, float(flipped), float(by_spins[0].sum()), float(np.abs(later - state).max())))
    return tuple(found)


def largest_change(*, seed: int = 0, states: int = 100) -> float:
    """Largest change of any element of the positron's density matrix, over random entangled states and angles.

    Parameters
    ----------
    seed, states : int
        Of the random states, and their number.

    Returns
    -------
    float
        Rounding.

    Examples
    --------
    >>> largest_change(states=5) < 1e-12
    True
    """
    random = np.random.default_rng(seed)
    largest = 0.0
    for _ in range(states):
        state = random.normal(size=(2, 4)) + 1j * random.normal(size=(2, 4))
        state /= np.linalg.norm(state)
        first, second = random.uniform(0, 2 * np.pi, 2)
        change = np.abs(reduced(precessed(state, (first, second))) - reduced(state))
        largest = max(largest, float(change.max()))
    return largest


def _turn(angle: float) -> Complex:
    """Rotation of a spin about an axis across the one it is quantised along."""
    half = angle / 2
    return np.array([[np.cos(half), -1j * np.sin(half)], [-1j * np.sin(half), np.cos(half)]])

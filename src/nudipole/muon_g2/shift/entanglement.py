r"""Why what happens to the neutrinos afterwards cannot be seen in the positrons.

Positron and neutrinos are entangled at the decay. Whatever a magnetic field does to the neutrinos alone is a unitary
matrix U on their part of the state, and the positron's density matrix is traced over that part:

.. math:: \mathrm{Tr}_\nu[(1\otimes U)\,\rho\,(1\otimes U)^\dagger] = \mathrm{Tr}_\nu[\rho]

for every rho and U. An effect on the distribution of positrons would let the field send signals to them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]


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

r"""Spectra of beta decay, of allowed shape: antineutrinos of sources, electrons and positrons of backgrounds.

With T the kinetic energy, E = T + m_e the energy and p the momentum of the electron, and Q the end point of a branch,

.. math:: \frac{dN}{dT} \propto p\,E\,(Q-T)^2\,F(Z,T), \qquad E_\nu = Q - T

Screening, weak magnetism and radiative corrections are left out. So are the shape factors of forbidden decays, for
which the allowed shape is the usual approximation; it is a poor one for 210Bi and for unique decays such as 85Kr.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import loggamma

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName

#: Who carries the energy along the axis of a spectrum.
PARTICLES = ("neutrino", "electron")
#: Nodes of a spectrum; trapezoids between them integrate its shape to 1e-5.
_NODES = 401
#: Radius of a nucleus of A = 144 [MeV^-1]; it is a factor that drops out of normalised spectra.
_RADIUS = 6.3e-13 * const.cm


class Branch(NamedTuple):
    """One branch of a decay.

    Attributes
    ----------
    Q : float
        Kinetic energy that electron and neutrino share [MeV].
    Z : int
        Charge of the daughter.
    probability : float
        Per decay of the source.
    """

    Q: float
    Z: int
    probability: float


def momentum_times_fermi(
    T: NDArray[np.float64], Z: int, *, R: float = _RADIUS, positron: bool = False
) -> NDArray[np.float64]:
    r"""Momentum of the electron times the Fermi function, which stays finite at T = 0 where F diverges.

    .. math::

        F = 2(1+\gamma)\,(2pR)^{2(\gamma-1)}\,e^{\pi\eta}\,\frac{|\Gamma(\gamma+i\eta)|^2}{\Gamma(2\gamma+1)^2},
        \qquad \gamma = \sqrt{1-(\alpha Z)^2}, \quad \eta = \pm\frac{\alpha Z E}{p}

    Parameters
    ----------
    T : array
        Kinetic energy of the electron [MeV].
    Z : int
        Charge of the daughter.
    R : float
        Radius of the nucleus [MeV^-1].
    positron : bool
        The lower sign.

    Returns
    -------
    array
        [MeV]; at T = 0 the limit, which is zero for positrons.

    Raises
    ------
    OutOfRange
        If the charge is negative or alpha Z reaches one.

    References
    ----------
    Fermi:1934hr; in this form Huber:2011wv
    """
    if not 0 <= Z < 1 / const.alpha:
        raise OutOfRange("charge of the daughter", Z, 0, 1 / const.alpha)
    T = np.asarray(T, float)
    coupling = const.alpha * Z
    gamma = math.sqrt(1 - coupling**2)
    p = np.sqrt(T * (T + 2 * const.m_e))
    at_rest = p == 0
    moving = np.where(at_rest, 1.0, p)
    eta = (-coupling if positron else coupling) * (T + const.m_e) / moving
    constant = math.log(2 * (1 + gamma)) - 2 * math.lgamma(2 * gamma + 1)
    logarithm = 2 * (gamma - 1) * np.log(2 * moving * R) + np.pi * eta + 2 * loggamma(gamma + 1j * eta).real
    found = moving * np.exp(constant + logarithm)
    limit = 0.0
    if not positron and coupling > 0:
        # |Gamma(gamma + i eta)|^2 e^(pi eta) -> 2 pi eta^(2 gamma - 1)
        power = 2 * (gamma - 1) * math.log(2 * R) + (2 * gamma - 1) * math.log(coupling * const.m_e)
        limit = 2 * math.pi * math.exp(constant + power)
    return np.where(at_rest, limit, found)


@cache
def spectrum(
    Q: float, Z: int, *, particle: str = "neutrino", positron: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spectrum of one branch, normalised to one decay.

    Parameters
    ----------
    Q : float
        End point: the largest kinetic energy of the electron [MeV].
    Z : int
        Charge of the daughter.
    particle : {"neutrino", "electron"}
        Along whose (kinetic) energy: that of the antineutrino or of the electron; with `positron` that of the
        neutrino or of the positron.
    positron : bool
        Decay to a positron.

    Returns
    -------
    E, dN_dE : arrays of shape (401,)
        Nodes [MeV], from 0 to Q, and [MeV^-1], linear in between. Neutrinos of beta-minus decay end with a step,
        electrons begin with one.

    Raises
    ------
    OutOfRange
        If the end point is not positive, or `Z` outside of what the Fermi function knows.
    UnknownName
        If there is no such particle.

    Examples
    --------
    >>> E, dN_dE = spectrum(2.9975, 60)
    >>> print(f"{np.trapezoid(E * dN_dE, E):.2f}")
    1.77
    """
    if not 0 < Q < math.inf:
        raise OutOfRange("end point", Q, 0)
    if particle not in PARTICLES:
        raise UnknownName("particle of a beta decay", particle, PARTICLES)
    # Squares gather nodes at T = 0, where light daughters give a spectrum that rises with the root of T.
    T = Q * np.linspace(0, 1, _NODES) ** 2
    dN_dT = momentum_times_fermi(T, Z, positron=positron) * (T + const.m_e) * (Q - T) ** 2
    dN_dT /= np.trapezoid(dN_dT, T)
    return (T, dN_dT) if particle == "electron" else (Q - T[::-1], dN_dT[::-1])


def branches(source: str) -> tuple[Branch, ...]:
    """Branches of the decays that follow one of `source`, in equilibrium.

    Raises
    ------
    UnknownName
        If there is no such source.

    References
    ----------
    Brown:2018jhj
    """
    table = tables.read("radioactive-beta-branches")
    if source not in table.words("source"):
        raise UnknownName("source of beta decays", source, set(table.words("source")))
    numbers = (table.column("Q", "MeV"), table.column("Z", "1"), table.column("probability", "1"))
    return tuple(
        Branch(float(Q), int(Z), float(probability))
        for name, Q, Z, probability in zip(table.words("source"), *numbers, strict=True)
        if name == source
    )


def mixture(
    branches: Sequence[Branch], *, particle: str = "neutrino", positron: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum of the spectra of several branches, with two nodes at every end point.

    Parameters
    ----------
    branches : sequence of Branch
    particle, positron
        As in `spectrum`.

    Returns
    -------
    E, dN_dE : arrays
        Nodes [MeV] and [MeV^-1], linear in between; the integral is the sum of the probabilities.
    """
    parts = [(branch, *spectrum(branch.Q, branch.Z, particle=particle, positron=positron)) for branch in branches]
    ends = np.unique([branch.Q for branch in branches])
    E = np.sort(np.concatenate([np.unique(np.concatenate([nodes for _, nodes, _ in parts])), ends[:-1]]))
    beyond = np.append(False, np.diff(E) == 0)
    total = np.zeros(len(E))
    for branch, nodes, dN_dE in parts:
        inside = (branch.Q > E) | ((branch.Q == E) & ~beyond)
        total += branch.probability * np.where(inside, np.interp(E, nodes, dN_dE), 0.0)
    return E, total

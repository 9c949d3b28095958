r"""Spectra of beta decay: antineutrinos of sources, electrons and positrons of backgrounds.

With T the kinetic energy, E = T + m_e the energy and p the momentum of the electron, and Q the end point of a branch,

.. math:: \frac{dN}{dT} \propto p\,E\,(Q-T)^2\,F(Z,T)\,S(T), \qquad E_\nu = Q - T

The shape factor S is 1 for allowed decays, and by usual approximation for the branches of sources. Two more are known:
that of unique first-forbidden decays such as 85Kr, and a measured polynomial, as for 210Bi. Screening, weak magnetism
and radiative corrections are left out.
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


class Shape(NamedTuple):
    r"""Factor S on the allowed shape, up to a constant.

    .. math::
        S = 1 + a W + b W^2, \quad W = \frac{E}{m_e}, \qquad \text{or of unique decays} \qquad
        S = (Q-T)^2 + \lambda_2\,p^2

    Attributes
    ----------
    a, b : float
    unique : bool
        A unique first-forbidden decay, which is the second form.

    References
    ----------
    Mougeot:2015bva (unique decays)
    """

    a: float = 0.0
    b: float = 0.0
    unique: bool = False


#: Decays of allowed shape.
ALLOWED = Shape()


class BetaDecay(NamedTuple):
    """A decay without gammas, as a background.

    Attributes
    ----------
    Q : float
        Largest kinetic energy of the electron or positron [MeV].
    Z : int
        Charge of the daughter.
    positron : bool
    shape : Shape
    """

    Q: float
    Z: int
    positron: bool
    shape: Shape


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


def lambda_2(T: NDArray[np.float64], Z: int, *, R: float = _RADIUS) -> NDArray[np.float64]:
    r"""Coulomb function of unique first-forbidden decays to electrons, 1 without a charge.

    .. math::
        \lambda_2 = \frac{2+\gamma_2}{2(1+\gamma_1)}\,144\,\frac{\Gamma(1+2\gamma_1)^2}{\Gamma(1+2\gamma_2)^2}
            (2pR)^{2(\gamma_2-\gamma_1-1)}\,\frac{|\Gamma(\gamma_2+i\eta)|^2}{|\Gamma(\gamma_1+i\eta)|^2},
        \qquad \gamma_k = \sqrt{k^2-(\alpha Z)^2}

    Parameters
    ----------
    T : array
        Kinetic energy of the electron [MeV], positive: it grows as 1/T towards rest.
    Z : int
        Charge of the daughter.
    R : float
        Radius of the nucleus [MeV^-1]; three of them make 4 % for 85Kr.

    References
    ----------
    Mougeot:2015bva
    """
    coupling = const.alpha * Z
    one, two = math.sqrt(1 - coupling**2), math.sqrt(4 - coupling**2)
    T = np.asarray(T, float)
    p = np.sqrt(T * (T + 2 * const.m_e))
    eta = coupling * (T + const.m_e) / p
    constant = math.log(72 * (2 + two) / (1 + one)) + 2 * (math.lgamma(1 + 2 * one) - math.lgamma(1 + 2 * two))
    gammas = 2 * (loggamma(two + 1j * eta) - loggamma(one + 1j * eta)).real
    found: NDArray[np.float64] = np.exp(constant + 2 * (two - one - 1) * np.log(2 * p * R) + gammas)
    return found


def _factor(T: NDArray[np.float64], Q: float, Z: int, shape: Shape, *, positron: bool) -> NDArray[np.float64]:
    """The shape factor at kinetic energies."""
    W = 1 + T / const.m_e
    if not shape.unique:
        return 1 + shape.a * W + shape.b * W**2
    # At rest p^2 lambda_2 has a limit, which is reached long before.
    moving = np.maximum(T, 1e-9 * const.m_e)
    coulomb = np.ones_like(T) if positron else lambda_2(moving, Z)
    return (Q - T) ** 2 + coulomb * moving * (moving + 2 * const.m_e)


@cache
def spectrum(
    Q: float, Z: int, *, particle: str = "neutrino", positron: bool = False, shape: Shape = ALLOWED
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
    shape : Shape
        Shape factor; the Coulomb function of a unique decay to a positron is taken to be 1.

    Returns
    -------
    E, dN_dE : arrays of shape (401,)
        Nodes [MeV], from 0 to Q, and [MeV^-1], linear in between. Neutrinos of beta-minus decay end with a step,
        electrons begin with one.

    Raises
    ------
    OutOfRange
        If the end point is not positive, `Z` outside of what the Fermi function knows or the shape factor negative.
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
    factor = _factor(T, Q, Z, shape, positron=positron)
    if np.any(factor < 0):
        raise OutOfRange("shape factor", float(factor.min()), 0)
    dN_dT = momentum_times_fermi(T, Z, positron=positron) * (T + const.m_e) * (Q - T) ** 2 * factor
    dN_dT /= np.trapezoid(dN_dT, T)
    return (T, dN_dT) if particle == "electron" else (Q - T[::-1], dN_dT[::-1])


def decay(nuclide: str) -> BetaDecay:
    """A decay whose electrons or positrons are a background.

    Raises
    ------
    UnknownName
        If it is not tabulated.

    References
    ----------
    Wang:2021xhn (end points); arXiv:2005.08481 (shape of 210Bi)
    """
    table = tables.read("beta-decays")
    names = table.words("nuclide")
    if nuclide not in names:
        raise UnknownName("nuclide with a tabulated beta decay", nuclide, names)
    row = names.index(nuclide)
    Q, Z, a, b = (table.column(name, unit)[row] for name, unit in (("Q", "MeV"), ("Z", "1"), ("a", "1"), ("b", "1")))
    shape = Shape(float(a), float(b), unique=table.words("shape")[row] == "unique")
    return BetaDecay(float(Q), int(Z), table.words("particle")[row] == "positron", shape)


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

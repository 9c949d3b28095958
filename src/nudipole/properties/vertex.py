r"""The electromagnetic vertex: form factors at a momentum transfer, their rules, and other conventions for them.

.. math:: \Lambda_\mu(q) = \Big(\gamma_\mu - \frac{q_\mu \slashed q}{q^2}\Big)\,[F_Q + F_A\,q^2\gamma_5]
          - i\sigma_{\mu\nu}q^\nu\,[F_M + iF_E\,\gamma_5], \qquad F_Q = q + \frac{q^2}{6}\langle r^2\rangle + \dots

All four are Hermitian matrices. Of Majorana neutrinos, in the mass basis, charge and moments are antisymmetric and the
anapole is symmetric. Where CP is conserved a diagonal electric moment vanishes, and for every pair of Majorana
neutrinos one of magnetic and electric moment does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import PropertyRule, ShapeError
from nudipole.properties.neutrino import Neutrino

#: Relative to the largest entry: what counts as zero.
_ZERO = 1e-12
_PAIRS = ((0, 1), (0, 2), (1, 2))


class FormFactors(NamedTuple):
    """Form factors of the vertex at one momentum transfer, in the basis of the neutrino.

    Attributes
    ----------
    charge : Complex[Array, "3 3"]
        F_Q [e].
    anapole : Complex[Array, "3 3"]
        F_A [MeV^-2].
    magnetic, electric : Complex[Array, "3 3"]
        F_M and F_E [mu_B].

    Examples
    --------
    >>> nu = Neutrino.dirac(basis="mass", magnetic=np.diag([1e-11, 0, 0]), electric=np.diag([0, 2e-11, 0]))
    >>> found = form_factors(nu)
    >>> found.magnetic[0, 0].real.item(), found.electric[1, 1].real.item()
    (1e-11, 2e-11)
    """

    charge: NDArray[np.complex128]
    anapole: NDArray[np.complex128]
    magnetic: NDArray[np.complex128]
    electric: NDArray[np.complex128]


def form_factors(neutrino: Neutrino, q2: float = 0.0) -> FormFactors:
    r"""Form factors at a momentum transfer squared, to the first order in it.

    .. math:: F_M = \tfrac12(\lambda + \lambda^\dagger), \quad F_E = \tfrac i2(\lambda - \lambda^\dagger), \quad
              F_Q = q + \tfrac16 q^2\langle r^2\rangle, \quad F_A = a

    Parameters
    ----------
    neutrino : Neutrino
        Majorana ones in the mass basis: in flavour lambda alone has a meaning.
    q2 : float
        [MeV^2]; negative in scattering.

    Returns
    -------
    FormFactors

    Raises
    ------
    PropertyRule
        For Majorana neutrinos in the flavour basis.

    References
    ----------
    Giunti:2014ixa

    Examples
    --------
    >>> nu = Neutrino.dirac(basis="flavour", charge_radius=np.diag([6.0, 0, 0]))
    >>> form_factors(nu, -0.5).charge[0, 0].real.item()
    -0.5
    """
    if neutrino.nature == "majorana" and neutrino.basis == "flavour":
        message = "magnetic and electric moments of Majorana neutrinos are apart in the mass basis alone"
        raise PropertyRule(f"{message}: use to_mass")
    lam, charge, radius, anapole = (
        np.asarray(matrix, dtype=np.complex128)
        for matrix in (neutrino.lam, neutrino.charge, neutrino.charge_radius, neutrino.anapole)
    )
    adjoint = lam.conj().T
    return FormFactors(
        np.asarray(charge + q2 / 6 * radius, dtype=np.complex128), anapole, (lam + adjoint) / 2, 0.5j * (lam - adjoint)
    )


def conserves_cp(neutrino: Neutrino) -> bool:
    r"""Whether the moments of a neutrino are compatible with CP conservation, whatever the phases of its fields.

    Dirac: there are phases of the mass states that make lambda real, so that products of entries around any loop are
    real and diagonal electric moments vanish. Majorana: for every pair mu (opposite CP phases) or epsilon (equal ones)
    vanishes, and an even number of the three pairs has opposite ones.

    Parameters
    ----------
    neutrino : Neutrino
        In the mass basis.

    Returns
    -------
    bool

    Raises
    ------
    PropertyRule
        In the flavour basis, where mixing has phases of its own.

    References
    ----------
    Giunti:2014ixa

    Examples
    --------
    >>> conserves_cp(Neutrino.dirac(basis="mass", electric=np.diag([1e-11, 0, 0])))
    False
    >>> conserves_cp(Neutrino.majorana(basis="mass", Lambda=[1e-11, 0, 0]))
    True
    """
    if neutrino.basis != "mass":
        raise PropertyRule("CP is read off the moments in the mass basis: use to_mass")
    lam = np.asarray(neutrino.lam)
    size = float(np.max(np.abs(lam)))
    if size == 0:
        return True
    scaled = np.asarray(lam / size, dtype=complex)
    return _majorana_cp(scaled) if neutrino.nature == "majorana" else _dirac_cp(scaled)


def _majorana_cp(lam: NDArray[np.complex128]) -> bool:
    # Real entries are electric, imaginary ones magnetic moments.
    real = [abs(lam[pair].real) > _ZERO for pair in _PAIRS]
    imaginary = [abs(lam[pair].imag) > _ZERO for pair in _PAIRS]
    if any(a and b for a, b in zip(real, imaginary, strict=True)):
        return False
    # Opposite phases of 12 and 13 are equal ones of 23: of three known pairs none or two are opposite.
    known = all(a or b for a, b in zip(real, imaginary, strict=True))
    return not known or sum(imaginary) % 2 == 0


def _dirac_cp(lam: NDArray[np.complex128]) -> bool:
    loops = [lam[k, k] for k in range(3)]
    loops += [lam[j, k] * lam[k, j] for j, k in _PAIRS]
    edge = {(j, k): lam[j, k] if abs(lam[j, k]) > _ZERO else lam[k, j].conj() for j, k in _PAIRS}
    loops.append(edge[0, 1] * edge[1, 2] * edge[0, 2].conj())
    return all(abs(value.imag) <= _ZERO for value in loops)


def radiative_widths(neutrino: Neutrino, masses: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Widths of nu_i -> nu_f gamma.

    .. math:: \Gamma_{fi} = \frac{1}{8\pi}\Big(\frac{m_i^2 - m_f^2}{m_i}\Big)^3
              (|\mu_{fi}|^2 + |\epsilon_{fi}|^2), \qquad
              |\mu_{fi}|^2 + |\epsilon_{fi}|^2 = \tfrac12(|\lambda_{fi}|^2 + |\lambda_{if}|^2)

    The same for Majorana neutrinos with moments normalised to L = -(1/4) nu^T C^-1 lambda sigma nu F.

    Parameters
    ----------
    neutrino : Neutrino
        In the mass basis.
    masses : Float[Array, "3"]
        [eV]

    Returns
    -------
    Float[Array, "3 3"]
        [s^-1], final state first; zero for what is not lighter.

    Raises
    ------
    PropertyRule
        In the flavour basis.
    ShapeError
        If there are not three masses.

    References
    ----------
    Pal:1981rm; Shrock:1982sc

    Examples
    --------
    >>> nu = Neutrino.dirac(basis="mass", magnetic=np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]]))
    >>> print(f"{radiative_widths(nu, np.array([0.0, 0.0, 1.0]))[0, 2]:.5f} /s for mu_B and 1 eV")
    5.30725 /s for mu_B and 1 eV
    """
    if neutrino.basis != "mass":
        raise PropertyRule("neutrinos decay as mass states: use to_mass")
    m = np.asarray(masses, dtype=float)
    if m.shape != (3,):
        raise ShapeError("masses", m.shape, "three masses, (3,)")
    squared = np.abs(np.asarray(neutrino.lam)) ** 2
    moments = (squared + squared.T) / 2 * const.mu_B_natural**2
    initial = np.where(m > 0, m, 1.0)
    energy = np.maximum(m**2 - m[:, None] ** 2, 0.0) / initial * const.eV
    return np.asarray(energy**3 * moments / (8 * np.pi) * const.second)


def moment_of_dipole(d: float) -> float:
    """Moment mu [mu_B] of a coupling d [GeV^-1], mu = 2 d: d nubar_L sigma N F + h.c. is half of mu in L = (mu/2) ...

    Parameters
    ----------
    d : float

    Returns
    -------
    float

    References
    ----------
    Magill:2018jla

    Examples
    --------
    >>> print(f"{moment_of_dipole(148.152):.4f}")
    1.0000
    """
    return 2 * d * 1e-3 / const.mu_B_natural


def dipole_of_moment(mu: float) -> float:
    """Coupling d [GeV^-1] of a moment mu [mu_B], d = mu/2.

    Parameters
    ----------
    mu : float

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{dipole_of_moment(3.9e-7):.3e}")
    5.778e-05
    """
    return mu * const.mu_B_natural / 2 * 1e3


def modern_charge_radius(radius: float, *, sign: int = 1) -> float:
    r"""Charge radius in the convention F_Q = q + q^2 <r^2>/6 from that of older experiments and of the PDG table.

    They shift sin^2 theta_W by (sqrt2 pi alpha/3 G_F) <r^2>, where the modern convention shifts g_V: theirs is half.

    Parameters
    ----------
    radius : float
        Of the older convention, in any unit.
    sign : {1, -1}
        -1 where the radius of the Standard Model is positive, as in many older papers.

    Returns
    -------
    float
        In the same unit.

    Raises
    ------
    PropertyRule
        For any other sign.

    References
    ----------
    ParticleDataGroup:2024cfk, table of neutrino charge radii

    Examples
    --------
    LSND, -2.97 to 4.14 e-32 cm^2 in the table of the PDG:

    >>> [modern_charge_radius(r) for r in (-2.97, 4.14)]
    [-5.94, 8.28]
    """
    if sign not in (1, -1):
        raise PropertyRule(f"sign = {sign}: write 1, or -1 where the Standard Model's radius is positive")
    return 2 * sign * radius

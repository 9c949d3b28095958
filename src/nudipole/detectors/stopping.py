r"""Stopping power of electrons: how much energy they leave per length.

.. math:: \frac{dE}{dx} = \frac{2\pi\alpha^2 n_e}{m_e\beta^2}\Big\{\ln\frac{\tau^2(\tau+2)}{2(I/m_e)^2}
          + 1 - \beta^2 + \frac{\tau^2/8 - (2\tau+1)\ln 2}{(\tau+1)^2}\Big\}, \qquad \tau = T/m_e

with the density n_e of electrons and the mean excitation energy I; collisions only, without the density effect
(1 % at 1 MeV in organic liquids).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from nudipole import constants as const

#: Kinetic energies below this many mean excitation energies are beyond the formula, which keeps its value there.
_LEAST = 8.0


def stopping_power(
    T: Float[NDArray[np.float64], "*t"], electron_density: float, mean_excitation: float
) -> Float[NDArray[np.float64], "*t"]:
    """Collision stopping power of electrons [MeV^2], by the formula of Bethe in the form of Berger and Seltzer.

    Parameters
    ----------
    T : Float[Array, "*t"]
        Kinetic energies, positive [MeV].
    electron_density : float
        [MeV^3]
    mean_excitation : float
        [MeV]; 62.4 eV for C9H12, of the mean excitation energies of C and H in compounds.

    Returns
    -------
    Float[Array, "*t"]
        [MeV^2], that is energy per length with hbar = c = 1; below 8 times the mean excitation energy its value there.

    References
    ----------
    ICRU Report 37 (1984), Eq. (2.2)

    Examples
    --------
    Water at 100 keV has 4.115 MeV cm^2/g there:

    >>> from nudipole import units
    >>> electrons = 10 * units.parse("1 g/cm^3", "g/cm^3") / units.parse("2.9915e-26 kg", "kg")
    >>> loss = stopping_power(np.array(0.1), electrons, 75e-6)
    >>> print(f"{units.express(float(loss), 'MeV/cm'):.3f}")
    4.115
    """
    T = np.maximum(np.asarray(T, float), _LEAST * mean_excitation)
    tau = T / const.m_e
    beta2 = tau * (tau + 2) / (tau + 1) ** 2
    bracket = (
        np.log(tau**2 * (tau + 2) / (2 * (mean_excitation / const.m_e) ** 2))
        + 1
        - beta2
        + (tau**2 / 8 - (2 * tau + 1) * np.log(2)) / (tau + 1) ** 2
    )
    loss: NDArray[np.float64] = 2 * np.pi * const.alpha**2 * electron_density / (const.m_e * beta2) * bracket
    return loss

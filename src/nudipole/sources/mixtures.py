"""What arrives: flavours near a source, mixtures of mass states from the Sun."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole.mixing import Oscillation
from nudipole.sources.solar import Solar

#: Near a source, before neutrinos change: shares of e, mu, tau, and words.
NEAR = {
    "reactor": ((1.0, 0.0, 0.0), "antinu_e near a reactor"),
    "radioactive": ((1.0, 0.0, 0.0), "nu_e near a radioactive source"),
    "accelerator": ((0.0, 1.0, 0.0), "nu_mu or antinu_mu near an accelerator"),
    "pion-decay-at-rest": ((1 / 3, 2 / 3, 0.0), "nu_e, nu_mu and antinu_mu alike, near stopped pions"),
}
#: From the Sun, with matter.
SOLAR = ("pp", "7Be", "8B")
#: Weights |U_ek|^2: what is left of a nu_e after many lengths of oscillation in vacuum.
VACUUM = "solar-vacuum"


class Mixture(NamedTuple):
    """What arrives: a density matrix of trace 1, in flavour.

    Attributes
    ----------
    name, words : str
    rho : Complex[Array, "3 3"]
        Transposed of antineutrinos.

    Examples
    --------
    >>> from nudipole.mixing import nufit
    >>> found = mixtures(nufit())["reactor"]
    >>> found.rho.real.diagonal().tolist(), found.is_solar
    ([1.0, 0.0, 0.0], False)
    """

    name: str
    words: str
    rho: NDArray[np.complex128]

    @property
    def is_solar(self) -> bool:
        """Whether mass states arrive, not flavours."""
        return self.name.startswith("solar")


def names() -> list[str]:
    """Names of the beams that are no experiment's.

    Returns
    -------
    list of str

    Examples
    --------
    >>> names()[:2], names()[-1]
    (['reactor', 'radioactive'], 'solar-vacuum')
    """
    return [*NEAR, *(f"solar-{name}" for name in SOLAR), VACUUM]


def mixtures(oscillation: Oscillation) -> dict[str, Mixture]:
    """The beams that are no experiment's, by name.

    Those of the Sun are averages over the spectrum of each branch and its production zone.

    Parameters
    ----------
    oscillation : Oscillation

    Returns
    -------
    dict of Mixture

    Examples
    --------
    >>> from nudipole.mixing import nufit
    >>> rho = mixtures(nufit())["solar-7Be"].rho
    >>> print(f"{rho[0, 0].real:.3f}")
    0.527
    """
    U = np.asarray(oscillation.pmns())
    found = {name: Mixture(name, words, np.diag(np.array(shares, complex))) for name, (shares, words) in NEAR.items()}
    beam = Solar("B16-GS98", oscillation, 1.0, (), ()).beam()
    for name in SOLAR:
        s = beam.components.index(name)
        summed = np.trapezoid(np.asarray(beam.density[s]), np.asarray(beam.E[s]), axis=0)
        summed = summed + np.asarray(beam.line[s]).sum(axis=0)
        rho = summed / np.trace(summed).real
        found[f"solar-{name}"] = Mixture(f"solar-{name}", f"solar {name} neutrinos, with matter", rho)
    weights = np.abs(U[0]) ** 2
    words = "nu_e after many oscillations in vacuum"
    found[VACUUM] = Mixture(VACUUM, words, np.asarray((U * weights) @ U.conj().T))
    return found

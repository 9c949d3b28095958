"""Published results that count in a fit without their data: a Gaussian on a quadratic form of the moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.properties import FLAVOURS


@dataclass(frozen=True)
class Constraint:
    r"""A Gaussian measurement of a squared effective moment.

    .. math:: \chi^2 = \Big(\frac{\mu^2 - \hat\mu^2}{\sigma}\Big)^2, \qquad
              \mu^2 = \sum_a w_a\,(\lambda^\dagger\lambda)_{aa}

    Attributes
    ----------
    name : str
    value, error : float
        :math:`\hat\mu^2` and :math:`\sigma` in units of (1e-11 mu_B)^2.
    flavours : mapping of str to float
        Weights w of flavours: {"e": 1, "mu": 2.4} is mu_e^2 + 2.4 mu_mu^2.
    masses : tuple of float
        Or of mass states, of an incoherent mixture of them such as arrives from the Sun.
    words : str
        Where it is from, and how it was made a Gaussian.

    Raises
    ------
    OutOfRange, UnknownName, NudipoleError
        For an error that is not positive, an unknown flavour, or weights of both kinds or of none.

    Examples
    --------
    >>> gemma = Constraint("gemma", 0.0, 5.1, flavours={"e": 1.0})
    >>> gemma.form().tolist()
    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """

    name: str
    value: float
    error: float
    flavours: Mapping[str, float] | None = None
    masses: tuple[float, float, float] | None = None
    words: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.error < np.inf:
            raise OutOfRange(f"error of {self.name}", self.error, 0.0, inside=True)
        if (self.flavours is None) == (self.masses is None):
            raise NudipoleError(f"{self.name}: give weights of flavours, or of mass states")
        for flavour in self.flavours or {}:
            if flavour not in FLAVOURS:
                raise UnknownName("flavour", flavour, FLAVOURS)

    @property
    def in_mass(self) -> bool:
        """Whether mass states are weighed."""
        return self.masses is not None

    def form(self) -> NDArray[np.float64]:
        """Weights (9,) of the real numbers of a Hermitian matrix, as of `nudipole.experiments.features`."""
        weights = [(self.flavours or {}).get(name, 0.0) for name in FLAVOURS] if self.masses is None else self.masses
        return np.array([*weights, *np.zeros(6)])

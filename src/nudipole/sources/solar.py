"""The Sun: eight neutrino components, their spectra, where they are made and how they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName
from nudipole.kept import compiled, kept
from nudipole.mixing import Oscillation, mass_weights, nufit, solar_density_matrix
from nudipole.numerics import AnyArray
from nudipole.sources.beam import Beam, Component

COMPONENTS = ("pp", "pep", "hep", "7Be", "8B", "13N", "15O", "17F")
LINES = ("pep", "7Be")
#: Internal value [MeV^3] of a flux of 1 cm^-2 s^-1.
FLUX_UNIT = const.cm**-2 / const.second


@cache
def models() -> tuple[str, ...]:
    """Names of the solar models whose fluxes are tabulated."""
    return tuple(dict.fromkeys(tables.read("solar-fluxes").words("model")))


@cache
def fluxes(model: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fluxes [cm^-2 s^-1] and relative 1-sigma errors of the eight `COMPONENTS`.

    Raises
    ------
    UnknownName
        If there is no such model.

    References
    ----------
    Vinyoles:2016djt (B16), doi:10.5281/zenodo.10822316 (SF-III)
    """
    if model not in models():
        raise UnknownName("solar model", model, models())
    table = tables.read("solar-fluxes")
    row = {
        name: i
        for i, (m, name) in enumerate(zip(table.words("model"), table.words("component"), strict=True))
        if m == model
    }
    order = [row[name] for name in COMPONENTS]
    return table.column("flux", "1/cm^2/s")[order], table.column("relative_error", "1")[order]


@cache
def correlation(model: str) -> NDArray[np.float64]:
    """Correlation matrix of the fluxes, (8, 8); the identity where none is published (B16)."""
    table = tables.read("solar-correlations")
    rows = [i for i, m in enumerate(table.words("model")) if m == model]
    if not rows:
        return np.eye(len(COMPONENTS))
    names = [table.words("component")[i] for i in rows]
    matrix = np.array([table.column(name, "1")[rows] for name in COMPONENTS]).T
    return matrix[[names.index(name) for name in COMPONENTS]]


@cache
def spectrum(component: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes E [MeV] and dN/dE [1/MeV], linear in between and normalised to one neutrino.

    References
    ----------
    pp, hep: Bahcall:1997eg; 8B: Winter:2004kf; 13N, 15O, 17F: Bahcall:1987jc
    """
    continua = [name for name in COMPONENTS if name not in LINES]
    if component not in continua:
        raise UnknownName("solar component with a continuous spectrum", component, continua)
    table = tables.read(f"solar-spectrum-{component}")
    E, shape = table.column("E", "MeV"), table.column("dN_dE", "1/MeV")
    return E, shape / np.trapezoid(shape, E)


@cache
def lines(component: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Line energies [MeV] and the fraction of the component's flux in each."""
    table = tables.read("solar-lines")
    rows = [i for i, name in enumerate(table.words("component")) if name == component]
    if not rows:
        raise UnknownName("solar component with lines", component, LINES)
    return table.column("E", "MeV")[rows], table.column("fraction", "1")[rows]


@cache
def zones(model: str) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Electron density [mol/cm^3] of the production zones, and for each component its share of every zone."""
    if model not in models():
        raise UnknownName("solar model", model, models())
    table = tables.read(f"solar-zones-{model.lower()}")
    shares = {name: table.column(name, "1") for name in COMPONENTS}
    return table.column("n_e", "mol/cm^3"), {name: share / share.sum() for name, share in shares.items()}


class MeasuredSum(NamedTuple):
    """A measured linear combination of the fluxes.

    Attributes
    ----------
    value, error : float
        In any unit.
    weights : tuple of (str, float)
        What components contribute at the fluxes of the model, in the same unit.
    """

    value: float
    error: float
    weights: tuple[tuple[str, float], ...]


def _checked(components: Sequence[str]) -> None:
    for name in components:
        if name not in COMPONENTS:
            raise UnknownName("solar component", name, COMPONENTS)


def constrained(
    model: str, errors: Mapping[str, float] | None = None, measured: Sequence[MeasuredSum] = ()
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Fluxes in units of the model's, and their relative covariance, after measurements.

    With the prior covariance C of the model, a measurement :math:`d \pm \sigma` of :math:`w\cdot f` gives

    .. math:: f = 1 + \frac{C w\,(d - \textstyle\sum w)}{w^T C w + \sigma^2},
              \qquad C' = C - \frac{C w\,w^T C}{w^T C w + \sigma^2}

    Parameters
    ----------
    model : str
    errors : mapping of str to float, optional
        Relative errors of components in place of the model's; not correlated with any other then.
    measured : sequence of MeasuredSum

    Returns
    -------
    factors : (8,)
        Of the model's fluxes.
    covariance : (8, 8)
        Relative to the fluxes that result.

    Raises
    ------
    UnknownName
        If there is no such model or component.
    OutOfRange
        If an error is not positive, a measurement has no weight or makes a flux negative.
    """
    _, error = fluxes(model)
    covariance = correlation(model) * np.outer(error, error)
    _checked(list(errors or {}))
    for name, relative in (errors or {}).items():
        if not relative > 0:
            raise OutOfRange(f"relative error of {name}", relative, 0)
        s = COMPONENTS.index(name)
        covariance[s], covariance[:, s] = 0.0, 0.0
        covariance[s, s] = relative**2
    factors = np.ones(len(COMPONENTS))
    for value, sigma, weights in measured:
        _checked([name for name, _ in weights])
        if not sigma > 0:
            raise OutOfRange("error of a measured combination of fluxes", sigma, 0)
        w = np.array([dict(weights).get(name, 0.0) for name in COMPONENTS])
        if not np.any(w):
            raise OutOfRange("largest weight of a measured combination of fluxes", 0.0, 0)
        shared = covariance @ w
        variance = w @ shared + sigma**2
        factors = factors + shared * (value - w @ factors) / variance
        covariance = covariance - np.outer(shared, shared) / variance
    if not np.all(factors > 0):
        raise OutOfRange("flux that a measurement leads to, relative to the model", float(factors.min()), 0)
    return factors, covariance / np.outer(factors, factors)


class Solar(eqx.Module):
    """Solar neutrinos on the day side of the Earth.

    Attributes
    ----------
    model : str
        Of `models()`: fluxes, production zones and electron density.
    oscillation : Oscillation
    distance : float
        In astronomical units; the flux falls with its square.
    errors : tuple of (str, float)
        Relative errors of components in place of the model's, see `constrained`.
    measured : tuple of MeasuredSum
        Measured combinations of fluxes.

    Examples
    --------
    >>> sun = Solar.named("B16-GS98", "nufit-6.0-no")
    >>> sun.beam().components
    ('pp', 'pep', 'hep', '7Be', '8B', '13N', '15O', '17F')
    """

    model: str = eqx.field(static=True)
    oscillation: Oscillation
    distance: float = eqx.field(static=True, default=1.0)
    errors: tuple[tuple[str, float], ...] = eqx.field(static=True, default=())
    measured: tuple[MeasuredSum, ...] = eqx.field(static=True, default=())

    @classmethod
    def named(
        cls,
        model: str = "B16-GS98",
        oscillation: str = "nufit-6.0-no",
        distance: float = 1.0,
        *,
        errors: Mapping[str, float] | None = None,
        measured: Sequence[MeasuredSum] = (),
    ) -> Solar:
        """The Sun from the names of a solar model and of a set of oscillation parameters."""
        if not distance > 0:
            raise OutOfRange("distance", distance, 0)
        known = tuple(MeasuredSum(*item) for item in measured)
        constrained(model, errors, known)
        return cls(model, nufit(oscillation), distance, tuple((errors or {}).items()), known)

    @property
    def flight(self) -> None:
        """None: what leaves the Sun is a mixture of mass states, which no path changes."""
        return

    def beam(self) -> Beam:
        """The eight components with rho(E) averaged over each one's production zone."""
        flux, _ = fluxes(self.model)
        factors, covariance = constrained(self.model, dict(self.errors), self.measured)
        n_e, shares = zones(self.model)
        nodes = {name: lines(name) if name in LINES else spectrum(name) for name in COMPONENTS}
        longest = max(len(E) for E, _ in nodes.values())
        padded = np.stack([np.pad(E, (0, longest - len(E)), mode="edge") for E, _ in nodes.values()])
        born = np.stack([shares[name] for name in COMPONENTS])
        rho = kept(_rho_of, self.oscillation, padded, n_e, born, shape=(*padded.shape, 3, 3), dtype=complex)
        parts = []
        for s, (name, (E, weight)) in enumerate(nodes.items()):
            total = factors[s] * flux[s] * FLUX_UNIT / self.distance**2
            density = total * weight[:, None, None] * rho[s, : len(E)]
            none = (np.zeros(0), np.zeros((0, 3, 3), complex))
            part = Component(name, *((*none, E, density) if name in LINES else (E, density, *none)))
            parts.append(part._replace(flavour="e"))
        return Beam.assemble(parts, covariance)


def _rho_of(
    oscillation: Oscillation, E: NDArray[np.float64], n_e: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.complex128]:
    # A step through the matter of the Earth would act between the two.
    weights = mass_weights(oscillation, E, n_e, shares)
    return np.asarray(_rho(oscillation, weights))


@compiled
def _rho(oscillation: Oscillation, weights: Float[AnyArray, "s n 3"]) -> Complex[AnyArray, "s n 3 3"]:
    """Density matrices at the Earth."""
    return solar_density_matrix(oscillation, weights)

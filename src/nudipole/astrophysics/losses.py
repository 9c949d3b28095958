"""Emissivity of matter by plasmon decay, for stellar codes: channels, derivatives, error, and where it holds."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits
from nudipole.astrophysics.plasma import Plasma, electron_density
from nudipole.astrophysics.plasma_fit import C2_CODES, DEGENERATE, fitted_loss
from nudipole.astrophysics.plasmon import CHANNELS, loss
from nudipole.astrophysics.quantities import read
from nudipole.astrophysics.strength import Strength
from nudipole.errors import ArgumentError
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import Oscillation
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino

if TYPE_CHECKING:
    import xarray

#: Temperatures [K] and densities [g/cm^3] at which the formulas were checked.
RANGE_T, RANGE_RHO = (1e6, 6e11), (1.0, 1e15)
#: The largest that are computed: there muons are as many as electrons, and nucleons overlap.
MOST = {"temperature": 1e12, "density": 1e16}
#: Above this estimate the quadrature is named as a doubt; densities that emit nothing have it.
_PRECISE = 1e-6
#: Points worked at once: more would take gigabytes.
_AT_ONCE = 4096
_REFERENCES = ("Braaten:1993", "Haft:1994", "Itoh:1996", "Raffelt:1999")
#: What is left out, whatever the point.
NEGLECTS = (
    "axial part below 1 % of the Standard Model's, left out; ions and correlations of electrons neglected",
    "order alpha: dispersion for K^2 << p^2, good to 0.1 % in degenerate matter",
)


@dataclass(frozen=True, repr=False)
class Emissivity:
    """Energy carried away by plasmon decay, at a point or on a grid.

    Attributes
    ----------
    T : (*n,)
        [K]
    rho : (*n,)
        [g/cm^3]
    Y_e : (*n,)
        Electrons for each nucleon.
    plasma : Plasma
        In MeV.
    channels : dict of (*n,)
        standard-model, charge-radius (what radii add, with its sign), dipole, charge [erg/(g s)].
    longitudinal : (*n,)
        Share of longitudinal plasmons in the Standard Model's.
    fit : (*n,)
        The fit of Haft, Raffelt and Weiss to the Standard Model's [erg/(g s)].
    error : (*n,)
        Relative, of the quadrature.
    slope_T, slope_rho : (*n,) or None
        Logarithmic derivatives of the total with respect to temperature and density.
    strength : Strength
        Of the neutrinos.
    doubts : tuple of str

    Examples
    --------
    >>> mine = Neutrino.dirac(basis="flavour", magnetic=np.diag([1e-12, 0, 0]))
    >>> found = emissivity("1e8K", "1e6g/cm3", neutrino=mine)
    >>> print(f"{found.channels['dipole']:.3f} erg/(g s) beside {found.channels['standard-model']:.2f}")
    2.942 erg/(g s) beside 30.26
    """

    T: NDArray[np.float64]
    rho: NDArray[np.float64]
    Y_e: NDArray[np.float64]
    plasma: Plasma
    channels: dict[str, NDArray[np.float64]]
    longitudinal: NDArray[np.float64]
    fit: NDArray[np.float64]
    error: NDArray[np.float64]
    slope_T: NDArray[np.float64] | None
    slope_rho: NDArray[np.float64] | None
    strength: Strength
    doubts: tuple[str, ...]

    def __repr__(self) -> str:
        return notebook.lines(f"Emissivity of {self._where}", self._words, width=160)

    def _repr_html_(self) -> str:
        return notebook.shown(f"Emissivity of {self._where}", self._words)

    @property
    def _where(self) -> str:
        if self.T.ndim:
            return f"a grid of {self.T.size} points"
        return f"{digits.plain(float(self.T), 4)} K, {digits.plain(float(self.rho), 4)} g/cm^3"

    @property
    def _words(self) -> dict[str, str]:
        if self.T.ndim:
            return {"doubts": "; ".join(self.doubts)}
        words = {f"{name} [erg/(g s)]": digits.number(float(value), 4) for name, value in self.channels.items()}
        return {**words, "doubts": "; ".join(self.doubts)}

    @property
    def total(self) -> NDArray[np.float64]:
        """All channels [erg/(g s)]."""
        return np.asarray(sum(self.channels.values()))

    def columns(self) -> dict[str, tuple[str, NDArray[np.float64]]]:
        """Unit and numbers of every column of a table of the grid."""
        found = {
            "T": ("K", self.T),
            "rho": ("g/cm^3", self.rho),
            "Y_e": ("1", self.Y_e),
            "omega_p": ("keV", np.asarray(self.plasma.omega_p) * 1e3),
            "v_star": ("1", np.asarray(self.plasma.v_star)),
            "mu_e": ("keV", np.asarray(self.plasma.mu_e) * 1e3),
            **{f"eps {name}": ("erg/(g s)", value) for name, value in self.channels.items()},
            "eps total": ("erg/(g s)", self.total),
            "longitudinal share": ("1", self.longitudinal),
            "fit": ("erg/(g s)", self.fit),
            "error": ("1", self.error),
        }
        if self.slope_T is not None and self.slope_rho is not None:
            found |= {"dln_eps/dln_T": ("1", self.slope_T), "dln_eps/dln_rho": ("1", self.slope_rho)}
        return found

    def to_csv(self) -> str:
        """One row a point; the header states the units."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        columns = self.columns()
        writer.writerow([f"{name} [{unit}]" for name, (unit, _) in columns.items()])
        writer.writerows(map(float, row) for row in zip(*(np.ravel(x) for _, x in columns.values()), strict=True))
        return text.getvalue()

    def to_xarray(self) -> xarray.Dataset:
        """Labelled arrays along T and rho, with units and doubts as attributes; of a grid."""
        import xarray

        names = {"T": self.T[:, 0], "rho": self.rho[0]} if self.T.ndim == 2 else {}
        dims = ("T", "rho") if names else ()
        columns = {name: x for name, x in self.columns().items() if name not in names}
        data = {name.replace("/", "_"): (dims, x, {"units": unit}) for name, (unit, x) in columns.items()}
        coords = (
            {"T": ("T", names["T"], {"units": "K"}), "rho": ("rho", names["rho"], {"units": "g/cm^3"})} if names else {}
        )
        attributes = {**stamp("astro-plasmon"), "doubts": list(self.doubts), "references": list(_REFERENCES)}
        return xarray.Dataset(data, coords=coords, attrs=attributes)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-astro-plasmon/1``."""
        return {
            **stamp("astro-plasmon"),
            "columns": {
                name: {"unit": unit, "values": np.asarray(x).tolist()} for name, (unit, x) in self.columns().items()
            },
            "neutrino": {
                "sum_C_V^2": float(self.strength.C2),
                "sum_C_V^2_standard_model": float(self.strength.C2_sm),
                "mu2": {"value": float(self.strength.mu2), "unit": "mu_B^2"},
                "q2": {"value": float(self.strength.q2), "unit": "e^2"},
            },
            "k_max": {"unit": "keV", "values": (np.asarray(self.plasma.k_max) * 1e3).tolist()},
            "validity": list(NEGLECTS),
            "doubts": list(self.doubts),
            "references": list(_REFERENCES),
        }


def emissivity(
    temperature: Any,
    density: Any,
    *,
    Y_e: Any = 0.5,
    neutrino: Neutrino | None = None,
    oscillation: str | Oscillation | None = None,
    derivatives: bool = False,
    fit_C2: float | None = None,
) -> Emissivity:
    """Energy carried away by plasmon decay.

    Parameters
    ----------
    temperature : float, str or (n,)
        A number or numbers [K], or text with a unit of temperature or energy.
    density : float, str or (m,)
        Numbers [g/cm^3], or text. Two arrays make a grid of n times m points.
    Y_e : float
        Electrons for each nucleon.
    neutrino : Neutrino, optional
        The Standard Model's without one.
    oscillation : str or Oscillation, optional
        Takes charge radii of mass states to flavours.
    derivatives : bool
        Whether logarithmic slopes are computed, too.
    fit_C2 : float, optional
        Sum of squared couplings in the fit, which stellar codes have as 0.93153.

    Returns
    -------
    Emissivity

    Raises
    ------
    ArgumentError
        For temperatures and densities that are not positive or beyond the formulas, and Y_e outside (0, 1].

    References
    ----------
    Braaten:1993; Haft:1994

    Examples
    --------
    >>> found = emissivity(1e8, [1e5, 1e6], derivatives=True)
    >>> found.T.shape, [f"{slope:.2f}" for slope in found.slope_T[0]]
    ((1, 2), ['3.24', '4.23'])
    """
    T, rho = _values("temperature", temperature, "K"), _values("density", density, "g/cm^3")
    read("Ye", Y_e, "1", low=0.0, high=1.0 + 1e-12)
    if T.ndim or rho.ndim:
        T, rho = np.meshgrid(np.atleast_1d(T), np.atleast_1d(rho), indexing="ij")
    electrons = np.full(T.shape, float(Y_e))
    strength = Strength.of(neutrino, oscillation)
    parts = [
        _worked(T.ravel()[k : k + _AT_ONCE], rho.ravel()[k : k + _AT_ONCE], float(Y_e), strength, derivatives)
        for k in range(0, T.size, _AT_ONCE)
    ]
    plasma, channels, longitudinal, error, slope_T, slope_rho = jax.tree.map(
        lambda *pieces: np.concatenate([np.asarray(x) for x in pieces]).reshape((*T.shape, *pieces[0].shape[1:])),
        *parts,
    )
    fit = np.asarray(fitted_loss(T, rho, float(Y_e), C2=fit_C2 or C2_CODES)) / rho
    return Emissivity(
        T=T,
        rho=rho,
        Y_e=electrons,
        plasma=plasma,
        channels={name: channels[..., k] for k, name in enumerate(CHANNELS)},
        longitudinal=longitudinal,
        fit=fit,
        error=error,
        slope_T=slope_T if derivatives else None,
        slope_rho=slope_rho if derivatives else None,
        strength=strength,
        doubts=_doubts(T, rho, plasma, error, channels),
    )


def _values(argument: str, given: Any, unit: str) -> NDArray[np.float64]:
    if isinstance(given, str) or np.ndim(given) == 0:
        return np.asarray(_value(argument, given, unit))
    if np.ndim(given) != 1 or not np.size(given):
        raise ArgumentError(argument, f"of shape {np.shape(given)}", "write one number, or a row of them")
    return np.array([_value(argument, value, unit) for value in given])


def _value(argument: str, given: Any, unit: str) -> float:
    value = read(argument, given, unit)
    if value > MOST[argument]:
        raise ArgumentError(argument, given, f"is beyond the formulas, which hold up to {MOST[argument]:g} {unit}")
    return value


def _worked(T: Any, rho: Any, Y_e: float, strength: Strength, derivatives: bool) -> tuple[Any, ...]:
    """Plasma, channels, share, error and slopes of some points."""
    # A fixed number of points shares compiled code.
    count = len(T)
    size = 1 if count == 1 else 256 if count <= 256 else _AT_ONCE
    T, rho = (np.concatenate([x, np.full(size - count, x[-1])]) for x in (T, rho))

    def total(log_T: Any, log_rho: Any) -> Any:
        plasma = Plasma.at(jnp.exp(log_T) * const.k_B, electron_density(jnp.exp(log_rho), Y_e))
        return jnp.log(loss(plasma, strength).total) - log_rho

    plasma = Plasma.at(T * const.k_B, electron_density(rho, Y_e))
    lost = loss(plasma, strength)
    slopes = [np.zeros(size), np.zeros(size)]
    if derivatives:
        logs, one, zero = (np.log(T), np.log(rho)), np.ones(size), np.zeros(size)
        slopes = [jax.jvp(total, logs, tangent)[1] for tangent in ((one, zero), (zero, one))]
    found = (plasma, np.asarray(lost.channels) / rho[:, None], lost.longitudinal, lost.error, *slopes)
    kept: tuple[Any, ...] = jax.tree.map(lambda x: x[:count], found)
    return kept


def _doubts(T: Any, rho: Any, plasma: Plasma, error: Any, channels: Any) -> tuple[str, ...]:
    """What a number is not to be trusted for, with how many points of a grid."""
    degenerate = (np.asarray(plasma.mu_e) - const.m_e) / np.asarray(plasma.T) > DEGENERATE
    hot = (np.asarray(plasma.T) > 0.1 * const.m_e) & ~degenerate
    outside = np.not_equal(T, np.clip(T, *RANGE_T)) | np.not_equal(rho, np.clip(rho, *RANGE_RHO))
    silent = channels[..., 0] == 0
    muons = np.asarray(plasma.T) > const.m_mu / 3
    checked = f"{RANGE_T[0]:g} .. {RANGE_T[1]:g} K and {RANGE_RHO[0]:g} .. {RANGE_RHO[1]:g} g/cm^3"
    found = {
        "the fit of Haft, Raffelt and Weiss is beyond its range, degenerate matter: off by up to 40 %": ~degenerate,
        "hot matter without degeneracy: the dispersion is good to 3 %, and pairs and photoneutrinos carry more": hot,
        f"not checked outside {checked}": outside,
        "muons, which matter from T = m_mu/3 on, are left out": muons,
        "the quadrature is less precise than 1e-6": (error > _PRECISE) & ~silent,
        "omega_p is so far above T that nothing is emitted": silent,
    }
    counts = {text: int(np.sum(where)) for text, where in found.items()}
    many = np.size(T) > 1
    return (
        *(f"{text}{f' ({n} of {np.size(T)} points)' if many else ''}" for text, n in counts.items() if n),
        *NEGLECTS,
    )

"""What a model, or a neutrino given by matrices, predicts: moments in beams, decays, masses, the muon's anomaly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.neutrino import Described, described
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import Oscillation
from nudipole.models import KINDS
from nudipole.models.w_loop import masses as masses_of
from nudipole.predictions.beams import effective_moments, flavour_lam, mass_lam, mixture
from nudipole.properties import FLAVOURS, Neutrino, plasmon_moment
from nudipole.properties.vertex import radiative_widths
from nudipole.sources.mixtures import Mixture, mixtures

#: Widths below are none [1/s]: their lifetime is no number to compute with.
_LEAST = 1e-300
#: Of the beams that are shown unless asked for.
SHOWN = ("reactor", "accelerator", "pion-decay-at-rest", "solar-pp", "solar-7Be", "solar-8B")


@dataclass(frozen=True, repr=False)
class Observables:
    """Observables of one neutrino.

    Attributes
    ----------
    name : str
        Of the model, or of the file.
    title, kind : str
        Of a model; else empty.
    values, units : dict
        Parameters of a model by key.
    neutrino : Neutrino
    oscillation : Oscillation
    masses : (3,)
        [eV]
    mu_eff : dict of float
        Effective moments by beam [mu_B].
    beams : dict of str
        What these beams are.
    plasmon : float
        The moment that cools stars [mu_B].
    lifetimes : dict of float
        Of nu_i -> nu_f gamma [s] by "i -> f"; without those that are forbidden.
    delta_a_mu : float or None
        Shift of the muon's anomaly.
    m_nu : float or None
        Mass that comes with the moment [eV], an estimate.
    doubts : tuple of str

    Examples
    --------
    >>> found = predict("su2h", f=0.014, f_prime=1)
    >>> print(f"{found.mu_eff['reactor']:.2e} mu_B, delta a_mu = {1e11 * found.delta_a_mu:.0f}e-11")
    9.94e-12 mu_B, delta a_mu = 130e-11
    """

    name: str
    title: str
    kind: str
    values: dict[str, float]
    units: dict[str, str]
    neutrino: Neutrino
    oscillation: Oscillation
    masses: NDArray[np.float64]
    mu_eff: dict[str, float]
    beams: dict[str, str]
    plasmon: float
    lifetimes: dict[str, float]
    delta_a_mu: float | None
    m_nu: float | None
    doubts: tuple[str, ...]

    def __repr__(self) -> str:
        return notebook.lines(f"Observables of {self.name}", self._words, width=160)

    def _repr_html_(self) -> str:
        return notebook.shown(f"{self.name}{f': {self.title}' if self.title else ''}", self._words)

    @property
    def _words(self) -> dict[str, str]:
        moments = ", ".join(f"{name} {digits.number(value)}" for name, value in self.mu_eff.items())
        lives = ", ".join(f"{name} {digits.number(value)} s" for name, value in self.lifetimes.items())
        words = {
            "parameters": self.parameters_in_words(),
            "neutrino": " ".join(str(self.neutrino).split()),
            "mu_eff [mu_B]": moments,
            "stars": f"{digits.number(self.plasmon)} mu_B (plasmon decay)",
            "lifetimes": lives,
            "delta a_mu": "" if self.delta_a_mu is None else digits.number(self.delta_a_mu),
            "m_nu": "" if self.m_nu is None else f"{digits.number(self.m_nu)} eV",
            "doubts": "; ".join(self.doubts),
        }
        return {key: text for key, text in words.items() if text}

    def parameters_in_words(self) -> str:
        """Values with their units."""
        shown = {key: "" if unit == "1" else f" {unit}" for key, unit in self.units.items()}
        return ", ".join(f"{key} = {digits.plain(value)}{shown[key]}" for key, value in self.values.items())

    def flavour(self) -> NDArray[np.complex128]:
        """lambda in the flavour basis [mu_B]."""
        return flavour_lam(self.neutrino, np.asarray(self.oscillation.pmns()))

    def mass(self) -> NDArray[np.complex128]:
        """lambda in the mass basis [mu_B]."""
        return mass_lam(self.neutrino, np.asarray(self.oscillation.pmns()))

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-prediction/1``."""
        return {
            **stamp("prediction"),
            "name": self.name,
            "title": self.title or None,
            "kind": self.kind or None,
            "parameters": {key: {"value": value, "unit": self.units[key]} for key, value in self.values.items()},
            "nature": self.neutrino.nature,
            "oscillation": self.oscillation.name or None,
            "masses": {"values": self.masses.tolist(), "unit": "eV"},
            "lambda": {
                "unit": "mu_B",
                "flavour": _complex(self.flavour()),
                "mass": _complex(self.mass()),
                "order": {"flavour": list(FLAVOURS), "mass": ["1", "2", "3"]},
            },
            "mu_eff": {
                "unit": "mu_B",
                "beams": {name: {"value": value, "meaning": self.beams[name]} for name, value in self.mu_eff.items()},
                "plasmon_decay": self.plasmon,
            },
            "lifetimes": {"unit": "s", "decays": dict(self.lifetimes)},
            "delta_a_mu": self.delta_a_mu,
            "m_nu": None if self.m_nu is None else {"value": self.m_nu, "unit": "eV"},
            "doubts": list(self.doubts),
        }


def _complex(matrix: NDArray[np.complex128]) -> dict[str, Any]:
    return {"real": matrix.real.tolist(), "imag": matrix.imag.tolist()}


def predict(
    given: str | Path | Mapping[str, Any] | Neutrino,
    /,
    *,
    beams: Iterable[str | Experiment | Mixture] | None = None,
    oscillation: str | Oscillation | None = None,
    m_lightest: float | None = None,
    **values: Any,
) -> Observables:
    """Observables of a model, or of a neutrino given by matrices.

    Parameters
    ----------
    given : str, Path, mapping or Neutrino
        The name of a model, a file neutrino.yaml, what that would say, or a neutrino.
    beams : iterable of str, Experiment or Mixture, optional
        Beside those that are always shown: names of `nudipole.predictions.names`, or experiments, which are folded.
        Those of type Mixture alone, where all are.
    oscillation : str or Oscillation, optional
        Mixing and splittings; NuFIT 6.0, normal ordering, or what the file says.
    m_lightest : float, optional
        Mass of the lightest neutrino [eV], for the decays; zero, or what the file or the model says.
    **values
        Parameters of the model: numbers in their units, or text with a unit.

    Returns
    -------
    Observables

    Raises
    ------
    InputError, UnknownName, NotANumber, OutOfRange, UnitError, NudipoleError
        For an unknown model, parameter or beam, a value without meaning, a wrong file.

    Examples
    --------
    >>> found = predict("sm-dirac", m_lightest=0.01)
    >>> print(f"{found.mu_eff['reactor']:.3e} mu_B")
    4.275e-21 mu_B
    >>> predict("su2h", m_H="0 GeV")
    Traceback (most recent call last):
    nudipole.errors.OutOfRange: su2h.m_H = 0 GeV must be more than 0 GeV
    """
    if m_lightest is not None:
        m_lightest = arguments.number("m_lightest", m_lightest, low=0.0, unit="eV")
    found = described(given, values, oscillation=oscillation, m_lightest=m_lightest)
    return of_described(found, seen(found.oscillation, beams))


def seen(oscillation: Oscillation, beams: Iterable[str | Experiment | Mixture] | None = None) -> list[Mixture]:
    """The beams that a prediction has: the usual ones and those asked for; or given ones alone.

    Raises
    ------
    UnknownName
        If a beam is unknown.
    """
    asked = list(beams or ())
    if asked and all(isinstance(one, Mixture) for one in asked):
        return [one for one in asked if isinstance(one, Mixture)]
    known = mixtures(oscillation)
    found = [known[name] for name in SHOWN]
    for one in asked:
        if isinstance(one, Mixture):
            found.append(one)
        elif isinstance(one, str) and one in known:
            found += [] if one in SHOWN else [known[one]]
        else:
            found.append(mixture(one))
    return found


def of_described(found: Described, beams: Iterable[Mixture]) -> Observables:
    """Observables of a described neutrino in given beams."""
    U, shown = np.asarray(found.oscillation.pmns()), list(beams)
    model, values = found.model, found.values
    masses = None if model is None else model.masses(values, found.oscillation)
    if masses is None:
        masses = masses_of(found.m_lightest, found.oscillation)
    states = Neutrino(found.neutrino.nature, "mass", mass_lam(found.neutrino, U))
    widths = radiative_widths(states, masses)
    decays = [(i, f) for i in range(3) for f in range(3) if widths[f, i] > _LEAST]
    return Observables(
        name=found.name,
        title="" if model is None else model.title,
        kind="" if model is None else KINDS[model.kind],
        values=dict(values),
        units={} if model is None else {key: one.unit for key, one in model.keys.items()},
        neutrino=found.neutrino,
        oscillation=found.oscillation,
        masses=masses,
        mu_eff=effective_moments(found.neutrino, shown, U),
        beams={one.name: one.words for one in shown},
        plasmon=plasmon_moment(found.neutrino),
        lifetimes={f"{i + 1} -> {f + 1}": float(1 / widths[f, i]) for i, f in decays},
        delta_a_mu=None if model is None else model.delta_a_mu(values),
        m_nu=None if model is None else model.m_nu(values),
        doubts=() if model is None else tuple(model.doubts(values)),
    )

"""Masses and flavours of the portal as people write them, and the likelihood of a mass."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits, units
from nudipole.errors import NoEffect, NudipoleError, UnknownName, shortened
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.heavy_lepton import MOST
from nudipole.experiments.likelihood import likelihood
from nudipole.properties import find
from nudipole.statistics import Model
from nudipole.statistics.validation import poi_scale

#: Parameter by flavour; all: a lepton for each.
FLAVOURS = {"all": "d", "e": "d_e", "mu": "d_mu", "tau": "d_tau"}
_MOST = 2000


def parameter_of(flavour: str) -> str:
    """The dipole of a flavour, or of all.

    Examples
    --------
    >>> parameter_of("tau")
    'd_tau'
    """
    if flavour not in FLAVOURS:
        raise UnknownName("flavour of the dipole", flavour, FLAVOURS)
    return FLAVOURS[flavour]


def masses_of(given: str | Iterable[float], points: int) -> NDArray[np.float64]:
    """Masses [MeV] of a range, in equal ratios, or of a list.

    Parameters
    ----------
    given : str or iterable of float
        1keV..60MeV, or 100keV,640keV; numbers are in MeV.
    points : int
        Of a range.

    Raises
    ------
    NudipoleError
        If they are no masses above zero.

    Examples
    --------
    >>> masses_of("1MeV..100MeV", 3).round(9).tolist()
    [1.0, 10.0, 100.0]
    """
    if not isinstance(given, str):
        found = np.array([arguments.number("mass", m4, low=0.0, inside=True, unit="MeV") for m4 in given])
    elif ".." in given:
        low, high = (_mass(part, given) for part in given.split("..", 1))
        if not low < high:
            raise NudipoleError(f"masses {shortened(given)}: the first must be the lower one, as in 1keV..60MeV")
        if not 2 <= points <= _MOST:
            raise NudipoleError(f"{points} points: write from 2 to {_MOST}")
        found = np.exp(np.linspace(math.log(low), math.log(high), points))
        found[0], found[-1] = low, high
    else:
        found = np.array([_mass(part, given) for part in given.split(",")])
    if not len(found) or np.any(np.diff(found) <= 0):
        raise NudipoleError("masses must rise, and there must be one at least")
    return found


def grid_of(masses: NDArray[np.float64]) -> dict[str, float | None]:
    """Plain data: how many masses there are, and the largest ratio of one to the one before; None of a single one.

    Examples
    --------
    >>> grid_of(np.array([1.0, 2.0, 8.0]))
    {'masses': 3, 'largest_step': 4.0}
    """
    steps = masses[1:] / masses[:-1]
    return {"masses": len(masses), "largest_step": float(steps.max()) if len(steps) else None}


def grid_in_words(masses: NDArray[np.float64]) -> list[str]:
    """What a curve is computed at, and that it is not between; nothing to say of a single mass.

    Examples
    --------
    >>> grid_in_words(np.array([1.0, 2.0, 8.0]))
    ['grid: 3 masses, each up to 4.00 times the one before; nothing is computed between them']
    """
    if len(masses) < 2:
        return []
    step = digits.number(grid_of(masses)["largest_step"])
    return [f"grid: {len(masses)} masses, each up to {step} times the one before; nothing is computed between them"]


def _mass(text: str, whole: str) -> float:
    try:
        mass = units.parse(text.strip(), "keV")
    except NudipoleError as error:
        raise NudipoleError(f"masses {shortened(whole)}: {error}") from error
    if not 0 < mass < math.inf:
        raise NudipoleError(f"masses {shortened(whole)}: a mass must be more than 0")
    return mass


def model_seen(
    experiments: Sequence[Experiment], parameter: str, fluxes: Collection[str] | None = None
) -> Model | None:
    """The likelihood of those of the experiments whose counts change.

    Parameters
    ----------
    experiments : sequence of Experiment
        With a heavy lepton.
    parameter : str
    fluxes : collection of str, optional
        As of `likelihood`.

    Returns
    -------
    Model or None
        None where no dipole below 1/v stands out of the scatter of the data: at the end of the reach there are but
        tails of the resolution.
    """
    seeing, models = [], []
    for experiment in experiments:
        try:
            model = likelihood(experiment, parameter, fluxes=fluxes)
        except NoEffect:
            continue
        if poi_scale(model) < find(parameter).poi(MOST):
            models.append(model)
            seeing.append(experiment)
    if not seeing:
        return None
    return models[0] if len(models) == 1 else likelihood(seeing, parameter, fluxes=fluxes)

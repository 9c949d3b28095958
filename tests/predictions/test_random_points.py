"""A thousand random points of models and random matrices: each has a prediction, or a line that says why not."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nudipole import predictions
from nudipole.errors import NudipoleError
from nudipole.experiments.neutrino import neutrino as read
from nudipole.mixing import nufit
from nudipole.models import MODELS
from nudipole.predictions.beams import mixtures

OSCILLATION = nufit("nufit-6.0-no")
BEAMS = list(mixtures(OSCILLATION).values())


def drawn(rng, parameter):
    """A value anywhere, at an end now and then, and now and then one that has no meaning."""
    if parameter.allowed:
        return float(rng.choice([*parameter.allowed, 3.5]))
    kind = rng.uniform()
    low, high = max(parameter.low, -1e3), min(parameter.high, 1e3)
    if kind < 0.03:
        return float(rng.choice([math.nan, math.inf, -1.0, 0.0, 1e300, -1e300, 1e-300]))
    if kind < 0.1:
        return float(rng.choice([low, high, parameter.default]))
    if parameter.low == 0 and not math.isfinite(parameter.high):
        return float(10 ** rng.uniform(-8, 8))
    return float(rng.uniform(low, high))


def complete(found):
    """Whether everything that is predicted is a number to compute with, or says that there is none."""
    numbers = [*found.mu_eff.values(), found.plasmon, *found.lifetimes.values(), *found.masses]
    numbers += [one for one in (found.delta_a_mu, found.m_nu) if one is not None]
    assert all(math.isfinite(number) for number in numbers)
    assert all(mu >= 0 for mu in found.mu_eff.values())
    assert json.dumps(found.to_json(), allow_nan=False)
    assert repr(found)


def line(error):
    text = str(error)
    assert text
    assert "\n" not in text
    assert len(text) < 1000


@pytest.mark.slow
def test_points_of_models():
    rng = np.random.default_rng(20)
    done = failed = 0
    for _ in range(1000):
        model = MODELS[str(rng.choice(list(MODELS)))]
        values = {key: drawn(rng, one) for key, one in model.keys.items() if rng.uniform() < 0.8}
        try:
            complete(predictions.predict(model.name, beams=BEAMS, **values))
            done += 1
        except NudipoleError as error:
            line(error)
            failed += 1
    assert done > 500
    assert failed > 20


def random_description(rng):
    """A file that may well be wrong: any keys, entries with or without units, any symmetry."""
    nature, basis = str(rng.choice(["dirac", "majorana"])), str(rng.choice(["mass", "flavour"]))
    data = {"nature": nature, "basis": basis}

    def entry(unit):
        if rng.uniform() < 0.2:
            return 0
        size = 10 ** rng.uniform(-14, -9)
        if rng.uniform() < 0.1:
            return size
        if rng.uniform() < 0.3:
            return {"modulus": f"{size} {unit}", "phase": f"{rng.uniform(0, 360)} deg"}
        return f"{size}{rng.normal() * size:+}j {unit}" if rng.uniform() < 0.3 else f"{size} {unit}"

    def matrix(unit):
        if rng.uniform() < 0.5:
            places = (
                ("11", "12", "13", "22", "23", "33") if basis == "mass" else ("e", "emu", "etau", "mu", "mutau", "tau")
            )
            if nature == "majorana" and rng.uniform() < 0.8:
                places = [place for place in places if len(place) > 1 and place not in ("11", "22", "33", "mu", "tau")]
            return {str(place): entry(unit) for place in rng.choice(places, 2, replace=False)}
        return [[entry(unit) for _ in range(3)] for _ in range(3)]

    for key, unit in (("mu", "mu_B"), ("eps", "mu_B"), ("lambda", "mu_B"), ("q", "e"), ("r2", "cm^2"), ("a", "cm^2")):
        if rng.uniform() < 0.25:
            data[key] = matrix(unit)
    if rng.uniform() < 0.25:
        data["Lambda"] = [entry("mu_B") for _ in range(3)]
    if rng.uniform() < 0.05:
        data[str(rng.choice(["model", "natur", "name"]))] = "su2h"
    return data


@pytest.mark.slow
def test_descriptions():
    rng = np.random.default_rng(21)
    done = failed = 0
    for _ in range(1000):
        data = random_description(rng)
        try:
            neutrino = read(data)
        except NudipoleError as error:
            line(error)
            failed += 1
            continue
        complete(predictions.predict(neutrino, beams=BEAMS, oscillation=OSCILLATION, m_lightest=0.01))
        done += 1
    assert done > 100
    assert failed > 300


@pytest.mark.long
@pytest.mark.slow
def test_matrices():
    """Matrices that keep the rules, of any size, have all observables."""
    rng = np.random.default_rng(22)
    for _ in range(1000):
        lam = 10 ** rng.uniform(-25, -6) * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
        lam = lam * (rng.uniform(size=(3, 3)) > 0.3)
        kind = rng.uniform() < 0.5
        entries = lam if kind else lam - lam.T
        rows = [[f"{value.real!r}{value.imag:+.17g}j mu_B" for value in row] for row in entries.tolist()]
        data = {
            "nature": "dirac" if kind else "majorana",
            "basis": str(rng.choice(["mass", "flavour"])),
            "lambda": rows,
        }
        neutrino = read(data)
        assert np.asarray(neutrino.lam) == pytest.approx(entries, rel=1e-12, abs=1e-40)
        m = float(rng.uniform(0, 0.1))
        complete(predictions.predict(neutrino, beams=BEAMS, oscillation=OSCILLATION, m_lightest=m))

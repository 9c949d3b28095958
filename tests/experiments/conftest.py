"""Experiments loaded once, and a description of the user's own to vary."""

from __future__ import annotations

import pytest

import nudipole as nd
from nudipole.experiments import load

OWN = """\
name: my-experiment
title: a xenon detector of one tonne
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: solar}
target: {element: Xe}
process: {kind: nu-e}
exposure: 1 t yr
detector:
  bins: {edges: [1, 2, 3, 5, 10], unit: keV}
  resolution: {kind: sqrt-linear, a: 0.3 keV^0.5, b: 0.004}
  efficiency: {of: reconstructed, energy: [0, 1, 30], value: [0, 0.5, 0.9]}
data: asimov
backgrounds:
  flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}
"""


@pytest.fixture(scope="session")
def own_text():
    """A valid description with one change: ``own_text(old, new)``."""

    def changed(old="", new=""):
        assert old in OWN
        return OWN.replace(old, new) if old else OWN

    return changed


@pytest.fixture
def own(own_text, tmp_path):
    """Path of a file with the user's own experiment, with one change."""

    def written(old="", new=""):
        path = tmp_path / "my_experiment.yaml"
        path.write_text(own_text(old, new), encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="session")
def xenonnt():
    return load("xenonnt-2022")


@pytest.fixture(scope="session")
def xenonnt_limit(xenonnt):
    """Limits on XENONnT's parameters, each computed once."""
    known = {}

    def found(parameter="mu_nu", construction="unified"):
        if (parameter, construction) not in known:
            known[parameter, construction] = nd.limit(xenonnt, parameter, construction=construction)
        return known[parameter, construction]

    return found


@pytest.fixture(scope="session")
def xenon1t_limit():
    """Limits of XENON1T's variants, each computed once."""
    known = {}

    def found(variant=None):
        if variant not in known:
            known[variant] = nd.limit(load("xenon1t-2020", variant))
        return known[variant]

    return found

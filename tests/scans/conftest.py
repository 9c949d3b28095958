"""A small experiment of the user's own, with a file beside its description."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nudipole.scans import Description, ExperimentText, Grid

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
data: {file: data.csv, column: observed}
backgrounds:
  flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}
nuisances:
  resolution:
    plus: {detector: {resolution: {kind: sqrt-linear, a: 0.36 keV^0.5, b: 0.004}}}
    minus: {detector: {resolution: {kind: sqrt-linear, a: 0.24 keV^0.5, b: 0.004}}}
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where my_experiment.yaml and another.yaml lie."""
    path = tmp_path_factory.mktemp("own")
    (path / "data.csv").write_text("observed [1]\n18\n16\n33\n92\n")
    (path / "my_experiment.yaml").write_text(OWN)
    (path / "another.csv").write_text("observed [1]\n50\n51\n90\n252\n")
    another = OWN.replace("my-experiment", "another").replace("1 t yr", "3 t yr").replace("data.csv", "another.csv")
    (path / "another.yaml").write_text(another)
    return path


@pytest.fixture(scope="session")
def source(folder):
    return ExperimentText.read(folder / "my_experiment.yaml")


@pytest.fixture(scope="session")
def profiles(source):
    """A profile over two moments in several chunks."""
    grid = tuple(float(f"{x:.12g}") for x in np.linspace(0, 4e-11, 17))
    return Description("delta-chi2", (source,), {"mu_e": Grid(grid, "mu_B"), "mu_mu": Grid(grid, "mu_B")}, seed=0)


@pytest.fixture(scope="session")
def toys(source):
    """Ensembles at two values, of two and a half chunks each."""
    return Description("toys", (source,), {"mu_nu": Grid((0.0, 2e-11), "mu_B")}, toys=25_000, seed=5)


@pytest.fixture(scope="session")
def few_toys(toys):
    """One chunk of fewer toys than are drawn together."""
    return replace(toys, parameters={"mu_nu": Grid((2e-11,), "mu_B")}, toys=300)

"""Fixtures and settings common to all tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import nudipole as nd

# The same examples on every machine, and no verdict that depends on its speed.
settings.register_profile("nudipole", derandomize=True, deadline=None)
settings.load_profile("nudipole")


#: Memory maps of a process beyond which compiled kernels are dropped: Linux allows 65530, and compiling then crashes.
_MOST_MAPS = 25_000


@pytest.fixture(autouse=True, scope="module")
def _few_compiled_kernels() -> Iterator[None]:
    """Kernels that earlier modules compiled are dropped before there are too many."""
    yield
    maps = Path("/proc/self/maps")
    if "jax" in sys.modules and maps.exists() and maps.read_bytes().count(b"\n") > _MOST_MAPS:
        sys.modules["jax"].clear_caches()
        gc.collect()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the full published tables, which nudipole does not carry; without it the test is skipped."""
    root = Path(__file__).resolve().parents[1]
    shared = Path(os.environ.get("NUDIPOLE_SHARED", root.parent / "shared")) / "data"
    if not shared.is_dir():
        pytest.skip("no reference data: set NUDIPOLE_SHARED to the folder that holds data/")
    return shared


#: A description of the user's own, to vary.
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
    return nd.load("xenonnt-2022")


@pytest.fixture(scope="session")
def xenonnt_limit(xenonnt):
    """Limits on XENONnT's parameters, each computed once."""
    known = {}

    def found(parameter="mu_nu", construction="unified"):
        if (parameter, construction) not in known:
            known[parameter, construction] = nd.limit(xenonnt, parameter, by=nd.Asymptotic(construction))
        return known[parameter, construction]

    return found


@pytest.fixture(scope="session")
def xenon1t_limit():
    """Limits of XENON1T's variants, each computed once."""
    known = {}

    def found(variant=None):
        if variant not in known:
            known[variant] = nd.limit(nd.load("xenon1t-2020", variant))
        return known[variant]

    return found

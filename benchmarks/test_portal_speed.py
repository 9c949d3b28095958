"""Speed of the dipole portal, against the targets of the project. Run with `make bench`."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole import portal
from nudipole.experiments.build.experiment import with_heavy

MASSES = np.geomspace(1e-3, 3.0, 100).tolist()


def report(name: str, seconds: float, target: float) -> None:
    verdict = "within" if seconds <= target else "ABOVE"
    print(f"\n{name}: {seconds:.3g} s, target {target:.3g} s ({verdict})")


@pytest.fixture(scope="module")
def experiment():
    return nd.load("xenonnt-2022")


def test_responses(benchmark, experiment):
    """Those of XENONnT for a hundred masses, warm."""
    with_heavy(experiment, MASSES)
    benchmark.pedantic(with_heavy, (experiment, MASSES), rounds=3)
    report("XENONnT responses of 100 masses", benchmark.stats["median"], 1.0)


def test_curve(benchmark, experiment):
    """A limit at each of a hundred masses, responses included, warm."""
    portal.exclusion(experiment, MASSES, flavour="tau")
    benchmark.pedantic(portal.exclusion, (experiment, MASSES), {"flavour": "tau"}, rounds=1)
    report("XENONnT limits of 100 masses", benchmark.stats["median"], 5.0)

"""Speed of the joint fit and of verdicts over all experiments with data, beside a plain loop of iminuit.

Run with `make bench`. All numbers are warm: experiments loaded, kernels compiled.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from iminuit import Minuit

import nudipole as nd
from nudipole.experiments.neutrino import described
from nudipole.inference.joint.problem import problem
from nudipole.inference.joint.which import published_by_default, with_data
from nudipole.inference.verdict.judge import judge, prepared

#: Beside the experiments.
PUBLISHED = published_by_default()


def report(name: str, seconds: float, target: float) -> None:
    verdict = "within" if seconds <= target else "ABOVE"
    print(f"\n{name}: {seconds:.3g} s, target {target:.3g} s ({verdict})")


def silent(words: str) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def experiments():
    return [nd.load(name) for name in with_data()]


@pytest.fixture(scope="module")
def panel(experiments):
    return prepared(described("su2h").oscillation, experiments, (), PUBLISHED, silent)


def test_fit(benchmark, experiments):
    """|Lambda_i| with phases, mixing and all nuisances profiled: profiles, one at a time, norm, careful refit."""
    nd.fit(experiments, published=PUBLISHED, starts=1)
    benchmark.pedantic(nd.fit, (experiments,), {"published": PUBLISHED}, rounds=1)
    report("joint fit of all experiments", benchmark.stats["median"], 60.0)


def test_minimum_beside_iminuit(benchmark, experiments):
    """One minimum from a random start: block-wise Newton, and Minuit with the same gradient in the same process."""
    blocks = problem(experiments, "majorana", published=PUBLISHED, progress=silent).blocks
    x0 = blocks.start({"lambda_1": 1.0, "lambda_2": -0.7, "lambda_3": 0.4, "phi_2": 1.0, "phi_3": -2.0})
    blocks.minimise(x0)
    blocks.gradient(x0)
    found = benchmark.pedantic(blocks.minimise, (x0,), rounds=5)
    minuit = Minuit(lambda x: blocks.gradient(x)[0], x0, grad=lambda x: blocks.gradient(x)[1])
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits = list(zip(blocks.lower, blocks.upper, strict=True))
    started = time.perf_counter()
    minuit.migrad(ncall=5000)
    peer = time.perf_counter() - started
    deeper = f"chi2 {minuit.fval - found.chi2:+.2g} above" + ("" if minuit.valid else ", not valid")
    ratio = peer / benchmark.stats["median"]
    print(f"\nminimum: {benchmark.stats['median']:.3g} s, iminuit {peer:.3g} s ({ratio:.0f} x; {deeper})")


def test_verdict(benchmark, panel):
    """A neutrino against all experiments, one by one and together, with limits."""
    one = described("su2h", {"f": 0.014})
    judge(one, panel, 0.90, silent)
    benchmark.pedantic(judge, (one, panel, 0.90, silent), rounds=5)
    report("verdict over all experiments", benchmark.stats["median"], 2.0)


def test_many_neutrinos(benchmark, panel):
    """Ten thousand matrices against all experiments, nuisances held."""
    rng = np.random.default_rng(1)
    lam = 1e-11 * (rng.normal(size=(10_000, 3, 3)) + 1j * rng.normal(size=(10_000, 3, 3)))
    panel.chi2(lam)
    benchmark.pedantic(panel.chi2, (lam,), rounds=5)
    report("10^4 neutrinos against all", benchmark.stats["median"], 1.0)

"""Speed of the hot paths and of the commands, against the targets of the project. Run with `make bench`.

Every number is printed beside its target; nothing here is a test of correctness.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nudipole as nd
from nudipole.numerics import jax, jnp
from nudipole.rates import fold


def report(name: str, seconds: float, target: float) -> None:
    verdict = "within" if seconds <= target else "ABOVE"
    print(f"\n{name}: {seconds * 1e3:.3g} ms, target {target * 1e3:.3g} ms ({verdict})")


@pytest.fixture(scope="module")
def experiment():
    return nd.load("xenonnt-2022")


def test_response(benchmark, experiment):
    """The complete XENONnT response, all components and channels, warm."""
    args = (experiment.beam, experiment.process, experiment.detector)

    def run():
        return jax.block_until_ready(fold(*args, exposure=experiment.spec.exposure).W)

    run()
    benchmark(run)
    report("XENONnT response, 8 components x 10 channels x 29 bins", benchmark.stats["median"], 0.020)


def test_likelihood_and_gradient(benchmark, experiment):
    """Likelihood and gradient at 1000 points of the full complex 3x3 lambda, one warm call."""
    likelihood = experiment.moment_likelihood()
    random = np.random.default_rng(1)
    lam = jnp.asarray(1e-11 * (random.normal(size=(1000, 3, 3)) + 1j * random.normal(size=(1000, 3, 3))))

    def run():
        return jax.block_until_ready(likelihood.chi2_and_gradient(lam))

    run()
    benchmark(run)
    report("29-bin likelihood + gradient, 1000 points, full 3x3 lambda", benchmark.stats["median"], 0.001)


def test_limit_in_process(benchmark, experiment):
    """A complete limit, all constructions, expected and observed, warm."""
    experiment.limit("mu_nu")
    benchmark(lambda: experiment.limit("mu_nu"))


COMMANDS = [
    pytest.param(["--help"], False, 0.4, id="help"),
    pytest.param(["limit", "xenonnt-2022", "--plot", "limit.png"], True, 8.0, id="limit-cold"),
    pytest.param(["limit", "xenonnt-2022", "--plot", "limit.png"], False, 4.0, id="limit-warm-cache"),
]


@pytest.mark.parametrize(("arguments", "cold", "target"), COMMANDS)
def test_command(benchmark, tmp_path_factory, arguments, cold, target):
    """Whole processes; cold means an empty compilation cache."""
    caches = [tmp_path_factory.mktemp("cache") for _ in range(4)] if cold else [tmp_path_factory.mktemp("cache")] * 4
    work = tmp_path_factory.mktemp("work")
    command = [str(Path(sys.executable).with_name("nudipole")), *arguments]

    def run():
        environment = {**os.environ, "XDG_CACHE_HOME": str(caches.pop() if cold else caches[0])}
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=work, env=environment)
        return time.perf_counter() - start

    if not cold:
        run()
    benchmark.pedantic(run, rounds=3, iterations=1)
    report("nudipole " + " ".join(arguments) + (" (cold)" if cold else " (warm)"), benchmark.stats["median"], target)

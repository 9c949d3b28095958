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
    dipole = experiment.response.channels.index("dipole")
    W = jnp.asarray(np.asarray(experiment.response.W)[:, dipole].sum(axis=0)) * 1e-22
    observed = jnp.asarray(experiment.observed)
    background = jnp.asarray(experiment.backgrounds[0].counts)
    # Re Tr[W lam^+ lam] is a quadratic form in the 18 real numbers of lambda, block diagonal in its rows.
    real = jnp.concatenate(
        [jnp.concatenate([W.real, -W.imag], axis=2), jnp.concatenate([W.imag, W.real], axis=2)], axis=1
    )

    @jax.jit
    def value_and_gradient(rows):
        def chi2(rows):
            outer = jnp.einsum("nri,nrj->nij", rows, rows).reshape(len(rows), 36)
            expected = background + outer @ real.reshape(-1, 36).T
            return 2 * jnp.sum(expected - observed * jnp.log(expected), axis=1)

        values, pullback = jax.vjp(chi2, rows)
        return values, pullback(jnp.ones(len(rows)))[0]

    lam = np.random.default_rng(1).normal(size=(1000, 3, 6))
    full = lam[0, :, :3] + 1j * lam[0, :, 3:]
    direct = np.einsum("bij,ji->b", np.asarray(W), full.conj().T @ full).real
    quadratic = np.einsum("ri,bij,rj->b", lam[0], np.asarray(real), lam[0])
    np.testing.assert_allclose(quadratic, direct, rtol=1e-10)
    points = jnp.asarray(lam)
    jax.block_until_ready(value_and_gradient(points))
    benchmark(lambda: jax.block_until_ready(value_and_gradient(points)))
    report("29-bin likelihood + gradient, 1000 points, 18 parameters", benchmark.stats["median"], 0.001)


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

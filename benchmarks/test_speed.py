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
from nudipole import constants as const
from nudipole.detectors import Detector, Efficiency, Fano, Lindhard
from nudipole.experiments.likelihood import moments
from nudipole.interactions import NucleusScattering
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino
from nudipole.rates import fold
from nudipole.recoils import RecoilRate
from nudipole.sources import Reactor
from nudipole.targets import isotopes

KEV = 1e-3


def report(name: str, seconds: float, target: float) -> None:
    verdict = "within" if seconds <= target else "ABOVE"
    print(f"\n{name}: {seconds * 1e3:.3g} ms, target {target * 1e3:.3g} ms ({verdict})")


@pytest.fixture(scope="module")
def experiment():
    return nd.load("xenonnt-2022")


def test_response(benchmark, experiment):
    """The complete XENONnT response, all components and channels, warm."""
    (part,) = experiment.parts
    ((processes, exposure),) = part.folded

    def run():
        return jax.block_until_ready(fold(experiment.beam, processes, part.detector, exposure=exposure).W)

    run()
    benchmark(run)
    report("XENONnT response, 8 components x 10 channels x 29 bins", benchmark.stats["median"], 0.020)


RECOILS = np.geomspace(1e-3, 3, 100) * KEV
MOMENT = 1e-10


def helm(q, A):
    """Form factor, q in MeV."""
    q = q / 197.3269804
    x = q * np.sqrt((1.23 * A ** (1 / 3) - 0.60) ** 2 + 7 / 3 * np.pi**2 * 0.52**2 - 5 * 0.9**2)
    return 3 * (np.sin(x) - x * np.cos(x)) / x**3 * np.exp(-((q * 0.9) ** 2) / 2)


def plain_numpy(E, flux, nuclei):
    """CEvNS and dipole rates as codes of the field have them: the trapezoidal rule on 1000 energies for each recoil."""
    rates = np.zeros(len(RECOILS))
    for fraction, A, M in nuclei:
        for i, T in enumerate(RECOILS):
            least = (T + np.sqrt(T**2 + 2 * M * T)) / 2
            if least >= E[-1]:
                continue
            energy = np.linspace(least, E[-1], 1000)
            F = helm(np.sqrt(2 * M * T), A)
            weak = const.G_F**2 * M / np.pi * (1 - T / energy - M * T / (2 * energy**2))
            weak *= ((32 * 0.03824 - 0.5117 * (A - 32)) * F) ** 2
            dipole = np.pi * const.alpha**2 / const.m_e**2 * (1 / T - 1 / energy) * (32 * F * MOMENT) ** 2
            rates[i] += fraction * np.trapezoid(np.interp(energy, E, flux) * (weak + dipole), energy)
    return rates


def test_recoil_spectrum_of_a_reactor(benchmark):
    """CEvNS + dipole on natural germanium, five isotopes, 100 recoil energies, warm; beside plain NumPy.

    The lower of many rounds on both sides: others may use the machine.
    """
    beam = Reactor.named().beam()
    germanium = NucleusScattering.on("Ge")
    rate = RecoilRate.of(beam, germanium, exposure=float(germanium[0].target_mass))
    operators = germanium[0].operators(Neutrino("dirac", "flavour", MOMENT * np.eye(3)))
    T = jnp.asarray(RECOILS)

    def run():
        return jax.block_until_ready(rate(T, operators))

    merged = beam.merged()
    E, flux = np.asarray(merged.E[0]), np.asarray(merged.density[0, :, 0, 0].real)
    nuclei = [(f, round(float(n.Z + n.N)), float(n.mass)) for f, n in isotopes("Ge")]
    ours, theirs = np.asarray(run()).sum(axis=0), plain_numpy(E, flux, nuclei)
    peer = min(timed(lambda: plain_numpy(E, flux, nuclei)) for _ in range(30))
    benchmark.pedantic(run, rounds=3000, iterations=1, warmup_rounds=100)
    report("CEvNS + dipole spectrum on Ge, 5 isotopes, 100 recoils", benchmark.stats["min"], 0.0003)
    print(f"median {benchmark.stats['median'] * 1e3:.3g} ms; plain NumPy {peer * 1e3:.3g} ms, "
          f"{peer / benchmark.stats['min']:.0f} times as long")  # fmt: skip
    print(f"largest difference {np.max(np.abs(theirs / ours - 1)):.1g}, below 1 keV "
          f"{np.max(np.abs(theirs / ours - 1)[RECOILS < KEV]):.1g}")  # fmt: skip


def timed(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def test_response_of_germanium(benchmark):
    """Reactor on natural germanium with quenching and resolution, all five isotopes at once, warm."""
    beam, germanium = Reactor.named().beam(), list(NucleusScattering.on("Ge"))
    edges = np.linspace(0.15, 1.0, 18) * KEV
    detector = Detector(edges, Fano(0.02 * KEV, 0.11, 2.96e-3 * KEV), Efficiency.constant(1.0), Lindhard(0.162, 32.0))

    def run():
        return jax.block_until_ready(fold(beam, germanium, detector, exposure=1.0).W)

    run()
    benchmark(run)
    print(f"\nGe response, 5 isotopes x 5 components x 7 channels x 17 bins: {benchmark.stats['median'] * 1e3:.3g} ms")


def test_loading_csi(benchmark):
    """CsI at a spallation source, counts in energy and time, all of it: description, beam, responses, variations."""
    first = timed(lambda: nd.load("example-sns-csi"))
    benchmark.pedantic(lambda: nd.load("example-sns-csi"), rounds=5, iterations=1)
    print(f"\nload example-sns-csi: {first:.3g} s at first, {benchmark.stats['median']:.3g} s warm")


def test_likelihood_and_gradient(benchmark, experiment):
    """Likelihood and gradient at 1000 points of the full complex 3x3 lambda, one warm call."""
    likelihood = moments(experiment)
    random = np.random.default_rng(1)
    lam = jnp.asarray(1e-11 * (random.normal(size=(1000, 3, 3)) + 1j * random.normal(size=(1000, 3, 3))))

    def run():
        return jax.block_until_ready(likelihood.chi2_and_gradient(lam))

    run()
    benchmark(run)
    report("29-bin likelihood + gradient, 1000 points, full 3x3 lambda", benchmark.stats["median"], 0.001)


def test_limit_in_process(benchmark, experiment):
    """A complete limit, all constructions, expected and observed, warm."""
    nd.limit(experiment, "mu_nu")
    benchmark(lambda: nd.limit(experiment, "mu_nu"))


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

"""Speed of astrophysics against the targets of the project. Run with `make bench`."""

from __future__ import annotations

import numpy as np

from nudipole.astrophysics import Core, emissivity, n_eff_table


def report(name: str, seconds: float, target: float) -> None:
    verdict = "within" if seconds <= target else "ABOVE"
    print(f"\n{name}: {seconds * 1e3:.3g} ms, target {target * 1e3:.3g} ms ({verdict})")


def test_grid_of_emissivities(benchmark):
    """10^4 points with slopes; a point takes one ten-thousandth."""
    T, rho = np.geomspace(1e7, 1e10, 100), np.geomspace(1e2, 1e10, 100)

    def run():
        return emissivity(T, rho, derivatives=True)

    run()
    benchmark.pedantic(run, rounds=3)
    report("plasmon decay, 100 x 100 points with slopes", benchmark.stats["median"], 10.0)
    report("a point of it", benchmark.stats["median"] / 1e4, 0.001)


def test_table_of_n_eff(benchmark):
    mu, T = np.geomspace(0.5, 50, 20), np.array([0.1, 1.0, 10.0, 100.0])

    def run():
        return n_eff_table(mu, T)

    run()
    benchmark(run)
    report("N_eff, 20 x 4", benchmark.stats["median"], 5.0)


def test_core(benchmark):
    def run():
        return Core().luminosities()

    run()
    benchmark.pedantic(run, rounds=3)
    report("luminosities of a core", benchmark.stats["median"], 1.0)

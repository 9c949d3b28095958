"""Speed of precession: 200 energies of 8B, averaged over places of birth, beside a plain integration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nudipole.mixing import full, nufit, potential
from nudipole.mixing.matter_path import MU_B_GAUSS
from nudipole.precession import births, densities, field, precession, sun
from nudipole.precession.media import R_SUN
from nudipole.properties import Neutrino

MINE, MIXED, E = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12]), nufit(), np.linspace(2, 15, 200)


@pytest.mark.parametrize("shape", ["core:10kG", "convective:10kG"])
def test_default_method(benchmark, shape):
    """Choice of the method and error of the cells included: 1 ms per energy is asked for."""

    def run():
        return precession(MINE, field=shape, source="8B", energies=E, oscillation=MIXED)

    found = run()
    assert found.method == "first-order"
    assert found.error < 5e-3
    assert benchmark.pedantic(run, rounds=5).partners.shape == (1, 200, 3)
    report(benchmark, 200, f"{found.cells} cells, error {found.error:.1e}")


@pytest.mark.parametrize("shape", ["core:10kG", "convective:10kG"])
def test_all_six_states(benchmark, shape):
    """All places of birth at once: 30 ms per energy is asked for at 0.5 %."""
    made = sun(field(shape))

    def averaged(cells, energies):
        x = made.ends(cells)
        return np.einsum("enk,n->ek", np.asarray(full(MINE, MIXED, made.path(x), energies).partners), births("8B", x))

    few = E[::40]
    error = np.abs(averaged(1000, few).sum(1) / averaged(2000, few).sum(1) - 1).max()
    assert error < 5e-3
    averaged(1000, E)
    assert benchmark.pedantic(lambda: averaged(1000, E), rounds=3).shape == (200, 3)
    report(benchmark, 200, f"1000 cells, error {error:.1e}")


def test_plain_integration(benchmark):
    """One energy and one place of birth, 10 MeV and 0.05 R, by scipy: the average over births would be a hundred."""
    n_e, n_n = densities()
    U = np.asarray(MIXED.pmns())
    lam = np.asarray(MINE.to_flavour(U).lam) * MU_B_GAUSS
    vacuum = (U * np.asarray(MIXED.masses_squared())) @ U.conj().T / 20
    where = field("core:10kG")

    def H(x):
        V = np.diag([float(potential(n_e(x))), 0, 0]) - float(potential(n_n(x))) / 2 * np.eye(3)
        B = lam * complex(where.at(np.array([x]))[0])
        return np.block([[vacuum + V, B.conj().T], [B, vacuum.conj() - V]])

    nodes = np.linspace(0, 1, 4001)
    stack = np.array([H(x) for x in nodes]) * R_SUN
    stack -= np.trace(stack, axis1=1, axis2=2)[:, None, None] / 6 * np.eye(6)

    def slope(x, y):
        k = min(int(x * 4000), 3999)
        share = x * 4000 - k
        return -1j * ((1 - share) * stack[k] + share * stack[k + 1]) @ y

    def run():
        start = np.eye(6, dtype=complex)[0]
        return solve_ivp(slope, (0.05, 0.3), start, method="DOP853", rtol=1e-7, atol=1e-11)

    found = benchmark.pedantic(run, rounds=1)
    assert np.sum(np.abs(found.y[:, -1]) ** 2) == pytest.approx(1, rel=1e-4)
    report(benchmark, 1, f"{found.nfev} evaluations for one place of birth")


def report(benchmark, energies, words):
    """Print what was taken, as pytest-benchmark shows seconds alone."""
    each = benchmark.stats.stats.min * 1e3 / energies
    benchmark.extra_info["ms per energy"] = each
    print(f"\n{each:.2f} ms per energy, {words}")

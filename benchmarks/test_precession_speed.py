"""Speed of precession: 200 energies of 8B, averaged over places of birth."""

import numpy as np
import pytest

from nudipole.mixing import first_order, full, nufit
from nudipole.precession import births, field, sun
from nudipole.properties import Neutrino


@pytest.mark.parametrize(("solver", "cells"), [(first_order, 1000), (full, 2000)])
@pytest.mark.parametrize("shape", ["core:10kG", "convective:10kG"])
def test_200_energies(benchmark, solver, cells, shape):
    mine, mixed, E = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12]), nufit(), np.linspace(2, 15, 200)
    where = field(shape)
    made = sun(where)
    x = made.ends(cells)
    x = x[x <= where.last] if solver is first_order else x
    path, weights = made.path(x), births("8B", x)

    def run():
        return np.einsum("enk,n->ek", np.asarray(solver(mine, mixed, path, E).partners), weights)

    run()
    assert benchmark.pedantic(run, rounds=3).shape == (200, 3)
    benchmark.extra_info["ms per energy"] = benchmark.stats.stats.min * 1e3 / 200

"""Form factors and what other conventions call them."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import PropertyRule, ShapeError
from nudipole.mixing import nufit
from nudipole.properties import (
    Neutrino,
    conserves_cp,
    dipole_of_moment,
    form_factors,
    modern_charge_radius,
    moment_of_dipole,
    radiative_widths,
)

U = np.asarray(nufit().pmns())


def hermitian(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return (matrix + matrix.conj().T) / 2


def test_dirac_form_factors_are_what_was_put_in():
    names = ("magnetic", "electric", "charge", "charge_radius", "anapole")
    given = {name: hermitian(k) for k, name in enumerate(names)}
    neutrino = Neutrino.dirac(basis="mass", **given)
    found = form_factors(neutrino, -0.3)
    assert found.magnetic == pytest.approx(given["magnetic"], rel=1e-14, abs=0)
    assert found.electric == pytest.approx(given["electric"], rel=1e-14, abs=1e-15)
    assert found.charge == pytest.approx(given["charge"] - 0.05 * given["charge_radius"], rel=1e-14, abs=0)
    assert all(matrix == pytest.approx(matrix.conj().T, abs=1e-15) for matrix in found)
    turned = form_factors(neutrino.to_flavour(U), -0.3)
    assert turned.magnetic == pytest.approx(U @ found.magnetic @ U.conj().T, abs=1e-14)


def test_majorana_form_factors_keep_their_symmetry():
    rng = np.random.default_rng(1)
    antisymmetric = 1j * (lambda x: x - x.T)(rng.normal(size=(3, 3)))
    symmetric = (lambda x: x + x.T)(rng.normal(size=(3, 3)))
    neutrino = Neutrino.majorana(
        basis="mass", Lambda=rng.normal(size=3) + 1j * rng.normal(size=3), charge=antisymmetric, anapole=symmetric
    )
    found = form_factors(neutrino)
    for matrix in (found.charge, found.magnetic, found.electric):
        assert matrix == pytest.approx(-matrix.T, abs=1e-15)
        assert matrix == pytest.approx(matrix.conj().T, abs=1e-15)
    assert found.anapole == pytest.approx(found.anapole.T, abs=1e-15)
    with pytest.raises(PropertyRule, match="mass basis alone"):
        form_factors(neutrino.to_flavour(U))
    with pytest.raises(PropertyRule, match="to_mass"):
        conserves_cp(neutrino.to_flavour(U))


def test_widths():
    neutrino = Neutrino.majorana(basis="mass", Lambda=[0, 1, 0])
    widths = radiative_widths(neutrino, np.array([0.0, 0.5, 1.0]))
    assert np.count_nonzero(widths) == 1
    assert widths[0, 2] == pytest.approx(5.30725, rel=1e-6)
    assert not np.any(radiative_widths(neutrino, np.zeros(3)))
    assert np.isfinite(radiative_widths(neutrino, np.zeros(3))).all()
    with pytest.raises(ShapeError):
        radiative_widths(neutrino, np.zeros(2))
    with pytest.raises(PropertyRule):
        radiative_widths(neutrino.to_flavour(U), np.zeros(3))


def test_conventions():
    assert dipole_of_moment(1.0) == pytest.approx(148.152, abs=5e-4)  # mu_B/2 [1/GeV]
    assert moment_of_dipole(dipole_of_moment(3.9e-7)) == pytest.approx(3.9e-7, rel=1e-15, abs=0)
    assert [modern_charge_radius(r) for r in (-2.1, 3.3)] == [-4.2, 6.6]  # TEXONO, Giunti:2021
    assert modern_charge_radius(0.5, sign=-1) == -1.0
    with pytest.raises(PropertyRule, match="write 1, or -1"):
        modern_charge_radius(1.0, sign=2)

"""Neutrino-nucleon couplings."""

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.interactions import sm_charge_radius
from nudipole.interactions.electron_couplings import vector_shift_per_charge_radius
from nudipole.interactions.nucleus_couplings import NUCLEON_COUPLINGS, nucleon_couplings, tree
from nudipole.numerics import jax


@pytest.mark.parametrize("name", NUCLEON_COUPLINGS)
def test_every_set_is_finite_and_near_the_tree_level(name):
    found = nucleon_couplings(name)
    assert found.g_p.shape == (3,)
    assert found.g_n.shape == ()
    np.testing.assert_allclose(found.g_p, 0.5 - 2 * const.sin2_theta_w_0, atol=0.02)
    assert float(found.g_n) == pytest.approx(-0.5, abs=0.02)


def test_flavour_dependence_is_the_standard_charge_radius():
    """g_V^p -> g_V^p - Q_l, to the 5 digits to which 2 phi_l = Q_l(SM)."""
    full, blind = nucleon_couplings("one-loop"), nucleon_couplings("one-loop-without-charge-radius")
    shift = vector_shift_per_charge_radius() * sm_charge_radius()
    np.testing.assert_allclose(full.g_p - blind.g_p, -shift, rtol=1e-5)
    assert float(np.ptp(blind.g_p)) == 0
    assert full.g_n == blind.g_n


def test_tree_level_follows_the_mixing_angle():
    assert float(tree(0.2387).g_p[2]) == pytest.approx(0.0226, abs=1e-12)
    assert float(jax.grad(lambda s2: tree(s2).g_p[0])(0.23)) == -2
    np.testing.assert_array_equal(tree().g_p, nucleon_couplings("tree").g_p)


def test_unknown_set():
    with pytest.raises(UnknownName, match="did you mean 'one-loop'"):
        nucleon_couplings("oneloop")

"""One likelihood for one experiment and for many, for a parameter and for given neutrinos."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import NoEffect, NudipoleError
from nudipole.experiments import load
from nudipole.experiments.likelihood import at, likelihood, listed
from nudipole.properties import Neutrino, neutrino_of, neutrinos_of
from nudipole.statistics import profile

MOMENTS = np.array([0.0, 5e-12, 2e-11])


@pytest.fixture(scope="module")
def borexino():
    return load("borexino-2017")


@pytest.mark.parametrize("parameter", ["mu_nu", "mu_e", "eps_e", "lambda_2"])
def test_given_neutrinos_are_points_of_the_curve(xenonnt, parameter):
    curve = profile(likelihood(xenonnt, parameter), (MOMENTS / 1e-11) ** 2).chi2
    given = at(xenonnt, [neutrino_of({parameter: value}) for value in MOMENTS], parameters=[parameter])
    np.testing.assert_allclose(profile(given, [0.0, 1.0, 2.0]).chi2, curve, rtol=1e-9)


def test_an_electric_moment_counts_as_a_magnetic_one(xenonnt):
    magnetic, electric = (xenonnt.signal_counts(**{name: 1e-11}) for name in ("mu_nu", "eps_nu"))
    np.testing.assert_allclose(electric, magnetic, rtol=1e-12)
    both = xenonnt.signal_counts(mu_nu=1e-11, eps_nu=1e-11)
    np.testing.assert_allclose(both, 2 * magnetic, rtol=1e-9)


def test_a_sequence_is_one_object(xenonnt, borexino):
    points = [{"mu_e": 1e-11, "eps_mu": 2e-11}, {"mu_tau": 1e-11}]
    one, other = (
        at([xenonnt, borexino], [neutrino_of(p) for p in points]),
        at([xenonnt, borexino], neutrinos_of(points)),
    )
    np.testing.assert_array_equal(profile(one, [0.0, 1.0]).chi2, profile(other, [0.0, 1.0]).chi2)


def test_what_makes_no_likelihood(xenonnt):
    with pytest.raises(NudipoleError, match="give at least one"):
        likelihood([])
    with pytest.raises(NudipoleError, match="xenonnt-2022 twice"):
        listed([xenonnt, xenonnt])
    with pytest.raises(NudipoleError, match="mu_e is fitted"):
        likelihood(xenonnt, "mu_e", beside={"mu_e": 1e-11})
    with pytest.raises(NudipoleError, match="different parametrisations"):
        likelihood(xenonnt, "mu_e", beside={"mu_11": 1e-11})
    with pytest.raises(NudipoleError, match="one nature and one basis"):
        at(xenonnt, [Neutrino("dirac", "flavour"), Neutrino("majorana", "mass")])


def test_what_some_experiments_do_not_see_is_left_out_there():
    blind, seeing = load("example-reactor-ge"), load("example-accelerator-angle")
    for experiments in ([blind, seeing], [seeing, blind]):
        with pytest.raises(NoEffect, match=f"^mu_mu changes no count of {blind.name}: leave out {blind.name}, or"):
            likelihood(experiments, "mu_mu")
    with pytest.raises(NoEffect, match=f"^mu_mu changes no count of {blind.name}: limit another parameter, or take"):
        likelihood(blind, "mu_mu")
    with pytest.raises(NoEffect, match="example-reactor-ge and example-reactor-bolometer: limit another"):
        likelihood([blind, load("example-reactor-bolometer")], "mu_mu")

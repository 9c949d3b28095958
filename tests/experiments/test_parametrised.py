"""Counts of neutrinos given by many parameters, mixing uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NoEffect, NudipoleError
from nudipole.experiments.build.experiment import remixed
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.features import size_of
from nudipole.experiments.parametrised import parametrised
from nudipole.mixing import uncertain
from nudipole.numerics import jnp
from nudipole.properties.parameters import GROUPS
from nudipole.properties.parametrisations import PARAMETRISATIONS

MIXING = uncertain("nufit-6.0-no")
FIELDS = ("lam", "charge", "charge_radius", "anapole")
#: One in which mass states arrive and one near its source.
NAMES = ("xenonnt-2022", "lampf")


@pytest.fixture(scope="module", params=NAMES)
def experiment(request):
    return nd.load(request.param)


def counts(blocks, name, values, moved=None):
    """Counts (b,) of the signal of an experiment at values of the parameters, mixing moved."""
    model, parameters = blocks.models[name], {p.name: p for group in GROUPS.values() for p in group}
    numbers = [value / size_of(parameters[key]) for key, value in values.items()]
    eta = dict.fromkeys(model.signal_nuisances, 0.0)
    eta |= dict(zip(list(values)[1:], numbers[1:], strict=True)) | (moved or {})
    return np.asarray(model.signal(jnp.asarray(numbers[0]), jnp.asarray(list(eta.values()))))


def given(experiment, neutrino):
    """The same of the experiment itself."""
    found = experiment.expected(neutrino).sum(axis=0)
    standard_model = experiment.expected(PARAMETRISATIONS["universal"].neutrino({"mu_nu": 0.0}))
    return found - (standard_model.sum(axis=0) if experiment.sm_in_background else 0.0)


def at_random(group, random):
    """Values of all parameters of a parametrisation, of the size that experiments are sensitive to."""
    return {p.name: float(size_of(p) * random.normal()) for p in GROUPS[group]}


#: Of solar antineutrinos.
CONVERTED = ("antineutrino-conversion", "moment-times-field")


def test_conversions_are_limited_alone():
    with pytest.raises(NudipoleError, match="solar antineutrinos, which no joint fit sees"):
        parametrised([], ["p_antinu"], mixing=MIXING, constraints=[Constraint("mine", 0.0, 1.0, flavours={"e": 1.0})])


def test_dipoles_to_a_heavy_lepton_are_no_moments():
    with pytest.raises(NudipoleError, match="nudipole portal"):
        parametrised([], ["d_tau"], mixing=MIXING, constraints=[Constraint("mine", 0.0, 1.0, flavours={"e": 1.0})])


@pytest.mark.parametrize("group", [g for g in GROUPS if not g.endswith("heavy") and g not in CONVERTED])
def test_counts_are_those_of_the_neutrino(experiment, group):
    random = np.random.default_rng(3)
    values = at_random(group, random)
    blocks = parametrised(experiment, list(values), mixing=MIXING)
    for _ in range(3):
        values = at_random(group, random)
        expected = given(experiment, PARAMETRISATIONS[group].neutrino(values))
        np.testing.assert_allclose(counts(blocks, experiment.name, values), expected, rtol=1e-9)


@pytest.mark.parametrize("group", ["majorana", "majorana-flavour", "mass-diagonal", "charge-radius"])
def test_mixing_moved_is_another_experiment(experiment, group):
    """At one standard deviation of one parameter, where folds are interpolated exactly."""
    random = np.random.default_rng(4)
    blocks = parametrised(experiment, [p.name for p in GROUPS[group]], mixing=MIXING)
    for name in MIXING.names:
        for eta in (1.0, -1.0):
            oscillation = MIXING.of(name, eta)
            travels = experiment.flight is None or experiment.flight.oscillation is not None
            other = remixed(experiment, oscillation) if travels else replace(experiment, oscillation=oscillation)
            values = at_random(group, random)
            expected = given(other, PARAMETRISATIONS[group].neutrino(values))
            np.testing.assert_allclose(counts(blocks, experiment.name, values, {name: eta}), expected, rtol=1e-9)


def test_squares_of_millicharges_are_not_lost_in_rounding():
    """Nuclei see 1e-8 e; one size of a charge, 1e-13 e, adds 1e-12 of the recoils that the weak charge makes."""
    experiment = nd.load("coherent-csi-2021", variant="nuclei-only")
    blocks = parametrised(experiment, ["q_e", "q_mu"], mixing=MIXING)
    for values in ({"q_e": 3e-8, "q_mu": -2e-8}, {"q_e": -1e-5, "q_mu": 1e-4}):
        expected = given(experiment, PARAMETRISATIONS["millicharge"].neutrino(values))
        np.testing.assert_allclose(counts(blocks, experiment.name, values), expected, rtol=1e-11)


def test_squares_of_moments_are_not_lost_in_rounding():
    """Nuclei see 4e-9 mu_B; one size of a moment, 1e-11 mu_B, adds 1e-6 of the recoils that the weak charge makes."""
    experiment, group = nd.load("coherent-csi-2021"), PARAMETRISATIONS["flavour-diagonal"]
    values, none = {"mu_e": 4e-9, "mu_mu": 0.0, "mu_tau": 0.0}, {"mu_e": 0.0, "mu_mu": 0.0, "mu_tau": 0.0}
    blocks = parametrised(experiment, list(values), mixing=MIXING)
    more = counts(blocks, experiment.name, values) - counts(blocks, experiment.name, none)
    right = given(experiment, group.neutrino(values)) - given(experiment, group.neutrino(none))
    # Of the differences themselves.
    rounding = 1e-14 * (given(experiment, group.neutrino(values)) + counts(blocks, experiment.name, none))
    assert np.all(np.abs(more - right) <= rounding)


def test_phases_matter_near_a_source_and_not_from_the_sun():
    values = {"lambda_1": 3e-11, "lambda_2": 2e-11, "phi_2": 0.0}
    for name, matters in (("lampf", True), ("xenonnt-2022", False)):
        blocks = parametrised(nd.load(name), list(values), mixing=MIXING)
        one, other = (counts(blocks, name, values | {"phi_2": phase}) for phase in (0.0, 2.0))
        assert (not np.allclose(one, other, rtol=1e-9)) == matters


def test_several_properties_together():
    experiment = nd.load("lampf")
    values = {"r2_e": 2e-32, "r2_mu": -1e-32, "q_e": 1e-13, "mu_e": 5e-11, "mu_mu": 3e-11}
    blocks = parametrised(experiment, list(values), mixing=MIXING)
    parts = [{"r2_e": 2e-32, "r2_mu": -1e-32}, {"q_e": 1e-13}, {"mu_e": 5e-11, "mu_mu": 3e-11}]
    owners = ("charge-radius", "millicharge", "flavour-diagonal")
    made = [PARAMETRISATIONS[owner].neutrino(part) for owner, part in zip(owners, parts, strict=True)]
    neutrino = nd.Neutrino(
        "dirac", "flavour", *(sum(np.asarray(getattr(one, name)) for one in made) for name in FIELDS)
    )
    np.testing.assert_allclose(counts(blocks, "lampf", values), given(experiment, neutrino), rtol=1e-9)


def test_held_parameters_are_not_at_zero():
    values = {"lambda_1": 3e-11, "lambda_2": 2e-11, "phi_2": 1.0}
    blocks = parametrised(nd.load("lampf"), list(values), mixing=MIXING)
    held = parametrised(nd.load("lampf"), ["lambda_1"], held={"lambda_2": 2e-11, "phi_2": 1.0}, mixing=MIXING)
    expected = counts(blocks, "lampf", values)
    np.testing.assert_allclose(counts(held, "lampf", {"lambda_1": 3e-11}), expected, rtol=1e-12)


def test_a_constraint_sees_the_moment_that_it_limits():
    constraint = Constraint("gemma", 0.0, 5.0, flavours={"e": 1.0})
    blocks = parametrised([], ["lambda_1", "lambda_2"], mixing=MIXING, constraints=[constraint])
    U = np.asarray(MIXING.central.pmns())
    lam = np.array([3.0, 2.0, 0.0])
    seen = float(lam @ lam - abs(U[0] @ lam) ** 2)
    assert blocks.chi2(blocks.start({"lambda_1": 3.0, "lambda_2": 2.0})) == pytest.approx((seen / 5.0) ** 2, rel=1e-12)


def test_what_cannot_be():
    xe = nd.load("xenonnt-2022")
    with pytest.raises(NudipoleError, match="held and fitted"):
        parametrised(xe, ["mu_e"], held={"mu_e": 1e-11}, mixing=MIXING)
    with pytest.raises(NudipoleError, match="no parameter to fit"):
        parametrised(xe, [], mixing=MIXING)
    with pytest.raises(NudipoleError, match="two ways to name the same moments"):
        parametrised(xe, ["mu_e", "lambda_1"], mixing=MIXING)
    with pytest.raises(NudipoleError, match="Majorana neutrinos do not have"):
        parametrised(xe, ["lambda_1", "r2_e"], mixing=MIXING)
    with pytest.raises(NoEffect, match="mu_tau change no count"):
        parametrised(nd.load("lampf"), ["mu_tau"], mixing=MIXING)
    with pytest.raises(NudipoleError, match="none is fitted"):
        parametrised(xe, ["r2_e"], mixing=MIXING, constraints=[Constraint("gemma", 0.0, 5.0, flavours={"e": 1.0})])

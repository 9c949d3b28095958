"""Which experiments and published limits enter a joint fit."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.reading import read
from nudipole.inference.joint import constraint, with_data
from nudipole.inference.joint.fit import fit
from nudipole.inference.joint.which import constraints, published_by_default, refuse_double, threshold
from nudipole.mixing import nufit


@pytest.mark.parametrize("sides", ["one", pytest.param("two", marks=pytest.mark.long)])
def test_gemma_alone_gives_its_limit(sides):
    """2.9e-11 on mu_e, and |Lambda_i| as 1/sqrt(1 - |U_ei|^2) has them."""
    found = fit([], "flavour-diagonal", free=["mu_e"], published=["gemma-2012-mu-e"], sides=sides, mixing="fixed")
    assert found.row("mu_e").upper() == pytest.approx(2.9e-11, rel=1e-5)
    vector = fit([], published=["gemma-2012-mu-e"], sides=sides, mixing="fixed", starts=2)
    assert [row.upper("alone") / 1e-11 for row in vector.rows[:3]] == pytest.approx([5.100, 3.469, 2.933], abs=1e-3)


def test_every_limit_of_the_default_is_a_constraint():
    assert len(published_by_default()) >= 7
    for name in published_by_default():
        made = constraint(name, nufit())
        assert made.flavours == {"e": 1.0}
        assert "mu_B" in made.words
        limit = nd.limits.record(name)
        upper, cl = limit.common[-1][1], limit.bound.statistics.cl
        assert made.error == pytest.approx((upper / 1e-11) ** 2 / np.sqrt(threshold(cl, "two")))


def test_a_limit_from_the_sun_weighs_mass_states():
    names = [
        name
        for name, item in nd.limits.records().items()
        if nd.limits.record(name).bound.quantity.mixture == "solar-8B" and "super" in name
    ]
    made = constraint(names[0], nufit())
    assert made.in_mass
    assert sum(made.masses) == pytest.approx(1.0)
    assert made.masses[1] > 0.7  # of boron neutrinos most leave the Sun as nu_2


def test_thresholds():
    assert threshold(0.90, "two") == pytest.approx(2.705543, abs=1e-6)
    assert threshold(0.90, "one") == pytest.approx(1.642374, abs=1e-6)


def test_experiments_with_data():
    names = with_data()
    assert {"xenonnt-2022", "borexino-2017", "coherent-csi-2021"} <= set(names)
    assert not {"darwin-xlzd", "gemma-2012", "coherent-csi-2017"} & set(names)
    specs = {name: read(name)[0] for name in nd.available()}
    seen = {name: spec for name, spec in specs.items() if not getattr(spec.source, "antineutrinos", None)}
    assert names == [name for name, spec in seen.items() if spec.data != "asimov" and not spec.same_data_as]


def test_the_default_counts_nothing_twice():
    refuse_double([nd.load(name) for name in with_data()], constraints(published_by_default(), nufit(), "two"))


@pytest.mark.parametrize("name", ["gemma-2012-mu-e", "gemma-2010-mu-e", "gemma-2007-mu-e"])
def test_limits_of_the_data_of_an_experiment_are_refused(name):
    made = constraint(name, nufit())
    with pytest.raises(NudipoleError, match=f"{name} is of the data of gemma-2012"):
        refuse_double([nd.load("gemma-2012")], [made])


def test_limits_of_one_data_set_are_refused():
    with pytest.raises(NudipoleError, match="gemma-2010-mu-e are of the same data"):
        constraints(["gemma-2012-mu-e", "gemma-2010-mu-e"], nufit(), "two")
    with pytest.raises(NudipoleError, match="twice"):
        constraints(["gemma-2012-mu-e", "gemma-2012-mu-e"], nufit(), "two")


@pytest.mark.slow
def test_variants_of_one_experiment_are_refused():
    with pytest.raises(NudipoleError, match="coherent-csi-2021"):
        fit(["coherent-csi-2021", "coherent-csi-2017"])


def test_what_is_no_constraint():
    with pytest.raises(UnknownName, match="gemma"):
        constraint("gemma", nufit())
    with pytest.raises(NudipoleError, match="no published upper limit on magnetic moments"):
        constraint("brudanin-2014-q-e", nufit())
    with pytest.raises(NudipoleError, match="error of mine"):
        Constraint("mine", 0.0, 0.0, {"e": 1.0})
    with pytest.raises(NudipoleError, match="weights of flavours, or of mass states"):
        Constraint("mine", 0.0, 1.0)

"""Rules for every model: a new one is tested the day it arrives."""

from __future__ import annotations

import math

import numpy as np
import pytest

import nudipole as nd
from nudipole import bibliography
from nudipole.errors import NudipoleError, OutOfRange, UnitError, UnknownName
from nudipole.models import KINDS, MODELS, companions, find, known, neutrino_of, neutrinos_of, owner
from nudipole.properties import PARAMETERS


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_model_is_complete(model):
    assert model.kind in KINDS
    for word in ("title", "lagrangian", "formula", "validity", "neglects"):
        assert len(getattr(model, word)) > 10
    assert set(model.references) <= set(bibliography.entries())
    assert model.references
    assert not set(model.parameters) & set(PARAMETERS)
    for name, one in model.parameters.items():
        assert name == f"{model.name}.{one.key}"
        assert one.meaning
        assert one.checked(one.default) == one.default
        assert find(name) is one or find(name) == one
    neutrino = model.neutrino({})
    assert np.all(np.isfinite(np.asarray(neutrino.lam)))
    if neutrino.nature == "majorana":
        assert np.asarray(neutrino.lam) == pytest.approx(-np.asarray(neutrino.lam).T, rel=1e-12, abs=0)
    for number in (model.delta_a_mu({}), model.m_nu({})):
        assert number is None or math.isfinite(number)
    assert all(isinstance(doubt, str) for doubt in model.doubts({}))


#: Where the default of what is limited is zero, nothing changes it; and where others have to be zero.
FITTED = [name for name, parameter in known().items() if "." in name and parameter.scale is not None]


@pytest.mark.parametrize("name", FITTED)
def test_moments_are_proportional_to_what_can_be_limited(name):
    """What a fit may limit enters every entry of lambda as a factor: rates are a square, as the fit takes them."""
    size = find(name).size
    if not find(name).checked(size / 4) or size > find(name).high:
        pytest.skip("outside of its range")
    some = neutrinos_of([{name: value} for value in (0.0, size / 4, size / 2)])
    zero, one, two = (np.asarray(lam) for lam in some.lam)
    largest = float(np.max(np.abs(two)))
    assert largest > 0
    if name != "left-right.sin2xi":  # a mass of the neutrinos, zero by default, adds the Standard Model's
        assert np.max(np.abs(zero)) == 0
    assert two - zero == pytest.approx(2 * (one - zero), rel=1e-12, abs=1e-12 * largest)


def test_names():
    assert owner(["su2h.f", "su2h.m_h"]) is MODELS["su2h"]
    assert owner([]).name == "universal"
    assert companions("naturalness.dm") == "beside naturalness.dm go naturalness.Lambda"
    with pytest.raises(
        NudipoleError, match=r"su2h\.f and mu_e belong to different parametrisations; beside su2h\.f go"
    ):
        neutrino_of({"su2h.f": 0.1, "mu_e": 1e-11})
    with pytest.raises(UnknownName, match="unknown model 'su3h': did you mean 'su2h'"):
        find("su3h.f")
    with pytest.raises(UnknownName, match="unknown parameter of su2h 'fprime': did you mean 'f_prime'"):
        find("su2h.fprime")
    with pytest.raises(UnknownName, match="unknown parameter 'mu_x'"):
        find("mu_x")


def test_values_with_units():
    m_h, a21 = find("su2h.m_h"), find("sm-majorana.a21")
    assert (m_h.read("0.2 TeV"), m_h.read("150GeV"), m_h.read(150)) == (200.0, 150.0, 150.0)
    assert a21.read("60 deg") == pytest.approx(math.pi / 3, rel=1e-15, abs=0)
    assert a21.read("1.5 rad") == 1.5
    assert find("rpv.m_l").read("tau") == pytest.approx(1776.93, rel=1e-9, abs=0)
    for parameter, text in ((m_h, "150"), (a21, "60"), (find("sm-dirac.m_lightest"), "0.1")):
        with pytest.raises(UnitError, match="a unit is missing"):
            parameter.read(text)
    for text in ("0 GeV", "-3 GeV", "inf GeV", "150 s", "x GeV", ""):
        with pytest.raises(NudipoleError):
            m_h.read(text)
    with pytest.raises(UnknownName, match=r"choose from 16, 8"):
        find("su2h.n").read("12")
    with pytest.raises(OutOfRange, match="sin2alpha"):
        find("su2h.sin2alpha").read("1.5")


def test_equal_masses_have_no_moment():
    model = MODELS["su2h"]
    assert not np.any(np.asarray(model.neutrino({"m_h": 300.0, "m_H": 300.0}).lam))
    assert any("vanishes" in doubt for doubt in model.doubts({"m_h": 300.0, "m_H": 300.0}))
    for key in ("m_h", "m_H", "m_R", "m_I"):
        with pytest.raises(OutOfRange, match=rf"su2h\.{key} = 0 GeV must be more than 0 GeV"):
            model.neutrino({key: 0.0})


def test_the_fine_tuned_point_has_one_line():
    from nudipole.models import naturalness

    model = MODELS["naturalness-dirac-rge"]
    with pytest.raises(NudipoleError, match="the operators cancel"):
        model.neutrino({"r": naturalness.FINE_TUNED})
    near = model.neutrino({"r": naturalness.FINE_TUNED * (1 + 1e-9)})
    assert np.all(np.isfinite(np.asarray(near.lam)))
    assert any("fine-tuned" in doubt for doubt in model.doubts({"r": 0.7468}))
    with pytest.raises(OutOfRange, match="Lambda"):
        model.neutrino({"Lambda": 0.2})


def test_limits_of_a_model(xenonnt, xenonnt_limit):
    """A coupling is limited where its moment is that of the matrix alone: 1/|lambda(f = 1)| times its strength."""
    found = nd.limit(xenonnt, "su2h.f")
    strength = nd.limit(xenonnt, nd.neutrino("su2h", f=1.0))
    assert found.upper == pytest.approx(strength.upper, rel=1e-6, abs=0)
    # nu_tau, which this matrix does not see, is a share of the beam that depends a little on energy.
    assert found.mu_eff_upper == pytest.approx(xenonnt_limit("mu_nu").mu_eff_upper, rel=1e-3, abs=0)
    assert "su2h.f_prime = 1" in found.meaning
    with pytest.raises(NudipoleError, match=r"moments are not proportional to su2h\.m_h: scan it"):
        nd.limit(xenonnt, "su2h.m_h")


def test_contour_of_two_couplings(xenonnt):
    """The region is bounded by a hyperbola: chi2 depends on the product, and on the axes it is that of no moment."""
    found = nd.contour(xenonnt, "su2h.f", "su2h.f_prime", points=9)
    assert np.ptp(found.delta_chi2[0]) == 0
    x, y = found.x, found.y
    at = {}
    for i, j in np.ndindex(found.delta_chi2.shape):
        at.setdefault(round(x[i] * y[j] / (x[1] * y[1])), []).append(found.delta_chi2[i, j])
    assert all(np.ptp(values) < 1e-6 for values in at.values())

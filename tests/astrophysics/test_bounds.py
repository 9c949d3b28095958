"""White dwarfs, simple criteria, decay, Cherenkov, trapping, and rules for all bounds."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nudipole import Neutrino, bibliography
from nudipole import constants as const
from nudipole.astrophysics import every
from nudipole.astrophysics.bound import AstroBound
from nudipole.astrophysics.cherenkov import cherenkov_bound, cherenkov_rate
from nudipole.astrophysics.decay import COEFFICIENT, decay_bound, lifetime
from nudipole.astrophysics.every import BOUNDS, DIRAC, all_bounds
from nudipole.astrophysics.plasma import Plasma, electron_density
from nudipole.astrophysics.simple_stars import simple_bound
from nudipole.astrophysics.strength import Strength
from nudipole.astrophysics.trapping import pair_factor, share_left, trapping_bound
from nudipole.astrophysics.white_dwarfs import photon_luminosity, white_dwarf_bound, white_dwarf_luminosities
from nudipole.errors import ArgumentError, NudipoleError, PropertyRule, UnknownName
from nudipole.mixing import nufit
from nudipole.models.w_loop import masses

UNIT = Strength(Strength.of(None).C2_sm, Strength.of(None).C2_sm, 1e-24, 0.0)


@pytest.mark.parametrize(
    ("T", "sm", "mu", "twice", "most"),
    [
        (3e7, 2.790e31, 4.579e30, 7.52, 14.5),
        (4e7, 2.517e32, 3.026e31, 3.99, 7.67),
        (5e7, 1.144e33, 1.152e32, 3.46, 6.64),
    ],
)
def test_white_dwarfs_of_the_sheet(T, sm, mu, twice, most):
    found = white_dwarf_luminosities(T, UNIT)
    assert (found["standard-model"], found["moment"]) == pytest.approx((sm, mu), rel=6e-4, abs=0)
    assert found["rho_c"] == pytest.approx(3.166e6, rel=3e-4, abs=0)
    assert photon_luminosity() == pytest.approx(2.311e32, rel=2e-4, abs=0)
    assert white_dwarf_bound(T, ratio=2).value * 1e12 == pytest.approx(twice, abs=0.006)
    assert white_dwarf_bound(T, ratio=4.69).value * 1e12 == pytest.approx(most, abs=0.06)


def test_the_polytrope_has_the_mass_of_the_star():
    from nudipole.astrophysics.white_dwarfs import _SHELLS, MASS, RADIUS, _polytrope

    r, profile, ratio = _polytrope()
    _, weight = np.polynomial.legendre.leggauss(_SHELLS)
    assert ratio == pytest.approx(5.9907, abs=1e-4)
    rho_c = white_dwarf_luminosities(4e7, UNIT)["rho_c"]
    mass = float(np.sum(4 * math.pi * (RADIUS * const.R_sun) ** 3 * r**2 * weight / 2 * rho_c * profile))
    assert mass == pytest.approx(MASS * const.M_sun, rel=1e-4, abs=0)


def test_white_dwarfs_are_an_estimate():
    found = white_dwarf_bound()
    assert "estimate" in found.title
    assert "factor of two" in found.doubts[0]
    judged = {}
    for mu in (1e-12, 5e-12, 1e-11, 2e-11):
        one = white_dwarf_bound(neutrino=Neutrino.dirac(basis="flavour", magnetic=np.diag([mu, 0, 0])))
        judged[mu] = (one.verdict, one.within_doubt, one.judged() == one.verdict)
    assert judged == {
        1e-12: ("allowed", False, True),
        5e-12: ("allowed", True, False),
        1e-11: ("excluded", True, False),
        2e-11: ("excluded", False, True),
    }
    assert white_dwarf_bound().assumptions["drift over the model's"].value == pytest.approx(4.69, abs=0.005)


def test_simple_criteria_of_the_literature():
    """Sun 4e-10 and 6e-14, helium-burning stars 3e-11, globular clusters 3e-12 and 2e-14: to a factor of 1.4."""
    literature = {
        ("sun", "mu"): 4e-10,
        ("sun", "charge"): 6e-14,
        ("helium-stars", "mu"): 3e-11,
        ("globular-clusters", "mu"): 3e-12,
        ("globular-clusters", "charge"): 2e-14,
    }
    for (star, of), value in literature.items():
        assert 1 / 1.4 < simple_bound(star, of).value / value < 1.4
    assert simple_bound("globular-clusters").value == pytest.approx(2.8e-12, abs=5e-15)
    charged = simple_bound("sun", "charge", neutrino=Neutrino.dirac(basis="flavour", charge=np.diag([1e-13, 0, 0])))
    assert (charged.moment, charged.verdict, charged.unit) == (pytest.approx(1e-13), "excluded", "e")


def test_decay_of_the_sheet():
    assert pytest.approx(5.30725, rel=1e-6) == COEFFICIENT
    assert lifetime(1e-12, 0.05) == pytest.approx(1.5074e27, rel=1e-4, abs=0)
    dm2 = 2.5e-3
    assert lifetime(1e-12, 0.1, math.sqrt(0.01 - dm2)) == pytest.approx(1.21e28, rel=5e-3, abs=0)
    bounds = {name: decay_bound(name).value for name in ("cmb", "cmb-best", "age")}
    assert bounds == pytest.approx({"cmb": 1.23e-8, "cmb-best": 1.74e-9, "age": 5.9e-8}, rel=5e-3, abs=0)
    assert decay_bound("solar", mass=0.1).value == pytest.approx(5.2e-4, rel=5e-3, abs=0)
    assert decay_bound(lifetime="1e19s").value == decay_bound("cmb").value
    assert lifetime(0.0, 0.05) == lifetime(1e-12, 0.05, 0.1) == math.inf


def test_decay_of_a_matrix_is_that_of_its_widths():
    mu = np.zeros((3, 3))
    mu[0, 2] = mu[2, 0] = 1e-9
    states = Neutrino.dirac(basis="mass", magnetic=mu)
    m3 = float(masses(0.0, nufit())[2])
    found = decay_bound("cmb", mass=m3, neutrino=states)
    assert found.moment == pytest.approx(1e-9, rel=1e-9, abs=0)


def test_cherenkov_of_the_sheet():
    rate = cherenkov_rate(1e-10)
    assert rate == pytest.approx(4.671e-19, rel=1e-4, abs=0)
    assert rate / const.c * 100 == pytest.approx(1.558e-27, rel=1e-4, abs=0)
    assert cherenkov_rate(1e-10, n=0.9) == 0
    found = cherenkov_bound()
    assert (found.kind, found.value) == ("none", None)
    assert "Landau damped" in found.reason
    with pytest.raises(PropertyRule, match="needs Dirac neutrinos"):
        cherenkov_bound(neutrino=Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-11]))
    with pytest.raises(ArgumentError, match="must be more than 4 eV"):
        cherenkov_bound(low="4eV")


@pytest.mark.parametrize(("rho", "n_e", "coupling"), [(2e5, 4.627e14, 9.33e-12), (1e6, 2.314e15, 3.89e-12)])
def test_trapping_of_the_sheet(rho, n_e, coupling):
    found = trapping_bound(density=rho)
    assert found.numbers["n_e"].value == pytest.approx(n_e, rel=2e-4, abs=0)
    assert found.numbers["coupling that blocks"].value == pytest.approx(coupling, rel=1.5e-3, abs=0)  # three digits


def test_a_mass_blocks_the_decay():
    assert trapping_bound("1e-11eV^-2").kind == "none"
    free, heavy = trapping_bound().value, trapping_bound("8e-12eV^-2", moment="electric").value
    assert free == pytest.approx(2.8e-12, abs=5e-15)
    assert heavy > 2 * free
    r = 0.2
    assert float(pair_factor(r)) == pytest.approx(math.sqrt(0.2) * 2.6, rel=1e-14)
    assert float(pair_factor(r, "electric")) == pytest.approx(0.2**1.5, rel=1e-14)
    star = Plasma.at(1e7 * const.k_B, electron_density(1e3))
    # Slow electrons: K^2 is omega_p^2 on the transverse branch, which carries nearly all.
    assert share_left(star, 0.3 * float(star.omega_p)) == pytest.approx(float(pair_factor(0.09)), rel=0.01)
    with pytest.raises(UnknownName, match="choose from"):
        pair_factor(0.1, "anapole")


@pytest.fixture(scope="module")
def bounds():
    return all_bounds()


@pytest.mark.parametrize("name", BOUNDS)
def test_every_bound_says_what_it_assumes(bounds, name):
    found = bounds[name]
    assert isinstance(found, AstroBound)
    assert found.assumptions
    assert found.doubts
    assert all(key in bibliography.entries() for key in found.references)
    assert found.cl is not None or found.reason
    data = json.loads(json.dumps(found.to_json()))
    assert data["schema"] == "nudipole-astro-bound/1"
    assert data["model_dependent"] is True
    assert all(set(one) == {"value", "unit", "note"} for one in data["assumptions"].values())
    assert "\n" not in found.line()
    assert len(repr(found).splitlines()) < 10
    assert found._repr_html_().startswith("<div>")


def test_all_bounds_of_a_neutrino():
    majorana = Neutrino.majorana(basis="mass", Lambda=[0, 0, 3e-12])
    judged = all_bounds(majorana)
    assert set(judged) == set(BOUNDS) - set(DIRAC)
    assert judged["red-giants"].verdict == "excluded"
    assert judged["decay"].verdict == "allowed"
    assert judged["trapping"].verdict == "no bound"
    dirac = all_bounds(Neutrino.dirac(basis="flavour", magnetic=3e-12 * np.eye(3)))
    assert set(dirac) == set(BOUNDS)
    assert all(bound.moment is not None for bound in dirac.values())


def test_a_bound_that_contradicts_itself_is_not_made():
    with pytest.raises(NudipoleError, match="value and kind"):
        AstroBound("x", "x", "upper", None)
    with pytest.raises(NudipoleError, match="value and kind"):
        AstroBound("x", "x", "none", None)
    with pytest.raises(NudipoleError, match="source"):
        AstroBound("x", "x", "upper", 1.0, source="moon")
    below = AstroBound("x", "x", "lower", 1.0, moment=0.5)
    assert (below.verdict, below.result()) == ("excluded", "mu_nu > 1.00 mu_B")


def test_registry_is_of_functions():
    assert all(callable(one) for one in BOUNDS.values())
    assert set(DIRAC) <= set(BOUNDS)
    assert every.BOUNDS is BOUNDS

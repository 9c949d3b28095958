"""SN1987A against the reference sheet: rates to 2 %, moments to their printed digits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nudipole import Neutrino
from nudipole import constants as const
from nudipole.astrophysics.core import Core
from nudipole.astrophysics.flip import flip_rate, flip_rate_static, hard_thermal_loop
from nudipole.astrophysics.supernova import supernova_bound, trapping_moment
from nudipole.errors import ArgumentError, PropertyRule, UnknownName

#: T, rho; k_p, k_e; luminosity, its parts on protons and electrons; moments by both criteria; what nu_mu, nu_tau add.
TABLE = [
    (30.0, 3e14, 35.678, 21.679, 2.327e52, 1.650e52, 0.678e52, 2.07, 0.735, 0.05),
    (30.0, 8e14, 58.262, 30.445, 4.285e52, 3.231e52, 1.053e52, 1.53, 0.884, 0.05),
    (60.0, 8e14, 41.198, 29.278, 2.044e53, 1.333e53, 0.711e53, 0.70, 0.405, 0.36),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]:g} MeV, {row[1]:g}")
def test_table_of_the_sheet(row):
    T, rho, k_p, k_e, total, on_p, on_e, by_luminosity, by_rate, others = row
    core = Core(T, rho)
    assert (core.k_p, core.k_e) == pytest.approx((k_p, k_e), abs=1e-3)
    found = core.luminosities()
    assert sum(found["e"].values()) == pytest.approx(total, rel=1e-3, abs=0)
    assert (found["e"]["protons"], found["e"]["electrons"]) == pytest.approx((on_p, on_e), rel=1.5e-3, abs=0)
    rest = sum(sum(found[name].values()) for name in ("mu", "tau")) / sum(found["e"].values())
    assert rest == pytest.approx(others, abs=0.005)
    assert supernova_bound(core).value * 1e12 == pytest.approx(by_luminosity, abs=0.006)
    assert supernova_bound(core, criterion="rate").value * 1e12 == pytest.approx(by_rate, abs=6e-4)


def test_rates_of_the_sheet():
    on_protons, on_electrons = Core().rates(160.0)
    assert float(on_protons[0]) == pytest.approx(1.2594, rel=1e-4)
    assert float(on_electrons[0]) == pytest.approx(0.5070, rel=1e-3)


def test_published_numbers_are_special_cases():
    """Kuznetsov and Mikheev 0.5 (60 MeV, 8e18 cm^3); Ayala et al., electrons alone, 1-4 between 30 and 60 MeV."""
    assert supernova_bound(Core(60.0, 8e14, volume=8e18)).value == pytest.approx(0.506e-12, rel=1e-3, abs=0)
    electrons = [supernova_bound(Core(T, 8e14, volume=8e18), targets="electrons").value for T in (30.0, 60.0)]
    assert np.array(electrons) * 1e12 == pytest.approx([2.23, 0.858], abs=0.006)


def test_static_charges_are_a_limit_of_the_formula():
    r"""S_L = 2 pi e^2 n delta(omega)/(k^2 + k_S^2)^2 in the integral over k, by an adaptive rule."""
    from scipy.integrate import quad

    E, n, k_S = 80.0, 1.0, 40.0
    integral = quad(lambda k: k**3 / (k**2 + k_S**2) ** 2, 0, 2 * E, epsabs=0, epsrel=1e-12)[0]
    assert float(flip_rate_static(np.array([E]), n, k_S)[0]) == pytest.approx(2 * const.alpha * n * integral, rel=1e-10)


def test_quadrature_of_moving_charges_converges():
    core = Core()
    k_e, k_p = core.k_e, core.k_p

    def rate(nodes):
        E = np.array([20.0, 160.0, 300.0])
        return flip_rate(
            E, 30.0, lambda x, k: hard_thermal_loop(x, k, k_e), screening=k_p, k_most=2 * core.mu_e, nodes=nodes
        )

    assert rate(40) == pytest.approx(rate(90), rel=1e-4, abs=0)


def test_no_energy_is_left_out_of_the_luminosity():
    """The integral over energies, by many trapezoids."""
    core = Core()
    E = np.linspace(0, 160 + 30 * 30, 600)[1:]
    rate = flip_rate_static(E, core.n_p, math.hypot(core.k_p, core.k_e)) * (1e-12 * const.mu_B_natural) ** 2
    f = 1 / (np.exp((E - 160) / 30) + 1)
    density = np.trapezoid(np.r_[0, E**3 * f * rate], np.r_[0, E]) / (2 * math.pi**2)
    erg = const.e_charge * 1e13 / const.hbar_c**3 * const.second * core.volume
    assert core.luminosities()["e"]["protons"] == pytest.approx(density * erg, rel=1e-4, abs=0)


def test_window_and_its_edges():
    found = supernova_bound()
    assert (found.kind, found.nature) == ("window", "dirac")
    assert found.numbers["mean free path is the radius at"].value == pytest.approx(1.3e-10, rel=0.01, abs=0)
    assert supernova_bound(Core(60.0, 8e14)).numbers["mean free path is the radius at"].value == pytest.approx(
        0.8e-10, rel=0.01, abs=0
    )
    assert found.upper_end == pytest.approx(6e-9, rel=0.1, abs=0)
    assert trapping_moment(E=40.0) > trapping_moment(E=20.0)
    closed = supernova_bound(luminosity="1e62erg/s")
    assert (closed.kind, closed.value) == ("none", None)
    assert "trapping" in closed.reason


def test_a_matrix_counts_by_flavour():
    core = Core()
    of_e = supernova_bound(core, neutrino=Neutrino.dirac(basis="flavour", magnetic=np.diag([1e-11, 0, 0])))
    of_mu = supernova_bound(core, neutrino=Neutrino.dirac(basis="flavour", magnetic=np.diag([0, 1e-11, 0])))
    assert of_e.moment == pytest.approx(1e-11, rel=1e-12, abs=0)
    assert of_e.verdict == "excluded"
    found = core.luminosities()
    share = sum(found["mu"].values()) / sum(found["e"].values())
    assert of_mu.moment == pytest.approx(1e-11 * math.sqrt(share), rel=1e-9, abs=0)
    beyond = supernova_bound(core, neutrino=Neutrino.dirac(basis="flavour", magnetic=np.diag([1e-7, 0, 0])))
    assert beyond.verdict == "allowed"
    transition = np.zeros((3, 3))
    transition[0, 1] = transition[1, 0] = 1e-11
    both = supernova_bound(core, neutrino=Neutrino.dirac(basis="flavour", magnetic=transition))
    assert both.moment == pytest.approx(1e-11 * math.sqrt(1 + share), rel=1e-9, abs=0)


def test_majorana_neutrinos_are_refused_with_the_reason():
    with pytest.raises(
        PropertyRule, match="needs Dirac neutrinos: the flip of a Majorana neutrino makes an antineutrino"
    ):
        supernova_bound(neutrino=Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-11]))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": "-3MeV"}, "temperature '-3MeV': must lie within 1 and 100 MeV"),
        ({"temperature": "1e13K"}, "must lie within"),
        ({"density": "3e14kg"}, "has the wrong unit"),
        ({"Yp": 1.2}, "Yp 1.2: must lie between 0 and 1"),
        ({"mu_nue": "160"}, "a unit is missing"),
        ({"volume": "0cm3"}, "must be more than 0 cm"),
    ],
)
def test_bad_cores(settings, words):
    with pytest.raises(ArgumentError) as error:
        Core.of(**settings)
    assert words in str(error.value)


def test_bad_words():
    with pytest.raises(UnknownName, match="choose from luminosity, rate"):
        supernova_bound(criterion="time")
    with pytest.raises(UnknownName, match="choose from"):
        supernova_bound(targets="neutrons")

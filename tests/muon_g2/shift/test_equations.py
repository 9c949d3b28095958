"""Every equation and number of Carneiro and Sobrinho, against the reference sheet and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import OutOfRange, PropertyRule
from nudipole.mixing import nufit
from nudipole.muon_g2.decay import spectrum
from nudipole.muon_g2.decay.response import TabulatedAsymmetry
from nudipole.muon_g2.decay.spin_correlation import spin_correlation
from nudipole.muon_g2.shift import averages, conjecture, entanglement, equations, figure2, moments, predicted
from nudipole.properties import Neutrino

CLAIMS = {(one.where, one.what): one for one in equations.claims()}


@pytest.mark.parametrize(
    ("where", "what", "ours", "verdict"),
    [
        ("Eq. (4)", "mu_nu for 1 eV", 3.2026e-19, equations.REPRODUCED),
        ("Eq. (7)", "delta a_mu/f", 6.997e-9, equations.ROUNDED),
        ("p. 2", "f for 2.51e-9", 0.359, equations.ROUNDED),
        ("p. 2", "E of the positron for it", 1.99, equations.REPRODUCED),
        ("p. 2", "E for one standard deviation more", 1.73, equations.REPRODUCED),
        ("p. 2", "E for one standard deviation less", 2.25, equations.ROUNDED),
        ("p. 2", "central energy of the positrons above 1 GeV", 1.70, equations.NOT),
        ("Eq. (8)", "y of the largest dP/(dy dOmega)", 2 / 3, equations.REPRODUCED),
        ("note 1", "energy below which A < 0", 1.304, equations.NOT),
        ("note 1", "energy of the highest sensitivity", 2.631, equations.REPRODUCED),
        ("Fig. 1", "mean of the curve, 1.0 to 2.7 GeV", 1.926, equations.NOT),
        ("Fig. 1", "its +-", 0.683, equations.REPRODUCED),
        ("Fig. 1", "the same with A of muon decay", 1.57, equations.NOT),
        ("p. 2", "observed difference", 2.153, equations.NOT),
        ("p. 2", "1.96 ppm within one standard deviation, 2021", 0.38, equations.REPRODUCED),
        ("p. 2", "1.96 ppm within one standard deviation, 2025", 2.98, equations.NOT),
    ],
)
def test_numbers_as_in_the_sheet(where, what, ours, verdict):
    found = CLAIMS[where, what]
    assert found.ours == pytest.approx(ours, rel=5e-3)
    assert found.verdict == verdict


def test_equations_hold_or_not():
    """All of them but the direction of Eq. (8), the effect of the trace, and what prefers the worse fit."""
    wrong = {key for key, one in CLAIMS.items() if one.verdict == equations.NOT and one.ours is None}
    assert wrong == {
        ("Eq. (8)", "2 y^2 (1 - y)/pi is the spectrum along the spin, y = 2/3"),
        ("Fig. 2", "the energy dependence fits better than a constant"),
        ("Eq. (12)", "tracing over them changes the positron's distribution"),
    }
    for f, m_nu in ((0.1, 1e-9), (0.9, 1e-6)):
        both = [(one.left, one.right) for one in equations.claims(f, m_nu) if one.where in ("Eq. (1)", "Eq. (13)")]
        assert np.allclose(*zip(*both, strict=True), rtol=1e-12)
    with pytest.raises(OutOfRange):
        equations.claims(1.5)


def test_verdicts_follow_from_the_digits():
    assert equations.number("", "", "2.14", 2.1449).verdict == equations.REPRODUCED
    assert equations.number("", "", "2.14", 2.1453).verdict == equations.NOT
    assert equations.number("", "", "7.2e-9", 7.1e-9, rounded=7.24e-9).verdict == equations.ROUNDED


def test_helicities_turn_as_two_spins():
    """Both flipped with the probability sin^4(pi t): one of them with sin^2(pi t)."""
    for one in entanglement.evolution((0.0, 0.1, 0.25, 0.5, 0.8)):
        assert one.flipped == pytest.approx(1 - np.cos(np.pi * one.periods) ** 4, abs=1e-12)
        assert one.forward == pytest.approx(entanglement.evolution((0.0,))[0].forward, abs=1e-14)


def test_figure_2():
    shift, relative, _ = figure2.implied_shift()
    assert (shift, 1e6 * relative) == pytest.approx((0.50, 2.18), abs=5e-3)
    assert figure2.quoted()[:2] == pytest.approx((0.547, 0.625), abs=5e-4)
    assert figure2.generated_points().ndof == 8


def test_dirac_moments_in_place_of_those_of_the_model():
    """Proportional to the masses they are Eq. (7); equal ones have the closed sum over two flavours."""
    mixed, lightest = nufit(), 0.1 * const.eV
    masses = moments.given_moments(Neutrino.dirac(basis="mass"), mixed, lightest).masses
    proportional = Neutrino.dirac(basis="mass", magnetic=np.diag(conjecture.MOMENT_PER_MASS * np.array(masses)))
    assert moments.given_moments(proportional, mixed, lightest).ratio == pytest.approx(1, rel=1e-9)
    equal = moments.given_moments(Neutrino.dirac(basis="mass", magnetic=1e-11 * np.eye(3)), mixed, lightest)
    U2 = np.abs(np.asarray(mixed.pmns())) ** 2
    by_hand = const.m_mu**2 / const.m_e / 2 * 1e-11 * sum(U2[a] @ (1 / np.array(masses)) for a in (0, 1))
    assert equal.coefficient == pytest.approx(by_hand, rel=1e-9)
    with pytest.raises(PropertyRule, match="Majorana neutrinos have none"):
        moments.given_moments(Neutrino.majorana(basis="mass"), mixed, lightest)
    with pytest.raises(OutOfRange, match="m_lightest"):
        moments.given_moments(proportional, mixed, 0.0)


def test_errors_of_an_asymmetry_are_carried_through():
    """Against pseudo-measurements of the same asymmetry."""
    E, A, errors = (
        np.array([1000.0, 1500, 1900, 2700]),
        np.array([0.0, 0.15, 0.3, 0.62]),
        np.array([20, 20, 20, 50]) / 1e3,
    )
    found = averages.of_curve("measured", TabulatedAsymmetry(E, A, errors))
    random = np.random.default_rng(1)
    many = [TabulatedAsymmetry(E, A + errors * random.normal(size=4)) for _ in range(400)]
    scattered = np.array([[one.mean, one.spread] for one in (averages.of_curve("", shape) for shape in many)])
    assert found.errors == pytest.approx(scattered.std(axis=0), rel=0.12)
    at = np.array([1500.0, 2700.0])
    curves = [averages.curve(at, shape, averages.WINDOW) for shape in many]
    assert averages.band(at, TabulatedAsymmetry(E, A, errors), averages.WINDOW) == pytest.approx(
        np.std(curves, axis=0), rel=0.12
    )
    result = predicted.predicted(asymmetry=TabulatedAsymmetry(E, A, errors))
    assert list(result.bands) == ["A as given"]
    assert "error of A as given [1]" in result.to_csv().splitlines()[0]


def test_spin_and_positron():
    """Integrals of the densities: 1 at rest, N(E) over all angles of the spin."""
    found = spin_correlation(points=401)
    at_rest = np.trapezoid(np.trapezoid(found.at_rest, found.x), found.cosine)
    assert at_rest == pytest.approx(1, abs=1e-4)
    over_angles = np.trapezoid(found.in_laboratory, np.radians(found.phi), axis=0)
    assert over_angles == pytest.approx(spectrum.N(found.E * 1e3 / spectrum.E_max) / (1e-3 * spectrum.E_max), abs=1e-12)

"""The Sun against the solar-source sheet and the survival probabilities of Borexino."""

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName
from nudipole.sources import Solar
from nudipole.sources.solar import (
    COMPONENTS,
    FLUX_UNIT,
    MeasuredSum,
    constrained,
    correlation,
    fluxes,
    lines,
    models,
    spectrum,
    zones,
)

UNITS = dict(zip(COMPONENTS, (1e10, 1e8, 1e3, 1e9, 1e6, 1e8, 1e8, 1e6), strict=True))
# Sheet, section 1: fluxes in the units above with 1-sigma fractional errors.
SHEET = {
    "B16-GS98": (
        (5.98, 1.44, 7.98, 4.93, 5.46, 2.78, 2.05, 5.29),
        (0.006, 0.01, 0.30, 0.06, 0.12, 0.15, 0.17, 0.20),
    ),
    "B16-AGSS09met": (
        (6.03, 1.46, 8.25, 4.50, 4.50, 2.04, 1.44, 3.26),
        (0.005, 0.009, 0.30, 0.06, 0.12, 0.14, 0.16, 0.18),
    ),
    "SF3-GS98": (
        (5.960, 1.425, 7.950, 4.854, 5.025, 2.795, 2.067, 5.350),
        (0.00579, 0.0105, 0.305, 0.0744, 0.1255, 0.160, 0.180, 0.197),
    ),
    "SF3-AGSS09met": (
        (6.010, 1.451, 8.216, 4.429, 4.135, 2.052, 1.447, 3.290),
        (0.00534, 0.00995, 0.305, 0.0752, 0.1268, 0.142, 0.167, 0.174),
    ),
    "SF3-AAG21": (
        (6.000, 1.447, 8.161, 4.517, 4.309, 2.221, 1.577, 3.401),
        (0.00564, 0.0109, 0.305, 0.0735, 0.1254, 0.132, 0.159, 0.157),
    ),
    "SF3-C11": (
        (5.990, 1.441, 8.098, 4.603, 4.484, 2.480, 1.776, 4.136),
        (0.00618, 0.0127, 0.304, 0.0786, 0.1409, 0.168, 0.194, 0.226),
    ),
    "SF3-MB22m": (
        (5.950, 1.422, 7.922, 4.899, 5.127, 3.118, 2.322, 4.738),
        (0.00590, 0.0109, 0.307, 0.0764, 0.1313, 0.147, 0.173, 0.160),
    ),
    "SF3-MB22p": (
        (5.950, 1.422, 7.934, 4.875, 5.074, 3.102, 2.304, 4.699),
        (0.00641, 0.0131, 0.305, 0.0813, 0.1456, 0.151, 0.180, 0.169),
    ),
}
CONTINUA = ("pp", "hep", "8B", "13N", "15O", "17F")
END_POINTS = {"pp": 0.42341, "hep": 18.784, "13N": 1.199, "15O": 1.732, "17F": 1.740}
MEAN_ENERGIES = {"pp": 0.26667, "13N": 0.70674, "15O": 0.99651, "17F": 0.99959, "hep": 9.6302, "8B": 6.770}


@pytest.fixture(scope="module")
def beam():
    return Solar.named().beam()


def test_the_sheet_lists_every_model():
    assert set(models()) == set(SHEET)


@pytest.mark.parametrize("model", SHEET)
def test_fluxes_and_errors_of_the_solar_sheet(model):
    """Fluxes as printed; errors to the three digits that the sheet rounds to."""
    flux, error = fluxes(model)
    expected, fractional = (np.array(column) for column in SHEET[model])
    np.testing.assert_allclose(flux, expected * list(UNITS.values()), rtol=1e-12)
    np.testing.assert_allclose(error, fractional, rtol=6e-3)


@pytest.mark.parametrize("model", SHEET)
def test_correlations_are_a_correlation_matrix(model):
    """Symmetric, 1 on the diagonal, positive semidefinite up to the rounding of its four digits."""
    matrix = correlation(model)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1)
    assert np.linalg.eigvalsh(matrix).min() > -1e-4
    assert np.abs(matrix).max() == 1


def test_correlations_of_the_solar_sheet():
    """SF-III GS98: (pp, 7Be) -0.9634, (7Be, 8B) 0.8806, (13N, 15O) 0.9842; none published for B16."""
    matrix = correlation("SF3-GS98")
    for a, b, rho in (("pp", "7Be", -0.9634), ("7Be", "8B", 0.8806), ("13N", "15O", 0.9842)):
        assert matrix[COMPONENTS.index(a), COMPONENTS.index(b)] == rho
    np.testing.assert_array_equal(correlation("B16-GS98"), np.eye(8))


@pytest.mark.parametrize("component", CONTINUA)
def test_spectra_of_the_solar_sheet(component):
    """End points as printed (8B: Winter's table is about zero above 16 MeV), mean energies to 1e-3 (thinned tables)."""
    E, shape = spectrum(component)
    assert E[-1] == pytest.approx(END_POINTS.get(component, 15.5), abs=0.3 if component == "8B" else 1e-9)
    assert np.trapezoid(shape, E) == pytest.approx(1, rel=1e-12)
    fine = np.linspace(0, E[-1], 20001)
    weight = np.interp(fine, E, shape)
    assert np.sum(fine * weight) / np.sum(weight) == pytest.approx(MEAN_ENERGIES[component], rel=1e-3)


def test_lines_of_the_solar_sheet():
    """7Be 0.3843 and 0.8613 MeV with branchings 0.1052 and 0.8948; pep 1.44 (1.442)."""
    E, fraction = lines("7Be")
    assert dict(zip(E, fraction, strict=True)) == {0.8613: 0.8948, 0.3843: 0.1052}
    np.testing.assert_array_equal(lines("pep"), [[1.442], [1.0]])


@pytest.mark.parametrize("model", SHEET)
def test_zones_share_all_neutrinos(model):
    n_e, shares = zones(model)
    assert set(shares) == set(COMPONENTS)
    assert np.all(np.diff(n_e) < 0)
    for share in shares.values():
        assert share.sum() == pytest.approx(1, rel=1e-14)
        assert share.min() >= 0


def test_coherence_of_pp_neutrinos(beam):
    """Constants sheet, section 5.2: Re rho_emu = -0.069, Re rho_etau = 0.156 at 0.3 MeV, digits as printed."""
    rho = beam.rho("pp", 0.3)
    assert float(rho[0, 1].real) == pytest.approx(-0.069, abs=5e-4)
    assert float(rho[0, 2].real) == pytest.approx(0.156, abs=5e-4)


# Borexino, Nature 562, 505 (2018), Fig. 3 (solar sheet, section 5).
BOREXINO = [
    ("pp", 0.267, 0.566, 0.092),
    ("7Be", 0.862, 0.532, 0.054),
    ("pep", 1.44, 0.428, 0.114),
    ("8B", 7.4, 0.39, 0.09),
    ("8B", 8.1, 0.37, 0.08),
    ("8B", 9.7, 0.35, 0.09),
]


@pytest.mark.parametrize(("component", "E", "P_ee", "error"), BOREXINO)
def test_survival_probability_of_Borexino_2018(beam, component, E, P_ee, error):
    assert abs(float(beam.rho(component, E)[0, 0].real) - P_ee) < 1.5 * error


def test_covariance_is_errors_times_correlations():
    beam = Solar.named("SF3-GS98").beam()
    error = fluxes("SF3-GS98")[1]
    np.testing.assert_allclose(beam.covariance, correlation("SF3-GS98") * np.outer(error, error))
    assert float(beam.covariance[0, 3]) == pytest.approx(-0.9634 * 0.005785 * 0.07438, rel=1e-12)


def test_flux_falls_with_the_square_of_the_distance(beam):
    """Aphelion of the Earth, 1.0167 astronomical units."""
    far = Solar.named(distance=1.0167).beam()
    np.testing.assert_allclose(far.flux() * 1.0167**2, beam.flux(), rtol=1e-12)


def test_unit_of_a_flux():
    """1 cm^-2 s^-1 = (hbar c)^2 hbar = 1.97327e-11^2 x 6.58212e-22 MeV^3."""
    assert pytest.approx(1.973269804e-11**2 * 6.582119569e-22, rel=1e-9) == FLUX_UNIT
    assert pytest.approx(const.cm**-2 / const.second, rel=1e-15) == FLUX_UNIT


def test_unknown_names_and_distances():
    with pytest.raises(UnknownName, match="did you mean 'B16-GS98'"):
        Solar.named("B16-GS99")
    with pytest.raises(UnknownName, match="solar model"):
        zones("SSM")
    with pytest.raises(UnknownName, match="continuous spectrum"):
        spectrum("pep")
    with pytest.raises(UnknownName, match="lines"):
        lines("pp")
    with pytest.raises(OutOfRange, match="distance"):
        Solar.named(distance=0.0)


def test_errors_in_place_of_those_of_the_model():
    """Without correlations to the others, which keep theirs."""
    factors, covariance = constrained("SF3-GS98", {"pp": 1.0})
    np.testing.assert_array_equal(factors, 1)
    np.testing.assert_array_equal(covariance[0], [1, *np.zeros(7)])
    np.testing.assert_allclose(covariance[1:, 1:], Solar.named("SF3-GS98").beam().covariance[1:, 1:], rtol=1e-12)
    beam = Solar.named("SF3-GS98", errors={"pp": 1.0}).beam()
    np.testing.assert_allclose(beam.covariance, covariance)


GALLIUM = MeasuredSum(66.1, 4.13, (("pp", 38.0), ("7Be", 18.6), ("8B", 4.33), ("15O", 1.2)))


def test_measured_fluxes_against_the_least_squares_of_all_data():
    """chi2 of the model's fluxes and of the measurement, minimised and differentiated as one linear problem."""
    flux, error = fluxes("SF3-GS98")
    prior = correlation("SF3-GS98") * np.outer(error, error) + 1e-12 * np.eye(8)
    w = np.array([dict(GALLIUM.weights).get(name, 0.0) for name in COMPONENTS])
    precision = np.linalg.inv(prior) + np.outer(w, w) / GALLIUM.error**2
    expected = np.linalg.solve(precision, np.linalg.inv(prior) @ np.ones(8) + w * GALLIUM.value / GALLIUM.error**2)
    factors, covariance = constrained("SF3-GS98", None, [GALLIUM])
    np.testing.assert_allclose(factors, expected, rtol=1e-5)
    posterior = np.linalg.inv(precision) / np.outer(expected, expected)
    np.testing.assert_allclose(covariance, posterior, rtol=1e-4, atol=1e-7)
    beam = Solar.named("SF3-GS98", measured=[GALLIUM]).beam()
    np.testing.assert_allclose(np.asarray(beam.flux()) / FLUX_UNIT, factors * flux, rtol=1e-9)


def test_measurements_of_free_fluxes():
    """Two free fluxes and one sum: its error is that of the measurement, the other combination stays free."""
    factors, covariance = constrained("B16-GS98", {"pp": 10.0, "7Be": 10.0}, [GALLIUM])
    absolute = covariance * np.outer(factors, factors)
    w = np.array([dict(GALLIUM.weights).get(name, 0.0) for name in COMPONENTS])
    assert w @ factors == pytest.approx(66.1, rel=1e-3)
    assert np.sqrt(w @ absolute @ w) == pytest.approx(4.13, rel=1e-3)
    assert np.sqrt(absolute[3, 3]) > 5
    # Twice measured is once with half of the variance.
    half = GALLIUM._replace(error=GALLIUM.error / np.sqrt(2))
    for twice, once in zip(
        constrained("B16-GS98", None, [GALLIUM, GALLIUM]), constrained("B16-GS98", None, [half]), strict=True
    ):
        np.testing.assert_allclose(twice, once, rtol=1e-9, atol=1e-15)


def test_refused_measurements():
    with pytest.raises(UnknownName, match="solar component"):
        Solar.named(errors={"9B": 1.0})
    with pytest.raises(UnknownName, match="solar component"):
        Solar.named(measured=[MeasuredSum(1.0, 1.0, (("9B", 1.0),))])
    with pytest.raises(OutOfRange, match="relative error of pp"):
        Solar.named(errors={"pp": 0.0})
    with pytest.raises(OutOfRange, match="error of a measured"):
        Solar.named(measured=[GALLIUM._replace(error=0.0)])
    with pytest.raises(OutOfRange, match="largest weight"):
        Solar.named(measured=[GALLIUM._replace(weights=(("pp", 0.0),))])
    with pytest.raises(OutOfRange, match="flux that a measurement leads to"):
        Solar.named(errors={"pp": 1.0}, measured=[GALLIUM._replace(value=-100.0)])

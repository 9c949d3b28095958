"""Plasmon decay against the reference sheet, closed forms, and itself differentiated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from nudipole import Neutrino
from nudipole import constants as const
from nudipole.astrophysics.losses import emissivity
from nudipole.astrophysics.plasma import Plasma, electron_density, longitudinal, transverse
from nudipole.astrophysics.plasma_fit import fitted_loss
from nudipole.astrophysics.plasmon import loss, moments, width
from nudipole.astrophysics.strength import C_V, RADIUS, Strength
from nudipole.errors import ArgumentError
from nudipole.numerics import jax, jnp

#: T [K], rho [g/cm^3], Y_e, omega_p [keV], v*, eps_SM, longitudinal share, eps_mu, eps_q, Y_e of the fit, SM/fit.
TABLE = [
    (1e8, 1e6, 0.5, 17.97739, 0.62693, 3.02577e1, 0.05526, 2.94232, 2.05456, 0.5, 1.0352),
    (1e8, 2e5, 0.5, 8.63245, 0.43926, 3.05531, 0.01317, 1.27615, 3.58503, 0.5, 1.0186),
    (8e7, 8e5, 0.5, 16.30955, 0.59824, 9.01512, 0.06776, 1.08340, 0.948888, 0.5, 1.0288),
    (1e8, 1e4, 0.5, 1.99187, 0.29162, 1.15133e-2, 0.00079, 9.09189e-2, 4.71660, 0.5, 0.9263),
    (5e7, 3e6, 0.5, 28.55005, 0.75605, 9.07051e-1, 0.31469, 4.03134e-2, 1.41131e-2, 0.5, 1.0373),
    (2e7, 1e6, 0.5, 18.00140, 0.62511, 5.27685e-4, 0.45476, 6.39375e-5, 6.31190e-5, 0.5, 0.9698),
    (1.57e7, 150.0, 0.85, 0.32426, 0.11674, 5.29020e-8, 0.00083, 1.59912e-5, 3.17563e-2, 0.85, 1.0115),
    (3e8, 1e5, 0.5, 6.01109, 0.48170, 2.57821e1, 0.00083, 2.16573e1, 1.19536e2, 0.5, 0.8549),
    (5e8, 1e8, 0.5, 103.76500, 0.96562, 1.43067e6, 0.10497, 3.94789e3, 8.10945e1, 0.5, 0.9741),
    (1e9, 1e6, 0.5, 16.53466, 0.72654, 5.26351e4, 0.00062, 5.40099e3, 3.64109e3, 0.5, 0.6843),
    (1e9, 1e9, 0.5, 226.65914, 0.99228, 1.09580e8, 0.12796, 6.39338e4, 2.76445e2, 0.5, 0.9838),
    # The sheet's ratio of the last row is that to the fit of iron, Y_e = 26/56, not of the 0.45 of its own rate.
    (1e10, 1e10, 0.45, 465.41247, 0.99814, 3.90758e12, 0.00668, 4.22383e8, 3.09980e5, 26 / 56, 0.9593),
]
UNITS = Strength(jnp.sum(C_V**2), jnp.sum(C_V**2), 1e-24, 1e-28)


def plasma(T, rho, Y_e=0.5):
    return Plasma.at(T * const.k_B, electron_density(rho, Y_e))


def moment(mu):
    return Neutrino.dirac(basis="flavour", magnetic=np.diag([mu, 0, 0]))


def radius(k, r2):
    return Neutrino.dirac(basis="flavour", charge_radius=np.diag(r2 * const.cm**2 * np.eye(3)[k]))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]:g} K, {row[1]:g} g/cm3")
def test_table_of_the_sheet(row):
    """Tolerance of the sheet, 1e-3; ours agrees to its last printed digit, of five or six."""
    T, rho, Y_e, omega_p, v_star, sm, share, mu, q, *_ = row
    star = plasma(T, rho, Y_e)
    found = loss(star, UNITS)
    assert float(star.omega_p) * 1e3 == pytest.approx(omega_p, rel=2e-5, abs=0)
    assert float(star.v_star) == pytest.approx(v_star, rel=3e-5, abs=0)
    assert np.asarray(found.channels)[[0, 2, 3]] / rho == pytest.approx([sm, mu, q], rel=1e-5, abs=0)
    assert float(found.longitudinal) == pytest.approx(share, abs=1e-5)
    assert float(found.error) < 1e-10


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]:g} K, {row[1]:g} g/cm3")
def test_fit_beside_it(row):
    T, rho, Y_e, *_, Y_fit, ratio = row
    sm = float(loss(plasma(T, rho, Y_e), UNITS).channels[0])
    assert sm / float(fitted_loss(T, rho, Y_fit)) == pytest.approx(ratio, abs=1e-4)
    found = emissivity(T, rho, Y_e=Y_e)
    warned = any("beyond its range" in doubt for doubt in found.doubts)
    degenerate = float((found.plasma.mu_e - const.m_e) / found.plasma.T) > 3
    assert warned is not degenerate
    if degenerate:
        assert float(found.channels["standard-model"] / found.fit) == pytest.approx(1, abs=0.05)


def test_dispersion_of_the_sheet():
    star = plasma(1e8, 1e6)
    assert float(star.mu_e) * 1e3 == pytest.approx(653.9618, abs=6e-5)
    assert float(star.k_max) * 1e3 == pytest.approx(20.748667, abs=6e-7)
    omega, Z = star.transverse_mode(np.array([5.0, 15.0, 30.0]) * 1e-3)
    assert np.asarray(omega) * 1e3 == pytest.approx([18.708909, 23.646769, 35.273720], abs=1e-6)
    assert np.asarray(Z) == pytest.approx([0.994716, 0.979300, 0.980879], abs=1e-6)
    omega, Z = star.longitudinal_mode(np.array([5.0, 15.0, 20.0, 21.0]) * 1e-3)
    assert np.asarray(omega)[:3] * 1e3 == pytest.approx([18.141184, 19.438771, 20.555704], abs=1e-6)
    assert np.asarray(Z)[:3] == pytest.approx([1.062688, 2.103850, 14.127142], rel=1e-5)
    assert np.isnan(np.asarray(omega)[3])
    core = Plasma.at(30.0, electron_density(3e14, 0.3))
    assert float(core.mu_e) == pytest.approx(218.22, abs=6e-3)
    assert float(core.omega_p) == pytest.approx(12.516, abs=6e-4)
    assert float(loss(core, UNITS).channels[2]) == pytest.approx(1.0204e29, rel=1e-4)


@pytest.mark.parametrize("k", [2.0, 12.0, 19.0])
def test_modes_solve_the_dispersion_and_residues_are_its_slopes(k):
    """omega^2 = k^2 + Pi_T, k^2 = -Pi_L ..., and Z = 1/(1 - dPi/domega^2), in the formulas of Braaten and Segel."""
    star = plasma(1e8, 1e6)
    v, w2 = float(star.v_star), float(star.omega_p) ** 2
    k = k * 1e-3

    def Pi_T(omega):
        log = math.log((omega + v * k) / (omega - v * k))
        return w2 * 3 / 2 * omega**2 / (v * k) ** 2 * (1 - (omega**2 - (v * k) ** 2) / (2 * omega * v * k) * log)

    def Pi_L(omega):
        log = math.log((omega + v * k) / (omega - v * k))
        return w2 * 3 * omega**2 / (v * k) ** 2 * (omega / (2 * v * k) * log - 1)

    omega, Z = map(float, star.transverse_mode(k))
    assert omega**2 == pytest.approx(k**2 + Pi_T(omega), rel=1e-10, abs=0)
    h = 1e-6 * omega
    slope = (Pi_T(omega + h) - Pi_T(omega - h)) / (4 * omega * h)
    assert pytest.approx(1 / (1 - slope), rel=1e-7, abs=0) == Z
    omega, Z = map(float, star.longitudinal_mode(k))
    assert omega**2 == pytest.approx(Pi_L(omega), rel=1e-10, abs=0)
    slope = (Pi_L(omega + h) - Pi_L(omega - h)) / (4 * omega * h)
    # Their longitudinal residue has the factor of K^2 = omega^2 - k^2, and so has ours.
    assert pytest.approx(omega**2 / (omega**2 - k**2) / (1 - slope), rel=1e-6, abs=0) == Z


def test_degenerate_and_dilute_plasmas_have_their_closed_forms():
    """Cold: omega_p^2 = 4 alpha p_F^3/(3 pi E_F), v* = v_F; dilute and slow: 4 pi alpha n_e/m_e."""
    n_e = float(electron_density(1e7))
    p_F = (3 * math.pi**2 * n_e) ** (1 / 3)
    E_F = math.hypot(p_F, const.m_e)
    cold = Plasma.at(1e4 * const.k_B, n_e)
    assert float(cold.mu_e) == pytest.approx(E_F, rel=1e-9, abs=0)
    assert float(cold.omega_p) ** 2 == pytest.approx(4 * const.alpha * p_F**3 / (3 * math.pi * E_F), rel=1e-9, abs=0)
    assert float(cold.v_star) == pytest.approx(p_F / E_F, rel=1e-9, abs=0)
    thin = Plasma.at(1e5 * const.k_B, electron_density(1e-6))
    slow = 4 * math.pi * const.alpha * float(electron_density(1e-6)) / const.m_e
    assert float(thin.omega_p) ** 2 == pytest.approx(slow, rel=1e-4, abs=0)
    hot = Plasma.at(50.0, electron_density(1e9))
    assert float(hot.omega_p) ** 2 == pytest.approx(4 * math.pi * const.alpha / 9 * 50.0**2, rel=1e-4, abs=0)
    assert float(hot.v_star) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("T", "rho"), [(1e7, 1e3), (1e9, 1e2), (8e9, 1e9), (1e10, 1e10)])
def test_density_is_that_of_fermi_and_dirac(T, rho):
    """The integral over momentum as it is usually written, by an adaptive rule."""
    star = plasma(T, rho)
    mu, kT = float(star.mu_e), float(star.T)

    def n(mu):
        def f(p):
            x = (math.hypot(p, const.m_e) - mu) / kT
            return p**2 / (1 + math.exp(min(x, 700))) / math.pi**2

        edge = math.sqrt(max(mu**2 - const.m_e**2, 0)) or math.sqrt(const.m_e * kT)
        width_p = 60 * kT + math.sqrt(120 * const.m_e * kT)
        cuts = sorted({max(edge - width_p, 0.0), edge, edge + width_p})
        return sum(
            quad(f, a, b, limit=400, epsabs=0, epsrel=1e-11)[0]
            for a, b in zip([0.0, *cuts], cuts, strict=False)
            if b > a
        )

    assert n(mu) - n(-mu) == pytest.approx(float(electron_density(rho)), rel=1e-6, abs=0)


def test_moments_are_integrals_over_momentum():
    star = plasma(1e8, 1e6)
    T = float(star.T)

    def integrand(k, mode, n):
        omega, Z = (float(x) for x in mode(k))
        return k**2 * Z * (omega**2 - k**2) ** n / math.expm1(omega / T)

    k = np.linspace(0, 45 * T, 4001)[1:]
    omega, Z = star.transverse_mode(k)
    values = k**2 * Z * (omega**2 - k**2) ** 3 / np.expm1(omega / T)
    assert 2 * np.trapezoid(np.r_[0, values], np.r_[0, k]) == pytest.approx(float(moments(star)[0, 2]), rel=1e-5, abs=0)
    top = float(star.k_max)
    k = np.linspace(0, top * (1 - 1e-9), 4001)[1:]
    omega, Z = star.longitudinal_mode(k)
    values = k**2 * Z * (omega**2 - k**2) ** 2 / np.expm1(omega / T)
    assert np.trapezoid(np.r_[0, values], np.r_[0, k]) == pytest.approx(float(moments(star)[1, 1]), rel=1e-5, abs=0)


def test_functions_of_the_branches_are_smooth_where_the_series_ends():
    for function in (transverse, longitudinal):
        below, above = float(function(jnp.asarray(0.2 - 1e-12))), float(function(jnp.asarray(0.2 + 1e-12)))
        assert below == pytest.approx(above, rel=1e-11, abs=0)
    y = 0.9
    log = math.log((1 + y) / (1 - y))
    assert float(transverse(y)) == pytest.approx(1.5 / y**2 * (1 - (1 - y**2) / (2 * y) * log), rel=1e-13)
    assert float(longitudinal(y)) == pytest.approx(3 / y**2 * (log / (2 * y) - 1), rel=1e-13)


@pytest.mark.parametrize(
    ("k", "r2", "change"),
    [
        (0, 1e-32, 0.049908),
        (0, -1e-32, -0.048689),
        (0, 1e-31, 0.553926),
        (1, 1e-32, -0.0013145),
        (2, 1e-32, -0.0013145),
        (1, -1e-32, 0.0025333),
        (2, 1e-31, 0.0417041),
    ],
)
def test_charge_radius_of_the_sheet(k, r2, change):
    found = emissivity(1e8, 1e6, neutrino=radius(k, r2))
    assert float(found.channels["charge-radius"] / found.channels["standard-model"]) == pytest.approx(change, abs=1e-6)


def test_the_standard_model_scales_with_the_sum_of_squares_of_the_couplings():
    """Exactly: what codes with a typed coupling miss."""
    star = plasma(3e8, 1e7)
    once = loss(star, Strength.of(None))
    for factor in (0.5, 3.0):
        scaled = loss(star, Strength.of(None, C_V=factor * C_V))
        assert float(scaled.channels[0]) == pytest.approx(factor**2 * float(once.channels[0]), rel=1e-14, abs=0)
    assert float(Strength.of(None).C2) == pytest.approx(0.9291123, abs=5e-8)
    one_more = Strength.of(None, C_V=np.append(C_V, 0.3))
    assert float(one_more.C2 - Strength.of(None).C2) == pytest.approx(0.09, rel=1e-12)


def test_each_final_state_is_counted_once():
    """All pairs of Dirac, j < k of Majorana neutrinos: the same matrix counts half."""
    Lambda = np.array([1.0 + 2.0j, -0.5j, 2.0]) * 1e-12
    majorana = Neutrino.majorana(basis="mass", Lambda=Lambda)
    dirac = Neutrino("dirac", "mass", majorana.lam)
    assert float(Strength.of(majorana).mu2) == pytest.approx(np.sum(np.abs(Lambda) ** 2), rel=1e-14, abs=0)
    assert float(Strength.of(dirac).mu2) == pytest.approx(2 * float(Strength.of(majorana).mu2), rel=1e-14, abs=0)
    q = 1e-14 * np.array([[0, 1j, 0], [-1j, 0, 0], [0, 0, 0]])
    assert float(Strength.of(Neutrino.majorana(basis="mass", charge=q)).q2) == pytest.approx(1e-28, rel=1e-14, abs=0)
    assert float(Strength.of(Neutrino.dirac(basis="mass", charge=q)).q2) == pytest.approx(2e-28, rel=1e-14, abs=0)


def test_radii_of_mass_states_meet_the_couplings_of_flavours():
    from nudipole.mixing import nufit

    U = np.asarray(nufit().pmns())
    state = Neutrino.dirac(basis="mass", charge_radius=np.diag([1e-32, 0, 0]) * const.cm**2)
    X = RADIUS * U @ np.diag([1e-32, 0, 0]) @ U.conj().T * const.cm**2
    expected = np.sum(np.abs(np.diag(C_V) + X) ** 2)
    assert float(Strength.of(state).C2) == pytest.approx(expected, rel=1e-12, abs=0)


def test_ratio_and_width_of_the_literature():
    """eps_mu/eps_SM = 0.3185 (10 keV/omega_p)^2 for transverse plasmons at rest; Gamma of 10 keV."""
    at_rest = [float(width(0.01, 1e-4, 1.0, one)) for one in (Strength(0.0, 0.0, 1e-24, 0.0), Strength.of(None))]
    assert at_rest[0] * const.second == pytest.approx(1.77e-12, abs=5e-15)
    assert at_rest[0] / at_rest[1] == pytest.approx(0.3185, abs=5e-5)
    found = emissivity(1e8, np.array([1e6, 2e5]), neutrino=moment(1e-12))
    ratio = found.channels["dipole"] / found.channels["standard-model"]
    assert ratio[0] == pytest.approx([0.0972, 0.4177], abs=6e-5)


@pytest.mark.parametrize(("T", "rho"), [(1e8, 1e6), (1e9, 1e9), (3e8, 1e3)])
def test_slopes_are_derivatives(T, rho):
    found = emissivity(T, rho, neutrino=moment(1e-12), derivatives=True)
    h = 1e-4

    def log(T, rho):
        return math.log(float(emissivity(T, rho, neutrino=moment(1e-12)).total))

    in_T = (log(T * math.exp(h), rho) - log(T * math.exp(-h), rho)) / (2 * h)
    in_rho = (log(T, rho * math.exp(h)) - log(T, rho * math.exp(-h))) / (2 * h)
    assert [float(found.slope_T), float(found.slope_rho)] == pytest.approx([in_T, in_rho], rel=1e-6, abs=1e-7)


def test_a_grid_is_its_points_and_every_point_is_finite():
    T, rho = np.geomspace(1e7, 1e10, 7), np.geomspace(1e2, 1e10, 5)
    grid = emissivity(T, rho, neutrino=moment(1e-12), derivatives=True)
    assert grid.T.shape == (7, 5)
    for i, j in ((0, 0), (3, 2), (6, 4)):
        point = emissivity(T[i], rho[j], neutrino=moment(1e-12))
        assert float(grid.total[i, j]) == pytest.approx(float(point.total), rel=1e-12, abs=0)
    columns = grid.columns()
    assert all(np.all(np.isfinite(values)) for _, values in columns.values())
    assert len(grid.to_csv().splitlines()) == 36
    labelled = grid.to_xarray()
    assert labelled["eps dipole"].dims == ("T", "rho")
    assert labelled["omega_p"].attrs["units"] == "keV"
    assert grid.to_json()["schema"] == "nudipole-astro-plasmon/1"


def test_it_is_finite_wherever_it_may_be_asked():
    T, rho = np.geomspace(1e4, 1e12, 9), np.geomspace(1e-6, 1e16, 12)
    found = emissivity(T, rho, neutrino=moment(1e-12))
    for name, (_, values) in found.columns().items():
        assert np.all(np.isfinite(values)), name
    assert np.all(np.asarray(found.plasma.v_star) < 1)
    assert np.all(np.asarray(found.plasma.mu_e) > 0)


def test_the_moment_of_stars_is_that_of_predictions():
    from nudipole.predictions import plasmon_moment

    for one in (moment(3e-12), Neutrino.majorana(basis="mass", Lambda=[1e-12, 2e-12j, 0])):
        assert math.sqrt(float(Strength.of(one).mu2)) == pytest.approx(plasmon_moment(one), rel=1e-14, abs=0)


def test_it_is_differentiable_in_a_matrix():
    star = plasma(1e8, 1e6)
    zero = np.zeros((3, 3))

    def total(r2, mu):
        made = Neutrino("dirac", "mass", mu * jnp.eye(3), zero, r2 * jnp.eye(3), zero)
        return loss(star, Strength.of(made)).total

    by_radius, by_moment = jax.grad(total, argnums=(0, 1))(1e-11, 1e-12)
    h = 1e-13
    assert float(by_radius) == pytest.approx(
        float(total(1e-11 + h, 1e-12) - total(1e-11 - h, 1e-12)) / (2 * h), rel=1e-5
    )
    assert float(by_moment) == pytest.approx(6 * float(loss(star, UNITS).channels[2]) * 1e12, rel=1e-10)


def test_it_is_differentiable_in_the_moment():
    star = plasma(1e8, 1e6)
    slope = jax.grad(lambda mu: loss(star, Strength(0.9, 0.9, mu**2, 0.0)).total)(2e-12)
    assert float(slope) == pytest.approx(2 * float(loss(star, UNITS).channels[2]) * 2e-12 / 1e-24, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": "-1e8K"}, "temperature '-1e8K': must be more than 0 K"),
        ({"temperature": 0.0}, "temperature 0.0: must be more than 0 K"),
        ({"temperature": "1e8"}, "a unit is missing: write it with its unit, such as 1e8K"),
        ({"density": "1e6kg"}, "density '1e6kg': has the wrong unit"),
        ({"density": "1e6K"}, "has the wrong unit"),
        ({"Y_e": 1.2}, "Ye 1.2: must lie between 0 and 1"),
        ({"Y_e": 0.0}, "Ye 0.0"),
        ({"temperature": [[1e8]]}, "write one number, or a row of them"),
        ({"temperature": [1e8, math.nan]}, "temperature nan"),
        ({"temperature": None}, "temperature None"),
        ({"temperature": "1e13K"}, "is beyond the formulas, which hold up to 1e+12 K"),
        ({"density": "1e17g/cm3"}, "is beyond the formulas, which hold up to 1e+16 g/cm^3"),
    ],
)
def test_bad_input(settings, words):
    given = {"temperature": 1e8, "density": 1e6, **settings}
    with pytest.raises(ArgumentError) as error:
        emissivity(given.pop("temperature"), given.pop("density"), **given)
    assert words in str(error.value)


def test_units_that_people_write():
    points = [
        emissivity(T, rho).total
        for T, rho in ((1e8, 1e6), ("100 MK", "1e9 kg/m3"), ("8.617333262145179keV", "1e6 g/cm^3"))
    ]
    assert np.array(points, float) == pytest.approx(float(points[0]), rel=1e-9, abs=0)

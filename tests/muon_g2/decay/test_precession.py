"""Precession against the equation of motion of the spin, numbers of the rings, and toys for the statistical error."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName
from nudipole.muon_g2.decay import precession as ring
from nudipole.muon_g2.decay import statistical_error as error

MICROSECOND = 1e-6 * const.second


def test_magic_momentum():
    """p = m/sqrt(a) = 3094.35 MeV, E = 3096.15 MeV, gamma = 29.3034; the publications say 3.094 GeV/c and 29.3."""
    assert ring.p_magic == pytest.approx(3094.35, abs=0.005)
    assert ring.E_magic == pytest.approx(3096.15, abs=0.005)
    assert ring.gamma_magic == pytest.approx(29.3034, abs=5e-5)
    assert math.hypot(ring.p_magic, const.m_mu) == pytest.approx(ring.E_magic, rel=1e-14)
    assert ring.electric_factor(ring.gamma_magic) == pytest.approx(0, abs=1e-17)
    assert ring.electric_factor(20.0) < 0 < ring.electric_factor(40.0)


def test_dilated_lifetime():
    assert ring.tau_lab / MICROSECOND == pytest.approx(64.379, abs=5e-4)
    assert ring.lifetime() == ring.tau_lab


def test_frequencies_of_the_ring():
    """229073.59 Hz belongs to 1.45127 T; periods of 4.365 us and 149.14 ns; omega_c/2 pi = 6.705 MHz."""
    a, c = ring.hertz(ring.omega_a()), ring.hertz(ring.omega_c())
    assert a == pytest.approx(229073.59, rel=4e-6)  # the field has six digits
    assert 1e6 / a == pytest.approx(4.365, abs=5e-4)
    assert 1e9 / c == pytest.approx(149.14, abs=0.01)
    assert c == pytest.approx(6.705e6, abs=500)
    assert ring.omega_s() == ring.omega_a() + ring.omega_c()


def test_cyclotron_frequency_is_speed_over_radius():
    """r = p/(e B) = 3.3356 m (p/GeV)/(B/T), to the four digits of the published radius of 7.112 m."""
    metres = ring.beta(ring.gamma_magic) / ring.omega_c() * const.hbar_c / 100
    assert metres == pytest.approx(3.33564 * ring.p_magic / 1e3 / ring.B_RING, rel=1e-5)
    assert metres * 1e3 == pytest.approx(ring.R_RING, rel=1e-4)


@pytest.mark.parametrize("gamma", [5.0, 29.3, 60.0])
def test_spin_turns_against_the_momentum_with_omega_a_as_Bargmann_Michel_and_Telegdi_say(gamma):
    """Integrate Thomas's equation for the spin and Lorentz's for the momentum in a field along y, units e B/m = 1."""
    a = ring.a_mu
    cyclotron, spin = 1 / gamma, a + 1 / gamma  # (e/m) B [a + 1/gamma] for a momentum across the field

    def motion(t, state):
        px, pz, sx, sz = state
        return [cyclotron * pz, -cyclotron * px, spin * sz, -spin * sx]

    end = 300.0
    px, pz, sx, sz = solve_ivp(motion, (0, end), [0, 1, 0, 1], rtol=1e-11, atol=1e-12).y[:, -1]
    angle = math.atan2(sx * pz - sz * px, sx * px + sz * pz)
    assert angle == pytest.approx(a * end, abs=1e-7)
    field = 1.45
    assert ring.omega_s(a, field, gamma) / ring.omega_c(field, gamma) == pytest.approx(spin / cyclotron, rel=1e-12)


def test_electric_field_correction_by_the_equation_it_comes_from():
    """Average of (a - 1/(gamma^2 - 1)) beta x E over muons off the magic momentum, for a linear field of index n.

    p = p_m (1 + delta), x_e = r delta/(1 - n), E_r = n beta B x_e/r; terms beyond delta^2 are left out.
    """
    n, a, b = 0.12, ring.a_mu, ring.beta(ring.gamma_magic)
    delta = np.array([-1e-3, 1e-3])
    momentum = ring.p_magic * (1 + delta) / const.m_mu
    x = ring.R_RING * delta / (1 - n)
    field = n * b * x / ring.R_RING  # in units of B
    lowering = np.mean((a - 1 / momentum**2) * b * field) / a
    found = ring.electric_field_correction(n, float(np.mean(x**2)))
    assert found == pytest.approx(lowering, rel=3e-3)


def test_pitch_correction_is_half_the_mean_squared_angle():
    n, amplitude = 0.108, 20.0
    phase = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    y = amplitude * np.cos(phase)
    slope = -amplitude * math.sqrt(n) / ring.R_RING * np.sin(phase)  # vertical tune sqrt(n)
    assert ring.pitch_correction(n, float(np.mean(y**2))) == pytest.approx(np.mean(slope**2) / 2, rel=1e-9)


def test_what_is_not_a_ring():
    for call in (
        lambda: ring.magic_gamma(0.0),
        lambda: ring.beta(0.9),
        lambda: ring.electric_factor(1.0),
        lambda: ring.pitch_correction(1.2, 1.0),
        lambda: ring.electric_field_correction(-0.1, 1.0),
    ):
        with pytest.raises(OutOfRange):
            call()


def test_statistical_errors_of_the_experiments():
    """635 ppb for 4.0e9 at A = 0.38 (E821 2000: 0.62 ppm), 669 for 3.6e9 (2001: 0.66), 475 for Run-1 above 1.7 GeV."""
    assert 1e9 * error.relative_error(4.0e9, 0.38) == pytest.approx(635, abs=1)
    assert 1e9 * error.relative_error(3.6e9, 0.38) == pytest.approx(669, abs=1)
    assert error.asymmetry("T", 1700.0) == pytest.approx(0.355, abs=1e-3)
    assert 1e9 * error.relative_error(8.2e9, error.asymmetry("T", 1700.0)) == pytest.approx(475, abs=1)


def test_methods():
    assert error.asymmetry("ratio", 1700.0) == error.asymmetry("T", 1700.0)
    assert error.asymmetry("A", 1700.0) > error.asymmetry("T", 1700.0)
    assert error.asymmetry("A", 0.0) == pytest.approx(math.sqrt(0.049642), abs=1e-5)
    assert error.asymmetry("T", 1700.0, polarisation=0.95) == pytest.approx(0.95 * error.asymmetry("T", 1700.0))
    with pytest.raises(UnknownName, match="method"):
        error.asymmetry("Q", 1700.0)
    with pytest.raises(OutOfRange):
        error.asymmetry("T", 3100.0)
    with pytest.raises(OutOfRange):
        error.relative_error(0, 0.3)
    with pytest.raises(OutOfRange):
        error.relative_error(1e6, 0.0)
    with pytest.raises(OutOfRange):
        error.relative_error(1e6, 0.3, duration=0.0)


@pytest.mark.parametrize("lifetimes", [0.5, 3.0, 11.0])
def test_fits_of_finite_length_against_the_information_matrix(lifetimes):
    """Five parameters, information of Poisson counts in fine bins; A^2 = 1 % is left out, and a few periods are few."""
    omega, tau, A = 1.439, 64.379, 0.1
    t = np.linspace(0, lifetimes * tau, 40_000)
    psi, decayed = omega * t, np.exp(-t / tau)
    mean = decayed * (1 + A * np.cos(psi))
    columns = [mean, t * mean, decayed * np.cos(psi), -decayed * A * np.sin(psi), -decayed * A * t * np.sin(psi)]
    J = np.stack(columns, axis=1)
    information = J.T @ (J / mean[:, None]) / mean.sum()
    sigma = math.sqrt(np.linalg.inv(information)[-1, -1] / 1e8) / omega
    ours = error.relative_error(
        1e8, A, omega=omega / MICROSECOND, tau=tau * MICROSECOND, duration=lifetimes * tau * MICROSECOND
    )
    assert ours == pytest.approx(sigma, rel=0.01 if lifetimes > 1 else 0.05)


def test_finite_length_is_continuous():
    """The variance of decay times by quadrature, on both sides of the switch to the series."""
    for x in (1e-3, 0.0299, 0.0301, 1.0, 99.0, 101.0):
        nodes, weights = np.polynomial.legendre.leggauss(80)
        t = x / 2 * (1 + nodes)
        w = weights * np.exp(-t)
        mean = np.sum(w * t) / w.sum()
        variance = np.sum(w * (t - mean) ** 2) / w.sum()
        assert error._variance(x) == pytest.approx(variance, rel=1e-4)

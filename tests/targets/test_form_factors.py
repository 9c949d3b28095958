"""Form factors against numerical Fourier transforms of their densities, and their behaviour at q = 0."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.numerics import jax, jnp
from nudipole.targets.form_factors import FM, FORM_FACTORS, Helm, KleinNystrand, SymmetrisedFermi, Unity

Q = np.array([1e-9, 1e-3, 0.1, 1.0, 5.0, 20.0, 40.0, 60.0, 100.0, 150.0, 300.0])  # MeV
R_RMS = 4.8


def ball_and_gaussian(r, R, s):
    """A ball of radius R folded with a Gaussian of width s, up to a factor."""
    sides = [(r + sign * R) / (math.sqrt(2) * s) for sign in (1, -1)]
    gaussians = [math.exp(-(x**2)) for x in sides]
    tail = math.sqrt(2 / math.pi) * s / r * (gaussians[0] - gaussians[1])
    return erf(sides[0]) - erf(sides[1]) + tail


def ball_and_yukawa(r, R, a):
    """A ball of radius R folded with exp(-r/a)/(4 pi a^2 r)."""
    if r < R:
        return 1 - (1 + R / a) * math.exp(-R / a) * a / r * math.sinh(r / a)
    return (R / a * math.cosh(R / a) - math.sinh(R / a)) * a / r * math.exp(-r / a)


def symmetrised_fermi(r, c, a):
    return math.sinh(c / a) / (math.cosh(r / a) + math.cosh(c / a))


DENSITIES = {
    "helm": (lambda F: (F.R_0, F.s), ball_and_gaussian),
    "klein-nystrand": (lambda F: (F.R_A, F.a), ball_and_yukawa),
    "symmetrised-fermi": (lambda F: (F.c, F.a), symmetrised_fermi),
}
EXTENDED = sorted(DENSITIES)


def moment(density, weight, R):
    """4 pi int r^2 density weight dr in steps of half the radius; r in fm."""
    edges = np.linspace(0, 9 * R, 19)
    pieces = itertools.pairwise(edges)
    return sum(quad(lambda r: r**2 * density(r) * weight(r), a, b, epsabs=1e-12, epsrel=1e-11)[0] for a, b in pieces)


def test_every_member_of_the_registry_is_tested():
    assert set(FORM_FACTORS) == {*DENSITIES, "unity"}


@pytest.mark.parametrize("name", EXTENDED)
def test_Fourier_transform_of_the_density(name):
    """1e-6 absolute, of F(0) = 1; hbar c typed here."""
    F = FORM_FACTORS[name].from_rms(R_RMS * FM)
    parameters, function = DENSITIES[name]
    first, second = (float(x) / FM for x in parameters(F))

    def density(r):
        return function(r, first, second)

    norm = moment(density, lambda r: 1.0, first)
    for q in Q:
        k = q / 197.3269804
        transform = moment(density, lambda r, k=k: np.sinc(k * r / np.pi), first) / norm
        assert float(F(q)) == pytest.approx(transform, abs=1e-6)
    assert math.sqrt(moment(density, lambda r: r**2, first) / norm) == pytest.approx(R_RMS, rel=1e-6)


@pytest.mark.parametrize("name", FORM_FACTORS)
@pytest.mark.parametrize("R", [2.5, 4.8, 6.0])
def test_rms_radius_is_the_slope_in_q2(name, R):
    """F = 1 - q^2 R^2/6 + q^4 <r^4>/120: the second derivative at q = 0 is exact."""
    F = FORM_FACTORS[name].from_rms(R * FM)
    expected = 0.0 if name == "unity" else R * FM
    assert float(F.rms) == pytest.approx(expected, rel=1e-12)
    second = float(jax.grad(jax.grad(F))(0.0))
    assert second == pytest.approx(-(expected**2) / 3, rel=1e-12)


@pytest.mark.parametrize("name", FORM_FACTORS)
def test_normalised_and_smooth_at_zero(name):
    """F(0) = 1; value and derivatives are finite there and continuous where series and closed form meet."""
    F = FORM_FACTORS[name].from_rms(R_RMS * FM)
    assert float(F(jnp.array(0.0))) == pytest.approx(1, abs=1e-15)
    assert float(jax.grad(F)(0.0)) == 0
    q = jnp.geomspace(1e-12, 500, 4000)
    slope = jax.vmap(jax.grad(F))(q)
    assert np.all(np.isfinite(slope))
    assert np.all(np.abs(F(q)) <= 1 + 1e-15)
    if name != "unity":
        step = 1e-3
        numerical = (F(q + step) - F(jnp.maximum(q - step, 0))) / (jnp.minimum(q, step) + step)
        np.testing.assert_allclose(slope[q > step], numerical[q > step], atol=1e-9)


def test_derivative_in_the_radius():
    """dF/dR_rms = -q^2 R/3 at low q, also for a traced radius."""
    q = 0.5
    for name in EXTENDED:
        slope = float(jax.grad(lambda R, kind=FORM_FACTORS[name]: kind.from_rms(R)(q))(R_RMS * FM))
        assert slope == pytest.approx(-(q**2) * R_RMS * FM / 3, rel=1e-3)


def test_customary_parameters():
    """Helm with s = 0.9 fm, Klein-Nystrand with 0.7 fm and 1.2 A^(1/3) fm, Fermi with 0.52 fm."""
    A = 133
    assert float(Helm.from_mass_number(A).s) / FM == pytest.approx(0.9)
    c = 1.23 * A ** (1 / 3) - 0.60
    R_0 = math.sqrt(c**2 + 7 / 3 * math.pi**2 * 0.52**2 - 5 * 0.81)
    assert float(Helm.from_mass_number(A).R_0) / FM == pytest.approx(R_0, rel=1e-12)
    ball = KleinNystrand.from_mass_number(A)
    assert float(ball.R_A) / FM == pytest.approx(1.2 * A ** (1 / 3), rel=1e-12)
    assert float(ball.a) / FM == pytest.approx(0.7)
    assert float(SymmetrisedFermi.from_rms(5 * FM).a) / FM == pytest.approx(0.52)
    assert pytest.approx(1e-13 / const.hbar_c, rel=1e-15) == FM


def test_models_agree_at_the_same_rms_radius():
    """Cs-133 at 5 keV: below 2e-3 of F from one model to another; that is the point of quoting rms radii."""
    q = math.sqrt(2 * 133 * 931.5 * 5e-3)
    values = [float(FORM_FACTORS[name].from_rms(4.83 * FM)(q)) for name in EXTENDED]
    assert max(values) - min(values) < 2e-3


@pytest.mark.parametrize(
    ("name", "least"), [("helm", 1.5588), ("klein-nystrand", 1.7146), ("symmetrised-fermi", 1.933)]
)
def test_a_radius_below_the_thickness_of_the_surface_is_refused(name, least):
    kind = FORM_FACTORS[name]
    with pytest.raises(OutOfRange, match=r"rms radius .* = 1\.5 must be at least"):
        kind.from_rms(1.5 * FM)
    assert float(kind.from_rms(1.001 * least * FM).rms) / FM == pytest.approx(1.001 * least)


@pytest.mark.parametrize("name", EXTENDED)
def test_light_nuclei_have_a_default(name):
    """From hydrogen on, the radius of the Helm formula is larger than any surface."""
    assert float(FORM_FACTORS[name].from_rms(Helm.from_mass_number(1).rms)(1.0)) < 1


def test_pointlike():
    np.testing.assert_array_equal(Unity()(jnp.asarray(Q)), np.ones_like(Q))

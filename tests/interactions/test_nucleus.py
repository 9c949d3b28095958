"""Coherent scattering against amplitudes summed by hand, its invariances, and its fold."""

import math

import numpy as np
import pytest
from scipy.integrate import quad_vec

from nudipole import constants as const
from nudipole.detectors import Detector, Efficiency, Exact
from nudipole.errors import OutOfRange, UnknownName
from nudipole.interactions import Elastic, NucleusScattering, dsigma_dT, sm_charge_radius
from nudipole.interactions import nucleus as module
from nudipole.interactions.nucleus_couplings import nucleon_couplings, tree
from nudipole.mixing import density_matrix, nufit
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino
from nudipole.rates import fold
from nudipole.sources import Beam
from nudipole.sources.beam import Component
from nudipole.targets.form_factors import FM, FORM_FACTORS, Helm, Unity
from nudipole.targets.nuclei import Nucleus, isotopes, nucleus

KEV = 1e-3
ELASTIC = Elastic()
OSCILLATION = nufit("nufit-6.0-no")
U = np.asarray(OSCILLATION.pmns())
CAESIUM = NucleusScattering.of(nucleus("Cs", 133))
GERMANIUM = NucleusScattering.on("Ge")
STANDARD = Neutrino("dirac", "flavour")
MUON = np.diag([0, 1.0, 0]).astype(complex)


def properties(seed):
    """Every property large enough to compete with the weak interaction on a nucleus."""
    rng = np.random.default_rng(seed)

    def hermitian(scale):
        X = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
        return scale * (X + X.conj().T)

    radius = 5e-31 * const.cm**2
    return {
        "magnetic": hermitian(3e-9),
        "electric": hermitian(3e-9),
        "charge": hermitian(1e-7),
        "charge_radius": hermitian(radius),
        "anapole": hermitian(radius / 6),
    }


def shift(X, M, t):
    """What the electromagnetic form factors take from g_V^p at q^2 = -2 M t: F_Q/q^2 - F_A in units of the weak one."""
    q2 = -2 * M * t
    unit = 2 * math.sqrt(2) * math.pi * const.alpha / const.G_F
    return unit * (X["charge"] / q2 + X["charge_radius"] / 6 - X["anapole"])


def by_amplitudes(X, E, L, T, flavour, antineutrino):
    """Sum over final mass states of |amplitude|^2 on caesium, with every matrix in the mass basis.

    An antineutrino arrives with the conjugate amplitudes; its vector current is minus the transposed one, for
    the Z and for the photon alike.
    """
    m2 = np.asarray(OSCILLATION.masses_squared())
    psi = (U[flavour] if antineutrino else U[flavour].conj()) * np.exp(-1j * m2 * L / (2 * E))
    sm, M = nucleon_couplings(), float(CAESIUM.mass)
    total = np.zeros_like(T)
    for i, t in enumerate(T):
        q = math.sqrt(2 * M * t)
        p, n = 55 * float(CAESIUM.F_p(q)), 78 * float(CAESIUM.F_n(q))
        G = U.conj().T @ np.diag(sm.g_p) @ U - shift(X, M, t)
        G = p * G + n * float(sm.g_n) * np.eye(3)
        lam = X["magnetic"] - 1j * X["electric"]
        if antineutrino:
            G, lam = -G.T, lam.conj()
        weak = const.G_F**2 * M / math.pi * (1 - t / E - M * t / (2 * E**2))
        total[i] = weak * np.sum(np.abs(G @ psi) ** 2)
        dipole = math.pi * const.alpha**2 / const.m_e**2 * (1 / t - 1 / E)
        total[i] += dipole * p**2 * np.sum(np.abs(lam @ psi) ** 2)
    return total


@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize("flavour", [0, 1])
@pytest.mark.parametrize("seed", [0, 1])
def test_amplitudes_of_an_oscillating_beam(seed, flavour, antineutrino):
    """Coherent beam, delta = 212 degrees, complex transition moments, radii and charges: 1e-12 of the sum."""
    E, L = 30.0, 8e7 * const.cm
    X = properties(seed)
    nu = Neutrino.dirac(basis="mass", **X).to_flavour(U)
    rho = density_matrix(OSCILLATION, E, L, ("e", "mu")[flavour], antineutrino=antineutrino)
    T = np.geomspace(0.1, 14, 12) * KEV
    found = dsigma_dT(T, E, CAESIUM.operators(nu), rho, CAESIUM, antineutrino=antineutrino)
    np.testing.assert_allclose(found, by_amplitudes(X, E, L, T, flavour, antineutrino), rtol=1e-12)


def test_a_forgotten_transpose_would_show():
    """What the stored transpose of antineutrinos is for: without it the coherent rate differs."""
    E, L, T = 30.0, 8e7 * const.cm, np.geomspace(0.1, 14, 12) * KEV
    operators = CAESIUM.operators(Neutrino.dirac(basis="mass", **properties(0)).to_flavour(U))
    rho = np.asarray(density_matrix(OSCILLATION, E, L, "e", antineutrino=True))
    right, wrong = (dsigma_dT(T, E, operators, r, CAESIUM, antineutrino=True) for r in (rho, rho.T))
    assert np.max(np.abs(right / wrong - 1)) > 1e-3


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_phases_of_leptons_and_mass_states_are_not_observable(seed, antineutrino, nature):
    """U -> D U D' with X_M -> D'^dagger X_M D', for every channel of an oscillating beam: 1e-12."""
    rng = np.random.default_rng(40 + seed)
    D, D_mass = (np.exp(2j * np.pi * rng.uniform(size=3)) for _ in range(2))
    E, L = 30.0, 8e7 * const.cm
    X = properties(seed)
    if nature == "majorana":
        moments = X["magnetic"] + 1j * X["electric"]
        odd = {name: 1j * np.imag(X[name]) for name in ("charge", "charge_radius")}
        nu = Neutrino.majorana(basis="mass", lam=moments - moments.T, anapole=np.real(X["anapole"]), **odd)
    else:
        nu = Neutrino.dirac(basis="mass", **X)
    rho = np.asarray(density_matrix(OSCILLATION, E, L, "mu", antineutrino=antineutrino))
    left = D_mass if nature == "majorana" else D_mass.conj()
    turned = Neutrino(
        nature,
        "mass",
        left[:, None] * nu.lam * D_mass,
        *(D_mass.conj()[:, None] * X * D_mass for X in (nu.charge, nu.charge_radius, nu.anapole)),
    )
    first = np.einsum("ij,cji->c", rho, CAESIUM.operators(nu.to_flavour(U)))
    operators = CAESIUM.operators(turned.to_flavour(D[:, None] * U * D_mass))
    second = np.einsum("ij,cji->c", D[:, None] * rho * D.conj(), operators)
    size = np.abs(np.asarray(operators)).max(axis=(1, 2))
    assert np.all(np.abs(first - second) <= 1e-12 * size)
    assert np.all(np.abs(first.imag) <= 1e-12 * size)


@pytest.mark.parametrize("seed", range(4))
def test_traces_do_not_depend_on_the_basis(seed):
    """rho and every matrix, the diagonal of g_V^p included, in a rotated basis: Tr[rho G^dagger G] to 1e-12."""
    rng = np.random.default_rng(seed)
    R = np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))[0]
    rho = R @ np.diag([0.6, 0.3, 0.1]) @ R.conj().T
    nu, M, t = Neutrino.dirac(basis="flavour", **properties(seed)), float(CAESIUM.mass), 3 * KEV
    p, n = 55 * float(CAESIUM.F_p(math.sqrt(2 * M * t))), 78 * float(CAESIUM.F_n(math.sqrt(2 * M * t)))
    operators = np.asarray(CAESIUM.operators(nu))[:6]
    falling = const.atomic_mass / (M * t)
    charges = np.array([p * p, p * p * falling, p * p * falling**2, p * n, p * n * falling, n * n])
    found = np.einsum("c,ij,cji->", charges, rho, operators)
    G = p * (np.diag(CAESIUM.sm.g_p) - shift(properties(seed), M, t)) + n * float(CAESIUM.sm.g_n) * np.eye(3)
    turned = R.conj().T @ G @ R
    expected = np.trace(np.diag([0.6, 0.3, 0.1]) @ turned.conj().T @ turned)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_operators_are_hermitian_and_the_same_for_every_nucleus(seed):
    nu = Neutrino.dirac(basis="flavour", **properties(seed))
    operators = np.asarray(CAESIUM.operators(nu))
    size = np.abs(operators).max(axis=(1, 2), keepdims=True)
    assert np.all(np.abs(operators - operators.conj().swapaxes(1, 2)) <= 1e-14 * size)
    for process in GERMANIUM:
        np.testing.assert_array_equal(process.operators(nu), operators)


def test_square_of_a_flavour_changing_millicharge():
    """2 pi alpha^2 q^2 Z^2 F^2/(M T^2) for T << E: no interference with the weak part."""
    T, E, q, M = 0.5 * KEV, 1e3, 1e-6, float(CAESIUM.mass)
    charge = q * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    change = CAESIUM.operators(Neutrino("dirac", "flavour", charge=charge)) - CAESIUM.operators(STANDARD)
    F = float(CAESIUM.F_p(math.sqrt(2 * M * T)))
    expected = 2 * math.pi * const.alpha**2 * (q * 55 * F) ** 2 / (M * T**2)
    assert float(dsigma_dT(np.array([T]), E, change, MUON, CAESIUM)[0]) == pytest.approx(expected, rel=1e-4)


def test_millicharge_is_a_charge_radius_growing_as_1_over_q2():
    """F_Q = q + q^2 <r^2>/6 with q^2 = -2 M T: a charge q acts as <r^2> = -3 q/(M T), an anapole as -<r^2>/6."""
    T, E, q, M = 2 * KEV, 40.0, 1e-8 * np.diag([1.0, -2.0, 3.0]), float(CAESIUM.mass)
    rho = np.diag([0.5, 0.3, 0.2]).astype(complex)
    same = [
        Neutrino("dirac", "flavour", charge=q),
        Neutrino("dirac", "flavour", charge_radius=-3 * q / (M * T)),
        Neutrino("dirac", "flavour", anapole=0.5 * q / (M * T)),
    ]
    for antineutrino in (False, True):
        found = [
            float(dsigma_dT(np.array([T]), E, CAESIUM.operators(nu), rho, CAESIUM, antineutrino=antineutrino)[0])
            for nu in same
        ]
        np.testing.assert_allclose(found, found[0], rtol=1e-12)


@pytest.mark.parametrize("antineutrino", [False, True])
def test_sign_of_the_interference(antineutrino):
    """g_V^p -> g_V^p - Q against g_V^n < 0: a positive radius raises the rate, a positive charge (q^2 < 0) lowers it.

    Q = 0.0237956 per 1e-32 cm^2 gives the linear term by hand; the standard, negative radius thus lowers the rate
    of couplings without it.
    """
    T, E, M = 2 * KEV, 40.0, float(CAESIUM.mass)

    def rate(**matrices):
        operators = CAESIUM.operators(Neutrino("dirac", "flavour", **matrices))
        return float(dsigma_dT(np.array([T]), E, operators, MUON, CAESIUM, antineutrino=antineutrino)[0])

    r2 = 1e-32 * const.cm**2
    q = math.sqrt(2 * M * T)
    p, n = 55 * float(CAESIUM.F_p(q)), 78 * float(CAESIUM.F_n(q))
    weak = p * float(CAESIUM.sm.g_p[1]) + n * float(CAESIUM.sm.g_n)
    expected = (1 - 0.0237956 * p / weak) ** 2
    assert expected > 1
    assert rate(charge_radius=r2 * MUON) / rate() == pytest.approx(expected, rel=1e-5)
    assert rate(anapole=r2 * MUON) < rate() < rate(charge_radius=r2 * MUON)
    assert rate(charge=1e-9 * MUON) < rate() < rate(charge=-1e-9 * MUON)


def test_total_charge_radius_without_the_standard_one():
    """Couplings without phi_l plus the total radius are couplings with it: 1e-6."""
    bare = NucleusScattering.of(nucleus("Cs", 133), "one-loop-without-charge-radius")
    total = Neutrino("dirac", "flavour", charge_radius=np.diag(sm_charge_radius()))
    first, second = bare.operators(total), CAESIUM.operators(STANDARD)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_kernels_of_neutrinos_and_antineutrinos_are_the_same():
    kernels = np.asarray(CAESIUM.kernels(np.geomspace(1e-6, 0.1, 9)))
    assert kernels.shape == (2, 7, 3, 9)
    np.testing.assert_array_equal(*kernels)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("form_factor", FORM_FACTORS)
def test_never_negative_and_zero_beyond_the_kinematic_limit(form_factor, exact):
    """The exact weak part vanishes at the end point; the other stops there at 2 E/(M + 2 E) of its size."""
    process = NucleusScattering.of(nucleus("Ge", 74), form_factor=form_factor, exact_kinematics=exact)
    operators = process.operators(Neutrino.dirac(basis="flavour", **properties(3)))
    for E in (0.1, 3.0, 50.0):
        end = ELASTIC.T_max(np.array([E]), process.mass)
        T = end * np.append(np.geomspace(1e-6, 1, 40), 1 - np.geomspace(1e-9, 0.5, 20))
        inside = np.asarray(dsigma_dT(T, E, operators, MUON, process))
        assert np.all(inside >= -1e-12 * inside.max())
        assert np.all(np.asarray(dsigma_dT(end * np.array([1 + 1e-12, 2, 100]), E, operators, MUON, process)) == 0)
    shape = np.asarray(process.kernels(np.asarray(end)))[0, 5, :, 0] @ 50.0 ** -np.arange(3)
    M = float(process.mass)
    charge = float(process.nucleus.N * process.F_n(math.sqrt(2 * M * end[0])))
    left = 0 if exact else 2 * E / (M + 2 * E)
    assert shape / (const.G_F**2 * M / math.pi * charge**2) == pytest.approx(left, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 7.0])
def test_all_energies_times_s_give_the_cross_section_times_s_to_minus_3(scale, monkeypatch):
    E, X = 40.0, properties(5)
    T = np.array([0.1, 1.0, 10.0]) * KEV

    def evaluate(s):
        parts = [float(x) for x in (CAESIUM.mass, CAESIUM.nucleus.R_p, CAESIUM.nucleus.R_n)]
        scaled = Nucleus(55, 78, parts[0] * s, parts[1] / s, parts[2] / s)
        helm = [Helm(F.R_0 / s, F.s / s) for F in (CAESIUM.F_p, CAESIUM.F_n)]
        process = NucleusScattering(scaled, CAESIUM.sm, *helm, 1.0, 1.0)
        areas = {name: X[name] / s**2 for name in ("charge_radius", "anapole")}
        nu = Neutrino.dirac(basis="flavour", **{**X, **areas})
        return np.asarray(dsigma_dT(T * s, E * s, process.operators(nu), MUON, process))

    before = evaluate(1.0)
    for owner, name, power in (
        (const, "G_F", -2),
        (const, "atomic_mass", 1),
        (module, "WEAK", -4),
        (module, "DIPOLE", -2),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name) * scale**power)
    np.testing.assert_allclose(evaluate(scale) * scale**3, before, rtol=1e-12)


def test_isotopes_of_an_element():
    parts = isotopes("Ge")
    for process, (fraction, isotope) in zip(GERMANIUM, parts, strict=True):
        assert float(process.fraction) == fraction
        assert float(process.mass) == float(isotope.mass)
        assert float(process.target_mass) == pytest.approx(72.6302 * const.atomic_mass, rel=1e-4)
        assert process.edges.shape == (0,)
        assert process.channels == ("pp0", "pp1", "pp2", "pn0", "pn1", "nn", "dipole")
    # Without form factors the coherent sum over the element is a mean of (g_p Z + g_n N)^2 M.
    T, E = np.array([1e-8]), 40.0
    operators = GERMANIUM[0].operators(STANDARD)
    found = sum(float(dsigma_dT(T, E, operators, MUON, process)[0]) for process in GERMANIUM)
    sm = nucleon_couplings()
    charges = [(f * float(n.mass), 32 * float(sm.g_p[1]) + float(n.N * sm.g_n)) for f, n in parts]
    expected = const.G_F**2 / math.pi * sum(weight * charge**2 for weight, charge in charges)
    assert found == pytest.approx(expected, rel=1e-5)


def test_enrichment_and_names():
    pure = NucleusScattering.on("Ge", enrichment={76: 1.0})
    assert len(pure) == 1
    assert float(pure[0].target_mass) == float(nucleus("Ge", 76).atomic_mass)
    alone = NucleusScattering.of(nucleus("Ge", 76))
    np.testing.assert_array_equal(alone.kernels(np.array([KEV])), pure[0].kernels(np.array([KEV])))
    assert isinstance(NucleusScattering.on("Xe", form_factor="unity")[0].F_p, Unity)
    with pytest.raises(UnknownName, match="did you mean 'helm'"):
        NucleusScattering.on("Ge", form_factor="Helm")
    with pytest.raises(UnknownName, match="did you mean 'one-loop'"):
        NucleusScattering.on("Ge", "oneloop")
    with pytest.raises(OutOfRange, match="rms radius"):
        NucleusScattering.of(Nucleus(1, 1, 1876.0, FM, FM))


def test_gradients_in_the_mixing_angle_and_the_neutron_radius():
    """Against differences; a nucleus is built inside the derivative."""
    T, E, M = jnp.array([5 * KEV]), 30.0, float(CAESIUM.mass)

    def rate(s2, R_n):
        process = NucleusScattering.of(Nucleus(55, 78, M, 4.82 * FM, R_n * FM), tree(s2))
        return dsigma_dT(T, E, process.operators(STANDARD), MUON, process)[0]

    at = 0.2387, 5.09
    for i, step in ((0, 1e-5), (1, 1e-4)):
        up, down = (rate(*(x + sign * step * (k == i) for k, x in enumerate(at))) for sign in (1, -1))
        slope = float(jax.grad(rate, argnums=i)(*at))
        assert slope == pytest.approx(float(up - down) / (2 * step), rel=1e-6)
        assert slope != 0


# Antineutrinos like those of a reactor, but with an edge and in any flavour state; and a neutrino line.
NODES = np.array([0.4, 1.0, 1.8, 1.8, 2.5, 3.5, 5.0, 6.5, 8.0, 9.5])
FLUX = np.array([3.0, 2.6, 1.9, 1.5, 0.9, 0.45, 0.13, 0.03, 0.004, 0.0])
LINE = 8.7


@pytest.fixture(scope="module")
def beam():
    rng = np.random.default_rng(11)
    X = rng.normal(size=(len(NODES), 3, 2)) + 1j * rng.normal(size=(len(NODES), 3, 2))
    rho = X @ X.conj().swapaxes(-1, -2)
    density = FLUX[:, None, None] * rho / np.trace(rho, axis1=-2, axis2=-1)[:, None, None]
    spectrum = Component("reactor", NODES, density, np.zeros(0), np.zeros((0, 3, 3), complex), antineutrino=True)
    line = Component("line", np.zeros(0), np.zeros((0, 3, 3), complex), np.array([LINE]), density[:1])
    return Beam.assemble([spectrum, line])


def by_hand(T, E, f, M, N):
    """Kernels of the seven channels on one germanium nucleus, (7,), from the formulas of the literature."""
    hbar_c, u = 197.3269804, 931.49410372
    A = 32 + N
    q = math.sqrt(2 * M * T) / hbar_c
    R = math.sqrt((1.23 * A ** (1 / 3) - 0.60) ** 2 + 7 / 3 * math.pi**2 * 0.52**2 - 5 * 0.81)
    x = q * R
    F = 3 * (math.sin(x) - x * math.cos(x)) / x**3 * math.exp(-((q * 0.9) ** 2) / 2)
    weak = const.G_F**2 * M / math.pi * (1 - T / E - M * T / (2 * E**2)) * F**2
    falling = u / (M * T)
    dipole = math.pi * const.alpha**2 / const.m_e**2 * (1 / T - 1 / E) * 32**2 * F**2
    terms = [32**2, 32**2 * falling, 32**2 * falling**2, 32 * N, 32 * N * falling, N**2]
    return f * np.array([*(weak * term for term in terms), dipole])


def test_fold_on_natural_germanium_against_quadrature(beam):
    """100 recoil energies, five isotopes, every channel and flavour element of both components: 1e-4 of the trace.

    Bins of a relative width of 2e-4 stand for points.
    """
    T = np.geomspace(0.02, 1.8, 100) * KEV
    edges = np.stack([T * (1 - 1e-4), T * (1 + 1e-4)], axis=-1)
    detector = Detector(edges.ravel(), Exact(), Efficiency.constant(1.0))
    W = sum(np.asarray(fold(beam, process, detector, exposure=1.0).W) for process in GERMANIUM)[:, :, ::2]
    W = W / np.diff(edges, axis=-1)[:, 0, None, None]
    parts = [(f, float(n.mass), float(n.N)) for f, n in isotopes("Ge")]
    mean = sum(f * float(n.atomic_mass) for f, n in isotopes("Ge"))
    density = np.asarray(beam.density[0]).reshape(len(NODES), 9)
    pieces = [(i, i + 1) for i in range(len(NODES) - 1) if NODES[i + 1] > NODES[i]]
    for k, t in enumerate(T):
        expected = np.zeros((2, 7, 9), complex)
        for f, M, N in parts:
            least = ELASTIC.E_min(t, M)
            for i, j in pieces:
                low = max(NODES[i], least)
                if low >= NODES[j]:
                    continue

                def integrand(E, i=i, j=j, f=f, M=M, N=N, t=t):
                    share = (E - NODES[i]) / (NODES[j] - NODES[i])
                    return by_hand(t, E, f, M, N)[:, None] * ((1 - share) * density[i] + share * density[j])

                expected[0] += quad_vec(integrand, low, NODES[j], epsrel=1e-8, epsabs=0)[0]
            if least <= LINE:
                expected[1] += by_hand(t, LINE, f, M, N)[:, None] * np.asarray(beam.line[1, 0]).ravel()
        expected = expected.reshape(2, 7, 3, 3) / mean
        size = np.abs(np.trace(expected, axis1=-2, axis2=-1))[..., None, None]
        assert np.all(np.abs(W[:, :, k] - expected) <= 1e-4 * size), t
        assert np.all(size[0] > 0)


def test_sum_of_isotopes_is_the_element(beam):
    """The response of an element is the sum over its isotopes; equal isotopes in two halves are one."""
    detector = Detector(np.array([0.05, 0.2, 1.0]) * KEV, Exact(), Efficiency.constant(1.0))
    whole = NucleusScattering.of(nucleus("Ge", 74))
    half = NucleusScattering.of(nucleus("Ge", 74), fraction=0.5)
    one, two = (np.asarray(fold(beam, process, detector, exposure=1.0).W) for process in (whole, half))
    np.testing.assert_allclose(2 * two, one, rtol=1e-13)

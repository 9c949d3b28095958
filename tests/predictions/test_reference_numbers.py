"""Effective moments, conversions and decays against independent evaluations, to 1e-8 where these have nine digits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nudipole import constants as const
from nudipole import predictions
from nudipole.mixing import density_matrix, nufit, potential, production_weights, solar_density_matrix
from nudipole.models import MODELS
from nudipole.numerics import jnp
from nudipole.predictions.beams import Mixture, effective_moments
from nudipole.properties import Neutrino, mu_eff
from nudipole.properties.vertex import radiative_widths

OSCILLATION = nufit("nufit-6.0-no")
U = np.asarray(OSCILLATION.pmns())
LAMBDA = np.array([1.3 * np.exp(0.4j), 2.1 * np.exp(1.9j), 0.8 * np.exp(-2.5j)])
MAJORANA = Neutrino.majorana(basis="mass", Lambda=LAMBDA)
DIRAC = Neutrino(
    "dirac",
    "mass",
    np.array(
        [
            [0.7 + 0.2j, 1.1 - 0.4j, -0.3 + 0.9j],
            [-0.5 + 0.6j, 0.4 - 1.2j, 0.8 + 0.1j],
            [0.2 - 0.7j, -0.9 + 0.3j, 1.3 + 0.5j],
        ]
    ),
)
#: Energy [MeV] and electron density [mol/cm^3] at which the weights of the sheet are.
SOLAR = {"pp": (0.3, 65.0), "7Be": (0.8613, 80.0), "8B": (10.0, 90.0)}
PRINTED = {"pp": (0.66011462, 0.31773538), "7Be": (0.61512198, 0.36272802), "8B": (0.07993110, 0.89791890)}
KM = 1e5 * const.cm


def flavour(k):
    return np.diag(np.eye(3)[k]).astype(complex)


def squared(neutrino, rho):
    return float(mu_eff(rho, neutrino.to_flavour(U).lam)) ** 2


def weights(name):
    """Weights of the sheet: two flavours in matter, cos 2 theta_m of c13^2 n_e."""
    E, n_e = SOLAR[name]
    s12, s13 = float(OSCILLATION.sin2_12), float(OSCILLATION.sin2_13)
    cos, sin = 1 - 2 * s12, 2 * math.sqrt(s12 * (1 - s12))
    x = 2 * E * float(potential(n_e)) * (1 - s13) / float(OSCILLATION.dm2_21)
    matter = (cos - x) / math.hypot(cos - x, sin)
    P1 = (1 - s13) * (1 + matter) / 2
    return np.array([P1, 1 - s13 - P1, s13])


def test_majorana_vector_near_a_source():
    assert np.sum(np.abs(LAMBDA) ** 2) == pytest.approx(6.74, rel=1e-12, abs=0)
    expected = (0.73103501 + 1.51690321j, -1.35823936 + 0.83971701j, 0.35075497 - 1.10978583j)
    assert np.abs(U @ LAMBDA - np.array(expected)).max() < 6e-9
    found = [squared(MAJORANA, flavour(k)) for k in range(3)]
    assert found == pytest.approx([3.90459246, 4.19006118, 5.38534636], rel=1e-8, abs=0)
    assert found[0] + 2.4 * found[1] == pytest.approx(13.96073929, rel=1e-8, abs=0)
    by_components = 6.74 - np.abs(U @ LAMBDA) ** 2
    assert found == pytest.approx(by_components, rel=1e-12, abs=0)


@pytest.mark.parametrize(("name", "expected"), [("pp", 4.20901726), ("7Be", 4.08663728), ("8B", 2.63091810)])
def test_majorana_vector_from_the_sun(name, expected):
    P = weights(name)
    assert P[:2] == pytest.approx(PRINTED[name], abs=5.1e-9)
    assert P[2] == pytest.approx(0.02215, rel=1e-12, abs=0)
    rho = solar_density_matrix(OSCILLATION, jnp.asarray(P))
    assert squared(MAJORANA, rho) == pytest.approx(expected, rel=1e-8, abs=0)
    E, n_e = SOLAR[name]
    three = np.asarray(production_weights(OSCILLATION, 2 * E * potential(n_e)))
    assert three == pytest.approx(P, abs=3e-3)  # three flavours: matter moves the third by a per mille


def test_majorana_vector_at_500_km_per_gev():
    for antineutrino, expected in ((False, 4.47775728), (True, 4.03316586)):
        rho = density_matrix(OSCILLATION, 1e3, 500 * KM, "e", antineutrino=antineutrino)
        # The sheet's phase has 2.53386536 per eV^2 km/GeV.
        assert squared(MAJORANA, rho) == pytest.approx(expected, rel=1e-8, abs=0)


@pytest.mark.parametrize(
    ("born", "L", "expected"),
    [("e", 0.0, (2.35878978, 2.35878978)), ("e", 300.0, (1.42770313, 1.86926629)),
     ("mu", 0.0, (2.52732326, 2.52732326)), ("mu", 300.0, (4.41987509, 3.80160451))],
)  # fmt: skip
def test_complex_dirac_matrix(born, L, expected):
    """Antineutrinos with the transposed density matrix: what tells it from lambda lambda^dagger is L/E = 300."""
    for antineutrino, value in zip((False, True), expected, strict=True):
        rho = density_matrix(OSCILLATION, 1e3, L * KM, born, antineutrino=antineutrino)
        assert squared(DIRAC, rho) == pytest.approx(value, rel=1e-8, abs=0)


def test_complex_dirac_matrix_from_the_sun_and_in_stars():
    rho = solar_density_matrix(OSCILLATION, jnp.asarray(weights("7Be")))
    assert squared(DIRAC, rho) == pytest.approx(2.50831464, rel=1e-8, abs=0)
    assert predictions.plasmon_moment(DIRAC) ** 2 == pytest.approx(9.03, rel=1e-12, abs=0)
    assert predictions.plasmon_moment(MAJORANA) ** 2 == pytest.approx(6.74, rel=1e-12, abs=0)


def test_reactor_moment_of_the_standard_model():
    """The sheet has the electric part with the other sign, so lambda^+; ours differs by the GIM-suppressed elements."""
    for m, expected in ((0.01, 4.275332e-21), (0.1, 3.215127e-20)):
        neutrino = MODELS["sm-dirac"].neutrino({"m_lightest": m}, OSCILLATION)
        other = Neutrino("dirac", "mass", neutrino.lam.conj().T)
        sheet = predictions.predict(other).mu_eff["reactor"]
        assert sheet == pytest.approx(expected, rel=1e-6, abs=0)
        ours = predictions.predict("sm-dirac", m_lightest=m).mu_eff["reactor"]
        largest = np.max(np.abs(neutrino.lam - np.diag(np.diag(neutrino.lam))))
        assert abs(ours - sheet) < 2 * largest


def test_lifetimes():
    assert 1e18 * const.mu_B_natural**2 / (8 * math.pi) * 1e-18 * const.eV**3 * const.second == pytest.approx(
        5.30725, rel=2e-6, abs=0
    )
    for model, expected in (("sm-dirac", 8.2031e50), ("sm-majorana", 5.0118e50)):
        neutrino = MODELS[model].neutrino({}, OSCILLATION)
        masses = MODELS[model].masses({}, OSCILLATION)
        states = neutrino.to_mass(OSCILLATION.pmns()) if neutrino.basis == "flavour" else neutrino
        assert 1 / radiative_widths(states, masses)[:, 2].sum() == pytest.approx(expected, rel=2e-5, abs=0)


def sheet_beam(name):
    return Mixture(f"solar-{name}", "", np.asarray(solar_density_matrix(OSCILLATION, jnp.asarray(weights(name)))))


def test_converted_limits_of_xenonnt_and_gemma():
    found = predictions.convert(6.4e-12, beam=sheet_beam("pp"))
    limits = {row.symbol: row.limit * 1e12 for row in found.rows}
    assert [limits[f"Lambda_{k}"] for k in (1, 2, 3)] == pytest.approx([10.978, 7.748, 6.472], abs=5.1e-4)
    assert [limits[f"mu_{k}{k}"] for k in (1, 2, 3)] == pytest.approx([7.877, 11.354, 43.002], abs=5.1e-4)
    gemma = predictions.convert(2.9e-11, beam="reactor")
    lambdas = [gemma.of(f"Lambda_{k}").limit * 1e11 for k in (1, 2, 3)]
    assert lambdas == pytest.approx([5.100, 3.469, 2.933], abs=5.1e-4)
    # Canas:2015yoa, from the same 2.9e-11: to half of its last digit.
    assert lambdas == pytest.approx([5.0, 3.5, 2.9], abs=0.105)


def test_flavour_weights():
    for name, expected in (("7Be", (0.52597, 0.23454, 0.23949)), ("pp", (0.54287, 0.22033, 0.23680))):
        rho = sheet_beam(name).rho
        assert np.diag(rho).real == pytest.approx(expected, abs=5.1e-6)
        found = predictions.convert(1.0, beam=sheet_beam(name))
        assert [found.of(f"mu_{a}").weight for a in ("e", "mu", "tau")] == pytest.approx(expected, abs=5.1e-6)


def test_one_at_a_time_is_the_moment_at_its_limit():
    """Each converted limit, put into a matrix alone, gives the effective moment back."""
    found = predictions.convert(2e-11, beam=sheet_beam("7Be"))
    for row in found.rows:
        index = row.symbol.partition("_")[2]
        if row.kind == "flavour":
            k = ("e", "mu", "tau").index(index)
            neutrino = Neutrino.dirac(basis="flavour", magnetic=np.diag(row.limit * np.eye(3)[k]))
        elif row.kind == "mass":
            neutrino = Neutrino.dirac(basis="mass", magnetic=np.diag(row.limit * np.eye(3)[int(index[0]) - 1]))
        elif row.kind == "transition":
            lam = np.zeros((3, 3))
            j, k = (int(digit) - 1 for digit in index)
            lam[j, k], lam[k, j] = row.limit, -row.limit
            neutrino = Neutrino.majorana(basis="mass", lam=lam)
        else:
            basis = "mass" if row.kind == "Lambda" else "flavour"
            k = ("e", "mu", "tau").index(index) if basis == "flavour" else int(index) - 1
            neutrino = Neutrino.majorana(basis=basis, Lambda=row.limit * np.eye(3)[k])
        assert effective_moments(neutrino, [found.beam], U)[found.beam.name] == pytest.approx(2e-11, rel=1e-12, abs=0)


def test_quadratic_forms():
    rng = np.random.default_rng(3)
    for beam in ("reactor", "solar-8B"):
        found = predictions.convert(1.0, beam=beam)
        for _ in range(10):
            Lambda = rng.normal(size=3) + 1j * rng.normal(size=3)
            direct = effective_moments(Neutrino.majorana(basis="mass", Lambda=Lambda), [found.beam], U)[beam] ** 2
            assert (Lambda.conj() @ found.form["majorana"] @ Lambda).real == pytest.approx(direct, rel=1e-12, abs=0)
            lam = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
            direct = effective_moments(Neutrino("dirac", "mass", lam), [found.beam], U)[beam] ** 2
            # In amplitudes psi: a row v sees |v psi|^2, so that the form of its conjugate is rho.
            form = sum((row @ found.form["dirac"] @ row.conj()).real for row in lam)
            assert form == pytest.approx(direct, rel=1e-12, abs=0)


#: Borexino:2017fbd, limits over the effective one, 2.8e-11.
BOREXINO = {
    "mu_11": 3.4, "mu_22": 5.1, "mu_33": 18.7, "mu_12": 2.8, "mu_13": 3.4, "mu_23": 5.0,
    "mu_e": 3.9, "mu_mu": 5.8, "mu_tau": 5.8,
}  # fmt: skip


@pytest.mark.parametrize("symbol", BOREXINO)
def test_borexino_with_vacuum_weights(symbol):
    """Within 5 % with the vacuum weights of the paper; MSW values stand beside them and differ."""
    found = predictions.convert(2.8e-11, beam="solar-7Be").of(symbol)
    assert found.vacuum == pytest.approx(BOREXINO[symbol] * 1e-11, rel=0.05, abs=0)
    assert found.limit != pytest.approx(found.vacuum, rel=1e-5, abs=0)


def test_phases_that_matter():
    """Cross terms of mu_a^2, 2 |U_aj U_ak|; none from the Sun."""
    expected = {"e": (0.9029, 0.2449, 0.1634), "mu": (0.4385, 0.4543, 0.8872)}
    for a, values in expected.items():
        row = np.abs(U[("e", "mu").index(a)])
        assert [2 * row[j] * row[k] for j, k in ((0, 1), (0, 2), (1, 2))] == pytest.approx(values, abs=5.1e-5)
        form = predictions.convert(1.0, beam="reactor" if a == "e" else "accelerator").form["majorana"]
        assert [2 * abs(form[j, k]) for j, k in ((0, 1), (0, 2), (1, 2))] == pytest.approx(values, abs=5.1e-5)
    for name in ("solar-pp", "solar-7Be", "solar-8B"):
        form = predictions.convert(1.0, beam=name).form["majorana"]
        assert np.abs(form - np.diag(np.diag(form))).max() < 1e-14

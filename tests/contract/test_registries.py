"""Rules for every source, resolution and set of couplings: a new member is tested the day it arrives."""

import dataclasses
from typing import Literal

import numpy as np
import pytest

from nudipole import constants as const
from nudipole import tables
from nudipole.detectors import QUENCHINGS, RESOLUTIONS, Detector, Efficiency
from nudipole.errors import InputError
from nudipole.experiments import load
from nudipole.experiments.build.parts import FOLDS
from nudipole.experiments.schema import process as processes
from nudipole.experiments.schema import source as schema
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.interactions import ElectronScattering, couplings
from nudipole.interactions.electron_couplings import COUPLINGS
from nudipole.io.fields import Flux
from nudipole.mixing import nufit
from nudipole.numerics import jnp
from nudipole.properties import Neutrino
from nudipole.sources import SOURCES, MonoEnergetic
from nudipole.targets import atom


def _reactor() -> dict[str, float]:
    """3 GW at 20 m: fissions a second from the energies of Ma 2013, neutrinos a fission of arXiv:2304.14992."""
    fractions = {"235U": 0.58, "238U": 0.08, "239Pu": 0.29, "241Pu": 0.05}
    energies = {"235U": 202.36, "238U": 205.99, "239Pu": 211.12, "241Pu": 214.26}
    emitted = {"235U": 6.078, "238U": 7.163, "239Pu": 5.503, "241Pu": 6.261}
    fissions = 3e9 / 1.602176634e-13 / sum(fractions[k] * energies[k] for k in fractions)
    sphere = 4 * np.pi * 2000.0**2
    fluxes = {name: fissions * fractions[name] * emitted[name] / sphere for name in fractions}
    return fluxes | {"238U(n,gamma)": fissions * 0.6 * 2 / sphere}


def _example_beam() -> dict[str, float]:
    """Trapezoids over the table, 6e20 protons a year of 365.25 days."""
    table = tables.read("beam-example-numi-like")
    per_second = 6e20 / (365.25 * 86400) * 1e-4
    E = table.column("E", "GeV")
    kinds = [name for name in table.columns if name != "E"]
    return {name: per_second * np.trapezoid(table.column(name, "1/(GeV m^2)"), E) for name in kinds}


# Fluxes of every source with its default settings [cm^-2 s^-1], from published numbers, not from the code.
FLUXES = {
    "histogram": _example_beam(),
    "mono-energetic": {"nu_e": 1e10},
    # 5.7e20 protons a day, 0.0848 neutrinos a flavour and proton, 19.3 m (COHERENT 2021)
    "pion-decay-at-rest": dict.fromkeys(
        ("nu_mu", "antinu_mu", "nu_e"), 5.7e20 / 86400 * 0.0848 / (4 * np.pi * 1930.0**2)
    ),
    "radioactive": {"51Cr": 3.7e16 / (4 * np.pi * 100.0**2)},
    "reactor": _reactor(),
    "solar": {
        "pp": 5.98e10,
        "pep": 1.44e8,
        "hep": 7.98e3,
        "7Be": 4.93e9,
        "8B": 5.46e6,
        "13N": 2.78e8,
        "15O": 2.05e8,
        "17F": 5.29e6,
    },
}


#: Where the published number itself has four digits.
TOLERANCE = {"reactor": 2e-4}
OSCILLATION = nufit("nufit-6.0-no")
U = np.asarray(OSCILLATION.pmns())


def _pions(protons_per_day, per_proton, metres):
    flux = protons_per_day / 86400 * per_proton / (4 * np.pi * (100 * metres) ** 2)
    return dict.fromkeys(("nu_mu", "antinu_mu", "nu_e"), flux)


#: Other members of the families: registry key, settings, fluxes [cm^-2 s^-1].
MEMBERS = {
    "37Ar": ("radioactive", {"nuclide": "37Ar"}, {"37Ar": 3.7e16 / (4 * np.pi * 100.0**2)}),
    "144Ce": ("radioactive", {"nuclide": "144Ce"}, {"144Ce": 2 * 3.7e16 / (4 * np.pi * 100.0**2)}),
    "sns-2017": ("pion-decay-at-rest", {"site": "sns-2017"}, _pions(5.7e20, 0.08, 19.3)),
    "lsnd": ("pion-decay-at-rest", {"site": "lsnd"}, _pions(1e-3 / 1.602176634e-19 * 86400, 0.078, 29.8)),
    "lampf-e225": ("pion-decay-at-rest", {"site": "lampf-e225"}, _pions(1e-3 / 1.602176634e-19 * 86400, 0.083, 9.0)),
    "ess": ("pion-decay-at-rest", {"site": "ess"}, _pions(2.8e23 * 24 / 5000, 0.3, 20.0)),
}
TOLERANCE |= {"lsnd": 1e-3, "lampf-e225": 1e-3}
EVERY = {key: (key, {}, FLUXES[key]) for key in SOURCES} | MEMBERS
#: Those that fly as the flavour they are born as, unless told otherwise; the Sun always converts.
TERRESTRIAL = [name for name, (key, _, _) in EVERY.items() if key not in ("solar", "mono-energetic")]


@pytest.fixture(scope="module", params=sorted(EVERY))
def beam(request):
    key, settings, _ = EVERY[request.param]
    return request.param, SOURCES[key].named(**settings).beam()


@pytest.fixture(scope="module", params=[*sorted(EVERY), *(f"{name}, oscillated" for name in TERRESTRIAL)])
def flying(request):
    """Every source as it is, and those on Earth with coherent oscillation."""
    name, _, oscillated = request.param.partition(", ")
    key, settings, _ = EVERY[name]
    if oscillated:
        settings = settings | {"oscillation": OSCILLATION}
        settings |= {"baseline": 4e7 * const.cm} if key == "histogram" else {}
    return SOURCES[key].named(**settings).beam()


def test_a_source_integrates_to_its_flux(beam):
    """Trapezoids are exact for linear interpolation; the expected numbers are published ones."""
    name, arriving = beam
    expected = EVERY[name][2]
    assert set(arriving.components) == set(expected)
    spectrum = np.trace(np.asarray(arriving.density), axis1=-2, axis2=-1).real
    total = np.trapezoid(spectrum, np.asarray(arriving.E), axis=-1)
    total += np.trace(np.asarray(arriving.line), axis1=-2, axis2=-1).real.sum(axis=-1)
    # hbar c in MeV cm and hbar in MeV s
    total /= 1.973269804e-11**2 * 6.582119569e-22
    np.testing.assert_allclose(total, [expected[c] for c in arriving.components], rtol=TOLERANCE.get(name, 1e-4))
    np.testing.assert_allclose(arriving.flux() * const.cm**2 * const.second, total, rtol=1e-8)


def test_density_matrices_are_hermitian_positive_and_of_trace_one(beam):
    """At every node and line that carries flux, to 1e-12, and where `Beam.rho` interpolates."""
    _, arriving = beam
    matrices = np.concatenate([np.asarray(x).reshape(-1, 3, 3) for x in (arriving.density, arriving.line)])
    flux = np.trace(matrices, axis1=-2, axis2=-1).real
    assert np.all(flux >= 0)
    assert np.all(matrices[flux == 0] == 0)
    between = [
        arriving.rho(name, E)
        for s, name in enumerate(arriving.components)
        for E in np.asarray(arriving.E[s, -1]) * np.array([0.11, 0.5, 0.93])
    ]
    for rho in (matrices[flux > 0] / flux[flux > 0][:, None, None], np.asarray(between)):
        np.testing.assert_allclose(rho, rho.conj().swapaxes(-1, -2), atol=1e-12)
        np.testing.assert_allclose(np.trace(rho, axis1=-2, axis2=-1), 1, atol=1e-12)
        assert np.linalg.eigvalsh(rho).min() > -1e-12


def test_energies_increase_and_the_covariance_is_one(beam):
    _, arriving = beam
    assert np.all(np.diff(arriving.E) >= 0)
    assert np.all(np.asarray(arriving.E) >= 0)
    assert np.all(np.asarray(arriving.E_line) > 0)
    covariance = np.asarray(arriving.covariance)
    np.testing.assert_array_equal(covariance, covariance.T)
    # Published correlations have four digits.
    assert np.linalg.eigvalsh(covariance).min() >= -1e-4 * covariance.max()


def _flows(beam):
    """Integrated flux times rho of every component [MeV^3], (s, 3, 3), transposes for antineutrinos."""
    return np.trapezoid(beam.density, np.asarray(beam.E)[..., None, None], axis=1) + np.asarray(beam.line).sum(axis=1)


def _dipole(lam):
    return lam.conj().T @ lam


def _rates(flows, operator):
    return np.einsum("sij,ji->s", flows, operator).real


def _neutrino(nature, seed):
    """Complex transition moments between the mass states."""
    rng = np.random.default_rng(seed)
    lam = 1e-10 * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
    if nature == "majorana":
        return Neutrino.majorana(basis="mass", lam=lam - lam.T)
    hermitian = lam + lam.conj().T
    return Neutrino.dirac(basis="mass", magnetic=hermitian, electric=1j * (lam - lam.conj().T))


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
@pytest.mark.parametrize("seed", range(2))
def test_rates_do_not_depend_on_the_basis(flying, nature, seed):
    """Tr[rho lam^+ lam] with the moments rotated to flavour, or with the density matrices rotated to mass: 1e-12."""
    nu = _neutrino(nature, seed)
    flows = _flows(flying)
    in_flavour = _rates(flows, _dipole(np.asarray(nu.to_flavour(U).lam)))
    in_mass = _rates(U.conj().T @ flows @ U, _dipole(np.asarray(nu.lam)))
    np.testing.assert_allclose(in_flavour, in_mass, rtol=1e-12)
    assert np.all(in_flavour > 0)


@pytest.mark.parametrize("nature", ["dirac", "majorana"])
@pytest.mark.parametrize("seed", range(2))
def test_rates_do_not_depend_on_phases_of_leptons_and_mass_states(flying, nature, seed):
    """U -> D U D', the moments turned with D' and the density matrices with D; a pure flavour needs no turn."""
    nu, flows = _neutrino(nature, seed), _flows(flying)
    rng = np.random.default_rng(40 + seed)
    D, D_mass = (np.exp(2j * np.pi * rng.uniform(size=3)) for _ in range(2))
    left = D_mass if nature == "majorana" else D_mass.conj()
    turned = Neutrino(nature, "mass", left[:, None] * np.asarray(nu.lam) * D_mass)
    before = _rates(flows, _dipole(np.asarray(nu.to_flavour(U).lam)))
    operator = _dipole(np.asarray(turned.to_flavour(D[:, None] * U * D_mass).lam))
    np.testing.assert_allclose(_rates(D[:, None] * flows * D.conj(), operator), before, rtol=1e-12)
    diagonal = flows * np.eye(3)
    if np.array_equal(diagonal, flows):
        np.testing.assert_allclose(_rates(flows, operator), before, rtol=1e-12)
    else:
        # Were a density matrix not turned with the leptons, a converted beam would show it.
        assert np.max(np.abs(_rates(flows, operator) / before - 1)) > 1e-12


@pytest.mark.parametrize("phase", [0.4, 2.0])
def test_phases_of_Majorana_states_matter_where_the_moments_are_fixed(flying, phase):
    """U -> U D' with the same moments is another neutrino; only a mixture of mass states cannot tell (the Sun)."""
    nu = _neutrino("majorana", 3)
    before, after = (
        _rates(_flows(flying), _dipole(np.asarray(nu.to_flavour(U * phases).lam)))
        for phases in (np.ones(3), np.exp(1j * phase * np.arange(3)))
    )
    in_mass = U.conj().T @ _flows(flying) @ U
    mixture = np.abs(in_mass * (1 - np.eye(3))).max() < 1e-12 * np.abs(in_mass).max()
    assert mixture == ("8B" in flying.components)
    changed = np.abs(after / before - 1)
    assert changed.max() < 1e-12 if mixture else changed.min() > 1e-3


@pytest.fixture(params=sorted(RESOLUTIONS))
def resolution(request):
    kind, E = RESOLUTIONS[request.param], np.array([1e-6, 2.0])
    bins = np.linspace(0, 2.5, 26)
    own = {
        "polynomial": lambda: kind([0.02, 0.02], 1.0),
        "table": lambda: kind(E, [0.02, 0.02]),
        "skewed": lambda: kind(RESOLUTIONS["sqrt"](0.02), 2.0),
        "matrix": lambda: kind(E, bins, np.diff([np.minimum(bins / (e + 0.1), 1) for e in E])),
    }
    return own[request.param]() if request.param in own else kind(*[0.02 for _ in dataclasses.fields(kind)])


@pytest.mark.parametrize("of", ["reconstructed", "true"])
def test_wide_bins_count_every_recoil_once(resolution, of):
    detector = Detector(np.array([0.0, 0.3, 0.31, 1, 1e3]), resolution, Efficiency.table([0, 1e3], [1, 1], of))
    T = jnp.linspace(0.4, 1.0, 98)
    counted = np.asarray(detector.response(T))
    np.testing.assert_allclose(counted.sum(axis=0), 1, rtol=1e-12)
    assert np.all(counted >= -1e-15)


def test_resolution_serves_both_kinds_of_arrays_and_is_not_negative(resolution):
    T = np.geomspace(1e-6, 10, 20)
    np.testing.assert_allclose(resolution.sigma(T), resolution.sigma(jnp.asarray(T)), rtol=1e-14)
    assert np.all(resolution.sigma(T) >= 0)
    assert resolution.sigma(T).shape == T.shape


def test_range_of_recoils_covers_what_responds(resolution):
    """Beyond it no more than 1e-12 of the recoils are counted, whatever the resolution; it begins above zero."""
    edges = np.linspace(0.01, 0.02, 5)
    detector = Detector(edges, resolution, Efficiency.constant(1.0))
    low, high = detector.recoil_range()
    assert 0 < low <= edges[0]
    assert high >= edges[-1]
    below, above = np.geomspace(1e-9, low, 50)[:-1], np.geomspace(high, 1e3 * high, 50)[1:]
    counted = np.asarray(detector.response(jnp.concatenate([below, above])))
    assert np.all(counted[:, 49:] < 1e-12)
    # A width that stays finite at T = 0 lifts recoils of any energy into the bins: then the range begins near zero.
    assert np.all(counted[:, :49] < 1e-12) or low < 1e-5 * edges[0]


@pytest.mark.parametrize("name", sorted(COUPLINGS))
def test_couplings(name):
    """One charged current for nu_e, the same axial coupling for all, a vector one near -1/2 + 2 sin^2."""
    sm = couplings(name)
    g_V, g_A = np.asarray(sm.g_V), np.asarray(sm.g_A)
    np.testing.assert_allclose(np.asarray(sm.g_L) + np.asarray(sm.g_R), g_V, rtol=1e-14)
    np.testing.assert_allclose(g_A - [1, 0, 0], g_A[1], atol=1e-14)
    assert g_A[1] == pytest.approx(-0.5, abs=0.01)
    np.testing.assert_allclose(g_V - [1, 0, 0], -0.5 + 2 * 0.2312, atol=0.02)
    np.testing.assert_allclose(sm.g_R, 0.2312, atol=0.01)


class InventedSpec(schema.Source):
    """Keys of a source that the package does not have."""

    kind: Literal["invented"]
    flux: Flux

    def settings(self, read):
        return {"flux": self.flux}

    def tables(self):
        return []


class Invented:
    """Its physics: a line of nu_e at 1 MeV."""

    @staticmethod
    def named(flux):
        return MonoEnergetic.named(1.0, flux)


def test_a_new_source_is_its_physics_its_keys_and_a_line_for_each(monkeypatch, own):
    monkeypatch.setitem(SOURCES, "invented", Invented)
    monkeypatch.setitem(schema.SOURCES, "invented", InventedSpec)
    ExperimentSpec.model_rebuild(force=True)
    try:
        line = "source: {kind: mono-energetic, energy: 1 MeV, flux: 1e10 1/(cm^2 s)}"
        known = load(own("source: {kind: solar}", line)).sm_counts
        found = load(own("source: {kind: solar}", "source: {kind: invented, flux: 1e10 1/(cm^2 s)}")).sm_counts
        np.testing.assert_array_equal(found, known)
        with pytest.raises(InputError, match=r"source\.fluxes: unknown key: did you mean 'flux'"):
            load(own("source: {kind: solar}", "source: {kind: invented, flux: 1e10 1/(cm^2 s), fluxes: 1}"))
    finally:
        monkeypatch.undo()
        ExperimentSpec.model_rebuild(force=True)
    with pytest.raises(InputError, match="unknown kind 'invented'"):
        load(own("source: {kind: solar}", "source: {kind: invented, flux: 1e10 1/(cm^2 s)}"))


class InventedProcessSpec(processes.ProcessBase):
    """Keys of a process that the package does not have."""

    kind: Literal["invented"]
    element: str

    @property
    def words(self):
        return f"invented, on {self.element}"


def invented(parts, given, key):
    """Its physics: scattering on electrons."""
    detector = parts.detector_of_process(given, QUENCHINGS["none"](), key)
    yield [ElectronScattering.on(atom(given.element))], detector, 1.0


def test_every_process_has_keys_and_something_to_fold():
    assert set(FOLDS) == set(processes.PROCESSES)


def test_a_new_process_is_its_physics_its_keys_and_a_line_for_each(monkeypatch, own):
    monkeypatch.setitem(FOLDS, "invented", invented)
    monkeypatch.setitem(processes.PROCESSES, "invented", InventedProcessSpec)
    ExperimentSpec.model_rebuild(force=True)
    try:
        found = load(own("{kind: nu-e}", "{kind: invented, element: Xe}"))
        # The mass of the atom is the mean over isotopes there, the tabulated one here.
        np.testing.assert_allclose(found.sm_counts, load(own()).sm_counts, rtol=1e-5)
        assert found.spec.process.words == "invented, on Xe"
        with pytest.raises(InputError, match=r"process\.element: is required"):
            load(own("{kind: nu-e}", "{kind: invented}"))
    finally:
        monkeypatch.undo()
        ExperimentSpec.model_rebuild(force=True)
    with pytest.raises(InputError, match="unknown kind 'invented'"):
        load(own("{kind: nu-e}", "{kind: invented, element: Xe}"))

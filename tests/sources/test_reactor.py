"""Reactors: spectra, normalisation, oscillation. Published fluxes are in tests/validation."""

import numpy as np
import pytest

from nudipole import constants as const
from nudipole import units
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import Oscillation, density_matrix, nufit
from nudipole.sources.reactor import (
    CAPTURE,
    COMPONENTS,
    ISOTOPES,
    SPECTRA,
    Reactor,
    capture_spectrum,
    fission_energies,
    fission_fractions,
    spectrum,
)

GW, METRE = units.in_internal("GW"), units.in_internal("m")
NUFIT = nufit("nufit-6.0-no")
# Sheet of the reactor source, sections 1 to 3: integrals per fission.
SUMMATION = dict(zip(ISOTOPES, (6.078, 7.163, 5.503, 6.261), strict=True))
SUMMATION_ABOVE_2 = dict(zip(ISOTOPES, (1.574, 2.217, 1.255, 1.665), strict=True))
BELOW_2 = dict(zip(ISOTOPES, (4.02, 4.52, 3.85, 4.305), strict=True))
POLYNOMIAL = dict(zip(ISOTOPES, (1.688, 2.246, 1.263, 1.615), strict=True))


def integral(E, y, low=0.0, high=20.0):
    inside = np.linspace(max(low, E[0]), min(high, E[-1]), 100_001)
    return np.trapezoid(np.interp(inside, E, y), inside)


def matrices(beam):
    flux = np.trace(np.asarray(beam.density), axis1=-2, axis2=-1).real
    return np.asarray(beam.density)[flux > 0] / flux[flux > 0][:, None, None]


@pytest.mark.parametrize("isotope", ISOTOPES)
def test_summation_spectra_of_the_reactor_sheet(isotope):
    """Antineutrinos per fission, in all and above 2 MeV, to the digits of the sheet."""
    E, S = spectrum(isotope)
    assert np.trapezoid(S, E) == pytest.approx(SUMMATION[isotope], rel=2e-4)
    assert integral(E, S, low=2) == pytest.approx(SUMMATION_ABOVE_2[isotope], abs=1e-3)
    assert (E[0], S[0], E[-1]) == (0, 0, 12.5)
    assert np.all(S >= 0)


@pytest.mark.parametrize("isotope", ISOTOPES)
def test_huber_mueller_spectra_of_the_reactor_sheet(isotope):
    E, S = spectrum(isotope, "huber-mueller")
    step = int(np.flatnonzero(np.diff(E) == 0)[0])
    assert E[step] == 2
    # The trapezoid of the sheet begins at the first row, not at E = 0.
    assert np.trapezoid(S[: step + 1], E[: step + 1]) == pytest.approx(BELOW_2[isotope], abs=6e-3)
    assert np.trapezoid(S[step + 1 :], E[step + 1 :]) == pytest.approx(POLYNOMIAL[isotope], rel=6e-4)


@pytest.mark.parametrize(
    ("isotope", "low", "high"), [("235U", 1.26, 1.321), ("239Pu", 1.08, 1.090), ("238U", 1.50, 1.394)]
)
def test_step_at_2_MeV_is_that_of_the_papers(isotope, low, high):
    E, S = spectrum(isotope, "huber-mueller")
    assert S[np.flatnonzero(E == 2)] == pytest.approx([low, high], abs=1e-3)


def test_235U_of_huber_2011_typed_rows():
    """Huber's 250 keV table agrees with its polynomial to 2.5 %, less than its own error at 6 MeV."""
    E, S = spectrum("235U", "huber-mueller")
    for energy, published in ((2.5, 0.914692), (3, 0.650506), (4, 0.29357), (5, 0.109896), (6, 0.0389392)):
        assert np.interp(energy, E, S) == pytest.approx(published, rel=0.025)


@pytest.mark.parametrize("isotope", ISOTOPES)
def test_compact_tables_agree_with_every_published_bin(isotope, shared_data):
    """Averages over the 25 keV bins: 0.3 % of the peak, 2 % of the bin up to 8 MeV, 10 % above; integral to 1e-4."""
    name = {"2": "u", "P": "pu"}["P" if "Pu" in isotope else "2"] + isotope[:3]
    path = shared_data / f"reactor_accel/reactor-nu-cevns/fluxData/bestiole_{name}.txt"
    centre, published = np.loadtxt(path, delimiter=",").T
    E, S = spectrum(isotope)
    assert len(E) < len(centre) / 2
    edges = np.append(centre - 0.0125, centre[-1] + 0.0125)
    fine = np.union1d(np.union1d(E, edges), np.linspace(0, 12.5, 20_001))
    y = np.interp(fine, E, S)
    total = np.concatenate([[0], np.cumsum((y[1:] + y[:-1]) / 2 * np.diff(fine))])
    average = np.diff(np.interp(edges, fine, total)) / np.diff(edges)
    np.testing.assert_allclose(average, published, rtol=0, atol=3.1e-3 * published.max())
    middle = (centre > 3) & (centre < 8)
    np.testing.assert_allclose(average[middle], published[middle], rtol=0.021)
    np.testing.assert_allclose(average[centre > 8], published[centre > 8], rtol=0.1)
    assert total[-1] == pytest.approx(published.sum() * 0.025, rel=1e-4)


def test_captures_give_two_antineutrinos_below_1_3_MeV():
    E, S = capture_spectrum()
    assert np.trapezoid(S, E) == pytest.approx(2, rel=1e-3)
    assert E[-1] == 1.265
    beam = Reactor.named().beam()
    flux = np.asarray(beam.flux())
    assert flux[-1] / flux[:-1].sum() == pytest.approx(1.2 / 6.00, rel=2e-3)


@pytest.mark.parametrize("model", SPECTRA)
def test_flux_is_fissions_times_antineutrinos_over_the_sphere(model):
    """3.1208e19 fissions per s and GW for 200 MeV (reactor sheet); the flux of each component within 1e-4."""
    reactor = Reactor.named(3 * GW, 15 * METRE, {"235U": 0.6, "239Pu": 0.4}, model, captures=0.5)
    beam = reactor.beam()
    assert beam.components == ("235U", "239Pu", CAPTURE)
    assert all(beam.antineutrino)
    assert reactor.energy_per_fission() == pytest.approx(0.6 * 202.36 + 0.4 * 211.12, rel=1e-12)
    fissions = 3 * 3.1208e19 * 200 / reactor.energy_per_fission()
    per_fission = [
        0.6 * np.trapezoid(*spectrum("235U", model)[::-1]),
        0.4 * np.trapezoid(*spectrum("239Pu", model)[::-1]),
    ]
    expected = fissions * np.array([*per_fission, 0.5 * 2]) / (4 * np.pi * 1500**2)
    np.testing.assert_allclose(np.asarray(beam.flux()) * const.cm**2 * const.second, expected, rtol=1e-4)


def test_named_fractions_and_energies():
    for name in ("pwr", "texono", "conus", "daya-bay", "juno", "chooz"):
        assert sum(fission_fractions(name)) == pytest.approx(1, abs=1e-12)
    assert fission_fractions("conus") == (0.491, 0.074, 0.361, 0.074)
    assert fission_energies("kopeikin-2004") == (201.92, 205.52, 209.99, 213.60)
    assert fission_energies("ma-2013")[3] == 214.26
    assert fission_energies("james-1969")[0] == 201.7


def test_several_cores_add_up():
    one, two = (Reactor.named(p * GW, L * METRE).beam().flux() for p, L in ((3, 20), (2, 30)))
    both = Reactor.named(cores=[(3 * GW, 20 * METRE), (2 * GW, 30 * METRE)]).beam().flux()
    np.testing.assert_allclose(both, one + two, rtol=1e-12)


def test_cores_oscillate_each_over_its_own_path():
    cores = [(3 * GW, 1000 * METRE), (2 * GW, 1700 * METRE)]
    beam = Reactor.named(cores=cores, oscillation=NUFIT).beam()
    weights = np.array([power / L**2 for power, L in cores])
    at = float(beam.E[0, np.searchsorted(beam.E[0], 3.0)])
    expected = sum(
        w * density_matrix(NUFIT, at, L, "e", antineutrino=True) for w, (_, L) in zip(weights, cores, strict=True)
    )
    np.testing.assert_allclose(beam.rho("235U", at), expected / weights.sum(), atol=1e-12)


@pytest.mark.parametrize("coherent", [True, False])
@pytest.mark.parametrize("model", SPECTRA)
def test_density_matrices_are_hermitian_positive_and_of_trace_one(model, coherent):
    beam = Reactor.named(3 * GW, 53_000 * METRE, "juno", model, oscillation=NUFIT, coherent=coherent).beam()
    rho = matrices(beam)
    np.testing.assert_allclose(rho, rho.conj().swapaxes(-1, -2), atol=1e-12)
    np.testing.assert_allclose(np.trace(rho, axis1=-2, axis2=-1), 1, atol=1e-12)
    assert np.linalg.eigvalsh(rho).min() > -1e-12
    plain = Reactor.named(3 * GW, 53_000 * METRE, "juno", model).beam()
    np.testing.assert_allclose(beam.flux(), plain.flux(), rtol=1e-10)
    np.testing.assert_array_equal(np.asarray(plain.density)[..., 1:, :], 0)


def test_survival_near_the_first_minimum():
    """1.68 km and 3.4 MeV: 0.912, as in the propagation itself; linear interpolation keeps it to 1e-3."""
    beam = Reactor.named(3 * GW, 1680 * METRE, oscillation=NUFIT).beam()
    assert float(beam.rho("235U", 3.4)[0, 0].real) == pytest.approx(0.912, abs=1e-3)


def test_rates_do_not_know_the_phases_of_the_fields():
    """Tr[rho O] of random moments against amplitudes of antineutrinos with rephased fields; delta_CP and L/E not 0."""
    oscillation = Oscillation(0.31, 0.022, 0.45, 3.7, 7.5e-5 * const.eV**2, 2.5e-3 * const.eV**2)
    L = 2500 * METRE
    beam = Reactor.named(3 * GW, L, oscillation=oscillation).beam()
    nodes = np.asarray(beam.E[beam.components.index("239Pu")])
    E = float(nodes[np.searchsorted(nodes, 3.0)])
    generator = np.random.default_rng(7)
    moments = generator.normal(size=(3, 3)) + 1j * generator.normal(size=(3, 3))
    U = np.asarray(oscillation.pmns())
    rate = np.trace(np.asarray(beam.rho("239Pu", E)) @ U @ moments.conj().T @ moments @ U.conj().T).real
    for _ in range(3):
        charged, neutral = np.exp(2j * np.pi * generator.random((2, 3)))
        V = charged[:, None] * U * neutral
        rephased = neutral.conj()[:, None] * moments * neutral
        # An antineutrino is born with the amplitudes V_ek and scatters with the conjugate moments.
        psi = V[0] * np.exp(-1j * np.asarray(oscillation.masses_squared()) * L / (2 * E))
        assert np.sum(np.abs(rephased.conj() @ psi) ** 2) == pytest.approx(rate, rel=1e-9)


def test_covariance_is_common_to_the_isotopes_and_separate_for_captures():
    covariance = np.asarray(Reactor.named().beam().covariance)
    np.testing.assert_allclose(covariance[:4, :4], 0.05**2)
    np.testing.assert_array_equal(covariance[4, :4], 0)
    assert covariance[4, 4] == pytest.approx(0.05**2)
    assert Reactor.named().beam().components == COMPONENTS
    assert Reactor.named(captures=0).beam().covariance.shape == (4, 4)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"power": 0.0}, OutOfRange, "thermal power"),
        ({"baseline": -1.0}, OutOfRange, "distance"),
        ({"cores": []}, OutOfRange, "number of cores"),
        ({"fractions": {"235U": 0.9}}, OutOfRange, "sum of the fission fractions"),
        ({"fractions": {"235U": 1.1, "239Pu": -0.1}}, OutOfRange, "fission fraction = -0.1"),
        ({"fractions": {"233U": 1.0}}, UnknownName, "fissile isotope"),
        ({"fractions": "bwr"}, UnknownName, "did you mean 'pwr'"),
        ({"spectrum": "huber"}, UnknownName, "reactor spectrum"),
        ({"energies": "ma"}, UnknownName, "energies per fission"),
        ({"captures": -1.0}, OutOfRange, "captures"),
    ],
)
def test_refusals(settings, error, message):
    with pytest.raises(error, match=message):
        Reactor.named(**settings)


def test_wrong_number_of_fractions():
    with pytest.raises(OutOfRange, match="number of fission fractions"):
        Reactor(((GW, METRE),), (1.0,))
    with pytest.raises(UnknownName, match="fissile"):
        spectrum("239U")


def test_cores_with_fuels_of_their_own():
    """Two cores are the sum of two reactors, each with its fuel; burn-up is linear between two."""
    start, end = {"235U": 0.7, "239Pu": 0.3}, {"235U": 0.5, "239Pu": 0.4, "241Pu": 0.1}
    places = ((3 * GW, 20 * METRE), (4 * GW, 35 * METRE))
    both = Reactor.named(cores=places, fuels=[start, {"start": start, "end": end, "burn_up": 0.25}]).beam()
    flux = dict(zip(both.components, np.asarray(both.flux()), strict=True))
    quarter = {"235U": 0.65, "239Pu": 0.325, "241Pu": 0.025}
    alone = [Reactor.named(*place, fuel).beam() for place, fuel in zip(places, (start, quarter), strict=True)]
    for name, total in flux.items():
        of_each = [float(b.flux()[b.components.index(name)]) if name in b.components else 0.0 for b in alone]
        assert total == pytest.approx(sum(of_each), rel=1e-12)
    with pytest.raises(OutOfRange, match="number of fuels"):
        Reactor.named(cores=places, fuels=[start])


def test_relative_error_of_the_power_is_of_all_components():
    without, with_it = (np.asarray(Reactor.named(relative_error=e).beam().covariance) for e in (0.0, 0.03))
    np.testing.assert_allclose(with_it - without, 0.03**2, rtol=1e-12)

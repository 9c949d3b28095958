"""Compact tables against the full published ones, and against numbers known from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid

from nudipole import tables

COMPONENTS = ("pp", "pep", "hep", "7Be", "8B", "13N", "15O", "17F")
# File of the full table, and the mean energy in MeV that the full table has.
SPECTRA = {
    "pp": ("peanuts/pp_shape.csv", 0.26667),
    "hep": ("bahcall/hepspectrum.dat", 9.6302),
    "8B": ("peanuts/8B_shape_Winter_et_al.csv", 6.770),
    "13N": ("bahcall/n13.dat", 0.70674),
    "15O": ("bahcall/o15.dat", 0.99651),
    "17F": ("bahcall/f17.dat", 0.99959),
}
END_POINTS = {"pp": 0.42341, "hep": 18.784, "8B": 15.3, "13N": 1.199, "15O": 1.732, "17F": 1.740}
SF3_FILES = {
    "SF3-GS98": "GS98",
    "SF3-AGSS09met": "AGSS09",
    "SF3-AAG21": "AAG21",
    "SF3-C11": "C11",
    "SF3-MB22m": "MB22m",
    "SF3-MB22p": "MB22p",
}
B16_FILES = {"B16-GS98": "gs98", "B16-AGSS09met": "agss09"}
MODELS = (*B16_FILES, *SF3_FILES)
# Mean electron density at production in mol/cm^3, full tables.
MEAN_N_E = {
    "B16-GS98": (60.64, 66.55, 51.39, 79.58, 87.93, 73.80, 86.22, 87.05),
    "B16-AGSS09met": (61.06, 66.87, 51.93, 79.93, 88.15, 72.62, 86.36, 87.20),
    "SF3-MB22m": (60.57, 66.44, 51.35, 79.43, 87.75, 73.93, 86.05, 86.89),
}
MEAN_RADIUS_B16_GS98 = (0.1171, 0.1018, 0.1418, 0.0707, 0.0510, 0.0851, 0.0550, 0.0531)


def read_spectrum(component):
    table = tables.read(f"solar-spectrum-{component}")
    return table.column("E", "MeV"), table.column("dN_dE", "1/MeV")


def read_zones(model):
    table = tables.read(f"solar-zones-{model.lower()}")
    edges = table.column("r_low", "1"), table.column("r_high", "1")
    return *edges, table.column("n_e", "mol/cm^3"), np.stack([table.column(c, "1") for c in COMPONENTS])


def full_spectrum(folder, component):
    path = folder / SPECTRA[component][0]
    full = np.loadtxt(path, delimiter="," if path.suffix == ".csv" else None, comments="#")
    return full[:, 0], full[:, 1] / (1000 if component == "8B" else 1)


def full_production(folder, model):
    """Electron density [mol/cm^3] and normalised share of each component by radius."""
    if model in B16_FILES:
        full = np.loadtxt(folder / f"peanuts/nudistr_b16_{B16_FILES[model]}.dat", comments="#")
        density, production = 10 ** full[:, 2], full[:, 4:12]
    else:
        read = {"delimiter": ",", "skiprows": 1}
        density = np.loadtxt(folder / f"sf3/density_SF3_{SF3_FILES[model]}.csv", **read)[:, 1]
        production = np.loadtxt(folder / f"sf3/production_SF3_{SF3_FILES[model]}.csv", **read)[:, 1:9]
    return density, (production / production.sum(axis=0)).T


def adiabatic_survival(E, n_e):
    """Two-flavour adiabatic P_ee for E [MeV] and n_e [mol/cm^3], dm2_21 = 7.5e-5 eV^2, sin2_12 = 0.31."""
    cos2 = 1 - 2 * 0.31
    x = 1.52588e-7 * n_e * E / 7.5e-5
    return (1 + cos2 * (cos2 - x) / np.hypot(cos2 - x, math.sqrt(1 - cos2**2))) / 2


@pytest.fixture(scope="module")
def solar(shared_data):
    return shared_data / "solar"


@pytest.mark.parametrize("component", SPECTRA)
def test_spectrum_integrates_to_one(component):
    E, dN_dE = read_spectrum(component)
    assert trapezoid(dN_dE, E) == pytest.approx(1, abs=1e-4)
    assert np.all(dN_dE >= 0)


@pytest.mark.parametrize("component", SPECTRA)
def test_spectrum_goes_from_zero_to_its_end_point(component):
    E, dN_dE = read_spectrum(component)
    assert (E[0], dN_dE[0], dN_dE[-1]) == (0, 0, 0)
    assert E[-1] == END_POINTS[component]


@pytest.mark.parametrize("component", SPECTRA)
def test_mean_energy_of_spectrum(component):
    E, dN_dE = read_spectrum(component)
    # Mean of the piecewise-linear curve itself, node by node without quadrature error.
    mean = np.sum(np.diff(E) * (E[:-1] * (2 * dN_dE[:-1] + dN_dE[1:]) + E[1:] * (dN_dE[:-1] + 2 * dN_dE[1:]))) / 6
    assert mean == pytest.approx(SPECTRA[component][1], rel=1e-3)


@pytest.mark.parametrize("component", SPECTRA)
def test_spectrum_agrees_with_every_published_row(component, solar):
    E, dN_dE = full_spectrum(solar, component)
    assert len(read_spectrum(component)[0]) < len(E)
    assert_allclose(np.interp(E, *read_spectrum(component)), dN_dE, rtol=0, atol=1e-3 * dN_dE.max())


def test_8B_uncertainty_Winter_2006(solar):
    full = np.loadtxt(solar / SPECTRA["8B"][0], delimiter=",", comments="#")
    table = tables.read("solar-spectrum-8B")
    sigma = np.interp(full[:, 0], table.column("E", "MeV"), table.column("sigma", "1/MeV"))
    assert_allclose(sigma, full[:, 2] / 1000, rtol=0, atol=0.011 * full[:, 2].max() / 1000)
    # A shift of the whole curve leaves its integral alone.
    assert trapezoid(sigma, full[:, 0]) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("component", "E", "dN_dE"),
    [
        ("pp", 0.20162, 2.9766),
        ("pp", 0.30244, 4.0605),
        ("8B", 3, 0.071533),
        ("8B", 10, 0.078387),
        ("8B", 14, 0.002058),
    ],
)
def test_spectrum_Bahcall_1997_and_Winter_2006_typed_rows(component, E, dN_dE):
    x, y = read_spectrum(component)
    assert np.interp(E, x, y) == pytest.approx(dN_dE, abs=1e-3 * y.max())


def test_lines():
    table = tables.read("solar-lines")
    assert table.words("component") == ("7Be", "7Be", "pep")
    assert_array_equal(table.column("E", "MeV"), [0.8613, 0.3843, 1.442])
    assert_allclose(table.column("fraction", "1")[:2].sum(), 1, rtol=1e-12)


def read_fluxes():
    table = tables.read("solar-fluxes")
    rows = zip(table.words("model"), table.words("component"), strict=True)
    values = zip(table.column("flux", "1/cm^2/s"), table.column("relative_error", "1"), strict=True)
    return dict(zip(rows, values, strict=True))


def test_fluxes_cover_every_model_and_component():
    assert set(read_fluxes()) == {(model, component) for model in MODELS for component in COMPONENTS}


@pytest.mark.parametrize(
    ("model", "component", "flux", "error"),
    [
        ("B16-GS98", "pp", 5.98e10, 0.006),
        ("B16-GS98", "7Be", 4.93e9, 0.06),
        ("B16-GS98", "8B", 5.46e6, 0.12),
        ("B16-GS98", "17F", 5.29e6, 0.20),
        ("B16-AGSS09met", "hep", 8.25e3, 0.30),
        ("B16-AGSS09met", "13N", 2.04e8, 0.14),
        ("SF3-GS98", "8B", 5.025e6, 0.1255),
        ("SF3-AAG21", "pep", 1.447e8, 0.0109),
        ("SF3-MB22m", "15O", 2.322e8, 0.173),
        ("SF3-MB22p", "7Be", 4.875e9, 0.0813),
    ],
)
def test_flux_Vinyoles_2017_and_Herrera_2023(model, component, flux, error):
    assert read_fluxes()[model, component] == (flux, pytest.approx(error, rel=5e-3))


def test_pp_chain_gives_the_luminosity():
    """Two neutrinos come with the 26.73 MeV of a helium nucleus, and 8.5e11 MeV/cm^2/s arrive."""
    for model in MODELS:
        total = sum(read_fluxes()[model, c][0] for c in ("pp", "pep", "7Be", "8B", "13N", "15O"))
        assert total == pytest.approx(2 * 8.5e11 / 26.73, rel=0.04), model


@pytest.mark.parametrize("model", SF3_FILES)
def test_fluxes_and_correlations_Herrera_2023(model, solar):
    lines = (solar / f"sf3/fluxes_SF3_{SF3_FILES[model]}.dat").read_text().splitlines()
    fluxes, errors = ([float(word) for word in lines[i].split()[:8]] for i in (2, 3))
    mine = np.array([read_fluxes()[model, component] for component in COMPONENTS])
    assert_array_equal(mine, np.transpose([fluxes, errors]))
    full = np.array([[float(word) for word in line.split()[:8]] for line in lines if line.startswith(("  +", "  -"))])
    assert_array_equal(read_correlations(model), full)


@pytest.mark.parametrize("model", B16_FILES)
def test_fluxes_Vinyoles_2017(model, solar):
    full = np.loadtxt(solar / "peanuts/fluxes_b16.dat", comments="#")
    columns = full[:, :2] if model == "B16-GS98" else full[:, 2:]
    scale = [1e10, 1e8, 1e3, 1e9, 1e6, 1e8, 1e8, 1e6]
    mine = np.array([read_fluxes()[model, component] for component in COMPONENTS])
    # 2e-3: the copy has 5.28e6 for 17F where others quote 5.29e6.
    assert_allclose(mine[:, 0], columns[:, 0] * scale, rtol=2e-3)
    assert_array_equal(mine[:, 1], columns[:, 1])


def read_correlations(model):
    table = tables.read("solar-correlations")
    rows = [i for i, word in enumerate(table.words("model")) if word == model]
    assert [table.words("component")[i] for i in rows] == list(COMPONENTS)
    return np.stack([table.column(c, "1")[rows] for c in COMPONENTS], axis=1)


@pytest.mark.parametrize("model", SF3_FILES)
def test_correlations_are_those_of_a_covariance(model):
    rho = read_correlations(model)
    assert_array_equal(rho, rho.T)
    assert_array_equal(np.diag(rho), 1)
    # Four published digits: an eigenvalue may be below zero by no more than their rounding.
    assert np.linalg.eigvalsh(rho).min() > -4e-4


def test_correlations_SF3_GS98_typed():
    rho = read_correlations("SF3-GS98")
    pp, be7, b8, n13, o15 = (COMPONENTS.index(c) for c in ("pp", "7Be", "8B", "13N", "15O"))
    assert (rho[pp, be7], rho[be7, b8], rho[n13, o15]) == (-0.9634, 0.8806, 0.9842)


@pytest.mark.parametrize("model", MODELS)
def test_zones_are_contiguous_and_complete(model):
    low, high, n_e, shares = read_zones(model)
    assert low[0] == 0
    assert_array_equal(low[1:], high[:-1])
    assert np.all(high > low)
    assert np.all(np.diff(n_e) < 0)
    assert np.all(shares >= 0)
    assert_allclose(shares.sum(axis=1), 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize("model", MEAN_N_E)
def test_mean_electron_density_at_production_typed(model):
    _, _, n_e, shares = read_zones(model)
    assert_allclose(shares @ n_e, MEAN_N_E[model], rtol=1e-3)


def test_mean_radius_of_production_B16_GS98_typed():
    low, high, _, shares = read_zones("B16-GS98")
    assert_allclose(shares @ (low + high) / 2, MEAN_RADIUS_B16_GS98, rtol=0, atol=5e-4)


@pytest.mark.parametrize("model", MODELS)
def test_zones_keep_density_and_survival_probability_of_the_full_table(model, solar):
    _, _, n_e, shares = read_zones(model)
    full_n_e, full_shares = full_production(solar, model)
    assert len(n_e) < len(full_n_e) / 20
    assert_allclose(shares @ n_e, full_shares @ full_n_e, rtol=1e-3)
    for E in np.geomspace(0.05, 19, 60):
        full = full_shares @ adiabatic_survival(E, full_n_e)
        assert_allclose(shares @ adiabatic_survival(E, n_e), full, rtol=0, atol=2e-4)


def read_efficiency(name):
    table = tables.read(name)
    return table.column("E", "keV"), table.column("efficiency", "1")


@pytest.mark.parametrize("name", ["xenonnt-2022-efficiency", "xenon1t-2020-efficiency"])
def test_efficiency_covers_0_to_35_keV(name):
    E, efficiency = read_efficiency(name)
    assert E[0] == 0
    assert E[-1] >= 35
    assert np.all((efficiency >= 0) & (efficiency <= 1))


@pytest.mark.parametrize(
    ("name", "E", "efficiency"),
    [
        ("xenonnt-2022-efficiency", *row)
        for row in [(0.5, 0.0007), (1, 0.0737), (1.5, 0.438), (2, 0.7037), (10, 0.8034), (29, 0.8154)]
    ]
    + [
        ("xenon1t-2020-efficiency", *row)
        for row in [(1.05, 0.147), (1.47, 0.42), (2.10, 0.76), (2.94, 0.853), (25, 0.889)]
    ],
)
def test_efficiency_XENON_typed(name, E, efficiency):
    assert np.interp(E, *read_efficiency(name)) == pytest.approx(efficiency, abs=3e-3)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("xenonnt-2022-efficiency", "xenonnt_sr0/efficiency.txt"),
        ("xenon1t-2020-efficiency", "xenon1t/efficiency_gambit.txt"),
    ],
)
def test_efficiency_agrees_with_the_release(name, file, solar):
    full = np.loadtxt(solar / file, comments="#")
    full = full[full[:, 0] <= 30]
    assert_allclose(np.interp(full[:, 0], *read_efficiency(name)), full[:, 1], rtol=0, atol=5e-4)


@pytest.mark.parametrize("name", ["xenonnt-2022-spectrum", "xenon1t-2020-spectrum"])
def test_recoil_spectra_have_bins_of_1_keV(name):
    table = tables.read(name)
    assert_array_equal(table.column("E_low", "keV"), np.arange(1, 30))
    assert_array_equal(table.column("E_high", "keV"), np.arange(2, 31))


def test_XENONnT_2022_sums():
    table = tables.read("xenonnt-2022-spectrum")
    observed, B0 = table.column("observed", "1"), table.column("B0", "1")
    assert observed.sum() == 433
    assert observed[:9].sum() == 106
    assert_array_equal(observed[:4], [4, 11, 14, 12])
    assert B0.sum() == pytest.approx(426.5, abs=0.1)
    assert B0[:9].sum() == pytest.approx(114.6, abs=0.1)


def test_XENONnT_2022_release(solar):
    table = tables.read("xenonnt-2022-spectrum")
    energies = np.loadtxt(solar / "xenonnt_sr0/data_unbinned_1to30kev.txt")
    E, rate = np.loadtxt(solar / "xenonnt_sr0/bkg_model.txt").T
    assert_array_equal(table.column("observed", "1"), np.histogram(energies, np.arange(1, 31))[0])
    expected = np.histogram(E, np.arange(1, 31), weights=1.16 * 0.1 * rate)[0]
    assert_allclose(table.column("B0", "1"), expected, rtol=0, atol=1e-4)


def test_XENON1T_2020_sums():
    table = tables.read("xenon1t-2020-spectrum")
    observed, background, tritium = (table.column(c, "1") for c in ("observed", "background", "tritium"))
    assert observed.sum() == 1261
    assert observed[:6].sum() == 285
    assert background.sum() == pytest.approx(1244.0, abs=0.1)
    assert background[:6].sum() == pytest.approx(231.6, abs=0.1)
    assert tritium.sum() == pytest.approx(77.0, abs=0.1)


def test_XENON1T_2020_release_and_Athron_2020(solar):
    table = tables.read("xenon1t-2020-spectrum")
    rates = np.loadtxt(solar / "xenon1t/data_below_30kev.txt", delimiter=",", comments="#")[:, 1]
    full = np.loadtxt(solar / "xenon1t/background_counts_gambit.txt", comments="#")
    # One count is 1.544856 events/(t yr keV), that is 0.6473 t yr.
    assert_allclose(table.column("observed", "1"), rates / 1.544856, rtol=1e-6)
    assert_array_equal(table.column("observed", "1"), full[:, 1])
    assert_allclose(table.column("background", "1"), full[:, 2], rtol=0, atol=1e-4)
    assert_allclose(table.column("tritium", "1"), full[:, 3], rtol=1e-4)

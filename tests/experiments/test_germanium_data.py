"""Dresden-II and CONUS+: tables against the releases, counts and limits against independent ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, least_squares, minimize_scalar
from scipy.special import erf

import nudipole as nd
from nudipole import constants as const
from nudipole import tables
from nudipole.experiments import load
from nudipole.experiments.library import text
from nudipole.properties import neutrino_of
from nudipole.sources.reactor import ISOTOPES, fission_fractions, spectrum

KEV = 1e-3
#: Delta chi2 of one- and two-sided limits at 90 %.
THRESHOLDS = (1.642, 2.706)
#: Independent evaluation [1e-10 mu_B], which took the Standard Model counts that go with the release.
DRESDEN = {"fef": (2.5, 2.9), "ybe": (4.1, 4.7)}


@pytest.fixture(scope="module")
def release(shared_data):
    return shared_data / "reactor_accel/dresden-ii"


def standard_model(release, quenching):
    """Counts in 130 bins that go with the release, on nuclei and on electrons."""
    nuclei = np.loadtxt(release / "Counts_SMN_Fef_YBe.txt")
    return nuclei[:, 1 + list(DRESDEN).index(quenching)], np.loadtxt(release / "Counts_SMe.txt")[:, 1]


def variant(quenching, flux=""):
    words = [word for word in (quenching if quenching == "ybe" else "", flux) if word]
    return "-".join(words) or None


def test_table_of_dresden_is_the_release(release):
    centre, *columns = np.loadtxt(release / "data_release.txt").T
    table = tables.read("dresden-ii-2022-spectrum")
    np.testing.assert_allclose(table.column("E_low", "keV"), centre - 0.005, atol=1e-9)
    np.testing.assert_allclose(table.column("E_high", "keV"), centre + 0.005, atol=1e-9)
    for name, numbers in zip(("on", "on_error", "off", "off_error"), columns, strict=True):
        np.testing.assert_allclose(table.column(name, "1"), numbers, rtol=1e-6)


def test_quenchings_are_the_release(release):
    """Within 0.06 eV; Fef between 1.14 and 1.39 keV, where E_ee falls by 7 eV, within 9 eV."""
    T, *factors = np.loadtxt(release / "QF_Fef_YBe.txt")[1:].T
    for name, factor in zip(DRESDEN, factors, strict=True):
        table = tables.read(f"quenching-ge-{name}")
        off = np.abs(np.interp(T, table.column("T", "keV"), table.column("E_ee", "keV")) - factor * T)
        level = (name == "fef") & (T > 1.14) & (T < 1.39)
        assert off[~level].max() < 6e-5
        assert not level.any() or 5e-3 < off[level].max() < 9e-3


def test_templates_of_the_rise_are_an_exponential_and_its_derivative():
    table = tables.read("dresden-ii-2022-rise")
    E = (table.column("E_low", "keV") + table.column("E_high", "keV")) / 2
    steep, flat = table.column("steep", "1"), table.column("flat", "1")
    slope = 0.25
    exponential = 60 * np.exp(-(E - 0.2) / slope)
    np.testing.assert_allclose(steep + flat, exponential, rtol=3e-4)
    np.testing.assert_allclose(flat - steep, 2 * 0.04 * exponential / 2 * (E - 0.2) / slope**2, atol=5e-3)
    assert min(steep.min(), flat.min()) > 0


def nuclear_counts(release, quenching, *, to_fissions, positive):
    """CEvNS a day, by NumPy alone: Huber-Mueller and Vogel-Engel, Klein-Nystrand, no 76Ge, as the repository has it.

    `to_fissions`: 4.8e13 /(cm^2 s) below 8 MeV from fissions, each isotope normalised by itself; otherwise what 2.96 GW
    at 10.39 m make. `positive`: the resolution is normalised to positive energies.
    """
    E = np.linspace(0.01, 8, 8001)
    shares, spectra = fission_fractions("pwr"), [np.interp(E, *spectrum(name, "huber-mueller")) for name in ISOTOPES]
    if to_fissions:
        flux = 4.8e13 * sum(f * S / np.trapezoid(S, E) for f, S in zip(shares, spectra, strict=True))
    else:
        energies = (202.36, 205.99, 211.12, 214.26)
        fissions = 2.96e9 / 1.602176634e-13 / np.dot(shares, energies) / (4 * np.pi * 1039.0**2)
        flux = fissions * sum(f * S for f, S in zip(shares, spectra, strict=True))
    abundance, A = np.array([0.2052, 0.2745, 0.0776, 0.3652]), np.array([70, 72, 73, 74])
    mass, N = np.average([69.924, 71.922, 72.923, 73.921], weights=abundance), np.average(A, weights=abundance) - 32
    M = mass * 931.494
    table = np.loadtxt(release / "QF_Fef_YBe.txt")
    recoil, factor = table[:, 0], table[:, 1 + list(DRESDEN).index(quenching)]
    # From 3 eV of ionisation on.
    T = np.linspace(0.003 / factor[0], 1.9, 3000) * KEV
    least = (T + np.sqrt(T**2 + 2 * T * M)) / 2

    def above(values):
        sums = np.concatenate([[0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(E))])
        return sums[-1] - np.interp(least, E, sums)

    q, R = np.sqrt(2 * M * T) / 197.327, 1.2 * (N + 32) ** (1 / 3)
    form = 3 * (np.sin(q * R) - q * R * np.cos(q * R)) / (q * R) ** 3 / (1 + 0.49 * q**2)
    weak = N - (1 - 4 * 0.23868) * 32
    sigma = const.G_F**2 * M / (4 * np.pi) * weak**2 * form**2 / const.cm**2
    rate = sigma * (above(flux) - M * T / 2 * above(flux / E**2)) * 2.924e3 / mass * 6.02214076e23 * 86400
    E_ee = T / KEV * np.interp(T / KEV, recoil, factor)
    width = np.sqrt(2 * (0.0685**2 + 0.11 * 2.96e-3 * E_ee))
    below = erf((np.linspace(0.2, 1.5, 131)[:, None] - E_ee) / width) / 2
    share = 2 / (1 + erf(E_ee / width)) if positive else 1.0
    return np.trapezoid(np.diff(below, axis=0) * rate * share, T, axis=1)


@pytest.mark.parametrize("quenching", DRESDEN)
def test_counts_of_the_release_bin_by_bin(release, quenching, tmp_path):
    """Its conventions give its counts to 2 %; the same fold with ours gives ours: nothing else differs."""
    theirs, _ = standard_model(release, quenching)
    bins = np.flatnonzero(theirs > 0.02)
    made = nuclear_counts(release, quenching, to_fissions=True, positive=True)
    np.testing.assert_allclose(made[bins], theirs[bins], rtol=0.02)
    (tmp_path / "d.yaml").write_text(
        text("dresden-ii")[0].replace("fractions: pwr", "fractions: pwr, spectrum: huber-mueller")
    )
    experiment = load(tmp_path / "d.yaml", variant(quenching))
    ours = experiment.counts_by_process(neutrino_of({}))["nuclei"].sum(axis=0)
    by_hand = nuclear_counts(release, quenching, to_fissions=False, positive=False)
    # No 76Ge, other couplings: 1 %; no neutrinos above 8 MeV: up to 3 % where recoils are large, more beyond.
    many = theirs > 2
    np.testing.assert_allclose(by_hand[many] / ours[many], 0.98, atol=0.02)


def test_own_counts_are_lower_than_those_of_the_release(release):
    """By 30 % in the first bin, of which the flux of captures is 17: a sixth of 4.8e13 makes no recoil that is seen."""
    for quenching, first in (("fef", 0.70), ("ybe", 0.66)):
        theirs, electrons = standard_model(release, quenching)
        counts = load("dresden-ii", variant(quenching)).counts_by_process(neutrino_of({}))
        ours = counts["nuclei"].sum(axis=0)
        assert ours[0] / theirs[0] == pytest.approx(first, abs=0.01)
        other = load("dresden-ii", variant(quenching, "fission-flux")).counts_by_process(neutrino_of({}))
        assert other["nuclei"].sum(axis=0)[0] / ours[0] == pytest.approx(1.20, abs=0.01)
    # On electrons captures count: the total flux is the same.
    np.testing.assert_allclose(counts["electrons"].sum(axis=0)[:100], electrons[:100], rtol=0.12)


def background(p, E):
    """Constant, exponential of free slope, lines: all free, none linear."""
    constant, height, slope, area, ratio, place, width = p

    def line(at, sigma):
        return np.exp(-((E - at) ** 2) / (2 * sigma**2)) / sigma

    lines = line(place, width) + 0.008 * line(1.142, width) + 0.16 * ratio * line(0.158, 0.0685)
    return constant + height * np.exp(-(E - 0.2) / slope) + area * lines


def exact(counts, signal):
    """Upper ends [1e-10 mu_B] by SciPy, and chi2 without a moment; `signal` of 1e-10 mu_B."""
    table = tables.read("dresden-ii-2022-spectrum")
    E = table.column("E_low", "keV") + 0.005
    seen, error = table.column("on", "1"), table.column("on_error", "1")
    start = np.array([14, 64, 0.25, 5.9, 1, 1.2923, 0.0696])

    def chi2(square):
        def off(p):
            return np.append((background(p, E) + counts + square * signal - seen) / error, (p[4] - 1) / 0.03)

        return 2 * least_squares(off, start, x_scale=start).cost

    best = max(minimize_scalar(chi2, bounds=(-20, 40), method="bounded").x, 0.0)
    ends = [brentq(lambda x, t=t: chi2(x) - chi2(best) - t, best, best + 100) ** 0.5 for t in THRESHOLDS]
    return ends, chi2(0.0)


def moments(experiment):
    """Limits [1e-10 mu_B] on mu_e of the package, one- and two-sided."""
    return [1e10 * nd.limit(experiment, "mu_e", by=nd.Asymptotic(c)).upper for c in ("one-sided", "delta-chi2")]


@pytest.mark.parametrize(
    "quenching", [pytest.param(name, marks=pytest.mark.long) if name == "fef" else name for name in DRESDEN]
)
def test_limits_of_dresden(release, quenching):
    """Ours are those of a background that is free in all seven parameters, to 2 %.

    With the Standard Model counts of the release in place of ours, and with all of the quoted flux from fissions as
    they have it, the independent ones to 15 %: for both quenchings.
    """
    experiment = load("dresden-ii", variant(quenching))
    counts, signal = (found.sum(axis=0) for found in (experiment.sm_counts, experiment.signal_counts(mu_e=1e-10)))
    by_hand, chi2 = exact(counts, signal)
    assert chi2 == pytest.approx({"fef": 104, "ybe": 106.5}[quenching], abs=0.5)
    assert moments(experiment) == pytest.approx(by_hand, rel=0.02)
    assert exact(sum(standard_model(release, quenching)), signal)[0] == pytest.approx(DRESDEN[quenching], rel=0.15)
    fissions = load("dresden-ii", variant(quenching, "fission-flux"))
    assert moments(fissions) == pytest.approx(DRESDEN[quenching], rel=0.15)


def test_lines_of_dresden_are_those_of_its_data():
    """Place, width and rate that the file states for L1, so that M and L2 are tied to it."""
    fit = nd.limit(load("dresden-ii"), "mu_e").to_json()["best_fit"]["nuisances"]
    assert fit["L1"] == pytest.approx(1, abs=0.008)  # one standard deviation
    assert fit["M"] == pytest.approx(1, abs=0.03)


def test_table_of_conus_plus_is_that_of_the_points(shared_data):
    given = np.genfromtxt(shared_data / "reactor_accel/conus_plus_c3.csv", delimiter=",", skip_header=1).T
    table = tables.read("conus-plus-2025-spectrum")
    for (name, unit), numbers in zip(table.units.items(), given, strict=True):
        np.testing.assert_allclose(table.column(name, unit), numbers, atol=5e-4)


@pytest.mark.parametrize(
    ("name", "independent"),
    [(None, 5.2), ("energy-lower", 4.5), ("energy-higher", 5.9), ("electrons", 1.3)],
)
def test_limits_of_conus_plus(name, independent):
    """Independent evaluation on the same points, Delta chi2 = 2.71."""
    assert moments(load("conus-plus", name))[1] == pytest.approx(independent, rel=0.05)

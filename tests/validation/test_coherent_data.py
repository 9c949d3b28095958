"""COHERENT CsI: tables of the package against the data releases, predictions against an independent quadrature."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammainc, spherical_jn

from nudipole import tables
from nudipole.experiments import load, read
from nudipole.properties import neutrino_of

CSI = "reactor_accel/Newtrinos.jl/src/experiments/coherent/coherent_2020/csi"
CSI_2017 = "reactor_accel/pyCEvNS/data/coherent"
#: Edges of the bins of 2021.
PE = np.array([8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40, 46, 52, 60])
TIME = np.array([0, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.25, 1.5, 2, 3, 4, 6])


def late(t):
    """Efficiency of the arrival time [us] of 2021."""
    return np.exp(-0.0494 * np.maximum(t - 0.52, 0))


def released_2017(folder, name):
    """Counts (12, 12) of 6 to 30 photoelectrons and 0 to 6 us."""
    E, t, counts = np.loadtxt(folder / name, delimiter=",").T
    inside = (E > 6) & (E < 30) & (t < 6)
    order = np.lexsort((t[inside], E[inside]))
    return counts[inside][order].reshape(12, 12)


@pytest.mark.parametrize(("column", "file"), [("coincidence", "dataBeamOnC"), ("anticoincidence", "dataBeamOnAC")])
def test_events_of_2021(shared_data, column, file):
    events = np.loadtxt(shared_data / CSI / f"{file}.txt")
    counted = np.histogram2d(events[:, 0], events[:, 1], (PE, TIME))[0]
    table = tables.read("coherent-csi-2021-events")
    np.testing.assert_array_equal(table.column(column, "1"), counted.ravel())
    name = {"anticoincidence": "steady_state"}.get(column, column)
    summed = tables.read("coherent-csi-2021-energy").column(name, "1")
    np.testing.assert_array_equal(summed, counted.sum(axis=1))


@pytest.mark.parametrize(("name", "total"), [("BRN", 18.4), ("NIN", 5.66)])
def test_neutrons_of_2021(shared_data, name, total):
    E, shape = np.loadtxt(shared_data / CSI / f"{name.lower()}PE.txt").T
    t, counts = np.loadtxt(shared_data / CSI / f"{name.lower()}Trec.txt").T
    by_energy = np.histogram(E, PE, weights=shape)[0] * counts.sum() / shape.sum()
    np.testing.assert_allclose(tables.read("coherent-csi-2021-energy").column(name, "1"), by_energy, atol=1e-4)
    assert by_energy.sum() == pytest.approx(total, abs=0.01)
    # A bin of the release (0.01 us) may lie across an edge, which moves 1 % of the events at most.
    by_time = np.histogram(t, TIME, weights=counts * late(t) / counts.sum())[0]
    np.testing.assert_allclose(tables.read("coherent-csi-2021-time").column(name, "1"), by_time, atol=0.015)


def test_steady_background_of_2021_follows_the_efficiency_of_the_time(shared_data):
    times = np.loadtxt(shared_data / CSI / "dataBeamOnAC.txt")[:, 1]
    t = np.linspace(0, 6, 6001)
    cumulative = np.concatenate([[0], np.cumsum((late(t[1:]) + late(t[:-1])) / 2)])
    assert stats.kstest(times, lambda x: np.interp(x, t, cumulative / cumulative[-1])).pvalue > 0.05
    assert stats.kstest(times, lambda x: x / 6).pvalue < 1e-3
    expected = np.diff(np.interp(TIME, t, cumulative)) / cumulative[-1]
    shares = tables.read("coherent-csi-2021-time").column("steady_state", "1")
    np.testing.assert_allclose(shares, expected, atol=2e-6)


def test_pulse_of_2021_is_that_of_the_beam_neutrons(shared_data):
    t, counts = np.loadtxt(shared_data / CSI / "brnTrec.txt").T
    main = t < 1.2
    mean = np.average(t[main], weights=counts[main])
    pulse = read("coherent-csi-2021")[0].source.pulse
    us = 1e-6 / 6.582119569e-22
    # The width of a Gaussian fitted to the top is 4 % above the standard deviation.
    assert pulse.centre / us == pytest.approx(mean, abs=0.005)
    assert pulse.width / us == pytest.approx(np.sqrt(np.average((t[main] - mean) ** 2, weights=counts[main])), rel=0.05)


def test_events_and_neutrons_of_2017(shared_data):
    folder = shared_data / CSI_2017
    table = tables.read("coherent-csi-2017-events")
    on, anti = (released_2017(folder, f"data_{kind}_beamOn.txt") for kind in ("coincidence", "anticoincidence"))
    off = sum(released_2017(folder, f"data_{kind}_beamOff.txt") for kind in ("coincidence", "anticoincidence"))
    for column, counts in (("coincidence", on), ("anticoincidence", anti), ("beam_off", off)):
        np.testing.assert_array_equal(table.column(column, "1"), counts.ravel())
    energy, time = tables.read("coherent-csi-2017-energy"), tables.read("coherent-csi-2017-time")
    np.testing.assert_array_equal(energy.column("coincidence", "1"), on.sum(axis=1))
    np.testing.assert_array_equal(energy.column("steady_state", "1"), anti.sum(axis=1))
    E, rate = np.loadtxt(folder / "promptPDF.txt", delimiter=",").T
    neutrons = 7.47594 * rate * 0.6655 / (1 + np.exp(-0.4942 * (E - 10.8507)))
    by_energy = np.histogram(E, np.arange(6, 31, 2), weights=neutrons)[0]
    np.testing.assert_allclose(energy.column("neutrons", "1"), by_energy, atol=1e-4)
    shares = np.loadtxt(folder / "arrivalTimePDF_promptNeutrons.txt", delimiter=",")[:12, 1]
    np.testing.assert_allclose(time.column("neutrons", "1"), shares, atol=1e-6)
    # The exponential describes the anticoincidence: 12 bins, its rate and norm fitted.
    expected = time.column("steady_state", "1") * anti.sum()
    assert stats.chi2.sf(np.sum((anti.sum(axis=0) - expected) ** 2 / expected), 10) > 0.05


def helm(q, rms):
    """q [MeV], rms radius [fm]; skin 0.9 fm."""
    q = q / 197.327
    x = q * np.sqrt(5 / 3 * (rms**2 - 3 * 0.81))
    return 3 * spherical_jn(1, x) / x * np.exp(-((0.9 * q) ** 2) / 2)


def predicted(fluence, E_ee, spread, photons, efficiency, edges):
    """Events (nu_mu, antinu_mu, nu_e) of 14.6 kg of CsI, without times."""
    mu, line, step = 105.6584, 29.792, 2e-5
    T = np.arange(step / 2, 0.06, step)
    E = np.linspace(0, mu / 2, 1001)
    E, dE = (E[1:] + E[:-1]) / 2, E[1]
    spectra = [64 * E**2 / mu**3 * (3 / 4 - E / mu), 192 * E**2 / mu**3 * (1 / 2 - E / mu)]
    x = np.linspace(edges[0], edges[-1], 521)
    weight = np.clip(efficiency((x[1:] + x[:-1]) / 2), 0, 1)
    light, k = photons * E_ee(T), 1 + spread * E_ee(T)
    seen = np.diff(gammainc(k, k / light * x[:, None]), axis=0).T @ weight
    events = np.zeros(3)
    for Z, N, A, R_p, R_n in ((55, 78, 132.905, 4.821, 5.09), (53, 74, 126.904, 4.766, 5.03)):
        M = 931.494 * A
        q = np.sqrt(2 * M * T)

        def share(E, T=T, M=M):
            return np.maximum(1 - T / E - M * T / (2 * E**2), 0)

        kinematics = [share(line), *(share(E[:, None]).T @ spectrum * dE for spectrum in spectra)]
        for i, g_p in enumerate((0.0300, 0.0300, 0.0382)):
            charge = g_p * Z * helm(q, R_p) - 0.5117 * N * helm(q, R_n)
            rate = 1.1663788e-11**2 * M / np.pi * charge**2 * kinematics[i] * 3.89379e-22
            events[i] += np.sum(rate * seen) * step
    return events * fluence * 14.6e3 / 259.81 * 6.02214e23


def fluence(protons, per_proton):
    """Of each kind at 19.3 m [1/cm^2]."""
    return protons * per_proton / (4 * np.pi * 1930.0**2)


def arrivals(centre, width, efficiency):
    """Shares (nu_mu, antinu_mu, nu_e) counted within 0 to 6 us, from decay times on a grid of 1 ns."""
    step = 1e-3
    t = np.arange(-1, 8, step)
    arriving = np.exp(-((t - centre) ** 2) / (2 * width**2))
    inside, shares = (t > 0) & (t < 6), []
    for tau in (0.026033, 2.19698):
        decay = np.exp(-np.arange(0, 9, step) / tau) * -np.expm1(-step / tau)
        arriving = np.convolve(arriving, decay)[: len(t)]
        shares.append(np.sum((arriving * efficiency(t))[inside]) * step / (np.sqrt(2 * np.pi) * width))
    return np.array([shares[0], shares[1], shares[1]])


#: Constants rounded differently, couplings of three digits: 0.3 %.
AGREE = 0.004


def test_standard_model_of_2021():
    def E_ee(T):
        return 1e3 * (0.0554628 * T + 4.30681 * T**2 - 111.707 * T**3 + 840.384 * T**4)

    def efficiency(x):
        return 1.32045 / (1 + np.exp(-0.285979 * (x - 10.8646))) - 0.333322

    events = predicted(fluence(3.198e23, 0.0848), E_ee, 9.56, 13.35, efficiency, PE)
    expected = events * arrivals(0.657, 0.151, late)
    counts = load("coherent-csi-2021").counts_by_process(neutrino_of({}))
    np.testing.assert_allclose(counts["nuclei"].sum(axis=1), expected, rtol=AGREE)
    assert counts["electrons"].sum() < 1e-3


def test_standard_model_of_2017():
    def efficiency(x):
        return 0.6655 / (1 + np.exp(-0.4942 * (x - 10.8507)))

    events = predicted(fluence(1.76e23, 0.08), lambda T: 87.8 * T, 13.348, 13.348, efficiency, (6, 30))
    expected = events * arrivals(0.692, 0.142, np.ones_like)
    counts = load("coherent-csi-2017").counts_by_process(neutrino_of({}))
    np.testing.assert_allclose(counts["nuclei"].sum(axis=1), expected, rtol=AGREE)

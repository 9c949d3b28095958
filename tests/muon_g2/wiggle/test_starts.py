"""Fits of data whose frequency and lifetime are not the nominal ones, against what was put in."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.muon_g2.wiggle import fits, starts
from nudipole.muon_g2.wiggle.analysis import analyse, in_units
from nudipole.muon_g2.wiggle.expected import MICROSECOND
from nudipole.muon_g2.wiggle.fit_model import Window
from nudipole.muon_g2.wiggle.store import WiggleHistogram

EDGES = (30 + 0.1492 * np.arange(1401)) * MICROSECOND
WINDOW = Window(EDGES)
TIME = WINDOW.frame.t / MICROSECOND


def counts(omega=1.4394, N=1e6, A=0.37, tau=64.44, seed=5, factor=1.0):
    """Sampled counts: omega [rad/us], tau [us]."""
    rate = np.exp(-TIME / tau) * (1 - A * np.cos(omega * TIME + 2.1)) * factor
    return np.random.default_rng(seed).poisson(N * rate / rate.sum())


def histogram(*rows, low=1700.0):
    return WiggleHistogram(np.array(rows), np.linspace(low, 3100.0, len(rows) + 1), EDGES)


@pytest.mark.parametrize("omega", [0.15, 0.72, 1.2, 1.38, 1.5, 2.0, 2.9, 6.0, 18.0])
@pytest.mark.parametrize("N", [3000, 1e6])
def test_other_frequencies_are_found(omega, N):
    n = counts(omega, N)[None].astype(float)
    found = fits.fit(n, starts.window_of(n[0], WINDOW))
    assert found.status == ["ok"]
    assert abs(found["omega_a"][0] * MICROSECOND - omega) < 4 * found.error("omega_a")[0] * MICROSECOND


@pytest.mark.parametrize("tau", [15.0, 40.0, 100.0, 300.0])
def test_other_lifetimes_are_found(tau):
    n = counts(1.3, tau=tau)[None].astype(float)
    found = fits.fit(n, WINDOW)
    assert found.status == ["ok"]
    assert abs(found["tau"][0] / MICROSECOND - tau) < 4 * found.error("tau")[0] / MICROSECOND


def test_nominal_frequency_stays_for_data_without_oscillation():
    for seed in range(10):
        window = starts.window_of(counts(A=0.0, N=1e5, seed=seed).astype(float), WINDOW)
        assert window.omega_a == WINDOW.omega_a
        assert window.tau == WINDOW.tau


def test_other_frequency_in_all_methods():
    """1.2 rad/us is -166274 ppm from the nominal frequency."""
    result = analyse(histogram(counts(1.2, 2e7)))
    nominal = WINDOW.omega_a * MICROSECOND
    for found in (result.fits, *(method.fits for method in result.methods)):
        deviation, error = result.deviations(found)
        assert found.status == ["ok"]
        assert abs(deviation[0] - 1e6 * (1.2 / nominal - 1)) < 4 * error[0]
    assert "the largest oscillation of the data" in result.moved
    assert result.to_json()["start"]["omega_a [rad/us]"] == pytest.approx(1.2, rel=1e-3)


def test_plot():
    result = analyse(histogram(counts(seed=1), counts(seed=2)), methods=("T",))
    wiggle, frequencies, residuals, correlations = result.plot().axes[:4]
    assert "energy bins" in wiggle.get_title(loc="left")
    assert len(frequencies.patches) == len(result.by_method) == 1
    # omega_a of 1.4394 rad/us is 0.2291 MHz.
    assert residuals.lines[-1].get_xdata()[0] == pytest.approx(0.2291, abs=1e-4)
    assert len(correlations.get_xticks()) == 5


def test_beam_oscillation_alone_is_no_anomaly():
    """Larger than that of the spins and not in the fit: nothing is a result; with its term everything is."""
    beam = 1 + 0.4 * np.exp(-TIME / 150) * np.cos(2.3 * TIME)
    data = histogram(counts(N=2e7, A=0.05, factor=beam))
    without = analyse(data)
    assert {method.status for method in without.methods} == {fits.NO_DESCRIPTION}
    assert without.fits.status == [fits.NO_DESCRIPTION]
    record = without.to_json()
    for one in (*record["energy_bins"], *record["methods"]):
        assert one["deviation [ppm]"] is one["error [ppm]"] is one["correlation"] is None
        assert set(one["values"].values()) == {None}
    with pytest.raises(NudipoleError, match="does not describe data"):
        without.table("t")
    with_term = analyse(data, methods=("T",), terms=("cbo",))
    deviation, error = with_term.deviations(with_term.methods[0].fits)
    assert with_term.methods[0].status == "ok"
    assert abs(deviation[0] - 1e6 * (1.4394 / (WINDOW.omega_a * MICROSECOND) - 1)) < 4 * error[0]


def test_one_bad_bin_of_four():
    bad = np.random.default_rng(2).integers(0, 5000, 1400)
    result = analyse(histogram(counts(seed=1), bad, counts(seed=2), counts(seed=3)), methods=("A",))
    status = result.fits.status
    assert status == ["ok", status[1], "ok", "ok"]
    assert status[1] in (fits.NO_DESCRIPTION, fits.NOT_CONVERGED)
    assert result.methods[0].status != "ok"
    table = result.table("t")
    assert len(table.values) == 3
    assert f"left out: 2.05 to 2.4 GeV ({status[1]})" in table.note
    rows = [line.split(",") for line in result.parameters_csv().splitlines()]
    assert [row[-1] for row in rows] == ["status", *status]
    assert set(rows[2][2:12]) == {""}


def test_frequency_and_phase_of_no_oscillation_are_none():
    result = analyse(histogram(counts(A=0.0, N=1e5)), methods=())
    values, errors = in_units(result.fits, 0)
    assert result.fits.status == [fits.NO_WIGGLE]
    assert values["omega_a [rad/us]"] is errors["phi [rad]"] is None
    assert values["tau [us]"] == pytest.approx(64.44, rel=0.03)


@pytest.mark.long
def test_false_oscillations_are_rare():
    """Exponentials alone, each with the best of all frequencies near the nominal one."""
    n = np.array([counts(A=0.0, N=1e5, seed=seed) for seed in range(100)], float)
    assert np.sum(fits.fit(n, WINDOW).oscillates) <= 3


def test_subtracted_counts():
    """Fractions and bins below zero: by Pearson's chi2, and no ratio of what cannot be dealt out."""
    n = counts(N=2e5) - 0.3 * np.exp(-TIME / 64)
    n[-300:] -= 0.4
    data = histogram(n)
    if np.any(n < 0):
        with pytest.raises(NudipoleError, match=r"energy bin 1.7..3.1 GeV has -0.* at .* us: .*statistic='pearson'"):
            analyse(data)
    result = analyse(data, statistic="pearson")
    ratio = result.methods[-1]
    assert ratio.fits is None
    assert "whole positrons" in ratio.status
    assert result.notes == ["counts are not whole numbers: their errors are those of counts of this size"]
    deviation, error = result.deviations(result.fits)
    assert abs(deviation[0] - 1e6 * (1.4394 / (WINDOW.omega_a * MICROSECOND) - 1)) < 4 * error[0]


def test_weighted_counts_have_the_p_values_of_their_scatter():
    """The A method's chi2 of few counts: uniform p-values, none of them absurd."""
    found = []
    for seed in range(60):
        rows = [counts(A=A, N=1500, seed=10 * seed + k) for k, A in enumerate((0.1, 0.4, 0.8))]
        result = analyse(histogram(*rows), methods=("A",))
        found.append(float(result.methods[0].fits.p_value[0]))
    assert min(found) > 1e-4
    assert 0.3 < np.mean(found) < 0.7


def test_an_infinite_error_is_no_convergence():
    n = counts()[None].astype(float)
    found = fits.fit(n, WINDOW)
    broken = dataclasses.replace(found, converged=np.array([False]))
    assert broken.status == [fits.NOT_CONVERGED]
    short = Window(EDGES[:22])
    assert fits.fit(n[:, :21], short).status != ["ok"]

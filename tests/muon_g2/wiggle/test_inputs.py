"""Histograms as people have them: counts with variances, gaps, CSV and ROOT; against scipy and what was put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import curve_fit

from nudipole.errors import InputError, NudipoleError
from nudipole.muon_g2.wiggle import inputs, store
from nudipole.muon_g2.wiggle.analysis import analyse
from nudipole.muon_g2.wiggle.expected import MICROSECOND, Setup
from nudipole.muon_g2.wiggle.store import WiggleHistogram

T = 30 + 0.1492 * np.arange(1401)
MIDDLE = (T[1:] + T[:-1]) / 2
OMEGA = 2 * np.pi * 0.229073496  # nominal [rad/us], to 1e-9


@pytest.fixture(scope="module")
def subtracted():
    """Counts after a subtraction of pile-up, with their variance before it."""
    rate = np.exp(-MIDDLE / 64.44) * (1 - 0.37 * np.cos(1.4394 * MIDDLE + 2.1))
    counts = np.random.default_rng(5).poisson(2e7 * rate / rate.sum())[None]
    kept = counts - 1e-3 * counts * np.exp(-MIDDLE / 64.4)
    return WiggleHistogram(kept, np.array([1700.0, 3100.0]), T * MICROSECOND, variance=counts.astype(float))


def by_scipy(n, variance):
    """omega_a [ppm] and its error, that of the variances and that which curve_fit scales by sqrt(chi2/ndof)."""

    def five(t, N, tau, A, w, phi):
        return N * np.exp(-t / tau) * (1 + A * np.cos(w * t + phi))

    start = [1.5 * n[0], 64.4, 0.37, 1.4394, 2.1 - np.pi]
    sigma = np.sqrt(variance)
    values, covariance = curve_fit(five, MIDDLE, n, start, sigma=sigma, absolute_sigma=True)
    _, scaled = curve_fit(five, MIDDLE, n, start, sigma=sigma)
    return 1e6 * (values[3] / OMEGA - 1), *(1e6 * np.sqrt(C[3, 3]) / OMEGA for C in (covariance, scaled))


def test_counts_with_variances_as_scipy_fits_them(subtracted):
    value, error, scaled = by_scipy(subtracted.counts[0], subtracted.variance[0])
    result = analyse(subtracted, methods=["T", "A", "ratio"])
    for deviation, sigma in ([one[0] for one in result.by_energy], *result.by_method.values()):
        assert deviation == pytest.approx(value, abs=0.02)
        assert sigma == pytest.approx(error, rel=1e-3)
    # Fits that scale their errors by sqrt(chi2/ndof), 1.03 here, have 12.6.
    assert (round(value, 1), round(scaled, 1)) == (70.9, 12.6)
    assert error * result.fits.goodness[0] ** 0.5 == pytest.approx(scaled, rel=1e-3)
    assert result.statistic == "gaussian"
    assert "have variances" in result.methods[-1].failure
    with pytest.raises(NudipoleError, match="neyman has no effect"):
        analyse(subtracted, statistic="neyman")


def test_few_counts_behind_variances_are_said(subtracted):
    few = replace(subtracted, counts=subtracted.counts / 1e3, variance=subtracted.variance / 1e3)
    assert "pulls the fit" in " ".join(analyse(few, methods=[]).notes)


@pytest.fixture(scope="module")
def full():
    return store.simulated(Setup(2e7, np.array([1700.0, 2400.0, 3100.0]), T * MICROSECOND), seed=7)


def test_a_gap_that_is_masked_changes_little(full):
    """Nothing was recorded from 80 to 85 us: unmasked no fit describes it, masked omega_a moves by 0.1 sigma."""
    dead = (MIDDLE > 80) & (MIDDLE < 85)
    broken = replace(full, counts=np.where(dead, 0, full.counts))
    assert analyse(broken, methods=["T"]).methods[0].status == "does not describe data"
    whole = analyse(full)
    masked = analyse(broken, mask=[(80 * MICROSECOND, 85 * MICROSECOND)])
    assert masked.window.bins == 1400 - 34
    assert masked.fits.ndof == 1366 - 5
    assert masked.to_json()["left_out [us]"] == [pytest.approx([79.982, 85.0548])]
    for name, (deviation, error) in whole.by_method.items():
        moved, wider = masked.by_method[name]
        assert abs(moved - deviation) < (0.3 if name != "ratio" else 1) * error
        assert error < wider * 1.001 < 1.1 * error
    assert np.isnan(masked.expected[:, 335:369]).all()
    _, power = masked.spectrum()
    assert power.mean() == pytest.approx(1, abs=0.1)
    with pytest.raises(NudipoleError, match="leaves out nothing"):
        analyse(full, mask=[(800 * MICROSECOND, 850 * MICROSECOND)])


def test_other_frequency_beside_a_gap():
    """The frequency is found although times are missing, and the mean lifetime is not pulled by them."""
    rate = np.exp(-MIDDLE / 64.44) * (1 - 0.37 * np.cos(1.2 * MIDDLE + 2.1))
    counts = np.random.default_rng(5).poisson(2e7 * rate / rate.sum())[None]
    histogram = WiggleHistogram(counts, np.array([1700.0, 3100.0]), T * MICROSECOND)
    for mask in ([], [(40 * MICROSECOND, 90 * MICROSECOND)]):
        result = analyse(histogram, methods=["T"], mask=mask)
        deviation, error = result.by_method["T"]
        assert abs(deviation - 1e6 * (1.2 / OMEGA - 1)) < 3 * error
        assert result.window.tau == pytest.approx(64.38 * MICROSECOND, rel=1e-3)
        if not mask:
            assert round(deviation) == -166274
            assert error * result.fits.goodness[0] ** 0.5 == pytest.approx(12.5, abs=0.05)


def same(one, two):
    return (
        np.array_equal(one.counts, two.counts)
        and np.array_equal(one.kept, two.kept)
        and np.allclose(one.energy_edges, two.energy_edges)
        and np.allclose(one.time_edges, two.time_edges)
    )


def test_files_of_every_kind_say_the_same(full, tmp_path):
    masked = full.without([(80 * MICROSECOND, 85 * MICROSECOND)])
    assert same(store.read(store.write(masked, tmp_path / "w.zarr")), masked)
    lines = ["# a comment", "E_low [MeV],E_high [GeV],time_low [ns],time_high [us],counts [1],error [1]"]
    for k, (low, high) in enumerate(((1700, 2.4), (2400, 3.1))):
        for i in np.flatnonzero(masked.kept):
            n = full.counts[k, i]
            lines.append(f"{low},{high},{1e3 * T[i]:.6f},{T[i + 1]:.6f},{n},{n**0.5!r}".replace("np.float64", ""))
    lines[2:] = [line.replace("(", "").replace(")", "") for line in lines[2:]][::-1]  # rows in any order
    (tmp_path / "two.csv").write_text("\n".join(lines))
    read = inputs.read(tmp_path / "two.csv")
    assert same(read, masked)
    assert np.allclose(read.variance, np.where(masked.kept, full.counts, 1))
    assert inputs.read(tmp_path / "two.csv", energies=(2400.0, 3100.0)).counts.shape == (1, 1400)
    rows = "".join(f"{t:.6f},{n}\n" for t, n in zip(MIDDLE, full.counts[0], strict=True))
    (tmp_path / "one.csv").write_text("time [us],counts [1]\n" + rows)
    assert np.array_equal(inputs.read(tmp_path / "one.csv", energies=(1700.0, 2400.0)).counts[0], full.counts[0])


def test_histograms_of_root(full, tmp_path):
    uproot = pytest.importorskip("uproot")
    with uproot.recreate(tmp_path / "w.root") as file:
        file["th1"] = (full.counts[0].astype(float), T)
        file["th2"] = (full.counts.T.astype(float), T, np.array([1700.0, 2400.0, 3100.0]))
    read = inputs.read(f"{tmp_path}/w.root:th2", axes="time us, energy MeV")
    assert same(read, full)
    assert read.variance is None
    one = inputs.read(f"{tmp_path}/w.root:th1", axes="time us", energies=(1700.0, 2400.0))
    assert np.array_equal(one.counts[0], full.counts[0])
    for name, options, words in (
        ("w.root", {"axes": "time us"}, "one of th1, th2"),
        ("w.root:th2", {}, "say what its axes are"),
        ("w.root:th1", {"axes": "time us"}, "has no energies"),
        ("w.root:th2", {"axes": "time us, energy us"}, "wrong unit"),
    ):
        with pytest.raises(NudipoleError, match=words):
            inputs.read(f"{tmp_path}/{name}", **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,counts\n1,2\n", "column 't' is not known"),
        ("time [us],time_low [us],time_high [us],counts [1]\n1,1,2,3\n", "write columns such as"),
        ("time [us],counts [1]\n1,2\n", "has no energies"),
        ("time,counts [1],E_low [GeV],E_high [GeV]\n1,2,1,2\n", "says no unit"),
        ("time [us],counts [1],E_low [GeV],E_high [GeV]\n1,2,1,2\n", "must rise from 0"),
        ("time [us],counts [1],E_low [GeV],E_high [GeV]\n1,2,1,2\n1,3,1,2\n", "two rows for the same bin"),
        (
            "time [us],counts [1],E_low [GeV],E_high [GeV]\n1,2,1,2\n2,x,1,2\n",
            "line 3, column 'counts': 'x' is no number",
        ),
        ("time [us],counts [1],E_low [GeV],E_high [GeV]\n"
         + "".join(f"{t**1.1:.3f},9,1,2\n" for t in range(5, 25)), "equal widths"),
        ("time [us],counts [1],variance [1],E_low [GeV],E_high [GeV]\n"
         + "".join(f"{t},9,0,1,2\n" for t in range(5, 25)), "0 is no variance"),
    ],
)  # fmt: skip
def test_tables_that_are_none(text, words, tmp_path):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        inputs.read(tmp_path / "bad.csv")
    assert "\n" not in str(caught.value)

"""The test of an energy-dependent anomaly: closed forms, tables, and closure over the whole chain."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from nudipole import tables
from nudipole.errors import InputError, NudipoleError
from nudipole.muon_g2.decay import precession
from nudipole.muon_g2.decay import spectrum as decay
from nudipole.muon_g2.shift import conjecture as shift
from nudipole.muon_g2.shift import energy_dependence, forecast
from nudipole.muon_g2.wiggle import energy_table
from nudipole.muon_g2.wiggle import expected as wiggle
from nudipole.muon_g2.wiggle.energy_table import EnergyTable
from nudipole.muon_g2.wiggle.expected import MICROSECOND, Setup
from nudipole.muon_g2.wiggle.fit_many import fit_many
from nudipole.muon_g2.wiggle.fit_model import Window

E821 = forecast.data_set("e821-2000")
REFERENCE = 229074.11


def table_of(values, errors, quantity="frequency", unit="Hz", edges=E821.edges):
    return EnergyTable("made up", "", quantity, unit, edges[:-1], edges[1:], np.asarray(values), np.asarray(errors))


def test_shift_of_a_bin_by_quadrature():
    (got,) = energy_dependence.shifts(np.array([1400.0]), np.array([1600.0]))
    E = np.linspace(1400, 1600, 20001)
    weight = decay.N_A(E / decay.E_max)
    assert got == pytest.approx(np.trapezoid(weight * shift.relative_shift(E), E) / np.trapezoid(weight, E), rel=1e-8)


@pytest.mark.parametrize(("curve", "mean"), [("A-bins", 1.24), ("NA-bins", 2.0), ("A-window", 2.35), ("paper", 2.18)])
def test_curves_of_the_paper(curve, mean):
    """A d/<A>: largest near 2.3 GeV, zero at 3.1 GeV where nothing is left for the neutrinos.

    Means over the bins of Fig. 2, evaluated independently with the weights N A^2; ours have the likelihood's, 2 % less.
    """
    m = energy_dependence.shifts(E821.edges[:-1], E821.edges[1:], curve)
    assert m[-1] == pytest.approx(0, abs=1e-9)
    assert E821.edges[np.argmax(m)] in (2000.0, 2200.0, 2400.0)
    w = E821.bin_errors() ** -2.0
    assert 1e6 * w @ m / w.sum() == pytest.approx(mean, rel=0.025)


@pytest.mark.parametrize("curve", ["fit", "paper"])
def test_fits_are_least_squares(curve):
    random = np.random.default_rng(1)
    sigma = REFERENCE * E821.bin_errors()
    table = table_of(REFERENCE + sigma * random.normal(size=9), sigma)
    result = energy_dependence.energy_test(table, curve)
    for hypothesis, h in ((result.constant, np.ones(9)), (result.model, 1 + result.m)):
        found = optimize.curve_fit(lambda x, w: w * x, h, table.values, [REFERENCE], sigma, absolute_sigma=True)
        assert hypothesis.omega_a0 == pytest.approx(found[0][0], rel=1e-12)
        assert hypothesis.error == pytest.approx(found[1][0, 0] ** 0.5, rel=1e-4)
        chi2 = np.sum(((table.values - found[0][0] * h) / sigma) ** 2)
        assert hypothesis.chi2 == pytest.approx(chi2, rel=1e-6)
        assert hypothesis.p_value == pytest.approx(stats.chi2.sf(chi2, 8), rel=1e-6)


@pytest.mark.parametrize("truth", ["constant", "model"])
def test_numbers_without_noise_give_the_expected_difference(truth):
    m = energy_dependence.shifts(E821.edges[:-1], E821.edges[1:])
    values = REFERENCE * (1 + (m if truth == "model" else 0 * m))
    result = energy_dependence.energy_test(table_of(values, REFERENCE * E821.bin_errors()))
    sign = 1 if truth == "model" else -1
    assert result.delta_chi2 == pytest.approx(sign * result.S, rel=1e-4)
    assert result.strength[0] == pytest.approx(1 if truth == "model" else 0, abs=1e-4)
    assert (result.p_model if truth == "model" else result.p_constant) == pytest.approx(0.5, abs=1e-3)


def test_units_do_not_matter():
    random = np.random.default_rng(2)
    sigma = E821.bin_errors()
    x = 1 + 1e-6 * random.normal(size=9)
    expected = energy_dependence.energy_test(table_of(REFERENCE * x, REFERENCE * sigma))
    for quantity, unit, scale in (("omega_a", "rad/us", 1.44), ("R", "1", 3.7e-3), ("frequency", "kHz", 229.0)):
        got = energy_dependence.energy_test(table_of(scale * x, scale * sigma, quantity, unit))
        assert got.delta_chi2 == pytest.approx(expected.delta_chi2, rel=1e-5)
        assert pytest.approx(expected.S, rel=1e-9) == got.S
    for unit, part in (("ppm", 1e-6), ("ppb", 1e-9)):
        got = energy_dependence.energy_test(table_of((x - 1) / part, sigma / part, "deviation", unit))
        assert got.delta_chi2 == pytest.approx(expected.delta_chi2, rel=1e-5)
        assert got.constant.omega_a0 * part == pytest.approx(expected.constant.omega_a0 / REFERENCE - 1, rel=1e-6)
        assert got.constant.error * part == pytest.approx(expected.constant.error / REFERENCE, rel=1e-5)


def test_the_example_is_generated_and_says_so():
    """Numbers, label, and the error of the constant: the 0.14 Hz that the paper's fit of the measured bins has."""
    example = energy_table.example()
    assert "GENERATED" in example.note
    assert "not measured" in example.note
    again = forecast.generated(E821, REFERENCE, 2000)
    assert_allclose(example.values, again.values, atol=1e-9)
    assert_allclose(example.errors, again.errors, atol=1e-9)
    assert_allclose([example.energy_low[0], example.energy_high[-1], len(example.values)], [1400, 3200, 9])
    result = energy_dependence.energy_test(example)
    assert result.constant.error == pytest.approx(0.14, abs=0.005)
    assert "cannot decide" in result.verdict
    assert tables.read(energy_table.EXAMPLE).meta.title.startswith("GENERATED")


def test_plot():
    result = energy_dependence.energy_test(energy_table.example())
    axes = result.plot()
    points, _, _ = axes.containers[0]
    assert_allclose(points.get_xdata(), np.arange(1.5, 3.2, 0.2))
    assert axes.containers[0].get_label() == "generated"


def test_written_tables_are_read_back():
    example = energy_table.example()
    back = energy_table.parse(example.to_csv(), "back")
    assert_allclose(back.values, example.values, rtol=1e-14)
    assert_allclose(back.energy_high, example.energy_high)
    assert "GENERATED" in back.note


HEAD = "E_low [GeV],E_high [GeV],frequency [Hz],error [Hz]\n"
GOOD = HEAD + "1.4,1.6,229074,1\n1.6,1.8,229075,1\n1.8,2.0,229074,1\n"


def test_a_table_as_documented():
    table = energy_table.parse("# mine\n" + GOOD, "mine.csv")
    assert table.note == "mine"
    assert_allclose(table.energy_low, [1400, 1600, 1800])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a header and at least one row"),
        (HEAD, "at least one row"),
        (HEAD + "1,2,229074,1\n", "has 1 rows"),
        (GOOD.replace("frequency", "f"), "exactly four columns"),
        (GOOD.replace("error [Hz]", "error [kHz]"), "in the unit of frequency"),
        (GOOD.replace("[Hz]", "[mHz]"), "is in 'mHz'"),
        (GOOD.replace("[GeV]", "[J]"), r"write \[GeV\] or \[MeV\]"),
        (GOOD.replace(",error [Hz]", "").replace(",1\n", "\n"), "exactly four columns"),
        (GOOD.replace("1.6,1.8", "1.5,1.8"), "row 2: the bins must rise"),
        (GOOD.replace("1.6,1.8", "1.8,1.6"), "row 2: E_low"),
        (GOOD.replace("1.8,2.0", "3.2,3.4"), "the bin must begin below"),
        (GOOD.replace("229075,1", "229075,0"), "row 2: the error must be above 0"),
        (GOOD.replace("229075,1", "229075,-1"), "row 2: the error must be above 0"),
        (GOOD.replace("229075", "nan"), "row 2, frequency: 'nan'"),
        (GOOD.replace("229075", "1e999"), "not a finite number"),
        (GOOD.replace("229075", "=cmd"), "not a finite number"),
        (GOOD.replace("229075", "-229075"), "is the unit right"),
        (GOOD.replace("229075", "229.075"), "is the unit right"),
        (GOOD.replace("229075,1", "229075,1,2"), "line 3 has 5 cells"),
        (GOOD.replace("229075,1", '229075,"1'), "not a finite number"),
        (GOOD + '"' + "1" * 200_000, "no table"),
        (HEAD + "1.4,1.6,229074,1\n" * 1001, "more than 1000"),
    ],
)
def test_tables_that_are_none(text, message):
    with pytest.raises(InputError, match=message) as caught:
        energy_table.parse(text, "bad.csv")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_files_are_bounded(tmp_path):
    (tmp_path / "big.csv").write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError, match="larger than"):
        energy_table.read(tmp_path / "big.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no text"):
        energy_table.read(tmp_path / "binary.csv")


def test_nothing_to_test():
    sigma = REFERENCE * E821.bin_errors()
    with pytest.raises(NudipoleError, match="nothing to test"):
        energy_dependence.energy_test(table_of(REFERENCE + 0 * sigma, sigma), m=np.full(9, 1e-6))
    with pytest.raises(NudipoleError, match="choose from"):
        energy_dependence.shifts(E821.edges[:-1], E821.edges[1:], "mine")


EDGES = np.array([1400.0, 1700.0, 2000.0, 2300.0, 2600.0, 2800.0, 3100.0])
WINDOW = Window((30 + 0.1492 * np.arange(3001)) * MICROSECOND)
POSITRONS = 1.5e10


@pytest.fixture(scope="module")
def closure():
    """1000 simulated experiments with and without the hypothesis, each bin fitted and the whole tested."""
    results = {}
    for name, relative in (("constant", None), ("model", shift.relative_shift)):
        mean = wiggle.expected(Setup(POSITRONS, EDGES, WINDOW.edges, phase=0.4, shift=relative))
        random = np.random.default_rng(21 if relative is None else 22)
        fitted = [fit_many(random.poisson(bin_, (1000, len(bin_))), WINDOW) for bin_ in mean]
        assert all(f.converged.all() for f in fitted)
        omega = np.stack([f["omega_a"] for f in fitted], axis=1) * MICROSECOND
        error = np.stack([f.error("omega_a") for f in fitted], axis=1) * MICROSECOND
        results[name] = [
            energy_dependence.energy_test(table_of(x, s, "omega_a", "rad/us", EDGES))
            for x, s in zip(omega, error, strict=True)
        ]
    return results


@pytest.mark.slow
@pytest.mark.parametrize("truth", ["constant", "model"])
def test_p_values_are_uniform_under_the_truth(truth, closure):
    results = closure[truth]
    assert stats.kstest([getattr(r, truth).p_value for r in results], "uniform").pvalue > 1e-3
    assert stats.kstest([getattr(r, f"p_{truth}") for r in results], "uniform").pvalue > 1e-3
    strength = np.array([r.strength[0] for r in results])
    error = results[0].strength[1]
    assert abs(strength.mean() - (truth == "model")) < 4 * error / np.sqrt(1000)
    assert strength.std() == pytest.approx(error, rel=0.08)  # 3.6 standard errors of a spread


@pytest.mark.slow
def test_power_is_the_forecast(closure):
    """Of 1000 experiments as many exclude the wrong hypothesis as the forecast says, to 3 sigma, both ways."""
    data = forecast.own(POSITRONS, EDGES)
    # The window of time ends after seven lifetimes.
    lasting = float(WINDOW.edges[-1] - WINDOW.edges[0])
    share, A = wiggle.fractions(EDGES)
    errors = [
        forecast.bin_error(POSITRONS * n / share.sum(), a, duration=lasting) for n, a in zip(share, A, strict=True)
    ]
    assert_allclose(errors, data.bin_errors(), rtol=0.03)
    S = energy_dependence.separation(energy_dependence.shifts(EDGES[:-1], EDGES[1:]), np.array(errors))
    expected = energy_dependence.power(S)
    assert 0.3 < expected < 0.9
    margin = 3 * np.sqrt(expected * (1 - expected) / 1000)
    assert np.mean([r.p_constant < 0.05 for r in closure["model"]]) == pytest.approx(expected, abs=margin)
    assert np.mean([r.p_model < 0.05 for r in closure["constant"]]) == pytest.approx(expected, abs=margin)
    assert np.mean([r.S for r in closure["model"]]) == pytest.approx(S, rel=0.01)


def test_frequency_of_the_shipped_table_is_that_of_the_ring():
    assert precession.hertz(precession.omega_a()) == pytest.approx(REFERENCE, rel=1e-3)

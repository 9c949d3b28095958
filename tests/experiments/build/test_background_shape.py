"""Backgrounds of known spectrum: against independent integrals, normalisation, ends, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, pearson3

from nudipole import units
from nudipole.detectors import RESOLUTIONS, Birks, Detector, Efficiency, Polynomial, Unquenched
from nudipole.errors import InputError, OutOfRange
from nudipole.experiments import load
from nudipole.experiments.build.background_shape import SkewedPeak, shares
from nudipole.experiments.likelihood import likelihood
from nudipole.experiments.schema.background import BetaSpec, LineSpec, PileUpSpec
from nudipole.sources import beta_decay

KEV = 1e-3
#: kB, density of electrons and mean excitation energy of a liquid scintillator.
LIQUID = (units.parse("0.0109 cm/MeV", "cm/MeV"), units.parse("2.9e23 1/cm^3", "1/cm^3"), 62.4e-6)
FLAT = "flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}"


def detector(edges, resolution=None, efficiency=None):
    """Edges in keV; no resolution and full efficiency unless given."""
    none = RESOLUTIONS["none"]()
    return Detector(np.array(edges) * KEV, resolution or none, efficiency or Efficiency.constant(1.0))


def test_all_decays_are_in_wide_bins():
    """All but the 5e-6 below 3 eV, a millionth of the highest edge, where the response is cut."""
    wide = detector([0, 3000])
    for spectrum in (BetaSpec(kind="beta", nuclide="210Bi"), PileUpSpec(kind="pile-up", nuclide="14C")):
        assert shares(spectrum, wide)[0] == pytest.approx(1, abs=2e-5)
    smeared = detector([100, 3000], RESOLUTIONS["sqrt"](0.05))
    line = LineSpec(kind="line", energy="420 keV", sigma="35 keV", skewness=0.1)
    assert shares(line, smeared)[0] == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("nuclide", ["85Kr", "210Bi", "11C", "3H"])
def test_folding_against_quadrature(nuclide):
    """An efficiency of the reconstructed energy and a Gaussian, integrated over both energies by another rule."""
    sigma = RESOLUTIONS["sqrt"](0.03)
    efficiency = Efficiency.table([0, 0.2, 0.4], [0.2, 0.9, 0.5])
    found = shares(BetaSpec(kind="beta", nuclide=nuclide), detector([3, 15, 100, 300], sigma, efficiency))
    decay = beta_decay.decay(nuclide)
    T, dN_dT = beta_decay.spectrum(decay.Q, decay.Z, particle="electron", positron=decay.positron, shape=decay.shape)
    fine = decay.Q * (np.arange(40_000) + 0.5) ** 2 / 40_000**2
    weight = np.interp(fine, T, dN_dT) * 2 * np.sqrt(fine * decay.Q) / 40_000
    for b, (low, high) in enumerate(((0.003, 0.015), (0.015, 0.1), (0.1, 0.3))):
        x, w = np.polynomial.legendre.leggauss(60)
        # The efficiency bends at 0.2.
        pieces = [(low, high)] if high <= 0.2 else [(low, 0.2), (0.2, high)]
        expected = 0.0
        for start, end in pieces:
            at = (start + end) / 2 + (end - start) / 2 * x
            density = np.array([weight @ norm.pdf(v, fine, 0.03 * np.sqrt(fine)) for v in at])
            expected += (end - start) / 2 * w @ (density * np.asarray(efficiency(at)))
        assert found[b] == pytest.approx(expected, rel=2e-4, abs=1e-12)


def test_without_resolution_a_bin_is_the_integral_of_the_spectrum():
    decay = beta_decay.decay("85Kr")
    T, dN_dT = beta_decay.spectrum(decay.Q, decay.Z, particle="electron", shape=decay.shape)
    found = shares(BetaSpec(kind="beta", nuclide="85Kr"), detector([1, 30, 600, 687, 800]))
    for b, (low, high) in enumerate(((0.001, 0.03), (0.03, 0.6), (0.6, 0.687))):
        at = np.unique(np.concatenate([[low, high], T[(low < T) & (high > T)]]))
        expected = np.trapezoid(np.interp(at, T, dN_dT), at)
        assert found[b] == pytest.approx(expected, rel=1e-6)
    assert found[3] == 0


def test_offset_shifts_the_spectrum():
    plain = shares(BetaSpec(kind="beta", nuclide="11C"), detector([0, 100, 500, 961]))
    shifted = shares(BetaSpec(kind="beta", nuclide="11C", offset="900 keV"), detector([800, 900, 1000, 1400, 1861]))
    np.testing.assert_allclose(shifted, [0, *plain], rtol=1e-6, atol=1e-12)


def test_two_decays_have_twice_the_mean_energy():
    edges = np.linspace(0, 313, 1001)
    middle = (edges[1:] + edges[:-1]) / 2
    one = shares(BetaSpec(kind="beta", nuclide="14C"), detector(edges))
    two = shares(PileUpSpec(kind="pile-up", nuclide="14C"), detector(edges))
    assert two @ middle == pytest.approx(2 * one @ middle, rel=1e-3)
    variance = one @ middle**2 - (one @ middle) ** 2
    assert two @ middle**2 - (two @ middle) ** 2 == pytest.approx(2 * variance, rel=1e-3)


def test_skewed_peak_is_that_of_scipy():
    """Pearson's type III; the first moment by quadrature of its density."""
    peak, x = SkewedPeak(0.035, 0.3), np.array([0.2, 0.35, 0.4, 0.43, 0.5, 0.7])
    below, moment = (np.asarray(found)[:, 0] for found in peak.cumulative(np.array([0.42]), x))
    scipy = pearson3(0.3, 0.42, 0.035)
    np.testing.assert_allclose(below, scipy.cdf(x), atol=1e-8)
    expected = [quad(lambda v: (v - 0.42) * scipy.pdf(v), 0.1875, end, epsabs=1e-12)[0] for end in x]
    np.testing.assert_allclose(moment, expected, atol=1e-8)
    with pytest.raises(OutOfRange, match="skewness"):
        SkewedPeak(0.035, 0.0)


def test_line_with_the_resolution_of_the_detector_or_its_own():
    edges = [300, 400, 450]
    with_detector = shares(LineSpec(kind="line", energy="420 keV"), detector(edges, RESOLUTIONS["constant"](0.02)))
    with_own = shares(LineSpec(kind="line", energy="420 keV", sigma="20 keV"), detector(edges))
    np.testing.assert_allclose(with_detector, np.diff(norm.cdf(edges, 420, 20)), rtol=1e-10)
    np.testing.assert_allclose(with_own, with_detector, rtol=1e-10)
    np.testing.assert_array_equal(shares(LineSpec(kind="line", energy="420 keV"), detector(edges)), [0, 1])


@pytest.fixture
def write(own_text, tmp_path):
    def write(background, *pairs):
        text = own_text()
        for old, new in ((FLAT, background), *pairs):
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_activity_times_exposure(write):
    """A line inside of the bins: 2 decays per t and day in 1 t yr, of which the efficiency counts its share."""
    line = "line: {spectrum: {kind: line, energy: 4 keV, sigma: 1 eV}, activity: 2 1/(t d), normalisation: free}"
    full = load(write(line))
    efficiency = float(full.parts[0].detector.efficiency(np.array([4 * KEV]))[0])
    assert full.background_counts["line"].sum() == pytest.approx(2 * 365.25 * efficiency, rel=1e-6)
    double = load(write(line, ("exposure: 1 t yr", "exposure: 2 t yr")))
    np.testing.assert_allclose(double.background_counts["line"], 2 * full.background_counts["line"], rtol=1e-12)
    beta = "krypton: {spectrum: {kind: beta, nuclide: 85Kr}, activity: 2 1/(t d), resolution: {kind: none}, "
    counts = load(write(beta + "normalisation: free}")).background_counts["krypton"]
    efficiency = full.parts[0].detector.efficiency
    expected = shares(BetaSpec(kind="beta", nuclide="85Kr"), detector([1, 2, 3, 5, 10], efficiency=efficiency))
    np.testing.assert_allclose(counts, 2 * 365.25 * expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("spectrum: {kind: beta, nuclide: 90Sr}, activity: 1 1/(t d)", r"spectrum: .*90Sr.*choose from"),
        ("spectrum: {kind: beta, nuclide: 85Kr}", "spectrum and activity go together"),
        ("rate: 1 events/(t yr keV), activity: 1 1/(t d)", "activity is of a spectrum: leave it out"),
        ("rate: 1 events/(t yr keV), resolution: {kind: none}", "resolution is of a spectrum: leave it out"),
        (
            "spectrum: {kind: line, energy: 3 keV}, activity: 1 1/(t d), rate: 1 /(t yr keV)",
            "a rate of a spectrum is that at one",
        ),
        ("spectrum: {kind: line, energy: 3 keV, skewness: 0.1}, activity: 1 1/(t d)", "a skewness needs a sigma"),
        ("spectrum: {kind: gamma, energy: 3 keV}, activity: 1 1/(t d)", "unknown kind 'gamma'"),
        ("spectrum: {kind: line, energy: 3 keV}, activity: 1 Bq", "wrong unit"),
        (
            "spectrum: {kind: line, energy: 3 keV, sigma: 1 keV}, activity: 1 1/(t d), resolution: {kind: none}",
            "either a resolution, or the sigma",
        ),
    ],
)
def test_refusals(write, given, message):
    with pytest.raises(InputError, match=message) as caught:
        load(write(f"flat: {{{given}, normalisation: free}}"))
    assert "\n" not in str(caught.value)


def test_electrons_are_seen_on_the_scale_and_lines_where_they_are():
    """A linear scale is the same as other bins for electrons; a line and what gammas add are as they are seen."""
    sigma = RESOLUTIONS["sqrt"](0.05)
    beta = BetaSpec(kind="beta", nuclide="85Kr")
    wide = replace(detector([110, 220, 330, 550], RESOLUTIONS["sqrt"](0.05 * 1.1**0.5)), quenching=Polynomial([1.1]))
    np.testing.assert_allclose(shares(beta, wide), shares(beta, detector([100, 200, 300, 500], sigma)), rtol=1e-5)
    pile_up = PileUpSpec(kind="pile-up", nuclide="14C")
    np.testing.assert_allclose(shares(pile_up, wide), shares(pile_up, detector([100, 200, 300, 500], sigma)), rtol=1e-4)
    line = LineSpec(kind="line", energy="220 keV")
    np.testing.assert_allclose(shares(line, wide), shares(line, replace(wide, quenching=Unquenched())), rtol=1e-12)


def test_two_decays_give_less_light_than_one_of_their_energy():
    """Birks: the sum of two energies that are seen, by Monte Carlo with 4e6 decays (0.1 to 0.3 % in the bins)."""
    scale = Birks(1.0, *LIQUID)
    decay = beta_decay.decay("14C")
    T, dN_dT = beta_decay.spectrum(decay.Q, decay.Z, particle="electron", positron=False, shape=decay.shape)
    cumulative = np.concatenate([[0.0], np.cumsum((dN_dT[1:] + dN_dT[:-1]) / 2 * np.diff(T))])
    random = np.random.default_rng(4)
    seen = scale(np.interp(random.uniform(0, cumulative[-1], (2, 4_000_000)), cumulative, T)).sum(axis=0)
    edges = [40, 100, 150, 200, 280]
    expected = np.histogram(seen * 1e3, edges)[0] / 4e6
    found = shares(PileUpSpec(kind="pile-up", nuclide="14C"), replace(detector(edges), quenching=scale))
    np.testing.assert_allclose(found, expected, rtol=0.02)


def nuisance(change, extra="", normalisation="free"):
    """Text of an experiment with a peak whose nuisance `moved` changes `change`."""
    return f"""
name: n
title: t
notes: n
reference: [{{texkey: none}}]
source: {{kind: mono-energetic, energy: 1 MeV, flux: 1e12 1/(cm^2 s), flavour: e}}
target: {{formula: C9H12}}
process: {{kind: nu-e, binding: free}}
exposure: 1 t d
detector:
  bins: {{from: 200 keV, to: 700 keV, width: 50 keV}}
  scale: {{kind: linear, factor: 1.1}}
  resolution: {{kind: sqrt, a: 2 keV^0.5}}
data: asimov
backgrounds:
  peak:
    {{spectrum: {{kind: line, energy: 420 keV, sigma: 40 keV}}, activity: 1e3 1/(t d), normalisation: {normalisation}}}
  beta: {{spectrum: {{kind: beta, nuclide: 210Bi}}, activity: 1e3 1/(t d), normalisation: {{gaussian: 5 %}}}}
  known: {{counts: [9, 9, 9, 9, 9, 9, 9, 9, 9, 9], normalisation: fixed}}
nuisances:
  moved: {{constraint: free, {change}}}
{extra}
"""


@pytest.mark.parametrize("size", [-1.0, -0.5, 0.5, 1.0])
def test_one_nuisance_moves_signal_and_backgrounds(size):
    """Folded anew where the nuisance has it: interpolated to 2e-4 of the counts within one step of 2 %."""
    moved = "{detector: {scale: {factor: %s}}, backgrounds: {peak: {spectrum: {energy: %s keV}}}}"
    text = nuisance(f"plus: {moved % (1.122, 423)}, minus: {moved % (1.078, 417)}")
    experiment = load(text)
    model = likelihood(experiment)
    assert model.unconstrained == ("moved",)
    assert {b.name for b in model.backgrounds if b.shifts is not None} == {"peak", "beta"}
    assert [b.shifts for b in model.known] == [None]
    factor, energy = 1.1 + 0.022 * size, 420 + 3 * size
    there = text.replace("factor: 1.1}", f"factor: {factor}}}").replace("energy: 420", f"energy: {energy}")
    exact = likelihood(load(there[: there.index("nuisances:")]))
    eta = dict.fromkeys(model.nuisances, 0.0) | {"peak": 1.3, "beta": 0.7, "moved": size}
    expected = exact.expected(3.0, [eta[name] for name in exact.nuisances])
    found = model.expected(3.0, [eta[name] for name in model.nuisances])
    np.testing.assert_allclose(found, expected, rtol=2e-4 if abs(size) < 1 else 1e-9)


@pytest.mark.parametrize(
    ("change", "normalisation", "message"),
    [
        ("plus: {backgrounds: {other: {rate: 1 1/(t d keV), normalisation: free}}}", "free", "keeps the names"),
        ("plus: {backgrounds: {peak: {normalisation: fixed}}}", "free", "changes templates alone"),
        ("plus: {exposure: 2 t d}", "free", "a nuisance changes source, target"),
        ("plus: {detector: {bins: {width: 100 keV}}}", "free", "must keep the bins"),
    ],
)
def test_what_a_nuisance_may_not_change(change, normalisation, message):
    with pytest.raises(InputError, match=message):
        load(nuisance(change, normalisation=normalisation))


def test_a_background_that_is_measured_off_is_not_moved():
    text = nuisance("plus: {backgrounds: {peak: {spectrum: {energy: 430 keV}}}}", normalisation="off")
    with pytest.raises(InputError, match="measured OFF"):
        load(text + "statistics: {kind: on-off, off_exposure: 1 t d, off: asimov}")

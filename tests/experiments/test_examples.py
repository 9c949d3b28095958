"""The examples that ship: each is a valid description, folds, and expects what its physics says."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole.experiments import available, examples, load
from nudipole.experiments.experiment import total
from nudipole.experiments.likelihood import flux_axes
from nudipole.inference.overview import overview
from nudipole.properties import neutrino_of, neutrinos_of
from nudipole.statistics import OnOff


@pytest.fixture(scope="module")
def loaded():
    return {name: load(name) for name in examples()}


def test_five_kinds_of_experiment_are_shown(loaded):
    assert {experiment.spec.source.kind for experiment in loaded.values()} == {
        "reactor", "pion-decay-at-rest", "histogram", "radioactive", "solar",
    }  # fmt: skip
    assert not set(examples()) & set(available())


def moved(one, side):
    """What a nuisance changes of the backgrounds."""
    return sum(counts - one.background_counts[name] for name, counts in side.backgrounds.items())


def estimated(limit, mu):
    """Moment whose counts are as many standard deviations as the limit says, these as they are at the moment `mu`."""
    one, neutrinos = limit.experiment, neutrinos_of([{"mu_nu": mu}])
    counts, unit = total(one.counted(one.parts, neutrinos))[0], one.signal_counts(mu_nu=1e-11).sum(axis=0)
    widths = [100.0 if b.normalisation == "free" else float(b.width) for b in one.backgrounds]
    shifts = [width * np.asarray(b.counts) for width, b in zip(widths, one.backgrounds, strict=True)]
    shifts += [axis @ counts for axis in one.flux_shift.values()]
    shifts += [
        (total(one.counted(v.plus.parts, neutrinos))[0] - counts).sum(axis=0) + moved(one, v.plus)
        for v in one.variations
    ]
    shifts += [100 * row for rows in one.polynomials.values() for row in rows]
    variance = one.observed + (counts - one.sm_counts).sum(axis=0)
    if isinstance(one.statistic, OnOff):
        # A background that OFF counts measure, each bin for itself.
        variance = variance + np.asarray(one.statistic.off) / float(one.statistic.ratio) ** 2
    covariance = np.diag(variance) + np.transpose(shifts) @ shifts
    return 1e-11 * (limit.ends.threshold / (unit @ np.linalg.solve(covariance, unit))) ** 0.25


@pytest.mark.parametrize("name", examples())
def test_example_is_labelled_and_gives_a_limit(name, loaded):
    """Poisson counts lie between Gaussian ones with the variance without signal and with it."""
    experiment = loaded[name]
    assert experiment.spec.title.startswith("Example, ")
    assert "not an experiment" in experiment.spec.notes
    limit = nd.limit(experiment)
    assert estimated(limit, 0.0) < limit.upper < estimated(limit, limit.upper)
    # A projection's limit is the expected one.
    assert limit.upper == pytest.approx(limit.expected_upper, rel=1e-3)
    assert np.all(np.concatenate(list(experiment.spectrum(mu_nu=limit.upper).signal.values())) >= 0)


@pytest.mark.parametrize("name", examples())
def test_overview(name, loaded):
    result = overview(loaded[name])
    experiment = loaded[name]
    assert set(result.recoils) == set(result.response) == set(experiment.spec.named_processes)
    for process, channels in result.recoils.items():
        assert np.all(channels["SM"] >= 0)
        assert np.any(channels["signal"] > 0) != (experiment.spec.named_processes[process].kind == "ibd")
    counts = result.counts()
    assert sum(v for k, v in counts.items() if k.startswith("SM ")) == pytest.approx(experiment.sm_counts.sum())
    assert set(result.nuisances) == {*flux_axes(experiment, ["mu_nu"]), *experiment.spec.nuisances}
    json = result.to_json()
    assert json["expected_upper"] == result.value
    assert len(result.plot().axes) == (4 if experiment.times is None else 6)
    # All recoils that are counted are shown: rate times response adds up to the counts.
    for process, channels in result.recoils.items():
        elements = [p for p in experiment.parts if p.name == process and p.response.channels[-1] == "dipole"]
        shares = 1.0 if experiment.times is None else None
        if len(elements) == 1 and shares is not None:
            total = np.trapezoid(channels["SM"] * result.response[process], result.T)
            assert total == pytest.approx(counts[f"SM {process}"], rel=0.02)


def test_coherent_like_detector_expects_what_coherent_does(loaded):
    """About 340 events of the Standard Model for 3.2e23 protons, before a cut at 60 PE and 6 us (2110.07730)."""
    csi = loaded["example-sns-csi"]
    total = csi.sm_counts.sum()
    assert total == pytest.approx(330, rel=0.06)
    shape = csi.sm_counts.reshape(3, len(csi.bins) - 1, len(csi.times) - 1)
    prompt, delayed = shape[0].sum(axis=0), shape[1].sum(axis=0)
    assert prompt[1] / prompt.sum() > 0.9
    assert delayed[3:].sum() / delayed.sum() > 0.4


def test_angle_cut_keeps_elastic_scattering(loaded):
    """E theta^2 of elastic scattering is below 2 m_e: a cut at 5 MeV loses only what the angular error smears."""
    name = "example-accelerator-angle"
    with_cut = loaded[name].sm_counts.sum()
    from nudipole.experiments import read
    from nudipole.experiments.build.experiment import build

    spec, file, _ = read(name)
    without = build(spec.changed({"process": {"angle": None}}, file)).sm_counts.sum()
    assert 0.9 < with_cut / without < 1
    tight = build(spec.changed({"process": {"angle": {"E_theta2": "0.5 MeV"}}}, file)).sm_counts.sum()
    assert tight < 0.8 * without


def test_lines_of_51Cr_end_the_spectrum(loaded):
    """The Compton-like edge of the 752 keV line lies at 562 keV; beyond it only resolution."""
    chromium = loaded["example-cr51-scintillator"]
    counts = chromium.expected(neutrino_of({})).sum(axis=0)
    low = chromium.bins[:-1] < 0.5
    assert counts[low].min() > 3 * counts[~low].mean()

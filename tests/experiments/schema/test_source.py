"""Sources other than the Sun, from YAML to a limit."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole import constants as const
from nudipole import units
from nudipole.errors import InputError
from nudipole.experiments import load
from nudipole.experiments.build.source import source
from nudipole.experiments.schema.source import PionDecaySpec

TEMPLATE = """
name: germanium
title: A germanium detector
reference: [{{texkey: "Me:2026abc"}}]
notes: Numbers invented.
source: {source}
target: {{element: Ge}}
process: {{kind: nu-e}}
exposure: 1133 kg d
detector:
  bins: {{from: 3 keV, to: 53 keV, width: 5 keV}}
  resolution: {{kind: sqrt, a: 0.1 keV^0.5}}
data: asimov
backgrounds:
  flat: {{rate: 2.5 /(kg d keV), normalisation: {{gaussian: 0.5 %}}}}
"""


@pytest.fixture
def write(tmp_path):
    def write(source):
        path = tmp_path / "germanium.yaml"
        path.write_text(TEMPLATE.format(source=source), encoding="utf-8")
        return path

    return write


def flux(experiment):
    """Total flux [cm^-2 s^-1]."""
    return float(np.sum(np.asarray(experiment.beam.flux()))) * const.cm**2 * const.second


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # GEMMA quotes 2.7e13 (1005.2736); 4-6 % less with Huber-Mueller and Vogel-Engel
        ("{kind: reactor, power: 3 GW, baseline: 13.9 m}", 2.70e13),
        ("{kind: reactor, power: 3 GW, baseline: 13.9 m, spectrum: huber-mueller}", 0.948 * 2.70e13),
        ("{kind: reactor, cores: [{power: 2 GW, baseline: 13.9 m}, {power: 1 GW, baseline: 13.9 m}]}", 2.70e13),
        ("{kind: pion-decay-at-rest, site: sns-2021}", 3 * 5.7e20 / 86400 * 0.0848 / (4 * np.pi * 1930.0**2)),
        ("{kind: radioactive, nuclide: 51Cr, activity: 1e17 Bq, distance: 2 m}", 1e17 / (4 * np.pi * 200.0**2)),
        ("{kind: mono-energetic, energy: 800 keV, flux: 1e11 1/(cm^2 s)}", 1e11),
        ("{kind: reactor, power: 3 GW, baseline: 1.39 km, propagation: coherent}", 2.70e9),
    ],
)
def test_flux(write, source, expected):
    assert flux(load(write(source))) == pytest.approx(expected, rel=0.02)


def test_reactor_limit_and_its_meaning(write, by_hand):
    """The sheet's estimate of the sensitivity of GEMMA's set-up is about 4e-11: to half of its only digit.

    By hand, without errors of the flux. A few per cent of a signal of 1.6 standard deviations add their square to the
    variance, of which the limit is the fourth root: below 3e-3.
    """
    experiment = load(write("{kind: reactor, power: 3 GW, baseline: 13.9 m}"))
    limit = nd.limit(experiment)
    assert limit.upper == pytest.approx(4e-11, abs=0.5e-11)
    assert limit.upper == pytest.approx(by_hand(limit), rel=3e-3)
    np.testing.assert_allclose(limit.experiment.dipole_rho, np.diag([1, 0, 0]), atol=1e-12)
    assert "reactor beam" in limit.meaning
    assert nd.limit(experiment, "mu_e").upper == pytest.approx(limit.upper, rel=1e-4)


def test_csv_beam(write, tmp_path):
    (tmp_path / "beam.csv").write_text("E [MeV],antinu_e [1/(cm^2 s MeV)]\n0,0\n2,1e12\n8,0\n", encoding="utf-8")
    experiment = load(write("{kind: histogram, file: beam.csv}"))
    assert flux(experiment) == pytest.approx(4e12, rel=1e-6)
    assert experiment.beam.antineutrino == (True,)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{kind: reactor, power: 3, baseline: 3 m}", r"source.power: a unit is missing: write for example '3 GW'"),
        ("{kind: reactor, power: 3 GW}", "give either power and baseline, or cores"),
        ("{kind: reaktor}", "unknown kind 'reaktor'"),
        ("{kind: reactor, power: 3 GW, baseline: 3 m, fractions: {235U: 0.7}}", "sum of the fission fractions"),
        ("{kind: reactor, power: 3 GW, baseline: 3 m, fractions: pwrr}", "did you mean 'pwr'"),
        ("{kind: reactor, power: 3 GW, baseline: -3 m}", "source.baseline: must be positive"),
        ("{kind: radioactive, nuclide: 52Cr, activity: 1 Bq, distance: 2 m}", "did you mean '51Cr'"),
        ("{kind: histogram, file: ../beam.csv}", "source.file: '../beam.csv' is not a file in the folder"),
        ("{kind: histogram}", "give one of file, table, example and modes"),
        ("{kind: mono-energetic, energy: 1 MeV, flux: 3 GW}", "source.flux"),
        ("{kind: pion-decay-at-rest, pulse: {width: 1 us}}", "source.pulse: give either centre and width"),
        ("{kind: pion-decay-at-rest, pulse: {times: [0, 1]}}", "source.pulse: times and intensity go together"),
        (
            "{kind: pion-decay-at-rest, pulse: {times: [1, 0], intensity: [1, 1]}}",
            "source: time 2 of the pulse = 0 us must be more than 1 us",
        ),
        ("{kind: mono-energetic, energy: 1 MeV, flux: 1e9 1/(cm^2 s), propagation: coherent}", "source"),
    ],
)
def test_wrong_sources_are_named(write, source, message):
    with pytest.raises(InputError, match=message):
        load(write(source))


def test_pulses_of_stopped_pions():
    """A narrow Gaussian and a narrow rectangle bring the prompt neutrinos at the same time."""
    gaussian = PionDecaySpec(kind="pion-decay-at-rest", pulse={"centre": "1 us", "width": "1 ns"})
    table = {"unit": "ns", "times": [998, 1002], "intensity": [1, 1]}
    rectangle = PionDecaySpec(kind="pion-decay-at-rest", pulse=table)
    edges = np.array([0.0, 1.01, 1.1, 3.0]) * units.in_internal("us")
    first, second = (source(spec, None).timing(edges) for spec in (gaussian, rectangle))
    np.testing.assert_allclose(first, second, atol=5e-3)
    assert first[0, 0] == pytest.approx(1 - np.exp(-10 / 26), abs=0.02)


GALLIUM = "measured: {gallium: {value: 66.1, error: 4.13, weights: {pp: 38, 7Be: 18.6, 8B: 4.33}}}"


def test_solar_fluxes_with_other_errors(write):
    """Their nuisances have another name, so that no combination takes them for the model's."""
    model = load(write("{kind: solar}"))
    free = load(write(f"{{kind: solar, flux_errors: {{pp: 100 %, 7Be: 50 %}}, {GALLIUM}}}"))
    assert all("B16-GS98" in name for name in model.flux_shift)
    assert all("B16-GS98 (pp, 7Be, gallium)" in name for name in free.flux_shift)
    assert not set(model.flux_shift) & set(free.flux_shift)
    ratio = np.asarray(free.beam.flux()) / np.asarray(model.beam.flux())
    assert 38 * ratio[0] + 18.6 * ratio[3] + 4.33 * ratio[4] == pytest.approx(66.1, abs=0.2)
    np.testing.assert_allclose(ratio[[1, 2, 5, 6, 7]], 1, rtol=1e-12)
    errors = np.sqrt(np.diag(free.beam.covariance))
    assert errors[0] < 0.4
    assert errors[1] == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("flux_errors: {9B: 100 %}", "no such solar component|'9B'"),
        ("flux_errors: {pp: 0 %}", "must be positive"),
        ("measured: {gallium: {value: 66.1, error: 0, weights: {pp: 38}}}", "greater than 0"),
        ("measured: {gallium: {value: 66.1, error: 3, weights: {}}}", "weights"),
        ("measured: {gallium: {value: -1e3, error: 3, weights: {8B: 38}}}", "flux that a measurement leads to"),
    ],
)
def test_refused_solar_fluxes(write, change, message):
    with pytest.raises(InputError, match=message) as caught:
        load(write(f"{{kind: solar, {change}}}"))
    assert "\n" not in str(caught.value)

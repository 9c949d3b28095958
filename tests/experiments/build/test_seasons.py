"""Bins of energy and season: exposure, flux and backgrounds in the periods of a run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

import nudipole as nd
from nudipole.errors import InputError
from nudipole.experiments.library import text as text_of
from nudipole.experiments.likelihood import strength
from nudipole.sources.season import inverse_square
from nudipole.statistics import best_fit

RUN = "  time: {start: 2021-01-01, unit: d, edges: [0, 90, 200, 365, 730], live: [1, 0.5, 1, 0.8]}\n"
FLAT = "normalisation: {log-normal: 5 %}}"


@pytest.fixture
def running(own_text, tmp_path):
    """The user's own experiment in periods of a run: ``running(time, more)``, `more` of its background."""

    def made(time=RUN, more="", source="{kind: solar}"):
        text = own_text("  resolution", f"{time}  resolution").replace("{kind: solar}", source)
        path = tmp_path / "my.yaml"
        path.write_text(text.replace(FLAT, f"{more}{FLAT}"), encoding="utf-8")
        return nd.load(path)

    return made


DAYS, LIVE = np.array([0, 90, 200, 365, 730.0]), np.array([1, 0.5, 1, 0.8])
EXPOSED = np.diff(DAYS) * LIVE / np.sum(np.diff(DAYS) * LIVE)


def test_counts_follow_exposure_and_distance(running, own):
    whole, periods = nd.load(own()), running()
    counts = periods.counts().sum("component")
    assert counts.dims == ("energy", "time")
    assert counts.t_low.attrs["units"] == "d"
    # 2021 January 1 at 0 h is 7670.5 days after 2000 January 1 at noon.
    expected = EXPOSED * inverse_square(7670.5 + DAYS)
    np.testing.assert_allclose(counts, np.outer(whole.sm_counts.sum(axis=0), expected), rtol=1e-12)
    flat = periods.background_counts["flat"].reshape(4, 4)
    np.testing.assert_allclose(flat, np.outer([16, 16, 32, 80], EXPOSED), rtol=1e-12)


@pytest.mark.parametrize(
    ("time", "rate"),
    [
        ("{half_life: 138.4 d}", lambda day: 2 ** (-day / 138.4)),
        ("{half_life: 10.74 yr}", lambda day: 2 ** (-day / (10.74 * 365.25))),
        # June 28 at noon is 178.5 days after the beginning of 2021.
        ("{amplitude: 20 %, maximum: 06-28}", lambda day: 1 + 0.2 * np.cos(2 * np.pi * (day - 178.5) / 365.2425)),
    ],
)
def test_backgrounds_that_change_are_integrals_over_what_is_measured(running, time, rate):
    experiment = running(more=f"time: {time}, ")
    shares = LIVE * [quad(rate, *ends, epsrel=1e-12)[0] for ends in pairwise(DAYS)]
    found = experiment.background_counts["flat"].reshape(4, 4)
    np.testing.assert_allclose(found, np.outer([16, 16, 32, 80], shares / shares.sum()), rtol=1e-9)


def test_season_tells_neutrinos_from_what_stays_as_it_is(own_text):
    """One bin, a background that is free: only the change of the flux tells the number of neutrinos.

    The error of a share x of N counts that follow x (1 + f_i) beside 1 - x is [N sum_i p_i f_i^2]^-1/2 in Fisher's
    information, f the relative change of the flux in the periods of shares p.
    """
    edges = np.linspace(0, 365.25, 13)
    time = f"time: {{start: 2021-01-01, unit: d, edges: {edges.tolist()}}}\n  resolution"
    text = own_text("{kind: solar}", "{kind: solar, flux_uncertainty: false}").replace("resolution", time, 1)
    text = text.replace("[1, 2, 3, 5, 10]", "[2, 10]").replace("exposure: 1 t yr", "exposure: 100000 t yr")
    experiment = nd.load(text.replace("{log-normal: 5 %}", "free"))
    counts, model = experiment.sm_counts.sum(axis=0), strength(experiment)
    fit = best_fit(model)
    total, p, flux = experiment.observed.sum(), np.diff(edges) / 365.25, inverse_square(7670.5 + edges)
    f = flux / (flux @ p) - 1
    assert fit.poi == pytest.approx(1, abs=1e-3)
    assert fit.poi_error == pytest.approx(np.sqrt(total / (p @ f**2)) / counts.sum(), rel=0.01)


WRONG = [
    ("  time: {unit: d, edges: [0, 90]}\n", "", "detector.time: the Sun has no pulse: write the start of the run"),
    ("  time: {start: summer, unit: d, edges: [0, 90]}\n", "", "time.start: write a date such as 2012-01-31"),
    ("  time: {start: 2021-01-01, unit: d, edges: [0, 90], live: [1, 1]}\n", "", "live has 2 entries for 1 periods"),
    ("  time: {unit: d, edges: [0, 90], live: [1]}\n", "", "detector.time: live is of the periods of a run: write its"),
    (
        "  time: {start: 2021-01-01, unit: us, edges: [0, 90]}\n",
        "",
        "time.unit: the periods of a run are in d or yr, not",
    ),
    (RUN, "time: {half_life: 3 d, amplitude: 3 %}, ", "time: half_life and amplitude exclude each other: write two"),
    (RUN, "time: {amplitude: 3 %, maximum: 28-06}, ", "time.maximum: write month and day such as 06-28"),
    (RUN, "time: {half_life: 0 d}, ", "backgrounds.flat.time.half_life: must be positive"),
    (
        RUN,
        "time: {half_live: 3 d}, ",
        "backgrounds.flat.time: did you mean 'half_life'[?] write flat, a list of shares,",
    ),
    (RUN, "time: seasonal, ", "backgrounds.flat.time: write flat, a list of shares, .* or of the periods of a run"),
    ("", "time: {half_life: 3 d}, ", "backgrounds.flat.time: there are no bins of time"),
]


@pytest.mark.parametrize(("time", "more", "message"), WRONG)
def test_refusals_name_the_field(running, time, more, message):
    with pytest.raises(InputError, match=message):
        running(time, more)


def test_arrival_times_are_no_periods():
    """Of a pulsed source, and of a steady one that is not the Sun."""
    pulsed, reactor = (text_of(f"example-{name}")[0] for name in ("sns-csi", "reactor-bolometer"))
    (efficiency,) = (line for line in pulsed.splitlines() if "function: decay" in line)
    with pytest.raises(InputError, match=r"detector.time: efficiency is of arrival times: of the periods"):
        nd.load(pulsed.replace("\n  time:", "\n  time:\n    start: 2021-01-01"))
    with pytest.raises(InputError, match=r"detector.time.start: is of the Sun"):
        nd.load(pulsed.replace("\n  time:", "\n  time:\n    start: 2021-01-01").replace(efficiency, ""))
    with pytest.raises(InputError, match=r"steady-state.time: is of the periods of a run, and these are arrival"):
        nd.load(pulsed.replace("time: flat", "time: {half_life: 3 d}"))
    with pytest.raises(InputError, match=r"detector.time: a source of kind reactor has no pulse: leave it out"):
        nd.load(reactor.replace("detector:", "detector:\n  time: {unit: d, edges: [0, 9]}", 1))

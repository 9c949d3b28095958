"""Published numbers of a description, derived again: each kind against what it must be."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole import constants as const
from nudipole.experiments import load
from nudipole.interactions import sm_charge_radius
from nudipole.validation import Derivation, markdown, validate
from nudipole.validation.derivation import fitted_events

DATA = [60, 40, 50, 70]
MINE = f"""\
name: mine
title: a germanium detector at a reactor
notes: invented
reference: [{{texkey: "Author:2026abc"}}]
source: {{kind: reactor, power: 3 GW, baseline: 14 m, flux_uncertainty: false}}
target: {{element: Ge}}
processes:
  electrons: {{kind: nu-e}}
  nuclei: {{kind: cevns, quenching: {{kind: lindhard, k: 0.16}}}}
exposure: 100 kg d
detector: {{bins: {{edges: [0.2, 0.25, 0.3, 0.5, 1], unit: keV}}}}
data: {DATA}
backgrounds:
  flat: {{rate: 0.5 events/(kg d keV), normalisation: {{gaussian: 10 %}}}}
variants:
  projection: {{note: without data, set: {{data: asimov}}}}
published:
"""
REFERENCE = 'reference: {texkey: "Author:2026abc", where: Table 2}'
LIMIT = "cl: 0.9, construction: of theirs"
PROJECTED = "configuration: {variant: projection, why: a projection}, solution: hull"
ERRORS = "errors: [{of: all of it, size: 10 %, assumed: invented}]"


@pytest.fixture
def rows(tmp_path):
    """Rows of my experiment with one published number."""

    def found(item, compare=f"compare: {{{ERRORS}}}"):
        path = tmp_path / "mine.yaml"
        reference = "" if item.startswith("record") else f"{REFERENCE}, "
        path.write_text(MINE + f"  - {{{item}, {reference}{compare}}}\n", encoding="utf-8")
        return Derivation(path).rows()

    return found


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "mine.yaml"
    path.write_text(MINE.replace("published:\n", ""), encoding="utf-8")
    return load(path)


def test_upper_limit(rows, mine):
    (row,) = rows(f"parameter: mu_e, upper: 1e-10 mu_B, {LIMIT}")
    assert (row.level, row.quantity, row.unit) == ("event-level", "mu_e upper, 90 %", "mu_B")
    assert (row.published, row.scale) == (1e-10, 1e-10)
    assert row.ours == pytest.approx(nd.limit(mine, "mu_e").upper, rel=1e-6)
    assert (row.texkey, row.where) == ("Author:2026abc", "Table 2")


def test_of_another_configuration_and_what_stands_beside(rows, mine, tmp_path):
    """Ours is the default of `limit`, for the data and the level of the number; another construction stands beside."""
    how = f"""compare: {{{ERRORS}, expected: true, configuration: {{variant: projection, why: a projection}},
      beside: [{{construction: one-sided}}]}}"""
    (row,) = rows(f"parameter: mu_e, upper: 1e-10 mu_B, {LIMIT}", how)
    assert (row.level, row.variant, row.released) == ("projection", "projection", False)
    assert "expected" in row.quantity
    projection = load(tmp_path / "mine.yaml", "projection")
    assert row.ours == pytest.approx(nd.limit(projection, "mu_e").expected_upper, rel=1e-6)
    (other,) = row.beside
    one_sided = nd.limit(projection, "mu_e", by=nd.Asymptotic("one-sided"))
    assert (other.words, other.value) == ("one-sided", pytest.approx(one_sided.upper, rel=1e-6))


def test_sizes_that_are_computed(rows, mine, tmp_path):
    """From a variant, and half of the band that is expected at one sigma; both relative to ours."""
    how = "compare: {errors: [{of: data, variants: [projection]}, {of: fluctuation, band: true}]}"
    (row,) = rows(f"parameter: mu_e, upper: 1e-10 mu_B, {LIMIT}", how)
    limit = nd.limit(mine, "mu_e")
    other = nd.limit(load(tmp_path / "mine.yaml", "projection"), "mu_e").upper
    moved, band = row.errors
    assert moved.size == pytest.approx(abs(other / limit.upper - 1), rel=1e-5)
    ends = limit.constructions[limit.construction]
    assert band.size == pytest.approx((ends.band[1] - ends.band[-1]) / 2 / limit.upper, rel=1e-5)
    assert row.combined == pytest.approx(np.hypot(moved.size, band.size))


def test_the_number_of_a_record(rows):
    """Nothing of it is written again; what is, is refused."""
    (row,) = rows("record: gemma-2012-mu-e, construction: of theirs")
    assert (row.published, row.unit, row.texkey, row.record) == (2.9e-11, "mu_B", "Beda:2013mta", "gemma-2012-mu-e")
    (row, _) = rows("record: lampf-r2-e, cl: 0.68, construction: of theirs", f"compare: {{{ERRORS}, {PROJECTED}}}")
    assert row.published == pytest.approx(-3.6e-32, rel=1e-6, abs=0)  # doubled from the old convention


def test_interval_of_a_whole_radius(rows, tmp_path):
    published = f"parameter: r2_e, interval: [-3e-31 cm^2, 2e-31 cm^2], includes_sm: true, {LIMIT}"
    configuration = "configuration: {variant: projection, why: a projection}"
    (unnamed,) = rows(published, f"compare: {{{ERRORS}, {configuration}}}")
    assert "the data have 2 solutions" in unnamed.error
    assert "write compare.solution: nearest-to-zero, lowest, highest or hull" in unnamed.error
    how = f"compare: {{{ERRORS}, {configuration}, solution: hull}}"
    low, high = rows(published, how)
    assert "of 2 solutions: hull" in low.quantity
    limit = nd.limit(load(tmp_path / "mine.yaml", "projection"), "r2_e")
    sm = float(np.asarray(sm_charge_radius())[0]) / const.cm**2
    assert sm == pytest.approx(-0.83e-32, rel=0.01)
    assert (low.ours, high.ours) == pytest.approx((limit.lower + sm, limit.upper + sm), rel=1e-5)
    assert low.scale == high.scale == pytest.approx(5e-31)


def test_expected_counts(rows, mine):
    (all_of_them,) = rows("quantity: counts, value: 50")
    assert all_of_them.ours == pytest.approx(mine.sm_counts.sum())
    (nuclei,) = rows("quantity: counts, of: nuclei, value: 50")
    (electrons,) = rows("quantity: counts, of: electrons, value: 50")
    assert nuclei.ours + electrons.ours == pytest.approx(all_of_them.ours)
    (flat,) = rows("quantity: counts, of: flat, value: 40")
    assert flat.ours == pytest.approx(0.5 * 100 * 0.8)
    assert flat.ratio == pytest.approx(1)
    (lost,) = rows("quantity: counts, of: neutrons, value: 40")
    assert lost.verdict == "not derived"
    assert "neutrons" in lost.error


def test_fitted_counts(rows, mine):
    """With the background known, all that is observed above it."""
    (row,) = rows("quantity: fitted-counts, value: 100")
    exact = load_fixed(mine)
    assert row.ours == pytest.approx(exact, rel=0.1)
    assert row.level == "event-level"


def load_fixed(experiment):
    """Maximum likelihood of the strength by a scan, the background at its nominal size."""
    sm, background = experiment.sm_counts.sum(axis=0), experiment.background_counts["flat"]
    strength = np.linspace(0, 20, 20001)
    expected = strength[:, None] * sm + background
    chi2 = np.sum(expected - np.array(DATA) * np.log(expected), axis=1)
    return strength[np.argmin(chi2)] * sm.sum()


def test_fitted_counts_of_one_process(mine):
    total = fitted_events(mine)
    nuclei = fitted_events(mine, "nuclei")
    assert 0 < nuclei < 2 * total


WINDOW = "quantity: window, from: 0.25 keV, to: 0.5 keV"


def test_counts_in_a_window(rows, mine):
    """By hand: 40 + 50 in the second and third bin, over a flat 0.5 x 100 x 0.25 and the Standard Model's."""
    observed, expected, excess = rows(f"{WINDOW}, observed: 90, expected: 20, error: 5")
    assert observed.level == "event-level"
    assert (observed.quantity, observed.ours) == ("observed events from 0.25 to 0.5 keV", 90)
    by_hand = 0.5 * 100 * 0.25 + mine.sm_counts[:, 1:3].sum()
    assert expected.ours == pytest.approx(by_hand, rel=1e-6)
    assert (excess.unit, excess.published) == ("sigma", pytest.approx(14))
    assert excess.ours == pytest.approx((90 - by_hand) / by_hand**0.5, rel=1e-6)


def test_naive_excess_of_xenon1t():
    """285 events over 232 +- 15 (2006.09721): 53/15 = 3.53."""
    rows = {row.quantity: row for row in Derivation("xenon1t-2020").rows() if "from 1 to 7 keV" in row.quantity}
    observed, expected, excess = rows.values()
    assert observed.ours == 285
    assert expected.ours == pytest.approx(232, abs=0.5)
    assert excess.published == pytest.approx(53 / 15)
    assert excess.ours == pytest.approx(3.53, abs=0.05)


@pytest.mark.parametrize(
    ("item", "compare", "words"),
    [
        (WINDOW.replace("0.25", "0.27"), "", "0.27 keV is no edge of a bin of mine: write 0.25 or 0.3 keV"),
        (WINDOW.replace("0.5", "3"), "", "3 keV is no edge of a bin of mine: write 1 keV"),
        (WINDOW, ", configuration: {variant: projection, why: a projection}", "mine has no counts to sum in a window"),
    ],
)
def test_windows_without_counts_say_so(rows, item, compare, words):
    (row,) = rows(f"{item}, observed: 90, expected: 20, error: 5", f"compare: {{{ERRORS}{compare}}}")
    assert words in row.error


def test_flux(rows):
    """Of 3 GW at 14 m: 2.7e13 at 13.9 m, by the inverse square."""
    (row,) = rows("quantity: flux, value: 2.66e13 1/(cm^2 s)")
    assert row.level == "source"
    assert row.ours == pytest.approx(2.7e13 * (13.9 / 14) ** 2, rel=0.01)


def test_weight_and_conversion(rows):
    """A beam of electron flavour alone: mu_e counts, mu_mu does not; and mu_nu is mu_e."""
    (row,) = rows("quantity: weight, parameters: [mu_e, mu_e], value: 1")
    assert row.ours == pytest.approx(1)
    (row,) = rows("quantity: conversion, parameter: mu_e, upper: 1e-10 mu_B, from: 1e-10 mu_B, cl: 0.9")
    assert (row.level, row.ours) == ("conversion", pytest.approx(1e-10, rel=1e-9))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("quantity: limits, value: 3", "quantity must be one of"),
        (f"parameter: mu_x, upper: 1e-10 mu_B, {LIMIT}", "mu_x"),
        (f"parameter: mu_e, upper: 1e-10 cm, {LIMIT}", "mu_B"),
        (
            f"parameter: mu_e, upper: 1e-10 mu_B, interval: [1e-10 mu_B, 2e-10 mu_B], {LIMIT}",
            "either upper or interval",
        ),
        (f"parameter: r2_e, interval: [2e-32 cm^2, 1e-32 cm^2], {LIMIT}", "begin below"),
        ("quantity: weight, parameters: [mu_e, mu_11], value: 3", "one parametrisation"),
        ("record: gemma-2012-mu-x, construction: of theirs", "unknown record 'gemma-2012-mu-x'"),
        (
            "record: donut-mu-tau, sensitivity: true, upper: 4.9e-7 mu_B, construction: of theirs",
            "upper: stands in the",
        ),
        ("record: gemma-2012-mu-e, cl: 0.9, construction: of theirs", "cl: stands in the record gemma-2012-mu-e"),
        ("record: gemma-ii-mu-e, construction: of theirs", "cl: is required"),
        ("record: demirci-2025-r2-solar-xenonnt, construction: of theirs", "no number in the common convention"),
        ("record: gemma-2012-mu-e, factor: 2, construction: of theirs", "factor: the record .* knows its convention"),
        ("record: gemma-2012-mu-e, sensitivity: true, construction: of theirs", "has no expected limit"),
        (f"parameter: mu_e, upper: 1e-10 mu_B, sensitivity: true, {LIMIT}", "go with a record"),
        ("quantity: window, from: 2 keV, to: 1 keV, observed: 9, expected: 5, error: 2", "from must lie below to"),
        ("quantity: window, to: 1 keV, observed: 9, expected: 5, error: 2", "from"),
        ("quantity: window, from: 1 keV, to: 2 keV, observed: 9, expected: 5, error: 0", "error"),
    ],
)
def test_wrong_descriptions(rows, item, words):
    from nudipole.errors import InputError

    with pytest.raises(InputError, match=words):
        rows(item)


@pytest.mark.parametrize(
    ("compare", "words"),
    [
        ("{tolerance: 10 %, why: invented}", "unknown key"),
        ("{}", "list what the comparison is uncertain by"),
        ("{errors: [{of: flux, size: 10 %}]}", "either a reference, or a reason why it is assumed"),
        ("{errors: [{of: flux, size: 10 %, reference: x, assumed: y}]}", "either a reference, or a reason"),
        ("{errors: [{of: flux, size: 0 %, assumed: y}]}", "must be positive"),
        ("{errors: [{of: flux}]}", "one of size, variants and band"),
        ("{errors: [{of: flux, size: 0.1, assumed: y}]}", "10 %"),
        (f"{{{ERRORS}, configuration: {{variant: projection}}}}", "why"),
        (f"{{{ERRORS}, beside: [{{construction: two-sided}}]}}", "no construction 'two-sided'"),
    ],
)
def test_wrong_comparisons(rows, compare, words):
    from nudipole.errors import InputError

    with pytest.raises(InputError, match=words):
        rows(f"parameter: mu_e, upper: 1e-10 mu_B, {LIMIT}", f"compare: {compare}")


def test_validation_counts_and_words(tmp_path):
    path = tmp_path / "mine.yaml"
    good = f"  - {{parameter: mu_e, upper: 1e-9 mu_B, {LIMIT}, {REFERENCE}, explanation: a reason, "
    good += 'compare: {errors: [{of: all, size: 45 %, assumed: "wide | as can be"}]}}\n'
    bad = f"  - {{quantity: counts, value: 1, {REFERENCE}, compare: {{{ERRORS}}}}}\n"
    path.write_text(MINE + good + bad, encoding="utf-8")
    found = validate([str(path), "nope"], with_theory=False)
    classes = [row.verdict for row in found.rows]
    assert classes[1] == "not reproduced"
    assert list(found.failures) == ["nope"]
    assert not found.derived
    page = markdown(found)
    assert "assumed: wide \\| as can be" in page
    assert "Author:2026abc, Table 2 |" in page
    assert page.splitlines()[2].startswith("**Not reproduced: mine: ")
    assert "* **mine**, mu_e upper, 90 %: a reason" in page
    assert "`nope`: " in page
    assert "| mine | SM events [events] | not there | not reproduced |" in page
    assert sum(found.to_json()["classes"].values()) == 2

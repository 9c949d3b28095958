"""Several measurements in the same bins, each in a beam of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from nudipole.errors import InputError, NudipoleError
from nudipole.experiments import load
from nudipole.experiments.likelihood import likelihood
from nudipole.statistics import profile

BOTH = """\
name: both
title: neutrinos and antineutrinos
notes: invented
reference: [{texkey: "Author:2026abc"}]
source:
  kind: histogram
  modes: {first: {file: nu.csv}, second: {file: antinu.csv}}
  relative_error: 10 %
target: {formula: CH2}
process: {kind: nu-e, binding: free}
exposure: 1 kg d
detector: {bins: {edges: [0.1, 0.5, 2], unit: GeV}}
data: [1.7, 1.2, 0.8, 0.9]
statistics: {kind: relative, standard_model: [1.6, 1.4, 1, 1], errors: [0.3, 0.2, 0.2, 0.25], quantity: sigma}
backgrounds: {}
"""
STATISTICS = next(line for line in BOTH.splitlines() if line.startswith("statistics"))
NU = "E [GeV],nu_mu [1/(cm^2 s GeV)],antinu_mu [1/(cm^2 s GeV)]\n0.5,1,0.2\n3,1,0.2\n"
ANTINU = "E [GeV],antinu_mu [1/(cm^2 s GeV)]\n0.4,1\n2,0\n"
ONE = (
    ("  modes: {first: {file: nu.csv}, second: {file: antinu.csv}}\n  relative_error: 10 %", "  file: nu.csv"),
    ("[1.7, 1.2, 0.8, 0.9]", "[1.7, 0.8]"),
    ("[1.6, 1.4, 1, 1]", "[1.6, 1]"),
    ("[0.3, 0.2, 0.2, 0.25]", "[0.3, 0.2]"),
)


@pytest.fixture
def made(tmp_path):
    """The description with changes, loaded: ``made(("old", "new"), ...)``."""

    def of(*pairs):
        text = BOTH
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        for name, content in (("nu.csv", NU), ("antinu.csv", ANTINU), ("both.yaml", text)):
            (tmp_path / name).write_text(content, encoding="utf-8")
        return load(tmp_path / "both.yaml")

    return of


def test_every_mode_is_the_beam_alone(made):
    """Bin by bin what the one-beam descriptions expect, energy by energy and the modes in their order."""
    both, alone = made(), made(*ONE)
    assert both.modes == ("first", "second")
    assert both.beam.components == ("first-nu_mu", "first-antinu_mu", "second-antinu_mu")
    np.testing.assert_allclose(both.sm_counts.sum(axis=0), [1.6, 1.4, 1, 1])
    np.testing.assert_allclose(both.sm_counts[:2, [0, 2]], alone.sm_counts, rtol=1e-12)
    assert np.all(both.sm_counts[:2, [1, 3]] == 0)
    assert np.all(both.sm_counts[2, [0, 2]] == 0)
    signal = both.signal_counts(mu_mu=1e-9)
    np.testing.assert_allclose(signal[:2, [0, 2]], alone.signal_counts(mu_mu=1e-9), rtol=1e-9)
    assert np.all(signal[2, [1, 3]] > 0)


def test_common_error_is_that_of_a_covariance_matrix(made):
    """Profiling the common error gives the chi2 of scipy's minimum over it, with a prediction that is multiplied."""
    both = made()
    model = likelihood(both, "mu_mu")
    assert list(model.nuisances) == ["histogram flux"]
    data, errors = np.array([1.7, 1.2, 0.8, 0.9]), np.array([0.3, 0.2, 0.2, 0.25])
    sm, unit = both.sm_counts.sum(axis=0), both.signal_counts(mu_mu=1e-9).sum(axis=0)

    def chi2(eta, x):
        return float(np.sum(((1 + 0.1 * eta[0]) * (sm + x * unit) - data) ** 2 / errors**2) + eta[0] ** 2)

    for x in (0.0, 0.3, 1.0):
        poi = x * (1e-9 / 1e-11) ** 2
        ours = float(profile(model, np.array([poi])).chi2[0])
        assert ours == pytest.approx(minimize(chi2, [0.0], args=(x,), tol=1e-12).fun, rel=1e-6)


def test_what_was_subtracted_is_that_of_a_mode(made):
    both = made(("quantity: sigma", "subtracted: [first-antinu_mu], quantity: sigma"))
    sm = both.sm_counts
    np.testing.assert_allclose(sm[[0, 2]].sum(axis=0), [1.6, 1.4, 1, 1])
    np.testing.assert_allclose(both.given_data, np.array([1.7, 1.2, 0.8, 0.9]) + sm[1])
    with pytest.raises(InputError, match="no component 'antinu_mu': the beam has first-nu_mu"):
        made(("quantity: sigma", "subtracted: [antinu_mu], quantity: sigma"))


def test_labels_columns_and_picture(made):
    both = made()
    counts = both.counts(mu_mu=1e-9)
    assert counts.dims == ("component", "energy", "mode")
    assert counts.mode.values.tolist() == ["first", "second"]
    assert both.response.to_xarray().dims == ("component", "channel", "energy", "mode", "flavour", "flavour_other")
    spectrum = both.spectrum(mu_mu=1e-9)
    lines = spectrum.to_csv().splitlines()
    assert lines[0].startswith("E_low [keV],E_high [keV],mode,observed [1]")
    assert [line.split(",")[2] for line in lines[1:]] == ["first", "second", "first", "second"]
    assert spectrum.to_xarray().expected.dims == ("energy", "mode")
    axes = spectrum.plot()
    assert [label.get_text().split("\n") for label in axes.get_xticklabels()][1:3] == [
        ["second", "100 to 500 MeV"],
        ["first", "500 to 2000 MeV"],
    ]
    assert "each for first and second" in repr(both)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  modes: {first: {file: nu.csv}, second: {file: antinu.csv}}", "  modes: {first: {file: nu.csv}}"), "modes"),
        (("{file: nu.csv}", "{}"), r"source.modes.first: give either file or table"),
        (("{file: nu.csv}", "{file: nu.csv, table: beam-donut}"), r"source.modes.first: give either file or table"),
        (("{file: nu.csv}", "{file: mu.csv}"), r"source.modes.first.file: 'mu.csv'"),
        (("{file: nu.csv}", "{table: beam-nothing}"), r"beam-nothing"),
        (("{file: nu.csv}", "{file: nu.csv, flux: 1}"), r"source.modes.first.flux: unknown key"),
        (("  relative_error", "  file: nu.csv\n  relative_error"), "give one of file, table, example and modes"),
        (("  relative_error", "  protons: 1e20 1/yr\n  relative_error"), "protons of modes belong to each of them"),
        (("[1.7, 1.2, 0.8, 0.9]", "[1.7, 1.2]"), "data: 2 counts for 4 bins"),
        (("errors: [0.3, 0.2, 0.2, 0.25]", "errors: [0.3]"), "statistics.errors: 1 counts for 4 bins"),
        ((STATISTICS, "statistics: {kind: gaussian, errors: [1, 1, 1, 1]}"), "they need statistics of kind relative"),
        (("backgrounds: {}", "backgrounds: {a: {rate: 1 /(t yr keV), normalisation: free}}"), "write backgrounds: {}"),
        (("[1.7, 1.2, 0.8, 0.9]", "{file: nu.csv, column: nu_mu}"), "bins: none reads rows energy by energy, first, s"),
    ],
)  # fmt: skip
def test_wrong_modes_are_named(made, change, message):
    with pytest.raises(InputError, match=message):
        made(change)


def test_rows_of_a_table_in_their_order(made, tmp_path):
    (tmp_path / "data.csv").write_text("E [GeV],sigma [1]\n0.3,1.7\n0.3,1.2\n1,0.8\n1,0.9\n", encoding="utf-8")
    both = made(("[1.7, 1.2, 0.8, 0.9]", "{file: data.csv, column: sigma, bins: none}"))
    assert both.given_data.tolist() == [1.7, 1.2, 0.8, 0.9]


def test_no_bins_of_time(made):
    with pytest.raises(NudipoleError, match="has no pulse: leave it out"):
        made(("unit: GeV}}", "unit: GeV}, time: {edges: [0, 1], unit: us}}"))

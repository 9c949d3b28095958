"""Numbers of the bins: thresholds, arrival times, ON-OFF, Gaussian errors, counting, exposures of counts."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import InputError, NudipoleError
from nudipole.experiments import load
from nudipole.experiments.likelihood import likelihood, moments
from nudipole.statistics import Gaussian, OnOff, Poisson

FLAT = "flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}"
EDGES = "edges: [1, 2, 3, 5, 10], unit: keV"


@pytest.fixture
def changed(own_text, tmp_path):
    """The user's own experiment with several changes, loaded: ``changed(("old", "new"), ...)``."""

    def made(*pairs):
        text = own_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return made


def test_threshold_divides_a_flat_background_and_the_signal(changed):
    whole = changed()
    half = changed(("  resolution", "  threshold: 2.5 keV\n  resolution"))
    np.testing.assert_allclose(half.bins, [2.5e-3, 3e-3, 5e-3, 10e-3])
    np.testing.assert_allclose(half.background_counts["flat"], [8, 32, 80])
    np.testing.assert_allclose(half.sm_counts[:, 1:], whole.sm_counts[:, 2:], rtol=1e-6)
    assert 0.3 < half.sm_counts[:, 0].sum() / whole.sm_counts[:, 1].sum() < 0.7


def test_threshold_and_counts(changed):
    counts = ("{rate: 16 events/(t yr keV)", "{counts: [10, 20, 40, 100]")
    at = ("  resolution", "  threshold: 2.5 keV\n  resolution")
    np.testing.assert_allclose(changed(counts, at).background_counts["flat"], [10, 40, 100])
    with pytest.raises(InputError, match=r"detector.threshold: lies inside of a bin, whose data cannot be divided"):
        changed(("data: asimov", "data: [1, 2, 3, 4]"), at)
    kept = changed(("data: asimov", "data: [1, 2, 3, 4]"), ("  resolution", "  threshold: 2 keV\n  resolution"))
    np.testing.assert_allclose(kept.observed, [2, 3, 4])


@pytest.mark.parametrize("threshold", ["0.5 keV", "10 keV", "12 keV"])
def test_threshold_outside_of_the_bins(changed, threshold):
    with pytest.raises(InputError, match=r"detector.threshold: must lie within the bins, 1 to 10 keV: extend"):
        changed(("  resolution", f"  threshold: {threshold}\n  resolution"))


def test_counts_of_another_exposure_are_scaled(changed):
    counts = ("{rate: 16 events/(t yr keV)", "{counts: [10, 20, 40, 100]")
    scaled = changed(counts, ("exposure: 1 t yr", "exposure: 3 t yr\ncounts_exposure: 1 t yr"))
    np.testing.assert_allclose(scaled.background_counts["flat"], [30, 60, 120, 300])


NO_BACKGROUND = ((FLAT, ""), ("backgrounds:\n  ", "backgrounds: {}"))
OFF = "statistics: {kind: on-off, off_exposure: 0.5 t yr, off: asimov}\nexposure"
OFF_FLAT = "flat: {rate: 16 events/(t yr keV), normalisation: off}"


def test_on_off_projection(changed):
    on_off = changed((FLAT, OFF_FLAT), ("exposure", OFF))
    assert isinstance(on_off.statistic, OnOff)
    assert float(on_off.statistic.ratio) == pytest.approx(0.5)
    np.testing.assert_allclose(on_off.statistic.off, 0.5 * np.array([16, 16, 32, 80]))
    np.testing.assert_allclose(on_off.observed, np.array([16, 16, 32, 80]) + on_off.sm_counts.sum(axis=0))
    assert on_off.backgrounds == ()
    spectrum = on_off.spectrum(mu_nu=1e-11)
    np.testing.assert_allclose(spectrum.backgrounds["OFF"], [16, 16, 32, 80])
    # Half the time without the source measures the background worse than knowing it, better than a tenth does.
    known = nd.limit(changed((FLAT, FLAT.replace("{log-normal: 5 %}", "{gaussian: 0.01 %}")))).expected_upper
    little = nd.limit(changed((FLAT, OFF_FLAT), ("exposure", OFF.replace("0.5", "0.1")))).expected_upper
    assert known < nd.limit(on_off).expected_upper < little


def test_on_off_data(changed, by_hand):
    given = OFF.replace("off: asimov", "off: [8, 9, 15, 41]")
    on_off = changed(
        ("data: asimov", "data: [20, 21, 35, 90]"),
        *NO_BACKGROUND,
        ("exposure", given),
    )
    np.testing.assert_allclose(on_off.statistic.off, [8, 9, 15, 41])
    np.testing.assert_allclose(on_off.background_counts["OFF"], [16, 18, 30, 82])
    limit = nd.limit(on_off)
    assert limit.goodness_of_fit.ndof == 3
    assert limit.upper == pytest.approx(by_hand(limit), rel=1e-3)


def test_on_off_needs_a_background_or_data(changed):
    with pytest.raises(InputError, match="OFF data are either asimov, of backgrounds with normalisation off, or given"):
        changed(("exposure", OFF))


def test_gaussian_bins(changed):
    kind = "statistics: {kind: gaussian, errors: [5, 5, 7, 11]}\nexposure"
    bins = changed(
        ("data: asimov", "data: [2, -3, 4, -9]"),
        ("exposure", kind),
        *NO_BACKGROUND,
    )
    assert isinstance(bins.statistic, Gaussian)
    model = likelihood(bins)
    sm, unit = bins.sm_counts.sum(axis=0), bins.signal_counts(mu_nu=1e-11).sum(axis=0)
    data, errors = np.array([2, -3, 4, -9]), np.array([5, 5, 7, 11])
    fluxes = np.zeros(len(model.nuisances))
    assert float(model.chi2(2.0, fluxes)) == pytest.approx(np.sum(((sm + 2 * unit - data) / errors) ** 2))
    assert bins.spectrum().columns()["error [1]"].tolist() == [5, 5, 7, 11]
    with pytest.raises(InputError, match=r"statistics.errors: must be positive in every bin"):
        changed(("exposure", kind.replace("11]", "0]")))


def test_counting_is_one_window(changed):
    with pytest.raises(InputError, match="statistics: counting has one window, not 4 bins"):
        changed(("exposure", "statistics: {kind: counting}\nexposure"))
    one = changed(("exposure", "statistics: {kind: counting}\nexposure"), (EDGES, "edges: [1, 10], unit: keV"))
    assert isinstance(one.statistic, Poisson)
    assert one.observed.shape == (1,)


def test_bins_of_time_need_a_pulse(changed):
    with pytest.raises(InputError, match=r"detector.time: the Sun has no pulse: write the start of the run, such as"):
        changed(("  resolution", "  time: {edges: [0, 1], unit: us}\n  resolution"))
    with pytest.raises(InputError, match=r"backgrounds.flat.time: there are no bins of time"):
        changed(("{rate: 16", "{time: [1], rate: 16"))


def test_matrices_of_moments_are_poisson(changed):
    on_off = changed((FLAT, OFF_FLAT), ("exposure", OFF))
    with pytest.raises(NudipoleError, match="Poisson bins only"):
        moments(on_off)


WHOLE = r"has 2\.5: counts are whole numbers with statistics of kind {}; .* an expectation is {}: asimov"


@pytest.mark.parametrize("kind", ["poisson", "counting", "on-off"])
def test_fractional_counts_are_no_counts(changed, kind):
    one = (EDGES, "edges: [1, 10], unit: keV") if kind == "counting" else (EDGES, EDGES)
    data = ("data: asimov", "data: [2.5]" if kind == "counting" else "data: [3, 2.5, 3, 4]")
    given = {"on-off": "statistics: {kind: on-off, off_exposure: 1 t yr, off: [1, 2, 3, 4]}\nexposure"}
    statistics = given.get(kind, f"statistics: {{kind: {kind}}}\nexposure")
    background = NO_BACKGROUND if kind == "on-off" else ()
    with pytest.raises(InputError, match=f"data: entry . {WHOLE.format(kind, 'data')}"):
        changed(one, data, ("exposure", statistics), *background)


def test_fractional_counts_of_an_off_measurement(changed):
    off = "statistics: {kind: on-off, off_exposure: 1 t yr, off: [1, 2, 3, 2.5]}\nexposure"
    with pytest.raises(InputError, match=f"statistics.off: entry 4 {WHOLE.format('on-off', 'statistics.off')}"):
        changed(("data: asimov", "data: [3, 2, 3, 4]"), ("exposure", off), *NO_BACKGROUND)


def test_rows_of_a_file_are_the_bins_that_it_gives(changed, tmp_path):
    rows = ["1,2,7,2.5", "2,3,9,3", "3,5,11,4", "5,10,8,5"]
    header = "E_low [keV],E_high [keV],n [1],f [1]"
    file, column = tmp_path / "c.csv", "{file: c.csv, column: n}"
    data = ("data: asimov", f"data: {column}")
    counts = ("{rate: 16 events/(t yr keV)", f"{{counts: {column}")
    for order in (rows, rows[::-1]):
        file.write_text("\n".join([header, *order]), encoding="utf-8")
        made = changed(data, counts)
        np.testing.assert_allclose(made.observed, [7, 9, 11, 8])
        np.testing.assert_allclose(made.background_counts["flat"], [7, 9, 11, 8])
        assert len(made.notes) == (0 if order is rows else 2)
        assert made.columns["data"] == "n of c.csv by E_low and E_high"
    with pytest.raises(InputError, match=r"my.yaml: data: line 5 of c.csv has 2\.5: counts are whole numbers"):
        changed(("data: asimov", "data: {file: c.csv, column: f}"))
    file.write_text("\n".join([header, "0,1,7,2", *rows[:-1]]), encoding="utf-8")
    for change in (data, counts):
        with pytest.raises(InputError, match=r"the edges of c.csv \(0 to 5 keV\) are not those .* \(1 to 10 keV\)"):
            changed(change)

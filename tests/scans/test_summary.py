"""Quantiles of one pass over the chunks are those of all values at once."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.scans import Threads, open_store, run, summaries
from nudipole.scans import summary as module
from nudipole.scans.ensembles import TOYS


def test_quantiles(toys, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 7000)
    run(toys, tmp_path / "t.zarr")
    dataset = open_store(tmp_path / "t.zarr")
    found = summaries(tmp_path / "t.zarr")
    assert [item.truth for item in found] == [0.0, 2e-11]
    for k, item in enumerate(found):
        assert item.toys == toys.toys
        assert item.failed == 0
        for quantile in item.quantiles:
            for name in ("t", "q"):
                exact = np.quantile(dataset[name].values[k], quantile.level)
                # Between neighbours numpy interpolates; far out they are further apart.
                rel = 2e-2 if quantile.level > 0.98 else 2e-3
                assert getattr(quantile, name) == pytest.approx(exact, rel=rel, abs=1e-12)
        assert np.sum(item.counts) == pytest.approx(item.toys, rel=1e-3)
        assert np.sum(item.density * np.diff(item.edges)) == pytest.approx(1, rel=1e-3)


def test_at_the_boundary_half_of_t_is_zero(toys, tmp_path):
    """Cowan:2010js: t at mu = 0 is half a delta function at zero, half chi2; the 90 % quantile is 1.642."""
    run(toys, tmp_path / "t.zarr")
    at_zero = summaries(tmp_path / "t.zarr")[0]
    quantile = next(item for item in at_zero.quantiles if item.level == 0.90)
    assert at_zero.m == 0
    assert quantile.t_asymptotic == pytest.approx(1.6424, abs=1e-4)
    # Few counts a bin: asymptotic within some per cent, and the statistical error is 0.02.
    assert quantile.t == pytest.approx(1.6424, abs=0.1)


def test_plot(toys, tmp_path):
    run(toys, tmp_path / "t.zarr")
    summary = summaries(tmp_path / "t.zarr")[1]
    axes = summary.plot()
    assert axes.get_figure().legends[0].get_texts()[0].get_text() == f"{summary.toys} toys"
    assert axes.get_title(loc="left").endswith(r"$2\times10^{-11}$ $\mu_B$")


def test_unfinished_ones_are_left_out(toys, tmp_path):
    def first(text, numbers):
        return Threads(1)(text, numbers[:1])

    run(toys, tmp_path / "t.zarr", first)
    found = summaries(tmp_path / "t.zarr")
    assert [item.toys for item in found] == [TOYS, 0]
    assert found[1].quantiles == ()

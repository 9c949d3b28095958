"""Toys in chunks are the toys of the statistics, and follow Wilks' theorem where it holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nudipole.errors import FitError, InputError
from nudipole.scans import ExperimentText, Grid, ensembles
from nudipole.scans.tasks import built, compute
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import ensemble


def test_the_same_as_one_ensemble(toys):
    """Bit by bit: the seed belongs to a thousand toys, not to a chunk."""
    work = built(toys.to_text())
    whole = ensemble(work.batch, work.truths[1], float(work.tested[1]), toys.toys, seed=(toys.seed, 1))
    first = len(work.chunks) // 2
    for number in reversed(range(first, len(work.chunks))):
        found = compute(toys.to_text(), number).arrays
        _, part = work.chunks.region(number)
        np.testing.assert_array_equal(found["t"][0], whole.t[part])
        np.testing.assert_array_equal(found["q"][0], whole.q[part])
        np.testing.assert_array_equal(found["best_fit"][0], whole.poi[part] * 1e-11**2)


def test_fewer_than_are_drawn_together(few_toys):
    found = compute(few_toys.to_text(), 0).arrays
    assert {values.shape for values in found.values()} == {(1, 300)}
    assert np.all(found["status"] <= 1)


def test_tested_elsewhere(few_toys):
    """Most toys without signal exclude a large one."""
    description = replace(few_toys, parameters={"mu_nu": Grid((0.0,), "mu_B")}, tested=(8e-11,))
    found = compute(description.to_text(), 0).arrays
    assert np.mean(found["q"] > 2.706) > 0.99
    np.testing.assert_array_equal(found["q"], found["t"])


def test_wilks(folder, tmp_path):
    """Many events, far from the boundary: chi2 with one degree of freedom, quantile 2.7055 at 90 %.

    10^4 toys: the error of the quantile is sqrt(0.09/10^4) over the density 0.0622 at it, 0.048; three of them.
    """
    text = (folder / "my_experiment.yaml").read_text()
    text = text[: text.index("nuisances:")].replace("1 t yr", "1000 t yr")
    (tmp_path / "my.yaml").write_text(text.replace("data: {file: data.csv, column: observed}", "data: asimov"))
    description = ensembles(
        (ExperimentText.read(tmp_path / "my.yaml"),), {"mu_nu": Grid((3e-11,), "mu_B")}, toys=10_000, seed=1
    )
    work = built(description.to_text())
    assert work.coordinates()["m"][0][0] > 5
    t = compute(description.to_text(), 0).arrays["t"]
    assert np.quantile(t, 0.9) == pytest.approx(2.7055, abs=3 * 0.048)


def test_a_toy_that_cannot_be_fitted_takes_no_other_along(few_toys, monkeypatch):
    usual = compute(few_toys.to_text(), 0).arrays
    fit, bad = Batch.fit, []

    def refusing(self, toys, poi=None, *, start=None):
        bad.append(toys.observed[7]) if not bad else None
        if poi is None and any(np.array_equal(row, bad[0]) for row in toys.observed):
            raise FitError("no", {})
        return fit(self, toys, poi, start=start)

    monkeypatch.setattr(Batch, "fit", refusing)
    found = compute(few_toys.to_text(), 0).arrays
    failed = found["status"][0] == 2
    assert failed[7]
    assert np.sum(failed) < 30  # toys with the same counts
    assert np.all(np.isnan(found["t"][0, failed]))
    # Fits one by one are other compiled programs.
    np.testing.assert_allclose(found["t"][0, ~failed], usual["t"][0, ~failed], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"mu_e": Grid((0.0,), "mu_B"), "mu_mu": Grid((0.0,), "mu_B")}, "toys test one parameter"),
        ({"mu_e": Grid((-1e-12,), "mu_B")}, "write no negative value"),
        ({"phi_1": Grid((0.0,), "rad")}, "alone changes no rate"),
    ],
)
def test_wrong_parameters(source, parameters, message):
    with pytest.raises(InputError, match=message):
        ensembles((source,), parameters, toys=100, seed=1)

import numpy as np
import pytest
from scipy import stats

from nudipole.statistics import guide_tables
from nudipole.statistics.guide_tables import CELLS, poisson


@pytest.mark.parametrize("mean", [0.0, 0.03, 4.7, 120.0, 987.6])
def test_cells_hold_what_the_distribution_function_says(mean):
    """Cells with one answer lie between the distribution functions of that number and of the one below."""
    counts, first = guide_tables._guide(mean)[:2]
    cell = np.flatnonzero(counts >= 0)
    low, high = cell / CELLS, (cell + 1) / CELLS
    assert np.all(stats.poisson.cdf(counts[cell] - 1, mean) <= low + 1e-15)
    assert np.all(stats.poisson.sf(counts[cell], mean) <= 1 - high + 1e-15)
    assert len(cell) > 0.9 * CELLS
    assert first == 0 or stats.poisson.cdf(first, mean) < 1e-30


@pytest.mark.parametrize(
    ("u", "cell"), [(1e-9, 0.0), (0.5, 0.0), (0.25, 700.0), (0.75, CELLS - 1.0), (1 - 1e-13, CELLS - 1.0)]
)
def test_divided_cells_are_the_quantile(u, cell):
    guide = guide_tables._guide(120.0)
    found = guide_tables._divided(guide, np.array([cell]), np.array([u]))
    k = np.arange(400)
    if cell > 0:
        expected = k[stats.poisson.sf(k, 120.0) <= (CELLS - 1 - cell + (1 - u)) / CELLS][0]
    else:
        expected = k[stats.poisson.cdf(k, 120.0) > (cell + u) / CELLS][0]
    assert found[0] == expected


def test_draws_are_poisson():
    """chi2 and moments of two million numbers of each mean."""
    means, n = np.array([0.5, 17.3, 640.0]), 2_000_000
    for mean, drawn in zip(means, poisson(np.random.default_rng(4), means, n).T, strict=True):
        seen = np.bincount(drawn.astype(int))
        expected = n * stats.poisson.pmf(np.arange(len(seen)), mean)
        some = expected > 20
        chi2 = np.sum((seen[some] - expected[some]) ** 2 / expected[some])
        assert 1e-3 < stats.chi2.sf(chi2, some.sum() - 1) < 0.999
        assert abs(drawn.mean() - mean) < 4 * np.sqrt(mean / n)
        assert abs(drawn.var() - mean) < 4 * np.sqrt((mean + 2 * mean**2) / n)


def test_few_or_large_numbers_are_those_of_numpy():
    for means, n in ((np.array([3.0, 5.0]), 10), (np.array([3.0, 5000.0]), 2000)):
        drawn, plain = (np.random.default_rng(1) for _ in range(2))
        np.testing.assert_array_equal(poisson(drawn, means, n), plain.poisson(means, (n, 2)))

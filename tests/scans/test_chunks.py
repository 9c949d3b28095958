"""Every entry of an array belongs to one chunk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudipole.scans.chunks import Chunks, cut

SHAPES = st.lists(st.integers(1, 9), min_size=1, max_size=4)


@given(SHAPES, st.integers(1, 100))
def test_cut_covers_all_once(shape, most):
    chunks = cut(tuple(shape), most)
    seen = np.zeros(shape, int)
    for number in range(len(chunks)):
        seen[chunks.region(number)] += 1
        assert 1 <= chunks.size(number) <= most
        assert len(chunks.indices(number)) == chunks.size(number)
    assert np.all(seen == 1)


@pytest.mark.parametrize(
    ("shape", "most", "block"),
    [((5,), 64, (5,)), ((100,), 64, (64,)), ((7, 100), 64, (1, 64)), ((21, 21), 64, (3, 21))],
)
def test_whole_rows_where_they_fit(shape, most, block):
    assert cut(shape, most).block == block


def test_indices_are_in_the_order_of_the_array():
    chunks = Chunks((3, 4), (2, 2))
    grid = np.arange(12).reshape(3, 4)
    for number in range(len(chunks)):
        flat = [grid[index] for index in chunks.indices(number)]
        assert flat == grid[chunks.region(number)].ravel().tolist()

"""Work for many names: results in order, failures as results, nothing lost with a process that dies."""

from __future__ import annotations

from functools import partial

import pytest

from nudipole import tables
from nudipole.parallel import Failed, each


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_in_the_order_of_the_names(jobs):
    finished = []
    found = each(partial(int, base=16), ["ff", "10", "a"], jobs=jobs, finished=finished.append)
    assert list(found.items()) == [("ff", 255), ("10", 16), ("a", 10)]
    assert sorted(finished) == ["10", "a", "ff"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_failures_are_results(jobs):
    found = each(tables.read, ["solar-lines", "no-such-table"], jobs=jobs)
    assert found["solar-lines"].name == "solar-lines"
    failed = found["no-such-table"]
    assert isinstance(failed, Failed)
    assert "no-such-table" in failed.reason
    assert "\n" not in failed.reason
    assert each(float, ["1", "x"], jobs=jobs)["x"] == Failed("ValueError: could not convert string to float: 'x'")


def test_a_process_that_dies_takes_no_other_down():
    work = ["1 + 1", "import os; os._exit(9)", "2 + 2", "3 + 3"]
    found = each(exec, work, jobs=2)
    assert found == dict.fromkeys(work) | {work[1]: Failed("its process died, out of memory perhaps")}


def test_prepared_once_where_the_work_is_done():
    prepared = []
    assert each(len, ["ab"], jobs=4, prepare=partial(prepared.append, 1)) == {"ab": 2}
    assert prepared == [1]


def test_an_error_of_the_caller_stops_the_work():
    def interrupted(name):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each(len, ["a", "b", "c"], jobs=2, finished=interrupted)

"""Pulls and impacts: every name is whole."""

from __future__ import annotations

from types import SimpleNamespace

from figures import faults
from nudipole import plots


def row(name):
    return SimpleNamespace(name=name, kind="constrained", background=True, value=0.3, error=0.9, doubts=list)


def test_long_names_are_whole_and_within_the_page():
    long = "coherent-csi-2021/a-background-of-a-long-name/another-nuisance-of-the-response-and-its-efficiency"
    names = ["B", long, "x" * 90, "two words of which the second is no longer than the first one"]
    result = SimpleNamespace(
        name="mine", parameter="mu_nu", signed=False, cl=0.9, rows=[row(name) for name in names],
        changes=lambda row: (0.1, -0.08),
    )  # fmt: skip
    fig = plots.impacts(result)
    shown = [label.get_text() for label in fig.axes[0].get_yticklabels()]
    assert [text.replace("\n", "").replace(" ", "") for text in shown] == [name.replace(" ", "") for name in names]
    assert shown[1].count("\n") == 1
    assert faults(fig) == []

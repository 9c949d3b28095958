"""Methods: settings that have no meaning cannot be written, values are checked where they are written."""

from __future__ import annotations

import pytest

import nudipole as nd
from nudipole.errors import OutOfRange, UnknownName
from nudipole.inference.methods import METHODS


def test_settings_of_another_method_cannot_be_written():
    for wrong in (
        lambda: nd.CLs(construction="one-sided"),
        lambda: nd.Asymptotic(toys=1000),
        lambda: nd.Bayesian(power_constrained=True),
    ):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize(
    ("setting", "value"), [("toys", 0), ("precision", 0.0), ("precision", float("nan")), ("seed", -1)]
)
def test_settings_of_toys_are_checked(setting, value):
    for method in (nd.FeldmanCousins, nd.CLs):
        with pytest.raises(OutOfRange, match=setting):
            method(**{setting: value})


def test_names():
    assert list(METHODS) == ["asymptotic", "feldman-cousins", "cls", "bayesian"]
    with pytest.raises(UnknownName, match="did you mean 'unified'"):
        nd.Asymptotic("unifed")
    assert nd.CLs(seed=3) == nd.CLs(seed=3) != nd.FeldmanCousins(seed=3)

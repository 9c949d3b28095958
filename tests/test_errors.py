"""Errors say what is wrong, with the value, and what to do, in one line."""

from __future__ import annotations

import inspect

import pytest

from nudipole import errors
from nudipole.errors import (
    FitError,
    InputError,
    NudipoleError,
    OutOfRange,
    PropertyRule,
    TableError,
    UnitError,
    UnknownName,
    Unreachable,
    ZeroExpectation,
)

EXAMPLES = [
    (OutOfRange("mu", -1.0, 0.0), ValueError, "mu = -1 must lie in [0, inf]"),
    (OutOfRange("cl", 1.5, 0.0, 1.0), ValueError, "cl = 1.5 must lie in [0, 1]"),
    (Unreachable("T", 2.0, 0.0, 1.0), ValueError, "T = 2 must lie in [0, 1]"),
    (UnitError("a unit is missing"), ValueError, "a unit is missing"),
    (UnknownName("source", "sun", ["solar"]), KeyError, "unknown source 'sun': choose from solar"),
    (
        UnknownName("source", "solr", ["solar", "reactor"]),
        KeyError,
        "unknown source 'solr': did you mean 'solar'? choose from reactor, solar",
    ),
    (PropertyRule("not antisymmetric"), ValueError, "not antisymmetric"),
    (TableError("ragged"), ValueError, "ragged"),
    (InputError("a.yaml", "target.mass", "write 4 kg"), ValueError, "a.yaml: target.mass: write 4 kg"),
    (InputError("a.yaml", "", "write a mapping"), ValueError, "a.yaml: write a mapping"),
    (
        ZeroExpectation([0, 3]),
        ValueError,
        ("events observed where the model expects none (bins [0, 3]): give those bins a background or drop them"),
    ),
    (FitError("no minimum", {"mu": 1.5e-11, "b": 2.0}), RuntimeError, "no minimum at mu = 1.5e-11, b = 2"),
    (FitError("no minimum", {}), RuntimeError, "no minimum"),
]


@pytest.mark.parametrize(("error", "base", "message"), EXAMPLES)
def test_message(error, base, message):
    assert str(error) == message
    assert isinstance(error, NudipoleError)
    assert isinstance(error, base)


def test_every_error_has_an_example_here():
    every = {value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, NudipoleError)}
    assert {type(error) for error, _, _ in EXAMPLES} == every - {NudipoleError}


def test_errors_keep_the_facts():
    assert OutOfRange("cl", 2.0, 0.0, 1.0).high == 1.0
    assert UnknownName("table", "x", iter("ba")).known == ["a", "b"]
    assert InputError("a.yaml", "k", "m").key == "k"
    assert ZeroExpectation(range(2)).bins == [0, 1]
    assert FitError("w", {"mu": 1.0}).parameters == {"mu": 1.0}

"""Errors say what is wrong, with the value, and what to do, in one line."""

from __future__ import annotations

import inspect

import pytest

from nudipole import errors
from nudipole.errors import (
    ArgumentError,
    FitError,
    FormulaError,
    InputError,
    MissingPackage,
    NoEffect,
    NotANumber,
    NudipoleError,
    OutOfRange,
    PropertyRule,
    ShapeError,
    TableError,
    UnitError,
    UnknownName,
    Unreachable,
    ZeroExpectation,
)

EXAMPLES = [
    (ArgumentError("since", 2030, "too late"), ValueError, "since 2030: too late"),
    (OutOfRange("mu", -1.0, 0.0), ValueError, "mu = -1 must be at least 0"),
    (OutOfRange("mu", 0.0, 0.0, inside=True), ValueError, "mu = 0 must be more than 0"),
    (OutOfRange("mu", -1.2000000000000002e-32, 0.0), ValueError, "mu = -1.2e-32 must be at least 0"),
    (OutOfRange("shift", 2.0, -float("inf"), 1.0), ValueError, "shift = 2 must be at most 1"),
    (OutOfRange("shift", float("nan"), -float("inf")), ValueError, "shift = nan must be finite"),
    (OutOfRange("number of energies", 3, 2, 2), ValueError, "number of energies = 3 must be 2"),
    (OutOfRange("baseline", -3.0, 0.0, unit="m"), ValueError, "baseline = -3 m must be at least 0 m"),
    (OutOfRange("angle", 9.0, 0.0, 2.0, unit="rad"), ValueError, "angle = 9 rad must lie in [0, 2] rad"),
    (
        OutOfRange("sum", 1.1, 1 - 1e-9, 1 + 1e-9),
        ValueError,
        "sum = 1.1 must lie in [0.999999999, 1.000000001]",
    ),
    (OutOfRange("cl", 1.5, 0.0, 1.0), ValueError, "cl = 1.5 must lie in [0, 1]"),
    (OutOfRange("flux", float("inf"), 0.0), ValueError, "flux = inf must be finite and at least 0"),
    (NotANumber("mu_nu", "1"), TypeError, "mu_nu = '1' is no number: write one, without quotes and unit"),
    (NotANumber("mu_nu", 1j), TypeError, "mu_nu = 1j is complex: write a real number"),
    (ShapeError("lam", (2, 2), "one matrix, (3, 3)"), ValueError, "lam has shape (2, 2): write one matrix, (3, 3)"),
    (FormulaError("D2O", "write H2O"), KeyError, "'D2O' is no chemical formula: write H2O"),
    (Unreachable("T", 2.0, 0.0, 1.0), ValueError, "T = 2 must lie in [0, 1]"),
    (UnitError("a unit is missing"), ValueError, "a unit is missing"),
    (UnknownName("source", "sun", ["solar"]), KeyError, "unknown source 'sun': choose from solar"),
    (
        UnknownName("source", "solr", ["solar", "reactor"]),
        KeyError,
        "unknown source 'solr': did you mean 'solar'? choose from reactor, solar",
    ),
    (
        UnknownName("source", "S" * 100, []),
        KeyError,
        f"unknown source '{'S' * 39}...': there is none to choose from",
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
    (
        MissingPackage("posteriors are sampled by", "numpyro", "bayesian"),
        ImportError,
        "posteriors are sampled by numpyro, which is not installed: pip install 'nudipole[bayesian]'",
    ),
    (NoEffect("mu_e changes no count"), NudipoleError, "mu_e changes no count"),
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


def test_a_long_list_of_choices_is_cut_and_counted():
    message = str(UnknownName("column", "nope", [f"column_{k:03d}" for k in range(200)]))
    assert message.endswith("column_036, ... (200 in all)")
    assert len(message) < 500


@pytest.mark.parametrize(
    ("written", "meant"),
    [("XENONnT-2022", "xenonnt-2022"), ("xenon", "xenonnt-2022"), ("one_sided", "one-sided"), ("zz", None), ("", None)],
)
def test_likely(written, meant):
    assert errors.likely(written, ["one-sided", "xenonnt-2022", "unified"]) == meant

"""Every wrong key, unit or number is named, with the remedy, in one line."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest

from nudipole.errors import InputError
from nudipole.experiments.library import available, examples, text
from nudipole.experiments.schema.experiment import json_schema, validate
from nudipole.io.yaml import parse

SQRT = "{kind: sqrt-linear, a: 0.3 keV^0.5, b: 0.004}"
EDGES = "edges: [1, 2, 3, 5, 10], unit: keV"
EFFICIENCY = "energy: [0, 1, 30], value: [0, 0.5, 0.9]"
RATE = "16 events/(t yr keV)"

WRONG = [
    ("exposure: 1 t yr", "exposur: 1 t yr", "exposur", "unknown key: did you mean 'exposure'"),
    (
        "notes: invented",
        "notes: x\nthreshold: 1 keV",
        "threshold",
        "choose from backgrounds, counts_exposure, data,",
    ),
    ("unit: keV", "unit: keV, step: 2", "detector.bins.step", "unknown key: choose from edges, from, to, unit, width"),
    ("data: asimov\n", "", "data", "is required"),
    ("1 t yr", "1", "exposure", "a unit is missing: write for example '1.16 t yr' (got 1)"),
    ("1 t yr", "1 t", "exposure", "wrong unit: a quantity such as '1.16 t yr'"),
    ("1 t yr", "1 tyr", "exposure", "'tyr' is not a unit"),
    ("1 t yr", "-1 t yr", "exposure", "must be positive (got '-1 t yr')"),
    ("1 t yr", "0 t yr", "exposure", "must be positive"),
    ("1 t yr", "nan t yr", "exposure", "write a number with a unit"),
    ("1 t yr", "1e999 t yr", "exposure", "write a finite one"),
    ("1 t yr", "1e300 t yr", "exposure", "finite"),
    ("1 t yr", "[1, 2]", "exposure", "write a number with a unit"),
    ("0.3 keV^0.5", "0.3", "detector.resolution.a", "a unit is missing"),
    ("0.3 keV^0.5", "0.3 keV", "detector.resolution.a", "wrong unit"),
    (SQRT, "{kind: constant, a: 0 keV}", "detector.resolution.a", "must be positive"),
    (SQRT, "{kind: sqrt}", "detector.resolution.a", "is required"),
    (SQRT, "{kind: gauss}", "detector.resolution", "unknown kind 'gauss': choose from none, constant"),
    (SQRT, "{a: 1 keV}", "detector.resolution", "write a mapping with a kind"),
    (
        SQRT,
        "3 keV",
        "detector.resolution",
        "write a mapping with a kind, one of none, constant, sqrt, sqrt-linear, quadrature, fano, gamma, polynomial,",
    ),
    ("{kind: solar}", "[solar]", "source", "write a mapping with a kind, one of solar, reactor,"),
    ("  flat: {", "  flat: 3\n  other: {", "backgrounds.flat", "must be a mapping"),
    ("b: 0.004", "b: -1", "detector.resolution.b", "greater than or equal to 0 (got -1)"),
    (EDGES, "from: 1 keV, to: 2 keV", "detector.bins", "all of from, to and width"),
    (EDGES, EDGES + ", width: 1 keV", "detector.bins", "either edges"),
    (EDGES, "edges: [1]", "detector.bins.edges", "must have at least 2 items, not 1"),
    (EDGES, "edges: [1, two]", "detector.bins.edges[1]", "must be a valid number"),
    (EDGES, "edges: [1, 2], unit: kg", "detector.bins.unit", "must be 'eV', 'keV', 'MeV', 'GeV' or 'PE' (got 'kg')"),
    (EFFICIENCY, "energy: [0, 1], value: [0.5]", "detector.efficiency", "energy has 2 entries, value has 1"),
    (EFFICIENCY, "energy: [0, 1]", "detector.efficiency", "energy and value go together"),
    (EFFICIENCY, "constant: 1.5", "detector.efficiency.constant", "must lie from 0 to 1, or from '0 %' to '100 %'"),
    (EFFICIENCY, "constant: 1, file: e.csv", "detector.efficiency", "give exactly one of"),
    (
        "of: reconstructed",
        "of: guessed",
        "detector.efficiency.of",
        "must be 'reconstructed', 'E_ee', 'true' or 'recoil' (got 'guessed')",
    ),
    ("kind: solar", "kind: sun", "source", "unknown kind 'sun'"),
    ("kind: nu-e", "kind: cevns", "process.quenching", "is required"),
    ("kind: nu-e", "kind: nue", "process", "unknown kind 'nue': did you mean 'nu-e'? choose from nu-e, cevns"),
    ("process: {kind: nu-e}", "processes: {}", "processes", "at least 1 item"),
    (
        "process: {kind: nu-e}",
        "processes: {a: {kind: nu-e}}\nprocess: {kind: nu-e}",
        "",
        "either process, or processes",
    ),
    ("process: {kind: nu-e}", "", "", "give either process, or processes by name"),
    ("kind: nu-e", "kind: nu-e, angle: {cos_theta: 0.9, E_theta2: 1 MeV}", "process.angle", "give either E_theta2 or"),
    ("kind: nu-e", "kind: nu-e, angle: {cos_theta: 1.1}", "process.angle.cos_theta", "less than 1 (got 1.1)"),
    ("kind: nu-e", "kind: nu-e, angle: {cos_theta: 0.9, sigma: 3}", "process.angle.sigma", "'3 mrad'"),
    (
        "{kind: nu-e}",
        "{kind: cevns, quenching: {kind: x}}",
        "process.quenching",
        "unknown kind 'x': choose from none, factor",
    ),
    ("{kind: nu-e}", "{kind: cevns, quenching: {kind: lindhard, k: 2}}", "process.quenching.k", "less than 1 (got 2)"),
    ("{kind: nu-e}", "{kind: cevns, quenching: {kind: table, T: [1]}}", "process.quenching", "T and E_ee go together"),
    ("element: Xe", "element: Xe, formula: CsI", "target", "give either an element (its symbol) or a formula"),
    ("element: Xe", "element: Xe, enrichment: {Xe: 1}", "target.enrichment.Xe", "must be an isotope such as 76Ge"),
    (
        "exposure: 1",
        "statistics: {kind: on-off}\nexposure: 1",
        "statistics.off_exposure",
        "is required; statistics.off is required, too",
    ),
    (
        "{log-normal: 5 %}",
        "{log_normel: 5 %}",
        "backgrounds.flat.normalisation",
        "did you mean 'log-normal'? write free,",
    ),
    ("{log-normal: 5 %}", "fred", "backgrounds.flat.normalisation", "did you mean 'free'? write free, fixed,"),
    ("{kind: nu-e}", "{kind: nu-e, angle: [0.5, 0.5]}", "process.angle", "choose from E_theta2, cos_theta, sigma"),
    ("{log-normal: 5 %}", "off", "", "normalisation off needs statistics of kind on-off"),
    ("data: asimov", "data: asimov\nnuisances: {x: {plus: {data: [1]}}}", "nuisances.x", "changes source, target,"),
    ("kind: nu-e", "kind: nu-e, binding: loose", "process.binding", "must be 'stepping' or 'free'"),
    ("data: asimov", "data: asmov", "data", "write a list of counts, asimov, by-sample, {table"),
    ("data: asimov", "data: {column: x}", "data", "write a list of counts, asimov, by-sample, {table"),
    ("data: asimov", "data: {file: x.csv}", "data.column", "is required"),
    ("data: asimov", "data: free", "data", "write a list of counts, asimov, by-sample, {table"),
    (RATE, "16", "backgrounds.flat.rate", "a unit is missing: write for example '16 events/(t yr keV)'"),
    (RATE, "16 events/keV", "backgrounds.flat.rate", "wrong unit"),
    (RATE, "-16 events/(t yr keV)", "backgrounds.flat.rate", "must not be negative"),
    (f"rate: {RATE}", "note: x", "backgrounds.flat", "give one of counts"),
    (f"rate: {RATE}", "counts: asimov", "backgrounds.flat.counts", "write a list of counts"),
    ("{log-normal: 5 %}", "fre", "backgrounds.flat.normalisation", "write free, fixed, {gaussian: 5 %}"),
    ("{log-normal: 5 %}", "0.05", "backgrounds.flat.normalisation", "write free, fixed, {gaussian: 5 %}"),
    ("{log-normal: 5 %}", "{gausian: 5 %}", "backgrounds.flat.normalisation", "{gaussian: 5 %}"),
    ("{log-normal: 5 %}", "{gaussian: 0}", "backgrounds.flat.normalisation.gaussian", "must be positive (got 0)"),
    (
        "{log-normal: 5 %}",
        "{gaussian: 5 keV}",
        "backgrounds.flat.normalisation.gaussian",
        "write a relative error in per cent",
    ),
    ("name: my-experiment", "name: ../../etc", "name", "must be one word of letters"),
    ("flat:", "flat one:", "backgrounds.flat one", "must be one word"),
]


@pytest.mark.parametrize(("old", "new", "key", "message"), WRONG)
def test_wrong(own_text, old, new, key, message):
    with pytest.raises(InputError) as caught:
        validate(parse(own_text(old, new), "my.yaml"), "my.yaml")
    assert caught.value.key == key
    assert message in caught.value.message
    assert str(caught.value).startswith(f"my.yaml: {key}: " if key else "my.yaml: ")
    assert "\n" not in str(caught.value)


def test_all_problems_are_named(own_text):
    with pytest.raises(InputError, match=r"colour: unknown key: .*; exposure is required, too; also wrong: shape$"):
        validate(parse(own_text("exposure: 1 t yr\n", "colour: red\nshape: round\n"), "f"), "f")


def test_signal_in_one_background_only(own_text):
    two = "a: {counts: [1, 2, 3, 4], normalisation: free, contains_sm_signal: true}"
    text = own_text("flat:", f"{two}\n  {two.replace('a:', 'b:')}\n  flat:")
    with pytest.raises(InputError, match="only one background may contain"):
        validate(parse(text, "f"), "f")


def test_units_become_internal(own_text):
    spec = validate(parse(own_text(), "f"), "f")
    bins = validate(parse(own_text(EDGES, "from: 1 keV, to: 0.01 MeV, width: 500 eV"), "f"), "f").detector.bins
    assert (bins.from_, bins.to, bins.width) == pytest.approx((1e-3, 1e-2, 5e-4))
    assert spec.backgrounds["flat"].normalisation.log_normal == pytest.approx(0.05)
    assert spec.backgrounds["flat"].rate * spec.exposure == pytest.approx(16 / 1e-3)
    assert spec.detector.resolution.a == pytest.approx(0.3 * 1e-3**0.5)


@pytest.mark.parametrize("name", [*available(), *examples()])
def test_schema_accepts_what_ships(name):
    jsonschema.Draft202012Validator(json_schema()).validate(parse(text(name)[0], name))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("exposure: 1 t yr", "exposure: 1"),
        ("kind: nu-e", "kind: nue"),
        ("data: asimov", "data: asmov"),
        ("notes:", "note:"),
    ],
)
def test_schema_refuses_what_is_wrong(own_text, old, new):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse(own_text(old, new), "f"), json_schema())


def test_plain_data_round_trip_without_warnings(own_text):
    spec = validate(parse(own_text("data: asimov", "data: {file: d.csv, column: n}"), "f"), "f")
    assert spec.model_dump(by_alias=True)["data"] == {"file": "d.csv", "column": "n", "bins": None}
    assert spec.model_dump(by_alias=True)["backgrounds"]["flat"]["normalisation"] == {"log-normal": 0.05}
    spec.model_dump_json()


RELATIVE = [
    ("{log-normal: 5 %}", "{log-normal: %s}", "backgrounds.flat.normalisation.log-normal"),
    ("{log-normal: 5 %}", "{gaussian: %s}", "backgrounds.flat.normalisation.gaussian"),
    ("kind: solar", "kind: solar, flux_errors: {pp: %s}", "source.flux_errors.pp"),
    (
        "{kind: solar}",
        "{kind: histogram, example: example-numi-like, relative_error: %s}",
        "source.relative_error",
    ),
]


@pytest.mark.parametrize(("old", "new", "key"), RELATIVE)
@pytest.mark.parametrize(("number", "likely"), [("5", "5 %"), ("0.05", "5 %"), ("'0.2'", "20 %"), ("1e-2", "1 %")])
def test_a_relative_error_is_written_in_per_cent(own_text, old, new, key, number, likely):
    with pytest.raises(InputError) as caught:
        validate(parse(own_text(old, new % number), "f"), "f")
    assert caught.value.key == key
    assert f"a relative error is written in per cent: write for example '{likely}'" in caught.value.message
    validate(parse(own_text(old, new % "5 %"), "f"), "f")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse(own_text(old, new % number.strip("'")), "f"), json_schema())
    jsonschema.validate(parse(own_text(old, new % "5 %"), "f"), json_schema())


def test_an_error_of_zero_needs_no_per_cent(own_text):
    old, new, _ = RELATIVE[-1]
    assert validate(parse(own_text(old, new % "0"), "f"), "f").source.relative_error == 0


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        (EFFICIENCY, "constant: 90 %", lambda spec: spec.detector.efficiency[0].constant),
        (EFFICIENCY, "constant: 0.9", lambda spec: spec.detector.efficiency[0].constant),
        (EFFICIENCY, "energy: [0, 30], value: [0 %, 90 %]", lambda spec: spec.detector.efficiency[0].value[1]),
        (
            EFFICIENCY,
            "function: step, parameters: {plateau: 90 %, threshold: 2}",
            lambda spec: spec.detector.efficiency[0].parameters["plateau"],
        ),
        ("{element: Xe}", "{element: Xe, enrichment: {136Xe: 90%}}", lambda spec: spec.target.enrichment["136Xe"]),
        (
            "{kind: nu-e}",
            "{kind: cevns, quenching: {kind: factor, factor: 90 %}}",
            lambda spec: spec.process.quenching.factor,
        ),
        ("b: 0.004", "b: 90 %", lambda spec: spec.detector.resolution.b),
    ],
)
def test_fractions_may_be_written_in_per_cent(own_text, old, new, number):
    assert number(validate(parse(own_text(old, new), "f"), "f")) == pytest.approx(0.9)
    jsonschema.validate(parse(own_text(old, new), "f"), json_schema())


def test_a_change_in_per_cent(own_text):
    spec = validate(parse(own_text(), "f"), "f")
    assert (
        spec.changed({"backgrounds": {"flat": {"note": "x"}}}, "f").backgrounds["flat"].normalisation.log_normal == 0.05
    )
    wide = spec.changed({"backgrounds": {"flat": {"normalisation": {"log-normal": "10 %"}}}}, "f")
    assert wide.backgrounds["flat"].normalisation.log_normal == pytest.approx(0.1)
    with pytest.raises(InputError, match="write for example '10 %'"):
        spec.changed({"backgrounds": {"flat": {"normalisation": {"log-normal": 10.0}}}}, "f")


def test_an_experiment_has_no_data_of_its_own_name(own_text):
    key = "same_data_as: [my-experiment]\nbackgrounds:"
    with pytest.raises(InputError, match="same_data_as: my-experiment is this experiment: name others"):
        validate(parse(own_text("backgrounds:", key), "f"), "f")


def test_the_schema_that_is_carried_is_that_of_the_classes():
    carried = json.loads(files("nudipole").joinpath("data/experiment.schema.json").read_text(encoding="utf-8"))
    assert carried == json.loads(json.dumps(json_schema())), "rebuild it with `make docs`"

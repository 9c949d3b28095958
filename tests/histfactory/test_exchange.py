"""Workspaces against pyhf itself, where a Python with pyhf is at hand, and against the models they came from.

The Python is this one, or the one that NUDIPOLE_PYHF_PYTHON names: pyhf 0.7.6 asks for an older NumPy.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments.likelihood import likelihood
from nudipole.histfactory.exported import export, workspace
from nudipole.histfactory.imported import model as imported
from nudipole.histfactory.limit import limit
from nudipole.histfactory.schema import parse, validate
from nudipole.numerics import jnp
from nudipole.statistics import (
    Background,
    Gaussian,
    LinearSignal,
    Model,
    OnOff,
    TemplateSignal,
    best_fit,
    interval,
    joint,
)

PYTHON = os.environ.get("NUDIPOLE_PYHF_PYTHON", sys.executable)

# pyhf warns of jsonschema's deprecations: its own affair, in its own process.
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np, pyhf
job = json.load(sys.stdin)
pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-14, maxiter=100000))
workspace = pyhf.Workspace(job["workspace"])
model = workspace.model()
data = workspace.data(model)
config = model.config
values = []
for point in job["points"]:
    pars = np.array(config.suggested_init(), float)
    for name, value in point.items():
        pars[config.par_slice(name)] = value
    values.append(float(-2 * model.logpdf(pars, data)[0]))
best, twice = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
print(json.dumps({"values": values, "poi": float(best[config.poi_index]), "twice_nll": float(twice)}))
"""


@pytest.fixture(scope="session")
def pyhf():
    """Evaluate a workspace with pyhf: -2 ln L at points, and the best fit."""
    seen = subprocess.run([PYTHON, "-c", "import pyhf; print(pyhf.__version__)"], capture_output=True, text=True)
    if seen.returncode:
        pytest.skip(f"no pyhf in {PYTHON}: set NUDIPOLE_PYHF_PYTHON to a Python that has it")

    def run(data, points):
        job = {"workspace": data, "points": points}
        # Another version of JAX ends at a flag that it does not know.
        own = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
        environment = {**own, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            [PYTHON, "-c", SCRIPT], input=json.dumps(job), capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


class Product(TemplateSignal):
    """A signal with an overall factor, a shape and a Standard-Model part, the factor multiplying the shape."""

    nominal: object
    slope: object
    fixed: object

    @property
    def templates(self):
        return jnp.stack([self.nominal, self.slope, self.fixed, self.fixed * 0.1])

    def amplitudes(self, poi, eta):
        factor = 1 + 0.08 * eta[0]
        return jnp.stack([poi * factor, poi * factor * eta[1], factor, factor * eta[1]])


BINS = 12
FALLING, FLAT = 8 * np.exp(-np.arange(BINS) / 4), np.full(BINS, 20.0)
LINE = 30 * np.exp(-((np.arange(BINS) - 6) ** 2) / 2)


def make(kind, seed=3):
    """Models of every kind that can be exported, with data that scatter."""
    random = np.random.default_rng(seed)
    observed = random.poisson(FLAT + LINE + 0.7 * FALLING).astype(float)
    backgrounds = [Background("flat", FLAT, "free"), Background("line", LINE, "gaussian", 0.1)]
    if kind == "gaussian":
        signal = LinearSignal(FALLING, 0.1 * FALLING * np.linspace(1, -1, BINS)[None])
        return Model(observed, backgrounds, signal, signal_nuisances=["tilt"], poi_name="mu")
    if kind == "log-normal":
        backgrounds[1] = Background("line", LINE, "log-normal", 0.25)
        return Model(observed, backgrounds, LinearSignal(FALLING), poi_name="mu")
    if kind == "fixed":
        return Model(
            observed, [Background("flat", FLAT, "fixed"), backgrounds[1]], LinearSignal(FALLING), poi_name="mu"
        )
    if kind in ("lumi", "fixed lumi"):
        if kind == "fixed lumi":
            backgrounds[1] = Background("line", LINE, "fixed")
        signal = Product(jnp.asarray(FALLING), jnp.asarray(0.1 * FALLING[::-1]), jnp.asarray(0.3 * FALLING))
        return Model(observed, backgrounds, signal, signal_nuisances=["norm", "shape"], poi_name="mu")
    if kind == "on-off":
        off = random.poisson(3 * FLAT).astype(float)
        on = random.poisson(FLAT + 0.7 * FALLING).astype(float)
        return Model(on, [], LinearSignal(FALLING), statistic=OnOff(off, 3.0), poi_name="mu")
    models = {"a": make("gaussian"), "b": make("on-off"), "c": make("gaussian", 4)}
    return joint(models, ["tilt"])


KINDS = ("gaussian", "log-normal", "fixed", "lumi", "fixed lumi", "on-off", "joint")


def channels_of(kind):
    return {"a": BINS, "b": BINS, "c": BINS} if kind == "joint" else None


def points_of(model, data, n=8):
    """Random points, as ours (poi, eta) and as pyhf's parameters."""
    random = np.random.default_rng(9)
    parameters = {p["name"]: p for p in data["measurements"][0]["config"]["parameters"]}
    found = []
    for _ in range(n):
        poi = abs(random.normal(1, 0.7))
        eta = random.normal(size=len(model.nuisances))
        eta = np.where(model.constrained, eta, np.abs(1 + 0.1 * eta))
        theirs = dict(zip(model.nuisances, eta.tolist(), strict=True)) | {"mu": poi}
        if "lumi" in parameters:
            theirs["lumi"] = 1 + parameters["lumi"]["sigmas"][0] * theirs.pop("norm")
        found.append((poi, eta, theirs))
    for channel in data["channels"]:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                if modifier["type"] == "shapesys":
                    _enter_off_background(model, channel["name"], sample, modifier, found)
    return found


def _enter_off_background(model, channel, sample, modifier, found):
    """The most probable background of the OFF counts, from its quadratic equation, as factors of the bins."""
    start = {"b": BINS}.get(channel, 0)
    bins = slice(start, start + BINS)
    nominal, error = np.array(sample["data"]), np.array(modifier["data"])
    m = (nominal / error) ** 2
    tau = m / nominal
    n = np.asarray(model.observed)[bins]
    for poi, eta, theirs in found:
        s = np.asarray(model.expected(poi, eta))[bins]
        p = (1 + tau) * s - n - m
        b = (-p + np.sqrt(p**2 + 4 * (1 + tau) * m * s)) / (2 * (1 + tau))
        theirs[modifier["name"]] = (b / nominal).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_exported_likelihood_is_that_of_pyhf(pyhf, kind):
    model = make(kind)
    data = workspace(model, channels_of(kind)).workspace
    points = points_of(model, data)
    theirs = pyhf(data, [point for *_, point in points])
    ours = np.array([float(model.chi2(poi, eta)) for poi, eta, _ in points])
    difference = np.diff(ours) - np.diff(theirs["values"])
    # Within one standard deviation pyhf's factor is a polynomial, 1e-9 from the exponential at a width of 25 %.
    assert np.max(np.abs(difference)) < (1e-6 if kind == "log-normal" else 1e-8)
    fit = best_fit(model)
    assert theirs["poi"] == pytest.approx(fit.poi, abs=1e-3 * fit.poi_error)
    # Their minimum relative to a common point: SLSQP stops within 1e-6 of the bottom, never below it.
    depth = (theirs["twice_nll"] - theirs["values"][0]) - (fit.chi2 - ours[0])
    assert -1e-8 < depth < 1e-6


def test_an_experiment_of_the_library_in_pyhf(pyhf, xenonnt):
    model = likelihood(xenonnt)
    exported = export([xenonnt])
    assert exported.notes == []
    random = np.random.default_rng(2)
    etas = [np.where(model.constrained, random.normal(size=5), 1 + 0.05 * random.normal(size=5)) for _ in range(5)]
    points = [dict(zip(model.nuisances, eta.tolist(), strict=True)) | {"mu_nu^2": k / 3} for k, eta in enumerate(etas)]
    theirs = pyhf(exported.workspace, points)
    ours = [float(model.chi2(k / 3, eta)) for k, eta in enumerate(etas)]
    assert np.max(np.abs(np.diff(ours) - np.diff(theirs["values"]))) < 1e-8
    assert theirs["poi"] == pytest.approx(0, abs=1e-3)
    assert exported.workspace["measurements"][0]["name"] == "mu_nu^2 in (1e-11 mu_B)^2"


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.slow)
        if kind == "joint"
        else pytest.param(kind, marks=pytest.mark.long)
        if kind in ("gaussian", "lumi")
        else kind
        for kind in KINDS
    ],
)
def test_there_and_back(kind):
    """The imported workspace has the same limits as the model it came from."""
    model = make(kind)
    back = imported(validate(workspace(model, channels_of(kind)).workspace, "w"))
    assert back.poi_lower == 0
    assert best_fit(back).chi2 == pytest.approx(best_fit(model).chi2, abs=1e-6)
    assert interval(back).upper == pytest.approx(interval(model).upper, rel=1e-6)


@pytest.mark.parametrize("kind", ["fixed", "fixed lumi"])
def test_a_known_background_has_no_parameter(kind):
    """Neither a modifier nor a parameter of the measurement, and no nuisance when it is read back."""
    model = make(kind)
    data = workspace(model).workspace
    (known,) = model.known
    (sample,) = [s for s in data["channels"][0]["samples"] if s["name"] == known.name]
    assert sample["modifiers"] == []
    assert sample["data"] == np.asarray(known.counts).tolist()
    assert known.name not in {p["name"] for p in data["measurements"][0]["config"]["parameters"]}
    back = imported(validate(data, "w"))
    assert known.name not in back.nuisances
    assert len(back.nuisances) == len(model.nuisances)


def factor(name):
    return {"name": name, "type": "normfactor", "data": None}


def shape(name, low, high):
    return {"name": name, "type": "histosys", "data": {"lo_data": low, "hi_data": high}}


def errors(kind, name, numbers):
    return {"name": name, "type": kind, "data": numbers}


WORKSPACE = {
    "channels": [
        {
            "name": "one",
            "samples": [
                {
                    "name": "signal",
                    "data": [5.0, 10.0, 2.0],
                    "modifiers": [
                        factor("mu"),
                        {"name": "lumi", "type": "lumi", "data": None},
                        {"name": "scale", "type": "normsys", "data": {"lo": 0.8, "hi": 1.15}},
                        errors("staterror", "mc", [0.5, 0.7, 0.0]),
                    ],
                },
                {
                    "name": "background",
                    "data": [50.0, 40.0, 30.0],
                    "modifiers": [
                        {"name": "lumi", "type": "lumi", "data": None},
                        shape("scale", [45, 39, 31.5], [58, 41, 27]),
                        shape("other", [50, 38, 30], [50, 43, 31]),
                        {"name": "xs", "type": "normsys", "data": {"lo": 0.9, "hi": 1.2}},
                        errors("staterror", "mc", [2.0, 1.5, 1.0]),
                        factor("half"),
                    ],
                },
                {"name": "free", "data": [3.0, 3.0, 9.0], "modifiers": [factor("k")]},
            ],
        },
        {
            "name": "two",
            "samples": [
                {"name": "free", "data": [20.0, 10.0], "modifiers": [factor("k")]},
                {"name": "side", "data": [8.0, 6.0], "modifiers": [errors("shapesys", "off", [2.0, 0.0])]},
                {
                    "name": "signal",
                    "data": [1.0, 2.0],
                    "modifiers": [
                        factor("mu"),
                        shape("scale", [0.5, 2.5], [1.2, 1.9]),
                    ],
                },
            ],
        },
    ],
    "observations": [{"name": "one", "data": [58, 55, 41]}, {"name": "two", "data": [31, 18]}],
    "measurements": [
        {
            "name": "first",
            "config": {
                "poi": "mu",
                "parameters": [
                    {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0], "bounds": [[0.5, 1.5]]},
                    {"name": "half", "inits": [1.04], "fixed": True},
                    {"name": "other", "auxdata": [0.3]},
                ],
            },
        },
        {"name": "second", "config": {"poi": "mu", "parameters": [
            {"name": "mu", "bounds": [[-5, 5]]}, {"name": "half", "fixed": True},
            {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0], "bounds": [[0.5, 1.5]], "fixed": True},
        ]}},
    ],
    "version": "1.0.0",
}  # fmt: skip


@pytest.fixture
def changed():
    """The workspace above with a change: ``changed(place, value)``, the place a list of keys."""

    def make(place=(), value=None):
        data = copy.deepcopy(WORKSPACE)
        if place:
            inner = data
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = value
        return data

    return make


def test_imported_likelihood_is_that_of_pyhf(pyhf):
    """Every modifier, within and beyond one standard deviation, two channels, fixed and shifted parameters."""
    model = imported(validate(WORKSPACE, "w"))
    assert set(model.nuisances) == {"k", "scale", "other", "lumi", "xs", "mc[0]", "mc[1]", "mc[2]"}
    random = np.random.default_rng(6)
    ours, points = [], []
    relative = np.sqrt([0.5**2 + 2**2, 0.7**2 + 1.5**2, 1.0]) / np.array([55, 50, 32])
    for _ in range(12):
        poi, k = random.uniform(0, 2), random.uniform(0.5, 1.5)
        pulls = dict(zip(model.signal_nuisances, 1.5 * random.normal(size=len(model.signal_nuisances)), strict=True))
        eta = [k, *(pulls[name] for name in model.signal_nuisances)]
        ours.append(float(model.chi2(poi, eta)))
        # The bin of OFF counts stands first in the model.
        s, n, m, tau = float(model.expected(poi, eta)[0]), 31.0, 16.0, 2.0
        p = (1 + tau) * s - n - m
        b = (-p + np.sqrt(p**2 + 4 * (1 + tau) * m * s)) / (2 * (1 + tau))
        points.append({
            "mu": poi, "k": k, "scale": pulls["scale"], "other": pulls["other"], "xs": pulls["xs"],
            "lumi": 1 + 0.02 * pulls["lumi"], "half": 1.04, "off": [b / 8, 1.0],
            "mc": [1 + relative[i] * pulls[f"mc[{i}]"] for i in range(3)],
        })  # fmt: skip
    theirs = pyhf(WORKSPACE, points)
    assert np.max(np.abs(np.diff(ours) - np.diff(theirs["values"]))) < 1e-8
    fit = best_fit(model)
    assert theirs["poi"] == pytest.approx(fit.poi, abs=1e-3 * fit.poi_error)
    depth = (theirs["twice_nll"] - theirs["values"][0]) - (fit.chi2 - ours[0])
    assert -1e-8 < depth < 1e-5


def test_measurements_by_name():
    second = imported(validate(WORKSPACE, "w"), measurement="second")
    assert second.poi_lower == -np.inf
    assert "lumi" not in second.nuisances
    assert float(second.auxiliary[second.nuisances.index("other")]) == 0
    with pytest.raises(UnknownName, match="first, second"):
        imported(validate(WORKSPACE, "w"), measurement="third")


def test_limit_of_a_workspace():
    result = limit(imported(validate(WORKSPACE, "w")), "w.json", by=nd.Asymptotic("one-sided"))
    assert str(result).startswith("w.json: mu < ")
    assert "one-sided" in str(result)
    data = json.loads(json.dumps(result.to_json()))
    assert data["upper"] == pytest.approx(interval(result.model, construction="one-sided").upper, rel=1e-6)
    assert data["best_fit"]["nuisances"].keys() == set(result.model.nuisances)


def modifiers(channel, sample):
    return ("channels", channel, "samples", sample, "modifiers")


FACTOR = factor("mu")
BROKEN = [
    (("version",), "2.0.0", "version"),
    (("extra",), 1, "unknown key"),
    (("channels",), [], "channels"),
    (("channels", 0, "samples", 0, "data"), [1.0, 2.0], "2 numbers, the observation of the channel has 3"),
    (("channels", 0, "samples", 0, "data"), [1.0, -2.0, "x"], "data"),
    (("channels", 0, "name"), "two", "'two' twice"),
    (("observations", 0, "name"), "three", "not both a channel and an observation"),
    (("observations", 0, "data"), [-1, 2, 3], "w.json: observation one: bin 0: -1 events: counts are not negative"),
    (("distributions",), [], "w.json: is an HS3 document: write it as a HistFactory workspace"),
    (
        (*("channels", 0, "samples", 1, "modifiers"), 0, "data"),
        1,
        "channel one, sample background, modifier lumi: data:",
    ),
    (("measurements", 0, "config", "poi"), "nothing", "modifies no sample"),
    (("measurements", 0, "config", "poi"), "scale", "not a normfactor"),
    (("measurements", 0, "config", "parameters", 0), {"name": "lumi"}, "needs its auxdata and sigmas"),
    (("measurements", 0, "config", "parameters", 2), {"name": "scale", "sigmas": [2.0]}, "sigmas other than the usual"),
    (("measurements", 0, "config", "parameters", 2), {"name": "mu", "fixed": True}, "is fixed"),
    (("measurements", 0, "config", "parameters", 2), {"name": "mu", "bounds": [[0.1, 5]]}, "begin at 0.1"),
    (modifiers(0, 0), [FACTOR, FACTOR], "modifier 'mu' twice"),
    (modifiers(0, 0), [FACTOR, {"name": "n", "type": "normsys", "data": {"lo": -1, "hi": 1}}], "factor of normsys 'n'"),
    (modifiers(0, 0), [{"name": "mu", "type": "newfactor", "data": None}], "unknown type 'newfactor'"),
    (modifiers(1, 0), [{"name": "scale", "type": "normfactor", "data": None}], "'scale' is a normfactor here and a"),
    (modifiers(1, 0), [{"name": "off", "type": "shapesys", "data": [1, 1]}], "belongs to another sample"),
]


@pytest.mark.parametrize(("place", "value", "words"), BROKEN, ids=[words for *_, words in BROKEN])
def test_broken_workspaces(changed, place, value, words):
    with pytest.raises(NudipoleError) as found:
        imported(validate(changed(place, value), "w.json"), "w.json")
    assert words in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"[1, 2", "not JSON"),
        (b"\xff{}", "not UTF-8"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": 1, "a": 2}', "twice in one object"),
        (b"[" * 13 + b"]" * 13, "deeper than 12"),
        (b"[" * 100_000, "deeper than 12"),
        (b" " * 20_000_001, "larger than 20 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_texts_that_are_no_workspace(raw, words):
    with pytest.raises(InputError, match=words):
        validate(parse(raw, "w.json"), "w.json")


def test_memory_is_not_taken_on_trust():
    """Many channels and one of many bins would make a large table of a small file."""
    samples = [{"name": f"s{k}", "data": [1.0], "modifiers": [FACTOR]} for k in range(300)]
    wide = [{"name": "s", "data": [1.0] * 90_000, "modifiers": []}]
    data = copy.deepcopy(WORKSPACE)
    data["channels"] = [{"name": "wide", "samples": wide}, {"name": "deep", "samples": samples}]
    data["observations"] = [{"name": "wide", "data": [1] * 90_000}, {"name": "deep", "data": [1]}]
    with pytest.raises(NudipoleError, match="bins times samples and shapes"):
        imported(validate(data, "w"))


def test_a_number_beyond_floating_point():
    data = json.loads(json.dumps(WORKSPACE).replace("58", "1e999", 1))
    with pytest.raises(InputError, match=r"w\.json"):
        validate(data, "w.json")


def test_what_histfactory_has_not(quadratic_model, xenonnt):
    with pytest.raises(NudipoleError, match="Gaussian errors"):
        workspace(Model([3.0], [], LinearSignal([1.0]), statistic=Gaussian([1.0])))
    with pytest.raises(NudipoleError, match="no squares"):
        workspace(quadratic_model)
    with pytest.raises(NudipoleError, match="OFF counts of zero"):
        workspace(Model([3.0], [], LinearSignal([1.0]), statistic=OnOff([0.0], 1.0)))
    with pytest.raises(NudipoleError, match="has a sign"):
        export([xenonnt], "r2_e")
    shifted = Model([3.0], [Background("b", [3.0], "gaussian", 0.1)], LinearSignal([1.0]), auxiliary=[0.5])
    with pytest.raises(NudipoleError, match="away from zero"):
        workspace(shifted)


@pytest.fixture
def quadratic_model():
    class Square(LinearSignal):
        def amplitudes(self, poi, eta):
            return (poi**2)[None]

    return Model([3.0], [Background("b", [3.0], "gaussian", 0.1)], Square([1.0]))


def test_products_need_consent():
    """Two shapes that multiply are left out on demand only, and the note says by how much."""

    class Both(LinearSignal):
        def __call__(self, poi, eta):
            tilt = jnp.linspace(-1, 1, BINS)
            return poi * self.template * (1 + 0.1 * eta[0] * tilt) * (1 + 0.2 * eta[1] * tilt**2)

    model = Model(FLAT, [Background("b", FLAT, "gaussian", 0.1)], Both(FALLING), signal_nuisances=["t", "u"])
    with pytest.raises(NudipoleError, match=r"products of nuisances of the signal \(t times u\).*approximate=True"):
        workspace(model)
    exported = workspace(model, approximate=True)
    (note,) = exported.notes
    assert "without t times u" in note
    off = float(note.split("at most ")[1].split()[0])
    assert 0 < off < 0.1
    back = imported(validate(exported.workspace, "w"))
    assert interval(back).upper == pytest.approx(interval(model).upper, rel=0.02)


@pytest.mark.long
def test_asimov_data(xenonnt):
    data = export([xenonnt], expected=True).workspace
    back = imported(validate(data, "w"))
    fit = best_fit(back)
    assert fit.poi == pytest.approx(0, abs=1e-6)
    assert fit.chi2 == pytest.approx(0, abs=1e-9)


@pytest.mark.long
@pytest.mark.slow
def test_several_experiments_are_channels(xenonnt):
    from nudipole.experiments import load
    from nudipole.experiments.likelihood import likelihood

    both = [xenonnt, load("borexino-2017", "fixed-response")]
    data = export(both).workspace
    assert [channel["name"] for channel in data["channels"]] == ["xenonnt-2022", "borexino-2017"]
    ours, theirs = (interval(model).upper for model in (likelihood(both), imported(validate(data, "w"))))
    assert theirs == pytest.approx(ours, rel=1e-6)

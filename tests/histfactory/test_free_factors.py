"""Free factors, factors of bins and OFF counts beside other modifiers, against pyhf 0.7.6."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import xlogy

from nudipole.errors import InputError, UnknownName
from nudipole.histfactory.imported import imported
from nudipole.histfactory.limit import limit
from nudipole.histfactory.schema import read, validate
from nudipole.inference.methods import Asymptotic
from nudipole.statistics import best_fit, intervals


def factor(name):
    return {"name": name, "type": "normfactor", "data": None}


def modifier(kind, name, data):
    return {"name": name, "type": kind, "data": data}


def workspace(channels, poi="mu", parameters=()):
    return {
        "channels": [
            {"name": name, "samples": [{"name": s, "data": d, "modifiers": m} for s, d, m in samples]}
            for name, (_, samples) in channels.items()
        ],
        "observations": [{"name": name, "data": observed} for name, (observed, _) in channels.items()],
        "measurements": [{"name": "m", "config": {"poi": poi, "parameters": list(parameters)}}],
        "version": "1.0.0",
    }


def control_region(errors, *parameters):
    top = [factor("mu_top")]
    signal = ([31], [("sig", [8.0], [factor("mu")]), ("top", [20.0], top + errors("stSR", [2.0]))])
    control = ([230], [("top", [200.0], top + errors("stCR", [5.0]))])
    return imported(validate(workspace({"SR": signal, "CR": control}, parameters=parameters), "w.json"))


@pytest.mark.parametrize(
    ("errors", "parameters", "upper", "one_sided"),
    [
        (lambda name, data: [modifier("staterror", name, data)], [], 2.3730, 2.0533),
        (lambda name, data: [], [{"name": "mu_top", "bounds": [[-5, 5]], "inits": [1]}], 2.2945, 1.9895),
    ],
    ids=["beside staterror", "with bounds"],
)
def test_a_control_region_measures_a_free_factor(errors, parameters, upper, one_sided):
    model = control_region(errors, *parameters).model
    found = intervals(model, 0.90, ["delta-chi2", "one-sided"])
    assert best_fit(model).poi == pytest.approx(1.0, abs=1e-4)
    assert found["delta-chi2"].upper == pytest.approx(upper, abs=1e-4)
    assert found["one-sided"].upper == pytest.approx(one_sided, abs=1e-4)


NORM = modifier("normsys", "n", {"lo": 0.9, "hi": 1.2})
EVERYTHING = workspace(
    {
        "SR": (
            [31.0, 35.0],
            [
                ("sig", [8.0, 4.0], [factor("mu"), modifier("shapesys", "ss", [0.8, 0.0])]),
                (
                    "top",
                    [20.0, 30.0],
                    [
                        factor("k"),
                        NORM,
                        modifier("staterror", "st", [2.0, 3.0]),
                        modifier("shapesys", "st2", [1.0, 2.0]),
                    ],
                ),
            ],
        ),
        "CR": (
            [230.0, 80.0],
            [
                ("top", [200.0, 90.0], [factor("k"), modifier("shapefactor", "f", None)]),
                ("o", [10.0, 5.0], [NORM, factor("mu")]),
            ],
        ),
    },
    parameters=[{"name": "k", "bounds": [[0.0, 5]], "inits": [1.0]}],
)
#: mu, k, n, f, ss[0] (ss[1] has no error and is 1), st2 and st, and -2 ln L with its constants.
POINTS = [
    ([1.0, 1.0, -0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 49.4393811077814),
    ([1.091, 1.014, -0.1, 0.904, 0.972, 1.066, 1.041, 0.946, 0.9, 0.946], 56.29444392880201),
    ([1.028, 0.849, 0.3, 0.944, 1.131, 1.198, 0.891, 0.8, 0.893, 1.084], 88.65148962767643),
    ([0.773, 0.712, 0.7, 1.197, 1.297, 1.124, 0.7, 0.839, 1.126, 1.297], 128.56709901748295),
]
NAMES = ["mu", "k", "n", "f[0]", "f[1]", "ss[0]", "st2[0]", "st2[1]", "st[0]", "st[1]"]
RELATIVE = {"ss[0]": 0.1, "st2[0]": 0.05, "st2[1]": 2 / 30, "st[0]": 0.1, "st[1]": 0.1}


def eta_of(found, point, relative):
    """Nuisances as the model counts them: free factors from their start, factors of bins in standard deviations."""
    return [
        point[name] - found.starts[name]
        if name in found.starts
        else (point[name] - 1) / relative[name]
        if name in relative
        else point[name]
        for name in found.model.nuisances
    ]


def test_every_modifier_beside_others_has_the_likelihood_of_pyhf():
    found = imported(validate(EVERYTHING, "w"))
    assert set(found.starts) == {"k", "f[0]", "f[1]"}
    points = [(dict(zip(NAMES, values, strict=True)), twice) for values, twice in POINTS]
    offset = [found.model.chi2(point["mu"], eta_of(found, point, RELATIVE)) - twice for point, twice in points]
    assert np.ptp(offset) < 1e-9


def test_another_parameter_of_interest():
    data = json.loads(json.dumps(EVERYTHING))
    found = imported(validate(data, "w"), poi="k")
    point, twice = dict(zip(NAMES, POINTS[1][0], strict=True)), POINTS[1][1] - POINTS[0][1]
    first = dict(zip(NAMES, POINTS[0][0], strict=True))
    ours = [float(found.model.chi2(at["k"], eta_of(found, at, RELATIVE))) for at in (first, point)]
    assert ours[1] - ours[0] == pytest.approx(twice, abs=1e-9)
    assert found.starts.keys() == {"mu", "f[0]", "f[1]"}
    with pytest.raises(UnknownName, match="choose from k, mu"):
        imported(validate(data, "w"), poi="n")
    data["measurements"][0]["config"]["poi"] = ""
    with pytest.raises(InputError, match=r"modifies no sample: choose with --poi from mu, k"):
        imported(validate(data, "w"))


def test_bounds_of_a_shapesys_hold_its_fit():
    """Thirty events over 1 +- 2, whose factor may not exceed 2."""
    samples = [("sig", [10.0], [factor("mu")]), ("b", [1.0], [modifier("shapesys", "sh", [2.0])])]
    bounds = [{"name": "sh", "bounds": [[0.5, 2.0]]}]
    model = imported(validate(workspace({"c": ([30], samples)}, parameters=bounds), "w")).model

    def chi2(mu):
        def of(g):
            n = 10 * mu + g
            return 2 * (n - 30 + xlogy(30, 30 / n)) + 2 * 0.25 * (g - 1 - np.log(g))

        return minimize_scalar(of, bounds=(0.5, 2.0), method="bounded", options={"xatol": 1e-10}).fun

    least = minimize_scalar(chi2, bounds=(1, 5), method="bounded").fun
    upper = brentq(lambda mu: chi2(mu) - least - 2.705543454, 3, 6)
    assert intervals(model, 0.9, ["delta-chi2"])["delta-chi2"].upper == pytest.approx(upper, abs=2e-5)


#: pyhf 0.7.6 (NumPy 2.3.5, iminuit 2.33): -2 ln L where gammas and factors are their start times 1 + step sin(place
#: among the parameters) and pulls 3 step, for steps 0, 0.1, -0.2; CLs 90 % and 95 % (q-tilde, Minuit, root to 1e-5,
#: the third to 1e-4).
PUBLIC = {
    "tutorial_workspace": ([114.24710786371936, 174.91526743370736, 380.32788835277364], (1.01610, 1.04953)),
    "tutorial_workspace_2channel": ([131.91902653529024, 291.0029753523043, 809.3525400954518], (1.03257, 1.06662)),
    "tutorial_workspace_bf": ([131.91902653529024, 318.6461539808305, 922.2155372384697], (0.51629, 0.53332)),
}


def public(shared_data, name):
    folder = shared_data.parent / "cases" / "pyhf"
    if not folder.is_dir():
        pytest.skip("no workspaces of other people")
    return imported(*read(folder / f"{name}.json"))


@pytest.mark.parametrize("name", PUBLIC)
def test_likelihoods_of_public_workspaces(shared_data, name):
    found = public(shared_data, name)
    starts = {"BF_1": 0.5, "BF_2": 0.25}
    data = json.loads((shared_data.parent / "cases" / "pyhf" / f"{name}.json").read_text())
    samples = [(s, m) for c in data["channels"] for s in c["samples"] for m in s["modifiers"]]
    relative = {
        f"{m['name']}[{k}]": m["data"][k] / s["data"][k]
        for s, m in samples
        if m["type"] == "staterror"
        for k in range(15)
        if s["data"][k] > 0
    }
    kinds = {m["name"]: m["type"] for _, m in samples}
    # The order of pyhf: factors, pulls, then factors of bins.
    plain = [n for kind in ("normfactor", "normsys") for n, other in kinds.items() if other == kind]
    of_bins = sorted(name for name, kind in kinds.items() if kind == "staterror")
    places = [*plain, *(f"{name}[{k}]" for name in of_bins for k in range(15))]
    ours = []
    for step in (0.0, 0.1, -0.2):
        point = {
            full: 3 * step if kinds[full.split("[")[0]] == "normsys" else starts.get(full, 1.0) * (1 + step * np.sin(i))
            for i, full in enumerate(places)
        }
        ours.append(float(found.model.chi2(point[found.model.poi_name], eta_of(found, point, relative))))
    assert np.ptp(np.array(ours) - PUBLIC[name][0]) < 1e-6


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", PUBLIC)
def test_cls_of_public_workspaces(shared_data, name):
    found = public(shared_data, name)
    for cl, upper in zip((0.90, 0.95), PUBLIC[name][1], strict=True):
        ends = limit(found.model, name, cl=cl, by=Asymptotic("cls"), bounds=found.bounds, starts=found.starts).ends
        assert ends.upper == pytest.approx(upper, rel=0.005)

"""nudipole export and nudipole import"""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def workspace(nudipole, own, tmp_path):
    """workspace.json of the user's own experiment."""
    result = nudipole("export", "pyhf", own, "-o", "workspace.json")
    assert (result.code, result.out, result.err) == (0, "", "")
    return tmp_path / "workspace.json"


def test_export_to_standard_output(nudipole, own):
    result = nudipole("export", "pyhf", own, "--parameter", "mu_e")
    assert (result.code, result.err) == (0, "")
    data = json.loads(result.out)
    assert data.keys() == {"channels", "observations", "measurements", "version"}
    (measurement,) = data["measurements"]
    assert measurement["name"] == "mu_e^2 in (1e-11 mu_B)^2"
    assert measurement["config"]["poi"] == "mu_e^2"
    (channel,) = data["channels"]
    assert channel["name"] == "my-experiment"
    kinds = {m["name"]: m["type"] for sample in channel["samples"] for m in sample["modifiers"]}
    assert (kinds["mu_e^2"], kinds["flat"]) == ("normfactor", "normsys")
    assert data["observations"] == [{"name": "my-experiment", "data": [18, 16, 33, 92]}]


def test_there_and_back(nudipole, own, workspace):
    """The same limit, in units of (1e-11 mu_B)^2, from the file and through a pipe."""
    moment = json.loads(nudipole("limit", own, "--json", "-").out)
    result = nudipole("import", "pyhf", "workspace.json", "--json", "-")
    assert (result.code, result.err) == (0, "")
    data = json.loads(result.out)
    # Ends of intervals are found to 1e-6.
    for key in ("upper", "expected_upper"):
        assert data[key] == pytest.approx((moment[key] / 1e-11) ** 2, rel=1e-5)
    assert (data["parameter"], data["cl"], data["construction"]) == ("mu_nu^2", 0.9, "unified")
    piped = nudipole("import", "pyhf", "-", "--json", "-", stdin=workspace.read_text())
    assert json.loads(piped.out)["upper"] == data["upper"]


def test_import_for_people(nudipole, workspace):
    result = nudipole("import", "pyhf", "workspace.json", "--cl", "0.95", "--construction", "one-sided")
    first, *rest = result.out.splitlines()
    assert first.startswith("workspace.json: mu_nu^2 < ")
    assert "95% CL (one-sided; median expected" in first
    text = "\n".join(rest)
    for words in ("one-sided*", "unified", "best fit", "pulled", "flat", "chi2 ="):
        assert words in text


@pytest.mark.long
def test_asimov_data(nudipole, own):
    data = json.loads(nudipole("export", "pyhf", own, "--asimov").out)
    assert data["observations"][0]["data"] != [18, 16, 33, 92]
    result = nudipole("import", "pyhf", "-", "--construction", "unified", "--json", "-", stdin=json.dumps(data))
    assert json.loads(result.out)["best_fit"]["chi2"] == pytest.approx(0, abs=1e-8)


def test_notes_go_to_standard_error(nudipole):
    """Reactor fluxes multiply a quenching that bends the signal: neither is in HistFactory."""
    result = nudipole("export", "pyhf", "example-reactor-ge", "--approximate")
    assert result.code == 0
    json.loads(result.out)
    assert result.err.startswith("note: approximate (without reactor flux of fissions times quenching-Ge, ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["xenonnt-2023"], "did you mean 'xenonnt-2022'?"),
        (["xenonnt-2022", "-p", "r2_e"], "r2_e has a sign"),
        (["xenonnt-2022", "-p", "mu_x"], "unknown parameter 'mu_x'"),
        (["xenonnt-2022", "-o", "nowhere/w.json"], "there is no folder nowhere"),
        (["xenonnt-2022", "borexino-2017", "--variant", "a"], "--variant goes with one experiment"),
        (["xenonnt-2022", "xenonnt-2022"], "twice in one combination"),
        (["example-reactor-ge"], "--approximate"),
        (["bnl-e734"], "Gaussian errors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_export_refuses(fails, arguments, words):
    assert words in fails("export", "pyhf", *arguments)


@pytest.mark.long
@pytest.mark.slow
def test_import_by_enumeration_and_by_toys(nudipole, tmp_path):
    """No event over 3: CLs has exp(-mu) = 0.1; over 150, measured to 10 %, toys are drawn."""
    (tmp_path / "few.json").write_text(json.dumps(one_bin(0, 1.0, 3.0)))
    result = nudipole("import", "pyhf", "few.json", "--method", "cls")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("few.json: mu < 2.30")
    for words in ("(cls, one-sided; median expected", "cls*", "exact       every outcome enumerated", "few counts  "):
        assert words in result.out
    many = json.dumps(one_bin(150, 10.0, 150.0, {"type": "normsys", "data": {"lo": 0.9, "hi": 1.1}}))
    options = ("-m", "feldman-cousins", "--toys", "500", "--precision", "0.05", "--seed", "7")
    result = nudipole("import", "pyhf", "-", *options, "--json", "many.json", stdin=many)
    assert (result.code, result.err) == (0, "")
    data = json.loads((tmp_path / "many.json").read_text())
    assert (data["method"], data["few_counts"]) == ("feldman-cousins", None)
    assert data["upper"] == pytest.approx(data["constructions"]["unified"]["upper"], rel=0.1)
    if data["monte_carlo"]["exact"]:
        assert "every outcome enumerated" in result.out
    else:
        assert f"toys        {data['monte_carlo']['toys']} (seed 7)" in result.out


def one_bin(observed, signal, background, *modifiers):
    samples = [
        {"name": "s", "data": [signal], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
        {"name": "b", "data": [background], "modifiers": [{"name": "b", **modifier} for modifier in modifiers]},
    ]
    return {
        "channels": [{"name": "c", "samples": samples}],
        "observations": [{"name": "c", "data": [observed]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.json"], "nothing.json: No such file"),
        (["."], ".: Is a directory"),
        (["workspace.json", "--cl", "95"], "--cl 95"),
        (["workspace.json", "--measurement", "none"], "unknown measurement 'none'"),
        (["workspace.json", "--construction", "both"], "unknown construction 'both'"),
        (["workspace.json", "--method", "fc"], "unknown method 'fc'"),
        (["workspace.json", "--method", "bayesian"], "choose from asymptotic, cls, feldman-cousins"),
        (["workspace.json", "--toys", "100"], "--toys says nothing about --method asymptotic"),
        (["workspace.json", "-m", "cls", "--construction", "cls"], "--construction says nothing about --method cls"),
        (["workspace.json", "-m", "cls", "--seed", "-1"], "--seed"),
        (["workspace.json", "-m", "cls", "--precision", "0"], "precision = 0"),
        (["my_experiment.yaml"], "not JSON"),
        (["workspace.json", "--json", "nowhere/l.json"], "there is no folder nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_import_refuses(fails, workspace, arguments, words):
    assert words in fails("import", "pyhf", *arguments)


def test_import_of_something_else(fails, workspace):
    data = json.loads(workspace.read_text())
    del data["measurements"]
    assert "measurements: is required" in fails("import", "pyhf", "-", stdin=json.dumps(data))
    assert "not a workspace" in fails("import", "pyhf", "-", stdin="[]")


@pytest.mark.parametrize("command", [("export",), ("import",), ("export", "pyhf"), ("import", "pyhf")])
def test_help(nudipole, command):
    result = nudipole(*command, "-h")
    assert result.code == 0
    assert result.out.startswith("Usage: ")
    assert f"nudipole {' '.join(command)} [OPTIONS]" in result.out

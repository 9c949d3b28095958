"""models, predict, convert, plot correlation; neutrinos of files in other commands."""

from __future__ import annotations

import json
import time

import pytest

from nudipole.cli import shared


def test_models(nudipole):
    started = time.process_time()
    result = nudipole("models")
    assert time.process_time() - started < 0.5
    assert result.code == 0
    assert "su2h" in result.out
    assert "m_h = 150 GeV" in result.out
    shown = nudipole("models", "show", "su2h").out
    for word in ("lagrangian", "formula", "validity", "neglects", "Babu:2021jnu", "can be limited", "16 as it follows"):
        assert word in shown
    assert {one["name"] for one in json.loads(nudipole("models", "--json").out)["models"]} >= {"su2h", "sm-dirac"}
    assert json.loads(nudipole("models", "show", "rpv", "--json").out)["kind"] == "estimate"


def test_predict(nudipole):
    result = nudipole("predict", "su2h", "--set", "f=0.014", "--set", "f_prime=1")
    assert result.code == 0
    for word in ("flavour basis", "mass basis", "9.944e-12", "solar-7Be", "delta a_mu   130.2e-11", "gamma", "doubt"):
        assert word in result.out
    data = json.loads(nudipole("predict", "su2h", "-s", "m_h=0.2 TeV", "--json", "-").out)
    assert data["schema"] == "nudipole-prediction/1"
    assert data["parameters"]["m_h"] == {"value": 200.0, "unit": "GeV"}
    assert data["lambda"]["flavour"]["real"][0][1] == pytest.approx(-data["lambda"]["flavour"]["real"][1][0], rel=1e-12)


def test_sweep(nudipole, tmp_path):
    result = nudipole(
        "predict", "su2h", "--set", "f=0.014", "--vary", "m_h=100..1000GeV", "--csv", "s.csv", "--points", 5
    )
    assert result.code == 0
    assert (tmp_path / "su2h-m_h.png").stat().st_size > 5000
    rows = (tmp_path / "s.csv").read_text().splitlines()
    assert rows[0].startswith("m_h [GeV],mu_eff reactor [mu_B]")
    assert len(rows) == 6
    data = json.loads(nudipole("predict", "rpv", "--vary", "M=100,1000 GeV", "--json", "-").out)
    first, last = data["columns"]["plasmon"]["values"]
    assert first == pytest.approx(1e4 * last, rel=1e-9, abs=0)


def test_convert(nudipole):
    result = nudipole("convert", "6.4e-12", "--beam", "xenonnt-2022")
    assert result.code == 0
    for word in ("|mu_e|", "|mu_33|", "|mu_12|", "|Lambda_1|", "quadratic form", "one at a time", "not to be compared"):
        assert word in result.out
    data = json.loads(nudipole("convert", "2.9e-11 mu_B", "--beam", "reactor", "--json", "-").out)
    assert {row["symbol"]: row["limit"] for row in data["limits"]}["mu_mu"] is None  # no nu_mu, no limit
    assert "none" in nudipole("convert", "2.9e-11", "--beam", "reactor").out


def test_correlation(nudipole, tmp_path):
    result = nudipole("plot", "correlation", "--json", "c.json")
    assert result.code == 0
    assert (tmp_path / "su2h-correlation.png").stat().st_size > 5000
    data = json.loads((tmp_path / "c.json").read_text())
    assert [band["year"] for band in data["bands"]] == [2021, 2025]
    assert data["bands"][0]["value"] == pytest.approx(251e-11, rel=1e-3, abs=0)
    assert {one["kind"] for one in data["limits"]} == {"laboratory", "stars"}
    cloud = ("--cloud", "--vary", "f=0.001..0.1", "--vary", "m_R=70..200GeV", "--points", 50, "--no-plot")
    assert "50 points drawn f, m_R" in nudipole("plot", "correlation", *cloud).out


NEUTRINO = """\
nature: majorana
basis: mass
Lambda: {"1": 3e-11 mu_B, "2": {modulus: 1e-11 mu_B, phase: 60 deg}}
m_lightest: 0.05 eV
"""


def test_neutrino_of_a_file(nudipole, tmp_path):
    (tmp_path / "nu.yaml").write_text(NEUTRINO)
    shown = nudipole("predict", "nu.yaml", "--beam", "xenonnt-2022")
    assert "solar, xenonnt-2022" in shown.out
    assert "3.16e-11  plasmon decay" in shown.out
    assert nudipole("predict", "-", stdin=NEUTRINO).out == nudipole("predict", "nu.yaml").out.replace(
        "nu\n", "neutrino\n", 1
    )
    limit = nudipole("limit", "xenonnt-2022", "-p", "nu.yaml")
    assert limit.out.startswith("xenonnt-2022: strength < 0.352 at 90% CL")
    assert (tmp_path / "xenonnt-2022-nu.png").exists()
    assert nudipole("spectrum", "xenonnt-2022", "--neutrino", "nu.yaml", "--no-plot").code == 0
    (tmp_path / "model.yaml").write_text("model: su2h\nparameters: {f: 0.02, m_h: 200 GeV}\n")
    assert "m_h = 200 GeV" in nudipole("predict", "model.yaml").out
    assert "m_h = 250 GeV" in nudipole("predict", "model.yaml", "--set", "m_h=250GeV").out


def test_schema(nudipole):
    from nudipole.experiments.schema.neutrino import json_schema

    assert json.loads(nudipole("schema", "neutrino").out) == json_schema()


BAD = [
    ("nature: majorana\nbasis: mass\nlambda: {'11': 1e-11 mu_B}\n", "a Majorana neutrino is its own antiparticle"),
    ("nature: dirac\nbasis: mass\nmu: [[0, 1e-11 mu_B, 0], [0, 0, 0], [0, 0, 0]]\n", "mu must be Hermitian"),
    ("model: su2j\n", "unknown model 'su2j': did you mean 'su2h'"),
    ("model: su2h\nparameters: {g: 1}\n", "unknown parameter of su2h 'g'"),
    ("model: su2h\nparameters: {m_h: 150}\n", "a unit is missing, GeV or TeV"),
    ("model: su2h\nparameters: {m_h: 0 GeV}\n", "must be more than 0 GeV"),
    ("model: su2h\nnature: dirac\n", "a model has all matrices"),
    ("nature: dirac\nbasis: mass\nmu: {'11': 1e-11}\n", "a unit is missing"),
    ("nature: dirac\nbasis: mass\nmu: {11: 1e-11 mu_B}\n", "must be a word"),
    ("nature: dirac\nbasis: mass\nmu: {emu: 1e-11 mu_B}\n", "no place of the mass basis"),
    ("nature: dirac\nbasis: mass\nLambda: [0, 0, 0]\n", "Lambda belongs to Majorana neutrinos"),
    ("nature: majorana\nbasis: flavour\nmu: {emu: 1e-11j mu_B}\n", "apart in the mass basis alone"),
    ("nature: majorana\nbasis: mass\nmu: {'12': 1e-11j mu_B}\nLambda: [0, 0, 0]\n", "are the same moments"),
    ("nature: dirac\nmu: {'11': 1e-11 mu_B}\n", "write basis"),
    ("natur: dirac\n", "did you mean 'nature'"),
    ("- 1\n", "a neutrino is a mapping"),
    ("", "is empty"),
    ("nature: dirac\nbasis: mass\nmu: [1, 2]\n", "three rows of three numbers"),
    ("nature: dirac\nbasis: mass\nmu: {'11': 1e400 mu_B}\n", "not a number to compute with"),
    ("nature: dirac\nbasis: mass\nmu: {'11': {modulus: 1e-11 mu_B, phase: 60}}\n", "a phase with its unit"),
    ("nature: dirac\nbasis: mass\noscillation: nufit-9\n", "nufit-9"),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[words[:30] for _, words in BAD])
def test_bad_neutrino(fails, tmp_path, text, words):
    (tmp_path / "nu.yaml").write_text(text)
    assert words in fails("predict", "nu.yaml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("models", "show", "su2"), "did you mean 'su2h'"),
        (("predict", "su2"), "did you mean 'su2h'"),
        (("predict", "no.yaml"), "no such file"),
        (("predict", "su2h", "--set", "m_h=150"), "a unit is missing, GeV or TeV"),
        (("predict", "su2h", "--set", "m_h"), "write NAME=VALUE"),
        (("predict", "su2h", "--set", "f=1", "--set", "f=2"), "given twice"),
        (("predict", "su2h", "--set", "m_h=0GeV"), "more than 0 GeV"),
        (("predict", "su2h", "--set", "fprim=1"), "did you mean 'f_prime'"),
        (("predict", "su2h", "--set", "n=12"), "choose from 16, 8"),
        (("predict", "su2h", "--vary", "m_h=100..1000"), "a unit is missing"),
        (("predict", "su2h", "--vary", "m_x=100..1000GeV"), "unknown parameter of su2h 'm_x'"),
        (("predict", "su2h", "--vary", "m_h"), "LOW..HIGH UNIT, such as"),
        (("predict", "su2h", "--csv", "x.csv"), "write --vary"),
        (("predict", "su2h", "--beam", "xenonn"), "did you mean"),
        (("predict", "su2h", "--oscillation", "nufit"), "unknown set of oscillation parameters"),
        (("predict", "su2h", "--m-lightest", "0.1"), "--m-lightest"),
        (("convert", "6.4e-12", "--beam", "sun"), "unknown beam 'sun'"),
        (("convert", "--", "-1e-11"), "must be"),
        (("convert", "much"), "MU_EFF"),
        (("convert", "6.4e-12 keV"), "MU_EFF"),
        (("plot", "correlation", "sm-dirac"), "says nothing about the muon's anomaly: models that do are su2h"),
        (("plot", "correlation", "--vary", "f=0..1", "--vary", "f_prime=0..1"), "several make a cloud"),
        (("plot", "correlation", "--limit", "nobody-1999"), "nobody-1999"),
        (("schema", "neutrin"), "did you mean 'neutrino'"),
        (("limit", "xenonnt-2022", "-p", "su2h.m_h"), "scan it"),
        (("limit", "xenonnt-2022", "-p", "su2h.q"), "unknown parameter of su2h 'q'"),
        (("spectrum", "xenonnt-2022", "--set", "su2h.m_h=150s"), "su2h.m_h"),
    ],
)
def test_bad_words(fails, arguments, words):
    assert words in fails(*arguments)


def test_completion():
    assert "su2h" in shared.model_names("su")
    assert shared.beam_names("solar-7") == ["solar-7Be"]
    assert "su2h.f" in shared.parameter_names("su2h")
    assert "su2h.m_h" not in shared.parameter_names("su2h")


def test_the_lightest_mass_by_either_option(nudipole, fails):
    """A model's own parameter and the option of decays are one number."""
    by_set = nudipole("predict", "sm-majorana", "--set", "m_lightest=0.01eV", "--set", "a21=60deg")
    by_option = nudipole("predict", "sm-majorana", "--m-lightest", "0.01eV", "--set", "a21=60deg")
    assert (by_set.code, by_set.err, by_set.out) == (0, "", by_option.out)
    assert "masses 0.01000, " in by_set.out
    assert "write one of them" in fails("predict", "sm-majorana", "--set", "m_lightest=1eV", "--m-lightest", "1eV")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "su2h", "--vary", "m_h=100..200GeV", "--vary", "f=0..1"), "--vary is given 2 times"),
        (("predict", "su2h", "--vary", "m_h=100..200GeV", "--set", "m_h=100GeV"), "m_h is varied and held at once"),
        (("predict", "su2h", "--points", 7), "write --vary NAME=RANGE, too"),
        (("predict", "su2h", "--vary", "m_h"), "write m_h=LOW..HIGH UNIT"),
        (("plot", "correlation", "--set", "f_prime=1"), "f_prime is varied and held at once"),
        (("plot", "correlation", "--points", 5000), "write a number from 2 to 200"),
        (
            ("predict", "naturalness-dirac-rge", "--set", "Lambda=100GeV"),
            "Lambda = 100 GeV must be more than 246.22 GeV",
        ),
        (("convert", "1e-11cm^2", "--beam", "reactor"), "MU_EFF '1e-11cm^2'"),
    ],
)
def test_nothing_asked_is_passed_over(fails, arguments, message):
    assert message in fails(*arguments)

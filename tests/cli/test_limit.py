"""nudipole limit"""

from __future__ import annotations

import json
import re

import pytest

import nudipole as nd


def test_limit(nudipole, tmp_path):
    result = nudipole("limit", "xenonnt-2022")
    assert (result.code, result.err) == (0, "")
    first, *rest = result.out.splitlines()
    assert first.startswith("xenonnt-2022: mu_nu < 6.8")
    text = "\n".join(rest)
    for word in (
        "unified*",
        "delta-chi2",
        "one-sided",
        "expected",
        "chi2 = 22.9 / 27",
        "p = 0.69",
        "rho_ee",
        "6.4e-12",
    ):
        assert word in text
    picture = tmp_path / "xenonnt-2022-mu_nu.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert text.endswith("picture: xenonnt-2022-mu_nu.png")


def test_own_experiment_at_another_level(nudipole, own, tmp_path):
    result = nudipole("limit", "my_experiment.yaml", "--cl", "0.95", "--json", "-")
    assert (result.code, result.err) == (0, "")
    data = json.loads(result.out)
    assert (data["experiment"], data["cl"]) == ("my-experiment", 0.95)
    assert data["upper"] == pytest.approx(nd.limit(nd.load(own), cl=0.95).upper, rel=1e-6)  # two fits
    assert data["published"] == []
    assert not list(tmp_path.glob("*.png"))


def test_standard_input(nudipole, own):
    result = nudipole("spectrum", "-", "--no-plot", stdin=own.read_text())
    assert result.code == 0
    assert result.out.startswith("my-experiment: a xenon detector")


def test_variant_and_files(nudipole, own, tmp_path):
    arguments = ("--variant", "projection", "--json", "a.json", "--csv", "a.csv", "-o", "a.pdf", "-p", "mu_e")
    result = nudipole("limit", own, *arguments, "--construction", "one-sided")
    assert result.code == 0
    data = json.loads((tmp_path / "a.json").read_text())
    assert (data["variant"], data["parameter"], data["construction"]) == ("projection", "mu_e", "one-sided")
    assert data["upper"] == pytest.approx(data["expected_upper"], rel=1e-3)
    assert (tmp_path / "a.csv").read_text().startswith("mu_e^2 [mu_B^2],delta_chi2 [1]\n")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert {path.name for path in tmp_path.iterdir()} == {
        "a.json", "a.csv", "a.pdf", "my_experiment.yaml", "data.csv", "efficiency.csv",
    }  # fmt: skip


def test_csv_alone_on_standard_output(nudipole, own):
    result = nudipole("limit", own, "--csv", "-")
    assert result.out.startswith("mu_nu^2 [mu_B^2],delta_chi2 [1]\n")
    assert all(line.count(",") == 1 for line in result.out.splitlines())


def test_feldman_cousins(nudipole, own, tmp_path):
    arguments = ("--method", "feldman-cousins", "--toys", 1000, "--precision", 0.05, "--seed", 3)
    result = nudipole("limit", own, *arguments, "--json", "fc.json")
    assert (result.code, result.err) == (0, "")
    assert "(feldman-cousins, two-sided; median expected" in result.out
    assert "feldman-cousins*" in result.out
    assert "(seed 3)" in result.out
    data = json.loads((tmp_path / "fc.json").read_text())
    assert (data["method"], data["construction"]) == ("feldman-cousins", "feldman-cousins")
    assert data["upper"] == pytest.approx(data["constructions"]["unified"]["upper"], rel=0.15)
    found = data["monte_carlo"]
    assert list(found["band"]) == ["-2", "-1", "0", "+1", "+2"]
    assert 0 < found["upper_error"] < 0.1 * data["upper"]
    assert found["toys"] >= 1000
    assert found["exact"] is False


def test_the_description_of_the_atom_is_named(nudipole, own):
    result = nudipole("limit", own, "--no-plot")
    assert "electrons   stepping (bound electrons counted above their edges)" in result.out
    assert "below the K edge of Xe (34.6 keV): the number depends on this choice (--spread shows others)" in result.out
    assert "atomic model" not in result.out


def test_spread(nudipole, own, tmp_path):
    result = nudipole("limit", own, "--spread", "--no-plot", "--json", "s.json")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("atomic model"))
    assert [line.split()[0] for line in lines[start + 1 : start + 4]] == ["stepping*", "free-electrons", "rrpa"]
    assert "left out    equivalent-photons: stand for" in result.out
    assert "of the upper end (unified, asymptotic intervals)" in result.out
    data = json.loads((tmp_path / "s.json").read_text())
    found = data["atomic"]["spread"]["descriptions"]
    assert found["stepping"]["upper"] == pytest.approx(data["upper"], rel=1e-6)
    assert found["free-electrons"]["upper"] < data["upper"]
    assert f"{100 * found['free-electrons']['change_upper']:+.1f} %" in result.out


def test_atomic_nuisance(nudipole, fails, own):
    plain, varied = (
        json.loads(nudipole("limit", own, "--json", "-", *options).out)
        for options in ((), ("--atomic-nuisance", "free-electrons"))
    )
    assert varied["upper"] > plain["upper"]
    assert "atomic" in varied["best_fit"]["nuisances"]
    assert "choose from free-electrons, rrpa" in fails("limit", own, "--atomic-nuisance", "stepping")
    assert "did you mean 'free-electrons'" in fails("limit", own, "--atomic-nuisance", "free-electron")


@pytest.mark.parametrize(
    ("options", "about"),
    [
        (("-m", "feldman-cousins", "--construction", "one-sided"), "--construction .* about asymptotic"),
        (("-m", "bayesian", "--construction", "unified"), "--construction .* about asymptotic"),
        (("-m", "cls", "--prior", "log"), "--prior .* about bayesian"),
        (("--toys", "100"), "--toys .* about feldman-cousins or cls"),
        (("--seed", "3"), "--seed .* about feldman-cousins, cls or bayesian"),
        (("-m", "bayesian", "--precision", "0.1"), "--precision"),
        (("-m", "bayesian", "--power-constrained"), "--power-constrained"),
        (("--draws", "200"), "--draws .* about bayesian"),
    ],
)
def test_no_option_is_ignored(fails, own, options, about):
    assert re.search(about, fails("limit", "my_experiment.yaml", *options))


def test_power_constrained(nudipole, own):
    result = nudipole(
        "limit", "xenonnt-2022", "--construction", "one-sided-boundary", "--power-constrained", "--no-plot"
    )
    assert (result.code, result.err) == (0, "")
    assert "power-constrained" in result.out.splitlines()[0]
    assert "raised to the -1 sigma edge of expectation, from 2.24e-12 of the data" in result.out.splitlines()[0]


def test_wrong_toys(fails, own):
    assert "unknown method 'fc'" in fails("limit", own, "--method", "fc")
    assert "precision = 0" in fails("limit", own, "--method", "cls", "--precision", 0)


def test_bayesian(nudipole, own, tmp_path):
    result = nudipole("limit", own, "--method", "bayesian", "--draws", 400, "--json", "b.json")
    assert (result.code, result.err) == (0, "")
    assert "% credibility (bayesian, one-sided; median expected" in result.out
    assert "flat in mu_nu^2" in result.out
    assert "R-hat" in result.out
    data = json.loads((tmp_path / "b.json").read_text())
    assert (data["method"], data["construction"], data["credible"]["prior"]) == (
        "bayesian",
        "bayesian",
        "flat in mu_nu^2",
    )
    assert data["upper"] == pytest.approx(data["constructions"]["unified"]["upper"], rel=0.4)
    assert (tmp_path / "my-experiment-mu_nu.png").read_bytes().startswith(b"\x89PNG")


def test_wrong_priors(fails, own):
    assert "unknown prior 'jeffreys'" in fails("limit", own, "-m", "bayesian", "--prior", "jeffreys")
    assert "needs a lower cut" in fails("limit", own, "-m", "bayesian", "--prior", "log")
    assert "mu_B" in fails("limit", own, "-m", "bayesian", "--prior", "log", "--prior-cut", "1e-13 cm")

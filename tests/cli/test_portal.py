"""nudipole portal, and the heavy lepton of limit and spectrum, as typed."""

import json

import pytest


def test_decay(nudipole):
    code, out, _ = nudipole("portal", "decay", "--mass", "100MeV", "--d", "1e-6/GeV", "--energy", "500MeV")
    assert code == 0
    assert "7.957747e-17    8.271335e-09        12.14792" in out
    assert "mu = 2 d" in out
    code, out, _ = nudipole(
        "portal", "decay", "--mass", "1MeV", "--d", "1e-6/GeV", "--nature", "majorana", "--json", "-"
    )
    data = json.loads(out)
    assert data["schema"] == "nudipole-portal-decay/1"
    assert list(data["width"]) == ["majorana"]


def test_plot_portal(nudipole, tmp_path):
    picture = tmp_path / "portal.png"
    code, out, _ = nudipole("plot", "portal", "--flavour", "tau", "--plot", str(picture))
    assert code == 0
    assert picture.stat().st_size > 1000
    assert "fernandez-martinez-2023-d-tau-donut (90% CL): d < 5.78e-05 1/GeV" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("portal", "decay", "--mass", "1MeV", "--d", "1e-6"), "a unit is missing: write 1e-6/GeV"),
        (("portal", "decay", "--mass", "1MeV", "--d", "1e-6/GeV", "--nature", "weyl"), "unknown nature"),
        (("portal", "decay", "--mass", "-1MeV", "--d", "1e-6/GeV"), "mass = -1 MeV"),
        (("portal", "decay", "--mass", "1MeV", "--d", "1e-6/GeV", "--energy", "500keV"), "must be more than 1 MeV"),
        (("portal", "xenonnt-2022", "--masses", "60MeV..1keV"), "the first must be the lower one"),
        (("portal", "xenonnt-2022", "--flavour", "x"), "unknown flavour of the dipole 'x'"),
        (("portal", "xenonnt-2022", "--fit", "xenonnt-2022"), "--fit EXPERIMENT for a fit"),
        (("portal", "--flavour", "tau"), "--fit EXPERIMENT for a fit"),
        (("portal", "xenonnt-2022", "--inside", "1"), "a unit is missing"),
        (("portal", "xenonnt-2022", "--nature", "dirac"), "no effect without --inside LENGTH"),
        (("portal", "--fit", "xenonnt-2022", "--inside", "1m"), "--inside is of exclusions"),
        (("portal", "xenonnt-2022", "--toys", "100"), "--toys has no effect on exclusions"),
        (("portal", "--fit", "xenonnt-2022", "--seed", "2"), "--seed has no effect without --toys"),
        (("portal", "xenonnt-2022", "--masses", "1keV,2keV", "--points", "5"), "--points has no effect on a list"),
        (("limit", "xenonnt-2022", "--heavy-mass", "-1keV"), "--heavy-mass '-1keV': must be more than 0"),
        (("limit", "xenonnt-2022", "-p", "d_tau"), "name the mass of the heavy lepton"),
        (("spectrum", "xenonnt-2022", "--set", "d_tau=3e-7", "--heavy-mass", "640keV"), "a unit is missing"),
        (("spectrum", "xenonnt-2022", "--set", "mu_nu=2e-11", "--heavy-mass", "640keV"), "no effect without a dipole"),
        (("spectrum", "xenonnt-2022", "--set", "d_tau=3e-7/GeV", "--heavy-mass", "30MeV"), "at most 3.9 MeV"),
    ],
)
def test_mistakes_are_one_line(nudipole, words, message):
    code, _, error = nudipole(*words)
    assert code == 2
    assert message in error
    assert error.count("\n") == 1


def test_spectrum_names_both_units(nudipole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("spectrum", "xenonnt-2022", "--set", "d_tau=3.26e-7/GeV", "--heavy-mass", "640keV", "--no-plot")
    code, out, _ = nudipole(*words)
    assert code == 0
    assert "d_tau = 3.26e-07 1/GeV, mu_tau = 2 d_tau = 2.20e-09 mu_B; heavy lepton of 0.64 MeV" in out


def test_exclusion(nudipole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = nudipole("portal", "xenonnt-2022", "--masses", "100keV,640keV", "--flavour", "tau", "--csv", "x.csv")
    assert code == 0
    assert "xenonnt-2022: d <" in out
    assert (tmp_path / "xenonnt-2022-portal-tau.png").exists()
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 3


def test_a_mass_without_effect_is_refused(fails):
    message = fails("limit", "xenonnt-2022", "-p", "mu_e", "--heavy-mass", "640keV")
    assert "--heavy-mass has no effect on mu_e: it is of -p d_e" in message

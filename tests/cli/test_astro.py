"""nudipole astro: the invocations of its help, JSON, files, and one line for what is wrong."""

from __future__ import annotations

import json

import pytest

DIRAC = "nature: dirac\nbasis: flavour\nmu: {e: 3e-12 mu_B}\n"
MAJORANA = "nature: majorana\nbasis: mass\nLambda: {'1': 3e-12 mu_B}\n"


def data(result):
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


def test_all_bounds(nudipole, tmp_path):
    result = nudipole("astro")
    assert (result.code, result.err) == (0, "")
    for words in (
        "NGC 4258: mu_nu < 1.53e-12 mu_B (95% CL, one-sided)",
        "no bound: plasmons do not decay",
        "2.07e-12 ..",
    ):
        assert words in result.out
    assert (tmp_path / "astro.png").stat().st_size > 20_000
    (tmp_path / "nu.yaml").write_text(MAJORANA)
    shown = nudipole("astro", "--neutrino", "nu.yaml", "--no-plot").out
    assert "the given neutrino is excluded" in shown
    assert "left out: SN1987A, N_eff" in shown
    found = data(nudipole("astro", "--json", "-"))
    assert found["schema"] == "nudipole-astro-bounds/1"
    assert found["bounds"]["supernova"]["result"]["kind"] == "window"
    assert found["bounds"]["trapping"]["result"]["value"] is None


def test_plasmon_at_a_point(nudipole, tmp_path):
    point = ("astro", "plasmon", "--temperature", "1e8K", "--density", "1e6g/cm3")
    result = nudipole(*point, "--Ye", "0.5", "--mu", "1e-12", "--charge", "1e-14", "--r2-e", "1e-32cm2")
    assert (result.code, result.err) == (0, "")
    for words in (
        "17.9774 keV",
        "30.258",
        "2.9423",
        "2.0546",
        "1.5101",
        "29.229",
        "axial part",
        "error of the quadrature",
    ):
        assert words in result.out
    name = "astro-plasmon-temperature-1e8K-density-1e6g-cm3-Ye-0.5-mu-1e-12-charge-1e-14-r2-e-1e-32cm2.png"
    assert (tmp_path / name).stat().st_size > 20_000
    found = data(nudipole(*point, "--mu", "1e-12", "--json", "-"))
    assert found["columns"]["eps dipole"] == {"unit": "erg/(g s)", "values": pytest.approx(2.94232, rel=1e-5)}
    assert found["columns"]["dln_eps/dln_T"]["unit"] == "1"
    assert found["validity"]
    assert found["neutrino"]["mu2"] == {"value": pytest.approx(1e-24), "unit": "mu_B^2"}
    model = data(nudipole(*point, "--neutrino", "su2h", "--set", "f=0.014", "--json", "-"))
    assert model["neutrino"]["mu2"]["value"] > 0


def test_plasmon_on_a_grid(nudipole, tmp_path):
    import xarray

    grid = ("astro", "plasmon", "--grid", "T=1e7..1e10K", "--grid", "rho=1e2..1e10g/cm3", "--points", 6)
    result = nudipole(*grid, "-o", "emissivity.zarr", "--mu", "1e-12")
    assert (result.code, result.err) == (0, "")
    assert "6 x 6 points" in result.out
    opened = xarray.open_zarr(tmp_path / "emissivity.zarr")
    assert opened["eps dipole"].shape == (6, 6)
    assert opened["eps dipole"].attrs["units"] == "erg/(g s)"
    assert nudipole(*grid, "-o", "emissivity.csv", "--no-plot").code == 0
    rows = (tmp_path / "emissivity.csv").read_text().splitlines()
    assert rows[0].startswith("T [K],rho [g/cm^3]")
    assert len(rows) == 37
    listed = nudipole("astro", "plasmon", "--grid", "T=1e7K,1e8K", "--density", "1e5g/cm3", "-o", "-")
    assert len(listed.out.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("red-giants",), "mu_nu < 1.53e-12 mu_B (95% CL, one-sided)"),
        (("red-giants", "--calibration", "omega-cen", "--theory", "M_I=-4.03,sigma=0.06"), "mu_nu < 8.66e-13"),
        (("red-giants", "--theory", "capozzi-like", "--cl", "0.95", "--sides", "two"), "k                   1.95996"),
        (("red-giants", "--calibration", "lmc-y19", "--theory", "mesa"), "no solution: theory is"),
        (("white-dwarfs",), "period drift of PG 1351+489 (estimate): mu_nu < 7.68e-12 mu_B"),
        (
            ("supernova", "--temperature", "30MeV", "--density", "3e14g/cm3", "--Yp", "0.3", "--mu-nue", "160MeV"),
            "mu_nu 2.07e-12 .. 6.14e-09 mu_B excluded",
        ),
        (("supernova", "--criterion", "rate"), "mu_nu 7.35e-13 .."),
        (("n-eff", "--allowed", "0.2", "--T-reheating", "100GeV"), "mu_nu < 3.07e-12 mu_B"),
        (("n-eff", "--T-reheating", "100MeV"), "T_RH below the QCD transition"),
        (("decay",), "mu_nu < 1.23e-08 mu_B"),
        (("decay", "--by", "solar", "--mass", "0.1eV"), "useless"),
        (("cherenkov",), "1.55808e-27 1/m"),
        (("trapping",), "coupling that blocks    9.32811e-12 eV^-2"),
        (("trapping", "--coupling", "1e-11eV^-2"), "no bound: plasmons do not decay"),
        (("stars", "globular-clusters", "--of", "charge"), "q_nu < 1.67e-14 e"),
    ],
)
def test_every_command(nudipole, tmp_path, arguments, words):
    result = nudipole("astro", *arguments, "--plot", "picture.png")
    assert (result.code, result.err) == (0, "")
    assert words in result.out
    assert "doubt" in result.out
    assert "assumes" in result.out
    assert (tmp_path / "picture.png").stat().st_size > 10_000
    found = data(nudipole("astro", *arguments, "--json", "-"))
    assert found["schema"] == "nudipole-astro-bound/1"
    assert found["assumptions"]
    assert found["doubts"]


@pytest.mark.parametrize(
    "command", ["red-giants", "white-dwarfs", "supernova", "n-eff", "decay", "cherenkov", "trapping"]
)
def test_a_neutrino_is_judged(nudipole, tmp_path, command):
    (tmp_path / "nu.yaml").write_text(DIRAC)
    found = data(nudipole("astro", command, "--neutrino", "nu.yaml", "--json", "-"))
    assert set(found["neutrino"]) == {"moment", "strength", "verdict", "within_doubt"}


@pytest.mark.parametrize("command", ["supernova", "n-eff", "cherenkov"])
def test_majorana_neutrinos_are_refused_where_they_have_no_bound(fails, tmp_path, command):
    (tmp_path / "nu.yaml").write_text(MAJORANA)
    message = fails("astro", command, "--neutrino", "nu.yaml")
    assert "needs Dirac neutrinos: the flip of a Majorana neutrino makes an antineutrino" in message


POINT = ("astro", "plasmon", "--temperature", "1e8K", "--density", "1e6g/cm3")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("astro", "plasmon", "--temperature=-1e8K", "--density", "1e6g/cm3"),
            "--temperature '-1e8K': must be more than 0 K",
        ),
        (("astro", "plasmon", "--temperature", "0K", "--density", "1e6g/cm3"), "must be more than 0 K"),
        (("astro", "plasmon", "--temperature", "1e8", "--density", "1e6g/cm3"), "a unit is missing"),
        (("astro", "plasmon", "--temperature", "1e8K", "--density", "1e6kg"), "--density '1e6kg': has the wrong unit"),
        (("astro", "plasmon", "--temperature", "1e8K"), "--density is missing: write --density 1e6g/cm3"),
        (
            ("astro", "supernova", "--criterion", "rate", "--luminosity", "1e53erg/s"),
            "--luminosity '1e53erg/s': has no effect on the criterion of rate",
        ),
        (("astro", "decay", "--by", "age", "--lifetime", "1e19s"), "--lifetime '1e19s': stands for that of age"),
        ((*POINT, "--Ye", "1.2"), "--Ye '1.2': must lie between 0 and 1"),
        ((*POINT, "--mu=-1e-12"), "--mu '-1e-12': must be at least 0 mu_B"),
        ((*POINT, "--r2-e", "1e-32"), "--r2-e '1e-32': a unit is missing"),
        ((*POINT, "--mu", "1e-12", "--neutrino", "su2h"), "give either"),
        ((*POINT, "--grid", "T=1e7..1e8K"), "--temperature is given twice"),
        ((*POINT, "-o", "x.csv"), "--output is of a grid"),
        (("astro", "plasmon", "--grid", "P=1..2K"), "unknown axis of a grid 'P'"),
        (("astro", "plasmon", "--grid", "T=1e8..1e7K", "--density", "1g/cm3"), "must be the lower one"),
        (("astro", "plasmon", "--grid", "T"), "write NAME=LOW..HIGH"),
        (("astro", "plasmon", "--grid", "T=1e7..1e8K", "--density", "1g/cm3", "-o", "x.txt"), ".zarr or .csv"),
        (("astro", "plasmon", "--grid", "T=1e7..1e8K", "--density", "1g/cm3", "--points", 1), "write 2 or more"),
        (("astro", "red-giants", "--calibration", "m31"), "unknown calibration 'm31'"),
        (("astro", "red-giants", "--theory", "M_I=-4"), "write M_I=MAGNITUDE,sigma=ERROR"),
        (("astro", "red-giants", "--sides", "three"), "unknown sides 'three'"),
        (("astro", "red-giants", "--cl", "95"), "write a fraction between 0 and 1"),
        (("astro", "white-dwarfs", "--T-core", "4e7"), "--T-core '4e7': a unit is missing"),
        (("astro", "supernova", "--temperature", "1GeV"), "--temperature '1GeV': must lie within 1 and 100 MeV"),
        (("astro", "supernova", "--Yp", "2"), "--Yp '2': must lie between 0 and 1"),
        (("astro", "supernova", "--criterion", "time"), "unknown criterion 'time'"),
        (("astro", "n-eff", "--T-reheating", "1TeV"), "--T-reheating '1TeV': must lie within 0.01 and 281.838 GeV"),
        (("astro", "n-eff", "--allowed", "0"), "--allowed '0': must be more than 0"),
        (("astro", "decay", "--mass", "0eV"), "--mass '0eV': must be more than 0 eV"),
        (("astro", "decay", "--final-mass", "1eV"), "must be below the mass of what decays"),
        (("astro", "decay", "--by", "moon"), "unknown lifetime 'moon'"),
        (("astro", "cherenkov", "--low", "4eV"), "must be more than 4 eV"),
        (("astro", "trapping", "--coupling", "1e-11"), "--coupling '1e-11': a unit is missing"),
        (("astro", "trapping", "--moment", "both"), "unknown moment 'both'"),
        (("astro", "stars", "moon"), "unknown star 'moon'"),
        (("astro", "--set", "f=1"), "write --neutrino MODEL, too"),
        (("astro", "--json", "x.json", "decay"), "write the options behind decay"),
        (("astro", "red-giant"), "did you mean 'red-giants'"),
    ],
)
def test_one_line_for_what_is_wrong(fails, arguments, words):
    assert words in fails(*arguments)


@pytest.mark.parametrize(
    "command", ["", "plasmon", "red-giants", "white-dwarfs", "supernova", "n-eff", "decay", "stars"]
)
def test_help_has_examples(nudipole, command):
    shown = nudipole("astro", *([command] if command else []), "-h")
    assert shown.code == 0
    assert "Examples" in shown.out
    assert f"nudipole astro {command}".strip() in shown.out

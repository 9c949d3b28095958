"""nudipole precession."""

import json

import pytest


def test_a_source_in_a_field(nudipole, tmp_path):
    found = nudipole(
        *("precession", "--set", "mu_12=1e-12", "--field", "core:10kG", "--source", "8B"),
        *("--energies", "5,10,15MeV", "--csv", "out.csv"),
    )
    assert found.code == 0, found.err
    assert "7.508e-11" in found.out
    assert "is an assumption" in found.out
    assert "error" in found.out
    assert (
        tmp_path / "precession-mu_12-1e-12-field-core-10kG-source-8B-energies-5,10,15MeV.png"
    ).stat().st_size > 10_000
    assert (tmp_path / "out.csv").read_text().startswith("born,E [MeV],P nubar_e [1]")


def test_a_neutrino_and_a_field_from_files(nudipole, tmp_path):
    (tmp_path / "neutrino.yaml").write_text("nature: majorana\nbasis: mass\nLambda: [0, 0, 1e-12 mu_B]\n")
    (tmp_path / "field.csv").write_text("r [R_sun],B [kG]\n0,10\n0.1,8\n0.25,5\n0.5,2\n0.7,3\n1,0\n")
    found = nudipole(
        *("precession", "neutrino.yaml", "--field", "field.csv", "--energies", "8..10MeV", "--points", "2"),
        *("--resolved", "--json", "-"),
    )
    assert found.code == 0, found.err
    record = json.loads(found.out)
    assert record["E"]["value"] == [8.0, 10.0]
    assert record["partners"]["nubar_e"][0][1] == pytest.approx(8.5558e-11, rel=0.01)
    assert len(record["resolved"]["r"]) == len(record["resolved"]["partners"][0][0])


def test_dirac_in_a_galaxy(nudipole):
    arguments = ("--set", "mu_22=1e-13", "--medium", "galactic:1uG,10kpc", "--energies", "10MeV", "--json", "-")
    record = json.loads(nudipole("precession", "--dirac", *arguments).out)
    assert record["nature"] == "dirac"
    assert record["unitarity"] < 1e-9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--field", "core:10kG"), "a moment is missing"),
        (("--set", "mu_12=1e-12"), "a field is missing"),
        (("--set", "mu_12=1e-12", "--field", "core:10"), "a unit is missing"),
        (("--set", "mu_12=1e-12", "--field", "bore:10kG"), "shape of a field"),
        (("--set", "mu_12=1e-12", "--field", "core:1kG", "--source", "9B"), "solar component"),
        (("--set", "mu_12=1e-12", "--field", "core:1kG", "--source", "8B", "--energies", "20MeV"), "energy of 8B"),
        (("--set", "mu_12=1e-12", "--field", "gone.csv"), "no such file"),
        (("--set", "mu_12=1e-12", "--field", "core:1kG", "--energies", "5..1MeV"), "must be the lower one"),
        (("--set", "lambda_1=1e-12", "--field", "core:1kG", "--dirac"), "are of Majorana neutrinos"),
        (("--set", "mu_12=1e-12", "--medium", "galactic:1uG"), "a field and a length"),
    ],
)
def test_errors_are_one_line(nudipole, arguments, message):
    found = nudipole("precession", *arguments)
    assert found.code == 2
    assert message in found.err
    assert len(found.err.strip().splitlines()) == 1


def test_a_first_order_beyond_one_is_no_probability(fails):
    given = ("--set", "mu_12=1e-8", "--field", "core:10MG", "--energies", "10MeV", "--method", "first-order")
    assert "of a neutrino: take method full, or auto" in fails("precession", *given)

"""study.yaml: what it may say, and what is said where it is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import NudipoleError, UnitError
from nudipole.scans import quantity, read_study

STUDY = """\
experiments: [my_experiment.yaml]
parameters:
  mu_e: {from: 0 mu_B, to: 1e-10 mu_B, points: 21}
  mu_mu: {values: [0 mu_B, 1e-11 mu_B]}
quantity: delta-chi2
"""


@pytest.fixture
def written(folder):
    def write(old="", new="", text=STUDY):
        assert old in text
        path = folder / "study.yaml"
        path.write_text(text.replace(old, new) if old else text)
        return path

    return write


def test_profile(written):
    found = read_study(written())
    assert found.quantity == "delta-chi2"
    assert found.shape == (21, 2)
    np.testing.assert_allclose(found.parameters["mu_e"].values, np.linspace(0, 1e-10, 21), rtol=1e-11)
    assert found.parameters["mu_mu"].values == (0.0, 1e-11)
    assert found.name == "my-experiment"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mu_mu: {values: [0 mu_B, 1e-11 mu_B]}", "heavy_mass: {values: [1 MeV]}", "heavy_mass: is of a dipole"),
        ("mu_mu: {values: [0 mu_B, 1e-11 mu_B]}", "heavy_mass: {values: [0 MeV]}", r"values\[0\]: mass of the heavy"),
        ("mu_mu: {values: [0 mu_B, 1e-11 mu_B]}", "heavy_mass: {values: [1]}", "a unit is missing"),
        ("quantity: delta-chi2", "toys: 10", "toys test one parameter"),
    ],
)
def test_masses_of_heavy_leptons_that_cannot_be_meant(written, old, new, message):
    with pytest.raises(NudipoleError, match=message):
        read_study(written(old, new))


def test_toys(written):
    text = "experiments: [xenonnt-2022, {name: xenon1t-2020, variant: tritium}]\n"
    text += (
        "parameters: {r2_nu: {from: 1e-36 m^2, to: 1e-31 cm^2, points: 3, spacing: logarithmic}}\ntoys: 5\nseed: 9\n"
    )
    found = read_study(written(text=text))
    assert (found.quantity, found.toys, found.seed) == ("toys", 5, 9)
    np.testing.assert_allclose(found.parameters["r2_nu"].values, np.geomspace(1e-32, 1e-31, 3), rtol=1e-11)
    assert found.name.startswith("xenonnt-2022 + xenon1t-2020 (")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0 mu_B, to", "0, to", r"parameters.mu_e.from: a unit is missing: write for example '1e-11 mu_B'"),
        ("1e-10 mu_B", "1e-10 keV", "parameters.mu_e.to: '1e-10 keV' has the wrong unit"),
        ("1e-10 mu_B", "-1e-10 mu_B", "parameters.mu_e.to: must be larger than from"),
        ("points: 21", "points: 1", "parameters.mu_e.points: .*greater than or equal to 2"),
        ("points: 21", "point: 21", "parameters.mu_e.point: unknown key: did you mean 'points'?"),
        (", points: 21", "", "parameters.mu_e: write {from: 0 mu_B, to: 1e-10 mu_B, points: 21}"),
        ("points: 21", "points: 21, spacing: logarithmic", "parameters.mu_e.from: a logarithmic grid begins above 0"),
        ("[0 mu_B, 1e-11 mu_B]", "[1e-11 mu_B, 0 mu_B]", "parameters.mu_mu.values: must increase"),
        ("mu_mu:", "r2_e:", "parameters.r2_e: belongs to another parametrisation than mu_e: beside mu_e go mu_mu"),
        ("mu_mu:", "mu_x:", "parameters.mu_x: unknown parameter 'mu_x'"),
        ("quantity: delta-chi2", "quantity: chi2", "quantity: must be 'delta-chi2'"),
        ("quantity: delta-chi2", "", "write quantity: delta-chi2 for a profile likelihood, or toys"),
        ("quantity: delta-chi2", "quantity: delta-chi2\ntoys: 5", "write quantity: delta-chi2 for a profile"),
        ("quantity: delta-chi2", "toys: 5", "parameters: toys test one parameter"),
        ("my_experiment.yaml", "nope", r"experiments\[0\]: unknown experiment 'nope'"),
        ("my_experiment.yaml", "/etc/hostname", r"experiments\[0\]: .*(is not in the folder|unknown experiment)"),
        ("[my_experiment.yaml]", "[]", "experiments: "),
        ("experiments:", "experiment:", "experiment: unknown key: did you mean 'experiments'"),
        ("my_experiment.yaml", "&a my_experiment.yaml", "anchors and aliases are not allowed"),
        ("my_experiment.yaml", "!!python/name:os.system x", "tags are not allowed"),
    ],
)
def test_wrong(written, old, new, message):
    with pytest.raises(NudipoleError, match=rf"study\.yaml: (line \d+: )?{message}"):
        read_study(written(old, new))


def test_too_large(written):
    axes = ", ".join(f"{name}: {{from: 0 mu_B, to: 1e-10 mu_B, points: 1000}}" for name in ("mu_e", "mu_mu", "mu_tau"))
    with pytest.raises(NudipoleError, match="chunks of work, at most"):
        read_study(written(text=f"experiments: [xenonnt-2022]\nparameters: {{{axes}}}\nquantity: delta-chi2\n"))


def test_files(folder, tmp_path):
    with pytest.raises(NudipoleError, match="no such file"):
        read_study(tmp_path / "nope.yaml")
    with pytest.raises(NudipoleError, match="is a folder"):
        read_study(tmp_path)
    (tmp_path / "empty.yaml").write_text("\n")
    with pytest.raises(NudipoleError, match="is empty"):
        read_study(tmp_path / "empty.yaml")
    (tmp_path / "raw.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NudipoleError, match="not UTF-8"):
        read_study(tmp_path / "raw.yaml")


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        ("mu_nu", "6e-12", 6e-12),
        ("mu_nu", "6e-12 mu_B", 6e-12),
        ("r2_e", "1e-32 cm^2", 1e-32),
        ("r2_e", "-3e-36 m^2", -3e-32),
        ("q_nu", "1e-13 e", 1e-13),
    ],
)
def test_quantity(parameter, text, value):
    assert quantity(parameter, text) == pytest.approx(value, rel=1e-12)


def test_quantity_of_another_kind():
    with pytest.raises(UnitError, match="wrong unit"):
        quantity("mu_nu", "6e-12 keV")

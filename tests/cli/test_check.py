"""nudipole check, sensitivity and schema, as a user calls them."""

from __future__ import annotations

import json

import pytest
from PIL import Image


def test_check(nudipole, tmp_path):
    out = nudipole("check", "example-sns-csi").out
    for words in (
        "pion-decay-at-rest",
        "CsI",
        "cevns",
        "7 bins from 0 to 6 us",
        "nuisance quenching-CsI",
        "expected ",
        "none on the way",
    ):
        assert words in out
    with Image.open(tmp_path / "example-sns-csi-check.png") as picture:
        assert picture.size[0] > picture.size[1]


def test_check_as_json(nudipole):
    data = json.loads(nudipole("check", "example-reactor-ge", "--json", "-").out)
    assert data["schema"] == "nudipole-check/1"
    assert data["counts"]["SM nuclei"] > data["counts"]["SM electrons"] > 0
    assert data["flux"]["total"] == pytest.approx(1.45e13, rel=0.02)
    assert data["atomic"]["choice"] == {
        "example-reactor-ge": {"electrons": "stepping (bound electrons counted above their edges)"}
    }
    assert "below the K edge of Ge (11.1 keV)" in data["atomic"]["depends"]["example-reactor-ge"]
    assert data["propagation"]["kind"] == "none"
    assert data["propagation"]["components"]["235U"]["survival"] == pytest.approx(1)


def test_check_names_what_is_wrong(fails, tmp_path):
    (tmp_path / "my.yaml").write_text("name: x\n")
    assert "my.yaml: title: is required" in fails("check", "my.yaml")


def test_doubts_are_printed_and_written(nudipole, tmp_path):
    text = nudipole("new", "--source", "reactor", "--target", "Ge", "--process", "cevns").out
    quenching = "{kind: table, unit: keV, T: [0.5, 1], E_ee: [0.6, 1.2]}"
    text = text.replace("{kind: lindhard, k: 0.157}", quenching, 1)
    (tmp_path / "my.yaml").write_text(text[: text.index("nuisances:")])
    doubt = "process.quenching: E_ee = 0.6 keV above T = 0.5 keV (entry 1; 2 of 2 rows): no nucleus gives more"
    for command in ("check", "limit"):
        assert f"note        {doubt}" in nudipole(command, "my.yaml", "--no-plot").out
        notes = json.loads(nudipole(command, "my.yaml", "--json", "-").out)["notes"]
        assert len(notes) == 1
        assert notes[0].startswith(doubt)


def test_sensitivity(nudipole, tmp_path):
    out = nudipole("sensitivity", "example-cr51-scintillator", "--vary", "exposure=1,4 t yr").out
    assert "exposure" in out
    assert (tmp_path / "example-cr51-scintillator-mu_nu-exposure.csv").read_text().count("\n") == 3
    assert (tmp_path / "example-cr51-scintillator-mu_nu-exposure.png").exists()
    data = json.loads(
        nudipole(
            "sensitivity", "example-cr51-scintillator", "--vary", "exposure=1,4 t yr", "--json", "-", "-p", "mu_e"
        ).out
    )
    assert data["schema"] == "nudipole-sensitivity/1"
    first, second = data["expected_upper"]
    assert first > second > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vary", "exposure"], "write exposure=LOW..HIGH UNIT, such as 0.1..3keV"),
        (["--vary", "exposure=1..2"], "a unit is missing"),
        (["--vary", "colour=red,blue"], "colour: unknown key"),
        (["--vary", "exposure=1,2 t yr", "--grid", "square"], "unknown grid 'square': choose from auto, linear, log"),
        (["--vary", "exposure=1,2 t yr", "--parameter", "mu"], "unknown parameter 'mu'"),
        (["--vary", "exposure=1,2 t yr", "--construction", "fc"], "unknown construction 'fc'"),
    ],
)
def test_sensitivity_fails_in_one_line(fails, arguments, message):
    assert message in fails("sensitivity", "example-cr51-scintillator", *arguments)


def test_schema(nudipole, tmp_path):
    schema = json.loads(nudipole("schema").out)
    assert schema["title"] == "nudipole experiment"
    assert {"source", "target", "detector", "data"} <= set(schema["required"])
    exposure = schema["properties"]["exposure"]
    assert exposure["type"] == "string"
    assert nudipole("schema", "-o", "s.json").code == 0
    assert json.loads((tmp_path / "s.json").read_text()) == schema

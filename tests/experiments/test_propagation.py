"""What `check` says of the way from source to target, from YAML on."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from nudipole import tables
from nudipole.errors import InputError
from nudipole.experiments import load
from nudipole.experiments.build.source import mixing
from nudipole.experiments.build.source import source as made_of
from nudipole.experiments.propagation import Propagation
from nudipole.experiments.schema.source import SourceSpec

TEMPLATE = """
name: my-detector
title: A detector far away
reference: [{{texkey: "Me:2026abc"}}]
notes: Numbers invented.
source: {source}
target: {{element: Xe}}
process: {{kind: nu-e, binding: free}}
exposure: 10 t yr
detector: {{bins: {{from: 10 keV, to: 310 keV, width: 100 keV}}}}
data: asimov
backgrounds:
  flat: {{rate: 0.2 events/(t yr keV), normalisation: {{gaussian: 5 %}}}}
"""
LINE = "kind: mono-energetic, energy: 0.862 MeV, flux: 4.9e9 1/(cm^2 s), baseline: 100 km"


CE = "kind: radioactive, nuclide: 144Ce, activity: 1 MCi, distance: 50 m"
FLUX = """E_low [MeV],E_high [MeV],antinu_e [1/(cm^2 s MeV)],nu_mu [1/(cm^2 s MeV)]
0,2,1e9,0
2,4,2e9,1e8
4,8,1e9,1e9
"""


def propagated(source):
    """Of the mapping of a source, written as in a file; no detector is folded."""
    spec = TypeAdapter(SourceSpec).validate_python(YAML(typ="safe").load(source))
    made = made_of(spec, lambda file, key: tables.parse(FLUX.rstrip(), name=file))
    return Propagation.of(made.beam(), made.flight, mixing(spec).name)


@pytest.mark.parametrize(("name", "P"), [("nufit-6.0-no", "0.1266"), ("nufit-6.1-no", "0.1286")])
def test_a_line_without_width(name, P):
    found = propagated(f"{{{LINE}, propagation: coherent, oscillation: {name}}}")
    words = "\n".join(found.words())
    assert f"coherent over 100 km ({name})\nP(e -> e) = {P} at 862 keV (line of nu_e)" in words
    assert "nothing averaged of lines: a change of 0.14 % in energy or path turns 3-1 by 1 rad" in words
    line = found.components[0].lines[0]
    assert line.kept == {"2-1": 1, "3-1": 1, "3-2": 1}
    # Delta m^2 L/2E with 2 x 1.26693 eV^-2 MeV/m
    dm2 = {"nufit-6.0-no": 2.513e-3, "nufit-6.1-no": 2.511e-3}[name]
    assert line.phase["3-1"] == pytest.approx(2 * 1.266933 * dm2 * 1e5 / 0.862, rel=1e-5)


def test_a_line_with_width():
    """5 keV of 862: exp(-(phi s)^2/2) is 0.992 of 2-1 and 1e-4 of the others."""
    found = propagated(f"{{{LINE}, propagation: coherent, line_width: 5 keV}}")
    kept = found.components[0].lines[0].kept
    assert kept["2-1"] == pytest.approx(np.exp(-((22.017 * 5 / 862) ** 2) / 2), abs=1e-5)
    assert kept["3-1"] == pytest.approx(np.exp(-((738.7 * 5 / 862) ** 2) / 2), rel=0.2)
    assert "interference left at 862 keV (width 5 keV): 2-1 0.992, 3-1 0.000, 3-2 0.000" in found.words()
    record = json.loads(json.dumps(found.to_json()))
    assert record["line_width"] == {"value": pytest.approx(0.005), "unit": "MeV"}
    assert record["components"]["nu_e"]["lines"][0]["interference"] == pytest.approx(kept)
    assert record["averaged_below"] is None


def test_spectra_say_from_which_energy_downwards():
    """Twice as far, twice the energy; 2-1 lower than 3-1 and 3-2, by less than the ratio of the phases."""
    near, far = (
        propagated(f"{{kind: reactor, power: 3 GW, baseline: {km} km, propagation: coherent}}") for km in (52.5, 105)
    )
    assert set(near.averaged_below) == {"2-1", "3-1", "3-2"}
    for pair, E in near.averaged_below.items():
        assert far.averaged_below[pair] == pytest.approx(2 * E, rel=3e-3)
    assert near.averaged_below["3-1"] / 33.6 < near.averaged_below["2-1"] < near.averaged_below["3-2"] < 0.15
    assert any("averaged over the nodes of the spectrum: 2-1 below 6." in words for words in near.words())
    assert list(near.spectra) == [("e", True)]
    assert 0.4 < near.spectra["e", True] < 0.6


def test_averaged_and_none_and_the_sun():
    averaged = propagated("{kind: reactor, power: 3 GW, baseline: 180 km, propagation: averaged}")
    # 1 - sin^2(2 theta_12) cos^4(theta_13)/2 - sin^2(2 theta_13)/2
    s12, s13 = 0.308, 0.02215
    expected = 1 - 2 * s12 * (1 - s12) * (1 - s13) ** 2 - 2 * s13 * (1 - s13)
    assert averaged.words()[0] == "averaged over 180 km (nufit-6.0-no)"
    assert averaged.spectra["e", True] == pytest.approx(expected, abs=1e-6)
    assert averaged.averaged_below == {}
    none = propagated("{kind: reactor, power: 3 GW, baseline: 20 m}")
    assert none.words() == ["none on the way: every flavour arrives as it was born, P = 1"]
    assert none.to_json()["components"]["235U"]["survival"] == pytest.approx(1)
    sun = propagated("{kind: solar}")
    assert sun.words()[0] == "averaged, mass states from the Sun (nufit-6.0-no)"
    # Survival of pp and 7Be on the vacuum side of the matter effect: 0.55 and 0.53 (Borexino:2018).
    survival = {component.component: component.probability for component in sun.components}
    assert survival["pp"] == pytest.approx(0.55, abs=0.015)
    assert survival["7Be"] == pytest.approx(0.53, abs=0.015)
    assert survival["8B"] < 0.45


def test_paths_and_kinds():
    cores = "[{power: 2 GW, baseline: 180 km}, {power: 3 GW, baseline: 88 km}, {power: 3 GW, baseline: 0.8 km}]"
    words = propagated(f"{{kind: reactor, cores: {cores}, propagation: coherent}}").words()
    assert words[0] == "coherent over 3 paths from 800 m to 180 km (nufit-6.0-no)"
    assert any("on the longest path" in row for row in words)
    tabulated = propagated("{kind: histogram, file: flux.csv, baseline: 180 km, propagation: coherent}")
    assert set(tabulated.spectra) == {("e", True), ("mu", False)}
    far = propagated("{kind: histogram, file: flux.csv, baseline: 1e9 km, propagation: coherent}").words()
    assert far[-1].endswith("2-1 throughout, 3-1 throughout, 3-2 throughout")
    pions = propagated("{kind: pion-decay-at-rest, propagation: coherent}").words()
    assert any("(line of nu_mu)" in row for row in pions)
    assert pions[-1] == "nothing averaged of lines"
    beyond = propagated(f"{{{LINE.replace('100 km', '1e16 km')}, propagation: coherent}}").words()
    assert "phases beyond double precision" in beyond[-1]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"{{{LINE}, propagation: coherent, line_width: 5}}", "source.line_width: a unit is missing"),
        (f"{{{LINE}, propagation: coherent, line_width: 0 keV}}", "source.line_width: must be positive"),
        (f"{{{LINE}, propagation: coherent, line_width: 5 km}}", "source.line_width: '5 km' has the wrong unit"),
        (f"{{{LINE}, propagation: coherent, line_width: 200 keV}}", "more than 10% of the energy of a line, 862 keV"),
        (f"{{{LINE}, propagation: averaged, line_width: 5 keV}}", "acts on propagation: coherent alone"),
        (f"{{{LINE}, line_width: 5 keV}}", "acts on propagation: coherent alone"),
        (f"{{{LINE}, propagation: coherent, linewidth: 5 keV}}", "did you mean 'line_width'"),
        (f"{{{CE}, propagation: coherent, line_width: 1 keV}}", "source: 144Ce has a spectrum and no lines"),
        (
            "{kind: reactor, power: 3 GW, baseline: 20 m, propagation: coherent, line_width: 1 keV}",
            "source.line_width: unknown key",
        ),
    ],
)
def test_wrong_widths_are_named(tmp_path, source, message):
    path = tmp_path / "my-detector.yaml"
    path.write_text(TEMPLATE.format(source=source), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)

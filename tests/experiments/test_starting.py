"""Files to start from: valid for every source, target and process, with whatever they offer as alternatives too."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments import load
from nudipole.experiments.build.source import source as source_of
from nudipole.experiments.schema.experiment import validate
from nudipole.experiments.schema.process import ProcessSpec
from nudipole.experiments.schema.source import SourceSpec
from nudipole.experiments.starting import starting_file
from nudipole.experiments.starting.detectors import DETECTORS
from nudipole.experiments.starting.frame import PROCESSES
from nudipole.experiments.starting.sources import ALIASES, SOURCES
from nudipole.inference.axis import Axis
from nudipole.io.kinds import models_in
from nudipole.io.yaml import parse

TARGETS = [*DETECTORS, "Ne", "Zn", "CH2", "CdWO4"]


def kinds(annotation):
    """Kinds that a mapping of the schema may have."""
    return {get_args(model.model_fields["kind"].annotation)[0] for model in models_in(annotation)}


def checked(text):
    return validate(parse(text, "f"), "f")


def test_every_kind_of_source_and_process_has_a_fragment():
    assert set(SOURCES) == kinds(SourceSpec)
    # Inverse beta decay tells nothing of a neutrino's properties: its file is example-reactor-ibd.
    assert {*PROCESSES, "ibd"} == kinds(ProcessSpec)
    assert set(ALIASES.values()) <= set(SOURCES)


@pytest.mark.parametrize("source", SOURCES)
def test_every_combination_is_valid(source):
    for target in TARGETS:
        for processes in (*PROCESSES, "both", None):
            text = starting_file(source, target, processes)
            spec = checked(text)
            assert spec.source.kind == source
            assert spec.target.name == target
            wanted = tuple(PROCESSES) if processes == "both" else (processes,)
            if processes is not None:
                assert tuple(process.kind for process in spec.named_processes.values()) == wanted
            assert "<" not in text
            assert 50 <= text.count("\n") <= 90
            assert all(len(line) <= 120 or "bins: {edges" in line for line in text.splitlines())


@pytest.mark.parametrize(
    ("source", "target", "kinds"),
    [
        ("reactor", "Ge", ["nu-e", "cevns"]),
        ("reactor", "Xe", ["nu-e", "cevns"]),
        ("reactor", "C9H12", ["nu-e"]),
        ("pion-decay-at-rest", "CsI", ["cevns"]),
        ("solar", "Xe", ["nu-e"]),
        ("accelerator", "C9H12", ["nu-e"]),
        ("radioactive", "C9H12", ["nu-e"]),
    ],
)
def test_processes_that_suit(source, target, kinds):
    spec = checked(starting_file(source, target))
    assert [process.kind for process in spec.named_processes.values()] == kinds
    assert spec.name == f"my-{source}-{target.lower()}"


def uncommented(text):
    """The file with every optional block in turn."""
    lines = text.splitlines()
    optional = [line.lstrip().startswith("#:") for line in lines]
    start = 0
    while start < len(lines):
        indent = len(lines[start]) - len(lines[start].lstrip())
        end = start + 1
        # A key, and what is indented below it.
        while optional[start] and end < len(lines) and re.match(rf" {{{indent}}}#:   ", lines[end]):
            end += 1
        if optional[start]:
            block = [line.replace("#: ", "", 1) for line in lines[start:end]]
            yield "\n".join([*lines[:start], *block, *lines[end:]])
        start = end


def replaced(text):
    """The file with every alternative in turn, of whole keys and of single words."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if found := re.match(r"( *)# or ((\w+): .*)", line):
            key = f"{found[1]}{found[3]}: "
            old = max(j for j in range(i) if lines[j].startswith(key))
            yield "\n".join([*lines[:old], found[1] + found[2], *lines[old + 1 :]])
        if found := re.match(r"( *(?:#: )?\w+: ).*?  # (?:.*; )?or ([^;:(]+)", line):
            for word in found[2].split(", "):
                yield "\n".join([*lines[:i], found[1].replace("#: ", "") + word.strip(), *lines[i + 1 :]])


@pytest.mark.parametrize("source", SOURCES)
def test_optional_keys_and_alternatives_are_valid(source):
    text = starting_file(source, "Ge", "both")
    changed = [*uncommented(text), *replaced(text)]
    assert len(changed) >= 20
    for other in changed:
        spec = checked(other)
        assert spec != checked(text)
        for variant in spec.variants.values():
            assert spec.changed(variant.set, "f") != spec
        if spec.source.kind != "histogram":
            source_of(spec.source, None).beam()  # its names are known


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("processes", [*PROCESSES, "both"])
def test_what_it_suggests_to_vary(source, processes):
    text = starting_file(source, "Xe", processes)
    ranges = re.findall(r"--vary \"?(.*?\w)\"?$", text, re.MULTILINE)
    assert [text.partition("=")[0] for text in ranges] == ["exposure", "detector.threshold"]
    for given in ranges:
        axis = Axis.parse(given, points=3)
        for value in axis.values:
            checked(text).changed(axis.change(value), "f")


def test_several_cores():
    text = starting_file("reactor", "Ge")
    cores = re.search(r"cores: \[\{.*?\}", text)[0] + "]"
    one = re.sub(r"  power: .*\n  baseline: .*", f"  {cores}", text)
    assert len(checked(one).source.cores) == 1


@pytest.mark.parametrize(
    ("source", "target", "counts"),
    [
        ("solar", "Xe", (30, 200)),
        ("reactor", "Ge", (300, 5000)),
        ("pion-decay-at-rest", "CsI", (100, 2000)),
        ("radioactive", "C9H12", (1e3, 1e5)),
        ("mono-energetic", "Ar", (10, 1000)),
    ],
)
def test_it_folds(source, target, counts, tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(starting_file(source, target), encoding="utf-8")
    assert counts[0] < load(path).sm_counts.sum() < counts[1]


def test_angle_cut_in_a_beam(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(starting_file("accelerator", "C9H12", "nu-e", "my-beam"), encoding="utf-8")
    loaded = load(path)
    assert loaded.name == "my-beam"
    assert loaded.spec.process.angle is not None
    assert 100 < loaded.sm_counts.sum() < 1e4


def test_arrival_times_fold(tmp_path):
    text = next(other for other in uncommented(starting_file("pion-decay-at-rest", "CsI")) if "\n  time: " in other)
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load(path)
    assert loaded.sm_counts.shape[-1] == (len(loaded.bins) - 1) * (len(loaded.times) - 1)


def test_words_and_lists_of_processes():
    assert starting_file("reactor", "Ge", "both") == starting_file("reactor", "Ge", ["cevns", "nu-e"])
    assert starting_file("reactor", "Ge", []) == starting_file("reactor", "Ge")


@pytest.mark.parametrize("target", ["ge", "76Ge", "Xx2", "", "Tc", "Ge Xe", "<bins>", "Ge\nx: 1"])
def test_impossible_targets(target):
    with pytest.raises(NudipoleError, match=r"write the (symbol of an element|symbols)|write symbols"):
        starting_file("solar", target)


def test_unknown_words():
    with pytest.raises(UnknownName, match="unknown source 'sun': choose from accelerator, histogram, mono-"):
        starting_file("sun", "Ge")
    with pytest.raises(UnknownName, match="unknown process 'nue': did you mean 'nu-e'"):
        starting_file("solar", "Ge", "nue")
    for name in ("two words", "../x", "x: 1", "true", "# x", "a\nb: c"):
        with pytest.raises(InputError):
            starting_file("solar", "Ge", name=name)

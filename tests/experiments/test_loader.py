"""Reading YAML: what is refused, and how that is said."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudipole import bibliography
from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments.library import available, text
from nudipole.experiments.loader import load
from nudipole.experiments.reading import read
from nudipole.experiments.schema.experiment import validate
from nudipole.experiments.schema.overrides import merged
from nudipole.io.beside import Folder
from nudipole.io.yaml import parse


@pytest.mark.parametrize("name", available())
def test_library(name):
    spec, file, folder = read(name)
    assert spec.name == name
    assert (file, folder) == (f"{name}.yaml", None)
    keys = [*spec.reference, *(item.reference for item in spec.published)]
    assert {key.texkey for key in keys} <= set(bibliography.entries())
    for variant in spec.variants:
        changed, file, _ = read(name, variant)
        assert changed != spec
        assert f"variant {variant}" in file


def test_read_own(own):
    path = own()
    spec, file, folder = read(path)
    assert spec.name == "my-experiment"
    assert (file, folder) == (str(path), Folder(path.parent))


def test_path_as_text_is_the_same(own):
    assert read(str(own())) == read(own())


def test_standard_input(own_text, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(own_text().encode())))
    spec, file, _ = read("-")
    assert (spec.name, file) == ("my-experiment", "<stdin>")


def test_byte_order_mark(own):
    path = own()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read(path)[0].name == "my-experiment"


def test_yaml_1_2_numbers_and_words():
    assert parse("a: 1e-11\nb: no\nc: 0x10", "f") == {"a": 1e-11, "b": "no", "c": 16}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: &x 1", "line 1: anchors and aliases"),
        ("a: 1\nb: *x", "line 2: anchors and aliases"),
        ("a: !!python/object:os.system x", "line 1: tags are not allowed"),
        ("!mine {a: 1}", "tags are not allowed"),
        ("a: 1\nb: 2\na: 3", "line 3: not valid YAML: .*duplicate key"),
        ("a: " + "[" * 5000, "deeper than 12 levels"),
        ("a: " + "[" * 13 + "]" * 13, "deeper than 12 levels"),
        ("- 1\n" * 50_001, "50000 entries"),
        ("a: 1\n---\nb: 2", "single document"),
        ("a: {b: [1, .nan]}", r"a\.b\[1\]: nan is not a number"),
        ("a: -.inf", "a: -inf is not a number"),
        ("1: 2", "the key 1 must be a word"),
        ("? [1, 2]\n: 3", "must be a word"),
        ("- 1", "a mapping of keys to values"),
        ("42", "a mapping of keys to values"),
        ("", "is empty"),
        ("# nothing", "is empty"),
        ("a: b: c", "line 1: not valid YAML"),
        ("a:\n\t- 1", "line 2: not valid YAML"),
        ("a: [1, 2", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
        ("a: 2026-13-45", "is no date: month must be in 1..12"),
    ],
)
def test_refused(content, message):
    with pytest.raises(InputError, match=message) as caught:
        parse(content, "my.yaml")
    assert str(caught.value).startswith("my.yaml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"x" * 1_000_001, "larger than 1 MB"), (b"a: \xff", r"not UTF-8 text \(byte 3\)"), (b"", "is empty")],
)
def test_refused_file(tmp_path, content, message):
    path = tmp_path / "my.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        text(tmp_path / "missing.yaml")
    with pytest.raises(InputError, match="is a folder"):
        text(tmp_path)
    with pytest.raises(UnknownName, match="did you mean 'xenonnt-2022'"):
        text("xenonnt-2002")
    with pytest.raises(NudipoleError):
        text("x" * 5000)


def test_unreadable(own, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = own()
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InputError, match="Permission denied"):
        text(path)


def test_unknown_variant(own):
    with pytest.raises(UnknownName, match="did you mean 'tritium'"):
        load("xenon1t-2020", "tritum")
    with pytest.raises(InputError, match="there are none: leave 'tritium' out"):
        load(own(), "tritium")


def test_variant_is_validated(own):
    path = own("data: asimov", "data: asimov\nvariants: {a: {note: why, set: {exposur: 2 t yr}}}")
    with pytest.raises(InputError, match=r"variant a\): exposur: unknown key: did you mean 'exposure'"):
        read(path, "a")


def test_merged():
    base = {"a": {"b": 1, "c": {"d": 2}}, "e": [1]}
    assert merged(base, {"a": {"c": {"f": 3}}, "e": [2], "g": 4}) == {
        "a": {"b": 1, "c": {"d": 2, "f": 3}},
        "e": [2],
        "g": 4,
    }
    assert merged({"x": {"log-normal": 0.1}}, {"x": {"log-normal": None, "gaussian": 0.2}}) == {"x": {"gaussian": 0.2}}
    assert base["e"] == [1]
    assert merged("free", {"gaussian": 0.1}) == {"gaussian": 0.1}


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1 t yr", "3 keV", "free", "asimov", "solar", "nu-e", "Xe", "-1 keV", "1e999 keV", "0 %", "1"])
)
KEYS = st.text(max_size=8) | st.sampled_from(
    ["kind", "table", "file", "column", "counts", "rate", "gaussian", "log-normal", "edges", "from", "to", "set"]
)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)


@given(content=st.text(max_size=200) | st.text(alphabet="[]{}:,-#&*!|>'\"%@` \n\tab1.", max_size=60))
def test_any_text_parses_or_says_why(content):
    with suppress(InputError):
        validate(parse(content, "f"), "f")


@given(data=st.data())
def test_any_change_validates_or_says_why(data, own_text):
    """A valid description with random data in place of one of its values, at any depth."""
    description = parse(own_text(), "f")
    place = description
    while True:
        key = data.draw(st.sampled_from(sorted(place)) | KEYS)
        if isinstance(place.get(key), dict) and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(NESTED)
        break
    with suppress(InputError):
        validate(description, "f")


@given(data=st.dictionaries(KEYS, NESTED, max_size=5))
def test_any_mapping_validates_or_says_why(data):
    with pytest.raises(InputError):
        validate(data, "f")

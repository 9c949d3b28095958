"""What to cite: the references of exactly what was used, each once."""

from __future__ import annotations

import json
import re

import pytest

from nudipole import bibliography
from nudipole.citation import cite
from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments.reading import read
from nudipole.limits import select, written


def keys(text):
    return re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)


def test_of_an_experiment():
    """Data, source, oscillation; the software last; every entry is that of the bibliography."""
    found = keys(cite("xenonnt-2022"))
    assert found[0] == "XENON:2022ltv"
    assert {"Vinyoles:2016djt", "NuFIT:6.1"} <= set(found)
    assert found[-1] == "nudipole"
    assert set(found[:-1]) <= set(bibliography.entries())
    assert len(found) == len(set(found))


def test_of_a_result_with_its_method(tmp_path):
    path = tmp_path / "result.json"
    data = {"schema": "nudipole-limit/1", "experiment": "xenonnt-2022", "variant": None, "method": "feldman-cousins"}
    path.write_text(json.dumps(data), encoding="utf-8")
    found = keys(cite(str(path)))
    assert {"XENON:2022ltv", "Feldman:1997qc"} <= set(found)
    assert "Read:2002hq" not in found


def test_of_a_list_of_limits(tmp_path):
    path = tmp_path / "limits.json"
    path.write_text(written(select(property="millicharge", source="reactor"), "json"), encoding="utf-8")
    assert keys(cite(str(path)))[:-1] == keys(written(select(property="millicharge", source="reactor"), "bibtex"))


def test_several_and_a_record():
    found = keys(cite("xenonnt-2022-mu-solar", "xenonnt-2022", "gemma-2012"))
    assert found.count("XENON:2022ltv") == 1
    assert read("gemma-2012")[0].reference[0].texkey in found


def test_of_ones_own_file_what_is_not_known_is_said(own):
    assert "% Author:2026abc: not in sources.bib" in cite(str(own()))


@pytest.mark.parametrize(
    ("name", "content", "error", "match"),
    [
        ("xenonnt", None, UnknownName, "did you mean 'xenonnt-2022'"),
        ("bad.json", "{", InputError, "not valid JSON"),
        ("other.json", "{}", InputError, "is no result of nudipole"),
        ("store.json", '{"schema": "nudipole-validation/1"}', InputError, "the result names none"),
        ("none.json", None, InputError, "no such file"),
    ],
)
def test_wrong_names(tmp_path, monkeypatch, name, content, error, match):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(error, match=match):
        cite(name)


def test_nothing():
    with pytest.raises(NudipoleError, match="nothing to cite"):
        cite()

"""`nudipole limits`: the table, one record, a contribution, and wrong words."""

from __future__ import annotations

import json

import pytest

from nudipole.errors import NudipoleError


def test_table_and_one_record(nudipole):
    table = nudipole("limits", "--property", "magnetic-moment", "--source", "solar").out
    assert "< 6.4e-12 mu_B" in table
    assert "limits; all fields of one: nudipole limits show ID" in table
    shown = nudipole("limits", "show", "xenonnt-2022-mu-solar").out
    assert "reference" in shown
    data = json.loads(nudipole("limits", "show", "xenonnt-2022-mu-solar", "--json").out)
    assert data["result"]["value"] == 6.4e-12


def test_formats(nudipole):
    assert nudipole("limits", "--search", "xenonnt", "--format", "csv").out.startswith("id,property,")


def test_a_contribution(nudipole, tmp_path):
    from nudipole.limits.database import sources

    path = tmp_path / "mine.yaml"
    text = sources()["xenonnt-2022.yaml"].replace("xenonnt-2022", "mine-2026")
    path.write_text(text, encoding="utf-8")
    assert "mine-2026 is sound; bounds: mine-2026-mu-solar" in nudipole("limits", "check", path).out
    path.write_text(sources()["xenonnt-2022.yaml"].replace("6.4e-12", "6.5e-12"), encoding="utf-8")
    taken = nudipole("limits", "check", path)
    assert (taken.code, "xenonnt-2022 is taken: ids are never reused" in taken.err) == (2, True)
    path.write_text(text.replace("unit: mu_B", "unit: muB"), encoding="utf-8")
    wrong = nudipole("limits", "check", path)
    assert wrong.code == 2
    assert "bounds[0]" in wrong.err
    assert "'muB' is no unit of a magnetic-moment: write mu_B" in wrong.err


def test_yours_among_the_others(nudipole, tmp_path, monkeypatch):
    """In the table, in JSON and in the picture, marked; what it supersedes is gone; never out of sight."""
    from nudipole.limits.database import sources

    monkeypatch.chdir(tmp_path)
    text = (
        sources()["gemma-2012.yaml"].replace("gemma-2012", "mine-2026").replace("experiment: GEMMA", "experiment: MINE")
    )
    text = text.replace("gemma-2010-mu-e, gemma-2007-mu-e", "gemma-2012-mu-e").replace("2.9", "2.7")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    table = nudipole("limits", "--flavour", "e", "--with", "mine.yaml").out
    assert [line.split()[-1] for line in table.splitlines() if "limit, yours" in line] == ["mine-2026-mu-e"]
    assert "  gemma-2012-mu-e" not in table
    data = json.loads(nudipole("limits", "--with", "mine.yaml", "--format", "json").out)
    assert [item["id"] for item in data["limits"] if item["yours"]] == ["mine-2026-mu-e"]
    drawn = json.loads(nudipole("plot", "limits", "--with", "mine.yaml", "--json", "-", "--plot", "mine.png").out)
    assert [(bar["record"], bar["high"]) for bar in drawn["bars"] if bar["yours"]] == [("mine-2026-mu-e", 2.7e-11)]
    assert (tmp_path / "mine.png").stat().st_size > 0
    assert "2.70e-11 mu_B, MINE 2013 (e, 90 %, yours)" in nudipole("plot", "history", "--with", "mine.yaml").out
    for words in (("show", "mine-2026-mu-e", "--with", "mine.yaml"), ("--with", "mine.yaml", "show", "mine-2026-mu-e")):
        shown = nudipole("limits", *words)
        assert (shown.code, "limit, yours" in shown.out) == (0, True)
    shown = json.loads(nudipole("limits", "show", "gemma-2012-mu-e", "--with", "mine.yaml", "--json").out)
    assert (shown["yours"], shown["superseded_by"]) == (False, ["mine-2026-mu-e"])
    for words, match in (
        (("show", "mine-2026-mu-e"), "unknown record"),
        (("--flavour", "e", "show", "gemma-2012-mu-e"), "leave out the options before show"),
        (("--with", "mine.yaml", "check", "mine.yaml"), "leave out the options before check"),
        (("--property", "millicharge", "--with", "mine.yaml"), "no record of yours is left by these conditions"),
        (("--with", "mine.yaml", "--with", "mine.yaml"), "mine-2026 is the id of another of your files"),
        (("--with", "none.yaml"), "none.yaml: no such file"),
    ):
        run = nudipole("limits", *words)
        assert (run.code, match in run.err, len(run.err.splitlines())) == (2, True, 1)


def test_a_curve_of_yours(nudipole, tmp_path, monkeypatch):
    from importlib.resources import files

    from nudipole.limits import curve, record
    from nudipole.limits.database import sources

    monkeypatch.chdir(tmp_path)
    name = next(name for name, text in sources().items() if "magill-2018-d-e-lsnd" in text)
    bound = record("magill-2018-d-e-lsnd").bound
    text = sources()[name].replace("magill-2018", "mine-2026")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    for other in {item.result.table for item in record(bound.id).publication.bounds if item.result.kind == "curve"}:
        content = files("nudipole").joinpath(f"limits/library/{other}").read_text(encoding="utf-8")
        (tmp_path / other.replace("magill-2018", "mine-2026")).write_text(content, encoding="utf-8")
    shown = nudipole("limits", "show", "mine-2026-d-e-lsnd", "--with", "mine.yaml")
    assert (shown.code, "mine-2026-d-e-lsnd.csv beside your file" in shown.out) == (0, True), shown.err
    with pytest.raises(NudipoleError, match=r"its points are in mine-2026-d-e-lsnd.csv beside that"):
        curve(record("mine-2026-d-e-lsnd", own="mine.yaml"))


def test_wrong_words(nudipole):
    for words, match in (
        (("--property", "magnetic"), "did you mean 'magnetic-moment'"),
        (("--format", "word"), "unknown format 'word'"),
        (("--year", "1800"), "no limit is left by year 1800"),
        (("show", "xenonnt"), "unknown record"),
        (("check", "no-such.yaml"), "no such file"),
    ):
        run = nudipole("limits", *words)
        assert run.code == 2
        assert match in run.err
        assert len(run.err.splitlines()) == 1

"""No command overwrites what it reads, or what it did not write; a new command is tested the day it arrives."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
import xarray as xr

from nudipole.cli.app import command as root

#: How every command that writes is run, without its outputs; {yaml} is a description in the folder of the run.
ARGUMENTS = {
    "limit": ["{yaml}"],
    "contour": ["{yaml}", "mu_e", "mu_mu", "--points", "5"],
    "impacts": ["{yaml}"],
    "fit": ["{yaml}", "--parametrisation", "universal", "--starts", "1"],
    "forecast": ["{yaml}", "--parametrisation", "universal", "--no-limits"],
    "spectrum": ["{yaml}"],
    "new": ["--source", "solar", "--target", "Xe"],
    "check": ["{yaml}"],
    "sensitivity": ["{yaml}", "--vary", "exposure=1,2 t yr"],
    "schema": [],
    "validate": ["{yaml}"],
    "toys": ["{yaml}", "--at", "mu_nu=0", "--n", "20"],
    "scan": ["{study}"],
    "report": ["{yaml}", "--jobs", "1"],
    "experiments": [],
    "export pyhf": ["{yaml}"],
    "export hepdata": ["{yaml}"],
    "import hepdata": ["{hepdata}"],
    "import pyhf": ["{workspace}"],
    "predict": ["su2h", "--vary", "m_h=120..400GeV"],
    "test": ["su2h", "{yaml}"],
    "convert": ["6.4e-12", "--beam", "reactor"],
    "precession": ["--set", "mu_12=1e-12", "--field", "core:10kG", "--source", "8B", "--energies", "5,10MeV"],
    "antineutrinos": ["kamland-antinu-2021", "--field", "convective"],
    "portal exclusion": ["{yaml}", "--masses", "100keV,640keV"],
    "portal decay": ["--mass", "100MeV", "--d", "1e-6/GeV"],
    "plot portal": [],
    "plot limits": [],
    "plot history": [],
    "plot millicharges": [],
    "plot charge-radii": [],
    "plot antineutrinos": [],
    "plot cross-sections": [],
    "plot fluxes": ["{yaml}"],
    "plot spectra": ["{yaml}"],
    "plot effective-moments": [],
    "plot g2": [],
    "plot correlation": ["--points", "11"],
    "g2 status": [],
    "g2 predict": ["--asymmetry", "{asymmetry}"],
    "g2 simulate": ["--positrons", "1e6", "--energy-bins", "1..3GeV/1", "--time-bins", "30..80us/0.1492"],
    "g2 fit": ["{wiggle}"],
    "g2 test": ["{table}"],
    "g2 forecast": [],
    "astro": [],
    "astro plasmon": ["--grid", "T=1e7..1e8K", "--grid", "rho=1e4..1e5g/cm3", "--points", "3"],
    "astro red-giants": [],
    "astro white-dwarfs": [],
    "astro supernova": [],
    "astro n-eff": [],
    "astro decay": [],
    "astro cherenkov": [],
    "astro trapping": [],
    "astro stars": ["sun"],
}
#: Options that are written at every run.
NEEDED = {"toys": ["--output", "new.zarr"], "scan": ["--output", "new.zarr"]}
#: Options that name a file and do not write it.
READ = {
    ("g2 predict", "asymmetry"),
    ("g2 predict", "neutrino"),
    ("spectrum", "neutrino"),
    ("report", "neutrino"),
    ("precession", "field"),
    ("antineutrinos", "field"),
    ("limit", "field"),
    ("impacts", "field"),
    ("spectrum", "field"),
    ("precession", "medium"),
    ("limits", "own"),
    ("limits show", "own"),
    *((f"plot {name}", "own") for name in ("limits", "history", "millicharges", "charge-radii", "antineutrinos")),
    *((name, "neutrino") for name in ARGUMENTS if name.startswith("astro")),
}
#: What a command that takes seconds shows is shown by the others, too.
SLOW = {
    "limit",
    "contour",
    "fit",
    "forecast",
    "test",
    "check",
    "sensitivity",
    "toys",
    "g2 fit",
    "g2 forecast",
    "g2 simulate",
    "g2 test",
}


def commands(group=None, name=""):
    """All commands by name."""
    group = group or root()
    for word, command in group.commands.items():
        full = f"{name} {word}".strip()
        if getattr(command, "commands", None) is not None:
            yield from commands(command, full)
            if command.invoke_without_command:
                yield full, command
        else:
            yield full, command


def outputs():
    """Every option of every command that names a file or a store, as far as it looks like it."""
    for name, command in commands():
        for option in command.params:
            if option.param_type_name != "option" or option.is_flag or (name, option.name) in READ:
                continue
            if re.search(r"FILE|\w\.\w+$", option.metavar or "") or re.match(
                r"Write |Where .*go|Where .*kept", option.help or ""
            ):
                yield name, command, option.opts[0]


ALL = sorted((name, option) for name, _, option in outputs())


def ending(name, option):
    if option.endswith("plot"):
        return ".png"
    return ".zarr" if name in ("toys", "scan", "g2 simulate", "astro plasmon") and option == "--output" else ".txt"


def command(name, option, target, files):
    """The words of a run that writes one output to `target`."""
    needed = [] if option == "--output" else NEEDED.get(name, [])
    given = [word.format(**files) if word.startswith("{") else word for word in ARGUMENTS[name]]
    return [*name.split(), *given, *needed, option, target]


@pytest.fixture
def files(own, tmp_path):
    """What commands read, by kind."""
    (tmp_path / "study.yaml").write_text(
        "experiments: [my_experiment.yaml]\nparameters: {mu_nu: {values: [0 mu_B, 1e-11 mu_B]}}\nquantity: delta-chi2\n"
    )
    (tmp_path / "workspace.json").write_text(json.dumps(WORKSPACE))
    (tmp_path / "table.yaml").write_text(HEPDATA)
    (tmp_path / "asymmetry.csv").write_text("E [GeV],A [1]\n1.0,0.00\n1.9,0.30\n2.7,0.62\n")
    rows = "".join(f"{E:.1f},{E + 0.2:.1f},229074.{k},1\n" for k, E in enumerate((1.4, 1.6, 1.8)))
    (tmp_path / "omega.csv").write_text(f"E_low [GeV],E_high [GeV],frequency [Hz],error [Hz]\n{rows}")
    return {
        "yaml": "my_experiment.yaml",
        "study": "study.yaml",
        "workspace": "workspace.json",
        "hepdata": "table.yaml",
        "asymmetry": "asymmetry.csv",
        "table": "omega.csv",
        "wiggle": "wiggle.zarr",
    }


HEPDATA = """\
independent_variables:
- header: {name: E, units: keV}
  values: [{value: 1.5}, {value: 2.5}]
dependent_variables:
- header: {name: N}
  values: [{value: 3}, {value: 4}]
"""
WORKSPACE = {
    "channels": [
        {
            "name": "c",
            "samples": [
                {"name": "s", "data": [5.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
                {"name": "b", "data": [50.0], "modifiers": []},
            ],
        }
    ],
    "observations": [{"name": "c", "data": [52.0]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_command_that_writes_is_known_here_and_can_be_forced():
    names = {name for name, _ in ALL}
    assert names == set(ARGUMENTS)
    for name, found in commands():
        assert (name in names) == any(option.name == "force" for option in found.params), name


@pytest.mark.parametrize(("name", "option"), ALL)
def test_a_file_of_the_user_stays(nudipole, files, tmp_path, name, option):
    """Refused before the work begins, with the option to change, and nothing else is left."""
    mine = f"mine{ending(name, option)}"
    if mine.endswith(".zarr"):
        (tmp_path / mine).mkdir()
        (tmp_path / mine / "data").write_text("mine")
    else:
        (tmp_path / mine).write_text("mine")
    before = contents(tmp_path)
    result = nudipole(*command(name, option, mine, files))
    assert (result.code, result.out) == (2, ""), result.err
    assert result.err.startswith(f"nudipole: {mine}: ")
    assert result.err.count("\n") == 1
    if not mine.endswith(".zarr"):
        assert result.err.endswith(f"choose another name with {option}, or replace it with --force\n")
    assert contents(tmp_path) == before


READERS = [
    (name, option, spelling)
    for name, option in ALL
    for spelling in ("link", "hard link")
    # A store is a folder: it is neither read here as a file, nor linked into.
    if any("{" in word for word in ARGUMENTS[name])
    and ending(name, option) != ".zarr"
    and not (spelling == "hard link" and "{wiggle}" in ARGUMENTS[name])
]


@pytest.mark.parametrize(("name", "option", "spelling"), READERS)
def test_what_is_read_is_never_overwritten(nudipole, files, tmp_path, name, option, spelling):
    """Whatever it is called, and forced or not."""
    if "{wiggle}" in ARGUMENTS[name]:
        simulate = ["g2", "simulate", *ARGUMENTS["g2 simulate"], "-o", "wiggle.zarr", "--no-plot"]
        assert nudipole(*simulate).code == 0
    word = next(word for word in ARGUMENTS[name] if "{" in word).format(**files)
    read = tmp_path / word / "zarr.json" if word.endswith(".zarr") else tmp_path / word
    target = tmp_path / f"other{ending(name, option)}"
    target.symlink_to(read) if spelling == "link" else os.link(read, target)
    before = contents(tmp_path)
    result = nudipole(*command(name, option, target.name, files), "--force")
    assert (result.code, result.out) == (2, ""), result.err
    assert "read by this command and never overwritten" in result.err
    assert result.err.count("\n") == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("read", ["efficiency.csv", "./data.csv", "../{folder}/efficiency.csv", "spare.csv"])
@pytest.mark.parametrize("arguments", [("limit", "--csv"), ("export pyhf", "--output"), ("spectrum", "--json")])
def test_files_that_a_description_names_are_read(nudipole, files, tmp_path, read, arguments):
    """Of any variant, and also where the description comes from standard input."""
    yaml = tmp_path / "my_experiment.yaml"
    yaml.write_text(yaml.read_text() + "  spare: {note: x, set: {data: {file: spare.csv, column: observed}}}\n")
    (tmp_path / "spare.csv").write_text("observed [1]\n1\n1\n1\n1\n")
    before = contents(tmp_path)
    name, option = arguments
    for stdin, word in (("", "my_experiment.yaml"), (yaml.read_text(), "-")):
        target = read.format(folder=tmp_path.name)
        result = nudipole(*name.split(), word, option, target, "--force", stdin=stdin)
        assert result.code == 2
        assert f"{Path(target)}: is read by this command and never overwritten" in result.err
        assert contents(tmp_path) == before


def test_the_files_of_a_study_are_read(nudipole, files, tmp_path):
    before = contents(tmp_path)
    for target in ("study.yaml", "my_experiment.yaml", "data.csv"):
        result = nudipole("scan", "study.yaml", "-o", "s.zarr", "--json", target, "--force")
        assert result.code == 2
        assert f"{target}: is read by this command" in result.err
    assert contents(tmp_path) == before


def test_what_nudipole_wrote_and_then_reads_is_read(nudipole, files, tmp_path):
    """Its own files go without being forced, but not where they are the input."""
    assert nudipole("g2", "predict", "--no-plot", "--csv", "curve.csv").code == 0
    result = nudipole("g2", "predict", "--no-plot", "--asymmetry", "curve.csv", "--csv", "curve.csv")
    assert "curve.csv: is read by this command" in result.err


DEFAULTS = sorted(
    pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
    for name, found in commands()
    if any(option.name == "no_plot" for option in found.params)
)


@pytest.mark.parametrize("name", DEFAULTS)
def test_default_names(nudipole, files, tmp_path, name):
    """What a command calls its files itself: its own are replaced without a question, those of the user never."""
    if name == "g2 fit":
        nudipole("g2", "simulate", *ARGUMENTS["g2 simulate"], "-o", "wiggle.zarr", "--no-plot")
    words = [word.format(**files) if word.startswith("{") else word for word in ARGUMENTS[name]]
    run = [*name.split(), *words, *NEEDED.get(name, [])]
    inputs = contents(tmp_path)
    assert nudipole(*run).code == 0
    made = [path for path in contents(tmp_path) if path not in inputs and not any(".zarr" in p for p in path.parts)]
    assert made
    assert nudipole(*run).code == 0
    for path in made:
        ours = path.read_bytes()
        for theirs in (b"mine", ours + b"\n"):
            path.write_bytes(theirs)
            result = nudipole(*run)
            assert result.code == 2, path
            assert f"{path.name}: " in result.err
            assert "--force" in result.err
            assert path.read_bytes() == theirs
        path.write_bytes(ours)


def test_the_table_of_spectrum(nudipole, own, tmp_path):
    """The default name of its table is what a user would call the data."""
    data = tmp_path / "my-experiment-spectrum.csv"
    (tmp_path / "data.csv").rename(data)
    own.write_text(own.read_text().replace("file: data.csv", f"file: {data.name}"))
    before = data.read_bytes()
    for forced in ((), ("--force",)):
        result = nudipole("spectrum", own.name, *forced)
        assert (result.code, result.out) == (2, "")
        assert f"{data.name}: is read by this command" in result.err
        assert data.read_bytes() == before
        assert not list(tmp_path.glob("*.png"))
    assert nudipole("spectrum", own.name, "--csv", "expected.csv").code == 0


@pytest.mark.parametrize("arguments", [
    ("spectrum", "my_experiment.yaml", "--no-plot", "--csv", "a", "--json", "./a"),
    ("spectrum", "my_experiment.yaml", "--no-plot", "--json", "my-experiment-spectrum.csv"),
    ("limit", "my_experiment.yaml", "--json", "x.png", "--plot", "x.png"),
    ("limit", "my_experiment.yaml", "--json", "my-experiment-mu_nu.png"),
    ("g2", "simulate", "-o", "w.zarr", "--json", "w.zarr"),
    ("report", "my_experiment.yaml", "-o", "r", "--json", "r"),
])  # fmt: skip
def test_two_outputs_in_one_place(nudipole, own, tmp_path, arguments):
    before = contents(tmp_path)
    result = nudipole(*arguments)
    assert result.code == 2
    assert "are in each other's place: choose another name for one of them" in result.err
    assert contents(tmp_path) == before


def test_a_simulation_does_not_replace_data(nudipole, tmp_path):
    """A store of the user's, though it is of the same kind."""
    simulate = ["g2", "simulate", *ARGUMENTS["g2 simulate"], "--no-plot", "-o", "w.zarr"]
    assert nudipole(*simulate).code == 0
    assert nudipole(*simulate, "--seed", 2).code == 0
    with xr.open_zarr(tmp_path / "w.zarr", chunks=None) as opened:
        opened.load().to_zarr(tmp_path / "mine.zarr", zarr_format=3, consolidated=False)
    before = contents(tmp_path)
    result = nudipole(*simulate[:-1], "mine.zarr")
    assert "mine.zarr: exists and was not written by nudipole" in result.err
    assert contents(tmp_path) == before
    assert nudipole(*simulate[:-1], "mine.zarr", "--force").code == 0


@pytest.mark.parametrize("stream", ["/dev/null", "/dev/stderr"])
def test_streams_are_written_as_they_are(nudipole, own, stream):
    for _ in range(2):
        assert nudipole("spectrum", own.name, "--no-plot", "--json", stream, "--csv", stream).code == 0


def test_an_empty_file_is_nobodys(nudipole, own, tmp_path):
    (tmp_path / "new.json").touch()
    assert nudipole("spectrum", own.name, "--no-plot", "--json", "new.json").code == 0
    assert json.loads((tmp_path / "new.json").read_text())["schema"] == "nudipole-spectrum/1"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("report", "nope"), 2),
        (("report", "my_experiment.yaml", "--cl", "2"), 2),
        (("limit", "my_experiment.yaml", "-p", "nope", "--csv", "x.csv"), 2),
        (("sensitivity", "my_experiment.yaml", "--vary", "target.element=Foo"), 2),
        (("sensitivity", "my_experiment.yaml", "--vary", "target.element=Xe,Foo"), 2),
        (("sensitivity", "my_experiment.yaml", "--vary", "detector.threshold=20,30 keV"), 1),
        (("sensitivity", "my_experiment.yaml", "--vary", "detector.threshold=20,30 keV", "--csv", "x.csv"), 1),
        (("contour", "my_experiment.yaml", "mu_e", "nope"), 2),
        (("spectrum", "my_experiment.yaml", "--mu-nu", "1e300"), 2),
        (("toys", "my_experiment.yaml", "--at", "nope=1", "-o", "t.zarr"), 2),
        (("scan", "nope.yaml", "-o", "t.zarr"), 2),
        (("g2", "fit", "nope.zarr", "--csv", "x.csv"), 2),
        (("g2", "simulate", "--energy-bins", "1..9GeV/1"), 2),
        (("experiments", "--markdown", "nowhere/x.md"), 2),
    ],
)
def test_a_run_that_fails_leaves_nothing(nudipole, files, tmp_path, arguments, code):
    before = set(tmp_path.rglob("*"))
    assert nudipole(*arguments).code == code
    assert set(tmp_path.rglob("*")) == before


def test_a_report_that_cannot_be_written_leaves_no_folder(nudipole, own, tmp_path, monkeypatch):
    from nudipole import files, report

    def full(*_):
        raise OSError(28, "No space left on device", "report/index.html")

    monkeypatch.setattr(report, "build_report", lambda *_, **__: None)
    monkeypatch.setattr(report, "render", lambda made: "")
    monkeypatch.setattr(files, "write_atomically", full)
    result = nudipole("report", own.name, "--jobs", 1)
    assert (result.code, result.err) == (2, "nudipole: report/index.html: No space left on device\n")
    assert not Path(tmp_path, "report").exists()

"""What users install: the wheel with all its data, working from any folder."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import nudipole

ROOT = Path(__file__).resolve().parents[1]


def yaml_of(text):
    return YAML(typ="safe").load(text)


def environment():
    """The environment without what is of this Python alone: another JAX ends at a flag that it does not know."""
    return {name: value for name, value in os.environ.items() if name not in ("XLA_FLAGS", "PYTHONPATH")}


def run(*command, cwd):
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=600, check=False, env=environment()
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_names():
    assert set(dir(nudipole)) == set(nudipole.__all__)
    for name in nudipole.__all__:
        assert getattr(nudipole, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = nudipole.nope


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    isolated = [] if importlib.util.find_spec("hatchling") is None else ["--no-isolation"]
    run(sys.executable, "-m", "build", *isolated, "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def sdist(built):
    (path,) = built.glob("*.tar.gz")
    return path


def other_pythons():
    """Interpreters of other versions that the package is for, the newest first."""
    found = {}
    for minor in range(13, 10, -1):
        kept = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))
        for path in filter(None, [shutil.which(f"python3.{minor}"), *kept]):
            if minor != sys.version_info.minor and minor not in found:
                # A shim may stand for an interpreter that is not there.
                asked = subprocess.run([path, "-c", "import ensurepip"], capture_output=True, check=False)
                found |= {} if asked.returncode else {minor: path}
    return list(found.values())


def test_release_is_told_alike():
    """Version and licence in what people and archives read; the Pythons of the classifiers are those that CI has."""
    cff = yaml_of((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cff["version"] == nudipole.__version__
    assert cff["title"] == zenodo["title"]
    assert cff["license"] == zenodo["license"] == project["license"]
    assert [author["name"] for author in cff["authors"]] == [author["name"] for author in zenodo["creators"]]
    pythons = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    tests = yaml_of((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    assert tests["jobs"]["tests"]["strategy"]["matrix"]["python"] == pythons
    for path in [*(ROOT / ".github").rglob("*.yml")]:
        assert isinstance(yaml_of(path.read_text(encoding="utf-8")), dict)


def test_lower_bounds_are_those_tried():
    """Every package that is imported has a bound, and a row on the page that records what was tried."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name in ("bayesian", "cluster", "root") for line in project["optional-dependencies"][name]]
    bounds = dict(line.split(">=") for line in [*project["dependencies"], *extras])
    page = (ROOT / "docs/reference/versions.md").read_text(encoding="utf-8")
    tried = dict(re.findall(r"^\| ([\w.]+) \| ([\d.]+) \|", page, re.MULTILINE))
    assert tried.keys() == bounds.keys()
    recipe = yaml_of((ROOT / "conda/recipe.yaml").read_text(encoding="utf-8"))
    renamed = {"matplotlib-base": "matplotlib", "python-flatbuffers": "flatbuffers"}
    split = [line.split(" ") for line in recipe["requirements"]["run"]]
    needed = [renamed.get(name, name) + "".join(bound) for name, *bound in split]
    assert needed == [f"python{project['requires-python']}", *project["dependencies"]]
    assert recipe["context"]["version"] == nudipole.__version__
    assert [
        name for name in bounds if re.sub(r"(\.0)+$", "", tried[name]) != re.sub(r"(\.0)+$", "", bounds[name])
    ] == []


@pytest.mark.slow
def test_wheel_has_all_files(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    wanted = {
        str(path.relative_to(source))
        for path in (source / "nudipole").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= packed
    assert "nudipole/experiments/library/xenonnt-2022.yaml" in packed
    assert {f"nudipole/report/page/{name}" for name in ("report.html", "style.css", "script.js")} <= packed
    assert not [name for name in packed if name.startswith("tests") or "__pycache__" in name]


@pytest.mark.slow
def test_wheel_works_elsewhere(wheel, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    bin_ = tmp_path / "venv" / "bin"
    run(bin_ / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert "xenonnt-2022" in run(bin_ / "nudipole", "experiments", cwd=elsewhere)
    text = run(bin_ / "nudipole", "limit", "xenonnt-2022", cwd=elsewhere)
    assert text.startswith("xenonnt-2022: mu_nu < 6.8")
    assert (elsewhere / "xenonnt-2022-mu_nu.png").exists()
    data = json.loads(run(bin_ / "nudipole", "spectrum", "xenonnt-2022", "--json", "-", cwd=elsewhere))
    assert data["schema"] == "nudipole-spectrum/1"
    run(bin_ / "nudipole", "new", "--source", "reactor", "--target", "Ge", "-o", "my.yaml", cwd=elsewhere)
    checked = json.loads(run(bin_ / "nudipole", "check", "my.yaml", "--json", "-", cwd=elsewhere))
    assert checked["schema"] == "nudipole-check/1"
    assert "expected" in run(bin_ / "nudipole", "check", "example-sns-csi", cwd=elsewhere)
    where = run(bin_ / "python", "-c", "import nudipole; print(nudipole.__file__)", cwd=elsewhere)
    assert str(tmp_path) in where


@pytest.mark.slow
def test_what_is_uploaded_is_sound(built):
    """The sdist has the tests and the documentation, without what the site writes; the index will take both files."""
    run(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir(), cwd=built)
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"pyproject.toml", "docs/conf.py", "docs/_site/api.py", "tests/test_package.py", "CITATION.cff"} <= names
    assert not [name for name in names if name.startswith(("docs/generated", "docs-site", ".venv", ".cache"))]


def works_on(python, artefact, folder):
    """Installed without extras, and told which one is missing where one is."""
    run(python, "-m", "venv", folder / "venv", cwd=folder)
    bin_ = folder / "venv" / "bin"
    run(bin_ / "python", "-m", "pip", "install", "--quiet", "--no-compile", artefact, cwd=folder)
    text = run(bin_ / "nudipole", "limit", "xenonnt-2022", "--no-plot", cwd=folder)
    assert text.startswith("xenonnt-2022: mu_nu < 6.8")
    command = [bin_ / "nudipole", "limit", "xenonnt-2022", "--no-plot", "-m", "bayesian"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False, env=environment()
    )
    assert done.returncode == 2
    assert done.stderr.strip().endswith("numpyro, which is not installed: pip install 'nudipole[bayesian]'")


@pytest.mark.slow
def test_sdist_on_the_newest_other_python(sdist, tmp_path):
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python that the package is for")
    works_on(pythons[0], sdist, tmp_path)


@pytest.mark.slow
@pytest.mark.long
def test_wheel_on_the_other_pythons(wheel, tmp_path):
    pythons = other_pythons()[1:]
    if not pythons:
        pytest.skip("no third Python that the package is for")
    for k, python in enumerate(pythons):
        (tmp_path / str(k)).mkdir()
        works_on(python, wheel, tmp_path / str(k))

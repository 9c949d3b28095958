"""What users install: the wheel with all its data, working from any folder."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import nudipole

ROOT = Path(__file__).resolve().parents[1]


def run(*command, cwd):
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_names():
    assert set(dir(nudipole)) == set(nudipole.__all__)
    for name in nudipole.__all__:
        assert getattr(nudipole, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = nudipole.nope


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    isolated = [] if importlib.util.find_spec("hatchling") is None else ["--no-isolation"]
    run(sys.executable, "-m", "build", "--wheel", *isolated, "--outdir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


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

"""Packages that only part of nudipole needs are asked for by the extra that brings them."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from nudipole.errors import MissingPackage
from nudipole.extras import EXTRAS, optional
from nudipole.sampling.nuts import nuts

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(("package", "extra"), EXTRAS.items())
def test_a_missing_package_is_named_with_its_extra(package, extra, monkeypatch):
    assert [line for line in PROJECT["optional-dependencies"][extra] if line.startswith(f"{package}>=")]
    assert not [line for line in PROJECT["dependencies"] if line.startswith(f"{package}>=")]
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=rf"^x by {package}, .*: pip install 'nudipole\[{extra}\]'$"):
        optional(package, "x by")


def test_the_sampler_is_missed_before_work_begins(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpyro.infer.hmc", None)
    with pytest.raises(MissingPackage, match=r"^posteriors are sampled by numpyro"):
        nuts()


def test_what_is_damaged_is_not_called_missing(monkeypatch, tmp_path):
    """A package that is there, and lacks one that it needs itself, needs another remedy."""
    (tmp_path / "half_there.py").write_text("import nowhere_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        optional("half_there", "x by")

"""A description is text, and all that its work needs."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from nudipole.errors import InputError
from nudipole.scans import Description, ExperimentText


def test_text_and_back(profiles, toys):
    for description in (profiles, toys):
        assert Description.from_text(description.to_text()) == description


def test_built_where_there_are_no_files(folder, tmp_path):
    away = tmp_path / "away"
    shutil.copytree(folder, away)
    source = ExperimentText.read(away / "my_experiment.yaml")
    shutil.rmtree(away)
    assert source.name == "my-experiment"
    assert source.files == {"data.csv": "observed [1]\n18\n16\n33\n92\n"}
    np.testing.assert_array_equal(source.experiment().observed, [18, 16, 33, 92])


def test_record_has_hashes_of_files(toys):
    (item,) = toys.record()["experiments"]
    assert len(item["files"]["data.csv"]) == 64


def test_only_files_of_the_folder(folder, tmp_path):
    (tmp_path / "secret.csv").write_text("observed [1]\n1\n2\n3\n4\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    text = (folder / "my_experiment.yaml").read_text()
    for name in ("../secret.csv", str(tmp_path / "secret.csv")):
        (inside / "my.yaml").write_text(text.replace("data.csv", name))
        with pytest.raises(InputError, match="is not a file in the folder"):
            ExperimentText.read(inside / "my.yaml").experiment()


def test_errors_name_the_file_of_the_user(folder, tmp_path):
    (tmp_path / "my.yaml").write_text((folder / "my_experiment.yaml").read_text().replace("1 t yr", "1"))
    with pytest.raises(InputError, match=r"my\.yaml: exposure: a unit is missing"):
        ExperimentText.read(tmp_path / "my.yaml")

"""A store is continued, and only with what it was begun with."""

from __future__ import annotations

import errno
import json
import resource
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from zarr.storage import LocalStore

from nudipole.errors import InputError, NudipoleError
from nudipole.scans import Grid, Threads, finished, open_store, run
from nudipole.scans import store as stores
from nudipole.scans.work import Result


def interrupted_after(chunks):
    """An executor that stops as if someone had pressed a key."""

    def by(text, numbers):
        for k, item in enumerate(Threads(1)(text, numbers)):
            if k == chunks:
                raise KeyboardInterrupt
            yield item

    return by


def recorded(executor, seen):
    def by(text, numbers):
        seen.extend(numbers)
        yield from executor(text, numbers)

    return by


def same(first, second):
    one, two = open_store(first), open_store(second)
    assert set(one) == set(two)
    for name in one:
        np.testing.assert_array_equal(one[name].values, two[name].values)
        assert one[name].values.tobytes() == two[name].values.tobytes()


def test_labelled_arrays(toys, tmp_path):
    run(toys, tmp_path / "t.zarr")
    dataset = open_store(tmp_path / "t.zarr")
    assert dict(dataset.sizes) == {"mu_nu": 2, "toy": 25_000}
    assert list(dataset) == ["t", "q", "best_fit", "status"]
    assert dataset["mu_nu"].attrs["units"] == "mu_B"
    assert dataset["best_fit"].attrs["units"] == "mu_B^2"
    at = dataset.sel(mu_nu=2e-11)
    assert float(at["tested"]) == 2e-11
    np.testing.assert_array_equal(at["q"], np.where(at["best_fit"] > (2e-11 / 1e-11) ** 2 * 1e-11**2, 0, at["t"]))
    assert dataset.attrs["machine"].keys() >= {"cpu", "jaxlib", "numpy", "nudipole"}
    assert dataset.attrs["description"]["seed"] == 5


def test_profile_is_above_its_least(profiles, tmp_path):
    run(profiles, tmp_path / "p.zarr")
    dataset = open_store(tmp_path / "p.zarr")
    assert dict(dataset.sizes) == {"mu_e": 17, "mu_mu": 17}
    np.testing.assert_allclose(dataset["delta_chi2"], dataset["chi2"] - dataset.attrs["chi2_min"])
    assert float(dataset["delta_chi2"].min()) >= 0


@pytest.mark.parametrize("kind", ["profiles", "toys"])
@pytest.mark.parametrize("threads", [1, 3])
def test_continued(kind, threads, tmp_path, request):
    description = request.getfixturevalue(kind)
    run(description, tmp_path / "whole.zarr")
    path = tmp_path / "parts.zarr"
    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        run(description, path, recorded(interrupted_after(2), seen))
    assert finished(path)[0] == 2
    assert np.isnan(open_store(path)["t" if kind == "toys" else "chi2"]).any()
    before = {file: file.stat().st_mtime_ns for file in path.rglob("c/**/*") if file.is_file()}
    again: list[int] = []
    state = run(description, path, recorded(Threads(threads), again))
    assert state.before + state.done == state.total
    done = seen[:2]
    assert sorted(again) == [k for k in range(finished(path)[1]) if k not in done]
    assert all(file.stat().st_mtime_ns == time for file, time in before.items())
    same(path, tmp_path / "whole.zarr")


def test_any_order(toys, tmp_path):
    def backwards(text, numbers):
        return Threads(2)(text, list(reversed(numbers)))

    run(toys, tmp_path / "a.zarr")
    run(toys, tmp_path / "b.zarr", backwards)
    same(tmp_path / "a.zarr", tmp_path / "b.zarr")


def test_finished_store_is_only_read(few_toys, tmp_path):
    run(few_toys, tmp_path / "t.zarr")

    def never(text, numbers):
        assert not numbers
        return iter(())

    assert run(few_toys, tmp_path / "t.zarr", never).done == 0


def test_other_descriptions(few_toys, toys, profiles, tmp_path):
    path = tmp_path / "t.zarr"
    run(few_toys, path)
    source = few_toys.experiments[0]
    changes = {
        "seed 5, not 6": replace(few_toys, seed=6),
        "toys 300, not 400; seed 5, not 6": replace(few_toys, seed=6, toys=400),
        r"parameters.mu_nu.values \[2e-11\], not \[1e-11\]": replace(
            few_toys, parameters={"mu_nu": Grid((1e-11,), "mu_B")}
        ),
        "parameters mu_nu, not mu_e": replace(few_toys, parameters={"mu_e": Grid((1e-11,), "mu_B")}),
        "quantity toys, not delta-chi2": profiles,
        "another my-experiment.yaml": replace(
            few_toys, experiments=(replace(source, yaml=source.yaml.replace("1 t yr", "2 t yr")),)
        ),
        r"another my-experiment.files.data.csv": replace(
            few_toys, experiments=(replace(source, files={"data.csv": "observed [1]\n1\n2\n3\n4\n"}),)
        ),
        "experiments my-experiment, not other": replace(few_toys, experiments=(replace(source, name="other"),)),
    }
    for message, description in changes.items():
        with pytest.raises(InputError, match=f"was begun with {message}"):
            run(description, path)


def test_cut_otherwise(few_toys, tmp_path):
    path = tmp_path / "t.zarr"
    run(few_toys, path)
    text = path / "zarr.json"
    data = json.loads(text.read_text())
    data["attributes"]["description"]["toys_of_a_seed"] = 7
    text.write_text(json.dumps(data))
    with pytest.raises(InputError, match=r"was begun with toys_of_a_seed 7, not \d+: repeat"):
        run(few_toys, path)


@pytest.mark.parametrize(("key", "value"), [("cpu", "Z80"), ("jaxlib", "0.1"), ("nudipole", "0.0.1"), ("numpy", "1.0")])
def test_other_machines(few_toys, tmp_path, key, value):
    path = tmp_path / "t.zarr"
    run(few_toys, path)
    text = path / "zarr.json"
    data = json.loads(text.read_text())
    data["attributes"]["machine"][key] = value
    text.write_text(json.dumps(data))
    with pytest.raises(InputError, match=f"was begun with {key} {value}, not "):
        run(few_toys, path)


def test_workers_of_another_kind(few_toys, tmp_path):
    def foreign(text, numbers):
        for number, result in Threads(1)(text, numbers):
            yield number, Result(result.arrays, result.machine | {"cpu": "Z80"}, result.digest)

    def otherwise(text, numbers):
        for number, result in Threads(1)(text, numbers):
            yield number, Result(result.arrays, result.machine, "0")

    with pytest.raises(InputError, match="not Z80"):
        run(few_toys, tmp_path / "t.zarr", foreign)
    with pytest.raises(InputError, match="other expected counts"):
        run(few_toys, tmp_path / "t.zarr", otherwise)
    assert not (tmp_path / "t.zarr").exists()


def test_no_store(few_toys, tmp_path):
    (tmp_path / "file.zarr").write_text("x")
    (tmp_path / "folder.zarr").mkdir()
    for name, message in {
        "x.nc": "ends with .zarr",
        "none/x.zarr": "there is no folder",
        "file.zarr": "is there already",
        "folder.zarr": "is there already",
    }.items():
        with pytest.raises(InputError, match=message):
            run(few_toys, tmp_path / name)
    with pytest.raises(InputError, match="no such store"):
        open_store(tmp_path / "none.zarr")
    (tmp_path / "folder.zarr/zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')
    with pytest.raises(InputError, match="schema: is not nudipole-store/1"):
        open_store(tmp_path / "folder.zarr")
    (tmp_path / "folder.zarr/zarr.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        open_store(tmp_path / "folder.zarr")


def test_full_disk(profiles, tmp_path, monkeypatch):
    """What is written before the disk is full stays; with room again the rest follows."""
    path = tmp_path / "p.zarr"
    run(profiles, tmp_path / "whole.zarr")
    usual, written = LocalStore.set, []

    async def full(self, key, value):
        written.extend([key] if key.startswith("finished/c/") else [])
        if key.startswith("chi2/c/") and len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        await usual(self, key, value)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "set", full)
        with pytest.raises(NudipoleError, match=r"p\.zarr: No space left on device: 3 of 6 chunks are finished"):
            run(profiles, path, Threads(1))
    kept, whole = open_store(path)["chi2"].values, open_store(tmp_path / "whole.zarr")["chi2"].values
    assert np.isfinite(kept).sum() == 3 * 3 * 17
    np.testing.assert_array_equal(kept[:9], whole[:9])
    run(profiles, path)
    same(path, tmp_path / "whole.zarr")


LIMITED = """
import resource, signal, sys
from nudipole.errors import NudipoleError
from nudipole.scans import Description, Threads, run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
text, path = open(sys.argv[1]).read(), sys.argv[2]
def limited(text, numbers):
    for k, item in enumerate(Threads(1)(text, numbers)):
        if k == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        yield item
try:
    run(Description.from_text(text), path, limited)
except NudipoleError as error:
    print(error)
"""


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits of the size of files")
def test_refused_by_the_file_system(toys, tmp_path):
    """The kernel refuses to write: the same, with nothing of it replaced."""
    (tmp_path / "text").write_text(toys.to_text())
    path = tmp_path / "t.zarr"
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "text"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert "t.zarr: File too large: 1 of 6 chunks are finished and kept" in done.stdout
    run(toys, path)
    run(toys, tmp_path / "whole.zarr")
    same(path, tmp_path / "whole.zarr")


def test_folder_that_cannot_be_written(few_toys, monkeypatch, tmp_path):
    """Root may write anywhere but to /proc."""
    monkeypatch.setattr(stores, "check_path", lambda path: None)
    with pytest.raises(OSError, match="/proc/x"):
        run(few_toys, "/proc/x.zarr")


def test_damage_is_noticed(few_toys, tmp_path):
    path = tmp_path / "t.zarr"
    run(few_toys, path)
    chunk = path / "t/c/0/0"
    raw = bytearray(chunk.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    chunk.write_bytes(raw)
    with pytest.raises((RuntimeError, ValueError)):
        open_store(path)["t"].load()


@pytest.mark.parametrize("kind", ["profiles", "few_toys"])
def test_plain_xarray_opens_it(kind, tmp_path, request):
    """Without a warning, also half-way and after it was continued; one of an earlier version once it is continued."""
    description, path = request.getfixturevalue(kind), tmp_path / "s.zarr"
    run(description, path)
    with xr.open_zarr(path) as plain, xr.open_zarr(path, consolidated=False) as asked:
        xr.testing.assert_identical(plain.load(), asked.load())
    group = json.loads((path / "zarr.json").read_text())
    del group["consolidated_metadata"]
    (path / "zarr.json").write_text(json.dumps(group))
    assert finished(path)[0] == finished(path)[1]
    with pytest.warns(RuntimeWarning, match="consolidated"):
        xr.open_zarr(path).close()
    run(description, path)
    with xr.open_zarr(path) as plain:
        assert plain.attrs == asked.attrs


def test_nothing_finished_nothing_left(few_toys, tmp_path):
    """A store that a run has begun goes with it, one that it has found stays."""

    def fails(text, numbers):
        raise NudipoleError("no workers")
        yield

    with pytest.raises(NudipoleError, match="no workers"):
        run(few_toys, tmp_path / "t.zarr", fails)
    assert list(tmp_path.iterdir()) == []
    run(few_toys, tmp_path / "t.zarr")
    with pytest.raises(NudipoleError, match="no workers"):
        run(few_toys, tmp_path / "t.zarr", fails)
    assert finished(tmp_path / "t.zarr")[0] > 0

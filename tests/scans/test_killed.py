"""Processes that are killed lose nothing that was finished, and what follows is the same bit by bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.scans import Cluster, executor, finished, open_store, run

TOYS = """\
experiments: [my_experiment.yaml]
parameters: {mu_nu: {from: 0 mu_B, to: 3e-11 mu_B, points: 4}}
toys: 50000
seed: 3
"""
PROFILES = """\
experiments: [my_experiment.yaml, another.yaml]
parameters:
  mu_e: {from: 0 mu_B, to: 4e-11 mu_B, points: 60}
  mu_mu: {from: 0 mu_B, to: 4e-11 mu_B, points: 60}
quantity: delta-chi2
"""
SCAN = "from nudipole.cli import main; main()"


def begun(folder, store):
    command = [sys.executable, "-c", SCAN, "scan", "study.yaml", "-o", str(store)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def arrays(path):
    dataset = open_store(path)
    return {name: dataset[name].values.tobytes() for name in dataset}


def until(condition, seconds=240):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("study", [TOYS, pytest.param(PROFILES, marks=pytest.mark.long)], ids=["toys", "profiles"])
def test_scan_killed_at_random_moments(study, folder, tmp_path, monkeypatch, request):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (folder / "study.yaml").write_text(study)
    whole, broken = tmp_path / "whole.zarr", tmp_path / "broken.zarr"
    assert begun(folder, whole).wait(timeout=300) == 0
    rng = random.Random(request.node.name)
    before = 0
    for _ in range(3):
        process = begun(folder, broken)
        # Somewhere after its first chunk; perhaps while one is written.
        until(lambda done=before: broken.exists() and finished(broken)[0] > done)
        time.sleep(rng.uniform(0, 0.2))
        process.kill()
        process.wait()
        done, total = finished(broken)
        assert before < done
        before = done
        if done == total:
            break
    files = {file: file.stat().st_mtime_ns for file in (broken / "finished/c").iterdir() if "." not in file.name}
    assert begun(folder, broken).wait(timeout=300) == 0
    assert finished(broken)[0] == total
    assert all(file.stat().st_mtime_ns == then for file, then in files.items())
    assert arrays(broken) == arrays(whole)


@pytest.fixture
def cluster():
    """Two workers on this machine, which listen on the loopback interface alone."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as made:
        yield made


@pytest.mark.slow
def test_dask_worker_killed_under_load(cluster, toys, tmp_path):
    """Two processes, of which one dies at work, give what the threads of one process do."""
    run(toys, tmp_path / "threads.zarr")
    victim = next(iter(cluster.workers.values())).pid
    killed = []

    def kill(state):
        if state.done and not killed:
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    state = run(toys, tmp_path / "dask.zarr", Cluster(cluster.scheduler_address), progress=kill)
    assert killed
    assert state.done == state.total
    assert arrays(tmp_path / "dask.zarr") == arrays(tmp_path / "threads.zarr")


@pytest.mark.slow
def test_dask_scheduler_lost(cluster, toys, tmp_path):
    path = tmp_path / "t.zarr"

    def close(state):
        if state.done:
            cluster.close()

    with pytest.raises(NudipoleError, match="what is finished is kept"):
        run(toys, path, Cluster(cluster.scheduler_address), progress=close)
    done, total = finished(path)
    assert 0 < done < total
    run(toys, path)
    assert np.isfinite(open_store(path)["t"].values).all()


def test_no_scheduler(few_toys, tmp_path):
    with pytest.raises(NudipoleError, match="no Dask scheduler at tcp://127"):
        run(few_toys, tmp_path / "t.zarr", Cluster("tcp://127.0.0.1:9", timeout=1))


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "http://x:1", "tcp://x", "tcp://x:1/y", ""])
def test_no_address(address):
    with pytest.raises(NudipoleError, match="write tcp://HOST:PORT"):
        executor(address)

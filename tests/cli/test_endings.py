"""However a run ends: one line, the code of its signal, no process and nothing half-written left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

#: At which moment [s]: while modules are imported, while workers start, while they compute.
EARLY, STARTING, WORKING = 0.4, 2.0, 8.0
TOYS = ["toys", "xenonnt-2022", "--n", "1e8", "--at", "mu_nu=6e-12", "-o", "toys.zarr"]
CLS = ["limit", "xenonnt-2022", "-m", "cls", "--precision", "1e-5", "--toys", "100000", "--csv", "x.csv"]


def begun(folder, arguments, **kwargs):
    """The command as a leader of a session, as a shell starts it; its cache is none of ours."""
    return subprocess.Popen(
        [sys.executable, "-m", "nudipole", *arguments],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder.parent / "cache")},
        **kwargs,
    )


def left(session):
    """Processes of a session that are at work still."""
    listed = subprocess.run(["ps", "-o", "stat=", "-s", str(session)], capture_output=True, text=True, check=False)
    return [state for state in listed.stdout.split() if not state.startswith("Z")]


def ended(folder, arguments, delay, number=signal.SIGINT, group=True):
    process = begun(folder, arguments)
    time.sleep(delay)
    (os.killpg if group else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=60)
    end = time.monotonic() + 10
    while left(process.pid):
        assert time.monotonic() < end, "processes are left"
        time.sleep(0.05)
    assert out == ""
    return process.returncode, err


@pytest.mark.slow
@pytest.mark.parametrize(
    "delay", [pytest.param(EARLY, marks=pytest.mark.long), STARTING, pytest.param(WORKING, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("group", [True, False], ids=["as from a terminal", "the first process"])
@pytest.mark.parametrize(
    "arguments",
    [["validate"], ["report"], pytest.param(["experiments", "--markdown", "page.md"], marks=pytest.mark.long), CLS],
    ids=["validate", "report", "experiments", "cls"],
)
def test_interrupted(tmp_path, arguments, delay, group):
    assert ended(tmp_path, arguments, delay, group=group) == (130, "nudipole: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_interrupted_while_workers_start(tmp_path):
    assert ended(tmp_path, ["validate"], STARTING) == (130, "nudipole: interrupted\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_terminated(tmp_path, number, code):
    found, err = ended(tmp_path, ["report"], STARTING, number)
    assert (found, err.count("\n")) == (code, 1)
    assert err.startswith("nudipole: terminated")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_finished_chunks_are_kept(tmp_path, number, code):
    """And before there is one, nothing is."""
    found, err = ended(tmp_path, TOYS, STARTING, number)
    assert (found, err.count("\n")) == (code, 1)
    assert list(tmp_path.iterdir()) == []
    process = begun(tmp_path, TOYS)
    end = time.monotonic() + 120
    while len(list(tmp_path.glob("toys.zarr/finished/c/[0-9]*"))) < 2:  # the first of them has been told
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert err.endswith(" of 100000000 toys are in toys.zarr; the same command continues\n")
    assert err.count("\n") == 1


def test_nobody_stays_behind_a_process_that_is_killed(tmp_path):
    """Workers follow the process that began them, however it ends."""
    code, err = ended(tmp_path, ["validate"], STARTING, signal.SIGKILL, group=False)
    assert (code, err) == (-signal.SIGKILL, "")


def test_what_is_ignored_stays_ignored(tmp_path):
    """In the background of a script an interrupt is ignored, and under nohup that the terminal is gone."""
    ignoring = f"trap '' INT; exec {sys.executable} -m nudipole spectrum xenonnt-2022"
    process = subprocess.Popen(["sh", "-c", ignoring], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    time.sleep(EARLY)
    process.send_signal(signal.SIGINT)
    assert "picture: xenonnt-2022-spectrum.png" in process.communicate(timeout=60)[0]
    assert process.returncode == 0


def test_compiled_code_does_not_keep_a_run_from_ending(tmp_path):
    """A handler runs when compiled code returns; a watch ends the run, and removes what is not whole, before."""
    half = tmp_path / "half"
    half.mkdir()
    code = f"""\
import ctypes, os, signal, threading
from pathlib import Path
from nudipole.cli.endings import heeded
from nudipole.files import unfinished

def ask():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {{signal.SIGINT}})
    os.kill(os.getpid(), signal.SIGINT)

with heeded(), unfinished(Path({str(half)!r})):
    signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})  # the other thread hears it, as this one is busy
    threading.Timer(0.2, ask).start()
    ctypes.CDLL(None).sleep(60)
"""
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stderr) == (130, "nudipole: interrupted\n")
    assert time.monotonic() - begin < 20
    assert not half.exists()


def test_module_is_the_command(tmp_path):
    for arguments, text in ((["--version"], "nudipole 0."), (["limit", "-h"], "Usage: nudipole limit ")):
        process = begun(tmp_path, arguments)
        out, err = process.communicate(timeout=60)
        assert out.startswith(text)
        assert (process.returncode, err) == (0, "")
    process = begun(tmp_path, ["limit", "nope"])
    assert process.communicate(timeout=60)[1].startswith("nudipole: unknown experiment 'nope'")


def shell(command, folder):
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False, cwd=folder)


@pytest.mark.parametrize("arguments", ["show xenonnt-2022", "g2 status --no-plot", "schema"])
def test_a_reader_that_stops(tmp_path, arguments):
    command = f"{sys.executable} -m nudipole {arguments} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


@pytest.mark.parametrize(("stream", "code"), [(">&-", 0), ("> /dev/full", 2), ("2>&-", 0)])
def test_streams_that_are_closed_or_full(tmp_path, stream, code):
    command = f"{sys.executable} -m nudipole show xenonnt-2022 {stream}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == code
    assert done.stderr == ("nudipole: No space left on device\n" if code else "")

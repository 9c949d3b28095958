"""What `table.py` measures: one function a row, each run in a process of its own."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Found = dict[str, Any]
HERE = Path(__file__).parent


def cpu(run: Callable[[], Any], repeats: int = 7) -> float:
    """Least CPU time of a call, of all threads of this process [s]; the first call is not counted."""
    run()
    best = np.inf
    for _ in range(repeats):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best


def command(*arguments: str, warm: bool, cache: str) -> Found:
    """CPU time [s] and memory [MiB] of a command, with a cache of compiled code or without."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache, "OMP_NUM_THREADS": "1"}
    program = [
        "import os, resource, subprocess, sys",
        "subprocess.run([sys.executable, '-m', 'nudipole', *sys.argv[1:]], check=True, stdout=-3)",
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)",
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)",
    ]
    runs = []
    for _ in range(4 if warm else 1):
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(program), *arguments],
            check=True, capture_output=True, text=True, cwd=cache, env=environment,
        )  # fmt: skip
        runs.append([float(word) for word in done.stdout.split()[-2:]])
    seconds, memory = (min(column) for column in zip(*(runs[1:] or runs), strict=True))
    return {"seconds": seconds, "note": f"{memory:.0f} MiB"}


def peer(script: str, variable: str) -> Found | None:
    """What the script of a peer prints, run by the Python that an environment variable names."""
    python = os.environ.get(variable)
    if not python:
        return None
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, str(HERE / script)], check=True, capture_output=True, text=True, cwd=HERE, env={**os.environ, **one}
    )
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def many_nuisances(nuisances: int, bins: int) -> Any:
    """Backgrounds of random shapes, known to 5 to 13 %, and a falling signal."""
    from nudipole.statistics import Background, LinearSignal, Model

    random, backgrounds = np.random.default_rng(1), []
    for k in range(nuisances):
        shape = random.gamma(3, 1, bins)
        counts = 60 * bins / nuisances * shape / shape.sum()
        backgrounds.append(Background(f"b{k}", counts, "gaussian", 0.05 + 0.02 * (k % 5)))
    signal = np.exp(-np.arange(bins) / (bins / 4))
    return Model(sum(np.asarray(b.counts) for b in backgrounds), backgrounds, LinearSignal(30 * signal / signal.sum()))


def toys(model: Any, *, first: bool = False, chunks: int = 3) -> float:
    """CPU time of a toy, drawn and fitted twice, on one thread; or of the first chunk, compilation included [s]."""
    from nudipole.statistics.toys import draws
    from nudipole.statistics.toys.batch import Batch

    draws.THREADS = 1
    truth = draws.Hypothesis(1.0, np.zeros(len(model.nuisances)))
    begun = time.process_time()
    batch = Batch(model)
    draws.ensemble(batch, truth, 1.0, 1, seed=(0,))
    if first:
        return time.process_time() - begun
    n = chunks * draws.CHUNK
    return cpu(lambda: draws.ensemble(batch, truth, 1.0, n, seed=(1,))) / n


def first_call(nuisances: int) -> Found:
    return {"seconds": toys(many_nuisances(nuisances, 30), first=True)}


def toy(nuisances: int, bins: int) -> Found:
    """Beside a loop of Minuit with a gradient, both of CPU time."""
    from test_toys import by_minuit

    model = many_nuisances(nuisances, bins)
    loop = 1 / by_minuit(model, 60)
    return {"seconds": toys(model), "peers": {f"iminuit {importlib.metadata.version('iminuit')}": loop}}


def toys_of_thirty_bins() -> Found:
    from test_toys import by_minuit, thirty_bins

    peers = {f"iminuit {importlib.metadata.version('iminuit')}": 1 / by_minuit(thirty_bins(), 1000)}
    missing = []
    found = peer("pyhf_peer.py", "NUDIPOLE_PYHF_PYTHON")
    if found:
        peers |= {f"pyhf {found['pyhf']}, {name}": 1 / found[name] for name in ("numpy", "jax")}
    else:
        missing.append("pyhf not measured: NUDIPOLE_PYHF_PYTHON names no Python")
    found = peer("optimistix_peer.py", "NUDIPOLE_OPTIMISTIX_PYTHON")
    if found:
        peers[found["version"]] = found["seconds"]
    else:
        missing.append("optimistix not measured: NUDIPOLE_OPTIMISTIX_PYTHON names no Python")
    return {"seconds": toys(thirty_bins(), chunks=10), "peers": peers, "note": "; ".join(missing)}


def two_threads() -> Found:
    """Time of the clock on one thread over that on two, for the same chunks."""
    from nudipole.statistics.toys import draws
    from nudipole.statistics.toys.batch import Batch
    from test_toys import thirty_bins

    batch, truth = Batch(thirty_bins()), draws.Hypothesis(1.0, np.zeros(3))
    least = {}
    for threads in (1, 2):
        draws.THREADS = threads
        times = []
        for repeat in range(5):
            begun = time.perf_counter()
            draws.ensemble(batch, truth, 1.0, 40 * draws.CHUNK, seed=(repeat,))
            times.append(time.perf_counter() - begun)
        least[threads] = min(times)
    note = f"{least[1] / least[2]:.2f} times as fast as one thread by the clock; Dask LocalCluster not measured"
    return {"seconds": least[2], "note": note}


def solar(components: int) -> Found:
    from nudipole.mixing import mass_weights, nufit

    best, n_e = nufit("nufit-6.0-no"), np.geomspace(105, 1, 40)
    E = np.geomspace(1e-3, 20, 1000) * np.ones((components, 1))
    shares = np.random.default_rng(0).dirichlet(np.ones(40), size=components)
    seconds = cpu(lambda: np.asarray(mass_weights(best, E, n_e, shares)), 50)
    return {"seconds": seconds, "note": "NuFast-Earth (C++) not measured: no environment has it"}


def response() -> Found:
    import nudipole as nd
    from nudipole.numerics import jax
    from nudipole.rates import fold

    experiment = nd.load("xenonnt-2022")
    (part,) = experiment.parts
    ((processes, exposure),) = part.folded

    def run() -> Any:
        return jax.block_until_ready(fold(experiment.beam, processes, part.detector, exposure=exposure).W)

    return {"seconds": cpu(run, 50), "note": "the response of xenonnt-2022; SNuDD not measured: no environment has it"}


def feldman_cousins() -> Found:
    import nudipole as nd
    from nudipole.experiments.likelihood import likelihood
    from nudipole.statistics.neyman.belt import belt

    model, points = likelihood(nd.load("xenonnt-2022")), np.linspace(0.02, 2, 30)
    belt(model, points[:2], toys=2000)
    return {"seconds": cpu(lambda: belt(model, points, toys=10_000), 2)}


def wiggle() -> Found:
    from test_g2_speed import SETUP, WINDOW, fit_many, minuit_fit
    from test_g2_speed import wiggle as g2

    mean = g2.expected(SETUP)[12]
    counts = np.random.default_rng(1).poisson(mean, (1000, WINDOW.bins))
    found = fit_many(counts, WINDOW)
    truth = np.array([float(found[name].mean()) for name in ("N0", "tau", "A", "omega_a", "phi")])
    one = cpu(lambda: minuit_fit(counts[0], WINDOW, truth), 3)
    seconds = cpu(lambda: fit_many(counts, WINDOW), 5) / len(counts)
    return {"seconds": seconds, "peers": {f"iminuit {importlib.metadata.version('iminuit')}": one}}


def workspace(cache: str) -> Found:
    """The limit of the workspace that an environment variable names, without compiled code."""
    path = os.environ.get("NUDIPOLE_WORKSPACE")
    if not path:
        return {"note": "not measured: NUDIPOLE_WORKSPACE names no workspace"}
    empty = Path(cache) / "empty"
    empty.mkdir()
    return command("import", "pyhf", str(Path(path).resolve()), warm=False, cache=str(empty))

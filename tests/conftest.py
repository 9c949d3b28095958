"""Fixtures and settings common to all tests."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np
import pytest
from hypothesis import settings
from scipy.optimize import brentq, minimize_scalar
from scipy.special import xlogy

import nudipole as nd
from nudipole.kept import kernels, use_kept_arrays, use_kept_kernels
from nudipole.numerics import compile_quickly, jax, use_compilation_cache
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, OnOff, Poisson

# The same examples on every machine, and no verdict that depends on its speed.
settings.register_profile("nudipole", derandomize=True, deadline=None)
settings.load_profile("nudipole")


# Without this `approx` takes all numbers below 1e-12 for equal, whatever `rel` says: radii, charges and most moments.
type(pytest.approx(1.0)).DEFAULT_ABSOLUTE_TOLERANCE = property(lambda self: 1e-12 if self.expected == 0 else 0.0)

#: Compiled kernels and folded responses, kept between runs and shared by the processes of a run: compiling and folding
#: are most of what the tests cost.
CACHE = Path(__file__).resolve().parents[1] / ".cache"
compile_quickly()
use_compilation_cache(CACHE / "nudipole" / "jax")
use_kept_arrays(CACHE / "nudipole" / "arrays")
use_kept_kernels(CACHE / "nudipole" / "kernels")
# The same for Python that a test starts; the command finds it by XDG_CACHE_HOME.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # as the command does, of which tests start many
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(CACHE / "nudipole" / "jax")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def _put(self: Any, key: str, value: bytes) -> None:
    """An entry appears whole or not at all: JAX writes in place, where another process may read half of it."""
    path = Path(self.path) / f"{key}-cache"
    if not path.exists():
        whole = path.with_name(f"{key}.{os.getpid()}.{threading.get_ident()}")
        whole.write_bytes(value)
        whole.replace(path)


with suppress(ImportError):  # where this JAX keeps its entries otherwise
    from jax._src.lru_cache import LRUCache

    LRUCache.put = _put


# Of the millions of objects of modules and tests few are garbage; what holds memory is given back below.
gc.set_threshold(100_000, 50, 100)


class _Memory:
    """Memory of this process [bytes], and how much of it is a reason to drop compiled kernels."""

    most = 2_000_000_000

    def used(self) -> int:
        try:
            # Not by Path, which a test may have patched.
            with open("/proc/self/statm", encoding="ascii") as stream:
                return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        except FileNotFoundError:
            return 0

    def give_back(self) -> None:
        jax.clear_caches()
        gc.collect()
        with suppress(AttributeError):  # of the GNU library, which keeps what is freed
            ctypes.CDLL(None).malloc_trim(0)
        # What stays is needed: a test that follows does not ask for it again and again.
        self.most = max(_Memory.most, self.used() + 500_000_000)


_MEMORY = _Memory()


def pytest_itemcollected(item: pytest.Item) -> None:
    """What takes minutes is slow, too."""
    if item.get_closest_marker("long"):
        item.add_marker("slow")


def pytest_runtest_teardown() -> None:
    """Kernels that earlier tests compiled are dropped before they are gigabytes; those needed again are in `CACHE`."""
    if _MEMORY.used() > _MEMORY.most:
        _MEMORY.give_back()


class _Patch(pytest.MonkeyPatch):
    """Keeps no kernel from the moment that the package is changed: names of entries do not see it."""

    def setattr(self, target: Any, *rest: Any, **how: Any) -> None:
        name = target if isinstance(target, str) else getattr(target, "__module__", getattr(target, "__name__", ""))
        # What draws and prints is in no kernel.
        if str(name).startswith("nudipole") and not str(name).startswith(("nudipole.plots", "nudipole.cli")):
            use_kept_kernels(None)
            # Nor does a command that the test runs.
            super().setattr(kernels._STORE, "use", lambda folder: None)
        super().setattr(target, *rest, **how)


@pytest.fixture
def monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    patch = _Patch()
    yield patch
    patch.undo()
    use_kept_kernels(CACHE / "nudipole" / "kernels")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the full published tables, which nudipole does not carry; without it the test is skipped."""
    root = Path(__file__).resolve().parents[1]
    shared = Path(os.environ.get("NUDIPOLE_SHARED", root.parent / "shared")) / "data"
    if not shared.is_dir():
        pytest.skip("no reference data: set NUDIPOLE_SHARED to the folder that holds data/")
    return shared


#: A description of the user's own, to vary.
OWN = """\
name: my-experiment
title: a xenon detector of one tonne
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: solar}
target: {element: Xe}
process: {kind: nu-e}
exposure: 1 t yr
detector:
  bins: {edges: [1, 2, 3, 5, 10], unit: keV}
  resolution: {kind: sqrt-linear, a: 0.3 keV^0.5, b: 0.004}
  efficiency: {of: reconstructed, energy: [0, 1, 30], value: [0, 0.5, 0.9]}
data: asimov
backgrounds:
  flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}
"""


@pytest.fixture(scope="session")
def own_text():
    """A valid description with one change: ``own_text(old, new)``."""

    def changed(old="", new=""):
        assert old in OWN
        return OWN.replace(old, new) if old else OWN

    return changed


@pytest.fixture
def own(own_text, tmp_path):
    """Path of a file with the user's own experiment, with one change."""

    def written(old="", new=""):
        path = tmp_path / "my_experiment.yaml"
        path.write_text(own_text(old, new), encoding="utf-8")
        return path

    return written


def upper_end(chi2, threshold):
    """Moment [mu_B] at which chi2, a function of its square in (1e-11 mu_B)^2, is `threshold` above its minimum."""
    least = minimize_scalar(chi2, bounds=(0, 20), method="bounded")
    return 1e-11 * brentq(lambda square: chi2(square) - least.fun - threshold, least.x, 100) ** 0.5


def poisson_by_hand(experiment, threshold):
    """Poisson counts over one background that is known to a percentage, fluxes as they are: SciPy alone."""
    (background,) = experiment.backgrounds
    counts, width, normalisation = np.asarray(background.counts), float(background.width), background.normalisation
    factor = {"log-normal": lambda t: (1 + width) ** t, "gaussian": lambda t: 1 + width * t, "free": np.exp}
    seen, unit = experiment.observed, experiment.signal_counts(mu_nu=1e-11).sum(axis=0)

    def chi2(square):
        def at(t):
            expected = experiment.sm_counts.sum(axis=0) + square * unit + factor[normalisation](t) * counts
            deviance = 2 * np.sum(expected - seen + xlogy(seen, seen) - xlogy(seen, expected))
            return deviance + (0 if normalisation == "free" else t**2)

        return minimize_scalar(at, bracket=(-0.5, 0.5), tol=1e-9).fun

    return upper_end(chi2, threshold)


def on_off_by_hand(experiment, threshold):
    """Counts of an ON and an OFF measurement without other backgrounds, whose means are the roots of a square."""
    n, m, ratio = experiment.observed, np.asarray(experiment.statistic.off), float(experiment.statistic.ratio)
    sm, unit = (counts.sum(axis=0) for counts in (experiment.sm_counts, experiment.signal_counts(mu_nu=1e-11)))

    def chi2(square):
        s = sm + square * unit
        # The likelihood is greatest where n / (s + b) + m / b = 1 + ratio.
        lead = (1 + ratio) * s - n - m
        b = (np.sqrt(lead**2 + 4 * (1 + ratio) * m * s) - lead) / (2 * (1 + ratio))
        return 2 * np.sum(s + b - n + xlogy(n, n / (s + b)) + ratio * b - m + xlogy(m, m / (ratio * b)))

    return upper_end(chi2, threshold)


@pytest.fixture
def by_hand():
    """``by_hand(limit)``: the upper end of a moment within 1e-3, as errors of the Sun's fluxes are left out.

    Those of its pp and 7Be neutrinos are 0.6 % and 3 %, of a signal that is a fraction of its background.
    """

    def found(limit):
        known = on_off_by_hand if isinstance(limit.experiment.statistic, OnOff) else poisson_by_hand
        return known(limit.experiment, limit.ends.threshold)

    return found


@pytest.fixture(scope="session")
def xenonnt():
    return nd.load("xenonnt-2022")


@pytest.fixture(scope="session")
def xenonnt_limit(xenonnt):
    """Limits on XENONnT's parameters, each computed once."""
    known = {}

    def found(parameter="mu_nu", construction="unified"):
        if (parameter, construction) not in known:
            known[parameter, construction] = nd.limit(xenonnt, parameter, by=nd.Asymptotic(construction))
        return known[parameter, construction]

    return found


@pytest.fixture(scope="session")
def xenon1t_limit():
    """Limits of XENON1T's variants, each computed once."""
    known = {}

    def found(variant=None):
        if variant not in known:
            known[variant] = nd.limit(nd.load("xenon1t-2020", variant))
        return known[variant]

    return found


NORMALISATIONS = (
    ("free",),
    ("gaussian", "free"),
    ("log-normal", "gaussian"),
    ("free", "log-normal", "gaussian"),
)


class QuadraticSignal(eqx.Module):
    """Interference and square of a parameter with a sign."""

    linear: jax.Array
    square: jax.Array

    def __call__(self, poi, eta):
        return poi * self.linear + poi**2 * self.square


def make_random(seed, bins=8, kind="poisson", **settings):
    """Random spectra, scales and nuisances; some bins empty, many fits at the boundary."""
    rng = np.random.default_rng(seed)
    scale = 10 ** rng.uniform(-1, 2)
    backgrounds, truth = [], np.zeros(bins)
    for k, normalisation in enumerate(NORMALISATIONS[seed % 4]):
        template = scale * rng.dirichlet(2 * np.ones(bins)) * bins * (rng.random(bins) > 0.2)
        backgrounds.append(Background(f"b{k}", template, normalisation, rng.uniform(0.05, 0.5)))
        truth += template
    unit = 10 ** rng.uniform(-3, 3)
    signal = rng.exponential(1, bins) * np.sqrt(scale)
    response = signal * np.array([[0.1], [0.05]]) * rng.normal(size=(2, bins)) if seed % 2 else None
    observed, statistic = DRAWS[kind](rng, truth + max(0, rng.normal(0.3, 1)) * signal, scale)
    return Model(
        observed,
        backgrounds,
        LinearSignal(signal / unit, None if response is None else response / unit),
        statistic=statistic,
        signal_nuisances=("norm", "shape") if seed % 2 else (),
        **settings,
    )


def draw_poisson(rng, truth, scale):
    return rng.poisson(truth), Poisson()


def draw_gaussian(rng, truth, scale):
    error = np.sqrt(scale) * rng.uniform(0.5, 2, len(truth))
    return truth + error * rng.normal(size=len(truth)), Gaussian(error)


def draw_on_off(rng, truth, scale):
    """A third of the bins without background of their own."""
    background = scale * rng.exponential(1, len(truth)) * (rng.random(len(truth)) > 0.3)
    ratio = 10 ** rng.uniform(-1, 2) * rng.uniform(0.5, 2, len(truth))
    return rng.poisson(truth + background), OnOff(rng.poisson(ratio * background), ratio)


DRAWS = {"poisson": draw_poisson, "gaussian": draw_gaussian, "on-off": draw_on_off}


def make_counting(observed, background, signal=1.0, **settings):
    """One bin whose background is known to a millionth."""
    known = Background("known", [background], "gaussian", 1e-6)
    return Model([observed], [known], LinearSignal([signal]), **settings)


def make_gaussian(x, signal=None, **settings):
    """A Gaussian measurement `x` with unit resolution: very many events on a known background."""
    width, events = 1e6, 1e12
    known = Background("known", [events], "gaussian", 1e-10)
    return Model([events + x * width], [known], LinearSignal([width]) if signal is None else signal, **settings)


def make_spectrum(seed=1, poi=0.0):
    """29 bins, a falling signal on a flat background of free normalisation."""
    background, signal = np.linspace(30, 20, 29), np.geomspace(5, 0.1, 29)
    observed = np.random.default_rng(seed).poisson(background + poi * signal)
    return Model(observed, [Background("flat", background)], LinearSignal(signal))


@pytest.fixture
def random_model():
    return make_random


@pytest.fixture
def counting():
    return make_counting


@pytest.fixture
def gaussian():
    return make_gaussian


@pytest.fixture
def spectrum():
    return make_spectrum


@pytest.fixture
def quadratic():
    return QuadraticSignal


class CountingSignal(LinearSignal):
    """Counts how often Python calls it: once a compilation."""

    def __call__(self, poi, eta):
        CALLS.append(None)
        return super().__call__(poi, eta)


CALLS = []


@pytest.fixture
def counting_signal():
    """A signal, and a function that tells how often it was called so far."""
    return CountingSignal, lambda: len(CALLS)

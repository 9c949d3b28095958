"""Fixtures and settings common to all tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no verdict that depends on its speed.
settings.register_profile("nudipole", derandomize=True, deadline=None)
settings.load_profile("nudipole")


#: Memory maps of a process beyond which compiled kernels are dropped: Linux allows 65530, and compiling then crashes.
_MOST_MAPS = 25_000


@pytest.fixture(autouse=True, scope="module")
def _few_compiled_kernels() -> Iterator[None]:
    """Kernels that earlier modules compiled are dropped before there are too many."""
    yield
    maps = Path("/proc/self/maps")
    if "jax" in sys.modules and maps.exists() and maps.read_bytes().count(b"\n") > _MOST_MAPS:
        sys.modules["jax"].clear_caches()
        gc.collect()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the full published tables, which nudipole does not carry; without it the test is skipped."""
    root = Path(__file__).resolve().parents[1]
    shared = Path(os.environ.get("NUDIPOLE_SHARED", root.parent / "shared")) / "data"
    if not shared.is_dir():
        pytest.skip("no reference data: set NUDIPOLE_SHARED to the folder that holds data/")
    return shared

"""Fixtures and settings common to all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no verdict that depends on its speed.
settings.register_profile("nudipole", derandomize=True, deadline=None)
settings.load_profile("nudipole")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the full published tables, which nudipole does not carry; without it the test is skipped."""
    root = Path(__file__).resolve().parents[1]
    shared = Path(os.environ.get("NUDIPOLE_SHARED", root.parent / "shared")) / "data"
    if not shared.is_dir():
        pytest.skip("no reference data: set NUDIPOLE_SHARED to the folder that holds data/")
    return shared

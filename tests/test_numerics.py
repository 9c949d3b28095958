"""How JAX is configured."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nudipole.numerics import compile_quickly, jax

FLAG = "--xla_cpu_use_fusion_emitters=false"


@pytest.mark.parametrize(
    ("version", "before", "after"),
    [
        ((0, 10, 2), "", FLAG),
        ((0, 6, 0), "--xla_cpu_enable_fast_math=false", f"--xla_cpu_enable_fast_math=false {FLAG}"),
        # What the user says of it stays, and versions that may not know it are left alone.
        ((0, 10, 2), "--xla_cpu_use_fusion_emitters=true", "--xla_cpu_use_fusion_emitters=true"),
        ((0, 5, 3), "", ""),
        ((0, 11, 0), "", ""),
    ],
)
def test_flag_of_versions_that_know_it(version, before, after, monkeypatch):
    monkeypatch.setattr(jax, "__version_info__", version)
    monkeypatch.setenv("XLA_FLAGS", before)
    compile_quickly()
    assert os.environ["XLA_FLAGS"] == after


def test_this_version_knows_it():
    """An unknown flag would end the process."""
    program = "from nudipole.numerics import compile_quickly, jnp; compile_quickly(); print(float(jnp.ones(2).sum()))"
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "2.0\n"

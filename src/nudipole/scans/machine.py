"""What the last bits of a result depend on: the processor and the versions of the libraries."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from nudipole.numerics import jax
from nudipole.version import __version__

#: Instructions that change how sums are split and rounded.
_INSTRUCTIONS = ("sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512vl", "asimd", "sve")


@cache
def machine() -> dict[str, str]:
    """Processor, back end and versions: where they are equal, results are equal bit by bit."""
    return {
        "nudipole": __version__,
        "cpu": _cpu(),
        "backend": jax.default_backend(),
        "jaxlib": version("jaxlib"),
        "jax": jax.__version__,
        "numpy": np.__version__,
    }


def _cpu() -> str:
    """Model and instruction sets of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    known = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    model = known.get("model name") or platform.processor() or platform.machine()
    flags = (known.get("flags") or known.get("Features") or "").split()
    instructions = " ".join(name for name in _INSTRUCTIONS if name in flags)
    return f"{model} {platform.machine()}" + (f" ({instructions})" if instructions else "")

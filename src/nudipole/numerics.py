"""JAX in double precision: the one place that configures it. Everything else imports jax from here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]

#: What a numerical function takes: a traced or concrete JAX array, or a NumPy array handed in from outside.
AnyArray: TypeAlias = jax.Array | np.ndarray[Any, np.dtype[Any]]


def leaf(value: ArrayLike) -> AnyArray:
    """A number of a module as an array, so that all its values share compiled code.

    Not one of JAX, whose operations on NumPy arrays are slow, unless it is one already.
    """
    return value if isinstance(value, jax.Array) else np.asarray(value, float)


#: A fit with a smaller p-value does not describe the data: six standard deviations, whatever else is called a tension.
ABSURD = 1e-9

__all__ = ["ABSURD", "AnyArray", "compile_quickly", "jax", "jax_export", "jnp", "leaf", "use_compilation_cache"]


def jax_export() -> Any:
    """`jax.export`, which few need; None where it does not load.

    That of JAX 0.4.35 imports `absl`, which JAX does not require.
    """
    try:
        from jax import export
    except ImportError:
        return None
    return export


_EMITTERS = "xla_cpu_use_fusion_emitters"


def compile_quickly() -> None:
    """Compile with the older of XLA's two ways to write loops: in 40 % less time.

    Toys are as fast afterwards; single fits, of milliseconds, take up to 1.5 times as long. For the whole process,
    before JAX compiles anything; hence called by the command, not by the library. An unknown word in `XLA_FLAGS` ends
    the process, so it is set only for versions of JAX known to have it, and what the user says of it is left alone.
    Processes that are started afterwards inherit the variable: take it away from one with another JAX.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if (0, 6) <= jax.__version_info__ < (0, 11) and _EMITTERS not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --{_EMITTERS}=false".strip()


def use_compilation_cache(folder: str | os.PathLike[str]) -> None:
    """Keep compiled kernels in `folder`, so that the next process need not compile them again.

    JAX by default stores only what took over a second to compile; none of the kernels here does, so the
    threshold is set to zero. An unwritable folder is ignored: the cache is a convenience.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if not os.access(folder, os.W_OK):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)  # type: ignore[no-untyped-call]

"""Names of entries: digests of all that decides them."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import platform
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import jaxlib.version
import numpy as np
import scipy

from nudipole.numerics import jax

_OURS = "nudipole."
_PLAIN = (type(None), bool, int, float, complex, str)
_NUMBERS = "biufc"
_MISSING: Any = object()


class UnknownContent(Exception):
    """Something whose content is not known to the last bit."""


def name_of(function: Callable[..., Any], tokens: Iterator[bytes]) -> str | None:
    """Name of what `function` of this package makes of what the tokens describe; None if that is not known.

    A function from elsewhere, or one within another, may compute anything.
    """
    package, own = package_digest(), _function(function)
    if package is None or own is None:
        return None
    digest = hashlib.sha256(package + own)
    try:
        for token in tokens:
            digest.update(len(token).to_bytes(8, "big") + token)
    except UnknownContent:
        return None
    return digest.hexdigest()


def tokens_of(value: Any) -> Iterator[bytes]:
    """Content of a value, piece by piece: two values with the same pieces are the same.

    Raises
    ------
    UnknownContent
        For what is not known to the last bit: a function, a class from elsewhere, a value that JAX traces.
    """
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if kind in _PLAIN:
        yield repr(value).encode()
    elif isinstance(value, np.ndarray | np.generic | jax.Array) and not isinstance(value, jax.core.Tracer):
        if getattr(value.dtype, "kind", "") not in _NUMBERS:
            raise UnknownContent
        array = np.asarray(value)
        yield f"{array.dtype.str} {array.shape}".encode()
        yield array.tobytes()
    elif kind in (tuple, list) or _named_tuple(kind):
        yield str(len(value)).encode()
        for item in value:
            yield from tokens_of(item)
    # A class from elsewhere may compute with other code than that of this package.
    elif dataclasses.is_dataclass(value) and kind.__module__.startswith(_OURS):
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from tokens_of(getattr(value, field.name))
    else:
        raise UnknownContent


def outline_of(value: Any) -> Iterator[bytes]:
    """As `tokens_of`, but of what decides the kernel of a function: of arrays not their numbers, except static ones.

    Raises
    ------
    UnknownContent
        As `tokens_of` does, but a function of this package has a name here.
    """
    kind = type(value)
    own = _function(value)
    if own is not None or value is _MISSING:
        yield own or b"missing"
    elif isinstance(value, np.ndarray | np.generic | jax.Array):
        # A value that JAX traces has no kernel of its own.
        if isinstance(value, jax.core.Tracer) or getattr(value.dtype, "kind", "") not in _NUMBERS:
            raise UnknownContent
        yield f"{np.dtype(value.dtype).str} {value.shape}".encode()
    elif isinstance(value, jax.tree_util.PyTreeDef):
        yield b"structure"
        yield from outline_of(jax.tree.unflatten(value, [None] * value.num_leaves))
        yield from outline_of(jax.tree.unflatten(value, [0] * value.num_leaves))
    elif kind is dict:
        yield f"dict {len(value)}".encode()
        for key in sorted(value):
            yield from tokens_of(key)
            yield from outline_of(value[key])
    elif kind in (tuple, list) or _named_tuple(kind):
        yield f"{kind.__module__}.{kind.__qualname__} {len(value)}".encode()
        for item in value:
            yield from outline_of(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type) and kind.__module__.startswith(_OURS):
        yield f"{kind.__module__}.{kind.__qualname__}".encode()
        for field in dataclasses.fields(value):
            yield field.name.encode()
            static = field.metadata.get("static", False)
            # What JAX puts together again may lack what it had not before.
            part = getattr(value, field.name, _MISSING)
            yield from (_static if static else outline_of)(part)
    else:
        yield from tokens_of(value)


def _named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and kind.__module__.startswith(_OURS)


def _static(value: Any) -> Iterator[bytes]:
    own = _function(value)
    if own is not None or value is _MISSING:
        yield own or b"missing"
    else:
        yield from tokens_of(value)


def _function(value: Any) -> bytes | None:
    """Name of a function that stands in a module of this package; None for all else."""
    if not isinstance(value, FunctionType) or not value.__module__.startswith(_OURS) or "<" in value.__qualname__:
        return None
    return f"{value.__module__}.{value.__qualname__}".encode()


@cache
def package_digest() -> bytes | None:
    """Digest of what computes: the source and the data of this package, and the libraries and machine beneath it."""
    beneath = (jax.__version__, jaxlib.version.__version__, np.__version__, scipy.__version__, platform.machine())
    digest = hashlib.sha256(" ".join((*beneath, jax.default_backend())).encode())
    try:
        _add_sources(digest.update, Path(__file__).parents[1])
    except OSError:  # it does not lie in a folder
        return None
    return digest.digest()


def _add_sources(add: Callable[[bytes], None], folder: str | os.PathLike[str]) -> None:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda item: item.name):
            if entry.name == "__pycache__":  # made by the first import, where the installer made none
                continue
            if entry.is_dir():
                add(f"\0{entry.name}/".encode())
                _add_sources(add, entry.path)
            elif entry.name.endswith((".py", ".toml", ".csv")):
                content = Path(entry.path).read_bytes()
                add(f"\0{entry.name}\0{len(content)}\0".encode())
                add(content)

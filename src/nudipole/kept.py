"""Arrays that take long to compute, kept in files between processes, by the content of all that decides them.

An entry is named by the SHA-256 of the name of a function, of its arguments down to the last number, and of the source
of this package: a change of any of them gives another name. What is not known to the last bit (a function among the
arguments, a class from elsewhere, a value that JAX traces) is computed each time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import jaxlib.version
import numpy as np
import scipy
from numpy.typing import NDArray

from nudipole.files.atomic import replace
from nudipole.numerics import jax

#: Bytes of all entries, beyond which the oldest go; a tenth may be added before they are counted again.
MOST_BYTES = 200_000_000
_ENDING = ".npz"
_OURS = "nudipole."
_PLAIN = (type(None), bool, int, float, complex, str)
_NUMBERS = "biufc"


class _Unknown(Exception):
    """Something whose content is not known to the last bit."""


class _Folder:
    """Where entries are kept, and how many bytes may be added before they are counted."""

    path: Path | None = None
    free: int = 0


def use_kept_arrays(folder: str | os.PathLike[str] | None) -> None:
    """Keep arrays in `folder`, so that the next process need not compute them again; None: keep none, as at first.

    The folder may be removed at any time. One that cannot be written to is ignored, and so is whatever in it is not a
    whole entry: like the cache of compiled kernels it is a convenience.

    Parameters
    ----------
    folder : path or None
    """
    _Folder.path, _Folder.free = None, 0
    if folder is None:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        _Folder.path = Path(folder)


def kept(function: Callable[..., Any], *arguments: Any, shape: tuple[int, ...], dtype: type = float) -> NDArray[Any]:
    """The array that `function` makes of `arguments`, from its file if there is one.

    Parameters
    ----------
    function : callable
        A function of a module of this package, and of nothing but its arguments: what is changed in place from outside,
        such as a constant, is not seen.
    *arguments
        Numbers, texts, arrays, and tuples, lists and dataclasses of this package that are made of them.
    shape, dtype
        What the array is known to have; a file with another is no entry.

    Raises
    ------
    Exception
        What `function` raises: failures are not kept.
    """
    path = _entry(function, arguments)
    found = None if path is None else _read(path, shape, np.dtype(dtype))
    if found is not None:
        return found
    made = np.asarray(function(*arguments))
    if path is not None and made.shape == shape and made.dtype == dtype and np.all(np.isfinite(made)):
        _write(path, made)
    return made


def _entry(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Path | None:
    """Where the array is kept, if it is."""
    package = None if _Folder.path is None else _package()
    name = f"{function.__module__}.{function.__qualname__}"
    if _Folder.path is None or package is None or not name.startswith(_OURS) or "<" in name:
        return None
    digest = hashlib.sha256(package + name.encode())
    try:
        for token in _tokens(arguments):
            digest.update(len(token).to_bytes(8, "big") + token)
    except _Unknown:
        return None
    return _Folder.path / f"{digest.hexdigest()}{_ENDING}"


def _tokens(value: Any) -> Iterator[bytes]:
    """Content of a value, piece by piece: two values with the same pieces are the same."""
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if kind in _PLAIN:
        yield repr(value).encode()
    elif isinstance(value, np.ndarray | np.generic | jax.Array) and not isinstance(value, jax.core.Tracer):
        if getattr(value.dtype, "kind", "") not in _NUMBERS:
            raise _Unknown
        array = np.asarray(value)
        yield f"{array.dtype.str} {array.shape}".encode()
        yield array.tobytes()
    elif kind in (tuple, list):
        yield str(len(value)).encode()
        for item in value:
            yield from _tokens(item)
    # A class from elsewhere may compute with other code than that of this package.
    elif dataclasses.is_dataclass(value) and kind.__module__.startswith(_OURS):
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _tokens(getattr(value, field.name))
    else:
        raise _Unknown


@cache
def _package() -> bytes | None:
    """Digest of what computes: the source and the data of this package, and the libraries and machine beneath it."""
    beneath = (jax.__version__, jaxlib.version.__version__, np.__version__, scipy.__version__, platform.machine())
    digest = hashlib.sha256(" ".join((*beneath, jax.default_backend())).encode())
    try:
        _add_sources(digest.update, Path(__file__).parent)
    except OSError:  # it does not lie in a folder
        return None
    return digest.digest()


def _add_sources(add: Callable[[bytes], None], folder: str | os.PathLike[str]) -> None:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda item: item.name):
            if entry.is_dir():
                add(f"\0{entry.name}/".encode())
                _add_sources(add, entry.path)
            elif entry.name.endswith((".py", ".toml", ".csv")):
                content = Path(entry.path).read_bytes()
                add(f"\0{entry.name}\0{len(content)}\0".encode())
                add(content)


def _read(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any] | None:
    """The array of an entry; None unless it is whole, which the check sum of the archive tells."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    try:
        array: NDArray[Any] = np.load(io.BytesIO(raw), allow_pickle=False)["array"]
    except Exception:  # of many kinds: there may be anything in the file
        return None
    if array.shape != shape or array.dtype != dtype or not np.all(np.isfinite(array)):
        return None
    with suppress(OSError):
        os.utime(path)  # the oldest is what was not asked for the longest
    return array


def _write(path: Path, array: NDArray[Any]) -> None:
    stream = io.BytesIO()
    np.savez(stream, array=array)
    raw = stream.getvalue()
    with suppress(OSError):
        replace(path, raw)
        _Folder.free -= len(raw)
        if _Folder.free < 0:
            _Folder.free = MOST_BYTES // 10
            _remove_oldest(path.parent)


def _remove_oldest(folder: Path) -> None:
    with os.scandir(folder) as items:
        entries = [(item.stat(), item.path) for item in items if _ENDING in item.name]
    total = 0
    for status, path in sorted(entries, key=lambda item: item[0].st_mtime, reverse=True):
        total += status.st_size
        if total > MOST_BYTES:
            Path(path).unlink(missing_ok=True)

"""Arrays that take long to compute, kept in files between processes, by the content of all that decides them.

What is not known to the last bit (a function among the arguments, a class from elsewhere, a value that JAX traces) is
computed each time.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole.kept.names import name_of, tokens_of
from nudipole.kept.store import Store

_STORE = Store(".npz")


def use_kept_arrays(folder: str | os.PathLike[str] | None) -> None:
    """Keep arrays in `folder`, so that the next process need not compute them again; None: keep none, as at first.

    The folder may be removed at any time. One that cannot be written to is ignored, and so is whatever in it is not a
    whole entry: like the cache of compiled kernels it is a convenience.

    Parameters
    ----------
    folder : path or None

    Examples
    --------
    >>> use_kept_arrays("cache/arrays")
    >>> use_kept_arrays(None)
    """
    _STORE.use(folder)


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

    Returns
    -------
    array

    Raises
    ------
    Exception
        What `function` raises: failures are not kept.

    Examples
    --------
    A function from elsewhere is called each time:

    >>> int(kept(len, (1.0, 2.0), shape=()))
    2
    """
    path = _entry(function, arguments)
    found = None if path is None else _read(path, shape, np.dtype(dtype))
    if found is not None:
        return found
    made = np.asarray(function(*arguments))
    if path is not None and made.shape == shape and made.dtype == dtype and np.all(np.isfinite(made)):
        stream = io.BytesIO()
        np.savez(stream, array=made)
        _STORE.write(path, stream.getvalue())
    return made


def _entry(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Path | None:
    """Where the array is kept, if it is."""
    name = None if _STORE.folder is None else name_of(function, tokens_of(arguments))
    return None if name is None else _STORE.path(name)


def _read(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any] | None:
    """The array of an entry; None unless it is whole, which the check sum of the archive tells."""
    raw = _STORE.read(path)
    if raw is None:
        return None
    try:
        array: NDArray[Any] = np.load(io.BytesIO(raw), allow_pickle=False)["array"]
    except Exception:  # of many kinds: there may be anything in the file
        return None
    if array.shape != shape or array.dtype != dtype or not np.all(np.isfinite(array)):
        return None
    _STORE.used(path)
    return array

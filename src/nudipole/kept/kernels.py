"""Compiled functions whose kernels need be traced in one process only.

Tracing a minimisation and writing it in the language of the compiler takes Python longer than its work takes the
processor. What comes of it is kept: a process that finds it hands it to the compiler, or to the compiler's own cache.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from threading import RLock
from typing import Any, TypeVar

import numpy as np

from nudipole.kept.names import UnknownContent, name_of, outline_of
from nudipole.kept.store import Store
from nudipole.numerics import jax, jax_export

R = TypeVar("R")

_OURS = "nudipole."
_STORE = Store(".kernel")
#: One kernel is made at a time: threads that want the same wait for it.
_ONE = RLock()
_ARRAY = object()
#: Of a function; JAX, too, forgets compiled code beyond so many.
_MOST_FORMS = 4096


def use_kept_kernels(folder: str | os.PathLike[str] | None) -> None:
    """Keep traced kernels in `folder`, so that the next process need not trace them again; None: none, as at first.

    Beside `nudipole.numerics.use_compilation_cache`, which keeps what is compiled of them.

    Parameters
    ----------
    folder : path or None

    Examples
    --------
    >>> use_kept_kernels("cache/kernels")
    >>> use_kept_kernels(None)
    """
    _STORE.use(folder)


def compiled(function: Callable[..., R]) -> Callable[..., R]:
    """A function of this package compiled by JAX: arrays anywhere in its arguments are traced, all else is static.

    Parameters
    ----------
    function : callable
        Of nothing but its arguments. What it gives is made of arrays.

    Returns
    -------
    callable
        Gives the same. Within other compiled functions, and derivatives, it is traced with them.

    Examples
    --------
    >>> @compiled
    ... def total(values, kind):
    ...     return {"sum": values.sum(), "mean": values.mean()}[kind]
    >>> float(total(np.array([1.0, 3.0]), "mean"))
    2.0
    """
    forms: dict[Any, _Form] = {}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> R:
        leaves, structure = jax.tree.flatten((args, kwargs))
        arrays, rest, traced = [], [], _STORE.folder is None
        for leaf in leaves:
            if isinstance(leaf, jax.Array | np.ndarray | np.generic):
                arrays.append(leaf)
                rest.append(_ARRAY)
                # Keys of random numbers have a kind of their own, which NumPy does not know.
                traced = traced or isinstance(leaf, jax.core.Tracer) or not isinstance(leaf.dtype, np.dtype)
            else:
                rest.append((type(leaf), leaf))
        key = (structure, tuple(rest))
        form = forms.get(key)
        if form is None:
            if len(forms) >= _MOST_FORMS:  # of a caller whose static values never come back
                forms.clear()
            form = forms.setdefault(key, _Form(function, *key))
        result: R = form.plain(arrays) if traced else form.kept(arrays, args, kwargs)
        return result

    return call


class _Form:
    """A function with all that is static of its arguments: a function of a list of arrays."""

    def __init__(self, function: Callable[..., Any], structure: Any, rest: tuple[Any, ...]) -> None:
        self.function, self.structure, self.rest = function, structure, rest

        def of_arrays(arrays: list[Any]) -> Any:
            left = iter(arrays)
            leaves = [next(left) if kind is _ARRAY else kind[1] for kind in rest]
            args, kwargs = jax.tree.unflatten(structure, leaves)
            return function(*args, **kwargs)

        of_arrays.__name__ = function.__name__
        self.of_arrays = of_arrays
        self.plain = jax.jit(of_arrays)
        self._kernels: dict[Any, Callable[[list[Any]], Any]] = {}

    def kept(self, arrays: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the kernel for arrays of these shapes gives."""
        # What a kept kernel gives is bound to its device in the eyes of JAX, which would compile for each mixture of
        # arrays that are and that are not. On this device NumPy sees the same memory.
        arrays = [
            np.asarray(array) if isinstance(array, jax.Array) and getattr(array, "committed", True) else array
            for array in arrays
        ]
        shapes = tuple([(array.shape, array.dtype) for array in arrays])
        kernel = self._kernels.get(shapes)
        if kernel is None:
            with _ONE:
                kernel = self._kernels.get(shapes)
                if kernel is None:
                    kernel = self._kernels[shapes] = self._kernel(arrays, args, kwargs)
        return kernel(arrays)

    def _kernel(self, arrays: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[list[Any]], Any]:
        """From its file if there is one; as JAX compiles it where it cannot be kept."""
        known = jax.default_backend() == "cpu" and jax_export() is not None
        name = name_of(self.function, outline_of((args, kwargs))) if known else None
        path = None if name is None else _STORE.path(name)
        if path is None:
            return self.plain
        raw = _STORE.read(path)
        found = None if raw is None else _opened(raw)
        if found is not None:
            _STORE.used(path)
            return found
        raw = self._written(arrays)
        made = None if raw is None else _opened(raw)
        if raw is None or made is None:
            return self.plain
        _STORE.write(path, raw)
        return made

    def _written(self, arrays: list[Any]) -> bytes | None:
        """The traced kernel as bytes; None if what it gives cannot be told by its outline."""
        outlines: list[Any] = []

        def of_leaves(arrays: list[Any]) -> list[Any]:
            given = self.of_arrays(arrays)
            outlines.append(_outline(given))
            return jax.tree.leaves(given)

        of_leaves.__name__ = self.function.__name__
        try:
            exported = jax_export().export(jax.jit(of_leaves))(arrays)
        except UnknownContent:
            return None
        body = json.dumps(outlines[-1]).encode() + b"\n" + bytes(exported.serialize())
        return hashlib.sha256(body).digest() + body


def _opened(raw: bytes) -> Callable[[list[Any]], Any] | None:
    """The kernel in the bytes of an entry; None unless they are whole."""
    digest, body = raw[:32], raw[32:]
    if hashlib.sha256(body).digest() != digest:
        return None
    head, _, rest = body.partition(b"\n")
    try:
        structure = jax.tree.structure(_built(json.loads(head)))
    except UnknownContent:
        return None
    exported = jax_export().deserialize(bytearray(rest))

    def of_leaves(arrays: list[Any]) -> Any:
        return exported.call(arrays)

    of_leaves.__name__ = exported.fun_name
    leaves = jax.jit(of_leaves)

    def kernel(arrays: list[Any]) -> Any:
        return jax.tree.unflatten(structure, leaves(arrays))

    return kernel


def _outline(value: Any) -> Any:
    """Structure of what a kernel gives, in JSON.

    Raises
    ------
    UnknownContent
        If it holds anything but arrays, None, tuples, lists, dictionaries and modules of this package.
    """
    kind = type(value)
    if value is None:
        return None
    if isinstance(value, jax.Array | np.ndarray):
        return 0
    if kind in (tuple, list):
        return [kind.__name__, [_outline(item) for item in value]]
    if kind is dict and all(type(key) is str for key in value):
        return ["dict", {key: _outline(item) for key, item in value.items()}]
    if not kind.__module__.startswith(_OURS) or "<" in kind.__qualname__:
        raise UnknownContent
    name = [kind.__module__, kind.__qualname__]
    if isinstance(value, tuple):
        return ["named", name, [_outline(item) for item in value]]
    if not dataclasses.is_dataclass(value):
        raise UnknownContent
    fields = [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
    return ["module", name, {field: _field(getattr(value, field)) for field in fields}]


def _field(value: Any) -> Any:
    return ["plain", value] if type(value) in (bool, int, float, str) else _outline(value)


def _built(outline: Any) -> Any:
    """A value of this structure, with zeros for arrays; nothing that a file names is called, nor from elsewhere taken.

    Raises
    ------
    UnknownContent
        If it names anything but a named tuple or a dataclass of this package.
    """
    if outline is None or outline == 0:
        return outline
    kind, *rest = outline
    if kind == "plain":
        return rest[0]
    if kind == "dict":
        return {key: _built(item) for key, item in rest[0].items()}
    if kind in ("tuple", "list"):
        return (tuple if kind == "tuple" else list)(_built(item) for item in rest[0])
    (module, name), parts = rest
    if not module.startswith(_OURS):
        raise UnknownContent
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type) or not found.__module__.startswith(_OURS):
        raise UnknownContent
    if kind == "named" and issubclass(found, tuple):
        return tuple.__new__(found, map(_built, parts))
    if kind != "module" or not dataclasses.is_dataclass(found):
        raise UnknownContent
    made: Any = object.__new__(found)
    for field, item in parts.items():
        object.__setattr__(made, field, _built(item))
    return made

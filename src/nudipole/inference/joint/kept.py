"""What is finished of a long fit, in a folder: a second run goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nudipole.errors import NudipoleError
from nudipole.files import write_atomically
from nudipole.inference.joint.profile import Curve
from nudipole.numerics import jax
from nudipole.statistics.blocks import Blocks, Minimum
from nudipole.version import __version__


class Kept:
    """Finished parts of fits, each in a file of its own that appears whole or not at all.

    Parameters
    ----------
    folder : path, optional
        Where they are; made if it is missing. Without, nothing is kept.

    Attributes
    ----------
    folder : Path or None
    finished, total : int
        Curves of the fit that is at work.

    Raises
    ------
    NudipoleError
        If a file has the name of the folder.

    Examples
    --------
    >>> kept = Kept("fits")
    >>> kept.begin("0123", 2)
    >>> kept.part("lambda_1", lambda: {"found": 1.0})
    {'found': 1.0}
    >>> kept.part("lambda_1", lambda: {"found": 2.0})
    {'found': 1.0}
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder)
        if self.folder is not None and self.folder.exists() and not self.folder.is_dir():
            raise NudipoleError(f"{self.folder}: is a file: name a folder, which is made if it is missing")
        self.finished = self.total = 0
        self._key = ""

    def begin(self, key: str, total: int) -> None:
        """A fit with this `key`, which stands for all that decides its result."""
        self._key, self.finished, self.total = key, 0, total

    def part(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A part as plain data: as it is kept, or made now and kept."""
        found = self.read(name)
        if found is None:
            found = make()
            self.write(name, found)
        return found

    def read(self, name: str) -> dict[str, Any] | None:
        """A part, or None where there is none, or none that is whole."""
        if self.folder is None:
            return None
        try:
            found = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        same = isinstance(found, dict) and found.get("key") == self._key
        return found["part"] if same and isinstance(found.get("part"), dict) else None

    def write(self, name: str, part: dict[str, Any]) -> None:
        """Keep a part."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(name), json.dumps({"key": self._key, "part": part}) + "\n")

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{self._key[:12]}-{name}.json"


def key(blocks: Blocks, settings: Iterable[object]) -> str:
    """SHA-256 of the numbers of a likelihood and of the settings of a fit."""
    made = hashlib.sha256(repr((__version__, blocks.names, *settings)).encode())
    for name, model in blocks.models.items():
        made.update(name.encode())
        for leaf in jax.tree.leaves(model.unnamed()):
            made.update(np.ascontiguousarray(np.asarray(leaf)).tobytes())
    return made.hexdigest()


def packed(curve: Curve, met: Iterable[Minimum]) -> dict[str, Any]:
    """A curve, and minima that were met on its way, as plain data."""
    return {
        "values": curve.values.tolist(),
        "delta_chi2": curve.delta_chi2.tolist(),
        "intervals": [list(ends) for ends in curve.intervals],
        "unbounded": curve.unbounded,
        "at_end": None if curve.at_end is None else curve.at_end.tolist(),
        "converged": curve.converged,
        "met": [point(one) for one in met],
    }


def unpacked(part: dict[str, Any]) -> tuple[Curve, list[Minimum]]:
    """What `packed` made plain; the minima without their curvature."""
    intervals = tuple((low, high) for low, high in part["intervals"])
    end = None if part["at_end"] is None else np.array(part["at_end"])
    values, delta = np.array(part["values"]), np.array(part["delta_chi2"])
    curve = Curve(values, delta, intervals, part["unbounded"], end, part["converged"])
    return curve, [Minimum(np.array(x), chi2, np.zeros((0, 0)), True, 0) for x, chi2 in part["met"]]


def point(found: Minimum) -> list[Any]:
    """A minimum as plain data: where, and how deep."""
    return [found.x.tolist(), found.chi2]


def minimum(blocks: Blocks, x: list[float]) -> Minimum:
    """The minimum that `point` made plain."""
    at = np.array(x)
    return Minimum(at, blocks.chi2(at), blocks.curved(at)[2], True, 0)

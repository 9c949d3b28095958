"""Results on disk: a Zarr group that is filled chunk by chunk, each whole or not at all.

A chunk of the work is one chunk of every array, and so one file of each, which Zarr writes beside and renames. What
marks it as finished is written after all of them. Whoever is killed in between leaves nothing that counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole.errors import InputError, NudipoleError
from nudipole.files import consolidate, folder_atomically, is_consolidated
from nudipole.io.stamp import schema
from nudipole.scans.description import Description
from nudipole.scans.machine import machine
from nudipole.scans.tasks import built
from nudipole.scans.work import Numbers, Result, Work

if TYPE_CHECKING:
    import xarray as xr
    import zarr

#: What a store says it is.
SCHEMA = schema("store")
_FINISHED = "finished"
#: Longest text of a value in a message.
_LONGEST = 60


class Store:
    """The Zarr group of a description.

    Attributes
    ----------
    path : Path
    work : Work
    """

    def __init__(self, path: Path, work: Work, group: zarr.Group) -> None:
        self.path, self.work, self._group = path, work, group
        self._arrays: dict[str, Any] = {name: group[name] for name in (*work.variables, _FINISHED)}

    @classmethod
    def begin(cls, path: str | Path, description: Description) -> Store:
        """Make the store, or go on with it if it is there.

        Raises
        ------
        InputError
            If there is something else at `path`, or a store of another description, begun on another kind of processor
            or with other versions; the message names what differs.
        OSError
            If it cannot be written.
        """
        path = Path(path)
        check_path(path)
        if path.exists():
            attributes = _attributes(path)
            _check_machine(path, attributes["machine"], machine())
            _check_same(path, attributes["description"], description.record())
            work = built(description.to_text())
            _check_same(path, attributes["description"], work.record())
            group = _opened(path, "r+")
            if group.attrs["digest"] != work.digest:
                raise InputError(
                    path,
                    "",
                    "the same description gives other expected counts here than where it was begun: continue there, "
                    "or write to another place",
                )
            if not is_consolidated(path):  # begun by an earlier version
                consolidate(path)
                group = _opened(path, "r+")
            return cls(path, work, group)
        work = built(description.to_text())
        _create(path, work)
        return cls(path, work, _opened(path, "r+"))

    @property
    def finished(self) -> Numbers:
        """Which chunks are finished, (chunk,) bool."""
        finished: Numbers = np.asarray(self._arrays[_FINISHED][:]) == 1
        return finished

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Of the group."""
        return dict(self._group.attrs)

    def write(self, number: int, result: Result) -> None:
        """Put a chunk in its place.

        Raises
        ------
        InputError
            If it was computed on a machine on which the last bits may differ.
        NudipoleError
            If the disk is full or cannot be written; what was finished before stays.
        """
        begun = self.attributes
        _check_machine(self.path, begun["machine"], result.machine)
        if result.digest != begun["digest"]:
            raise InputError(self.path, "", "a worker folds other expected counts than this machine: leave it out")
        with self._kept():
            for name, values in result.arrays.items():
                self._arrays[name][self.work.chunks.region(number)] = values
            self._arrays[_FINISHED][number] = 1

    def whole(self, name: str) -> Numbers:
        """All of a variable."""
        return np.asarray(self._arrays[name][:])

    def note(self, **values: Any) -> None:
        """Add to the attributes."""
        with self._kept():
            self._group.attrs.update(values)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """A failure to write is told with what is safe."""
        try:
            yield
        except OSError as error:
            done, total = int(self.finished.sum()), len(self.work.chunks)
            raise NudipoleError(
                f"{self.path}: {error.strerror or error}: {done} of {total} chunks are finished and kept; "
                "make room and repeat the command, which continues"
            ) from error


def check_path(path: Path) -> None:
    """Refuse a place where no store can be made.

    Parameters
    ----------
    path : Path
        Where a store is to be.

    Raises
    ------
    InputError
        With the reason.

    Examples
    --------
    >>> check_path(Path("nowhere/scan.zarr"))
    Traceback (most recent call last):
        ...
    nudipole.errors.InputError: nowhere/scan.zarr: there is no folder nowhere: make it first
    """
    if not path.name.endswith(".zarr"):
        raise InputError(path, "", "the name of a store ends with .zarr")
    if not path.parent.is_dir():
        raise InputError(path, "", f"there is no folder {path.parent}: make it first")
    if path.exists() and not (path / "zarr.json").is_file():
        raise InputError(path, "", "is there already and no store of nudipole: choose another name")


def open_store(path: str | Path) -> xr.Dataset:
    """A store as labelled arrays, read from disk as they are used.

    Dimensions are the parameters of the grid, and ``toy``. What is not finished is NaN, with status 255. A profile has
    ``delta_chi2`` beside chi2: above the least within the range of the grid, or, as long as that is not known, above
    the least of the points that there are.

    Parameters
    ----------
    path : path

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    InputError
        If there is no such store.

    Examples
    --------
    >>> from nudipole.scans import Grid, Description, ExperimentText, run
    >>> moments = {"mu_nu": Grid((0.0, 1e-11), "mu_B")}
    >>> state = run(Description("delta-chi2", (ExperimentText.read("xenonnt-2022"),), moments), "scan.zarr")
    >>> dataset = open_store("scan.zarr")
    >>> dataset["delta_chi2"].dims, dataset["mu_nu"].attrs["units"]
    (('mu_nu',), 'mu_B')
    """
    import xarray as xr

    path = Path(path)
    attributes = _attributes(path)
    dataset: xr.Dataset
    with _readable(path):
        dataset = xr.open_zarr(path, consolidated=False, chunks=None, decode_cf=False, drop_variables=[_FINISHED])
    dataset = dataset.set_coords([name for name in ("tested", "m") if name in dataset])
    # The folder lists its arrays in any order.
    dataset = dataset[[name for name in ("t", "q", "best_fit", "chi2", "status") if name in dataset]]
    if "chi2" in dataset:
        least = attributes.get("chi2_min")
        with np.errstate(invalid="ignore"):
            above = dataset["chi2"] - (dataset["chi2"].min() if least is None else least)
        dataset["delta_chi2"] = above.assign_attrs(long_name="chi2 above the least", units="1")
    return dataset


def finished(path: str | Path) -> tuple[int, int]:
    """How many chunks of a store are finished, and how many there are.

    Parameters
    ----------
    path : path

    Returns
    -------
    tuple of int

    Raises
    ------
    InputError
        If there is no such store.

    Examples
    --------
    >>> from nudipole.scans import Grid, Description, ExperimentText, run
    >>> moments = {"mu_nu": Grid((0.0, 1e-11), "mu_B")}
    >>> state = run(Description("delta-chi2", (ExperimentText.read("xenonnt-2022"),), moments), "scan.zarr")
    >>> finished("scan.zarr")
    (1, 1)
    """
    path = Path(path)
    _attributes(path)
    with _readable(path):
        marks = np.asarray(_opened(path, "r")[_FINISHED][:])  # type: ignore[index]
    return int(np.sum(marks == 1)), len(marks)


def description(path: str | Path) -> dict[str, Any]:
    """What a store was made for: the record of its description."""
    found: dict[str, Any] = _attributes(Path(path))["description"]
    return found


def _create(path: Path, work: Work) -> None:
    """The group with all its arrays empty, whole or not at all."""
    import zarr
    from zarr.codecs import ZstdCodec

    chunks, grid = work.chunks, tuple(work.description.parameters)
    try:
        with folder_atomically(path) as new:
            group = zarr.open_group(new, mode="w", zarr_format=3)
            # A frame with its own checksum: damage is noticed when it is read.
            packed = [ZstdCodec(level=1, checksum=True)]
            for name, variable in work.variables.items():
                group.create_array(
                    name,
                    shape=chunks.shape,
                    chunks=chunks.block,
                    dtype=variable.dtype,
                    fill_value=variable.missing,
                    dimension_names=work.dimensions,
                    attributes=variable.attributes,
                    compressors=packed,
                )
            coordinates: dict[str, tuple[tuple[str, ...], Numbers, dict[str, Any]]] = {
                name: ((name,), np.array(axis.values), {"units": axis.unit})
                for name, axis in work.description.parameters.items()
            }
            coordinates |= {name: (grid, values, attrs) for name, (values, attrs) in work.coordinates().items()}
            for name, (dimensions, values, attributes) in coordinates.items():
                group.create_array(name, data=values, dimension_names=dimensions, attributes=attributes)
            group.create_array(
                _FINISHED, shape=(len(chunks),), chunks=(1,), dtype="uint8", fill_value=0, dimension_names=("chunk",)
            )
            group.attrs.update(
                schema=SCHEMA,
                description=work.record(),
                machine=machine(),
                digest=work.digest,
                nuisances=list(next(iter(work.inputs())).nuisances),
            )
            consolidate(new)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _opened(path: Path, mode: Any) -> zarr.Group:
    import zarr

    return zarr.open_group(path, mode=mode, zarr_format=3)


def _attributes(path: Path) -> dict[str, Any]:
    if not (path / "zarr.json").is_file():
        raise InputError(path, "", "no such store" if not path.exists() else "is no store of nudipole")
    with _readable(path):
        attributes = dict(_opened(path, "r").attrs)
    if attributes.get("schema") != SCHEMA:
        raise InputError(path, "schema", f"is not {SCHEMA}: this is no store of nudipole, or of another version")
    return attributes


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever is wrong with the files is about the store."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, NudipoleError):
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(path, "", f"cannot be read: {reason}") from error


def _check_same(path: Path, begun: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse to go on with something else: what `wanted` says is what was begun."""
    begun = {key: begun.get(key) for key in wanted}
    different = [
        f"{key} {one}, not {other}"
        for key in ("quantity", "parameters")
        for one, other in [[", ".join([item[key]] if key == "quantity" else item[key]) for item in (begun, wanted)]]
        if one != other
    ] or list(_differences(begun, wanted))
    if different:
        raise InputError(
            path, "", f"was begun with {'; '.join(different)}: repeat it as it was begun, or write to another place"
        )


def _check_machine(path: Path, begun: Mapping[str, str], here: Mapping[str, str]) -> None:
    different = [f"{name} {begun.get(name)}, not {here.get(name)}" for name in here if begun.get(name) != here[name]]
    if different:
        raise InputError(
            path,
            "",
            f"was begun with {'; '.join(different)}: results would differ in their last digits; continue on such a "
            "machine, or write to another place",
        )


def _differences(begun: Any, wanted: Any, where: str = "") -> Iterator[str]:
    """Where two records differ, as "what it was, not what is wanted"."""
    if isinstance(begun, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys((*begun, *wanted)):
            yield from _differences(begun.get(key), wanted.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(begun, list) and isinstance(wanted, list) and where == "experiments":
        first, second = ([item["name"] for item in items] for items in (begun, wanted))
        if first != second:
            yield f"experiments {', '.join(first)}, not {', '.join(second)}"
            return
        for one, other in zip(begun, wanted, strict=True):
            yield from _differences(one, other, one["name"])
    elif begun != wanted:
        short = all(len(str(value)) <= _LONGEST and "\n" not in str(value) for value in (begun, wanted))
        yield f"{where} {begun}, not {wanted}" if short else f"another {where}"

"""The schema of a HistFactory workspace in JSON, closed, with limits on its size.

References
----------
ATL-PHYS-PUB-2019-029; the JSON schema 1.0.0 of pyhf
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from nudipole.errors import InputError
from nudipole.files import note_read
from nudipole.io.messages import validation_message

MAX_BYTES = 20_000_000
MAX_DEPTH = 12

Name = Annotated[str, Field(min_length=1, max_length=200)]
Numbers = Annotated[list[FiniteFloat], Field(min_length=1, max_length=100_000)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Shapes(_Closed):
    lo_data: Numbers
    hi_data: Numbers


class _Factors(_Closed):
    lo: FiniteFloat
    hi: FiniteFloat


class HistoSys(_Closed):
    """A shape that moves between two variations."""

    name: Name
    type: Literal["histosys"]
    data: _Shapes


class NormSys(_Closed):
    """A factor that moves between two values."""

    name: Name
    type: Literal["normsys"]
    data: _Factors


class NormFactor(_Closed):
    """A free factor."""

    name: Name
    type: Literal["normfactor"]
    data: None


class Lumi(_Closed):
    """A factor with a Gaussian measurement, the same wherever it occurs."""

    name: Literal["lumi"]
    type: Literal["lumi"]
    data: None


class ShapeSys(_Closed):
    """Factors of the bins with Poisson measurements."""

    name: Name
    type: Literal["shapesys"]
    data: Numbers


class StatError(_Closed):
    """Factors of the bins with Gaussian measurements, one of a bin for all samples."""

    name: Name
    type: Literal["staterror"]
    data: Numbers


class ShapeFactor(_Closed):
    """Free factors of the bins."""

    name: Name
    type: Literal["shapefactor"]
    data: None


Modifier = Annotated[
    HistoSys | NormSys | NormFactor | Lumi | ShapeSys | StatError | ShapeFactor, Field(discriminator="type")
]


#: Types of modifiers.
TYPES = ("histosys", "lumi", "normfactor", "normsys", "shapefactor", "shapesys", "staterror")


class Sample(_Closed):
    """Expected counts of one process in one channel."""

    name: Name
    data: Numbers
    modifiers: list[Modifier] = Field(max_length=10_000)


class Channel(_Closed):
    """Bins of one selection."""

    name: Name
    samples: list[Sample] = Field(min_length=1, max_length=1000)


class Observation(_Closed):
    """Observed counts of a channel."""

    name: Name
    data: Numbers


class ParameterSpec(_Closed):
    """What a measurement says of a parameter."""

    name: Name
    inits: Numbers | None = None
    bounds: list[Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]] | None = None
    auxdata: Numbers | None = None
    factors: Numbers | None = None
    sigmas: Numbers | None = None
    fixed: bool = False


class _Config(_Closed):
    poi: str
    parameters: list[ParameterSpec] = Field(max_length=10_000)


class MeasurementSpec(_Closed):
    """Parameter of interest, and settings of the others."""

    name: Name
    config: _Config


class Workspace(_Closed):
    """Channels, their observed counts, and what is measured.

    Attributes
    ----------
    channels : list of Channel
    observations : list of Observation
        One of each channel.
    measurements : list of Measurement
        Parameter of interest and settings of the others.
    version : str
        ``1.0.0``

    Examples
    --------
    >>> from nudipole.histfactory import workspace
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> validate(workspace(counts).workspace, "counts").measurements[0].config.poi
    'mu'
    """

    channels: list[Channel] = Field(min_length=1, max_length=1000)
    observations: list[Observation] = Field(min_length=1, max_length=1000)
    measurements: list[MeasurementSpec] = Field(min_length=1, max_length=1000)
    version: Literal["1.0.0"]


def read(name: str | Path) -> tuple[Workspace, str]:
    """The workspace of a JSON file, or of ``-`` for standard input, and what to call it in messages.

    Parameters
    ----------
    name : str or Path

    Returns
    -------
    tuple of Workspace and str

    Raises
    ------
    InputError
        Too large, not JSON, or not a workspace: which key, and what to write.

    Examples
    --------
    >>> from nudipole.histfactory import workspace
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> size = Path("counts.json").write_text(json.dumps(workspace(counts).workspace))
    >>> read("counts.json")[1]
    'counts.json'
    """
    file = "<stdin>" if str(name) == "-" else str(name)[:200]
    try:
        if str(name) == "-":
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            note_read(name)
            with Path(name).open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(file, "", error.strerror or "cannot be read") from error
    return validate(parse(raw, file), file), file


def parse(raw: bytes, file: str) -> Any:
    """Plain data of a JSON text: no NaN, no key twice, bounded size and depth.

    Raises
    ------
    InputError
        With the place of the problem.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(file, "", f"larger than {MAX_BYTES // 1_000_000} MB: not a workspace to import")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for k, (key, _) in enumerate(pairs) if key in dict(pairs[:k]))
            raise InputError(file, "", f"key {twice[:80]!r} twice in one object")
        return found

    def no_constant(text: str) -> Any:
        raise InputError(file, "", f"{text} is not a number of JSON")

    try:
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=no_constant)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(file, "", f"not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise InputError(file, f"line {error.lineno}", f"not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise InputError(file, "", f"deeper than {MAX_DEPTH} levels, or a number of too many digits") from error
    _check_depth(data, file)
    return data


def _check_depth(data: Any, file: str) -> None:
    layer, depth = [data], 0
    while layer:
        depth += 1
        if depth > MAX_DEPTH:
            raise InputError(file, "", f"deeper than {MAX_DEPTH} levels")
        layer = [
            child
            for item in layer
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]


def validate(data: Any, file: str) -> Workspace:
    """The workspace of plain data.

    Parameters
    ----------
    data : Any
        As read from JSON.
    file : str
        What to call it in messages.

    Returns
    -------
    Workspace

    Raises
    ------
    InputError
        A key that is missing, unknown or of the wrong kind; numbers of bins or names that do not agree.

    Examples
    --------
    >>> validate({"channels": []}, "counts")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    nudipole.errors.InputError: counts: observations: is required; ...
    """
    if not isinstance(data, dict):
        raise InputError(file, "", "not a workspace: an object with channels, observations, measurements, version")
    if "distributions" in data or "likelihoods" in data:
        remedy = "write it as a HistFactory workspace, with channels, observations and measurements"
        raise InputError(file, "", f"is an HS3 document: {remedy}")
    _check_types(data, file)
    try:
        workspace = Workspace.model_validate(data)
    except ValidationError as error:
        where, message = validation_message(error, data, Workspace)
        raise InputError(file, _named(where, data), message) from error
    _check_names(workspace, file)
    _check_bins(workspace, file)
    return workspace


def _check_types(data: dict[str, Any], file: str) -> None:
    """Say which modifiers there are before a union of schemas says that none of them fits."""
    for i, channel in enumerate(_dicts(data.get("channels"))):
        for j, sample in enumerate(_dicts(channel.get("samples"))):
            for k, modifier in enumerate(_dicts(sample.get("modifiers"))):
                if modifier.get("type") not in TYPES:
                    where = _named(f"channels[{i}].samples[{j}].modifiers[{k}].type", data)
                    given = str(modifier.get("type"))[:40]
                    raise InputError(file, where, f"unknown type {given!r}: choose from {', '.join(TYPES)}")


def _named(where: str, data: dict[str, Any]) -> str:
    """A path with the names of channels, samples and modifiers in place of their numbers.

    >>> _named("channels[0].samples[1].data", {"channels": [{"name": "SR", "samples": [{}, {"name": "b"}]}]})
    'channel SR, sample b: data'
    """
    parts, here = [], data
    rest = where
    while match := re.match(r"(channels|samples|modifiers|observations|measurements|parameters)\[(\d+)\]\.?", rest):
        try:
            here = here[match[1]][int(match[2])]
            name = here["name"]
        except (KeyError, IndexError, TypeError):
            break
        parts.append(f"{match[1][:-1]} {str(name)[:80]}")
        rest = rest[match.end() :].removeprefix("config.")
        here = here.get("config", here)
    return ": ".join(part for part in (", ".join(parts), rest) if part)


def _dicts(given: Any) -> list[dict[str, Any]]:
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []


def _check_names(workspace: Workspace, file: str) -> None:
    lists: dict[str, list[str]] = {
        "channels": [c.name for c in workspace.channels],
        "observations": [o.name for o in workspace.observations],
        "measurements": [m.name for m in workspace.measurements],
    }
    lists |= {f"channel {c.name}": [s.name for s in c.samples] for c in workspace.channels}
    lists |= {f"measurement {m.name}": [p.name for p in m.config.parameters] for m in workspace.measurements}
    for where, names in lists.items():
        twice = [name for k, name in enumerate(names) if name in names[:k]]
        if twice:
            raise InputError(file, where, f"{twice[0]!r} twice")
    channels, observed = set(lists["channels"]), set(lists["observations"])
    if channels != observed:
        odd = sorted(channels ^ observed)[0]
        raise InputError(file, "observations", f"{odd!r} is not both a channel and an observation")


def _check_bins(workspace: Workspace, file: str) -> None:
    bins = {observation.name: len(observation.data) for observation in workspace.observations}
    for observation in workspace.observations:
        for k, number in enumerate(observation.data):
            if number < 0:
                message = f"bin {k}: {number:g} events: counts are not negative"
                raise InputError(file, f"observation {observation.name}", message)
    for channel in workspace.channels:
        for sample in channel.samples:
            where = f"channel {channel.name}, sample {sample.name}"
            lengths = {"data": len(sample.data)}
            for modifier in sample.modifiers:
                if isinstance(modifier, HistoSys):
                    lengths[f"{modifier.name}.lo_data"] = len(modifier.data.lo_data)
                    lengths[f"{modifier.name}.hi_data"] = len(modifier.data.hi_data)
                elif isinstance(modifier, ShapeSys | StatError):
                    lengths[modifier.name] = len(modifier.data)
            for what, length in lengths.items():
                if length != bins[channel.name]:
                    message = f"{length} numbers, the observation of the channel has {bins[channel.name]}"
                    raise InputError(file, f"{where}: {what}", message)
            kinds = [(modifier.type, modifier.name) for modifier in sample.modifiers]
            twice = [name for k, (kind, name) in enumerate(kinds) if (kind, name) in kinds[:k]]
            if twice:
                raise InputError(file, where, f"modifier {twice[0]!r} twice")

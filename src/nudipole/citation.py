"""What to cite: the references of exactly what was used, as BibTeX."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nudipole import bibliography, limits, tables
from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments.library import available, examples
from nudipole.experiments.reading import read
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.io.yaml import text_of
from nudipole.version import __version__

#: Of the methods by the name that a result has for them.
_METHODS = {
    "asymptotic": ("Cowan:2010js",),
    "feldman-cousins": ("Feldman:1997qc",),
    "cls": ("Read:2002hq",),
    "bayesian": (),
}
_SOFTWARE = f"""@software{{nudipole,
  author = {{The nudipole developers}},
  title = {{nudipole: neutrino electromagnetic properties, from the vertex to a limit}},
  version = {{{__version__}}},
  year = {{2026}}
}}
"""


def cite(*names: str) -> str:
    """BibTeX of experiments, results and records: data, inputs, tables, methods, and the software.

    Parameters
    ----------
    *names : str
        Names of experiments, YAML files of your own, JSON files that ``--json`` wrote, ids of `nudipole.limits`.

    Returns
    -------
    str
        Each entry once, in the order of use, the software last.

    Raises
    ------
    UnknownName
        If a name is none of these.
    InputError
        If a file is no result.
    NudipoleError
        Without names.

    Examples
    --------
    >>> [line for line in cite("xenonnt-2022").splitlines() if "XENON:2022ltv" in line]
    ['@article{XENON:2022ltv,']
    """
    if not names:
        raise NudipoleError("nothing to cite: name an experiment, a result or a record")
    entries = [entry for name in names for entry in _entries(name)]
    return "\n".join(dict.fromkeys([*entries, _SOFTWARE]))


def _entries(name: str) -> list[str]:
    if name in limits.records():
        return [limits.bibtex(limits.record(name))]
    if name.endswith(".json"):
        return _of_result(_result(name), name)
    if name in (*available(), *examples()) or name.endswith((".yaml", ".yml")):
        return _of_experiment(read(name)[0])
    raise UnknownName("experiment, result or record", name, [*available(), *examples(), *limits.records()])


def _of_experiment(spec: ExperimentSpec) -> list[str]:
    """References of the description, then of its tables."""
    metas = [tables.read(name).meta for name in spec.tables()]
    keys = [reference.key for reference in spec.reference]
    return _known([*keys, *(key for meta in metas if meta is not None for key in meta.texkey)])


def _of_result(data: dict[str, Any], file: str) -> list[str]:
    """Of the experiments that a result names, with their variants, and of its method."""
    if isinstance(listed := data.get("limits"), list):
        ids = [item["id"] for item in listed if isinstance(item, dict) and isinstance(item.get("id"), str)]
        if ids:
            return [limits.bibtex(limits.record(name)) for name in ids]
    found = data.get("experiments") or [data]
    experiments = [item for item in found if isinstance(item, dict) and isinstance(item.get("experiment"), str)]
    if not experiments:
        raise InputError(file, "experiment", "the result names none: one of limit, contour or limits is due")
    entries: list[str] = []
    for item in experiments:
        name, variant = item["experiment"], item.get("variant")
        if name in (*available(), *examples()):
            entries += _of_experiment(read(name, variant)[0])
        else:
            entries += _known(key for key in item.get("references", ()) if isinstance(key, str))
    return [*entries, *_known(_METHODS.get(str(data.get("method")), ()))]


def _known(keys: Iterable[str]) -> list[str]:
    """BibTeX of texkeys; what ``sources.bib`` does not have is named in a comment."""
    entries = bibliography.entries()
    return [entries[key].bibtex if key in entries else f"% {key}: not in sources.bib\n" for key in keys]


def _result(file: str) -> dict[str, Any]:
    text = text_of(Path(file), "a result")
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InputError(file, "", f"not valid JSON: {error}") from error
    if not isinstance(data, dict) or not str(data.get("schema", "")).startswith("nudipole-"):
        raise InputError(file, "schema", "is no result of nudipole: the JSON of one is due")
    return data

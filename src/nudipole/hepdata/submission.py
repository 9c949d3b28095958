"""A limit as a submission to HEPData: spectra, ends of all constructions, profile likelihood."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nudipole import digits
from nudipole.experiments.experiment import Experiment
from nudipole.inference.result import Limit
from nudipole.version import __version__

#: Characters of the name of a table, and of a keyword.
_MOST_NAME, _MOST_KEYWORD = 64, 128
#: What HEPData writes for a value that there is not.
_NONE = "-"


def documents(result: Limit) -> list[dict[str, Any]]:
    """Documents of a submission in one file: a comment, then one table each.

    Tables are the spectra of the experiments with the signal at the upper end, the ends of every construction with
    those expected without signal, and the profile likelihood.

    Parameters
    ----------
    result : Limit
        Of a parameter.

    Returns
    -------
    list of dict
        Plain data, for `nudipole.io.yaml.dumped`.

    References
    ----------
    The submission format of HEPData, schema 1.1.1

    Examples
    --------
    >>> import nudipole as nd
    >>> found = documents(nd.limit(nd.load("gemma-2012"), "mu_e"))
    >>> [table["name"] for table in found[1:]]
    ['Spectrum of gemma-2012', 'Limits on mu_e', 'Profile likelihood of mu_e']
    """
    return [
        {"comment": _comment(result)},
        *(_spectrum(experiment, result) for experiment in result.experiments),
        _ends(result),
        _profile(result),
    ]


def _comment(result: Limit) -> str:
    """What the tables are, and on what they rest."""
    experiments = "; ".join(f"{e.name}: {e.spec.title}" for e in result.experiments)
    references = ", ".join(ref.key for e in result.experiments for ref in e.spec.reference)
    notes = "".join(f" {text[:1].upper()}{text[1:]}." for text in result.notes)
    return (
        f"{result}. {result.meaning[:1].upper()}{result.meaning[1:]}. Experiments: {experiments}. "
        f"Sources of the numbers: {references}. Made with nudipole {__version__}.{notes}"
    )


def _table(
    name: str, description: str, result: Limit, independent: Sequence[Any], dependent: Sequence[Any]
) -> dict[str, Any]:
    phrases = [result.parameter, *(f"{process}" for e in result.experiments for process in e.spec.named_processes)]
    return {
        "name": name if len(name) <= _MOST_NAME else f"{name[: _MOST_NAME - 3]}...",
        "description": description,
        "keywords": [
            {"name": "observables", "values": [result.parameter[:_MOST_KEYWORD]]},
            {"name": "phrases", "values": list(dict.fromkeys(phrase[:_MOST_KEYWORD] for phrase in phrases))},
        ],
        "independent_variables": list(independent),
        "dependent_variables": list(dependent),
    }


def _header(name: str, unit: str = "") -> dict[str, str]:
    return {"name": name} | ({"units": unit} if unit not in ("", "1") else {})


def _number(value: float | None) -> float | str:
    return _NONE if value is None or not math.isfinite(value) else float(value)


def _edge(value: float) -> float:
    """An edge as it would be typed."""
    return float(digits.plain(float(value)))


def _dependent(
    header: Mapping[str, str],
    values: Iterable[float | None],
    qualifiers: Mapping[str, str],
    errors: Sequence[float] | None = None,
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [{"value": _number(value)} for value in values]
    for row, error in zip(rows, errors if errors is not None else (), strict=False):
        row["errors"] = [{"symerror": float(error), "label": "total"}]
    return {
        "header": dict(header),
        "qualifiers": [{"name": name, "value": value} for name, value in qualifiers.items()],
        "values": rows,
    }


def _value(result: Limit) -> str:
    """The upper end, written so that it is read again as it is."""
    return f"{result.upper!r} {result.unit}".removesuffix(" 1")


def _spectrum(experiment: Experiment, result: Limit) -> dict[str, Any]:
    given = {} if result.neutrino is not None else {result.parameter: result.upper}
    shown = experiment.spectrum(result.neutrino, **given)
    columns, independent, dependent = dict(shown.columns()), [], []
    for name, label, unit in (("E", "Energy", "keV"), ("t", "Time", "us"), ("t", "Time", "d")):
        if f"{name}_low [{unit}]" in columns:
            ends = zip(columns.pop(f"{name}_low [{unit}]"), columns.pop(f"{name}_high [{unit}]"), strict=True)
            bins = [{"low": _edge(low), "high": _edge(high)} for low, high in ends]
            independent.append({"header": _header(label, unit), "values": bins})
    for name in ("mode", "sample"):
        if name in columns:
            values = [{"value": str(one)} for one in columns.pop(name)]
            independent.append({"header": _header(name.capitalize()), "values": values})
    errors = columns.pop("error [1]", None)
    for name, numbers in columns.items():
        label = name.removesuffix(" [1]")
        beyond = label.startswith("signal") or label == "expected"
        qualifiers = {result.parameter: _value(result)} if beyond else {}
        of_data = [float(error) for error in errors] if label == "observed" and errors is not None else None
        dependent.append(_dependent(_header(label, shown.quantity or "events"), numbers, qualifiers, of_data))
    words = f"{experiment.spec.title}: numbers of events in bins of reconstructed energy, and what is expected."
    more = f" Signal and sum at {result.parameter} = {_value(result)}; templates at their nominal normalisation."
    return _table(f"Spectrum of {experiment.name}", words + more, result, independent, dependent)


def _ends(result: Limit) -> dict[str, Any]:
    names = list(result.constructions)
    found = list(result.constructions.values())
    level = {"CL": digits.level(result.cl, "").strip()}
    unit = _header("", result.unit).get("units", "")

    def column(label: str, values: Iterable[float | None]) -> dict[str, Any]:
        return _dependent(_header(label, unit), values, level)

    dependent = [
        column(f"Lower end of {result.parameter}", (ends.lower for ends in found)),
        column(f"Upper end of {result.parameter}", (ends.upper for ends in found)),
        column("Expected upper end", (ends.expected_upper for ends in found)),
        *(
            column(f"Expected upper end, {sigma:+d} sigma", (ends.band.get(sigma) for ends in found))
            for sigma in (-2, -1, 1, 2)
            if any(ends.band for ends in found)
        ),
        _dependent(_header("Threshold of Delta chi2"), (ends.threshold for ends in found), level),
    ]
    description = f"Ends of {result.parameter} by construction, observed and expected without signal. {result.meaning}."
    independent = [{"header": _header("Construction"), "values": [{"value": name} for name in names]}]
    return _table(f"Limits on {result.parameter}", description, result, independent, dependent)


def _profile(result: Limit) -> dict[str, Any]:
    curve = result.profile
    description = f"Delta chi2 = -2 Delta ln L against {curve.parameter}, nuisances at their conditional best fit."
    independent = [
        {"header": _header(curve.parameter, curve.unit), "values": [{"value": float(x)} for x in curve.values]}
    ]
    dependent = [_dependent(_header("Delta chi2"), curve.delta_chi2, {})]
    return _table(f"Profile likelihood of {result.parameter}", description, result, independent, dependent)

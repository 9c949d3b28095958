"""The file: its fragments filled in and put together."""

from __future__ import annotations

import math
from collections.abc import Iterable

from nudipole import units
from nudipole.detectors import QUENCHINGS, RESOLUTIONS
from nudipole.errors import FormulaError, NudipoleError, UnknownName
from nudipole.experiments.schema.experiment import validate
from nudipole.experiments.starting.detectors import DETECTORS, FANO, SQRT_LINEAR, UNSEEN, StartingDetector, unlisted
from nudipole.experiments.starting.frame import FRAME, PROCESSES, VARIANTS
from nudipole.experiments.starting.plan import Plan
from nudipole.experiments.starting.sources import ALIASES, SOURCES, WORDS, StartingSource
from nudipole.io.yaml import parse
from nudipole.targets.compound import formula
from nudipole.targets.nuclei import isotopes

#: The units of energy, and the end of the bins [keV] below which they are used.
_UNITS = ((0.5, "eV"), (2e3, "keV"), (2e5, "MeV"), (math.inf, "GeV"))
_COLUMN = 44


def starting_file(
    source: str, target: str, processes: str | Iterable[str] | None = None, name: str | None = None
) -> str:
    """YAML of an invented experiment, valid as it stands, every key explained.

    Parameters
    ----------
    source : str
        Kind of the source, such as ``"reactor"``; ``"accelerator"`` is a histogram.
    target : str
        Symbol of an element, or a formula such as ``"CsI"``.
    processes : str or iterable of str, optional
        ``"nu-e"``, ``"cevns"`` or ``"both"``; by default what is looked for with such a source and target.
    name : str, optional
        Of the experiment.

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        For another source or process; the message lists them.
    NudipoleError
        If the target is neither an element nor a formula.
    InputError
        If the name is not one word.

    Examples
    --------
    >>> print(starting_file("solar", "Xe").splitlines()[10])
    name: my-solar-xe                         # names the files that are written
    """
    kind = ALIASES.get(source, source)
    if kind not in SOURCES:
        raise UnknownName("source", source, [*SOURCES, *ALIASES])
    given, atoms = SOURCES[kind], _atoms(target)
    setup = DETECTORS.get(target) or unlisted(atoms)
    chosen = _processes(processes, given, setup)
    text = _written(Plan(given, setup, target, atoms, chosen), name or f"my-{source}-{_word(target)}")
    validate(parse(text, "starting file"), "starting file")
    return text


def _atoms(target: str) -> tuple[str, ...]:
    """Elements of the target."""
    try:
        atoms = tuple(formula(target))
        for element in atoms:
            isotopes(element)
    except UnknownName as error:
        known = ", ".join(DETECTORS)
        if isinstance(error, FormulaError) and not error.remedy.startswith("write"):
            raise NudipoleError(f"target {error}") from error
        message = f"target {target[:40]!r}: write the symbol of an element found in nature, or a formula: {known}, ..."
        raise NudipoleError(message) from error
    return atoms


def _word(target: str) -> str:
    return "".join(letter for letter in target.lower() if letter.isalnum() or letter == ".")


def _processes(wanted: str | Iterable[str] | None, source: StartingSource, setup: StartingDetector) -> tuple[str, ...]:
    """Kinds of processes, electrons first."""
    if not wanted:
        wanted = source.processes if setup.sees_nuclei else ("nu-e",)
    words = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for word in words:
        if word not in (*PROCESSES, "both"):
            raise UnknownName("process", word, (*PROCESSES, "both"))
    return tuple(kind for kind in PROCESSES if kind in words or "both" in words)


def _bins(plan: Plan) -> dict[str, str]:
    """The bins as written, and what goes with their energies."""
    edges, width = plan.edges()
    unit = next(unit for end, unit in _UNITS if edges[-1] < end)
    scale = units.in_internal(unit) / units.in_internal("keV")

    def shown(E: float) -> str:
        return f"{round(E / scale, 9):g}"

    def listed(*some: float) -> str:
        return f"{{edges: [{', '.join(map(shown, some))}], unit: {unit}}}"

    def even(width: float) -> str:
        ends = f"from: {shown(edges[0])} {unit}, to: {shown(edges[-1])} {unit}"
        return f"{{{ends}, width: {shown(width)} {unit}}}"

    middle = edges[len(edges) // 2]
    few = [edges[0], middle, edges[-1]]
    return {
        "bins": listed(*edges) if width is None else even(width),
        "other bins": "{from: 1 keV, to: 30 keV, width: 1 keV}" if width is None else listed(*few),
        "unit": unit,
        "threshold": f"{shown(edges[2])} {unit}",
        "thresholds": f"{shown(edges[0])}..{shown(middle)}{unit}",
        "nodes": ", ".join(map(shown, few)),
        "shape": f"midpoint: {shown(edges[1])}, width: {shown(edges[0] / 2)}",
    }


def _written(plan: Plan, name: str) -> str:
    blocks = [
        FRAME["head"],
        FRAME["source"] + plan.source.text,
        FRAME["target"],
        _process_block(plan),
        FRAME["detector"] + _recoil_note(plan) + FRAME["response"] + plan.setup.text + plan.source.detector,
        FRAME["data"],
        *_nuisances(plan),
        FRAME["variants"] + _variants(plan),
    ]
    filled = "\n".join(blocks)
    for key, value in {"name": name, **_words(plan), **_bins(plan)}.items():
        filled = filled.replace(f"<{key}>", value)
    return "".join(_aligned(line) + "\n" for line in filled.splitlines())


def _words(plan: Plan) -> dict[str, str]:
    """What stands in angle brackets in the fragments."""
    source, setup = plan.source, plan.setup
    exposure, rate = (source.exposure, source.rate) if plan.energetic else setup.sites[source.site]
    resolution = source.resolution if plan.at_angles else setup.resolution
    if "cevns" in plan.processes and not plan.visible:
        exposure, rate = UNSEEN
        third = float(f"{1e3 * plan.edges()[0][0] / 3:.1g}")
        resolution = f"{{kind: constant, a: {third:g} eV}}"
    number, mass = exposure.split(" ", 1)
    return {
        "title": f"{plan.target} {source.words}",
        **{key: values["cevns" in plan.processes] for key, values in WORDS.items()},
        "target": f"{'element' if plan.atoms == (plan.target,) else 'formula'}: {plan.target}",
        "isotopes": _enriched(plan.atoms[0]),
        "exposure": exposure,
        "exposures": f"{float(number) / 10:g}..{float(number) * 10:g} {mass}",
        "off_exposure": f"{float(number) / 2:g} {mass}",
        "rate": rate,
        "resolution": resolution,
        "other resolution": FANO if "sqrt-linear" in resolution else SQRT_LINEAR,
        "resolutions": ", ".join(RESOLUTIONS),
        "quenchings": ", ".join(QUENCHINGS),
    }


def _enriched(element: str) -> str:
    """Isotopes of an element as its enrichment is written: the two most abundant."""
    found = sorted(isotopes(element), key=lambda entry: -entry[0])[:2]
    names = [f"{round(float(isotope.Z + isotope.N))}{element}" for _, isotope in found]
    shares = (0.9, 0.1) if len(names) == 2 else (1,)
    return "{" + ", ".join(f"{name}: {share}" for name, share in zip(names, shares, strict=True)) + "}"


def _aligned(line: str) -> str:
    """A line with its comment in the common column, if it is not longer."""
    code, mark, comment = line.partition("  # ")
    return f"{code:<{_COLUMN - 2}}{mark}{comment}" if mark and code.strip() else line


def _process_block(plan: Plan) -> str:
    """The processes by name, or a single one."""
    kind, parameter, value, _ = plan.setup.quenching
    quenching = f"{{kind: {kind}}}" if kind == "none" else f"{{kind: {kind}, {parameter}: {value:g}}}"
    other = "{kind: lindhard, k: 0.157}" if kind == "factor" else "{kind: factor, factor: 0.2}"
    nuclei = FRAME["cevns"].replace("<quenching>", quenching).replace("<other quenching>", other)
    texts = {"nu-e": FRAME["nu-e"], "cevns": nuclei}
    if "cevns" in plan.processes and not plan.visible:
        texts["cevns"] = FRAME["unseen"] + texts["cevns"]
    if plan.at_angles:
        texts["nu-e"] = FRAME["angle"]
    if len(plan.processes) == 1:
        return FRAME["process"] + texts[plan.processes[0]]
    indented = {name: "".join(f"  {line}\n" for line in text.splitlines()) for name, text in texts.items()}
    return FRAME["processes"] + "".join(f"  {PROCESSES[kind]}:\n{indented[kind]}" for kind in plan.processes)


def _recoil_note(plan: Plan) -> str:
    if "cevns" not in plan.processes:
        return ""
    rounded = [float(f"{energy:.2g}") for energy in plan.recoil]
    T, seen = (f"{energy:g} keV" if energy >= 0.1 else f"{1e3 * energy:g} eV" for energy in rounded)
    return f"  # recoils of nuclei end near {T}, which is seen as {seen}\n"


def _at(plan: Plan, kind: str, change: str) -> str:
    """A change of one process, as it is written in a change of the whole."""
    if len(plan.processes) == 1:
        return f"{{process: {change}}}"
    return f"{{processes: {{{PROCESSES[kind]}: {change}}}}}"


def _nuisances(plan: Plan) -> list[str]:
    kind, parameter, value, error = plan.setup.quenching
    if "cevns" not in plan.processes or kind == "none":
        return []
    ends = [_at(plan, "cevns", f"{{quenching: {{{parameter}: {value + sign * error:g}}}}}") for sign in (1, -1)]
    text = FRAME["nuisances"].replace("<plus>", ends[0]).replace("<minus>", ends[1])
    return [text.replace("<note>", f"{parameter} = {value:g} +- {error:g}")]


def _variants(plan: Plan) -> str:
    text = VARIANTS["off"].replace("<off>", plan.source.off) if plan.source.off else ""
    if "nu-e" in plan.processes and not plan.at_angles:
        text += VARIANTS["free-electrons"].replace("<set>", _at(plan, "nu-e", "{binding: free}"))
    return text or VARIANTS["free-background"]

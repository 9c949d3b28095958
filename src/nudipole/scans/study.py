"""The schema of study.yaml: experiments, grid and quantity. Every key and its default stand here, once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from nudipole import units
from nudipole.errors import InputError, NudipoleError, OutOfRange, UnitError, UnknownName
from nudipole.experiments.heavy_lepton import HEAVY
from nudipole.experiments.library import available, examples
from nudipole.io.fields import Closed
from nudipole.io.messages import validation_message
from nudipole.io.yaml import parse, text_of
from nudipole.models import ModelParameter, find
from nudipole.models.lookup import beside as goes_beside
from nudipole.scans.chunks import cut
from nudipole.scans.description import HEAVY_MASS, Description, ExperimentText, Grid
from nudipole.scans.ensembles import TOYS
from nudipole.statistics.fit import BATCH

#: Most chunks of a study, each of which is a few files.
MAX_CHUNKS = 100_000
MAX_POINTS = 10_000
MAX_TOYS = 1_000_000_000
#: A number with its unit, which depends on the parameter.
Quantity = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]


class ChosenExperiment(Closed):
    """An experiment, perhaps in one of its variants."""

    name: str = Field(max_length=400)
    variant: str | None = None


class GridSpec(Closed):
    """Values of a parameter: a range, or a list."""

    from_: Quantity | None = Field(default=None, alias="from")
    to: Quantity | None = None
    points: int | None = Field(default=None, ge=2, le=MAX_POINTS)
    spacing: Literal["linear", "logarithmic"] = "linear"
    values: list[Quantity] | None = Field(default=None, min_length=1, max_length=MAX_POINTS)

    @model_validator(mode="after")
    def _one_of_two(self) -> GridSpec:
        of_range = (self.from_, self.to, self.points)
        if (self.values is None) == any(item is None for item in of_range) or (
            self.values is not None and any(item is not None for item in of_range)
        ):
            raise ValueError("write {from: 0 mu_B, to: 1e-10 mu_B, points: 21} or {values: [...]}")
        return self


def _chosen(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class StudySpec(Closed):
    """A grid over parameters of one parametrisation, and what is computed at its points.

    Attributes
    ----------
    experiments : list of ChosenExperiment
        In one likelihood; each a name of the library or a file, or ``{name: ..., variant: ...}``.
    parameters : dict of Grid
        By name: ``{from: ..., to: ..., points: ...}`` or ``{values: [...]}``.
    quantity : {"delta-chi2"} or None
        A profile likelihood.
    toys : int or None
        At every point; one of the two is given.
    seed : int
        Of the toys.

    Raises
    ------
    pydantic.ValidationError
        With what is wrong; `read_study` says it in words.

    Examples
    --------
    >>> moments = {"mu_nu": {"from": "0 mu_B", "to": "1e-11 mu_B", "points": 2}}
    >>> study = StudySpec(experiments=["xenonnt-2022"], parameters=moments, toys=100)
    >>> study.experiments[0].name, study.quantity
    ('xenonnt-2022', None)
    """

    experiments: list[Annotated[ChosenExperiment, BeforeValidator(_chosen)]] = Field(min_length=1, max_length=100)
    parameters: dict[str, GridSpec] = Field(min_length=1, max_length=6)
    quantity: Literal["delta-chi2"] | None = None
    toys: int | None = Field(default=None, ge=1, le=MAX_TOYS)
    seed: int = Field(default=1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _one_quantity(self) -> StudySpec:
        if (self.quantity is None) == (self.toys is None):
            raise ValueError("write quantity: delta-chi2 for a profile likelihood, or toys: 10000 for ensembles")
        return self


def read_study(path: str | Path) -> Description:
    """The description of a study.yaml.

    Parameters
    ----------
    path : str or Path
        ``-`` for standard input. Files of experiments lie in its folder.

    Returns
    -------
    Description

    Raises
    ------
    InputError, UnknownName
        With file, key path and remedy.

    Examples
    --------
    >>> grid = "{mu_nu: {from: 0 mu_B, to: 1e-11 mu_B, points: 2}}"
    >>> study = f"{{experiments: [xenonnt-2022], parameters: {grid}, quantity: delta-chi2}}"
    >>> size = Path("study.yaml").write_text(study)
    >>> read_study("study.yaml").parameters["mu_nu"].values
    (0.0, 1e-11)
    """
    content = text_of(path, "a study")
    file, folder = ("<stdin>", Path.cwd()) if str(path) == "-" else (str(path), Path(path).parent)
    if not content.strip():
        raise InputError(file, "", "is empty: write experiments, parameters and a quantity")
    data = parse(content, file)
    try:
        spec = StudySpec.model_validate(data)
    except ValidationError as error:
        where, message = validation_message(error, data, StudySpec)
        raise InputError(file, where, message) from None
    parameters = _parameters(spec, file)
    sources = tuple(_source(item, k, file, folder) for k, item in enumerate(spec.experiments))
    if spec.toys is None:
        made = Description("delta-chi2", sources, parameters, toys=0, seed=0)
    else:
        made = ensembles(sources, parameters, toys=spec.toys, seed=spec.seed, file=file)
    return _not_too_large(made, file)


def ensembles(
    sources: tuple[ExperimentText, ...],
    parameters: dict[str, Grid],
    *,
    toys: int,
    seed: int,
    tested: tuple[float, ...] | None = None,
    file: str = "toys",
) -> Description:
    """A description of toys, checked.

    Parameters
    ----------
    sources : tuple of ExperimentText
    parameters : dict of Grid
        One: the truths.
    toys, seed : int
    tested : tuple of float, optional
    file : str
        What to call it in messages.

    Returns
    -------
    Description

    Raises
    ------
    InputError
        If there is more than one parameter, a phase, or a negative moment.

    Examples
    --------
    >>> source, moments = ExperimentText.read("xenonnt-2022"), {"mu_nu": Grid((0.0, 1e-11), "mu_B")}
    >>> ensembles((source,), moments, toys=100, seed=1).quantity
    'toys'
    """
    if HEAVY_MASS in parameters:
        raise InputError(file, f"parameters.{HEAVY_MASS}", "is of a profile: write quantity: delta-chi2, or no mass")
    if len(parameters) > 1:
        raise InputError(
            file, "parameters", "toys test one parameter: give one, or quantity: delta-chi2 for a grid in several"
        )
    ((name, axis),) = parameters.items()
    if find(name).scale is None:
        raise InputError(file, f"parameters.{name}", _unlimited(name))
    if find(name).squared and min(*axis.values, *(tested or ()), 0.0) < 0:
        raise InputError(file, f"parameters.{name}", "rates depend on its square: write no negative value")
    made = Description("toys", sources, parameters, tested, toys, seed)
    return _not_too_large(made, file)


def _unlimited(name: str) -> str:
    """Why a parameter has no limit of its own."""
    try:
        return f"{find(name).size}"
    except NudipoleError as error:
        return str(error)


def quantity(parameter: str, text: str) -> float:
    """A value of a parameter in its own unit, which may be left out of a pure number.

    Parameters
    ----------
    parameter : str
    text : str
        Such as ``2e-11 mu_B``.

    Returns
    -------
    float
        In the unit of the parameter.

    Raises
    ------
    UnknownName, UnitError
        If there is no such parameter, or the unit is not one of its kind.

    Examples
    --------
    >>> quantity("mu_nu", "2e-11"), quantity("q_nu", "3e-13 e")
    (2e-11, 3e-13)
    """
    unit = find(parameter).unit
    try:
        return float(f"{units.parse(text.strip(), ''):.17g}")
    except UnitError:
        pass
    # What is written in the parameter's own unit keeps its digits.
    number, _, written = text.strip().partition(" ")
    if written.strip() == unit:
        return units.parse(number, "")
    return units.express(units.parse(text, unit), unit)


def _parameters(spec: StudySpec, file: str) -> dict[str, Grid]:
    """The grid, all of one parametrisation."""
    names = [name for name in spec.parameters if name != HEAVY_MASS]
    found = {}
    for name, grid in spec.parameters.items():
        key = f"parameters.{name}"
        if name == HEAVY_MASS:
            found[name] = Grid(_values(grid, key, file, _mass), "MeV")
            continue
        try:
            parameter = find(name)
        except UnknownName as error:
            raise InputError(file, key, str(error)) from None
        if parameter.group != find(names[0]).group:
            others = ", ".join(other for other in goes_beside(names[0]) if other not in names)
            beside = f"beside {names[0]} go {others}" if others else f"{names[0]} stands alone"
            raise InputError(file, key, f"belongs to another parametrisation than {names[0]}: {beside}")
        found[name] = Grid(_values(grid, key, file, partial(_value, name)), parameter.unit)
    if HEAVY_MASS in found and not set(names) & set(HEAVY):
        raise InputError(file, f"parameters.{HEAVY_MASS}", f"is of a dipole: write one beside, {', '.join(HEAVY)}")
    return found


def _value(name: str, text: str) -> float:
    parameter = find(name)
    units.parse(text, "" if parameter.unit == "1" else parameter.unit)  # a file says its units
    value = quantity(name, text)
    return parameter.checked(value) if isinstance(parameter, ModelParameter) else value


def _mass(text: str) -> float:
    mass = units.parse(text, "MeV")
    if not mass > 0:
        raise OutOfRange("mass of the heavy lepton", mass, 0, inside=True, unit="MeV")
    return mass


def _values(grid: GridSpec, key: str, file: str, read: Callable[[str], float]) -> tuple[float, ...]:
    def number(text: str, where: str) -> float:
        try:
            return read(text)
        except (UnitError, OutOfRange, UnknownName) as error:
            raise InputError(file, f"{key}.{where}", str(error)) from None

    if grid.values is not None:
        values = [number(text, f"values[{k}]") for k, text in enumerate(grid.values)]
    else:
        assert grid.from_ is not None
        assert grid.to is not None
        assert grid.points is not None
        low, high = number(grid.from_, "from"), number(grid.to, "to")
        if not low < high:
            raise InputError(file, f"{key}.to", "must be larger than from")
        if grid.spacing == "logarithmic" and not low > 0:
            raise InputError(file, f"{key}.from", "a logarithmic grid begins above 0")
        spaced = np.geomspace if grid.spacing == "logarithmic" else np.linspace
        # Twelve digits: 0.1 of a unit is written 0.1.
        values = [float(f"{x:.12g}") for x in spaced(low, high, grid.points)]
    if any(second <= first for first, second in pairwise(values)):
        raise InputError(file, f"{key}.values", "must increase")
    return tuple(values)


def _source(chosen: ChosenExperiment, k: int, file: str, folder: Path) -> ExperimentText:
    """An experiment of the library, or of a file in the folder of the study."""
    if chosen.name in (*available(), *examples()):
        return ExperimentText.read(chosen.name, chosen.variant)
    key = f"experiments[{k}]"
    try:
        path = (folder / chosen.name).resolve()
        inside = path.is_relative_to(folder.resolve())
        there = path.is_file()
    except (OSError, ValueError):
        inside = there = False
    if not there:
        error = UnknownName("experiment", chosen.name[:80], [*available(), *examples()])
        raise InputError(file, key, f"{error}, or put a YAML file of that name beside the study")
    if not inside:
        raise InputError(file, key, f"{chosen.name[:80]!r} is not in the folder of the study: put it there")
    return ExperimentText.read(folder / chosen.name, chosen.variant)


def _not_too_large(made: Description, file: str) -> Description:
    if made.quantity == "toys":
        chunks = prod(made.shape) * -(-made.toys // TOYS)
    else:
        chunks = prod(cut(made.shape, BATCH).counts)
    if chunks > MAX_CHUNKS:
        raise NudipoleError(f"{file}: {chunks} chunks of work, at most {MAX_CHUNKS}: choose fewer points or toys")
    return made

"""What is to be computed, as text: a task is a function of it and of the number of a chunk, on any machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from nudipole.experiments import Experiment
from nudipole.experiments.build.experiment import build
from nudipole.experiments.library import note_named, text
from nudipole.experiments.reading import described
from nudipole.io.beside import MAX_CSV_BYTES, Texts
from nudipole.io.yaml import parse

Quantity = Literal["toys", "delta-chi2"]
#: An axis of a grid that is no parameter of a neutrino's couplings: mass of a heavy lepton [MeV].
HEAVY_MASS = "heavy_mass"


@dataclass(frozen=True)
class ExperimentText:
    """Everything that one experiment is built from.

    Attributes
    ----------
    name : str
    variant : str or None
    yaml : str
        Its description.
    files : dict of str
        Text of the files that the description names.

    Examples
    --------
    >>> source = ExperimentText.read("xenonnt-2022")
    >>> source.name, source.files
    ('xenonnt-2022', {})
    """

    name: str
    variant: str | None
    yaml: str
    files: dict[str, str]

    @classmethod
    def read(cls, name: str | Path, variant: str | None = None) -> ExperimentText:
        """From a name of the library or a file, checked.

        Raises
        ------
        InputError, UnknownName
            As for `nudipole.experiments.read`.
        """
        yaml, file, folder = text(name)
        spec, _ = described(yaml, file, variant)
        return cls(spec.name, variant, yaml, _files(yaml, file, folder))

    def experiment(self) -> Experiment:
        """Folded, from these texts alone."""
        spec, file = described(self.yaml, self.name, self.variant)
        return build(spec, file=file, beside=Texts(self.files), variant=self.variant)


def _files(yaml: str, file: str, folder: Path | None) -> dict[str, str]:
    """Text of the files in the folder of a description that it names; what cannot be read is for the loader to say."""
    found: dict[str, str] = {}
    if folder is None:
        return found
    data = parse(yaml, file)
    note_named(data, folder)
    for name in _named(data):
        try:
            path = (folder / name).resolve()
            inside = path.is_relative_to(folder.resolve()) and path.is_file() and path.stat().st_size <= MAX_CSV_BYTES
            if inside and ".." not in Path(name).parts and not Path(name).is_absolute():
                found[name] = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
    return found


def _named(value: object) -> list[str]:
    """All values of keys called ``file``."""
    if isinstance(value, list):
        return [name for item in value for name in _named(item)]
    if not isinstance(value, dict):
        return []
    own = [value["file"]] if isinstance(value.get("file"), str) else []
    return own + [name for item in value.values() for name in _named(item)]


@dataclass(frozen=True)
class Grid:
    """Values of a parameter.

    Attributes
    ----------
    values : tuple of float
        In `unit`.
    unit : str

    Examples
    --------
    >>> Grid((0.0, 1e-11), "mu_B").values
    (0.0, 1e-11)
    """

    values: tuple[float, ...]
    unit: str


@dataclass(frozen=True)
class Description:
    """A scan or an ensemble of toys.

    Attributes
    ----------
    quantity : {"toys", "delta-chi2"}
    experiments : tuple of ExperimentText
        In one likelihood, if there are several.
    parameters : dict of Grid
        The grid: truths of toys, or points of a profile.
    tested : tuple of float or None
        Of toys: the value that every truth is tested at, if it is not the truth itself.
    toys : int
        At every point; 0 for a profile.
    seed : int

    Examples
    --------
    >>> axis = Grid((0.0, 1e-11, 2e-11), "mu_B")
    >>> grid = Description("delta-chi2", (ExperimentText.read("xenonnt-2022"),), {"mu_e": axis, "mu_mu": axis})
    >>> grid.shape, grid.values((0, 2))
    ((3, 3), {'mu_e': 0.0, 'mu_mu': 2e-11})
    """

    quantity: Quantity
    experiments: tuple[ExperimentText, ...]
    parameters: dict[str, Grid]
    tested: tuple[float, ...] | None = None
    toys: int = 0
    seed: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid."""
        return tuple(len(axis.values) for axis in self.parameters.values())

    @property
    def name(self) -> str:
        """Names of the experiments, with their variants."""
        return " + ".join(e.name if e.variant is None else f"{e.name} ({e.variant})" for e in self.experiments)

    def values(self, index: tuple[int, ...]) -> dict[str, float]:
        """The parameters at a point of the grid."""
        return {name: axis.values[k] for (name, axis), k in zip(self.parameters.items(), index, strict=True)}

    def to_text(self) -> str:
        """JSON, from which `from_text` makes the same; numbers to the last bit."""
        return json.dumps(asdict(self), sort_keys=False)

    @classmethod
    def from_text(cls, content: str) -> Description:
        """Of `to_text`."""
        data = json.loads(content)
        return cls(
            quantity=data["quantity"],
            experiments=tuple(ExperimentText(**item) for item in data["experiments"]),
            parameters={name: Grid(tuple(a["values"]), a["unit"]) for name, a in data["parameters"].items()},
            tested=None if data["tested"] is None else tuple(data["tested"]),
            toys=data["toys"],
            seed=data["seed"],
        )

    def record(self) -> dict[str, Any]:
        """Plain data for the attributes of a store; of files their SHA-256."""
        data: dict[str, Any] = json.loads(self.to_text())
        for item in data["experiments"]:
            item["files"] = {
                name: hashlib.sha256(content.encode()).hexdigest() for name, content in item["files"].items()
            }
        return data

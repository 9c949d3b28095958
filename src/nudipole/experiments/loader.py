"""From a description to an experiment that is ready to fit."""

from __future__ import annotations

from pathlib import Path

from nudipole import arguments
from nudipole.errors import NudipoleError
from nudipole.experiments.build.experiment import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.library import searching
from nudipole.experiments.reading import Named, read
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.io.beside import Beside, Besides, Folder, Texts


def load(
    name: Named,
    variant: str | None = None,
    *,
    heavy_mass: str | float | None = None,
    field: str | Path | None = None,
) -> Experiment:
    """The experiment called `name`, or described by it, ready to fit.

    Parameters
    ----------
    name : str, Path or mapping
        A name of `available()`, the path of a YAML file, ``"-"`` for standard input, or the description itself: YAML
        text, or a mapping of the same keys. CSV files that it names lie beside its file, or in the current folder.
    variant : str, optional
        One of the variants that the file describes.
    heavy_mass : str or float, optional
        Of a heavy neutral lepton to which neutrinos upscatter beside every process: 640 keV, or a number in MeV.
    field : str or Path, optional
        Of the Sun, in which spins of neutrinos precess: convective:1kG, or a CSV file, as of
        `nudipole.precession.field`; of an experiment that looks for solar antineutrinos.

    Returns
    -------
    Experiment

    Raises
    ------
    UnknownName
        If there is no such experiment or variant; with names that are near.
    InputError
        If the description is wrong: with the file, the key and the remedy.
    NudipoleError
        If there is a field, and no antineutrinos of the Sun are looked for.

    Examples
    --------
    >>> load("xenonnt-2022").observed[:4].tolist()
    [4.0, 11.0, 14.0, 12.0]

    A description of your own, of 1 kg of germanium for a year:

    >>> mine = load({
    ...     "name": "mine", "title": "germanium at a reactor", "notes": "invented", "data": "asimov",
    ...     "reference": [{"texkey": "mine"}],
    ...     "source": {"kind": "reactor", "power": "3 GW", "baseline": "15 m", "fractions": "pwr"},
    ...     "target": {"element": "Ge"}, "process": {"kind": "nu-e"}, "exposure": "1 kg yr",
    ...     "detector": {"bins": {"from": "2 keV", "to": "12 keV", "width": "1 keV"}},
    ...     "backgrounds": {"flat": {"rate": "1 events/(kg d keV)", "normalisation": "free"}},
    ... })
    >>> mine.observed[:3].round(1).tolist()
    [367.0, 367.0, 367.0]
    """
    spec, file, beside = read(name, variant)
    if heavy_mass is not None:
        written = heavy_mass if isinstance(heavy_mass, str) else f"{arguments.number('heavy_mass', heavy_mass)!r} MeV"
        spec = spec.changed({"heavy": {"mass": written}}, file)
    if field is not None:
        spec, beside = _with_field(spec, file, beside, field)
    return build(spec, file=file, beside=beside, variant=variant)


def _with_field(
    spec: ExperimentSpec, file: str | Path, beside: Beside | None, field: str | Path
) -> tuple[ExperimentSpec, Beside | None]:
    if getattr(spec.source, "antineutrinos", None) is None:
        raise NudipoleError(
            f"{spec.name} looks for no antineutrinos of the Sun, which a field makes: take {', '.join(searching())}, "
            "or write source: {antineutrinos: {}}"
        )
    written = str(field)
    if written.endswith(".csv"):
        beside = Besides(Texts({written: Folder(Path(written).parent).text(Path(written).name)}), beside)
    return spec.changed({"source": {"antineutrinos": {"field": written}}}, file), beside

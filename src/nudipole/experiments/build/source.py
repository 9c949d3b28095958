"""From the description of a source to its physics: the kind names both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from nudipole import units
from nudipole.errors import OutOfRange
from nudipole.experiments.schema import source as s
from nudipole.io.beside import Beside
from nudipole.mixing import Oscillation, nufit
from nudipole.sources import SOURCES, Beam, Histogram, Modes, Solar
from nudipole.sources.oscillated import Flight
from nudipole.tables import Table


class BeamMaker(Protocol):
    """What makes a beam."""

    @property
    def flight(self) -> Flight | None:
        """From where the neutrinos are born to the target; None where no path changes them."""

    def beam(self) -> Beam: ...


def source(
    given: s.Source, read: s.FileReader, oscillation: Oscillation | None = None, beside: Beside | None = None
) -> BeamMaker:
    """The source that a description means.

    Parameters
    ----------
    given : Source
        Of the schema.
    read : callable
        Reads a CSV file that lies beside the description.
    oscillation : Oscillation, optional
        In place of what the description names, where neutrinos oscillate.
    beside : Beside, optional
        Where the file of a field may lie.

    Raises
    ------
    NudipoleError
        If its numbers or names mean no source.
    """
    if isinstance(given, s.HistogramSpec) and given.modes is not None:
        return Modes.of({name: _mode(name, one, read) for name, one in given.by_mode().items()})
    try:
        made: BeamMaker = SOURCES[given.kind].named(**given.settings(read), **_path(given))
    except OutOfRange as error:
        unit = getattr(getattr(given, "pulse", None), "unit", "")
        # Times of a pulse are said in the unit of the description.
        of_time = unit and error.unit == "MeV^-1"
        raise (error.in_unit(unit, units.in_internal(unit)) if of_time else error) from error
    if oscillation is not None and getattr(made, "oscillation", None) is not None:
        made = _remixed(made, oscillation)
    if not isinstance(made, Solar) or not isinstance(given, s.SolarSpec) or given.antineutrinos is None:
        return made
    from nudipole.precession.beams import WithAntineutrinos

    return WithAntineutrinos.of(made, beside=beside, **given.antineutrinos.model_dump())


def _remixed(made: Any, oscillation: Oscillation) -> BeamMaker:
    changed: BeamMaker = replace(made, oscillation=oscillation)
    return changed


def _mode(name: str, given: s.HistogramSpec, read: s.FileReader) -> Histogram:
    """The beam of one mode, whose file is named there in messages."""

    def beside(file: str, key: str) -> Table:
        return read(file, key.replace("source", f"source.modes.{name}", 1))

    made = source(given, beside)
    assert isinstance(made, Histogram)
    return made


def mixing(given: s.Source) -> Oscillation:
    """Parameters that relate mass and flavour bases."""
    return nufit(given.oscillation)


def _path(given: s.Source) -> dict[str, Any]:
    """How the neutrinos of a source on Earth travel."""
    propagation = getattr(given, "propagation", None)
    if propagation is None:
        return {}
    path = {"oscillation": None if propagation == "none" else mixing(given), "coherent": propagation == "coherent"}
    return path if not hasattr(given, "line_width") else {**path, "line_width": given.line_width or 0.0}

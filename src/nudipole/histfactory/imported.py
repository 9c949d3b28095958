"""From a HistFactory workspace to a model."""

from __future__ import annotations

from typing import NamedTuple

from nudipole.errors import UnknownName
from nudipole.histfactory.importer import Importer
from nudipole.histfactory.schema import MeasurementSpec, Workspace
from nudipole.statistics import Model


def model(
    workspace: Workspace, file: str = "workspace", *, measurement: str | None = None, poi: str | None = None
) -> Model:
    """The likelihood of a workspace, its parameter of interest and every systematic as pyhf has them by default.

    Normalisations and shapes that a Gaussian measurement constrains become unit-normal nuisances of the signal; a
    sample whose one modifier is a free normfactor becomes a background with free normalisation, one whose only
    modifier is a shapesys a background that OFF counts measure. Free factors beside other modifiers, and those of
    the bins of a shapefactor, become free nuisances of the signal, counted from where they start. The measurement
    of any other shapesys is one more bin with Poisson counts, whose factor is a nuisance in standard deviations.
    Nuisances keep to the bounds of the workspace, or to those that pyhf has by default (see
    `nudipole.histfactory.bounds`). Of the parameter of interest a lower bound of zero is the edge of the physical
    region; other bounds of it only belong to fits, and `workspace_limit` says where a number lies outside.

    Parameters
    ----------
    workspace : Workspace
    file : str
        What to call it in messages.
    measurement : str, optional
        The first, unless named.
    poi : str, optional
        A normfactor to take for the parameter of interest; that of the measurement unless given, which is free then.

    Returns
    -------
    Model

    Raises
    ------
    UnknownName
        No such measurement, or no such normfactor.
    InputError
        What the likelihood has no counterpart for: a parameter of interest that is no normfactor or does not begin at
        zero or below, settings that change a constraint; with file, channel, sample and modifier.

    Examples
    --------
    >>> from nudipole.histfactory import validate, workspace
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> again = model(validate(workspace(counts).workspace, "counts"))
    >>> again.poi_name, again.expected(1.0, [0.0]).tolist()
    ('mu', [12.0, 9.0])
    """
    return imported(workspace, file, measurement=measurement, poi=poi).model


class Imported(NamedTuple):
    """A likelihood, and what of its workspace is not in it.

    Attributes
    ----------
    model : Model
    bounds : tuple of float
        Of the parameter of interest: but for a lower one of zero they are not in the model.
    starts : dict of float
        Where the free factors start that the model counts from there.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> Imported(counts, (0.0, 10.0), {}).model.poi_name
    'mu'
    """

    model: Model
    bounds: tuple[float, float]
    starts: dict[str, float]


def imported(
    workspace: Workspace, file: str = "workspace", *, measurement: str | None = None, poi: str | None = None
) -> Imported:
    """The likelihood of a workspace and what to know about it; as `model`.

    Parameters
    ----------
    workspace, file, measurement, poi
        As for `model`.

    Returns
    -------
    Imported

    Raises
    ------
    UnknownName, InputError
        As for `model`.

    Examples
    --------
    >>> from nudipole.histfactory import validate, workspace
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> imported(validate(workspace(counts).workspace, "counts")).bounds[0]
    0.0
    """
    importer = Importer(workspace, file, _measurement(workspace, measurement), poi)
    return Imported(importer.model(), importer.bounds.poi(importer.poi), importer.starts)


def _measurement(workspace: Workspace, name: str | None) -> MeasurementSpec:
    if name is None:
        return workspace.measurements[0]
    for found in workspace.measurements:
        if found.name == name:
            return found
    raise UnknownName("measurement", name, [m.name for m in workspace.measurements])

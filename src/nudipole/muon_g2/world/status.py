"""Where a_mu stands: every measurement, average and prediction, and the differences between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from nudipole.errors import ArgumentError
from nudipole.io.stamp import stamp
from nudipole.muon_g2.world.anomaly import Conversion, conversions
from nudipole.muon_g2.world.electron import ElectronAnomaly, electron_anomaly
from nudipole.muon_g2.world.measurements import COMBINATIONS, Measurement, combined, measurement, measurements
from nudipole.muon_g2.world.predictions import Difference, Prediction, Term, g_s, prediction, predictions, projected

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Differences that were in the papers of their time: measurement, prediction, and what was printed [1e-11].
PRINTED: tuple[tuple[str, str, str], ...] = (
    ("e821", "dhmz2011-ee", "3.6 sd"),
    ("e821", "dhmz2011-tau", "2.4 sd"),
    ("e821", "wp2020", "279(76)"),
    ("world-2021", "wp2020", "251(59)"),
    ("world-2023", "wp2020", "-"),
    ("world-2023", "wp2025", "26(66)"),
    ("world-2025", "wp2025", "38(63)"),
)
#: Predictions that every measurement is compared with.
_REFERENCES = ("wp2020", "wp2025")
#: Year of the first of them.
_TODAY = 2020
#: Future errors by what would change: factors on those of measurement and prediction of today.
_FUTURE: tuple[tuple[str, float, float], ...] = (
    ("errors of today", 1.0, 1.0),
    ("prediction twice as precise", 1.0, 0.5),
    ("prediction as precise as the measurement", 1.0, 14.5 / 62),
)
#: What the technical design report of Fermilab projected (Muong-2:2015xgu), with its significances as quoted by Lawe in
#: 2016: factors on the errors of measurement and prediction, if the central values stay.
_PROJECTED: tuple[tuple[str, float, float, str], ...] = (
    ("errors of then", 1.0, 1.0, ""),
    ("measurement four times as precise", 0.25, 1.0, "5"),
    ("and the prediction twice", 0.25, 0.5, "7-8"),
)
#: The significances between which the second one lies.
_BETWEEN = (7.0, 8.0)


@dataclass(frozen=True)
class Projection:
    """Significance that shifts of a_mu would have.

    Attributes
    ----------
    name : str
    error : float
        Of the difference.
    significances : dict of float
        By the name of the shift.
    printed : str
        The significance that was printed, if one was.

    Examples
    --------
    >>> status().projections[0].name
    'errors of today'
    """

    name: str
    error: float
    significances: dict[str, float]
    printed: str = ""


@dataclass(frozen=True)
class Status:
    """Everything known about a_mu.

    Attributes
    ----------
    measurements : tuple of Measurement
    predictions : tuple of Prediction
        With the terms of new physics, if there are any, as further ones at the end.
    references : tuple of Prediction
        Those that every measurement is compared with.
    differences : tuple of (Difference, str)
        Of their times, and as printed then.
    combinations : tuple of (Measurement, Measurement)
        Averages computed here, beside the published ones.
    conversions : tuple of Conversion
    projections : tuple of Projection
    electron : ElectronAnomaly or None
    as_of : int or None
        Year at which everything ends.
    needed : dict of (float, float)
        With the projections of a year: how many times as precise a prediction must be for 7 and for 8 standard
        deviations, by prediction.

    Examples
    --------
    >>> today = status(since=2020)
    >>> [f"{difference.sigma:.1f}" for difference in today.against(today.measurements[-1])]
    ['5.8', '0.6']
    """

    measurements: tuple[Measurement, ...]
    predictions: tuple[Prediction, ...]
    references: tuple[Prediction, ...]
    differences: tuple[tuple[Difference, str], ...]
    combinations: tuple[tuple[Measurement, Measurement], ...]
    conversions: tuple[Conversion, ...]
    projections: tuple[Projection, ...]
    electron: ElectronAnomaly | None = None
    as_of: int | None = None
    needed: dict[str, tuple[float, float]] = field(default_factory=dict)

    def against(self, one: Measurement) -> tuple[Difference, ...]:
        """Differences of a measurement from the reference predictions."""
        return tuple(Difference(one, reference) for reference in self.references)

    @property
    def drawn(self) -> tuple[Prediction, ...]:
        """Predictions of the picture: of today's those since 2020, for older ones would cover what is compared."""
        return tuple(one for one in self.predictions if self.as_of is not None or one.year >= _TODAY)

    def plot(self) -> Figure:
        """Draw measurements and predictions."""
        from nudipole import plots

        return plots.g2_status(self)

    def to_json(self) -> dict[str, Any]:
        """All of it; a_mu and its errors are pure numbers."""
        return {
            **stamp("g2-status"),
            "measurements": [
                {
                    **asdict(one),
                    "differences": [_difference(difference) for difference in self.against(one)],
                }
                for one in self.measurements
            ],
            "predictions": [{**asdict(one), "g_s": g_s(one.value)} for one in self.predictions],
            "differences": [{**_difference(one), "printed": printed} for one, printed in self.differences],
            "combinations": [
                {"of": ours.name.split("+"), "value": ours.value, "error": ours.error, "published": published.name}
                for ours, published in self.combinations
            ],
            "conversions": [
                {
                    "name": one.name,
                    "R": one.R,
                    "constants": one.constants,
                    **asdict(one.ours),
                    "published": one.published.value,
                    "texkey": one.texkey,
                    "status": one.status,
                }
                for one in self.conversions
            ],
            "projections": [asdict(one) for one in self.projections],
            "as_of": self.as_of,
            "precision_needed": {name: list(both) for name, both in self.needed.items()},
            "electron": None
            if self.electron is None
            else {
                **asdict(self.electron),
                "difference": self.electron.difference,
                "sigma": self.electron.sigma,
                "figures": self.electron.figures,
            },
        }


def status(
    *, since: int | None = None, terms: Sequence[Term] = (), as_of: int | None = None, project: bool = False
) -> Status:
    """Collect what is known.

    Parameters
    ----------
    since : int, optional
        Year of the first measurement and prediction to show; the references are always shown.
    terms : sequence of Term
        New physics, on top of every reference prediction.
    as_of : int, optional
        Year up to which results are taken; the references are then the last predictions of that time.
    project : bool
        Whether to project as the design report of Fermilab did: what difference of the last measurement is left with
        four times smaller errors of it, and with half of those of the prediction.

    Returns
    -------
    Status

    Raises
    ------
    ArgumentError
        If nothing has been measured since that year, or up to the other.

    Examples
    --------
    >>> len(status(since=2020).measurements) < len(status().measurements)
    True
    """
    known = [one for one in measurements().values() if as_of is None or one.year <= as_of]
    shown = [one for one in known if since is None or one.year >= since]
    foretold = [one for one in predictions().values() if as_of is None or one.year <= as_of]
    if not known or not foretold:
        first = max(min(one.year for one in every) for every in (measurements().values(), predictions().values()))
        raise ArgumentError("as_of", as_of, f"there is no measurement with a prediction before {first}")
    if not shown:
        last = max(one.year for one in known)
        raise ArgumentError("since", since, f"the last measurement is of {last}")
    latest = max(one.year for one in foretold)
    references = [one for one in foretold if one.year == latest]
    if as_of is None:
        references = [prediction(name) for name in _REFERENCES]
    new = [reference.plus(*terms) for reference in references] if terms else []
    listed = [one for one in foretold if since is None or one.year >= since or one in references]
    return Status(
        measurements=tuple(shown),
        predictions=(*listed, *new),
        references=tuple(new or references),
        differences=tuple(
            (Difference(measurement(a), prediction(b)), printed)
            for a, b, printed in PRINTED
            if measurement(a) in known and prediction(b) in foretold
        ),
        combinations=tuple(
            (combined(names), measurement(name)) for name, names in COMBINATIONS.items() if measurement(name) in known
        ),
        conversions=tuple(one for one in conversions() if one.published in known),
        projections=_projected(known, new or references) if project else () if as_of else _projections(terms),
        electron=_electron(as_of),
        as_of=as_of,
        needed=_needed(known, references) if project else {},
    )


def _electron(as_of: int | None) -> ElectronAnomaly | None:
    try:
        return electron_anomaly(as_of)
    except ArgumentError:
        return None


def _projected(known: Sequence[Measurement], references: Sequence[Prediction]) -> tuple[Projection, ...]:
    last = max(known, key=lambda one: (one.year, -one.error))
    found = []
    for reference in references:
        now = Difference(last, reference)
        for name, of_measurement, of_prediction, printed in _PROJECTED:
            errors = (last.error * of_measurement, reference.error * of_prediction)
            label = f"{last.label} - {reference.label}"
            shift = {label: projected(now.value, errors)}
            found.append(Projection(name, 1 / projected(1.0, errors), shift, printed))
    return tuple(found)


def _needed(known: Sequence[Measurement], references: Sequence[Prediction]) -> dict[str, tuple[float, float]]:
    """Factors of precision of predictions with which 7 and 8 standard deviations come out."""
    last = max(known, key=lambda one: (one.year, -one.error))
    found = {}
    for reference in references:
        value, error = Difference(last, reference).value, 0.25 * last.error
        left = [(value / z) ** 2 - error**2 for z in _BETWEEN]
        if min(left) > 0:
            low, high = (reference.error / one**0.5 for one in left)
            found[reference.label] = (low, high)
    return found


def _projections(terms: Sequence[Term]) -> tuple[Projection, ...]:
    now = Difference(measurement("world-2025"), prediction("wp2025"))
    shifts = {"difference of 2025": now.value, "difference of 2021": 251e-11}
    shifts |= {term.name: term.value for term in terms}
    found = []
    for name, of_measurement, of_prediction in _FUTURE:
        errors = (now.measurement.error * of_measurement, now.prediction.error * of_prediction)
        error = 1 / projected(1.0, errors)
        found.append(Projection(name, error, {key: projected(value, errors) for key, value in shifts.items()}))
    return tuple(found)


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "measurement": one.measurement.name,
        "prediction": one.prediction.label if one.prediction.added else one.prediction.name,
        "value": one.value,
        "error": one.error,
        "sigma": one.sigma,
        "ppm": list(one.ppm),
    }

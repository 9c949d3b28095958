"""Where a_mu stands: every measurement, average and prediction, and the differences between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nudipole.errors import ArgumentError
from nudipole.io.stamp import stamp
from nudipole.muon_g2.world.anomaly import Conversion, conversions
from nudipole.muon_g2.world.measurements import COMBINATIONS, Measurement, combined, measurement, measurements
from nudipole.muon_g2.world.predictions import Difference, Prediction, Term, g_s, prediction, predictions, projected

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Differences that were in the papers of their time: measurement, prediction, and what was printed [1e-11].
PRINTED: tuple[tuple[str, str, str], ...] = (
    ("e821", "wp2020", "279(76)"),
    ("world-2021", "wp2020", "251(59)"),
    ("world-2023", "wp2020", "-"),
    ("world-2023", "wp2025", "26(66)"),
    ("world-2025", "wp2025", "38(63)"),
)
#: Predictions that every measurement is compared with.
_REFERENCES = ("wp2020", "wp2025")
#: Future errors by what would change: factors on those of measurement and prediction of today.
_FUTURE: tuple[tuple[str, float, float], ...] = (
    ("errors of today", 1.0, 1.0),
    ("prediction twice as precise", 1.0, 0.5),
    ("prediction as precise as the measurement", 1.0, 14.5 / 62),
)


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

    Examples
    --------
    >>> status().projections[0].name
    'errors of today'
    """

    name: str
    error: float
    significances: dict[str, float]


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

    def against(self, one: Measurement) -> tuple[Difference, ...]:
        """Differences of a measurement from the reference predictions."""
        return tuple(Difference(one, reference) for reference in self.references)

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
        }


def status(*, since: int | None = None, terms: Sequence[Term] = ()) -> Status:
    """Collect what is known.

    Parameters
    ----------
    since : int, optional
        Year of the first measurement and prediction to show; the references are always shown.
    terms : sequence of Term
        New physics, on top of every reference prediction.

    Returns
    -------
    Status

    Raises
    ------
    ArgumentError
        If nothing has been measured since that year.

    Examples
    --------
    >>> len(status(since=2020).measurements) < len(status().measurements)
    True
    """
    shown = [one for one in measurements().values() if since is None or one.year >= since]
    if not shown:
        last = max(one.year for one in measurements().values())
        raise ArgumentError("since", since, f"the last measurement is of {last}")
    references = [prediction(name) for name in _REFERENCES]
    new = [reference.plus(*terms) for reference in references] if terms else []
    listed = [one for one in predictions().values() if since is None or one.year >= since or one in references]
    return Status(
        measurements=tuple(shown),
        predictions=(*listed, *new),
        references=tuple(new or references),
        differences=tuple((Difference(measurement(a), prediction(b)), printed) for a, b, printed in PRINTED),
        combinations=tuple((combined(names), measurement(name)) for name, names in COMBINATIONS.items()),
        conversions=conversions(),
        projections=_projections(terms),
    )


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

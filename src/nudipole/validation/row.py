"""One published number beside ours: the errors of the comparison, and what it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

#: What a derived number rests on, the most telling first.
LEVELS = {
    "event-level": "the full chain, fitted to published data",
    "cross-section": "the full chain, fitted to a published cross section or ratio",
    "projection": "the full chain with the published set-up, data equal to their expectation",
    "prediction": "events that the full chain expects",
    "source": "flux of the source alone",
    "conversion": "another published number, converted",
    "theory": "a formula",
    "data": "sums of the published data",
}

#: What a comparison shows, in the order of the page. They are never summed into one score.
CLASSES = {
    "not reproduced": (
        "outside of twice the combined error; or released data, and too little is known for the comparison to fail"
    ),
    "reproduced": "from independent inputs, within twice a combined error of at most 15 %",
    "consistent": "within twice a combined error of at most 50 %, or of one that is mostly assumed, or a step alone",
    "not testable": "an essential input is not known, or the combined error is over 50 %",
    "tuned": "an input was fixed by this number or by its sibling",
    "not derived": "ours could not be computed",
}

#: Largest combined error of what is reproduced, and of what is tested at all.
_REPRODUCED, _TESTED = 0.15, 0.50
#: How many combined errors ours may be off by.
WITHIN = 2.0


@dataclass(frozen=True)
class Uncertainty:
    """One error of a comparison.

    Attributes
    ----------
    of : str
    size : float
        As a fraction of the published value, or of the width of a published interval.
    source : str
        Its reference, how it was computed, or why it is assumed.
    assumed : bool

    Examples
    --------
    >>> str(Uncertainty("flux", 0.02, "Beda:2013mta", assumed=False))
    'flux 2 % (Beda:2013mta)'
    """

    of: str
    size: float
    source: str
    assumed: bool = False

    def __str__(self) -> str:
        return f"{self.of} {100 * self.size:.2g} % ({'assumed: ' if self.assumed else ''}{self.source})"


@dataclass(frozen=True)
class Beside:
    """What another variant or construction gives.

    Attributes
    ----------
    words : str
        Which it is.
    value : float
        In the unit of the row.

    Examples
    --------
    >>> Beside("one-sided", 2e-11).value
    2e-11
    """

    words: str
    value: float


@dataclass(frozen=True)
class Row:
    """A published number, ours, and what is known about how closely they must agree.

    Attributes
    ----------
    experiment : str
    variant : str or None
        That the published number is of.
    key : str
        The same in every version, by which rows are compared with those of earlier ones.
    quantity, unit : str
    level : str
        Of `LEVELS`.
    published : float
    ours : float or None
        What `limit` gives by default; None where it could not be derived, for the reason in `error`.
    scale : float
        What errors are a fraction of: the published value, or the width of an interval.
    of_width : bool
        Whether it is the width.
    errors : tuple of Uncertainty
    beside : tuple of Beside
    released : bool
        Whether ours is fitted to released data.
    tuned, unknown : str
        Which input was fixed by this number; which essential input is not known.
    record : str
        Of the world's limits, if it is one of them.
    explanation : str
        What makes the two differ.
    texkey, where : str
    error : str

    Examples
    --------
    >>> row = Row(
    ...     experiment="mine", variant=None, key="mine/mu_e", quantity="mu_e upper, 90 %", unit="mu_B",
    ...     level="event-level", published=2e-11, ours=2.3e-11, scale=2e-11,
    ...     errors=(Uncertainty("background", 0.08, "Beda:2013mta"), Uncertainty("rounding", 0.06, "two digits")),
    ... )
    >>> round(row.ratio, 2), round(row.combined, 3), round(row.pull, 2), row.verdict
    (1.15, 0.1, 1.5, 'reproduced')
    """

    experiment: str
    variant: str | None
    key: str
    quantity: str
    unit: str
    level: str
    published: float
    ours: float | None
    scale: float
    of_width: bool = False
    errors: tuple[Uncertainty, ...] = ()
    beside: tuple[Beside, ...] = field(default=())
    released: bool = False
    tuned: str = ""
    unknown: str = ""
    record: str = ""
    explanation: str = ""
    texkey: str = ""
    where: str = ""
    error: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over published; None of a published zero."""
        return None if self.ours is None or self.published == 0 else self.ours / self.published

    @property
    def deviation(self) -> float | None:
        """Ours minus published, in units of what the errors are a fraction of."""
        return None if self.ours is None else (self.ours - self.published) / self.scale

    @property
    def combined(self) -> float | None:
        """The errors in quadrature; None where none are known."""
        return combined(self.errors) if self.errors else None

    @property
    def pull(self) -> float | None:
        """The deviation in combined errors."""
        return None if self.deviation is None or not self.combined else self.deviation / self.combined

    @property
    def mostly_assumed(self) -> bool:
        """Whether more than half of the combined error, in quadrature, is assumed."""
        assumed = [item for item in self.errors if item.assumed]
        return combined(assumed) ** 2 > 0.5 * combined(self.errors) ** 2

    @property
    def verdict(self) -> str:
        """Which of `CLASSES` it is.

        What has released data is never called not testable: outside of errors that large it is not reproduced, and
        within them it is not either, as then nothing was shown.
        """
        if self.error or self.ours is None:
            return "not derived"
        if self.tuned:
            return "tuned"
        error = self.combined
        if self.unknown or error is None or error > _TESTED:
            return "not reproduced" if self.released else "not testable"
        if abs(self.pull or 0.0) > WITHIN:
            return "not reproduced"
        if self.level == "conversion" or error > _REPRODUCED or self.mostly_assumed:
            return "consistent"
        return "reproduced"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {
            "ratio": self.ratio,
            "deviation": self.deviation,
            "combined_error": self.combined,
            "pull": self.pull,
            "class": self.verdict,
        }


def combined(errors: Sequence[Uncertainty]) -> float:
    """Errors in quadrature.

    Parameters
    ----------
    errors : sequence of Uncertainty

    Returns
    -------
    float

    Examples
    --------
    >>> round(combined([Uncertainty("a", 0.03, "x"), Uncertainty("b", 0.04, "y")]), 6)
    0.05
    """
    return math.hypot(*(item.size for item in errors))

"""One published number beside ours."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
}


@dataclass(frozen=True)
class Row:
    """A published number, ours, and how closely they were to agree.

    Attributes
    ----------
    experiment : str
    variant : str or None
    quantity, unit : str
    level : str
        Of `LEVELS`.
    published : float
    ours : float or None
        None where it could not be derived, for the reason in `error`.
    scale : float
        What `tolerance` is a fraction of: the published value, or the width of an interval.
    squared : bool
        Whether the squares are compared.
    tolerance : float
    why, explanation : str
        Why this tolerance; what makes the two differ.
    texkey, where : str
    error : str

    Examples
    --------
    >>> row = Row(
    ...     experiment="mine", variant=None, quantity="mu_e upper, 90 %", unit="mu_B", level="event-level",
    ...     published=2e-11, ours=2.3e-11, scale=2e-11, tolerance=0.2, why="another background",
    ... )
    >>> round(row.ratio, 2), round(row.deviation, 2), row.passed
    (1.15, 0.15, True)
    """

    experiment: str
    variant: str | None
    quantity: str
    unit: str
    level: str
    published: float
    ours: float | None
    scale: float
    tolerance: float
    why: str
    explanation: str = ""
    texkey: str = ""
    where: str = ""
    squared: bool = False
    error: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over published, squared if the squares are compared; None of a published zero."""
        if self.ours is None or self.published == 0:
            return None
        ratio = self.ours / self.published
        return ratio**2 if self.squared else ratio

    @property
    def deviation(self) -> float | None:
        """Difference in units of what the tolerance is a fraction of.

        Of squares the factor between the two, less one, whichever is larger: 100 % is a factor of two either way.
        """
        if self.ours is None:
            return None
        if self.squared:
            factor = (self.ours / self.published) ** 2
            return max(factor, 1 / factor) - 1 if factor > 0 else float("inf")
        return abs(self.ours - self.published) / self.scale

    @property
    def passed(self) -> bool:
        """Whether ours lies within the tolerance."""
        return self.deviation is not None and self.deviation <= self.tolerance

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"ratio": self.ratio, "deviation": self.deviation, "passed": self.passed}

"""A bound from stars, a supernova or the early Universe: a record like those of the limits of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.limits import words

#: What a bound is: values above or below are excluded, those in a window, or none.
KINDS = ("upper", "lower", "window", "none")


@dataclass(frozen=True)
class Assumption:
    """One thing that a bound takes for granted.

    Attributes
    ----------
    value : float or str
    unit : str
        "1" of pure numbers, empty of words.
    note : str
        Where it comes from.

    Examples
    --------
    >>> str(Assumption(-4.03, "mag", "theory"))
    '-4.03 mag (theory)'
    """

    value: float | str
    unit: str = ""
    note: str = ""

    def __str__(self) -> str:
        text = self.value if isinstance(self.value, str) else digits.plain(self.value, 6)
        unit = "" if self.unit in ("", "1") else f" {self.unit}"
        return f"{text}{unit}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True, repr=False)
class AstroBound:
    """One bound with all that it assumes.

    Attributes
    ----------
    name : str
        Of its command.
    title : str
    kind : str
        Of `KINDS`.
    value : float or None
        The end above (or below) which values are excluded; of a window its lower end; None where there is no bound.
    upper_end : float or None
        Of a window, its upper end.
    unit : str
    reason : str
        Why there is no bound, or why the confidence level is what it is.
    cl : float or None
    sides : str
        "one", "two" or "unstated".
    method : str
        Of the words of the limits of the world.
    quantity, source, process : str
        The same; the quantity is a property of them.
    symbol, formula : str
        Exactly what is bounded.
    nature : str
        Of the neutrinos it holds for: dirac, majorana or either.
    assumptions : dict of Assumption
    doubts : tuple of str
        What makes it weaker or stronger than it looks.
    references : tuple of str
        Keys of the bundled bibliography.
    numbers : dict of Assumption
        What was computed on the way.
    moment : float or None
        What a given neutrino has in place of `symbol` [unit].
    factor : float
        To which the ends are good; 1 where doubts have no number.

    Raises
    ------
    NudipoleError
        If words are unknown, or value and kind do not fit.

    Examples
    --------
    >>> found = AstroBound("mine", "a bound", "upper", 2e-12, unit="mu_B", cl=0.95, sides="one", method="theory",
    ...                    source="stars", process="plasmon-decay", moment=1e-12)
    >>> found.value, found.verdict, found.strength
    (2e-12, 'allowed', 2.0)
    """

    name: str
    title: str
    kind: str
    value: float | None
    upper_end: float | None = None
    unit: str = "mu_B"
    reason: str = ""
    cl: float | None = None
    sides: str = "unstated"
    method: str = "order-of-magnitude"
    quantity: str = "magnetic-moment"
    source: str = "stars"
    process: str = "plasmon-decay"
    symbol: str = "mu_nu"
    formula: str = ""
    nature: str = "either"
    assumptions: dict[str, Assumption] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    numbers: dict[str, Assumption] = field(default_factory=dict)
    moment: float | None = None
    factor: float = 1.0

    def __post_init__(self) -> None:
        known = {
            "kind": KINDS,
            "method": words.METHODS,
            "quantity": tuple(words.PROPERTIES),
            "source": words.SOURCES,
            "process": words.PROCESSES,
            "nature": words.NATURES,
        }
        wrong = [name for name, choices in known.items() if getattr(self, name) not in choices]
        complete = (self.value is None) == (self.kind == "none") and (self.upper_end is None) == (self.kind != "window")
        if wrong or not complete or not (self.kind != "none" or self.reason):
            raise NudipoleError(f"{self.name}: {', '.join(wrong) or 'value and kind'} of a bound do not fit")

    def __repr__(self) -> str:
        return notebook.lines(f"AstroBound: {self.line()}", self._words, width=160)

    def _repr_html_(self) -> str:
        return notebook.shown(self.line(), self._words)

    @property
    def _words(self) -> dict[str, str]:
        shown = {
            "holds for": "Dirac and Majorana neutrinos" if self.nature == "either" else f"{self.nature} neutrinos",
            "formula": self.formula,
            "assumes": "; ".join(f"{name} {value}" for name, value in self.assumptions.items()),
            "numbers": "; ".join(f"{name} {value}" for name, value in self.numbers.items()),
            "doubts": "; ".join(self.doubts),
            "references": ", ".join(self.references),
        }
        return {name: text for name, text in shown.items() if text}

    @property
    def strength(self) -> float | None:
        """Factor that the given neutrino's matrices may have until they are excluded; None without one."""
        if self.value is None or not self.moment:
            return None
        return self.value / self.moment

    @property
    def verdict(self) -> str | None:
        """Of the given neutrino: allowed, excluded, or "no bound"; None without one."""
        if self.moment is None:
            return None
        if self.value is None:
            return "no bound"
        if self.kind == "lower":
            return "excluded" if self.moment < self.value else "allowed"
        above = self.moment > self.value
        return "excluded" if above and (self.upper_end is None or self.moment < self.upper_end) else "allowed"

    @property
    def within_doubt(self) -> bool:
        """Whether the given neutrino is nearer to an end than the factor to which it is good."""
        if not self.moment:
            return False
        ends = [end for end in (self.value, self.upper_end) if end is not None]
        return any(1 / self.factor < self.moment / end < self.factor for end in ends)

    def judged(self) -> str:
        """The verdict in words, with its doubt."""
        doubt = f", within its doubt (a factor of {self.factor:g})" if self.within_doubt else ""
        return f"{self.verdict or ''}{doubt}"

    def result(self) -> str:
        """What is excluded, in a few words."""
        if self.value is None:
            return f"no bound: {self.reason}"
        value = digits.number(self.value)
        if self.kind == "window":
            return f"{self.symbol} {value} .. {digits.number(self.upper_end)} {self.unit} excluded"
        return f"{self.symbol} {'>' if self.kind == 'lower' else '<'} {value} {self.unit}"

    def level(self) -> str:
        """Confidence level and sides in a few words."""
        if self.cl is None:
            return "no confidence level"
        return f"{digits.level(self.cl)}, {self.sides}-sided"

    def line(self) -> str:
        """The bound in one line."""
        verdict = "" if self.verdict in (None, "no bound") else f"; the given neutrino is {self.judged()}"
        return f"{self.title}: {self.result()}" + ("" if self.value is None else f" ({self.level()})") + verdict

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-astro-bound/1``."""

        def plain(items: dict[str, Assumption]) -> dict[str, Any]:
            return {name: {"value": x.value, "unit": x.unit or None, "note": x.note} for name, x in items.items()}

        return {
            **stamp("astro-bound"),
            "name": self.name,
            "title": self.title,
            "property": self.quantity,
            "quantity": {"symbol": self.symbol, "formula": self.formula, "nature": self.nature},
            "source": self.source,
            "process": self.process,
            "result": {
                "kind": self.kind,
                "value": self.value,
                "upper_end": self.upper_end,
                "unit": self.unit,
                "factor_of_doubt": None if self.factor == 1 else self.factor,
                "reason": self.reason or None,
            },
            "statistics": {"cl": self.cl, "reason": self.reason or None, "sides": self.sides, "method": self.method},
            "status": "limit",
            "model_dependent": True,
            "assumptions": plain(self.assumptions),
            "numbers": plain(self.numbers),
            "doubts": list(self.doubts),
            "references": list(self.references),
            "neutrino": None
            if self.moment is None
            else {
                "moment": self.moment,
                "strength": self.strength,
                "verdict": self.verdict,
                "within_doubt": self.within_doubt,
            },
        }

"""Whether the numbers of a record are those that the publication printed: a slip in typing shows here."""

from __future__ import annotations

import re

from nudipole import digits
from nudipole.limits.record import Bound

#: Signs and LaTeX as plain text.
_PLAIN = {
    "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{PLUS-MINUS SIGN}": "+-", "\N{MULTIPLICATION SIGN}": "x",
    "\N{MIDDLE DOT}": "x", "\N{MICRO SIGN}": "mu", "\N{GREEK SMALL LETTER MU}": "mu",
    r"\times": "x", r"\cdot": "x", r"\pm": "+-", "\\": "", "{": "", "}": "", "$": "", "**": "^", "..": " to ",
}  # fmt: skip
_RAISED = str.maketrans("\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "-0123456789")
#: Ways to write a power of ten, each made e-12. A power that stands alone is exact, as 1.0e-12 is to a tenth.
_POWERS = (
    (r"\s?[x*]\s?10\s?\^\s?\(?([+-]?\d+)\)?", r"e\1"),
    (r"(?<![\w.])10\s?\^\s?\(?([+-]?\d+)\)?", r"1.0e\1"),
    (r"(?<=[\d.)])\s?E([+-]?\d+)", r"e\1"),
    (r"(?<=[\d.)])\se([+-]\d+)", r"e\1"),
)
#: A number with or without its power, or the power of all numbers before it. A minus behind a letter, a digit or a
#: plus is none: it stands between the ends of a range, or in +-.
_NUMBER = re.compile(
    r"(?<![\w.^/])(?<!\^[+-])(?P<sign>(?<!\+)-)?(?P<digits>\d+(?:\.\d*)?)(?:e(?P<own>[+-]?\d+)|(?P<percent>\s?%)?(?![\w^/]))"
    r"|(?<![\w.])e(?P<shared>[+-]?\d+)"
)
#: Units as publications print them.
_UNITS = {
    "mu_B": r"mu_?B\b(?!\^2)|[Bb]ohr magneton",
    "mu_B^2": r"mu_?B\^2",
    "1/GeV": r"(1/|/ ?)GeV\b(?!\^)|GeV\^-1",
    "cm^2": r"cm\^2",
    "fm^2": r"fm\^2",
    "1/GeV^2": r"(1/|/ ?)GeV\^2|GeV\^-2",
}


def difference(bound: Bound) -> str | None:
    """What of a bound is not what was printed, in words; None if all is.

    Numbers are compared within the digits printed, and units that are printed. Words without a number, and formulas
    without a power of ten, have nothing to compare.

    Parameters
    ----------
    bound : Bound

    Returns
    -------
    str or None

    Examples
    --------
    >>> from nudipole.limits import record
    >>> bound = record("xenonnt-2022-mu-solar").bound
    >>> difference(bound) is None
    True
    >>> slip = bound.result.model_copy(update={"value": 6.4e-11})
    >>> difference(bound.model_copy(update={"result": slip}))
    "value 6.4e-11 is not in as_printed, '< 6.4 x 10^-12 mu_B': correct the one that is mistyped"
    """
    result = bound.result
    text = _plain(result.as_printed)
    named = [unit for unit, pattern in _UNITS.items() if re.search(pattern, text)]
    if result.unit in _UNITS and named and result.unit not in named:
        return f"unit {result.unit} is not that of as_printed, {result.as_printed!r}: correct the one that is mistyped"
    printed = _numbers(text)
    if not printed or (result.kind == "predicted" and not re.search(r"\de[+-]?\d", text)):
        return None
    for name, value in _stored(bound):
        signed = name not in ("plus", "minus")
        if not any(abs(value - (x if signed else abs(x))) <= half for x, half in printed):
            written = digits.plain(value)
            return f"{name} {written} is not in as_printed, {result.as_printed!r}: correct the one that is mistyped"
    return None


def _stored(bound: Bound) -> list[tuple[str, float]]:
    """Numbers of the result by the key that they stand in."""
    result = bound.result
    match result.kind:
        case "interval":
            return [("intervals", end) for pair in result.intervals for end in pair]
        case "measured":
            return [(name, getattr(result, name)) for name in ("value", "plus", "minus")]
        case "upper":
            return [("value", result.value), *(("range", end) for end in result.range or ())]
        case "lower" | "predicted":
            return [("value", result.value)]
    return []


def _plain(text: str) -> str:
    """A text with its signs as ASCII and its powers of ten as e-12."""
    for written, plain in _PLAIN.items():
        text = text.replace(written, plain)
    text = re.sub(f"[{''.join(map(chr, _RAISED))}]+", lambda match: f"^{match[0].translate(_RAISED)}", text)
    for pattern, power in _POWERS:
        text = re.sub(pattern, power, text)
    return text


def _numbers(text: str) -> list[tuple[float, float]]:
    """Numbers of a text, each with half a unit of its last digit; a bare one has the power that follows next."""
    found: list[tuple[float, float]] = []
    power = 0
    for match in reversed(list(_NUMBER.finditer(text))):
        if match["shared"] or match["own"]:
            power = int(match["shared"] or match["own"])
        if match["digits"]:
            of_it = -2 if match["percent"] else power
            decimals = len(match["digits"].partition(".")[2])
            value = float(f"{match['sign'] or ''}{match['digits']}e{of_it}")
            found.append((value, 0.5000001 * 10.0 ** (of_it - decimals)))
    return found

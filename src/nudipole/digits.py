"""Numbers as people read them: the one place that decides about digits, exponents, levels and per cents.

Tables for machines (JSON, CSV) keep every digit, ``repr`` and back, but for float noise of energies in CSV (`typed`);
text, tables on a terminal, messages, the report and labels of plots take their numbers from here. All digits are
significant. What is not a number is "-", zero has no sign, and zeros at the end are kept, so that 1.1e-11 beside
1.26e-11 is 1.10e-11.
"""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Integral

#: Below and from here on a number has an exponent.
_SMALL, _LARGE = 1e-4, 1e5
#: What binary fractions leave behind the digits that were typed, as in 1.2000000000000002, comes later than these.
_TYPED = 12
#: How far, relative, the digits of an energy in a table may be from it.
_WITHIN = 1e-12


def number(value: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """A measured or fitted number, with a constant count of digits.

    Parameters
    ----------
    value : float, int or None
        An int is exact and written in full; None and NaN are "-".
    digits : int
        Significant ones; all digits before the point are written below 1e5.
    sign : bool
        Whether positive numbers have a sign, too.

    Examples
    --------
    >>> number(1.1e-11), number(1.2000000000000002e-32), number(0.5), number(1234.5), number(2_000_000.0)
    ('1.10e-11', '1.20e-32', '0.500', '1234', '2.00e+06')
    >>> number(7), number(-0.0), number(float("nan")), number(None), number(float("inf"))
    ('7', '0', '-', '-', 'inf')
    >>> number(0.25, 2, sign=True)
    '+0.25'
    """
    if value is None or value != value:
        return "-"
    if isinstance(value, Integral):
        return f"{int(value):+d}" if sign and value else str(value)
    value = float(value)
    if value == 0 or math.isinf(value):
        return "0" if value == 0 else f"{value:+}" if sign else str(value)
    plus = "+" if sign else ""
    rounded = float(f"{value:.{digits - 1}e}")  # 9.996 has its digits as 10.0
    if not _SMALL <= abs(rounded) < _LARGE:
        return f"{value:{plus}.{digits - 1}e}"
    return f"{value:{plus}.{max(digits - 1 - _exponent(rounded), 0)}f}"


def typed(value: float) -> float:
    """The number of the fewest digits within 1e-12 of a value, for tables: energies without float noise.

    Parameters
    ----------
    value : float

    Returns
    -------
    float
        Whose ``repr`` has these digits; what is no number as it is.

    Examples
    --------
    >>> typed(9.000000000000002), typed(1e3 * 0.0011), typed(2 / 3), typed(float("inf"))
    (9.0, 1.1, 0.666666666667, inf)
    """
    for digits in range(_TYPED, 17):
        short = float(f"{value:.{digits}g}")
        if abs(short - value) <= _WITHIN * abs(value):
            return short
    return float(value)


def plain(value: float | None, digits: int = _TYPED) -> str:
    """A number as it would be typed, such as a threshold or an edge: without zeros at the end, without float noise.

    Examples
    --------
    >>> plain(0.3), plain(100 * 0.07), plain(1.2000000000000002e-32), plain(2000.0), plain(1e-11), plain(-0.0)
    ('0.3', '7', '1.2e-32', '2000', '1e-11', '0')
    """
    if value is None or value != value:
        return "-"
    if value == 0:
        return "0"
    return f"{float(value):.{digits}g}"


def fixed(value: float | None, decimals: int, *, sign: bool = False) -> str:
    """A number with so many decimals, such as a chi2, a pull or a count; minus zero is zero.

    Examples
    --------
    >>> fixed(12.345, 1), fixed(-0.001, 2), fixed(0.5, 2, sign=True), fixed(float("nan"), 1)
    ('12.3', '0.00', '+0.50', '-')
    """
    if value is None or value != value:
        return "-"
    # Adding zero turns minus zero into zero.
    return f"{round(float(value), decimals) + 0.0:{'+' if sign else ''}.{decimals}f}"


def with_error(value: float | None, error: float | None) -> str:
    """A number and its error: two digits of the error, the number to the same decimals, one exponent for both.

    Examples
    --------
    >>> with_error(1.2345, 0.0321), with_error(6.4e-12, 1.23e-13), with_error(-166274.0, 13.2)
    ('1.234 +- 0.032', '(6.40 +- 0.12)e-12', '-166274 +- 13')
    >>> with_error(0.5, 0.0996), with_error(0.5, None), with_error(2.0, float("inf"))
    ('0.50 +- 0.10', '0.500', '2.00 +- inf')
    """
    if value is None or error is None or not (math.isfinite(value) and math.isfinite(error) and error):
        lone = error is None or error != error
        return number(value) if lone else f"{number(value)} +- {number(error)}"
    rounded = float(f"{abs(error):.1e}")
    size = max(abs(value), rounded)
    # Written out, a number shows no digits that its error does not cover.
    power = 0 if _SMALL <= size < 1e7 and rounded < 100 else _exponent(size)
    decimals = max(1 - _exponent(rounded) + power, 0)
    both = f"{fixed(value / 10.0**power, decimals)} +- {fixed(rounded / 10.0**power, decimals)}"
    return f"({both})e{power:+03d}" if power else both


def level(cl: float, what: str = "CL") -> str:
    """A confidence level, or a credibility; never rounded up to certainty.

    Examples
    --------
    >>> level(0.9), level(0.999), level(0.9999999), level(0.6827), level(0.9, "credibility")
    ('90% CL', '99.9% CL', '99.99999% CL', '68.27% CL', '90% credibility')
    """
    text = plain(100 * cl)
    if float(text) >= 100 > 100 * Decimal(repr(float(cl))):
        text = f"{(100 * Decimal(repr(float(cl)))).normalize():f}"
    return f"{text}% {what}".rstrip()


def p_value(p: float | None, name: str = "") -> str:
    """A p-value with two digits, behind its `name` where it has one; "-" where there is nothing to test.

    Examples
    --------
    >>> p_value(0.4567), p_value(0.00123), p_value(1e-300), p_value(0.0), p_value(float("nan"))
    ('0.46', '0.0012', '< 1e-16', '< 1e-16', '-')
    >>> p_value(0.4567, "p"), p_value(0.0, "p")
    ('p = 0.46', 'p < 1e-16')
    """
    text = "< 1e-16" if p is not None and p < 1e-16 else number(p, 2)
    return text if not name else f"{name} {text}" if text.startswith("<") else f"{name} = {text}"


def percent(fraction: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """A fraction in per cent, with at most so many digits.

    Examples
    --------
    >>> percent(0.05), percent(0.07), percent(0.123456), percent(-0.002, sign=True), percent(None)
    ('5 %', '7 %', '12.3 %', '-0.2 %', '-')
    """
    if fraction is None or fraction != fraction:
        return "-"
    text = number(100 * float(fraction), digits, sign=sign)
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}{e}{exponent} %"


def _exponent(value: float) -> int:
    """The power of ten of the first digit."""
    return int(f"{value:e}".partition("e")[2])

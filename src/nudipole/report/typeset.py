"""Plain text as people write it in files and on a terminal, set as physics on a page: symbols, powers, signs."""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup, escape

from nudipole import digits

_GREEK = {
    "mu": "µ", "nu": "ν", "nubar": "ν̄", "tau": "τ", "eps": "ε", "epsilon": "ε", "lambda": "λ", "Lambda": "Λ",
    "rho": "ρ", "theta": "θ", "phi": "φ", "kappa": "κ", "omega": "ω", "r2": "⟨r²⟩", "antinu": "ν̄", "sun": "☉",
}  # fmt: skip
#: Letters that carry an index; what stands behind them is one unless it is a word.
_HEADS = "mu|nu|nubar|antinu|epsilon|eps|lambda|Lambda|rho|theta|phi|kappa|omega|r2|[a-zA-Z]"
_SYMBOL = re.compile(
    rf"(?<![\w/.-])({_HEADS})_((?:mu|nu|tau|eff|antinu|prime|max|min|sun|phi|[A-Za-z]{{1,2}}|\d{{1,2}})+)(?![\w.]*\w)"
)
_INDEX = re.compile(r"antinu|nu|mu|tau|phi|sun")
_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]?\d+)(?!\w)")
_POWER = re.compile(r"(?<=\w)\^([+−-]?\d+)(?![\w.])")
_ALONE = re.compile(r"(?<![\w-])(mu|nu|tau|rho|lambda)(?![\w-]|\.\w)")
_ISOTOPE = re.compile(r"(?<![\w.-])(\d{1,3})(Be|B|Cr|Ar|Ge|U|Pu|Kr|Xe|Co|Th|N|O|F)(?![\w-])")
_LABEL = re.compile(r"(<text[^>]*>)([^<]+)(</text>)")
_MOVED = re.compile(r"<(sub|sup)>([^<]*)</\1>([^<]*)")
#: What a picture does without: who made it, remarks, names of groups, indentation.
_IDLE = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|(?<=<g) id=\"[^\"]*\"|(?<=\n)\s+", re.DOTALL)
_SHAPE, _FAR_DIGITS = re.compile(r"<(?!text|tspan)[a-z][^>]*>"), re.compile(r"(\.\d\d)\d+")
_NOTHING = "\u200b"
#: In this order; a text is escaped before.
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\bmu_B_product\b"), "µ<sub>12</sub>B<sub>0</sub>"),
    (re.compile(r"\bp_antinu\b"), "P(ν<sub>e</sub> → ν̄<sub>e</sub>)"),
    (re.compile(r"\bsin2_theta_w\b"), "sin²θ<sub>W</sub>"),
    (re.compile(r"(?<![\w-])nu-e(?![\w-])"), "ν-e"),
    (re.compile(r"\bdelta-chi2\b"), "delta-χ²"),
    (re.compile(r"\b(?:[Dd]elta[ _]|d)chi2\b"), "Δχ²"),
    (re.compile(r"\bdm2_(\w+)"), r"Δm²<sub>\1</sub>"),
    (re.compile(r"(?<![-\w])chi2\b"), "χ²"),
    (re.compile(r"\bf_prime\b"), "f′"),
    (re.compile(r"\(([^()]{3,40})\)e([+-]?\d+)"), r"(\1) × 10^\2"),
    (re.compile(r"1/\(([a-zA-Z]+)\^2 ([a-zA-Z]+)\)"), r"\1<sup>−2</sup> \2<sup>−1</sup>"),
    (re.compile(r"\+-"), "±"),
    (re.compile(r"\s-&gt;\s"), " → "),
    (re.compile(r"(?<=[\d.]) ?sigma\b"), " σ"),
    (re.compile(r"(?<=[\w)])\^\+(?!\w)"), "<sup>+</sup>"),
    (re.compile(r"(?<![\w)])-(?=\d)"), "−"),
    (re.compile(r"(?<=\d) %"), " %"),
)


def typeset(text: object) -> Markup:
    """Text with Greek letters and indices, powers of ten and true signs; everything else is escaped.

    Parameters
    ----------
    text : object
        Its ``str``; what is markup already stays as it is.

    Returns
    -------
    Markup

    Examples
    --------
    >>> typeset("mu_nu < 6.4e-12 mu_B")
    Markup('µ<sub>ν</sub> &lt; 6.4 × 10<sup>−12</sup> µ<sub>B</sub>')
    """
    if isinstance(text, Markup):
        return text
    found = str(escape(text))
    for pattern, by in _RULES:
        found = pattern.sub(by, found)
    found = _POWER.sub(lambda match: f"<sup>{_minus(match[1])}</sup>", found)
    found = _NUMBER.sub(_power, found)
    found = _ISOTOPE.sub(r"<sup>\1</sup>\2", found)
    found = _ALONE.sub(lambda match: _GREEK[match[1]], found)
    return Markup(_SYMBOL.sub(_symbol, found))


def number(value: float | None, count: int = 3) -> Markup:
    """A number with powers of ten; a dash where there is none.

    Parameters
    ----------
    value : float or None
    count : int
        Of digits.

    Returns
    -------
    Markup

    Examples
    --------
    >>> number(6.4e-12), number(None)
    (Markup('6.40 × 10<sup>−12</sup>'), Markup('–'))
    """
    if value is None or value != value:
        return Markup("–")
    return typeset(digits.number(value, count))


def labelled(svg: str) -> Markup:
    """A picture as inline SVG whose labels are set in the same way: an index is lower, a power higher.

    Places are kept to a hundredth of a point, and what is not seen goes: a third of the size.

    Parameters
    ----------
    svg : str
        Of `nudipole.plots.svg`.

    Returns
    -------
    Markup

    Examples
    --------
    >>> labelled("<svg><text>N_eff</text></svg>")
    Markup('<svg><text>N<tspan dy=".22em" font-size="75%">eff</tspan><tspan dy="-.165em">\\u200b</tspan></text></svg>')
    """
    lean = _SHAPE.sub(lambda match: _FAR_DIGITS.sub(r"\1", match[0]), _IDLE.sub("", svg))
    return Markup(_LABEL.sub(lambda match: match[1] + _raised(match[2]) + match[3], lean))


def _raised(label: str) -> str:
    """The markup of a label with spans in place of indices and powers, which SVG does not know."""
    found = str(typeset(Markup(label).unescape()))
    return _MOVED.sub(lambda match: _moved(match[1] == "sub", match[2], match[3]), found)


def _moved(lower: bool, what: str, after: str) -> str:
    # What comes after is back on the line; where nothing does, a space without width.
    shift, back = (".22em", "-.165em") if lower else ("-.45em", ".34em")
    return f'<tspan dy="{shift}" font-size="75%">{what}</tspan><tspan dy="{back}">{after or _NOTHING}</tspan>'


def _minus(text: str) -> str:
    return text.lstrip("+").replace("-", "−")


def _power(match: re.Match[str]) -> str:
    power = f"10<sup>{_minus(str(int(match[2])))}</sup>"
    return power if match[1] == "1" else f"{match[1]} × {power}"


def _symbol(match: re.Match[str]) -> str:
    head, tail = match[1], match[2]
    if tail == "prime":
        return f"{_GREEK.get(head, head)}′"
    index = _INDEX.sub(lambda part: _GREEK[part[0]], tail)
    return f"{_GREEK.get(head, head)}<sub>{index}</sub>"

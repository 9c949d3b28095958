"""Plain text as people write it in files and on a terminal, set as physics on a page: symbols, powers, signs."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from nudipole import digits

_GREEK = {
    "mu": "µ", "nu": "ν", "nubar": "ν̄", "tau": "τ", "eps": "ε", "epsilon": "ε", "lambda": "λ", "Lambda": "Λ",
    "rho": "ρ", "theta": "θ", "phi": "φ", "kappa": "κ", "omega": "ω", "r2": "⟨r²⟩",
}  # fmt: skip
#: Letters that carry an index; what stands behind them is one unless it is a word.
_HEADS = "mu|nu|nubar|epsilon|eps|lambda|Lambda|rho|theta|phi|kappa|omega|r2|q|d|a|g|p|m|E|T|B|Q|R"
_SYMBOL = re.compile(rf"(?<![\w/.-])({_HEADS})_((?:mu|nu|tau|eff|antinu|prime|max|min|[A-Za-z]{{1,2}}|\d{{1,2}})+)(?!\w)")
_INDEX = re.compile(r"antinu|nu|mu|tau")
_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]?\d+)(?!\w)")
_ISOTOPE = re.compile(r"(?<![\w.-])(\d{1,3})(Be|B|Cr|Ar|Ge|U|Pu|Kr|Xe|Co|Th|N|O|F)(?![\w-])")
#: In this order; a text is escaped before.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bmu_B_product\b"), "µ<sub>12</sub>B<sub>0</sub>"),
    (re.compile(r"\bsin2_theta_w\b"), "sin²θ<sub>W</sub>"),
    (re.compile(r"\b(?:Delta[ _]|d)chi2\b"), "Δχ²"),
    (re.compile(r"\bchi2\b"), "χ²"),
    (re.compile(r"\bf_prime\b"), "f′"),
    (re.compile(r"\(([^()]{3,40})\)e([+-]?\d+)"), r"(\1) × 10^\2"),
    (re.compile(r"1/\(([a-zA-Z]+)\^2 ([a-zA-Z]+)\)"), r"\1<sup>−2</sup> \2<sup>−1</sup>"),
    (re.compile(r"\+-"), "±"),
    (re.compile(r"\s-&gt;\s"), " → "),
    (re.compile(r"(?<=[\d.]) ?sigma\b"), " σ"),
    (re.compile(r"(?<=\w)\^([+-]?\d+)(?![\w.])"), lambda match: f"<sup>{_minus(match[1])}</sup>"),  # type: ignore[arg-type]
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
    found = _NUMBER.sub(_power, found)
    found = _ISOTOPE.sub(r"<sup>\1</sup>\2", found)
    return Markup(_SYMBOL.sub(_symbol, found))  # noqa: S704 - escaped above


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


def _minus(text: str) -> str:
    return text.lstrip("+").replace("-", "−")


def _power(match: re.Match[str]) -> str:
    power = f"10<sup>{_minus(str(int(match[2])))}</sup>"
    return power if match[1] == "1" else f"{match[1]} × {power}"


def _symbol(match: re.Match[str]) -> str:
    head, tail = match[1], match[2]
    if tail == "prime":
        return f"{_GREEK.get(head, head)}′"
    index = _INDEX.sub(lambda part: "ν̄" if part[0] == "antinu" else _GREEK[part[0]], tail)
    return f"{_GREEK.get(head, head)}<sub>{index}</sub>"

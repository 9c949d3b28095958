"""Units and numbers as papers spell them, in the spelling that is parsed; what may mean two things is refused."""

from __future__ import annotations

import re

from nudipole.errors import UnitError

#: Signs of a typesetter. A raised dot or a cross between units is a product.
_SIGNS = str.maketrans(
    {"µ": "u", "μ": "u", "−": "-", "·": " ", "⋅": " ", "∙": " ", "×": " ", "\u00a0": " ", "\u202f": " "}
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
#: What is counted says nothing of the unit.
_COUNTED = re.compile(r"(?:events?|evts?|counts?|cts|ct)(?= ?/| (?! *$))")
_WORDS = {
    **dict.fromkeys(("hr", "hrs"), "h"),
    **dict.fromkeys(("sec", "secs"), "s"),
    **dict.fromkeys(("y", "yrs"), "yr"),
    **{f"{prefix}W{th}": f"{prefix}W" for prefix in ("k", "M", "G", "T") for th in ("th", "_th", "t")},
    **{f"{prefix}eV{ee}": f"{prefix}eV" for prefix in ("", "k", "M") for ee in ("ee", "_ee")},
    **dict.fromkeys(("uB", "u_B", "muB"), "mu_B"),
    **dict.fromkeys(("pe", "phe", "photoelectron", "photoelectrons"), "PE"),
}
#: Rates with names of their own, as what they are per.
_PER = {"cpd": "d", "dru": "kg d keV", "mdru": "kg d keV"}
_SIZE = {"mdru": 1e-3}
_RECOIL = re.compile(r"([kM]?eV)_?(?:nr|r)$")
_ELECTRICAL = re.compile(r"[kMGT]W_?e$")
_WORD = re.compile(r"[A-Za-z_]+")
_NUMBER_INSIDE = re.compile(r"/ ?\((\d+(?:\.\d+)?) ?([A-Za-z][^()]*)\)")
_POWER_OF_TEN = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)) ?[x*×·⋅] ?10(?:\^|\*\*)?([+-]?\d{1,3}|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})(?![\d.,⁰¹²³⁴⁵⁶⁷⁸⁹])"
)
_BARE_POWER_OF_TEN = re.compile(r"([+-]?)10(?:(?:\^|\*\*)([+-]?\d{1,3})|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))(?![\d.,⁰¹²³⁴⁵⁶⁷⁸⁹])")


def number(text: str) -> str:
    """A quantity whose number is written as Python writes it.

    Raises
    ------
    UnitError
        For a decimal comma, which may be one of thousands.

    Examples
    --------
    >>> number("2.9×10⁻¹¹ mu_B"), number("10^13 1/s"), number("−3 keV")
    ('2.9e-11 mu_B', '1e13 1/s', '-3 keV')
    """
    text = text.strip().replace("−", "-")
    ten = _POWER_OF_TEN.match(text)
    if ten:
        return f"{ten[1]}e{ten[2].translate(_RAISED)}{text[ten.end() :]}"
    ten = _BARE_POWER_OF_TEN.match(text)
    if ten:
        return f"{ten[1]}1e{(ten[2] or ten[3]).translate(_RAISED)}{text[ten.end() :]}"
    comma = re.match(r"([+-]?\d{1,30}),(\d{1,30})(?![\d,.])(.*)", text, re.ASCII)
    if comma:
        whole, rest, unit = comma[1], comma[2], comma[3][:30]
        thousands = f", or {whole}{rest}{unit} for thousands" if len(rest) == 3 and not whole.endswith("0") else ""
        raise UnitError(f"{text[:40]!r}: write a decimal point, {whole}.{rest}{unit}{thousands}")
    return text


def unit(text: str) -> tuple[float, str, str]:
    """Factor, spelling that is parsed, and what kind of energy was written: ``"nr"``, ``"ee"`` or nothing.

    Raises
    ------
    UnitError
        For what may mean two things, or is another quantity; with the spelling to use.

    Examples
    --------
    >>> unit("cts/(t·yr keVee)"), unit("cpd/(100 t)"), unit("cm⁻² s⁻¹"), unit("kg-day")
    ((1.0, '1/(t yr keV)', 'ee'), (0.01, '1/d/(t)', ''), (1.0, 'cm^-2 s^-1', ''), (1.0, 'kg day', ''))
    """
    written = text
    text = _POWER.sub(lambda m: "^" + m[0].translate(_RAISED), text).translate(_SIGNS)
    text = re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", " ", " ".join(text.split()))
    text = re.sub(r"\(([^()]*)\) ?\^ ?-1$", r"1/(\1)", text)
    text = re.sub(r"(?<![A-Za-z_^*\d])([A-Za-z][A-Za-z_]*)(-?\d)(?![\d.])", r"\1^\2", text)
    factor = 1.0
    if re.search(r"/ ?\d{2,} ?[A-Za-z]", text):
        raise UnitError(f"{written[:40]!r} may be divided or multiplied: write {_with_brackets(text)[:60]}")
    if inside := _NUMBER_INSIDE.search(text):
        factor = 1 / float(inside[1]) if float(inside[1]) > 0 else 1.0
        text = f"{text[: inside.start()]}/({inside[2]}){text[inside.end() :]}"
    text = _COUNTED.sub("", text, count=1).strip() if _COUNTED.match(text) else text
    kinds = set()

    def word(match: re.Match[str]) -> str:
        nonlocal factor
        name = match[0]
        if _ELECTRICAL.fullmatch(name):
            raise UnitError(f"{written[:40]!r} is electrical power: write the thermal one, such as 3 GW")
        if recoil := _RECOIL.fullmatch(name):
            kinds.add("nr")
            return recoil[1]
        if re.fullmatch(r"[kM]?eV_?ee", name):
            kinds.add("ee")
        factor *= _SIZE.get(name, 1.0)
        return _WORDS.get(name, name)

    text = re.sub(r"^(cpd|dru|mdru)\b", lambda m: word(m) and f"1/{_per(m[0])}", text)
    text = _WORD.sub(word, text)
    if len(kinds) > 1:
        raise UnitError(f"{written[:40]!r} mixes energies of nuclear recoils and of electrons: write one of them")
    return factor, f"1{text}" if text.startswith("/") else text, next(iter(kinds), "")


def _per(name: str) -> str:
    return f"({_PER[name]})" if " " in _PER[name] else _PER[name]


def _with_brackets(text: str) -> str:
    return re.sub(r"/ ?(\d{2,} ?[A-Za-z]+)", r"/(\1)", text)

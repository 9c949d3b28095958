"""Templates of pages, with the filters that all of them use."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from nudipole import digits
from nudipole.report.dark import rules
from nudipole.report.typeset import number, typeset

#: Where in the style the colours of pictures on a dark page go.
_DARK = "/* dark pictures */"
_FLAVOURS = {"e": "nu_e", "mu": "nu_mu", "tau": "nu_tau"}


def rendered(template: str, **context: Any) -> str:
    """A page of ``report/page`` with its style, script and `context`."""
    parts = {"style": Markup(_texts()["style.css"]), "script": Markup(_texts()["script.js"])}
    page = _environment().get_template(template).render(**parts, **context)
    return page.replace(_DARK, rules(page), 1)


@cache
def _texts() -> dict[str, str]:
    return {
        entry.name: entry.read_text(encoding="utf-8") for entry in files("nudipole").joinpath("report/page").iterdir()
    }


@cache
def _environment() -> Environment:
    made = Environment(
        loader=DictLoader(_texts()), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "t": typeset,
        "n": number,
        "p": lambda value: typeset(digits.plain(value, 6)),
        "cl": lambda level: digits.level(level, "") if level else "no CL",
        "v": lambda value: "" if value is None or value != value or value == "" else repr(float(value)),
        "fixed": digits.fixed,
        "level": digits.level,
        "unit": lambda name: Markup("") if name == "1" else typeset(name),
        "whose": _whose,
        "anchor": lambda name: name.replace(" ", "-"),
        "error": lambda one: typeset(digits.with_error(1e11 * one.value, 1e11 * one.error)),
        "interval": _interval,
    }
    return made


def _whose(name: str) -> Markup:
    """A flavour, two of them, or a mixture."""
    parts = name.split("-")
    return typeset(" ".join(_FLAVOURS[part] for part in parts) if set(parts) <= set(_FLAVOURS) else name)


def _interval(limit: Any) -> Markup:
    """The ends of a limit: an upper one, or both."""
    if not limit.lower:
        return Markup("&lt; ") + number(limit.upper)
    return number(limit.lower) + Markup(" to ") + number(limit.upper)

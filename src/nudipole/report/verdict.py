"""A verdict as one HTML page: no network, the picture as inline SVG."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from nudipole import digits, plots
from nudipole.inference.verdict import Verdict
from nudipole.version import __version__


def page(found: Verdict) -> str:
    """The page of a verdict.

    Parameters
    ----------
    found : Verdict

    Returns
    -------
    str

    Examples
    --------
    >>> import nudipole as nd
    >>> import numpy as np
    >>> from nudipole.inference.verdict import verdict
    >>> nu = nd.Neutrino.dirac(basis="flavour", magnetic=np.diag([3e-9, 0, 0]))
    >>> page(verdict(nu, "lampf"))[:15]
    '<!DOCTYPE html>'
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = lambda value: "–" if value is None else digits.number(value)
    environment.filters["fixed"] = digits.fixed
    environment.filters["level"] = digits.level
    template = files("nudipole").joinpath("report/verdict.html").read_text(encoding="utf-8")
    fig, axes = plots.figure()
    found.plot(axes)
    picture = Markup(plots.svg(fig, f"verdict on {found.name}"))
    return environment.from_string(template).render(found=found, picture=picture, version=__version__)

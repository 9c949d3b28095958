"""A verdict as one HTML page: no network, the picture as inline SVG."""

from __future__ import annotations

from markupsafe import Markup

from nudipole import plots
from nudipole.inference.verdict import Verdict
from nudipole.limits import record
from nudipole.report.templates import rendered
from nudipole.report.typeset import labelled
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
    context = {"found": found, "verdict_picture": picture(found), "version": __version__}
    return rendered("verdict.html", cite_record=_linked, drawn=(), **context)


def picture(found: Verdict) -> Markup:
    """What each experiment and star says, as inline SVG."""
    fig, axes = plots.figure()
    found.plot(axes)
    return labelled(plots.svg(fig, f"verdict on {found.name}"))


def _linked(name: str) -> Markup:
    """The publication of a record."""
    item = record(name)
    return Markup(' <a href="{}" rel="noreferrer">{}</a>').format(item.url, item.citation)

"""What notebooks show of a result: a title, a table of words, a picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


def shown(title: str, rows: Mapping[str, str], picture: str = "") -> str:
    """HTML of a result.

    Parameters
    ----------
    title : str
        In one line.
    rows : mapping of str to str
        Words by what they are about.
    picture : str
        SVG, trusted.

    Examples
    --------
    >>> shown("a < b", {"unit": "mu_B"})  # doctest: +ELLIPSIS
    '<div><p><b>a &lt; b</b></p><table><tr><th style="text-align: left">unit</th>...</table></div>'
    """
    left = 'style="text-align: left"'
    cells = ((escape(key), escape(text)) for key, text in rows.items())
    table = "".join(f"<tr><th {left}>{key}</th><td {left}>{text}</td></tr>" for key, text in cells)
    return f"<div><p><b>{escape(title)}</b></p>{f'<table>{table}</table>' if table else ''}{picture}</div>"


def lines(title: str, rows: Mapping[str, str], width: int = 100) -> str:
    """The same for a terminal: a line each, cut where it is long.

    Examples
    --------
    >>> print(lines("xenonnt-2022", {"bins": "29"}))
    xenonnt-2022
      bins: 29
    """
    cut = [f"  {key}: {text}" for key, text in rows.items()]
    return "\n".join([title, *(line if len(line) <= width else f"{line[: width - 4]} ..." for line in cut)])

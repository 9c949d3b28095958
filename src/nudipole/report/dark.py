"""Colours of pictures on a dark page: greys are turned, dark colours become light, the others stay."""

from __future__ import annotations

import colorsys
import re

_COLOUR = re.compile(r"\b(fill|stroke): (#[0-9a-f]{6})\b")
#: Below this saturation a colour is a grey; lightness that paper and ink have on a dark page; least one of colours.
_GREY, _PAPER, _INK, _LEAST = 0.25, 0.09, 0.92, 0.62


def on_dark(colour: str) -> str:
    """What stands for a colour that was chosen for white paper.

    Parameters
    ----------
    colour : str
        As ``#rrggbb``.

    Returns
    -------
    str

    Examples
    --------
    >>> on_dark("#ffffff"), on_dark("#000000"), on_dark("#0072b2")
    ('#14181d', '#ebebeb', '#3db9ff')
    """
    r, g, b = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(r, g, b)
    if saturation < _GREY or lightness in (0.0, 1.0):
        lightness = _INK - lightness * (_INK - _PAPER)
    elif lightness > 0.85:  # a tint of the paper
        lightness = 1.1 - lightness
    else:
        lightness = max(lightness, _LEAST)
    if colour.lower() == "#ffffff":
        return "#14181d"
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))


def rules(page: str) -> str:
    """Style for every colour of the pictures of a page.

    Without an ancestor in the selectors: what a picture uses again, such as a marker, is a copy outside of its figure.
    """
    used = sorted(set(_COLOUR.findall(page)))
    return "\n".join(
        f'[style*="{what}: {colour}"] {{ {what}: {on_dark(colour)} !important; }}' for what, colour in used
    )

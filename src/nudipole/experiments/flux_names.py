"""Names of the uncertainties of fluxes: principal axes of a covariance, called after what they move."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Part of the variance of an axis that one component, or its group, must have to give its name.
_MOST = 0.9
#: A component moves with others if it moves by this part of what the first does.
_TOO = 0.2
#: So many give their names to an axis that moves several.
_SEVERAL = 3
_CAPTURES = "238U(n,gamma)"
#: As axes were called before: after their place among all.
_NUMBERED = re.compile(r"^(?P<source>.+) flux (?P<place>\d+)$")


def flux_names(source: str, components: Sequence[str], axes: NDArray[np.float64]) -> list[str]:
    """A name for each axis, the largest first.

    One that moves all components is "SOURCE flux", one that moves a single of several "COMPONENT flux (SOURCE)", that
    of the fissions of a reactor "SOURCE flux of fissions", one that moves two or three "pp, 7Be flux (SOURCE)", or "pp
    against 7Be flux (SOURCE)" where one falls as the other rises; all others are numbered.

    Parameters
    ----------
    source : str
        What the source is called, such as SNS or B16-GS98.
    components : sequence of str
    axes : (k, component)
        Relative changes at one standard deviation.

    Examples
    --------
    >>> flux_names("SNS", ["nu_mu", "antinu_mu", "nu_e"], np.array([[0.1, 0.1, 0.1], [0, 0, 0], [0, 0, 0]]))
    ['SNS flux', 'SNS flux 2', 'SNS flux 3']
    >>> flux_names("B16", ["pp", "7Be", "8B", "pep"], np.array([[0.4, -0.9, 0, 0], [-0.08, -0.04, 0.001, 0]]))
    ['7Be against pp flux (B16)', 'pp, 7Be flux (B16)']
    """
    names: list[str] = []
    for k, axis in enumerate(axes):
        name = _name(source, components, np.asarray(axis))
        names.append(f"{source} flux {k + 1}" if name is None or name in names else name)
    return names


def _name(source: str, components: Sequence[str], axis: NDArray[np.float64]) -> str | None:
    size = np.abs(axis)
    if not np.any(size > 0):
        return None
    moved = [name for name, s in zip(components, size, strict=True) if s > _TOO * size.max()]
    if len(moved) == len(components):
        return f"{source} flux"
    first = components[int(size.argmax())]
    if size.max() ** 2 > _MOST * np.sum(size**2):
        return f"{source} flux of captures" if first == _CAPTURES else f"{first} flux ({source})"
    if moved == [name for name in components if name != _CAPTURES]:
        return f"{source} flux of fissions"
    if len(moved) > _SEVERAL:
        return None
    with_first = np.sign(axis[int(size.argmax())])
    sides = [
        [n for n, a in zip(components, axis, strict=True) if n in moved and np.sign(a) == s * with_first]
        for s in (1, -1)
    ]
    return f"{' against '.join(', '.join(side) for side in sides if side)} flux ({source})"


def is_flux(name: str) -> bool:
    """Whether a nuisance may be one of a flux, by its name."""
    return re.search(r"(^| )flux( |$)", name) is not None


def renamed(name: str, source: str, former: str, names: Sequence[str]) -> str:
    """A name of today for one of before, "SOURCE flux 1", after the place of its axis; others stay.

    >>> renamed("sns-2021 flux 1", "SNS", "sns-2021", ["SNS flux", "SNS flux 2", "SNS flux 3"])
    'SNS flux'
    """
    match = _NUMBERED.match(name)
    if match is None or match["source"] not in (source, former) or name in names:
        return name
    place = int(match["place"])
    return names[place - 1] if 1 <= place <= len(names) else name

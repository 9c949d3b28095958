"""Published curves of the portal, from the records of the limits database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.io.stamp import stamp
from nudipole.limits import curve, records
from nudipole.limits.record import Curve
from nudipole.portal.masses import parameter_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class PublishedCurve:
    """A published limit on d against the mass.

    Attributes
    ----------
    record : str
        Its name in the database.
    label : str
    flavour : str
        all, e, mu or tau.
    masses, d : (n,)
        Points as they are published [MeV], [1/GeV]; nothing between them.
    closed : bool
        Whether they are the edge of a region, which is what is excluded.
    cl : float or None
    astrophysical : bool
        Of stars or the early Universe, which depends on models.

    Examples
    --------
    >>> [one.record for one in published("tau") if one.flavour == "tau"]
    ['fernandez-martinez-2023-d-tau-donut', 'gustafson-2022-d-tau']
    """

    record: str
    label: str
    flavour: str
    masses: NDArray[np.float64]
    d: NDArray[np.float64]
    closed: bool
    cl: float | None
    astrophysical: bool

    def to_json(self) -> dict[str, Any]:
        """Name, level and points."""
        return {
            "record": self.record,
            "flavour": self.flavour,
            "cl": self.cl,
            "closed": self.closed,
            "masses": self.masses.tolist(),
            "d": self.d.tolist(),
        }


def published(flavour: str = "all") -> tuple[PublishedCurve, ...]:
    """Curves of one flavour and of all flavours alike; of ``all`` those of every flavour.

    Parameters
    ----------
    flavour : {"all", "e", "mu", "tau"}

    Returns
    -------
    tuple of PublishedCurve

    Raises
    ------
    UnknownName
        For another flavour.

    Examples
    --------
    >>> print(f"{published('tau')[2].d.min():.3e} 1/GeV")
    5.778e-05 1/GeV
    """
    parameter_of(flavour)
    found = []
    for name, item in records().items():
        bound = item.bound
        result = bound.result
        factor = bound.convention.factor_to_common if bound.convention is not None else 1.0
        if bound.property != "sterile-dipole" or not isinstance(result, Curve) or factor is None:
            continue
        if flavour != "all" and bound.quantity.flavour not in (flavour, "all"):
            continue
        x, y = curve(item)
        cl = bound.statistics.cl
        level = "level not stated" if cl is None else digits.level(cl)
        astrophysical = bound.source in ("supernova", "stars", "early-universe", "cosmic")
        found.append(
            PublishedCurve(
                record=name,
                label=f"{name} ({level})",
                flavour=str(bound.quantity.flavour),
                masses=np.asarray(x, dtype=float),
                d=np.asarray(y, dtype=float) * factor,
                closed=result.geometry == "polygon",
                cl=cl,
                astrophysical=astrophysical,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Plane:
    """The published curves of a flavour, and nothing of ours.

    Attributes
    ----------
    flavour, parameter : str
    published : tuple of PublishedCurve

    Examples
    --------
    >>> plane("e").parameter, plane("e").curves
    ('d_e', ())
    """

    flavour: str
    parameter: str
    published: tuple[PublishedCurve, ...]

    curves: ClassVar[tuple[Any, ...]] = ()
    cl: ClassVar[float] = 0.9

    def __str__(self) -> str:
        lines = [f"{self.parameter} as published, L = d nubar_L sigma N F, mu = 2 d"]
        for one in self.published:
            k = int(np.argmin(one.d))
            low, high = (digits.number(float(end)) for end in (one.masses.min(), one.masses.max()))
            edge = "region from" if one.closed else "d <"
            lines.append(
                f"{one.label}: {edge} {digits.number(float(one.d[k]))} 1/GeV at "
                f"{digits.number(float(one.masses[k]))} MeV; {low} to {high} MeV, flavour {one.flavour}"
                + ("; depends on models" if one.astrophysical else "")
            )
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-portal-plane/1``."""
        published = [one.to_json() for one in self.published]
        return {
            **stamp("portal-plane"),
            "flavour": self.flavour,
            "unit": "1/GeV",
            "mass_unit": "MeV",
            "published": published,
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the curves, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.portal_plane(self, ax or plots.figure(8.4, 5.4)[1])


def plane(flavour: str = "all") -> Plane:
    """The plane of mass and dipole as published.

    Parameters
    ----------
    flavour : {"all", "e", "mu", "tau"}

    Returns
    -------
    Plane

    Raises
    ------
    UnknownName
        For another flavour.

    Examples
    --------
    >>> print(str(plane("e")).splitlines()[0])
    d_e as published, L = d nubar_L sigma N F, mu = 2 d
    """
    return Plane(flavour, parameter_of(flavour), published(flavour))

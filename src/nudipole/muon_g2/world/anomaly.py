r"""From a frequency ratio to the anomaly a_mu.

Two sets of constants have been used, and a ratio of one experiment belongs to its own: Brookhaven divided by the
frequency of free protons, Fermilab by that of protons in water at 34.7 C.

.. math::

    a_\mu = \frac{R}{\lambda - R},\quad \lambda = \frac{\mu_\mu}{\mu_p} \qquad\text{(E821)},\qquad
    a_\mu = R'\,\frac{\mu'_p(34.7)}{\mu_e}\,\frac{m_\mu}{m_e}\,\frac{g_e}{2} = K R' \qquad\text{(Fermilab)}

References
----------
Muong-2:2006rrc; Muong-2:2021ojo
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName
from nudipole.muon_g2.world.measurements import Measurement, constant, measurement

#: Sets with lambda; the other one is "fermilab".
LAMBDAS = ("e821-1999", "codata-2006", "codata-2018", "codata-2022")
SETS = (*LAMBDAS, "fermilab")
#: Temperature to which Fermilab refers its protons, and that of the measured moment ratio [C].
_REFERENCE, _MEASURED = 34.7, 25.0


@dataclass(frozen=True)
class Anomaly:
    """A value of a_mu with its error.

    Attributes
    ----------
    value, error : float
        Pure numbers.

    Examples
    --------
    >>> brookhaven = a_mu(0.0037072063, 2.0e-9, constants="e821-1999")
    >>> print(f"({1e10 * brookhaven.value:.0f} +- {1e10 * brookhaven.error:.0f})e-10")
    (11659208 +- 6)e-10
    """

    value: float
    error: float


def K() -> Anomaly:
    """Factor of Fermilab between R' and a_mu, with the error that the constants give it.

    Returns
    -------
    Anomaly
        Of R' = 1.

    Examples
    --------
    >>> round(K().value, 12)
    0.314493105575
    """
    ratio, mass, g = (constant(name, "fermilab") for name in ("mu_e/mu_p'", "m_mu/m_e", "g_e/2"))
    slope = constant("temperature coefficient", "fermilab")
    warmer = _REFERENCE - _MEASURED
    # The proton's moment is smaller in warm water, so that the ratio to it is larger.
    value = mass.value * g.value / abs(ratio.value) * (1 + slope.value * warmer)
    parts = (mass.error / mass.value, g.error / g.value, ratio.error / ratio.value, slope.error * warmer)
    return Anomaly(value, value * math.hypot(*parts))


def a_mu(R: float, error: float = 0.0, *, constants: str) -> Anomaly:
    """Anomaly of a measured frequency ratio.

    Parameters
    ----------
    R : float
        omega_a/omega_p of free protons for the sets with lambda, of shielded ones in water for ``fermilab``.
    error : float
        Of R; that of the constants is added in quadrature.
    constants : str
        One of `SETS`.

    Returns
    -------
    Anomaly

    Raises
    ------
    UnknownName
        If there is no such set.
    OutOfRange
        If R is not a ratio below lambda.

    Examples
    --------
    >>> round(a_mu(0.0037072063, constants="e821-1999").value * 1e10)
    11659208
    """
    if constants not in SETS:
        raise UnknownName("set of constants", constants, SETS)
    if not 0 < R < 1:
        raise OutOfRange("R", R, 0, 1, inside=True)
    if constants == "fermilab":
        factor = K()
        return Anomaly(factor.value * R, math.hypot(factor.value * error, factor.error * R))
    ratio = constant("lambda", constants)
    below = ratio.value - R
    return Anomaly(R / below, math.hypot(ratio.value * error, R * ratio.error) / below**2)


@dataclass(frozen=True)
class Conversion:
    """A published ratio, the anomaly from it, and the published anomaly.

    Attributes
    ----------
    name, label, constants, texkey, status : str
    R : float
    ours : Anomaly
    published : Measurement

    Examples
    --------
    >>> first = conversions()[0]
    >>> abs(first.ours.value - first.published.value) < first.published.error
    True
    """

    name: str
    label: str
    constants: str
    R: float
    ours: Anomaly
    published: Measurement
    texkey: str
    status: str


@cache
def conversions() -> tuple[Conversion, ...]:
    """Every published ratio that is known, as an anomaly.

    Returns
    -------
    tuple of Conversion

    Examples
    --------
    >>> {one.constants for one in conversions()} <= set(SETS)
    True
    """
    table = tables.read("muon-g2-ratios")
    R, errors = table.column("R", "1"), table.column("error", "1")
    found = []
    for k, name in enumerate(table.words("name")):
        words = {key: table.words(key)[k] for key in ("label", "set", "published", "texkey", "status")}
        ours = a_mu(float(R[k]), float(errors[k]), constants=words["set"])
        found.append(
            Conversion(
                name=name,
                label=words["label"],
                constants=words["set"],
                R=float(R[k]),
                ours=ours,
                published=measurement(words["published"]),
                texkey=words["texkey"],
                status=words["status"],
            )
        )
    return tuple(found)

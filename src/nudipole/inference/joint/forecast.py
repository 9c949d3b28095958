"""What experiments will tell about the parameters of a neutrino, each alone and all together, before they measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.features import size_of
from nudipole.inference.asked import Asked, Progress, reported
from nudipole.inference.joint import which
from nudipole.inference.joint.fit import SIDES, Sides
from nudipole.inference.joint.forecast_result import Forecast
from nudipole.inference.joint.problem import Phases, Problem, groups, problem
from nudipole.inference.joint.profile import Profiler
from nudipole.models import find
from nudipole.statistics.blocks import Blocks

Numbers = NDArray[np.float64]

#: Share of the largest information, parameters scaled to one, below which there is none.
_NONE = 1e-9
#: Share of a direction without information that makes a parameter unknown.
_SHARE = 1e-6
#: Standard deviations, in units of a parameter's size, from which on nothing is known.
_UNKNOWN = 1e6
#: Name of the combination.
TOGETHER = "together"


def forecast(
    experiments: Asked,
    parametrisation: str | Sequence[str] = "majorana",
    *,
    at: Mapping[str, float] | None = None,
    free: Iterable[str] | None = None,
    held: Mapping[str, float] | None = None,
    published: Iterable[str | Constraint] | None = None,
    oscillation: str = "nufit-6.0-no",
    mixing: Literal["profiled", "fixed"] = "profiled",
    phases: Phases = "profiled",
    cl: float = 0.90,
    sides: Sides = "two",
    limits: bool = True,
    progress: Progress | None = None,
) -> Forecast:
    r"""Errors and correlations of parameters at a truth, and expected limits where there is nothing but the weak force.

    Data are equal to their expectation n (Asimov), auxiliary measurements to the truth, nuisances as a fit to the data
    without any of the parameters has them. The Fisher information is

    .. math:: F = \sum_e J_e^T\,\mathrm{diag}\Big(\frac{1}{2}\frac{\partial^2 D_e}{\partial n^2}\Big)\,J_e
              + \mathrm{diag}(1/\sigma^2_{\mathrm{aux}}), \qquad J = \partial n/\partial(\theta, \eta)

    and errors are the roots of the diagonal of its inverse, all other parameters and nuisances profiled.

    Parameters
    ----------
    experiments : Experiment, name, file or several
        Whether they have data or not.
    parametrisation, free, held, published, oscillation, mixing, phases, cl, sides
        As for `nudipole.fit`.
    at : mapping of str to float, optional
        Parameters of the truth in their units, all others zero. Counts are quadratic in moments: where these are zero
        there is no Fisher information, and there are no errors.
    limits : bool
        Whether limits are expected, too, for a truth with all parameters zero.
    progress : callable, optional
        As for `nudipole.fit`.

    Returns
    -------
    Forecast

    Raises
    ------
    UnknownName, OutOfRange, NudipoleError
        As for `nudipole.fit`, and for a truth that is not fitted.

    References
    ----------
    Cowan:2010js

    Examples
    --------
    >>> found = forecast("example-sns-csi", "charge-radius", free=["r2_e", "r2_mu"], limits=False)
    >>> print(f"{found.errors['together']['r2_e']:.1e} {found.unit('r2_e')}")
    6.9e-32 cm^2
    """
    cl = arguments.level(cl)
    if sides not in SIDES:
        raise UnknownName("sides", sides, SIDES)
    with reported(progress, "forecast") as step:
        posed = problem(
            experiments,
            parametrisation,
            free=free,
            held=held,
            published=published or (),
            oscillation=oscillation,
            mixing=mixing,
            phases=phases,
            sides=sides,
            progress=step,
        )
        return _forecast(posed, groups(parametrisation), dict(at or {}), cl, sides, limits, step)


def _forecast(
    posed: Problem,
    groups: tuple[str, ...],
    at: dict[str, float],
    cl: float,
    sides: str,
    limits: bool,
    step: Callable[[str], object],
) -> Forecast:
    step("information")
    truth = _truth(posed, at)
    # Nuisances are as the data without any of the parameters have them, as for expected limits.
    none = posed.blocks.minimise(posed.blocks.start(), fixed=posed.names).x
    x = none.copy()
    x[posed.blocks.places(posed.names)] = list(truth.values())
    blocks = posed.blocks.asimov(x)
    information, priors = blocks.information(x)
    sizes = np.array([size_of(parameter) for parameter in posed.parameters])
    total = priors + sum(information.values())
    most = np.array([2 * np.pi if parameter.scale is None else _UNKNOWN for parameter in posed.parameters])
    covariance = _covariance(blocks, posed.names, total, most)
    errors = {name: _errors(blocks, posed, priors + own, sizes, most) for name, own in information.items()}
    without = {name: _errors(blocks, posed, total - own, sizes, most) for name, own in information.items()}
    found = {}
    if limits:
        without_any = posed.blocks.asimov(none)
        combined = {TOGETHER: without_any} if len(information) > 1 else {}
        parts = {name: without_any.only([name]) for name in information} | combined
        for name, part in parts.items():
            start = none[posed.blocks.places(part.names)]
            found[name] = _limits(posed, part, start, which.threshold(cl, sides), name, step)
    scale = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore"):
        correlations = covariance / np.outer(scale, scale)
    return Forecast(
        experiments=tuple(information),
        insensitive=tuple(e.name for e in posed.experiments if e.name not in information),
        parametrisation=groups,
        parameters={p.name: p.unit for p in posed.parameters},
        truth={name: truth[name] * size_of(find(name)) for name in posed.names},
        errors={**errors, TOGETHER: dict(zip(posed.names, (scale * sizes).tolist(), strict=True))},
        without=without if len(information) > 1 else {},
        correlations=correlations,
        limits=found,
        mixing=posed.mixing.central.name,
        profiled_mixing=posed.mixing.names,
        held=posed.held,
        constraints={one.name: one.words or "as given" for one in posed.constraints},
        cl=cl,
        sides=sides,
        notes=tuple(_notes(posed, truth, scale, found)),
    )


def _truth(posed: Problem, at: Mapping[str, float]) -> dict[str, float]:
    """All parameters of the fit in units of their sizes."""
    for name in at:
        if name not in posed.names:
            raise UnknownName("parameter of the fit", name, posed.names)
    return {
        name: arguments.number(name, at.get(name, 0.0), unit=find(name).unit) / size_of(find(name))
        for name in posed.names
    }


def _errors(blocks: Blocks, posed: Problem, information: Numbers, sizes: Numbers, most: Numbers) -> dict[str, float]:
    found = np.sqrt(np.diag(_covariance(blocks, posed.names, information, most))) * sizes
    return dict(zip(posed.names, found.tolist(), strict=True))


def _covariance(blocks: Blocks, names: Sequence[str], information: Numbers, most: Numbers) -> Numbers:
    """Covariance (p, p) of parameters, all else profiled; infinite variances of errors (p,) that reach `most`."""
    places = blocks.places(names)
    rest = np.setdiff1d(np.arange(len(information)), places)
    known = rest[np.diag(information)[rest] > 0]
    inner = information[np.ix_(known, known)]
    scale = np.sqrt(np.diag(inner))
    inverse = np.linalg.pinv(inner / np.outer(scale, scale), rcond=1e-13, hermitian=True) / np.outer(scale, scale)
    across = information[np.ix_(places, known)]
    own = information[np.ix_(places, places)]
    # Rounding of what the nuisances take away is no information.
    least = np.maximum(_NONE * np.diag(own), 1 / most**2)
    own = own - across @ inverse @ across.T
    seen = np.diag(own) > least
    covariance = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(covariance, np.inf)
    if not np.any(seen):
        return covariance
    block = own[np.ix_(seen, seen)]
    size = np.sqrt(np.diag(block))
    values, axes = np.linalg.eigh(block / np.outer(size, size))
    dark = values < _NONE * values.max()
    light = (axes[:, ~dark] / values[~dark]) @ axes[:, ~dark].T / np.outer(size, size)
    lost = (np.sum(axes[:, dark] ** 2, axis=1) > _SHARE) | (np.diag(light) > most[seen] ** 2)
    light[lost, :] = light[:, lost] = np.nan
    light[lost, lost] = np.inf
    covariance[np.ix_(seen, seen)] = light
    return covariance


def _limits(
    posed: Problem, blocks: Blocks, start: Numbers, threshold: float, name: str, step: Callable[[str], object]
) -> dict[str, tuple[tuple[float | None, float], ...] | None]:
    """Expected intervals of parameters in their units; None where there is no limit."""
    best = blocks.minimise(start)
    profiler = Profiler(blocks, best, posed.names, posed.edges, threshold, posed.mirrored)
    found: dict[str, tuple[tuple[float | None, float], ...] | None] = {}
    for parameter in posed.limited:
        curve = profiler.curve(parameter.name, step=lambda words: step(f"{name}: {words}"))
        size = size_of(parameter)
        ends = tuple((None if low is None else low * size, high * size) for low, high in curve.intervals)
        found[parameter.name] = None if curve.unbounded else ends
    return found


def _notes(posed: Problem, truth: Mapping[str, float], scale: Numbers, limits: Mapping[str, object]) -> list[str]:
    notes = []
    unknown = [name for name, error in zip(posed.names, scale, strict=True) if not np.isfinite(error)]
    zero = [p.name for p in posed.moduli if truth[p.name] == 0 and p.name in unknown]
    if zero:
        notes.append(
            f"{', '.join(zero)} zero at the truth: counts are quadratic in moments and have no Fisher information "
            "there; choose a truth" + (", or see the expected limits" if limits else "")
        )
    size = {name: error for name, error in zip(posed.names, scale, strict=True) if np.isfinite(error)}
    wide = [p.name for p in posed.moduli if p.name in size and size[p.name] > abs(truth[p.name])]
    if wide:
        notes.append(
            f"{', '.join(wide)}: errors above the value, where counts are not linear in moments and a Fisher error "
            "only says that it is small"
        )
    other = [name for name in unknown if name not in zero]
    if other:
        notes.append(f"nothing measures {', '.join(other)} at this truth with all others free")
    if any(truth.values()) and limits:
        notes.append("limits are those expected with all parameters zero, not at the truth of the errors")
    return notes

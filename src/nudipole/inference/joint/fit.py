"""One fit to many experiments: all parameters of a neutrino at once, with everything that is uncertain profiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits
from nudipole.errors import FitError, UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.features import MOMENT, size_of
from nudipole.experiments.likelihood import named
from nudipole.inference.asked import Asked, Progress, reported
from nudipole.inference.joint import which
from nudipole.inference.joint.kept import Kept, key, minimum, packed, point, unpacked
from nudipole.inference.joint.norm import norm_curve
from nudipole.inference.joint.problem import NOTHING, Phases, Problem, groups, phase_of, problem
from nudipole.inference.joint.profile import Curve, DeeperMinimum, Profiler
from nudipole.inference.joint.result import JointFit, Row
from nudipole.inference.joint.sampled import posterior
from nudipole.mixing.uncertain import PROFILED
from nudipole.models import find
from nudipole.parallel import in_threads
from nudipole.properties import Parameter
from nudipole.statistics.blocks import Blocks, Minimum

Numbers = NDArray[np.float64]
Sides = Literal["one", "two"]
SIDES: tuple[Sides, ...] = get_args(Sides)

#: Two minima that differ by less in chi2 are one.
_SAME = 1e-3
#: Local minima, beside the deepest, that profiles start from.
_KEPT = 4
#: Deeper minima that profiles may find before a fit gives up.
_PATIENCE = 6
#: Where else fits of parameters with a sign start, in units of their size.
_FAR = (-160.0, -80.0, -40.0, -20.0, -10.0, 10.0, 20.0, 40.0, 80.0, 160.0)  # the last one tells what interferes
#: Largest difference of the two minimisers in chi2.
_AGREE = 1e-4
#: Of the careful refit: the least root of a diagonal element of the Hessian, how often a step that its inverse gives is
#: halved, and how far chi2 may rise on it; one where it is quadratic.
_FLAT, _HALVES, _RISE = 1e-3, 60, 4.0


def fit(
    experiments: Asked | None = None,
    parametrisation: str | Sequence[str] = "majorana",
    *,
    free: Iterable[str] | None = None,
    held: Mapping[str, float] | None = None,
    drop: Iterable[str] = (),
    published: Iterable[str | Constraint] | None = None,
    oscillation: str = "nufit-6.0-no",
    mixing: Literal["profiled", "fixed"] = "profiled",
    phases: Phases = "profiled",
    cl: float = 0.90,
    sides: Sides = "two",
    starts: int = 8,
    alone: bool = True,
    seed: int = 1,
    draws: int = 0,
    resume: str | Path | Kept | None = None,
    progress: Progress | None = None,
) -> JointFit:
    r"""Fit all parameters of a parametrisation to many experiments, nuisances and mixing profiled.

    .. math:: \Delta\chi^2(\theta_i) = \min_{\theta_{j\ne i},\,\eta} \chi^2 - \min_{\theta,\,\eta} \chi^2

    Parameters
    ----------
    experiments : Experiment, name, file or several, optional
        All of the library that have data, unless given.
    parametrisation : str or sequence of str
        For example majorana, flavour-diagonal, charge-radius; several of one neutrino, such as flavour-diagonal and
        charge-radius.
    free : iterable of str, optional
        Parameters that are fitted, all others zero; all but electric moments, which rates cannot tell from magnetic
        ones, unless given.
    held : mapping of str to float, optional
        Others at fixed values, in their units.
    drop : iterable of str
        Experiments or published limits to leave out.
    published : iterable of str or Constraint, optional
        Published limits to count beside, by id of their records; those whose records say so (`in_fits`) where moments
        are fitted and `experiments` is not given, none where it is.
    oscillation : str
        A NuFIT set, whose ordering is that of the fit.
    mixing : {"profiled", "fixed"}
        Whether its parameters are nuisances, within their errors.
    phases : {"profiled", "fixed"}
        Whether phases are fitted, or held at zero or where `held` has them.
    cl : float
    sides : {"one", "two"}
        Delta chi2 at the ends: 2.71 (two) or 1.64 (one) at 90 %.
    starts : int
        At random, for the deepest minimum; parameters that interfere with the Standard Model start from far out, too.
    alone : bool
        Limits one at a time, too.
    draws : int
        Of each of four chains of the posterior, too; none unless given.
    seed : int
    resume : path, optional
        Folder in which finished curves are kept, and taken from where the same fit was begun before.
    progress : callable, optional
        Called with words on what is being done; in a notebook they are shown unless given.

    Returns
    -------
    JointFit

    Raises
    ------
    UnknownName, OutOfRange, NudipoleError
        For what cannot be fitted together.
    FitError
        If no start converges.

    References
    ----------
    hep-ph/0208132; Canas:2015yoa

    Examples
    --------
    >>> found = fit("example-sns-csi", "flavour-diagonal", free=["mu_e", "mu_mu"], starts=2, alone=False)
    >>> [row.name for row in found.rows]
    ['mu_e', 'mu_mu']
    """
    cl = arguments.level(cl)
    starts = int(arguments.number("starts", starts, low=1, high=1000))
    if sides not in SIDES:
        raise UnknownName("sides", sides, SIDES)
    with reported(progress, "fit") as step:
        posed = problem(
            experiments,
            parametrisation,
            free=free,
            held=held,
            drop=drop,
            published=published,
            oscillation=oscillation,
            mixing=mixing,
            phases=phases,
            sides=sides,
            progress=step,
        )
        kept = resume if isinstance(resume, Kept) else Kept(resume)
        return _fit(posed, groups(parametrisation), cl, sides, starts, alone, seed, kept, draws, step)


def _fit(
    posed: Problem,
    groups: tuple[str, ...],
    cl: float,
    sides: Sides,
    starts: int,
    alone: bool,
    seed: int,
    kept: Kept,
    draws: int,
    step: Callable[[str], object],
) -> JointFit:
    threshold = which.threshold(cl, sides)
    vector = [parameter for parameter in posed.moduli if phase_of(parameter)]
    settings = (posed.names, sorted(posed.held.items()), posed.phases, cl, sides, starts, alone, seed)
    curves = len(posed.limited) * (2 if alone and len(posed.limited) > 1 else 1) + (len(vector) > 1)
    kept.begin(key(posed.blocks, settings), curves)
    first = kept.part("minima", lambda: {"minima": [point(one) for one in _minima(posed, starts, seed, step)]})
    minima = [minimum(posed.blocks, x) for x, _ in first["minima"]]
    for attempt in range(_PATIENCE):
        deeper = kept.read(f"{attempt}-deeper")
        if deeper is None:
            profiler = _profiler(posed, minima, threshold, seed)
            try:
                rows = _rows(posed, profiler, alone, _Drawing(kept, attempt, profiler), step)
                break
            except DeeperMinimum as found:
                deeper = {"minimum": point(found.minimum)}
                kept.write(f"{attempt}-deeper", deeper)
        minima = [minimum(posed.blocks, deeper["minimum"][0]), *minima]
        kept.finished = 0
    else:
        raise FitError("profiles kept finding deeper minima: raise the number of starts", {})
    step("careful refit")
    best, careful = minima[0], refit(posed.blocks, minima[0])
    zero = posed.blocks.minimise(_zeroed(posed, best.x), fixed=posed.names)
    sampled = None
    if draws:
        step("posterior")
        sampled = posterior(posed, best, draws=draws, seed=seed)
    pulls = {
        name: float(best.x[k]) for k, name in enumerate(posed.blocks.names) if not np.isnan(posed.blocks.auxiliary[k])
    }
    fitted = [e for e in posed.experiments if e.name in posed.blocks.models]
    return JointFit(
        experiments=tuple(named(e) for e in fitted),
        insensitive=tuple(named(e) for e in posed.experiments if e.name not in posed.blocks.models),
        constraints={one.name: one.words or "as given" for one in posed.constraints},
        parametrisation=groups,
        rows=tuple(rows),
        phases=_phases(posed, best, zero.chi2),
        phases_profiled=posed.phases == "profiled",
        held=posed.held,
        chi2=best.chi2,
        chi2_of=posed.blocks.shares(best.x),
        chi2_sm=zero.chi2,
        chi2_of_sm=posed.blocks.shares(zero.x),
        minima=tuple(
            (found.chi2 - best.chi2, posed.value(found.x)) for found in minima if found.chi2 < best.chi2 + threshold
        ),
        minuit=careful,
        pulls=pulls,
        mixing=posed.mixing.central.name,
        profiled_mixing=posed.mixing.names,
        cl=cl,
        threshold=threshold,
        sides=sides,
        starts=starts,
        notes=(
            *_notes(posed, rows, best, careful, zero.chi2, sides),
            *(f"posterior: {doubt}" for doubt in (sampled.doubts if sampled else ())),
        ),
        posterior=sampled,
    )


def _profiler(posed: Problem, minima: Sequence[Minimum], threshold: float, seed: int) -> Profiler:
    others = [found for found in minima[1:] if found.chi2 < minima[0].chi2 + 1.5 * threshold][:_KEPT]
    return Profiler(posed.blocks, minima[0], posed.names, posed.edges, threshold, posed.mirrored, others, seed)


class _Drawing:
    """Curves, as they are kept or drawn now; with what was met on the way, which the next ones start from."""

    def __init__(self, kept: Kept, attempt: int, profiler: Profiler) -> None:
        self.kept, self.attempt, self.profiler = kept, attempt, profiler

    def __call__(self, name: str, draw: Callable[[], Curve]) -> Curve:
        known = len(self.profiler.known)

        def made() -> dict[str, Any]:
            curve = draw()
            return packed(curve, self.profiler.known[known:])

        curve, met = unpacked(self.kept.part(f"{self.attempt}-{name}", made))
        self.profiler.known[known:] = met
        self.kept.finished += 1
        return curve


def _rows(posed: Problem, profiler: Profiler, alone: bool, drawn: _Drawing, step: Callable[[str], object]) -> list[Row]:
    rows = [_row(posed, profiler, parameter, alone, drawn, step) for parameter in posed.limited]
    vector = [parameter for parameter in posed.moduli if phase_of(parameter)]
    if len(vector) > 1:
        curve = drawn("norm", lambda: norm_curve(posed, profiler, step))
        best = float(np.linalg.norm([posed.value(profiler.best.x)[parameter.name] for parameter in vector]))
        name = f"|{vector[0].name.rsplit('_', 1)[0]}|"
        rows.append(Row(name, vector[0].unit, MOMENT, best, curve, None, _driven(profiler, curve)))
    return rows


def _minima(posed: Problem, starts: int, seed: int, step: Callable[[str], object]) -> list[Minimum]:
    """Local minima, the deepest first, from random starts, and from far out of each parameter that interferes."""
    random, blocks = np.random.default_rng(seed), posed.blocks
    begun = []
    for _ in range(starts):
        numbers = random.uniform(-np.pi, np.pi, len(posed.names)) * random.choice([0.3, 1.0])
        begun.append(np.abs(numbers) if posed.phases == "fixed" else numbers)

    def begin(numbers: Numbers) -> Numbers:
        return blocks.start(dict(zip(posed.names, numbers, strict=True)))

    blocks.minimise(blocks.start(), most=0)  # compiled once, before all threads ask for it
    for name, alone in zip(posed.names, np.eye(len(posed.names)), strict=True):
        if find(name).scale is None or find(name).squared:
            continue
        # What interferes with the Standard Model has a second solution, where it turns the sign of a coupling.
        above, below = (blocks.minimise(begin(side * _FAR[-1] * alone), most=0).chi2 for side in (1, -1))
        if not abs(above - below) <= _SAME:
            begun += [value * alone for value in _FAR]
    step(f"{len(begun)} starts")
    found = in_threads(lambda numbers: blocks.minimise(begin(numbers)), begun)
    sound = sorted((one for one in found if one.converged and np.isfinite(one.chi2)), key=lambda one: one.chi2)
    if not sound:
        raise FitError("no start of the joint fit converged", dict(zip(posed.names, found[0].x, strict=False)))
    distinct = sound[:1]
    for one in sound[1:]:
        if all(abs(one.chi2 - other.chi2) > _SAME for other in distinct):
            distinct.append(one)
    return distinct


def _row(
    posed: Problem,
    profiler: Profiler,
    parameter: Parameter,
    alone: bool,
    drawn: _Drawing,
    step: Callable[[str], object],
) -> Row:
    name = parameter.name
    profile = drawn(name, lambda: profiler.curve(name, step=step))
    single = None
    if alone and len(posed.limited) > 1:
        single = drawn(f"{name}-alone", lambda: profiler.curve(name, alone=True, step=step))
    best = posed.value(profiler.best.x)[name]
    return Row(name, parameter.unit, size_of(parameter), best, profile, single, _driven(profiler, profile))


def _driven(profiler: Profiler, curve: Curve) -> dict[str, float]:
    """What each model, and the pulls of all, add to Delta chi2 at the upper end of a curve, the most first."""
    if curve.at_end is None:
        return {}
    best, end = (profiler.blocks.shares(x) for x in (profiler.best.x, curve.at_end))
    return dict(sorted(((name, end[name] - best[name]) for name in best), key=lambda item: -abs(item[1])))


def _phases(posed: Problem, best: Minimum, zero: float) -> dict[str, float | None]:
    """Phases at the best fit, None of moments that are zero or could be; those that are held as they are."""
    values = posed.value(best.x)
    sizes = {phase_of(p): values[p.name] / size_of(p) for p in posed.moduli if zero > best.chi2 + _SAME}
    phases = [parameter.name for parameter in posed.parameters if parameter.scale is None]
    fitted = {name: values[name] if sizes.get(name, 0.0) > NOTHING else None for name in phases}
    return fitted | {name: value for name, value in posed.held.items() if find(name).scale is None}


def _zeroed(posed: Problem, x: Numbers) -> Numbers:
    zero = x.copy()
    zero[posed.blocks.places(posed.names)] = 0.0
    return zero


def _reach(blocks: Blocks, best: Minimum, k: int, first: float) -> float:
    """The largest of the steps `first`, a half of it, ... of one number to either side on which chi2 rises little."""
    step = first
    for _ in range(_HALVES):
        moved = np.stack([best.x, best.x])
        moved[:, k] += step, -step
        rise = max(blocks.chi2(np.clip(x, blocks.lower, blocks.upper)) for x in moved) - best.chi2
        if rise <= _RISE:
            break
        step /= 2
    return step


def refit(blocks: Blocks, best: Minimum) -> float | None:
    """chi2 of a careful fit with Minuit, from a little beside the minimum; None where it gives up.

    Parameters are whitened by the Hessian, so that a hundred of them are no harder than a few.

    References
    ----------
    James:1975dr
    """
    from iminuit import Minuit

    free = np.flatnonzero((best.x > blocks.lower) & (best.x < blocks.upper))
    block = best.hessian[np.ix_(free, free)] / 2
    # At zero moments the Hessian is flat, but chi2 is not: how far a step may go is tried.
    quadratic = np.maximum(np.sqrt(np.abs(np.diag(block))), _FLAT)
    scale = np.array([1 / _reach(blocks, best, int(k), 1 / size) for k, size in zip(free, quadratic, strict=True)])
    whole = block / np.outer(scale, scale)
    np.fill_diagonal(whole, 1.0)
    curvature, axes = np.linalg.eigh(whole)
    root = axes / np.sqrt(np.maximum(np.abs(curvature), 1e-3)) / scale[:, None]

    def placed(y: Numbers) -> Numbers:
        x = best.x.copy()
        x[free] = x[free] + root @ y
        return np.clip(x, blocks.lower, blocks.upper)

    minuit = Minuit(
        lambda y: blocks.gradient(placed(y))[0],
        np.full(len(free), 0.1),
        grad=lambda y: root.T @ blocks.gradient(placed(y))[1][free],
    )
    minuit.errordef, minuit.strategy, minuit.tol = Minuit.LEAST_SQUARES, 1, 1e-4
    # It takes what is ten times as far from the minimum as it was asked for as well: once more from there.
    for _ in range(3):
        minuit.migrad(ncall=5000)
        if minuit.fmin.edm < minuit.fmin.edm_goal:
            break
    value = blocks.chi2(placed(np.asarray(minuit.values)))
    return value if np.isfinite(value) and (minuit.valid or minuit.fmin.edm < 1e-5) else None


def _notes(
    posed: Problem, rows: Sequence[Row], best: Minimum, careful: float | None, zero: float, sides: str
) -> list[str]:
    notes = []
    if careful is None:
        notes.append("the careful refit did not converge: the minimum rests on one minimiser")
    elif abs(careful - best.chi2) > _AGREE:
        lower = "deeper" if careful < best.chi2 else "less deep"
        notes.append(f"the careful refit is {lower} by {digits.number(abs(careful - best.chi2))} in chi2")
    unbounded = [row.name for row in rows if row.profile is not None and row.profile.unbounded]
    if unbounded:
        notes.append(f"nothing limits {', '.join(unbounded)} with all others profiled")
    rough = [row.name for row in rows if any(curve and not curve.converged for curve in (row.profile, row.alone))]
    if rough:
        notes.append(f"{', '.join(rough)}: fits at an end did not converge, marked (?): they may be too strong")
    several = [row.name for row in rows if row.profile is not None and len(row.profile.intervals) > 1]
    if several:
        notes.append(f"{', '.join(several)}: several solutions")
    if any(row.profile is not None and row.profile.intervals[0][0] is None for row in rows):
        edge = "zero is an edge: intervals that reach it over-cover"
        notes.append(edge if sides == "two" else f"{edge} with the threshold of one side as with that of two")
    if zero < best.chi2 + _SAME:
        notes.append("zero fits as well as the best fit: best values and phases mean nothing")
    elif lost := [name for name, value in _phases(posed, best, zero).items() if value is None]:
        notes.append(f"{', '.join(lost)} mean nothing at the best fit, where their moments are zero")
    fixed = [name for name in PROFILED if name not in posed.mixing.names]
    if fixed and posed.mixing.names:
        notes.append(f"{', '.join(fixed)} fixed: {posed.mixing.central.name} has no error at hand")
    if any(one.words for one in posed.constraints):
        notes.append("published limits count as half-Gaussians in mu^2 centred at zero, whatever their data preferred")
    return notes

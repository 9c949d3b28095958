"""Does a neutrino survive? Every experiment, all together, stars and cosmology."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nudipole import arguments, digits
from nudipole.astrophysics import all_bounds
from nudipole.errors import NoEffect, NudipoleError
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.features import MOMENT
from nudipole.experiments.likelihood import named
from nudipole.experiments.neutrino import Described, described
from nudipole.experiments.panel import Panel
from nudipole.inference.asked import Asked, Progress, reported
from nudipole.inference.joint import which
from nudipole.inference.verdict.judgement import Judgement, judged
from nudipole.inference.verdict.result import Row, Verdict
from nudipole.inference.verdict.stars import bounds
from nudipole.mixing import Oscillation
from nudipole.properties import Neutrino
from nudipole.statistics import Poisson

#: Counts of an experiment below which asymptotic formulae are said to be a guess.
_FEW = 20
#: Kinds of properties, in the order of a neutrino's matrices.
_KINDS = {"lam": "moments", "charge": "charges", "charge_radius": "charge radii", "anapole": "anapole moments"}
#: Least share of the joint Delta chi2 that drives it.
_DRIVES = 0.05


def verdict(
    given: str | Path | Mapping[str, Any] | Neutrino,
    /,
    experiments: Asked | None = None,
    *,
    drop: Iterable[str] = (),
    published: Iterable[str | Constraint] | None = None,
    oscillation: str | None = None,
    cl: float = 0.90,
    progress: Progress | None = None,
    **values: Any,
) -> Verdict:
    r"""Whether a neutrino is excluded, by each experiment and by all in one likelihood, nuisances profiled.

    Its strength x scales all its properties; the test statistic is that of an upper limit on it at x = 1,

    .. math:: \Delta\chi^2 = \min_\eta\chi^2(1, \eta) - \min_{x,\eta}\chi^2(x, \eta),

    and zero where the data want a stronger one. Of charges and radii, which interfere and have a sign, the test is
    two-sided.

    Parameters
    ----------
    given : str, Path, mapping or Neutrino
        The name of a model, a file neutrino.yaml, what that would say, or a neutrino.
    experiments : Experiment, name, file or several, optional
        All of the library that have data, unless given.
    drop : iterable of str
        Experiments or published limits to leave out.
    published : iterable of str or Constraint, optional
        Published limits on moments to count beside, by id of their records; those whose records say so where
        `experiments` is not given, none where it is.
    oscillation : str, optional
        A NuFIT set; NuFIT 6.0, normal ordering, or what the file says.
    cl : float
    progress : callable, optional
        Called with words on what is being done.
    **values
        Parameters of a model: numbers in their units, or text with a unit.

    Returns
    -------
    Verdict

    Raises
    ------
    InputError, UnknownName, NotANumber, OutOfRange, UnitError, NudipoleError
        For an unknown model, parameter or experiment, a value without meaning, a wrong file.

    References
    ----------
    Cowan:2010js

    Examples
    --------
    >>> import nudipole as nd
    >>> found = verdict(nd.Neutrino.dirac(basis="flavour", magnetic=np.diag([3e-9, 0, 0])), ["lampf", "lsnd-2001"])
    >>> found.excluded, [row.name for row in found.rows if row.excluded]
    (True, ['lampf', 'lsnd-2001'])
    """
    cl = arguments.level(cl)
    with reported(progress, "verdict") as step:
        one = described(given, values, oscillation=oscillation)
        return judge(one, prepared(one.oscillation, experiments, drop, published, step), cl, step)


def prepared(
    oscillation: Oscillation,
    experiments: Asked | None,
    drop: Iterable[str],
    published: Iterable[str | Constraint] | None,
    step: Progress,
) -> Panel:
    """What neutrinos are tested against."""
    by_default = published is None and experiments is None
    limits = list(which.published_by_default() if by_default else published or ())
    asked, left_out = which.kept(experiments, limits, drop)
    loaded = which.loaded(asked, oscillation.name, step)
    chosen = [one for one in limits if which.constraint_name(one) not in left_out]
    constraints = which.constraints(chosen, oscillation, "one")
    which.refuse_double(loaded, constraints)
    step("responses")
    return Panel(loaded, constraints, np.asarray(oscillation.pmns()))


def judge(one: Described, panel: Panel, cl: float, step: Progress) -> Verdict:
    """The verdict on a described neutrino."""
    neutrino = one.neutrino
    if not neutrino.interferes and not np.any(np.asarray(neutrino.lam)):
        raise NudipoleError(f"{one.name}: all properties are zero: it is the Standard Model's neutrino")
    counts = panel.counts_beyond(neutrino)
    rows, silent = [], []
    for experiment in panel.experiments:
        step(named(experiment))
        alone = panel.alone(neutrino, experiment.name)
        if alone is None:
            silent.append(named(experiment))
            continue
        rows.append(_row(experiment, judged(alone, cl), neutrino, counts[experiment.name], cl))
    flavour, mass = panel.operators(np.asarray(neutrino.to_flavour(panel.pmns).lam)[None])
    for constraint in panel.constraints:
        alone = panel.alone(neutrino, constraint.name)
        if alone is not None:
            own = mass[0] if constraint.in_mass else flavour[0]
            rows.append(_published(constraint, judged(alone, cl), float(constraint.form() @ own), neutrino, cl))
    if not rows:
        raise NudipoleError(f"{one.name} changes no count of any of these experiments: add others")
    step("all together")
    blocks = panel.blocks(neutrino)
    together = judged(blocks, cl)
    with_it, without = blocks.by_model(together.minimum.x), blocks.by_model(together.standard_model.x)
    against = {name: with_it[name] - without[name] for name in with_it}
    drives = max(against, key=lambda name: against[name])
    joint = _of(together, "all together", "joint", None, None, "", not neutrino.interferes, cl)
    model = one.model
    projections = [named(experiment) for experiment in panel.experiments if experiment.given_data is None]
    if projections:
        joint = replace(joint, doubt=f"a projection: {', '.join(projections)} have no data")
    return Verdict(
        name=one.name,
        title="" if model is None else model.title,
        values=dict(one.values),
        units={} if model is None else {key: parameter.unit for key, parameter in model.keys.items()},
        nature=neutrino.nature,
        squared=not neutrino.interferes,
        rows=tuple(rows),
        joint=joint,
        properties=tuple(_properties(neutrino, panel, cl)),
        drives=drives if against[drives] > max(_DRIVES * together.delta_chi2, 0.1) else "",
        insensitive=tuple(silent),
        bounds=bounds(neutrino) if np.any(np.asarray(neutrino.lam)) else (),
        computed={name: bound for name, bound in all_bounds(neutrino).items() if bound.strength is not None},
        mixing=one.oscillation.name or "as given",
        cl=cl,
        doubts=(() if model is None else tuple(model.doubts(one.values))),
    )


def _properties(neutrino: Neutrino, panel: Panel, cl: float) -> Iterator[Row]:
    """Every kind of properties alone, of a neutrino that has several."""
    kinds = [name for name in _KINDS if np.any(np.asarray(getattr(neutrino, name)))]
    for name in kinds if len(kinds) > 1 else ():
        none = {other: 0 * np.asarray(getattr(neutrino, other)) for other in kinds if other != name}
        alone = Neutrino(
            neutrino.nature,
            neutrino.basis,
            *(none.get(kind, np.asarray(getattr(neutrino, kind))) for kind in _KINDS),
        )
        try:
            found = judged(panel.blocks(alone), cl)
        except NoEffect:
            continue
        yield _of(found, f"{_KINDS[name]} alone", "joint", None, None, "", not alone.interferes, cl)


def _row(experiment: Experiment, found: Judgement, neutrino: Neutrino, counts: float, cl: float) -> Row:
    few = isinstance(experiment.statistic, Poisson) and experiment.observed.sum() < _FEW
    doubt = f"few counts, {experiment.observed.sum():g}: p is asymptotic, a guess" if few else ""
    if experiment.given_data is None:
        doubt = "; ".join(filter(None, ["no data: expected ones (asimov)", doubt]))
    unit = experiment.spec.statistics.quantity if experiment.spec.statistics.kind == "relative" else "1"
    mu = experiment.mu_eff(neutrino) if np.any(np.asarray(neutrino.lam)) else None
    return _of(found, named(experiment), "data", mu, counts, unit, not neutrino.interferes, cl, doubt)


def _published(constraint: Constraint, found: Judgement, square: float, neutrino: Neutrino, cl: float) -> Row:
    mu, doubt = float(np.sqrt(square)) * MOMENT, "published limit as a half-Gaussian in mu^2"
    return _of(found, constraint.name, "published", mu, None, "", not neutrino.interferes, cl, doubt)


def _of(
    found: Judgement,
    name: str,
    kind: str,
    mu_eff: float | None,
    counts: float | None,
    unit: str,
    squared: bool,
    cl: float,
    doubt: str = "",
) -> Row:
    upper = found.upper
    if found.expected is not None and found.expected > 1:
        # Numbers that are stronger than they should be say so.
        times = digits.number(float(np.sqrt(found.expected)))
        beyond = f"beyond its sensitivity: the median limit without signal is {times} times the neutrino"
        doubt = "; ".join(filter(None, [doubt, beyond]))
    if not found.minimum.converged:
        far = "far beyond what is allowed: Delta chi2 is at most this"
        doubt = "; ".join(filter(None, [doubt, far]))
    scale = None if upper is None else float(np.sqrt(upper)) if squared else upper
    limit = None if mu_eff is None or scale is None or not squared else mu_eff * scale
    excluded = found.p < 1 - cl
    return Row(
        name, kind, mu_eff, limit, counts, unit, found.best, scale, found.delta_chi2, found.over_sm, found.p, excluded,
        doubt,
    )  # fmt: skip

"""Which experiments enter a joint fit, and which published results beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from scipy.special import chdtri, ndtri

from nudipole import digits
from nudipole.errors import NudipoleError, UnknownName, shortened
from nudipole.experiments.build.experiment import build
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.features import MOMENT
from nudipole.experiments.library import available, searching, text
from nudipole.experiments.reading import Named, read
from nudipole.inference.asked import Asked, Progress, experiments_of
from nudipole.limits import Record, record, records
from nudipole.mixing import Oscillation
from nudipole.properties import FLAVOURS
from nudipole.sources.mixtures import mixtures

#: Descriptions of expected data, or of data that another one contains: whole parsers would take half a second.
_WITHOUT = re.compile(r"^(data: asimov|same_data_as: \[[^\]])", re.MULTILINE)
#: Sources near which neutrinos are of one flavour.
_PURE = {"reactor": "e", "radioactive": "e"}


def with_data() -> list[str]:
    """Experiments of the library that have data, without those whose data another one contains.

    Searches for solar antineutrinos are left out, too: they see moments in a field of the Sun alone.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "xenonnt-2022" in with_data(), "darwin-xlzd" in with_data()
    (True, False)
    """
    left_out = searching()
    return [name for name in available() if name not in left_out and not _WITHOUT.search(text(name)[0])]


def published_by_default() -> tuple[str, ...]:
    """Ids of the published limits that count beside experiments unless others are chosen: what their records say.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "gemma-2012-mu-e" in published_by_default()
    True
    """
    return tuple(name for name, item in records().items() if item.bound.in_fits)


def listed(asked: Asked) -> list[Experiment | Named]:
    """What is asked, one by one, loaded or not."""
    if isinstance(asked, Experiment | str | Path | Mapping):
        return [asked]
    if not isinstance(asked, Iterable):
        raise NudipoleError(f"{shortened(asked)} is no experiment: give one, its name, a file or a description")
    return list(asked)


def called(one: Experiment | Named) -> str:
    """The name of an experiment, or of its file."""
    return one.name if isinstance(one, Experiment) else str(one)


def kept(
    experiments: Asked | None, published: Iterable[str | Constraint], drop: Iterable[str]
) -> tuple[list[Experiment | Named], set[str]]:
    """Experiments without those that are dropped, by default all with data; and the names of what is dropped.

    Raises
    ------
    UnknownName
        If something is dropped that is not there.
    """
    asked: list[Experiment | Named] = [*with_data()] if experiments is None else listed(experiments)
    left_out, known = set(drop), [*map(called, asked), *map(constraint_name, published)]
    for name in left_out:
        if name not in known:
            raise UnknownName("experiment or published limit to drop", name, known)
    return [one for one in asked if called(one) not in left_out], left_out


def constraint_name(one: str | Constraint) -> str:
    """The name of a published limit."""
    return one if isinstance(one, str) else one.name


def loaded(asked: Iterable[Experiment | Named], oscillation: str, progress: Progress) -> tuple[Experiment, ...]:
    """Experiments, folded with these oscillation parameters where they matter."""
    found = []
    for one in asked:
        progress(f"loading {called(one)[:60]}")
        found.append(_mixed(one, oscillation))
    return experiments_of(found) if found else ()


def _mixed(one: Experiment | Named, oscillation: str) -> Experiment:
    if isinstance(one, Experiment):
        spec, file, beside, variant = one.spec, one.file or one.name, one.beside, one.variant
        oscillates = one.flight is None or one.flight.oscillation is not None
        if not oscillates or spec.source.oscillation == oscillation:
            return one
    else:
        (spec, file, beside), variant = read(one), None
    if spec.source.oscillation != oscillation:
        spec = spec.changed({"source": {"oscillation": oscillation}}, str(file))
    return build(spec, file=file, beside=beside, variant=variant)


def threshold(cl: float, sides: str) -> float:
    """Delta chi2 at the end of an interval of one parameter.

    Examples
    --------
    >>> print(f"{threshold(0.90, 'two'):.3f} {threshold(0.90, 'one'):.3f}")
    2.706 1.642
    """
    return float(chdtri(1, 1 - cl)) if sides == "two" else float(ndtri(cl) ** 2)


def constraint(name: str, oscillation: Oscillation, sides: str = "two") -> Constraint:
    """A published upper limit on a moment as a half-Gaussian in its square, centred at zero.

    Its width is such that alone it gives the published limit at its own level, by a fit with intervals of these
    `sides`.

    Parameters
    ----------
    name : str
        Id of a record.
    oscillation : Oscillation
        For mixtures from the Sun.
    sides : {"one", "two"}

    Returns
    -------
    Constraint

    Raises
    ------
    UnknownName
        If there is no such record.
    NudipoleError
        If it is no upper limit with a level on the moments of a beam that is known.

    Examples
    --------
    >>> from nudipole.mixing import nufit
    >>> found = constraint("gemma-2012-mu-e", nufit())
    >>> found.flavours, round(found.error, 2)
    ({'e': 1.0}, 5.11)
    """
    item = record(name)
    bound = item.bound
    ends, cl = item.common, bound.statistics.cl
    if bound.property != "magnetic-moment" or bound.status != "limit" or ends is None or bound.result.kind != "upper":
        raise NudipoleError(f"{name} is no published upper limit on magnetic moments: leave it out")
    if cl is None:
        raise NudipoleError(f"{name} has no confidence level ({bound.statistics.reason}): leave it out")
    upper = ends[-1][1]
    if upper is None:
        raise NudipoleError(f"{name} has no upper end: leave it out")
    error = (upper / MOMENT) ** 2 / np.sqrt(threshold(cl, sides))
    square = f"mu^2 = 0 +- {digits.number(error * MOMENT**2)} mu_B^2"
    words = f"{item.who} {item.year}: {bound.result.as_printed} ({digits.level(cl)}) as {square}"
    flavours, masses = _weights(item, oscillation)
    return Constraint(name, 0.0, float(error), flavours, masses, words)


def _weights(
    item: Record, oscillation: Oscillation
) -> tuple[dict[str, float] | None, tuple[float, float, float] | None]:
    quantity, source = item.bound.quantity, item.bound.source
    flavour = _PURE.get(source) if quantity.flavour == "all" else quantity.flavour
    if flavour in FLAVOURS:
        return {flavour: 1.0}, None
    if quantity.mixture == "solar-8B":
        U = np.asarray(oscillation.pmns())
        states = np.real(np.diag(U.conj().T @ mixtures(oscillation)["solar-8B"].rho @ U))
        return None, (float(states[0]), float(states[1]), float(states[2]))
    raise NudipoleError(
        f"{item.id} limits {quantity.symbol} of {quantity.mixture or quantity.flavour}: no form of the moments that is "
        "known without its data; fit the experiment itself, or leave it out"
    )


def constraints(asked: Iterable[str | Constraint], oscillation: Oscillation, sides: str) -> tuple[Constraint, ...]:
    """Several of `constraint`, those that are made already as they are.

    Raises
    ------
    UnknownName, NudipoleError
        As for one, and if one is named twice or supersedes another.
    """
    made = [one if isinstance(one, Constraint) else constraint(one, oscillation, sides) for one in asked]
    names = [one.name for one in made]
    for name in names:
        if names.count(name) > 1:
            raise NudipoleError(f"{name} twice: its data would count double")
        bound = record(name).bound if name in records() else None
        earlier = set() if bound is None else {*bound.supersedes, *bound.same_data_as} & set(names)
        if earlier:
            raise NudipoleError(f"{name} and {min(earlier)} are of the same data: leave out one of them")
    return tuple(made)


def refuse_double(experiments: Iterable[Experiment], chosen: Iterable[Constraint]) -> None:
    """Let pass only published limits that are not of the data of these experiments.

    Raises
    ------
    NudipoleError
        If a limit is one that the experiment is compared with, or is of its publication or of one before that.
    """
    known, chosen = records(), list(chosen)
    for experiment in experiments:
        compared = {str(getattr(item, "record", "")) for item in experiment.spec.published}
        own = {name for name in known if record(name).publication.id == experiment.name}
        earlier: set[str] = set()
        while own - earlier:
            earlier |= own
            own |= {name for one in own & set(known) for name in record(one).bound.supersedes}
        for constraint in chosen:
            if constraint.name in compared | own:
                raise NudipoleError(
                    f"{constraint.name} is of the data of {experiment.name}, which would count double: leave out one"
                )

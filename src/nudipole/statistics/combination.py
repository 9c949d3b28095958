"""One likelihood of several experiments, with one parameter of interest and nuisances that some of them share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

from nudipole import digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.numerics import AnyArray, jnp
from nudipole.statistics.bins import WALLS, OnOff, Poisson, Statistic
from nudipole.statistics.likelihood import Background, Model, Signal, TemplateSignal

Numbers = np.ndarray[Any, np.dtype[Any]]


class Joint(Statistic):
    """Bins of several kinds, one kind after the other.

    Parameters
    ----------
    parts : tuple of Statistic
    sizes : tuple of int
        Number of bins of each.

    Examples
    --------
    >>> from nudipole.numerics import jnp
    >>> from nudipole.statistics import Gaussian, Poisson
    >>> both = Joint((Poisson(), Gaussian([2.0])), (1, 1))
    >>> both.deviance(jnp.array([3.0, -1.0]), jnp.array([3.0, 1.0])).item()
    1.0
    """

    parts: tuple[Statistic, ...]
    sizes: tuple[int, ...] = eqx.field(static=True)

    def deviances(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, " b"]:
        return jnp.concatenate([p.deviances(observed[i], expected[i], wall) for p, i in self._slices()])

    def deviance(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, ""]:
        return sum((p.deviance(observed[i], expected[i], wall) for p, i in self._slices()), jnp.zeros(()))

    def possible(self, observed: Float[AnyArray, " b"], expected: Float[AnyArray, " b"]) -> Bool[AnyArray, " b"]:
        where = [part.possible(observed[i], expected[i]) for part, i in self._slices()]
        return np.concatenate(where) if isinstance(expected, np.ndarray) else jnp.concatenate(where)

    def asimov(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Statistic]:
        data, parts = zip(*(part.asimov(observed[i], expected[i]) for part, i in self._slices()), strict=True)
        return jnp.concatenate(data), Joint(parts, self.sizes)

    def slopes(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Float[Array, " b"]]:
        first, second = zip(*(part.slopes(observed[i], expected[i]) for part, i in self._slices()), strict=True)
        return jnp.concatenate(first), jnp.concatenate(second)

    def stiffness(self, observed: Float[Array, " b"]) -> Float[Array, ""]:
        """Of the stiffest part."""
        return jnp.max(jnp.stack([part.stiffness(observed[i]) for part, i in self._slices()]))

    def sample(self, random: np.random.Generator, observed: Numbers, expected: Numbers) -> tuple[Numbers, Statistic]:
        drawn = [part.sample(random, observed[i], expected[:, i]) for part, i in self._slices()]
        return np.concatenate([data for data, _ in drawn], axis=1), Joint(tuple(own for _, own in drawn), self.sizes)

    def means(self, observed: Numbers, expected: Numbers) -> Numbers:
        return np.concatenate([part.means(observed[i], expected[:, i]) for part, i in self._slices()], axis=1)

    def measured(self, observed: Numbers) -> Numbers:
        return np.concatenate([part.measured(observed[..., i]) for part, i in self._slices()], axis=-1)

    def rebuilt(self, measured: Numbers) -> tuple[Numbers, Statistic]:
        ends = np.cumsum([size * self._numbers(part) for part, size in zip(self.parts, self.sizes, strict=True)])
        pieces = zip(self.parts, np.split(measured, ends[:-1], axis=1), strict=True)
        data, parts = zip(*(part.rebuilt(piece) for part, piece in pieces), strict=True)
        return np.concatenate(data, axis=1), Joint(parts, self.sizes)

    def scatter(self) -> Numbers:
        parts = zip(self.parts, self.sizes, strict=True)
        return np.concatenate([np.broadcast_to(p.scatter(), (size * self._numbers(p),)) for p, size in parts])

    def silent(self, bins: int) -> Numbers:
        found, before = [], 0
        for part, size in zip(self.parts, self.sizes, strict=True):
            own = part.silent(size)
            found.append(np.where(own < 0, own, own + before))
            before += len(own)
        return np.concatenate(found)

    @staticmethod
    def _numbers(part: Statistic) -> int:
        """Measured numbers of a bin."""
        return 2 if isinstance(part, OnOff) else 1

    def check(self, observed: Numbers, templates: Mapping[str, Numbers]) -> None:
        whole = (sum(self.sizes),)
        for name, numbers in ({"observed numbers": observed} | dict(templates)).items():
            if numbers.shape != whole:
                raise ValueError(f"{name} of shape {numbers.shape}, the parts of a joint model have {whole[0]} bins")
        for part, i in self._slices():
            part.check(observed[i], {name: numbers[i] for name, numbers in templates.items()})

    def distance(self, observed: Numbers, change: Numbers) -> Numbers:
        """Of the part that sees most."""
        most: Numbers = np.max([part.distance(observed[i], change[..., i]) for part, i in self._slices()], axis=0)
        return most

    def net(self, observed: Numbers) -> Numbers:
        return np.concatenate([part.net(observed[i]) for part, i in self._slices()])

    def _slices(self) -> Iterator[tuple[Statistic, slice]]:
        ends = np.cumsum(self.sizes).tolist()
        for part, size, end in zip(self.parts, self.sizes, ends, strict=True):
            yield part, slice(end - size, end)


class JointSignal(eqx.Module):
    """Signals of several experiments, one after the other, each with its choice of the common nuisances.

    Parameters
    ----------
    signals : tuple of callables (poi, eta) -> counts
    nuisances : tuple of tuple of int
        Which of the joint signal nuisances each one takes, in its own order.
    """

    signals: tuple[Signal, ...]
    nuisances: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        """Counts of all bins."""
        parts = zip(self.signals, self.nuisances, strict=True)
        return jnp.concatenate([signal(poi, eta[np.array(which, dtype=int)]) for signal, which in parts])


class JointTemplates(TemplateSignal):
    """The same of signals that are sums of templates.

    Parameters
    ----------
    signals : tuple of TemplateSignal
    nuisances : tuple of tuple of int
        As for `JointSignal`.
    """

    signals: tuple[TemplateSignal, ...]
    nuisances: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    @property
    def templates(self) -> Float[Array, "m b"]:
        """Those of every experiment in its own bins."""
        parts = [signal.templates for signal in self.signals]
        bins, start, rows = sum(part.shape[1] for part in parts), 0, []
        for part in parts:
            rows.append(jnp.pad(part, ((0, 0), (start, bins - start - part.shape[1]))))
            start += part.shape[1]
        return jnp.concatenate(rows)

    def amplitudes(self, poi: Float[Array, "*n"], eta: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """Of all experiments, one after the other."""
        parts = zip(self.signals, self.nuisances, strict=True)
        return jnp.concatenate([signal.amplitudes(poi, eta[np.array(which, dtype=int)]) for signal, which in parts])


class Nuisance(NamedTuple):
    """One nuisance of the joint model, as one experiment has it."""

    experiment: str
    name: str
    auxiliary: float
    limits: tuple[float, float]
    background: Background | None
    constrained: bool


def joint(models: Mapping[str, Model], shared: Collection[str] = ()) -> Model:
    r"""One model of several experiments with the same parameter of interest.

    .. math:: \chi^2(\mu, \eta) = \sum_e D_e + \sum_k (\eta_k - \eta_{\mathrm{aux},k})^2

    Every experiment keeps its own statistic; its bins follow those of the experiment before. A nuisance that
    several experiments share counts once in the second sum.

    Parameters
    ----------
    models : mapping of str to Model
        By name of the experiment.
    shared : collection of str
        Names of nuisances that are one and the same parameter wherever they occur: a background normalisation of
        one kind and width everywhere, or a nuisance of the signals. Every other nuisance, and one that occurs
        once, belongs to its experiment and is named "experiment/nuisance", as a background that is known exactly.

    Returns
    -------
    Model

    Raises
    ------
    UnknownName
        A name in `shared` that is no nuisance of any model.
    NudipoleError
        No models; different parameters of interest; a shared nuisance that is not the same everywhere.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> joint({"near": model, "far": model}, shared=["flat"]).nuisances
    ('flat',)
    >>> joint({"near": model, "far": model}).nuisances
    ('near/flat', 'far/flat')
    """
    common = _common(models, shared)
    nuisances = occurrences(models, shared)
    backgrounds = {name: found for name, found in nuisances.items() if found[0].background is not None}
    signals = {name: found for name, found in nuisances.items() if found[0].background is None}
    sizes = {experiment: model.observed.size for experiment, model in models.items()}
    place = {name: k for k, name in enumerate(signals)}
    which = tuple(
        tuple(place[_joined_name(experiment, name, common)] for name in model.signal_nuisances)
        for experiment, model in models.items()
    )
    moves = _Moves(dict(zip(models, which, strict=True)), len(signals), sizes)
    first = next(iter(models.values()))
    fitted = [_joined_background(name, found, moves) for name, found in backgrounds.items()]
    return Model(
        np.concatenate([np.asarray(model.observed) for model in models.values()]),
        [*fitted, *_joined_known(models, moves)],
        _joined_signal(tuple(model.signal for model in models.values()), which),
        statistic=_joined_statistic(models),
        signal_nuisances=list(signals),
        unconstrained=[name for name, found in signals.items() if not found[0].constrained],
        poi_name=first.poi_name,
        poi_lower=first.poi_lower,
        auxiliary=[found[0].auxiliary for found in (backgrounds | signals).values()],
        limits=np.array([found[0].limits for found in (backgrounds | signals).values()]).reshape(-1, 2).T,
    )


def occurrences(models: Mapping[str, Model], shared: Collection[str]) -> dict[str, list[Nuisance]]:
    """The nuisances of a joint model by name, each as every experiment that has it says; raises as `joint` does."""
    _check_poi(models)
    _check_known(models, shared)
    common = _common(models, shared)
    nuisances: dict[str, list[Nuisance]] = {}
    for experiment, model in models.items():
        templates = [*model.backgrounds, *(None for _ in model.signal_nuisances)]
        limits = np.asarray(model.limits).T
        columns = zip(model.nuisances, np.asarray(model.auxiliary), limits, templates, model.constrained, strict=True)
        for name, auxiliary, (low, high), background, constrained in columns:
            found = Nuisance(experiment, name, float(auxiliary), (float(low), float(high)), background, constrained)
            nuisances.setdefault(_joined_name(experiment, name, common), []).append(found)
    for name, found_in in nuisances.items():
        _check_same(name, found_in, common)
    return nuisances


def _check_poi(models: Mapping[str, Model]) -> None:
    if not models:
        raise NudipoleError("a joint model of no experiments: give at least one")
    (first, one), *others = models.items()
    for name, model in others:
        if (model.poi_name, model.poi_lower) != (one.poi_name, one.poi_lower):
            raise NudipoleError(
                f"{first} has the parameter of interest {one.poi_name} >= {digits.plain(one.poi_lower)}, {name} has "
                f"{model.poi_name} >= {digits.plain(model.poi_lower)}: build all models for one parameter"
            )


def _check_known(models: Mapping[str, Model], shared: Collection[str]) -> None:
    """Refuse a shared normalisation that one experiment knows exactly and another fits."""
    for experiment, model in models.items():
        for background in model.known:
            fitted = [name for name, other in models.items() if background.name in other.nuisances]
            if background.name in shared and fitted:
                raise NudipoleError(
                    f"shared nuisance {background.name!r} is fixed in {experiment} and not in {fitted[0]}: give it the "
                    "same normalisation everywhere, or do not share it"
                )


def _common(models: Mapping[str, Model], shared: Collection[str]) -> set[str]:
    """Those names of `shared` that occur in several models."""
    for name in shared:
        if not any(name in model.nuisances for model in models.values()):
            raise UnknownName("shared nuisance", name, {n for model in models.values() for n in model.nuisances})
    return {name for name in shared if sum(name in model.nuisances for model in models.values()) > 1}


def _joined_name(experiment: str, name: str, common: set[str]) -> str:
    return name if name in common else f"{experiment}/{name}"


def _check_same(name: str, found: list[Nuisance], common: set[str]) -> None:
    """Refuse nuisances of one name that are not one parameter."""
    first, *others = found
    if len({nuisance.experiment for nuisance in found}) < len(found) or (others and name not in common):
        raise NudipoleError(f"two different nuisances would be called {name!r}: rename one of them")
    for other in others:
        if (first.background is None) != (other.background is None):
            kinds = ("a background", "a nuisance of the signal")
            one, two = kinds if first.background is not None else kinds[::-1]
            raise NudipoleError(
                f"shared nuisance {name!r} is {one} of {first.experiment} and {two} of {other.experiment}: "
                "rename one of them, or make it the same in both"
            )
        if _constraint(first) != _constraint(other):
            raise NudipoleError(
                f"shared nuisance {name!r} is {_constraint(first)} in {first.experiment} and {_constraint(other)} in "
                f"{other.experiment}: give it the same normalisation everywhere, or do not share it"
            )


def _constraint(nuisance: Nuisance) -> str:
    """What is known of a nuisance, in words that are equal where the constraints are."""
    background = nuisance.background
    low, high = nuisance.limits
    within = "" if np.isnan(low) and np.isnan(high) else f" within {low:.9g} to {high:.9g}"
    if not nuisance.constrained:
        return f"free{within}"
    kind = (
        "unit-normal"
        if background is None
        else f"{background.normalisation} of width {digits.plain(float(background.width), 9)}"
    )
    return (f"{kind} measured at {digits.plain(nuisance.auxiliary, 9)}" if nuisance.auxiliary else kind) + within


class _Moves(NamedTuple):
    """How the nuisances of the signals of each experiment are numbered in the joint model, and its bins."""

    which: Mapping[str, tuple[int, ...]]
    nuisances: int
    sizes: Mapping[str, int]

    def counts(self, templates: Mapping[str, Background]) -> Numbers:
        """Templates by experiment in all bins, zero in those of the other experiments."""
        found = {experiment: np.asarray(background.counts) for experiment, background in templates.items()}
        return np.concatenate([found.get(experiment, np.zeros(size)) for experiment, size in self.sizes.items()])

    def shifts(self, templates: Mapping[str, Background]) -> Numbers | None:
        """What moves them, (2, k, b) in the nuisances and bins of the joint model."""
        if all(background.shifts is None for background in templates.values()):
            return None
        ends = np.cumsum(list(self.sizes.values())).tolist()
        moved = np.zeros((2, self.nuisances, ends[-1]))
        for end, (experiment, size) in zip(ends, self.sizes.items(), strict=True):
            background = templates.get(experiment)
            if background is not None and background.shifts is not None:
                moved[:, self.which[experiment], end - size : end] = np.asarray(background.shifts)
        return moved


def _joined_background(name: str, occurrences: list[Nuisance], moves: _Moves) -> Background:
    """The background over all bins."""
    templates = {n.experiment: n.background for n in occurrences if n.background is not None}
    first = templates[occurrences[0].experiment]
    return Background(name, moves.counts(templates), first.normalisation, first.width, moves.shifts(templates))


def _joined_known(models: Mapping[str, Model], moves: _Moves) -> Iterator[Background]:
    """Backgrounds without a nuisance, each in the bins of its experiment."""
    for experiment, model in models.items():
        for background in model.known:
            alone = {experiment: background}
            name, shifts = f"{experiment}/{background.name}", moves.shifts(alone)
            yield Background(name, moves.counts(alone), "fixed", shifts=shifts)


def _joined_signal(signals: tuple[Signal, ...], which: tuple[tuple[int, ...], ...]) -> Signal:
    templates = tuple(signal for signal in signals if isinstance(signal, TemplateSignal))
    return JointTemplates(templates, which) if len(templates) == len(signals) else JointSignal(signals, which)


def _joined_statistic(models: Mapping[str, Model]) -> Statistic:
    parts = tuple(model.statistic for model in models.values())
    if all(isinstance(part, Poisson) for part in parts):
        return Poisson()
    return Joint(parts, tuple(model.observed.size for model in models.values()))

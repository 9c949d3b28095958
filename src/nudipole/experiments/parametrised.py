"""The likelihood of many experiments and all parameters of a neutrino at once, mixing included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NoEffect, NudipoleError
from nudipole.experiments.build.experiment import remixed
from nudipole.experiments.build.parts import Part
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.experiment import Experiment, total
from nudipole.experiments.features import (
    Features,
    along,
    dipole_basis,
    expanded,
    groups_of,
    unmixed,
    vector_basis,
)
from nudipole.experiments.likelihood import REACH, in_common, listed, model_of, step_of, that_matter, varied
from nudipole.experiments.signal import PropertySignal
from nudipole.mixing import UncertainMixing
from nudipole.models import find, neutrinos_of
from nudipole.numerics import jnp
from nudipole.properties import Neutrino
from nudipole.properties.parametrisations import PARAMETRISATIONS
from nudipole.statistics import Gaussian, Model
from nudipole.statistics.blocks import Blocks

#: What conversion in the Sun depends on; the other parameters only relate flavours to mass states.
_CONVERSION = ("sin2_12", "sin2_13", "dm2_21")


def parametrised(
    experiments: Experiment | Iterable[Experiment],
    names: Sequence[str],
    *,
    held: Mapping[str, float] | None = None,
    mixing: UncertainMixing,
    constraints: Iterable[Constraint] = (),
) -> Blocks:
    """Likelihood of parameters of a neutrino, which counts depend on exactly.

    Parameters
    ----------
    experiments : Experiment, or several of different names
        May be none where there are constraints. All folded with the central parameters of `mixing`.
    names : sequence of str
        Parameters of the fit, each in units of its size (1e-11 mu_B, 1e-32 cm^2, 1e-13 e, 1 rad).
    held : mapping of str to float, optional
        Others that are not at their defaults, in their units.
    mixing : UncertainMixing
        Its parameters are nuisances that all share.
    constraints : iterable of Constraint
        Published results beside.

    Returns
    -------
    Blocks
        The nuisances of each experiment are those of `nudipole.experiments.likelihood.likelihood`.

    Raises
    ------
    UnknownName, NudipoleError
        For parameters that no neutrino has together, experiments that cannot be combined, or where nothing depends on
        the parameters.
    """
    held = dict(held or {})
    both = [name for name in names if name in held]
    if both:
        raise NudipoleError(f"{', '.join(both)} held and fitted: leave out one of them")
    if not names:
        raise NudipoleError("no parameter to fit: name one")
    constraints = tuple(constraints)
    found = listed(experiments) if experiments or not constraints else ()
    models: dict[str, Model] = {}
    for experiment in found:
        try:
            models[experiment.name] = _model(experiment, names, held, mixing)
        except NoEffect:
            continue
    shared = in_common([experiment for experiment in found if experiment.name in models], models)
    for constraint in constraints:
        models[constraint.name] = constrained(constraint, names, held, mixing)
    if not models:
        raise NoEffect(f"{', '.join(names)} change no count of any of the experiments: fit others, or add experiments")
    return Blocks(models, {*shared, *names[1:], *mixing.names})


def _features(
    names: Sequence[str], held: Mapping[str, float], mixing: UncertainMixing, moving: Sequence[str], in_mass: bool
) -> Features:
    moments, _ = groups_of([*names, *held])
    vector = [name for name in (*names, *held) if moments is None or find(name).group != moments]
    place = tuple(mixing.names.index(name) for name in moving)
    dipole = None if moments is None else PARAMETRISATIONS[moments]
    return Features(tuple(names), tuple(held.items()), dipole, tuple(vector), mixing, place, in_mass)


def _model(experiment: Experiment, names: Sequence[str], held: Mapping[str, float], mixing: UncertainMixing) -> Model:
    travelled = experiment.flight is None or experiment.flight.oscillation is not None
    in_mass = experiment.flight is None
    probe = _features(names, held, mixing, (), in_mass)
    # Beyond conversion, only flavours that arrive, or that couplings tell apart, depend on how mass states mix.
    needed = mixing.names if not in_mass or probe.vector else _CONVERSION
    moving = [name for name in needed if name in mixing.names] if travelled else []
    features = _features(names, held, mixing, moving, in_mass)
    counted = _counted(experiment, features)
    nominal = counted(experiment.parts)
    if not _matters(features, nominal):
        raise NoEffect(f"{', '.join(names)} change no count of {experiment.name}")
    axes = that_matter(experiment, nominal)
    moved = [_remixed(experiment, features, name) for name in moving]
    signal = PropertySignal(varied(experiment, counted, axes, nominal, before=moved).terms(), features)
    return model_of(experiment, signal, axes, names[0], -np.inf, free=names[1:], known=mixing.names)


def _matters(features: Features, nominal: NDArray[np.float64]) -> bool:
    """Whether counts (f, component, bin) depend on parameters of the fit, tried at random places."""
    random, still = np.random.default_rng(0), jnp.zeros(features.mixed)
    points = [np.zeros(features.parameters), *random.normal(size=(2, features.parameters))]
    zero, *others = (np.asarray(features(jnp.asarray(point), still)) for point in points)
    return any(np.any(np.tensordot(other - zero, nominal, 1)) for other in others)


def _counted(experiment: Experiment, features: Features) -> Callable[[Sequence[Part]], NDArray[np.float64]]:
    """Counts (f, component, bin) per feature."""
    steps = np.array([step_of(experiment, partial(along, name)) for name in features.vector])

    def counts(parts: Sequence[Part], neutrinos: Neutrino) -> NDArray[np.float64]:
        return total(experiment.counted(parts, neutrinos))

    def of(parts: Sequence[Part]) -> NDArray[np.float64]:
        zero = counts(parts, neutrinos_of([{}]))[0]
        rows = [np.zeros_like(zero) if experiment.sm_in_background else zero]
        if features.dipole is not None:
            rows += [*unmixed(counts(parts, dipole_basis(features.in_mass)) - zero)]
        if features.vector:
            rows += [*expanded(counts(parts, vector_basis(features.vector, steps)) - zero, steps)]
        return np.stack(rows)

    return of


def _remixed(experiment: Experiment, features: Features, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Counts per feature with one parameter of the mixing one standard deviation up and down."""
    sides = [remixed(experiment, features.mixing.of(name, eta)) for eta in (1.0, -1.0)]
    plus, minus = (_counted(side, features)(side.parts) for side in sides)
    return plus, minus


def constrained(
    constraint: Constraint, names: Sequence[str], held: Mapping[str, float], mixing: UncertainMixing
) -> Model:
    """The model of a published constraint, arguments as of `parametrised`."""
    features = _features(names, held, mixing, (), constraint.in_mass)
    if features.dipole is None:
        raise NudipoleError(f"{constraint.name} limits moments, and none is fitted: leave it out")
    row = np.zeros(10 + _vectors(len(features.vector)))
    row[1:10] = constraint.form()
    signal = PropertySignal(row[None, None, :, None], features)
    reach = np.array([np.nan] * len(names[1:]) + [REACH] * len(mixing.names))
    return Model(
        [constraint.value],
        [],
        signal,
        statistic=Gaussian([constraint.error]),
        signal_nuisances=[*names[1:], *mixing.names],
        unconstrained=names[1:],
        poi_name=names[0],
        poi_lower=-np.inf,
        limits=np.stack([-reach, reach]),
    )


def _vectors(number: int) -> int:
    return number + number * (number + 1) // 2

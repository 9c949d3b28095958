"""The likelihood of one experiment or many, of a parameter or of given neutrinos: where every question starts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import NoEffect, NudipoleError, UnknownName
from nudipole.experiments import conversion
from nudipole.experiments.build.parts import Part
from nudipole.experiments.experiment import Experiment, total
from nudipole.experiments.features import FAR
from nudipole.experiments.flux_names import renamed
from nudipole.experiments.heavy_lepton import HEAVY
from nudipole.experiments.moments import MomentLikelihood
from nudipole.experiments.same_data import refuse_same_data
from nudipole.experiments.shapes import shape_names, shaped, shapes
from nudipole.experiments.signal import ChosenSignal, Coefficients, NeutrinoSignal
from nudipole.models import find, neutrinos_of, owner
from nudipole.numerics import jax
from nudipole.properties import Neutrino, Parameter
from nudipole.properties import strength as strength_parameter
from nudipole.statistics import Background, Model, Poisson, check, joint
from nudipole.statistics.likelihood import Signal

#: Flux uncertainties below this fraction of the largest are left out of the fit.
_NEGLIGIBLE = 0.02
#: Steps to either side within which a nuisance is free, without constraint or of the mixing: farther away an
#: interpolation means nothing.
REACH = 5.0

#: Counts (..., component, bin) of the parts of an experiment or of a variation.
Counted = Callable[[Sequence[Part]], NDArray[np.float64]]
#: Neutrinos at zero, a step and its opposite of a parameter, in units of its size.
Three = Callable[[float], Neutrino]


def listed(experiments: Experiment | Iterable[Experiment]) -> tuple[Experiment, ...]:
    """One experiment, or several, as a tuple.

    Raises
    ------
    NudipoleError
        If there is none, or two have the same name or use the same data.
    """
    found = (experiments,) if isinstance(experiments, Experiment) else tuple(experiments)
    if not found:
        raise NudipoleError("a likelihood of no experiments: give at least one")
    names = [experiment.name for experiment in found]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise NudipoleError(f"{twice} twice in one combination: its data would count double")
    refuse_same_data(found)
    return found


def named(experiments: Experiment | Iterable[Experiment]) -> str:
    """Names of the experiments, with their variants."""
    return " + ".join(e.name if e.variant is None else f"{e.name} ({e.variant})" for e in listed(experiments))


def likelihood(
    experiments: Experiment | Iterable[Experiment],
    parameter: str | Neutrino = "mu_nu",
    *,
    beside: Mapping[str, float] | None = None,
    fluxes: Collection[str] | None = None,
) -> Model:
    """Likelihood of one parameter; its parameter of interest is that of `nudipole.properties.Parameter`.

    A nuisance that a description lists as ``shared`` is one and the same in all experiments with a nuisance of that
    name that they share, and so are the fluxes of the Sun; every other belongs to its experiment alone and is called
    ``experiment/nuisance`` where there are several.

    Parameters
    ----------
    experiments : Experiment, or several of different names
    parameter : str or Neutrino
        Of a neutrino the factor of all its properties.
    beside : mapping of str to float, optional
        Other parameters of the same parametrisation, held at values in their units; a moment then is no square in
        the likelihood, as moments may interfere.
    fluxes : collection of str, optional
        Axes of flux uncertainties that are nuisances; those that matter unless given. Not of a neutrino.

    Raises
    ------
    UnknownName
        If no parametrisation has the parameter.
    NudipoleError
        If the parameter alone changes no rate: a phase, or one that no process of an experiment feels; if two
        experiments have the same name, use the same data, or disagree about a nuisance that they share.
    """
    if isinstance(parameter, Neutrino):
        if beside:
            raise NudipoleError(f"{', '.join(beside)} beside a neutrino, which has all its properties: leave it out")
        if not parameter.interferes and not (np.any(np.asarray(parameter.lam)) or np.any(np.asarray(parameter.heavy))):
            raise NudipoleError("all properties of the neutrino are zero: there is no strength to limit")
        quantity, given = quantity_of(parameter), parameter

        def three(step: float) -> Neutrino:
            return _stacked([given.scaled(x) for x in (0.0, step, -step)])

        return _joined(experiments, lambda experiment: _of_parameter(experiment, quantity, three), quantity.name)
    if parameter in (beside or {}):
        raise NudipoleError(f"{parameter} is fitted: leave it out of those held beside it")
    found = find(parameter) if beside is None else find(parameter).interfering
    owner([parameter, *(beside or {})])
    along = _three(found, beside or {})
    return _joined(experiments, lambda experiment: _of_parameter(experiment, found, along, fluxes), parameter)


def quantity_of(parameter: str | Neutrino) -> Parameter:
    """What is fitted: the parameter of this name, or the strength of a neutrino.

    Raises
    ------
    UnknownName
        If there is no such parameter.
    """
    return strength_parameter(squared=not parameter.interferes) if isinstance(parameter, Neutrino) else find(parameter)


def at(
    experiments: Experiment | Iterable[Experiment],
    neutrinos: Neutrino | Sequence[Neutrino],
    *,
    parameters: Iterable[str] | None = None,
) -> Model:
    """Likelihood of given neutrinos: the parameter of interest is the number of one of them.

    Parameters
    ----------
    experiments : Experiment, or several of different names
    neutrinos : sequence of Neutrino, or Neutrino
        All of one nature and in one basis; as one object with matrices (n, 3, 3).
    parameters : iterable of str, optional
        What the neutrinos differ in: fluxes that matter for any of these parameters are nuisances; else those that
        matter for any of the neutrinos given.

    Raises
    ------
    NudipoleError
        As for `likelihood`.
    """
    many = neutrinos if isinstance(neutrinos, Neutrino) else _stacked(neutrinos)
    moved = None if parameters is None else [p for p in map(find, parameters) if p.scale is not None]
    return _joined(experiments, lambda experiment: _of_neutrinos(experiment, many, moved))


def strength(experiment: Experiment, process: str | None = None) -> Model:
    """Likelihood of the number of events of a process in units of the Standard Model's, fluxes as they are.

    Parameters
    ----------
    experiment : Experiment
    process : str, optional
        All processes together, unless given.

    Raises
    ------
    NudipoleError
        If there is no such process, or a background already contains the Standard Model's neutrinos.
    """
    if experiment.sm_in_background:
        message = f"{experiment.name}: the Standard Model's events are part of a background, not to be fitted"
        raise NudipoleError(message)
    if process is not None and process not in experiment.spec.named_processes:
        raise UnknownName(f"process of {experiment.name}", process, experiment.spec.named_processes)
    standard_model = neutrinos_of([{}])

    def coefficients(parts: Sequence[Part]) -> NDArray[np.float64]:
        counted = {name: counts[0] for name, counts in experiment.counted(parts, standard_model).items()}
        scaled = total(counted) if process is None else counted[process]
        return np.stack([total(counted) - scaled, scaled, np.zeros_like(scaled)])

    signal = varied(experiment, coefficients, {})
    return check(model_of(experiment, _polynomial(experiment, signal, "strength"), {}, "strength", -np.inf))


def moments(experiment: Experiment, normalisations: Mapping[str, float] | None = None) -> MomentLikelihood:
    """Likelihood of any dipole matrix lambda (flavour basis, mu_B) with backgrounds held, thousands a call.

    Parameters
    ----------
    experiment : Experiment
    normalisations : mapping of str to float, optional
        Factors of the backgrounds, for example `Limit.nuisances`, whose pulls are left out; 1 where not given. And
        coefficients of their shapes, 0 where not given.

    Raises
    ------
    UnknownName, NotANumber, ShapeError, OutOfRange
        For a name that is no nuisance of the experiment, or a factor that is not one finite number >= 0.
    """
    if not isinstance(experiment.statistic, Poisson):
        raise NudipoleError(f"{experiment.name}: matrices of moments are evaluated with Poisson bins only")
    norms = _factors(experiment, normalisations or {})
    counts = experiment.sm_counts
    fixed = np.zeros(counts.shape[1]) if experiment.sm_in_background else counts.sum(axis=0)
    background = sum((norms.get(b.name, 1.0) * np.asarray(b.counts) for b in experiment.backgrounds), fixed)
    coefficients = np.array([(normalisations or {}).get(name, 0.0) for name in shape_names(experiment)])
    background = background + sum(shaped(experiment, name, coefficients) for name in experiment.polynomials)
    return MomentLikelihood.from_response(experiment.dipole.sum(axis=0), background, experiment.observed)


def flux_axes(experiment: Experiment, parameters: Iterable[str]) -> dict[str, NDArray[np.float64]]:
    """Principal axes of the flux uncertainties that matter where these parameters are fitted, each beside zeros."""
    return that_matter(experiment, _of_each(experiment, [find(name) for name in parameters]))


def _factors(experiment: Experiment, normalisations: Mapping[str, float]) -> dict[str, float]:
    """Those of the backgrounds among the nuisances of a fit."""
    backgrounds = [b.name for b in experiment.backgrounds]
    known = [*backgrounds, *experiment.flux_shift, *(variation.name for variation in experiment.variations)]
    known += shape_names(experiment)
    for name in normalisations:
        if name not in known:
            raise UnknownName(f"nuisance of {experiment.name}", name, known)
    return {
        name: arguments.number(f"factor of {name}", normalisations[name], low=0.0)
        for name in backgrounds
        if name in normalisations
    }


def _of_parameter(
    experiment: Experiment, parameter: Parameter, three: Three, fluxes: Collection[str] | None = None
) -> Model:
    coefficients = _coefficients(experiment, parameter, three)
    nominal = coefficients(experiment.parts)
    axes = that_matter(experiment, nominal)
    if fluxes is not None:
        axes = {name: axis for name, axis in experiment.flux_shift.items() if name in fluxes}
    signal = _polynomial(experiment, varied(experiment, coefficients, axes, nominal), parameter.fitted)
    return check(model_of(experiment, signal, axes, parameter.fitted, parameter.lower))


def _of_neutrinos(experiment: Experiment, neutrinos: Neutrino, moved: Sequence[Parameter] | None) -> Model:
    def counts(parts: Sequence[Part]) -> NDArray[np.float64]:
        # (n, 1, component, bin): a polynomial of power zero each.
        found = total(experiment.counted(parts, neutrinos)) - _contained(experiment, parts)
        return found[:, None]

    nominal = counts(experiment.parts)
    seen = nominal[:, 0] if moved is None else _of_each(experiment, moved)
    axes = that_matter(experiment, seen)
    signal = ChosenSignal(varied(experiment, counts, axes, nominal).terms())
    return model_of(experiment, signal, axes, "neutrino", 0.0)


def _of_each(experiment: Experiment, parameters: Sequence[Parameter]) -> NDArray[np.float64]:
    """Coefficients of all these parameters, one below the other."""
    return np.concatenate([_coefficients(experiment, p, _three(p, {}))(experiment.parts) for p in parameters])


def _three(parameter: Parameter, beside: Mapping[str, float]) -> Three:
    """Along one parameter, others held."""

    def three(step: float) -> Neutrino:
        far = step * parameter.size
        return neutrinos_of([{parameter.name: value, **beside} for value in (0.0, far, -far)])

    return three


def _coefficients(experiment: Experiment, parameter: Parameter, three: Three) -> Counted:
    """Counts (3, component, bin) as coefficients of the powers 0, 1, 2 of the parameter of interest."""
    step = step_of(experiment, three)
    neutrinos = three(step)

    def of(parts: Sequence[Part]) -> NDArray[np.float64]:
        zero, plus, minus = total(experiment.counted(parts, neutrinos))
        fixed: NDArray[np.float64] = zero - _contained(experiment, parts)
        if parameter.squared:
            none = np.zeros_like(zero)
            return np.stack([none if experiment.sm_in_background else fixed, (plus - zero) / step**2, none])
        return np.stack([fixed, (plus - minus) / (2 * step), ((plus + minus) / 2 - zero) / step**2])

    return of


def step_of(experiment: Experiment, three: Three) -> float:
    """Where counts are compared to find their coefficients, in units of the size of a parameter; a power of two.

    The square counts about as much there as all the rest. Much nearer it is lost in the rounding of the rest, and far
    beyond so is the interference: a millicharge of 1e-13 e adds 1e-12 of the nuclear recoils that the weak charge does.
    """
    zero, plus, minus = total(experiment.counted(experiment.parts, three(FAR)))
    square, rest = float(np.max(np.abs((plus + minus) / 2 - zero))), float(np.max(np.abs(zero)))
    if not (square > 0 and rest > 0):
        return 1.0
    return float(FAR * 2.0 ** np.clip(np.round(np.log2(rest / square) / 2), -80, 0))


def _contained(experiment: Experiment, parts: Sequence[Part]) -> NDArray[np.float64]:
    """Counts (component, bin) that a background already contains: the Standard Model's, or none."""
    if not experiment.sm_in_background:
        return np.zeros(())
    (counts,) = total(experiment.counted(parts, neutrinos_of([{}])))
    return np.asarray(counts)


def varied(
    experiment: Experiment,
    counted: Counted,
    axes: Mapping[str, NDArray[np.float64]],
    nominal: NDArray[np.float64] | None = None,
    *,
    before: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]] = (),
) -> Coefficients:
    """Coefficients with the changes by the nuisances of the response, after those by others, up and down."""
    nominal = counted(experiment.parts) if nominal is None else nominal
    # Without a downward variation the change is mirrored, and the curvature zero.
    sides = list(before) + [
        (plus, 2 * nominal - plus if variation.minus is None else counted(variation.minus.parts))
        for variation in experiment.variations
        for plus in [counted(variation.plus.parts)]
    ]
    none = np.zeros((0, *nominal.shape))
    return Coefficients(
        nominal,
        np.reshape(list(axes.values()), (-1, nominal.shape[-2])),
        np.stack([(plus - minus) / 2 for plus, minus in sides]) if sides else none,
        np.stack([(plus + minus) / 2 - nominal for plus, minus in sides]) if sides else none,
    )


def _polynomial(experiment: Experiment, coefficients: Coefficients, name: str) -> NeutrinoSignal:
    """Signal of one parameter of interest.

    Raises
    ------
    NudipoleError
        If it changes no count.
    """
    if not np.any(coefficients.counts[1:]):
        parameter = name.removesuffix("^2")
        raise NoEffect(f"{parameter} changes no count of {experiment.name}: {_remedy(experiment, parameter)}")
    return NeutrinoSignal(coefficients.terms())


def _remedy(experiment: Experiment, parameter: str) -> str:
    """What to do where a parameter changes nothing in one experiment alone."""
    if parameter not in HEAVY:
        if experiment.beam.converted or parameter in conversion.CONVERSION:
            return conversion.remedy(experiment, parameter)
        return "limit another parameter, or take an experiment that sees it"
    if experiment.spec.heavy is None:
        return "name the mass of the heavy lepton, as in --heavy-mass 640keV or heavy_mass='640 keV'"
    return "no recoil of this mass, or none of this flavour, falls into its bins: choose another mass"


def model_of(
    experiment: Experiment,
    signal: Signal,
    axes: Mapping[str, NDArray[np.float64]],
    poi_name: str,
    lower: float,
    *,
    free: Sequence[str] = (),
    known: Sequence[str] = (),
) -> Model:
    """The model of an experiment with this signal, whose nuisances are the `free`, the `known`, those of the fluxes and
    those of the response."""
    before = [*free, *known, *axes]
    backgrounds = [_moved(experiment, background, len(before)) for background in experiment.backgrounds]
    fitted = sum(background.normalisation != "fixed" for background in backgrounds)
    reach = [REACH if variation.free else np.nan for variation in experiment.variations]
    simulated = () if experiment.template_errors is None else experiment.template_errors.nuisances
    free_shapes = shape_names(experiment)
    reach += [np.nan for _ in (*simulated, *free_shapes)]
    backgrounds += shapes(experiment, len(before) + len(experiment.variations) + len(simulated))
    mixed = [REACH if name in known else np.nan for name in before]
    highest = np.concatenate([np.full(fitted, np.nan), mixed, reach])
    return Model(
        experiment.observed,
        backgrounds,
        signal,
        signal_nuisances=[*before, *(v.name for v in experiment.variations), *simulated, *free_shapes],
        unconstrained=[*free, *(v.name for v in experiment.variations if v.free), *free_shapes],
        poi_name=poi_name,
        poi_lower=lower,
        statistic=experiment.statistic,
        limits=np.stack([-highest, highest]),
    )


def _moved(experiment: Experiment, background: Background, before: int) -> Background:
    """A background with what the nuisances of the experiment make of it, which follow others."""
    name, nominal = background.name, np.asarray(background.counts)
    simulated, varied_by = experiment.template_errors, len(experiment.variations)
    own = simulated is not None and name in simulated.backgrounds
    if not own and not any(
        name in side.backgrounds for v in experiment.variations for side in (v.plus, v.minus) if side
    ):
        return background
    bins = np.zeros(0, int) if simulated is None else np.flatnonzero(simulated.relative)
    shifts = np.zeros((2, before + varied_by + len(bins) + len(shape_names(experiment)), nominal.size))
    for k, variation in enumerate(experiment.variations, start=before):
        plus = variation.plus.backgrounds.get(name, nominal)
        minus = 2 * nominal - plus if variation.minus is None else variation.minus.backgrounds.get(name, nominal)
        shifts[:, k] = (plus - minus) / 2, (plus + minus) / 2 - nominal
    if simulated is not None and own:
        shifts[0, before + varied_by + np.arange(len(bins)), bins] = (nominal * simulated.relative)[bins]
    return Background(name, nominal, background.normalisation, background.width, shifts)


def that_matter(experiment: Experiment, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Axes with a share of the largest effect on counts (n, component, bin), for any of the n."""
    axes = experiment.flux_shift
    shift = np.reshape(list(axes.values()), (-1, counts.shape[1]))
    effect = np.abs(shift) @ np.abs(counts).sum(axis=2).T
    matters = np.any(effect > _NEGLIGIBLE * np.max(effect, axis=0, initial=0), axis=1)
    return {name: axis for k, (name, axis) in enumerate(axes.items()) if matters[k]}


def _stacked(neutrinos: Sequence[Neutrino]) -> Neutrino:
    """Many neutrinos of one kind with matrices (n, 3, 3)."""
    kinds = {(neutrino.nature, neutrino.basis) for neutrino in neutrinos}
    if len(kinds) != 1:
        raise NudipoleError("neutrinos of one call must have one nature and one basis, and there must be one at least")
    made: Neutrino = jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *neutrinos)
    return made


def _joined(
    experiments: Experiment | Iterable[Experiment], model: Callable[[Experiment], Model], parameter: str = "neutrino"
) -> Model:
    """One likelihood of the models of the experiments; that of one experiment keeps its own names.

    Raises
    ------
    NoEffect
        With those to leave out, where the parameter changes counts of others.
    """
    found = listed(experiments)
    if len(found) == 1:
        return model(found[0])
    models: dict[str, Model] = {}
    blind: dict[str, NoEffect] = {}
    for experiment in found:
        try:
            models[experiment.name] = model(experiment)
        except NoEffect as fault:
            blind[experiment.name] = fault
    if not blind:
        return joint(models, in_common(found, models))
    names = " and ".join(blind)
    if models:
        raise NoEffect(f"{parameter} changes no count of {names}: leave out {names}, or limit another parameter")
    first, *others = blind.values()
    remedy = str(first).partition(": ")[2]
    raise NoEffect(f"{parameter} changes no count of {names}: {remedy}") if others else first


def in_common(experiments: Sequence[Experiment], models: Mapping[str, Model]) -> set[str]:
    """Names of the nuisances of these models that are one and the same in all experiments that have them.

    Raises
    ------
    NudipoleError
        If experiments disagree about one.
    """
    shared = {name for experiment in experiments for name in _shared(experiment)}
    for name in shared:
        silent = [e.name for e in experiments if name in models[e.name].nuisances and name not in _shared(e)]
        if silent:
            message = f"{silent[0]} has a nuisance {name} but does not list it as shared, as another experiment does"
            raise NudipoleError(f"{message}: add it there, or rename one")
    for name, first, other in _different_fluxes(experiments, shared):
        remedy = "give both sources one relative_error and one flux_uncertainty"
        raise NudipoleError(f"{name} is not the same in {first} and {other}: {remedy}")
    return {name for name in shared if any(name in model.nuisances for model in models.values())}


def _shared(experiment: Experiment) -> set[str]:
    """Names of the nuisances that mean the same in other experiments."""
    source, fluxes = experiment.spec.source, list(experiment.flux_shift)
    former = getattr(source, "site", source.kind)
    listed = {renamed(name, source.flux_name, former, fluxes) for name in experiment.spec.shared}
    own = {*listed, *(fluxes if source.kind == "solar" else ())}
    more = {name for name, shared in experiment.sharing.items() if shared}
    return (own | more) - {name for name, shared in experiment.sharing.items() if not shared}


def _different_fluxes(experiments: Sequence[Experiment], shared: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Shared fluxes whose axes differ, each with two experiments that do not agree."""
    seen: dict[str, Experiment] = {}
    for experiment in experiments:
        for name, axis in experiment.flux_shift.items():
            first = seen.setdefault(name, experiment)
            other = first.flux_shift[name]
            if name in shared and not (axis.shape == other.shape and np.allclose(axis, other, atol=1e-12)):
                yield name, first.name, experiment.name

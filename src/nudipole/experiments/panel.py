"""Given neutrinos against many experiments: folded once, any matrix of moments costs a contraction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole.errors import NoEffect
from nudipole.experiments.build.parts import Part
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.experiment import Experiment, total
from nudipole.experiments.features import MOMENT, GivenMoments, dipole_basis, unmixed
from nudipole.experiments.likelihood import in_common, likelihood, model_of, that_matter, varied
from nudipole.experiments.signal import PropertySignal
from nudipole.kept import compiled
from nudipole.models import neutrinos_of
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino
from nudipole.statistics import Gaussian, LinearSignal, Model
from nudipole.statistics.blocks import Blocks

Numbers = NDArray[np.float64]

#: Of moments alone, whose square is fitted.
STRENGTH = "strength^2"
#: Share of the parts of a sum that is rounding.
_ROUNDING = 1e-9
#: Neutrinos evaluated at once.
_CHUNK = 2048


@dataclass(frozen=True)
class Panel:
    """Experiments and published limits that neutrinos are tested against.

    Attributes
    ----------
    experiments : tuple of Experiment
        All folded with the oscillation parameters of the neutrinos.
    constraints : tuple of Constraint
    pmns : (3, 3)
        Relates the bases of neutrinos and experiments.

    Examples
    --------
    >>> import nudipole as nd
    >>> panel = Panel((nd.load("lampf"),), (), np.eye(3, dtype=complex))
    >>> blocks = panel.blocks(nd.Neutrino.dirac(basis="flavour", magnetic=np.diag([1e-9, 0, 0])))
    >>> blocks.names
    ('strength^2',)
    """

    experiments: tuple[Experiment, ...]
    constraints: tuple[Constraint, ...]
    pmns: NDArray[np.complex128]

    def blocks(self, neutrino: Neutrino) -> Blocks:
        """Joint likelihood of the strength of a neutrino: its square of moments alone, else with a sign.

        Raises
        ------
        NoEffect
            If it changes no count of any experiment.
        """
        models = dict(self._of_moments(neutrino)) if not neutrino.interferes else self._of_any(neutrino)
        if not models:
            raise NoEffect("the neutrino changes no count of any of the experiments")
        found = [experiment for experiment in self.experiments if experiment.name in models]
        return Blocks(models, in_common(found, models))

    def alone(self, neutrino: Neutrino, name: str) -> Blocks | None:
        """The same of one experiment or published limit; None where the neutrino changes nothing."""
        experiments = tuple(one for one in self.experiments if one.name == name)
        constraints = tuple(one for one in self.constraints if one.name == name)
        part = replace(self, experiments=experiments, constraints=constraints)
        part.__dict__["_models"] = {key: value for key, value in self._models.items() if key == name}
        try:
            return part.blocks(neutrino)
        except NoEffect:
            return None

    @cached_property
    def _models(self) -> dict[str, Model]:
        """Models of moments, whose matrix is a leaf to be replaced."""
        found = {}
        for experiment in self.experiments:
            model = _of_moments(experiment)
            if model is not None:
                found[experiment.name] = model
        return found

    def _of_moments(self, neutrino: Neutrino) -> dict[str, Model]:
        flavour, mass = self.operators(np.asarray(neutrino.to_flavour(self.pmns).lam)[None])
        found = {}
        for experiment in self.experiments:
            own = mass if experiment.flight is None else flavour
            model = self._models.get(experiment.name)
            if model is not None and _seen(model, own[0]):
                found[experiment.name] = eqx.tree_at(lambda m: m.signal.features, model, GivenMoments(own[0]))
        return found | self._constrained(flavour[0], mass[0], 0.0)

    def _of_any(self, neutrino: Neutrino) -> dict[str, Model]:
        found = {}
        for experiment in self.experiments:
            try:
                found[experiment.name] = likelihood(experiment, neutrino)
            except NoEffect:
                continue
        if np.any(np.asarray(neutrino.lam)):
            flavour, mass = self.operators(np.asarray(neutrino.to_flavour(self.pmns).lam)[None])
            found |= self._constrained(flavour[0], mass[0], -np.inf)
        return found

    def _constrained(self, flavour: Numbers, mass: Numbers, lower: float) -> dict[str, Model]:
        found = {}
        for one in self.constraints:
            square = float(one.form() @ (mass if one.in_mass else flavour))
            if square > 0:
                signal = LinearSignal([square]) if lower == 0 else _Square(np.array([square]))
                name = STRENGTH if lower == 0 else "strength"
                found[one.name] = Model(
                    [one.value], [], signal, statistic=Gaussian([one.error]), poi_name=name, poi_lower=lower
                )
        return found

    def operators(self, lam: NDArray[np.complex128]) -> tuple[Numbers, Numbers]:
        """Dipole features (n, 9) of matrices (n, 3, 3) in the flavour basis [mu_B]: in flavour, in mass."""
        scaled = lam / MOMENT
        operator = scaled.conj().transpose(0, 2, 1) @ scaled
        U = self.pmns
        return _packed(operator), _packed(U.conj().T @ operator @ U)

    def counts_beyond(self, neutrino: Neutrino) -> dict[str, float]:
        """Events, or what the data are in, that the neutrino adds to the Standard Model in every experiment."""
        return {one.name: float(one.signal_counts(neutrino).sum()) for one in self.experiments}

    def chi2(self, lam: NDArray[np.complex128]) -> Numbers:
        """chi2 (n, e) of many matrices of moments, nuisances held where they fit best without moments.

        Parameters
        ----------
        lam : (n, 3, 3)
            mu - i epsilon in the flavour basis [mu_B].

        Returns
        -------
        (n, e)
            Of every experiment and every published limit, in order, auxiliary measurements left out.
        """
        flavour, mass = self.operators(np.asarray(lam, complex))
        columns = []
        for experiment in self.experiments:
            own = mass if experiment.flight is None else flavour
            if experiment.name not in self._held:
                columns.append(np.zeros(len(lam)))
                continue
            model, fixed, form = self._held[experiment.name]
            parts = [_chi2(model, fixed, form, own[k : k + _CHUNK]) for k in range(0, len(own), _CHUNK)]
            columns.append(np.concatenate([np.asarray(part) for part in parts]))
        for one in self.constraints:
            square = (mass if one.in_mass else flavour) @ one.form()
            columns.append(((square - one.value) / one.error) ** 2)
        return np.stack(columns, axis=1)

    @cached_property
    def _held(self) -> dict[str, tuple[Any, Numbers, Numbers]]:
        """Of every experiment statistic and data, what is expected without moments, and per dipole feature (9, b)."""
        found = {}
        blocks = Blocks(self._models, in_common(self._with_moments, self._models))
        best = blocks.minimise(blocks.start(), fixed=[STRENGTH])
        for experiment in self._with_moments:
            model = self._models[experiment.name]
            x = best.x[blocks.which[experiment.name]]

            def expected(row: Numbers, model: Model = model, x: Numbers = x) -> Numbers:
                given = eqx.tree_at(lambda m: m.signal.features, model, GivenMoments(row))
                return np.asarray(_expected(given, np.concatenate([[1.0], x[1:]])))

            fixed = expected(np.zeros(9))
            form = np.stack([expected(row) - fixed for row in np.eye(9)])
            found[experiment.name] = ((model.statistic, model.observed), fixed, form)
        return found

    @property
    def _with_moments(self) -> list[Experiment]:
        return [experiment for experiment in self.experiments if experiment.name in self._models]


class _Square(eqx.Module):
    """A count proportional to the square of the parameter of interest."""

    count: Float[Any, " 1"]

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " 0"]) -> Float[Array, " 1"]:
        return poi**2 * jnp.asarray(self.count)


@compiled
def _expected(model: Model, x: Any) -> Float[Array, " b"]:
    return model.expected(x[0], x[1:])


@compiled
def _chi2(data: Any, fixed: Any, form: Any, features: Any) -> Float[Array, " n"]:
    statistic, observed = data
    found: Float[Array, " n"] = jax.vmap(lambda row: statistic.deviance(observed, fixed + row @ form))(features)
    return found


def _seen(model: Model, own: Numbers) -> bool:
    """Whether these features change a count by more than rounding."""
    form = np.asarray(model.signal.terms)[0, 0, 1:]  # type: ignore[attr-defined]
    return bool(np.any(np.abs(own @ form) > _ROUNDING * (np.abs(own) @ np.abs(form))))


def _packed(operators: NDArray[np.complex128]) -> Numbers:
    diagonal = np.einsum("nii->ni", operators).real
    above = np.stack([operators[:, 0, 1], operators[:, 0, 2], operators[:, 1, 2]], axis=1)
    return np.concatenate([diagonal, above.real, above.imag], axis=1)


def _of_moments(experiment: Experiment) -> Model | None:
    """The model of the squared strength of moments; None where none of them changes a count."""
    in_mass = experiment.flight is None

    def counted(parts: Sequence[Part]) -> Numbers:
        zero = total(experiment.counted(parts, neutrinos_of([{}])))[0]
        moments = unmixed(total(experiment.counted(parts, dipole_basis(in_mass))) - zero)
        fixed = np.zeros_like(zero) if experiment.sm_in_background else zero
        return np.stack([fixed, *moments])

    nominal = counted(experiment.parts)
    if not np.any(nominal[1:]):
        return None
    axes = that_matter(experiment, nominal)
    signal = PropertySignal(varied(experiment, counted, axes, nominal).terms(), GivenMoments(np.zeros(9)))
    return model_of(experiment, signal, axes, STRENGTH, 0.0)

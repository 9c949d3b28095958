r"""Many parameters of many experiments: a sum of likelihoods that share some of them, minimised block by block.

.. math:: \chi^2(x) = \sum_e D_e(x_e) + \sum_k (x_k - x_{\mathrm{aux},k})^2

Every experiment e sees a few of all parameters, its block :math:`x_e`. Derivatives are taken block by block and added
at their places, so that a hundred parameters of twenty experiments cost no more than each experiment alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float
from numpy.typing import NDArray

from nudipole.errors import UnknownName
from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.parallel import one_thread_of_blas
from nudipole.statistics.bins import WALLS
from nudipole.statistics.combination import occurrences
from nudipole.statistics.fit import starting_nuisances
from nudipole.statistics.likelihood import Model, asimov, bounds

Numbers = NDArray[np.float64]

#: Walls that a minimisation goes through, from soft to hard.
_STAGES = (WALLS[0], WALLS[2], WALLS[-1])
#: Predicted decreases of chi2 at which a stage and a minimisation end, and at which it counts as converged.
_STAGE, _STOP, _CONVERGED = 1e-4, 1e-10, 1e-8
#: Decreases below this share of chi2 are rounding.
_ROUNDING = 1e-14
_DAMPING_START, _DAMPING_MAX = 1e-3, 1e16
#: Least curvature, of parameters scaled to one.
_FLAT = 1e-10
#: Curvatures below are rounding, of what the data do not see: scaled to one it would lead away without end.
_NOTHING = 1e-12
_MOST_STEPS = 300


class Minimum(NamedTuple):
    """Where a minimisation ended.

    Attributes
    ----------
    x : (p,)
        All parameters, in the order of `Blocks.names`.
    chi2 : float
        +inf where the data are impossible.
    hessian : (p, p)
        Of chi2.
    converged : bool
    steps : int
    """

    x: Numbers
    chi2: float
    hessian: Numbers
    converged: bool
    steps: int


class Blocks:
    """The joint likelihood of several models.

    Parameters
    ----------
    models : mapping of str to Model
        By name; all with one parameter of interest.
    shared : collection of str
        Names of nuisances that are one and the same wherever they occur; every other is called "model/nuisance".

    Attributes
    ----------
    names : tuple of str
        Of all parameters, the parameter of interest first.
    auxiliary : (p,)
        Observed values of auxiliary measurements; NaN of parameters that have none.
    lower, upper : (p,)

    Raises
    ------
    UnknownName, NudipoleError
        As for `nudipole.statistics.joint`.

    Examples
    --------
    Two measurements of one number, each with a background of its own:

    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> near = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> far = Model([9, 9], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([2, 1]))
    >>> both = Blocks({"near": near, "far": far})
    >>> both.names
    ('poi', 'near/flat', 'far/flat')
    >>> found = both.minimise(both.start())
    >>> print(f"{found.x[0]:.2f}, chi2 = {found.chi2:.2f}")
    0.81, chi2 = 0.48
    """

    def __init__(self, models: Mapping[str, Model], shared: Collection[str] = ()) -> None:
        # A shared parameter keeps its name where one model alone has it.
        found = {
            ones[0].name if ones[0].name in shared else name: ones for name, ones in occurrences(models, shared).items()
        }
        first = next(iter(models.values()))
        self.models, self.shared = dict(models), frozenset(shared)
        self.names = (first.poi_name, *found)
        place = {(one.experiment, one.name): k for k, ones in enumerate(found.values(), start=1) for one in ones}
        self.which = {
            name: np.array([0, *(place[name, nuisance] for nuisance in model.nuisances)])
            for name, model in models.items()
        }
        self.auxiliary = np.array(
            [np.nan, *(ones[0].auxiliary if ones[0].constrained else np.nan for ones in found.values())]
        )
        self.lower, self.upper = np.full(len(self.names), -np.inf), np.full(len(self.names), np.inf)
        self.lower[0] = first.poi_lower
        for name, model in models.items():
            own = self.which[name][1:]
            self.lower[own], self.upper[own] = bounds(model)
        self._flat = {name: _flat(model) for name, model in models.items()}
        self._alike = _alike(self._flat, self.which)

    @cached_property
    def index(self) -> dict[str, int]:
        """Places of the parameters by name."""
        return {name: k for k, name in enumerate(self.names)}

    def places(self, names: Iterable[str]) -> NDArray[np.intp]:
        """Places of some parameters.

        Raises
        ------
        UnknownName
            If one is none of these.
        """
        wanted = list(names)
        for name in wanted:
            if name not in self.index:
                raise UnknownName("parameter of the fit", name, self.names)
        return np.array([self.index[name] for name in wanted], dtype=np.intp)

    def start(self, values: Mapping[str, float] | None = None) -> Numbers:
        """Parameters (p,) to start from: nuisances as measured, the rest 0 or as given."""
        x = np.zeros(len(self.names))
        for name, model in self.models.items():
            x[self.which[name][1:]] = starting_nuisances(model)
        x = np.where(np.isnan(self.auxiliary), x, self.auxiliary)
        for place, value in zip(self.places(values or {}), (values or {}).values(), strict=True):
            x[place] = value
        return x

    def chi2(self, x: Numbers) -> float:
        """-2 ln L relative to the saturated model; +inf where the data are impossible."""
        parts = self.by_model(x)
        return float(sum(parts.values()) + self._penalty(x))

    def by_model(self, x: Numbers) -> dict[str, float]:
        """What every model adds to `chi2`, without auxiliary measurements."""
        return {name: float(_deviance(*self._flat[name], np.asarray(x)[which])) for name, which in self.which.items()}

    def shares(self, x: Numbers) -> dict[str, float]:
        """The same, with all auxiliary measurements as "pulls": what `chi2` is the sum of."""
        return self.by_model(x) | {"pulls": self._penalty(x)}

    def expected(self, x: Numbers) -> dict[str, Numbers]:
        """Expectation (b,) of every model."""
        return {
            name: np.asarray(_expected(*self._flat[name], np.asarray(x)[which])) for name, which in self.which.items()
        }

    def gradient(self, x: Numbers) -> tuple[float, Numbers]:
        """Value and gradient (p,) of chi2, continued smoothly to where the data are impossible."""
        value, gradient = self._penalty(x), self._penalty_slope(x)
        for structure, leaves, which in self._alike:
            own, slopes = _sloped(structure, leaves, np.asarray(x)[which], WALLS[-1])
            value += float(np.sum(own))
            np.add.at(gradient, which, np.asarray(slopes))
        return value, gradient

    def curved(self, x: Numbers, wall: float = WALLS[-1]) -> tuple[float, Numbers, Numbers]:
        """Value, gradient (p,) and Hessian (p, p) of chi2, continued smoothly to where the data are impossible."""
        value, gradient = self._penalty(x), self._penalty_slope(x)
        hessian = np.diag(np.where(np.isnan(self.auxiliary), 0.0, 2.0))
        for structure, leaves, which in self._alike:
            own, slopes, curvatures = _curved(structure, leaves, np.asarray(x)[which], np.float64(wall))
            value += float(np.sum(own))
            np.add.at(gradient, which, np.asarray(slopes))
            for places, block in zip(which, np.asarray(curvatures), strict=True):
                hessian[np.ix_(places, places)] += block
        return value, gradient, hessian

    def traced(self) -> Callable[[Float[Array, " p"]], Float[Array, ""]]:
        """chi2 as a function that JAX can trace, continued smoothly to where the data are impossible."""
        known = ~np.isnan(self.auxiliary)
        measured = np.where(known, self.auxiliary, 0.0)

        def value(x: Float[Array, " p"]) -> Float[Array, ""]:
            total = jnp.sum(jnp.where(known, (x - measured) ** 2, 0.0))
            for name, which in self.which.items():
                structure, leaves = self._flat[name]
                total = total + _value(jax.tree.unflatten(structure, leaves), x[which], jnp.asarray(WALLS[-1]))
            return total

        return value

    def information(self, x: Numbers) -> tuple[dict[str, Numbers], Numbers]:
        r"""Fisher information (p, p) of every model, and that of the auxiliary measurements, of data that are expected.

        .. math:: F_e = J^T \frac{D''}{2} J, \qquad J = \partial n / \partial x

        which is half the Hessian of its deviance where data equal expectation, see `asimov`.
        """
        found = {}
        for name, which in self.which.items():
            ((structure, leaves, places),) = _alike({name: self._flat[name]}, {name: which})
            found[name] = np.zeros((len(x), len(x)))
            curvature = _curved(structure, leaves, x[places], np.float64(WALLS[-1]))[2][0]
            found[name][np.ix_(which, which)] = np.asarray(curvature) / 2
        return found, np.diag(np.where(np.isnan(self.auxiliary), 0.0, 1.0))

    def _penalty(self, x: Numbers) -> float:
        return float(np.nansum((x - self.auxiliary) ** 2))

    def _penalty_slope(self, x: Numbers) -> Numbers:
        slopes: Numbers = np.nan_to_num(2 * (x - self.auxiliary))
        return slopes

    def minimise(self, x0: Numbers, *, fixed: Iterable[str] = (), most: int = _MOST_STEPS) -> Minimum:
        r"""The local minimum that a start leads to, by damped Newton steps with an active set.

        .. math:: \delta x_F = -\big(|H_{FF}| + \lambda\,\mathrm{diag}|H_{FF}|\big)^{-1} g_F

        on the parameters F that are neither fixed nor held at a bound; |H| has the absolute eigenvalues of the scaled
        Hessian, so that steps lead away from saddle points.

        Parameters
        ----------
        x0 : (p,)
        fixed : iterable of str
            Parameters that stay where they are.
        most : int
            Steps after which it is given up: the minimum is then not converged.

        Returns
        -------
        Minimum

        References
        ----------
        Levenberg, Quart. Appl. Math. 2 (1944) 164; Bertsekas, SIAM J. Control Optim. 20 (1982) 221
        """
        start = np.clip(np.asarray(x0, dtype=float), self.lower, self.upper)
        with one_thread_of_blas():
            found = self._minimise(start, fixed, _STAGES[-1:], most)
            # Soft walls lead around what a hard one stops: counts that would turn negative.
            return found if found.converged and np.isfinite(found.chi2) else self._minimise(start, fixed, _STAGES, most)

    def _minimise(self, x: Numbers, fixed: Iterable[str], stages: Sequence[float], most: int) -> Minimum:
        still = np.zeros(len(x), dtype=bool)
        still[self.places(fixed)] = True
        steps, converged = 0, False
        hessian = np.zeros((len(x), len(x)))
        for wall in stages:
            last = wall == _STAGES[-1]
            value, gradient, hessian = self.curved(x, wall)
            damping = 0.0
            while True:
                move, decrease = self._step(x, gradient, hessian, damping, still)
                enough = max(_STOP if last else _STAGE, _ROUNDING * abs(value))
                if decrease <= enough or steps >= most or damping > _DAMPING_MAX:
                    break
                trial = np.clip(x + move, self.lower, self.upper)
                ahead, slope, curvature = self.curved(trial, wall)
                steps += 1
                sound = np.isfinite(ahead) and np.all(np.isfinite(curvature))
                if sound and ahead <= value + 1e-15 * abs(value):
                    x, value, gradient, hessian = trial, ahead, slope, curvature
                    damping = damping / 10 if damping > _DAMPING_START else 0.0
                else:
                    damping = max(10 * damping, _DAMPING_START)
            converged = decrease < _CONVERGED or (damping > _DAMPING_MAX and decrease < 1e-6)
        return Minimum(x, self.chi2(x), hessian, bool(converged), steps)

    def _step(
        self, x: Numbers, gradient: Numbers, hessian: Numbers, damping: float, still: NDArray[np.bool_]
    ) -> tuple[Numbers, float]:
        """A step, and the decrease of chi2 that it predicts."""
        held = still | ((x <= self.lower) & (gradient >= 0)) | ((x >= self.upper) & (gradient <= 0))
        free = np.flatnonzero(~held)
        block = hessian[np.ix_(free, free)]
        diagonal = np.abs(np.diag(block))
        scale = np.where(diagonal < _NOTHING, 1.0, np.sqrt(diagonal))
        curvature, axes = np.linalg.eigh(block / np.outer(scale, scale))
        size = np.maximum(np.abs(curvature), _FLAT)
        along = axes.T @ (gradient[free] / scale)
        move = np.zeros_like(x)
        move[free] = -(axes @ (along / (size + damping))) / scale
        return move, float(np.sum(along**2 / size) / 2)

    def only(self, names: Iterable[str]) -> Blocks:
        """Some of the models, with the parameters that they have."""
        models = {name: self.models[name] for name in names}
        found = {nuisance for model in models.values() for nuisance in model.nuisances}
        made = Blocks(models, self.shared & found)
        places = self.places(name for name in made.names if name in self.index)
        here = made.places(self.names[place] for place in places)
        made.lower[here], made.upper[here] = self.lower[places], self.upper[places]
        return made

    def beside(self, name: str, model: Model) -> Blocks:
        """The same with one more model, all of whose nuisances the others have."""
        made = Blocks.__new__(Blocks)
        made.__dict__.update(self.__dict__)
        made.models = self.models | {name: model}
        made.which = self.which | {name: self.places([model.poi_name, *model.nuisances])}
        made._flat = self._flat | {name: _flat(model)}
        made._alike = [*self._alike, *_alike({name: made._flat[name]}, made.which)]
        return made

    def asimov(self, x: Numbers) -> Blocks:
        """The same with data equal to the expectation at `x`, auxiliary measurements too."""
        made = Blocks.__new__(Blocks)
        made.__dict__.update(self.__dict__)
        made.models = {
            name: asimov(model, x[0], np.asarray(x)[self.which[name][1:]]) for name, model in self.models.items()
        }
        made._flat = {name: _flat(model) for name, model in made.models.items()}
        made._alike = _alike(made._flat, made.which)
        made.auxiliary = np.where(np.isnan(self.auxiliary), np.nan, x)
        return made


def _flat(model: Model) -> tuple[Any, list[Any]]:
    """Structure and arrays of a model: what is compiled for one serves all of its structure, with little ado."""
    leaves, structure = jax.tree.flatten(model.unnamed())
    return structure, [jnp.asarray(leaf) for leaf in leaves]


def _alike(
    flat: Mapping[str, tuple[Any, list[Any]]], which: Mapping[str, NDArray[np.intp]]
) -> list[tuple[Any, list[Any], NDArray[np.intp]]]:
    """Structure, leaves and places of models, stacked where these are of one size: a call costs more than its work."""
    groups: dict[Any, list[str]] = {}
    for name, (structure, leaves) in flat.items():
        groups.setdefault((structure, tuple((leaf.shape, leaf.dtype) for leaf in leaves)), []).append(name)
    return [
        (
            structure,
            [jnp.asarray(np.stack(parts)) for parts in zip(*(flat[name][1] for name in names), strict=True)],
            np.stack([which[name] for name in names]),
        )
        for (structure, _), names in groups.items()
    ]


def _value(model: Model, x: Float[Array, " q"], wall: Float[Array, ""]) -> Float[Array, ""]:
    return model.statistic.deviance(model.observed, model.expected(x[0], x[1:]), wall)


@compiled
def _expected(structure: Any, leaves: list[Any], x: Float[Array, " q"]) -> Float[Array, " b"]:
    model: Model = jax.tree.unflatten(structure, leaves)
    return model.expected(x[0], x[1:])


@compiled
def _deviance(structure: Any, leaves: list[Any], x: Float[Array, " q"]) -> Float[Array, ""]:
    model: Model = jax.tree.unflatten(structure, leaves)
    expected = model.expected(x[0], x[1:])
    physical: Bool[Array, ""] = model.physical(expected)
    return jnp.where(physical, model.statistic.deviance(model.observed, expected), jnp.inf)


@compiled
def _sloped(
    structure: Any, leaves: list[Any], x: Float[Array, "n q"], wall: Float[Array, ""]
) -> tuple[Float[Array, " n"], Float[Array, "n q"]]:
    def one(leaves: list[Any], x: Float[Array, " q"]) -> tuple[Float[Array, ""], Float[Array, " q"]]:
        model: Model = jax.tree.unflatten(structure, leaves)
        return jax.value_and_grad(lambda y: _value(model, y, wall))(x)

    return jax.vmap(one)(leaves, x)


@compiled
def _curved(
    structure: Any, leaves: list[Any], x: Float[Array, "n q"], wall: Float[Array, ""]
) -> tuple[Float[Array, " n"], Float[Array, "n q"], Float[Array, "n q q"]]:
    def one(
        leaves: list[Any], x: Float[Array, " q"]
    ) -> tuple[Float[Array, ""], Float[Array, " q"], Float[Array, "q q"]]:
        model: Model = jax.tree.unflatten(structure, leaves)
        both = jax.value_and_grad(lambda y: _value(model, y, wall))
        (value, gradient), (_, hessian) = jax.vmap(
            lambda tangent: jax.jvp(both, (x,), (tangent,)), out_axes=((None, None), (0, 0))
        )(jnp.eye(x.size))
        return value, gradient, hessian

    return jax.vmap(one)(leaves, x)

"""Ensembles of toys: test statistics and best fits of data drawn from a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nudipole.errors import NudipoleError
from nudipole.experiments.likelihood import likelihood
from nudipole.models import find
from nudipole.numerics import jax
from nudipole.scans.chunks import Chunks
from nudipole.scans.description import Description
from nudipole.scans.work import CONVERGED, FAILED, MISSING, REFITTED, STATUS, Numbers, Variable, Work
from nudipole.statistics import Model, asimov, check, profile
from nudipole.statistics.toys.batch import Batch, ToyFits
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, draw, seeded

#: Toys of a chunk, a few tenths of a second of work: what is lost at most when a worker dies.
TOYS = 5 * CHUNK


class Ensembles(Work):
    r"""Toys at every value of one parameter, with nuisances at their conditional best fit to the data.

    .. math:: t = \chi^2(\mu, \hat{\hat\eta}) - \chi^2(\hat\mu, \hat\eta), \qquad
              q = t\ \mathrm{if}\ \hat\mu \le \mu\ \mathrm{else}\ 0

    with :math:`\mu` the tested value. Toys are drawn `CHUNK` at a time: the k-th lot at point i with the seed
    (seed, i, k), whatever the chunk of the work it is in.

    References
    ----------
    Cowan:2010js Eqs. (11), (16)
    """

    def __init__(self, description: Description) -> None:
        super().__init__(description)
        ((self.parameter, axis),) = description.parameters.items()
        self.quantity = find(self.parameter)
        self.model = likelihood(self.experiments, self.parameter)
        self.batch = Batch(self.model)
        self.tested = np.array([self._poi(value) for value in description.tested or axis.values])
        poi = np.array([self._poi(value) for value in axis.values])
        self.truths = [Hypothesis(float(x), eta) for x, eta in zip(poi, profile(self.model, poi).eta, strict=True)]
        for truth in self.truths:
            check(asimov(self.model, truth.poi, truth.eta))  # nothing can be drawn from negative counts
        n = description.toys
        self.chunks = Chunks((len(poi), n), (1, min(TOYS, -(-n // CHUNK) * CHUNK)))
        self.dimensions = (self.parameter, "toy")
        of_fit = {"long_name": f"best fit of {self.quantity.fitted}", "units": self.quantity.fitted_unit}
        self.variables = {
            "t": Variable("float64", np.nan, {"long_name": "chi2 at the tested value minus least chi2", "units": "1"}),
            "q": Variable("float64", np.nan, {"long_name": "t, zero for best fits above the tested", "units": "1"}),
            "best_fit": Variable("float64", np.nan, of_fit),
            "status": Variable("uint8", MISSING, dict(STATUS)),
        }

    def record(self) -> dict[str, Any]:
        """With the number of toys that share a seed."""
        return super().record() | {"toys_of_a_seed": CHUNK}

    def inputs(self) -> Iterable[Model]:
        """The model, and its data drawn without scatter from every truth."""
        return [self.model, *(asimov(self.model, truth.poi, truth.eta) for truth in self.truths)]

    def coordinates(self) -> dict[str, tuple[Numbers, dict[str, Any]]]:
        """The tested values, and how far they lie from the boundary."""
        ((_, axis),) = self.description.parameters.items()
        tested = np.array(self.description.tested or axis.values)
        return {
            "tested": (tested, {"long_name": f"tested {self.parameter}", "units": axis.unit}),
            "m": (
                _distances(self.model, self.tested),
                {"long_name": "distance of the tested value from the boundary in standard deviations", "units": "1"},
            ),
        }

    def compute(self, number: int) -> dict[str, Numbers]:
        """Draw and fit the toys of a chunk."""
        (point, _), (_, toys) = self.chunks.place(number), self.chunks.region(number)
        truth, tested = self.truths[point], float(self.tested[point])
        first, last = toys.start // CHUNK, -(-toys.stop // CHUNK)
        parts = [self._fitted(truth, tested, seeded(self.description.seed, point, k)) for k in range(first, last)]
        size = toys.stop - toys.start
        t, poi, status = (np.concatenate(column)[:size] for column in zip(*parts, strict=True))
        # A toy that could not be fitted has no best fit, above the tested value or below.
        q = np.where(poi > tested, 0.0, t)
        found = {"t": t, "q": q, "best_fit": self.quantity.power(poi), "status": status}
        return {name: values[None] for name, values in found.items()}

    def _poi(self, value: float) -> float:
        """A value of the parameter as parameter of interest of the fit."""
        return float(self.quantity.poi(value))

    def _fitted(
        self, truth: Hypothesis, tested: float, random: np.random.Generator
    ) -> tuple[Numbers, Numbers, Numbers]:
        """t, best fit and status of `CHUNK` toys."""
        toys = draw(self.model, truth, CHUNK, random)
        held = _fits(self.batch, toys, tested, np.concatenate([[tested], truth.eta]))
        free = _fits(self.batch, toys, None, np.where(np.isnan(held.x), truth.poi, held.x))
        t = np.maximum(held.chi2 - free.chi2, 0.0)
        status = np.where(held.careful | free.careful, REFITTED, CONVERGED)
        return t, free.x[:, 0], np.where(np.isfinite(t), status, FAILED).astype(np.uint8)


def _fits(batch: Batch, toys: Toys, poi: float | None, start: Numbers) -> ToyFits:
    """As `Batch.fit`; one that no minimiser can do is NaN and takes no other along."""
    try:
        return batch.fit(toys, poi, start=start)
    except NudipoleError:
        starts = np.broadcast_to(start, (len(toys), start.shape[-1]))
        single = [_fit(batch, _toy(toys, k), poi, starts[k : k + 1]) for k in range(len(toys))]
        return ToyFits(*(np.concatenate(column) for column in zip(*single, strict=True)))


def _fit(batch: Batch, toy: Toys, poi: float | None, start: Numbers) -> ToyFits:
    try:
        return batch.fit(toy, poi, start=start)
    except NudipoleError:
        return ToyFits(np.full(1, np.nan), np.full(start.shape, np.nan), np.ones(1, bool))


def _toy(toys: Toys, k: int) -> Toys:
    one = slice(k, k + 1)
    statistic = jax.tree.map(lambda leaf: np.asarray(leaf)[one], toys.statistic)
    return Toys(toys.observed[one], statistic, toys.auxiliary[one])


def _distances(model: Model, tested: Numbers) -> Numbers:
    """m of the asymptotic distributions: inf where there is no boundary."""
    if not np.isfinite(model.poi_lower):
        return np.full(len(tested), np.inf)
    eta = profile(model, [model.poi_lower]).eta[0]
    null = asimov(model, model.poi_lower, eta)
    return np.asarray(np.sqrt(np.maximum(profile(null, tested, eta0=eta).chi2, 0.0)))

"""Expected counts of HistFactory samples, as pyhf computes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from nudipole.errors import OutOfRange
from nudipole.numerics import jax, jnp

#: One number for every bin of every sample, and for every shape variation.
MAX_NUMBERS = 20_000_000


class HistFactorySignal(eqx.Module):
    r"""Sum of samples, each with its modifiers.

    .. math:: n_b = \sum_s x^{p_s}\,\prod_{k} f_{ks}(\eta_k)\;\gamma_{sb}(\eta)\;
              \Big[n^0_{sb} + \sum_k \delta_{ksb}(\eta_k)\Big]

    Factors f interpolate between their values at :math:`\pm1` by the polynomial of degree six that joins exponentials
    smoothly (code 4 of HistFactory), shapes by that which joins straight lines (code 4p), as pyhf does unless told
    otherwise. A measured luminosity is :math:`f = \lambda_0 + \sigma\eta`, a free factor is :math:`f = f_0 + \eta`,
    factors of bins are :math:`\gamma = 1 + \delta\eta`.

    Parameters
    ----------
    nominal : Float[Array, "s b"]
    power : Float[Array, "s"]
        1 where the sample is proportional to the parameter of interest x, else 0.
    which : Int[Array, "a"]
        Place of every nuisance in eta followed by `constants`.
    constants : Float[Array, "c"]
        Values of the nuisances that are fixed.
    shape_of, shape_by : Int[Array, "m"]
        Sample and nuisance of every shape variation.
    shape_up, shape_down : Float[Array, "m b"]
        Changes of the counts at +1, and minus those at -1.
    norm_by : Int[Array, "n"]
    norm_up, norm_down : Float[Array, "n"]
        Factors at +1 and at -1.
    norm_inside : Float[Array, "n 6"]
        Coefficients of the polynomial.
    linear_by : Int[Array, "l"]
    linear : Float[Array, "l 2"]
        Offsets and slopes.
    factors : Int[Array, "s j"]
        Which of (1, norm factors, linear factors) multiply a sample.
    bin_factors : Int[Array, "i s b"]
        Which of (1, linear factors) multiply a bin.
    """

    nominal: Float[Array, "s b"]
    power: Float[Array, " s"]
    which: Int[Array, " a"]
    constants: Float[Array, " c"]
    shape_of: Int[Array, " m"]
    shape_by: Int[Array, " m"]
    shape_up: Float[Array, "m b"]
    shape_down: Float[Array, "m b"]
    norm_by: Int[Array, " n"]
    norm_up: Float[Array, " n"]
    norm_down: Float[Array, " n"]
    norm_inside: Float[Array, "n 6"]
    linear_by: Int[Array, " l"]
    linear: Float[Array, "l 2"]
    factors: Int[Array, "s j"]
    bin_factors: Int[Array, "i s b"]

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        """Counts of all bins."""
        alpha = jnp.concatenate([eta, self.constants])[self.which]
        changes = _shapes(alpha[self.shape_by][:, None], self.shape_up, self.shape_down)
        counts = self.nominal + jax.ops.segment_sum(changes, self.shape_of, self.nominal.shape[0])
        norms = _norms(alpha[self.norm_by], self.norm_up, self.norm_down, self.norm_inside)
        linear = self.linear[:, 0] + self.linear[:, 1] * alpha[self.linear_by]
        one = jnp.ones(1)
        factors = jnp.prod(jnp.concatenate([one, norms, linear])[self.factors], axis=1)
        of_bins = jnp.prod(jnp.concatenate([one, linear])[self.bin_factors], axis=0)
        strength = jnp.where(self.power > 0, poi, 1.0)
        return jnp.sum((strength * factors)[:, None] * of_bins * counts, axis=0)


def _shapes(alpha: Float[Array, "m 1"], up: Float[Array, "m b"], down: Float[Array, "m b"]) -> Float[Array, "m b"]:
    """Changes of counts (code 4p)."""
    mean, bend = (up + down) / 2, (up - down) / 16
    inside = alpha * (mean + alpha * bend * (15 + alpha**2 * (3 * alpha**2 - 10)))
    return jnp.where(alpha > 1, alpha * up, jnp.where(alpha < -1, alpha * down, inside))


def _norms(
    alpha: Float[Array, " n"], up: Float[Array, " n"], down: Float[Array, " n"], inside: Float[Array, "n 6"]
) -> Float[Array, " n"]:
    """Factors (code 4)."""
    within = jnp.clip(alpha, -1, 1)
    polynomial = 1 + jnp.sum(inside * within[:, None] ** jnp.arange(1, 7), axis=1)
    beyond = jnp.where(alpha > 0, jnp.log(up), -jnp.log(down)) * alpha
    outside = jnp.abs(alpha) > 1
    return jnp.where(outside, jnp.exp(jnp.where(outside, beyond, 0.0)), polynomial)


def _inside(up: float, down: float) -> NDArray[np.float64]:
    """Coefficients of the polynomial: value, slope and curvature of the exponentials at +1 and -1."""
    powers = np.arange(1, 7)
    signs = np.array([1.0, -1.0])[:, None]
    rows = np.concatenate(
        [signs**powers, powers * signs ** (powers - 1), powers * (powers - 1) * signs ** np.abs(powers - 2)]
    )
    logs = np.log(up), np.log(down)
    values = [up - 1, down - 1, up * logs[0], -down * logs[1], up * logs[0] ** 2, down * logs[1] ** 2]
    return np.asarray(np.linalg.solve(rows, values))


@dataclass
class SignalBuilder:
    """Collects samples and modifiers, row by row.

    Attributes
    ----------
    bins : int
        Of all channels.
    """

    bins: int
    nominal: list[NDArray[np.float64]] = field(default_factory=list)
    power: list[float] = field(default_factory=list)
    shapes: list[tuple[int, str, NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=list)
    norms: list[tuple[int, str, float, float]] = field(default_factory=list)
    #: Sample and name of a luminosity or a free factor; and bin of a factor of bins.
    of_samples: list[tuple[int, str]] = field(default_factory=list)
    gammas: list[tuple[int, str, int]] = field(default_factory=list)
    #: Offset and slope of both, by their name.
    linear: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, counts: NDArray[np.float64], *, poi: bool) -> int:
        """A sample over all bins; returns its row."""
        self._grow()
        self.nominal.append(counts)
        self.power.append(1.0 if poi else 0.0)
        return len(self.nominal) - 1

    def shape(self, row: int, name: str, up: NDArray[np.float64], down: NDArray[np.float64]) -> None:
        """Changes of the counts of a sample at +1, and minus those at -1."""
        self._grow()
        self.shapes.append((row, name, up, down))

    def _grow(self) -> None:
        """Refuse before the memory is taken.

        Raises
        ------
        OutOfRange
            More numbers than `MAX_NUMBERS`.
        """
        size = (len(self.nominal) + len(self.shapes) + 1) * self.bins
        if size > MAX_NUMBERS:
            raise OutOfRange("bins times samples and shapes", size, 0, MAX_NUMBERS)

    def norm(self, row: int, name: str, low: float, high: float) -> None:
        """A factor between two values.

        Raises
        ------
        OutOfRange
            A factor that is not positive.
        """
        for value in (low, high):
            if not value > 0:
                raise OutOfRange(f"factor of normsys {name!r}", value, 0, inside=True)
        self.norms.append((row, name, high, low))

    def build(self, names: list[str], fixed: dict[str, float]) -> HistFactorySignal:
        """The sum of the samples, for nuisances in this order and others that are fixed."""
        rows = len(self.nominal)
        every = [*names, *fixed]
        place = {name: k for k, name in enumerate(every)}
        linear = list(self.linear)
        at = {name: 1 + k for k, name in enumerate(linear)}
        of_sample: list[list[int]] = [[] for _ in range(rows)]
        for k, (row, *_) in enumerate(self.norms):
            of_sample[row].append(1 + k)
        for row, name in self.of_samples:
            of_sample[row].append(len(self.norms) + at[name])
        most = max((len(found) for found in of_sample), default=0) or 1
        factors = np.array([found + [0] * (most - len(found)) for found in of_sample], int).reshape(rows, most)
        of_bin: dict[tuple[int, int], list[int]] = {}
        for row, name, position in self.gammas:
            of_bin.setdefault((row, position), []).append(at[name])
        bin_factors = np.zeros((max(map(len, of_bin.values()), default=1), rows, self.bins), int)
        for (row, position), found in of_bin.items():
            bin_factors[: len(found), row, position] = found

        def stacked(columns: list[Any], *shape: int) -> Array:
            return jnp.asarray(np.array(columns, float).reshape(-1, *shape))

        def indices(columns: list[int]) -> Array:
            return jnp.asarray(np.array(columns, int))

        return HistFactorySignal(
            nominal=stacked(self.nominal, self.bins),
            power=stacked(self.power),
            which=indices(list(range(len(every)))),
            constants=stacked(list(fixed.values())),
            shape_of=indices([row for row, *_ in self.shapes]),
            shape_by=indices([place[name] for _, name, *_ in self.shapes]),
            shape_up=stacked([up for *_, up, _ in self.shapes], self.bins),
            shape_down=stacked([down for *_, down in self.shapes], self.bins),
            norm_by=indices([place[name] for _, name, *_ in self.norms]),
            norm_up=stacked([up for *_, up, _ in self.norms]),
            norm_down=stacked([down for *_, down in self.norms]),
            norm_inside=stacked([_inside(up, down) for *_, up, down in self.norms], 6),
            linear_by=indices([place[name] for name in linear]),
            linear=stacked(list(self.linear.values()), 2),
            factors=jnp.asarray(factors),
            bin_factors=jnp.asarray(bin_factors),
        )

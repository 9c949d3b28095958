"""How the data of the bins scatter around their expectation. A new kind: write one class, add one line at the end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

from nudipole.errors import OutOfRange
from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.statistics.guide_tables import poisson

Numbers = np.ndarray[Any, np.dtype[Any]]

# Width of the wall that keeps expected counts from turning negative [counts^2], from soft to hard: minimisers
# follow the sequence, so that they find out with smooth steps which bins lean on the wall.
WALLS = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)
# Expected counts below this are outside the physical region; fits that lean on the wall end at about -1e-10.
_NEGATIVE = -1e-6
# ON and OFF counts that sum to less are no events: Asimov data sets have fractional ones.
_NO_EVENTS = 1e-9


def as_array(numbers: ArrayLike) -> Array:
    """JAX array of floats, converted by NumPy unless already JAX's: what `jnp.asarray` does costs a compilation."""
    if isinstance(numbers, Array):
        return numbers
    made: Array = jax.device_put(np.asarray(numbers, dtype=float))
    return made


class Statistic(eqx.Module):
    """Distribution of the observed numbers of all bins, given the expected ones.

    Arrays of a statistic (errors, OFF counts) are leaves of the model's pytree, as the data are.

    Examples
    --------
    Data that equal their expectation have a deviance of zero:

    >>> Poisson().deviance(jnp.array([3.0]), jnp.array([3.0])).item()
    0.0
    """

    @abstractmethod
    def deviances(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, " b"]:
        """-2 ln L of each bin relative to the saturated model, continued smoothly to where `expected` is impossible.

        `wall`, one of `WALLS`, says how hard edges of the likelihood are.
        """

    def deviance(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, ""]:
        """-2 ln L of all bins relative to the saturated model: the sum of `deviances`."""
        return jnp.sum(self.deviances(observed, expected, wall))

    @abstractmethod
    def possible(self, observed: Float[AnyArray, " b"], expected: Float[AnyArray, " b"]) -> Bool[AnyArray, " b"]:
        """In which bins the data are possible at all under this expectation."""

    @abstractmethod
    def asimov(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Statistic]:
        """Data equal to expectation: the numbers of the bins, and the statistic with its own data replaced."""

    def slopes(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Float[Array, " b"]]:
        """First and second derivatives of the deviance with respect to the expectation of each bin."""
        gradient = jax.grad(lambda m: self.deviance(observed, m))
        first, second = jax.jvp(gradient, (expected,), (jnp.ones_like(expected),))
        return first, second

    def stiffness(self, observed: Float[Array, " b"]) -> Float[Array, ""]:
        r"""How far Newton's steps are to be trusted: largest :math:`|f_3|/(2 f_2^{3/2})` of half the deviance f.

        With its second and third derivative; 1 unless a statistic knows better, as if a bin had one event.
        """
        return jnp.ones(())

    @abstractmethod
    def sample(self, random: np.random.Generator, observed: Numbers, expected: Numbers) -> tuple[Numbers, Statistic]:
        """Data drawn at random.

        Parameters
        ----------
        random : Generator
        observed : (b,)
            The actual data, which decide what the model does not (the background under OFF counts).
        expected : (n, b)

        Returns
        -------
        (n, b), Statistic
            The numbers of the bins, and the statistic with its own data drawn too; its leaves have the first axis n.
        """

    @abstractmethod
    def means(self, observed: Numbers, expected: Numbers) -> Numbers:
        """Expectation (n, d) of all that is measured, OFF counts too, for expectations (n, b) of the model.

        `observed` decides what the model does not, as for `sample`.
        """

    @abstractmethod
    def measured(self, observed: Numbers) -> Numbers:
        """All that is measured, in the order of `means`: (d,) or (n, d)."""

    @abstractmethod
    def rebuilt(self, measured: Numbers) -> tuple[Numbers, Statistic]:
        """Data as `sample` returns them, made of numbers (n, d) in the order of `means`."""

    def scatter(self) -> Numbers:
        """Standard deviations (d,) of Gaussian numbers; zero for counts. One zero stands for all."""
        return np.zeros(1)

    def silent(self, bins: int) -> Numbers:
        """For each of the measured numbers (d,), the one at whose zero it says nothing of the model; -1 if none.

        Where the expectation of the model is not negative.
        """
        return np.full(bins, -1)

    @abstractmethod
    def check(self, observed: Numbers, templates: Mapping[str, Numbers]) -> None:
        """Say by name what is wrong with the data or with the templates of the backgrounds.

        Raises
        ------
        OutOfRange
            A number without meaning.
        ValueError
            Shapes that do not agree.
        """

    @abstractmethod
    def distance(self, observed: Numbers, change: Numbers) -> Numbers:
        """Size (n,) of changes (n, b) of the expectation in units of the scatter of the data, roughly."""

    @abstractmethod
    def net(self, observed: Numbers) -> Numbers:
        """What signal and backgrounds have to explain (b,): where fits start."""


class Poisson(Statistic):
    r"""Counts.

    .. math:: \chi^2 = 2\sum_i\Big[n_i - d_i + d_i\ln\frac{d_i}{n_i}\Big]

    with d observed and n expected counts.

    References
    ----------
    Baker:1983tu

    Examples
    --------
    >>> print(f"{Poisson().deviance(jnp.array([12.0, 9.0]), jnp.array([8.0, 8.0])):.3f}")
    1.851
    """

    def deviances(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, " b"]:
        filled = observed > 0
        observed = jnp.where(filled, observed, 1.0)
        # Below this ratio of expected to observed counts the logarithm continues as its Taylor series.
        floor = 10 * as_array(wall)
        # r - log1p(r) keeps full precision where expected and observed counts are large and close.
        r = (expected - observed) / observed
        inside = jnp.where(filled, jnp.maximum(r, floor - 1), 0.0)
        outside = jnp.where(filled, jnp.minimum(r + (1 - floor), 0.0), 0.0) / floor
        logarithm = jnp.log1p(inside) + outside - outside**2 / 2
        empty = expected + jnp.minimum(expected, 0.0) ** 2 / (2 * as_array(wall))
        return 2 * jnp.where(filled, observed * (r - logarithm), empty)

    def slopes(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Float[Array, " b"]]:
        """By hand, with one division: the derivatives of `deviance`."""
        filled, wall = observed > 0, WALLS[-1]
        inverse = 1 / jnp.maximum(expected, 10 * wall * jnp.where(filled, observed, 1.0))
        # One above the ratio where the logarithm goes on as its Taylor series.
        beyond = 2 - jnp.minimum(expected * inverse, 1.0)
        first = jnp.where(filled, 1 - observed * inverse * beyond, 1 + jnp.minimum(expected, 0.0) / wall)
        second = jnp.where(filled, observed * inverse**2, (expected < 0) / wall)
        return 2 * first, 2 * second

    def possible(self, observed: Float[AnyArray, " b"], expected: Float[AnyArray, " b"]) -> Bool[AnyArray, " b"]:
        """None negative, none zero where events are."""
        return expected > _NEGATIVE * (observed <= 0)

    def asimov(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Statistic]:
        return jnp.maximum(expected, 0.0), self

    def stiffness(self, observed: Float[Array, " b"]) -> Float[Array, ""]:
        """One over the root of the least number of events in a bin that has any."""
        return 1 / jnp.sqrt(jnp.min(jnp.where(observed > 0, observed, jnp.inf)))

    def sample(self, random: np.random.Generator, observed: Numbers, expected: Numbers) -> tuple[Numbers, Statistic]:
        # Rows that are one and the same, as `draw` has them.
        if expected.strides[0] == 0:
            return poisson(random, np.maximum(expected[0], 0.0), len(expected)), self
        return random.poisson(np.maximum(expected, 0.0)).astype(float), self

    def means(self, observed: Numbers, expected: Numbers) -> Numbers:
        return expected

    def measured(self, observed: Numbers) -> Numbers:
        return observed

    def rebuilt(self, measured: Numbers) -> tuple[Numbers, Statistic]:
        return measured, self

    def check(self, observed: Numbers, templates: Mapping[str, Numbers]) -> None:
        for name, counts in ({"observed counts": observed} | dict(templates)).items():
            _refuse_unless_counts(name, counts, observed.shape)

    def distance(self, observed: Numbers, change: Numbers) -> Numbers:
        total: Numbers = np.abs(change).sum(axis=-1) / (np.sqrt(observed.sum()) + 1)
        return total

    def net(self, observed: Numbers) -> Numbers:
        return observed


class Gaussian(Statistic):
    r"""Numbers with Gaussian errors, such as rates or counts after subtraction of a background.

    .. math:: \chi^2 = \sum_i\Big(\frac{n_i - d_i}{\sigma_i}\Big)^2

    Data, templates and expectation may be negative; normalisations of backgrounds may not.

    Parameters
    ----------
    error : Float[Array, "b"]
        Standard deviations :math:`\sigma`, uncorrelated, in the unit of the data.

    Examples
    --------
    >>> Gaussian([2.0, 1.0]).deviance(jnp.array([-1.0, 3.0]), jnp.array([1.0, 1.0])).item()
    5.0
    """

    error: Float[Array, " b"]

    def __init__(self, error: ArrayLike) -> None:
        self.error = as_array(error)

    def deviances(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, " b"]:
        return ((expected - observed) / self.error) ** 2

    def possible(self, observed: Float[AnyArray, " b"], expected: Float[AnyArray, " b"]) -> Bool[AnyArray, " b"]:
        """Everywhere."""
        return np.full(observed.shape, True)

    def asimov(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Statistic]:
        return expected, self

    def stiffness(self, observed: Float[Array, " b"]) -> Float[Array, ""]:
        """Zero: the deviance is a parabola."""
        return jnp.zeros(())

    def sample(self, random: np.random.Generator, observed: Numbers, expected: Numbers) -> tuple[Numbers, Statistic]:
        error = np.broadcast_to(np.asarray(self.error), expected.shape)
        return random.normal(expected, error), Gaussian(error)

    def means(self, observed: Numbers, expected: Numbers) -> Numbers:
        return expected

    def measured(self, observed: Numbers) -> Numbers:
        return observed

    def rebuilt(self, measured: Numbers) -> tuple[Numbers, Statistic]:
        return measured, Gaussian(np.broadcast_to(np.asarray(self.error), measured.shape))

    def scatter(self) -> Numbers:
        return np.asarray(self.error)

    def check(self, observed: Numbers, templates: Mapping[str, Numbers]) -> None:
        _refuse_unless_in_range("errors of the data", np.asarray(self.error), observed.shape, 0.0)
        for name, numbers in ({"observed numbers": observed} | dict(templates)).items():
            _refuse_unless_in_range(name, numbers, observed.shape, -np.inf)

    def distance(self, observed: Numbers, change: Numbers) -> Numbers:
        total: Numbers = np.sqrt(np.sum((change / np.asarray(self.error)) ** 2, axis=-1))
        return total

    def net(self, observed: Numbers) -> Numbers:
        return observed


class OnOff(Statistic):
    r"""Counts over a background that is itself counted, without the source.

    .. math:: n_i \sim \mathrm{Poisson}(s_i + b_i), \qquad m_i \sim \mathrm{Poisson}(\tau_i b_i), \qquad b_i \ge 0

    with n the ON counts, m the OFF counts and s the expectation of the model (signal and all backgrounds that
    have templates). The background b of every bin is free and profiled in closed form, the upper root of

    .. math:: (1+\tau)\,b^2 + \big[(1+\tau)\,s - n - m\big]\,b - m\,s = 0.

    The deviance is relative to the saturated model of both measurements: two for every bin, with one free
    background, leave one degree of freedom. Only s + b is a number of counts: s may be negative, as long as
    the background can make up for it.

    Parameters
    ----------
    off : Float[Array, "b"]
        OFF counts m.
    ratio : Float[Array, ""] or Float[Array, "b"]
        OFF over ON exposure, :math:`\tau`; 1/alpha of gamma-ray astronomy.

    References
    ----------
    Li and Ma, Astrophys. J. 272 (1983) 317

    Examples
    --------
    Fourteen counts, and twenty in twice the time without the source, without a signal:

    >>> print(f"{OnOff([20], 2.0).deviance(jnp.array([14.0]), jnp.array([0.0])):.3f}")
    0.910
    """

    off: Float[Array, " b"]
    ratio: Float[Array, "*b"]

    def __init__(self, off: ArrayLike, ratio: ArrayLike) -> None:
        self.off = as_array(off)
        self.ratio = as_array(ratio)

    def deviances(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]
    ) -> Float[Array, " b"]:
        wall = as_array(wall)
        filled = observed + self.off > _NO_EVENTS
        # One empty measurement beside one with events: chi2 has a smooth slope, but its curvature jumps where
        # the background reaches its edge, and vanishes beyond. As many events as `wall` round this off; the last
        # ones shift chi2 by less than 1e-8.
        on = jnp.where(filled, jnp.maximum(observed, wall), 1.0)
        off = jnp.where(filled, jnp.maximum(self.off, wall), 1.0)
        on_rate, background = self._profiled(on, off, expected)
        both = _poisson(on, on_rate) + _poisson(off, self.ratio * background)
        # Without any event: s for s > 0, where b = 0, and ratio * |s| for s < 0, where b = -s. Rounded off below
        # zero only, or the minimum at the physical edge s = 0 would move inside; this takes 2 (1 + ratio)^2 `wall`
        # off the deviance there.
        below, steepest = jnp.maximum(-expected, 0.0), 1 + self.ratio
        width = steepest * wall
        round_off = steepest * below**2 / (jnp.sqrt(below**2 + width**2) + width)
        return 2 * jnp.where(filled, both, expected + round_off)

    def slopes(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Float[Array, " b"]]:
        """Without derivatives of the profiled background, which is where the deviance is least."""
        wall = as_array(WALLS[-1])
        filled = observed + self.off > _NO_EVENTS
        on = jnp.where(filled, jnp.maximum(observed, wall), 1.0)
        off = jnp.where(filled, jnp.maximum(self.off, wall), 1.0)
        on_rate, background = self._profiled(on, off, expected)
        # Springs in series: the curvatures of both measurements.
        one, other = on / on_rate**2, off / background**2
        below, steepest = jnp.maximum(-expected, 0.0), 1 + self.ratio
        width = steepest * wall
        root = jnp.sqrt(below**2 + width**2)
        first = jnp.where(filled, 1 - on / on_rate, 1 - steepest * below / root)
        second = jnp.where(filled, one * other / (one + other), steepest * width**2 / root**3 * (expected < 0))
        return 2 * first, 2 * second

    def possible(self, observed: Float[AnyArray, " b"], expected: Float[AnyArray, " b"]) -> Bool[AnyArray, " b"]:
        """Everywhere: some background explains any counts."""
        return np.full(observed.shape, True)

    def asimov(
        self, observed: Float[Array, " b"], expected: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Statistic]:
        """ON and OFF counts, the background as the actual data want it under the same expectation."""
        on, background = self._profiled(observed, self.off, expected)
        return on, OnOff(self.ratio * background, self.ratio)

    def sample(self, random: np.random.Generator, observed: Numbers, expected: Numbers) -> tuple[Numbers, Statistic]:
        """ON and OFF counts, of the background that the actual data want under the same expectation."""
        on, background = _profiled_rows(self, observed, expected)
        ratio = np.broadcast_to(np.asarray(self.ratio), expected.shape)
        off = random.poisson(ratio * np.maximum(background, 0.0)).astype(float)
        return random.poisson(np.maximum(on, 0.0)).astype(float), OnOff(off, ratio)

    def means(self, observed: Numbers, expected: Numbers) -> Numbers:
        """ON counts, then OFF counts."""
        on, background = _profiled_rows(self, observed, expected)
        both: Numbers = np.concatenate([on, np.asarray(self.ratio) * background], axis=1)
        return np.maximum(both, 0.0)

    def measured(self, observed: Numbers) -> Numbers:
        return np.concatenate([observed, np.asarray(self.off)], axis=-1)

    def rebuilt(self, measured: Numbers) -> tuple[Numbers, Statistic]:
        on, off = np.split(measured, 2, axis=1)
        return on, OnOff(off, np.broadcast_to(np.asarray(self.ratio), off.shape))

    def silent(self, bins: int) -> Numbers:
        """Without ON counts the deviance is twice the expectation, whatever the OFF counts."""
        return np.concatenate([np.full(bins, -1), np.arange(bins)])

    def check(self, observed: Numbers, templates: Mapping[str, Numbers]) -> None:
        off, ratio = np.asarray(self.off), np.asarray(self.ratio)
        for name, counts in ({"ON counts": observed, "OFF counts": off} | dict(templates)).items():
            _refuse_unless_counts(name, counts, observed.shape)
        _refuse_unless_in_range(
            "ratio of OFF to ON exposure", ratio if ratio.ndim else np.full(observed.shape, ratio), observed.shape, 0.0
        )

    def distance(self, observed: Numbers, change: Numbers) -> Numbers:
        variance = observed + np.asarray(self.off) / np.asarray(self.ratio) ** 2
        total: Numbers = np.abs(change).sum(axis=-1) / (np.sqrt(variance.sum()) + 1)
        return total

    def net(self, observed: Numbers) -> Numbers:
        net: Numbers = observed - np.asarray(self.off) / np.asarray(self.ratio)
        return net

    def _profiled(
        self, on: Float[Array, " b"], off: Float[Array, " b"], s: Float[Array, " b"]
    ) -> tuple[Float[Array, " b"], Float[Array, " b"]]:
        """Expected ON counts s + b and background b at its profiled value, neither by a difference.

        Right also without events in one or both; differentiable with events in both.
        """
        t = 1 + self.ratio
        p, q = on + off - t * s, on + off + t * s
        # The same discriminant twice, each time as a sum of terms that are not negative.
        root = jnp.sqrt(jnp.where(s >= 0, p**2 + 4 * t * off * s, q**2 - 4 * t * on * s))
        along, against = root + jnp.where(p >= 0, p, -p), root + jnp.where(q >= 0, q, -q)
        background = jnp.where(p >= 0, along / (2 * t), 2 * off * s / jnp.where(p >= 0, 1.0, along))
        total = jnp.where(q >= 0, against / (2 * t), -2 * on * s / jnp.where(q >= 0, 1.0, against))
        return total, background


@compiled
def _on_and_background(statistic: OnOff, observed: Array, expected: Array) -> tuple[Array, Array]:
    return jax.vmap(lambda s: statistic._profiled(observed, statistic.off, s))(expected)


def _profiled_rows(statistic: OnOff, observed: Numbers, expected: Numbers) -> tuple[Numbers, Numbers]:
    """Expected ON counts and background for many expectations of the model, one after the other if they are equal."""
    rows, which = np.unique(expected, axis=0, return_inverse=True)
    on, background = _on_and_background(statistic, np.asarray(observed), np.asarray(rows))
    return np.asarray(on)[which.ravel()], np.asarray(background)[which.ravel()]


def _poisson(observed: Float[Array, " b"], expected: Float[Array, " b"]) -> Float[Array, " b"]:
    """Half the deviance of each bin, both numbers positive."""
    r = (expected - observed) / observed
    # Each form of the logarithm where it is precise.
    logarithm = jnp.where(r > -0.5, jnp.log1p(jnp.maximum(r, -0.5)), jnp.log(expected / observed))
    return observed * (r - logarithm)


def _refuse_unless_counts(name: str, counts: Numbers, shape: tuple[int, ...]) -> None:
    _refuse_unless_in_range(name, counts, shape, 0.0, inside=False)


def _refuse_unless_in_range(
    name: str, numbers: Numbers, shape: tuple[int, ...], low: float, *, inside: bool = True
) -> None:
    """Finite numbers, one per bin, above `low` or at it as well."""
    if numbers.shape != shape or numbers.ndim != 1:
        raise ValueError(f"{name} of shape {numbers.shape}, expected one number per bin ({shape})")
    bad = ~(np.isfinite(numbers) & ((numbers > low) if inside else (numbers >= low)))
    if np.any(bad):
        raise OutOfRange(name, float(numbers[bad][0]), low, inside=inside)


#: Kinds of data.
STATISTICS: dict[str, type[Statistic]] = {"poisson": Poisson, "gaussian": Gaussian, "on-off": OnOff}

"""The binned Poisson likelihood: observed counts, backgrounds with their normalisations, and one signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import jnp

Numbers = np.ndarray[Any, np.dtype[Any]]
Normalisation = Literal["free", "gaussian", "log-normal"]

NORMALISATIONS: tuple[Normalisation, ...] = get_args(Normalisation)

# Width of the wall that keeps expected counts from turning negative [counts^2], from soft to hard: minimisers
# follow the sequence, so that they find out with smooth steps which bins lean on the wall.
WALLS = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)
# Expected counts below this are outside the physical region; fits that lean on the wall end at about -1e-10.
_NEGATIVE = -1e-6

Signal = Callable[[Float[Array, ""], Float[Array, " k"]], Float[Array, " b"]]


def _array(numbers: ArrayLike) -> Array:
    # Converted by NumPy unless already JAX's: an eager conversion on the device costs a compilation.
    return numbers if isinstance(numbers, Array) else jnp.asarray(np.asarray(numbers, dtype=float))


class Background(eqx.Module):
    r"""One background component: a template and what is known of its normalisation.

    The nuisance parameter :math:`\eta` sets the factor :math:`f` that multiplies the template:

    ============== ============================== ==================================
    normalisation  factor                         constraint in :math:`\chi^2`
    ============== ============================== ==================================
    ``free``       :math:`f = \eta \ge 0`         none
    ``gaussian``   :math:`f = 1 + w\eta \ge 0`    :math:`(\eta - \eta_\mathrm{aux})^2`
    ``log-normal`` :math:`f = (1 + w)^\eta`       :math:`(\eta - \eta_\mathrm{aux})^2`
    ============== ============================== ==================================

    Parameters
    ----------
    name : str
    counts : Float[Array, "b"]
        Template [counts per bin].
    normalisation : {"free", "gaussian", "log-normal"}
    width : float
        Relative uncertainty :math:`w`; not used by a free normalisation.

    Raises
    ------
    UnknownName
        The normalisation is none of the three.
    """

    counts: Float[Array, " b"]
    width: Float[Array, ""]
    name: str = eqx.field(static=True)
    normalisation: Normalisation = eqx.field(static=True)

    def __init__(
        self, name: str, counts: ArrayLike, normalisation: Normalisation = "free", width: ArrayLike = 0.0
    ) -> None:
        if normalisation not in NORMALISATIONS:
            raise UnknownName("normalisation", normalisation, NORMALISATIONS)
        self.name = name
        self.normalisation = normalisation
        self.counts = _array(counts)
        self.width = _array(width)

    @property
    def constrained(self) -> bool:
        """Whether an auxiliary measurement constrains the normalisation."""
        return self.normalisation != "free"

    def factor(self, eta: Float[Array, ""]) -> Float[Array, ""]:
        """Factor of the template at nuisance `eta` (dimensionless)."""
        if self.normalisation == "gaussian":
            return 1 + self.width * eta
        if self.normalisation == "log-normal":
            return jnp.exp(eta * jnp.log1p(self.width))
        return eta


class LinearSignal(eqx.Module):
    r"""Signal proportional to the parameter of interest, with linear nuisances.

    .. math:: s = \mathrm{poi}\,\Big(t + \sum_k \eta_k\,t'_k\Big)

    Parameters
    ----------
    template : Float[Array, "b"]
        Counts per bin at poi = 1, eta = 0.
    d_template : Float[Array, "k b"], optional
        Change of the template for one standard deviation of each signal nuisance.
    """

    template: Float[Array, " b"]
    d_template: Float[Array, "k b"]

    def __init__(self, template: ArrayLike, d_template: ArrayLike | None = None) -> None:
        self.template = _array(template)
        if d_template is None:
            self.d_template = _array(np.zeros((0, *self.template.shape)))
        else:
            self.d_template = _array(d_template)

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        """Counts per bin."""
        return poi * (self.template + eta @ self.d_template)


class Model(eqx.Module):
    r"""Data and expectation of one counting experiment.

    .. math::
        \chi^2 = -2\ln\frac{L}{L_\mathrm{saturated}}
               = 2\sum_i\Big[n_i - d_i + d_i\ln\frac{d_i}{n_i}\Big]
               + \sum_k(\eta_k - \eta_{\mathrm{aux},k})^2

    with :math:`d` observed and :math:`n(\mathrm{poi}, \eta)` expected counts. The nuisances are one per
    background, in order, then those of the signal; the second sum runs over the constrained ones. Data and
    templates are leaves of a pytree: another data set of the same shape needs no new compilation.

    Parameters
    ----------
    observed : Float[Array, "b"]
        Counts per bin (an Asimov data set has fractional ones).
    backgrounds : sequence of Background
    signal : callable (poi, eta_signal) -> counts
        Differentiable; an `equinox.Module` such as `LinearSignal`, so that its arrays are leaves too.
    signal_nuisances : sequence of str
        Names of the unit-normal nuisances of the signal; may be empty.
    poi_name : str
    poi_lower : float
        Edge of the physical region: 0, or -inf for a parameter with a sign.
    auxiliary : Float[Array, "p"], optional
        Observed values of the auxiliary measurements, zero unless given; ignored where the nuisance is free.
    """

    observed: Float[Array, " b"]
    backgrounds: tuple[Background, ...]
    signal: Signal
    auxiliary: Float[Array, " p"]
    signal_nuisances: tuple[str, ...] = eqx.field(static=True)
    poi_name: str = eqx.field(static=True)
    poi_lower: float = eqx.field(static=True)

    def __init__(
        self,
        observed: ArrayLike,
        backgrounds: Sequence[Background],
        signal: Signal,
        *,
        signal_nuisances: Sequence[str] = (),
        poi_name: str = "poi",
        poi_lower: float = 0.0,
        auxiliary: ArrayLike | None = None,
    ) -> None:
        self.observed = _array(observed)
        self.backgrounds = tuple(backgrounds)
        self.signal = signal
        self.signal_nuisances = tuple(signal_nuisances)
        self.poi_name = poi_name
        self.poi_lower = float(poi_lower)
        nuisances = len(self.backgrounds) + len(self.signal_nuisances)
        self.auxiliary = _array(np.zeros(nuisances) if auxiliary is None else auxiliary)

    @property
    def nuisances(self) -> tuple[str, ...]:
        """Names of the nuisance parameters, in the order of `eta`."""
        return tuple(background.name for background in self.backgrounds) + self.signal_nuisances

    @property
    def constrained(self) -> tuple[bool, ...]:
        """Which nuisances an auxiliary measurement constrains, in the order of `eta`."""
        return tuple(b.constrained for b in self.backgrounds) + (True,) * len(self.signal_nuisances)

    def unnamed(self) -> Model:
        """The same model without names: what is compiled for one serves all of its shape."""
        return Model(
            self.observed,
            [Background("", b.counts, b.normalisation, b.width) for b in self.backgrounds],
            self.signal,
            signal_nuisances=[""] * len(self.signal_nuisances),
            poi_name="",
            poi_lower=self.poi_lower,
            auxiliary=self.auxiliary,
        )

    def expected(self, poi: ArrayLike, eta: ArrayLike) -> Float[Array, " b"]:
        """Expected counts per bin, signal and backgrounds."""
        split = len(self.backgrounds)
        eta = _array(eta)
        counts = self.signal(_array(poi), eta[split:])
        for k, background in enumerate(self.backgrounds):
            counts = counts + background.factor(eta[k]) * background.counts
        return counts

    def chi2(self, poi: ArrayLike, eta: ArrayLike) -> Float[Array, ""]:
        """-2 ln L relative to the saturated model; +inf where expected counts are impossible."""
        expected = self.expected(poi, eta)
        deviance = self._deviance(expected) + self._penalty(eta)
        return jnp.where(self.physical(expected), deviance, jnp.inf)

    def objective(self, poi: ArrayLike, eta: ArrayLike, wall: ArrayLike = WALLS[-1]) -> Float[Array, ""]:
        """`chi2` continued smoothly into the region of negative expected counts, for the minimisers."""
        return self._deviance(self.expected(poi, eta), wall) + self._penalty(eta)

    def physical(self, expected: Float[Array, " b"]) -> Bool[Array, ""]:
        """Whether the expected counts are possible: none negative, none zero where events are."""
        return jnp.all(expected > jnp.where(self.observed > 0, 0.0, _NEGATIVE))

    def _penalty(self, eta: ArrayLike) -> Float[Array, ""]:
        constrained = np.asarray(self.constrained, dtype=bool)
        return jnp.sum(jnp.where(constrained, (_array(eta) - self.auxiliary) ** 2, 0.0))

    def _deviance(self, expected: Float[Array, " b"], wall: ArrayLike = WALLS[-1]) -> Float[Array, ""]:
        filled = self.observed > 0
        observed = jnp.where(filled, self.observed, 1.0)
        # Below this ratio of expected to observed counts the logarithm continues as its Taylor series.
        floor = 10 * _array(wall)
        # r - log1p(r) keeps full precision where expected and observed counts are large and close.
        r = (expected - observed) / observed
        inside = jnp.where(filled, jnp.maximum(r, floor - 1), 0.0)
        outside = jnp.where(filled, jnp.minimum(r + (1 - floor), 0.0), 0.0) / floor
        logarithm = jnp.log1p(inside) + outside - outside**2 / 2
        empty = expected + jnp.minimum(expected, 0.0) ** 2 / (2 * _array(wall))
        return 2 * jnp.sum(jnp.where(filled, observed * (r - logarithm), empty))


def bounds(model: Model) -> tuple[Numbers, Numbers]:
    """Lower and upper bounds of the nuisances, each (p,): no background normalisation may turn negative."""
    lower = np.full(len(model.nuisances), -np.inf)
    for k, background in enumerate(model.backgrounds):
        if background.normalisation == "free":
            lower[k] = 0.0
        elif background.normalisation == "gaussian":
            width = float(background.width)
            if not width > 0:
                raise OutOfRange(f"width of background {background.name!r}", width, 0)
            lower[k] = -1 / width
    return lower, np.full_like(lower, np.inf)


def nominal(model: Model) -> Numbers:
    """Nuisances (p,) at which the auxiliary measurements agree, free normalisations at 1."""
    return np.where(np.asarray(model.constrained, dtype=bool), np.asarray(model.auxiliary), 1.0)


def asimov(model: Model, poi: ArrayLike, eta: ArrayLike) -> Model:
    """The model with data equal to expectation: counts and auxiliary measurements at (`poi`, `eta`).

    References
    ----------
    Cowan:2010js Sec. 3.2
    """
    eta = _array(eta)
    data = (_asimov_counts(model.unnamed(), _array(poi), eta), eta)
    made: Model = eqx.tree_at(lambda m: (m.observed, m.auxiliary), model, data)
    return made


@eqx.filter_jit
def _asimov_counts(model: Model, poi: Float[Array, ""], eta: Float[Array, " p"]) -> Float[Array, " b"]:
    return jnp.maximum(model.expected(poi, eta), 0.0)

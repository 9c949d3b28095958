"""The binned likelihood: observed data, backgrounds with their normalisations, and one signal."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

from nudipole.errors import OutOfRange, UnknownName
from nudipole.kept import compiled
from nudipole.numerics import jnp
from nudipole.statistics.bins import WALLS, Poisson, Statistic, as_array

Numbers = np.ndarray[Any, np.dtype[Any]]
Normalisation = Literal["free", "gaussian", "log-normal", "fixed"]

NORMALISATIONS: tuple[Normalisation, ...] = get_args(Normalisation)

Signal = Callable[[Float[Array, ""], Float[Array, " k"]], Float[Array, " b"]]


def bent(eta: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Factor of the curvature of what was folded at 0 and +-1: a parabola between, its tangents beyond.

    Parameters
    ----------
    eta : Float[Array, "*n"]

    Returns
    -------
    Float[Array, "*n"]
        eta^2 within one, 2 |eta| - 1 beyond.

    Examples
    --------
    >>> bent(jnp.array([-0.5, 1.0, 3.0])).tolist()
    [0.25, 1.0, 5.0]
    """
    return jnp.where(jnp.abs(eta) <= 1, eta**2, 2 * jnp.abs(eta) - 1)


class Background(eqx.Module):
    r"""One background component: a template and what is known of its normalisation and shape.

    The nuisance parameter :math:`\eta` sets the factor :math:`f` that multiplies the template; a fixed normalisation
    has none:

    ============== ============================== ==================================
    normalisation  factor                         constraint in :math:`\chi^2`
    ============== ============================== ==================================
    ``free``       :math:`f = \eta \ge 0`         none
    ``gaussian``   :math:`f = 1 + w\eta \ge 0`    :math:`(\eta - \eta_\mathrm{aux})^2`
    ``log-normal`` :math:`f = (1 + w)^\eta`       :math:`(\eta - \eta_\mathrm{aux})^2`
    ``fixed``      :math:`f = 1`                  none
    ============== ============================== ==================================

    Parameters
    ----------
    name : str
    counts : Float[Array, "b"]
        Template [counts per bin].
    normalisation : {"free", "gaussian", "log-normal", "fixed"}
    width : float
        Relative uncertainty :math:`w`; not used by a free or a fixed normalisation.
    shifts : Float[Array, "2 k b"], optional
        Slopes and curvatures of the template [counts per bin] in the nuisances of the signal of the model it belongs
        to, see `moved`; without them they do not move it.

    Raises
    ------
    UnknownName
        The normalisation is none of the four.

    Examples
    --------
    A background of 5 % that its auxiliary measurement pulls up by two standard deviations:

    >>> flat = Background("flat", [8, 8], "gaussian", 0.05)
    >>> print(f"{flat.factor(2.0):.2f}")
    1.10
    """

    counts: Float[Array, " b"]
    width: Float[Array, ""]
    shifts: Float[Array, "2 k b"] | None
    name: str = eqx.field(static=True)
    normalisation: Normalisation = eqx.field(static=True)

    def __init__(
        self,
        name: str,
        counts: ArrayLike,
        normalisation: Normalisation = "free",
        width: ArrayLike = 0.0,
        shifts: ArrayLike | None = None,
    ) -> None:
        if normalisation not in NORMALISATIONS:
            raise UnknownName("normalisation", normalisation, NORMALISATIONS)
        self.name = name
        self.normalisation = normalisation
        self.counts = as_array(counts)
        self.width = as_array(width)
        self.shifts = None if shifts is None else as_array(shifts)

    @property
    def constrained(self) -> bool:
        """Whether an auxiliary measurement constrains the nuisance."""
        return self.normalisation in ("gaussian", "log-normal")

    def factor(self, eta: Float[Array, ""]) -> Float[Array, ""]:
        """Factor of the template at nuisance `eta` (dimensionless)."""
        if self.normalisation == "gaussian":
            return 1 + self.width * eta
        if self.normalisation == "log-normal":
            return jnp.exp(eta * jnp.log1p(self.width))
        if self.normalisation == "fixed":
            return jnp.ones_like(eta)
        return eta

    @property
    def templates(self) -> Float[Array, "m b"]:
        """The template, its slopes and its curvatures."""
        one = self.counts[None]
        return one if self.shifts is None else jnp.concatenate([one, *self.shifts])

    def amplitudes(self, eta: Float[Array, ""], signal: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """Factors of the templates at nuisance `eta` and nuisances `signal` of the signal."""
        one = jnp.ones_like(eta)[None]
        moves = one if self.shifts is None else jnp.concatenate([one, signal, bent(signal)])
        return self.factor(eta) * moves

    def moved(self, signal: Float[Array, " k"]) -> Float[Array, " b"]:
        r"""The template at nuisances `signal` of the signal.

        .. math:: t + \sum_k \big(\eta_k\,t'_k + h(\eta_k)\,t''_k\big)

        with h of `bent`.
        """
        if self.shifts is None:
            return self.counts
        return self.counts + signal @ self.shifts[0] + bent(signal) @ self.shifts[1]


class TemplateSignal(eqx.Module):
    r"""Signal that is a sum of fixed templates, each times a function of the parameters.

    .. math:: s(\mathrm{poi}, \eta) = \sum_m c_m(\mathrm{poi}, \eta)\,t_m

    Thousands of data sets are then one matrix product (see `batch`).

    Examples
    --------
    >>> signal = LinearSignal([4, 1])
    >>> signal.templates.tolist(), signal.amplitudes(jnp.array(2.0), jnp.zeros(0)).tolist()
    ([[4.0, 1.0]], [2.0])
    """

    @property
    @abstractmethod
    def templates(self) -> Float[Array, "m b"]:
        """Counts per bin."""

    @abstractmethod
    def amplitudes(self, poi: Float[Array, "*n"], eta: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """Factors of the templates."""

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        """Counts per bin."""
        return self.amplitudes(jnp.asarray(poi), jnp.asarray(eta)) @ self.templates


class LinearSignal(TemplateSignal):
    r"""Signal proportional to the parameter of interest, with linear nuisances.

    .. math:: s = \mathrm{poi}\,\Big(t + \sum_k \eta_k\,t'_k\Big)

    Parameters
    ----------
    template : Float[Array, "b"]
        Counts per bin at poi = 1, eta = 0.
    d_template : Float[Array, "k b"], optional
        Change of the template for one standard deviation of each signal nuisance.

    Examples
    --------
    >>> signal = LinearSignal([4, 1], [[0.4, 0.1]])
    >>> [f"{count:.2f}" for count in signal(2.0, jnp.array([1.0]))]
    ['8.80', '2.20']
    """

    template: Float[Array, " b"]
    d_template: Float[Array, "k b"]

    def __init__(self, template: ArrayLike, d_template: ArrayLike | None = None) -> None:
        self.template = as_array(template)
        if d_template is None:
            self.d_template = as_array(np.zeros((0, *self.template.shape)))
        else:
            self.d_template = as_array(d_template)

    @property
    def templates(self) -> Float[Array, "m b"]:
        """The template, and its changes."""
        return jnp.concatenate([self.template[None], self.d_template])

    def amplitudes(self, poi: Float[Array, "*n"], eta: Float[Array, "k *n"]) -> Float[Array, "m *n"]:
        """poi, and poi times the nuisances."""
        return jnp.concatenate([poi[None], poi * eta])


class Model(eqx.Module):
    r"""Data and expectation of one counting experiment.

    .. math::
        \chi^2 = -2\ln\frac{L}{L_\mathrm{saturated}}
               = D(d, n) + \sum_k(\eta_k - \eta_{\mathrm{aux},k})^2

    with :math:`d` observed and :math:`n(\mathrm{poi}, \eta)` expected counts and the deviance D of the statistic. The
    nuisances are one per background that is not fixed, in order, then those of the signal, which may move backgrounds
    too; the sum runs over the constrained ones. Data and templates are leaves of a pytree: another data set of the
    same shape needs no new compilation.

    Parameters
    ----------
    observed : Float[Array, "b"]
        Counts per bin (an Asimov data set has fractional ones), or what `statistic` says.
    backgrounds : sequence of Background
        As an attribute those with a nuisance; those with a fixed normalisation are `known`.
    signal : callable (poi, eta_signal) -> counts
        Differentiable; an `equinox.Module` such as `LinearSignal`, so that its arrays are leaves too.
    statistic : Statistic, optional
        How the data scatter: `Poisson`, unless given.
    signal_nuisances : sequence of str
        Names of the nuisances of the signal; may be empty.
    unconstrained : sequence of str
        Those of them that are free; all others are unit-normal.
    poi_name : str
    poi_lower : float
        Edge of the physical region: 0, or -inf for a parameter with a sign.
    auxiliary : Float[Array, "p"], optional
        Observed values of the auxiliary measurements, zero unless given; ignored where the nuisance is free.
    limits : Float[Array, "2 p"], optional
        Lowest and highest values of the nuisances; NaN, as everywhere unless given, leaves what its kind has (see
        `bounds`).

    Attributes
    ----------
    known : tuple of Background
        Backgrounds with a fixed normalisation.
    signal_constrained : tuple of bool
        Which nuisances of the signal are unit-normal.

    Examples
    --------
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> model.nuisances, model.expected(1.0, [0.0]).tolist()
    (('flat',), [12.0, 9.0])
    """

    observed: Float[Array, " b"]
    backgrounds: tuple[Background, ...]
    known: tuple[Background, ...]
    signal: Signal
    statistic: Statistic
    auxiliary: Float[Array, " p"]
    limits: Float[Array, "2 p"]
    signal_nuisances: tuple[str, ...] = eqx.field(static=True)
    signal_constrained: tuple[bool, ...] = eqx.field(static=True)
    poi_name: str = eqx.field(static=True)
    poi_lower: float = eqx.field(static=True)

    def __init__(
        self,
        observed: ArrayLike,
        backgrounds: Sequence[Background],
        signal: Signal,
        *,
        statistic: Statistic | None = None,
        signal_nuisances: Sequence[str] = (),
        unconstrained: Sequence[str] = (),
        poi_name: str = "poi",
        poi_lower: float = 0.0,
        auxiliary: ArrayLike | None = None,
        limits: ArrayLike | None = None,
    ) -> None:
        self.observed = as_array(observed)
        self.backgrounds = tuple(b for b in backgrounds if b.normalisation != "fixed")
        self.known = tuple(b for b in backgrounds if b.normalisation == "fixed")
        self.signal = signal
        self.statistic = Poisson() if statistic is None else statistic
        self.signal_nuisances = tuple(signal_nuisances)
        self.signal_constrained = tuple(name not in unconstrained for name in self.signal_nuisances)
        self.poi_name = poi_name
        self.poi_lower = float(poi_lower)
        nuisances = len(self.backgrounds) + len(self.signal_nuisances)
        self.auxiliary = as_array(np.zeros(nuisances) if auxiliary is None else auxiliary)
        self.limits = as_array(np.full((2, nuisances), np.nan) if limits is None else limits)

    @property
    def components(self) -> tuple[Background, ...]:
        """All backgrounds, those without a nuisance last."""
        return self.backgrounds + self.known

    @property
    def nuisances(self) -> tuple[str, ...]:
        """Names of the nuisance parameters, in the order of `eta`."""
        return tuple(background.name for background in self.backgrounds) + self.signal_nuisances

    @property
    def constrained(self) -> tuple[bool, ...]:
        """Which nuisances an auxiliary measurement constrains, in the order of `eta`."""
        return tuple(b.constrained for b in self.backgrounds) + self.signal_constrained

    @property
    def unconstrained(self) -> tuple[str, ...]:
        """Names of the free nuisances of the signal."""
        pairs = zip(self.signal_nuisances, self.signal_constrained, strict=True)
        return tuple(name for name, constrained in pairs if not constrained)

    def having(self, observed: ArrayLike, statistic: Statistic, auxiliary: ArrayLike) -> Model:
        """The same model with other data."""
        return Model(
            observed,
            self.components,
            self.signal,
            statistic=statistic,
            signal_nuisances=self.signal_nuisances,
            unconstrained=self.unconstrained,
            poi_name=self.poi_name,
            poi_lower=self.poi_lower,
            auxiliary=auxiliary,
            limits=self.limits,
        )

    def unnamed(self) -> Model:
        """The same model without names: what is compiled for one serves all of its shape."""
        return Model(
            self.observed,
            [Background("", b.counts, b.normalisation, b.width, b.shifts) for b in self.components],
            self.signal,
            statistic=self.statistic,
            signal_nuisances=["" if constrained else "free" for constrained in self.signal_constrained],
            unconstrained=["free"],
            poi_name="",
            poi_lower=self.poi_lower,
            auxiliary=self.auxiliary,
            limits=self.limits,
        )

    def expected(self, poi: ArrayLike, eta: ArrayLike) -> Float[Array, " b"]:
        """Expected counts per bin, signal and backgrounds."""
        split = len(self.backgrounds)
        eta = as_array(eta)
        moves = eta[split:]
        counts = self.signal(as_array(poi), moves)
        for k, background in enumerate(self.backgrounds):
            counts = counts + background.factor(eta[k]) * background.moved(moves)
        for background in self.known:
            counts = counts + background.moved(moves)
        return counts

    def chi2(self, poi: ArrayLike, eta: ArrayLike) -> Float[Array, ""]:
        """-2 ln L relative to the saturated model; +inf where the expectation is impossible."""
        expected = self.expected(poi, eta)
        deviance = self.statistic.deviance(self.observed, expected) + self._penalty(eta)
        return jnp.where(self.physical(expected), deviance, jnp.inf)

    def objective(self, poi: ArrayLike, eta: ArrayLike, wall: ArrayLike = WALLS[-1]) -> Float[Array, ""]:
        """`chi2` continued smoothly to where the expectation is impossible, for the minimisers."""
        return self.statistic.deviance(self.observed, self.expected(poi, eta), wall) + self._penalty(eta)

    def physical(self, expected: Float[Array, " b"]) -> Bool[Array, ""]:
        """Whether the data are possible under these expected counts."""
        return jnp.all(self.statistic.possible(self.observed, expected))

    def _penalty(self, eta: ArrayLike) -> Float[Array, ""]:
        constrained = np.asarray(self.constrained, dtype=bool)
        return jnp.sum(jnp.where(constrained, (as_array(eta) - self.auxiliary) ** 2, 0.0))


def bounds(model: Model) -> tuple[Numbers, Numbers]:
    """Lower and upper bounds of the nuisances, each (p,).

    Those that the model states; else no background normalisation may turn negative, and other nuisances have none.
    """
    lower = np.full(len(model.nuisances), -np.inf)
    for k, background in enumerate(model.backgrounds):
        if background.normalisation == "free":
            lower[k] = 0.0
        elif background.normalisation == "gaussian":
            width = float(background.width)
            if not width > 0:
                raise OutOfRange(f"width of background {background.name!r}", width, 0)
            lower[k] = -1 / width
    lowest, highest = np.asarray(model.limits)
    return np.where(np.isnan(lowest), lower, lowest), np.where(np.isnan(highest), np.inf, highest)


def nominal(model: Model) -> Numbers:
    """Nuisances (p,) at which the auxiliary measurements agree, free normalisations at 1, other free ones at 0."""
    free = np.repeat([1.0, 0.0], [len(model.backgrounds), len(model.signal_nuisances)])
    return np.where(np.asarray(model.constrained, dtype=bool), np.asarray(model.auxiliary), free)


def asimov(model: Model, poi: ArrayLike, eta: ArrayLike) -> Model:
    """The model with data equal to expectation: bins and auxiliary measurements at (`poi`, `eta`).

    OFF counts too, with the background that the actual data want at (`poi`, `eta`); errors of Gaussian data
    stay as they are.

    Parameters
    ----------
    model : Model
    poi : float
    eta : (p,)
        In the order of `Model.nuisances`.

    Returns
    -------
    Model

    References
    ----------
    Cowan:2010js Sec. 3.2

    Examples
    --------
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> asimov(model, 1.0, [0.0]).observed.tolist()
    [12.0, 9.0]
    """
    eta = as_array(eta)
    observed, statistic = _asimov_data(model.unnamed(), as_array(poi), eta)
    return model.having(observed, statistic, eta)


@compiled
def _asimov_data(model: Model, poi: Float[Array, ""], eta: Float[Array, " p"]) -> tuple[Float[Array, " b"], Statistic]:
    return model.statistic.asimov(model.observed, model.expected(poi, eta))

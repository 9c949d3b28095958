"""Discovery significance, goodness of fit, and the Delta chi2 curve of a model."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from nudipole.errors import FitError, OutOfRange
from nudipole.numerics import ABSURD
from nudipole.statistics.bins import Poisson, Statistic, as_array
from nudipole.statistics.combination import Joint
from nudipole.statistics.fit import BATCH, Fit, best_fit, profile
from nudipole.statistics.likelihood import Model
from nudipole.statistics.validation import poi_scale

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Root of Delta chi2 that stands for everything beyond, and above which no construction accepts a value.
_FAR, _EXCLUDED = 1e6, 8.0


class Significance(NamedTuple):
    """Test of the hypothesis without signal.

    Attributes
    ----------
    q0 : float
        Discovery test statistic.
    z : float
        Standard deviations, sqrt(q0).
    p_value : float
        One-sided; 1/2 if the data show no excess.

    Examples
    --------
    >>> Significance(q0=4.0, z=2.0, p_value=0.023).z
    2.0
    """

    q0: float
    z: float
    p_value: float


class GoodnessOfFit(NamedTuple):
    """Saturated-model test.

    Attributes
    ----------
    chi2 : float
    ndof : int
    p_value : float
        NaN without degrees of freedom.
    describes : bool
        Whether the model describes the data at all: not where this p-value and that of Pearson's sum are both below
        `ABSURD`.

    Examples
    --------
    >>> GoodnessOfFit(chi2=1.2, ndof=1, p_value=0.273).in_words()
    'chi2 = 1.2 / 1 (p = 0.27)'
    """

    chi2: float
    ndof: int
    p_value: float
    describes: bool = True

    def in_words(self, kind: str = "") -> str:
        """chi2, degrees of freedom and p-value; "-" where there is nothing to test.

        Examples
        --------
        >>> GoodnessOfFit(0.0, 0, float("nan")).in_words(), GoodnessOfFit(7.1, 5, 0.213).in_words("Gaussian errors")
        ('- (no degrees of freedom)', 'chi2 = 7.1 / 5 (Gaussian errors, p = 0.21)')
        """
        if self.ndof <= 0:
            return "- (no degrees of freedom)"
        p = f"p = {self.p_value:.2f}" if self.p_value >= 0.005 else f"p = {self.p_value:.1g}"
        p = "p < 1e-99" if self.p_value < 1e-99 else p
        words = ", ".join(word for word in (kind, p) if word)
        return f"chi2 = {self.chi2:.1f} / {self.ndof} ({words})"


class Curve(NamedTuple):
    """Delta chi2 against the parameter of interest.

    Attributes
    ----------
    poi : (n,)
    delta_chi2 : (n,)
        Relative to the best fit in the physical region; +inf where no nuisances make the expectation
        physical.
    eta : (n, p)
        Nuisances at the conditional minimum.
    best_fit : Fit

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> found = curve(model, [0.0, 1.0])
    >>> found.poi.tolist(), found.delta_chi2.round(2).tolist()
    ([0.0, 1.0], [1.35, 0.02])
    """

    poi: Numbers
    delta_chi2: Numbers
    eta: Numbers
    best_fit: Fit


def significance(model: Model, fit: Fit | None = None) -> Significance:
    r"""Significance of an excess over the background-only hypothesis.

    .. math:: q_0 = \chi^2(0, \hat{\hat\eta}) - \chi^2(\hat\mu, \hat\eta) \text{ for } \hat\mu > 0,
              \text{ else } 0; \qquad p = 1 - \Phi(\sqrt{q_0})

    Parameters
    ----------
    model : Model
    fit : Fit, optional
        Its best fit, if there is one already.

    Returns
    -------
    Significance

    Raises
    ------
    OutOfRange
        Zero is outside the physical region of the model.

    References
    ----------
    Cowan:2010js Eqs. (12), (52)

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> print(f"{significance(model).z:.2f} standard deviations")
    1.16 standard deviations
    """
    if model.poi_lower > 0:
        raise OutOfRange(f"{model.poi_name} without signal", 0.0, model.poi_lower)
    fit = best_fit(model) if fit is None else fit
    q0 = 0.0
    if fit.poi > 0:
        q0 = max(0.0, float(profile(model, [0.0], eta0=fit.eta).chi2[0]) - fit.chi2)
    z = float(np.sqrt(q0))
    return Significance(q0, z, float(ndtr(-z)))


def goodness_of_fit(model: Model, fit: Fit) -> GoodnessOfFit:
    """Saturated-model chi2 at the best fit with its asymptotic p-value.

    Degrees of freedom: bins minus free normalisations minus one for the parameter of interest; a constrained
    nuisance brings its own auxiliary measurement, and an OFF count its own free background. The chi2
    distribution is exact for Gaussian data and holds for some ten expected counts per bin and more; at low
    counts the p-value is only a rough guide and toys are needed.

    Parameters
    ----------
    model : Model
    fit : Fit
        Its best fit.

    Returns
    -------
    GoodnessOfFit

    References
    ----------
    Baker:1983tu

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, best_fit
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> goodness = goodness_of_fit(model, best_fit(model))
    >>> print(f"chi2 = {goodness.chi2:.2f}, p = {goodness.p_value:.2f}")
    chi2 = 0.43, p = 0.51
    """
    free = sum(not constrained for constrained in model.constrained)
    ndof = model.observed.size - free - 1
    if ndof <= 0:
        return GoodnessOfFit(fit.chi2, ndof, float("nan"))
    p = float(chdtrc(ndof, fit.chi2))
    return GoodnessOfFit(fit.chi2, ndof, p, p >= ABSURD or _pearson_p(model, fit, ndof) >= ABSURD)


def described(model: Model, fit: Fit, what: str) -> GoodnessOfFit:
    """The goodness of a fit that describes the data.

    Parameters
    ----------
    model : Model
    fit : Fit
    what : str
        What the fit is of, for the message.

    Returns
    -------
    GoodnessOfFit

    Raises
    ------
    FitError
        The model does not describe the data at all: limits and intervals mean nothing then.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, best_fit
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> described(model, best_fit(model), "counts").ndof
    1
    """
    quality = goodness_of_fit(model, fit)
    if not quality.describes:
        raise FitError(
            f"{what}: the fit does not describe the data ({quality.in_words()}): a limit on {model.poi_name} would "
            "mean nothing; compare data and backgrounds, their units and the exposure",
            {},
        )
    return quality


def _pearson_p(model: Model, fit: Fit, ndof: int) -> float:
    """p-value of Pearson's sum, whose mean is ndof however few the counts are, with its variance 2 ndof + sum 1/n."""
    statistic, size = model.statistic, model.observed.size
    parts: list[tuple[Statistic, int]] = [(statistic, size)]
    if isinstance(statistic, Joint):
        parts = list(zip(statistic.parts, statistic.sizes, strict=True))
    observed, expected = np.asarray(model.observed), np.asarray(model.expected(fit.poi, fit.eta))
    constrained = np.asarray(model.constrained, dtype=bool)
    total = float(np.sum(((fit.eta - np.asarray(model.auxiliary)) ** 2)[constrained]))
    inverse, start = 0.0, 0
    for part, bins in parts:
        d, n = observed[start : start + bins], expected[start : start + bins]
        start += bins
        if isinstance(part, Poisson):
            n = np.maximum(n, 1e-9)
            total += float(np.sum((d - n) ** 2 / n))
            inverse += float(np.sum(1 / n))
        else:
            total += float(part.deviance(as_array(d), as_array(n)))
    stretch = 1 + inverse / (2 * ndof)
    return float(chdtrc(ndof / stretch, total / stretch))


def curve(model: Model, poi: ArrayLike | None = None, *, points: int = 256, fit: Fit | None = None) -> Curve:
    """Dense Delta chi2 for plots.

    Parameters
    ----------
    model : Model
    poi : (n,), optional
        Values of the parameter of interest; if None, `points` values up to four standard deviations around
        the best fit, from the boundary on where that is nearer.
    points : int
    fit : Fit, optional
        The best fit, if there is one already.

    Returns
    -------
    Curve

    Raises
    ------
    FitError
        As for `best_fit` and `profile`.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> curve(model, points=3).poi.shape
    (3,)
    """
    fit = best_fit(model) if fit is None else fit
    if poi is None:
        sigma = fit.poi_error if 0 < fit.poi_error < np.inf else poi_scale(model)
        values = np.linspace(max(model.poi_lower, fit.poi - 4 * sigma), fit.poi + 4 * sigma, points)
    else:
        values = np.atleast_1d(np.asarray(poi, dtype=float))
    scan = profile(model, values, eta0=fit.eta)
    return Curve(values, np.maximum(scan.chi2 - fit.chi2, 0.0), scan.eta, fit)


def outwards(model: Model, fit: Fit, *, side: Literal[1, -1] = 1, points: int = 192) -> tuple[Numbers, Numbers]:
    """Root of Delta chi2, never falling, and the values of the parameter of interest it belongs to, on one side.

    Parameters
    ----------
    model : Model
    fit : Fit
        The best fit.
    side : {1, -1}
    points : int
        Over seven decades.
    """
    steps = np.concatenate([[0.0], poi_scale(model) * np.geomspace(1e-3, 1e4, points - 1)])
    poi = fit.poi + side * steps
    root = np.full(len(poi), _FAR)
    for first in range(0, len(poi), BATCH):
        some = slice(first, first + BATCH)
        try:
            beyond = fit.chi2 + (2 * _EXCLUDED) ** 2
            delta = profile(model, poi[some], eta0=fit.eta, beyond=beyond).chi2 - fit.chi2
        except FitError:
            # Where the data are excluded by far, fits may fail.
            if first and root[first - 1] > _EXCLUDED:
                continue
            raise
        root[some] = np.sqrt(np.clip(np.nan_to_num(delta, nan=np.inf, posinf=_FAR**2), 0.0, _FAR**2))
    # From the far end: the outermost value of a given root, where there are several.
    return np.minimum.accumulate(root[::-1])[::-1], poi

"""The spectrum at the best fit, with what is left between it and the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood, quantity_of
from nudipole.experiments.shapes import shape_names, shaped
from nudipole.experiments.spectrum import Spectrum
from nudipole.inference.asked import Asked, Progress, experiments_of, reported
from nudipole.io import notebook
from nudipole.properties import Neutrino
from nudipole.statistics import Gaussian, GoodnessOfFit, Poisson, Statistic, best_fit, described
from nudipole.statistics.bins import as_array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class PostFit:
    r"""Expected counts at the best fit of one experiment, beside its data.

    Attributes
    ----------
    spectrum : Spectrum
        Backgrounds with their fitted normalisations and shapes; the Standard Model's neutrinos and the signal, each in
        one sum, with fluxes and response as fitted.
    before : (b,)
        All expected counts before the fit, without signal.
    residuals : (b,)
        Signed roots of the bins' terms of chi2, positive where the data exceed the fit: standard deviations where
        counts are many.
    parameter, unit : str
    best_fit : float
    nuisances : dict of float
        Factors of backgrounds; of the others standard deviations (steps, where they are free).
    goodness_of_fit : GoodnessOfFit

    Notes
    -----
    .. math:: r_i = \mathrm{sign}(d_i - n_i)\sqrt{D_i}, \qquad \sum_i r_i^2 + \sum_k \eta_k^2 = \chi^2

    with D_i the deviance of a bin (Baker:1983tu for counts) and eta the pulls of the constrained nuisances.

    Examples
    --------
    >>> found = post_fit("xenonnt-2022", "mu_nu")
    >>> print(f"{found.nuisances['B0']:.3f}, {(found.residuals**2).sum():.1f}, {found.goodness_of_fit.chi2:.1f}")
    1.015, 22.9, 22.9
    """

    spectrum: Spectrum
    before: NDArray[np.float64]
    residuals: NDArray[np.float64]
    parameter: str
    unit: str
    best_fit: float
    nuisances: dict[str, float]
    goodness_of_fit: GoodnessOfFit

    def __repr__(self) -> str:
        return f"PostFit({self})"

    def _repr_html_(self) -> str:
        from nudipole import plots

        return notebook.shown(str(self), {}, plots.svg(plots.post_fit(self), f"fit of {self.name}"))

    @property
    def name(self) -> str:
        """Of the experiment."""
        return self.spectrum.name

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        worst, samples = int(np.argmax(np.abs(self.residuals))), self.spectrum.samples
        of = f", in {samples[worst * len(samples) // len(self.residuals)]}" if samples else ""
        return (
            f"{self.name}: {self.parameter} = {digits.number(self.best_fit)}{unit} at the best fit, "
            f"{self.goodness_of_fit.in_words()}, largest residual "
            f"{digits.fixed(float(self.residuals[worst]), 1, sign=True)} of {len(self.residuals)} bins{of}"
        )

    def over(self, axis: str) -> PostFit:
        """The same with counts summed to bins of ``"energy"`` alone, or of ``"time"`` alone, and their residuals."""
        summed = self.spectrum.over(axis)
        if summed is self.spectrum:
            return self
        assert summed.observed is not None
        before = replace(self.spectrum, backgrounds={"all": self.before}, standard_model={}, signal={}).over(axis)
        statistic = Poisson() if summed.errors is None else Gaussian(summed.errors)
        return replace(
            self,
            spectrum=summed,
            before=before.backgrounds["all"],
            residuals=_residuals(statistic, summed.observed, summed.total()),
        )

    def plot(self, *, along: str = "energy") -> list[Axes]:
        """Draw the spectrum against ``"energy"`` or ``"time"``, and residuals below, in a new figure.

        Returns
        -------
        list of Axes
            Spectrum, residuals.
        """
        from nudipole import plots

        return plots.post_fit(self, along=along).axes

    def columns(self) -> dict[str, NDArray[Any]]:
        """Those of the spectrum, all expected counts before the fit, and residuals."""
        return self.spectrum.columns() | {"expected before the fit [1]": self.before, "residual [1]": self.residuals}

    def to_json(self) -> dict[str, object]:
        """Plain data: a spectrum's, schema ``nudipole-spectrum/1``, with the fit (docs/reference/json.md)."""
        return {
            **self.spectrum.to_json(),
            "columns": {name: column.tolist() for name, column in self.columns().items()},
            "fit": {
                "parameter": self.parameter,
                "unit": self.unit,
                "best_fit": self.best_fit,
                "nuisances": self.nuisances,
                "goodness_of_fit": self.goodness_of_fit._asdict(),
            },
        }

    def to_csv(self) -> str:
        """CSV with a header that states the units."""
        return self.spectrum.written(self.columns())


def post_fit(experiment: Asked, parameter: str | Neutrino = "mu_nu", *, progress: Progress | None = None) -> PostFit:
    """The spectrum of one experiment at the best fit of a parameter and all nuisances, with residuals.

    Parameters
    ----------
    experiment : Experiment
        Or a name, file or description, as `nudipole.load` takes them.
    parameter : str or Neutrino
        As for `nudipole.limit`.
    progress : callable, optional
        Called with words on what is being done; in a notebook they are shown unless given.

    Returns
    -------
    PostFit

    Raises
    ------
    NudipoleError
        If there are several experiments, or no data; as for `nudipole.limit`.

    Examples
    --------
    >>> found = post_fit("xenonnt-2022", "mu_nu")
    >>> print(f"{found.spectrum.total().sum():.1f} expected, {found.spectrum.observed.sum():.0f} observed")
    433.0 expected, 433 observed
    """
    with reported(progress, "fit") as step:
        asked = experiments_of(experiment)
        if len(asked) > 1:
            raise NudipoleError(f"{' and '.join(e.name for e in asked)}: one spectrum at a time, name one experiment")
        step("best fit")
        return _post_fit(asked[0], parameter)


def _post_fit(experiment: Experiment, parameter: str | Neutrino) -> PostFit:
    if experiment.given_data is None:
        raise NudipoleError(f"{experiment.name} has no data, which a fit would describe: its own expectation")
    quantity, model = quantity_of(parameter), likelihood(experiment, parameter)
    fit = best_fit(model)
    quality = described(model, fit, experiment.name)
    nominal = experiment.spectrum()
    moves = as_array(fit.eta[len(model.backgrounds) :])
    zero, there = (np.asarray(model.signal(as_array(poi), moves)) for poi in (0.0, fit.poi))
    factors = {b.name: float(b.factor(as_array(eta))) for b, eta in zip(model.backgrounds, fit.eta, strict=False)}
    backgrounds = {b.name: factors.get(b.name, 1.0) * np.asarray(b.moved(moves)) for b in model.components}
    coefficients = np.asarray(moves)[len(moves) - len(shape_names(experiment)) :]
    backgrounds |= {of: backgrounds[of] + shaped(experiment, of, coefficients) for of in experiment.polynomials}
    value = quantity.value(fit.poi)
    given = {"neutrino": f"{digits.number(value)} times the given neutrino"}
    spectrum = replace(
        nominal,
        backgrounds=_in_order(backgrounds, nominal.backgrounds),
        standard_model=nominal.standard_model if nominal.sm_in_background else {"all": zero},
        signal={"all": there - zero},
        **({"values": {parameter: value}} if isinstance(parameter, str) else given),
    )
    return PostFit(
        spectrum,
        nominal.total(),
        _residuals(model.statistic, np.asarray(model.observed), np.asarray(model.expected(fit.poi, fit.eta))),
        quantity.name,
        quantity.unit,
        value,
        factors | dict(zip(model.signal_nuisances, map(float, moves), strict=True)),
        quality,
    )


def _in_order(found: Mapping[str, NDArray[np.float64]], like: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    return {name: found[name] for name in like}


def _residuals(
    statistic: Statistic, observed: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Signed roots of the bins' deviances."""
    deviances = np.asarray(statistic.deviances(as_array(observed), as_array(expected)))
    residuals: NDArray[np.float64] = np.sign(statistic.net(observed) - expected) * np.sqrt(np.maximum(deviances, 0.0))
    return residuals

"""What the report says about one experiment: limits, published numbers derived again, figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from nudipole import plots
from nudipole.experiments import Experiment
from nudipole.experiments.atomic_choice import bound
from nudipole.inference import spread as atomic
from nudipole.inference.result import Limit
from nudipole.validation import Derivation, Row


@dataclass(frozen=True)
class Section:
    """One experiment with its variants.

    Attributes
    ----------
    experiment : Experiment
        Without variant.
    limits : dict of Limit
        By variant; ``""`` is the experiment as it stands.
    rows : list of Row
        Its published numbers.
    figures : dict of str
        Inline SVG: ``spectrum``, ``time`` where there are bins of it, ``profile``.

    Examples
    --------
    >>> import nudipole as nd
    >>> Section(nd.load("xenonnt-2022"), limits={}, rows=[], figures={}).tables()[:2]
    ['xenonnt-2022-spectrum', 'xenonnt-2022-efficiency']
    """

    experiment: Experiment
    limits: dict[str, Limit]
    rows: list[Row]
    figures: dict[str, str]

    def tables(self) -> list[str]:
        """Names of the reference tables behind the numbers."""
        return self.experiment.spec.tables()


def section(name: str, *, cl: float, parameter: str) -> Section:
    """Evaluate an experiment and its variants, and draw them.

    Parameters
    ----------
    name : str
        Library name or YAML file.
    cl : float
        Confidence level in (0, 1).
    parameter : str
        What is limited.

    Raises
    ------
    NudipoleError
        If the file is wrong or a fit fails.
    """
    derivation = Derivation(name)
    experiment = derivation.experiment()
    limits = {
        variant or "": derivation.limit(variant, _asked(derivation.experiment(variant), parameter), cl)
        for variant in (None, *experiment.spec.variants)
    }
    if bound(experiment) is not None:
        # Other descriptions of the atom are compared where they differ.
        found = atomic.spread([experiment], parameter, cl=cl, construction=limits[""].construction)
        limits[""] = replace(limits[""], spread=found)
    figures = {"spectrum": _spectrum(experiment, limits[""], "energy"), "profile": _profile(limits)}
    if experiment.times is not None:
        figures["time"] = _spectrum(experiment, limits[""], "time")
    return Section(experiment, limits, derivation.rows(), figures)


def _asked(experiment: Experiment, parameter: str) -> str:
    """The parameter, or that of an experiment which mu_nu means nothing to."""
    return experiment.first_parameter if parameter == "mu_nu" else parameter


def sections_of(*, cl: float, parameter: str) -> partial[Section]:
    """`section` as a function of the name alone, for other processes."""
    return partial(section, cl=cl, parameter=parameter)


def _spectrum(experiment: Experiment, limit: Limit, along: str) -> str:
    value = limit.best_fit if limit.lower else limit.upper
    fig, axes = plots.figure(7.4, 4.6)
    plots.spectrum(experiment.spectrum(**{limit.parameter: value}), axes, along=along)
    what = "best fit" if limit.lower else "upper limit"
    axis = "" if along == "energy" else " in time"
    return plots.svg(fig, f"{experiment.name}: spectrum{axis} with the signal at the {what}")


def _profile(limits: dict[str, Limit]) -> str:
    fig, axes = plots.figure(6.4, 4.4)
    first, *others = limits.values()
    plots.profile(first, axes, beside=others)
    return plots.svg(fig, f"{first.experiment.name}: profile likelihood")

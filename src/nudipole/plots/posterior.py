"""Posteriors: traces of the chains, and marginals with pairs of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import UnknownName
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, YELLOW, paper, symbol, unit

_CHAINS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, YELLOW, BLACK)
#: Points of a trace: more only cover each other.
_MOST = 1000
_BINS, _PAIR_BINS = 40, 25
#: Probability inside the contours of a pair.
_LEVELS = (0.95, 0.68)
#: Panels beyond which names no longer fit.
_PARAMETERS = 9


class Region(Protocol):
    """Ends of a credible region."""

    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...


class CredibleLimit(Protocol):
    """Samples (chain, draw) of a parameter in its unit and of the nuisances, and the region that was chosen."""

    @property
    def name(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def cl(self) -> float: ...
    @property
    def kind(self) -> str: ...
    @property
    def prior(self) -> str: ...
    @property
    def region(self) -> Region: ...
    @property
    def samples(self) -> NDArray[np.float64]: ...
    @property
    def nuisances(self) -> Mapping[str, NDArray[np.float64]]: ...
    @property
    def rhat(self) -> float: ...
    @property
    def ess(self) -> float: ...
    @property
    def divergences(self) -> int: ...


def marginal(limit: CredibleLimit, axes: Axes) -> Axes:
    """Draw the marginal posterior of the parameter, with its credible region.

    Parameters
    ----------
    limit : CredibleLimit
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> samples = np.random.default_rng(1).normal(4e-12, 1e-12, (2, 500))
    >>> limit = SimpleNamespace(
    ...     name="mine", parameter="mu_nu", unit="mu_B", cl=0.9, kind="upper", prior="flat in mu_nu^2",
    ...     region=SimpleNamespace(lower=0.0, upper=5.3e-12), samples=samples, nuisances={"B0": 1e11 * samples},
    ...     rhat=1.0, ess=1000.0, divergences=0,
    ... )
    >>> marginal(limit, figure()[1]).get_legend().get_texts()[0].get_text()
    'upper: 5.30'
    """
    samples, power = _scaled(limit)
    axes.hist(samples.ravel(), list(_edges(samples)), density=True, histtype="stepfilled", color=SKY, alpha=0.4)
    region = limit.region
    ends = [region.upper] if limit.kind == "upper" else [region.lower, region.upper]
    written = " to ".join(digits.number(end / 10.0**power) for end in ends)
    for k, end in enumerate(ends):
        label = f"{limit.kind}: {written}" if k == 0 else None
        axes.axvline(end / 10.0**power, color=VERMILION, lw=1.4, label=label)
    axes.set(xlabel=_label(limit, power), ylabel="posterior density", ylim=(0, None))
    axes.set_title(f"{limit.name}, {digits.level(limit.cl, 'credibility')}", loc="left")
    axes.legend(title=f"prior {limit.prior}", alignment="left", frameon=False)
    return axes


def trace(limit: CredibleLimit, *, nuisances: Sequence[str] | None = None) -> Figure:
    """Draw the chains: every parameter against the draw, one colour a chain, and beside it its histogram by chain.

    Parameters
    ----------
    limit : CredibleLimit
    nuisances : sequence of str, optional
        Which to show below the parameter; all (of a few) by default.

    Returns
    -------
    Figure
        With two axes for each parameter.

    Raises
    ------
    UnknownName
        A nuisance that the posterior does not have.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> samples = np.random.default_rng(1).normal(4e-12, 1e-12, (2, 500))
    >>> limit = SimpleNamespace(
    ...     name="mine", parameter="mu_nu", unit="mu_B", cl=0.9, kind="upper", prior="flat in mu_nu^2",
    ...     region=SimpleNamespace(lower=0.0, upper=5.3e-12), samples=samples, nuisances={"B0": 1e11 * samples},
    ...     rhat=1.0, ess=1000.0, divergences=0,
    ... )
    >>> len(trace(limit, nuisances=["B0"]).axes)
    4
    """
    columns = _columns(limit, nuisances)
    fig, axes = paper(len(columns), 2, width=8.0, height=0.9 + 1.15 * len(columns))
    fig.subplots_adjust(left=0.13, hspace=0.45, top=1 - 0.4 / fig.get_figheight())
    for row, (label, samples) in zip(axes, columns.items(), strict=True):
        step = max(1, samples.shape[1] // _MOST)
        edges = _edges(samples)
        for chain, colour in zip(samples, _cycled(len(samples)), strict=True):
            row[0].plot(np.arange(0, len(chain), step), chain[::step], color=colour, lw=0.4, alpha=0.7)
            row[1].hist(chain, edges, density=True, histtype="step", color=colour, lw=1.0)
        row[0].set(ylabel=label, xlim=(0, samples.shape[1]))
        row[0].yaxis.label.set_fontsize(9)
        row[1].set_yticks([])
    axes[-1, 0].set_xlabel("draw")
    mixing = f"R-hat {digits.fixed(limit.rhat, 4)}, effective samples {digits.fixed(limit.ess, 0)}"
    words = f"{mixing}, divergences {limit.divergences}"
    axes[0, 0].set_title(f"{limit.name}: {words}", loc="left")
    return fig


def corner(limit: CredibleLimit, *, nuisances: Sequence[str] | None = None) -> Figure:
    """Draw marginals on the diagonal, and 68 % and 95 % regions of every pair below it.

    Parameters
    ----------
    limit : CredibleLimit
    nuisances : sequence of str, optional
        Which to show beside the parameter; all (of a few) by default.

    Returns
    -------
    Figure
        With one row and one column of axes for each parameter.

    Raises
    ------
    UnknownName
        A nuisance that the posterior does not have.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> samples = np.random.default_rng(1).normal(4e-12, 1e-12, (2, 500))
    >>> limit = SimpleNamespace(
    ...     name="mine", parameter="mu_nu", unit="mu_B", cl=0.9, kind="upper", prior="flat in mu_nu^2",
    ...     region=SimpleNamespace(lower=0.0, upper=5.3e-12), samples=samples, nuisances={"B0": 1e11 * samples},
    ...     rhat=1.0, ess=1000.0, divergences=0,
    ... )
    >>> [panel.axison for panel in corner(limit).axes]
    [True, False, True, True]
    """
    columns = _columns(limit, nuisances)
    n = len(columns)
    size = 1.2 + 1.5 * n
    fig, axes = paper(n, n, width=size, height=size)
    fig.subplots_adjust(wspace=0.08, hspace=0.08, left=0.9 / size, bottom=0.75 / size)
    labels = list(columns)
    edges = [_edges(samples) for samples in columns.values()]
    coarse = [np.linspace(ends[0], ends[-1], _PAIR_BINS + 1) for ends in edges]
    for i, (label, samples) in enumerate(columns.items()):
        for j, other in enumerate(columns.values()):
            panel = axes[i, j]
            panel.tick_params(labelbottom=i == n - 1, labelleft=j == 0 and i > 0, labelsize=7)
            if j > i:
                panel.set_axis_off()
            elif j == i:
                panel.hist(samples.ravel(), edges[i], density=True, histtype="stepfilled", color=SKY, alpha=0.4)
                panel.set(xlim=(edges[i][0], edges[i][-1]), yticks=[])
            else:
                _pair(panel, other, samples, coarse[j], coarse[i])
            if i == n - 1:
                panel.set_xlabel(labels[j], fontsize=8)
            if j == 0 and i > 0:
                panel.set_ylabel(label, fontsize=8)
    axes[0, 0].set_title(f"{limit.name}, prior {limit.prior}", loc="left")
    return fig


def _pair(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    x_edges: NDArray[np.float64],
    y_edges: NDArray[np.float64],
) -> None:
    density, _, _ = np.histogram2d(x.ravel(), y.ravel(), (x_edges, y_edges))
    order = np.sort(density.ravel())[::-1]
    inside = np.cumsum(order) / order.sum()
    levels = sorted({float(order[int(np.searchsorted(inside, level))]) for level in _LEVELS})
    centres = ((edges[1:] + edges[:-1]) / 2 for edges in (x_edges, y_edges))
    axes.contourf(*centres, density.T, [*levels, float(density.max()) + 1], colors=[SKY, BLUE][-len(levels) :])
    axes.set(xlim=(x_edges[0], x_edges[-1]), ylim=(y_edges[0], y_edges[-1]))


def _columns(limit: CredibleLimit, nuisances: Sequence[str] | None) -> dict[str, NDArray[np.float64]]:
    """The parameter and the nuisances, by their labels."""
    known = limit.nuisances
    for name in nuisances or ():
        if name not in known:
            raise UnknownName("nuisance", name, known)
    samples, power = _scaled(limit)
    names = list(known)[: _PARAMETERS - 1] if nuisances is None else nuisances
    return {_label(limit, power): samples} | {_short(name): known[name] for name in names}


def _scaled(limit: CredibleLimit) -> tuple[NDArray[np.float64], int]:
    """The parameter in a power of ten of its unit."""
    power = int(np.floor(np.log10(np.quantile(np.abs(limit.samples), 0.95))))
    return limit.samples / 10.0**power, power


def _label(limit: CredibleLimit, power: int) -> str:
    return rf"${symbol(limit.parameter)}$ [$10^{{{power}}}\,{unit(limit.unit)}$]"


def _short(name: str) -> str:
    """A name that fits beside a panel."""
    return name if len(name) < 18 else f"{name[:8]}...{name[-8:]}"


def _edges(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bins that leave out the last thousandth, but show how near to zero a positive quantity comes."""
    low, high = np.quantile(samples, [0.0005, 0.9995])
    if 0 < low < 0.1 * high:
        low = 0.0
    return np.linspace(low, high if high > low else low + 1, _BINS + 1)


def _cycled(n: int) -> list[Any]:
    return [_CHAINS[k % len(_CHAINS)] for k in range(n)]

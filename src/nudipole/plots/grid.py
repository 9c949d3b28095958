"""Delta chi2 over one or two parameters."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.plots.style import BLACK, BLUE, ORANGE, VERMILION, symbol, unit

#: Delta chi2 of 90 % with one parameter and with two, Wilks' theorem.
_ONE, _TWO = 2.706, 4.605
#: Further regions of two parameters: 68.27 % and 99 %.
_INNER, _OUTER = 2.296, 9.210


#: A grid over more than this ratio has a logarithmic axis.
_SPAN = 10.0


class Labelled(Protocol):
    """An array with names of its dimensions."""

    @property
    def dims(self) -> tuple[Hashable, ...]: ...
    @property
    def values(self) -> NDArray[Any]: ...
    @property
    def attrs(self) -> Mapping[Any, Any]: ...


class Dataset(Protocol):
    """Labelled arrays by name, as xarray has them."""

    @property
    def attrs(self) -> Mapping[Any, Any]: ...
    def __getitem__(self, name: str) -> Labelled: ...


def scan(dataset: Dataset, axes: Axes, *, name: str = "") -> Axes:
    r"""Draw a profile likelihood: a curve over one parameter, regions over two.

    Parameters
    ----------
    dataset : Dataset
        With ``delta_chi2``, as `nudipole.scans.open_store` gives it.
    axes : Axes
    name : str
        Of the experiments, for the title.

    Returns
    -------
    Axes
        The same.

    Raises
    ------
    NudipoleError
        If it has more than two parameters, or no finite point.

    Examples
    --------
    >>> import xarray as xr
    >>> from nudipole.plots import figure
    >>> mu = xr.DataArray(np.linspace(0.0, 4e-11, 9), dims="mu_nu", attrs={"units": "mu_B"})
    >>> dataset = xr.Dataset({"delta_chi2": ("mu_nu", 10 * np.linspace(0.0, 1.0, 9) ** 4)}, coords={"mu_nu": mu})
    >>> scan(dataset, figure()[1], name="mine").get_ylabel()
    '$\\Delta\\chi^2$'
    """
    delta = dataset["delta_chi2"]
    parameters = [str(dimension) for dimension in delta.dims]
    if len(parameters) > 2:
        raise NudipoleError(
            "a picture has room for two parameters: open the store and choose, or leave the picture out"
        )
    values = np.asarray(delta.values)
    if not np.isfinite(values).any():
        raise NudipoleError("Delta chi2 is finite nowhere: there is nothing to draw")
    tens = [math.floor(math.log10(np.abs(dataset[p].values).max() or 1.0)) for p in parameters]
    # Numbers of a few digits stay as they are.
    tens = [0 if 0 <= power < 3 else power for power in tens]
    scales = [10.0**power for power in tens]
    factors = [rf"10^{{{power}}}\," if power else "" for power in tens]
    labels = [
        rf"${symbol(p)}$ [${factor}{unit(dataset[p].attrs['units'])}$]"
        for p, factor in zip(parameters, factors, strict=True)
    ]
    x = dataset[parameters[0]].values / scales[0]
    if len(parameters) == 1:
        axes.plot(x, values, color=BLACK, lw=1.6)
        axes.axhline(_ONE, color=ORANGE, ls="--", lw=1.0, label="2.71")
        axes.set(xlabel=labels[0], ylabel=r"$\Delta\chi^2$", xlim=(x[0], x[-1]), ylim=(0, max(6.0, 1.5 * _ONE)))
    else:
        y = dataset[parameters[1]].values / scales[1]
        finite = np.where(np.isfinite(values), values, np.nanmax(values[np.isfinite(values)]) + _OUTER)
        for level, colour, label in (
            (_INNER, BLUE, "68.27 %"),
            (_TWO, VERMILION, "90 %"),
            (_OUTER, ORANGE, "99 %"),
        ):
            axes.contour(x, y, finite.T, levels=[level], colors=[colour], linewidths=1.4)
            axes.plot([], [], color=colour, label=rf"{label}, $\Delta\chi^2$ = {digits.fixed(level, 2)}")
        best = dataset.attrs.get("best_point")
        if best:
            at = [best[p] / scale for p, scale in zip(parameters, scales, strict=True)]
            axes.plot(*at, "o", color=BLACK, ms=5, ls="", clip_on=False, zorder=5, label=r"least $\chi^2$")
        axes.set(xlabel=labels[0], ylabel=labels[1], xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        for axis, values in (("x", x), ("y", y)):
            if values[0] > 0 and values[-1] > _SPAN * values[0]:
                getattr(axes, f"set_{axis}scale")("log")
    axes.set_title(name, loc="left")
    axes.legend(loc="best", frameon=True, framealpha=1.0, edgecolor="none")
    return axes

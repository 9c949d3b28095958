"""Counts and responses as labelled arrays: names along every axis, units in the attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import units
from nudipole.properties import FLAVOURS

if TYPE_CHECKING:
    import xarray as xr

    from nudipole.experiments.build.parts import Part

Numbers = np.ndarray[Any, np.dtype[Any]]


def counts(
    values: Numbers,
    components: Sequence[str],
    bins: Numbers,
    times: Numbers | None,
    modes: Sequence[str] = (),
    samples: Sequence[str] = (),
    *,
    name: str = "counts",
    unit: str = "1",
) -> xr.DataArray:
    """Counts (component, bin) with their names and bins.

    Parameters
    ----------
    values : (s, b)
        In bins of energy, or of energy and time or mode, which is the faster.
    components : sequence of str
    bins : (e+1,)
        Edges [MeV].
    times : (t+1,) or None
        Edges [MeV^-1].
    modes : sequence of str
        Of the beam, in which every bin of energy is measured; none of one beam.
    samples : sequence of str
        Sub-samples, each with all bins, one after the other; none of a whole.
    name, unit : str

    Returns
    -------
    xarray.DataArray
        With dimensions component, sample (where there are any), energy and, where there are any, time or mode: middles
        and edges of the bins in keV and microseconds (days of a run), names of the samples and modes.

    Examples
    --------
    >>> found = counts(np.array([[1.0, 2.0]]), ["pp"], np.array([0.001, 0.002, 0.004]), None)
    >>> found.dims, found.energy.values.tolist(), found.energy.attrs["units"]
    (('component', 'energy'), [1.5, 3.0], 'keV')
    """
    import xarray as xr

    dims, coords = ["component", "energy"], {"component": list(components), **_edges("energy", "E", bins * 1e3, "keV")}
    shape = [len(components), len(bins) - 1]
    if samples:
        dims.insert(1, "sample")
        shape.insert(1, len(samples))
        coords["sample"] = list(samples)
    if times is not None:
        dims.append("time")
        shape.append(len(times) - 1)
        unit_of_time = unit_of(times)
        coords |= _edges("time", "t", times / units.in_internal(unit_of_time), unit_of_time)
    if modes:
        dims.append("mode")
        shape.append(len(modes))
        coords["mode"] = list(modes)
    return xr.DataArray(np.reshape(values, shape), coords=coords, dims=dims, name=name, attrs={"units": unit})


def unit_of(times: Numbers) -> str:
    """Of bins of time [MeV^-1]: microseconds, or days of a run.

    >>> unit_of(np.array([0, 6.0]) * units.in_internal("us")), unit_of(np.array([0, 1.0]) * units.in_internal("yr"))
    ('us', 'd')
    """
    return "us" if times[-1] - times[0] < units.in_internal("d") else "d"


def _edges(dim: str, symbol: str, edges: Numbers, unit: str) -> dict[str, Any]:
    attrs = {"units": unit}
    return {
        dim: (dim, (edges[:-1] + edges[1:]) / 2, attrs | {"long_name": f"{dim}, middle of the bin"}),
        f"{symbol}_low": (dim, edges[:-1], attrs),
        f"{symbol}_high": (dim, edges[1:], attrs),
    }


class Responses:
    """Responses of an experiment to neutrino properties, process by process.

    Parameters
    ----------
    parts : sequence of Part
    bins : (e+1,)
        Edges [MeV].
    times : (t+1,) or None
        Edges [MeV^-1].
    modes : sequence of str
        Of the beam, in which every bin of energy is measured.
    samples : sequence of str
        Each with all bins.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        bins: NDArray[np.float64],
        times: NDArray[np.float64] | None,
        modes: Sequence[str] = (),
        samples: Sequence[str] = (),
    ) -> None:
        self.parts, self.bins, self.times = tuple(parts), bins, times
        self.modes, self.samples = tuple(modes), tuple(samples)

    def __repr__(self) -> str:
        rows = [f"  {part.name}: {', '.join(part.response.channels)}" for part in self.parts]
        b = self.parts[0].response.W.shape[2] if self.parts else 0
        return "\n".join([f"Responses in {b} bins; channels of", *rows])

    def to_xarray(self) -> xr.DataArray:
        r"""The arrays W of :math:`n_b = \sum_{sc} {\rm Re\,Tr}[W_{scb}\,O_c]`, those of all processes along one axis.

        Returns
        -------
        xarray.DataArray
            Counts per unit of operator; dimensions component, channel, energy, (time or mode,) flavour and
            flavour_other. A channel is called after its process and itself, and has both as coordinates `process` and
            `kernel`.
        """
        import xarray as xr

        found = []
        for part in self.parts:
            W, channels = np.asarray(part.response.W), part.response.channels
            labels = [f"{part.name} {channel}" for channel in channels]
            axes = counts(np.zeros((1, W.shape[2])), [""], self.bins, self.times, self.modes, self.samples).isel(
                component=0, drop=True
            )
            array = xr.DataArray(
                W.reshape(*W.shape[:2], *axes.shape, 3, 3),
                coords={
                    "component": list(part.response.components),
                    "channel": labels,
                    "process": ("channel", [part.name] * len(channels)),
                    "kernel": ("channel", list(channels)),
                    **axes.coords,
                    "flavour": list(FLAVOURS),
                    "flavour_other": list(FLAVOURS),
                },
                dims=["component", "channel", *axes.dims, "flavour", "flavour_other"],
                name="response",
                attrs={"units": "1", "long_name": "counts per unit of operator"},
            )
            found.append(array)
        return xr.concat(found, dim="channel")

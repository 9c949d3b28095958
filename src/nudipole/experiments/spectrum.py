"""Expected components of an experiment, bin by bin, beside its data."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, units
from nudipole.experiments import labelled
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.experiments.schema.statistics import ON_OFF
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.models import find

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class Spectrum:
    """Expected counts per bin and component, beside the data.

    Attributes
    ----------
    experiment : ExperimentSpec
    variant : str or None
    bins : (e+1,)
        Edges of the bins of energy [MeV].
    times : (t+1,) or None
        Edges of the bins of time [MeV^-1]; counts then have b = e x t bins, time the faster.
    modes : tuple of str
        Of the beam, in which every bin of energy is measured; counts then have b = e x m bins, mode the faster.
    samples : tuple of str
        Sub-samples; counts then have b = s x e x t bins, one sample after the other.
    observed : (b,) or None
    errors : (b,) or None
        Of the data, where they are Gaussian.
    backgrounds, standard_model, signal : dict of (b,)
        Templates at their nominal normalisation, and the counts of every beam component (and process, where there
        are several): of the Standard Model (part of a background where that says so) and beyond it.
    values : dict
        Parameters of the signal; empty of a given neutrino.
    neutrino : str
        The given one, in words.

    Examples
    --------
    >>> import nudipole as nd
    >>> spectrum = nd.load("xenonnt-2022").spectrum(mu_nu=2e-11)
    >>> spectrum.units, sorted(spectrum.backgrounds), spectrum.sm_in_background
    ({'mu_nu': 'mu_B'}, ['B0'], True)
    """

    experiment: ExperimentSpec
    variant: str | None
    bins: NDArray[np.float64]
    times: NDArray[np.float64] | None
    modes: tuple[str, ...]
    samples: tuple[str, ...]
    observed: NDArray[np.float64] | None
    errors: NDArray[np.float64] | None
    backgrounds: dict[str, NDArray[np.float64]]
    standard_model: dict[str, NDArray[np.float64]]
    signal: dict[str, NDArray[np.float64]]
    values: dict[str, float]
    neutrino: str = ""

    def __repr__(self) -> str:
        return notebook.lines(f"Spectrum of {self.name}", self._words)

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, ax = plots.figure()
        self.plot(ax)
        return notebook.shown(f"{self.name}: {self.title}", self._words, plots.svg(fig, f"Spectrum of {self.name}"))

    @property
    def _parameters(self) -> str:
        return ", ".join(f"{name} = {value:g} {self.units[name]}" for name, value in self.values.items())

    @property
    def _words(self) -> dict[str, str]:
        def sums(counts: dict[str, NDArray[np.float64]]) -> str:
            return ", ".join(f"{name} {digits.number(float(row.sum()))}" for name, row in counts.items())

        observed = "" if self.observed is None else digits.plain(float(self.observed.sum()), 6)
        words = {
            "signal of": self.neutrino or self._parameters,
            "observed": observed,
            "expected": digits.number(float(self.total().sum())),
            "backgrounds": sums(self.backgrounds),
            "standard model": sums(self.standard_model),
            "signal": sums(self.signal),
        }
        return {key: text for key, text in words.items() if text}

    @property
    def name(self) -> str:
        """Of the experiment."""
        return self.experiment.name

    @property
    def title(self) -> str:
        """Of the experiment."""
        return self.experiment.title

    @property
    def processes(self) -> tuple[str, ...]:
        """Their names; where there are several, components are called "process component"."""
        names = tuple(self.experiment.named_processes)
        return names if self.experiment.heavy is None else (*(f"{name} to N" for name in names), *names)

    @property
    def light_yield(self) -> float | None:
        """Photoelectrons per energy [MeV^-1], if the description counts in them."""
        detector = self.experiment.detector
        return detector.light_yield if detector.bins.unit == "PE" else None

    @property
    def unit_of_time(self) -> str | None:
        """Of the bins of time in the description."""
        time = self.experiment.detector.time
        return None if time is None else time.unit

    @property
    def units(self) -> dict[str, str]:
        """Units of `values`."""
        return {name: find(name).unit for name in self.values}

    @property
    def sm_in_background(self) -> bool:
        """Whether a background already contains the Standard Model's neutrino scattering."""
        return any(item.contains_sm_signal for item in self.experiment.backgrounds.values())

    @property
    def quantity(self) -> str | None:
        """What the numbers of the bins are where they are no counts, with its unit."""
        given = self.experiment.statistics
        return given.quantity if given.kind == "relative" else None

    def total(self) -> NDArray[np.float64]:
        """All expected counts, the Standard Model's neutrinos counted once."""
        parts = [*self.backgrounds.values(), *self.signal.values()]
        if not self.sm_in_background:
            parts.extend(self.standard_model.values())
        total: NDArray[np.float64] = np.sum(parts, axis=0)
        return total

    def over(self, axis: str) -> Spectrum:
        """The same counts summed to bins of ``"energy"`` alone, or of ``"time"`` alone, all samples together.

        Of those that are ON or OFF, where one smooth spectrum is fitted to both, it is ON alone.
        """
        if self.times is None and not self.samples:
            return self
        energies, times = len(self.bins) - 1, 1 if self.times is None else len(self.times) - 1
        shape = (len(self.samples) or 1, energies, max(times, len(self.modes)))
        along = (0, 2) if axis == "energy" and not self.modes else (0, 1) if axis == "time" else (0,)

        def summed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
            every = counts.reshape(shape)
            total: NDArray[np.float64] = (every[:1] if self.samples == ON_OFF else every).sum(axis=along).ravel()
            return total

        def each(counts: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
            return {name: summed(row) for name, row in counts.items()}

        return Spectrum(
            self.experiment,
            self.variant,
            self.bins if axis == "energy" else self.bins[[0, -1]],
            None if axis == "energy" else self.times,
            self.modes,
            (),
            None if self.observed is None else summed(self.observed),
            None if self.errors is None else np.sqrt(summed(self.errors**2)),
            each(self.backgrounds),
            each(self.standard_model),
            each(self.signal),
            self.values,
            self.neutrino,
        )

    def plot(self, ax: Axes | None = None, *, along: str = "energy") -> Axes:
        """Draw it against ``"energy"`` or ``"time"``, on `ax` or in a new figure.

        Raises
        ------
        NudipoleError
            If there are no bins of time to draw along.
        """
        from nudipole import plots

        return plots.spectrum(self, ax or plots.figure()[1], along=along)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Everything as columns of equal length: energies in keV, times in microseconds or days, modes, counts."""
        times = len(self.modes) or (1 if self.times is None else len(self.times) - 1)
        edges = np.array([digits.typed(edge) for edge in (self.bins * 1e3).tolist()])
        low, high = (np.repeat(edge, times) for edge in (edges[:-1], edges[1:]))
        columns: dict[str, NDArray[Any]] = {"E_low [keV]": low, "E_high [keV]": high}
        energies = len(self.bins) - 1
        if self.times is not None:
            unit = labelled.unit_of(self.times)
            times_in = np.array([digits.typed(t) for t in (self.times / units.in_internal(unit)).tolist()])
            columns |= {
                f"t_low [{unit}]": np.tile(times_in[:-1], energies),
                f"t_high [{unit}]": np.tile(times_in[1:], energies),
            }
        if self.modes:
            columns["mode"] = np.tile(self.modes, energies)
        if self.samples:
            columns = {name: np.tile(column, len(self.samples)) for name, column in columns.items()}
            columns = {"sample": np.repeat(self.samples, energies * times)} | columns
        observed = {} if self.observed is None else {"observed [1]": self.observed}
        observed |= {} if self.errors is None else {"error [1]": self.errors}
        return (
            columns
            | observed
            | {"expected [1]": self.total()}
            | {f"background {name} [1]": counts for name, counts in self.backgrounds.items()}
            | {f"SM {name} [1]": counts for name, counts in self.standard_model.items()}
            | {f"signal {name} [1]": counts for name, counts in self.signal.items()}
        )

    def to_xarray(self) -> xr.Dataset:
        """Everything as labelled arrays.

        Returns
        -------
        xarray.Dataset
            ``expected`` and, where there are data, ``observed`` (and ``error``) by bin; ``background`` by name;
            ``standard_model`` and ``signal`` by component of the beam (and process, where there are several).
            Parameters of the signal are attributes, with their units.
        """
        import xarray as xr

        unit = self.quantity or "1"

        def rows(named: Mapping[str, NDArray[np.float64]], dim: str) -> xr.DataArray:
            values = np.reshape(list(named.values()), (len(named), -1))
            return labelled.counts(
                values, list(named), self.bins, self.times, self.modes, self.samples, unit=unit
            ).rename(component=dim)

        def row(values: NDArray[np.float64]) -> xr.DataArray:
            return rows({"": values}, "only").isel(only=0, drop=True)

        found = {"expected": row(self.total())}
        if self.observed is not None:
            found["observed"] = row(self.observed)
        if self.errors is not None:
            found["error"] = row(self.errors)
        if self.backgrounds:
            found["background"] = rows(self.backgrounds, "source")
        found |= {"standard_model": rows(self.standard_model, "component"), "signal": rows(self.signal, "component")}
        values = {name: f"{value:g} {self.units[name]}" for name, value in self.values.items()}
        given = {"neutrino": self.neutrino} if self.neutrino else {}
        return xr.Dataset(found, attrs={"experiment": self.name, "title": self.title, **values, **given})

    def to_csv(self) -> str:
        """CSV with a header that states the units."""
        return self.written(self.columns())

    @staticmethod
    def written(columns: Mapping[str, NDArray[Any]]) -> str:
        """Columns of equal length as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
        return text.getvalue()

    def to_json(self) -> dict[str, object]:
        """Plain data of the same columns."""
        return {
            **stamp("spectrum"),
            "experiment": self.experiment.name,
            "variant": self.variant,
            "parameters": dict(self.values),
            "heavy_mass": None if self.experiment.heavy is None else self.experiment.heavy.mass,
            "neutrino": self.neutrino or None,
            "columns": {name: column.tolist() for name, column in self.columns().items()},
        }

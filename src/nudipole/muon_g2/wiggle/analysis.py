"""Everything that is fitted to one histogram: each energy bin, and omega_a of all by the T, A and ratio methods."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.io.stamp import stamp
from nudipole.muon_g2.decay import precession
from nudipole.muon_g2.wiggle.energy_table import EnergyTable
from nudipole.muon_g2.wiggle.expected import GEV, MICROSECOND, fractions, pileup_coefficients
from nudipole.muon_g2.wiggle.fit_model import TERMS, Window
from nudipole.muon_g2.wiggle.fits import NO_WIGGLE, STATISTICS, Fits, fit, residual_spectrum
from nudipole.muon_g2.wiggle.methods import (
    Method,
    a_method,
    bins_above,
    ratio_method,
    t_method,
)
from nudipole.muon_g2.wiggle.settings import THRESHOLD_A, THRESHOLD_T
from nudipole.muon_g2.wiggle.starts import window_of
from nudipole.muon_g2.wiggle.store import WiggleHistogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]

#: What a fit may be asked for: each energy bin alone, and the three methods for all of them.
METHODS = ("energy", "T", "A", "ratio")
#: Gaps that a note names, and the smallest variance that is as good as an expected one (as for the ratio method).
_GAPS, _SMALL = 5, 30


@dataclass(frozen=True)
class Analysis:
    """Fits of a histogram.

    Attributes
    ----------
    histogram : WiggleHistogram
        What was fitted: the counts of the window of time.
    window : Window
    statistic : str
    terms : tuple of str
    fits : Fits
        One row an energy bin.
    methods : tuple of Method
    omega_reference : float
        The frequency that deviations are relative to [MeV].

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle import MICROSECOND, Setup, store
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> histogram = store.simulated(Setup(1e6, np.array([1700.0, 3100.0]), times), seed=1)
    >>> analysis = analyse(histogram, methods=["T"])
    >>> analysis.usable.tolist(), list(analysis.by_method)
    ([True], ['T'])
    """

    histogram: WiggleHistogram
    window: Window
    statistic: str
    terms: tuple[str, ...]
    fits: Fits
    methods: tuple[Method, ...]
    omega_reference: float

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Energy bins whose fit converged, describes the data and found an oscillation."""
        return np.array([status == "ok" for status in self.fits.status])

    @property
    def left_out(self) -> dict[str, str]:
        """Energy bins without a frequency, and why."""
        edges = self.histogram.energy_edges / GEV
        return {
            f"{edges[k]:.4g} to {edges[k + 1]:.4g} GeV": status
            for k, status in enumerate(self.fits.status)
            if status != "ok"
        }

    @property
    def moved(self) -> str:
        """Where the fits began, if not at the nominal values: in words."""
        nominal, window, words = Window(self.histogram.time_edges), self.window, []
        if window.omega_a != nominal.omega_a:
            words.append(f"{precession.hertz(window.omega_a):.0f} Hz, the largest oscillation of the data")
        if window.tau != nominal.tau:
            words.append(f"{window.tau / MICROSECOND:.4g} us, the mean lifetime of the data")
        return f"the fits begin at {' and '.join(words)}" if words else ""

    def deviations(self, fits: Fits) -> tuple[Numbers, Numbers]:
        """omega_a relative to the reference, and its error [ppm]."""
        omega = self.omega_reference
        return 1e6 * (fits["omega_a"] / omega - 1), 1e6 * fits.error("omega_a") / omega

    @property
    def by_energy(self) -> tuple[Numbers, Numbers]:
        """`deviations` of the energy bins."""
        return self.deviations(self.fits)

    @property
    def by_method(self) -> dict[str, tuple[float, float]]:
        """The same of the methods that have a frequency."""
        found = {}
        for method in self.methods:
            if method.fits is not None and method.status == "ok":
                deviation, error = self.deviations(method.fits)
                found[method.name] = (float(deviation[0]), float(error[0]))
        return found

    @property
    def frequency(self) -> float:
        """Where the fits begin [MHz]."""
        return self.window.omega_a * MICROSECOND / (2 * math.pi)

    @property
    def expected(self) -> Numbers:
        """Counts of the fits of the energy bins (k, t); NaN where a bin of time is left out."""
        assert self.fits.expected is not None
        return np.asarray(self.window.on_grid(self.fits.expected, np.nan))

    def spectrum(self) -> tuple[Numbers, Numbers]:
        """Frequencies [MHz] and power of the residuals, averaged over the energy bins."""
        assert self.fits.expected is not None
        kept, spread = self.histogram.kept, self.histogram.variance
        variance = None if spread is None else spread[:, kept]
        frequency, power = residual_spectrum(self.histogram.counts[:, kept], self.fits.expected, self.window, variance)
        # A fit that ran away leaves no residuals.
        sound = np.all(np.isfinite(power), axis=1)
        return precession.hertz(1.0) * frequency * 1e-6, power[sound].sum(axis=0) / max(int(sound.sum()), 1)

    def table(self, name: str) -> EnergyTable:
        """omega_a by energy, as ``nudipole g2 test`` reads it; its note names the bins that are left out.

        Raises
        ------
        NudipoleError
            If no bin is left.
        """
        ok = self.usable
        if not np.any(ok):
            reasons = ", ".join(dict.fromkeys(self.left_out.values()))
            raise NudipoleError(
                f"no energy bin has a frequency ({reasons}): take more positrons, wider bins or other terms"
            )
        origin = "GENERATED by a simulation, not measured" if self.histogram.simulated else "fitted to data"
        left_out = ", ".join(f"{bin_} ({status})" for bin_, status in self.left_out.items())
        note = f"{origin}: omega_a from five-parameter fits" + (f"\nleft out: {left_out}" if left_out else "")
        edges = self.histogram.energy_edges
        return EnergyTable(
            name, note, "omega_a", "rad/us", edges[:-1][ok], edges[1:][ok],
            self.fits["omega_a"][ok] * MICROSECOND, self.fits.error("omega_a")[ok] * MICROSECOND,
        )  # fmt: skip

    def plot(self) -> Figure:
        """Draw the wiggle with its fit, omega_a by energy and method, residuals and correlations."""
        from nudipole.plots.g2.wiggle import wiggle_fit

        return wiggle_fit(self)

    def to_json(self) -> dict[str, Any]:
        """As written by ``nudipole g2 fit --json``."""
        return {
            **stamp("g2-fit"),
            "origin": "simulation" if self.histogram.simulated else "data",
            "truth": self.histogram.truth,
            "statistic": self.statistic,
            "terms": list(self.terms),
            "time_window [us]": [float(t) / MICROSECOND for t in self.histogram.time_edges[[0, -1]]],
            "left_out [us]": [list(gap) for gap in self.histogram.gaps],
            "omega_reference [rad/us]": self.omega_reference * MICROSECOND,
            "start": {
                "omega_a [rad/us]": self.window.omega_a * MICROSECOND,
                "tau [us]": self.window.tau / MICROSECOND,
                "note": self.moved,
            },
            "notes": self.notes,
            "energy_bins": [
                {"E_low [GeV]": low / GEV, "E_high [GeV]": high / GEV} | self._record(self.fits, k)
                for k, (low, high) in enumerate(map(self._edges, range(len(self.fits.chi2))))
            ],
            "methods": [
                {"method": m.name, "threshold [GeV]": m.threshold / GEV, "positrons": m.positrons}
                | ({"status": m.failure} if m.fits is None else self._record(m.fits, 0))
                for m in self.methods
            ],
        }

    @property
    def notes(self) -> list[str]:
        """What to know about the counts."""
        found = []
        if gaps := self.histogram.gaps:
            words = ", ".join(f"{digits.plain(low, 5)} to {digits.plain(high, 5)} us" for low, high in gaps[:_GAPS])
            words += f" and {len(gaps) - _GAPS} more gaps" if len(gaps) > _GAPS else ""
            found.append(f"left out: {words} ({np.count_nonzero(~self.histogram.kept)} bins)")
        variance = self.histogram.variance
        if variance is not None:
            found.append("errors are from the variances of the file")
            if (least := float(variance[:, self.histogram.kept].min())) < _SMALL:
                found.append(
                    f"the least variance is {digits.number(least)}: where it is that of few counts it pulls the fit "
                    "down; end the fit earlier or make bins wider"
                )
        elif not np.all(self.histogram.counts == np.floor(self.histogram.counts)):
            found.append("counts are not whole numbers: their errors are those of counts of this size")
        return found

    def _edges(self, k: int) -> tuple[float, float]:
        return float(self.histogram.energy_edges[k]), float(self.histogram.energy_edges[k + 1])

    def _record(self, fits: Fits, k: int) -> dict[str, Any]:
        deviation, error = self.deviations(fits)
        values, errors = in_units(fits, k)
        ok = fits.status[k] == "ok"
        return {
            "status": fits.status[k],
            "values": values,
            "errors": errors,
            "correlation": fits.correlation[k].tolist() if ok else None,
            "deviation [ppm]": float(deviation[k]) if ok else None,
            "error [ppm]": float(error[k]) if ok else None,
            "chi2": float(fits.chi2[k]),
            "ndof": fits.ndof,
            "chi2_per_ndof": float(fits.goodness[k]),
            "p_value": float(fits.p_value[k]),
            "converged": bool(fits.converged[k]),
            "describes": bool(fits.describes[k]),
            "oscillates": bool(fits.oscillates[k]),
        }

    def to_csv(self, name: str) -> str:
        """The table of `table`, as text."""
        return self.table(name).to_csv()

    def parameters_csv(self) -> str:
        """All parameters of all energy bins; what is no result is an empty cell, and the last column says why."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        rows = [in_units(self.fits, k) for k in range(len(self.fits.chi2))]
        heads = [f"{kind}{head}" for head in rows[0][0] for kind in ("", "error of ")]
        writer.writerow(["E_low [GeV]", "E_high [GeV]", *heads, "chi2 [1]", "p_value [1]", "status"])
        for k, (values, errors) in enumerate(rows):
            low, high = self._edges(k)
            both = [number for head in values for number in (values[head], errors[head])]
            cells = ["" if number is None else repr(float(number)) for number in both]
            writer.writerow([digits.plain(low / GEV), digits.plain(high / GEV), *cells, float(self.fits.chi2[k]),
                             float(self.fits.p_value[k]), self.fits.status[k]])  # fmt: skip
        return stream.getvalue()


_UNITS = {"tau": ("us", 1 / MICROSECOND), "omega_a": ("rad/us", MICROSECOND), "tau_cbo": ("us", 1 / MICROSECOND),
          "omega_cbo": ("rad/us", MICROSECOND), "phi": ("rad", 1.0), "phi_cbo": ("rad", 1.0)}  # fmt: skip


def in_units(fits: Fits, k: int) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Values and errors of row k by name with unit: tau [us], omega_a [rad/us], ...; None for what is no result.

    That is every parameter of a fit that has not converged or does not describe its data, frequency and phase of one
    without oscillation, and what a method does not have.
    """
    values: dict[str, float | None] = {}
    errors: dict[str, float | None] = {}
    status = fits.status[k]
    for i, name in enumerate(fits.names):
        unit, factor = _UNITS.get(name, ("1", 1.0))
        value, error = float(fits.values[k, i]) * factor, float(np.sqrt(max(fits.covariance[k, i, i], 0.0))) * factor
        meant = status == "ok" or (status == NO_WIGGLE and name not in ("omega_a", "phi"))
        meant = meant and bool(np.isfinite(value))
        values[f"{name} [{unit}]"], errors[f"{name} [{unit}]"] = (value, error) if meant else (None, None)
    return values, errors


def analyse(
    histogram: WiggleHistogram,
    *,
    methods: Sequence[str] = METHODS,
    start: float | None = None,
    stop: float | None = None,
    threshold: float = THRESHOLD_T,
    statistic: str | None = None,
    terms: tuple[str, ...] = (),
    mask: Sequence[tuple[float, float]] = (),
    seed: int = 1,
    step: Callable[[str], object] = lambda name: None,
) -> Analysis:
    """Fit each energy bin, and all of them together.

    Parameters
    ----------
    histogram : WiggleHistogram
    methods : sequence of {"energy", "T", "A", "ratio"}
        Energy bins are always fitted.
    start, stop : float, optional
        Window of time [MeV^-1]; whole bins inside it are used.
    threshold : float
        Of the T and the ratio method [MeV].
    statistic : {"poisson", "pearson", "neyman"}, optional
        Of the fits of counts: poisson; for counts with variances always gaussian.
    mask : sequence of (float, float)
        Intervals of time [MeV^-1]; bins that reach into one are left out.
    terms : tuple of {"pileup", "loss", "cbo"}
        Added to all fits but that of the ratio method. The shape of pile-up is that of fully polarised
        muons and of a detector that sees all energies; its size is fitted.
    seed : int
        By which the ratio method deals out the positrons.
    step : callable
        Called with the name of what begins.

    Returns
    -------
    Analysis

    Raises
    ------
    NudipoleError
        If the window or a threshold leaves nothing, a mask takes nothing, or a bin is too empty to be fitted.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle import MICROSECOND, Setup, store
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> histogram = store.simulated(Setup(1e6, np.array([1700.0, 3100.0]), times), seed=1)
    >>> deviation, error = analyse(histogram, methods=["T"]).by_method["T"]
    >>> abs(deviation) < 4 * error
    True
    """
    for method in methods:
        if method not in METHODS:
            raise UnknownName("method", method, METHODS)
    statistic = _statistic(histogram, statistic)
    for term in terms:
        if term not in TERMS:
            raise UnknownName("term", term, TERMS)
    cut = _cut(histogram, start, stop).without(mask)
    edges, kept = cut.energy_edges, cut.kept
    counts, variance = cut.counts[:, kept], None if cut.variance is None else cut.variance[:, kept]
    _check_counts(cut, statistic)
    for name, low in (("T", threshold), ("A", min(THRESHOLD_A, threshold)), ("ratio", threshold)):
        if name in methods:
            bins_above(edges, low)
    nominal = Window(cut.time_edges, used=cut.used)
    share, A = fractions(edges)
    pairs = pileup_coefficients(edges)
    # What all energies together show, weighted as the A method does: a single bin may oscillate with the beam alone.
    weights = np.maximum(A, 0.0) if np.any(A > 0) else -A
    window = window_of(weights @ counts, nominal, beam="cbo" in terms)
    # The phase of a fit is turned by pi where the asymmetry is negative; the template follows.
    signs = np.stack([np.ones_like(A), np.where(A < 0, -1.0, 1.0), np.ones_like(A)], axis=1)
    step("energy bins")
    fits = fit(
        counts, window, statistic=statistic, terms=terms, variance=variance, pairs=signs * pairs / share[:, None]
    )
    assert fits.expected is not None
    expected = np.where((fits.converged & fits.describes)[:, None], fits.expected, np.nan)

    def by_t() -> Method:
        used = bins_above(edges, threshold)
        both = (pairs[used].sum(axis=0) / share[used].sum())[None]
        return t_method(
            counts, edges, window, threshold=threshold, statistic=statistic, terms=terms, pairs=both, variance=variance
        )

    def by_a() -> Method:
        low = min(THRESHOLD_A, threshold)
        return a_method(counts, edges, window, expected, threshold=low, terms=terms, variance=variance)

    def by_ratio() -> Method:
        if variance is not None:
            raise NudipoleError("only whole positrons can be dealt out, and these have variances: leave the ratio out")
        return ratio_method(counts, edges, window, threshold=threshold, seed=seed)

    found = []
    for name, way in (("T", by_t), ("A", by_a), ("ratio", by_ratio)):
        if name in methods:
            step(f"{name} method")
            found.append(_applied(name, min(THRESHOLD_A, threshold) if name == "A" else threshold, cut, way))
    known = histogram.truth.get("omega_a [rad/us]")
    reference = float(known) / MICROSECOND if isinstance(known, int | float) and known > 0 else nominal.omega_a
    return Analysis(cut, window, statistic, terms, fits, tuple(found), reference)


def _statistic(histogram: WiggleHistogram, given: str | None) -> str:
    """The statistic of the fits: variances leave no choice."""
    if histogram.variance is not None:
        if given is not None:
            raise NudipoleError(f"the statistic {given} has no effect: the counts have variances; leave it out")
        return "gaussian"
    if given not in (None, *STATISTICS[:3]):
        raise UnknownName("statistic", given, STATISTICS[:3])
    return given or "poisson"


def _check_counts(cut: WiggleHistogram, statistic: str) -> None:
    """Say by name which bin cannot be fitted."""
    edges, counts = cut.energy_edges / GEV, cut.counts
    empty = np.flatnonzero(counts.sum(axis=1) < 100)
    if len(empty):
        low, high = edges[empty[0]], edges[empty[0] + 1]
        raise NudipoleError(
            f"the energy bin {low:g}..{high:g} GeV has {counts[empty[0]].sum():g} positrons: a fit needs 100; "
            "write wider bins or take more positrons"
        )
    if statistic == "poisson" and np.any(counts < 0):
        k, i = (int(place[0]) for place in np.nonzero(counts < 0))
        raise NudipoleError(
            f"the energy bin {edges[k]:g}..{edges[k + 1]:g} GeV has {counts[k, i]:g} positrons at "
            f"{cut.time_edges[i] / MICROSECOND:.5g} us: Poisson counts are not negative; take statistic='pearson', "
            "wider bins of time or an earlier stop"
        )


def _applied(name: str, threshold: float, cut: WiggleHistogram, way: Callable[[], Method]) -> Method:
    """What a method found, or why it cannot be applied to these data."""
    try:
        return way()
    except NudipoleError as error:
        used = bins_above(cut.energy_edges, threshold)
        return Method(name, float(cut.energy_edges[used[0]]), float(cut.counts[used].sum()), None, str(error))


def _cut(histogram: WiggleHistogram, start: float | None, stop: float | None) -> WiggleHistogram:
    edges = histogram.time_edges
    near = 1e-6 * (edges[1] - edges[0])
    first = 0 if start is None else int(np.searchsorted(edges, start - near))
    last = len(edges) - 1 if stop is None else int(np.searchsorted(edges, stop + near, side="right")) - 1
    if last - first < 20:
        ends = f"{digits.plain(edges[0] / MICROSECOND, 4)} to {digits.plain(edges[-1] / MICROSECOND, 4)} us"
        raise NudipoleError(
            f"the window of time holds {max(last - first, 0)} bins: the data are from {ends}, and 20 are due"
        )
    found = replace(
        histogram,
        counts=histogram.counts[:, first:last],
        time_edges=edges[first : last + 1],
        variance=None if histogram.variance is None else histogram.variance[:, first:last],
        used=None,
    )
    return found.cleared(histogram.kept[first:last])

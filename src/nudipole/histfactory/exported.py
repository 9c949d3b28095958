"""From experiments, or any model of counts, to a HistFactory workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood
from nudipole.histfactory.imported import model as imported
from nudipole.histfactory.schema import validate
from nudipole.models import find
from nudipole.numerics import jax, jnp
from nudipole.statistics import Gaussian, Joint, Model, OnOff, Poisson, Statistic, asimov, profile
from nudipole.statistics.likelihood import bounds, nominal
from nudipole.statistics.validation import poi_scale

Numbers = NDArray[np.float64]

#: Expected counts are the same if they differ by less, relative to the largest of a channel.
_SAME = 1e-10
#: Bounds of constrained parameters that have none, in standard deviations.
_BOUND = 10.0
#: Random nuisances at which an approximate workspace is compared with the model.
_PROBES = 200


class Exported(NamedTuple):
    """A workspace, and what to know about it.

    Attributes
    ----------
    workspace : dict
        Plain data, ready for JSON.
    notes : list of str
        What has another name in it, and what it has only nearly.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> exported = workspace(counts)
    >>> exported.notes
    []
    """

    workspace: dict[str, Any]
    notes: list[str]


def export(
    experiments: Sequence[Experiment],
    parameter: str = "mu_nu",
    *,
    expected: bool = False,
    approximate: bool = False,
) -> Exported:
    """The likelihood of one moment as a HistFactory workspace, one channel an experiment.

    The parameter of interest is the square of the moment in units of (1e-11 mu_B)^2.

    Parameters
    ----------
    experiments : sequence of Experiment
    parameter : str
    expected : bool
        Data equal to the expectation without new physics (Asimov) in place of the observed.
    approximate : bool
        Leave out what HistFactory has not: see `workspace`.

    Returns
    -------
    Exported

    Raises
    ------
    NudipoleError
        See `workspace`; a parameter with a sign.

    Examples
    --------
    >>> import nudipole as nd
    >>> exported = export([nd.load("gemma-2012")])
    >>> [channel["name"] for channel in exported.workspace["channels"]]
    ['gemma-2012']
    """
    quantity = find(parameter)
    if not quantity.squared:
        raise NudipoleError(
            f"{parameter} has a sign and enters the rates with its square as well: HistFactory has factors only; "
            "export a moment"
        )
    if bent := [name for experiment in experiments for name in experiment.polynomials]:
        message = "HistFactory constrains every shape: export a variant in which it is known"
        raise NudipoleError(f"the shape of {', '.join(bent)} is a polynomial with free coefficients: {message}")
    model = likelihood(experiments, parameter)
    if expected:
        eta = np.where(np.array(model.constrained, bool), nominal(model), profile(model, [0.0]).eta[0])
        model = asimov(model, 0.0, eta)
    channels = {experiment.name: int(np.size(experiment.observed)) for experiment in experiments}
    title = f"{quantity.fitted} in ({digits.plain(quantity.size)} {quantity.unit})^2"
    return workspace(model, channels, title=title, approximate=approximate)


def workspace(
    model: Model, channels: Mapping[str, int] | None = None, *, title: str = "", approximate: bool = False
) -> Exported:
    r"""A model of counts as a HistFactory workspace.

    ============================================ =================================================
    model                                        workspace
    ============================================ =================================================
    parameter of interest                        normfactor
    Gaussian normalisation :math:`1 + w\eta`     histosys (normsys would bend it)
    log-normal normalisation :math:`(1+w)^\eta`  normsys
    free normalisation                           normfactor
    fixed normalisation                          no modifier
    nuisance of the signal, additive             histosys
    one that multiplies all of the signal        lumi, where it multiplies other nuisances
    OFF counts                                   shapesys
    ============================================ =================================================

    Samples are compared with the model before they are returned.

    Parameters
    ----------
    model : Model
        With auxiliary measurements at zero.
    channels : mapping of str to int, optional
        Numbers of bins; one channel by default.
    title : str
        Of the measurement; the name of the parameter of interest by default.
    approximate : bool
        Leave out products of two nuisances of the signal, and let HistFactory interpolate between +-1 standard
        deviations of one that bends the signal; `notes` then say how far expected counts are off.

    Returns
    -------
    Exported

    Raises
    ------
    NudipoleError
        Bins with Gaussian errors; backgrounds that nuisances of the signal move; free nuisances of the signal; a
        signal that is not proportional to the parameter of interest; OFF counts of zero; nuisances that multiply or
        bend the signal, unless `approximate`.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> data = workspace(counts).workspace
    >>> data["observations"][0]["data"]
    [12.0, 7.0]
    """
    channels = {"counts": model.observed.size} if channels is None else dict(channels)
    return _Exporter(model, channels, title or model.poi_name).exported(approximate=approximate)


class _Exporter:
    def __init__(self, model: Model, channels: Mapping[str, int], title: str) -> None:
        self.model, self.title = model, title
        ends = np.cumsum(list(channels.values())).tolist()
        self.channels = {name: slice(end - size, end) for (name, size), end in zip(channels.items(), ends, strict=True)}
        self.nuisances = list(model.signal_nuisances)
        self.off, self.ratio = _off_counts(model)
        self.lowest, self.highest = bounds(model)
        self.parameters: dict[str, dict[str, Any]] = {}
        self.notes: list[str] = []
        self.scale = poi_scale(model)
        self._signal = jax.jit(jax.vmap(model.signal))

    def signal(self, poi: float, eta: Numbers) -> Numbers:
        """Counts of the signal (n, b) at nuisances (n, k)."""
        return np.asarray(self._signal(jnp.full(len(eta), poi), jnp.asarray(eta)))

    def exported(self, *, approximate: bool) -> Exported:
        self._check()
        products, bent = self._products(), self._bent()
        common = self._common({name for pair in products for name in pair})
        missing = [f"{a} times {b}" for a, b in products if common not in (a, b)]
        if (missing or bent) and not approximate:
            kinds = [
                f"products of nuisances of the signal ({', '.join(missing)})" if missing else "",
                f"shapes that bend with {', '.join(bent)}" if bent else "",
            ]
            raise NudipoleError(
                f"HistFactory has no {' and no '.join(kind for kind in kinds if kind)}: "
                "leave them out with approximate=True, which says by how much counts are off"
            )
        data = self._workspace(common)
        self._compare(data, exact=not (missing or bent), missing=missing, bent=bent)
        return Exported(data, self.notes)

    def _check(self) -> None:
        if np.any(np.asarray(self.model.auxiliary)[np.array(self.model.constrained, bool)] != 0):
            raise NudipoleError("auxiliary measurements away from zero are not exported: move the nuisances instead")
        moving = [background.name for background in self.model.components if background.shifts is not None]
        if moving:
            raise NudipoleError(
                f"nuisances of the signal move the backgrounds {', '.join(moving)}: HistFactory constrains every shape "
                "and bends it in another way; export a variant without these nuisances"
            )
        if self.model.unconstrained:
            free = ", ".join(self.model.unconstrained)
            raise NudipoleError(f"{free}: HistFactory has no free nuisance of the signal; give it a constraint")
        names = [*self.model.nuisances, *(background.name for background in self.model.known)]
        if len(set(names)) != len(names) or self.model.poi_name in names:
            raise NudipoleError("two nuisances of one name: rename one of them")
        none = np.zeros((1, len(self.nuisances)))
        zero, one, two = (self.signal(x * self.scale, none) for x in (0.0, 1.0, 2.0))
        if np.max(np.abs(two - 2 * one + zero)) > _SAME * np.max(np.abs(two)):
            raise NudipoleError(
                f"the signal is not proportional to {self.model.poi_name}: HistFactory has factors only, no squares"
            )

    def _units(self, *steps: dict[int, float]) -> Numbers:
        eta = np.zeros((len(steps), len(self.nuisances)))
        for row, step in zip(eta, steps, strict=True):
            for k, value in step.items():
                row[k] = value
        return eta

    def _at(self, step: dict[int, float]) -> Numbers:
        """Counts of the signal without the parameter of interest and with it, added."""
        return self.signal(0.0, self._units(step)) + self.signal(self.scale, self._units(step))

    def _differ(self, one: Numbers, other: Numbers) -> bool:
        return bool(np.max(np.abs(one - other), initial=0) > _SAME * max(np.max(np.abs(one), initial=0), 1e-300))

    def _products(self) -> list[tuple[str, str]]:
        """Pairs of nuisances whose effects on the signal do not add."""
        found = []
        for j, k in combinations(range(len(self.nuisances)), 2):
            both, first, second = (self._at(step) for step in ({j: 1.0, k: 1.0}, {j: 1.0}, {k: 1.0}))
            if self._differ(both + self._at({}), first + second):
                found.append((self.nuisances[j], self.nuisances[k]))
        return found

    def _bent(self) -> list[str]:
        """Nuisances in which the signal is not linear."""
        found = []
        for k, name in enumerate(self.nuisances):
            up, down, none, far = (self._at({k: step}) for step in (1.0, -1.0, 0.0, 2.0))
            if self._differ(up + down, 2 * none) or self._differ(far + none, 2 * up):
                found.append(name)
        return found

    def _common(self, candidates: set[str]) -> str | None:
        """A nuisance that multiplies the whole signal of its channels by one linear factor, among these."""
        random = np.random.default_rng(1).normal(size=(3, len(self.nuisances)))
        for k, name in enumerate(self.nuisances):
            if name not in candidates:
                continue
            nothing, one, minus = random.copy(), random.copy(), random.copy()
            nothing[:, k], one[:, k], minus[:, k] = 0.0, 1.0, -1.0
            factors = []
            for x in (0.0, self.scale):
                none, up, down = (self.signal(x, eta) for eta in (nothing, one, minus))
                for bins in self.channels.values():
                    seen = np.abs(none[:, bins]) > 1e-6 * np.max(np.abs(none), initial=1e-300)
                    factors += list((up[:, bins][seen] - none[:, bins][seen]) / none[:, bins][seen])
                    factors += list((none[:, bins][seen] - down[:, bins][seen]) / none[:, bins][seen])
            values = np.array([factor for factor in factors if abs(factor) > _SAME])
            if len(values) and np.ptp(values) < 1e-9 * np.max(np.abs(values)):
                self.relative = float(np.mean(values))
                return name
        return None

    def _workspace(self, common: str | None) -> dict[str, Any]:
        channels = [{"name": name, "samples": self._samples(bins, common)} for name, bins in self.channels.items()]
        observed = np.asarray(self.model.observed)
        highest = 100 * self.scale
        lowest = 0.0 if np.isfinite(self.model.poi_lower) else -highest
        poi = {"name": self.model.poi_name, "bounds": [[lowest, highest]], "inits": [self.scale]}
        parameters = [poi, *({"name": name, **setting} for name, setting in self.parameters.items())]
        config = {"poi": self.model.poi_name, "parameters": parameters}
        return {
            "channels": channels,
            "observations": [{"name": name, "data": observed[bins].tolist()} for name, bins in self.channels.items()],
            "measurements": [{"name": self.title, "config": config}],
            "version": "1.0.0",
        }

    def _samples(self, bins: slice, common: str | None) -> list[dict[str, Any]]:
        samples = []
        start = nominal(self.model) if not any(b.normalisation == "free" for b in self.model.backgrounds) else None
        fitted = profile(self.model, [0.0]).eta[0] if start is None else start
        for background in self.model.components:
            counts = np.asarray(background.counts)[bins]
            if not np.any(counts):
                continue
            width = float(background.width)
            modifier: dict[str, Any] | None
            if background.normalisation == "gaussian":
                shapes = {"lo_data": ((1 - width) * counts).tolist(), "hi_data": ((1 + width) * counts).tolist()}
                modifier = {"name": background.name, "type": "histosys", "data": shapes}
                self.parameters[background.name] = {"bounds": [self._within(background.name)]}
            elif background.normalisation == "log-normal":
                modifier = _modifier(background.name, "normsys", {"lo": 1 / (1 + width), "hi": 1 + width})
                self.parameters[background.name] = {"bounds": [self._within(background.name)]}
            elif background.normalisation == "fixed":
                modifier = None
            else:
                modifier = _modifier(background.name, "normfactor", None)
                k = self.model.nuisances.index(background.name)
                high = _BOUND * max(1.0, float(fitted[k])) if np.isinf(self.highest[k]) else float(self.highest[k])
                self.parameters[background.name] = {"bounds": [[float(self.lowest[k]), high]]}
            modifiers = [modifier] if modifier else []
            samples.append({"name": background.name, "data": counts.tolist(), "modifiers": modifiers})
        used = {sample["name"] for sample in samples}
        none, slope = self._signals({})
        for wanted, which, normfactor in (("signal", 1, True), ("standard model", 0, False)):
            counts = (none, slope)[which][bins]
            if not (np.any(counts) or normfactor):
                continue
            modifiers = [_modifier(self.model.poi_name, "normfactor", None)] if normfactor else []
            modifiers += self._varied(bins, which, counts, common)
            name = wanted if wanted not in used else f"{wanted} (neutrinos)"
            samples.append({"name": name, "data": counts.tolist(), "modifiers": modifiers})
        off = self.off[bins]
        if np.any(np.isfinite(off)):
            counted = np.isfinite(off)
            counts = np.where(counted, off / self.ratio[bins], 0.0)
            error = np.where(counted, np.sqrt(np.where(counted, off, 1.0)) / self.ratio[bins], 0.0)
            name = f"OFF {next(n for n, s in self.channels.items() if s == bins)}"
            # The largest factor that a fit may want, without signal and other backgrounds.
            both = np.asarray(self.model.observed)[bins] + np.where(counted, off, 0.0)
            most = both / np.where(counted, counts + off, 1.0)
            self.parameters[name] = {"bounds": [[1e-10, float(max(_BOUND, 2 * m))] for m in most]}
            samples.append(
                {"name": "OFF", "data": counts.tolist(), "modifiers": [_modifier(name, "shapesys", error.tolist())]}
            )
        return samples

    def _within(self, name: str) -> list[float]:
        """Bounds of a nuisance in standard deviations, at most `_BOUND` of them unless the model states others."""
        k = self.model.nuisances.index(name)
        low, high = np.asarray(self.model.limits)[:, k]
        return [
            float(max(self.lowest[k], -_BOUND) if np.isnan(low) else low),
            float(min(self.highest[k], _BOUND) if np.isnan(high) else high),
        ]

    def _signals(self, step: dict[int, float]) -> tuple[Numbers, Numbers]:
        """Counts without the parameter of interest, and per unit of it."""
        fixed, with_poi = (self.signal(x, self._units(step))[0] for x in (0.0, self.scale))
        return fixed, (with_poi - fixed) / self.scale

    def _varied(self, bins: slice, which: int, counts: Numbers, common: str | None) -> list[dict[str, Any]]:
        """Modifiers of a sample of the signal."""
        modifiers = []
        for k, name in enumerate(self.nuisances):
            up, down = (self._signals({k: step})[which][bins] for step in (1.0, -1.0))
            if not (np.any(up != counts) or np.any(down != counts)):
                continue
            if name == common:
                modifiers.append(_modifier("lumi", "lumi", None))
                relative = digits.number(self.relative, 4)
                note = f"nuisance {name!r} of the signal is called lumi, with a relative error of {relative}"
                self.notes += [note] if note not in self.notes else []
                ends = sorted(1 + self.relative * end for end in self._within(name))
                self.parameters["lumi"] = {
                    "auxdata": [1.0],
                    "sigmas": [abs(self.relative)],
                    "inits": [1.0],
                    "bounds": [[max(0.0, ends[0]), ends[1]]],
                }
                continue
            modifiers.append(_modifier(name, "histosys", {"lo_data": down.tolist(), "hi_data": up.tolist()}))
            self.parameters[name] = {"bounds": [self._within(name)]}
        return modifiers

    def _compare(self, data: dict[str, Any], *, exact: bool, missing: list[str], bent: list[str]) -> None:
        """Counts of the workspace against those of the model, at random nuisances.

        Raises
        ------
        NudipoleError
            A workspace that should be exact and is not.
        """
        other = imported(validate(data, "workspace"))
        free = [b.name for b in self.model.backgrounds if b.normalisation == "free"]
        names = [name for name in self.model.nuisances if name not in free]
        random = np.random.default_rng(2).normal(size=(_PROBES, len(names)))
        pulls = dict(zip(names, random.T, strict=True)) | dict.fromkeys(free, np.ones(_PROBES))
        pulls["lumi"] = next((pulls[n] * np.sign(self.relative) for n in names if n not in other.nuisances), None)
        ours, theirs = (
            np.asarray(
                jax.vmap(m.expected, (None, 0))(
                    jnp.asarray(self.scale),
                    jnp.asarray(np.array([pulls[n] for n in m.nuisances]).reshape(-1, _PROBES).T),
                )
            )
            for m in (self.model, other)
        )
        # An imported model has its OFF bins first.
        counted = np.isfinite(self.off)
        order = np.concatenate([np.flatnonzero(counted), np.flatnonzero(~counted)])
        error = np.sqrt(np.maximum(np.asarray(self.model.observed)[order], 1.0))
        worst = float(np.max(np.abs(theirs - ours[:, order]) / error))
        if exact and worst > 1e-6:
            raise NudipoleError(
                f"the workspace is not the model: expected counts differ by {digits.number(worst, 2)} of their errors"
            )
        if not exact:
            what = [f"without {item}" for item in missing] + [f"{name} interpolated otherwise" for name in bent]
            self.notes.append(
                f"approximate ({', '.join(what)}): at random nuisances and a signal of about one standard deviation, "
                f"counts are off by at most {digits.number(worst, 2)} of their statistical errors"
            )

    #: Relative error of the nuisance that becomes lumi.
    relative = 1.0


def _modifier(name: str, kind: str, data: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "data": data}


def _off_counts(model: Model) -> tuple[Numbers, Numbers]:
    """OFF counts and ratios of the exposures of all bins, NaN where there are none.

    Raises
    ------
    NudipoleError
        A statistic, or OFF counts, that HistFactory does not have.
    """
    off, ratio = np.full(model.observed.size, np.nan), np.full(model.observed.size, np.nan)
    statistic = model.statistic
    parts: list[tuple[Statistic, int]] = [(statistic, model.observed.size)]
    if isinstance(statistic, Joint):
        parts = list(zip(statistic.parts, statistic.sizes, strict=True))
    start = 0
    for part, size in parts:
        bins = slice(start, start + size)
        start += size
        if isinstance(part, OnOff):
            off[bins], ratio[bins] = np.asarray(part.off), np.broadcast_to(np.asarray(part.ratio), size)
            if np.any(off[bins] <= 0):
                raise NudipoleError("OFF counts of zero: HistFactory has no measurement without events; merge the bins")
        elif not isinstance(part, Poisson):
            kind = "Gaussian errors" if isinstance(part, Gaussian) else type(part).__name__
            raise NudipoleError(f"bins with {kind}: HistFactory knows Poisson counts only")
    return off, ratio

"""The processes of an experiment, each with its own response: from their description to what is folded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits, units
from nudipole.detectors import (
    QUENCHINGS,
    RESOLUTIONS,
    Added,
    Birks,
    Detector,
    Efficiency,
    Polynomial,
    Quenching,
)
from nudipole.errors import InputError, UnknownName, Unreachable, shortened
from nudipole.experiments.build.axis import BinnedAxis
from nudipole.experiments.build.edges import above_threshold, written_edges
from nudipole.experiments.build.efficiency import efficiencies
from nudipole.experiments.build.factor_range import check_factors
from nudipole.experiments.build.quenching import quenched, quenching_of
from nudipole.experiments.build.quenching_table import note_formula_above
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.build.resolution import smeared
from nudipole.experiments.build.samples import in_a_row, in_angles, replaced
from nudipole.experiments.schema import detector as d
from nudipole.experiments.schema.background import BackgroundSpec
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.experiments.schema.process import ElectronSpec, InverseBetaSpec, NucleusSpec, ProcessSpec
from nudipole.experiments.schema.resolution import ResolutionSpec
from nudipole.interactions import (
    AngleCut,
    ElectronScattering,
    EquivalentPhoton,
    InverseBeta,
    NucleusScattering,
    Process,
    heaviest,
    to_heavy,
)
from nudipole.rates import Response, fold, fold_each
from nudipole.sources import Beam
from nudipole.targets import ManyBodyFactor, isotopes, photoabsorption
from nudipole.targets.compound import formula, molecule
from nudipole.targets.nuclei import Nucleus
from nudipole.targets.photoabsorption import HIGHEST

#: Isotopes that share a detector response, that response, and their fraction of the exposure.
Folds = Iterator[tuple[list[Process], Detector, float]]


@dataclass(frozen=True)
class Part:
    """One process of an experiment, folded.

    Attributes
    ----------
    name : str
        Of the process in the description.
    process : Process
        Gives the operators; one of the isotopes where there are several.
    detector : Detector
    response : Response
        In bins of energy, or of energy and time or mode; all isotopes and elements added.
    folded : tuple of (list of Process, float)
        The isotopes of every element, and its exposure.
    """

    name: str
    process: Process
    detector: Detector
    response: Response
    folded: tuple[tuple[list[Process], float], ...]

    def scaled(self, factor: NDArray[np.float64], overall: float) -> Part:
        """The same with another value of an event, (b,) by bin, and `overall` where there are no bins."""
        response = Response(self.response.components, self.response.channels, self.response.W * factor[:, None, None])
        folded = tuple((group, overall * exposure) for group, exposure in self.folded)
        return replace(self, response=response, folded=folded)


class Parts:
    """Makes the parts of one description.

    Parameters
    ----------
    spec : ExperimentSpec
    reader : Reader
    """

    def __init__(self, spec: ExperimentSpec, reader: Reader) -> None:
        self.spec, self.reader = spec, reader
        #: Edges of the bins as described, and of those at and above the threshold.
        self.written_edges = written_edges(spec.detector.bins, self.unit, reader)
        self.edges = above_threshold(self.written_edges, spec.detector.threshold, reader)
        self.atoms, self.nuclei = self._target()

    def fold(self, beam: Beam, shares: NDArray[np.float64] | None) -> tuple[Part, ...]:
        """Every process folded with `beam`, spread over bins of time or modes with the `shares` of its components.

        A process or element whose recoils all stay below the bins counts nothing; if none does better, that is an
        error.
        """
        parts: list[Part] = []
        unreachable: InputError | None = None
        for name, given in self.spec.named_processes.items():
            key = "process" if self.spec.process is not None else f"processes.{name}"
            for process, detector, fraction in self.folds(given, key):
                exposure = fraction * self.spec.exposure
                try:
                    with self.reader.at(key):
                        response = fold(beam, process, detector, exposure=exposure)
                except InputError as error:
                    cause = error.__cause__
                    if not isinstance(cause, Unreachable):
                        raise
                    least, most = (f"{digits.number(units.express(T, 'keV'))} keV" for T in (cause.value, cause.high))
                    message = f"the largest recoils have {most}, the lowest bin needs {least}: lower the bins"
                    unreachable = self.reader.fail(key, message)
                    continue
                if isinstance(given, ElectronSpec):
                    check_factors(given, process[0], response, beam, detector,
                                  exposure=exposure, reader=self.reader, key=key)  # fmt: skip

                def again(
                    seen: Detector, process: list[Process] = process, exposure: float = exposure, key: str = key
                ) -> list[Response | None]:
                    with self.reader.at(key):
                        return [fold(beam, process, seen, exposure=exposure)]

                def within(
                    cut: AngleCut, process: list[Process] = process, detector: Detector = detector,
                    exposure: float = exposure, key: str = key,
                ) -> Response:  # fmt: skip
                    with self.reader.at(key):
                        return fold(beam, _within(process, cut), detector, exposure=exposure)

                if (angle := self.spec.detector.angle) is not None:
                    response = in_angles(angle, within)
                    # All bins together are a cut.
                    process = _within(process, AngleCut("cos_theta", angle.cos_theta[0], angle.sigma))
                (found,) = self._in_samples([response], name, detector, shares, again)
                assert found is not None
                response = found
                part = Part(name, process[0], detector, response, ((process, exposure),))
                if parts and parts[-1].name == name and parts[-1].response.channels == response.channels:
                    parts[-1] = _added(parts[-1], part)
                else:
                    parts.append(part)
        if not parts and unreachable is not None:
            raise unreachable
        if self.spec.heavy is not None:
            m4 = self.spec.heavy.mass
            (heavy,) = self.fold_heavy(beam, shares, [m4])
            if not heavy:
                raise self.reader.fail("heavy.mass", self.unreached(beam, m4))
            parts += heavy
        return tuple(parts)

    def fold_heavy(
        self, beam: Beam, shares: NDArray[np.float64] | None, masses: Sequence[float]
    ) -> list[tuple[Part, ...]]:
        """Upscattering to a lepton of each of the `masses` [MeV] beside every process, seen with its response."""
        parts: list[dict[str, Part]] = [{} for _ in masses]
        for name, key, processes, detector, fraction in self._all_folds():
            exposure = fraction * self.spec.exposure
            with self.reader.at(key):
                heavy = [[up for one in processes if (up := to_heavy(one, m4)) is not None] for m4 in masses]
                if not heavy[0]:
                    continue
                responses = list(fold_each(beam, heavy, detector, exposure=exposure))

            def again(
                seen: Detector, heavy: list[list[Process]] = heavy, exposure: float = exposure, key: str = key
            ) -> list[Response | None]:
                with self.reader.at(key):
                    return list(fold_each(beam, heavy, seen, exposure=exposure))

            responses = self._in_samples(responses, name, detector, shares, again)
            for mine, made, response in zip(parts, heavy, responses, strict=True):
                if response is None:
                    continue
                part = Part(f"{name} to N", made[0], detector, response, ((made, exposure),))
                mine[name] = _added(mine[name], part) if name in mine else part
        return [tuple(mine.values()) for mine in parts]

    def _in_samples(
        self,
        responses: list[Response | None],
        process: str,
        detector: Detector,
        shares: NDArray[np.float64] | None,
        again: Callable[[Detector], list[Response | None]],
    ) -> list[Response | None]:
        """Responses spread over bins of time or modes, sample after sample; folded `again` where it must be."""

        def spread(one: Response | None) -> Response | None:
            return one if one is None or shares is None else one.spread(shares)

        if self.spec.smooth_off:
            # Without the source nothing responds.
            return [in_a_row([spread(one), None]) for one in responses]
        if self.spec.samples is None:
            return [spread(one) for one in responses]
        rows = []
        for name, sample in self.spec.samples.items():
            share = sample.share_of(process)
            if isinstance(share, float | int):
                rows.append([None if one is None else replaced(one, share * np.asarray(one.W)) for one in responses])
                continue
            key = f"samples.{name}.share"
            if share.of == "recoil" and not isinstance(self.spec.named_processes[process], NucleusSpec):
                raise self.reader.fail(key, f"of: recoil is of nuclear recoils, which {process} has none of")
            own, factors = efficiencies((share,), self.edges, detector.quenching, self.reader, key, self.unit)
            rows.append(again(detector.times(own, *factors)))
        return [in_a_row([spread(row[k]) for row in rows]) for k in range(len(responses))]

    def unreached(self, beam: Beam, m4: float) -> str:
        """Why no lepton of mass `m4` [MeV] is seen, and the heaviest that the beam can make."""
        energy = float(np.concatenate([beam.endpoints, beam.line_energies]).max())
        folds = [(detector, one) for *_, processes, detector, _ in self._all_folds() for one in processes]
        made = f"{digits.plain(m4, 6)} MeV"
        most = max(heaviest(energy, float(one.mass)) for _, one in folds)
        if m4 >= most:
            return f"no neutrino of the source makes {made}: at most {_below(most)} MeV"
        counted = max(heaviest(energy, float(one.mass), *detector.recoil_range()) for detector, one in folds)
        return f"recoils that make {made} stay outside of the bins: at most {_below(counted)} MeV"

    def _all_folds(self) -> Iterator[tuple[str, str, list[Process], Detector, float]]:
        for name, given in self.spec.named_processes.items():
            key = "process" if self.spec.process is not None else f"processes.{name}"
            for processes, detector, fraction in self.folds(given, key):
                yield name, key, processes, detector, fraction

    @property
    def axis(self) -> BinnedAxis:
        """The bins of energy as described, those below the threshold too."""
        return BinnedAxis("energy", "detector.bins", self.written_edges, partial(self.unit, key="detector.light_yield"))

    @property
    def mass(self) -> float:
        """Mass of one unit of the target [MeV]."""
        return sum(number * self._atomic_mass(element) for element, number in self.atoms.items())

    def _atomic_mass(self, element: str) -> float:
        return sum(fraction * float(isotope.atomic_mass) for fraction, isotope in self.nuclei[element])

    def _target(self) -> tuple[dict[str, float], dict[str, tuple[tuple[float, Nucleus], ...]]]:
        """Atoms of one unit of the target, and the isotopes of each element."""
        given = self.spec.target
        try:
            atoms = formula(given.name)
        except UnknownName as error:
            if given.element is None:
                raise self.reader.fail("target.formula", str(error)) from error
            message = f"is not an element: write its symbol, for example Xe, or a formula; as one, {error}"
            raise self.reader.fail("target.element", f"{shortened(given.element)} {message}") from error
        if given.element is not None and list(atoms.items()) != [(given.element, 1.0)]:
            message = f"{shortened(given.element)} is not an element: write formula: {given.element[:40]}"
            raise self.reader.fail("target.element", message)
        mixes: dict[str, dict[int, float]] = {element: {} for element in atoms}
        for name, fraction in given.enrichment.items():
            element = name.lstrip("0123456789")
            if element not in mixes:
                raise self.reader.fail(f"target.enrichment.{name}", f"there is no {element} in {given.name}")
            mixes[element][int(name.removesuffix(element))] = fraction
        with self.reader.at("target.enrichment" if given.enrichment else "target"):
            return atoms, {element: isotopes(element, mix or None) for element, mix in mixes.items()}

    def folds(self, given: ProcessSpec, key: str) -> Folds:
        """Isotopes that share a detector response, that response, and their fraction of the exposure."""
        return FOLDS[given.kind](self, given, key)

    def on_electrons(self, given: ElectronSpec, key: str) -> Folds:
        """Scattering on electrons, and what equivalent photons stand for: recoils without quenching."""
        detector = self.detector_of_process(given, self.scale, key)
        yield from ((process, detector, 1.0) for process in self._electrons(given, key))

    def on_nuclei(self, given: NucleusSpec, key: str) -> Folds:
        """Coherent scattering, element by element: each has its own quenching."""
        known = {f"{round(float(n.Z + n.N))}{e}" for e, found in self.nuclei.items() for _, n in found}
        for name in given.radii:
            if name not in known:
                message = f"is not in the target, which has {', '.join(sorted(known))}"
                raise self.reader.fail(f"{key}.radii.{name}", message)
        for element, number in self.atoms.items():
            of, where = quenching_of(given, element, self.atoms, self.spec.target.name, self.reader, f"{key}.quenching")
            quenching = quenched(of, float(self.nuclei[element][0][1].Z), self.reader, where)
            detector = self.detector_of_process(given, quenching, key)
            if of.kind == "polynomial":
                note_formula_above(detector, self.reader, where)
            share = number * self._atomic_mass(element) / self.mass
            yield self._nuclei(given, element, key), detector, share

    def on_protons(self, given: InverseBetaSpec, key: str) -> Folds:
        """Inverse beta decay on hydrogen, whose positrons are seen as electrons are, with their photons beside."""
        protons = self.atoms.get("H", 0.0) * sum(
            share for share, n in self.nuclei.get("H", ()) if round(float(n.N)) == 0
        )
        if not protons > 0:
            message = f"{self.spec.target.name} has no hydrogen: inverse beta decay needs free protons"
            raise self.reader.fail(key, f"{message}, as C9H12 or H2O have")
        seen = {"prompt": 2.0, "positron": 1.0, "kinetic": 0.0}[given.energy] * const.m_e
        detector = self.detector_of_process(given, Added(self.scale, seen) if seen else self.scale, key)
        yield [InverseBeta(self.mass / protons, given.cross_section)], detector, 1.0

    def _electrons(self, given: ElectronSpec, key: str) -> Iterator[list[Process]]:
        masses = {element: self._atomic_mass(element) for element in self.atoms}
        target = molecule(self.atoms, binding=given.binding, masses=masses)
        with self.reader.at(key):
            if given.weak_factor is not None:
                factor = self._many_body_factor(given.weak_factor, "weak", key)
                target = replace(target, weak_factor=factor)
            if given.dipole_factor is not None:
                factor = self._many_body_factor(given.dipole_factor, "dipole", key)
                target = replace(target, dipole_factor=factor)
            cut = None
            if given.angle is not None and given.angle.cos_theta is not None:
                cut = AngleCut("cos_theta", given.angle.cos_theta, given.angle.sigma)
            elif given.angle is not None and given.angle.E_theta2 is not None:
                cut = AngleCut("E_theta2", given.angle.E_theta2, given.angle.sigma)
            photons = given.millicharge == "equivalent-photon"
            if photons and self.edges[-1] > 1e-3 * HIGHEST:
                top = units.express(self.edges[-1], "keV")
                message = f"photoabsorption is known up to {HIGHEST:g} keV and the bins reach {top:.4g} keV"
                raise self.reader.fail(f"{key}.millicharge", f"{message}: write free-electron, which is right there")
            yield [ElectronScattering.on(target, given.couplings, cut=cut, charge_squared=not photons)]
            if photons:
                yield [EquivalentPhoton(photoabsorption(self.atoms), target.mass, given.neutrino_mass)]

    def _many_body_factor(self, name: str, channel: str, key: str) -> ManyBodyFactor:
        """The factor called ELEMENT-...-CHANNEL, which is for nothing else."""
        factor = ManyBodyFactor.named(name)
        if not (name.endswith(f"-{channel}") and [name.split("-")[0]] == [element.lower() for element in self.atoms]):
            message = f"{name} is not a {channel} factor of {self.spec.target.name}: leave it out"
            raise self.reader.fail(f"{key}.{channel}_factor", message)
        return factor

    def _nuclei(self, given: NucleusSpec, element: str, key: str) -> list[Process]:
        mean = self._atomic_mass(element)
        processes: list[Process] = []
        for fraction, isotope in self.nuclei[element]:
            radii = given.radii.get(f"{round(float(isotope.Z + isotope.N))}{element}")
            if radii is not None:
                isotope = Nucleus(isotope.Z, isotope.N, isotope.mass, radii.proton, radii.neutron)
            with self.reader.at(f"{key}.radii" if radii else key):
                processes.append(
                    NucleusScattering.of(
                        isotope, given.couplings, form_factor=given.form_factor, fraction=fraction, element_mass=mean
                    )
                )
        return processes

    def detector_of_process(self, given: ProcessSpec, quenching: Quenching, key: str) -> Detector:
        """The response to one process: its own resolution and efficiency, or else those of the detector."""
        nuclei = isinstance(given, NucleusSpec)
        return self._responding(given.resolution, given.efficiency, quenching, key, nuclei=nuclei)

    def detector_of_background(self, given: BackgroundSpec, key: str) -> Detector:
        """The response to a background of known spectrum: its own resolution, or else that of the detector."""
        if given.as_seen:
            none = Efficiency.constant(1.0)
            return Detector(self.edges, RESOLUTIONS["none"](), none, QUENCHINGS["none"]())
        if any(one.of == "recoil" for one in self.spec.detector.efficiency):
            message = "the efficiency of nuclear recoils is not that of electrons, and left out here"
            self.reader.note(f"{key}.spectrum", message)
        return self._responding(given.resolution, None, self.scale, key, nuclei=None)

    @cached_property
    def scale(self) -> Quenching:
        """At which energy of the bins electrons are seen."""
        key = "detector.scale"
        match self.spec.detector.scale:
            case None:
                return QUENCHINGS["none"]()
            case d.LinearSpec(factor=factor):
                return Polynomial([factor])
            case d.BirksSpec() as given:
                with self.reader.at(key):
                    electrons = sum(number * float(self.nuclei[e][0][1].Z) for e, number in self.atoms.items())
                    density = given.density * electrons / self.mass
                    return Birks(given.factor, given.kB, density, given.mean_excitation)
            case given:
                return quenched(given, 0.0, self.reader, key)

    def _responding(
        self,
        resolution: ResolutionSpec | None,
        efficiency: tuple[d.EfficiencySpec, ...] | None,
        quenching: Quenching,
        key: str,
        *,
        nuclei: bool | None,
    ) -> Detector:
        """A response; to nuclei, to other recoils, or (None) to a background, which no recoil efficiency is for."""
        spec = self.spec.detector
        where = f"{key if efficiency else 'detector'}.efficiency"
        given = efficiency or spec.efficiency
        if nuclei is None:
            given = tuple(one for one in given if one.of != "recoil")
        elif not nuclei and any(one.of == "recoil" for one in given):
            words = "of: recoil is of nuclear recoils, and these are none: write of: E_ee"
            if not efficiency:
                words = f"of: recoil is of nuclear recoils, which {key} has none of: give each process its efficiency"
            raise self.reader.fail(where, words)
        counted, factors = efficiencies(given, self.edges, quenching, self.reader, where, self.unit)
        smearing = f"{key if resolution else 'detector'}.resolution"
        made = smeared(resolution or spec.resolution, self.edges, self.reader, smearing, self.unit)
        with self.reader.at(smearing):
            return Detector(self.edges, made, counted, quenching, factors)

    def unit(self, unit: str, key: str) -> float:
        """Internal value of a unit of reconstructed energy."""
        if unit != "PE":
            return units.in_internal(unit)
        if self.spec.detector.light_yield is None:
            raise self.reader.fail(key, "PE needs detector.light_yield, for example 13.35 1/keV")
        return 1 / self.spec.detector.light_yield


def _within(processes: list[Process], cut: AngleCut) -> list[Process]:
    """Scattering on electrons within a cut on their angle."""
    return [replace(one, cut=cut) for one in processes if isinstance(one, ElectronScattering)]


def _below(value: float) -> str:
    """To four digits, rounded down: what is still reached."""
    step = 10.0 ** (math.floor(math.log10(value)) - 3)
    return digits.plain(math.floor(value / step) * step, 4)


def _added(one: Part, other: Part) -> Part:
    """Two elements as one part, with the detector response of the first."""
    W = one.response.W + other.response.W
    response = Response(one.response.components, one.response.channels, W)
    return Part(one.name, one.process, one.detector, response, one.folded + other.folded)


#: What is folded for a process, by kind, as in `nudipole.experiments.schema.process.PROCESSES`: from the `Parts` of the
#: description, the process in it, and its key.
FOLDS: dict[str, Callable[[Parts, Any, str], Folds]] = {
    "nu-e": Parts.on_electrons,
    "cevns": Parts.on_nuclei,
    "ibd": Parts.on_protons,
}

"""Targets and processes in the schema: what is struck, how, and what of it the detector sees.

A new kind of process: its class, and one line in `PROCESSES`.
"""

from __future__ import annotations

import abc
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from nudipole.experiments.schema.detector import Efficiencies, OneQuenchingSpec, QuenchingSpec
from nudipole.experiments.schema.resolution import ResolutionSpec
from nudipole.io.fields import ISOTOPE, Angle, Closed, Energy, HeavyMass, Mass, Radius, Share, Word
from nudipole.io.kinds import OneOf

Isotope = Annotated[str, Field(pattern=ISOTOPE)]


class TargetSpec(Closed):
    """What is struck: a chemical symbol, or a formula such as CsI or C9H12; isotopes by number of atoms."""

    element: str | None = None
    formula: str | None = None
    enrichment: dict[Isotope, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_form(self) -> TargetSpec:
        if (self.element is None) == (self.formula is None):
            raise ValueError("give either an element (its symbol) or a formula")
        return self

    @property
    def name(self) -> str:
        """Symbol or formula."""
        return self.element or self.formula or ""


class ProcessBase(Closed):
    """What every process has, some of it in place of what the detector has.

    `nudipole.experiments.build.parts.FOLDS` knows by the same kind what is folded.
    """

    resolution: ResolutionSpec | None = None
    efficiency: Efficiencies | None = None
    kind: str

    @property
    @abc.abstractmethod
    def words(self) -> str:
        """The process in a few words."""

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        return [given.table for given in self.efficiency or () if given.table]


class AngleSpec(Closed):
    """A cut on the angle of the electron to the beam: an upper limit of E_e theta^2 or a lower one of its cosine."""

    E_theta2: Energy | None = None
    cos_theta: Annotated[FiniteFloat, Field(gt=0, lt=1)] | None = None
    sigma: Angle = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> AngleSpec:
        if (self.E_theta2 is None) == (self.cos_theta is None):
            raise ValueError("give either E_theta2 or cos_theta")
        return self


class ElectronSpec(ProcessBase):
    """nu-e scattering."""

    kind: Literal["nu-e"]
    binding: Literal["stepping", "free"] = "stepping"
    couplings: Literal["one-loop", "tree"] = "one-loop"
    weak_factor: Word | None = None
    dipole_factor: Word | None = None
    millicharge: Literal["free-electron", "equivalent-photon"] = "free-electron"
    neutrino_mass: Mass = 1e-6
    angle: AngleSpec | None = None

    @model_validator(mode="after")
    def _factor_of_stepping(self) -> ElectronSpec:
        if self.binding == "free" and (factors := [name for name in (self.weak_factor, self.dipole_factor) if name]):
            raise ValueError(
                f"{factors[0]} is a ratio to the stepping approximation and means nothing on free electrons: "
                "write binding: stepping, or set the factor to null"
            )
        return self

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        return [*super().tables(), *(f"atomic-{name}" for name in (self.weak_factor, self.dipole_factor) if name)]

    @property
    def words(self) -> str:
        """The process in a few words."""
        extras = [f"weak factor {self.weak_factor}"] if self.weak_factor else []
        extras += [f"dipole factor {self.dipole_factor}"] if self.dipole_factor else []
        extras += [f"millicharge by {self.millicharge}"] if self.millicharge != "free-electron" else []
        extras += ["angle cut"] if self.angle else []
        return ", ".join([f"nu-e, {self.binding}, {self.couplings} couplings", *extras])


class RadiiSpec(Closed):
    """Rms radii of a nucleus."""

    proton: Radius
    neutron: Radius


class NucleusSpec(ProcessBase):
    """Coherent elastic scattering on nuclei (CEvNS)."""

    kind: Literal["cevns"]
    couplings: Literal["one-loop", "tree"] = "one-loop"
    form_factor: Literal["helm", "klein-nystrand", "symmetrised-fermi", "unity"] = "helm"
    radii: dict[Isotope, RadiiSpec] = Field(default_factory=dict)
    quenching: QuenchingSpec

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        named = [one.table for one in self.quenchings.values() if one.kind == "table" and one.table]
        return [*super().tables(), *named, "nuclear-radii"]

    @property
    def quenchings(self) -> dict[str, OneQuenchingSpec]:
        """By element; of all elements under an empty name."""
        return self.quenching if isinstance(self.quenching, dict) else {"": self.quenching}

    @property
    def words(self) -> str:
        """The process in a few words."""
        quenching = ", ".join(f"{one.kind} ({name})" if name else one.kind for name, one in self.quenchings.items())
        return f"cevns, {self.couplings} couplings, {self.form_factor} form factor, quenching {quenching}"


class InverseBetaSpec(ProcessBase):
    """Inverse beta decay, nubar_e p -> e^+ n, on the hydrogen of the target.

    The energy of the bins is by default that of a scintillator, which sees the positron and the two photons of its
    annihilation (``prompt``); ``positron`` is its total energy, ``kinetic`` its kinetic one. By the ``full`` cross
    section the neutron takes its share of the energy; by the ``approximation`` it is at rest.
    """

    kind: Literal["ibd"]
    cross_section: Literal["full", "approximation"] = "full"
    energy: Literal["prompt", "positron", "kinetic"] = "prompt"

    @property
    def words(self) -> str:
        """The process in a few words."""
        return f"inverse beta decay, {self.cross_section} cross section, {self.energy} energy"


class HeavySpec(Closed):
    """A heavy neutral lepton to which neutrinos upscatter beside every process, seen with the response of that process.

    On electrons where the process is nu-e scattering, on nuclei where it is coherent scattering.
    """

    mass: HeavyMass


#: By kind, as in `nudipole.experiments.build.parts.FOLDS`.
PROCESSES: dict[str, type[ProcessBase]] = {
    "nu-e": ElectronSpec,
    "cevns": NucleusSpec,
    "ibd": InverseBetaSpec,
}

ProcessSpec = Annotated[ProcessBase, OneOf(PROCESSES)]

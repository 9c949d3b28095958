"""Resolutions in the schema. A new kind: its class here, and its physics in `nudipole.detectors.RESOLUTIONS`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, NonNegativeFloat, model_validator

from nudipole.io.fields import (
    Closed,
    Energy,
    InverseEnergy,
    Pure,
    RootEnergy,
    Share,
    Width,
    Word,
    electron_equivalent,
)

#: Units of reconstructed energies; photoelectrons where the detector has a light yield.
EnergyUnit = Annotated[Literal["eV", "keV", "MeV", "GeV", "PE"], BeforeValidator(electron_equivalent)]
#: Energies of a table.
Energies = Annotated[list[NonNegativeFloat], Field(min_length=2, max_length=10_000)]


class ExactSpec(Closed):
    """No smearing."""

    kind: Literal["none"]


class ConstantSpec(Closed):
    """sigma(E) = a."""

    kind: Literal["constant"]
    a: Width


class SqrtSpec(Closed):
    """sigma(E) = a sqrt(E)."""

    kind: Literal["sqrt"]
    a: RootEnergy


class SqrtLinearSpec(Closed):
    """sigma(E) = a sqrt(E) + b E."""

    kind: Literal["sqrt-linear"]
    a: RootEnergy
    b: Annotated[Pure, Field(ge=0)] = 0.0


class FanoSpec(Closed):
    """sigma(E)^2 = noise^2 + fano pair_energy E: electronic noise and the statistics of pairs in a semiconductor."""

    kind: Literal["fano"]
    noise: Energy
    fano: Annotated[Pure, Field(ge=0)]
    pair_energy: Width


class GammaSpec(Closed):
    """A Gamma distribution of the light, of mean E and relative variance 1/(1 + shape_per_energy E) + spread^2."""

    kind: Literal["gamma"]
    shape_per_energy: InverseEnergy
    spread: Share = 0.0


class QuadratureSpec(Closed):
    """sigma(E)^2 = noise^2 + a^2 E + b^2 E^2."""

    kind: Literal["quadrature"]
    noise: Energy = 0.0
    a: RootEnergy = 0.0
    b: Annotated[Pure, Field(ge=0)] = 0.0


class PolynomialWidthSpec(Closed):
    """sigma(E) = c0 + c1 E + c2 E^2 + ..., both in the `unit`; above `up_to`, by default the bins, its value there."""

    kind: Literal["polynomial"]
    unit: EnergyUnit
    coefficients: Annotated[list[FiniteFloat], Field(min_length=1, max_length=12)]
    up_to: Width | None = None


class WidthTableSpec(Closed):
    """sigma at energies, linear in between: two lists in the `unit`, or columns E and sigma of a table or file.

    In place of sigma may stand `relative`, sigma/E. Energies cover the bins; beyond their ends sigma, or else
    sigma/E, keeps its value there.
    """

    kind: Literal["table"]
    table: Word | None = None
    file: str | None = None
    unit: EnergyUnit = "keV"
    energy: Energies | None = None
    sigma: list[NonNegativeFloat] | None = None
    relative: list[Share] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> WidthTableSpec:
        if sum(given is not None for given in (self.table, self.file, self.energy)) != 1:
            raise ValueError("give exactly one of table, file, or energy with sigma or relative")
        values = [given for given in (self.sigma, self.relative) if given is not None]
        if len(values) != (self.energy is not None):
            raise ValueError("energy goes with one of sigma and relative")
        if self.energy is not None and len(values[0]) != len(self.energy):
            raise ValueError(f"energy has {len(self.energy)} entries, sigma or relative {len(values[0])}")
        return self


class MatrixSpec(Closed):
    """A smearing matrix: probabilities to be found in bins of the reconstructed energy, at energies before.

    A CSV file with a row for each energy and bin, columns E, E_low, E_high and probability. Linear between energies,
    and flat within a bin of the matrix; nothing is counted at energies outside of the table.
    """

    kind: Literal["matrix"]
    file: str


WidthSpec = Annotated[
    ConstantSpec | SqrtSpec | SqrtLinearSpec | QuadratureSpec | FanoSpec | PolynomialWidthSpec | WidthTableSpec,
    Field(discriminator="kind"),
]


class SkewedSpec(Closed):
    """A skewed Gaussian, 2 phi(z) Phi(alpha z), of mean E and of the standard deviation of another kind."""

    kind: Literal["skewed"]
    alpha: Annotated[FiniteFloat, Field(ge=-20, le=20)]
    sigma: WidthSpec


ResolutionSpec = Annotated[
    ExactSpec
    | ConstantSpec
    | SqrtSpec
    | SqrtLinearSpec
    | QuadratureSpec
    | FanoSpec
    | GammaSpec
    | PolynomialWidthSpec
    | WidthTableSpec
    | SkewedSpec
    | MatrixSpec,
    Field(discriminator="kind"),
]

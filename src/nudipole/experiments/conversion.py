"""Solar neutrinos that arrive as antineutrinos: how much a neutrino makes of a reference, and what that rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Complex, Float

from nudipole import digits
from nudipole.experiments.schema.source import SolarSpec
from nudipole.numerics import AnyArray, jnp
from nudipole.properties import GROUPS, Neutrino
from nudipole.properties.parameters import PRODUCT
from nudipole.sources.beam import Converted
from nudipole.sources.solar import FLUX_UNIT

if TYPE_CHECKING:
    from nudipole.experiments.experiment import Experiment

#: Parameters of a conversion.
CONVERSION = tuple(p.name for group in ("antineutrino-conversion", "moment-times-field") for p in GROUPS[group])
#: Up to here a probability grows with the square of moment and field; beyond, by about its own size less.
PROPORTIONAL = 1e-3


def weight(reference: Converted, neutrino: Neutrino, U: Complex[AnyArray, "3 3"]) -> Float[AnyArray, ""]:
    r"""How many times the reference a neutrino is converted.

    .. math:: P \quad{\rm or}\quad \Big(\frac{\mu_{12}B_0}{10^{-9}\,\mu_B\,{\rm kG}}\Big)^2,
              \qquad \mu_{12} = |(U^T\lambda_F U)_{12}|

    of Majorana neutrinos: moments with nu_3 convert ten thousand times less, and are left out.

    Parameters
    ----------
    reference : Converted
    neutrino : Neutrino
    U : Complex[Array, "3 3"]
        Mixing matrix.
    """
    if reference.field is None:
        return neutrino.converted[0]
    asked = neutrino.converted[1]
    if neutrino.nature != "majorana":
        return asked
    mu_12 = neutrino.lam[0, 1] if neutrino.basis == "mass" else (U.T @ neutrino.lam @ U)[0, 1]
    size = reference.field / PRODUCT
    return asked + (mu_12.real * size) ** 2 + (mu_12.imag * size) ** 2


def weights(
    converted: tuple[Converted | None, ...], neutrino: Neutrino, U: Complex[AnyArray, "3 3"]
) -> Float[AnyArray, " s"]:
    """Factors of the components of a beam: one for what is not converted."""
    return jnp.stack([jnp.ones(()) if one is None else weight(one, neutrino, U) for one in converted])


def meaning(experiments: Sequence[Experiment], parameter: str) -> str:
    """What a limit of experiments on solar antineutrinos refers to.

    Parameters
    ----------
    experiments : sequence of Experiment
    parameter : str
    """
    if parameter == "p_antinu":
        fluxes = dict.fromkeys(
            f"{digits.number(total)} 1/(cm^2 s) of {name.removesuffix(' nubar')}"
            for e in experiments
            for name, total, of in zip(
                e.beam.components, (np.asarray(e.beam.flux()) / FLUX_UNIT).tolist(), e.beam.converted, strict=True
            )
            if of is not None and of.field is None
        )  # fmt: skip
        return (
            f"solar nubar_e over the solar flux without conversion, {' and '.join(fluxes)}, spectrum undistorted; no "
            "moment and no field enter"
        )
    shapes = dict.fromkeys(
        e.spec.source.antineutrinos.field or "none"
        for e in experiments
        if isinstance(e.spec.source, SolarSpec) and e.spec.source.antineutrinos is not None
    )
    given = " and ".join(shapes)
    if parameter == "mu_B_product":
        of = " and ".join(shape.partition(":")[0] for shape in shapes)
        return (
            f"Majorana moment mu_12 (mass states) times the field B0 of the shape {of}: the shape is an assumption, "
            "and another moves the number by a factor of two; for a moment divide by the field"
        )
    return f"of Majorana neutrinos whose spins precess in the field {given} of the Sun, which is an assumption"


def remedy(experiment: Experiment, parameter: str) -> str:
    """What to do where a parameter changes nothing in an experiment.

    Parameters
    ----------
    experiment : Experiment
    parameter : str
    """
    references = [one for one in experiment.beam.converted if one is not None]
    if not references:
        return "no antineutrinos of the Sun are looked for there: limit another parameter, or take another experiment"
    if references[0].field is None:
        return "a field of the Sun makes antineutrinos of moments: name one, as in --field convective:50kG"
    if parameter == "p_antinu":
        return "a field distorts the spectrum: leave out the field, or limit mu_B_product"
    return "solar antineutrinos tell of mu_12 of Majorana neutrinos alone: limit mu_12, lambda_3 or mu_B_product"


def doubts(experiments: Sequence[Experiment], parameter: str, value: float) -> list[str]:
    """What a limit on a conversion rests on beyond where it is proportional.

    Parameters
    ----------
    experiments : sequence of Experiment
    parameter : str
    value : float
        Of the upper end.
    """
    from nudipole.models import neutrino_of

    if not np.isfinite(value):
        return []
    found = []
    for experiment in experiments:
        highest = 0.0
        U = experiment.oscillation.pmns()
        for one in experiment.beam.converted:
            if one is not None and one.field is not None:
                highest = max(highest, one.highest * float(weight(one, neutrino_of({parameter: value}), U)))
        if highest > PROPORTIONAL:
            name = f"{experiment.name}: " if len(experiments) > 1 else ""
            found.append(
                f"{name}up to {digits.number(highest, 2)} are converted, more than grows with (mu B)^2: off by about "
                "as much, relative; `nudipole precession` has the exact number"
            )
    return found

"""Supersymmetry with a vector-like generation: the range that was quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.models.matrices import universal
from nudipole.models.model import Model, Values
from nudipole.models.parameter import moment

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino

#: As Lawe (2016) quotes it [mu_B].
_RANGE = (1e-14, 1e-10)


class MSSM(Model):
    """The range of moments that was quoted for extensions of the minimal supersymmetric model."""

    name = "mssm"
    title = "Supersymmetry with a vector-like generation: the quoted range"
    kind = "range"
    declared = (moment("mu", "moment of every neutrino", 1e-12),)
    lagrangian = "minimal supersymmetric model with a vector-like lepton generation that mixes with the others"
    formula = "mu = 1e-14 ... 1e-10 mu_B, as quoted: there is no formula"
    validity = "an older statement, as Lawe:2016 has it; the upper end is excluded by experiment"
    neglects = "everything: a range of numbers"
    references = ("Aboubrahim:2013yfa", "Lawe:2016")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        return universal(values["mu"])

    def _doubts(self, values: Values) -> list[str]:
        low, high = _RANGE
        inside = low <= values["mu"] <= high
        return (
            ["a quoted range, no calculation"] if inside else [f"outside of the quoted range {low:g} to {high:g} mu_B"]
        )

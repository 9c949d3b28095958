r"""Does omega_a depend on the energy of the positrons? Two hypotheses, each with one free parameter.

.. math:: \text{constant: } \omega_i = \omega_{a0}, \qquad \text{model: } \omega_i = \omega_{a0}(1 + m_i)

on measured omega_i with errors sigma_i in bins of energy; m_i is the relative shift delta_a_mu/a_mu. With

.. math:: \Delta\chi^2 = \chi^2_\text{constant} - \chi^2_\text{model}, \qquad
   S = \sum_i \big[(m_i - \bar m)/\sigma_i\big]^2

(relative errors, mean with the weights 1/sigma_i^2), Delta chi2 is a Gaussian of mean +S where the model is true, -S
where the frequency is constant, and standard deviation 2 sqrt(S) in both cases: what tells the two apart is this
difference, not which chi2 per degree of freedom is closer to one. sqrt(S) is the expected separation in sigma.

References
----------
CarneiroSobrinho:2023 Eq. (9) and Fig. 2
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nudipole import digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.io.stamp import stamp
from nudipole.muon_g2.decay.spectrum import N_A, E_max
from nudipole.muon_g2.shift import averages, conjecture
from nudipole.muon_g2.wiggle.energy_table import EnergyTable
from nudipole.muon_g2.wiggle.expected import gauss_nodes
from nudipole.muon_g2.wiggle.fits import NO_DESCRIPTION
from nudipole.numerics import ABSURD

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[np.float64]

#: How the shift of a bin follows from that of an energy.
CURVES = {
    "fit": "mean of delta_a_mu(E)/a_mu over the bin with the weight N A: what a fit of the bin's wiggle sees",
    "paper": "A d/<|A|> at the centre of the bin, d = 7.2e-9 f/a_mu, A of muon decay, |A| averaged flat over 1.0 to "
    "2.7 GeV: of these the nearest to omega_a0 of Fig. 2 (2.16 ppm, where it implies 2.18)",
    "A-window": "A d/<A> as for paper, A averaged flat over 1.0 to 2.7 GeV (2.31 ppm in the bins of Fig. 2)",
    "NA-bins": "A d/<A> as for paper, A averaged over the bins with the weight N (1.96 ppm in the bins of Fig. 2)",
    "A-bins": "A d/<A> as for paper, A averaged flat over the bins (1.22 ppm in the bins of Fig. 2)",
}


def shifts(energy_low: Numbers, energy_high: Numbers, curve: str = "fit") -> Numbers:
    r"""Relative shift of omega_a in bins of energy, by the hypothesis.

    fit:

    .. math:: m_i = \int_i N A\,\delta a_\mu\,dE \Big/ \Big(a_\mu \int_i N A\,dE\Big)

    In a bin around the zero of A at 1.30 GeV this may be large; such a bin has a large error, too.

    Parameters
    ----------
    energy_low, energy_high : (k,)
        [MeV]; above the largest energy of a positron there is nothing.
    curve : {"fit", "paper", "A-window", "NA-bins", "A-bins"}
        See `CURVES`; of Fig. 2 none is known to be the one, see `nudipole.muon_g2.shift.figure2`.

    Returns
    -------
    (k,)
        Pure numbers.

    Raises
    ------
    UnknownName
        If there is no such curve.
    NudipoleError
        If the mean asymmetry is not positive.

    Examples
    --------
    >>> (1e6 * shifts(np.array([1000.0, 2000.0, 2500.0]), np.array([2000.0, 2500.0, 3000.0]))).round(2).tolist()
    [2.24, 1.63, 0.75]
    """
    if curve not in CURVES:
        raise UnknownName("curve", curve, CURVES)
    if curve != "fit":
        bins = (float(energy_low[0]), min(float(energy_high[-1]), conjecture.PRINTED_ENERGY))
        normalised = {
            "paper": averages.mean_of(averages.absolute, averages.WINDOW),
            "A-window": averages.mean_of(averages.analytic, averages.WINDOW),
            "NA-bins": averages.mean_of(averages.analytic, bins, averages.positrons),
            "A-bins": averages.mean_of(averages.analytic, bins),
        }[curve]
        if not normalised > 0:
            raise NudipoleError("the mean asymmetry over the bins is not positive: take bins at higher energies")
        # The last centre may lie a rounding above the end of the spectrum.
        centre = np.minimum((energy_low + energy_high) / 2, conjecture.PRINTED_ENERGY)
        return np.asarray(averages.analytic(centre) * averages.shift(centre) / normalised)
    E, w = gauss_nodes(energy_low, np.minimum(energy_high, E_max), 8)
    weight = w * N_A(E / E_max)
    return np.asarray(np.sum(weight * conjecture.relative_shift(E), axis=1) / np.sum(weight, axis=1))


def separation(m: Numbers, sigma: Numbers) -> float:
    """S, the expected Delta chi2 between shifts m and a constant, for relative errors sigma.

    Parameters
    ----------
    m, sigma : (k,)
        Relative shifts, and relative errors of omega_a.

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{separation(np.array([1e-6, 3e-6]), np.array([1e-6, 1e-6])):.2f}")
    2.00
    """
    w = sigma**-2.0
    return float(np.sum(w * (m - w @ m / w.sum()) ** 2))


def power(S: float, alpha: float = 0.05) -> float:
    """Probability to exclude the constant at level alpha where the model is true, Phi(sqrt(S) - z_(1 - alpha)).

    Parameters
    ----------
    S : float
        Expected Delta chi2.
    alpha : float
        In (0, 1).

    Returns
    -------
    float

    Raises
    ------
    NudipoleError
        If alpha is outside (0, 1).

    Examples
    --------
    >>> print(f"{power(9.0):.2f}")
    0.91
    """
    if not 0 < alpha < 1:
        raise NudipoleError(f"level {digits.plain(alpha)}: write a number between 0 and 1")
    return float(stats.norm.cdf(math.sqrt(S) - stats.norm.isf(alpha)))


@dataclass(frozen=True)
class FittedHypothesis:
    """A fit of one hypothesis.

    Attributes
    ----------
    name : str
    omega_a0, error : float
        In the unit of the table.
    chi2 : float
    p_value : float
        Of a larger chi2.
    expected : (k,)
        Fitted values.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle.energy_table import example
    >>> energy_test(example()).constant.name
    'constant'
    """

    name: str
    omega_a0: float
    error: float
    chi2: float
    p_value: float
    expected: Numbers

    @property
    def describes(self) -> bool:
        """Whether it describes the data at all, see `nudipole.numerics.ABSURD`."""
        return self.p_value >= ABSURD


@dataclass(frozen=True)
class EnergyTest:
    """The comparison.

    Attributes
    ----------
    table : EnergyTable
    curve : str
    m : (k,)
        Relative shifts of the model.
    constant, model : FittedHypothesis
    ndof : int
    S : float
        Expected |Delta chi2|.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle.energy_table import example
    >>> test = energy_test(example())
    >>> test.ndof == len(test.m) - 1, test.describes
    (True, True)
    """

    table: EnergyTable
    curve: str
    m: Numbers
    constant: FittedHypothesis
    model: FittedHypothesis
    ndof: int
    S: float

    @property
    def delta_chi2(self) -> float:
        """chi2 of the constant minus that of the model: positive where the model fits better."""
        return self.constant.chi2 - self.model.chi2

    @property
    def p_constant(self) -> float:
        """Probability of a larger Delta chi2 if the frequency is constant."""
        return float(stats.norm.sf((self.delta_chi2 + self.S) / (2 * math.sqrt(self.S))))

    @property
    def p_model(self) -> float:
        """Probability of a smaller Delta chi2 if the model is true."""
        return float(stats.norm.cdf((self.delta_chi2 - self.S) / (2 * math.sqrt(self.S))))

    @property
    def strength(self) -> tuple[float, float]:
        """Factor of the model's energy dependence that fits best, and its error: 0 is constant, 1 the model."""
        return (self.delta_chi2 + self.S) / (2 * self.S), 1 / math.sqrt(self.S)

    @property
    def describes(self) -> bool:
        """Whether one of the hypotheses describes the data: else there is nothing to decide between."""
        return self.constant.describes or self.model.describes

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.describes:
            return "neither describes the data (p < 1e-9 for both): values or errors of the table are wrong, no verdict"
        better = "the constant" if self.delta_chi2 < 0 else "the energy dependence"
        z = math.sqrt(self.S)
        words = f"{better} fits better by {digits.number(abs(self.delta_chi2), 2)}; "
        words += f"data of this precision separate the two by {digits.number(z, 2)} sigma"
        if z < 2:
            return f"{words}: they cannot decide"
        excluded = [
            name for name, p in (("the constant", self.p_constant), ("the energy dependence", self.p_model)) if p < 0.05
        ]
        return f"{words}; excluded at 95% CL: {' and '.join(excluded) or 'neither'}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the points and both fits, on `ax` or in a new figure."""
        from nudipole import plots
        from nudipole.plots.g2.test import energy_test

        return energy_test(self, ax or plots.figure()[1])

    def to_json(self) -> dict[str, Any]:
        """As written by ``nudipole g2 test --json``."""

        strength, error = self.strength if self.describes else (None, None)
        return {
            **stamp("g2-test"),
            "table": self.table.name,
            "note": self.table.note,
            "curve": self.curve,
            "quantity": self.table.quantity,
            "unit": self.table.unit,
            "ndof": self.ndof,
            **{
                hypothesis.name: {
                    "status": "ok" if hypothesis.describes else NO_DESCRIPTION,
                    "omega_a0": hypothesis.omega_a0 if hypothesis.describes else None,
                    "error": hypothesis.error if hypothesis.describes else None,
                    "chi2": hypothesis.chi2,
                    "p_value": hypothesis.p_value,
                }
                for hypothesis in (self.constant, self.model)
            },
            "delta_chi2": self.delta_chi2,
            "expected_delta_chi2": self.S,
            "p_constant": self.p_constant if self.describes else None,
            "p_model": self.p_model if self.describes else None,
            "strength": {"value": strength, "error": error},
            "verdict": self.verdict,
            "columns": {
                "E_low [GeV]": (self.table.energy_low / 1e3).tolist(),
                "E_high [GeV]": (self.table.energy_high / 1e3).tolist(),
                f"{self.table.quantity} [{self.table.unit}]": self.table.values.tolist(),
                f"error [{self.table.unit}]": self.table.errors.tolist(),
                "shift [ppm]": (1e6 * self.m).tolist(),
                f"constant [{self.table.unit}]": self.constant.expected.tolist(),
                f"model [{self.table.unit}]": self.model.expected.tolist(),
            },
        }


def energy_test(table: EnergyTable, curve: str = "fit", m: Numbers | None = None) -> EnergyTest:
    """Fit both hypotheses to a table.

    Parameters
    ----------
    table : EnergyTable
    curve : str
        Of `CURVES`.
    m : (k,), optional
        Other relative shifts to test.

    Returns
    -------
    EnergyTest

    Raises
    ------
    NudipoleError
        If the model is constant over the bins, too, so that there is nothing to test.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle.energy_table import example
    >>> test = energy_test(example())
    >>> print(f"Delta chi2 = {test.delta_chi2:.2f}, expected +-{test.S:.2f}")
    Delta chi2 = -0.69, expected +-1.11
    """
    m = shifts(table.energy_low, table.energy_high, curve) if m is None else m
    # A deviation of 3 ppm is the frequency 1 + 3e-6 in units of the reference.
    x, sigma = table.relative()
    constant, model = (_fitted(name, h, x, sigma, table) for name, h in (("constant", 1 + 0 * m), ("model", 1 + m)))
    S = separation(m, sigma / float(np.average(x, weights=sigma**-2.0)))
    if S < 1e-6:
        raise NudipoleError("the shift is the same in all bins: there is nothing to test")
    return EnergyTest(table, curve, m, constant, model, len(x) - 1, S)


def _fitted(name: str, h: Numbers, x: Numbers, sigma: Numbers, table: EnergyTable) -> FittedHypothesis:
    w = sigma**-2.0
    omega, error = float(w @ (h * x) / (w @ h**2)), float((w @ h**2) ** -0.5)
    chi2 = float(w @ (x - omega * h) ** 2)
    value, err, expected = table.absolute(omega), table.scale * error, np.asarray(table.absolute(omega * h))
    return FittedHypothesis(name, float(value), float(err), chi2, float(stats.chi2.sf(chi2, len(x) - 1)), expected)

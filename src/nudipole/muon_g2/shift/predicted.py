"""What the neutrino-induced shift predicts, every definition and every printed number side by side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.io.stamp import stamp
from nudipole.muon_g2.decay.precession import a_mu
from nudipole.muon_g2.decay.response import TabulatedAsymmetry
from nudipole.muon_g2.shift import averages as of
from nudipole.muon_g2.shift import conjecture, equations, figure2, printed
from nudipole.muon_g2.shift.averages import Array, Average, Shape
from nudipole.muon_g2.shift.energy_dependence import EnergyTest
from nudipole.muon_g2.shift.entanglement import largest_change
from nudipole.muon_g2.shift.moments import GivenMoments
from nudipole.muon_g2.world.measurements import measurement
from nudipole.muon_g2.world.predictions import Difference, prediction

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: delta a_mu at f = 1 by name: as printed, or with the constants of this package.
COEFFICIENTS: dict[str, float] = {"printed": conjecture.PRINTED_COEFFICIENT, "modern": conjecture.COEFFICIENT}
#: What the paper says the average is, and its "error" [relative to a_mu].
PRINTED_AVERAGE = printed.AVERAGE
#: Differences that the shift is to explain: that of the paper, and today's.
_DIFFERENCES = (("world-2021", "wp2020"), ("world-2025", "wp2025"))
_POINTS = 400
_Y = np.linspace(0.0, 1.0, 51)


@dataclass(frozen=True)
class Explained:
    """A difference between measurement and prediction, and what the shift would need to explain it.

    Attributes
    ----------
    difference : Difference
    f : tuple of float
        Energy fraction of the neutrinos, and at one standard deviation below and above.
    E : tuple of float
        Energies of the positrons that belong to them [MeV]; outside 0..E_mu there are none.

    Examples
    --------
    >>> first = predicted().explained[0]
    >>> first.f[1] < first.f[0] < first.f[2]
    True
    """

    difference: Difference
    f: tuple[float, float, float]
    E: tuple[float, float, float]


@dataclass(frozen=True)
class Predicted:
    """All that the hypothesis says.

    Attributes
    ----------
    coefficient : str
        Of `COEFFICIENTS`: which one made the curve and the averages.
    window : (float, float)
        Of the paper's average [MeV].
    E, relative : array
        Energies [MeV], and delta a_mu/a_mu at them.
    curves : dict of array
        The weighted curve A d/<A> at E, by the asymmetry.
    averages : tuple of Average
    explained : tuple of Explained
    chi2 : Comparison
        Of the paper's own fits.
    m_nu, f : float
        Mass of the neutrinos [MeV] and their energy fraction, for the equations and the frequencies.
    claims : tuple of Claim
        Every equation and number of the paper, with a verdict.
    bands : dict of array
        Errors of the curves that have some, from those of a measured asymmetry.
    generated : EnergyTest
        Both fits of Fig. 2 to nine generated points.
    given : GivenMoments or None
        What the moments of a given neutrino make of it.
    frequencies : dict of float
        Angular frequencies [rad/s].
    no_signalling : float
        Largest change of the positrons' density matrix by precession of the neutrinos alone: rounding.

    Examples
    --------
    >>> result = predicted()
    >>> result.coefficient, result.no_signalling < 1e-12
    ('printed', True)
    """

    coefficient: str
    window: tuple[float, float]
    E: Array
    relative: Array
    curves: dict[str, Array]
    averages: tuple[Average, ...]
    explained: tuple[Explained, ...]
    chi2: conjecture.Comparison
    m_nu: float
    f: float
    claims: tuple[equations.Claim, ...]
    bands: dict[str, Array]
    generated: EnergyTest
    given: GivenMoments | None
    frequencies: dict[str, float]
    no_signalling: float

    @property
    def printed_average(self) -> tuple[float, float]:
        """What the paper says the average is, and its "error" [relative to a_mu]."""
        return PRINTED_AVERAGE

    def away(self, mean: float, which: int = -1) -> float:
        """Distance of an average from the difference of today (0: of 2021), in standard deviations of the latter."""
        value, error = self.explained[which].difference.ppm
        return (1e6 * mean - value) / error

    @property
    def nearest(self) -> Average:
        """The average that comes nearest to what is printed."""
        return min((one for one in self.averages if one.mean == one.mean), key=lambda one: one.from_printed)

    def plot(self) -> Figure:
        """Draw the shift against the energy, and its averages beside the measured differences."""
        from nudipole import plots

        return plots.g2_predict(self)

    def to_json(self) -> dict[str, Any]:
        """All of it, energies in GeV."""
        return {
            **stamp("g2-predict"),
            "coefficient": {"used": self.coefficient, **COEFFICIENTS},
            "mu_nu_per_eV": conjecture.MOMENT_PER_MASS * const.eV,
            "printed_average": list(self.printed_average),
            "averages": [
                {
                    **asdict(one),
                    "low": one.low / 1e3,
                    "high": one.high / 1e3,
                    "peak": None if one.peak is None else one.peak / 1e3,
                    "unit": "GeV",
                    "sigma_from_2021": self.away(one.mean, 0),
                    "sigma_from_2025": self.away(one.mean),
                    "from_printed": None if one.spread is None else one.from_printed,
                }
                for one in self.averages
            ],
            "explained": [
                {
                    "measurement": one.difference.measurement.name,
                    "prediction": one.difference.prediction.name,
                    "value": one.difference.value,
                    "error": one.difference.error,
                    "ppm": list(one.difference.ppm),
                    "f": list(one.f),
                    "E_GeV": [E / 1e3 for E in one.E],
                }
                for one in self.explained
            ],
            "chi2": {
                "model": printed.CHI2_MODEL,
                "constant": printed.CHI2_CONSTANT,
                "dof": printed.DOF,
                **self.chi2._asdict(),
            },
            "nearest_to_printed": {
                "name": self.nearest.name,
                "low": self.nearest.low / 1e3,
                "high": self.nearest.high / 1e3,
            },
            "claims": [asdict(one) for one in self.claims],
            "figure_2": {
                "implied_shift": dict(
                    zip(("shift [Hz]", "relative", "rounding"), figure2.implied_shift(), strict=True)
                ),
                "means": [one._asdict() for one in figure2.means()],
                "generated_points": {
                    "table": self.generated.table.name,
                    "curve": self.generated.curve,
                    "ndof": self.generated.ndof,
                    **{
                        one.name: {"chi2": one.chi2, "p_value": one.p_value}
                        for one in (self.generated.constant, self.generated.model)
                    },
                },
            },
            "spectrum_at_rest": {
                "y": _Y.tolist(),
                "opposite_to_spin": conjecture.against_spin(_Y).tolist(),
                "along_spin": conjecture.along_spin(_Y).tolist(),
            },
            "given_neutrino": None if self.given is None else {**asdict(self.given), "ratio": self.given.ratio},
            "f": self.f,
            "m_nu_eV": self.m_nu / const.eV,
            "angular_frequencies_per_s": self.frequencies,
            "no_signalling": self.no_signalling,
            "curve": {
                "E_GeV": (self.E / 1e3).tolist(),
                "relative": self.relative.tolist(),
                **{name: values.tolist() for name, values in self.curves.items()},
                **{f"error of {name}": values.tolist() for name, values in self.bands.items()},
            },
        }

    def to_csv(self) -> str:
        """The curves against the energy, relative to a_mu."""
        names = ["E [GeV]", "relative_shift [1]", *(f"{name} weighted [1]" for name in self.curves)]
        names += [f"error of {name} [1]" for name in self.bands]
        columns = np.column_stack([self.E / 1e3, self.relative, *self.curves.values(), *self.bands.values()])
        rows = [",".join(repr(float(value)) for value in row) for row in columns]
        return "\n".join([",".join(names), *rows]) + "\n"


def predicted(
    *,
    window: tuple[float, float] = of.WINDOW,
    coefficient: str = "printed",
    asymmetry: Shape | None = None,
    m_nu: float = printed.M_NU,
    f: float = 0.35,
    given: GivenMoments | None = None,
) -> Predicted:
    """Compute the prediction.

    Parameters
    ----------
    window : (float, float)
        Of the paper's average [MeV].
    coefficient : str
        ``printed`` (7.2e-9) or ``modern`` (6.997e-9).
    asymmetry : callable, optional
        A(E) as measured; it is added to the asymmetries of `averages.SHAPES`.
    m_nu : float
        Mass of the neutrinos [MeV].
    f : float
        Energy fraction of the neutrinos, for both sides of the equations.
    given : GivenMoments, optional
        Of a neutrino with other moments, see `nudipole.muon_g2.shift.moments`.

    Returns
    -------
    Predicted

    Raises
    ------
    UnknownName
        If there is no such coefficient.
    OutOfRange
        If the window, the mass or the fraction is none.
    TableError
        If an asymmetry that is a table does not cover the window.

    Examples
    --------
    >>> print(f"{predicted(coefficient='modern').averages[0].mean * 1e6:.2f} ppm")
    1.87 ppm
    """
    if coefficient not in COEFFICIENTS:
        raise UnknownName("coefficient", coefficient, COEFFICIENTS)
    size = COEFFICIENTS[coefficient]
    if isinstance(asymmetry, TabulatedAsymmetry):
        asymmetry.check_covers(window)
    shapes = {"A as given": asymmetry, **of.SHAPES} if asymmetry is not None else of.SHAPES
    averages = of.averages(window, coefficient=size, shapes=shapes)
    E = np.linspace(*window, _POINTS)
    drawn = ("A as given", "A ~ E - 1 GeV", "A of muon decay")
    curves = {name: of.curve(E, shapes[name], window, coefficient=size) for name in drawn if name in shapes}
    bands = {name: of.band(E, shapes[name], window, coefficient=size) for name in curves}
    bands = {name: values for name, values in bands.items() if np.any(values)}
    return Predicted(
        coefficient=coefficient,
        window=window,
        E=E,
        relative=size * (1 - E / conjecture.PRINTED_ENERGY) / a_mu,
        curves=curves,
        averages=averages,
        explained=tuple(_explained(a, b, size) for a, b in _DIFFERENCES),
        chi2=figure2.quoted(),
        m_nu=m_nu,
        f=f,
        claims=equations.claims(f, m_nu),
        bands=bands,
        generated=figure2.generated_points(),
        given=given,
        frequencies=_frequencies(m_nu),
        no_signalling=largest_change(),
    )


def _explained(of_measurement: str, of_prediction: str, coefficient: float) -> Explained:
    difference = Difference(measurement(of_measurement), prediction(of_prediction))
    value, error = difference.value, difference.error
    f = [conjecture.f_of_shift(size, coefficient=coefficient) for size in (value, value - error, value + error)]
    E = [conjecture.E_of_f(fraction, E_mu=conjecture.PRINTED_ENERGY) for fraction in f]
    return Explained(difference, (f[0], f[1], f[2]), (E[0], E[1], E[2]))


def _frequencies(m_nu: float) -> dict[str, float]:
    per_second = 1 / const.hbar
    return {
        "helicity of the neutrino, laboratory": conjecture.helicity_frequency(m_nu) * per_second,
        "the same times gamma_nu, f = 0.35": conjecture.uncertainty_of_neutrinos(0.35, m_nu) * per_second,
        "omega_a times 2 ppm": conjecture.frequency_of_shift(2e-6 * a_mu) * per_second,
    }

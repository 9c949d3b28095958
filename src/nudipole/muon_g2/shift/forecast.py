r"""How well data sets separate an energy-dependent anomaly from a constant one.

A data set of known statistical error sigma_tot shares it out among its bins of energy by what each knows of omega_a,

.. math:: \sigma_i^{-2} = \frac{g_i}{\sum_j g_j}\,\sigma_\text{tot}^{-2}, \qquad g_i = N_i A_i^2\,\kappa(A_i),

with the fraction N_i of the positrons and their mean asymmetry A_i. One that is given by its number of positrons has
sigma_i from the statistics formula. The factor kappa = 2 (1 - sqrt(1 - A^2))/A^2 is what a likelihood fit gains over
that formula, which holds for small A: 1 % in sigma at A = 0.3, 19 % at A = 0.95.

Systematic errors that all energies
have in common are absorbed by the free omega_a0; those that depend on the energy (gain, pile-up) are not in here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nudipole import digits, tables
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.muon_g2.decay.statistical_error import asymmetry, relative_error
from nudipole.muon_g2.shift import energy_dependence
from nudipole.muon_g2.wiggle.energy_table import EnergyTable
from nudipole.muon_g2.wiggle.expected import GEV, check_energies, fractions

Numbers = NDArray[np.float64]

TABLE = "muon-g2-data-sets"
#: Level of the tests whose power is forecast.
ALPHA = 0.05


@dataclass(frozen=True)
class DataSet:
    """Positrons of an experiment.

    Attributes
    ----------
    name, label : str
    positrons : float
        Counted above `threshold`.
    threshold : float
        [MeV]
    sigma : float or None
        Published statistical error of omega_a, relative; None: from the number of positrons.
    edges : (k + 1,)
        Bins of energy for the test [MeV].
    texkey, status : str

    Examples
    --------
    >>> mine = own(1e10, np.array([1000.0, 2000.0, 3000.0]))
    >>> print(f"{1e6 * mine.formula():.2f} ppm")
    0.92 ppm
    """

    name: str
    label: str
    positrons: float
    threshold: float
    sigma: float | None
    edges: Numbers
    texkey: str
    status: str

    def formula(self, method: str = "T") -> float:
        """Relative error from the number of positrons by the T or the A method, without detector effects."""
        return relative_error(self.positrons, asymmetry(method, self.threshold))

    def bin_errors(self) -> Numbers:
        """Relative error of omega_a in each bin."""
        if self.sigma is not None:
            information = shares(self.edges)
            return np.asarray(self.sigma / np.sqrt(information / information.sum()))
        per_positron, A = fractions(self.edges)
        above, _ = fractions(np.array([self.threshold, 4 * GEV]))
        counts = self.positrons * per_positron / above[0]
        return np.array([bin_error(n, a) for n, a in zip(counts, A, strict=True)])


def kappa(A: Numbers) -> Numbers:
    r"""Information on omega_a relative to the formula for small asymmetries.

    .. math:: \kappa = 2\,\Big\langle\frac{\sin^2\psi}{1 + A\cos\psi}\Big\rangle = \frac{2(1 - \sqrt{1 - A^2})}{A^2}

    Parameters
    ----------
    A : array
        Between -1 and 1.

    Returns
    -------
    array
        From 1 at A = 0 to 2 at A = 1.

    Examples
    --------
    >>> [round(float(kappa(A)), 3) for A in (0.0, 0.3, 0.95)]
    [1.0, 1.024, 1.524]
    """
    # The same without the difference of two numbers close to one.
    return 2 / (1 + np.sqrt(1 - np.asarray(A) ** 2))


def bin_error(positrons: float, asymmetry: float, *, duration: float = math.inf) -> float:
    """Relative error of omega_a from positrons of one asymmetry, by a likelihood fit.

    Parameters
    ----------
    positrons : float
    asymmetry : float
    duration : float
        Of the fit [MeV^-1].

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        As for `nudipole.muon_g2.decay.statistical_error.relative_error`.

    Examples
    --------
    >>> print(f"{1e6 * bin_error(1e9, 0.4):.2f} ppm")
    1.18 ppm
    """
    return relative_error(positrons, asymmetry, duration=duration) / math.sqrt(float(kappa(np.array(asymmetry))))


def shares(edges: Numbers) -> Numbers:
    """What bins of energy know of omega_a: N A^2 kappa with their mean asymmetry, for each decay.

    Parameters
    ----------
    edges : (k + 1,)
        [MeV]

    Returns
    -------
    (k,)
        Pure numbers.

    Examples
    --------
    >>> low, high = shares(np.array([1000.0, 2000.0, 3000.0]))
    >>> bool(low < high)
    True
    """
    share, A = fractions(edges)
    return share * A**2 * kappa(A)


def data_sets() -> dict[str, DataSet]:
    """The experiments of the forecast, by name.

    Returns
    -------
    dict of DataSet

    Examples
    --------
    >>> all(name == data.name for name, data in data_sets().items())
    True
    """
    table = tables.read(TABLE)
    positrons, threshold, stat = (
        table.column(*head) for head in (("positrons", "1"), ("threshold", "GeV"), ("stat", "ppm"))
    )
    low, count = table.column("bins_from", "GeV"), table.column("bins", "1")
    found = {}
    for k, name in enumerate(table.words("name")):
        edges = GEV * np.round(low[k] + 0.2 * np.arange(int(count[k]) + 1), 10)
        found[name] = DataSet(
            name, table.words("label")[k], float(positrons[k]), float(threshold[k]) * GEV, float(stat[k]) * 1e-6, edges,
            table.words("texkey")[k], table.words("status")[k],
        )  # fmt: skip
    return found


def data_set(name: str) -> DataSet:
    """The one called `name`.

    Parameters
    ----------
    name : str
        Of `data_sets`.

    Returns
    -------
    DataSet

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> data_set(next(iter(data_sets()))).positrons > 1e9
    True
    """
    sets = data_sets()
    if name not in sets:
        raise UnknownName("data set", name, sets)
    return sets[name]


@dataclass(frozen=True)
class Forecast:
    """What a data set can tell.

    Attributes
    ----------
    data : DataSet
    curve : str
    m, sigma : (k,)
        Relative shift and error in each bin.
    S : float
        Expected |Delta chi2|.

    Examples
    --------
    >>> found = forecast(own(1e10, np.array([1000.0, 2000.0, 3000.0])))
    >>> len(found.m), len(found.sigma)
    (2, 2)
    """

    data: DataSet
    curve: str
    m: Numbers
    sigma: Numbers
    S: float

    @property
    def separation(self) -> float:
        """In sigma."""
        return math.sqrt(self.S)

    @property
    def power(self) -> float:
        """Probability to exclude the constant at 95% CL where the hypothesis is true, and the other way round."""
        return energy_dependence.power(self.S, ALPHA)

    @property
    def p_value(self) -> float:
        """Median p-value of the wrong hypothesis."""
        return float(stats.norm.sf(self.separation))

    def positrons_for(self, z: float) -> float:
        """Positrons, above the same threshold, for a separation of z sigma."""
        return self.data.positrons * z**2 / self.S

    def to_json(self) -> dict[str, Any]:
        """One record of ``nudipole g2 forecast --json``."""
        return {
            "name": self.data.name,
            "label": self.data.label,
            "curve": self.curve,
            "positrons": self.data.positrons,
            "threshold [GeV]": self.data.threshold / GEV,
            "sigma_published [ppm]": None if self.data.sigma is None else 1e6 * self.data.sigma,
            "sigma_T [ppm]": 1e6 * self.data.formula("T"),
            "sigma_A [ppm]": 1e6 * self.data.formula("A"),
            "expected_delta_chi2": self.S,
            "separation [sigma]": self.separation,
            "power_95": self.power,
            "median_p_value": self.p_value,
            "positrons_3_sigma": self.positrons_for(3),
            "positrons_5_sigma": self.positrons_for(5),
            "status": self.data.status,
            "texkey": self.data.texkey,
            "columns": {
                "E_low [GeV]": (self.data.edges[:-1] / GEV).tolist(),
                "E_high [GeV]": (self.data.edges[1:] / GEV).tolist(),
                "shift [ppm]": (1e6 * self.m).tolist(),
                "error [ppm]": (1e6 * self.sigma).tolist(),
            },
        }


def forecast(data: DataSet, curve: str = "fit") -> Forecast:
    """Separation of the hypotheses by one data set.

    Parameters
    ----------
    data : DataSet
    curve : str
        As for `energy_dependence.shifts`.

    Returns
    -------
    Forecast

    Raises
    ------
    UnknownName
        If there is no such curve.

    Examples
    --------
    >>> found = forecast(own(1e10, np.array([1000.0, 2000.0, 3000.0])))
    >>> print(f"{found.separation:.2f} sigma")
    0.29 sigma
    """
    m = energy_dependence.shifts(data.edges[:-1], data.edges[1:], curve)
    sigma = data.bin_errors()
    return Forecast(data, curve, m, sigma, energy_dependence.separation(m, sigma))


def own(positrons: float, edges: Numbers, threshold: float | None = None) -> DataSet:
    """A data set of one's own, with errors from the statistics formula.

    Parameters
    ----------
    positrons : float
        Above the threshold.
    edges : (k + 1,)
        [MeV]
    threshold : float, optional
        [MeV]; the lowest edge by default.

    Returns
    -------
    DataSet

    Raises
    ------
    OutOfRange
        If the number of positrons is not positive.
    NudipoleError
        If edges do not rise, or make one bin only.

    Examples
    --------
    >>> own(1e10, np.array([1000.0, 2000.0, 3000.0])).threshold
    1000.0
    """
    if not 0 < positrons <= 1e18:
        raise OutOfRange("positrons", positrons, 0, 1e18, inside=True)
    check_energies(edges)
    if len(edges) < 3:
        raise NudipoleError("one bin of energy cannot show a dependence on the energy: write narrower bins")
    low = float(edges[0]) if threshold is None else threshold
    return DataSet("own", f"{digits.number(positrons)} positrons", positrons, low, None, edges, "", "formula")


def generated(data: DataSet, omega: float, seed: int, *, with_shift: bool = False) -> EnergyTable:
    """A table as a data set could give it: frequencies [Hz] scattered by their errors. Generated, never measured.

    Parameters
    ----------
    data : DataSet
    omega : float
        omega_a/2pi without shift [Hz].
    seed : int
    with_shift : bool
        Whether the hypothesis is true.

    Returns
    -------
    EnergyTable

    Examples
    --------
    >>> table = generated(own(1e10, np.linspace(1000.0, 3000.0, 5)), omega=229e3, seed=1)
    >>> table.unit, len(table.values)
    ('Hz', 4)
    """
    sigma = data.bin_errors()
    true = omega * (1 + (energy_dependence.shifts(data.edges[:-1], data.edges[1:]) if with_shift else 0 * sigma))
    values = true + omega * sigma * np.random.default_rng(seed).normal(size=len(sigma))
    what = "energy-dependent" if with_shift else "constant"
    note = f"GENERATED, not measured: {what} omega_a, statistical errors of {data.label}, seed {seed}"
    return EnergyTable(data.name, note, "frequency", "Hz", data.edges[:-1], data.edges[1:], np.round(values, 3),
                       np.round(omega * sigma, 3))  # fmt: skip

"""omega_a against the energy of the positrons, with both hypotheses fitted: as Fig. 2 of CarneiroSobrinho:2023."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, VERMILION

_Array = NDArray[np.float64]


class EnergyTable(Protocol):
    """Values in bins of energy [MeV]; `scale` is their change for a relative change by one, 1 for frequencies."""

    @property
    def name(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def energy_low(self) -> _Array: ...
    @property
    def energy_high(self) -> _Array: ...
    @property
    def scale(self) -> float: ...
    def relative(self) -> tuple[_Array, _Array]:
        """Frequencies and their errors, in any unit."""
        ...


class FittedHypothesis(Protocol):
    """A fit, and the values that it expects."""

    @property
    def name(self) -> str: ...
    @property
    def chi2(self) -> float: ...
    @property
    def p_value(self) -> float: ...
    @property
    def expected(self) -> _Array: ...


class EnergyTest(Protocol):
    """Both hypotheses, the difference of their chi2, and S, the size that is expected of it."""

    @property
    def table(self) -> EnergyTable: ...
    @property
    def curve(self) -> str: ...
    @property
    def constant(self) -> FittedHypothesis: ...
    @property
    def model(self) -> FittedHypothesis: ...
    @property
    def ndof(self) -> int: ...
    @property
    def delta_chi2(self) -> float: ...
    @property
    def S(self) -> float: ...


def energy_test(result: EnergyTest, axes: Axes) -> Axes:
    """Draw measured points and the two fits, in ppm relative to the fitted constant.

    Parameters
    ----------
    result : EnergyTest
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from nudipole.muon_g2.shift import energy_dependence
    >>> from nudipole.muon_g2.wiggle.energy_table import example
    >>> from nudipole.plots import figure
    >>> energy_test(energy_dependence.energy_test(example()), figure()[1]).get_xlabel()
    'Positron energy [GeV]'
    """
    table = result.table
    x, sigma = table.relative()
    reference = x.dtype.type(np.average(x, weights=sigma**-2.0))
    low, high = table.energy_low / 1e3, table.energy_high / 1e3
    centre = (low + high) / 2

    def ppm(values: NDArray[Any]) -> NDArray[Any]:
        return 1e6 * (values / reference - 1)

    axes.errorbar(
        centre, ppm(x), 1e6 * sigma / reference, (high - low) / 2, fmt="o", ms=4, lw=1, color=BLUE, zorder=3,
        label="generated" if "GENERATED" in table.note.upper() else "data",
    )  # fmt: skip
    for hypothesis, colour, marker in ((result.constant, BLACK, ""), (result.model, VERMILION, "s")):
        values = (1 + hypothesis.expected / table.scale) if table.scale != 1.0 else hypothesis.expected
        quality = (
            rf"$\chi^2$ = {digits.fixed(hypothesis.chi2, 2)}/{result.ndof}, {digits.p_value(hypothesis.p_value, 'p')}"
        )
        text = f"{hypothesis.name}: {quality}"
        name = text.replace("model", f"energy-dependent ({result.curve})")
        axes.plot(centre, ppm(values), color=colour, marker=marker, ms=4, lw=1.4, label=name, zorder=4)
    axes.set(xlabel="Positron energy [GeV]", ylabel=r"$\omega_a$ relative to the fitted constant [ppm]")
    axes.margins(y=0.25)
    axes.legend(loc="upper right", frameon=False)
    found, expected = digits.fixed(result.delta_chi2, 2, sign=True), digits.number(result.S, 2)
    axes.set_title(rf"{_short(table.name)}: $\Delta\chi^2$ = {found}, expected $\pm${expected}", loc="left")
    return axes


def _short(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][:40].replace("$", "")

"""Physical constants: each once, in full digits, with uncertainty and source (``data/constants.toml``).

Inside nudipole energies, masses and momenta are in MeV and hbar = c = 1; `hbar_c` and `hbar` convert lengths
and times. Magnetic moments are in Bohr magnetons, charges in units of the elementary charge.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Constant:
    """One constant with its pedigree.

    Attributes
    ----------
    value, uncertainty : float
        In `unit`; uncertainty 0 means exact or conventional.
    unit, source : str
    scipy : str or None
        The entry of ``scipy.constants`` it is checked against.
    scipy_factor : float
        Times which it is in `unit`.

    Examples
    --------
    >>> print(f"{CONSTANTS['hbar_c'].value:.10g} {CONSTANTS['hbar_c'].unit}")
    1.973269805e-11 MeV cm
    """

    value: float
    uncertainty: float
    unit: str
    source: str
    scipy: str | None = None
    scipy_factor: float = 1.0


def _read() -> dict[str, Constant]:
    text = files("nudipole").joinpath("data/constants.toml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {name: Constant(**entry) for name, entry in entries.items()}


CONSTANTS = _read()

alpha: float = CONSTANTS["alpha"].value
m_e: float = CONSTANTS["m_e"].value
m_mu: float = CONSTANTS["m_mu"].value
m_tau: float = CONSTANTS["m_tau"].value
m_W: float = CONSTANTS["m_W"].value
atomic_mass: float = CONSTANTS["atomic_mass"].value
hbar_c: float = CONSTANTS["hbar_c"].value
hbar: float = CONSTANTS["hbar"].value
c: float = CONSTANTS["c"].value
e_charge: float = CONSTANTS["e_charge"].value
k_B: float = CONSTANTS["k_B"].value
N_A: float = CONSTANTS["N_A"].value
mu_B: float = CONSTANTS["mu_B"].value
G_F: float = CONSTANTS["G_F"].value
sin2_theta_w_mz: float = CONSTANTS["sin2_theta_w_mz"].value
sin2_theta_w_0: float = CONSTANTS["sin2_theta_w_0"].value
rho_nc: float = CONSTANTS["rho_nc"].value
m_p: float = CONSTANTS["m_p"].value
m_Planck: float = CONSTANTS["m_Planck"].value
M_sun: float = CONSTANTS["M_sun"].value
R_sun: float = CONSTANTS["R_sun"].value
earth_eccentricity: float = CONSTANTS["earth_eccentricity"].value
earth_mean_anomaly: float = CONSTANTS["earth_mean_anomaly"].value
anomalistic_year: float = CONSTANTS["anomalistic_year"].value
alpha_mz: float = 1 / CONSTANTS["alpha_inv_mz"].value
alpha_s_mw: float = CONSTANTS["alpha_s_mw"].value
alpha_s_mz: float = CONSTANTS["alpha_s_mz"].value

#: Internal (MeV) value of one centimetre, one second, one kilogram, one electronvolt.
cm: float = 1 / hbar_c
second: float = 1 / hbar
kg: float = (c / 100) ** 2 / e_charge * 1e-6
eV: float = 1e-6

#: Bohr magneton in natural Heaviside-Lorentz units, e/(2 m_e) [MeV^-1].
mu_B_natural: float = math.sqrt(4 * math.pi * alpha) / (2 * m_e)

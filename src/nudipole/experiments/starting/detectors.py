"""What is written of each kind of detector, by target. A new one: one entry in `DETECTORS`.

The numbers are typical of the field, none is a measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

#: Resolutions; one is the alternative of the other.
FANO = "{kind: fano, noise: 20 eV, fano: 0.11, pair_energy: 2.96 eV}"
SQRT_LINEAR = "{kind: sqrt-linear, a: 0.31 keV^0.5, b: 0.004}"


@dataclass(frozen=True)
class StartingDetector:
    """What a kind of detector means for the file.

    Attributes
    ----------
    quenching : tuple
        Kind, name of its parameter, value and error.
    resolution : str
    nuclei, electrons : float
        Thresholds [keV], of what is seen, for the two.
    sites : dict of tuple of str
        Exposure and rate of the background by surroundings.
    text : str
        Further keys of the detector.
    sees_nuclei : bool
        Whether thresholds are low enough to look for nuclei.
    """

    quenching: tuple[str, str, float, float]
    resolution: str
    nuclei: float
    electrons: float
    sites: dict[str, tuple[str, str]]
    text: str = ""
    sees_nuclei: bool = field(default=True, kw_only=True)


_LIGHT = "  #: light_yield: 13.35 1/keV  # photoelectrons: the unit of the bins may then be PE\n"
_GERMANIUM = StartingDetector(
    ("lindhard", "k", 0.157, 0.008),
    FANO,
    nuclei=0.15,
    electrons=0.2,
    sites={
        "reactor": ("1000 kg d", "10 events/(kg d keV)"),
        "underground": ("100 kg yr", "0.01 events/(kg d keV)"),
        "source": ("500 kg d", "0.01 events/(kg d keV)"),
        "pulsed": ("10 kg yr", "0.02 events/(kg d keV)"),
    },
)
_XENON = StartingDetector(
    ("lindhard", "k", 0.166, 0.01),
    SQRT_LINEAR,
    nuclei=0.1,
    electrons=1.0,
    sites={
        "reactor": ("10 kg yr", "10 events/(kg d keV)"),
        "underground": ("1 t yr", "16 events/(t yr keV)"),
        "source": ("50 t d", "16 events/(t yr keV)"),
        "pulsed": ("100 kg yr", "0.01 events/(kg d keV)"),
    },
)
_CRYSTAL = StartingDetector(
    ("factor", "factor", 0.09, 0.01),
    "{kind: sqrt, a: 0.3 keV^0.5}",
    nuclei=0.5,
    electrons=2.0,
    sites={
        "reactor": ("10 kg yr", "10 events/(kg d keV)"),
        "underground": ("100 kg yr", "1 events/(kg d keV)"),
        "source": ("5 t d", "1 events/(kg d keV)"),
        "pulsed": ("30 kg yr", "0.05 events/(kg d keV)"),
    },
    text=_LIGHT,
)
#: At low energies, where the decays of 14C are the background.
_ORGANIC = StartingDetector(
    ("factor", "factor", 0.02, 0.002),
    "{kind: sqrt, a: 1.6 keV^0.5}",
    nuclei=1.0,
    electrons=20.0,
    sites={
        "reactor": ("1 t yr", "10 events/(kg d keV)"),
        "underground": ("1 t yr", "0.2 events/(kg d keV)"),
        "source": ("50 t d", "0.2 events/(kg d keV)"),
        "pulsed": ("10 t yr", "0.01 events/(kg d keV)"),
    },
    text=_LIGHT,
    sees_nuclei=False,
)
_CALORIMETER = StartingDetector(
    ("none", "", 1.0, 0.0),
    "{kind: constant, a: 5 eV}",
    nuclei=0.02,
    electrons=0.05,
    sites={
        "reactor": ("1 kg yr", "100 events/(kg d keV)"),
        "underground": ("10 kg yr", "1 events/(kg d keV)"),
        "source": ("500 kg d", "1 events/(kg d keV)"),
        "pulsed": ("1 kg yr", "0.1 events/(kg d keV)"),
    },
)
#: Exposure and rate of the background where recoils are smaller than what a detector sees today.
UNSEEN = ("1 kg yr", "100 events/(kg d keV)")
#: Detectors by target; others are `unlisted`.
DETECTORS = {
    "Ge": _GERMANIUM,
    "Si": replace(
        _GERMANIUM,
        quenching=("lindhard", "k", 0.146, 0.015),
        resolution="{kind: fano, noise: 5 eV, fano: 0.115, pair_energy: 3.65 eV}",
        nuclei=0.05,
        electrons=0.1,
    ),
    "Xe": _XENON,
    "Ar": replace(_XENON, quenching=("factor", "factor", 0.25, 0.02)),
    "CsI": _CRYSTAL,
    "NaI": replace(_CRYSTAL, quenching=("factor", "factor", 0.1, 0.01), nuclei=0.2, electrons=1.0),
    "C9H12": _ORGANIC,
    "CaWO4": _CALORIMETER,
    "Al2O3": _CALORIMETER,
}


def unlisted(atoms: Sequence[str]) -> StartingDetector:
    """For another target: compounds of carbon and hydrogen scintillate, compounds are crystals, metals are cold."""
    if {"C", "H"} <= set(atoms):
        return _ORGANIC
    if set(atoms) <= {"He", "Ne", "Kr"}:
        return DETECTORS["Ar"]
    return _CRYSTAL if len(atoms) > 1 else _CALORIMETER

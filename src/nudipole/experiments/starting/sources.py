"""What is written of each kind of source. A new one: one entry in `SOURCES`.

The numbers are typical of the field, none is a measurement. Words in angle brackets are filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Other words for the kinds.
ALIASES = {"accelerator": "histogram"}

_FLIGHT = """\
  #: propagation: coherent  # oscillations on the way; or averaged
  #: flux_uncertainty: false  # the flux is taken to be exact
"""


@dataclass(frozen=True)
class StartingSource:
    """What a kind of source means for the file.

    Attributes
    ----------
    words : str
        Where the detector stands.
    text : str
        The keys of the source.
    E : float
        Neutrino energy [MeV] at which the recoils of nuclei end, by kinematics or by the size of a nucleus.
    electrons : float
        End of the electron energies [keV] in detectors of low threshold.
    energetic : tuple of float
        Electron energies [keV] in a large scintillator, or where the angle is cut on.
    site : str
        Surroundings: key of `StartingDetector.sites`.
    processes : sequence of str
        What is looked for with it.
    off : str
        How a measurement without the source is made; empty where none can be.
    detector : str
        Further keys of the detector.
    angle : bool
        The angle of electrons to the beam is measured.
    exposure, rate, resolution : str
        Of a measurement of energetic electrons; the resolution where the angle is cut on.
    """

    words: str
    text: str
    E: float
    electrons: float
    energetic: tuple[float, float]
    site: str
    processes: Sequence[str] = ("nu-e",)
    off: str = ""
    detector: str = ""
    angle: bool = False
    exposure: str = "10 t yr"
    rate: str = "1e-3 events/(t yr keV)"
    resolution: str = "{kind: sqrt-linear, a: 0.08 GeV^0.5, b: 0.03}"


SOURCES = {
    "solar": StartingSource(
        "underground, solar neutrinos",
        """\
  kind: solar
  model: B16-GS98  # or B16-AGSS09met, SF3-GS98, SF3-AAG21
  oscillation: nufit-6.0-no  # or nufit-6.0-io, nufit-6.1-no, nufit-6.1-io
  flux_uncertainty: true  # or false; true: the errors of the model are in the fit
""",
        E=15.0,
        electrons=30.0,
        energetic=(200.0, 800.0),
        site="underground",
        exposure="100 t yr",
        rate="0.6 events/(t yr keV)",
    ),
    "reactor": StartingSource(
        "at a reactor",
        """\
  kind: reactor
  power: 3.6 GW  # thermal
  baseline: 20 m  # several, in place of the two: cores: [{power: 3 GW, baseline: 20 m}, ...]
  spectrum: summation  # or huber-mueller
  fractions: pwr  # or conus, texono, daya-bay; shares {235U: 0.58, 238U: 0.08, ...}
  #: captures: 0.6  # of neutrons on 238U, per fission: antineutrinos below 1.3 MeV
"""
        + _FLIGHT,
        E=8.0,
        electrons=10.0,
        energetic=(500.0, 3000.0),
        site="reactor",
        processes=("nu-e", "cevns"),
        off="the reactor off",
        exposure="1 t yr",
        rate="200 events/(t yr keV)",
    ),
    "pion-decay-at-rest": StartingSource(
        "at a spallation source",
        """\
  kind: pion-decay-at-rest
  site: sns-2021  # or sns-2017, ess, lsnd, lampf-e225; pulse and neutrinos per proton
  #: protons: 5.7e20 1/d  # on target, in place of the site's
  #: baseline: 19.3 m  # in place of the site's
"""
        + _FLIGHT,
        E=52.8,
        electrons=50.0,
        energetic=(10e3, 50e3),
        site="pulsed",
        processes=("cevns",),
        off="the beam off",
        detector="  #: time: {edges: [0, 0.5, 1, 1.5, 2, 4, 6], unit: us}  # bins of arrival after the pulse begins\n",
    ),
    "histogram": StartingSource(
        "in an accelerator beam",
        """\
  kind: histogram
  example: example-numi-like  # an invented shape; your own, in its place: file: flux.csv
  # flux.csv: columns E [GeV] (or E_low, E_high) and nu_mu, antinu_mu, nu_e, ... [1/(GeV m^2)] per proton on target
  protons: 6e20 1/yr  # on target; leave it out for fluxes in 1/(GeV cm^2 s)
  baseline: 1 km  # needed for oscillations alone
  relative_error: 8 %  # of the flux
"""
        + _FLIGHT,
        E=50.0,
        electrons=100.0,
        energetic=(2e5, 5e6),
        site="underground",
        off="the beam off",
        angle=True,
        exposure="900 t yr",
        rate="5e-8 events/(t yr keV)",
    ),
    "radioactive": StartingSource(
        "beside a radioactive source",
        """\
  kind: radioactive
  nuclide: <nuclide>
  activity: 3 MCi  # at the reference time
  distance: 2 m  # effective: 1/distance^2 averaged over the detector
  #: delay: 2 d  # from the reference time to the first data
  duration: 50 d  # over which the decaying flux is averaged
  relative_error: 1 %  # of the activity
"""
        + _FLIGHT,
        E=3.0,
        electrons=60.0,
        energetic=(200.0, 700.0),
        site="source",
        off="the source taken away",
        exposure="5000 t d",
        rate="0.6 events/(t yr keV)",
    ),
    "mono-energetic": StartingSource(
        "in mono-energetic neutrinos",
        """\
  kind: mono-energetic
  energy: <energy>
  flux: <flux>  # where they arrive
  flavour: <flavour>
  antineutrino: false  # or true
""",
        E=29.8,
        electrons=60.0,
        energetic=(200.0, 600.0),
        site="source",
        exposure="5000 t d",
        rate="0.6 events/(t yr keV)",
    ),
}
#: What a source fills in: where electrons alone are looked for, and where nuclei are, which takes more energy.
WORDS = {
    "nuclide": ("51Cr  # or 37Ar, 144Ce", "144Ce  # or 51Cr, 37Ar"),
    "energy": ("0.75 MeV  # here nearly that of 51Cr", "29.8 MeV  # here that of nu_mu from pions at rest"),
    "flux": ("1e12 1/(cm^2 s)", "1e7 1/(cm^2 s)"),
    "flavour": ("e  # or mu, tau", "mu  # or e, tau"),
}

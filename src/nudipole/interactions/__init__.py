"""Interactions: each process is a sum of channels, kernel x operator."""

from nudipole.interactions.angle import AngleCut
from nudipole.interactions.electron import ElectronScattering
from nudipole.interactions.electron_couplings import Couplings, couplings, sm_charge_radius
from nudipole.interactions.inverse_beta import InverseBeta
from nudipole.interactions.kinematics import Absorption, Elastic, Kinematics, Upscattering
from nudipole.interactions.nucleus import NucleusScattering
from nudipole.interactions.nucleus_couplings import NucleonCouplings, nucleon_couplings
from nudipole.interactions.photon import EquivalentPhoton
from nudipole.interactions.process import Process, dsigma_dT
from nudipole.interactions.upscattering import ElectronUpscattering, NucleusUpscattering, heaviest, to_heavy

__all__ = [
    "Absorption",
    "AngleCut",
    "Couplings",
    "Elastic",
    "ElectronScattering",
    "ElectronUpscattering",
    "EquivalentPhoton",
    "InverseBeta",
    "Kinematics",
    "NucleonCouplings",
    "NucleusScattering",
    "NucleusUpscattering",
    "Process",
    "Upscattering",
    "couplings",
    "dsigma_dT",
    "heaviest",
    "nucleon_couplings",
    "sm_charge_radius",
    "to_heavy",
]


def __dir__() -> list[str]:
    return __all__

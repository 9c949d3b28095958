"""Interactions: each process is a sum of channels, kernel x operator."""

from nudipole.interactions.electron import ElectronScattering
from nudipole.interactions.electron_couplings import Couplings, couplings, sm_charge_radius

__all__ = ["Couplings", "ElectronScattering", "couplings", "sm_charge_radius"]

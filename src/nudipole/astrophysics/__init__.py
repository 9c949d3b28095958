"""Stars, supernovae and the early Universe: losses of a plasma, and bounds that no detector is needed for.

Every bound is a record with its assumptions, and takes a full `Neutrino`. Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.astrophysics.bound import Assumption, AstroBound
    from nudipole.astrophysics.cherenkov import cherenkov_bound, cherenkov_rate
    from nudipole.astrophysics.core import Core
    from nudipole.astrophysics.decay import LIFETIMES, decay_bound, lifetime
    from nudipole.astrophysics.early_universe import (
        degrees_of_freedom,
        extra_neutrinos,
        flips_per_expansion,
        mean_flip_rates,
    )
    from nudipole.astrophysics.every import BOUNDS, all_bounds
    from nudipole.astrophysics.flip import flip_rate, flip_rate_static, hard_thermal_loop, one_loop
    from nudipole.astrophysics.losses import Emissivity, emissivity
    from nudipole.astrophysics.n_eff import decoupling_temperature, extra_of, n_eff_bound, n_eff_table
    from nudipole.astrophysics.plasma import Plasma, electron_density
    from nudipole.astrophysics.plasma_fit import fitted_loss
    from nudipole.astrophysics.plasmon import CHANNELS, Loss, loss, moments, width
    from nudipole.astrophysics.red_giant_inputs import Calibration, Theory, calibrations, theories
    from nudipole.astrophysics.red_giants import (
        brightening,
        cls_moment,
        core_growth,
        moment_at,
        red_giant_bound,
        red_giant_table,
    )
    from nudipole.astrophysics.simple_stars import STARS, simple_bound
    from nudipole.astrophysics.strength import Strength, flip_moments
    from nudipole.astrophysics.supernova import supernova_bound, trapping_moment
    from nudipole.astrophysics.trapping import pair_factor, share_left, trapping_bound
    from nudipole.astrophysics.white_dwarfs import photon_luminosity, white_dwarf_bound, white_dwarf_luminosities

_HOMES = {
    "bound": ("Assumption", "AstroBound"),
    "cherenkov": ("cherenkov_bound", "cherenkov_rate"),
    "core": ("Core",),
    "decay": ("LIFETIMES", "decay_bound", "lifetime"),
    "early_universe": ("degrees_of_freedom", "extra_neutrinos", "flips_per_expansion", "mean_flip_rates"),
    "every": ("BOUNDS", "all_bounds"),
    "flip": ("flip_rate", "flip_rate_static", "hard_thermal_loop", "one_loop"),
    "losses": ("Emissivity", "emissivity"),
    "n_eff": ("decoupling_temperature", "extra_of", "n_eff_bound", "n_eff_table"),
    "plasma": ("Plasma", "electron_density"),
    "plasma_fit": ("fitted_loss",),
    "plasmon": ("CHANNELS", "Loss", "loss", "moments", "width"),
    "red_giant_inputs": ("Calibration", "Theory", "calibrations", "theories"),
    "red_giants": (
        "brightening",
        "cls_moment",
        "core_growth",
        "moment_at",
        "red_giant_bound",
        "red_giant_table",
    ),
    "simple_stars": ("STARS", "simple_bound"),
    "strength": ("Strength", "flip_moments"),
    "supernova": ("supernova_bound", "trapping_moment"),
    "trapping": ("pair_factor", "share_left", "trapping_bound"),
    "white_dwarfs": ("photon_luminosity", "white_dwarf_bound", "white_dwarf_luminosities"),
}

__all__ = [
    "BOUNDS",
    "CHANNELS",
    "LIFETIMES",
    "STARS",
    "Assumption",
    "AstroBound",
    "Calibration",
    "Core",
    "Emissivity",
    "Loss",
    "Plasma",
    "Strength",
    "Theory",
    "all_bounds",
    "brightening",
    "calibrations",
    "cherenkov_bound",
    "cherenkov_rate",
    "cls_moment",
    "core_growth",
    "decay_bound",
    "decoupling_temperature",
    "degrees_of_freedom",
    "electron_density",
    "emissivity",
    "extra_neutrinos",
    "extra_of",
    "fitted_loss",
    "flip_moments",
    "flip_rate",
    "flip_rate_static",
    "flips_per_expansion",
    "hard_thermal_loop",
    "lifetime",
    "loss",
    "mean_flip_rates",
    "moment_at",
    "moments",
    "n_eff_bound",
    "n_eff_table",
    "one_loop",
    "pair_factor",
    "photon_luminosity",
    "red_giant_bound",
    "red_giant_table",
    "share_left",
    "simple_bound",
    "supernova_bound",
    "theories",
    "trapping_bound",
    "trapping_moment",
    "white_dwarf_bound",
    "white_dwarf_luminosities",
    "width",
]

__getattr__, __dir__ = on_first_use(__name__, __all__, **_HOMES)

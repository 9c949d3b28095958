"""The words that records may use: properties with their common unit, sources, processes, methods, statuses.

A new word: one line here.
"""

from __future__ import annotations

#: Properties, and the common unit of each; a record in another unit names the factor to this one.
PROPERTIES = {
    "magnetic-moment": "mu_B",
    "electric-moment": "mu_B",
    "millicharge": "e",
    "charge-radius": "cm^2",
    "anapole": "cm^2",
    "sterile-dipole": "1/GeV",
    "antineutrino-conversion": "1",
    "moment-times-field": "mu_B kG",
    "lifetime-over-mass": "s/eV",
}
#: Units that values may have, beside the common ones.
UNITS = {
    "magnetic-moment": ("mu_B^2", "1/GeV"),
    "electric-moment": ("e cm",),
    "millicharge": (),
    "charge-radius": (),
    "anapole": (),
    "sterile-dipole": ("mu_B",),
    "antineutrino-conversion": ("1/(cm^2 s)",),
    "moment-times-field": ("mu_B T", "mu_B G"),
    "lifetime-over-mass": ("s",),
}
#: Whose: one flavour, mass state or pair, what arrives of a beam, or all alike.
FLAVOURS = ("e", "mu", "tau", "e-mu", "e-tau", "mu-tau", "1", "2", "3", "12", "13", "23", "mixture", "all", "any-two")
BASES = ("flavour", "mass", "either")
NATURES = ("dirac", "majorana", "either")
#: What arrives where `flavour` is mixture.
MIXTURES = (
    "solar",
    "solar-8B",
    "solar-pp-7Be",
    "accelerator",
    "stopped-pion",
    "atmospheric",
    "supernova",
    "collider",
    "thermal",
)
SOURCES = (
    "solar",
    "reactor",
    "accelerator",
    "stopped-pion",
    "beam-dump",
    "collider",
    "radioactive",
    "atmospheric",
    "supernova",
    "stars",
    "early-universe",
    "cosmic",
    "laboratory",
    "matter",
    "theory",
    "global",
)
PROCESSES = (
    "nu-e",
    "cevns",
    "nu-e+cevns",
    "inverse-beta-decay",
    "nu-d",
    "neutral-current",
    "e+e- -> nu nubar gamma",
    "Z -> nu nubar",
    "plasmon-decay",
    "spin-flip",
    "spin-flavour-precession",
    "radiative-decay",
    "upscattering",
    "pair-production",
    "energy-loss",
    "big-bang",
    "time-of-flight",
    "neutrality",
    "star-turning",
    "dichroism",
    "magnetometry",
    "meson-decay",
    "conversion",
    "model",
    "global-fit",
)
METHODS = (
    "profile-likelihood",
    "feldman-cousins",
    "cls",
    "bayesian",
    "delta-chi2",
    "counting",
    "order-of-magnitude",
    "conversion",
    "stellar-evolution",
    "energy-loss",
    "theory",
    "unstated",
)
STATUSES = ("limit", "measurement", "sensitivity", "projection", "prediction", "claim")

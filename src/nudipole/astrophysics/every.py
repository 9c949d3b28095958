"""All bounds with their default assumptions, for a picture, a report, or a verdict on a neutrino."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nudipole.astrophysics.bound import AstroBound
from nudipole.astrophysics.cherenkov import cherenkov_bound
from nudipole.astrophysics.decay import decay_bound
from nudipole.astrophysics.n_eff import n_eff_bound
from nudipole.astrophysics.red_giants import red_giant_bound
from nudipole.astrophysics.simple_stars import simple_bound
from nudipole.astrophysics.supernova import supernova_bound
from nudipole.astrophysics.trapping import trapping_bound
from nudipole.astrophysics.white_dwarfs import white_dwarf_bound
from nudipole.properties import Neutrino

#: Every bound by name, with its default assumptions. A new bound: one file, one line here.
BOUNDS: dict[str, Callable[..., AstroBound]] = {
    "red-giants": red_giant_bound,
    "red-giants omega Centauri": partial(red_giant_bound, "omega-cen"),
    "white-dwarfs": white_dwarf_bound,
    "globular-clusters": partial(simple_bound, "globular-clusters"),
    "globular-clusters charge": partial(simple_bound, "globular-clusters", "charge"),
    "helium-stars": partial(simple_bound, "helium-stars"),
    "sun": partial(simple_bound, "sun"),
    "sun charge": partial(simple_bound, "sun", "charge"),
    "supernova": supernova_bound,
    "n-eff": n_eff_bound,
    "n-eff late": partial(n_eff_bound, T_reheating=1.0),
    "decay": decay_bound,
    "cherenkov": cherenkov_bound,
    "trapping": partial(trapping_bound, "1e-11 eV^-2"),
}
#: Those that need a right-handed neutrino.
DIRAC = ("supernova", "n-eff", "n-eff late", "cherenkov")


def all_bounds(neutrino: Neutrino | None = None) -> dict[str, AstroBound]:
    """Every bound with its default assumptions.

    Parameters
    ----------
    neutrino : Neutrino, optional
        To be judged; of a Majorana one those that need Dirac neutrinos are left out.

    Returns
    -------
    dict of AstroBound

    Examples
    --------
    >>> found = all_bounds()
    >>> [name for name, bound in found.items() if bound.value is None]
    ['cherenkov', 'trapping']
    """
    skipped = DIRAC if neutrino is not None and neutrino.nature == "majorana" else ()
    return {name: bound(neutrino=neutrino) for name, bound in BOUNDS.items() if name not in skipped}

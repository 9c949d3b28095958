"""Pictures of bounds from stars, supernovae and the early Universe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.plots.astro.against import astro_curve
    from nudipole.plots.astro.all import astro_bounds
    from nudipole.plots.astro.losses import astro_grid
    from nudipole.plots.astro.table import astro_table

__all__ = ["astro_bounds", "astro_curve", "astro_grid", "astro_table"]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    against=("astro_curve",),
    all=("astro_bounds",),
    losses=("astro_grid",),
    table=("astro_table",),
)

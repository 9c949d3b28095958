"""Pictures: arrays, and what looks like a result, -> matplotlib Axes. Nothing is computed here.

What a picture needs of a result is a protocol beside it: results fit it by their attributes, and so may your own. Names
are imported on first use; no module is called as what it draws, because an imported module would hide that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.plots.arrival import fluxes
    from nudipole.plots.astro.against import astro_curve
    from nudipole.plots.astro.all import astro_bounds
    from nudipole.plots.astro.losses import astro_grid
    from nudipole.plots.astro.table import astro_table
    from nudipole.plots.counts import spectrum
    from nudipole.plots.curve import profile
    from nudipole.plots.dipole_portal import portal_plane, portal_region
    from nudipole.plots.effective import effective_moments
    from nudipole.plots.ensemble import toys
    from nudipole.plots.g2.predict import g2_predict
    from nudipole.plots.g2.status import g2_status
    from nudipole.plots.grid import scan
    from nudipole.plots.information import forecast
    from nudipole.plots.limits import landscape
    from nudipole.plots.moment_and_anomaly import correlation
    from nudipole.plots.moment_and_field import antineutrinos
    from nudipole.plots.page import overview
    from nudipole.plots.posterior import corner, marginal, trace
    from nudipole.plots.precession import conversion, solar_cycle
    from nudipole.plots.prediction import sweep
    from nudipole.plots.profiles import joint
    from nudipole.plots.projection import sensitivity
    from nudipole.plots.pulls import impacts
    from nudipole.plots.ratios import validation
    from nudipole.plots.records import history, world
    from nudipole.plots.region import contour
    from nudipole.plots.residuals import post_fit
    from nudipole.plots.scattering import cross_sections, recoil_curves
    from nudipole.plots.style import FORMATS, figure, picture_format, rendered, save, svg
    from nudipole.plots.survival import region_of_model, verdict

__all__ = [
    "FORMATS",
    "antineutrinos",
    "astro_bounds",
    "astro_curve",
    "astro_grid",
    "astro_table",
    "contour",
    "conversion",
    "corner",
    "correlation",
    "cross_sections",
    "effective_moments",
    "figure",
    "fluxes",
    "forecast",
    "g2_predict",
    "g2_status",
    "history",
    "impacts",
    "joint",
    "landscape",
    "marginal",
    "overview",
    "picture_format",
    "portal_plane",
    "portal_region",
    "post_fit",
    "profile",
    "recoil_curves",
    "region_of_model",
    "rendered",
    "save",
    "scan",
    "sensitivity",
    "solar_cycle",
    "spectrum",
    "svg",
    "sweep",
    "toys",
    "trace",
    "validation",
    "verdict",
    "world",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    arrival=("fluxes",),
    counts=("spectrum",),
    curve=("profile",),
    ensemble=("toys",),
    grid=("scan",),
    information=("forecast",),
    limits=("landscape",),
    moment_and_anomaly=("correlation",),
    page=("overview",),
    dipole_portal=("portal_plane", "portal_region"),
    posterior=("corner", "marginal", "trace"),
    moment_and_field=("antineutrinos",),
    precession=("conversion", "solar_cycle"),
    prediction=("sweep",),
    profiles=("joint",),
    projection=("sensitivity",),
    pulls=("impacts",),
    ratios=("validation",),
    region=("contour",),
    residuals=("post_fit",),
    effective=("effective_moments",),
    scattering=("cross_sections", "recoil_curves"),
    style=("FORMATS", "figure", "picture_format", "rendered", "save", "svg"),
    survival=("region_of_model", "verdict"),
    records=("history", "world"),
    **{
        "astro.against": ("astro_curve",),
        "astro.all": ("astro_bounds",),
        "astro.losses": ("astro_grid",),
        "astro.table": ("astro_table",),
        "g2.predict": ("g2_predict",),
        "g2.status": ("g2_status",),
    },
)

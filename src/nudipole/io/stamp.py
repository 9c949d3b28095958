"""What every JSON record and store begins with: its schema, and the version that wrote it."""

from __future__ import annotations

from nudipole.version import __version__

#: Number of each schema by name; it rises when a key goes or changes its meaning.
SCHEMAS = {
    "antineutrinos": 1,
    "astro-bound": 1,
    "astro-bounds": 1,
    "astro-plasmon": 1,
    "check": 1,
    "contour": 1,
    "conversion": 1,
    "correlation": 1,
    "credible": 1,
    "cross-sections": 1,
    "effective-moments": 1,
    "fit": 1,
    "fluxes": 1,
    "forecast": 1,
    "g2-fit": 1,
    "g2-forecast": 1,
    "g2-predict": 1,
    "g2-simulate": 1,
    "g2-status": 1,
    "g2-test": 1,
    "impacts": 1,
    "limit": 1,
    "limits": 1,
    "portal": 1,
    "portal-decay": 1,
    "portal-fit": 1,
    "portal-plane": 1,
    "precession": 1,
    "prediction": 1,
    "recoil-curves": 1,
    "region": 1,
    "report": 2,
    "scan": 1,
    "sensitivity": 1,
    "spectrum": 1,
    "store": 1,
    "sweep": 1,
    "toys": 1,
    "validation": 2,
    "verdict": 1,
    "wiggle": 1,
    "workspace-limit": 1,
    "world": 1,
}


def schema(name: str) -> str:
    """Name and number of a schema, as records state them.

    >>> schema("report")
    'nudipole-report/2'
    """
    return f"nudipole-{name}/{SCHEMAS[name]}"


def stamp(name: str) -> dict[str, str]:
    """The first keys of a record: ``schema`` and ``version``."""
    return {"schema": schema(name), "version": __version__}

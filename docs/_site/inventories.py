"""Where other projects document what our pages name: small inventories, so that a build needs no network.

With NUDIPOLE_INVENTORIES=online Sphinx reads the projects' own in their place, which finds out what has moved.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

PROJECTS = {
    "python": "https://docs.python.org/3/",
    "numpy": "https://numpy.org/doc/stable/",
    "jax": "https://docs.jax.dev/en/latest/",
    "xarray": "https://docs.xarray.dev/en/stable/",
    "pyhf": "https://pyhf.readthedocs.io/en/stable/",
}

#: Names by project: kind, and the page; ``$`` is the name itself.
NAMES = {
    "python": {
        **dict.fromkeys(("bool", "float", "int", "object", "type"), ("py:class", "library/functions.html#$")),
        **dict.fromkeys(("dict", "list", "set", "str", "tuple"), ("py:class", "library/stdtypes.html#$")),
        **dict.fromkeys(("None", "True", "False"), ("py:data", "library/constants.html#$")),
        "bltin-boolean-values": ("std:label", "library/stdtypes.html#boolean-type-bool"),
        "callable": ("py:function", "library/functions.html#$"),
        **dict.fromkeys(("generator", "iterable", "mapping", "sequence"), ("std:term", "glossary.html#term-$")),
        "pathlib.Path": ("py:class", "library/pathlib.html#$"),
        **dict.fromkeys(("KeyError", "TypeError", "ValueError"), ("py:exception", "library/exceptions.html#$")),
    },
    "numpy": {
        "numpy.ndarray": ("py:class", "reference/generated/$.html#$"),
        "numpy.random.Generator": ("py:class", "reference/random/generator.html#$"),
        "numpy.random.SeedSequence": ("py:class", "reference/random/bit_generators/generated/$.html#$"),
        "array_like": ("std:term", "glossary.html#term-array_like"),
    },
    "jax": {
        "jax.Array": ("py:class", "_autosummary/$.html#$"),
        **{f"jax.{name}": ("py:function", "_autosummary/$.html#$") for name in ("jit", "vmap", "grad", "hessian")},
    },
    "xarray": {f"xarray.{name}": ("py:class", "generated/$.html#$") for name in ("DataArray", "Dataset")},
    "pyhf": {
        "pyhf.workspace.Workspace": ("py:class", "_generated/$.html#$"),
        "pyhf.pdf.Model": ("py:class", "_generated/$.html#$"),
    },
}

#: What docstrings call them, beside the full name.
ALIASES = {
    "Path": "pathlib.Path",
    "array": "numpy.ndarray",
    "ndarray": "numpy.ndarray",
    "Array": "jax.Array",
    "DataArray": "xarray.DataArray",
    "Dataset": "xarray.Dataset",
    "np.random.Generator": "numpy.random.Generator",
    "Generator": "numpy.random.Generator",
}


def mapping(folder: Path) -> dict[str, tuple[str, str | None]]:
    """Of intersphinx: address and inventory of each project; the inventories are written into `folder`."""
    if os.environ.get("NUDIPOLE_INVENTORIES") == "online":
        return {project: (url, None) for project, url in PROJECTS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for project, names in NAMES.items():
        lines = "".join(f"{name} {kind} 1 {page.replace('$', name)} -\n" for name, (kind, page) in names.items())
        head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
        head += "# The remainder of this file is compressed using zlib.\n"
        (folder / f"{project}.inv").write_bytes(head.encode() + zlib.compress(lines.encode()))
    return {project: (url, str(folder / f"{project}.inv")) for project, url in PROJECTS.items()}

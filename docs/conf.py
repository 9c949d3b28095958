"""The site of the documentation: `make docs-site` builds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache"
sys.path[:0] = [str(HERE / "_site"), str(HERE.parent / "src")]

import api  # noqa: E402
import bibliography_style  # noqa: E402, F401
import inventories  # noqa: E402

from nudipole.version import __version__  # noqa: E402

project = "nudipole"
author = "The nudipole developers"
project_copyright = author
release = version = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "api",
    "commands",
    "pages",
    "texkeys",
]
exclude_patterns = ["_site", "_static", "**.ipynb_checkpoints"]
root_doc = "index"

# Markdown: as GitHub shows it. Pages with a front matter of MyST-NB are notebooks and run; all others are text.
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 6
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_cache_path = str(CACHE / "notebooks")
nb_merge_streams = True
# All tutorials run while the site is built, or those that NUDIPOLE_NOTEBOOKS names: the others show no output.
if wanted := os.environ.get("NUDIPOLE_NOTEBOOKS"):
    nb_execution_excludepatterns = [
        f"tutorials/{page.name}" for page in (HERE / "tutorials").iterdir() if page.stem not in wanted.split(",")
    ]
    suppress_warnings = ["myst-nb.lexer"]  # what does not run does not say its language

# API
autodoc_typehints = "none"
autodoc_class_signature = "mixed"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {**inventories.ALIASES, **api.aliases()}
default_role = "py:obj"
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

bibtex_bibfiles = ["../src/nudipole/data/sources.bib"]
bibtex_default_style = "texkeys"

# Links to other projects
intersphinx_mapping = inventories.mapping(CACHE / "inventories")

html_theme = "furo"
html_title = f"nudipole {release}"
html_static_path = ["_static"]
html_css_files = ["nudipole.css"]
if (CACHE / "mathjax" / "tex-svg.js").exists():  # `make docs-site` fetches it, where npm is
    html_static_path.append(str(CACHE / "mathjax"))
    mathjax_path = "tex-svg.js"
else:
    mathjax_path = "https://cdn.jsdelivr.net/npm/mathjax@3.2.2/es5/tex-svg.js"
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

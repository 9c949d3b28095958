"""Exchange of likelihoods with HistFactory (pyhf): workspaces read, fitted and written.

Names are imported at once: a module that is called as what it defines would hide it from an import on first use.
"""

from nudipole.histfactory.exported import Exported, export, workspace
from nudipole.histfactory.imported import Imported, imported, model
from nudipole.histfactory.limit import WorkspaceLimit, limit
from nudipole.histfactory.schema import Workspace, read, validate

__all__ = [
    "Exported",
    "Imported",
    "Workspace",
    "WorkspaceLimit",
    "export",
    "imported",
    "limit",
    "model",
    "read",
    "validate",
    "workspace",
]


def __dir__() -> list[str]:
    return __all__

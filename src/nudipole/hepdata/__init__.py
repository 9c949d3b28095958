"""Exchange of tables with HEPData: a limit as a submission, a table as CSV."""

from nudipole.hepdata.submission import documents
from nudipole.hepdata.table import csv_of, read

__all__ = ["csv_of", "documents", "read"]


def __dir__() -> list[str]:
    return __all__

"""Tables as people save them: CSV of any separator, of spreadsheets, of HEPData."""

from nudipole.io.text_table.read import table

__all__ = ["table"]


def __dir__() -> list[str]:
    return __all__

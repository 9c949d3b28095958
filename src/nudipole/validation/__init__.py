"""Published numbers, derived again from what the package knows."""

from nudipole.validation.derivation import Derivation
from nudipole.validation.provenance import Mark, marks
from nudipole.validation.row import LEVELS, Row
from nudipole.validation.theory import theory
from nudipole.validation.validation import Validation, validate
from nudipole.validation.words import cells, markdown

__all__ = ["LEVELS", "Derivation", "Mark", "Row", "Validation", "cells", "markdown", "marks", "theory", "validate"]


def __dir__() -> list[str]:
    return __all__

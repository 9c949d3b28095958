"""Published numbers, derived again from what the package knows."""

from nudipole.validation.derivation import Derivation
from nudipole.validation.provenance import Mark, marks
from nudipole.validation.row import CLASSES, LEVELS, Beside, Row, Uncertainty
from nudipole.validation.theory import theory
from nudipole.validation.validation import Validation, validate
from nudipole.validation.words import cells, markdown, not_reproduced

__all__ = [
    "CLASSES",
    "LEVELS",
    "Beside",
    "Derivation",
    "Mark",
    "Row",
    "Uncertainty",
    "Validation",
    "cells",
    "markdown",
    "marks",
    "not_reproduced",
    "theory",
    "validate",
]


def __dir__() -> list[str]:
    return __all__

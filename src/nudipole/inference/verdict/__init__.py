"""Whether a neutrino survives what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.inference.verdict.judge import verdict
    from nudipole.inference.verdict.result import Row, Verdict

__all__ = ["Row", "Verdict", "verdict"]

__getattr__, __dir__ = on_first_use(__name__, __all__, judge=("verdict",), result=("Row", "Verdict"))

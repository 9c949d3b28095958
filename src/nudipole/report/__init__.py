"""The report, one self-contained HTML file; and the page of the documentation about the experiments."""

from nudipole.report.catalogue import catalogue, draw
from nudipole.report.contents import Report, build_report
from nudipole.report.html import render
from nudipole.report.section import Section

__all__ = ["Report", "Section", "build_report", "catalogue", "draw", "render"]


def __dir__() -> list[str]:
    return __all__

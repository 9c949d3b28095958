"""The report: one self-contained HTML file."""

from nudipole.report.contents import Report, build_report
from nudipole.report.html import render

__all__ = ["Report", "build_report", "render"]

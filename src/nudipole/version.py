"""The version of the package: of the wheel, of every JSON record, of the report."""

__version__ = "0.2.0"

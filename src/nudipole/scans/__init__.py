"""Grids and ensembles of toys: cut into chunks, computed anywhere in any order, kept in Zarr, continued at will."""

from nudipole.scans.chunks import Chunks
from nudipole.scans.description import Description, ExperimentText, Grid
from nudipole.scans.executors import Cluster, Executor, Threads, executor
from nudipole.scans.run import State, run
from nudipole.scans.store import check_path, finished, open_store
from nudipole.scans.study import StudySpec, ensembles, quantity, read_study
from nudipole.scans.summary import EnsembleSummary, Quantile, summaries

__all__ = [
    "Chunks",
    "Cluster",
    "Description",
    "EnsembleSummary",
    "Executor",
    "ExperimentText",
    "Grid",
    "Quantile",
    "State",
    "StudySpec",
    "Threads",
    "check_path",
    "ensembles",
    "executor",
    "finished",
    "open_store",
    "quantity",
    "read_study",
    "run",
    "summaries",
]


def __dir__() -> list[str]:
    return __all__

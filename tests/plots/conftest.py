"""Results to draw, computed once."""

from __future__ import annotations

import pytest

import nudipole as nd
from nudipole.experiments import load


@pytest.fixture(scope="session")
def experiment():
    return load("xenonnt-2022")


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    """A projection: no data, bins of different width, the Standard Model beside the background."""
    path = tmp_path_factory.mktemp("own") / "own.yaml"
    path.write_text(
        """\
name: own
title: a projection
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: solar}
target: {element: Xe}
process: {kind: nu-e}
exposure: 1 t yr
detector: {bins: {edges: [1, 2, 3, 5, 10], unit: keV}}
data: asimov
backgrounds:
  flat: {rate: 16 events/(t yr keV), normalisation: free}
  falling: {counts: [20, 10, 5, 2], normalisation: {gaussian: 10 %}}
"""
    )
    return load(path)


@pytest.fixture(scope="session")
def limit(experiment):
    return nd.limit(experiment)


@pytest.fixture(scope="session")
def signed(experiment):
    return nd.limit(experiment, "r2_e")

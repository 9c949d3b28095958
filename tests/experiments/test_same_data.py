"""Data that would count double in one likelihood are refused."""

from __future__ import annotations

import pytest

from nudipole.errors import NudipoleError
from nudipole.experiments import load
from nudipole.experiments.library import text
from nudipole.experiments.likelihood import listed
from nudipole.experiments.same_data import refuse_same_data

GE = """\
name: {name}
title: a germanium detector
reference: [{{texkey: "Author:2026abc"}}]
notes: invented
source: {{kind: reactor, power: 3 GW, baseline: 10 m, fractions: pwr}}
target: {{element: Ge}}
process: {{kind: nu-e, binding: free}}
exposure: 10 kg d
detector:
  bins: {{edges: {edges}, unit: keV}}
  efficiency: {{of: reconstructed, constant: 1}}
data: {data}
{more}
backgrounds:
  flat: {{rate: 1 1/(kg d keV), normalisation: free}}
"""


@pytest.fixture
def germanium(tmp_path):
    def of(name, data, more=""):
        bins = 3 if data == "asimov" else len(data)
        path = tmp_path / f"{name}.yaml"
        path.write_text(GE.format(name=name, data=data, more=more, edges=[2 + k for k in range(bins + 1)]))
        return load(path)

    return of


def test_declared_once_refused_from_either_side(germanium):
    first, later = germanium("first", [9, 11, 8], "same_data_as: [later]"), germanium("later", [20, 19, 22])
    for pair in ([first, later], [later, first]):
        with pytest.raises(NudipoleError, match=r"^\w+ and \w+ use the same data, .*: leave out one$"):
            listed(pair)
    assert len(listed([later, germanium("else", [7, 9, 12])])) == 2


def test_a_declared_pair_is_refused_without_data_too(germanium):
    first, later = germanium("first", "asimov", "same_data_as: [later]"), germanium("later", "asimov")
    with pytest.raises(NudipoleError, match="use the same data"):
        listed([first, later])


def test_coherent_csi_2017_is_a_part_of_2021():
    with pytest.raises(NudipoleError, match="coherent-csi-2017 and coherent-csi-2021 use the same data"):
        listed([load("coherent-csi-2017"), load("coherent-csi-2021")])


def test_a_copy_under_another_name(xenonnt, tmp_path):
    path = tmp_path / "copy.yaml"
    path.write_text(text("xenonnt-2022")[0].replace("name: xenonnt-2022", "name: copy"))
    with pytest.raises(
        NudipoleError, match=r"xenonnt-2022 and copy have the same data, 29 equal counts, .* leave out one"
    ):
        listed([xenonnt, load(path)])


@pytest.mark.parametrize("data", ["asimov", [0, 0, 0], [4, 5]], ids=["asimov", "no counts", "two bins"])
def test_what_may_be_alike(germanium, data):
    refuse_same_data([germanium("one", data), germanium("two", data)])


def test_chance_is_stated(germanium):
    one = germanium("one", [0, 1, 0])
    with pytest.raises(NudipoleError, match=r"write same_data_as: \[\] in a file of yours if they agree by chance$"):
        refuse_same_data([one, germanium("two", [0, 1, 0])])
    refuse_same_data([one, germanium("two", [0, 1, 0], "same_data_as: []")])


def test_a_statement_of_chance_allows_nothing_that_is_declared(germanium):
    one, two = germanium("one", [3, 1, 2], "same_data_as: [two]"), germanium("two", [3, 1, 2], "same_data_as: []")
    with pytest.raises(NudipoleError, match="use the same data"):
        refuse_same_data([one, two])

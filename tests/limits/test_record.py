"""What a record may say: every key, every word, and which numbers go together."""

from __future__ import annotations

import copy

import pytest

from nudipole.errors import InputError, NudipoleError, TableError
from nudipole.limits import curve, record, validate
from nudipole.limits.contribution import checked
from nudipole.limits.curves import points
from nudipole.limits.record import Curve

GOOD = {
    "id": "somebody-2026",
    "experiment": "Somebody",
    "collaboration": True,
    "reference": {"arxiv": "2601.00001", "authors": "Somebody et al.", "year": 2026},
    "provenance": "invented",
    "bounds": [
        {
            "id": "somebody-2026-mu-e",
            "property": "magnetic-moment",
            "quantity": {"symbol": "mu_e", "flavour": "e"},
            "source": "reactor",
            "process": "nu-e",
            "result": {"kind": "upper", "value": 3e-11, "unit": "mu_B", "as_printed": "< 3e-11 mu_B"},
            "statistics": {"cl": 0.9},
        }
    ],
}


def changed(path, value):
    """The record with one change; None deletes."""
    data = copy.deepcopy(GOOD)
    *parents, last = path
    place = data
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


def test_a_good_one():
    publication = validate(GOOD, "good.yaml")
    assert publication.bounds[0].status == "limit"
    assert publication.bounds[0].result.ends == ((None, 3e-11),)


BOUND = ("bounds", 0)


@pytest.mark.parametrize(
    ("path", "value", "match"),
    [
        (("id",), "Somebody 2026", "id"),
        (("bounds", 0, "id"), "other-mu", "must begin with the publication's id"),
        ((*BOUND, "property"), "magnetic_moment", "unknown property 'magnetic_moment': did you mean 'magnetic-moment'"),
        ((*BOUND, "source"), "sun", "unknown source 'sun'"),
        ((*BOUND, "process"), "nue", "unknown process"),
        ((*BOUND, "status"), "limt", "did you mean 'limit'"),
        ((*BOUND, "statistics", "cl"), 90, "less than 1"),
        ((*BOUND, "statistics"), {"cl": None}, "needs a reason"),
        ((*BOUND, "statistics", "method"), "frequentist", "unknown method"),
        ((*BOUND, "result", "unit"), "1/GeV", "name the factor from 1/GeV to mu_B"),
        ((*BOUND, "result", "unit"), "cm^2", "is no unit of a magnetic-moment: write mu_B"),
        ((*BOUND, "result", "value"), -1e-11, "greater than 0"),
        ((*BOUND, "result", "range"), [4e-11, 5e-11], "value must lie within range"),
        (
            (*BOUND, "result"),
            {"kind": "interval", "intervals": [[2.0, 1.0]], "unit": "mu_B", "as_printed": "x"},
            "rise",
        ),
        ((*BOUND, "result"), {"kind": "predicted", "value": 1e-19, "unit": "mu_B", "as_printed": "x"}, "go together"),
        ((*BOUND, "quantity", "flavour"), "electron", "unknown flavour"),
        ((*BOUND, "quantity", "flavour"), "mixture", "go together"),
        ((*BOUND, "quantity"), {"symbol": "mu", "flavour": "mixture", "mixture": "sun"}, "unknown mixture 'sun'"),
        ((*BOUND, "valu"), 3, "unknown key"),
        ((*BOUND, "parameter"), "mu_x", "unknown parameter 'mu_x' of a magnetic-moment: did you mean"),
        ((*BOUND, "parameter"), "q_e", "unknown parameter 'q_e' of a magnetic-moment"),
        (
            (*BOUND, "result"),
            {"kind": "interval", "intervals": [[1, 2]], "unit": "mu_B", "as_printed": "x"},
            "one-sided",
        ),
        (("collaboration",), "FALSO", "boolean"),
        (("reference", "arxiv"), "2601.1", "is no number such as"),
        (("reference", "arxiv"), None, "give a texkey, an arXiv number, a DOI"),
        (("reference", "doi"), "doi:10.1/x", "is no DOI"),
        (("reference", "year"), "1900", "1930"),
        (("bounds",), [], "at least 1"),
        (("bounds",), [GOOD["bounds"][0], GOOD["bounds"][0]], "an id stands twice"),
    ],
)
def test_wrong_ones(path, value, match):
    with pytest.raises(InputError, match=match):
        validate(changed(path, value), "wrong.yaml")


LINE = Curve(kind="curve", table="d.csv", x="m4", x_unit="MeV", unit="1/GeV", as_printed="figure")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("m4 [MeV],d [1/GeV]\n1,1e-6\n3,2e-6\n2,3e-6\n", "line 4: m4 must rise; a region is geometry: polygon"),
        ("m4 [MeV],d [1/GeV]\n1,1e-6\n1,2e-6\n", "line 3: m4 must rise"),
        ("m4 [MeV],d [1/GeV]\n1,-1e-6\n", "line 2: d = -1e-06 must be positive"),
        ("m4 [MeV],d [1/GeV]\n1,nan\n", "must be positive"),
        ("m4 [keV],d [1/GeV]\n1,1e-6\n", "is in 'keV', not in 'MeV'"),
        ("m4 [MeV],d [mu_B]\n1,1e-6\n", "is in 'mu_B', not in '1/GeV'"),
        ("m4 [MeV],d [1/GeV]\n1,0.0.1\n", "line 2, column 'd': '0.0.1' is no number"),
        ("m4 [MeV],d [1/GeV]\n1\n", "line 2 has 1 cells"),
    ],
)
def test_damaged_curves(text, match):
    with pytest.raises(TableError, match=match):
        points(text, LINE)


def test_a_polygon_may_turn_back():
    x, _ = points("m4 [MeV],d [1/GeV]\n1,1\n2,1\n2,3\n1,2\n", LINE.model_copy(update={"geometry": "polygon"}))
    assert x.tolist() == [1, 2, 2, 1]


def test_a_number_is_no_curve():
    with pytest.raises(NudipoleError, match=r"xenonnt-2022-mu-solar is a number, < 6\.4e-12 mu_B, and no curve"):
        curve(record("xenonnt-2022-mu-solar"))


def test_the_table_of_a_contribution_lies_beside_it(tmp_path):
    path = tmp_path / "somebody-2026.yaml"
    path.write_text(
        """
id: somebody-2026
collaboration: false
reference: {arxiv: "2601.00001", authors: Somebody, year: 2026}
provenance: invented
bounds:
  - id: somebody-2026-d
    property: sterile-dipole
    quantity: {symbol: d, flavour: e}
    source: reactor
    process: upscattering
    result: {kind: curve, table: d.csv, x: m4, x_unit: MeV, unit: 1/GeV, as_printed: figure}
    statistics: {cl: 0.9}
""",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"bounds\[0\].result.table: 'd.csv' is not a file in the folder"):
        checked(path)
    (tmp_path / "d.csv").write_text("m4 [MeV],d [1/GeV]\n2,1\n1,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="m4 must rise"):
        checked(path)
    (tmp_path / "d.csv").write_text("m4 [MeV],d [1/GeV]\n1,1\n2,1\n", encoding="utf-8")
    assert checked(path).id == "somebody-2026"

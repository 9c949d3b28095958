"""Tables of HEPData there and back, and its validator where it is installed."""

from __future__ import annotations

import json
import re

import pytest

import nudipole as nd
from nudipole.errors import InputError, UnknownName
from nudipole.hepdata import csv_of, documents, read
from nudipole.io import text_table
from nudipole.io.yaml import dumped


@pytest.fixture(scope="module")
def result():
    return nd.limit(nd.load("gemma-2012"), "mu_e")


@pytest.fixture
def submission(result, tmp_path):
    path = tmp_path / "submission.yaml"
    path.write_text(dumped(documents(result)), encoding="utf-8")
    return path


def test_every_number_of_a_submission_is_read_again(result, submission):
    data, file = read(submission, "Spectrum of gemma-2012")
    spectrum = text_table.table(csv_of(data, file), file)
    shown = result.experiment.spectrum(mu_e=result.upper).columns()
    for name in ("E_low", "E_high"):
        assert spectrum.column(name, "keV") == pytest.approx(shown[f"{name} [keV]"], rel=1e-11)
    assert spectrum.column("expected", "1").tolist() == shown["expected [1]"].tolist()
    ends = text_table.table(csv_of(*read(submission, "Limits on mu_e")), "ends")
    row = ends.words("Construction").index(result.construction)
    assert ends.column("Upper end of mu_e", "mu_B")[row] == result.upper
    curve = text_table.table(csv_of(*read(submission, "Profile likelihood of mu_e")), "curve")
    assert curve.column("Delta chi2", "1").tolist() == result.delta_chi2.tolist()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_the_validator_of_hepdata_accepts_it(submission):
    module = pytest.importorskip("hepdata_validator.full_submission_validator", reason="no hepdata-validator")
    validator = module.FullSubmissionValidator()
    assert validator.validate(file=str(submission)), validator.get_messages()


def test_a_submission_keeps_to_the_schema(result):
    """Schema 1.1.1: names of tables and keywords, one value a row, no number that JSON does not have."""
    comment, *tables = documents(result)
    assert comment["comment"].startswith(str(result))
    for table in tables:
        assert table.keys() == {
            *("name", "description", "keywords", "independent_variables", "dependent_variables"),
        }
        assert len(table["name"]) <= 64
        assert {keyword["name"] for keyword in table["keywords"]} <= {
            "observables",
            "phrases",
            "reactions",
            "cmenergies",
        }
        variables = [*table["independent_variables"], *table["dependent_variables"]]
        assert len({len(variable["values"]) for variable in variables}) == 1
    json.dumps(tables, allow_nan=False)
    # HEPData reads YAML 1.1, where 1e-11 is text.
    assert not re.search(r"[ :]-?\d+e[-+]?\d", dumped(tables))


TABLE = """\
independent_variables:
- header: {name: Energy, units: keVee}
  values: [{low: 1, high: 2}, {low: 2, high: 3}]
dependent_variables:
- header: {name: Events}
  qualifiers: [{name: SQRT(S), units: GEV, value: 8}]
  values:
  - {value: 3, errors: [{symerror: 1.7, label: stat}, {asymerror: {plus: 0.2, minus: -0.1}}]}
  - {value: 5, errors: [{symerror: 2.2, label: stat}]}
"""


def test_a_table_as_csv(tmp_path):
    (tmp_path / "t.yaml").write_text(TABLE)
    text = csv_of(*read(tmp_path / "t.yaml"))
    assert text.splitlines() == [
        "E_low [keVee],E_high [keVee],Events [1],Events error stat [1],Events error + [1],Events error - [1]",
        "1,2,3,1.7,0.2,-0.1",
        "2,3,5,2.2,,",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{low: 2, high: 3}", "{low: 2}", r"independent_variables\[0\].values\[1\]: has no high, other rows have one"),
        ("  - {value: 5, errors: [{symerror: 2.2, label: stat}]}\n", "", "every variable needs one value a row"),
        ("independent_variables:", "independent:", "independent_variables: a list of variables"),
        ("name: Events", "names: Events", r"dependent_variables\[0\]: write header: \{name: ...\} and values"),
        ("symerror: 1.7", "error: 1.7", r"values\[0\].errors: write symerror, or asymerror"),
        ("name: Events", "name: Energy LOW, units: keVee", "the name 'E_low.*' twice"),
    ],
)
def test_wrong_tables_are_named(old, new, message, tmp_path):
    (tmp_path / "t.yaml").write_text(TABLE.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        csv_of(*read(tmp_path / "t.yaml"))


def test_submissions_name_their_tables(submission, tmp_path):
    with pytest.raises(InputError, match="has 3 tables: name one of them, Spectrum of gemma-2012, Limits on mu_e"):
        read(submission)
    with pytest.raises(UnknownName, match="did you mean 'Limits on mu_e'"):
        read(submission, "limits on mu_e")
    (tmp_path / "s.yaml").write_text("---\ncomment: c\n---\nname: T\ndata_file: data1.yaml\n")
    with pytest.raises(InputError, match=r"is a submission: name one of its tables, data1\.yaml"):
        read(tmp_path / "s.yaml")

"""From a description to a folded experiment: numbers that must fit together, files beside the YAML."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import InputError
from nudipole.experiments import load
from nudipole.experiments.build.experiment import build
from nudipole.experiments.reading import described, read

EDGES = "edges: [1, 2, 3, 5, 10], unit: keV"
INLINE = "energy: [0, 1, 30], value: [0, 0.5, 0.9]"
FILE = "{file: data.csv, column: observed}"

WRONG = [
    (EDGES, "edges: [1, 3, 2, 5, 10]", "detector.bins.edges", "must increase"),
    (EDGES, "edges: [1, 1, 2, 5, 10]", "detector.bins.edges", "must increase"),
    (EDGES, "edges: [-1, 1, 2, 5, 10]", "detector.bins.edges", "must not be negative"),
    (EDGES, "from: 1 keV, to: 10 keV, width: 2 keV", "detector.bins", "whole number of widths"),
    (EDGES, "from: 5 keV, to: 1 keV, width: 1 keV", "detector.bins", "to must lie above from"),
    (EDGES, "from: 1 keV, to: 10 keV, width: 1e-9 keV", "detector.bins", "more than 10000 bins"),
    (
        INLINE,
        "energy: [0, 30, 1], value: [0, 0.5, 0.9]",
        "detector.efficiency",
        "= 1 keV must be more than 30 keV",
    ),
    (INLINE, "energy: [0, 1, 30], value: [0, 0.5, 1.9]", "detector.efficiency.value[2]", "1.9"),
    (INLINE, "energy: [0, 1, 9], value: [0, 0.5, 0.9]", "detector.efficiency", "must cover the bins, 1 to 10 keV"),
    (INLINE, "table: nope", "detector.efficiency", "unknown table 'nope'"),
    (INLINE, "table: nufit", "detector.efficiency", "unknown column"),
    ("element: Xe", "element: xenon", "target.element", "'xenon' is not an element: write its symbol"),
    ("element: Xe", "element: Xx", "target.element", "'Xx' is not an element"),
    ("kind: solar", "kind: solar, model: B16", "source", "unknown solar model 'B16'"),
    ("kind: solar", "kind: solar, oscillation: x", "source", "unknown set of oscillation parameters 'x'"),
    ("asimov", "[1, 2, 3]", "data", "3 counts for 4 bins"),
    (
        "asimov",
        "{table: xenonnt-2022-spectrum, column: observed}",
        "data",
        "the edges of xenonnt-2022-spectrum (1 to 30 keV) are not those of the bins",
    ),
    ("asimov", "{table: xenonnt-2022-spectrum, column: obs}", "data", "unknown column"),
    ("rate: 16 events/(t yr keV)", "counts: [1, 2]", "backgrounds.flat.counts", "2 counts for 4 bins"),
]


@pytest.mark.parametrize(("old", "new", "key", "message"), WRONG)
def test_numbers_that_do_not_fit(own, old, new, key, message):
    path = own(old, new)
    with pytest.raises(InputError) as caught:
        load(path)
    assert (caught.value.file, caught.value.key) == (str(path), key)
    assert message in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "# by hand\r\nE;observed\r\nkeV;1\r\n1,5;20\r\n2,5;21\r\n4,0;35\r\n7,5;90\r\n",
        """#: name: Table 1
"E [KEV]","E [KEV] LOW","E [KEV] HIGH","observed"
1.5,1,2,20
2.5,2,3,21
4.0,3,5,35
7.5,5,10,90
""",
    ],
    ids=["a spreadsheet", "HEPData"],
)
def test_csv_as_people_save_it(own, text):
    path = own("asimov", FILE)
    (path.parent / "data.csv").write_bytes(text.encode("utf-8-sig"))
    experiment = load(path)
    assert experiment.observed.tolist() == [20, 21, 35, 90]
    assert experiment.files["data.csv"].startswith("4 rows, E")


def test_energies_in_photoelectrons(own_text):
    bins = "bins: {from: 6 PE, to: 30 PE, width: 8 pe}\n  light_yield: 2 PE/keV\n  threshold: 10 PE"
    spec, _ = described(own_text("bins: {edges: [1, 2, 3, 5, 10], unit: keV}", bins), "w")
    found = (spec.detector.bins.from_, spec.detector.bins.to, spec.detector.bins.width, spec.detector.threshold)
    assert found == pytest.approx((3e-3, 15e-3, 4e-3, 5e-3), rel=1e-14)
    with pytest.raises(InputError, match=r"detector.bins.from: PE needs detector.light_yield"):
        described(
            own_text("bins: {edges: [1, 2, 3, 5, 10], unit: keV}", bins.replace("light_yield: 2 PE/keV", "")), "w"
        )


GOOD_CSV = "observed [1],E [keV]\n20,1.5\n21,2.5\n35,4\n90,7.5\n"


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        (b"observed [1]\n1\n2\n3\n", "3 counts for 4 bins"),
        (b"observed [1],x\n1,2\n3\n", "line 3 has 1 cell, the header 2"),
        (b"observed [1]\n1\n2\nthree\n4\n", "line 4, column 'observed': 'three' is no number: write one"),
        (b"observed [1]\n1\n2\nnan\n4\n", "finite and not negative"),
        (b"observed [1]\n1\n2\ninf\n4\n", "finite and not negative"),
        (b"observed [1]\n1\n2\n-3\n4\n", "finite and not negative"),
        (b"observed\n1\n2\n3\n4\n", r"a unit is missing: write observed \[1\] in the header of data.csv"),
        (b"observed [keV]\n1\n2\n3\n4\n", "is in 'keV', not in '1'"),
        (b"counts [1]\n1\n2\n3\n4\n", "unknown column of table 'data.csv' 'observed'"),
        (b"", "a header and at least one row"),
        (b"observed [1]\n", "a header and at least one row"),
        (b"observed [1],observed [1]\n1,2\n", "columns 1 and 2 have the same name"),
        (b"observed [1]\n\xff\n", "cannot be read"),
        (b"observed [1]\n" + b"1" * 200_000 + b"\n", "1 counts for 4 bins"),
    ],
)
def test_wrong_csv(own, csv, message):
    path = own("asimov", FILE)
    (path.parent / "data.csv").write_bytes(csv)
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: data")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bytes_before", [b"", b"\xef\xbb\xbf"])
def test_csv_beside_the_yaml(own, bytes_before):
    path = own("asimov", FILE)
    (path.parent / "data.csv").write_bytes(bytes_before + GOOD_CSV.replace("\n", "\r\n").encode() + b"\r\n")
    assert load(path).observed.tolist() == [20, 21, 35, 90]


@pytest.mark.parametrize("name", ["../data.csv", "{parent}/data.csv", "link.csv", "", ".", "a\x00b", "x" * 5000])
def test_csv_outside_the_folder(own, tmp_path, name):
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "data.csv").write_text(GOOD_CSV)
    (folder / "link.csv").symlink_to(tmp_path / "data.csv")
    name = name.replace("{parent}", str(tmp_path)).replace("\x00", "\\0")
    path = own("asimov", f'{{file: "{name}", column: observed}}').rename(folder / "my.yaml")
    with pytest.raises(InputError, match="not a file in the folder of the YAML"):
        load(path)


def test_csv_in_a_folder_below(own):
    path = own("asimov", "{file: tables/data.csv, column: observed}")
    (path.parent / "tables").mkdir()
    (path.parent / "tables" / "data.csv").write_text(GOOD_CSV)
    assert load(path).observed.sum() == 166


def test_csv_too_large(own):
    path = own("asimov", FILE)
    with (path.parent / "data.csv").open("wb") as stream:
        stream.truncate(6_000_000)
    with pytest.raises(InputError, match="larger than 5 MB"):
        load(path)


def test_library_reads_no_files(own):
    spec, _, _ = read(own("asimov", FILE))
    with pytest.raises(InputError, match="reads tables, not files"):
        build(spec)


@pytest.mark.parametrize(
    ("header", "scale", "message"),
    [
        ("E [keV],efficiency [1]", 1, None),
        ("E [MeV],efficiency [1]", 1e-3, None),
        ("E [eV],efficiency [1]", 1e3, None),
        ("E,efficiency [1]", 1, r"write E with its unit, for example E \[keV\]"),
        ("E [kg],efficiency [1]", 1, r"write E with its unit, for example E \[keV\]"),
        ("E [keV],efficiency", 1, r"write efficiency \[1\]"),
        ("T [keV],efficiency [1]", 1, "T of efficiency.csv are energies of recoils: write of: recoil, or call .* E"),
        ("x [keV],efficiency [1]", 1, "unknown column"),
    ],
)
def test_efficiency_from_a_file(own, header, scale, message):
    path = own(INLINE, "file: efficiency.csv")
    rows = "".join(f"{scale * E:g},{value}\n" for E, value in ((0, 0), (1, 0.5), (30, 0.9)))
    (path.parent / "efficiency.csv").write_text(f"{header}\n{rows}")
    if message is None:
        np.testing.assert_allclose(load(path).parts[0].detector.efficiency.E, [0, 1e-3, 30e-3])
    else:
        with pytest.raises(InputError, match=f"detector.efficiency: .*{message}"):
            load(path)


def test_edges_and_steps_are_the_same_bins(own):
    steps = load(own(EDGES, "from: 1 keV, to: 5 keV, width: 1 keV")).bins
    edges = load(own(EDGES, "edges: [1000, 2000, 3000, 4000, 5000], unit: eV")).bins
    np.testing.assert_allclose(steps, edges, rtol=1e-14)


def test_flat_rate_is_counts_over_the_whole_exposure(own):
    np.testing.assert_allclose(load(own()).backgrounds[0].counts, [16, 16, 32, 80])
    twice = load(own("exposure: 1 t yr", "exposure: 2000 kg yr"))
    np.testing.assert_allclose(twice.backgrounds[0].counts, [32, 32, 64, 160])


def test_exposure_scales_the_signal(own):
    one, two = load(own()), load(own("exposure: 1 t yr", "exposure: 2 t yr"))
    np.testing.assert_allclose(two.sm_counts, 2 * one.sm_counts, rtol=1e-10)

"""Detectors and backgrounds as they are published: efficiencies, quenchings, spectra, templates, sub-samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import exponnorm, norm

import nudipole as nd
from nudipole.detectors import ConstantWidth, Detector, Efficiency, Exact
from nudipole.errors import InputError
from nudipole.experiments import load
from nudipole.experiments.build.background_shape import shares
from nudipole.experiments.likelihood import likelihood
from nudipole.experiments.schema.background import ExponentialSpec, LinesSpec, PowerLawSpec

KEV = 1e-3
LINE = """\
name: mine
title: nuclei struck by a line
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: mono-energetic, energy: 30 MeV, flux: 1e7 1/(cm^2 s), flavour: mu}
target: {formula: CsI}
process: {kind: cevns, quenching: {kind: factor, factor: 0.1}}
exposure: 100 kg d
detector:
  bins: {edges: [0.2, 0.5, 1.0], unit: keV}
data: asimov
backgrounds:
  flat: {rate: 1 events/(kg d keV), normalisation: {gaussian: 5 %}}
"""


@pytest.fixture
def line(tmp_path):
    def made(*pairs, files=(), name="my.yaml"):
        text = LINE
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        for file, content in files:
            (tmp_path / file).write_text(content, encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
        return load(tmp_path / name)

    return made


BINS = "  bins: {edges: [0.2, 0.5, 1.0], unit: keV}"


def with_efficiency(words):
    return BINS, f"{BINS}\n  efficiency: {words}"


def test_one_efficiency_of_three_energies(line):
    """With E_ee = T/10 and no resolution the three say the same at energies in the ratio of ten; a product is one."""
    steps = "of: {}, unit: keV, energy: [{}, {}, {}], value: [0.2, 0.8, 0.4]"
    seen, worth = (line(with_efficiency("{" + steps.format(of, 0, 0.4, 1) + "}")) for of in ("reconstructed", "E_ee"))
    recoil = line(with_efficiency("{" + steps.format("recoil", 0, 4, 10) + "}"))
    several = line(with_efficiency("[{of: reconstructed, constant: 1}, {" + steps.format("recoil", 0, 4, 10) + "}]"))
    for other in (worth, recoil, several):
        np.testing.assert_allclose(other.sm_counts, seen.sm_counts, rtol=2e-5)
    half = "{of: recoil, constant: 0.5}, {of: true, constant: 0.5}, {of: reconstructed, constant: 0.5}"
    np.testing.assert_allclose(line(with_efficiency(f"[{half}]")).sm_counts, line().sm_counts / 8, rtol=1e-9)


def test_product_of_efficiencies():
    one, two = Efficiency.table([0, 2, 5], [0.1, 1, 0.5]), Efficiency.table([1, 3, 4], [0.3, 0.9, 0])
    E = np.linspace(0, 6, 997)
    found, expected = (np.asarray(f(E)) for f in (Efficiency.product([one, two]), lambda e: one(e) * two(e)))
    np.testing.assert_allclose(found, expected, atol=2.1e-5)


@pytest.mark.parametrize(
    ("efficiency", "content", "message"),
    [
        ("{of: recoil, file: e.csv}", "T [keV],efficiency [1]\n3,0\n5,0.5\n9,0.9\n",
         r"cover the recoils that the bins count, 2 to 10 keV: it begins at 3 keV: .*; it ends at 9 keV"),
        ("{of: reconstructed, file: e.csv}", "E [keV],efficiency [1]\n0,0\n0.9,0.9\n",
         r"must cover the bins, 0.2 to 1 keV: it ends at 0.9 keV: add a row at 1 keV, or end the bins there"),
        ("{of: E_ee, file: e.csv}", "T [keV],efficiency [1]\n0,0\n20,0.9\n",
         r"T of e.csv are energies of recoils: write of: recoil"),
        ("{of: recoil, file: e.csv}", "E_ee [keV],efficiency [1]\n0,0\n20,0.9\n",
         r"E_ee of e.csv are energies in electrons: write of: E_ee"),
    ],
)  # fmt: skip
def test_efficiency_of_another_energy(line, efficiency, content, message):
    with pytest.raises(InputError, match=message):
        line(with_efficiency(efficiency), files=[("e.csv", content)])


def test_electrons_have_no_efficiency_of_nuclear_recoils(line):
    both = "processes:\n  nuclei: {kind: cevns, quenching: none}\n  electrons: {kind: nu-e, binding: free}"
    process = "process: {kind: cevns, quenching: {kind: factor, factor: 0.1}}"
    with pytest.raises(InputError, match=r"detector.efficiency: of: recoil is of nuclear recoils, which processes.ele"):
        line((process, both), with_efficiency("{of: recoil, constant: 0.5}"))


def test_each_element_has_its_quenching(line):
    """CsI with one factor each is Cs with its own and I with its own; `none` is a word."""
    whole = line(("{kind: factor, factor: 0.1}", "{Cs: {kind: factor, factor: 0.1}, I: {kind: factor, factor: 0.06}}"))
    mass = {"Cs": 132.90545, "I": 126.90447}
    parts = [
        line(("formula: CsI", f"element: {e}"), ("0.1}", f"{factor}}}"), ("100 kg", f"{100 * m / 259.80992:.9g} kg"))
        for (e, m), factor in zip(mass.items(), (0.1, 0.06), strict=True)
    ]
    np.testing.assert_allclose(whole.sm_counts, sum(part.sm_counts for part in parts), rtol=1e-4)
    with pytest.raises(InputError, match=r"process.quenching: I has none: write one for every element of CsI"):
        line(("{kind: factor, factor: 0.1}", "{Cs: {kind: factor, factor: 0.1}}"))
    with pytest.raises(InputError, match=r"process.quenching.Na: there is no Na in CsI"):
        line(("{kind: factor, factor: 0.1}", "{Na: none, Cs: none, I: none}"))
    assert line(("{kind: factor, factor: 0.1}", "none")).sm_counts.sum() > whole.sm_counts.sum() / 20


def test_isotopes(line):
    """Natural uranium, and heavy water as water of which all hydrogen is 2H."""
    uranium = line(("formula: CsI", "element: U"), ("factor: 0.1", "factor: 0.5"))
    (group, _), *_ = uranium.parts[0].folded
    assert sorted(round(float(one.nucleus.Z + one.nucleus.N)) for one in group) == [234, 235, 238]
    heavy = line(("formula: CsI", "formula: H2O, enrichment: {2H: 1}"))
    with pytest.raises(InputError, match=r"'D' is an isotope, no element: write formula: H2O with enrichment: .2H: 1."):
        line(("formula: CsI", "formula: D2O"))
    assert heavy.sm_counts.sum() > 0


def test_photoelectrons_wherever_energies_stand(line):
    yielded = "  light_yield: 10 1/keV\n  threshold: 3 PE\n  resolution: {kind: sqrt, a: 0.1 PE^0.5}"
    found = line((BINS, f"  bins: {{from: 2 PE, to: 10 PE, width: 1 PE}}\n{yielded}"))
    np.testing.assert_allclose(found.bins, np.arange(3, 11) / 10 * KEV)
    assert found.spectrum().light_yield == pytest.approx(10 / KEV)
    assert float(found.parts[0].detector.resolution.sigma(np.array(1.0 * KEV))) == pytest.approx(0.0316228 * KEV)
    with pytest.raises(InputError, match=r"detector.bins.from: PE needs detector.light_yield, for example"):
        line((BINS, "  bins: {from: 2 PE, to: 10 PE, width: 1 PE}"))


RESOLVED = [
    ("{kind: polynomial, unit: keV, coefficients: [0.073, 0.173, -6.5e-3, 1.1e-4]}", None,
     lambda E: 0.073 + 0.173 * E - 6.5e-3 * E**2 + 1.1e-4 * E**3),
    ("{kind: table, unit: eV, energy: [0, 2000], sigma: [50, 250]}", None, lambda E: 0.05 + 0.1 * E),
    ("{kind: table, file: s.csv}", "E [keV],relative [1]\n0,0.3\n2,0.1\n", lambda E: E * (0.3 - 0.1 * E)),
    ("{kind: skewed, alpha: 2, sigma: {kind: constant, a: 90 eV}}", None, lambda E: 0.09 + 0 * E),
]  # fmt: skip


@pytest.mark.parametrize(("resolution", "content", "sigma"), RESOLVED)
def test_resolutions_of_a_description(line, resolution, content, sigma):
    files = [("s.csv", content)] if content else []
    made = line((BINS, f"{BINS}\n  resolution: {resolution}"), files=files)
    E = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(made.parts[0].detector.resolution.sigma(E * KEV) / KEV, sigma(E), rtol=1e-9)


def test_a_matrix_of_a_file(line):
    """A bin of the matrix for every second energy: as if nothing smeared, and half of that is lost."""
    rows = [f"{E},{low},{low + 0.1:.1f},{0.5 * (low <= E < low + 0.1)}" for E in np.arange(0.15, 1.1, 0.1).round(2)
            for low in np.arange(0, 1.2, 0.1).round(1)]  # fmt: skip
    content = "E [keV],E_low [keV],E_high [keV],probability [1]\n" + "\n".join(rows) + "\n"
    resolution = (BINS, f"{BINS}\n  resolution: {{kind: matrix, file: m.csv}}")
    made = line(resolution, files=[("m.csv", content)])
    np.testing.assert_allclose(made.sm_counts, line().sm_counts / 2, rtol=0.1)
    assert "loses up to 50 %" in made.notes[0]
    with pytest.raises(InputError, match=r"detector.resolution: m.csv has no column probability"):
        line(resolution, files=[("m.csv", content.replace("probability", "p"))])


def detector(edges, sigma=0.0):
    return Detector(np.array(edges) * KEV, ConstantWidth(sigma * KEV) if sigma else Exact(), Efficiency.constant(1.0))


def test_exponential_and_power_law_in_closed_form():
    edges = np.array([0.1, 0.2, 0.5, 2])
    exponential = ExponentialSpec(kind="exponential", scale="80 eV")
    np.testing.assert_allclose(shares(exponential, detector(edges)), -np.diff(np.exp(-edges / 0.08)), rtol=1e-7)
    # An exponential and a Gaussian in closed form.
    smeared = np.diff(exponnorm(0.08 / 0.03, 0, 0.03).cdf(edges))
    np.testing.assert_allclose(shares(exponential, detector(edges, 0.03)), smeared, rtol=1e-6)
    power = PowerLawSpec(kind="power-law", index=2.5, **{"from": "50 eV"})
    np.testing.assert_allclose(shares(power, detector(edges)), -np.diff((edges / 0.05) ** -1.5), rtol=1e-6)
    cut = PowerLawSpec(kind="power-law", index=1, **{"from": "50 eV", "to": "1 keV"})
    expected = np.diff(np.log(np.minimum(edges, 1) / 0.05)) / np.log(20)
    np.testing.assert_allclose(shares(cut, detector(edges)), expected, rtol=1e-6)
    lines = LinesSpec(kind="lines", energies=["0.15 keV", "0.6 keV"], shares=[1, 3])
    two = 0.25 * norm(0.15, 0.03).cdf(edges) + 0.75 * norm(0.6, 0.03).cdf(edges)
    np.testing.assert_allclose(shares(lines, detector(edges, 0.03)), np.diff(two), atol=1e-12)


def test_amounts_of_spectra(line):
    """A rate at one energy, a table of rates, and a shape with its activity, of one and the same spectrum."""
    efficiency = with_efficiency("{of: reconstructed, constant: 0.5}")
    spectrum = "spectrum: {kind: exponential, scale: 200 eV, at: 0.3 keV}"
    rate = line(efficiency, ("rate: 1", f"{spectrum}, rate: 1"))
    expected = 50 * 0.2 * -np.diff(np.exp((0.3 - np.array([0.2, 0.5, 1.0])) / 0.2))
    np.testing.assert_allclose(rate.background_counts["flat"], expected, rtol=1e-6)
    seen = line(efficiency, ("rate: 1", f"as_seen: true, {spectrum}, rate: 1"))
    np.testing.assert_allclose(seen.background_counts["flat"], 2 * expected, rtol=1e-6)
    E = np.linspace(0.1, 1.2, 2001)
    rows = "\n".join(f"{e!r},{float(np.exp((0.3 - e) / 0.2))!r}" for e in E.tolist())
    table = "spectrum: {kind: table, file: r.csv}"
    for header, amount in (
        ("E [keV],rate [1/(kg d keV)]", ""),
        ("E [keV],shape [1]", f", activity: {quad(lambda e: np.exp((0.3 - e) / 0.2), 0.1, 1.2)[0]!r} 1/(kg d)"),
    ):
        pairs = ("rate: 1 events/(kg d keV)", table + amount)
        found = line(efficiency, pairs, files=[("r.csv", f"{header}\n{rows}\n")])
        np.testing.assert_allclose(found.background_counts["flat"], expected, rtol=1e-5)


def test_table_of_a_background_covers_the_bins(line):
    """Where it ends in the middle of the bins nothing is known, unless it ends at zero."""
    table = ("rate: 1 events/(kg d keV)", "spectrum: {kind: table, file: r.csv}")
    rows = "E [keV],rate [1/(kg d keV)]\n{}0.5,1\n0.8,1\n{}"
    with pytest.raises(InputError, match=r"must cover the bins, 0.2 to 1 keV: it begins at 0.5 keV and it ends at 0.8"):
        line(table, files=[("r.csv", rows.format("", ""))])
    with pytest.raises(InputError, match=r"keV: it ends at 0.8 keV: add rows up to there, or a row of 0 at an end"):
        line(table, files=[("r.csv", rows.format("0.4999,0\n", ""))])
    found = line(table, files=[("r.csv", rows.format("0.4999,0\n", "0.8001,0\n"))])
    np.testing.assert_allclose(found.background_counts["flat"], [0, 100 * 0.3], atol=0.02)


@pytest.mark.parametrize(
    ("background", "message"),
    [
        ("spectrum: {kind: exponential, scale: 1 keV}, rate: 1", "a rate of a spectrum is that at one energy"),
        ("spectrum: {kind: exponential, scale: 1 keV, at: 1 keV}, activity: 1 1/(t d), note: '", "spectrum.at is the"),
        ("spectrum: {kind: power-law, index: 2, at: 1 keV}, rate: 1", "a power law begins at a positive energy"),
        ("as_seen: true, rate: 1", "as_seen is of a spectrum: leave it out"),
        ("errors: [1, 1], rate: 1", "errors are those of counts"),
    ],
)  # fmt: skip
def test_backgrounds_that_mean_nothing(line, background, message):
    end = "'" if background.endswith("'") else ""
    with pytest.raises(InputError, match=message):
        line(("rate: 1 events/(kg d keV)", f"{background} events/(kg d keV){end}"))


def test_errors_of_templates(line):
    """In one bin the statistical error of a template is the error of its normalisation; in two it is one of each bin.

    By the closed form of a Gaussian: errors of independent bins add to the Poisson variances.
    """
    one = (BINS, BINS.replace("[0.2, 0.5, 1.0]", "[0.2, 1.0]"))
    fixed = "counts: [80], errors: [8], normalisation: fixed}"
    flat = "rate: 1 events/(kg d keV), normalisation: {gaussian: 5 %}}"
    found = nd.limit(line(one, (flat, fixed)), "mu_mu")
    assert found.upper == pytest.approx(
        nd.limit(line(one, (flat, "counts: [80], normalisation: {gaussian: 10 %}}")), "mu_mu").upper, rel=1e-6
    )
    assert found.pulls["templates in bin 1"] == pytest.approx(0, abs=1e-6)
    more = "  more: {counts: [1e4, 1e4], errors: [400, 100], normalisation: fixed}"
    both = line((flat, f"counts: [3e4, 5e4], errors: [300, 0], normalisation: fixed}}\n{more}"))
    relative = both.template_errors.relative
    np.testing.assert_allclose(relative, [500 / 4e4, 100 / 6e4])
    model = likelihood(both, "mu_mu")
    assert model.nuisances[-2:] == ("templates in bin 1", "templates in bin 2")
    nominal, moved = (model.expected(0.0, [*[0.0] * (len(model.nuisances) - 2), a, b]) for a, b in ((0, 0), (1, -2)))
    np.testing.assert_allclose(moved - nominal, [500, -200], rtol=1e-9)


SAMPLES = """\
samples:
  one: {share: {of: E_ee, unit: keV, energy: [0, 1], value: [0.2, 0.6]}, data: [40, 21]}
  two: {share: 0.3, data: [31, 47], backgrounds: {flat: {rate: 2 events/(kg d keV)}}}
  three: {share: {cevns: 0.1}, data: [5, 6], backgrounds: {flat: null}}
"""


def test_samples_are_experiments_in_common(line):
    """One experiment with three samples is the likelihood of three that share all nuisances."""
    whole = line(("data: asimov\n", f"data: by-sample\n{SAMPLES}"))
    assert whole.counts(mu_mu=1e-9).dims == ("component", "sample", "energy")
    assert whole.spectrum().to_csv().splitlines()[3].startswith("two,0.2,0.5")
    flat, share = "rate: 1", "{of: E_ee, unit: keV, energy: [0, 1], value: [0.2, 0.6]}"
    alone = [
        line(("name: mine", "name: one\nshared: [flat]"), ("asimov", "[40, 21]"), with_efficiency(share)),
        line(("name: mine", "name: two\nshared: [flat]"), ("asimov", "[31, 47]"), (flat, "rate: 2"),
             with_efficiency("{of: reconstructed, constant: 0.3}")),
        line(("name: mine", "name: three"), ("asimov", "[5, 6]"), with_efficiency("{of: E_ee, constant: 0.1}"),
             ("\n  flat: {rate: 1 events/(kg d keV), normalisation: {gaussian: 5 %}}", " {}")),
    ]  # fmt: skip
    model, joint = likelihood(whole, "mu_mu"), likelihood(alone, "mu_mu")
    assert model.nuisances == joint.nuisances == ("flat",)
    for poi, eta in ((0.0, 0.0), (1e4, 0.7), (3e4, -1.3)):
        assert float(model.chi2(poi, [eta])) == pytest.approx(float(joint.chi2(poi, [eta])), rel=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("data: by-sample", "data: [1, 2]", "samples: each has its data: write data: by-sample"),
        (", data: [40, 21]", "", "samples.one.data: write its counts"),
        ("{cevns: 0.1}", "{nuclei: 0.1}", "samples.three.share: name all processes, cevns, or write one share for all"),
        ("{flat: {rate: 2 events/(kg d keV)}}", "{steady: {rate: 2}}", "samples.two.backgrounds.steady: is not among"),
        ("{flat: {rate: 2 events/(kg d keV)}}", "{flat: {normalisation: free}}", "flat.normalisation is that of all"),
        ("data: [31, 47]", "data: [31, 47, 5]", "sample two.: data: 3 counts for 2 bins"),
    ],
)  # fmt: skip
def test_wrong_samples(line, old, new, message):
    text = f"data: by-sample\n{SAMPLES}"
    assert old in text
    with pytest.raises(InputError, match=message):
        line(("data: asimov\n", text.replace(old, new)))


def test_nuisances_of_backgrounds(tmp_path):
    """Shape, time and resolution of a background move with a nuisance, as what is described."""
    text = """\
name: mine
title: nuclei at a spallation source
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: pion-decay-at-rest, site: sns-2021, neutrinos_per_proton: 0.09, relative_error: 7 %}
target: {element: Ar}
process: {kind: cevns, quenching: {kind: factor, factor: 0.25}}
exposure: 10 t d
detector:
  bins: {edges: [5, 10, 20], unit: keV}
  time: {edges: [0, 1, 5], unit: us}
data: asimov
backgrounds:
  BRN: {counts: [10, 20], time: [0.9, 0.1], normalisation: free}
  line:
    {spectrum: {kind: line, energy: 9 keV}, activity: 1 1/(t d), resolution: {kind: constant, a: 1 keV},
     normalisation: free}
nuisances:
  when: {plus: {backgrounds: {BRN: {time: [0.8, 0.2]}}}}
  width: {plus: {backgrounds: {line: {resolution: {a: 2 keV}}}}}
"""
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    made = load(tmp_path / "my.yaml")
    model = likelihood(made, "mu_mu")
    assert model.nuisances == ("BRN", "line", "SNS flux", "when", "width")
    assert np.asarray(list(made.flux_shift.values()))[0] == pytest.approx([0.07] * 3)
    at = [np.asarray(model.expected(0.0, [1.0, 1.0, 0.0, *eta])) for eta in ((0, 0), (1, 0), (0, 1))]
    np.testing.assert_allclose(at[1] - at[0], [-1, 1, -2, 2], atol=1e-9)
    share = np.diff(norm(9, [[1], [2]]).cdf([5, 10, 20]), axis=1) * 10
    flat = np.outer(share[1] - share[0], [0.2, 0.8]).ravel()
    np.testing.assert_allclose(at[2] - at[0], flat, atol=1e-6)
    (tmp_path / "no.yaml").write_text(text.replace("time: [0.9, 0.1], ", ""), encoding="utf-8")
    with pytest.raises(InputError, match=r"BRN.time: 2 counts are those of the bins of energy, .* time: flat"):
        load(tmp_path / "no.yaml")

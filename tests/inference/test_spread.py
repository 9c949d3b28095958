"""Descriptions of the atom: what they give beside one another, as a nuisance, and when one does not apply."""

from __future__ import annotations

import json

import pytest

import nudipole as nd
from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments import atomic_choice, load
from nudipole.experiments.atomic_descriptions import descriptions
from nudipole.experiments.atomic_nuisance import with_nuisance
from nudipole.inference import spread as atomic

NAMES = ["free-electrons", "rrpa"]


@pytest.fixture(scope="module")
def xe(tmp_path_factory):
    """A xenon detector with two bins, whose background holds no neutrinos; with changes of its text."""
    folder = tmp_path_factory.mktemp("xe")
    text = """\
name: mine
title: a xenon detector
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: solar, flux_uncertainty: false}
target: {element: Xe}
process: {kind: nu-e}
exposure: 100 t yr
detector:
  bins: {edges: [1, 4, 28], unit: keV}
  efficiency: {of: reconstructed, file: efficiency.csv}
data: asimov
backgrounds:
  flat: {rate: 0.1 events/(t yr keV), normalisation: {log-normal: 5 %}}
"""
    (folder / "efficiency.csv").write_text("E [keV],efficiency [1]\n0,1\n1000,1\n")
    known = {}

    def made(*pairs):
        if pairs not in known:
            changed = text
            for old, new in pairs:
                assert old in changed
                changed = changed.replace(old, new)
            (folder / "mine.yaml").write_text(changed)
            known[pairs] = load(folder / "mine.yaml")
        return known[pairs]

    return made


def nuisance(text):
    return ("backgrounds:", f"nuisances: {{atomic: {{{text}}}}}\nbackgrounds:")


@pytest.mark.parametrize(("construction", "steps", "free"), [("delta-chi2", 7.49, 6.73), ("one-sided", 6.05, 5.45)])
def test_xenonnt_against_reference_numbers(xenonnt, construction, steps, free):
    """The numbers that this package was asked to reproduce within 2 %, with the background free."""
    found = atomic.spread([xenonnt], construction=construction)
    assert [row.name for row in found.rows] == ["stepping", "free-electrons"]
    assert [row.described for row in found.rows] == [True, False]
    assert [1e12 * row.upper for row in found.rows] == pytest.approx([steps, free], rel=0.02)
    assert found.upper == pytest.approx((free / steps - 1, 0.0), abs=0.01)


def test_what_does_not_apply_is_left_out_with_the_reason(xenonnt):
    left_out = atomic.spread([xenonnt]).left_out
    assert set(left_out) == {"rrpa", "equivalent-photons"}
    assert "part of a background of xenonnt-2022; the package has no dipole factor" in left_out["rrpa"]
    assert "mu_nu is none" in left_out["equivalent-photons"]


def test_charges_by_equivalent_photons(xenonnt):
    """arXiv:2510.12449 has (-1.6, 3.7)e-13 e with nearly free electrons; equivalent photons shrink that threefold."""
    found = {row.name: row for row in atomic.spread([xenonnt], "q_nu", construction="delta-chi2").rows}
    assert list(found) == ["stepping", "free-electrons", "equivalent-photons"]
    free, photons = found["free-electrons"], found["equivalent-photons"]
    assert (1e13 * free.lower, 1e13 * free.upper) == pytest.approx((-1.6, 3.7), rel=0.25)
    variant = nd.limit(load("xenonnt-2022", "equivalent-photons"), "q_nu").constructions["delta-chi2"]
    assert (photons.lower, photons.upper) == pytest.approx((variant.lower, variant.upper), rel=1e-6)
    assert photons.change_upper == pytest.approx(photons.upper / found["stepping"].upper - 1)
    assert photons.change_lower == pytest.approx(1 - photons.lower / found["stepping"].lower)


def test_rrpa_lowers_the_weak_rate_as_Chen_2016eab_says(xe):
    """Published: about 25 % below free electrons for solar neutrinos at 0.1 to 30 keV."""
    rates = [xe(("{kind: nu-e}", f"{{kind: nu-e, {keys}}}")).sm_counts.sum() for keys in
             ("weak_factor: xe-rrpa-weak", "binding: free")]  # fmt: skip
    assert rates[0] / rates[1] == pytest.approx(0.75, abs=0.05)


def test_one_is_described_whatever_the_order(xe):
    plain = {row.name: row.upper for row in atomic.spread([xe()], "r2_e").rows}
    assert list(plain) == ["stepping", *NAMES]
    for keys, name in (("binding: free", "free-electrons"), ("weak_factor: xe-rrpa-weak", "rrpa")):
        found = atomic.spread([xe(("{kind: nu-e}", f"{{kind: nu-e, {keys}}}"))], "r2_e")
        assert found.rows[0].name == name
        assert {row.name: row.upper for row in found.rows} == pytest.approx(plain, rel=1e-6)
        assert found.upper[0] <= 0 <= found.upper[1]


@pytest.mark.long
@pytest.mark.slow
def test_the_rest_of_the_process_is_kept(xe):
    """Another factor beside equivalent photons is no description of the list, and stands as it is."""
    keys = "{kind: nu-e, couplings: tree, weak_factor: xe-rrpa-weak, millicharge: equivalent-photon}"
    experiment = xe(("{kind: nu-e}", keys))
    found = atomic.spread([experiment], "q_e")
    assert found.rows[0].name == "as described"
    assert found.rows[0].upper == pytest.approx(nd.limit(experiment, "q_e").upper, rel=1e-6)
    applicable, _ = descriptions([experiment], "q_e")
    assert all("couplings" not in item.changes["mine"]["process"] for item in applicable)


def test_every_process_on_electrons_of_every_experiment(xenonnt):
    """Several experiments change together; where every electron counts nothing is changed."""
    ge, borexino = load("gemma-2012"), load("borexino-2017")
    applicable, left_out = descriptions([xenonnt, ge, borexino], "mu_nu")
    changed = {item.name: item for item in applicable}
    assert list(changed) == ["stepping", "free-electrons"]
    assert changed["stepping"].described
    assert list(changed["free-electrons"].changes) == ["xenonnt-2022", "gemma-2012"]
    assert "no rrpa factor of Ge (of Xe only)" in left_out["rrpa"]
    applicable, _ = descriptions([xenonnt, ge], "r2_nu")
    assert {item.name: item.note for item in applicable}["rrpa"] == "xenonnt-2022 only"


@pytest.mark.slow
def test_compounds_and_processes_by_name():
    csi = load("coherent-csi-2017")
    applicable, left_out = descriptions([csi], "mu_e")
    free = next(item for item in applicable if item.name == "free-electrons")
    assert list(free.changes["coherent-csi-2017"]["processes"]) == ["electrons"]
    assert "no rrpa factor of CsI" in left_out["rrpa"]


def test_above_the_K_edge_every_description_is_the_same():
    borexino = load("borexino-2017")
    assert atomic_choice.bound(borexino) is None
    assert atomic_choice.dependence([borexino]) == []
    applicable, left_out = descriptions([borexino], "mu_nu")
    assert [(item.name, item.described) for item in applicable] == [("free-electrons", True)]
    assert set(left_out.values()) == {
        "no recoils counted below the K edge of the target: every electron counts in any description"
    }


def test_words_of_the_choice(xenonnt, xe):
    assert atomic_choice.in_words([xenonnt], "mu_nu") == ["stepping (bound electrons counted above their edges)"]
    [line] = atomic_choice.dependence([xenonnt])
    assert line.startswith("the region of interest begins at 1 keV, below the K edge of Xe (34.6 keV)")
    free = xe(("{kind: nu-e}", "{kind: nu-e, binding: free}"))
    assert atomic_choice.in_words([free], "q_e") == [
        "free electrons (binding ignored); squared millicharge on these electrons"
    ]
    assert len(atomic_choice.in_words([xenonnt, free], "mu_nu")) == 2
    weak = xe(("{kind: nu-e}", "{kind: nu-e, weak_factor: xe-rrpa-weak}"))
    assert "times xe-rrpa-weak (0.3 to 28.4 keV; above" in atomic_choice.in_words([weak], "mu_nu")[0]


def test_json(xe):
    limit = nd.limit(xe())
    assert limit.to_json()["atomic"]["spread"] is None
    spread = json.loads(json.dumps(atomic.spread([xe()], construction="feldman-cousins").to_json()))
    assert (spread["construction"], spread["method"]) == ("unified", "asymptotic")
    assert list(spread["descriptions"]) == ["stepping", *NAMES]
    assert spread["descriptions"]["rrpa"]["note"] == "the weak channel only; the dipole as by stepping"
    assert atomic.spread([xe()], construction="cls").construction == "cls"
    assert atomic.spread([xe()], construction="bayesian").rows[0].lower is None
    with pytest.raises(UnknownName, match="construction"):
        atomic.spread([xe()], construction="none")


def test_no_electrons_no_spread():
    nuclei = load("conus-plus")
    assert atomic_choice.to_json([nuclei], "mu_nu") is None
    with pytest.raises(NudipoleError, match="without scattering on electrons"):
        atomic.spread([nuclei])


@pytest.mark.long
def test_as_a_nuisance_a_limit_lies_between_the_described_and_the_varied(xenonnt):
    """Free electrons count more: reaching for them weakens stepping, reaching for stepping weakens them."""
    free = load("xenonnt-2022", "free-electrons")
    limits = [nd.limit(one).upper for one in (free, *with_nuisance([free], "stepping"), xenonnt)]
    assert limits == sorted(limits)
    [varied] = with_nuisance([xenonnt], "free-electrons")
    assert limits[-1] < nd.limit(varied).upper < limits[-1] * (2 - limits[0] / limits[-1])
    assert "atomic" in nd.limit(varied).pulls


def test_the_nuisance_is_that_of_the_yaml(xe):
    """Named for the command, or written in the file: the same likelihood."""
    for name, keys in (("free-electrons", "binding: free"), ("rrpa", "weak_factor: xe-rrpa-weak")):
        [varied] = with_nuisance([xe()], name, "r2_e")
        written = xe(nuisance(f"plus: {{process: {{{keys}}}}}"))
        assert written.spec.nuisances.keys() == varied.spec.nuisances.keys() == {"atomic"}
        upper, plain = (nd.limit(one, "r2_e").upper for one in (written, xe()))
        assert nd.limit(varied, "r2_e").upper == pytest.approx(upper, rel=1e-9)
        assert upper > plain


def test_one_side_only(xe):
    """With an empty minus the description may become the other one, and nothing on the far side of its own."""
    plain, one, mirrored = (
        nd.limit(xe(*pairs)).upper
        for pairs in (
            (),
            (nuisance("plus: {process: {binding: free}}, minus: {}"),),
            (nuisance("plus: {process: {binding: free}}"),),
        )
    )
    assert plain < one < mirrored


def test_one_nuisance_for_all(xenonnt, xe):
    varied = with_nuisance([xenonnt, xe()], "free-electrons")
    assert all("atomic" in one.spec.shared for one in varied)


@pytest.mark.parametrize(
    ("name", "parameter", "message"),
    [
        ("stepping", "mu_nu", "described so already: choose from free-electrons, rrpa"),
        ("equivalent-photons", "mu_nu", "mu_nu is none"),
        ("rrpa", "q_e", "not for a millicharge"),
        ("equivalent-photons", "q_e", "mirrored is negative"),
    ],
)
def test_no_such_nuisance(xe, name, parameter, message):
    with pytest.raises(NudipoleError, match=message):
        with_nuisance([xe()], name, parameter)


def test_unknown_names_of_descriptions(xe):
    with pytest.raises(UnknownName, match="did you mean 'free-electrons'"):
        with_nuisance([xe()], "free-electron")
    varied = xe(nuisance("plus: {process: {binding: free}}"))
    with pytest.raises(NudipoleError, match="has a nuisance atomic already"):
        with_nuisance([varied], "free-electrons")


def test_an_alternative_that_cannot_be_built_is_left_out(xe):
    """Many-body factors begin at 0.3 keV."""
    low = xe(("edges: [1, 4, 28]", "edges: [0.1, 0.3, 1]"))
    found = atomic.spread([low])
    assert [row.name for row in found.rows] == ["stepping", "free-electrons"]
    assert "xe-rrpa-weak is a table from 0.3 to 28.4 keV" in found.left_out["rrpa"]


@pytest.mark.parametrize(
    ("pairs", "key", "message"),
    [
        ((("{kind: nu-e}", "{kind: nu-e, weak_factor: xe-rrpa-weak}"), ("[1, 4, 28]", "[0.2, 0.5, 1]")),
         "process.weak_factor", "recoils below make 32 % of what is counted from 0.2 to 0.5 keV"),
        ((("{kind: nu-e}", "{kind: nu-e, weak_factor: xe-rrpa-weak, binding: free}"),),
         "process", "xe-rrpa-weak is a ratio to the stepping approximation"),
        ((("{kind: nu-e}", "{kind: nu-e, millicharge: equivalent-photon}"), ("[1, 4, 28]", "[1, 4, 600]")),
         "process.millicharge", "photoabsorption is known up to 500 keV and the bins reach 600 keV"),
        ((("of: reconstructed", "of: 'true'"), ("[1, 4, 28]", "[1, 4, 1200]")),
         "detector.efficiency", "must cover the bins, 1 to 1200 keV"),
        ((nuisance("plus: {process.binding: free}"),), "nuisances.atomic", "write process: {binding: ...}"),
    ],
)  # fmt: skip
def test_beyond_a_table(xe, pairs, key, message):
    with pytest.raises(InputError) as caught:
        xe(*pairs)
    assert caught.value.key == key
    assert message in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_factor_is_refused_only_where_it_matters(xe):
    """Neither noise from below nor bins above the table: there the factor tends to one."""
    resolution = ("  efficiency:", "  resolution: {kind: sqrt, a: 0.2 keV^0.5}\n  efficiency:")
    weak = ("{kind: nu-e}", "{kind: nu-e, weak_factor: xe-rrpa-weak}")
    high = ("[1, 4, 28]", "[1, 100, 200]")
    ratio = xe(resolution, weak, high).sm_counts.sum(axis=0) / xe(resolution, high).sm_counts.sum(axis=0)
    assert 0.8 < ratio[0] < ratio[1]
    # 1 - 0.315 x 28.4 keV / T, at 100 and at 200 keV.
    assert 0.911 < ratio[1] < 0.955

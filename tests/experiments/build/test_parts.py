"""Several processes, elements and nuisances of the response: what is folded, against what it must add up to."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole import units
from nudipole.detectors import Detector, Efficiency, Exact, Lindhard
from nudipole.errors import InputError
from nudipole.experiments import load
from nudipole.experiments.likelihood import likelihood
from nudipole.interactions import ElectronScattering, NucleusScattering
from nudipole.properties import Neutrino, neutrino_of
from nudipole.rates import fold
from nudipole.sources import Reactor
from nudipole.targets import atom

REACTOR = """\
name: mine
title: a reactor
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: reactor, power: 3 GW, baseline: 20 m}
target: {element: Ge}
processes:
  electrons: {kind: nu-e}
  nuclei: {kind: cevns, quenching: {kind: lindhard, k: 0.16}}
exposure: 100 kg d
detector: {bins: {edges: [0.2, 0.3, 0.5, 1], unit: keV}}
data: asimov
backgrounds:
  flat: {rate: 10 events/(kg d keV), normalisation: {gaussian: 5 %}}
"""


@pytest.fixture
def reactor(tmp_path):
    def made(*pairs, name="my.yaml"):
        text = REACTOR
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return load(path)

    return made


def test_electrons_and_nuclei_in_one_detector(reactor):
    experiment = reactor()
    beam = Reactor.named(units.parse("3 GW", "W"), units.parse("20 m", "m")).beam()
    bins, exposure = np.array([0.2, 0.3, 0.5, 1]) * 1e-3, units.parse("100 kg d", "kg s")
    nuclei = NucleusScattering.on("Ge")
    quenched = Detector(bins, Exact(), Efficiency.constant(1.0), Lindhard(0.16, 32.0))
    electrons = ElectronScattering.on(atom("Ge"))
    neutrino = Neutrino("dirac", "flavour", 1e-10 * np.eye(3))
    expected = [
        fold(beam, electrons, Detector(bins, Exact(), Efficiency.constant(1.0)), exposure=exposure).counts(
            electrons.operators(neutrino)
        ),
        sum(fold(beam, isotope, quenched, exposure=exposure).counts(isotope.operators(neutrino)) for isotope in nuclei),
    ]
    found = experiment.counts_by_process(neutrino_of({"mu_nu": 1e-10}))
    for counts, name in zip(expected, ("electrons", "nuclei"), strict=True):
        # Isotopes together have other panels than one by one; the fold promises 1e-4.
        np.testing.assert_allclose(found[name], counts, rtol=1e-4)
    total = experiment.expected(neutrino_of({"mu_nu": 1e-10}))
    np.testing.assert_allclose(total, found["electrons"] + found["nuclei"], rtol=1e-12)
    assert set(experiment.spectrum().standard_model) == {
        f"{process} {component}" for process in found for component in beam.components
    }


def test_a_compound_is_the_sum_of_its_elements(reactor):
    """CsI: masses share the exposure, electrons are those of both atoms."""
    formula = ("element: Ge", "formula: CsI")
    lindhard = ("{kind: lindhard, k: 0.16}", "{kind: factor, factor: 0.1}")
    bins = ("[0.2, 0.3, 0.5, 1]", "[0.05, 0.06, 0.08, 0.1]")
    compound = reactor(formula, lindhard, bins).counts_by_process(neutrino_of({"mu_nu": 1e-10}))
    mass = {"Cs": 132.90545, "I": 126.90447}
    parts = {
        element: reactor(
            ("element: Ge", f"element: {element}"),
            lindhard,
            bins,
            ("100 kg d", f"{100 * m / sum(mass.values()):.10g} kg d"),
        ).counts_by_process(neutrino_of({"mu_nu": 1e-10}))
        for element, m in mass.items()
    }
    for process in ("electrons", "nuclei"):
        np.testing.assert_allclose(compound[process], parts["Cs"][process] + parts["I"][process], rtol=1e-4)


def test_enrichment_and_radii(reactor):
    """76Ge has more neutrons than natural germanium; larger radii suppress."""
    natural = reactor().sm_counts.sum()
    enriched = reactor(("element: Ge", "element: Ge, enrichment: {76Ge: 0.9, 74Ge: 0.1}")).sm_counts.sum()
    assert enriched != pytest.approx(natural, rel=1e-3)
    radii = "k: 0.16}, radii: {76Ge: {proton: 8 fm, neutron: 8 fm}}"
    wide = reactor(("element: Ge", "element: Ge, enrichment: {76Ge: 1}"), ("k: 0.16}", radii)).sm_counts.sum()
    narrow = reactor(("element: Ge", "element: Ge, enrichment: {76Ge: 1}")).sm_counts.sum()
    assert 0.9 < wide / narrow < 1


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("element: Ge", "element: Ge, enrichment: {77Xe: 1}", "target.enrichment.77Xe", "there is no Xe in Ge"),
        ("element: Ge", "element: Ge, enrichment: {70Ge: 0.5}", "target.enrichment", "sum of the isotope fractions"),
        ("element: Ge", "formula: Gee", "target.formula", "'Gee' is no element: did you mean 'Ge'?"),
        ("element: Ge", "formula: 'Ge(('", "target.formula", "is no chemical formula: its brackets do not match"),
        ("element: Ge", "element: GeO2", "target.element", "is not an element"),
        ("k: 0.16}", "k: 0.16}, radii: {131Xe: {proton: 5 fm, neutron: 5 fm}}",
         "processes.nuclei.radii.131Xe", "is not in the target, which has 70Ge"),
        ("k: 0.16}", "k: 0.16}, radii: {76Ge: {proton: 1 fm, neutron: 1 fm}}", "processes.nuclei.radii", "rms radius"),
        ("{kind: lindhard, k: 0.16}", "{kind: table, T: [2, 1], E_ee: [0.1, 0.2]}", "processes.nuclei.quenching", ""),
        ("unit: keV", "unit: PE", "detector.bins", "PE needs detector.light_yield, for example 13.35 1/keV"),
        ("{kind: nu-e}", "{kind: nu-e, weak_factor: xe-rrpa-weak}",
         "processes.electrons.weak_factor", "xe-rrpa-weak is not a weak factor of Ge: leave it out"),
        ("k: 0.16}", "k: 0.16, kk: 3}", "processes.nuclei.quenching.kk", "unknown key: did you mean 'k'"),
        ("baseline: 20 m", "distance: 20 m", "source.distance", "unknown key: choose from baseline, captures"),
        ("{kind: lindhard, k: 0.16}", "{kind: factor, factor: 0.2, faktor: 1}",
         "processes.nuclei.quenching.faktor", "did you mean 'factor'"),
        ("normalisation: {gaussian: 5 %}", "normalisation: free, time: flat",
         "backgrounds.flat.time", "there are no bins of time"),
        ("{kind: nu-e}", "{kind: nu-e, weak_factor: xe}", "processes.electrons", "unknown"),
        ("{kind: nu-e}", "{kind: nu-e, efficiency: {of: reconstructed, function: erf, parameters: {plateau: 2}}}",
         "processes.electrons.efficiency", ""),
        ("{kind: nu-e}", "{kind: nu-e, efficiency: {of: reconstructed, function: sigmoid, parameters: {x: 2}}}",
         "processes.electrons.efficiency", "unknown efficiency function 'sigmoid'"),
    ],
)  # fmt: skip
def test_wrong(reactor, old, new, key, message):
    with pytest.raises(InputError) as caught:
        reactor((old, new))
    assert caught.value.key == key
    assert message in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_process_that_cannot_reach_counts_nothing(reactor):
    high = reactor(("[0.2, 0.3, 0.5, 1]", "[5, 6, 8]"))
    assert [part.name for part in high.parts] == ["electrons"]
    alone = ("  electrons: {kind: nu-e}\n", "")
    with pytest.raises(InputError, match=r"processes.nuclei: the largest recoils have .* lower the bins"):
        reactor(alone, ("[0.2, 0.3, 0.5, 1]", "[5, 6, 8]"))


NUISANCE = """\
nuisances:
  k:
    plus: {processes: {nuclei: {quenching: {k: 0.17}}}}
    minus: {processes: {nuclei: {quenching: {k: 0.15}}}}
"""


def test_nuisance_of_the_response_passes_through_its_three_folds(reactor):
    model = likelihood(reactor(("data: asimov", f"{NUISANCE}data: asimov")))
    assert model.nuisances[-1] == "k"
    for eta, k in ((0.0, 0.16), (1.0, 0.17), (-1.0, 0.15)):
        other = reactor(("k: 0.16", f"k: {k}"))
        nuisances = np.zeros(len(model.nuisances))
        nuisances[-1] = eta
        expected = other.background_counts["flat"] + other.sm_counts.sum(axis=0)
        expected = expected + 2 * other.signal_counts(mu_nu=1e-11).sum(axis=0)
        np.testing.assert_allclose(model.expected(2.0, nuisances), expected, rtol=1e-9)
    # Beyond one standard deviation the response goes on along the tangent.
    steps = [model.expected(0.0, [*[0.0] * (len(model.nuisances) - 1), eta]) for eta in (1.0, 1.5, 2.0)]
    np.testing.assert_allclose(steps[2] - steps[1], steps[1] - steps[0], rtol=1e-9)


def test_nuisance_without_a_lower_side_is_mirrored(reactor):
    one_sided = NUISANCE.split("    minus")[0]
    experiment = reactor(("data: asimov", f"{one_sided}data: asimov"))
    model = likelihood(experiment)
    up, nominal, down = (model.expected(1.0, [0.0] * (len(model.nuisances) - 1) + [eta]) for eta in (1.0, 0.0, -1.0))
    np.testing.assert_allclose(up - nominal, nominal - down, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{detector: {bins: {edges: [0.2, 0.4]}}}", r"nuisances.k.plus: must keep the bins"),
        ("{source: {captures: 0}}", r"nuisances.k.plus: must keep the bins and the components"),
        ("{processes: {nuclei: {quenchin: 3}}}", r"\(nuisance k, plus\): processes.nuclei.quenchin: unknown key"),
        ("{detector: {efficiency: {of: reconstructed, constant: 2}}}", r"\(nuisance k, plus\): detector.efficiency"),
    ],
)
def test_wrong_nuisance(reactor, change, message):
    with pytest.raises(InputError, match=message):
        reactor(("data: asimov", f"nuisances: {{k: {{plus: {change}}}}}\ndata: asimov"))


def test_a_nuisance_weakens_the_limit(reactor):
    fixed = nd.limit(reactor(("electrons: {kind: nu-e}\n  ", "")))
    wide = NUISANCE.replace("0.17", "0.20").replace("0.15", "0.12")
    uncertain = nd.limit(reactor(("electrons: {kind: nu-e}\n  ", ""), ("data: asimov", f"{wide}data: asimov")))
    assert uncertain.expected_upper > 1.02 * fixed.expected_upper


def test_experiments_share_nuisances_by_name(reactor):
    pairs = [("data: asimov", f"{NUISANCE}shared: [k]\ndata: asimov")]
    one, two = reactor(*pairs), reactor(*pairs, ("name: mine", "name: other"), name="other.yaml")
    model = likelihood([one, two])
    assert model.nuisances.count("k") == 1
    assert {"mine/flat", "other/flat"} <= set(model.nuisances)
    assert len(model.observed) == 6
    single = likelihood(one)
    eta = np.zeros(len(model.nuisances))
    eta[model.nuisances.index("k")] = 0.7
    alone = np.zeros(len(single.nuisances))
    alone[single.nuisances.index("k")] = 0.7
    np.testing.assert_allclose(model.expected(3.0, eta), np.tile(single.expected(3.0, alone), 2), rtol=1e-12)


def test_wrong_sharing(reactor):
    from nudipole.errors import NudipoleError

    with pytest.raises(InputError, match="shared: 'x' is neither a background nor a nuisance"):
        reactor(("data: asimov", "shared: [x]\ndata: asimov"))
    sharing = reactor(("data: asimov", f"{NUISANCE}shared: [k]\ndata: asimov"))
    silent = reactor(("data: asimov", f"{NUISANCE}data: asimov"), ("name: mine", "name: other"), name="other.yaml")
    with pytest.raises(NudipoleError, match="other has a nuisance k but does not list it as shared"):
        likelihood([sharing, silent])
    with pytest.raises(NudipoleError, match="mine twice in one combination"):
        likelihood([sharing, sharing])


def test_equivalent_photons_replace_the_squared_charge(reactor):
    free = reactor(("  nuclei: {kind: cevns, quenching: {kind: lindhard, k: 0.16}}\n", ""))
    photons = reactor(
        ("  nuclei: {kind: cevns, quenching: {kind: lindhard, k: 0.16}}\n", ""),
        ("{kind: nu-e}", "{kind: nu-e, millicharge: equivalent-photon}"),
    )
    assert [part.response.channels[-1] for part in photons.parts] == ["dipole", "charge"]
    np.testing.assert_allclose(photons.sm_counts, free.sm_counts, rtol=1e-12)
    q = 1e-11
    even = {name: (e.signal_counts(q_e=q) + e.signal_counts(q_e=-q)).sum() for name, e in (("f", free), ("p", photons))}
    odd = {name: (e.signal_counts(q_e=q) - e.signal_counts(q_e=-q)).sum() for name, e in (("f", free), ("p", photons))}
    assert odd["p"] == pytest.approx(odd["f"], rel=1e-9)
    # Germanium below 1 keV: binding enhances a charge (Chen:2014dsa).
    assert 1.5 < even["p"] / even["f"] < 30

"""Verdicts against limits of the same neutrinos, closed forms and records."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError
from nudipole.experiments.neutrino import described
from nudipole.experiments.panel import Panel
from nudipole.inference.joint import which
from nudipole.inference.verdict.judge import judge, prepared
from nudipole.inference.verdict.judgement import judged
from nudipole.mixing import nufit
from nudipole.predictions import predict

NAMES = ("lampf", "conus-plus", "xenonnt-2022", "charm-ii")
MAJORANA = {"nature": "majorana", "basis": "mass", "Lambda": ["4e-11 mu_B", "2e-11j mu_B", "1e-11 mu_B"]}


def _ignore(words):
    """No progress."""


@pytest.fixture(scope="module")
def experiments():
    return tuple(nd.load(name) for name in NAMES)


@pytest.fixture(scope="module")
def panel(experiments):
    limits = which.constraints(["gemma-2012-mu-e"], nufit(), "one")
    return Panel(experiments, limits, np.asarray(nufit().pmns()))


@pytest.mark.parametrize("name", NAMES)
def test_limit_of_each(name, experiments, panel):
    """The largest scale is the limit on the strength that `nudipole limit -p neutrino.yaml` gives."""
    neutrino = nd.neutrino(MAJORANA)
    experiment = experiments[NAMES.index(name)]
    found = nd.limit(experiment, neutrino, by=nd.Asymptotic("one-sided"))
    upper = judged(panel.alone(neutrino, name), 0.90).upper
    assert np.sqrt(upper) == pytest.approx(found.upper, rel=2e-3)


def test_all_together(experiments, panel):
    neutrino = nd.neutrino(MAJORANA)
    both = Panel(experiments, (), panel.pmns)
    found = nd.limit(experiments, neutrino, by=nd.Asymptotic("one-sided"))
    assert np.sqrt(judged(both.blocks(neutrino), 0.90).upper) == pytest.approx(found.upper, rel=2e-3)


def test_charges_and_radii(experiments):
    """What interferes has a sign, and is tested on both sides, as a limit of it is."""
    neutrino = nd.neutrino({"nature": "dirac", "basis": "flavour", "r2": {"e": "3e-32 cm^2"}})
    found = nd.verdict(neutrino, ["conus-plus", "lampf"])
    assert not found.squared
    assert found.properties == ()
    assert {row.limit for row in found.rows} == {None}
    limit = nd.limit("lampf", neutrino, by=nd.Asymptotic("delta-chi2"))
    (row,) = (row for row in found.rows if row.name == "lampf")
    assert row.scale == pytest.approx(limit.upper, rel=2e-3)


def test_published_limit(panel):
    """A published limit excludes at its level what has more than it."""
    above, below = (
        judged(panel.alone(nd.Neutrino.dirac(basis="flavour", magnetic=np.diag([mu, 0, 0])), "gemma-2012-mu-e"), 0.90)
        for mu in (2.901e-11, 2.899e-11)
    )
    assert above.p < 0.1 < below.p


def test_many_fixed_nuisances(panel):
    """chi2 of many matrices is that of the likelihood at the nuisances without moments."""
    rng = np.random.default_rng(3)
    lam = 3e-11 * (rng.normal(size=(5, 3, 3)) + 1j * rng.normal(size=(5, 3, 3)))
    found = panel.chi2(lam)
    for row, matrix in zip(found, lam, strict=True):
        neutrino = nd.Neutrino("dirac", "flavour", matrix)
        blocks = panel.blocks(neutrino)
        zero = blocks.minimise(blocks.start({"strength^2": 0.0}), fixed=["strength^2"])
        x = zero.x.copy()
        x[0] = 1.0
        assert row == pytest.approx(list(blocks.by_model(x).values()), rel=1e-6, abs=1e-6)


def test_effective_moments_and_words(experiments):
    found = nd.verdict("su2h", [experiments[0], experiments[2]], published=["gemma-2012-mu-e"], f=0.014)
    reactor = predict("su2h", f=0.014).mu_eff["reactor"]
    (gemma,) = (row for row in found.rows if row.kind == "published")
    assert gemma.mu_eff == pytest.approx(reactor, rel=1e-9)
    assert gemma.limit == pytest.approx(2.9e-11, rel=1e-3)
    assert "half-Gaussian" in gemma.doubt
    data = json.loads(json.dumps(found.to_json()))
    assert data["schema"] == "nudipole-verdict/1"
    assert len(data["experiments"]) == 3
    assert all(row["assumptions"] is not None for row in data["stars_and_cosmology"]["published"])
    assert len(found.to_csv().splitlines()) == 5
    assert "beyond its sensitivity" in next(row.doubt for row in found.rows if row.name == "xenonnt-2022")


def test_stars(experiments):
    """Majorana neutrinos are counted once a pair, and have no bound from spin flips."""
    majorana = nd.verdict({"nature": "majorana", "basis": "mass", "Lambda": ["3e-12 mu_B", 0, 0]}, [experiments[0]])
    capozzi = next(b for b in majorana.bounds if b.record.id == "capozzi-2020-mu-omega-cen")
    assert capozzi.moment == pytest.approx(3e-12, rel=1e-9)
    assert capozzi.excluded
    assert all(b.moment is None for b in majorana.bounds if b.process == "spin-flip")
    dirac = nd.verdict({"nature": "dirac", "basis": "flavour", "mu": {"e": "3e-12 mu_B"}}, [experiments[0]])
    assert all(
        b.moment == pytest.approx(3e-12 / np.sqrt(3), rel=1e-9) for b in dirac.bounds if b.process == "spin-flip"
    )
    assert {"supernova", "n-eff"} <= set(dirac.computed)
    assert not {"supernova", "n-eff"} & set(majorana.computed)


def test_wrong(experiments):
    with pytest.raises(NudipoleError, match="all properties are zero"):
        nd.verdict({"nature": "majorana", "basis": "mass", "Lambda": [0, 0, 0]}, [experiments[0]])
    with pytest.raises(NudipoleError, match="changes no count"):
        nd.verdict({"nature": "dirac", "basis": "flavour", "mu": {"tau": "1e-9 mu_B"}}, [experiments[0]])
    with pytest.raises(NudipoleError, match="to drop"):
        nd.verdict("su2h", [experiments[0]], drop=["borexino"])
    with pytest.raises(NudipoleError, match="gemma-2012-mu-e is of the data of gemma-2012"):
        nd.verdict("su2h", ["gemma-2012"], published=["gemma-2012-mu-e"])
    with pytest.raises(NudipoleError, match="use the same data"):
        nd.verdict("su2h", ["coherent-csi-2017", "coherent-csi-2021"])


def test_region(experiments):
    """The edge of a region is where a limit on the parameter is."""
    found = nd.region("su2h", ["f=0.001..0.1"], [experiments[2]], points=41)
    limit = nd.limit(experiments[2], "su2h.f", by=nd.Asymptotic("one-sided"))
    # Ends of limits and edges are found to 1e-3 or better.
    assert found.edges == pytest.approx((limit.upper,), rel=2e-3)
    coarse = nd.region("su2h", ["f=0.001..1"], [experiments[2]], points=5)
    assert coarse.edges == pytest.approx(found.edges, rel=1e-3)
    assert not found.excluded[0]
    assert found.excluded[-1]


def _random(rng):
    """A neutrino of any nature, with moments, charges and radii of any size between nothing and absurd."""
    scale = 10 ** rng.uniform(-16, -6)

    def hermitian(size):
        matrix = size * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
        return (matrix + matrix.conj().T) / 2

    kind = rng.integers(4)
    if kind == 0:
        return nd.Neutrino.majorana(
            basis=str(rng.choice(["mass", "flavour"])), Lambda=scale * (rng.normal(size=3) + 1j * rng.normal(size=3))
        )
    if kind == 1:
        diagonal = np.diag(scale * rng.normal(size=3) * rng.integers(0, 2, 3))
        return nd.Neutrino.dirac(basis="mass", magnetic=diagonal)
    vectors = {"charge": hermitian(10 ** rng.uniform(-15, -9))} if kind == 2 else {}
    vectors |= {"charge_radius": hermitian(10 ** rng.uniform(-14, -6))} if kind == 3 else {}
    return nd.Neutrino.dirac(basis="flavour", magnetic=hermitian(scale), **vectors)


@pytest.mark.long
@pytest.mark.slow
def test_thousand_random_neutrinos(experiments):
    """A verdict or one clear line; no NaN, no silent zero."""
    rng = np.random.default_rng(11)
    panel = prepared(nufit(), [experiments[0], experiments[2]], (), ["gemma-2012-mu-e"], _ignore)
    refused = []
    for k in range(1000):
        neutrino = _random(rng)
        try:
            if k % 10:
                joint = judged(panel.blocks(neutrino), 0.90)
                assert not np.any(np.isnan([joint.best, joint.delta_chi2, joint.over_sm, joint.p])), neutrino
                assert np.isfinite(joint.delta_chi2) or joint.p == 0
                continue
            found = judge(described(neutrino), panel, 0.90, _ignore)
        except NudipoleError as error:
            refused.append(str(error))
            continue
        for row in (*found.rows, found.joint):
            assert not np.any(np.isnan([row.best, row.delta_chi2, row.over_sm, row.p])), (neutrino, row)
            assert 0 <= row.p <= 1
            # Data that are impossible however nuisances are chosen exclude whatever predicts them.
            assert np.isfinite(row.delta_chi2) or row.p == 0
            assert row.scale is None or row.scale > 0 or not found.squared
    assert len(refused) < 200
    assert all("\n" not in words for words in refused)
    assert all("all properties are zero" in words or "changes no count" in words for words in refused)


def test_each_kind_of_properties():
    """Of moments beside charge radii each alone: the radius is what CHARM-II excludes."""
    both = {"mu": {"mu": "1e-11 mu_B"}, "r2": {"mu": "-3e-32 cm^2"}}
    found = nd.verdict({"nature": "dirac", "basis": "flavour", **both}, ["charm-ii", "lampf"])
    moments, radii = found.properties
    assert (moments.name, radii.name) == ("moments alone", "charge radii alone")
    alone = nd.verdict({"nature": "dirac", "basis": "flavour", "r2": both["r2"]}, ["charm-ii", "lampf"])
    assert radii.p == pytest.approx(alone.joint.p, rel=1e-6)
    assert radii.excluded
    assert not moments.excluded


def test_a_projection_says_so():
    found = nd.verdict("su2h", ["gemma-ii", "lampf"])
    assert "a projection" in found.sentence
    assert "gemma-ii" in found.joint.doubt

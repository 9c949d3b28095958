"""Names of flux nuisances, and which of them experiments of a combination have in common."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments import load
from nudipole.experiments.flux_names import flux_names
from nudipole.experiments.likelihood import likelihood
from nudipole.experiments.sharing import with_sharing

ARGON = """\
name: my-argon
title: argon at the SNS
reference: [{{texkey: "Me:2026abc"}}]
notes: invented
source: {{kind: pion-decay-at-rest, baseline: {baseline}, neutrinos_per_proton: {per}, relative_error: {error} %}}
target: {{element: Ar}}
process: {{kind: cevns, quenching: {{kind: factor, factor: 0.25}}}}
exposure: 10 t d
detector: {{bins: {{edges: [10, 20], unit: keV}}}}
data: asimov
backgrounds: {{flat: {{counts: [3], normalisation: {{gaussian: 5 %}}}}}}
"""


@pytest.fixture
def argon(tmp_path):
    def made(name="my-argon", baseline="27.5 m", per=0.09, error=10, more=""):
        path = tmp_path / f"{name}.yaml"
        text = ARGON.format(baseline=baseline, per=per, error=error).replace("my-argon", name) + more
        path.write_text(text, encoding="utf-8")
        return load(path)

    return made


def test_yield_and_error_of_the_flux(argon):
    one, other = argon(), argon("other", per=0.18, error=3)
    np.testing.assert_allclose(other.sm_counts, 2 * one.sm_counts, rtol=1e-12)
    assert next(iter(other.flux_shift)) == "SNS flux"
    np.testing.assert_allclose(other.flux_shift["SNS flux"], 0.03)


def test_names_say_what_moves():
    fissions, captures = [0.05, 0.05, 0.0], [0.0, 0.0, 0.05]
    reactor = flux_names("reactor", ["235U", "239Pu", "238U(n,gamma)"], np.array([fissions, captures, [0, 0, 0]]))
    assert reactor == ["reactor flux of fissions", "reactor flux of captures", "reactor flux 3"]
    assert flux_names("Sun", ["pp", "7Be"], np.array([[0.01, 0.06]])) == ["7Be flux (Sun)"]
    assert flux_names("Sun", ["pp", "7Be", "8B"], np.array([[0.0, 0.1, 0.1]])) == ["7Be, 8B flux (Sun)"]


def test_shared_and_separate(argon):
    """An SNS flux moves two experiments together where it is shared, by name of today or of before."""
    two = argon(), argon("far", "40 m")
    assert {"my-argon/SNS flux", "far/SNS flux"} <= set(likelihood(two, "mu_mu").nuisances)
    model = likelihood(with_sharing(two, share=["SNS flux"]), "mu_mu")
    assert model.nuisances.count("SNS flux") == 1
    eta = np.zeros(len(model.nuisances))
    nominal = np.asarray(model.expected(0.0, eta))
    eta[model.nuisances.index("SNS flux")] = 1
    np.testing.assert_allclose(np.asarray(model.expected(0.0, eta)) - 3, 1.1 * (nominal - 3), rtol=1e-9)
    listed = argon(more="shared: [sns-2021 flux 1]"), argon("far", "40 m", more="shared: [SNS flux]")
    assert "SNS flux" in likelihood(listed, "mu_mu").nuisances
    assert "far/SNS flux" in likelihood(with_sharing(listed, separate=["SNS flux"]), "mu_mu").nuisances


def test_wrong_sharing(argon):
    one, other = argon(), argon("far", error=5)
    with pytest.raises(UnknownName, match=r"unknown nuisance to be shared 'sns'.*SNS flux, .*flat"):
        with_sharing([one, other], share=["sns"])
    with pytest.raises(NudipoleError, match="flat is to be shared and to be separate: choose one"):
        with_sharing([one, other], share=["flat"], separate=["flat"])
    with pytest.raises(NudipoleError, match="SNS flux is a nuisance of my-argon alone: being shared has no effect"):
        with_sharing([one], share=["SNS flux"])
    with pytest.raises(NudipoleError, match="SNS flux is not the same in my-argon and far"):
        likelihood(with_sharing([one, other], share=["SNS flux"]), "mu_mu")

"""Fits of all parameters at once; toy fits A and B were computed by other code."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.inference.joint.fit import _minima, fit, refit
from nudipole.inference.joint.problem import problem
from nudipole.inference.joint.profile import Curve
from nudipole.inference.joint.result import Row

#: Weights of mass states in the 7Be line of the reference.
BERYLLIUM = (0.61512198, 0.36272802, 0.02215)


def measured(values, errors):
    """Squares of mu_e, of an accelerator, and of the Sun [(1e-11 mu_B)^2]."""
    flavours = ({"e": 1.0}, {"e": 1.0, "mu": 2.4}, None)
    return [
        Constraint(name, value, error, own, BERYLLIUM if own is None else None)
        for name, value, error, own in zip(("reactor", "accelerator", "sun"), values, errors, flavours, strict=True)
    ]


A = measured((0, 0, 0), (5, 100, 4))
B = measured((3, 20, -1), (1, 6, 0.8))


@pytest.fixture(scope="module")
def flat():
    return fit([], published=A, mixing="fixed")


@pytest.fixture(scope="module")
def deep():
    return fit([], published=B, mixing="fixed")


def uppers(found, which):
    return [row.upper(which) / 1e-11 for row in found.rows[:3]]


def test_toy_fit_a(flat):
    assert flat.chi2 == pytest.approx(0, abs=1e-8)
    assert uppers(flat, "profile") == pytest.approx([3.8617, 2.9269, 2.3019], abs=1e-3)
    assert uppers(flat, "alone") == pytest.approx([3.7257, 2.7793, 2.2892], abs=1e-3)
    assert flat.row("|lambda|").upper() / 1e-11 == pytest.approx(3.9395, abs=1e-3)


def test_profiles_of_a_are_wider_than_limits_one_at_a_time(flat):
    """A second component cancels mu_e."""
    assert all(row.upper() > row.upper("alone") for row in flat.rows[:3])


def test_at_a_flat_minimum_phases_mean_nothing(flat):
    assert flat.phases == {"phi_2": None, "phi_3": None}
    assert "zero fits as well as the best fit: best values and phases mean nothing" in flat.notes


def test_toy_fit_b(deep):
    assert deep.chi2 == pytest.approx(12.956643, abs=1e-5)
    assert deep.minuit == pytest.approx(deep.chi2, abs=1e-4)
    best = [row.best / 1e-11 for row in deep.rows[:3]]
    assert best == pytest.approx([1.48119, 0.67956, 0.35624], abs=1e-3)
    assert [deep.phases["phi_2"], deep.phases["phi_3"]] == pytest.approx([-3.02926, 0.11595], abs=1e-3)
    assert uppers(deep, "profile") == pytest.approx([2.2136, 1.4476, 1.0648], abs=1e-3)
    assert deep.row("lambda_1").intervals()[0][0] / 1e-11 == pytest.approx(0.3289, abs=1e-3)
    assert uppers(deep, "alone") == pytest.approx([2.4000, 1.8134, 1.4319], abs=1e-3)
    assert deep.row("|lambda|").upper() / 1e-11 == pytest.approx(2.2460, abs=1e-3)


@pytest.mark.parametrize(
    ("phases", "chi2"),
    [
        ((0, 0), 14.895552),
        pytest.param((np.pi, 0), 12.970364, marks=pytest.mark.long),
        pytest.param((0, np.pi), 15.713725, marks=pytest.mark.long),
    ],
)
def test_phases_of_b_fixed(phases, chi2):
    held = dict(zip(("phi_2", "phi_3"), phases, strict=True))
    found = fit([], published=B, mixing="fixed", phases="fixed", held=held, alone=False)
    assert found.chi2 == pytest.approx(chi2, abs=1e-5)
    assert found.phases == held


def test_shares_of_chi2(deep):
    assert sum(deep.chi2_of.values()) == pytest.approx(deep.chi2, rel=1e-9)
    assert sum(deep.chi2_of_sm.values()) == pytest.approx(deep.chi2_sm, rel=1e-9)
    assert sum(deep.gains.values()) == pytest.approx(deep.chi2_sm - deep.chi2, rel=1e-9)
    assert sum(deep.row("lambda_1").driven.values()) == pytest.approx(deep.threshold, abs=1e-4)


def test_every_start_leads_to_one_depth():
    posed = problem([], "majorana", published=B, mixing="fixed", progress=print)
    found = _minima(posed, 20, 5, print)
    assert found[0].chi2 == pytest.approx(12.956643, abs=1e-5)
    assert refit(posed.blocks, found[0]) == pytest.approx(found[0].chi2, abs=1e-4)


@pytest.mark.long
@pytest.mark.slow
def test_all_experiments_with_data_from_20_starts():
    """The minimum is one, and Minuit agrees."""
    posed = problem(None, "majorana", progress=print)
    depths = [_minima(posed, 1, seed, print)[0].chi2 for seed in range(20)]
    assert max(depths) - min(depths) < 1e-4
    best = _minima(posed, 1, 0, print)[0]
    assert refit(posed.blocks, best) == pytest.approx(min(depths), abs=1e-4)


def test_norm_and_profiles_are_consistent(deep):
    """The norm is no smaller than a component: its profile reaches as far."""
    assert deep.row("|lambda|").upper() > max(row.upper() for row in deep.rows[:3])


def test_one_side_is_narrower(deep):
    one = fit([], published=B, mixing="fixed", sides="one", alone=False)
    assert one.threshold == pytest.approx(1.6424, abs=1e-4)
    assert one.row("lambda_1").upper() < deep.row("lambda_1").upper()


@pytest.mark.long
@pytest.mark.parametrize("stop", ["lambda_2", "lambda_3-alone"])
def test_an_interrupted_fit_goes_on(tmp_path, deep, stop):
    """The result is the same to the last digit, and what is kept is not drawn again."""

    class Stopped(Exception):
        pass

    def until(words):
        if stop.partition("-")[0] in words:
            raise Stopped

    folder = tmp_path / "curves"
    with pytest.raises(Stopped):
        fit([], published=B, mixing="fixed", resume=folder, progress=until)
    kept = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert any("lambda_1-alone" in name for name in kept)
    resumed = fit([], published=B, mixing="fixed", resume=folder)
    assert resumed.to_json() == deep.to_json()
    assert all((folder / name).stat().st_mtime_ns == time for name, time in kept.items())


@pytest.mark.long
def test_another_fit_takes_nothing_from_the_folder(tmp_path, flat):
    fit([], published=B, mixing="fixed", resume=tmp_path, alone=False)
    other = fit([], published=A, mixing="fixed", resume=tmp_path)
    assert other.to_json() == flat.to_json()


@pytest.mark.long
def test_a_broken_file_is_drawn_anew(tmp_path, deep):
    fit([], published=B, mixing="fixed", resume=tmp_path)
    for path in tmp_path.iterdir():
        path.write_text(path.read_text()[:40])
    assert fit([], published=B, mixing="fixed", resume=tmp_path).to_json() == deep.to_json()


def test_result(deep):
    data = json.loads(json.dumps(deep.to_json()))
    assert data["schema"] == "nudipole-fit/1"
    assert data["parameters"]["lambda_1"]["unit"] == "mu_B"
    assert deep.to_csv().startswith("parameter,unit,others,value,delta_chi2 [1]\nlambda_1,mu_B,profiled,")
    assert deep._repr_html_().count("<svg") == 1
    assert "majorana: 3 published limits" in repr(deep)
    with pytest.raises(UnknownName, match="lambda_4"):
        deep.row("lambda_4")


def test_one_experiment_with_its_nuisances():
    """The same as its limit by the same construction."""
    found = fit("conus-plus", "flavour-diagonal", free=["mu_e"], starts=2)
    (row,) = found.rows
    (interval,) = nd.limit("conus-plus", "mu_e").constructions["delta-chi2"].intervals
    assert row.upper() == pytest.approx(interval[1], rel=1e-5)
    assert found.experiments == ("conus-plus",)
    assert found.minuit == pytest.approx(found.chi2, abs=1e-4)


def test_what_is_not_seen_has_no_limit():
    constraint = Constraint("reactor", 0.0, 5.0, {"e": 1.0})
    found = fit([], published=[constraint], mixing="fixed", starts=3)
    assert all(row.profile.unbounded for row in found.rows)
    assert found.row("lambda_1").words() == "no limit"
    assert "nothing limits lambda_1, lambda_2, lambda_3, |lambda| with all others profiled" in found.notes
    assert all(np.isfinite(row.upper("alone")) for row in found.rows[:3])


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"parametrisation": "majoran"}, UnknownName, "did you mean 'majorana'"),
        ({"cl": 90}, OutOfRange, "cl"),
        ({"starts": 0}, OutOfRange, "starts"),
        ({"sides": "three"}, UnknownName, "sides"),
        ({"phases": "free"}, UnknownName, "treatment of phases"),
        ({"mixing": "free"}, UnknownName, "mixing"),
        ({"oscillation": "nufit-1.0"}, UnknownName, "nufit-1.0"),
        ({"free": ["mu_e"]}, UnknownName, "parameter of majorana"),
        ({"free": ["phi_2"]}, NudipoleError, "nothing to fit but phi_2"),
        ({"free": ["lambda_1", "phi_2"], "phases": "fixed"}, NudipoleError, "phases are fixed"),
        ({"free": ["lambda_1"], "held": {"lambda_1": 1e-11}}, NudipoleError, "held and fitted"),
        ({"drop": ["nobody"]}, UnknownName, "nobody"),
        ({"parametrisation": ["majorana", "flavour-diagonal"]}, NudipoleError, "two ways to name the same moments"),
    ],
)
def test_wrong_uses(settings, error, words):
    with pytest.raises(error, match=words):
        fit([], published=A, **settings)


def test_an_end_that_did_not_converge_says_so():
    values, delta = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0])
    sound, rough = (Curve(values, delta, ((None, 1.6),), converged=converged) for converged in (True, False))
    row = Row("mu_e", "mu_B", 1e-11, 0.0, rough, sound, {})
    assert row.words() == "< 1.60e-11 (?)"
    assert row.words("alone") == "< 1.60e-11"
    assert row.to_json()["profile"]["converged"] is False


def test_far_solutions_are_found():
    """As the limit of one parameter has them: a radius that turns the sign of a coupling fits as well as none."""
    row = nd.fit("conus-plus", "charge-radius", free=["r2_e", "r2_mu"], mixing="fixed").row("r2_e")
    expected = nd.limit("conus-plus", "r2_e", by=nd.Asymptotic("delta-chi2")).ends.intervals
    assert len(expected) == 2
    for curve in (row.profile, row.alone):
        np.testing.assert_allclose(np.array(curve.intervals) * 1e-32, expected, rtol=0.01)


def test_what_the_data_do_not_see_stays_where_it_is():
    """A reactor sees no radius of muon and tau neutrinos: rounding of that curvature is no direction to go in."""
    posed = problem(["conus-plus"], "charge-radius", progress=print)
    found = _minima(posed, 4, 1, print)[0]
    assert found.converged
    assert np.all(np.abs(found.x[posed.blocks.places(posed.names)]) < 1e3)


SEVEN = """\
name: seven
title: seven bins, a projection
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: reactor, power: 3 GW, baseline: 20 m, fractions: pwr}
target: {element: Ge}
process: {kind: nu-e}
exposure: 1000 kg d
detector: {bins: {edges: [1, 2, 3, 4, 5, 6, 8, 10], unit: keV}}
data: asimov
backgrounds:
  flat: {rate: 1 events/(kg d keV), normalisation: free}
"""


@pytest.mark.parametrize("parametrisation", ["majorana", "flavour-diagonal"])
def test_the_careful_refit_begins_near_a_minimum_that_is_flat(tmp_path, parametrisation):
    """Expected data without moments: the Hessian of moments is zero there, and a step of its inverse has no end."""
    (tmp_path / "seven.yaml").write_text(SEVEN, encoding="utf-8")
    posed = problem([tmp_path / "seven.yaml"], parametrisation, progress=print)
    best = _minima(posed, 4, 1, print)[0]
    assert best.chi2 == pytest.approx(0, abs=1e-6)
    assert refit(posed.blocks, best) == pytest.approx(0, abs=1e-4)

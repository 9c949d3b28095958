"""Limits of the library against reference numbers, and what a limit says about itself."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.experiments import available, load
from nudipole.experiments.likelihood import likelihood
from nudipole.statistics import intervals, profile

SIGNED = ("r2_e", "r2_mu", "r2_tau", "q_e", "q_mu", "q_tau")


@pytest.mark.parametrize(
    ("variant", "construction", "upper"),
    [
        (None, "delta-chi2", 7.49e-12),
        (None, "one-sided", 6.05e-12),
        ("free-electrons", "delta-chi2", 6.73e-12),
        ("free-electrons", "one-sided", 5.45e-12),
    ],
)
def test_xenonnt_against_reference_numbers(xenonnt_limit, variant, construction, upper):
    """The numbers that this package was asked to reproduce within 2 %, with the background free."""
    limit = nd.limit(load("xenonnt-2022", variant)) if variant else xenonnt_limit()
    ends = limit.constructions[construction]
    assert ends.upper == pytest.approx(upper, rel=0.02)
    assert ends.threshold == pytest.approx({"delta-chi2": 2.706, "one-sided": 1.642}[construction], abs=1e-3)


def test_xenonnt_against_xenon_2022ltv(xenonnt_limit):
    """Published 6.4e-12 with nine background components and toys: 15 %."""
    assert xenonnt_limit().upper == pytest.approx(6.4e-12, rel=0.15)
    assert xenonnt_limit().lower == 0
    assert xenonnt_limit().best_fit == 0


def test_xenon1t_against_xenon_2020rca(xenon1t_limit):
    """Published (1.4, 2.9)e-11 and 3.2 sigma with a fit to 210 keV: 15 %."""
    limit = xenon1t_limit()
    assert (limit.lower, limit.upper) == pytest.approx((1.4e-11, 2.9e-11), rel=0.15)
    assert limit.lower < limit.best_fit < limit.upper
    assert limit.significance.z == pytest.approx(3.2, rel=0.15)


def test_xenon1t_with_free_background(xenon1t_limit):
    """The numbers that this package was asked to reproduce within 3 %."""
    limit = xenon1t_limit("free-background")
    assert (limit.lower, limit.upper) == pytest.approx((1.97e-11, 3.36e-11), rel=0.03)


@pytest.mark.slow
def test_tritium_takes_the_excess(xenon1t_limit):
    limit = xenon1t_limit("tritium")
    assert limit.lower == 0
    assert limit.significance.z < 1


def test_constructions_are_ordered(xenonnt_limit):
    ends = xenonnt_limit().constructions
    assert ends["one-sided"].upper < ends["unified"].upper < ends["delta-chi2"].upper
    assert ends["one-sided"].lower is None
    assert ends["unified"].lower == 0


def test_boundary_construction_is_there_when_asked_for(xenonnt_limit):
    limit = xenonnt_limit(construction="one-sided-boundary")
    assert limit.construction in limit.constructions
    assert limit.upper < limit.constructions["one-sided"].upper


def test_expected_band_against_toys(xenonnt_limit):
    """Feldman-Cousins by 10^5 toys: 5.3, 7.2, 10.6, 13.7, 16.1e-12; asymptotic ones agree to the scatter of counts."""
    band = xenonnt_limit().ends.band
    assert list(band) == [-2, -1, 0, 1, 2]
    assert [1e12 * end for end in band.values()] == pytest.approx([5.26, 7.18, 10.6, 13.7, 16.1], rel=0.04)
    assert band[0] == xenonnt_limit().expected_upper


def test_limit_below_expectation_is_flagged(xenonnt_limit, xenon1t_limit):
    data = xenonnt_limit().to_json()
    assert data["beyond_expected_band"] == ["upper end below the -1 sigma edge"]
    assert data["doubts"] == ["upper end below the -1 sigma edge of expectation, by a fluctuation of the data"]
    assert data["expected_band"]["-1"] > data["upper"]
    assert data["constructions"]["one-sided"]["beyond_expected_band"]
    assert xenon1t_limit().to_json()["beyond_expected_band"] == []


def test_lower_end_beyond_expectation_is_named(xenonnt_limit):
    """Of a parameter with a sign: -1.67e-13 lies above the +1 sigma edge of lower ends."""
    limit = xenonnt_limit("q_e")
    assert limit.lower > limit.ends.lower_band[1]
    assert limit.to_json()["beyond_expected_band"] == ["lower end above the +1 sigma edge"]
    assert "; lower end above the +1 sigma edge of expectation" in str(limit)


def test_power_constrained(xenonnt_limit, xenon1t_limit):
    """Cowan:2011an: an upper end below the -1 sigma edge becomes that edge; others stay."""
    plain = xenonnt_limit(construction="one-sided-boundary")
    limit = nd.limit(plain.experiment, by=nd.Asymptotic("one-sided-boundary", power_constrained=True))
    assert limit.upper == limit.ends.band[-1] > plain.upper
    assert limit.observed_upper == plain.upper
    assert "power-constrained" in str(limit)
    data = limit.to_json()
    assert (data["power_constrained"], data["observed_upper"]) == (True, plain.upper)
    above = xenon1t_limit()
    assert nd.limit(above.experiment, by=nd.Asymptotic(power_constrained=True)).upper == above.upper


def test_power_constraint_of_a_sign_is_refused(xenonnt_limit):
    with pytest.raises(NudipoleError, match="q_e has a sign"):
        nd.limit(xenonnt_limit().experiment, "q_e", by=nd.Asymptotic(power_constrained=True))


def test_charge_radius_has_two_signs(xenonnt_limit):
    limit = xenonnt_limit("r2_e")
    assert limit.lower < 0 < limit.upper
    assert limit.lower < limit.best_fit < limit.upper
    assert limit.unit == "cm^2"
    assert limit.mu_eff_upper is None


@pytest.mark.parametrize("parameter", ["mu_nu", "r2_e"])
def test_profile_passes_through_the_ends(xenonnt_limit, parameter):
    limit = xenonnt_limit(parameter)
    for ends in limit.constructions.values():
        end = ends.upper**2 if limit.squared else ends.upper
        assert np.interp(end, limit.grid, limit.delta_chi2) == pytest.approx(ends.threshold, rel=0.01)
    assert limit.delta_chi2.min() == pytest.approx(0, abs=1e-3)


def test_json_is_complete_and_plain(xenonnt_limit):
    data = json.loads(json.dumps(xenonnt_limit().to_json(), allow_nan=False))
    assert data["schema"] == "nudipole-limit/1"
    assert (data["experiment"], data["parameter"], data["unit"], data["cl"]) == ("xenonnt-2022", "mu_nu", "mu_B", 0.9)
    assert data["upper"] == data["constructions"][data["construction"]]["upper"]
    assert data["published"][0]["reference"]["texkey"] == "XENON:2022ltv"
    assert data["references"] == ["XENON:2022ltv"]
    assert data["best_fit"]["minimisers"]["newton"]["chi2"] == pytest.approx(
        data["best_fit"]["minimisers"]["minuit"]["chi2"], abs=1e-4
    )
    assert data["settings"]["backgrounds"] == {"B0": "free"}
    assert len(data["profile"]["values"]) == len(data["profile"]["delta_chi2"])


def test_json_keys_are_stable(xenonnt_limit):
    """Adding a key is fine; removing one needs a new schema."""
    data = xenonnt_limit().to_json()
    assert set(data) >= {
        "schema", "version", "experiment", "variant", "parameter", "parametrisation", "unit", "meaning", "cl",
        "construction", "sides", "lower", "upper", "expected_upper", "mu_eff_upper", "best_fit", "goodness_of_fit",
        "significance", "constructions", "rho", "profile", "published", "settings", "references",
    }  # fmt: skip
    assert set(data["constructions"]["unified"]) >= {"lower", "upper", "expected_upper", "threshold", "sides"}
    assert set(data["goodness_of_fit"]) >= {"chi2", "ndof", "p_value"}


def test_text(xenonnt_limit, xenon1t_limit):
    assert str(xenonnt_limit()).startswith("xenonnt-2022: mu_nu < 6.8")
    text = str(xenonnt_limit())
    assert "90% CL (unified, two-sided; median expected 1.06e-11, -1 to +1 sigma 7.32e-12 to 1.37e-11)" in text
    assert text.endswith("upper end below the -1 sigma edge of expectation, by a fluctuation of the data")
    assert "one-sided; median" in str(xenonnt_limit(construction="one-sided"))
    assert "one-sided, one-sided" not in str(xenonnt_limit(construction="one-sided"))
    assert "below" not in str(xenon1t_limit())
    assert str(xenon1t_limit()).startswith("xenon1t-2020: 1.45e-11 < mu_nu < 2.7")
    assert "rho_ee = 0.54" in xenonnt_limit().meaning


def test_csv(xenonnt_limit):
    header, *rows = xenonnt_limit().to_csv().splitlines()
    assert header == "mu_nu^2 [mu_B^2],delta_chi2 [1]"
    assert all(math.isfinite(float(cell)) for row in rows for cell in row.split(","))


def test_plot(xenonnt_limit):
    result = xenonnt_limit()
    axes = result.plot()
    assert axes.get_title(loc="left") == "xenonnt-2022, 90% CL"
    np.testing.assert_allclose(axes.lines[0].get_ydata(), result.delta_chi2)
    assert result.plot(axes) is axes


def test_published_values(xenonnt_limit):
    """Of all flavours, by XENON:2022ltv and arXiv:2510.12449; what they say of other parameters is none of this."""
    assert xenonnt_limit().published_values() == [6.4e-12, 7.2e-12]
    assert not xenonnt_limit().projected
    # In a beam of nearly one flavour the moment of that flavour is the same.
    germanium = nd.limit(load("gemma-2012"))
    assert germanium.projected
    assert germanium.to_json()["projected"]
    assert germanium.published_values() == [2.9e-11]


@pytest.mark.parametrize("cl", [0.0, 1.0, -1.0, 90.0, math.nan])
def test_level_outside(xenonnt, cl):
    with pytest.raises(OutOfRange):
        nd.limit(xenonnt, cl=cl)


def test_unknown_names(xenonnt):
    with pytest.raises(UnknownName, match="construction 'fc'"):
        nd.limit(xenonnt, by=nd.Asymptotic("fc"))
    with pytest.raises(UnknownName, match="parameter 'mu_x'"):
        nd.limit(xenonnt, "mu_x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{kind: sqrt-linear, a: 0.3 keV^0.5, b: 0.004}", "{kind: none}"),
        ("of: reconstructed", "of: true"),
        pytest.param("energy: [0, 1, 30], value: [0, 0.5, 0.9]", "constant: 0.8", marks=pytest.mark.long),
        pytest.param("{log-normal: 5 %}", "free", marks=pytest.mark.long),
        pytest.param("{log-normal: 5 %}", "{gaussian: 2 %}", marks=pytest.mark.slow),
        pytest.param("element: Xe", "element: Ge", marks=pytest.mark.slow),
        ("asimov", "[20, 18, 30, 95]"),
    ],
)
def test_own_experiments(own, by_hand, old, new):
    limit = nd.limit(load(own(old, new)))
    assert limit.upper == pytest.approx(by_hand(limit), rel=1e-3)
    assert 0 <= limit.best_fit <= limit.upper
    if "asimov" not in old:
        assert limit.upper == pytest.approx(limit.expected_upper, rel=1e-3)
        assert limit.goodness_of_fit.chi2 == pytest.approx(0, abs=1e-6)


def test_both_solutions_of_one_beam_of_charm_ii():
    """The cross section is reached twice, exactly: a parabola in the radius whose vertex is at 11.5e-32 cm^2."""
    limit = nd.limit(load("charm-ii", "neutrinos"), "r2_mu")
    (first, second), minima = limit.ends.intervals, limit.minima
    assert sum(minima[0]) + sum(minima[1]) == pytest.approx(2.31e-31, rel=5e-3)
    assert minima[1][1] == pytest.approx(0, abs=1e-6)
    # A parabola about its vertex.
    assert first[0] + second[1] == pytest.approx(first[1] + second[0], rel=1e-6)
    assert str(limit).count("r2_mu <") == 2
    assert "2 separate intervals" in str(limit)
    data = limit.to_json()
    assert data["intervals"] == [list(first), list(second)]
    assert (data["lower"], data["upper"]) == (first[0], second[1])
    assert [m["value"] for m in data["best_fit"]["minima"]] == [value for value, _ in minima]
    assert limit.grid[0] < first[0]
    assert limit.grid[-1] > second[1]


def test_two_intervals_of_coherent_csi():
    """Evaluated independently: (-5.8, -3.3) and (-2.2, 0.49)e-31 cm^2."""
    limit = nd.limit(load("coherent-csi-2021"), "r2_e")
    ends = 1e31 * np.array(limit.ends.intervals)
    np.testing.assert_allclose(ends, [[-5.8, -3.3], [-2.2, 0.49]], atol=0.06)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        # Those whose data have two solutions, and one that has not, in every run.
        name
        if name in ("coherent-csi-2017", "coherent-csi-2021", "charm-ii", "lampf", "xenonnt-2022")
        else pytest.param(name, marks=pytest.mark.long)
        for name in available()
    ],
)
def test_no_solution_is_missed(name):
    """Every experiment and parameter with a sign against a profile of 10^4 points over the whole axis."""
    experiment = load(name)
    for parameter in SIGNED:
        try:
            model = likelihood(experiment, parameter)
        except NudipoleError:
            continue
        found = intervals(model, 0.9, ["delta-chi2"])["delta-chi2"]
        far = max(abs(found.lower), abs(found.upper))
        beyond = far * np.geomspace(1.2, 3, 500)
        grid = np.concatenate([-beyond[::-1], np.linspace(-1.2 * far, 1.2 * far, 9000), beyond])
        delta = profile(model, grid, eta0=found.best_fit.eta).chi2 - found.best_fit.chi2
        assert delta.min() > -1e-6
        flips = np.flatnonzero(np.diff(delta <= found.threshold_at_upper))
        ends = np.ravel(found.pieces)
        assert len(ends) == len(flips), parameter
        assert np.all((grid[flips] <= ends * (1 + 1e-6 * np.sign(ends))) & (ends <= grid[flips + 1] + 1e-6 * abs(ends)))

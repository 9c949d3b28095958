"""What an experiment expects: the Standard Model once, moments as the beam sees them."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments import load


def test_standard_model_is_added_where_no_background_has_it(own):
    experiment = load(own())
    sm = experiment.sm_counts.sum(axis=0)
    assert not experiment.sm_in_background
    np.testing.assert_allclose(experiment.observed, np.array([16, 16, 32, 80]) + sm)
    np.testing.assert_allclose(experiment.spectrum().total(), experiment.observed)


def test_standard_model_is_not_added_twice(own):
    experiment = load(own("{rate: 16", "{contains_sm_signal: true, rate: 16"))
    assert experiment.sm_in_background
    np.testing.assert_allclose(experiment.observed, [16, 16, 32, 80])
    np.testing.assert_allclose(experiment.spectrum().total(), experiment.observed)


def test_both_ways_of_counting_give_the_same_limit(own):
    """A background known to 1e-4 with the Standard Model inside, or beside it."""
    exact = "normalisation: {gaussian: 0.01 %}"
    flat = "{rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}"
    fluxes = ("{kind: solar}", "{kind: solar, flux_uncertainty: false}")

    def written(background):
        path = own(flat, background)
        path.write_text(path.read_text().replace(*fluxes))
        return load(path)

    beside = written(f"{{rate: 16 events/(t yr keV), {exact}}}")
    sum_ = beside.observed.tolist()
    inside = written(f"{{counts: {sum_}, {exact}, contains_sm_signal: true}}")
    assert nd.limit(beside).upper == pytest.approx(nd.limit(inside).upper, rel=1e-3)
    # Its mean bounds the moment; counted twice or not at all it would move by the root of the signal's share.
    assert nd.limit(beside).best_fit == pytest.approx(0, abs=1e-13)


def test_signal_is_quadratic_in_the_moment(xenonnt):
    one, three = (xenonnt.signal_counts(mu_nu=mu) for mu in (1e-11, 3e-11))
    np.testing.assert_allclose(three, 9 * one, rtol=1e-6)
    assert np.all(one >= 0)


def test_spectrum(xenonnt):
    spectrum = xenonnt.spectrum(mu_nu=2e-11)
    assert spectrum.total().sum() == pytest.approx(
        sum(c.sum() for c in spectrum.backgrounds.values()) + sum(c.sum() for c in spectrum.signal.values())
    )
    rows = list(csv.DictReader(io.StringIO(spectrum.to_csv())))
    assert len(rows) == 29
    assert sum(float(row["observed [1]"]) for row in rows) == 433
    assert float(rows[0]["E_low [keV]"]) == 1
    data = spectrum.to_json()
    assert data["columns"]["observed [1]"] == xenonnt.observed.tolist()
    assert set(rows[0]) == set(data["columns"])


def test_mu_eff_by_hand(xenonnt):
    """Tr[rho lambda^+ lambda] with each parametrisation's matrix written out."""
    rho = xenonnt.dipole_rho
    U = np.asarray(xenonnt.oscillation.pmns())
    mass = (U.conj().T @ rho @ U).real
    assert np.trace(rho).real == pytest.approx(1)
    expected = {
        "mu_nu": 1.0,
        "mu_e": rho[0, 0].real,
        "mu_mu": rho[1, 1].real,
        "mu_tau": rho[2, 2].real,
        "mu_11": mass[0, 0],
        "mu_22": mass[1, 1],
        "lambda_1": 1 - mass[0, 0],
        "lambda_2": 1 - mass[1, 1],
        "lambda_e": 1 - rho[0, 0].real,
        "mu_12": mass[0, 0] + mass[1, 1],
    }
    for name, weight in expected.items():
        assert xenonnt.mu_eff(**{name: 1e-11}) == pytest.approx(1e-11 * np.sqrt(weight), rel=1e-3), name


@pytest.mark.parametrize(
    "parameter",
    [
        "mu_e",
        "lambda_1",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("mu_11", "mu_mu", "mu_tau", "mu_22", "lambda_3", "mu_12")
        ),
    ],
)
def test_all_parameters_bound_the_same_effective_moment(xenonnt_limit, parameter):
    """pp neutrinos give most of the signal and their rho hardly depends on energy."""
    limit = xenonnt_limit(parameter)
    assert limit.mu_eff_upper == pytest.approx(xenonnt_limit("mu_nu").upper, rel=0.03)
    assert limit.upper > limit.mu_eff_upper * 0.999


def test_phase_has_no_limit(xenonnt):
    with pytest.raises(NudipoleError, match="phi_1 alone changes no rate"):
        nd.limit(xenonnt, "phi_1")


def test_unknown_parameter(xenonnt):
    with pytest.raises(UnknownName, match="unknown parameter 'mu_x'"):
        xenonnt.signal_counts(mu_x=1e-11)
    with pytest.raises(NudipoleError, match="mu_e and mu_11 belong to different parametrisations"):
        xenonnt.signal_counts(mu_e=1e-11, mu_11=1e-11)


def test_two_parameters_of_one_parametrisation(xenonnt):
    both = xenonnt.signal_counts(mu_e=1e-11, mu_mu=2e-11)
    np.testing.assert_allclose(both, xenonnt.signal_counts(mu_e=1e-11) + xenonnt.signal_counts(mu_mu=2e-11), rtol=1e-6)

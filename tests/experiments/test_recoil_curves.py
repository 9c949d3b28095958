"""Recoils of experiments before their detectors."""

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.experiments.recoil_curves import recoil_curves


def test_rates_are_those_before_any_detector():
    """The same source and target told by hand; what a moment adds goes as its square."""
    one, half = (recoil_curves("example-reactor-ge", moment=mu).curves[0] for mu in (2e-11, 1e-11))
    np.testing.assert_allclose(one.moment, 4 * half.moment, rtol=1e-9)
    told = nd.recoil_spectrum(
        {"kind": "reactor", "power": "3.6 GW", "baseline": "20.7 m", "fractions": "conus"}, "Ge", T=1e3 * one.T[::40],
        mu_nu=2e-11, process={"kind": "nu-e", "binding": "stepping", "couplings": "one-loop"},
    ).sum("component")  # fmt: skip
    ratio = told.values / (one.weak + one.moment)[::40]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


def test_what_has_no_recoils():
    with pytest.raises(NudipoleError, match="no spectrum of recoils"):
        recoil_curves("kamland-antinu-2021")
    with pytest.raises(OutOfRange):
        recoil_curves("example-reactor-ge", moment=0)

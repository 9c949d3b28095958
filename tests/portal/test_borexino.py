"""The curve of Brdar et al. (2007.15563) from Borexino against the mass, of rates and of our own likelihood."""

import numpy as np
import pytest

import nudipole as nd
from nudipole import portal
from nudipole.experiments.build.experiment import with_heavy

#: Recoils of electrons from 0.25 to 2.6 MeV, counted as they are; events per day and 100 t.
COUNTING = {
    "name": "counting",
    "title": "recoils of electrons",
    "reference": [{"texkey": "Brdar:2020quo", "where": "Borexino"}],
    "notes": "as an independent evaluation has them",
    "source": {"kind": "solar", "model": "B16-GS98", "oscillation": "nufit-6.0-no"},
    "target": {"formula": "C9H12"},
    "process": {"kind": "nu-e", "binding": "free"},
    "exposure": "100 t d",
    "detector": {"bins": {"edges": [0.25, 2.6], "unit": "MeV"}},
    "data": "asimov",
    "backgrounds": {"flat": {"counts": [1000.0], "normalisation": "free"}},
}


@pytest.fixture(scope="module")
def curve():
    (found,) = (one for one in portal.published() if one.record == "brdar-2020-d-borexino")
    return {round(m4, 2): (m4, d) for m4, d in zip(found.masses.tolist(), found.d.tolist(), strict=True)}


def test_a_constant_rate_makes_the_curve(curve):
    """15.75, 15.66, 13.7 and 11.3 per day and 100 t at the points of the curve, 2 % (mixing of nu_tau does not matter);

    so a constant rate gives the dependence on the mass at three masses to 5 %.
    """
    rates = {1.01: 15.75, 1.89: 15.66, 2.29: None, 2.67: 13.7, 2.94: 11.3}
    points = [curve[m4] for m4 in rates]
    heavy = with_heavy(nd.load(COUNTING), [m4 for m4, _ in points])
    found = np.array([one.signal_counts(d=d).sum() for one, (_, d) in zip(heavy, points, strict=True)])
    for rate, expected in zip(found, rates.values(), strict=True):
        assert expected is None or rate == pytest.approx(expected, rel=0.02)
    np.testing.assert_allclose(np.sqrt(found[0] / found[:3]), 1.0, rtol=0.05)


@pytest.mark.long
def test_limits_of_the_spectrum_follow_the_curve(curve):
    """Shape to 5 % at three masses; the level is 2.8 times stronger: a fit to the spectrum, not a rate."""
    points = [curve[m4] for m4 in (1.01, 1.89, 2.29)]
    (found,) = portal.exclusion("borexino-2017", [m4 for m4, _ in points], construction="delta-chi2").curves
    ratio = found.upper / np.array([d for _, d in points])
    np.testing.assert_allclose(ratio / ratio[0], 1.0, rtol=0.05)
    assert 0.3 < ratio[0] < 0.4

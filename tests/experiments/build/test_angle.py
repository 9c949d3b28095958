"""Bins of the cosine of the angle: kinematics of one energy, a smeared angle by hand, backgrounds of free shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import ncx2

import nudipole as nd
from nudipole import constants as const
from nudipole.errors import InputError
from nudipole.experiments.likelihood import likelihood
from nudipole.statistics import profile

E_NU = 30.0
COS = [0.6, 0.8, 0.9, 0.97, 1]
RATE = "1e-5 events/(t yr keV)"


@pytest.fixture
def line():
    """Neutrinos of 30 MeV on electrons: ``line(angle, bins, more)``."""

    def made(angle=None, bins=(1, 30), background="", process="", **change):
        detector = {"bins": {"edges": list(bins), "unit": "MeV"}}
        description = {
            "name": "my-line", "title": "a line", "notes": "invented", "reference": [{"texkey": "Author:2026abc"}],
            "source": {"kind": "mono-energetic", "energy": f"{E_NU} MeV", "flux": "1e8 1/(cm^2 s)"},
            "target": {"element": "C"}, "process": {"kind": "nu-e", "binding": "free"} | (process or {}),
            "exposure": "100 t yr", "data": "asimov",
            "detector": detector | ({"angle": angle} if angle else {}),
            "backgrounds": {"flat": {"rate": RATE, "normalisation": "free", **(background or {})}}, **change,
        }  # fmt: skip
        if "processes" in change:
            del description["process"]
        return nd.load(description)

    return made


def recoil(cos):
    """Energy of an electron that goes at this angle: cos = (1 + m/E) sqrt(T/(T + 2m)), solved for T."""
    m, ratio = const.m_e, (np.asarray(cos) * E_NU / (E_NU + const.m_e)) ** 2
    return 2 * m * ratio / (1 - ratio)


def test_sharp_bins_are_those_of_the_recoil_energy(line):
    """At one neutrino energy angle and recoil say the same; moments too."""
    cos = [0.985, 0.99, 0.995, 0.999, 1]
    angles = line({"cos_theta": cos}, bins=(recoil(cos[0]), 30))
    energies = line(bins=recoil(cos))
    for values in ({}, {"mu_nu": 1e-9}):
        np.testing.assert_allclose(
            angles.counts(**values).sum(["component", "energy"]),
            energies.counts(**values).sum("component"),
            rtol=2e-6,
        )


def test_smeared_bins_are_probabilities_of_a_measured_angle(line):
    """The square of the angle over sigma^2 is a non-central chi2 of two degrees of freedom.

    The fold has 32 sharp cuts in its place, steps that one neutrino energy alone does not smooth: 3e-4.
    """
    sigma, fine = 0.25, np.linspace(1, 2 * E_NU**2 / (2 * E_NU + const.m_e), 801)
    found = line({"cos_theta": COS, "sigma": "250 mrad"}).counts().sum(["component", "energy"])
    counts, T = line(bins=fine).sm_counts.sum(axis=0), (fine[1:] + fine[:-1]) / 2
    theta = np.arccos((1 + const.m_e / E_NU) * np.sqrt(T / (T + 2 * const.m_e)))
    inside = ncx2.cdf((np.arccos(COS)[:, None] / sigma) ** 2, 2, (theta / sigma) ** 2) @ counts
    np.testing.assert_allclose(found, inside[:-1] - inside[1:], rtol=5e-4)
    cut = line(process={"angle": {"cos_theta": COS[0], "sigma": "250 mrad"}})
    assert float(found.sum()) == pytest.approx(cut.sm_counts.sum(), rel=1e-12)


def test_numbers_are_listed_energy_by_energy(line):
    """Data, errors and counts of backgrounds; a nuisance moves the latter."""
    data = [1, 2, 3, 4, 10, 20, 30, 40]
    experiment = line(
        {"cos_theta": COS}, (1, 10, 30), data=data, statistics={"kind": "gaussian", "errors": data},
        backgrounds={
            "all": {"counts": data, "normalisation": "fixed"},
            "shares": {"counts": [1, 2], "angle": [0.1, 0.2, 0.3, 0.4], "normalisation": "fixed"},
            "flat": {"counts": [4, 8], "angle": "flat", "normalisation": "fixed"},
        },
        nuisances={"more": {"plus": {"backgrounds": {"all": {"counts": [2 * n for n in data]}}}}},
    )  # fmt: skip
    by_angle = [1, 10, 2, 20, 3, 30, 4, 40]
    np.testing.assert_array_equal(experiment.observed, by_angle)
    np.testing.assert_array_equal(experiment.statistic.error, by_angle)
    found = experiment.background_counts
    np.testing.assert_array_equal(found["all"], by_angle)
    np.testing.assert_allclose(found["shares"], [0.1, 0.2, 0.2, 0.4, 0.3, 0.6, 0.4, 0.8])
    np.testing.assert_allclose(found["flat"], [2, 4, 1, 2, 0.7, 1.4, 0.3, 0.6])
    np.testing.assert_array_equal(experiment.variations[0].plus.backgrounds["all"], 2 * np.array(by_angle))
    assert experiment.spectrum().to_xarray().observed.sel(sample="cos 0.8 to 0.9").values.tolist() == [2, 20]


def test_fit_of_the_angle_is_an_independent_one(line):
    """A parabola in cos(theta) with free coefficients, minimised by SciPy."""
    data = [60, 80, 110, 100]
    angle = {"cos_theta": COS, "sigma": "200 mrad"}
    background = {"polynomial": 2, "rate": "1e-3 events/(t yr keV)"}
    experiment = line(angle, data=data, background=background, exposure="1 t yr")
    model = likelihood(experiment, "mu_nu")
    assert model.nuisances == ("flat", "flat degree 1", "flat degree 2")
    template, x = experiment.background_counts["flat"], (np.array(COS[1:]) + COS[:-1]) / 2 - 0.8
    for poi in (0.0, 10.0):
        signal = np.asarray(model.signal(np.asarray(poi), np.zeros(2)))

        def chi2(c, signal=signal):
            n, d = signal + template * np.polynomial.polynomial.polyval(x, c), np.array(data)
            return 2 * np.sum(n - d + d * np.log(d / n)) if np.all(n > 0) else 1e6

        options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 20_000, "maxfev": 20_000}
        fit = minimize(chi2, [1.0, 0.0, 0.0], method="Nelder-Mead", options=options)
        assert float(profile(model, [poi]).chi2[0]) == pytest.approx(fit.fun, abs=1e-6)


BINS = {"cos_theta": COS}
WRONG = [
    ({"cos_theta": [0, 0.5, 1]}, {}, "detector.angle: cos_theta must increase from edge to edge, above 0 and up to 1"),
    ({"cos_theta": [0.9, 0.8]}, {}, "detector.angle: cos_theta must increase"),
    (BINS, {"process": {"angle": {"cos_theta": 0.9}}}, "detector.angle: process.angle cuts what the bins divide"),
    (BINS, {"processes": {"n": {"kind": "cevns", "quenching": "none"}}}, "angle: is of nu-e scattering, and"),
    (BINS, {"statistics": {"kind": "counting"}}, "detector.angle: needs one beam and statistics of kind poisson or"),
    (BINS, {"background": {"polynomial": 4}}, "degree 4 needs more than 4 bins of the angle with"),
    (BINS, {"background": {"angle": [0.5, 0.5]}}, "backgrounds.flat.angle: 2 shares for 4 bins of the angle"),
    (BINS, {"background": {"angle": [0.5, -0.5, 1, 0]}}, "entry 2 has -0.5: shares must be finite and not"),
    (BINS, {"background": {"time": "flat"}}, "backgrounds.flat.time: there are no bins of time"),
    (None, {"background": {"angle": "flat"}}, "backgrounds.flat.angle: there are no bins of the angle"),
    (BINS, {"data": [1, 2, 3]}, "data: 3 counts for 4 bins"),
]  # fmt: skip


@pytest.mark.parametrize(("angle", "change", "message"), WRONG)
def test_refusals_name_the_field(line, angle, change, message):
    with pytest.raises(InputError, match=message):
        line(angle, **change)

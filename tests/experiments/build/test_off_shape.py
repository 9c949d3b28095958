"""One smooth spectrum fitted to ON and OFF counts: between a known shape and one that is free bin by bin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import nudipole as nd
from nudipole.errors import InputError, NudipoleError
from nudipole.experiments.build.experiment import build
from nudipole.experiments.likelihood import likelihood
from nudipole.histfactory import export
from nudipole.statistics import OnOff, profile

FLAT = "  flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}"
CURVE = "  flat: {{spectrum: {{kind: exponential, scale: 6 keV}}, activity: 200 1/(t yr), normalisation: {}}}"
SMOOTH = ", off_shape: smooth"
ON, OFF = [31, 25, 48, 60], [9, 14, 17, 38]


@pytest.fixture
def measured(own_text, tmp_path):
    """The user's own experiment with ON and OFF counts, without errors of the flux: ``measured(background)``."""

    def made(background, *, statistics=SMOOTH, data=ON, off=OFF, more=""):
        text = own_text("{kind: solar}", "{kind: solar, flux_uncertainty: false}")
        given = f"statistics: {{kind: on-off, off_exposure: 0.5 t yr, off: {off}{statistics}}}\n{more}exposure"
        for old, new in ((FLAT, background), ("data: asimov", f"data: {data}"), ("exposure", given)):
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "my.yaml"
        path.write_text(text if background else text.replace("backgrounds:", "backgrounds: {}"), encoding="utf-8")
        return nd.load(path)

    return made


def smooth(measured, degree):
    return measured(CURVE.format(f"off, polynomial: {degree}" if degree else "off"))


def deviance(counts, expected):
    return 2 * np.sum(expected - counts + counts * np.log(counts / expected))


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_profile_is_that_of_an_independent_fit(measured, degree):
    """Powers of the energy, minimised by SciPy, at two values of the moment."""
    experiment = smooth(measured, degree)
    assert experiment.samples == ("ON", "OFF")
    assert experiment.counts().sel(sample="OFF").sum() == 0
    on, off = np.split(experiment.background_counts["flat"], 2)
    np.testing.assert_allclose(off, on / 2)
    x, model = np.array([1.5, 2.5, 4, 7.5]) / 10, likelihood(experiment, "mu_nu")
    for poi in (0.0, 30.0):
        signal = np.asarray(model.signal(np.asarray(poi), np.zeros(degree)))[:4]

        def chi2(c, signal=signal):
            b = on * np.polynomial.polynomial.polyval(x, c)
            return deviance(np.array(ON), signal + b) + deviance(np.array(OFF), b / 2) if np.all(b > 0) else 1e6

        options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 10_000, "maxfev": 10_000}
        fit = minimize(chi2, [1.0] + [0.0] * degree, method="Nelder-Mead", options=options)
        assert float(profile(model, [poi]).chi2[0]) == pytest.approx(fit.fun, abs=1e-7)


def test_as_many_coefficients_as_bins_are_a_background_that_is_free_in_each(measured):
    """Also where the data want none, or less than none, of it."""
    for off in (OFF, [9, 0, 17, 38]):
        free = measured("", statistics="", off=off)
        assert isinstance(free.statistic, OnOff)
        full = measured(CURVE.format("off, polynomial: 3"), off=off)
        poi = [0.0, 10.0, 100.0]
        chi2 = [profile(likelihood(one, "mu_nu"), poi).chi2 for one in (full, free)]
        np.testing.assert_allclose(*chi2, rtol=1e-7)


def test_gemma_lies_between_a_known_shape_and_none():
    """The more coefficients, the less is known of 30e-12 mu_B; bin by bin in the end."""
    gemma = nd.load("gemma-2012")

    def chi2(experiment):
        return float(profile(likelihood(experiment, "mu_e"), [9.0]).chi2[0])

    def of_degree(degree):
        background = {"continuum": {"polynomial": degree}} if degree else {}
        return build(gemma.spec.changed({"statistics": {"off_shape": "smooth"}, "backgrounds": background}, "gemma"))

    found = [chi2(of_degree(degree)) for degree in (0, 1, 4, 52)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(chi2(gemma), rel=1e-7)
    assert 1.3 < found[0] / found[-1] < 10


WRONG = [
    ("off, polynomial: 4", {}, "backgrounds.flat.polynomial: degree 4 needs more than 4 bins .*: write 3 at most"),
    ("off, polynomial: 0", {}, "backgrounds.flat.polynomial: .*greater than or equal to 1"),
    ("free", {}, "statistics.off_shape: smooth is the sum of the backgrounds with normalisation off"),
    ("off, polynomial: 1", {"statistics": "", "off": "asimov"}, "polynomial: has no effect on what is measured bin by"),
    ("off", {"data": "asimov"}, "statistics.off_shape: smooth has data and statistics.off both counted, or both"),
    ("off", {"off": [9, 14.5, 17, 38]}, "statistics.off: entry 2 has 14.5: counts are whole"),
    ("off", {"statistics": ", off_shape: curved"}, "statistics.off_shape: must be 'free' or 'smooth'"),
    ("off, contains_sm_signal: true", {}, "contains_sm_signal: without the source there are no neutrinos"),
]  # fmt: skip


@pytest.mark.parametrize(("background", "change", "message"), WRONG)
def test_refusals_name_the_field(measured, background, change, message):
    with pytest.raises(InputError, match=message):
        measured(CURVE.format(background), **change)


def test_a_nuisance_moves_the_curve_of_both(measured):
    """The scale of an exponential is free; what is not counted OFF has no part in it."""
    scale = "{constraint: free, plus: {backgrounds: {flat: {spectrum: {scale: 7 keV}}}}}"
    prompt = "\n  prompt: {rate: 1 events/(t yr keV), normalisation: {gaussian: 20 %}}"
    experiment = measured(CURVE.format("off") + prompt, more=f"nuisances: {{scale: {scale}}}\n")
    np.testing.assert_allclose(experiment.background_counts["prompt"], [1, 1, 2, 5, 0, 0, 0, 0])
    (variation,) = experiment.variations
    on, off = np.split(variation.plus.backgrounds["flat"], 2)
    np.testing.assert_allclose(off, on / 2)
    assert likelihood(experiment, "mu_nu").nuisances == ("flat", "prompt", "scale")
    # A picture, and sums over samples, are of what is counted with the source.
    np.testing.assert_allclose(experiment.spectrum().over("energy").observed, ON)


def test_a_free_shape_is_no_workspace(measured):
    with pytest.raises(NudipoleError, match="the shape of flat is a polynomial with free coefficients: HistFactory"):
        export([measured(CURVE.format("off, polynomial: 1"))])

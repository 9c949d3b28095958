"""What people call: names, files, dictionaries and neutrinos wherever an experiment or a parameter is asked for."""

from __future__ import annotations

import sys
import types
from importlib import import_module

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nudipole as nd
from nudipole import constants as const
from nudipole.errors import InputError, NudipoleError, OutOfRange, UnitError, UnknownName
from nudipole.inference.asked import reported
from nudipole.moved import MODULES
from nudipole.properties import neutrino_of


@pytest.fixture(scope="module")
def description():
    """As somebody types it in a notebook."""
    return {
        "name": "mine",
        "title": "germanium at a reactor",
        "notes": "invented",
        "reference": [{"texkey": "none"}],
        "source": {"kind": "reactor", "power": "3 GW", "baseline": "15 m", "fractions": "pwr"},
        "target": {"element": "Ge"},
        "process": {"kind": "nu-e"},
        "exposure": "1 kg yr",
        "detector": {"bins": {"edges": np.array([2.0, 4.0, 8.0]), "unit": "keV"}},
        "data": (700, np.int64(1500)),
        "backgrounds": {"flat": {"rate": "1 events/(kg d keV)", "normalisation": "free"}},
    }


def test_a_dictionary_is_what_its_yaml_is(description, own, own_text):
    given = nd.load(description)
    assert given.observed.tolist() == [700, 1500]
    assert_allclose(given.bins * 1e3, [2, 4, 8])
    from_text, from_file = nd.load(own_text()), nd.load(own())
    assert_allclose(from_text.sm_counts, from_file.sm_counts, rtol=1e-14)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({}, InputError, "is required"),
        ({"name": object()}, InputError, "<description>: name: is of type object"),
        ({1: 2}, InputError, "must be a word"),
        ({"a": [float("nan")]}, InputError, r"a\[0\]: nan is not a number"),
        ("nam: x\n", InputError, "nam: unknown key: did you mean 'name'"),
        ("name: [x\n", InputError, "not valid YAML"),
        ("xenonnt", UnknownName, "did you mean 'xenonnt-2022'"),
        ("mine.yaml", InputError, "no such file"),
    ],
)
def test_wrong_descriptions(given, error, match):
    with pytest.raises(error, match=match):
        nd.load(given)


def test_a_deep_dictionary():
    deep: dict = {}
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(InputError, match="deeper than 12 levels"):
        nd.load(deep)


def test_limits_of_names_and_of_methods_by_name(xenonnt, xenonnt_limit):
    expected = xenonnt_limit("mu_nu").upper
    assert nd.limit("xenonnt-2022").upper == pytest.approx(expected, rel=1e-12)
    assert nd.limit([xenonnt], by="asymptotic").upper == pytest.approx(expected, rel=1e-12)
    assert nd.limit(xenonnt, by=nd.Asymptotic).upper == pytest.approx(expected, rel=1e-12)
    one_sided = nd.limit(xenonnt, by="one-sided")
    assert one_sided.upper == pytest.approx(xenonnt_limit("mu_nu", "one-sided").upper, rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"toys": 100}, r"toys is a setting of other methods: write by=nd.FeldmanCousins\(toys=...\), nd.CLs"),
        ({"by": "clss"}, "did you mean 'cls'"),
        ({"by": "cls", "prior": "log"}, "write by=nd.Bayesian"),
        ({"by": "cls", "toy": 1}, "did you mean 'toys'"),
        ({"by": nd.CLs(), "toys": 1}, r"toys beside a method: write it there, CLs\(...\)"),
        ({"by": "cls", "toys": 0}, "number of toys"),
        ({"by": 3}, "unknown method"),
        ({"by": "cls", "toys": "many"}, "number of toys"),
        ({"by": "bayesian", "draws": "many"}, "draws"),
        ({"variant": "free-electrons"}, r"nudipole.load\(name, variant\)"),
        ({"parameter": ["mu_nu", "mu_e"]}, "unknown parameter"),
    ],
)
def test_wrong_methods(xenonnt, settings, match):
    with pytest.raises(NudipoleError, match=match):
        nd.limit(xenonnt, **settings)


@pytest.mark.parametrize("asked", [3, None, [], [3]])
def test_no_experiments(asked):
    with pytest.raises(NudipoleError, match="experiment"):
        nd.limit(asked)
    if asked != []:
        with pytest.raises(NudipoleError, match="is no experiment"):
            nd.load(asked)


@pytest.mark.parametrize(("parameter", "value"), [("mu_nu", 3e-11), ("lambda_3", 3e-11), ("mu_e", 1e-11)])
def test_the_strength_of_a_neutrino_is_the_limit_on_its_parameter(xenonnt, parameter, value):
    """n_signal is proportional to lambda^2: strength times the value is the limit."""
    given = nd.limit(xenonnt, neutrino_of({parameter: value}))
    named = nd.limit(xenonnt, parameter)
    assert given.upper * value == pytest.approx(named.upper, rel=1e-9)
    assert given.mu_eff_upper == pytest.approx(named.mu_eff_upper, rel=1e-9)
    assert (given.parameter, given.unit, given.quantity.squared) == ("strength", "1", True)
    assert "below 1 it is excluded" in given.meaning
    assert given.to_json()["parameter"] == "strength"


def test_the_strength_of_a_charge_radius_has_a_sign():
    value = 1e-32
    experiment = nd.load("example-sns-csi")
    given = nd.limit(experiment, neutrino_of({"r2_e": value}))
    named = nd.limit(experiment, "r2_e")
    assert_allclose(np.array(given.ends.intervals) * value, named.ends.intervals, rtol=1e-6)


def test_a_neutrino_is_not_sampled(xenonnt):
    with pytest.raises(NudipoleError, match="not sampled"):
        nd.limit(xenonnt, neutrino_of({"mu_nu": 1e-11}), by="bayesian")


def test_labelled_counts_and_spectra(xenonnt):
    neutrino = neutrino_of({"mu_nu": 2e-11})
    counts = xenonnt.counts(neutrino)
    assert counts.dims == ("component", "energy")
    assert counts.energy.attrs["units"] == "keV"
    assert_allclose(counts.E_low, xenonnt.bins[:-1] * 1e3)
    assert_allclose(counts.sel(component="pp"), xenonnt.expected(neutrino)[0])
    assert_allclose(xenonnt.counts(mu_nu=2e-11), counts)
    assert_allclose(xenonnt.counts(), xenonnt.sm_counts)
    spectrum = xenonnt.spectrum(neutrino).to_xarray()
    assert_allclose(spectrum.signal.sum(), xenonnt.signal_counts(mu_nu=2e-11).sum())
    assert_allclose(spectrum.observed, xenonnt.observed)
    assert xenonnt.spectrum(mu_nu=2e-11).to_xarray().attrs["mu_nu"] == "2e-11 mu_B"
    with pytest.raises(NudipoleError, match="give either"):
        xenonnt.counts(neutrino, mu_nu=1e-11)


def test_the_labelled_response_gives_the_counts(xenonnt):
    """n = sum over channels of Re Tr[W O]."""
    W = xenonnt.response.to_xarray()
    neutrino = neutrino_of({"mu_e": 2e-11}).to_flavour(xenonnt.oscillation.pmns())
    operators = np.asarray(xenonnt.parts[0].process.operators(neutrino))
    counts = np.einsum("scbij,cji->sb", W.values, operators).real
    assert W.dims == ("component", "channel", "energy", "flavour", "flavour_other")
    assert_allclose(counts, xenonnt.counts(mu_e=2e-11), rtol=1e-12)
    assert W.sel(channel="nu-e dipole").kernel == "dipole"


def test_a_response_in_time_and_of_several_processes():
    experiment = nd.load("coherent-csi-2021")
    W = experiment.response.to_xarray()
    assert (W.sizes["energy"], W.sizes["time"], set(W.process.values)) == (14, 13, {"nuclei", "electrons"})
    assert experiment.counts().time.attrs["units"] == "us"
    assert len(repr(experiment.response).splitlines()) == 3


def test_recoils_of_a_line_on_free_electrons():
    r"""Closed form: N_e phi pi alpha^2/m_e^2 mu^2 (1/T - 1/E) beyond the Standard Model's."""
    T, E, flux = np.array([0.1, 0.3]), 0.861, 1e10
    line = {"kind": "mono-energetic", "energy": f"{E} MeV", "flux": f"{flux:g} 1/(cm^2 s)", "flavour": "e"}
    arguments = {"T": T, "unit": "MeV", "per": "MeV t yr", "process": {"kind": "nu-e", "binding": "free"}}
    signal = nd.recoil_spectrum(line, "Xe", mu_nu=1e-10, **arguments) - nd.recoil_spectrum(line, "Xe", **arguments)
    electrons = 54 * 1e6 / 131.293 * 6.02214076e23
    sigma = np.pi * const.alpha**2 / const.m_e**2 * (1 / T - 1 / E) * 1e-20 / const.cm**2
    assert_allclose(signal.sum("component"), electrons * flux * 365.25 * 86400 * sigma, rtol=2e-5)
    assert (signal.recoil_energy.attrs["units"], signal.dims) == ("MeV", ("component", "recoil_energy"))


def test_recoils_of_nuclei_and_of_a_neutrino(xenonnt):
    found = nd.recoil_spectrum({"kind": "solar"}, {"element": "Xe"}, T=[0.5, 1.0], process="cevns", per="keV t yr")
    assert found.attrs["units"] == "1/(keV t yr)"
    assert found.sel(component="8B").values[0] > found.sel(component="8B").values[1] > 0
    neutrino = nd.Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-11])
    moment, parameter = (
        nd.recoil_spectrum("solar", "Xe", *neutrinos, T=[1.0], **values)
        for neutrinos, values in (((neutrino,), {}), ((), {"lambda_3": 1e-11}))
    )
    assert_allclose(moment, parameter, rtol=1e-12)


@pytest.mark.parametrize(
    ("source", "target", "settings", "error", "match"),
    [
        ("sun", "Xe", {"T": 1.0}, InputError, "source: unknown kind 'sun'"),
        ("reactor", "Xe", {"T": 1.0}, InputError, "give either power and baseline, or cores"),
        ("solar", "Xx", {"T": 1.0}, InputError, "no element"),
        ("solar", "Xe", {"T": 1.0, "process": "nue"}, InputError, "did you mean 'nu-e'"),
        ("solar", "Xe", {"T": [1.0, 0.0]}, OutOfRange, "T = 0 keV must be more than 0 keV"),
        (
            "solar",
            "Xe",
            {"T": [0.1, 1.0], "process": {"kind": "nu-e", "weak_factor": "xe-rrpa-weak"}},
            OutOfRange,
            "T with a weak_factor = 0.1 keV must be at least 0.3 keV",
        ),
        (
            "solar",
            "Xe",
            {"T": [1.0, 900.0], "process": {"kind": "nu-e", "millicharge": "equivalent-photon"}},
            InputError,
            "photoabsorption is known up to 500 keV",
        ),
        ("solar", "Xe", {"T": 1.0, "unit": "kg"}, UnitError, "unit: '1 kg' has the wrong unit"),
        ("solar", "Xe", {"T": 1.0, "per": "keV"}, UnitError, "per: '1 keV' has the wrong unit"),
        ("solar", "Xe", {"T": 1.0, "mu_n": 1.0}, UnknownName, "did you mean 'mu_nu'"),
    ],
)
def test_wrong_recoils(source, target, settings, error, match):
    with pytest.raises(error, match=match):
        nd.recoil_spectrum(source, target, **settings)


def test_sensitivity_of_a_dictionary_of_ranges(own):
    found = nd.sensitivity(own(), {"detector.threshold": "1..2 keV", "exposure": ["1 t yr", "4 t yr"]}, points=2)
    labelled = found.to_xarray()
    assert labelled.dims == ("detector.threshold", "exposure")
    assert labelled.attrs["units"] == "mu_B"
    assert_allclose(labelled.values.ravel(), found.limits)
    assert_allclose(labelled.sel(exposure=4.0).values < labelled.sel(exposure=1.0).values, True)
    assert len(repr(found).splitlines()) == 5
    again = nd.sensitivity(nd.load(own()), {"exposure": ["1 t yr"]})
    assert again.limits[0] == pytest.approx(found.limits[0], rel=1e-9)
    with pytest.raises(NudipoleError, match="nothing is varied"):
        nd.sensitivity(own(), {})


def test_a_contour_of_a_name():
    found = nd.contour("example-sns-csi", "mu_e", "mu_mu", points=5)
    labelled = found.to_xarray()
    assert (labelled.dims, labelled.mu_e.attrs["units"]) == (("mu_e", "mu_mu"), "mu_B")
    assert_allclose(labelled.values, found.delta_chi2)
    assert "<svg" in found._repr_html_()


def test_what_a_prompt_and_a_notebook_show(xenonnt, xenonnt_limit):
    limit, spectrum = xenonnt_limit("mu_nu"), xenonnt.spectrum(mu_nu=1e-11)
    neutrino = nd.Neutrino.majorana(basis="mass", Lambda=[0, 0, 3e-11])
    for thing in (xenonnt, limit, spectrum, neutrino):
        assert len(repr(thing).splitlines()) <= 12
        assert len(repr(thing)) < 1200
        html = thing._repr_html_()
        assert html.startswith("<div>")
        assert "Array(" not in html
    assert all("<svg" in thing._repr_html_() for thing in (limit, spectrum))
    assert "lam [mu_B]: [1, 2] = 3e-11" in repr(neutrino)
    assert "xenonnt-2022: mu_nu < 6.81e-12 mu_B" in repr(limit)
    assert "below the -1 sigma edge" in limit._repr_html_()


def test_profiles_are_labelled(xenonnt_limit):
    limit = xenonnt_limit("mu_nu")
    profile = limit.profile.to_xarray()
    assert profile["mu_nu^2"].attrs["units"] == "mu_B^2"
    assert float(profile.interp({"mu_nu^2": limit.upper**2})) == pytest.approx(
        limit.ends.threshold, abs=0.01 * limit.ends.threshold
    )


def test_names_of_earlier_versions(xenonnt, xenonnt_limit):
    with pytest.warns(DeprecationWarning, match=r"Experiment.limit is now nudipole.limit\(experiment, ...\)"):
        limit = xenonnt.limit
    assert limit("mu_nu", cl=0.9).upper == pytest.approx(xenonnt_limit("mu_nu").upper, rel=1e-12)
    sys.modules.pop("nudipole.experiments.fitting", None)
    with pytest.warns(DeprecationWarning, match="nudipole.experiments.fitting is now nudipole.inference.limit"):
        from nudipole.experiments.fitting import limit as former
    assert former is nd.limit
    with pytest.raises(AttributeError, match="has no attribute 'limits'"):
        xenonnt.limits  # noqa: B018
    from nudipole.muon_g2 import shift

    with pytest.warns(DeprecationWarning, match=r"shift.COEFFICIENT is now nudipole.muon_g2.shift.conjecture"):
        assert f"{shift.COEFFICIENT:.4g}" == "6.997e-09"
    with pytest.raises(AttributeError, match="no attribute 'COEFICIENT'"):
        shift.COEFICIENT  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_modules_of_earlier_versions(name):
    sys.modules.pop(name, None)
    with pytest.warns(DeprecationWarning, match=f"{name} is now {MODULES[name]}"):
        assert import_module(name) is import_module(MODULES[name])


def test_the_spectrum_of_a_neutrino_says_which(xenonnt):
    spectrum = xenonnt.spectrum(nd.Neutrino.majorana(basis="mass", Lambda=[0, 0, 3e-11]))
    assert "signal of: Neutrino (majorana, mass basis) lam [mu_B]: [1, 2] = 3e-11" in repr(spectrum)
    assert spectrum.to_json()["neutrino"] == spectrum.to_xarray().attrs["neutrino"]
    labels = [text.get_text() for text in spectrum.plot().get_legend().get_texts()]
    assert "signal of the given neutrino" in labels
    plain = [text.get_text() for text in xenonnt.spectrum().plot().get_legend().get_texts()]
    assert not any("signal" in label for label in plain)
    with pytest.raises(NudipoleError, match="all properties of the neutrino are zero"):
        nd.limit(xenonnt, nd.Neutrino.dirac(basis="flavour"))


def test_progress_in_a_notebook(monkeypatch):
    """One line that changes, and goes in the end; without IPython nothing."""
    seen: list[str] = []

    def display(data, **_):
        seen.append(data["text/plain"])
        return types.SimpleNamespace(update=lambda data, **_: seen.append(data["text/plain"]))

    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))
    with reported(None, "limit") as step:
        step("belt")
    assert seen == ["limit ...", "limit: belt", ""]
    given: list[str] = []
    with reported(given.append, "limit") as step:
        step("mine")
    assert given == ["mine"]


def test_everything_the_package_says_it_has_is_there():
    for name in dir(nd):
        assert getattr(nd, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'limits_of'"):
        nd.limits_of  # noqa: B018

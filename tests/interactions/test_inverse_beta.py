"""Inverse beta decay against published cross sections, and the fold of what a neutrino leaves alone."""

import numpy as np
import pytest

import nudipole as nd
from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.interactions import InverseBeta
from nudipole.interactions.inverse_beta import OFFSET, FromThreshold, dsigma_dE_e, positron_ends, sigma
from nudipole.numerics import jnp
from nudipole.sources.reactor import spectrum


def total(E):
    return np.asarray(InverseBeta(1.0).kernels(jnp.asarray(E) - OFFSET))[1, 0, 0]


def test_the_approximation_is_the_full_form():
    """Some parts in a thousand as Strumia:2003zx say of their Eq. (25); beyond 100 MeV less well."""
    E = np.array([2.5, 3, 5, 8.3, 10, 20, 50, 100.0])
    np.testing.assert_allclose(np.asarray(sigma(E)), total(E), rtol=0.006)


def test_low_energies_are_the_beta_decay_of_the_neutron():
    """sigma = 2 pi^2/(m_e^5 f tau) p_e E_e with 880 s and f = 1.7152: 9.61e-44 cm^2 p_e E_e (Vogel:1999zy), 1 %."""
    E = 3.0
    E_e = E - 1.29333
    by_hand = 9.61e-44 * E_e * np.sqrt(E_e**2 - const.m_e**2)
    assert total([E])[0] / const.cm**2 == pytest.approx(by_hand, rel=0.02)


@pytest.mark.parametrize(
    ("isotope", "published", "error"),
    [("235U", 6.69, 0.0211), ("238U", 10.10, 0.0815), ("239Pu", 4.40, 0.0245), ("241Pu", 6.03, 0.0215)],
)
def test_cross_section_per_fission(isotope, published, error):
    """In 1e-43 cm^2, of Huber:2011wv and Mueller:2011nm as usually quoted; within half of their errors."""
    E, shape = spectrum(isotope, "huber-mueller")
    fine = np.linspace(1.81, 10, 4001)
    found = np.trapezoid(np.interp(fine, E, shape) * total(fine), fine) / const.cm**2 * 1e43
    assert found == pytest.approx(published, rel=error / 2)


def test_bugey_4():
    """5.752e-43 cm^2 per fission +- 1.4 % (Declais:1994ma) is 149.0 events of the example, whose spectra have 5 %."""
    experiment = nd.load("example-reactor-ibd")
    counts = experiment.counts_by_process(nd.Neutrino.dirac(basis="flavour"))["inverse-beta-decay"].sum()
    assert counts == pytest.approx(149.0, rel=0.052)


def test_the_neutron_takes_its_share():
    """The mean energy of the positron by the expansion of Vogel:1999zy: y^2/M less, and v/c cos(theta) of E/M."""
    E = 10.0
    T, share = (np.asarray(x)[:, 0] for x in FromThreshold(True).seen(jnp.array([E - OFFSET])))
    assert share.sum() == pytest.approx(1.0)
    least, largest = (float(x[0]) for x in positron_ends(np.array([E])))
    assert least < T.min() + const.m_e < T.max() + const.m_e < largest
    M, delta = 938.92, 1.29333
    E_0 = E - delta
    cosine = -0.034 + 2.4 * E / M  # at this energy
    by_hand = E_0 * (1 - E / M * (1 - cosine)) - (delta**2 - const.m_e**2) / 2 / M
    assert T @ share + const.m_e == pytest.approx(by_hand, rel=1e-3)
    assert np.all(np.asarray(dsigma_dE_e(np.full(2, E), np.array([least, largest]))) > 0)


LINE = {
    "name": "line",
    "title": "a line of antineutrinos",
    "notes": "invented",
    "reference": [{"texkey": "none"}],
    "source": {"kind": "mono-energetic", "energy": "10 MeV", "flux": "1e6 1/(cm^2 s)", "antineutrino": True},
    "target": {"element": "H", "enrichment": {"1H": "100 %"}},
    "process": {"kind": "ibd", "cross_section": "approximation"},
    "exposure": "1e32 protons yr",
    "detector": {"bins": {"edges": [8, 9, 10], "unit": "MeV"}, "resolution": {"kind": "constant", "a": "1 eV"}},
    "data": "asimov",
    "backgrounds": {},
}


@pytest.mark.parametrize(("energy", "edges"), [("prompt", [8, 9.2, 9.3, 10]), ("kinetic", [7, 8.1, 8.2, 9])])
def test_a_line_lies_where_it_must(energy, edges):
    """10 MeV: 9.218 MeV with both photons of the positron, 8.196 without; flux times cross section times protons."""
    process = {**LINE["process"], "energy": energy}
    detector = {**LINE["detector"], "bins": {"edges": edges, "unit": "MeV"}}
    counts = nd.load({**LINE, "process": process, "detector": detector}).sm_counts.sum(axis=0)
    by_hand = 1e6 * 6.7767e-42 * 1e32 * 365.25 * 86400
    np.testing.assert_allclose(counts, [0, by_hand, 0], rtol=1e-4, atol=1e-9 * by_hand)


def test_neutrinos_leave_nothing_and_wrong_targets_say_so():
    assert nd.load({**LINE, "source": {**LINE["source"], "antineutrino": False}}).sm_counts.sum() == 0
    with pytest.raises(nd.NudipoleError, match="Xe has no hydrogen: inverse beta decay needs free protons"):
        nd.load({**LINE, "target": {"element": "Xe"}})
    with pytest.raises(UnknownName, match="form of the cross section"):
        InverseBeta(1.0, "exact")


def test_the_spread_of_positrons_keeps_their_number():
    """One wide bin, and bins far narrower than the spread."""
    wide, narrow = ({"edges": [5, 10], "unit": "MeV"}, {"from": "5 MeV", "to": "10 MeV", "width": "50 keV"})
    counts = [
        nd.load({**LINE, "process": {"kind": "ibd"}, "detector": {"bins": bins, "resolution": {"kind": "sqrt",
                 "a": "1 keV^0.5"}}}).sm_counts.sum(axis=0) for bins in (wide, narrow)
    ]  # fmt: skip
    assert counts[1].sum() == pytest.approx(counts[0].sum(), rel=1e-6)
    middles = 5.025 + 0.05 * np.arange(100)
    assert counts[1] @ middles / counts[1].sum() == pytest.approx(8.6134 + const.m_e, abs=2e-3)

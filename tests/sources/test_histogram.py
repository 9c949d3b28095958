import numpy as np
import pytest

from nudipole import tables, units
from nudipole.errors import OutOfRange, TableError, UnknownName
from nudipole.mixing import nufit
from nudipole.sources.histogram import KINDS, Histogram

EDGES = [0.0, 500.0, 1500.0, 4000.0]
FLUXES = {"nu_mu": [1.0, 4.0, 2.0], "antinu_mu": [0.5, 0.25, 0.0], "nu_e": [0.0, 0.1, 0.1]}
TOTALS = [500 + 4000 + 5000, 250 + 250, 100 + 250]


def test_steps_integrate_to_their_areas():
    beam = Histogram.steps(EDGES, FLUXES).beam()
    assert beam.components == tuple(FLUXES)
    assert beam.antineutrino == (False, True, False)
    np.testing.assert_allclose(beam.flux(), TOTALS, rtol=1e-14)
    np.testing.assert_array_equal(beam.endpoints, EDGES)


def test_linear_tables_integrate_to_trapezoids():
    E = np.array([100.0, 200, 400])
    beam = Histogram.linear(E, {"nu_tau": [0.0, 2, 1], "antinu_e": [1.0, 1, 1]}, relative_error=0.1).beam()
    np.testing.assert_allclose(beam.flux(), [100 + 300, 300], rtol=1e-14)
    assert beam.antineutrino == (False, True)
    np.testing.assert_allclose(beam.covariance, 0.01)
    assert beam.rho("nu_tau", 300.0)[2, 2] == 1
    assert beam.rho("antinu_e", 300.0)[0, 0] == 1


@pytest.mark.parametrize("name", KINDS)
def test_every_kind(name):
    beam = Histogram.steps([0.0, 1.0], {name: [1.0]}).beam()
    assert beam.antineutrino == (name.startswith("anti"),)


def test_kinds_without_flux_are_left_out():
    assert Histogram.steps(EDGES, {"nu_e": [0, 0, 0], "nu_mu": [0, 1, 0]}).beam().components == ("nu_mu",)
    with pytest.raises(OutOfRange, match="highest flux"):
        Histogram.steps(EDGES, {"nu_e": [0, 0, 0]}).beam()


def test_table_of_a_user_per_proton():
    """4e-6 per cm^2 and GeV in 1.5 GeV, times 1e21 protons in a year."""
    text = "E_low [GeV],E_high [GeV],nu_mu [1/(cm^2 GeV)]\n0.5,1,4e-6\n1,2,4e-6\n"
    protons = units.parse("1e21 1/yr", "1/s")
    beam = Histogram.from_table(tables.parse(text, name="mine"), protons=protons).beam()
    assert float(beam.flux()[0]) == pytest.approx(6e15 * units.in_internal("1/(cm^2 yr)"), rel=1e-9)


def test_table_of_a_user_that_is_a_flux():
    text = "E [keV],antinu_e [1/(cm^2 s keV)],note\n0,0,a\n100,2,b\n300,0,c\n"
    beam = Histogram.from_table(tables.parse(text, name="mine")).beam()
    assert float(beam.flux()[0]) == pytest.approx(300 * units.in_internal("1/cm^2/s"), rel=1e-9)
    assert beam.endpoints[-1] == pytest.approx(0.3, rel=1e-12)


def test_example_is_labelled_as_one():
    table = tables.read("beam-example-numi-like")
    assert table.meta.title.startswith("EXAMPLE, not a measurement")
    one, two = (Histogram.named(protons=n * units.in_internal("1/yr")).beam() for n in (1e20, 2e20))
    np.testing.assert_allclose(two.flux(), 2 * one.flux(), rtol=1e-12)
    assert one.components == ("nu_mu", "antinu_mu", "nu_e", "antinu_e")
    E, flux = table.column("E", "GeV"), table.column("nu_mu", "1/(GeV m^2)")
    expected = 1e20 * np.trapezoid(flux, E) * units.in_internal("1/(m^2 yr)")
    assert float(one.flux()[0]) == pytest.approx(expected, rel=1e-9)
    assert E[np.argmax(flux)] == pytest.approx(1.9, abs=0.1)


def test_oscillation_keeps_the_flux_and_the_trace():
    settings = {"baseline": 810e3 * units.in_internal("m"), "oscillation": nufit("nufit-6.0-no")}
    fluxes = {"nu_mu": [1.0, 4.0, 2.0], "antinu_mu": [0.5, 0.25, 0.1]}
    beam = Histogram.steps(EDGES, fluxes, **settings).beam()
    np.testing.assert_allclose(beam.flux(), [9500, 750], rtol=1e-12)
    for name in fluxes:
        rho = np.asarray(beam.rho(name, 1700.0))
        np.testing.assert_allclose(rho, rho.conj().T, atol=1e-12)
        assert np.trace(rho).real == pytest.approx(1, abs=1e-12)
        assert rho[1, 1].real < 0.1


@pytest.mark.parametrize(
    ("edges", "fluxes", "error", "message"),
    [
        (EDGES, {"nu_x": [1, 1, 1]}, UnknownName, "kind of neutrino 'nu_x'"),
        (EDGES, {}, OutOfRange, "number of kinds"),
        (EDGES, {"nu_e": [1, 1]}, OutOfRange, "number of fluxes = 2"),
        (EDGES, {"nu_e": [1, -1, 1]}, OutOfRange, "flux = -1"),
        (EDGES, {"nu_e": [1, np.nan, 1]}, OutOfRange, "flux"),
        ([-1.0, 1, 2, 3], {"nu_e": [1, 1, 1]}, OutOfRange, "lowest energy"),
        ([0.0, 2, 1, 3], {"nu_e": [1, 1, 1]}, OutOfRange, "step between energies"),
        ([0.0, np.nan, 1, 3], {"nu_e": [1, 1, 1]}, OutOfRange, "energy = nan"),
    ],
)
def test_refusals(edges, fluxes, error, message):
    with pytest.raises(error, match=message):
        Histogram.steps(edges, fluxes)


def test_refusals_of_settings_and_names():
    with pytest.raises(OutOfRange, match="number of fluxes"):
        Histogram.linear([0.0, 1.0], {"nu_e": [1.0]})
    with pytest.raises(OutOfRange, match="number of energies"):
        Histogram.linear([1.0], {"nu_e": [1.0]})
    for key in ("baseline", "relative_error"):
        with pytest.raises(OutOfRange, match=key):
            Histogram.steps(EDGES, FLUXES, **{key: -1.0})
    with pytest.raises(UnknownName, match="choose from example-numi-like"):
        Histogram.named("numi")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("E [GeV],flux [1/(cm^2 s GeV)]\n1,1\n", "no column of a neutrino"),
        ("T [GeV],nu_e [1/(cm^2 s GeV)]\n1,1\n", "energies are missing"),
        ("E [GeV],nu_e [1/(cm^2 GeV)]\n1,1\n", "column 'nu_e'"),
        ("E [m],nu_e [1/(cm^2 s GeV)]\n1,1\n", "column 'E'"),
        (
            "E_low [GeV],E_high [GeV],nu_e [1/(cm^2 s GeV)]\n0,1,1\n2,3,1\n",
            "line 3: E_low = 2 must be the E_high of the row before, 1",
        ),
        ("E_low [GeV],E_high [GeV],nu_e [1/(cm^2 s GeV)]\n1,2,1\n0,1,1\n", "line 3: E_low = 0 must be .* before, 2"),
        (
            "E_low [GeV],E_high [GeV],nu_e [1/(cm^2 s GeV)]\n1,0,1\n2,1,1\n",
            "line 2: E_low = 1 must lie below E_high = 0",
        ),
        ("E [GeV],nu_e [1/(cm^2 s GeV)]\n2,1\n1,1\n", "line 3: E = 1 after 2 does not rise: sort the rows"),
        ("E [GeV],nu_e [1/(cm^2 s GeV)]\n1,1\n1,2\n1,3\n", "lines 2 to 4: E = 1 more than twice: a step has two"),
        ("E [GeV],E_low [GeV],nu_e [1/(cm^2 s GeV)]\n1,0,1\n2,1,1\n", "linear in E or constant in bins"),
    ],
)
def test_refusals_of_tables(text, message):
    with pytest.raises(TableError, match=message):
        Histogram.from_table(tables.parse(text, name="mine"))


def test_a_flux_by_another_name_is_not_left_out():
    text = "E [GeV],nu_e [1/(cm^2 s GeV)],numu [1/(cm^2 s GeV)]\n1,1,2\n2,1,2\n"
    with pytest.raises(UnknownName, match="unknown kind of neutrino in table 'mine' 'numu': did you mean 'nu_mu'"):
        Histogram.from_table(tables.parse(text, name="mine"))

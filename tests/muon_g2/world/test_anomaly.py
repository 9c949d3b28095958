"""Published anomalies from published frequency ratios."""

import math

import pytest

from nudipole.errors import OutOfRange, UnknownName
from nudipole.muon_g2.world.anomaly import LAMBDAS, K, a_mu, conversions

UNIT = 1e-11


@pytest.mark.parametrize(
    ("name", "tolerance", "why"),
    [
        ("e821-plus", 5, "printed to 10"),
        ("e821-2001", 5, "printed to 10"),
        ("e821-published", 5, "printed to 10"),
        ("e821", 0.5, "printed to 1"),
        ("fnal-run1", 1.6, "R' is rounded to 1e-10, half of which is 1.6"),
        ("fnal-run23", 0.5, "printed to 1"),
        ("fnal-run123", 0.5, "printed to 1"),
    ],
)
def test_published_ratio_gives_published_anomaly(name, tolerance, why):
    one = next(item for item in conversions() if item.name == name)
    assert one.ours.value == pytest.approx(one.published.value, rel=0, abs=tolerance * UNIT), why
    assert one.ours.error == pytest.approx(one.published.error, rel=0.05)  # errors are printed with two digits


def test_factor_of_Fermilab_in_all_digits():
    """Digits of K = (m_mu/m_e)(g_e/2)/|mu_e/mu'_p(34.7 C)|; its error is the 25 ppb that the publication quotes."""
    assert K().value == pytest.approx(0.314493105575, abs=1e-12)
    assert 1e9 * K().error / K().value == pytest.approx(25, abs=0.5)


def test_without_the_temperature_of_the_water_run_2_and_3_would_not_come_out():
    one = next(item for item in conversions() if item.name == "fnal-run23")
    warm = 9.7 * 10.36e-9
    assert abs(one.ours.value * (1 + warm) - one.published.value) > 10 * UNIT


def test_eras_are_not_to_be_mixed():
    """The lambda of 1999 and that of 2006 are 9 units of the last digit apart."""
    old, new = (a_mu(0.0037072063, constants=name).value for name in ("e821-1999", "codata-2006"))
    assert (new - old) / UNIT == pytest.approx(9, abs=0.5)
    today = [a_mu(0.0037072063, constants=name).value for name in LAMBDAS[1:]]
    assert max(today) - min(today) < 0.5 * UNIT


def test_ratio_is_that_of_the_moments():
    """a = R/(lambda - R) inverts lambda = mu_mu/mu_p with mu_mu proportional to 1 + a: R = a lambda/(1 + a)."""
    a = 0.00116592
    assert a_mu(a * 3.183345142 / (1 + a), constants="codata-2018").value == pytest.approx(a, rel=1e-14)


def test_errors_add_in_quadrature():
    alone = a_mu(0.0037073, constants="fermilab").error
    assert a_mu(0.0037073, 1e-9, constants="fermilab").error == pytest.approx(math.hypot(alone, K().value * 1e-9))


def test_wrong_input():
    with pytest.raises(UnknownName, match="set of constants"):
        a_mu(0.0037, constants="codata")
    with pytest.raises(OutOfRange, match="R = 37"):
        a_mu(37.0, constants="fermilab")


def test_the_ratio_of_the_final_result_is_not_inferred():
    assert {item.published.name for item in conversions()}.isdisjoint({"fnal", "world-2025", "fnal-run456"})

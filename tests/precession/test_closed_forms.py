"""What is computed against closed forms of two flavours, evaluated here: (a), (b), (c) of the reference sheet."""

import re

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.mixing import Oscillation, flavours, nufit, potential, resolvent
from nudipole.mixing.matter_path import MU_B_GAUSS
from nudipole.precession import births, densities, precession
from nudipole.precession.media import R_SUN
from nudipole.properties import Neutrino

BEST = nufit("nufit-6.0-no")
REAL = Oscillation(BEST.sin2_12, BEST.sin2_13, BEST.sin2_23, 0.0, BEST.dm2_21, BEST.dm2_3l)
MAJORANA = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12])
#: Electrons and neutrons at 0.05 R [mol/cm^3].
AT = (89.127, 37.029)
S2, C13 = float(BEST.sin2_12), 1 - float(BEST.sin2_13)
S, C = 2 * np.sqrt(S2 * (1 - S2)), 1 - 2 * S2
#: sqrt(2) G_F of one mol/cm^3 [MeV].
V0 = float(potential(1.0))


def at_birth(E, neutrons=1.0, r=None):
    """(a): the resolvent where neutrinos are born, 10 kG."""
    n_e, n_n = AT if r is None else (float(f(r)) for f in densities())
    P = resolvent(MAJORANA, REAL, np.atleast_1d(E), np.array([n_e]), np.array([neutrons * n_n]), np.array([1e4]))
    return np.asarray(flavours(REAL, P))[:, 0, 0]


def two_flavours(E, neutrons=1.0):
    """(b): the same of two flavours, written out."""
    D = float(BEST.dm2_21) / (2 * E)
    a, b, V, N = D * C / 2, D * S / 2, C13 * V0 * AT[0], V0 * neutrons * AT[1]
    w = 2 * MU_B_GAUSS * 1e-12 * 1e4 * (N - V) * N * (N - 2 * V)
    w /= N * (N - 2 * V) * ((N - V) ** 2 - 4 * a**2) - 4 * b**2 * (N - V) ** 2
    x = np.array([b * w / (2 * V - N), w * (N - V - 2 * a) / (2 * (N - V))])
    half = np.arctan2(2 * b, 2 * a + V) / 2
    levels = np.array([[np.cos(half), -np.sin(half)], [np.sin(half), np.cos(half)]])
    return C13**2 * np.array([1 - S2, S2]) @ (levels @ x) ** 2


def test_the_field_where_they_are_born():
    wanted = [2.2438e-12, 2.7769e-11, 5.6458e-11, 7.9361e-11, 8.5067e-11, 8.7638e-11]
    np.testing.assert_allclose(at_birth([0.862, 3, 5, 8, 10, 15]), wanted, rtol=5e-4)


@pytest.mark.parametrize(("neutrons", "wanted"), [(0.25, 8.65e-12), (0.5, 2.30e-11), (1.0, 8.48e-11)])
def test_two_flavours_written_out(neutrons, wanted):
    """P grows as n_n^2 at first; the third flavour is 0.6 %."""
    by_hand = two_flavours(10.0, neutrons)
    assert by_hand == pytest.approx(wanted, rel=2e-3)
    assert at_birth(10.0, neutrons)[0] == pytest.approx(by_hand, rel=6e-3)


def test_the_convective_zone_by_two_integrals():
    """(c): I_2, I_1 of 7.2865e-10, 1.7341e-10 at 10 MeV, and P to 0.6 %."""
    E, beta = 10.0, MU_B_GAUSS * 1e-12 * 1e4
    D = float(BEST.dm2_21) / (2 * E)
    x = np.linspace(0.7, 1.0, 20001)
    n_e, n_n = densities()
    V, N = C13 * V0 * n_e(x), V0 * n_n(x)
    gap, other = (np.hypot(D * C - sign * V, D * S) for sign in (1, -1))
    angle, partner = (np.arctan2(D * S, D * C - sign * V) / 2 for sign in (1, -1))
    shape = np.interp(x, (0.7, 0.85, 1.0), (0, 1, 0))
    sizes = {}
    for k, sign in ((2, 1), (1, -1)):
        between = (V - N + sign * (gap - other) / 2) * R_SUN
        phase = np.concatenate([[0], np.cumsum((between[1:] + between[:-1]) / 2 * np.diff(x))])
        turned = beta * R_SUN * shape * np.sin(angle - partner) * np.exp(1j * phase)
        sizes[k] = abs(np.trapezoid(turned, x)) ** 2
    assert (sizes[2], sizes[1]) == pytest.approx((7.2865e-10, 1.7341e-10), rel=2e-3)
    found = precession(MAJORANA, field="convective:10kG", source="8B", energies=[E], oscillation=REAL)
    # nu_2 in matter of those born as 8B are: cos^2 of the mixing angle there, averaged.
    inside = np.linspace(0, 0.4, 401)
    V_in = C13 * V0 * n_e(inside)
    P_2 = births("8B", inside) @ ((1 - (D * C - V_in) / np.hypot(D * C - V_in, D * S)) / 2)
    by_hand = C13**2 * (P_2 * S2 * sizes[2] + (1 - P_2) * (1 - S2) * sizes[1])
    assert found.partners[0, 0, 0] == pytest.approx(by_hand, rel=6e-3)


@pytest.mark.long
def test_ratios_to_the_usual_formula(request):
    """Rows of the page on precession: 1.8e-10 sin^2(2 theta_12) is 1.535e-10, times the square of B over 10 kG."""
    formula, energies = 1.8e-10 * S**2, [5.0, 8.0, 10.0, 15.0]
    assert formula == pytest.approx(1.535e-10, rel=1e-3)
    rows = {
        "core field, all born at 0.05 R": at_birth(energies) / formula,
        "core field, all born at 0.10 R (field there)": at_birth(energies, r=0.10) / formula,
    }
    for name, shape in (("core field, born as 8B is", "core"), ("convective zone", "convective"), ("Wood-Saxon", "ws")):
        found = precession(MAJORANA, field=f"{shape}:10kG", source="8B", energies=energies, oscillation=REAL)
        rows[f"{name}, B0"] = found.partners[0, :, 0] / formula
    page = (request.config.rootpath / "docs/explanation/precession.md").read_text(encoding="utf-8")
    for name, ratios in rows.items():
        (said,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", page, re.MULTILINE)
        np.testing.assert_allclose(
            [float(cell) for cell in said.split("|")], ratios, atol=0.0051 * max(1, ratios.max())
        )
    assert rows["core field, all born at 0.05 R"] == pytest.approx([0.37, 0.52, 0.55, 0.57], abs=0.005)
    assert float(BEST.dm2_21) / const.eV**2 == pytest.approx(7.49e-5)

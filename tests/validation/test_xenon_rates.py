"""Solar neutrinos in XENONnT (XENON:2022ltv): counts against the reference sheet and an independent quadrature."""

import math

import numpy as np
import pytest

from nudipole import tables, units
from nudipole.detectors import Detector, Efficiency, SqrtLinear
from nudipole.interactions import ElectronScattering, couplings
from nudipole.properties import PARAMETRISATIONS, Neutrino
from nudipole.rates import fold
from nudipole.sources import Solar
from nudipole.targets import atom

KEV = 1e-3
EDGES = np.arange(1.0, 31.0)
MU = 1e-11
STANDARD = Neutrino("dirac", "flavour")
MOMENT = PARAMETRISATIONS["universal"].neutrino({"mu_nu": MU})


def efficiency_table():
    table = tables.read("xenonnt-2022-efficiency")
    return table.column("E", "keV"), table.column("efficiency", "1")


def folded(of):
    """(signal of the moment, Standard Model) in bins of 1 keV from 1 to 30 keV, 1.16 t yr."""
    E, efficiency = efficiency_table()
    detector = Detector(EDGES * KEV, SqrtLinear(0.310 * KEV**0.5, 0.0037), Efficiency.table(E * KEV, efficiency, of))
    xenon = ElectronScattering.on(atom("Xe"))
    response = fold(Solar.named().beam(), xenon, detector, exposure=units.parse("1.16 t yr", "kg s"))
    standard = np.asarray(response.counts(xenon.operators(STANDARD)).sum(axis=0))
    return np.asarray(response.counts(xenon.operators(MOMENT)).sum(axis=0)) - standard, standard


@pytest.fixture(scope="module", params=["reconstructed", "true"])
def counts(request):
    return request.param, *folded(request.param)


def solar_components():
    """Name, E nodes [MeV], dphi/dE or line fluxes [cm^-2 s^-1], from the bare tables."""
    rates = tables.read("solar-fluxes")
    flux = {
        name: value
        for name, model, value in zip(
            rates.words("component"), rates.words("model"), rates.column("flux", "1/cm^2/s"), strict=True
        )
        if model == "B16-GS98"
    }
    lines = tables.read("solar-lines")
    for name, total in flux.items():
        if name in lines.words("component"):
            rows = [i for i, x in enumerate(lines.words("component")) if x == name]
            yield name, lines.column("E", "MeV")[rows], total * lines.column("fraction", "1")[rows], True
        else:
            table = tables.read(f"solar-spectrum-{name}")
            yield name, table.column("E", "MeV"), total * table.column("dN_dE", "1/MeV"), False


def weights_of_flavours(component, E):
    """rho_ee, rho_mumu, rho_tautau by diagonalisation in each production zone; energies in MeV, splittings in eV^2."""
    s12, s13, s23 = np.sqrt([0.308, 0.02215, 0.470])
    c12, c13, c23 = np.sqrt(1 - np.array([0.308, 0.02215, 0.470]))
    phase = np.exp(1j * math.radians(212))
    R23 = np.array([[1, 0, 0], [0, c23, s23], [0, -s23, c23]])
    R13 = np.array([[c13, 0, s13 / phase], [0, 1, 0], [-s13 * phase, 0, c13]])
    R12 = np.array([[c12, s12, 0], [-s12, c12, 0], [0, 0, 1]])
    U = R23 @ R13 @ R12
    zones = tables.read("solar-zones-b16-gs98")
    share = zones.column(component, "1")
    A = 1.52588e-7 * zones.column("n_e", "mol/cm^3") * E[:, None]
    H = U @ np.diag([0, 7.49e-5, 2.513e-3]) @ U.conj().T + A[..., None, None] * np.diag([1, 0, 0])
    born = np.abs(np.linalg.eigh(H)[1][..., 0, :]) ** 2
    return np.einsum("ezk,z->ek", born, share / share.sum()) @ (np.abs(U) ** 2).T


def weak_cross_section(T, E, weights):
    """cm^2/MeV on a free electron for flavour weights (..., 3); constants of its own."""
    m, scale = 0.51099895, 1.72326565e-44
    sm = couplings("one-loop")
    g_L, g_R = np.asarray(sm.g_L), np.asarray(sm.g_R)
    T, E = T[..., None], E[..., None]
    each = g_L**2 + g_R**2 * (1 - T / E) ** 2 - g_L * g_R * m * T / E**2
    return scale * np.sum(weights * each, axis=-1)


def dipole_cross_section(T, E, weights):
    return 2.49467202e-25 * MU**2 * (1 / T - 1 / E) * weights.sum(axis=-1)


def recoil_spectra(T):
    """dR/dT of one electron [1/(s MeV)]: dipole, weak."""
    m = 0.51099895
    least = (T + np.sqrt(T**2 + 2 * m * T)) / 2
    total = np.zeros((2, len(T)))
    x, w = np.polynomial.legendre.leggauss(3)
    for name, E, flux, is_line in solar_components():
        if is_line:
            weights = weights_of_flavours(name, E)
            for k in range(len(E)):
                reached, each = least <= E[k], np.broadcast_to(weights[k], (len(T), 3))
                energy = np.full_like(T, E[k])
                for i, sigma in enumerate((dipole_cross_section, weak_cross_section)):
                    total[i] += np.where(reached, flux[k] * sigma(T, energy, each), 0)
            continue
        points = np.linspace(0, E[-1], 400)
        weights = weights_of_flavours(name, points)
        # Gauss-Legendre between the nodes of the spectrum, from the least energy on.
        low = np.maximum(E[:-1], least[:, None])
        half = np.maximum(E[1:] - low, 0) / 2
        energy = (low + half)[..., None] + half[..., None] * x
        energy = np.minimum(energy, E[-1])
        density = np.interp(energy, E, flux) * half[..., None] * w
        mixture = np.stack([np.interp(energy, points, weights[:, k]) for k in range(3)], axis=-1)
        for i, sigma in enumerate((dipole_cross_section, weak_cross_section)):
            total[i] += np.sum(density * sigma(T[:, None, None], energy, mixture), axis=(1, 2))
    return total


@pytest.fixture(scope="module")
def quadrature():
    """True spectra on a coarse grid, then electrons, smearing and efficiency on fine ones."""
    coarse = np.geomspace(0.02, 50, 400) * KEV
    step = 0.004
    T = np.arange(0.02, 50, step) + step / 2
    spectra = [np.exp(np.interp(np.log(T * KEV), np.log(coarse), np.log(s))) for s in recoil_spectra(coarse)]
    xenon = atom("Xe")
    shells = zip(np.asarray(xenon.edges) / KEV, np.asarray(xenon.occupancies), strict=True)
    # The share of the cell of T that lies above the edge keeps the midpoint rule exact across a step.
    electrons = sum(n * np.clip((T + step / 2 - edge) / step, 0, 1) for edge, n in shells)
    atoms = 1.16e6 / 131.293 * 6.02214076e23
    scale = atoms * electrons * 365.25 * 86400 * step * KEV
    nodes, values = efficiency_table()
    fine = 0.02
    E = np.arange(EDGES[0], EDGES[-1], fine) + fine / 2
    sigma = 0.310 * np.sqrt(T) + 0.0037 * T
    smear = np.exp(-(((E[:, None] - T) / sigma) ** 2) / 2) / (math.sqrt(2 * math.pi) * sigma) * fine
    per_bin = round(1 / fine)

    def counts(of, spectrum):
        rate = scale * spectrum * (np.interp(T, nodes, values) if of == "true" else 1)
        detected = smear @ rate * (np.interp(E, nodes, values) if of == "reconstructed" else 1)
        return detected.reshape(-1, per_bin).sum(axis=1)

    return {of: [counts(of, s) for s in spectra] for of in ("reconstructed", "true")}


SIGNAL = {
    "reconstructed": [3.06, 3.69, 2.71, 2.18],
    "true": [2.99, 3.53, 2.70, 2.18, 1.92, 1.69],
}


def test_signal_of_1e_11_bohr_magnetons_reference_sheet(counts):
    """Electron-recoil sheet, section 1: counts from 1-2 keV on; 2 % for edges, oscillation and table thinning."""
    of, signal, _ = counts
    np.testing.assert_allclose(signal[: len(SIGNAL[of])], SIGNAL[of], rtol=0.02)


def test_standard_model_events_reference_sheet(counts):
    """79 events expected from 1 to 30 keV, two digits printed."""
    assert counts[2].sum() == pytest.approx(79, rel=0.02)


def test_agrees_with_independent_quadrature(counts, quadrature):
    """1e-4 a bin (found: 2e-5): only tables, edges and couplings are shared, no part of the fold."""
    of, signal, standard = counts
    np.testing.assert_allclose(signal, quadrature[of][0], rtol=1e-4)
    np.testing.assert_allclose(standard, quadrature[of][1], rtol=1e-4)

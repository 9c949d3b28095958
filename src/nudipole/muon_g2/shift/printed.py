"""Numbers that Carneiro and Sobrinho (CarneiroSobrinho:2023) print, as they print them; energies in MeV."""

from __future__ import annotations

from nudipole import constants as const

#: delta a_mu/f of Eq. (7): from m_e = 0.5 MeV, m_mu = 106 MeV and 3.2e-19, which give 7.191e-9.
COEFFICIENT = 7.2e-9
#: Energy of the muons as the paper rounds it.
ENERGY = 3100.0
#: Window of the average.
WINDOW = (1000.0, 2700.0)
#: What the paper says the average is, and its "error" [relative to a_mu].
AVERAGE = (1.96e-6, 0.68e-6)
#: Difference that it is to explain [1e-9] and [relative to a_mu], energy fraction and energy that belong to it [GeV].
DIFFERENCE, OBSERVED = (2.51e-9, 0.59e-9), (2.14e-6, 0.50e-6)
#: Frequency without shift that the fit of Fig. 2 has, and its error [Hz]; and what Brookhaven found in 2000
#: (Muong-2:2002wip), to be seen beside it.
OMEGA_0, OMEGA_2000 = (229073.61, 0.14), (229074.11, 0.14)
#: Bins of Fig. 2: nine of 0.2 GeV around 1.5 to 3.1 GeV.
BINS = (1400.0, 3200.0, 9)
#: Masses that Eq. (7) is worked out with, and moment for each eV [mu_B].
M_MU, M_E, MOMENT = 106.0, 0.5, 3.2e-19
#: a_mu of Eq. (9).
A_MU = 1.17e-3
#: chi2 of the energy-dependent model and of a constant in Fig. 2, and the degrees of freedom of both.
CHI2_MODEL, CHI2_CONSTANT, DOF = 6.9, 6.2, 8
#: Mass of the neutrinos that frequencies are computed for unless one says otherwise: not of the paper, which leaves
#: it open, but of the size that oscillations and cosmology leave room for.
M_NU: float = 0.1 * const.eV

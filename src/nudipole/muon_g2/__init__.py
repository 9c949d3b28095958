"""The muon g-2: decay positrons, precession, the measurements and predictions, and the neutrino-induced shift."""

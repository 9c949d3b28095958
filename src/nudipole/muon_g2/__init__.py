"""The muon g-2: what the world has measured and predicts, decay positrons, wiggle plots, the neutrino-induced shift."""

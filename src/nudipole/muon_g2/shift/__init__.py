"""The neutrino-induced shift of a_mu: what it predicts, and how data tell it from a constant."""

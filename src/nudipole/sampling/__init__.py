"""Posteriors by sampling: priors, whitened coordinates, diagnostics, credible regions."""

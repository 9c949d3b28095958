"""Muons in the ring: how their spins precess, the positrons of their decays, and what these tell of omega_a."""

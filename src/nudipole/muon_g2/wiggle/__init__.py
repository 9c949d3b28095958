"""Wiggle plots: expected, sampled, kept in files, fitted, and the tables of omega_a that fits give."""

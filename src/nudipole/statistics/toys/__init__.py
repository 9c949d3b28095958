"""Pseudo-experiments: drawn, and fitted thousands at a time."""

"""The schema of a description: every key, its unit and its default, once. Needs no JAX."""

"""Neyman constructions: by enumeration of all outcomes, else by toys; their coverage."""

"""The world's limits on electromagnetic properties of neutrinos, each with its reference, as it was published."""

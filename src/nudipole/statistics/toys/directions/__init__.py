"""Newton's directions of thousands of small problems at once: for few parameters, and for many."""

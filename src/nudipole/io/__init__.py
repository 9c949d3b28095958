"""How people write to the program, and how it writes back."""

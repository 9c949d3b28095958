"""``python -m nudipole`` is the command ``nudipole``."""

from nudipole.cli import run

if __name__ == "__main__":
    run()

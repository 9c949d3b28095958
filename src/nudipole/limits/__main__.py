"""Write ``records.json``, which is read in place of the YAML files that it is made of."""

from pathlib import Path

from nudipole.files import write_atomically
from nudipole.limits.database import COMPILED, compiled

if __name__ == "__main__":
    write_atomically(Path(__file__).parent / "library" / COMPILED, compiled())

"""Write ``records.json``, which is read in place of the YAML files; of a record of validation ``ours.json``, too."""

import json
import sys
from pathlib import Path

from nudipole.files import write_atomically
from nudipole.limits.database import COMPILED, compiled
from nudipole.limits.ours import OURS, joined

if __name__ == "__main__":
    library = Path(__file__).parent / "library"
    write_atomically(library / COMPILED, compiled())
    if sys.argv[1:]:
        write_atomically(library / OURS, joined(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))

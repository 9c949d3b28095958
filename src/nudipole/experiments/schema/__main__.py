"""Prints the JSON Schema of an experiment, or of a neutrino, as the package carries them (data/*.schema.json)."""

import json
import sys

from nudipole.experiments.schema import experiment, neutrino

made = neutrino.json_schema() if sys.argv[1:] == ["neutrino"] else experiment.json_schema()
print(json.dumps(made, indent=2))

"""Prints the JSON Schema of an experiment, as the package carries it (data/experiment.schema.json)."""

import json

from nudipole.experiments.schema.experiment import json_schema

print(json.dumps(json_schema(), indent=2))

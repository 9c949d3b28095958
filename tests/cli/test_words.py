"""Messages of the library in the words of the command line."""

import re
from pathlib import Path

import nudipole
from nudipole.cli.words import _OPTIONS, in_options, told
from nudipole.errors import ArgumentError, NudipoleError


def test_an_argument_is_called_by_its_option():
    error = ArgumentError("energy_bins", "1..3", "write LOW..HIGH UNIT/WIDTH")
    assert str(error) == "energy_bins '1..3': write LOW..HIGH UNIT/WIDTH"
    assert told(error) == "--energy-bins '1..3': write LOW..HIGH UNIT/WIDTH"
    assert told(ArgumentError("since", 2030, "too late")) == "--since 2030: too late"


def test_phrases_are_those_of_the_library():
    """A phrase that nothing says any more would translate nothing, silently."""
    root = Path(nudipole.__file__).parent
    text = "".join(path.read_text() for path in root.rglob("*.py") if "cli" not in path.relative_to(root).parts)
    for ours, option in _OPTIONS.items():
        assert ours in text
        assert "--" in in_options(ours)
        assert told(NudipoleError(f"x: {ours}")) == f"x: {option}"


def test_the_library_names_no_options():
    """In what it raises; docstrings and files for people may say which command does something."""
    root = Path(nudipole.__file__).parent
    raised = re.compile(r"raise \w+\((?:[^()]|\([^()]*\))*\)")
    rooms = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in ("cli", "inference")]
    found = [(path.name, match) for path in rooms for match in raised.findall(path.read_text()) if "--" in match]
    assert found == []

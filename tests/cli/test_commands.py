"""One command of sixty is built, and lists of all say what each would say of itself."""

from __future__ import annotations

import pytest

from nudipole.cli.app import COMMANDS, command
from nudipole.cli.commands import Commands


@pytest.fixture
def commands():
    done = []
    return Commands(COMMANDS, done.append), done


def test_each_is_built_once_when_asked_for(commands):
    found, done = commands
    assert (len(found), list(found)) == (len(COMMANDS), list(COMMANDS))
    assert "limit" in found
    assert "limi" not in found
    assert found.outline("limi") is None
    assert done == []
    assert found["limit"] is found["limit"]
    assert done == [found["limit"]]
    with pytest.raises(KeyError):
        found["limi"]


@pytest.mark.parametrize("name", COMMANDS)
def test_outlines_are_what_commands_say(commands, name):
    found, _ = commands
    outline, built = found.outline(name), found[name]
    assert outline.name == built.name == name
    assert outline.get_short_help_str(60) == built.get_short_help_str(60)
    assert not hasattr(built, "commands") or built.commands


def test_the_command_is_one():
    assert command() is command()
    assert list(command().commands) == list(COMMANDS)

"""Commands that are built when they are asked for: of many, a command line needs one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer
from typer.core import TyperCommand

#: What a name on the command line leads to: a function, or a group of commands.
Entry = Callable[..., None] | typer.Typer


class Commands(Mapping[str, Any]):
    """Commands by name. Signatures of all of them take a fifth of a second to read, of one a few milliseconds."""

    def __init__(self, entries: Mapping[str, Entry], finish: Callable[[Any], None]) -> None:
        """Of `entries`; `finish` is called once with each command that is built."""
        self._entries, self._finish = entries, finish
        self._built: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            command = self._built[name] = _built(name, self._entries[name])
            self._finish(command)
        return self._built[name]

    def outline(self, name: str) -> TyperCommand | None:
        """Name and help alone, for lists of commands."""
        return TyperCommand(name, help=_help(self._entries[name])) if name in self._entries else None


def _built(name: str, entry: Entry) -> Any:
    group = entry
    if not isinstance(group, typer.Typer):
        group = typer.Typer(add_completion=False, rich_markup_mode=None)
        group.command(name)(entry)
    command = typer.main.get_command(group)
    command.name = name
    return command


def _help(entry: Entry) -> str:
    """The text of a function, or of a group or its own function."""
    if isinstance(entry, typer.Typer):
        if isinstance(entry.info.help, str):
            return entry.info.help
        entry = entry.registered_callback.callback  # type: ignore[union-attr,assignment]
    return inspect.getdoc(entry) or ""

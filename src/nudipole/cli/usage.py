"""What is wrong with a command line, in one line like every other error."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from nudipole.cli import explain
from nudipole.cli.commands import Commands, Entry
from nudipole.errors import NudipoleError, choices, shortened

#: What the parser says of a value, and what to write.
_REMEDIES = (
    (r"should be a valid number|not a valid float", "write a number"),
    (r"should be a valid integer|not a valid int", "write a whole number"),
    (r"should be greater than or equal to ([\d.e+-]+)", r"write \1 or more"),
    (r"is not in the range x>=([\d.e+-]+)", r"write \1 or more"),
)


class OneLine(TyperGroup):
    """The root of all commands: its usage errors are a `NudipoleError`, which names choices and remedy.

    Every command has the option ``--explain``.
    """

    def hold(self, entries: Mapping[str, Entry]) -> None:
        """Take these commands."""
        option = explain.option()

        def finish(command: Any) -> None:
            explain.add(command, option)
            _refuse_twice(command)

        self.commands: Any = Commands(entries, finish)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Name and help alone: who calls it makes lists."""
        return self.commands.outline(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.commands.get(name), rest

    def main(self, args: Sequence[str] | None = None, **settings: Any) -> Any:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args)
        alone = settings.pop("standalone_mode", True)
        try:
            code = super().main(args, standalone_mode=False, **settings)
        except typer.Abort:
            sys.exit(1)
        except Exception as error:
            # Of whichever copy of click typer brings: only its errors know how to show themselves.
            if not (hasattr(error, "format_message") and hasattr(error, "show")):
                raise
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
                sys.exit(error.exit_code)  # type: ignore[attr-defined]
            raise NudipoleError(message(error, given)) from None
        if alone:
            sys.exit(code if isinstance(code, int) else 0)
        return code


def _refuse_twice(command: Any) -> None:
    """Let a command, or all of a group, refuse a second value of an option of one: the parser keeps the last."""
    if hasattr(command, "commands"):
        for inner in command.commands.values():
            _refuse_twice(inner)
        return
    parse = command.parse_args

    def parsed(context: Any, args: list[str]) -> Any:
        for param in command.params:
            single = getattr(param, "param_type_name", "") == "option" and not (param.multiple or param.is_flag)
            given = [name for word in _before_arguments(args) if single and (name := _name_in(word, param.opts))]
            if len(given) > 1:
                raise NudipoleError(f"{given[1]} is given twice: it takes one value, call the command once for each")
        return parse(context, args)

    command.parse_args = parsed


def _before_arguments(args: Sequence[str]) -> Sequence[str]:
    """The words up to --, behind which stand no options."""
    return args[: args.index("--")] if "--" in args else args


def _name_in(word: str, names: Sequence[str]) -> str | None:
    """The option that a word begins: its name, the name with = and a value, or of one letter with the value behind."""
    for name in names:
        attached = f"{name}=" if name.startswith("--") else name
        if word == name or word.startswith(attached):
            return name
    return None


def message(error: Any, given: Sequence[str]) -> str:
    """One line about an error of the parser, for the words `given` on the command line."""
    context: Any = getattr(error, "ctx", None)
    path = given[0] if given and not given[0].startswith("-") else ""
    if context is not None:
        path = _path(context)
    command = f"nudipole {path}".rstrip()
    text = str(error.format_message()).strip().rstrip(".")
    if option := getattr(error, "option_name", None) if type(error).__name__ == "NoSuchOption" else None:
        known = [name for param in context.command.params for name in param.opts if name.startswith("--")]
        return f"unknown option {shortened(option)} of {command}: {choices(option, sorted(known))}"
    if match := re.match(r"No such command '(.*?)'", text):
        if match[1] in _shown_by(path):
            return f"unknown command {shortened(match[1])} of {command}: write {command} show {match[1]}"
        return (
            f"unknown command {shortened(match[1])} of {command}: {choices(match[1], sorted(context.command.commands))}"
        )
    if match := re.match(r"Missing (?:argument|option) '(.*?)'", text):
        return f"{path}: {match[1]} is missing: {command} -h shows what to write"
    if match := re.match(r"Invalid value for '(.*?)'[^:]*: (.*)", text, re.DOTALL):
        return f"{match[1]} {_written(error, given)}: {_remedy(match[2])}"
    return f"{f'{path}: ' if path else ''}{text[:1].lower()}{text[1:]}: {command} -h shows what to write"


def _shown_by(path: str) -> Sequence[str]:
    """What `nudipole PATH show` knows: people leave out the word show."""
    if path == "models":
        from nudipole.models import MODELS

        return tuple(MODELS)
    if path == "limits":
        from nudipole.limits import records

        return tuple(records())
    return ()


def _path(context: Any) -> str:
    """Names of a command and of its groups, without the program's."""
    return "" if context.parent is None else f"{_path(context.parent)} {context.info_name}".strip()


def _written(error: Any, given: Sequence[str]) -> str:
    """The value of the option that the error is about."""
    for name in getattr(getattr(error, "param", None), "opts", ()):
        for i, word in enumerate(given):
            if word == name and i + 1 < len(given):
                return shortened(given[i + 1])
            if word.startswith(f"{name}="):
                return shortened(word.removeprefix(f"{name}="))
    return ""


def _remedy(text: str) -> str:
    for pattern, remedy in _REMEDIES:
        if match := re.search(pattern, text):
            return match.expand(remedy).rstrip(".")
    return " ".join(text.split())

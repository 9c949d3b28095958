"""The words of a result, in three lines each: --explain of every command that prints one."""

from __future__ import annotations

import io
import re
import sys
from typing import Annotated, Any, NamedTuple

import typer

from nudipole.errors import NudipoleError


class Word(NamedTuple):
    """A word of the field: where it is met, what it means, and what the result says of it."""

    name: str
    pattern: str
    lines: tuple[str, str] | tuple[str, str, str]
    here: str = ""


WORDS = (
    Word(
        "unified",
        r"\bunified\b",
        (
            "An interval whose sides the data choose: from zero up where no effect is allowed, else with two ends.",
            "A value is inside while Delta chi2 to the best fit is below its quantile in data with the value true;",
            "near the edge at zero that quantile is smaller than that of chi2, here by its asymptotic form.",
        ),
    ),
    Word(
        "delta-chi2",
        r"(?m)^delta-chi2",
        (
            "An interval where Delta chi2 to the best fit is below the same threshold for all values, 2.71 at 90 % CL.",
            "The edge at zero is not taken into account: it covers too often there.",
        ),
    ),
    Word(
        "one-sided",
        r"(?m)^one-sided",
        (
            "An upper limit only, whatever the data: Delta chi2 below 1.64 at 90 % CL, for values above the best fit.",
            "A fluctuation downwards makes it smaller than the experiment is sensitive to.",
        ),
    ),
    Word(
        "cls",
        r"(?m)^cls",
        (
            "An upper limit by CLs: the probability of a larger test statistic with signal, over that without signal.",
            "It never excludes what the experiment cannot see, and so covers too often for small signals.",
        ),
    ),
    Word(
        "feldman-cousins",
        r"(?m)^feldman-cousins",
        (
            "The unified interval without asymptotic forms: the threshold of each value is the quantile of Delta chi2",
            "in outcomes that are simulated, or all counted, with that value true and nuisances at their best fit.",
        ),
    ),
    Word(
        "Asimov",
        r"\b[Aa]simov\b|median expected|\(median,|sigma edge",
        (
            "The data set equal to the expectation without new physics, nuisances at their best fit.",
            "The limit on it is the median of what the experiment sets if there is no signal; the columns from",
            "-2 to +2 sigma are where the limit falls with 95 % and 68 % probability, from the same data set.",
        ),
    ),
    Word(
        "rho",
        r"\brho\b|\brho_ee\b|mu_eff",
        (
            "The 3x3 matrix of flavours of the neutrinos at the target: shares of e, mu, tau on its diagonal,",
            "what is left of their coherence beside it. Source and oscillation make it; the moments do not.",
        ),
        r"rho_ee = \S+, rho_mumu = \S+, rho_tautau = [\d.]+",
    ),
    Word(
        "mu_eff",
        r"mu_eff",
        (
            "What scattering counts of a matrix of moments lambda: mu_eff^2 = Tr[rho lambda^+ lambda] with this rho.",
            "Limits on mu_eff of different beams are limits on different things: compare the matrix, not the number.",
        ),
        r"(?m)(?<=^mu_eff)\s+< .*$",
    ),
)  # fmt: skip


def explained(text: str) -> list[str]:
    """Lines about the words that a result has, in the order in which they build on each other.

    >>> explained("median expected 1e-11")[0][:24]
    'Asimov      The data set'
    """
    found: list[str] = []
    for word in WORDS:
        if not re.search(word.pattern, text):
            continue
        lines = list(word.lines)
        if word.here and (match := re.search(word.here, text)):
            lines.append(f"Here: {' '.join(match[0].split())}.")
        indent = max(12, len(word.name) + 2)
        found += [f"{word.name if k == 0 else '':<{indent}}{line}" for k, line in enumerate(lines)]
    return found


class _Kept(io.TextIOBase):
    """Standard output, with what went there."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.parts = stream, [""]

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("text is due")  # by which click knows that this is no stream of bytes
        self.parts.append(text)
        return int(self.stream.write(text))

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return bool(self.stream.isatty())


def option() -> Any:
    """--explain, as typer makes it of the option of a command."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def _probe(
        explain: Annotated[
            bool, typer.Option("--explain", help="Say what unified, Asimov, rho, mu_eff and the like mean here.")
        ] = False,
    ) -> None:
        pass

    (found,) = (param for param in typer.main.get_command(app).params if param.name == "explain")
    return found


def add(command: Any, option: Any) -> None:
    """Give a command, or all of a group, the option --explain."""
    if hasattr(command, "commands"):
        for inner in command.commands.values():
            add(inner, option)
        return
    invoke = command.invoke
    command.params.append(option)

    def explaining(context: Any) -> Any:
        if not context.params.pop("explain", False):
            return invoke(context)
        for name in ("json", "csv", "output"):
            if str(context.params.get(name)) == "-":
                raise NudipoleError(f"--explain has no effect beside --{name} -: standard output has no text then")
        kept = _Kept(sys.stdout)
        sys.stdout = kept
        try:
            result = invoke(context)
        finally:
            sys.stdout = kept.stream
        lines = explained("".join(kept.parts))
        none = [f"explain     none of these words stands above: {', '.join(word.name for word in WORDS)}"]
        print("\n".join(["", *(lines or none)]))
        return result

    command.invoke = explaining

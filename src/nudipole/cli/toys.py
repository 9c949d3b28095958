"""nudipole toys"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.cli.endings import keep_in_mind, unwinding
from nudipole.errors import NudipoleError
from nudipole.io.stamp import stamp

if TYPE_CHECKING:
    from nudipole.cli.bar import Rate
    from nudipole.scans import EnsembleSummary, State

Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="A Dask scheduler; threads of this process without."),
]
Threads = Annotated[
    int | None, typer.Option("--threads", "-j", min=1, metavar="N", help="Threads at work; by default all processors.")
]


def toys(
    experiments: shared.Experiments,
    at: Annotated[
        list[str],
        typer.Option(
            "--at", metavar="PARAMETER=VALUE", help="Truth to draw from, in the parameter's unit: mu_nu=6e-12. Repeat."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="STORE.zarr", help="Where the ensemble is kept.")],
    n: Annotated[str, typer.Option("--n", metavar="NUMBER", help="Toys at every truth, such as 1e6.")] = "1e5",
    tested: Annotated[
        str | None,
        typer.Option("--tested", metavar="PARAMETER=VALUE", help="Value to test; each truth itself, unless given."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random numbers.")] = 1,
    variant: shared.Variant = None,
    scheduler: Scheduler = None,
    threads: Threads = None,
    json: shared.Json = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Where the picture goes (.png, .pdf or .svg).")
    ] = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Ensembles of toys: test statistics and best fits of data drawn from a model, as labelled arrays.

    For every toy the two-sided statistic t and the one-sided q at the tested value, the best fit, and how the fits
    ended, in a Zarr store that xarray opens. Nuisances are at their best fit to the data at the truth; their
    auxiliary measurements are drawn too. Prints quantiles beside the asymptotic ones and draws the distribution of t
    (to STORE.png unless --plot says where).

    The work is cut into chunks with seeds of their own. A run that was interrupted continues where it stopped when
    the command is repeated; the result does not depend on who did what.

    \b
    Examples:
      nudipole toys xenonnt-2022 --n 1e6 --at mu_nu=6e-12 -o toys.zarr
      nudipole toys xenonnt-2022 --at mu_nu=0 --tested mu_nu=6e-12 -o background-only.zarr
      nudipole toys my.yaml --at mu_nu=0 --at "mu_nu=2e-11 mu_B" -o two.zarr --scheduler tcp://127.0.0.1:8786
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    if variant is not None and len(experiments) > 1:
        raise NudipoleError("--variant goes with one experiment: combine files that describe what you mean")
    number = _number(n)
    from nudipole import scans

    scans.check_path(output)
    shared.check_store(output, continues=True)
    truths, parameter, unit = _truths(at)
    wanted = None if tested is None else _value("--tested", tested)
    if wanted is not None and wanted[0] != parameter:
        raise NudipoleError(f"--tested {tested}: the truth is of {parameter}, test the same")
    default = f"{output.name.removesuffix('.zarr')}.png"
    picture = shared.picture(plot, default, no_plot=no_plot, quiet=quiet)
    by = scans.executor(scheduler, threads)
    from nudipole.cli.bar import bar

    sources = tuple(scans.ExperimentText.read(name, variant) for name in experiments)
    description = scans.ensembles(
        sources,
        {parameter: scans.Grid(truths, unit)},
        toys=number,
        seed=seed,
        tested=None if wanted is None else (wanted[1],) * len(truths),
        file="--at",
    )
    shared.prepare()
    with bar("toys", "toys") as (note, rate), interruptible(output, "toys", note) as told:
        scans.run(description, output, by, progress=told)
        found = scans.summaries(output)
    if picture is not None:
        from nudipole import plots

        # A panel for each ensemble would be unreadable: the first is drawn.
        fig, axes = plots.figure()
        plots.toys(found[0], axes, name=description.name)
        plots.save(fig, picture)
    if json is not None:
        shared.write_json(_json(description, output, found, rate), json)
    if not quiet:
        for item in found:
            typer.echo(ensemble_text(item))
        typer.echo(f"store: {output}{_speed(rate, 'toys')}")
        if picture is not None:
            typer.echo(f"picture: {picture}" + (f" (of the first of {len(found)})" if len(found) > 1 else ""))


def ensemble_text(found: EnsembleSummary) -> str:
    """Quantiles of an ensemble for people."""
    unit = found.unit
    tested = "" if found.tested == found.truth else f", tested at {digits.number(found.tested, 4)} {unit}"
    lines = [f"{found.toys} toys at {found.parameter} = {digits.number(found.truth, 4)} {unit}{tested}"]
    others = [f"{found.refitted} fitted with care" if found.refitted else ""]
    others.append(f"{found.failed} could not be fitted and are left out" if found.failed else "")
    lines += [f"  {text}" for text in others if text]
    lines.append(f"  {'level':<8} {'t':>7} {'+-':>7} {'asymptotic':>11} {'q':>9} {'+-':>7} {'asymptotic':>11}")
    for quantile in found.quantiles:
        asymptotic = [digits.fixed(value, 3) for value in (quantile.t_asymptotic, quantile.q_asymptotic)]
        level = digits.percent(quantile.level, 12)
        lines.append(
            f"  {level:<8} {quantile.t:>7.3f} {quantile.t_error:>7.3f} {asymptotic[0]:>11} "
            f"{quantile.q:>9.3f} {quantile.q_error:>7.3f} {asymptotic[1]:>11}"
        )
    return "\n".join(lines)


@contextmanager
def interruptible(store: Path, unit: str, note: Callable[[State], None]) -> Iterator[Callable[[State], None]]:
    """A block in which an interrupt says what is kept, as far as the progress that is told to what is yielded."""

    def told(state: State) -> None:
        note(state)
        if done := state.before + state.done:
            keep_in_mind(f"{done} of {state.total} {unit} are in {store}; the same command continues")

    with unwinding():
        yield told


def _number(text: str) -> int:
    from nudipole.scans.study import MAX_TOYS

    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (1 <= value <= MAX_TOYS and value == int(value)):
        raise NudipoleError(
            f"--n {text[:40]}: write a whole number from 1 to {digits.plain(MAX_TOYS)}, for example 1e6"
        )
    return int(value)


def _value(option: str, text: str) -> tuple[str, float]:
    from nudipole.scans import quantity

    parameter, equals, value = text.partition("=")
    if not (equals and parameter.strip() and value.strip()):
        raise NudipoleError(f"{option} {text[:60]!r}: write for example mu_nu=6e-12")
    try:
        return parameter.strip(), quantity(parameter.strip(), value)
    except NudipoleError as error:
        raise NudipoleError(f"{option} {text[:60]}: {error}") from error


def _truths(at: list[str]) -> tuple[tuple[float, ...], str, str]:
    """The truths in order, their parameter and its unit."""
    from nudipole.models import find

    given = [_value("--at", text) for text in at]
    parameter = given[0][0]
    for name, _ in given:
        if name != parameter:
            raise NudipoleError(f"--at {name}: the truths are of one parameter, here {parameter}")
    truths = tuple(sorted({value for _, value in given}))
    return truths, parameter, find(parameter).unit


def _speed(rate: Rate, unit: str) -> str:
    return f" ({digits.number(rate.value)} {unit}/s)" if rate.value else ""


def _json(description: Any, output: Path, found: list[EnsembleSummary], rate: Rate) -> dict[str, Any]:

    return {
        **stamp("toys"),
        "store": str(output),
        "experiments": [{"experiment": source.name, "variant": source.variant} for source in description.experiments],
        "parameter": found[0].parameter,
        "unit": found[0].unit,
        "seed": description.seed,
        "toys_per_second": rate.value,
        "ensembles": [item.to_json() for item in found],
    }

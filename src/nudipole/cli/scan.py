"""nudipole scan"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.cli.toys import Scheduler, Threads, ensemble_text, interruptible
from nudipole.io.stamp import stamp

if TYPE_CHECKING:
    import xarray as xr

#: Most ensembles whose quantiles are printed; the store and the JSON have all.
_SHOWN = 20


def scan(
    study: Annotated[str, typer.Argument(metavar="STUDY.yaml", help="What to compute; - for standard input.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="STORE.zarr", help="Where the results are kept.")],
    scheduler: Scheduler = None,
    threads: Threads = None,
    json: shared.Json = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Picture of a profile over one or two parameters."),
    ] = None,
    force: shared.Force = False,
) -> None:
    """Profile likelihoods or ensembles of toys on a grid of parameters, as labelled arrays in a Zarr store.

    The study says which experiments (one likelihood, if several), which values of which parameters of one
    parametrisation, and what to compute: `quantity: delta-chi2`, nuisances profiled and counts exact at every point,
    or `toys: 10000` at every value of one parameter. All keys: docs/reference/study.md.

    A run that was interrupted continues where it stopped when the command is repeated.

    \b
    Examples:
      nudipole scan study.yaml -o scan.zarr --plot scan.png
      nudipole scan study.yaml -o scan.zarr --scheduler tcp://127.0.0.1:8786
    With study.yaml:
      experiments: [xenonnt-2022]
      parameters:
        mu_e: {from: 0 mu_B, to: 2e-11 mu_B, points: 41}
        mu_mu: {from: 0 mu_B, to: 2e-11 mu_B, points: 41}
      quantity: delta-chi2
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    from nudipole import scans
    from nudipole.errors import NudipoleError

    scans.check_path(output)
    shared.check_store(output, continues=True)
    by = scans.executor(scheduler, threads)
    description = scans.read_study(study)
    profiles = description.quantity == "delta-chi2"
    if plot is not None and (not profiles or len(description.parameters) > 2):
        raise NudipoleError("--plot draws a profile over one or two parameters: leave it out and open the store")
    from nudipole.cli.bar import bar

    shared.prepare()
    unit = "points" if profiles else "toys"
    with bar("scan", unit) as (note, rate), interruptible(output, unit, note) as told:
        scans.run(description, output, by, progress=told)
    speed = f" ({digits.number(rate.value)} {unit}/s)" if rate.value else ""
    found = [] if profiles else scans.summaries(output)
    dataset = scans.open_store(output)
    if plot is not None:
        from nudipole import plots

        fig, axes = plots.figure()
        plots.scan(dataset, axes, name=description.name)
        plots.save(fig, plot)
    if json is not None:
        shared.write_json(_json(description, output, dataset, [item.to_json() for item in found], rate.value), json)
    if quiet:
        return
    if profiles:
        typer.echo(_profile_text(dataset))
    for item in found[:_SHOWN]:
        typer.echo(ensemble_text(item))
    if len(found) > _SHOWN:
        typer.echo(f"... and {len(found) - _SHOWN} more in the store, and in --json")
    typer.echo(f"store: {output}{speed}")
    if plot is not None:
        typer.echo(f"picture: {plot}")


def _profile_text(dataset: xr.Dataset) -> str:
    """Where chi2 is least."""
    best = ", ".join(f"{name} = {digits.number(value, 4)}" for name, value in dataset.attrs["best_point"].items())
    units = ", ".join(dict.fromkeys(dataset[name].attrs["units"] for name in dataset.attrs["best_point"]))
    points = " x ".join(str(size) for size in dataset["chi2"].shape)
    failed = int((dataset["status"] == 2).sum())
    least = digits.fixed(dataset.attrs["chi2_min"], 4)
    text = f"{points} points; least chi2 within their range {least} at {best} [{units}]"
    return text + (f"\n{failed} points could not be fitted (status 2)" if failed else "")


def _json(
    description: Any, output: Path, dataset: xr.Dataset, ensembles: list[dict[str, Any]], rate: float | None
) -> dict[str, Any]:

    profiles = description.quantity == "delta-chi2"
    return {
        **stamp("scan"),
        "store": str(output),
        "experiments": [{"experiment": source.name, "variant": source.variant} for source in description.experiments],
        "quantity": description.quantity,
        "parameters": {
            name: {"unit": axis.unit, "values": list(axis.values)} for name, axis in description.parameters.items()
        },
        "seed": None if profiles else description.seed,
        "chi2_min": dataset.attrs["chi2_min"] if profiles else None,
        "best_point": dataset.attrs["best_point"] if profiles else None,
        "ensembles": ensembles,
        "per_second": rate,
    }

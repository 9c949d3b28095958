"""nudipole g2 simulate"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import constants as const
from nudipole import digits
from nudipole.cli import shared
from nudipole.errors import NudipoleError
from nudipole.io.stamp import stamp
from nudipole.muon_g2.wiggle import settings

if TYPE_CHECKING:
    from nudipole.muon_g2.wiggle.expected import Setup
    from nudipole.muon_g2.wiggle.store import WiggleHistogram


def _in_us(time: float) -> str:
    return f"{digits.plain(time / (1e-6 * const.second), 3)} us"


_CBO = f"{settings.CBO_OMEGA * const.second / (2e6 * math.pi):.2f} MHz, {_in_us(settings.CBO_TIME)}"


def simulate(
    positrons: Annotated[
        float, typer.Option("--positrons", "-n", help="Expected number in all bins together, for example 1e10.")
    ] = settings.POSITRONS,
    energy_bins: Annotated[
        str,
        typer.Option("--energy-bins", metavar="LOW..HIGH UNIT/WIDTH", help="Bins of energy, up to that of the muons."),
    ] = settings.ENERGY_BINS,
    time_bins: Annotated[
        str,
        typer.Option("--time-bins", metavar="LOW..HIGH UNIT/WIDTH", help="Bins of time after the injection."),
    ] = settings.TIME_BINS,
    shift: Annotated[
        bool, typer.Option("--shift/--no-shift", help="With the energy-dependent shift of the hypothesis, or without.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same counts.")] = 1,
    polarisation: Annotated[float, typer.Option("--polarisation", help="Of the muons, 0 to 1.")] = 1.0,
    phase: Annotated[float, typer.Option("--phase", help="Phase of the oscillation at t = 0 [rad].")] = 0.0,
    pileup: Annotated[
        float, typer.Option("--pileup", help="Probability at t = 0 of a second positron within the dead time.")
    ] = 0.0,
    loss: Annotated[
        float, typer.Option("--loss", help=f"Fraction of muons lost from the ring, over {_in_us(settings.LOSS_TIME)}.")
    ] = 0.0,
    cbo: Annotated[float, typer.Option("--cbo", help=f"Amplitude of the betatron oscillation ({_CBO}).")] = 0.0,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Zarr folder to write.")] = Path(
        "wiggle.zarr"
    ),
    json: shared.Json = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Where the picture goes (.png, .pdf or .svg).")
    ] = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Simulate a wiggle plot: positrons by energy and time, as labelled arrays in Zarr.

    Bins are sampled, not events: 1e11 positrons take no longer than 1e6. The file keeps what was simulated, with seed
    and versions; the picture goes beside it unless --plot says where.

    \b
    Examples:
      nudipole g2 simulate --positrons 1e10 --energy-bins 1.0..3.1GeV/0.1 -o wiggle.zarr
      nudipole g2 simulate --shift --positrons 3e11 -o shifted.zarr
      nudipole g2 simulate --pileup 0.01 --loss 0.005 --cbo 0.004 -o realistic.zarr
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    from nudipole.muon_g2.wiggle import store

    store.check_target(output)
    shared.check_store(output)
    picture = shared.picture(plot, output.with_suffix(".png"), no_plot=no_plot, quiet=quiet)
    with shared.progress("simulate") as step:
        step("starting")
        setup = _setup(positrons, energy_bins, time_bins, shift, polarisation, phase, pileup, loss, cbo)
        step("sampling")
        histogram = store.simulated(setup, seed, "CarneiroSobrinho:2023 Eq. (7)" if shift else "none")
        step("writing")
        store.write(histogram, output)
        if picture is not None:
            step("drawing")
            from nudipole import plots
            from nudipole.plots.g2.wiggle import wiggle

            plots.save(wiggle(histogram), picture)
    if json is not None:
        shared.write_json(_record(histogram, output), json)
    if not quiet:
        k, t = histogram.counts.shape
        typer.echo(f"{histogram.counts.sum():.6g} positrons in {k} bins of energy and {t} of time, seed {seed}")
        typer.echo(f"shift       {histogram.truth['shift']}")
        typer.echo(f"histogram: {output}")
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _setup(
    positrons: float, energy_bins: str, time_bins: str, shift: bool, polarisation: float, phase: float,
    pileup: float, loss: float, cbo: float,
) -> Setup:  # fmt: skip
    from nudipole.muon_g2.shift.conjecture import relative_shift
    from nudipole.muon_g2.wiggle.expected import Cbo, Loss, PileUp, Setup
    from nudipole.muon_g2.wiggle.store import bins

    if not math.isfinite(phase):
        raise NudipoleError(f"--phase {phase}: write a number in radians")
    return Setup(
        positrons,
        bins(energy_bins, "GeV", "energy_bins"),
        bins(time_bins, "us", "time_bins"),
        polarisation=polarisation,
        phase=phase,
        shift=relative_shift if shift else None,
        pileup=PileUp(pileup) if pileup else None,
        loss=Loss(loss) if loss else None,
        cbo=Cbo(cbo) if cbo else None,
    )


def _record(histogram: WiggleHistogram, output: Path) -> dict[str, object]:
    from nudipole.muon_g2.wiggle.expected import GEV, MICROSECOND

    return {
        **stamp("g2-simulate"),
        "file": str(output),
        "truth": histogram.truth,
        "positrons": int(histogram.counts.sum()),
        "energy_edges [GeV]": (histogram.energy_edges / GEV).tolist(),
        "time_edges [us]": [float(histogram.time_edges[k]) / MICROSECOND for k in (0, -1)],
        "time_bins": histogram.counts.shape[1],
        "counts_by_energy": histogram.counts.sum(axis=1).tolist(),
    }

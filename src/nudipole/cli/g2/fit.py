"""nudipole g2 fit"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError
from nudipole.muon_g2.wiggle import settings

if TYPE_CHECKING:
    from nudipole.muon_g2.wiggle.analysis import Analysis
    from nudipole.muon_g2.wiggle.fits import Fits

_THRESHOLD = f"{digits.plain(settings.THRESHOLD_T / 1e3)} GeV"


def fit(
    context: typer.Context,
    histogram: Annotated[
        Path, typer.Argument(metavar="FILE", help="A Zarr folder, NAME.csv, or NAME.root (NAME.root:HISTOGRAM).")
    ],
    methods: Annotated[
        str, typer.Option("--methods", metavar="T,A,ratio", help="For all energies together; or none.")
    ] = "T,A,ratio",
    statistic: Annotated[
        str | None,
        typer.Option("--statistic", help="poisson (default), pearson or neyman; with variances none can be chosen."),
    ] = None,
    terms: Annotated[
        str, typer.Option("--terms", metavar="pileup,loss,cbo", help="Terms beside the five parameters.")
    ] = "",
    threshold: Annotated[str, typer.Option("--threshold", help="Energy threshold of T and ratio.")] = _THRESHOLD,
    start: Annotated[str | None, typer.Option("--start", metavar="TIME", help="Begin of the fit, as 40us.")] = None,
    stop: Annotated[str | None, typer.Option("--stop", metavar="TIME", help="End of the fit, as 400us.")] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option("--mask", metavar="LOW..HIGH UNIT", help="Times to leave out, as 80..85us; may be repeated."),
    ] = None,
    energies: Annotated[
        str | None,
        typer.Option(
            "--energies", metavar="LOW..HIGH UNIT", help="Of a file without energies; of others, which bins are taken."
        ),
    ] = None,
    axes: Annotated[
        str | None,
        typer.Option("--axes", metavar="NAME UNIT,...", help="x and y of a ROOT histogram, as 'time us, energy MeV'."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="By which the ratio method deals out positrons.")] = 1,
    json: shared.Json = None,
    csv: Annotated[
        str | None,
        typer.Option("--csv", metavar="FILE", help="omega_a by energy, for nudipole g2 test; - for standard output."),
    ] = None,
    parameters: Annotated[
        str | None, typer.Option("--parameters", metavar="FILE", help="All parameters of all energy bins as CSV.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Where the picture goes (.png, .pdf or .svg).")
    ] = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Fit a wiggle plot: five parameters in each energy bin, and all energies by the T, A and ratio methods.

    Frequencies are shown relative to the simulated one, or to the nominal one for data. The picture (NAME-fit.png, with
    options NAME-fit-OPTIONS.png, unless --plot says where) shows the fit, omega_a by energy, the residuals' spectrum
    and correlations. CSV has the columns time_low [us],time_high [us],counts [1] and, if there are, E_low [GeV],E_high
    [GeV],variance [1].

    \b
    Examples:
      nudipole g2 fit wiggle.zarr --csv omega.csv && nudipole g2 test omega.csv
      nudipole g2 fit realistic.zarr --terms pileup,loss,cbo
      nudipole g2 fit wiggle.zarr --start 40us --stop 400us --mask 80..85us --statistic neyman
      nudipole g2 fit counts.csv --energies 1.7..3.1GeV
      nudipole g2 fit run.root:wiggle --axes "time us, energy MeV" --energies 1.0..3.1GeV
    """
    quiet = shared.one_stdout(json, csv)
    if parameters == "-":
        raise NudipoleError("--parameters -: write the name of a file")
    shared.check_outputs(json=json, csv=csv, parameters=parameters, plot=plot, force=force)
    stem = histogram.name.partition(".root:")[0].partition(".")[0] or "wiggle"
    name = stems.stem_asked(context, f"{stem}-fit", without=["histogram"])
    picture = shared.picture(plot, f"{name}.png", no_plot=no_plot, quiet=quiet)
    between = None if energies is None else shared.span("--energies", energies, "GeV")
    masked = [shared.span("--mask", text, "us") for text in mask or ()]
    with shared.progress("fit") as step:
        step("starting")
        shared.prepare()
        from nudipole import units
        from nudipole.muon_g2.wiggle import inputs
        from nudipole.muon_g2.wiggle.analysis import analyse

        result = analyse(
            inputs.read(histogram, energies=between, axes=axes),
            methods=_words(methods),
            statistic=statistic,
            terms=_words(terms),
            threshold=units.parse(threshold, "GeV"),
            start=None if start is None else units.parse(start, "us"),
            stop=None if stop is None else units.parse(stop, "us"),
            mask=masked,
            seed=seed,
            step=step,
        )
        table = result.to_csv(str(histogram)) if csv is not None else ""
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(result.plot(), picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(table, csv)
    if parameters is not None:
        shared.write_text(result.parameters_csv(), parameters)
    if not quiet:
        typer.echo(_text(result))
        for name, target in (("table", csv), ("parameters", parameters), ("picture", picture)):
            if target is not None:
                typer.echo(f"{name}: {target}")


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    return () if words == ("none",) else words


def _text(result: Analysis) -> str:
    from nudipole.muon_g2.decay.precession import hertz
    from nudipole.muon_g2.wiggle.expected import GEV, MICROSECOND
    from nudipole.numerics import ABSURD

    fits, edges = result.fits, result.histogram.energy_edges / GEV
    what = "simulated" if result.histogram.simulated else "nominal"
    low, high = (digits.plain(edge, 4) for edge in result.histogram.time_edges[[0, -1]] / MICROSECOND)
    used, kept = result.window.bins, result.histogram.kept
    bins = f"{used}" if used == len(kept) else f"{used} of {len(kept)}"
    heads = f"{'energy [GeV]':<14} {'positrons':>10} {'omega_a [ppm]':>22} {'A':>8} {'phi':>8} {'tau [us]':>9}"
    lines = [
        f"omega_a relative to the {what} {hertz(result.omega_reference):.3f} Hz",
        f"{low} to {high} us, {bins} bins, {result.statistic}",
        *([result.moved] if result.moved else []),
        "",
        f"{heads} {'chi2/ndof':>10} {'p':>6}",
    ]
    for k in range(len(fits.chi2)):
        bin_ = f"{digits.plain(edges[k], 4)} to {digits.plain(edges[k + 1], 4)}"
        lines.append(f"{bin_:<14} {result.histogram.counts[k].sum():>10.4g} {_row(result, fits, k)}")
    if result.methods:
        lines.append("")
    for method in result.methods:
        row = f"{'-':>22} {method.failure}" if method.fits is None else _row(result, method.fits, 0, tau=False)
        above = "" if method.fits is None else f"   E > {digits.plain(method.threshold / GEV)} GeV"
        lines.append(f"{method.name + ' method':<14} {method.positrons:>10.4g} {row}{above}")
    if result.terms:
        lines += ["", f"with {', '.join(result.terms)}, in all fits but that of the ratio"]
    statuses = [*fits.status, *(method.status for method in result.methods)]
    lines += [""] if any(status in _REASONS for status in statuses) or result.notes else []
    absurd = digits.plain(ABSURD)
    lines += [f"{status}: {reason.format(absurd=absurd)}" for status, reason in _REASONS.items() if status in statuses]
    return "\n".join([*lines, *result.notes])


#: What stands behind a status, and what to do.
_REASONS = {
    "not converged": "no minimum with finite errors was found; fewer --terms, or another --start and --stop",
    "does not describe data": "chi2 has p < {absurd}; --terms may be missing, or another --start and --stop is due",
    "no oscillation": "the asymmetry is within four standard errors of zero",
}


def _row(result: Analysis, fits: Fits, k: int, *, tau: bool = True) -> str:
    """A fit in one line; "-" for what is no result."""
    from nudipole.muon_g2.wiggle.analysis import in_units

    values, _ = in_units(fits, k)
    deviation, error = result.deviations(fits)
    status = fits.status[k]
    omega = f"{deviation[k]:+.3f} +- {error[k]:.3f}" if status == "ok" else status
    A, phi, lifetime = (
        "-" if value is None else f"{value:.4f}" for value in (values["A [1]"], values["phi [rad]"], values["tau [us]"])
    )
    p, goodness = fits.p_value[k], fits.goodness[k]
    worth = f"{goodness:.4f}" if goodness < 1e5 else f"{goodness:.3g}"
    chance = "<1e-99" if p < 1e-99 else f"{p:.3f}" if p >= 0.0005 else f"{p:.0e}"
    return f"{omega:>22} {A:>8} {phi:>8} {lifetime if tau else '':>9} {worth:>10} {chance:>6}"

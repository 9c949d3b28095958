"""nudipole export"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="Likelihoods and tables for other programs."
)


@app.callback()
def _group() -> None:
    pass


@app.command("pyhf")
def pyhf(
    experiments: shared.Experiments,
    parameter: shared.Parameter = "mu_nu",
    variant: shared.Variant = None,
    expected: Annotated[
        bool, typer.Option("--asimov", help="Data equal to the expectation without new physics, not the observed.")
    ] = False,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Leave out what HistFactory has not, and say how much that is.")
    ] = False,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the JSON goes; - for standard output.")
    ] = "-",
    force: shared.Force = False,
) -> None:
    """Write the likelihood of a moment as a HistFactory workspace, as pyhf and cabinetry read it.

    The parameter of interest is the square of the moment in units of (1e-11 mu_B)^2; several experiments become
    channels. Notes go to standard error.

    \b
    Examples:
      nudipole export pyhf xenonnt-2022 > workspace.json
      nudipole export pyhf xenonnt-2022 borexino-2017 -p mu_e -o both.json
      nudipole export pyhf coherent-csi-2021 -p mu_mu --approximate -o workspace.json
    """
    shared.check_outputs(output=output, force=force)
    with shared.progress("export") as step:
        step("starting")
        shared.prepare()
        from nudipole.histfactory.exported import export

        loaded = shared.loaded(experiments, variant, step)
        step("writing")
        exported = export(loaded, parameter, expected=expected, approximate=approximate)
    shared.write_json(exported.workspace, output)
    for note in exported.notes:
        typer.echo(f"note: {note}", err=True)


@app.command("hepdata")
def hepdata(
    experiments: shared.Experiments,
    parameter: shared.Parameter = "mu_nu",
    variant: shared.Variant = None,
    cl: shared.Level = 0.90,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the YAML goes; - for standard output.")
    ] = "-",
    force: shared.Force = False,
) -> None:
    """Write a limit as a submission to HEPData: one YAML file with all tables, which its validator accepts.

    Spectra with data and components, the signal at the upper end; the ends of the usual constructions and those
    expected; the profile likelihood.

    \b
    Examples:
      nudipole export hepdata my.yaml -p mu_e -o submission.yaml
      nudipole export hepdata xenonnt-2022 --cl 0.95 > submission.yaml
    """
    shared.check_level(cl)
    shared.check_outputs(output=output, force=force)
    with shared.progress("export") as step:
        step("starting")
        shared.prepare()
        from nudipole.hepdata.submission import documents
        from nudipole.inference.limit import limit
        from nudipole.io.yaml import dumped

        loaded = shared.loaded(experiments, variant, step)
        step("fitting")
        text = dumped(documents(limit(loaded, parameter, cl=cl, progress=step)))
    shared.write_text(text, output)

"""nudipole portal"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError, UnknownName

if TYPE_CHECKING:
    from nudipole.portal import Exclusion, PortalFit

_FLAVOURS = ("all", "e", "mu", "tau")
_NATURES = ("dirac", "majorana")


class _ExclusionByDefault(TyperGroup):
    """Without a command of the group, words are those of `exclusion`."""

    default = "exclusion"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name) for name in shared.all_names(incomplete)]
        return [*super().shell_complete(ctx, incomplete), *names]


app = typer.Typer(
    add_completion=False,
    cls=_ExclusionByDefault,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Heavy neutral leptons through a transition dipole: nudipole portal EXPERIMENT..., fits and decays.\n\n"
    "Options of nudipole portal EXPERIMENT: nudipole portal exclusion --help.",
)

Flavour = Annotated[
    str,
    typer.Option(
        "--flavour",
        metavar="F",
        help="Whose dipole: all (alike, a lepton each), e, mu or tau.",
        autocompletion=lambda incomplete: [name for name in _FLAVOURS if name.startswith(incomplete)],
    ),
]
Masses = Annotated[
    str | None,
    typer.Option("--masses", metavar="LOW..HIGH", help="1keV..60MeV, in equal ratios, or a list: 100keV,640keV."),
]
Points = Annotated[int | None, typer.Option("--points", min=2, help="Masses of a range; 40, or 60 of a fit.")]


@app.callback()
def _group() -> None:
    pass


@app.command("exclusion")
def exclusion(
    experiments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXPERIMENT...",
            help="Names of the library or of examples, or YAML files.",
            autocompletion=shared.all_names,
        ),
    ] = None,
    masses: Masses = None,
    points: Points = None,
    flavour: Flavour = "all",
    fit: Annotated[
        list[str] | None,
        typer.Option(
            "--fit",
            metavar="EXPERIMENT",
            help="Best fit and region in mass and dipole, in place of exclusions; repeatable.",
            autocompletion=shared.all_names,
        ),
    ] = None,
    cl: shared.Level = 0.90,
    construction: Annotated[
        str | None, typer.Option("--construction", help="unified (default), one-sided, delta-chi2, ...")
    ] = None,
    inside: Annotated[
        str | None,
        typer.Option(
            "--inside", metavar="LENGTH", help="Path inside of the detector, 20cm: leptons that decay on it are lost."
        ),
    ] = None,
    nature: Annotated[
        str | None, typer.Option("--nature", help="Of the leptons that decay: majorana (default) or dirac.")
    ] = None,
    toys: Annotated[
        int | None,
        typer.Option("--toys", min=1, help="Of a fit: without a lepton, for the significance among all masses."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the toys; 1 unless given.")] = None,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Largest dipole against the mass of a heavy lepton, of each experiment and of all together; or a fit.

    The same as nudipole portal EXPERIMENT... The picture goes to NAMES-portal.png, with a flavour NAMES-portal-F.png,
    unless --plot says where, with the published curves of the same flavour.

    \b
    Examples:
      nudipole portal xenonnt-2022 coherent-csi-2021 conus-plus --masses 1keV..60MeV
      nudipole portal xenonnt-2022 --flavour tau --masses 1keV..3MeV --json -
      nudipole portal coherent-csi-2021 --flavour mu --masses 1MeV..50MeV --inside 20cm
      nudipole portal --fit xenon1t-2020 --flavour tau --toys 1000
      nudipole portal decay --mass 100MeV --d 1e-6/GeV --energy 500MeV
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    if bool(experiments) == bool(fit):
        raise NudipoleError("write nudipole portal EXPERIMENT... for exclusions, or --fit EXPERIMENT for a fit")
    if fit and construction is not None:
        raise NudipoleError("--construction is of exclusions: a region is that of two degrees of freedom")
    if toys is not None and not fit:
        raise NudipoleError("--toys has no effect on exclusions: it is of --fit")
    if seed is not None and toys is None:
        raise NudipoleError("--seed has no effect without --toys")
    if fit and inside is not None:
        raise NudipoleError("--inside is of exclusions: a fit leaves decays out, and says so")
    if nature is not None and inside is None:
        raise NudipoleError("--nature has no effect without --inside LENGTH: recoils do not tell the natures apart")
    if nature is not None and nature not in _NATURES:
        raise UnknownName("nature of the heavy lepton", nature, _NATURES)
    path = None if inside is None else _path(inside)
    if points is not None and masses is not None and ".." not in masses:
        raise NudipoleError("--points has no effect on a list of masses: leave it out, or write LOW..HIGH")
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    with shared.progress("portal") as step:
        step("starting")
        shared.prepare()
        from nudipole import portal
        from nudipole.portal.masses import masses_of, parameter_of

        parameter_of(flavour)
        asked = masses or ("10keV..3MeV" if fit else "1keV..60MeV")
        grid = masses_of(asked, points or (60 if fit else 40)).tolist()
        loaded = shared.loaded(fit or experiments or [], variant, step)
        stem, of = stems.stem(loaded), "" if flavour == "all" else f"-{flavour}"
        picture = shared.picture(plot, f"{stem}-portal{of}{'-fit' if fit else ''}.png", no_plot=no_plot, quiet=quiet)
        result: Exclusion | PortalFit
        if fit:
            result = portal.fit(
                loaded, grid, flavour=flavour, cl=cl, toys=toys, seed=1 if seed is None else seed, progress=step
            )
        else:
            result = portal.exclusion(
                loaded,
                grid,
                flavour=flavour,
                cl=cl,
                construction=construction or "unified",
                inside=None if path is None else portal.Flight(path, nature or "majorana"),
                progress=step,
            )
        if picture is not None:
            step("drawing")
            _draw(result, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo(str(result))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _path(text: str) -> float:
    """A length [m]."""
    from nudipole import units

    length = shared.quantity("--inside", text, "m") / units.in_internal("m")
    if not 0 < length < float("inf"):
        raise NudipoleError(f"--inside {text}: must be more than 0")
    return float(length)


def _draw(result: Exclusion | PortalFit, picture: Any) -> None:
    from nudipole import plots

    fig, axes = plots.figure(8.8, 5.2)
    result.plot(axes)
    plots.save(fig, picture)


@app.command("decay")
def decay(
    mass: Annotated[str, typer.Option("--mass", metavar="M", help="Of the heavy lepton: 100MeV.")],
    d: Annotated[str, typer.Option("--d", metavar="D", help="1e-6/GeV, or in mu_B, with mu = 2 d.")],
    energy: Annotated[
        str | None, typer.Option("--energy", metavar="E", help="Total energy, for the decay length.")
    ] = None,
    nature: Annotated[
        str | None,
        typer.Option(
            "--nature",
            help="dirac or majorana; both unless given.",
            autocompletion=lambda incomplete: [name for name in _NATURES if name.startswith(incomplete)],
        ),
    ] = None,
    json: shared.Json = None,
    force: shared.Force = False,
) -> None:
    """Radiative decay N -> nu gamma: width, lifetime and decay length, Dirac and Majorana.

    \b
    Examples:
      nudipole portal decay --mass 100MeV --d 1e-6/GeV
      nudipole portal decay --mass 100MeV --d 1e-6/GeV --energy 500MeV --json -
      nudipole portal decay --mass 640keV --d 1.1e-9mu_B --nature dirac
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, force=force)
    if nature is not None and nature not in _NATURES:
        raise UnknownName("nature of the heavy lepton", nature, _NATURES)
    from nudipole import portal

    coupling = shared.dipole("--d", d)
    total = None if energy is None else shared.quantity("--energy", energy, "keV")
    found = portal.decay(shared.quantity("--mass", mass, "keV"), coupling, energy=total, nature=nature)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if not quiet:
        typer.echo(str(found))

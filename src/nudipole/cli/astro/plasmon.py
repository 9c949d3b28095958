"""nudipole astro plasmon"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.cli.astro.shared import GivenNeutrino, Values, given, wrapped
from nudipole.errors import NudipoleError, UnknownName, shortened

if TYPE_CHECKING:
    from nudipole.astrophysics import Emissivity
    from nudipole.properties import Neutrino

_RANGE = re.compile(r"^\s*([^.\s]\S*?)\s*\.\.\s*(\S+)\s*$")
_AXES = {"T": ("temperature", "K"), "rho": ("density", "g/cm^3")}
_MOST = 2000


def plasmon(
    context: typer.Context,
    temperature: Annotated[str | None, typer.Option("--temperature", metavar="T", help="1e8K, or 8.6keV.")] = None,
    density: Annotated[str | None, typer.Option("--density", metavar="RHO", help="1e6g/cm3.")] = None,
    electrons: Annotated[str, typer.Option("--Ye", metavar="Y", help="Electrons for each nucleon.")] = "0.5",
    mu: Annotated[str | None, typer.Option("--mu", metavar="MU", help="A moment: 1e-12, in mu_B.")] = None,
    charge: Annotated[str | None, typer.Option("--charge", metavar="Q", help="A millicharge: 1e-14, in e.")] = None,
    r2_e: Annotated[
        str | None, typer.Option("--r2-e", metavar="R2", help="A charge radius beyond the Standard Model's: 1e-32cm2.")
    ] = None,
    r2_mu: Annotated[str | None, typer.Option("--r2-mu", metavar="R2", help="The same of nu_mu.")] = None,
    r2_tau: Annotated[str | None, typer.Option("--r2-tau", metavar="R2", help="The same of nu_tau.")] = None,
    neutrino: GivenNeutrino = None,
    values: Values = None,
    grid: Annotated[
        list[str] | None,
        typer.Option("--grid", metavar="NAME=LOW..HIGH", help="T=1e7..1e10K, rho=1e2..1e10g/cm3."),
    ] = None,
    points: Annotated[int, typer.Option("--points", min=2, help="Along each range, in equal ratios.")] = 100,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where a grid goes: .zarr or .csv.")
    ] = None,
    json: shared.Json = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Where the picture goes (.png, .pdf or .svg).")
    ] = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Energy that plasmons carry away by decaying to neutrinos, at a point or on a grid.

    Channels of the Standard Model, of moments, millicharges and charge radii, from one integral; the fit of stellar
    codes beside it. A grid has logarithmic slopes in temperature and density, too. The picture goes to
    astro-plasmon-OPTIONS.png unless --plot says where.

    \b
    Examples:
      nudipole astro plasmon --temperature 1e8K --density 1e6g/cm3 --mu 1e-12
      nudipole astro plasmon --temperature 1e8K --density 1e6g/cm3 --Ye 0.5 --charge 1e-14 --r2-e 1e-32cm2
      nudipole astro plasmon --grid T=1e7..1e10K --grid rho=1e2..1e10g/cm3 -o emissivity.zarr
      nudipole astro plasmon --temperature 1e8K --density 1e6g/cm3 --neutrino su2h --set f=0.014
    """
    quiet = shared.one_stdout(json, None if output is None else str(output))
    shared.check_outputs(json=json, plot=plot, force=force)
    axes = _axes(grid, points, temperature, density)
    _check_output(output, bool(grid))
    picture = shared.picture(plot, f"{stems.stem_asked(context, 'astro-plasmon')}.png", no_plot=no_plot, quiet=quiet)
    one, mixing = _neutrino(
        neutrino, values, {"mu": mu, "charge": charge, "r2-e": r2_e, "r2-mu": r2_mu, "r2-tau": r2_tau}
    )
    with shared.progress("plasmon") as step:
        step("computing")
        shared.prepare()
        from nudipole.astrophysics import emissivity
        from nudipole.astrophysics.quantities import read

        Y_e = read("Ye", electrons, "1", high=1.0, ends=False) if electrons.strip() not in ("1", "1.0") else 1.0
        found = emissivity(axes["T"], axes["rho"], Y_e=Y_e, neutrino=one, oscillation=mixing, derivatives=True)
        if picture is not None:
            step("drawing")
            _draw(found, Y_e, one, picture)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if output is not None:
        _write(found, output)
    if quiet:
        return
    typer.echo(_grid_text(found) if grid else _text(found))
    if output is not None:
        typer.echo(f"grid: {output}")
    if picture is not None:
        typer.echo(f"picture: {picture}")


def _axes(grid: list[str] | None, points: int, temperature: str | None, density: str | None) -> dict[str, Any]:
    """Temperatures and densities [K, g/cm^3], numbers or rows of them."""
    alone = {"T": ("--temperature", temperature), "rho": ("--density", density)}
    found: dict[str, Any] = {}
    if points > _MOST:
        raise NudipoleError(f"--points {points}: write {_MOST} or less")
    for text in grid or ():
        name, equals, written = (part.strip() for part in text.partition("="))
        if not equals or not written:
            raise NudipoleError(f"--grid {shortened(text)}: write NAME=LOW..HIGH with the unit, such as T=1e7..1e10K")
        if name not in _AXES:
            raise UnknownName("axis of a grid", name, _AXES)
        if name in found:
            raise NudipoleError(f"--grid {shortened(text)}: {name} is given twice")
        found[name] = _range(text, name, written, points)
    for name, (option, value) in alone.items():
        if (value is None) == (name not in found):
            both = "is given twice: leave out one of them" if value is not None else "is missing"
            example = (
                "" if value is not None else f": write {option} {'1e8K' if name == 'T' else '1e6g/cm3'}, or --grid"
            )
            raise NudipoleError(f"{option} {both}{example}")
        if value is not None:
            found[name] = value
    return found


def _range(text: str, name: str, written: str, points: int) -> list[float]:
    from nudipole.astrophysics.quantities import read

    argument, unit = _AXES[name]
    match = _RANGE.match(written)
    if match is None:
        parts = [part.strip() for part in written.split(",")]
        return [read(f"grid {name}", part, unit) for part in parts]
    low, high = match[1], match[2]
    if re.fullmatch(r"[\d.eE+-]+", low):
        low += re.sub(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", "", high)
    start, end = read(f"grid {name}", low, unit), read(f"grid {name}", high, unit)
    if not start < end:
        raise NudipoleError(f"--grid {shortened(text)}: the first {argument} must be the lower one")
    step = math.log(end / start) / (points - 1)
    return [*(start * math.exp(step * k) for k in range(points - 1)), end]


def _check_output(output: Path | None, is_grid: bool) -> None:
    if output is None or str(output) == "-":
        return
    if not is_grid:
        raise NudipoleError("--output is of a grid: write --grid T=LOW..HIGH and --grid rho=LOW..HIGH, or --json")
    if output.suffix not in (".zarr", ".csv"):
        raise NudipoleError(f"--output {output}: write a name that ends in .zarr or .csv")
    if output.suffix == ".zarr":
        if not output.parent.is_dir():
            raise NudipoleError(f"{output}: there is no folder {output.parent}: make it first")
        shared.check_store(output)
    else:
        shared.check_outputs(output=output)


def _neutrino(
    name: str | None, values: list[str] | None, numbers: dict[str, str | None]
) -> tuple[Neutrino | None, Any]:
    """A neutrino of a file or model, or one with the numbers that were given."""
    written = [f"--{option}" for option, value in numbers.items() if value is not None]
    if name is not None and written:
        raise NudipoleError(f"--neutrino {name} and {', '.join(written)}: give either")
    if not written:
        return given(name, values)
    import numpy as np

    from nudipole import constants as const
    from nudipole.astrophysics.quantities import read
    from nudipole.properties import Neutrino

    def number(option: str, unit: str, low: float = 0.0) -> float:
        text = numbers[option]
        return 0.0 if text is None else read(option, text, unit, low=low, ends=True)

    radii = [number(f"r2-{flavour}", "cm^2", low=-1e-20) * const.cm**2 for flavour in ("e", "mu", "tau")]
    return Neutrino.dirac(
        basis="flavour",
        magnetic=np.diag([number("mu", "mu_B"), 0.0, 0.0]),
        charge=np.diag([number("charge", "e"), 0.0, 0.0]),
        charge_radius=np.diag(radii),
    ), None


def _draw(found: Emissivity, Y_e: float, one: Neutrino | None, picture: Path) -> None:
    from nudipole import plots
    from nudipole.astrophysics.curves import plasmon_curve

    if found.T.ndim and min(found.T.shape) > 1:
        fig = plots.astro_grid(found)
    else:
        fig = plots.astro_curve(plasmon_curve(float(found.T.flat[0]), float(found.rho.flat[0]), Y_e, one))
    plots.save(fig, picture)


def _write(found: Emissivity, output: Path) -> None:
    if output.suffix != ".zarr":
        shared.write_text(found.to_csv(), output)
        return
    from nudipole.files import consolidate, folder_atomically

    with folder_atomically(output) as new:
        found.to_xarray().to_zarr(new, mode="w", consolidated=False, zarr_format=3)
        consolidate(new)


def _text(found: Emissivity) -> str:
    plasma, rho = found.plasma, float(found.rho)
    keV = 1e3
    at = f"{digits.plain(float(found.T), 6)} K, {digits.plain(rho, 6)} g/cm^3, Y_e = {digits.plain(float(found.Y_e))}"
    lines = [f"plasmon decay at {at}"]
    numbers = {
        "omega_p": f"{digits.number(float(plasma.omega_p) * keV, 6)} keV",
        "v*": digits.number(float(plasma.v_star), 5),
        "k_max": f"{digits.number(float(plasma.k_max) * keV, 6)} keV, of longitudinal plasmons",
        "mu_e": f"{digits.number(float(plasma.mu_e) * keV, 6)} keV, with the electron's mass",
    }
    lines += [f"  {name:<16}{text}" for name, text in numbers.items()]
    lines += ["", f"{'channel':<18}{'erg/(g s)':>12}{'erg/(cm^3 s)':>16}"]
    rows = {**{name: float(x) for name, x in found.channels.items()}, "total": float(found.total)}
    lines += [f"  {name:<16}{digits.number(x, 5):>12}{digits.number(x * rho, 5):>16}" for name, x in rows.items()]
    lines.append(
        f"  {'fit (SM)':<16}{digits.number(float(found.fit), 5):>12}{digits.number(float(found.fit) * rho, 5):>16}"
    )
    lines += ["", f"longitudinal share of the Standard Model's  {digits.number(float(found.longitudinal), 4)}"]
    steep_T, steep_rho = (digits.number(None if x is None else float(x), 4) for x in (found.slope_T, found.slope_rho))
    slopes = f"{steep_T} in T, {steep_rho} in rho"
    lines.append(f"logarithmic slopes of the total             {slopes}")
    lines.append(f"error of the quadrature, relative           {digits.number(float(found.error), 2)}")
    return "\n".join([*lines, *(wrapped("doubt", doubt) for doubt in found.doubts)])


def _grid_text(found: Emissivity) -> str:
    lines = [f"plasmon decay at {' x '.join(map(str, found.T.shape))} points"]
    for name, values, unit in (("T", found.T, "K"), ("rho", found.rho, "g/cm^3"), ("total", found.total, "erg/(g s)")):
        low, high = (digits.number(float(end)) for end in (values.min(), values.max()))
        lines.append(f"  {name:<8}{low} .. {high} {unit}")
    lines.append(f"  error   of the quadrature {digits.number(float(found.error.max()), 2)} at most")
    return "\n".join([*lines, *(wrapped("doubt", doubt) for doubt in found.doubts)])

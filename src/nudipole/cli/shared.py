"""What commands share: options, completion, progress, output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole.digits import fixed, number, plain
from nudipole.errors import NudipoleError, shortened

if TYPE_CHECKING:
    from nudipole.files import Guard
    from nudipole.inference.ends import Ends

#: A process takes about half a gigabyte.
_MOST_JOBS = 8


def library_names(incomplete: str = "") -> list[str]:
    """Names of the library that begin with `incomplete`, for tab completion: a folder listing, nothing more."""
    return _names("library", incomplete)


def all_names(incomplete: str = "") -> list[str]:
    """The same of the library and of the examples."""
    return [*_names("library", incomplete), *_names("examples", incomplete)]


def parameter_names(incomplete: str = "") -> list[str]:
    """Names of parameters that begin with `incomplete`, those of models behind the others."""
    from nudipole.models import known

    return [name for name, parameter in known().items() if name.startswith(incomplete) and parameter.scale]


def model_names(incomplete: str = "") -> list[str]:
    """Names of models that begin with `incomplete`."""
    from nudipole.models import MODELS

    return [name for name in MODELS if name.startswith(incomplete)]


def beam_names(incomplete: str = "") -> list[str]:
    """Names of beams and of experiments that begin with `incomplete`."""
    beams = ("reactor", "radioactive", "accelerator", "pion-decay-at-rest", "solar-pp", "solar-7Be", "solar-8B")
    return [name for name in (*beams, "solar-vacuum", *all_names()) if name.startswith(incomplete)]


def _names(folder: str, incomplete: str) -> list[str]:
    entries = files("nudipole").joinpath(f"experiments/{folder}").iterdir()
    names = (entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))
    return sorted(name for name in names if name.startswith(incomplete))


Experiment = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="A name of the library or of an example, a YAML file, or - for standard input.",
        autocompletion=all_names,
    ),
]
Experiments = Annotated[
    list[str],
    typer.Argument(
        metavar="EXPERIMENT...",
        help="Names of the library or of examples, YAML files, or - for standard input.",
        autocompletion=all_names,
    ),
]
Share = Annotated[
    list[str] | None,
    typer.Option(
        "--share",
        metavar="NAME",
        help="A nuisance, such as 'SNS flux', that is one and the same in all that have it; may be repeated.",
    ),
]
Separate = Annotated[
    list[str] | None,
    typer.Option("--separate", metavar="NAME", help="A nuisance that each experiment has for itself; may be repeated."),
]
LibraryNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[EXPERIMENT]...",
        help="Names of the library or of examples, or YAML files; all of the library by default.",
        autocompletion=all_names,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Experiments at work at once; by default one a processor."),
]
Variant = Annotated[
    str | None, typer.Option("--variant", metavar="NAME", help="A variant that the experiment describes.")
]
HeavyMass = Annotated[
    str | None,
    typer.Option(
        "--heavy-mass",
        metavar="MASS",
        help="Of a heavy lepton that neutrinos upscatter to, 640keV: what d, d_e, d_mu, d_tau need.",
    ),
]
Field = Annotated[
    str | None,
    typer.Option(
        "--field",
        metavar="SHAPE:VALUE|FILE.csv",
        help="Of the Sun, convective:1kG: what mu_B_product and moments need in a search for solar antineutrinos.",
    ),
]
Parameter = Annotated[
    str,
    typer.Option(
        "--parameter",
        "-p",
        help="What to limit: mu_nu, mu_e, mu_11, lambda_1, r2_e, q_e, ..., su2h.f of a model, or neutrino.yaml.",
        autocompletion=parameter_names,
    ),
]
Level = Annotated[float, typer.Option("--cl", help="Confidence level, between 0 and 1.")]
Construction = Annotated[
    str, typer.Option("--construction", help="unified, one-sided, delta-chi2, cls or one-sided-boundary.")
]
Json = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the result as JSON; - for standard output."),
]
Csv = Annotated[
    str | None, typer.Option("--csv", metavar="FILE", help="Write the numbers as CSV; - for standard output.")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", "-o", metavar="FILE", help="Where the picture goes (.png, .pdf or .svg)."),
]
NoPlot = Annotated[bool, typer.Option("--no-plot", help="Draw no picture.")]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Replace files that nudipole did not write, or that were changed; never what is read."
    ),
]


Oscillation = Annotated[
    str | None,
    typer.Option("--oscillation", metavar="SET", help="Mixing and splittings: nufit-6.0-no, nufit-6.0-io, ..."),
]


def assignments(given: list[str] | None, option: str = "--set") -> dict[str, str]:
    """Texts by name of an `option` such as ``--set f=0.014``.

    Raises
    ------
    NudipoleError
        If one has no name or no value, or a name is given twice.
    """
    found: dict[str, str] = {}
    for item in given or ():
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals and value):
            raise NudipoleError(f"{option} {shortened(item)}: write NAME=VALUE with the unit, for example m_h=150GeV")
        if name in found:
            raise NudipoleError(f"{option} {shortened(item)}: {name} is given twice")
        found[name] = value
    return found


def prepare() -> None:
    """Call before heavy imports: compiled kernels and folded responses are kept between runs."""
    from platformdirs import user_cache_path

    from nudipole.kept import use_kept_arrays, use_kept_kernels
    from nudipole.numerics import compile_quickly, use_compilation_cache

    compile_quickly()
    use_compilation_cache(user_cache_path("nudipole") / "jax")
    use_kept_arrays(user_cache_path("nudipole") / "arrays")
    use_kept_kernels(user_cache_path("nudipole") / "kernels")


def jobs(wanted: int | None) -> int:
    """Processes to start."""
    return wanted or min(os.cpu_count() or 1, _MOST_JOBS)


class Steps:
    """What a block with a progress bar reports: the next step by name, or one that is finished."""

    def __call__(self, name: str) -> None:
        """`name` begins."""

    def finished(self, name: str) -> None:
        """One of several that are at work at once is done."""


def with_lepton(file: str, heavy: float | None) -> tuple[Any, float | None]:
    """The neutrino of a file, and the mass of its heavy lepton or of --heavy-mass [MeV].

    Raises
    ------
    NudipoleError
        If both name one, or --heavy-mass does and the file has none.
    """
    from nudipole.experiments.neutrino import described

    found = described(file, heavy=True)
    if heavy is not None:
        why = "has no dipole to a heavy lepton" if found.heavy_mass is None else "has the mass of its heavy lepton"
        raise NudipoleError(f"{shortened(file)} {why}: leave out --heavy-mass")
    return found.neutrino, found.heavy_mass


def dipole(option: str, text: str) -> float:
    """Dipole d to a heavy lepton [1/GeV], written in a power of an energy or in mu_B.

    Raises
    ------
    NudipoleError
        If it is none, or its unit is missing.
    """
    from nudipole import units
    from nudipole.properties import dipole_in_common

    written = text.strip()
    try:
        value = float(written)
    except ValueError:
        pass
    else:
        example = f"write {written}/GeV, or {written}mu_B for d in Bohr magnetons (mu = 2 d)"
        if value != 0:
            raise NudipoleError(f"{option} {shortened(text)}: a unit is missing: {example}")
        return 0.0
    if written.endswith("mu_B"):
        return dipole_in_common(quantity(option, text, "mu_B"), unit="mu_B")
    return quantity(option, text, "1/GeV") / units.in_internal("1/GeV")


def heavy_mass(text: str | None, parameter: str | None = None) -> float | None:
    """The mass of --heavy-mass [MeV].

    Raises
    ------
    NudipoleError
        If it is none, or the `parameter` is not one of a heavy lepton.
    """
    if text is None:
        return None
    mass = quantity("--heavy-mass", text, "keV")
    if not 0 < mass < float("inf"):
        raise NudipoleError(f"--heavy-mass {shortened(text)}: must be more than 0")
    if parameter is not None and not parameter.endswith((".yaml", ".yml")):
        from nudipole.experiments.heavy_lepton import HEAVY

        if parameter not in HEAVY:
            raise NudipoleError(f"--heavy-mass has no effect on {parameter}: it is of -p {', '.join(HEAVY)}")
    return mass


def loaded(
    names: list[str],
    variant: str | None,
    step: Steps,
    *,
    heavy: float | None = None,
    field: str | None = None,
    share: list[str] | None = None,
    separate: list[str] | None = None,
) -> list[Any]:
    """Experiments by name, folded, the progress bar told of each.

    Raises
    ------
    NudipoleError
        If a variant is named for several; as for `nudipole.experiments.sharing.with_sharing`.
    """
    for option, given in (("--share", share), ("--separate", separate)):
        if given and len(names) < 2:
            raise NudipoleError(f"{option} is of nuisances that several experiments have: name them, or leave it out")
    if variant is not None and len(names) > 1:
        raise NudipoleError("--variant goes with one experiment: combine files that describe what you mean")
    from nudipole.experiments import load

    found = []
    for name in names:
        step(f"folding {name}")
        found.append(load(name, variant, heavy_mass=heavy, field=field))
    if not (share or separate):
        return found
    from nudipole.experiments.sharing import with_sharing

    return list(with_sharing(found, share or (), separate or ()))


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Steps]:
    """A progress bar on standard error while the block runs; silent where that is not a terminal."""
    if not sys.stderr.isatty():
        yield Steps()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = [SpinnerColumn(), TextColumn("{task.description}")]
    if total is not None:
        columns += [BarColumn(), MofNCompleteColumn()]
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        class Shown(Steps):
            started = False

            def __call__(self, name: str) -> None:
                """The step before is done, if there was one."""
                bar.update(task, description=f"{what}: {name}", advance=1 if self.started and total is not None else 0)
                self.started = True

            def finished(self, name: str) -> None:
                bar.update(task, description=f"{what}: {name} done", advance=1)

        yield Shown()


def write_text(text: str, target: str | Path) -> None:
    """Write to a file, whole or not at all, or to standard output for ``-``."""
    if str(target) == "-":
        sys.stdout.write(text)
        return
    from nudipole.files import write_atomically

    write_atomically(Path(target), text)


def write_json(data: dict[str, Any], target: str | Path) -> None:
    """Write JSON to a file or to standard output; numbers JSON does not know become null."""
    write_text(json.dumps(_plain(data), indent=2) + "\n", target)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value not in (float("inf"), float("-inf")) and value == value:
        return value
    return None if isinstance(value, float) else value


def constructions_table(constructions: Mapping[str, Ends], chosen: str, digits: int = 3) -> list[str]:
    """Ends by every construction, beside those expected without signal, a line each; the chosen one has a star."""
    columns = ("lower", "upper", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma", "threshold")
    lines = [f"{'construction':<20} {'sides':<6}" + "".join(f"{column:>10}" for column in columns)]
    for name, ends in constructions.items():
        band = ends.band | {0: ends.expected_upper}
        threshold = fixed(ends.threshold, 3)
        mark = "*" if name == chosen else ""
        beyond = "  beyond 1 sigma" if ends.surprises else ""
        for interval in ends.intervals:
            # What is expected stands beside the interval that contains no effect.
            beside = [*(band.get(z) for z in (-2, -1, 0, 1, 2))] if interval == ends.nearest else []
            written = [number(end, digits) for end in (*interval, *beside)]
            line = f"{name + mark:<20} {ends.sides:<6}" + "".join(f"{end:>10}" for end in written)
            lines.append(line + (f"{threshold:>10}{beyond}" if beside else ""))
    return lines


def check_level(cl: float) -> None:
    """Fail before the work begins if `cl` is not a confidence level."""
    if not 0 < cl < 1:
        example = f"{plain(cl / 100)} for {plain(cl)} %" if 1 < cl < 100 else "for example 0.9"
        written = cl if cl != cl else plain(cl, 17)
        raise NudipoleError(f"--cl {written}: write a fraction between 0 and 1, {example}")


def quantity(option: str, text: str, like: str) -> float:
    """Internal value of an option with a unit.

    Raises
    ------
    NudipoleError
        With the option and what was written.
    """
    from nudipole import units

    try:
        return units.parse(text, like)
    except NudipoleError as error:
        raise NudipoleError(f"{option} {shortened(text)}: {error}") from error


def span(option: str, text: str, like: str) -> tuple[float, float]:
    """Ends of LOW..HIGH UNIT, such as 1.0..2.7 GeV, in internal units; a unit may stand at either end, too.

    Raises
    ------
    NudipoleError
        With the option and what to write.
    """
    from nudipole.units import parse

    low, dots, high = text.partition("..")
    unit = high.strip().lstrip("0123456789.eE+- ")
    if not dots or not low.strip() or not unit:
        example = {"GeV": "1.0..2.7GeV", "us": "80..85us"}[like]
        raise NudipoleError(f"{option} {text[:40]!r}: write two numbers and their unit, for example {example}")
    try:
        start = parse(low if low.strip()[-1].isalpha() else f"{low} {unit}", like)
        end = parse(high, like)
    except NudipoleError as error:
        raise NudipoleError(f"{option} {text[:40]!r}: {error}") from error
    if not start < end:
        raise NudipoleError(f"{option} {text[:40]!r}: the first number must be the lower one")
    return start, end


def check_outputs(
    *, force: bool = False, make_folders: bool = False, replace_own: bool = True, **targets: str | Path | None
) -> None:
    """Fail before the work begins if a result has no place to go to, or what is there is not to be replaced.

    Parameters
    ----------
    force : bool
        Whether files that nudipole did not write may be replaced.
    make_folders : bool
        Whether the command makes the folders that are missing.
    replace_own : bool
        Whether files that nudipole wrote may be replaced without being forced to.
    **targets
        Files by the option that names them; None and ``-`` are none.
    """
    _guard().force |= force
    for option, target in targets.items():
        if target is not None and str(target) != "-":
            check_output(Path(target), f"--{option}", make_folders=make_folders, replace_own=replace_own)


def check_output(path: Path, option: str, *, make_folders: bool = False, replace_own: bool = True) -> None:
    """The same of one file, which `option` stands for."""
    if path.is_dir():
        raise NudipoleError(f"{path}: is a folder: write the name of a file in it")
    if not make_folders and not path.parent.is_dir():
        raise NudipoleError(f"{path}: there is no folder {path.parent}: make it first")
    if option.endswith("plot"):
        from nudipole.plots import picture_format

        picture_format(path)
    _guard().writes(path, option, replaces_own=replace_own)


def check_store(output: Path, *, continues: bool = False) -> None:
    """The same of a Zarr store, after `check_outputs`: it is replaced, or else what is there is added to."""
    _guard().writes(output, "--output", continues=continues)


@contextmanager
def folders_of(*targets: str | Path | None) -> Iterator[None]:
    """Make the folders of the files that the block writes; those that stay empty are removed."""
    made: list[Path] = []
    for target in targets:
        if target is not None and str(target) != "-":
            parent = Path(target).parent
            made += [folder for folder in (parent, *parent.parents) if not folder.exists() and folder not in made]
            parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in sorted(made, key=lambda item: len(item.parts), reverse=True):
            with suppress(OSError):
                folder.rmdir()


def _guard() -> Guard:
    from nudipole.files import Guard, current

    # Outside of a command nothing is guarded.
    return current() or Guard()


def picture(plot: Path | None, default: str | Path, *, no_plot: bool, quiet: bool) -> Path | None:
    """Where the picture goes: as --plot says, or else to `default` unless data take standard output."""
    if no_plot and plot is not None:
        raise NudipoleError("--plot and --no-plot exclude each other: leave out one of them")
    if no_plot or (quiet and plot is None):
        return None
    if plot is None:
        check_outputs(plot=default)
    return plot or Path(default)


def one_stdout(*targets: str | None) -> bool:
    """Whether standard output is taken by data.

    Raises
    ------
    NudipoleError
        If two outputs want it.
    """
    taken = sum(target == "-" for target in targets)
    if taken > 1:
        raise NudipoleError("only one of the outputs can go to standard output")
    return taken == 1

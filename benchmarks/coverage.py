"""Coverage of the constructions, by experiments in YAML, for docs/reference/coverage.md: run with `make coverage`.

The experiments are in benchmarks/coverage/. What can be enumerated is; the rest is by toys with fixed seeds.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import NamedTuple

import equinox as eqx
import numpy as np
from scipy.special import xlogy
from scipy.stats import poisson

import nudipole as nd
from nudipole.experiments.likelihood import likelihood
from nudipole.statistics import Model
from nudipole.statistics.neyman.counting import coverage
from nudipole.statistics.neyman.coverage import Coverage, coverage_by_enumeration, coverage_by_toys
from nudipole.statistics.toys.draws import Hypothesis

ROOT = Path(__file__).parents[1]
EXPERIMENTS = ROOT / "benchmarks/coverage"
PAGE, PICTURE = ROOT / "docs/reference/coverage.md", ROOT / "docs/images/coverage.png"

#: Constructions of the tables: name, method, asymptotic.
COLUMNS = (
    ("Feldman-Cousins", "feldman-cousins", False),
    ("CLs", "cls", False),
    ("unified", "unified", True),
    ("asymptotic CLs", "cls", True),
)
#: What is known of the background: variants of counting.yaml, title, and the coverage that is asked of FC and CLs.
KNOWLEDGE = (
    ("known", "Background known exactly", (0.9, 0.9)),
    ("gaussian", "Background known to 20 %", (0.885, 0.89)),
    ("off-1", "ON and OFF counts, tau = 1", (0.885, 0.89)),
    ("off-0.2", "ON and OFF counts, tau = 0.2", (0.885, 0.89)),
)
BACKGROUNDS, SIGNALS = ("0.5", "3", "10"), (0.0, 2.0, 5.0, 10.0)
SPECTRUM_SIGNALS = (0.0, 5.0, 10.0, 20.0, 40.0)
#: True charge radii [1e-32 cm^2]: on both sides of the value where interference and square cancel most, and there.
RADII = (-60.0, -45.0, -30.0, -15.0, 0.0, 20.0)
CHARM = (0.0, 11.5, 23.0)


class Cell(NamedTuple):
    """Coverage of one construction at one truth, and the least that is asked of it."""

    case: str
    where: str
    construction: str
    found: Coverage
    asked: float | None


def percent(found: Coverage) -> str:
    """With the error of pseudo-experiments; what enumeration leaves open is less than the last digit."""
    error = "" if found.exact else f" +- {100 * found.error:.1f}"
    return f"{100 * found.fraction:.1f}{error}"


def with_signal(variant: str, events: float) -> tuple[Model, Hypothesis]:
    """counting.yaml in a variant with data at the truth, so that OFF counts have the background of the file."""
    experiment = nd.load(EXPERIMENTS / "counting.yaml", variant=variant)
    model = likelihood(experiment, "mu_e")
    eta = np.zeros(len(model.nuisances))
    truth = Hypothesis(events / events_of_one(model, eta), eta)
    expected = model.expected(truth.poi, eta)
    if experiment.off_background is not None:
        expected = expected + experiment.off_background
    return eqx.tree_at(lambda m: m.observed, model, expected), truth


def events_of_one(model: Model, eta: np.ndarray) -> float:
    """Signal events of a parameter of interest of one."""
    return float((model.expected(1.0, eta) - model.expected(0.0, eta)).sum())


def counting() -> Iterator[Cell]:
    """One window: every outcome."""
    for knowledge, title, asked in KNOWLEDGE:
        for b in BACKGROUNDS:
            for s in SIGNALS:
                model, truth = with_signal(f"{knowledge}-{b}", s)
                for k, (name, method, asymptotic) in enumerate(COLUMNS):
                    found = coverage_by_enumeration(model, truth, 0.9, method, asymptotic=asymptotic)
                    least = None if asymptotic else asked[k]
                    yield Cell(title, f"b = {b}, s = {s:g}", name, found, least)


def spectrum(experiments: int, toys: int) -> Iterator[Cell]:
    """Thirty bins: toys."""
    model = likelihood(nd.load(EXPERIMENTS / "spectrum.yaml"), "mu_e")
    eta = np.zeros(len(model.nuisances))
    for events in SPECTRUM_SIGNALS:
        truth = Hypothesis(events / events_of_one(model, eta), eta)
        for k, (name, method, asymptotic) in enumerate(COLUMNS):
            found = coverage_by_toys(
                model, truth, 0.9, method, asymptotic=asymptotic, experiments=experiments, toys=toys, seed=11
            )
            yield Cell("Spectrum", f"s = {events:g}", name, found, None if asymptotic else (0.885, 0.89)[k])


def radii(experiments: int, toys: int) -> Iterator[Cell]:
    """Counts that are quadratic in a charge radius: every outcome, and toys for comparison."""
    model = likelihood(nd.load(EXPERIMENTS / "radius.yaml"), "r2_mu")
    eta = np.zeros(len(model.nuisances))
    for value in RADII:
        truth, where = Hypothesis(value, eta), f"{value:g} ({float(model.expected(value, eta).sum()):.1f})"
        yield Cell("Charge radius", where, "Feldman-Cousins", coverage_by_enumeration(model, truth), 0.885)
        by_toys = coverage_by_toys(model, truth, experiments=experiments, toys=toys, seed=11)
        yield Cell("Charge radius", where, "Feldman-Cousins by toys", by_toys, None)
        found = coverage_by_enumeration(model, truth, 0.9, "unified", asymptotic=True)
        yield Cell("Charge radius", where, "unified", found, None)


def charm(experiments: int, toys: int) -> Iterator[Cell]:
    """A Gaussian measurement that is quadratic in a charge radius: toys."""
    model = likelihood(nd.load("charm-ii", "neutrinos"), "r2_mu")
    for value in CHARM:
        truth = Hypothesis(value, np.zeros(len(model.nuisances)))
        where = f"{value:g}"
        found = coverage_by_toys(model, truth, experiments=experiments, toys=toys, seed=11)
        yield Cell("charm-ii", where, "Feldman-Cousins by toys", found, 0.885)
        found = coverage_by_toys(model, truth, 0.9, "unified", asymptotic=True, experiments=experiments, seed=11)
        yield Cell("charm-ii", where, "unified", found, None)


def table(cells: list[Cell], first: str) -> list[str]:
    """Rows of one case, a construction a column."""
    names = list(dict.fromkeys(cell.construction for cell in cells))
    rows = [f"| {first} | " + " | ".join(names) + " |", "|---" * (1 + len(names)) + "|"]
    for where in dict.fromkeys(cell.where for cell in cells):
        row = {cell.construction: percent(cell.found) for cell in cells if cell.where == where}
        rows.append(f"| {where} | " + " | ".join(row[name] for name in names) + " |")
    return rows


def verdicts(cells: list[Cell]) -> list[str]:
    """The lowest cell of every case and construction that something is asked of."""
    rows = ["| case | construction | asked | lowest | where | met |", "|---|---|---|---|---|---|"]
    asked = [cell for cell in cells if cell.asked is not None]
    for case, name in dict.fromkeys((cell.case, cell.construction) for cell in asked):
        those = [cell for cell in asked if (cell.case, cell.construction) == (case, name)]
        low = min(those, key=lambda cell: cell.found.fraction)
        met = all(cell.found.fraction >= cell.asked - _allowed(cell.found) for cell in those)
        rows.append(
            f"| {case} | {name} | {100 * low.asked:g} | {percent(low.found)} | {low.where} | {'yes' if met else 'no'} |"
        )
    return rows


def _allowed(found: Coverage) -> float:
    """What a fraction may miss by its error: two binomial deviations of toys, all of what enumeration left open."""
    return found.error if found.exact else 2 * found.error


def below(cells: list[Cell]) -> list[str]:
    """Every cell below the level."""
    low = [cell for cell in cells if cell.asked is not None and cell.found.fraction < 0.9]
    return [f"* {cell.case}, {cell.construction}, {cell.where}: {percent(cell.found)} %" for cell in low] or ["None."]


def on_off_sums(s: float, b: float, tau: float) -> tuple[float, float]:
    """Feldman-Cousins of ON and OFF counts in NumPy: coverage with p at the fitted background, and at the true one."""
    ons, offs = (np.arange(mean + 9 * np.sqrt(mean) + 14) for mean in (s + b, tau * b))
    n, m = (grid.ravel() for grid in np.meshgrid(ons, offs, indexing="ij"))

    def deviance(signal: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        lead = (1 + tau) * signal - n - m
        y = (-lead + np.sqrt(lead**2 + 4 * (1 + tau) * m * signal)) / (2 * (1 + tau))
        return 2 * ((1 + tau) * y + signal - xlogy(n, signal + y + (n == 0)) - xlogy(m, tau * y + (m == 0))), y

    def probability(y: float) -> np.ndarray:
        return poisson.pmf(n, s + y) * poisson.pmf(m, tau * y)

    held, y = deviance(s)
    t = held - deviance(np.maximum(n - m / tau, 0.0))[0]
    chance = probability(b)
    likely = np.flatnonzero(chance > 1e-9)
    far = [t >= t[k] - 1e-9 for k in likely]
    fitted = np.array([probability(y[k])[those].sum() for k, those in zip(likely, far, strict=True)])
    true = np.array([chance[those].sum() for those in far])
    return float(chance[likely] @ (fitted >= 0.1)), float(chance[likely] @ (true >= 0.1))


def on_off_table(cells: list[Cell]) -> list[str]:
    """Both sums of every cell of ON-OFF and Feldman-Cousins below the level."""
    rows = ["| case | package | sum, p at the fitted background | sum, p at the true one |", "|---|---|---|---|"]
    for cell in cells:
        if "tau" in cell.case and cell.construction == "Feldman-Cousins" and cell.found.fraction < 0.9:
            tau = float(cell.case.split(" = ")[1])
            b, s = (float(part.split(" = ")[1]) for part in cell.where.split(", "))
            sums = " | ".join(f"{100 * value:.1f}" for value in on_off_sums(s, b, tau))
            rows.append(f"| tau = {tau:g}, {cell.where} | {percent(cell.found)} | {sums} |")
    return rows


def known_curves(signals: np.ndarray) -> dict[tuple[str, str], list[float]]:
    """Coverage against the signal by background and construction, the background known exactly."""
    curves: dict[tuple[str, str], list[float]] = {}
    for b in BACKGROUNDS:
        for s in signals:
            model, truth = with_signal(f"known-{b}", float(s))
            for name, method, asymptotic in COLUMNS[:3]:
                found = coverage_by_enumeration(model, truth, 0.9, method, asymptotic=asymptotic, missing=1e-3)
                curves.setdefault((b, name), []).append(found.fraction)
    return curves


def picture(points: int) -> None:
    """Coverage against the signal for known backgrounds."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    signals = np.linspace(0, 12, points)
    curves = known_curves(signals)
    with rc_context({"font.size": 9}):
        figure = Figure(figsize=(9, 3), layout="constrained")
        panels = figure.subplots(1, len(BACKGROUNDS), sharey=True)
        for axes, b in zip(panels, BACKGROUNDS, strict=True):
            for name, _, _ in COLUMNS[:3]:
                axes.plot(signals, 100 * np.array(curves[b, name]), label=name, lw=1.2)
            axes.axhline(90, color="grey", lw=0.8, ls=":")
            axes.set(title=f"b = {b}, known", xlabel="signal events", ylim=(80, 101))
        panels[0].set_ylabel("coverage at 90 % CL (%)")
        panels[0].legend(frameon=False, fontsize=8)
        figure.savefig(PICTURE, dpi=150, metadata={"Software": None})


def plain_difference(cells: list[Cell]) -> float:
    """Largest difference to the plain construction of counts, over what enumeration leaves open."""
    excess = []
    for cell in cells:
        if cell.case == KNOWLEDGE[0][1] and cell.construction == "Feldman-Cousins":
            b, s = (float(part.split(" = ")[1]) for part in cell.where.split(", "))
            excess.append(abs(cell.found.fraction - coverage(s, b)))
    return max(excess)


def page(cells: list[Cell], given: argparse.Namespace, seconds: float) -> str:
    """The page."""
    of = {case: [cell for cell in cells if cell.case == case] for case in dict.fromkeys(cell.case for cell in cells)}
    tables = [[f"### {title}", "", *table(of[title], "b, s"), ""] for _, title, _ in KNOWLEDGE]
    filled = {
        "minutes": f"{seconds / 60:.0f}",
        "verdicts": verdicts(cells),
        "below": below(cells),
        "known_nuisance": on_off_table(cells),
        "counting": [line for lines in tables for line in lines],
        "plain": f"{100 * plain_difference(cells):.2f}",
        "open": f"{100 * max(cell.found.error for cell in cells if cell.found.exact):.2f}",
        "experiments": given.experiments,
        "toys": given.toys,
        "spectrum": table(of["Spectrum"], "s"),
        "radius": table(of["Charge radius"], "true r2_mu (counts)"),
        "charm": table(of["charm-ii"], "true r2_mu"),
    }
    text = Template((EXPERIMENTS / "page.md").read_text(encoding="utf-8"))
    return text.substitute({key: "\n".join(v) if isinstance(v, list) else v for key, v in filled.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=4000)
    parser.add_argument("--toys", type=int, default=300)
    parser.add_argument("--points", type=int, default=49, help="of the picture")
    given, start = parser.parse_args(), time.perf_counter()
    cells: list[Cell] = []
    number = (given.experiments, given.toys)
    for part in (counting(), spectrum(*number), radii(*number), charm(*number)):
        for cell in part:
            cells.append(cell)
            print(f"{cell.case}, {cell.where}, {cell.construction}: {percent(cell.found)}", flush=True)
    picture(given.points)
    used = os.times()
    seconds = used.user + used.system
    PAGE.write_text(page(cells, given, seconds), encoding="utf-8")
    print(f"{PAGE}: {time.perf_counter() - start:.0f} s on the clock, {seconds:.0f} s of CPU time")


if __name__ == "__main__":
    main()

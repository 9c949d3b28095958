"""Whether the stated errors of ends by toys are those from one seed to another: run with `make seeds`.

Ends are compared with enumeration where counts are few, else with the mean of all seeds. A pull has mean zero and width
one if the error is true.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nudipole.experiments import load
from nudipole.experiments.likelihood import likelihood
from nudipole.statistics.fit import best_fit
from nudipole.statistics.likelihood import Model
from nudipole.statistics.neyman.belt import toy_interval
from nudipole.statistics.neyman.exact import exact_interval

METHODS = ("cls", "feldman-cousins")

#: No event over three, and ON and OFF counts of three bins: reactor at 13.9 m, germanium, one or three bins.
_REACTOR = """
title: few counts
notes: invented
reference: [{texkey: A:2020, where: invented}]
source: {kind: reactor, power: 3 GW, baseline: 13.9 m, fractions: pwr}
target: {element: Ge}
"""
ONE_BIN = f"""name: no-event-over-three
{_REACTOR}
process: {{kind: nu-e, binding: stepping, couplings: one-loop}}
exposure: 3 kg d
detector: {{bins: {{from: 3 keV, to: 50 keV, width: 47 keV}}}}
data: [0]
statistics: {{kind: poisson}}
backgrounds: {{b: {{counts: [3.0], normalisation: {{gaussian: 20 %}}, note: invented}}}}
"""
ON_OFF = f"""name: on-off
{_REACTOR}
process: {{kind: nu-e, binding: stepping, couplings: one-loop}}
exposure: 3 kg d
detector: {{bins: {{edges: [3, 10, 20, 50], unit: keV}}}}
data: [0, 0, 0]
statistics: {{kind: on-off, off_exposure: 3 kg d, off: [2, 4, 4]}}
backgrounds: {{}}
"""


def models(folder: Path) -> dict[str, Model]:
    """By name; files are written to the folder."""
    found = {}
    for name, text in (("no event over 3 +- 20 %", ONE_BIN), ("ON-OFF, three bins", ON_OFF)):
        path = folder / "few.yaml"
        path.write_text(text, encoding="utf-8")
        found[name] = likelihood(load(path))
    return {**found, "xenonnt-2022": likelihood(load("xenonnt-2022"))}


def pulls(model: Model, method: str, seeds: Sequence[int], cl: float = 0.90) -> tuple[float, float, float, bool]:
    """Mean and width of the pulls of upper ends, mean relative error stated, whether the end is known exactly."""
    fit = best_fit(model)
    found = [toy_interval(model, cl, method, seed=seed, fit=fit, enumeration=False) for seed in seeds]
    ends, errors = (np.array(x) for x in zip(*((f.upper, f.upper_error) for f in found), strict=True))
    exact = exact_interval(model, cl, method, fit)
    pull = (ends - (ends.mean() if exact is None else exact.upper)) / errors
    return float(pull.mean()), float(pull.std(ddof=1)), float(np.mean(errors / ends)), exact is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    print("| model | method | seeds | compared with | mean pull | width | stated error |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models(Path(folder)).items():
            for method in METHODS if given.only in name else ():
                mean, width, error, exact = pulls(model, method, range(1, given.seeds + 1))
                against = "enumeration" if exact else "their mean"
                print(
                    f"| {name} | {method} | {given.seeds} | {against} | {mean:+.2f} | {width:.2f} "
                    f"| {100 * error:.2f} % |",
                    flush=True,
                )


if __name__ == "__main__":
    main()

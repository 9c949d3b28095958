"""The table of speed: every row beside its peer or its bound, in one run. Run with `make bench`.

CPU time of whole processes and their threads, the least of several runs, one thread of BLAS: other people may use the
machine. Peers are measured in the same run, by Pythons of their own that environment variables name
(NUDIPOLE_PYHF_PYTHON, NUDIPOLE_OPTIMISTIX_PYTHON), and NUDIPOLE_WORKSPACE names the workspace of 65 parameters; a row
without its peer says so. Writes benchmarks/table.json and docs/reference/benchmarks.md.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "benchmarks.md"
PACKAGES = ("nudipole", "jax", "jaxlib", "numpy", "scipy", "iminuit", "equinox")


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    name : str
    call : str
        Expression over the functions of `rows`.
    bound : float, optional
        CPU seconds that are wanted, at most.
    ratios : tuple of (str, float)
        Peers, by the beginning of their name, and how many times as long as ours they shall take.
    long : bool
        Minutes: left out with --short.
    """

    name: str
    call: str
    bound: float | None = None
    ratios: tuple[tuple[str, float], ...] = ()
    long: bool = False


ROWS = (
    Row("`limit xenonnt-2022`, cold", "command('limit', 'xenonnt-2022', warm=False, cache=cache)", 4.0),
    Row("`limit xenonnt-2022`, warm", "command('limit', 'xenonnt-2022', warm=True, cache=cache)", 1.3),
    Row("`--help`", "command('--help', warm=True, cache=cache)", 0.25),
    Row("`experiments`", "command('experiments', warm=True, cache=cache)", 0.25),
    Row("`show xenonnt-2022`", "command('show', 'xenonnt-2022', warm=True, cache=cache)", 0.25),
    Row("`schema`", "command('schema', warm=True, cache=cache)", 0.25),
    Row("`limits`", "command('limits', warm=True, cache=cache)", 0.5),
    Row("`report`, cold", "command('report', '-o', 'cold.html', warm=False, cache=cache)", 120.0, long=True),
    Row("`report`, warm", "command('report', '--force', warm=False, cache=cache)", 40.0, long=True),
    Row("`validate`, warm", "command('validate', warm=False, cache=cache)", 12.0, long=True),
    *(
        Row(f"first call, {k} nuisances", f"first_call({k})", bound)
        for k, bound in ((3, None), (10, 5.0), (20, 5.0), (30, 5.0), (100, 15.0))
    ),
    Row("workspace of 65 parameters to its limit, cold", "workspace(cache)", 15.0),
    *(Row(f"a toy, 30 bins, {k} nuisances", f"toy({k}, 30)", None, (("iminuit", 25.0),)) for k in (10, 15, 20, 30)),
    Row("a toy, 300 bins, 3 nuisances", "toy(3, 300)", 64e-6),
    Row("a toy, 1000 bins, 3 nuisances", "toy(3, 1000)", 214e-6),
    Row(
        "a toy, 30 bins, 3 nuisances",
        "toys_of_thirty_bins()",
        4.2e-6,
        (("pyhf 0.7.6, numpy", 1500.0), ("pyhf 0.7.6, jax", 600.0), ("optimistix", 8.0), ("iminuit", 25.0)),
    ),
    Row("80 000 of them on two threads, by the clock", "two_threads()"),
    Row("solar P(E), 1000 energies, 40 zones, one component", "solar(1)", 1.5e-3),
    Row("the same, eight components", "solar(8)", 5e-3),
    Row("full response, 8 sources x 10 channels x 3 x 3", "response()"),
    Row("Feldman-Cousins belt of xenonnt-2022, 30 x 10^4 toys", "feldman_cousins()", 1.2),
    Row("a wiggle fit, five parameters, 4155 bins", "wiggle()", 35e-6, (("iminuit", 100.0),)),
)


def measured(row: Row, cache: str) -> dict[str, Any]:
    """A row in a process of its own."""
    program = f"import json, rows; from rows import *; cache = {cache!r}; print(json.dumps({row.call}))"
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=HERE, env={**os.environ, **one}
    )
    found = {"name": row.name, "bound": row.bound, "aims": dict(row.ratios), "took": time.perf_counter() - begun}
    if done.returncode:
        return found | {"note": "failed: " + (done.stderr.strip().splitlines() or ["?"])[-1]}
    return found | json.loads(done.stdout.splitlines()[-1])


def written(seconds: float | None) -> str:
    """In a fitting unit."""
    if seconds is None:
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.2g} s"


def beside(found: dict[str, Any]) -> str:
    """Peers and notes of a row."""
    words = []
    for name, seconds in found.get("peers", {}).items():
        aim = next((aim for start, aim in found["aims"].items() if name.startswith(start)), None)
        ratio = seconds / found["seconds"]
        words.append(f"{name}: {written(seconds)}, {ratio:.3g} times as long" + (f" (aim {aim:g})" if aim else ""))
    return "; ".join([*words, *filter(None, [found.get("note", "")])])


def line(found: dict[str, Any]) -> str:
    return f"| {found['name']} | {written(found.get('seconds'))} | {written(found['bound'])} | {beside(found)} |"


def machine() -> dict[str, str]:
    model = next(
        (
            text.split(":", 1)[1].strip()
            for text in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in text
        ),
        platform.processor(),
    )
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": sys.version.split()[0],
    }


def page(record: dict[str, Any]) -> str:
    about = ", ".join(record["machine"].values())
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return f"""# Benchmarks

CPU time of the whole process and all its threads, the least of several runs, one thread of BLAS; peers measured in the
same run on the same machine, from environments of their own. `make bench` writes this page and
[table.json](../../benchmarks/table.json); how each row is measured is in [rows.py](../../benchmarks/rows.py).

Machine: {about}. Load when it began: {record["load"]:.1f}.

Versions: {versions}.

| work | CPU time | wanted, at most | peers in the same run |
|---|---|---|---|
""" + "".join(line(found) + "\n" for found in record["rows"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the table of speed.")
    parser.add_argument("--short", action="store_true", help="without report and validate, which take minutes")
    parser.add_argument("--only", metavar="WORDS", default="", help="rows with these words; nothing is written")
    chosen = parser.parse_args()
    rows = [row for row in ROWS if chosen.only in row.name and not (chosen.short and row.long)]
    record: dict[str, Any] = {"machine": machine(), "load": os.getloadavg()[0]}
    record["versions"] = {name: importlib.metadata.version(name) for name in PACKAGES}
    with tempfile.TemporaryDirectory() as cache:
        record["rows"] = []
        for row in rows:
            record["rows"].append(measured(row, cache))
            print(line(record["rows"][-1]), flush=True)
    if chosen.short:
        record["rows"] += [
            {"name": row.name, "bound": row.bound, "aims": {}, "note": "not measured (--short)"}
            for row in ROWS
            if row.long
        ]
    if not chosen.only:
        (HERE / "table.json").write_text(json.dumps(record, indent=1) + "\n")
        PAGE.write_text(page(record))


if __name__ == "__main__":
    main()

"""Toys per second of CPU time of pyhf on the 30-bin model of `test_toys`, as JSON on the last line.

To be run by the Python of an environment that has pyhf and numpy < 2.4 (nudipole is not needed there), with one BLAS
thread:

    NUDIPOLE_PYHF_PYTHON=/path/to/that/python make bench
"""

import json
import time

import numpy as np

TOYS = {"numpy": 150, "jax": 400}


def thirty_bins():
    """Templates of signal and backgrounds, and the relative errors of the backgrounds."""
    x = (np.arange(30) + 0.5) / 30
    shapes = {"flat": np.ones(30), "line": np.exp(-0.5 * ((x - 0.5) / 0.05) ** 2), "continuum": np.exp(-x)}
    sizes = {"flat": (300, 0.05), "line": (60, 0.1), "continuum": (150, 0.2)}
    backgrounds = {name: (sizes[name][0] * shape / shape.sum(), sizes[name][1]) for name, shape in shapes.items()}
    falling = np.exp(-3 * x)
    return 20 * falling / falling.sum(), backgrounds


def expected_of_thirty_bins():
    """Templates of the signal (30,) and of the backgrounds (3, 30), and their relative errors (3,)."""
    signal, backgrounds = thirty_bins()
    return (
        signal,
        np.array([counts for counts, _ in backgrounds.values()]),
        np.array([w for _, w in backgrounds.values()]),
    )


def model():
    """HistFactory model: a linear Gaussian normalisation is a histosys."""
    import pyhf

    signal, backgrounds = thirty_bins()
    samples = [
        {
            "name": "signal",
            "data": signal.tolist(),
            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
        }
    ]
    for name, (counts, width) in backgrounds.items():
        change = {"hi_data": ((1 + width) * counts).tolist(), "lo_data": ((1 - width) * counts).tolist()}
        samples.append(
            {
                "name": name,
                "data": counts.tolist(),
                "modifiers": [{"name": name, "type": "histosys", "data": change}],
            }
        )
    return pyhf.Model({"channels": [{"name": "bins", "samples": samples}]}, poi_name="mu")


def rate(backend: str, toys: int) -> float:
    """Toys per second of CPU time: drawn at mu = 1, and fitted twice, for q-tilde at mu = 1."""
    import pyhf

    pyhf.set_backend(backend, precision="64b")
    made = model()
    start, bounds, fixed = made.config.suggested_init(), made.config.suggested_bounds(), made.config.suggested_fixed()
    truth = np.array(start, float)
    truth[made.config.poi_index] = 1.0
    random = np.random.default_rng(1)
    expected = np.asarray(made.expected_data(pyhf.tensorlib.astensor(truth)))
    bins = made.config.nmaindata

    def one():
        main = random.poisson(expected[:bins])
        auxiliary = expected[bins:] + random.standard_normal(len(expected) - bins)
        data = pyhf.tensorlib.astensor(np.concatenate([main, auxiliary]))
        pyhf.infer.test_statistics.qmu_tilde(1.0, data, made, start, bounds, fixed)

    for _ in range(5):
        one()
    begun = time.process_time()
    for _ in range(toys):
        one()
    return toys / (time.process_time() - begun)


if __name__ == "__main__":
    import pyhf

    print(json.dumps({backend: rate(backend, toys) for backend, toys in TOYS.items()} | {"pyhf": pyhf.__version__}))

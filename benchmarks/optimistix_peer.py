"""CPU seconds a toy of a vmapped BFGS of optimistix on the 30-bin model, two fits a toy, as JSON on the last line.

What a user of evermore writes: the same likelihood in JAX. The parameter of interest is a square, so that it is not
negative. To be run by the Python of an environment that has optimistix (nudipole is not needed there):

    NUDIPOLE_OPTIMISTIX_PYTHON=/path/to/that/python make bench
"""

import json
import time

import jax
import jax.numpy as jnp
import numpy as np
import optimistix

from pyhf_peer import expected_of_thirty_bins

jax.config.update("jax_enable_x64", True)
TOYS = 2000


def main():
    signal, counts, widths = expected_of_thirty_bins()
    solver = optimistix.BFGS(rtol=1e-8, atol=1e-8)

    def chi2(mu, eta, data, auxiliary):
        n = jnp.maximum(mu * signal + (1 + widths * eta) @ counts, 1e-10)
        return 2 * jnp.sum(n - data + data * jnp.log(jnp.where(data > 0, data, 1.0) / n)) + jnp.sum(
            (eta - auxiliary) ** 2
        )

    def least(function, start, data, auxiliary):
        found = optimistix.minimise(lambda x, _: function(x), solver, start, max_steps=500, throw=False)
        return function(found.value)

    def q(data, auxiliary):
        held = least(lambda eta: chi2(1.0, eta, data, auxiliary), jnp.zeros(3), data, auxiliary)
        free = least(lambda x: chi2(x[0] ** 2, x[1:], data, auxiliary), jnp.array([1.0, 0, 0, 0]), data, auxiliary)
        return held - free

    random = np.random.default_rng(1)
    expected = signal + counts.sum(axis=0)
    data, auxiliary = random.poisson(expected, (TOYS, 30)).astype(float), random.standard_normal((TOYS, 3))
    run = jax.jit(jax.vmap(q))
    run(data, auxiliary).block_until_ready()
    best = np.inf
    for _ in range(5):
        begun = time.process_time()
        found = run(random.poisson(expected, (TOYS, 30)).astype(float), auxiliary).block_until_ready()
        best = min(best, (time.process_time() - begun) / TOYS)
    lowest = float(found.min())
    print(
        json.dumps(
            {
                "seconds": best,
                "lowest q": lowest,
                "version": f"optimistix {optimistix.__version__}, jax {jax.__version__}",
            }
        )
    )


if __name__ == "__main__":
    main()

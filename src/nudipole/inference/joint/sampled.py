r"""Posterior of all parameters of a joint fit, phases and nuisances included, by Hamiltonian Monte Carlo.

A modulus with its phase is sampled as a complex number, so that zero is a point like any other: the prior is flat in
its real and imaginary parts, that is in :math:`|\Lambda|^2` and the phase. A moment without a phase has the same prior,
flat in its square. Charges and radii are flat; nuisances have their constraints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import FitError, NudipoleError
from nudipole.experiments.features import size_of
from nudipole.inference.joint.problem import Problem, phase_of
from nudipole.numerics import jax, jnp
from nudipole.sampling.inference_data import built
from nudipole.sampling.nuts import nuts
from nudipole.sampling.posterior import Diagnostic, diagnose
from nudipole.statistics.blocks import Minimum

Numbers = NDArray[np.float64]

#: Chains that agree, and samples that are enough.
_RHAT, _ESS = 1.02, 200.0
#: Starts are this much wider than the curvature of the best fit, in standard deviations.
_SPREAD = 0.5
_MOST = 20_000_000


@dataclass(frozen=True)
class JointPosterior:
    """Samples of a joint fit.

    Attributes
    ----------
    samples : dict of (c, n)
        Parameters in their units, moduli positive, phases relative to the first; chains, draws.
    nuisances : dict of (c, n)
    diverging : (c, n) bool
    chi2 : (c, n)
    warmup, seed : int
    prior : str

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(1).normal(size=(4, 500))
    >>> found = JointPosterior({"mu_e": abs(draws)}, {}, draws > 9, draws**2, 100, 1, "flat in the square")
    >>> found.doubts, round(found.upper("mu_e", 0.9), 1)
    ([], 1.7)
    """

    samples: dict[str, Numbers]
    nuisances: dict[str, Numbers]
    diverging: NDArray[np.bool_]
    chi2: Numbers
    warmup: int
    seed: int
    prior: str

    @cached_property
    def diagnostics(self) -> dict[str, Diagnostic]:
        """R-hat and effective sample size of every parameter; of a phase those of its sine."""
        return {
            name: diagnose(np.sin(draws) if name.startswith("phi_") else draws)
            for name, draws in {**self.samples, **self.nuisances}.items()
        }

    def upper(self, name: str, cl: float) -> float:
        """Upper credible limit of a parameter, or of the size of one with a sign."""
        return float(np.quantile(np.abs(self.samples[name]), cl))

    @property
    def doubts(self) -> list[str]:
        """What is wrong with the chains."""
        found = []
        worst = max(self.diagnostics, key=lambda name: self.diagnostics[name].rhat)
        least = min(self.samples, key=lambda name: self.diagnostics[name].ess)
        if not self.diagnostics[worst].rhat < _RHAT:
            found.append(f"chains do not agree: R-hat of {worst} is {self.diagnostics[worst].rhat:.3f}")
        if not self.diagnostics[least].ess > _ESS:
            found.append(f"few independent samples: {self.diagnostics[least].ess:.0f} of {least}")
        share = float(self.diverging.mean())
        if share > 0.01:
            found.append(f"{100 * share:.1f} % of the trajectories diverged")
        return found

    def inference_data(self) -> Any:
        """An `arviz.InferenceData`, or from ArviZ 1 on the `xarray.DataTree` that took its place."""
        stats = {"diverging": self.diverging, "lp": -self.chi2 / 2}
        attributes = {"prior": self.prior, "seed": self.seed, "warmup": self.warmup}
        return built({"posterior": {**self.samples, **self.nuisances}, "sample_stats": stats}, attributes)

    def to_json(self, cl: float) -> dict[str, Any]:
        """Plain data: limits and diagnostics; samples go to ArviZ."""
        return {
            "prior": self.prior,
            "chains": len(self.chi2),
            "draws": self.chi2.shape[1],
            "warmup": self.warmup,
            "seed": self.seed,
            "upper": {name: self.upper(name, cl) for name in self.samples if not name.startswith("phi_")},
            "diagnostics": {name: self.diagnostics[name]._asdict() for name in self.samples},
            "divergences": int(self.diverging.sum()),
            "doubts": self.doubts,
        }


def posterior(
    posed: Problem, best: Minimum, *, chains: int = 4, draws: int = 1000, warmup: int = 500, seed: int = 1
) -> JointPosterior:
    """Sample a joint likelihood with the No-U-Turn sampler, started around the best fit.

    Parameters
    ----------
    posed : Problem
    best : Minimum
    chains, draws, warmup, seed : int

    Returns
    -------
    JointPosterior

    Raises
    ------
    OutOfRange, NudipoleError
        For numbers of chains and draws that make no posterior, or phases that are held.
    FitError
        If samples are not finite.

    References
    ----------
    Hoffman and Gelman, J. Mach. Learn. Res. 15 (2014) 1593; Phan, Pradhan and Jankowiak, arXiv:1912.11554
    """
    for name, value in {"chains": chains, "draws": draws, "warmup": warmup}.items():
        arguments.number(name, value, low=1 if name == "chains" else 10, high=1e6)
    if posed.signed:
        raise NudipoleError("phases are held: a posterior is over the moments with their phases, phases profiled")
    nuts()
    coordinates = _Coordinates(posed, best)
    if chains * draws * coordinates.size > _MOST:
        raise NudipoleError(f"{chains} chains of {draws} draws are over {_MOST} numbers: take fewer")
    random = np.random.default_rng(seed)
    z0 = coordinates.start + _SPREAD * random.normal(size=(chains, coordinates.size))
    z, diverging, energy = _run(coordinates.potential, z0, jax.random.key(seed % 2**63), warmup, draws)
    x = np.asarray(jax.vmap(jax.vmap(coordinates.parameters))(z))
    if not np.all(np.isfinite(x)):
        raise FitError("the posterior has samples that are not finite", {})
    columns = dict(zip(posed.blocks.names, np.moveaxis(x, -1, 0), strict=True))
    sizes = {parameter.name: size_of(parameter) for parameter in posed.parameters}
    return JointPosterior(
        {name: columns[name] * sizes[name] for name in posed.names},
        {name: column for name, column in columns.items() if name not in sizes},
        np.asarray(diverging),
        2 * np.asarray(energy),
        warmup,
        seed,
        "flat in the squares of moments and in phases; charges and radii flat",
    )


class _Coordinates:
    """Where the sampler moves: nuisances by their errors, moments as complex numbers."""

    def __init__(self, posed: Problem, best: Minimum) -> None:
        blocks = posed.blocks
        self.value = blocks.traced()
        self.moduli = blocks.places([parameter.name for parameter in posed.moduli])
        turned = [blocks.index.get(phase_of(p), -1) if phase_of(p) else -1 for p in posed.moduli]
        self.phases = np.array(turned, dtype=int)
        taken = {*self.moduli.tolist(), *self.phases[self.phases >= 0].tolist()}
        self.rest = np.array([k for k in range(len(blocks.names)) if k not in taken], dtype=int)
        curvature = np.diag(best.hessian)[self.rest] / 2
        self.scale = np.where(curvature > 1e-6, 1 / np.sqrt(np.maximum(curvature, 1e-6)), 1.0)
        self.centre, self.lower, self.upper = best.x[self.rest], blocks.lower[self.rest], blocks.upper[self.rest]
        self.length = len(blocks.names)
        values = best.x[self.moduli]
        angles = np.where(self.phases >= 0, best.x[self.phases], 0.0)
        self.start = np.concatenate([np.zeros(len(self.rest)), values * np.cos(angles), values * np.sin(angles)])

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return len(self.start)

    def parameters(self, z: Float[Array, " q"]) -> Float[Array, " p"]:
        """All parameters of the likelihood."""
        n, m = len(self.rest), len(self.moduli)
        real, imaginary = z[n : n + m], z[n + m :]
        x = jnp.zeros(self.length)
        x = x.at[self.rest].set(jnp.asarray(self.centre) + jnp.asarray(self.scale) * z[:n])
        x = x.at[self.moduli].set(jnp.sqrt(real**2 + imaginary**2 + 1e-24))
        angles = jnp.arctan2(imaginary, real)
        # Only phases relative to the one that is no parameter matter.
        free = self.phases >= 0
        if np.any(free):
            first = int(np.flatnonzero(~free)[0]) if np.any(~free) else 0
            turned = (angles - angles[first] + jnp.pi) % (2 * jnp.pi) - jnp.pi
            x = x.at[self.phases[free]].set(turned[np.flatnonzero(free)])
        return x

    def potential(self, z: Float[Array, " q"]) -> Float[Array, ""]:
        """Half of chi2; infinite beyond the bounds of nuisances."""
        x = self.parameters(z)
        inside = jnp.all((x[self.rest] >= self.lower) & (x[self.rest] <= self.upper))
        return jnp.where(inside, self.value(x) / 2, jnp.inf)


def _run(potential: Callable[[Any], Any], z0: Numbers, key: Any, warmup: int, draws: int) -> tuple[Any, Any, Any]:
    hmc = nuts()

    def chain(z: Any, own: Any) -> tuple[Any, Any, Any]:
        start, advance = hmc(potential_fn=potential, algo="NUTS")
        state = start(z, warmup, trajectory_length=None, target_accept_prob=0.9, rng_key=own)

        def step(state: Any, _: None) -> tuple[Any, tuple[Any, Any, Any]]:
            state = advance(state)
            return state, (state.z, state.diverging, state.potential_energy)

        _, rows = jax.lax.scan(step, state, None, length=warmup + draws)
        return tuple(column[warmup:] for column in rows)

    found: tuple[Any, Any, Any] = jax.jit(jax.vmap(chain))(jnp.asarray(z0), jax.random.split(key, len(z0)))
    return found

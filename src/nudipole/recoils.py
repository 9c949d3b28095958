r"""The recoil spectrum of one beam on one target, prepared once and evaluated in a fraction of a millisecond.

.. math:: \frac{dR}{dT} = \sum_c \sum_p K_{cp}(T)\,{\rm Tr}[M_p(T)\,O_c]

The cumulative moments M_p of the beam are summed up once for all recoil energies and operators.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float

from nudipole.errors import NudipoleError
from nudipole.interactions import Process
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.rates import stacked
from nudipole.sources import Beam
from nudipole.sources.moments import continuum_above, cumulative, lines_above, pack, trace_form


class RecoilRate(eqx.Module):
    """Differential rate of recoils of all isotopes of a target, before any detector.

    Attributes
    ----------
    process : Process
        Leaves with a leading axis of isotopes.
    targets : Float[Array, "i"]
        Number of targets times live time for each isotope [MeV^-1].
    E : Float[Array, "h n"]
        Nodes of the energy spectra of all neutrinos and of all antineutrinos [MeV].
    density, above : Float[Array, "h n x"], Float[Array, "h n p x"]
        dphi/dE times rho there as real numbers, and its cumulative moments above each node.
    E_line, line : Float[Array, "h l"], Float[Array, "h l x"]
        Lines of the beam.
    antineutrino : tuple of bool
    carried : tuple of int
        Which x of the nine real numbers of rho are not zero at all energies: one for a pure flavour.
    """

    process: Process
    targets: Float[AnyArray, " i"]
    E: Float[AnyArray, "h n"]
    density: Float[AnyArray, "h n x"]
    above: Float[AnyArray, "h n p x"]
    E_line: Float[AnyArray, "h l"]
    line: Float[AnyArray, "h l x"]
    antineutrino: tuple[bool, ...] = eqx.field(static=True)
    carried: tuple[int, ...] = eqx.field(static=True)

    @classmethod
    def of(cls, beam: Beam, process: Process | Sequence[Process], *, exposure: float = 1.0) -> RecoilRate:
        """Rate of `beam` on `process`, or on the isotopes of an element.

        Parameters
        ----------
        beam : Beam
        process : Process or sequence of Process
            With kernels in powers of 1/E, without a cut on the angle.
        exposure : float
            Target mass times live time, in natural units; 1 gives the rate per unit of it.

        Raises
        ------
        NudipoleError
            If the process has a cut, absorbs photons or leaves one recoil alone: `nudipole.rates.recoil_spectrum` can
            do that.
        """
        isotopes = [process] if not isinstance(process, Sequence) else list(process)
        kinematics = isotopes[0].kinematics
        if isotopes[0].cut is not None or kinematics.logarithmic or kinematics.one_to_one:
            raise NudipoleError("a process with a cut or without moments: use nudipole.rates.recoil_spectrum")
        merged = beam.merged()
        E = np.maximum(np.asarray(merged.E), 1e-9)
        density, line = np.asarray(pack(merged.density)), np.asarray(pack(merged.line))
        carried = np.flatnonzero(np.any(density != 0, axis=(0, 1)) | np.any(line != 0, axis=(0, 1)))
        lit = np.any(line != 0, axis=(0, 2))
        spectrum = jnp.asarray(density[..., carried])
        return cls(
            process=jax.tree.map(jnp.asarray, stacked(isotopes)),
            targets=jnp.array([exposure / float(one.target_mass) for one in isotopes]),
            E=jnp.asarray(E),
            density=spectrum,
            above=jax.vmap(cumulative)(E, spectrum),
            E_line=jnp.asarray(np.asarray(merged.E_line)[:, lit]),
            line=jnp.asarray(line[:, lit][..., carried]),
            antineutrino=merged.antineutrino,
            carried=tuple(carried.tolist()),
        )

    def __call__(self, T: Float[AnyArray, " t"], operators: Complex[AnyArray, "c 3 3"]) -> Float[AnyArray, "c t"]:
        """Rate of every channel [counts/MeV] at recoil energies `T` [MeV], for a neutrino's `operators`."""
        total: AnyArray = _total(self, T, operators)
        return total


# All leaves are arrays, which `jax.jit` dispatches faster than `compiled` does.
@jax.jit
def _total(rate: RecoilRate, T: Float[AnyArray, " t"], operators: Complex[AnyArray, "c 3 3"]) -> Float[AnyArray, "c t"]:
    form = trace_form(operators)[:, np.array(rate.carried, dtype=int)]

    def one_isotope(one: Process, number: AnyArray, h: int) -> AnyArray:
        E, least = rate.E[h], one.kinematics.E_min(T, one.mass)
        start = jnp.clip(least, E[0], E[-1])
        j = jnp.clip(jnp.searchsorted(E, start, side="right") - 1, 0, len(E) - 2)
        moments = continuum_above(E, rate.density[h], rate.above[h], j, start, False)
        if rate.E_line.shape[1]:
            moments = moments + lines_above(rate.E_line[h], rate.line[h], least, False)
        kernels = number * one.kernels(T)[int(rate.antineutrino[h])]
        return jnp.sum(kernels * jnp.einsum("tpx,cx->cpt", moments, form), axis=1)

    total: AnyArray = jnp.zeros(())
    for h in range(len(rate.antineutrino)):
        isotopes: AnyArray = eqx.filter_vmap(partial(one_isotope, h=h))(rate.process, rate.targets)
        total = total + isotopes.sum(axis=0)
    return total

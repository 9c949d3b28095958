r"""The fold: beam x channels x target x detector -> response.

.. math::

    n_b = \sum_s a_s \sum_c {\rm Re\,Tr}[W_{scb}\,O_c], \qquad
    W_{scb} = N t \int dT\,R_b(T) \int dE\,\phi_s(E)\,K_c(E,T)\,\rho_s(E)

At fixed T every kernel is a polynomial in 1/E, so the energy integral is a set of cumulative moments
:math:`M_p = \int_{E_{\min}(T)}^\infty dE\,E^{-p}\phi\rho`, exact for a piecewise-linear spectrum; a line is a step
of them. The equivalent-photon kernel, a sum of 1 and ln E, has moments of those; a cut on the angle takes away
the moment above the highest energy that passes. Where a neutrino leaves one recoil alone (inverse beta decay) the
spectrum itself stands in place of a moment, lines are added one by one, and recoils may be spread by what is not seen.
The T integral is a composite Gauss-Legendre rule with panels that
end at every edge, endpoint and line. Isotopes of an element are folded at once and added.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, cast

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole.detectors import Detector
from nudipole.errors import OutOfRange, Unreachable
from nudipole.interactions import Process
from nudipole.interactions.kinematics import OneToOne
from nudipole.kept import compiled, kept
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.sources import Beam
from nudipole.sources.moments import moments_above, pack, spectrum_at, unpack

#: Gauss-Legendre nodes of a panel, widest panel relative to T, and most panels between two breaks.
_PANEL_NODES = 4
_WIDEST = 0.25
_MOST_PANELS = 4000
_PADDING = 64
#: Processes that are folded in one compiled call.
_AT_ONCE = 20


class Response(eqx.Module):
    """Response of an experiment to neutrino properties: folded once, contracted ever after.

    Attributes
    ----------
    components, channels : tuple of str
        Names along the first two axes.
    W : Complex[Array, "s c b 3 3"]
        Expected counts per unit of operator, axes `axes`.
    """

    components: tuple[str, ...] = eqx.field(static=True)
    channels: tuple[str, ...] = eqx.field(static=True)
    W: Complex[AnyArray, "s c b 3 3"]

    axes: ClassVar[tuple[str, ...]] = ("component", "channel", "bin", "flavour", "flavour'")

    def counts(self, operators: Complex[AnyArray, "c 3 3"]) -> Float[AnyArray, "s b"]:
        """Expected counts of every component in every bin, for the `operators` of a neutrino."""
        return jnp.einsum("scbij,cji->sb", self.W, operators).real

    def spread(self, shares: Float[AnyArray, "s t"]) -> Response:
        """The response in bins of energy and another axis, time or mode, which is the faster.

        `shares` are those of each component's neutrinos along it.
        """
        W = np.asarray(self.W)[:, :, :, None] * np.asarray(shares)[:, None, None, :, None, None]
        return Response(self.components, self.channels, W.reshape(*W.shape[:2], -1, 3, 3))


def recoil_nodes(
    beam: Beam, processes: Sequence[Process], detector: Detector, *, refine: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes T [MeV] and weights of the T integral, padded with zero weights to one of few lengths.

    Panels end where an integrand is not smooth (atomic edges, the recoil endpoints of lines and spectra, kinks of
    the response) and are no wider than the resolution or than a quarter of T; `refine` divides them further.

    Raises
    ------
    Unreachable
        If no neutrino of the beam can reach the lowest bin.
    """
    return _nodes(beam, processes, detector, (*detector.recoil_range(), detector.kinks()), refine)


def _nodes(
    beam: Beam,
    processes: Sequence[Process],
    detector: Detector,
    counted: tuple[float, float, NDArray[np.float64]],
    refine: int = 1,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `recoil_nodes`, with the range of recoils that are counted and the kinks of the response."""
    low, high, kinks = counted
    one_to_one = _one_to_one(processes[0])
    # The spectrum itself bends at its nodes, its moments do not.
    energies = np.concatenate([beam.endpoints if one_to_one is None else np.unique(beam.E), beam.line_energies])
    high = high if one_to_one is None else one_to_one.farthest(high)
    ends = np.concatenate([_recoil_ends(energies, process) for process in processes])
    highest = float(ends.max(initial=0.0))
    if min(high, highest) <= low:
        raise Unreachable("lowest recoil energy counted [MeV]", low, 0, highest)
    high = min(high, highest)
    cuts = [process.cut.least_recoil(energies) for process in processes if process.cut is not None]
    edges = [np.asarray(process.edges) for process in processes]
    breaks = np.concatenate([ends, *edges, *cuts, kinks])
    # The width of the resolution is looked up at breaks alone, so there is one in every octave at least.
    octaves = np.geomspace(low, high, int(np.ceil(np.log2(high / low))) + 1)
    breaks = np.unique(np.concatenate([octaves, breaks[(breaks > low) & (breaks < high)]]))
    relative = np.minimum(detector.relative_width(breaks), _WIDEST)
    ratio = np.minimum(relative[:-1], relative[1:])
    panels = refine * np.ceil(np.log(breaks[1:] / breaks[:-1]) / np.log1p(ratio)).astype(int)
    panels = np.clip(panels, 1, _MOST_PANELS)
    # In equal ratios between two breaks, each of which is a node to the last bit.
    share = np.concatenate([np.arange(n) for n in panels]) / np.repeat(panels, panels)
    start, end = np.repeat(breaks[:-1], panels), np.repeat(breaks[1:], panels)
    nodes = np.append(start * (end / start) ** share, breaks[-1])
    x, w = np.polynomial.legendre.leggauss(_PANEL_NODES)
    half = np.diff(nodes)[:, None] / 2
    T = ((nodes[:-1] + nodes[1:])[:, None] / 2 + half * x).ravel()
    weights = (half * w).ravel()
    # Steps of an eighth: detectors and sources of many kinds then share compiled code.
    step = max(_PADDING, 2 ** (len(T).bit_length() - 3))
    return _padded(T, weights, len(T) + -len(T) % step)


def _padded(
    T: NDArray[np.float64], weights: NDArray[np.float64], length: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of a length, with the last node repeated at no weight."""
    missing = length - len(T)
    return np.concatenate([T, np.full(missing, T[-1])]), np.concatenate([weights, np.zeros(missing)])


def _one_to_one(process: Process) -> OneToOne | None:
    kinematics = process.kinematics
    return cast("OneToOne", kinematics) if kinematics.one_to_one else None


def _recoil_ends(E: NDArray[np.float64], process: Process) -> NDArray[np.float64]:
    kinematics, mass = process.kinematics, float(process.mass)
    return np.concatenate([kinematics.T_min(E, mass), kinematics.T_max(E, mass)])


@compiled
def _rates(
    beam: Beam,
    process: Process,
    T: Float[AnyArray, " t"],
    targets: Float[AnyArray, " i"],
    window: tuple[Float[AnyArray, "k t"], Float[AnyArray, "k t"]] | None,
) -> Float[AnyArray, "t s c 9"]:
    """Rates per recoil energy; leaves of `process` have a leading axis i, of isotopes; `window` ends energies above."""
    logarithmic = process.kinematics.logarithmic
    parts = (beam.E, pack(beam.density), beam.E_line, pack(beam.line))

    def own(one: Process, number: AnyArray) -> AnyArray:
        """Of a process that leaves one recoil alone: the spectrum itself."""
        at = jax.vmap(partial(spectrum_at, at=one.kinematics.E_min(T, one.mass)))(*parts[:2])
        kernels = number * one.kernels(T)[np.array(beam.antineutrino, dtype=int)]
        return jnp.einsum("scpt,stx->tscx", kernels, at)

    def above(least: AnyArray) -> AnyArray:
        return jax.vmap(partial(moments_above, least=least, logarithmic=logarithmic))(*parts)

    def integrand(one: Process, number: AnyArray) -> AnyArray:
        least = one.kinematics.E_min(T, one.mass)
        moments = above(least)
        if window is not None:
            most, share = window
            # What passes a cut lies between `least` and `edge`: all where that is infinite, nothing where it is less.
            beyond = jax.vmap(lambda edge: above(jnp.maximum(edge, least)))(most)
            moments = jnp.einsum("kt,kstpx->stpx", share, moments - beyond)
        kernels = number * one.kernels(T)[np.array(beam.antineutrino, dtype=int)]
        return jnp.einsum("scpt,stpx->tscx", kernels, moments)

    # Isotopes have the same operators: added here, they cost one contraction with the detector.
    isotopes: AnyArray = eqx.filter_vmap(own if process.kinematics.one_to_one else integrand)(process, targets)
    return isotopes.sum(axis=0)


@compiled
def _response(detector: Detector, T: Float[AnyArray, " t"], weights: Float[AnyArray, " t"]) -> Float[AnyArray, "b t"]:
    return detector.response(T) * weights


@compiled
def _spread_response(
    detector: Detector, seen: Float[AnyArray, "k t"], shares: Float[AnyArray, "k t"], weights: Float[AnyArray, " t"]
) -> Float[AnyArray, "b t"]:
    """Responses to what is seen of one energy, which has several shares."""
    return jnp.einsum("bkt,kt,t->bt", jax.vmap(detector.response, 0, 1)(seen), shares, weights)


@compiled
def _lines(
    beam: Beam, process: Process, detector: Detector, number: Float[AnyArray, ""]
) -> Complex[AnyArray, "s c b 3 3"]:
    """Counts of the lines of a beam where each leaves one recoil alone."""
    kinematics = cast("OneToOne", process.kinematics)

    def of(E: AnyArray, line: AnyArray, antineutrino: AnyArray) -> AnyArray:
        T = kinematics.T_min(E, process.mass)
        seen, shares = kinematics.seen(T)
        counted = jnp.einsum("bkl,kl->bl", jax.vmap(detector.response, 0, 1)(seen), shares)
        kernel = number * process.kernels(T)[antineutrino, :, 0] * (T > 0)
        return jnp.einsum("bl,cl,lij->cbij", counted, kernel, line)

    return jax.vmap(of)(beam.E_line, beam.line, jnp.array(beam.antineutrino, dtype=int))


@compiled
def _contracted(response: Float[AnyArray, "b t"], rates: Float[AnyArray, "t s c 9"]) -> Complex[AnyArray, "s c b 3 3"]:
    _, s, c, _ = rates.shape
    packed = (response @ rates.reshape(len(rates), -1)).reshape(-1, s, c, 9)
    return unpack(jnp.moveaxis(packed, 0, 2))


@compiled
def _by_energy(rates: Float[AnyArray, "t s c 9"]) -> Complex[AnyArray, "s c t 3 3"]:
    return unpack(jnp.moveaxis(rates, 0, 2))


def fold(
    beam: Beam, process: Process | Sequence[Process], detector: Detector, *, exposure: float, refine: int = 1
) -> Response:
    """Response of `detector` to `beam` through `process`.

    Parameters
    ----------
    beam : Beam
    process : Process or sequence of Process
        For example `nudipole.interactions.ElectronScattering`; several are isotopes of one kind, which add up.
    detector : Detector
    exposure : float
        Target mass times live time, in natural units (dimensionless: MeV times MeV^-1).
    refine : int
        Divides the panels of the T integral; 2 changes no bin by more than 1e-4.

    Returns
    -------
    Response
        Expected counts per unit operator.
    """
    if not exposure > 0:
        raise OutOfRange("exposure", exposure, 0)
    isotopes = [process] if not isinstance(process, Sequence) else list(process)
    channels = isotopes[0].channels
    shape = (len(beam.components), len(channels), len(detector.bins) - 1, 3, 3)
    W = kept(_folded, beam, isotopes, detector, float(exposure), refine, shape=shape, dtype=complex)
    return Response(beam.components, channels, W)


def _folded(
    beam: Beam, isotopes: list[Process], detector: Detector, exposure: float, refine: int
) -> Complex[AnyArray, "s c b 3 3"]:
    first = isotopes[0]
    T, weights = recoil_nodes(beam, isotopes, detector, refine=refine)
    targets = np.array([exposure / float(one.target_mass) for one in isotopes])
    window = None if first.cut is None else first.cut.most(T)
    # Three compiled pieces: other bins need no new rates, another process no new response.
    rates = _rates(beam, stacked(isotopes), T, targets, window)
    one_to_one = _one_to_one(first)
    if one_to_one is None:
        W: AnyArray = _contracted(_response(detector, T, weights), rates)
        return W
    seen, shares = one_to_one.seen(jnp.asarray(T))
    W = _contracted(_spread_response(detector, seen, shares, weights), rates)
    if len(beam.line_energies):
        W = W + _lines(beam, first, detector, targets[0])
    return W


def fold_each(
    beam: Beam, choices: Sequence[Sequence[Process]], detector: Detector, *, exposure: float
) -> tuple[Response | None, ...]:
    """Responses to processes of one kind that differ in numbers alone, such as the mass of a heavy lepton.

    Parameters
    ----------
    beam : Beam
    choices : sequence of sequence of Process
        Each as of `fold`, without a cut on the angle.
    detector : Detector
    exposure : float
        As of `fold`.

    Returns
    -------
    tuple of Response or None
        As `fold` has it for each; None where that finds that no neutrino reaches the lowest bin.

    Raises
    ------
    OutOfRange
        If the exposure is not positive.
    """
    if not exposure > 0:
        raise OutOfRange("exposure", exposure, 0)
    low, high = detector.recoil_range()
    energies = np.concatenate([beam.endpoints, beam.line_energies])
    highest = [max(float(_recoil_ends(energies, one).max(initial=0.0)) for one in isotopes) for isotopes in choices]
    reached = [k for k, most in enumerate(highest) if min(high, most) > low]
    found: list[Response | None] = [None] * len(choices)
    if reached:
        channels = choices[reached[0]][0].channels
        shape = (len(reached), len(beam.components), len(channels), len(detector.bins) - 1, 3, 3)
        some = [list(choices[k]) for k in reached]
        W = kept(_each_folded, beam, some, detector, float(exposure), shape=shape, dtype=complex)
        for k, one in zip(reached, W, strict=True):
            found[k] = Response(beam.components, channels, one)
    return tuple(found)


def _each_folded(
    beam: Beam, choices: list[list[Process]], detector: Detector, exposure: float
) -> Complex[AnyArray, "n s c b 3 3"]:
    counted = (*detector.recoil_range(), detector.kinks())
    nodes = [_nodes(beam, isotopes, detector, counted) for isotopes in choices]
    longest = max(len(T) for T, _ in nodes)
    T, weights = (np.stack(column) for column in zip(*(_padded(*one, longest) for one in nodes), strict=True))
    targets = np.array([[exposure / float(one.target_mass) for one in isotopes] for isotopes in choices])
    leaves, rest = eqx.partition(stacked([stacked(isotopes) for isotopes in choices]), eqx.is_inexact_array_like)
    rows, parts = min(len(choices), _AT_ONCE), []
    for begin in range(0, len(choices), rows):
        which = np.arange(begin, begin + rows) % len(choices)
        some = eqx.combine(jax.tree.map(lambda leaf, which=which: leaf[which], leaves), rest)
        parts.append(_rows_folded(beam, some, detector, T[which], weights[which], targets[which]))
    W: NDArray[np.complex128] = np.concatenate([np.asarray(part) for part in parts])[: len(choices)]
    return W


@compiled
def _rows_folded(
    beam: Beam,
    process: Process,
    detector: Detector,
    T: Float[AnyArray, "n t"],
    weights: Float[AnyArray, "n t"],
    targets: Float[AnyArray, "n i"],
) -> Complex[AnyArray, "n s c b 3 3"]:
    # The detector does not know which process a recoil is of: one sweep over all nodes.
    response = jnp.moveaxis(detector.response(T.ravel()).reshape(-1, *T.shape), 0, 1) * weights[:, None]

    def one(process: Process, T: AnyArray, targets: AnyArray, response: AnyArray) -> AnyArray:
        W: AnyArray = _contracted(response, _rates(beam, process, T, targets, None))
        return W

    found: AnyArray = eqx.filter_vmap(one)(process, T, targets, response)
    return found


def recoil_spectrum(
    beam: Beam, process: Process | Sequence[Process], T: Float[AnyArray, " t"], *, exposure: float = 1.0
) -> Response:
    r"""Differential rate of recoils before any detector.

    .. math:: \frac{dR}{dT} = \sum_s \sum_c {\rm Re\,Tr}[W_{sc}(T)\,O_c]

    Parameters
    ----------
    beam : Beam
    process : Process or sequence of Process
        Several are isotopes of one kind, which add up.
    T : Float[Array, "t"]
        Recoil energies [MeV], positive.
    exposure : float
        Target mass times live time; 1 gives the rate per unit of it.

    Returns
    -------
    Response
        With recoil energies in place of bins: counts per MeV and unit operator.
    """
    T = np.asarray(T, float)
    if not np.all(T > 0):
        raise OutOfRange("lowest recoil energy", float(T.min()), 0)
    isotopes = [process] if not isinstance(process, Sequence) else list(process)
    first = isotopes[0]
    targets = np.array([exposure / float(one.target_mass) for one in isotopes])
    window = None if first.cut is None else first.cut.most(T)
    W = _by_energy(_rates(beam, stacked(isotopes), T, targets, window))
    return Response(beam.components, first.channels, W)


def stacked(processes: Sequence[Process]) -> Process:
    """One process whose array leaves have a leading axis, without its cut: windows of energy stand for that."""
    dynamic = [eqx.filter(process, eqx.is_inexact_array_like) for process in processes]
    stacked = jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *dynamic)
    made: Any = eqx.combine(stacked, processes[0])
    process: Process = made if made.cut is None else dataclasses.replace(made, cut=None)
    return process

"""Beams in which an effective moment is quoted: flavours near a source, mixtures from the Sun, those of experiments."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.library import available, examples
from nudipole.experiments.loader import load
from nudipole.mixing import Oscillation, nufit
from nudipole.properties import Neutrino, plasmon_moment
from nudipole.sources.mixtures import Mixture, mixtures, names

__all__ = [
    "Mixture",
    "effective_moments",
    "flavour_lam",
    "mass_lam",
    "mixture",
    "mixtures",
    "named",
    "names",
    "plasmon_moment",
]


def mixture(name: str | Experiment, oscillation: Oscillation | None = None) -> Mixture:
    """A beam by name, or what an experiment's dipole channel sees.

    Parameters
    ----------
    name : str or Experiment
        Of `names`; or an experiment as of `nudipole.load`, which is folded.
    oscillation : Oscillation, optional
        Of a beam by name; an experiment has its own.

    Returns
    -------
    Mixture

    Raises
    ------
    UnknownName
        If it is neither.

    Examples
    --------
    >>> print(f"{mixture('xenonnt-2022').rho[0, 0].real:.3f}")
    0.542
    """
    if isinstance(name, str) and name in names():
        return mixtures(oscillation or nufit())[name]
    experiment = name if isinstance(name, Experiment) else named(name)
    prefix = "solar " if experiment.spec.source.kind == "solar" else ""
    words = f"{prefix}beam of {experiment.name}, as its recoils weigh it"
    called = f"{'solar, ' if prefix else ''}{experiment.name}"
    return Mixture(called, words, experiment.dipole_rho)


def named(name: str) -> Experiment:
    """The experiment that a beam is called by.

    Raises
    ------
    UnknownName
        If it is neither in the library nor a file; the message lists beams, too.
    """
    if name not in (*available(), *examples()) and not name.endswith((".yaml", ".yml", "-")):
        raise UnknownName("beam", name, [*names(), *available(), *examples()])
    return load(name)


def effective_moments(neutrino: Neutrino, beams: Iterable[Mixture], U: NDArray[np.complex128]) -> dict[str, float]:
    r"""Effective moments :math:`\sqrt{\mathrm{Tr}[\rho\lambda^\dagger\lambda]}` by beam.

    Parameters
    ----------
    neutrino : Neutrino
    beams : iterable of Mixture
    U : Complex[Array, "3 3"]

    Returns
    -------
    dict of float
        [mu_B]

    Examples
    --------
    >>> nu = Neutrino.majorana(basis="flavour", Lambda=[0, 0, 1e-11])
    >>> near = [Mixture("mu", "", np.diag([0, 1, 0]).astype(complex))]
    >>> effective_moments(nu, near, np.eye(3, dtype=complex))
    {'mu': 1e-11}
    """
    lam = flavour_lam(neutrino, U)
    operator = lam.conj().T @ lam
    means = {beam.name: float(np.einsum("ab,ba->", beam.rho, operator).real) for beam in beams}
    return {name: float(np.sqrt(max(mean, 0.0))) for name, mean in means.items()}


def flavour_lam(neutrino: Neutrino, U: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Moments in the flavour basis [mu_B], in NumPy: many neutrinos one by one need no compilation."""
    lam = np.asarray(neutrino.lam)
    if neutrino.basis == "flavour":
        return lam
    if neutrino.nature == "dirac":
        return np.asarray(U @ lam @ U.conj().T)
    turned = U.conj() @ lam @ U.conj().T
    return np.asarray((turned - turned.T) / 2)  # without rounding on the diagonal


def mass_lam(neutrino: Neutrino, U: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Moments in the mass basis [mu_B], in NumPy."""
    lam = np.asarray(neutrino.lam)
    if neutrino.basis == "mass":
        return lam
    if neutrino.nature == "dirac":
        return np.asarray(U.conj().T @ lam @ U)
    turned = U.T @ lam @ U
    return np.asarray((turned - turned.T) / 2)  # without rounding on the diagonal

"""Parameters by name among those of neutrinos and those of models: the lookup that fits, scans and commands use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nudipole.errors import UnknownName
from nudipole.models.registry import MODELS
from nudipole.properties import parameters
from nudipole.properties.parameters import Parameter

if TYPE_CHECKING:
    from nudipole.properties import Neutrino
    from nudipole.properties.parametrisations import MakesNeutrinos


def find(name: str) -> Parameter:
    """The parameter of this name: of a neutrino, mu_nu, or of a model, su2h.f.

    Parameters
    ----------
    name : str

    Returns
    -------
    Parameter

    Raises
    ------
    UnknownName
        If there is none; the message lists those of the model, where one is named.

    Examples
    --------
    >>> find("mu_e").group, find("su2h.f").group
    ('flavour-diagonal', 'su2h')
    >>> find("su2h.g")
    Traceback (most recent call last):
    nudipole.errors.UnknownName: unknown parameter of su2h 'g': choose from f, f_prime, m_H, m_I, m_R, m_h, n, \
sin2alpha, splitting
    """
    model, dot, key = name.partition(".") if isinstance(name, str) else ("", "", "")
    if dot and model in MODELS:
        return MODELS[model].parameter(key)
    if dot:
        raise UnknownName("model", model, MODELS)
    return parameters.find(name, MODELS)


def known() -> dict[str, Parameter]:
    """All parameters by name, of neutrinos and of models.

    Returns
    -------
    dict of Parameter

    Examples
    --------
    >>> {"mu_nu", "su2h.f"} <= set(known())
    True
    """
    return parameters.known(MODELS)


def beside(name: str) -> list[str]:
    """Names of the parameters that go beside one.

    Examples
    --------
    >>> beside("naturalness.dm")
    ['naturalness.Lambda']
    """
    return parameters.beside(find(name).name, MODELS)


def companions(name: str) -> str:
    """Which parameters go beside one, in words.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        If there is no such parameter.

    Examples
    --------
    >>> companions("mu_12"), companions("naturalness.dm")
    ('beside mu_12 go mu_13, mu_23', 'beside naturalness.dm go naturalness.Lambda')
    """
    return parameters.companions(find(name).name, MODELS)


def owner(names: Iterable[str]) -> MakesNeutrinos:
    """The parametrisation or the model that all these parameters belong to; of none the universal one.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    Parametrisation or Model

    Raises
    ------
    UnknownName, NudipoleError
        If there is no such parameter, or they belong to different ones.

    Examples
    --------
    >>> owner(["su2h.f", "su2h.m_h"]).name
    'su2h'
    """
    from nudipole.properties import parametrisations

    given = list(names)
    for name in given:
        find(name)
    return parametrisations.owner(given, MODELS)


def neutrino_of(values: Mapping[str, float]) -> Neutrino:
    """The neutrino given by parameters of one parametrisation or model, in their units.

    Parameters
    ----------
    values : mapping of str to float

    Returns
    -------
    Neutrino

    Raises
    ------
    UnknownName, NotANumber, ShapeError, OutOfRange, NudipoleError
        As of `nudipole.properties.neutrino_of`.

    Examples
    --------
    >>> print(f"{neutrino_of({'su2h.f': 0.01}).lam[0, 1].real:.2e}")
    7.10e-12
    """
    from nudipole.properties import parametrisations

    for name in values:
        find(name)
    return parametrisations.neutrino_of(values, MODELS)


def neutrinos_of(points: Sequence[Mapping[str, float]]) -> Neutrino:
    """Many of `neutrino_of`, one parametrisation or model for all: every matrix has a first axis of length n.

    Parameters
    ----------
    points : sequence of mappings of str to float

    Returns
    -------
    Neutrino
        Matrices are Complex[Array, "n 3 3"].

    Raises
    ------
    UnknownName, NotANumber, ShapeError, OutOfRange, NudipoleError
        As of `neutrino_of`.

    Examples
    --------
    >>> neutrinos_of([{"su2h.m_h": 100.0}, {"su2h.m_h": 200.0}]).lam.shape
    (2, 3, 3)
    """
    from nudipole.properties import parametrisations

    for name in dict.fromkeys(name for point in points for name in point):
        find(name)
    return parametrisations.neutrinos_of(points, MODELS)

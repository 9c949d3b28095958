"""A neutrino that people describe: in neutrino.yaml, by a mapping, or by a model and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from nudipole import constants as const
from nudipole.errors import InputError, NudipoleError, PropertyRule, UnknownName, likely, shortened
from nudipole.experiments.schema.neutrino import Entries, LeptonSpec, NeutrinoSpec, place
from nudipole.io.messages import validation_message
from nudipole.io.yaml import parse, plain, text_of
from nudipole.mixing import Oscillation, nufit
from nudipole.models import MODELS, Model
from nudipole.properties import Neutrino, moment_of_dipole

#: Files that describe neutrinos end so: a parameter has no such name.
ENDINGS = (".yaml", ".yml")
#: What rules call the matrices that the file calls otherwise.
_NAMES = {"magnetic": "mu", "electric": "eps", "charge_radius": "r2", "charge": "q", "anapole": "a", "lam": "lambda"}


@dataclass(frozen=True)
class Described:
    """A neutrino with where it comes from.

    Attributes
    ----------
    name : str
    neutrino : Neutrino
    oscillation : Oscillation
    m_lightest : float
        [eV]; decides about decays alone, unless a model has it.
    model : Model or None
    values : dict of float
        Of the model, all of them.
    heavy_mass : float or None
        Of the heavy lepton [MeV], if the description has one.

    Examples
    --------
    >>> found = described("su2h", {"f": 0.03})
    >>> found.name, found.model.name, found.values["f_prime"]
    ('su2h', 'su2h', 1.0)
    """

    name: str
    neutrino: Neutrino
    oscillation: Oscillation
    m_lightest: float
    model: Model | None
    values: dict[str, float]
    heavy_mass: float | None = None


def neutrino(given: str | Path | Mapping[str, Any], /, **values: Any) -> Neutrino:
    """A neutrino from neutrino.yaml, from what that would say, or from a model and its parameters.

    Parameters
    ----------
    given : str, Path or mapping
        A file, ``"-"`` for standard input, the keys of one, or the name of a model.
    **values
        Parameters of the model: numbers in their units, or text with a unit.

    Returns
    -------
    Neutrino

    Raises
    ------
    InputError, UnknownName
        For a wrong file, with key and remedy; for an unknown model or parameter.
    NudipoleError
        If values are given that do not belong to a model.

    Examples
    --------
    >>> neutrino("su2h", f=0.03, m_h="0.15 TeV")
    Neutrino (majorana, flavour basis)
      lam [mu_B]: [e, mu] = 2.13094e-11, [mu, e] = -2.13094e-11
    >>> neutrino({"nature": "majorana", "basis": "mass", "Lambda": ["3e-11 mu_B", 0, 0]})
    Neutrino (majorana, mass basis)
      lam [mu_B]: [2, 3] = 3e-11, [3, 2] = -3e-11
    """
    return described(given, values, heavy=True).neutrino


def described(
    given: str | Path | Mapping[str, Any] | Neutrino,
    values: Mapping[str, Any] | None = None,
    *,
    oscillation: str | Oscillation | None = None,
    m_lightest: float | None = None,
    heavy: bool = False,
) -> Described:
    """A neutrino with its model, if it has one.

    Parameters
    ----------
    given : str, Path, mapping or Neutrino
        As of `neutrino`.
    values : mapping, optional
        Parameters of a model; of a file with a model in place of those that it has.
    oscillation : str or Oscillation, optional
        In place of the file's; a name of `nudipole.mixing.nufit`.
    m_lightest : float, optional
        The same [eV].
    heavy : bool
        Whether whoever asks knows what to do with a heavy lepton.

    Raises
    ------
    InputError, UnknownName, NudipoleError
        As of `neutrino`; for a heavy lepton where it would be overlooked.
    """
    values = dict(values or {})
    if isinstance(given, Neutrino):
        _no_values(values, "a neutrino")
        return Described("neutrino", given, _oscillation(oscillation, "nufit-6.0-no"), m_lightest or 0.0, None, {})
    if isinstance(given, str) and given in MODELS:
        spec, name, file = NeutrinoSpec(model=given), given, given
    else:
        spec, name, file = _read(given)
    mixed = _oscillation(oscillation, spec.oscillation)
    lightest = spec.m_lightest or 0.0 if m_lightest is None else m_lightest
    if spec.heavy is not None and not heavy:
        raise InputError(file, "heavy", "limit and spectrum alone see a heavy lepton: leave it out here")
    if spec.model is None:
        _no_values(values, file)
        mass = None if spec.heavy is None else spec.heavy.mass
        return Described(name, _of_matrices(spec, file, mixed), mixed, lightest, None, {}, mass)
    model = MODELS[spec.model]
    complete = model.completed({**spec.parameters, **values})
    if m_lightest is not None and "m_lightest" in complete:
        complete["m_lightest"] = m_lightest
    return Described(
        name, model.neutrino(complete, mixed), mixed, complete.get("m_lightest", lightest), model, complete
    )


def is_file(name: object) -> bool:
    """Whether a word that may name a parameter names a file with a neutrino."""
    return isinstance(name, Path) or (isinstance(name, str) and name.endswith(ENDINGS))


def _no_values(values: Mapping[str, Any], what: str) -> None:
    if values:
        raise NudipoleError(f"{', '.join(values)}: parameters belong to a model, and {what} has matrices")


def _oscillation(given: str | Oscillation | None, default: str) -> Oscillation:
    return given if isinstance(given, Oscillation) else nufit(given or default)


def _read(given: str | Path | Mapping[str, Any]) -> tuple[NeutrinoSpec, str, str]:
    """Description, name, and what to call it in messages."""
    if isinstance(given, Mapping):
        file, data = "<neutrino>", plain(given, "<neutrino>")
    elif isinstance(given, str | Path):
        if str(given) != "-" and not is_file(given) and not Path(given).is_file():
            raise UnknownName("model", str(given), MODELS)
        if str(given) != "-" and not Path(given).exists():
            beside = [item.name for item in Path(given).parent.glob("*.y*ml")] if Path(given).parent.is_dir() else []
            close = likely(Path(given).name, beside)
            raise InputError(
                str(given)[:200], "", f"no such file: did you mean {close!r}?" if close else "no such file"
            )
        file = "<stdin>" if str(given) == "-" else str(given)
        content = text_of(given, "a neutrino")
        if not content.strip():
            raise InputError(file, "", "is empty: write nature, basis and matrices, or a model with parameters")
        data = parse(content, file, "a neutrino")
    else:
        raise NudipoleError(f"{shortened(given)} is no neutrino: give a model, a file or a mapping")
    try:
        spec = NeutrinoSpec.model_validate(data)
    except ValidationError as error:
        where, message = validation_message(error, data, NeutrinoSpec)
        raise InputError(file, where, message) from None
    stem = "neutrino" if file.startswith("<") else Path(file).stem
    return spec, spec.name or spec.model or stem, file


def _of_matrices(spec: NeutrinoSpec, file: str, mixed: Oscillation) -> Neutrino:
    basis, majorana = spec.basis or "mass", spec.nature == "majorana"

    def matrix(entries: Entries | None, partner: str, scale: float = 1.0) -> NDArray[np.complex128] | None:
        return None if entries is None else scale * _matrix(entries, basis, partner)

    # What the other entry of a pair is: the conjugate of Hermitian matrices, also of antisymmetric (imaginary) ones.
    vectors = {
        "charge": matrix(spec.q, "hermitian"),
        "charge_radius": matrix(spec.r2, "hermitian", const.cm**2),
        "anapole": matrix(spec.a, "hermitian", const.cm**2),
        "heavy": None if spec.heavy is None else _to_lepton(spec.heavy, basis, mixed),
    }
    mu, eps = matrix(spec.mu, "hermitian"), matrix(spec.eps, "hermitian")
    try:
        if not majorana:
            if spec.lambda_ is not None:
                full = _matrix(spec.lambda_, basis, "none")
                mu, eps = (full + full.conj().T) / 2, 1j * (full - full.conj().T) / 2
            return Neutrino.dirac(basis=basis, magnetic=mu, electric=eps, **vectors)
        if spec.Lambda is not None:
            vector = np.zeros(3, complex)
            for key, value in spec.Lambda.items():
                vector[place(key, basis, 1)[1]] = value
            return Neutrino.majorana(basis=basis, Lambda=vector, **vectors)
        lam = matrix(spec.lambda_, "antisymmetric")
        if lam is None:
            zero = np.zeros((3, 3), complex)
            for name, given in (("mu", mu), ("eps", eps)):
                if given is not None and not np.allclose(given, given.conj().T, rtol=1e-9, atol=0):
                    raise PropertyRule(f"{name} must be Hermitian, X = X^dagger")
            lam = (zero if mu is None else mu) - 1j * (zero if eps is None else eps)
        return Neutrino.majorana(basis=basis, lam=lam, **vectors)
    except PropertyRule as error:
        words = str(error)
        for ours, theirs in _NAMES.items():
            if words.startswith((f"{ours} ", f"{ours}[")):
                words = theirs + words.removeprefix(ours)
                break
        raise InputError(file, "", words.replace("use Neutrino.dirac", "write nature: dirac")) from error


def _to_lepton(given: LeptonSpec, basis: str, mixed: Oscillation) -> NDArray[np.complex128]:
    """Moments mu = 2 d of the three neutrinos to one lepton, the first column [mu_B]."""
    moments = np.zeros((3, 3), complex)
    moments[:, 0] = [moment_of_dipole(d) for d in (given.d_e, given.d_mu, given.d_tau)]
    # Dipoles are those of flavours, whatever the basis of the matrices.
    return moments if basis == "flavour" else np.asarray(mixed.pmns()).conj().T @ moments


def _matrix(entries: Entries, basis: str, partner: str) -> NDArray[np.complex128]:
    """Entries at their places; of a mapping the partner of a pair by its rule, where it is not given itself."""
    found = np.zeros((3, 3), complex)
    given = {place(key, basis, 2): value for key, value in entries.items()}
    for (i, j), value in given.items():
        found[i, j] = value
        if i != j and (j, i) not in given and partner != "none":
            found[j, i] = -value if partner == "antisymmetric" else value.conjugate()
    return found

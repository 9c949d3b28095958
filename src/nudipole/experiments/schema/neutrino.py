"""The schema of neutrino.yaml: a neutrino by its matrices, or by a model and its parameters. Every key stands here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from nudipole import units
from nudipole.errors import NudipoleError, UnitError, choices
from nudipole.io.fields import Closed, HeavyMass, Word
from nudipole.models import MODELS
from nudipole.properties.heavy import dipole_in_common
from nudipole.properties.parameters import FLAVOURS

#: Entries by their place in the basis, (row, column) from 0.
Entries = dict[str, complex]
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PART = rf"{_NUMBER}\s*[+-]\s*{_NUMBER.removeprefix('[+-]?')}\s*j|{_NUMBER}\s*j|{_NUMBER}"
_COMPLEX = re.compile(rf"^\(?\s*({_PART})\s*\)?\s*([^\d\s()j.+-].*)?$")
#: Keys of a vector and of a matrix, by basis.
_PLACES = {
    "mass": {1: ("1", "2", "3"), 2: ("11", "12", "13", "21", "22", "23", "31", "32", "33")},
    "flavour": {1: FLAVOURS, 2: tuple(a if a == b else f"{a}{b}" for a in FLAVOURS for b in FLAVOURS)},
}
_ANY_KEY = {rank: tuple(k for basis in _PLACES.values() for k in basis[rank]) for rank in (1, 2)}


def _number(value: object, like: str) -> complex:
    """An entry: ``3e-11 mu_B``, ``(1e-11+2e-12j) mu_B``, ``{modulus: 3e-11 mu_B, phase: 60 deg}``, or 0."""
    example = f"'3e-11 {like}', '1e-11+2e-12j {like}', {{modulus: 3e-11 {like}, phase: 60 deg}} or 0"
    if isinstance(value, Mapping):
        if set(value) != {"modulus", "phase"}:
            raise ValueError(f"write {example}")
        return _number(value["modulus"], like) * _turn(value["phase"])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"write {example} (got {str(value)[:40]!r})")
    if not isinstance(value, str):
        if value == 0:
            return 0.0
        raise ValueError(f"a unit is missing: write {example} (got {value})")
    match = _COMPLEX.match(value.strip()) if len(value) <= 100 else None
    if match is None:
        raise ValueError(f"write {example} (got {value[:40]!r})")
    number, unit = complex(re.sub(r"\s", "", match[1])), (match[2] or "").strip()
    if not unit and number:
        raise ValueError(f"a unit is missing: write {example} (got {value[:40]!r})")
    try:
        size = units.parse(f"1 {unit}", like) if unit else 1.0
    except UnitError as error:
        raise ValueError(str(error)) from error
    if unit == like:
        size = 1.0
    elif unit:
        size = size / units.in_internal(like)
    found = number * size
    if not (math.isfinite(found.real) and math.isfinite(found.imag)):
        raise ValueError(f"{value[:40]!r} is not a number to compute with")
    return found


def _turn(value: object) -> complex:
    """e^(i phase) of a phase in degrees or radians."""
    text = str(value).strip()
    match = re.match(rf"^({_NUMBER})\s*(deg|rad)$", text)
    if match is None and value != 0:
        raise ValueError(f"write a phase with its unit, for example 60 deg or 1.2 rad (got {text[:40]!r})")
    angle = 0.0 if match is None else float(match[1]) * (math.pi / 180 if match[2] == "deg" else 1.0)
    return complex(math.cos(angle), math.sin(angle))


def _entries(value: object, like: str, rank: int) -> Entries:
    """A list of numbers, or rows of them; or a mapping of places to numbers. Keys of a list are row and column."""
    if isinstance(value, Mapping):
        for key in value:
            if key not in _ANY_KEY[rank]:
                raise ValueError(f"unknown place {str(key)[:40]!r}: {choices(key, _ANY_KEY[rank])}")
        return {str(key): _number(item, like) for key, item in value.items()}
    rows = value if rank == 2 else [value]
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 3 for row in rows):
        wanted = "three rows of three numbers" if rank == 2 else "three numbers"
        raise ValueError(f"write {wanted}, or a mapping such as {{12: ...}} with its keys in quotes")
    if rank == 2 and len(rows) != 3:
        raise ValueError("write three rows of three numbers")
    return {f"[{i},{j}]": _number(item, like) for i, row in enumerate(rows) for j, item in enumerate(row)}


def _json(like: str, rank: int) -> WithJsonSchema:
    entry = {"type": ["string", "number", "object"], "examples": [f"3e-11 {like}", 0]}
    row: dict[str, Any] = {"type": "array", "items": entry, "minItems": 3, "maxItems": 3}
    whole = row if rank == 1 else {"type": "array", "items": row, "minItems": 3, "maxItems": 3}
    names = {"enum": list(_ANY_KEY[rank])}
    places = {"type": "object", "propertyNames": names, "additionalProperties": entry}
    return WithJsonSchema({"anyOf": [whole, places]})


def _dipole(value: object) -> float:
    """d in 1/GeV of L = d nubar sigma N F: ``3.26e-7/GeV``, ``1.1e-9 mu_B`` (mu = 2 d is twice that), or 0."""
    example = "'3.26e-7/GeV', or '1.1e-9 mu_B' for d in Bohr magnetons (mu = 2 d)"
    if isinstance(value, bool) or not isinstance(value, str):
        if value == 0 and not isinstance(value, bool):
            return 0.0
        raise ValueError(f"a unit is missing: write {example} (got {str(value)[:40]})")
    if value.strip().endswith("mu_B"):
        return dipole_in_common(units.parse(value, "mu_B") / units.in_internal("mu_B"), unit="mu_B")
    return units.parse(value, "1/GeV") / units.in_internal("1/GeV")


def _mass(value: object) -> float:
    if value == 0 and not isinstance(value, bool):
        return 0.0
    return units.parse(value, "eV") / units.in_internal("eV")


_ANY_VALUE = WithJsonSchema({"type": ["string", "number"], "examples": ["150 GeV", 0.014, "tau"]})
Moments = Annotated[Entries, BeforeValidator(partial(_entries, like="mu_B", rank=2)), _json("mu_B", 2)]
Vector = Annotated[Entries, BeforeValidator(partial(_entries, like="mu_B", rank=1)), _json("mu_B", 1)]
Charges = Annotated[Entries, BeforeValidator(partial(_entries, like="e", rank=2)), _json("e", 2)]
Areas = Annotated[Entries, BeforeValidator(partial(_entries, like="cm^2", rank=2)), _json("cm^2", 2)]
LightMass = Annotated[
    float, BeforeValidator(_mass), Field(ge=0), WithJsonSchema({"type": ["string", "number"], "examples": ["0.05 eV"]})
]
#: Of a parameter, as text: a file says its units.
Value = Annotated[
    str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value), _ANY_VALUE
]
Dipole = Annotated[
    float, BeforeValidator(_dipole), WithJsonSchema({"type": ["string", "number"], "examples": ["3.26e-7/GeV", 0]})
]
MATRIX_KEYS = ("nature", "basis", "mu", "eps", "lambda", "Lambda", "q", "r2", "a", "heavy")


class LeptonSpec(Closed):
    """A heavy neutral lepton with its dipoles by flavour, L = d_a nubar_aL sigma^{mu nu} N F_{mu nu}, mu_a = 2 d_a."""

    mass: HeavyMass
    d_e: Dipole = 0.0
    d_mu: Dipole = 0.0
    d_tau: Dipole = 0.0

    @model_validator(mode="after")
    def _couples(self) -> LeptonSpec:
        if not (self.d_e or self.d_mu or self.d_tau):
            raise ValueError("a heavy lepton without a dipole changes nothing: write d_e, d_mu or d_tau")
        return self


class NeutrinoSpec(Closed):
    """Matrices with nature and basis, or a model with values of its parameters; what is left out is zero, or default.

    A mapping of places fills both entries of a pair by the rule of the matrix, except for `lambda` of Dirac neutrinos,
    which has none.
    """

    name: Word | None = None
    notes: str = Field(default="", max_length=2000)
    oscillation: str = "nufit-6.0-no"
    m_lightest: LightMass | None = None
    model: str | None = None
    parameters: dict[str, Value] = Field(default_factory=dict, max_length=40)
    nature: Literal["dirac", "majorana"] | None = None
    basis: Literal["mass", "flavour"] | None = None
    mu: Moments | None = None
    eps: Moments | None = None
    lambda_: Moments | None = Field(default=None, alias="lambda")
    Lambda: Vector | None = None
    q: Charges | None = None
    r2: Areas | None = None
    a: Areas | None = None
    heavy: LeptonSpec | None = None

    @model_validator(mode="after")
    def _one_way(self) -> NeutrinoSpec:
        matrices = [key for key in MATRIX_KEYS if getattr(self, "lambda_" if key == "lambda" else key) is not None]
        if self.model is not None:
            if matrices:
                raise ValueError(f"a model has all matrices: leave out {', '.join(matrices)}, or the model")
            if self.model not in MODELS:
                raise ValueError(f"unknown model {self.model[:40]!r}: {choices(self.model, MODELS)}")
            try:
                MODELS[self.model].completed(self.parameters)
            except NudipoleError as error:
                raise ValueError(str(error)) from error
            return self
        if self.parameters:
            raise ValueError("parameters belong to a model: name it, for example model: su2h")
        missing = [key for key in ("nature", "basis") if key not in matrices]
        if missing:
            raise ValueError(f"write {' and '.join(missing)} of the matrices, or a model with parameters")
        ways: list[str] = [key for key in ("lambda", "Lambda") if key in matrices]
        ways += ["mu, eps"] if {"mu", "eps"} & set(matrices) else []
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} are the same moments: give one")
        if self.nature == "dirac" and self.Lambda is not None:
            raise ValueError("Lambda belongs to Majorana neutrinos: write mu and eps, or lambda")
        if self.nature == "majorana" and self.basis == "flavour" and "mu, eps" in ways:
            raise ValueError(
                "mu and eps of Majorana neutrinos are apart in the mass basis alone: write lambda or Lambda"
            )
        known = _PLACES[self.basis or "mass"]
        for key in matrices[2:]:
            if key == "heavy":
                continue
            rank = 1 if key == "Lambda" else 2
            for place in getattr(self, "lambda_" if key == "lambda" else key):
                if not place.startswith("[") and place not in known[rank]:
                    raise ValueError(
                        f"{key}.{place} is no place of the {self.basis} basis: {choices(place, known[rank])}"
                    )
        return self


def place(key: str, basis: str, rank: int) -> tuple[int, int]:
    """Row and column of a key of `Entries`; of a vector the column."""
    if key.startswith("["):
        i, j = key.strip("[]").split(",")
        return int(i), int(j)
    number = _PLACES[basis][rank].index(key)
    return (0, number) if rank == 1 else divmod(number, 3)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of neutrino.yaml."""
    made = NeutrinoSpec.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "nudipole neutrino"}

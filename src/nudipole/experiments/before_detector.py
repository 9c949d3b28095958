"""Recoils of one source on one target, before any detector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nudipole import arguments, units
from nudipole.errors import OutOfRange, UnitError
from nudipole.experiments.build.parts import Parts
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.build.source import mixing, source
from nudipole.experiments.experiment import given
from nudipole.experiments.schema.experiment import validate
from nudipole.interactions import ElectronScattering, Process
from nudipole.io.beside import Folder
from nudipole.io.yaml import plain
from nudipole.properties import Neutrino
from nudipole.rates import recoil_spectrum as differential

if TYPE_CHECKING:
    import xarray as xr

Numbers = np.ndarray[Any, np.dtype[Any]]

#: What a description needs and the rate of recoils does not.
_REST: dict[str, Any] = {
    "name": "recoils",
    "title": "recoils before a detector",
    "reference": [{"texkey": "none"}],
    "notes": "",
    "data": "asimov",
    "backgrounds": {},
    "exposure": "1 kg d",
}
#: What a process needs beside its kind.
_PROCESSES: dict[str, dict[str, Any]] = {"cevns": {"quenching": {"kind": "none"}}}


def recoil_spectrum(
    source_: str | Mapping[str, Any],
    target: str | Mapping[str, Any],
    neutrino: Neutrino | None = None,
    /,
    *,
    T: ArrayLike,
    unit: str = "keV",
    per: str = "keV kg d",
    process: str | Mapping[str, Any] = "nu-e",
    **values: float,
) -> xr.DataArray:
    r"""Differential rate of recoils of a source on a target, before any detector.

    .. math:: \frac{dR}{dT} = \frac{1}{m} \sum_s \sum_c {\rm Re\,Tr}[W_{sc}(T)\,O_c]

    The rate is that of the neutrino given, the weak interaction included; of the Standard Model if none is.

    Parameters
    ----------
    source_ : str or mapping
        A kind of source that needs no settings, "solar", or what a description has for it: ``{"kind": "reactor",
        "power": "3 GW", "baseline": "15 m", "fractions": "pwr"}``.
    target : str or mapping
        An element or a formula, "Xe" or "CsI", or what a description has for it.
    neutrino : Neutrino, optional
        Or its parameters, see `values`.
    T : (t,)
        Recoil energies, positive [unit].
    unit : str
        Of T: eV, keV, MeV, ...
    per : str
        Unit that rates are per: of energy, mass of the target and time.
    process : str or mapping
        "nu-e", "cevns", or what a description has for it.
    **values : float
        Parameters of one parametrisation in their units, ``mu_nu=1e-11`` [mu_B].

    Returns
    -------
    xarray.DataArray
        By component of the beam and ``recoil_energy``; units in the attributes.

    Raises
    ------
    InputError, UnknownName, NotANumber
        If source, target or process are described wrongly, or a parameter is; with the key and the remedy.
    OutOfRange, UnitError
        For recoil energies that are not positive, and units that are none; also below the table of a many-body factor.

    References
    ----------
    Vogel:1989iv; Freedman:1973yd

    Examples
    --------
    >>> dR_dT = recoil_spectrum("solar", "Xe", T=[1.0, 10.0], per="keV t yr", mu_nu=1e-11)
    >>> dR_dT.sum("component").round(2).values.tolist(), dR_dT.attrs["units"]
    ([11.81, 4.2], '1/(keV t yr)')
    """
    written = np.atleast_1d(arguments.array("T", T)).astype(float)
    if not np.all(written > 0):
        raise OutOfRange("T", float(np.min(written)), 0.0, inside=True, unit=unit)
    energies, scale = written * _value("unit", unit, "MeV"), _value("per", per, "keV kg d")
    chosen = {"kind": process} if isinstance(process, str) else dict(process)
    # Bins that reach from the least to the largest recoil: what is known within limits only refuses others.
    span = np.array([0.999 * energies.min(), 1.001 * energies.max()]) * 1e3
    description = {
        **_REST,
        "detector": {"bins": {"edges": span, "unit": "keV"}},
        "source": {"kind": source_} if isinstance(source_, str) else source_,
        "target": {"formula": target} if isinstance(target, str) else target,
        "process": {**_PROCESSES.get(str(chosen.get("kind")), {}), **chosen},
    }
    file = "recoil_spectrum"
    spec = validate(plain(description, file), file)
    reader = Reader(file, Folder(Path.cwd()))
    with reader.at("source"):
        beam = source(spec.source, reader.csv, beside=reader.beside).beam()
    flavours = given(neutrino, values).to_flavour(mixing(spec.source).pmns())
    (item,) = spec.named_processes.values()
    rate = np.zeros((len(beam.components), len(energies)))
    for isotopes, _, fraction in Parts(spec, reader).folds(item, "process"):
        _check_factors(isotopes[0], float(energies.min()))
        folded = differential(beam, isotopes, energies, exposure=fraction)
        rate += np.asarray(folded.counts(isotopes[0].operators(flavours)))
    return _labelled(rate * scale, beam.components, written, unit, per)


def _check_factors(process: Process, T: float) -> None:
    """Refuse a recoil below the table of a many-body factor: nothing is known of it there."""
    if not isinstance(process, ElectronScattering):
        return
    for name in ("weak_factor", "dipole_factor"):
        factor = getattr(process.atom, name)
        if factor is not None and float(factor.T[0]) > T:
            least, first = (units.express(energy, "keV") for energy in (T, float(factor.T[0])))
            raise OutOfRange(f"T with a {name}", least, first, unit="keV")


def _value(what: str, unit: str, like: str) -> float:
    try:
        return units.parse(f"1 {unit}", like)
    except UnitError as error:
        raise UnitError(f"{what}: {error}") from error


def _labelled(rate: Numbers, components: tuple[str, ...], T: Numbers, unit: str, per: str) -> xr.DataArray:
    import xarray as xr

    return xr.DataArray(
        rate,
        # Not T, which is the transpose of every array.
        coords={"component": list(components), "recoil_energy": ("recoil_energy", T, {"units": unit})},
        dims=["component", "recoil_energy"],
        name="dR_dT",
        attrs={"units": f"1/({per})", "long_name": "rate of recoils"},
    )

"""Bounds of the parameters of a HistFactory workspace: those it states, else those that pyhf has by default."""

from __future__ import annotations

from collections.abc import Mapping

from nudipole.errors import InputError
from nudipole.histfactory.schema import ParameterSpec

#: Of pyhf 0.7.6, by the type of modifier; factors of bins for every bin. That of lumi is in units of its measurement.
DEFAULTS = {
    "normfactor": (0.0, 10.0),
    "histosys": (-5.0, 5.0),
    "normsys": (-5.0, 5.0),
    "staterror": (1e-10, 10.0),
    "shapesys": (1e-10, 10.0),
    "shapefactor": (0.0, 10.0),
    "lumi": (0.0, 10.0),
}

Pair = tuple[float, float]


class Bounds:
    """Bounds of the parameters of a measurement.

    Parameters
    ----------
    file : str
        What to call the workspace in messages.
    settings : mapping of str to ParameterSpec
        What the measurement says, by name.
    """

    def __init__(self, file: str, settings: Mapping[str, ParameterSpec]) -> None:
        self.file, self.settings = file, settings

    def of(self, kind: str, name: str, *, bins: int = 1, centre: float = 1.0) -> list[Pair]:
        """Lower and upper bounds, one pair a bin.

        Parameters
        ----------
        kind : str
            Type of the modifier.
        name : str
        bins : int
            Of the channel, for factors of bins.
        centre : float
            Measurement of a luminosity, whose default bounds are relative to it.

        Raises
        ------
        InputError
            Not as many bounds, or starting values, as bins; bounds that do not rise, or that leave out where the
            parameter starts or is measured.
        """
        low, high = DEFAULTS[kind]
        scale = centre if kind == "lumi" else 1.0
        setting = self.settings.get(name)
        if setting is None:
            return [(scale * low, scale * high)] * bins
        where = f"parameter {name}"
        for key, values in (("bounds", setting.bounds), ("inits", setting.inits)):
            if values is not None and len(values) != bins:
                raise InputError(self.file, f"{where}: {key}", f"{len(values)} of them, and {bins} are due")
        pairs = [(scale * low, scale * high)] * bins
        if setting.bounds is not None:
            pairs = [(pair[0], pair[1]) for pair in setting.bounds]
        usual = centre if kind == "lumi" else 0.0 if kind in ("histosys", "normsys") else 1.0
        for (least, most), start in zip(pairs, setting.inits or [usual] * bins, strict=True):
            if not least < most:
                raise InputError(self.file, f"{where}: bounds", f"{least:g} to {most:g} do not rise")
            if not least <= start <= most:
                message = f"{least:g} to {most:g} leave out {start:g}, where the parameter starts"
                raise InputError(self.file, f"{where}: bounds", message)
        return pairs

    def poi(self, name: str) -> Pair:
        """Bounds of the parameter of interest.

        Raises
        ------
        InputError
            A lower bound above zero; bounds that are not one pair that rises.
        """
        ((low, high),) = self.of("normfactor", name)
        if low > 0:
            raise InputError(self.file, f"parameter {name}: bounds", f"begin at {low:g}: write 0 or a negative number")
        return low, high

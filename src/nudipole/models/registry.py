"""All models by name. A new one: its file, and one line here."""

from __future__ import annotations

from nudipole.models.conundrum import Conundrum
from nudipole.models.left_right import LeftRight
from nudipole.models.model import Model
from nudipole.models.mssm import MSSM
from nudipole.models.naturalness import (
    NaturalnessDirac,
    NaturalnessDiracRunning,
    NaturalnessGeneral,
    NaturalnessMajorana,
)
from nudipole.models.rpv import RPV
from nudipole.models.sm_dirac import SMDirac
from nudipole.models.sm_majorana import SMMajorana
from nudipole.models.spin_symmetry import SpinSymmetry
from nudipole.models.su2h import SU2H
from nudipole.models.voloshin import Voloshin

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        SMDirac(),
        SMMajorana(),
        LeftRight(),
        RPV(),
        MSSM(),
        NaturalnessGeneral(),
        NaturalnessDirac(),
        NaturalnessDiracRunning(),
        NaturalnessMajorana(),
        Conundrum(),
        Voloshin(),
        SpinSymmetry(),
        SU2H(),
    )
}

"""Names of pictures contain what they are of, and are bounded."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from nudipole.cli.stems import stem_asked, stem_of


def test_names_of_experiments_in_names_of_files():
    assert stem_of(None) == ""
    assert stem_of(["borexino-2017", "folder/mine.yaml"]) == "borexino-2017+mine-"
    assert stem_of(["a" * 60, "b" * 60]) == f"{'a' * 60}+1-more-"


PRECESSION = "precession --set mu_12=1e-12 --field core:10kG --source 8B"


class _Source(NamedTuple):
    name: str


class _Param(NamedTuple):
    name: str
    opts: tuple[str, ...]
    param_type_name: str = "option"


class _Context:
    """A command with these options, of which those of `params` were given."""

    def __init__(self, **params):
        names = ("values", "field", "dirac", "grid", "json", "neutrino")
        self.params = dict.fromkeys(names) | params
        kinds = {"neutrino": "argument"}
        self.command = self
        self.given = [*params]
        self.asked = [_Param(name, (f"--{name}",), kinds.get(name, "option")) for name in names]

    def get_parameter_source(self, name):
        return _Source("COMMANDLINE" if name in self.given else "DEFAULT")


def _name(**params):
    context = _Context(**params)
    context.params, context.command = context.params, type("Command", (), {"params": context.asked})
    return stem_asked(context, "precession")


def test_other_options_make_another_name():
    assert _name() == _name(json="x.json") == "precession"
    assert (
        _name(values=["mu_12=1e-12"], field="core:10kG", dirac=True) == "precession-mu_12-1e-12-field-core-10kG-dirac"
    )
    assert _name(neutrino="folder/my.yaml", field="/data/B.csv") == "precession-field-B-my"
    assert _name(grid=("T=1..2K", "rho=1..2g/cm3")) == "precession-grid-T-1..2K+rho-1..2g-cm3"


def test_a_name_is_bounded_and_tells_apart_what_is_cut():
    one, other = (_name(values=[f"mu_{k}=1e-12" for k in range(50)] + [last]) for last in ("mu_e=1", "mu_e=2"))
    assert len(one) == len(other) == 100
    assert one != other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PRECESSION, f"{PRECESSION} --dirac"),
        ("plot spectra example-reactor-ge", "plot spectra example-cr51-scintillator"),
        ("plot spectra example-reactor-ge", "plot spectra example-reactor-ge --mu 1e-10"),
        ("plot fluxes example-reactor-ge", "plot fluxes example-cr51-scintillator"),
        ("plot effective-moments", "plot effective-moments --set mu_e=1e-11"),
        ("plot cross-sections", "plot cross-sections --energy 3MeV"),
        ("plot correlation --points 5", "plot correlation --points 5 --set f=0.01"),
        ("g2 status", "g2 status --since 2021"),
        ("g2 predict", "g2 predict --window 1.7..3.1GeV"),
        ("g2 forecast", "g2 forecast --positrons 1e11"),
        ("g2 test example", "g2 test example --curve paper"),
        ("astro", "astro --neutrino su2h"),
        ("astro decay", "astro decay --neutrino su2h"),
        ("astro stars sun", "astro stars globular-clusters"),
        ("astro red-giants", "astro red-giants --cl 0.9"),
    ],
)  # fmt: skip
def test_two_questions_have_two_pictures(nudipole, tmp_path, one, other):
    for command in (one, other):
        assert nudipole(*command.split()).code == 0
    assert len([*tmp_path.glob("*.png")]) == 2

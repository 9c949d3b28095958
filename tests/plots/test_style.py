"""Figures reach files whole, in the format their ending asks for."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from types import ModuleType

import pytest

from nudipole import plots
from nudipole.errors import UnknownName
from nudipole.plots.style import number, symbol, unit


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.PNG", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]
)
def test_save(tmp_path, name, start):
    fig, axes = plots.figure()
    axes.plot([0, 1])
    path = plots.save(fig, tmp_path / name)
    assert path.read_bytes().startswith(start)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.jpg", "a", "-", ".png", "a.png.gz"])
def test_unknown_ending(tmp_path, name):
    with pytest.raises(UnknownName, match=r"choose from \.pdf, \.png, \.svg"):
        plots.save(plots.figure()[0], tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_svg_is_one_element_with_a_label():
    fig, axes = plots.figure()
    axes.set_title("t")
    text = plots.svg(fig, 'a < b & "c"')
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-label"] == 'a < b & "c"'
    assert root.attrib["role"] == "img"
    assert "<metadata" not in text or "<dc:date>" not in text


def test_svg_does_not_change_from_run_to_run(limit):
    def drawn():
        fig, axes = plots.figure()
        plots.profile(limit, axes)
        return plots.svg(fig, "t")

    assert drawn() == drawn()


def test_figures_leave_the_global_style_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plots.figure()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("mu_nu", r"\mu_{\nu }"),
        ("mu_tau", r"\mu_{\tau }"),
        ("mu_11", r"\mu_{11}"),
        ("lambda_e", r"\lambda_{e}"),
        ("r2_emu", r"\langle r^2\rangle_{e\mu }"),
        ("q_mutau", r"q_{\mu \tau }"),
    ],
)
def test_symbol(name, latex):
    assert symbol(name) == latex


def test_number_and_unit():
    assert number(2e-11) == r"$2\times10^{-11}$"
    assert number(-1.2345e-31) == r"$-1.23\times10^{-31}$"
    assert number(0.5) == "0.5"
    assert unit("cm^2") == r"\mathrm{cm}^2"
    assert unit("rad") == r"\mathrm{rad}"


def test_one_picture_imports_no_other():
    code = "import sys; from nudipole import plots; plots.contour; plots.g2_status; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stdout.split()
    assert not {"scipy", "jax", "pint", "pydantic", "nudipole.inference", "nudipole.plots.counts"} & set(loaded)


def test_names_are_those_of_the_pictures():
    for name in dir(plots):
        assert not isinstance(getattr(plots, name), ModuleType), name

"""Wrong command lines: one line, with what was written, what was probably meant, and the choices."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["limt"],
            "unknown command 'limt' of nudipole: did you mean 'limit'? choose from antineutrinos, astro, check,",
        ),
        (["g2", "simulat"], "unknown command 'simulat' of nudipole g2: did you mean 'simulate'? choose from fit,"),
        (["export", "root"], "unknown command 'root' of nudipole export: choose from hepdata, pyhf"),
        (["limit", "x", "--parametr", "mu_e"], "unknown option '--parametr' of nudipole limit: did you mean '--param"),
        (
            ["g2", "fit", "--zz"],
            "unknown option '--zz' of nudipole g2 fit: choose from --axes, --csv, --energies, --explain, --force,",
        ),
        (["--versio"], "unknown option '--versio' of nudipole: did you mean '--version'"),
        (["limit"], "limit: EXPERIMENT... is missing: nudipole limit -h shows what to write"),
        (["limit", "x", "--cl", "90%"], "--cl '90%': write a number"),
        (["limit", "x", "--cl=high"], "--cl 'high': write a number"),
        (["limit", "x", "--toys", "0"], "--toys '0': write 1 or more"),
        (["limit", "x", "--seed", "1.5"], "--seed '1.5': write a whole number"),
        (["limit", "x", "--cl"], "limit: option '--cl' requires an argument: nudipole limit -h shows"),
        (["limit", "x", "-p", "mu_e", "-p", "mu_mu"], "-p is given twice: it takes one value, call the command once"),
        (["limit", "x", "--cl", "0.9", "--cl=0.95"], "--cl is given twice"),
        (["impacts", "xenonnt-2022", "--heavy-mass", "5keV"], "--heavy-mass has no effect on mu_nu: it is of -p d_e"),
        (["limit", "xenonnt-2022", "--plot", "a.png", "--no-plot"], "--plot and --no-plot exclude each other"),
        (["precession", "--field", "core:1MG", "--field", "core:2MG"], "--field is given twice"),
        (["show", "a", "b"], "show: got unexpected extra argument"),
        (["check", "x", "--no-plot=1"], "check: option '--no-plot' does not take a value"),
    ],
)
def test_what_is_no_command_line(fails, arguments, message):
    assert message in fails(*arguments)


def test_a_group_alone_shows_its_help(nudipole):
    result = nudipole("g2")
    assert result.code == 2
    assert "simulate" in result.out + result.err


@pytest.mark.parametrize("arguments", [["--version"], ["-h"], ["limit", "-h"]])
def test_what_is_answered(nudipole, arguments):
    assert nudipole(*arguments).code == 0


def test_a_short_option_with_its_value_attached_counts_too(nudipole):
    run = nudipole("limit", "xenonnt-2022", "-pmu_e", "-pmu_mu")
    assert (run.code, "-p is given twice" in run.err) == (2, True)


@pytest.mark.parametrize(("group", "name"), [("models", "su2h"), ("limits", "xenonnt-2022-mu-solar")])
def test_the_word_show_is_suggested(nudipole, group, name):
    run = nudipole(group, name)
    message = f"unknown command {name!r} of nudipole {group}: write nudipole {group} show {name}"
    assert (run.code, message in run.err) == (2, True)


def test_help_of_portal_says_where_its_options_are(nudipole):
    assert "nudipole portal exclusion --help" in nudipole("portal", "--help").out

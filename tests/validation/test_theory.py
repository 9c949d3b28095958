"""Charge radii and couplings of the Standard Model among the published numbers."""

from __future__ import annotations

from nudipole.validation import theory


def test_radii_and_couplings_to_their_printed_digits():
    rows = theory()
    assert [(row.quantity, row.published) for row in rows[:3]] == [
        ("r2_SM of nu_e", -0.83),
        ("r2_SM of nu_mu", -0.48),
        ("r2_SM of nu_tau", -0.30),
    ]
    assert len(rows) == 6
    for row in rows:
        assert row.verdict == "reproduced", row
        assert row.level == "theory"

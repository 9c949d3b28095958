"""What is stored is what was printed."""

from __future__ import annotations

import pytest

from nudipole.limits import record, records
from nudipole.limits.printed import difference


def changed(name, **update):
    """A bound of the library with another result."""
    bound = record(name).bound
    return bound.model_copy(update={"result": bound.result.model_copy(update=update)})


def test_all_records_store_what_was_printed():
    assert {name: slip for name, item in records().items() if (slip := difference(item.bound))} == {}


@pytest.mark.parametrize(
    ("as_printed", "value"),
    [
        ("< 6.4 x 10^-12 mu_B", 6.4e-12),
        (r"$\mu_\nu < 6.4\times10^{-12}\,\mu_B$", 6.4e-12),
        ("< 6.4\u00b710\u207b\u00b9\u00b2 \u03bc_B", 6.4e-12),
        ("6.4e-12mu_B", 6.4e-12),
        ("<54E-10", 5.4e-9),
        ("quantile 2.38 (10^-12 mu_B)", 2.38e-12),
        ("at the level of 10^-12", 1e-12),
        ("no number at hand", 6.4e-12),
    ],
)
def test_ways_to_print_a_number(as_printed, value):
    assert difference(changed("xenonnt-2022-mu-solar", as_printed=as_printed, value=value)) is None


@pytest.mark.parametrize(
    ("name", "update", "slip"),
    [
        ("xenonnt-2022-mu-solar", {"value": 6.4e-11}, "value 6.4e-11 is not in as_printed, '< 6.4 x 10^-12 mu_B'"),
        ("xenonnt-2022-mu-solar", {"value": 6.46e-12}, "value 6.46e-12 is not in as_printed"),
        ("xenonnt-2022-mu-solar", {"as_printed": "< 6.4 x 10^-12 GeV^-1"}, "unit mu_B is not that of as_printed"),
        ("kamland-2011-antinu", {"as_printed": "< 0.053 %"}, "value 5.3e-05 is not in as_printed"),
        ("texono-2010-r2-e", {"intervals": [(2.1e-32, 3.3e-32)]}, "intervals 2.1e-32 is not in as_printed"),
        ("atzori-corona-2025-r2-e", {"minus": 2.4e-32, "plus": 2.5e-32}, "plus 2.5e-32 is not in as_printed"),
    ],
)
def test_slips_are_seen(name, update, slip):
    assert slip in difference(changed(name, **update))

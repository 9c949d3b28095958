"""A date that there is not is refused with its line."""

from __future__ import annotations

import pytest

from nudipole.errors import InputError
from nudipole.io.yaml import parse


def test_an_impossible_date_has_its_line():
    with pytest.raises(InputError, match=r"my.yaml: line 2: '?2021-13-40'? is no date"):
        parse("name: x\nstart: 2021-13-40\n", "my.yaml")

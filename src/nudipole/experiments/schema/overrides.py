"""Changes of a description: some keys in place of others."""

from __future__ import annotations

from typing import Any


def merged(base: Any, over: Any) -> Any:
    """`base` with the entries of `over` in place of its own, recursively; a null removes an entry.

    A mapping of another kind replaces the whole: what belongs to one kind means nothing to another.
    """
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    if "kind" in over and over["kind"] != base.get("kind"):
        return over
    both = {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    return {key: value for key, value in both.items() if value is not None}

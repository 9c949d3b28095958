"""`make docs-site` checks the site while it builds; here is what it checks with."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_broken_references_are_found(tmp_path):
    spec = importlib.util.spec_from_file_location("check", ROOT / "docs/_site/check.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    a = '<p id="here"><a href="b.html#there">b</a> <a href="#here">a</a> <a class="x" href="c.html">c</a> href="code"'
    b = '<a href="https://example.org">x</a><img src="p.png"><script src="http://x/y.js"></script><i id="b"></i>'
    (tmp_path / "a.html").write_text(a)
    (tmp_path / "b.html").write_text(b)
    told = [line.partition(".html: ")[2].split(": ", 1)[0] for line in check.broken(tmp_path)]
    assert sorted(told) == ["b.html#there", "c.html", "http://x/y.js", "p.png"]

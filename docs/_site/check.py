"""Whether all that the built site refers to within itself is there: ``python check.py FOLDER``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote

REFERENCE = re.compile(r'<(?:a|img|link|script|source|object)\b[^>]*?\s(?:href|src|data)="([^"]+)"')
ANCHOR = re.compile(r'<[^>]*?\s(?:id|name)="([^"]+)"')
ELSEWHERE = re.compile(r"^(?:[a-z][a-z+.-]*:|//)")


def broken(folder: Path) -> list[str]:
    """References of pages to files or anchors that are not there, and files that come from the web."""
    texts = {page.resolve(): page.read_text(encoding="utf-8") for page in folder.rglob("*.html")}
    anchors = {page: set(ANCHOR.findall(text)) for page, text in texts.items()}
    found = []
    for page, text in texts.items():
        for reference in set(REFERENCE.findall(text)):
            if ELSEWHERE.match(reference):
                continue
            file, _, anchor = unquote(reference).replace("&amp;", "&").partition("#")
            target = (page.parent / file.partition("?")[0]).resolve() if file else page
            if not target.exists():
                found.append(f"{page}: {reference}: there is no such file")
            elif anchor and target in anchors and anchor not in anchors[target]:
                found.append(f"{page}: {reference}: there is no such place in it")
        found += [
            f"{page}: {source}: is not part of the site"
            for source in re.findall(r'<script[^>]+src="(http[^"]+)"', text)
        ]
    return found


if __name__ == "__main__":
    found = broken(Path(sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)

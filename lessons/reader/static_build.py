"""The reader as static pages: `python -m lessons build DIR`.

Every page is asked for as a browser would ask, and what comes is written to where any web
server finds it: `python -m httpserver DIR`. The polls need a database and stay out; the
search looks through a file that is written beside the pages.
"""

import json
import re
import shutil
from dataclasses import asdict
from pathlib import Path

from lessons.book.chapters import all_chapters
from lessons.book.sources import SOURCES
from lessons.reader.context_processors import STATIC_BUILD
from lessons.reader.search import index, state_of_the_book
from lessons.site import static_locations
from miniframework.test import Client

POLLS = re.compile(r'<a href="/polls/[^"]*">(.*?)</a>', re.DOTALL)


class BuildError(Exception):
    """The pages cannot be written; the message says why."""


def build(folder: Path) -> int:
    """Write all pages below `folder`, which must be empty or of an earlier build; how many."""
    mark = folder / ".glasstack-build"
    if folder.exists() and not folder.is_dir():
        raise BuildError(f"{folder} is a file, not a folder.")
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise BuildError(f"{folder} is not empty, and not of an earlier build: choose another.")
    if mark.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    client = Client(HTTP_HOST="localhost")
    with STATIC_BUILD:
        pages = [write(client, folder, path) for path in paths()]
    entries = [asdict(entry) for entry in index(state_of_the_book())]
    (folder / "search.json").write_text(json.dumps(entries), "utf-8")
    for url, source in static_locations():
        shutil.copytree(source, folder / url.strip("/"), dirs_exist_ok=True)
    return len(pages)


def paths() -> list[str]:
    chapters = [f"/chapters/{chapter.slug}/" for chapter in all_chapters()]
    sources = [f"/source/{name}" for _, names in SOURCES.by_package() for name in names]
    return ["/", "/glossary/", "/source/", *chapters, *sources]


def write(client: Client, folder: Path, path: str) -> Path:
    response = client.get(path)
    if response.status_code != 200:
        raise BuildError(f"{path} answered {response.status_code}")
    # A page "/source/a.py" is HTML about a file: only as a folder's index does a web
    # server send it as HTML.
    target = folder / path.strip("/") / "index.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    # What needs a server is no link in a file.
    target.write_text(POLLS.sub(r"\1", response.content.decode()), "utf-8")
    return target

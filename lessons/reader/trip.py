"""The picture of the trip as navigation: each step leads to its chapter, one of them is lit."""

import re
from functools import lru_cache

from lessons.book.chapters import all_chapters, find
from templating.safe import SafeString

STEP = re.compile(r'<a href="#step-(?P<step>\d+)"')


def trip_picture(lit: int = 0) -> SafeString:
    """The drawing of the first chapter, with its links leading to the chapters of the steps.

    A step without a chapter of its own leads to its paragraph in the first one. `lit` is
    the step that the reader is at; 0 for none.
    """
    homes: dict[int, str] = {}
    for chapter in all_chapters():
        if chapter.step and chapter.step not in homes:
            homes[chapter.step] = f"/chapters/{chapter.slug}/"
    return _draw(lit, tuple(sorted(homes.items())))


@lru_cache(maxsize=64)
def _draw(lit: int, homes: tuple[tuple[int, str], ...]) -> SafeString:
    first = find("round-trip")
    if first is None:
        return SafeString()
    chapters = dict(homes)

    def link(found: re.Match[str]) -> str:
        step = int(found["step"])
        target = chapters.get(step, f"/chapters/{first.slug}/#step-{step}")
        here = ' class="lit" aria-current="step"' if step == lit else ""
        return f'<a href="{target}"{here}'

    drawing = (first.folder / "trip.svg").read_text("utf-8")
    # A page may have the drawing twice, and an id may stand in it once.
    drawing = drawing.replace("trip-", "nav-")
    return SafeString(STEP.sub(link, drawing))

"""Waiting for the next save: by the system's own news where watchfiles is installed."""

import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from lessons.places import LAYERS

POLL_SECONDS = 0.3

Stamps = dict[str, tuple[int, int]]  # by file: when it was saved, and its length


def saves(folder: Path, stop: threading.Event, *, poll: bool | None = None) -> Iterator[set[str]]:
    """The files under the layers of `folder` that changed, each time some did, until `stop`.

    Polled, what changes after this call counts, also before the first `next`.
    """
    if poll is None:
        poll = find_spec("watchfiles") is None
    before = stamps(folder)
    return _polled(folder, stop, before) if poll else _told(folder, stop)


def _told(folder: Path, stop: threading.Event) -> Iterator[set[str]]:
    import watchfiles

    places = [path for path in _places(folder) if path.is_dir()]
    for changes in watchfiles.watch(
        *places, watch_filter=watchfiles.PythonFilter(), stop_event=stop, debounce=200,
        rust_timeout=500, yield_on_timeout=False, raise_interrupt=True,
    ):  # fmt: skip
        root = folder.resolve()
        yield {Path(path).resolve().relative_to(root).as_posix() for _, path in changes}


def _polled(folder: Path, stop: threading.Event, before: Stamps) -> Iterator[set[str]]:
    while not stop.wait(POLL_SECONDS):
        now = stamps(folder)
        changed = {file for file in before | now if before.get(file) != now.get(file)}
        before = now
        if changed:
            yield changed


def stamps(folder: Path) -> Stamps:
    """When each source file was last saved, and how long it is: two saves differ in one."""
    found: Stamps = {}
    for place in _places(folder):
        for path in place.rglob("*.py"):
            try:
                details = path.stat()
            except OSError:
                continue  # gone between the listing and the look
            name = path.relative_to(folder).as_posix()
            found[name] = (details.st_mtime_ns, details.st_size)
    return found


def _places(folder: Path) -> list[Path]:
    return [folder / part for part in (*LAYERS, "lessons")]

"""Notice that a source file has changed, and ask the master for new workers.

Beside the trip, for whoever is writing the application. A worker looks at the files of all the
modules it has imported; when one has changed, it asks the master for a reload, as `kill -HUP`
would: a new worker starts with the new code, then this one ends. Where the new code cannot be
imported, this one goes on, and goes on looking.

The library `watchfiles`, where it is installed, has the kernel tell when something happens in a
folder (inotify, FSEvents); else we look twice a second. What has changed is decided in the one
way for both: by the time that stands in the file system.

In Gunicorn: reloader.py. In Django: utils/autoreload.py.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

INTERVAL = 0.5  # seconds between two looks: below what a person notices
NEWS_INTERVAL = 2.0  # between two looks of our own, where the kernel tells of changes

# Where modules come from that nobody is writing.
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
PACKAGES = {"site-packages", "dist-packages"}

logger = logging.getLogger("wsgi")

Wait = Callable[[set[str]], None]  # until something may have changed in these folders


def ask_for_reload() -> None:
    os.kill(os.getppid(), signal.SIGHUP)


def watch(
    extra: Callable[[], Iterable[str]] = tuple,
    changed: Callable[[], None] = ask_for_reload,
    since: float | None = None,
) -> threading.Thread:
    """Call `changed()` whenever a source file of this process changes, in a thread.

    `since` is when the reading of the files began, in seconds since the epoch; a file that is
    newer has changed already. `extra()` names files to watch although no module came from
    them: those that could not be imported, whose mending everybody waits for.
    """
    seen: dict[str, float] = {}
    began = time.time() if since is None else since
    master = os.getppid()

    def look() -> None:
        wait, last_look = best_wait(), began
        while os.getppid() == master:  # an orphan's parent, perhaps init, is not to be asked
            now = time.time()
            files = source_files() | set(extra())
            if any_changed(files, seen, last_look):
                changed()
            last_look = now
            wait({os.path.dirname(path) for path in files})

    thread = threading.Thread(target=look, name="reloader", daemon=True)
    thread.start()
    return thread


def any_changed(files: Iterable[str], seen: dict[str, float], last_look: float) -> bool:
    """Whether one is not as it was `seen`; notes how they are now."""
    found = False
    for path in files:
        stamp = modified(path)
        # A module is read some time before it is first seen here, and a save may fall between
        # the two: what is newer than the last look counts as changed.
        found |= seen.get(path, 0.0 if stamp > last_look else stamp) != stamp
        seen[path] = stamp
    return found


def source_files() -> set[str]:
    """The files of all imported modules, but for those of installed packages."""
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {path for path in files if path and path.endswith(".py") and not is_installed(path)}


def is_installed(path: str) -> bool:
    """Whether a module's file is of Python, or of a package that nobody is writing here."""
    return path.startswith(STANDARD_LIBRARY) or not PACKAGES.isdisjoint(path.split(os.sep))


def modified(path: str) -> float:
    """When the file was last changed; 0 while it is not there, as an editor may leave it
    for a moment between two writes."""
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0


# --- Waiting ----------------------------------------------------------------------------------


def best_wait() -> Wait:
    try:
        import watchfiles  # noqa: F401  (here, since it takes a moment and few need it)
    except ImportError:
        return lambda folders: time.sleep(INTERVAL)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every change
    return News().wait


class News:
    """What the kernel tells of some folders. It is asked anew when there are others."""

    def __init__(self) -> None:
        self._folders: set[str] = set()
        self._news: Iterator[object] = iter(())

    def wait(self, folders: set[str]) -> None:
        try:
            if folders != self._folders:
                self._folders, self._news = folders, self._ask(folders)
            # Not for ever: something may have changed just before the kernel was asked.
            next(self._news)
        except Exception as error:
            logger.debug("watchfiles: %s", error)
            self._folders = set()
            time.sleep(INTERVAL)

    def _ask(self, folders: set[str]) -> Iterator[object]:
        import watchfiles

        there = [folder for folder in folders if os.path.isdir(folder)]
        return watchfiles.watch(
            *there,
            watch_filter=None,
            rust_timeout=int(NEWS_INTERVAL * 1000),
            yield_on_timeout=True,
            recursive=False,
            raise_interrupt=False,
        )

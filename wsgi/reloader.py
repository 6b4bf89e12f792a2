"""Notice that a source file has changed, and ask the master for new workers.

Beside the trip, for whoever is writing the application. A worker looks at the files of
all the modules it has imported; when one is newer than it was, it asks the master for
a reload, as `kill -HUP` would: a new worker starts with the new code, then this one
ends. The master itself never imports the application, so nothing old stays behind.

In Gunicorn: reloader.py. In Django: utils/autoreload.py.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

INTERVAL = 0.5  # seconds between two looks: below what a person notices


def ask_for_reload() -> None:
    os.kill(os.getppid(), signal.SIGHUP)


def watch(
    extra: set[str], changed: Callable[[], None] = ask_for_reload, since: float | None = None
) -> threading.Thread:
    """Call `changed()` once when a source file of this process changes, in a thread.

    `since` is when the reading of the files began, in seconds since the epoch; a file that
    is newer has changed already. `extra` names files to watch although no module came
    from them: the one that could not be imported, whose mending everybody waits for.
    """
    seen: dict[str, float] = {}
    last_look = time.time() if since is None else since

    def look() -> None:
        nonlocal last_look
        pause = threading.Event()
        while True:
            now = time.time()
            for path in source_files() | extra:
                stamp = modified(path)
                # A module is read some time before it is first seen here, and a save may
                # fall between the two: what is newer than the last look counts as changed.
                known = seen.setdefault(path, 0.0 if stamp > last_look else stamp)
                if known != stamp:
                    changed()
                    return
            last_look = now
            pause.wait(INTERVAL)

    thread = threading.Thread(target=look, name="reloader", daemon=True)
    thread.start()
    return thread


def source_files() -> set[str]:
    """The files of all imported modules, but for those of installed packages."""
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {
        path
        for path in files
        if path and path.endswith(".py") and "site-packages" not in path
        and not path.startswith(sys.base_prefix)
    }  # fmt: skip


def modified(path: str) -> float:
    """When the file was last changed; 0 while it is not there, as an editor may leave it
    for a moment between two writes."""
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0


def files_in_traceback(error: BaseException) -> set[str]:
    """The files that an error passed through, the one with a syntax error included."""
    files = {frame.filename for frame in traceback.extract_tb(error.__traceback__)}
    if isinstance(error, SyntaxError) and error.filename:
        files.add(error.filename)
    return {path for path in files if path.endswith(".py")}

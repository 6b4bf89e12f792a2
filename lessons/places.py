"""Where things are: the sources, and the folder for what running makes.

In a clone, what the site makes lies in `var/` beside the sources, where one can look at
it and delete it. An installed package has no business writing among its own files, so
there it is a folder of the user's.
"""

import os
from pathlib import Path

LESSONS = Path(__file__).resolve().parent
ROOT = LESSONS.parent
LAYERS = ("httpserver", "wsgi", "miniframework", "miniorm", "templating")


def is_clone() -> bool:
    return (ROOT / "pyproject.toml").is_file()


def var() -> Path:
    """The folder for databases and keys, made where it is not there yet.

    GLASSTACK_VAR names another one.
    """
    chosen = os.environ.get("GLASSTACK_VAR")
    if chosen:
        folder = Path(chosen)
    elif is_clone():
        folder = ROOT / "var"
    else:
        data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        folder = Path(data).expanduser() / "glasstack"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

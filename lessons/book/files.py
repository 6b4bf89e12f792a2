"""Reading and writing the files of the book."""

import os
import tempfile
from functools import lru_cache
from pathlib import Path


def text_of(path: Path) -> str:
    """The text of a file; read again only after it was changed."""
    return _text(path, changed(path))


def changed(path: Path) -> int:
    """When the file was last written, in nanoseconds; 0 where it is missing."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=2048)
def _text(path: Path, modified: int) -> str:
    return path.read_text("utf-8")


def write_whole(path: Path, text: str) -> None:
    """Replace a file at once: whoever reads meanwhile sees the old text or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

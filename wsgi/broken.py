"""What is shown while the application cannot be imported.

Under --reload a developer saves a file with a mistake in it, and looks at the browser. The
server must not be gone then. The workers that have the code of before go on with it, so that
a script, a test or the page's own requests for data see nothing of the mistake; but who asks for
a page gets the error, with its source. The next good save ends it.

The worker that failed is not the one that tells of it, so the word is passed on by a file that
the master has opened and all workers share.
"""

import fcntl
import json
import linecache
import os
import re
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from wsgi.environ import Environ
from wsgi.errors import LoadError
from wsgi.gateway import Application, StartResponse
from wsgi.pidfile import is_alive

AROUND = 4  # lines of source before and after the one that failed

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui; margin: 2rem }}
pre {{ overflow: auto; padding: 1rem; border: 1px solid; border-radius: 8px }}
mark {{ display: inline-block; min-width: 100% }}</style>
<h1>The application cannot be imported</h1>
<p>Mend it and save: the server looks at the files, and this page will be gone.</p>
{source}<h2>{title}</h2>
<pre>{details}</pre></html>
"""


class Trouble:
    """What the last attempt to load the application has met, in the sight of all workers."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115

    def report(self, error: BaseException) -> None:
        """The application could not be loaded."""
        with self._locked(fcntl.LOCK_EX):
            page, files = error_page(error), sorted(files_of(error))
            self._write(self._content() | {"page": page, "files": files})

    def clear(self) -> None:
        """This process has loaded the application."""
        with self._locked(fcntl.LOCK_EX):
            others = filter(is_alive, self._content().get("loaded_by", ()))
            self._write({"loaded_by": [*others, os.getpid()]})

    def page(self) -> str | None:
        return self._read().get("page")

    def files(self) -> set[str]:
        """The files of the error: no module may have come from them, and yet all wait for them
        to be mended."""
        return set(self._read().get("files", ()))

    def somebody_serves(self) -> bool:
        """Whether a worker is there that has loaded the application."""
        return any(map(is_alive, self._read().get("loaded_by", ())))

    def _read(self) -> dict[str, Any]:
        with self._locked(fcntl.LOCK_SH):
            return self._content()

    def _content(self) -> dict[str, Any]:
        size = os.fstat(self._file.fileno()).st_size
        content: dict[str, Any] = json.loads(os.pread(self._file.fileno(), size, 0) or b"{}")
        return content

    def _write(self, content: dict[str, Any]) -> None:
        os.ftruncate(self._file.fileno(), 0)
        os.pwrite(self._file.fileno(), json.dumps(content).encode(), 0)

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        fcntl.lockf(self._file, kind)  # not flock: the workers share the open file, and its lock
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def with_trouble(application: Application, trouble: Trouble) -> Application:
    """The application, but who asks for a page is shown what keeps the new one from coming."""

    def watched(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        page = trouble.page() if asks_for_page(environ) else None
        if page is not None:
            return show(page, environ, start_response)
        return application(environ, start_response)

    return watched


def broken_application(error: BaseException) -> Application:
    """An application that answers everything with this error: there is none of before."""
    page = error_page(error)
    return lambda environ, start_response: show(page, environ, start_response)


def asks_for_page(environ: Environ) -> bool:
    """Whether the client names HTML among what it accepts (RFC 9110, 12.5.1), as browsers do."""
    for member in environ.get("HTTP_ACCEPT", "").lower().split(","):
        kind, *parameters = [part.strip(" \t") for part in member.split(";")]
        if kind == "text/html":
            return not any(re.fullmatch(r"q=0(\.0*)?", each) for each in parameters)
    return False


def show(page: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The page; a sentence for who asks for none, a script for instance."""
    kind = "html" if asks_for_page(environ) else "plain"
    body = page if kind == "html" else "The application cannot be imported. The log says why.\n"
    fields = [("Content-Type", f"text/{kind}; charset=utf-8"), ("Cache-Control", "no-store")]
    start_response("500 Internal Server Error", fields)
    return [body.encode("utf-8", "replace")]


def error_page(error: BaseException) -> str:
    if isinstance(error, LoadError):  # its message says all, and its traceback would show us
        return PAGE.format(title="It is not there", details=escape(str(error)), source="")
    title = escape("".join(traceback.format_exception_only(error)).strip().splitlines()[-1])
    details = escape("".join(traceback.format_exception(error)))
    return PAGE.format(title=title, details=details, source=source_of(error))


def source_of(error: BaseException) -> str:
    """The lines around the one that failed, as HTML; "" where they cannot be read."""
    path, line = place_of(error)
    linecache.checkcache(path)  # it was changed a moment ago
    lines = linecache.getlines(path)
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    numbered = [(number, f"{number:4}  {escape(lines[number - 1].rstrip())}")
                for number in range(first, last + 1)]  # fmt: skip
    shown = [f"<mark>{text}</mark>" if number == line else text for number, text in numbered]
    return (
        f"<p>{escape(path)}, line {line}</p>\n<pre>" + "\n".join(shown) + "</pre>\n"
        if shown
        else ""
    )


def place_of(error: BaseException) -> tuple[str, int]:
    """File and line: of the mistake itself, where the file could not even be read."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else ("", 0)


def files_of(error: BaseException) -> set[str]:
    """The source files that an error passed through."""
    if isinstance(error, LoadError):
        return set()
    files = {frame.filename for frame in traceback.extract_tb(error.__traceback__)}
    files.add(place_of(error)[0])
    return {path for path in files if path.endswith(".py")}

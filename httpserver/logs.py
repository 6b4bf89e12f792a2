"""What happened, one line for each request; and what went wrong.

Step 10 of the trip, after the last byte. Whatever a client sends ends up in here, so all
of it is escaped: with a raw line feed in its User-Agent a client could write log lines of
its own, with a raw escape sequence it could drive the operator's terminal.

The "combined" form is Apache's and Nginx's, that every log analyser reads; the time taken
follows at the end. The "json" form is for programs: one object a line. How a line gets to
its file without keeping the loop waiting is told in `logfile`.

In Nginx: ngx_http_log_module.c (log_format, with escape=default and escape=json).
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TextIO

from httpserver.logfile import MOST_WAITING, LogFile, LogWriter, close_logs, reopen_logs
from httpserver.messages import MONTHS, Request, client_name
from httpserver.suggest import did_you_mean

__all__ = [
    "FORMS",
    "AccessLog",
    "Form",
    "OneLine",
    "close_logs",
    "combined_line",
    "escape",
    "json_line",
    "log_time",
    "reopen_logs",
    "set_up_error_log",
]

# Makes a line, without its line feed, of the request, the status, the bytes of the body, the
# seconds it took, and the present moment in seconds since the epoch.
Form = Callable[[Request, int, int, float, float], str]

# Everything but printable ASCII, and the two characters that would end or confuse a quoted
# value: as \xHH, the form that Nginx uses.
_ESCAPES = {
    code: f"\\x{code:02X}" for code in range(256) if not 0x20 <= code < 0x7F or chr(code) in '"\\'
}


def escape(text: str) -> str:
    """The text with everything that is not plain printable ASCII written as \\xHH."""
    # Asked first, since nearly every text is plain: an eighth of the time of a translation.
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return text.translate(_ESCAPES).encode("ascii", "backslashreplace").decode("ascii")


def log_time(timestamp: float) -> str:
    """The moment as access logs write it, in UTC: "06/Nov/1994:08:49:37 +0000"."""
    return _log_second(int(timestamp))


@lru_cache(maxsize=2)  # thousands of lines share it
def _log_second(timestamp: int) -> str:
    year, month, day, hour, minute, second, *_ = time.gmtime(timestamp)
    return f"{day:02}/{MONTHS[month - 1]}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000"


def iso_time(timestamp: float) -> str:
    """The moment in UTC as ISO 8601 has it, with milliseconds: "1994-11-06T08:49:37.000Z"."""
    second, milliseconds = divmod(round(timestamp * 1000), 1000)
    return f"{_iso_second(second)}.{milliseconds:03}Z"


@lru_cache(maxsize=2)
def _iso_second(timestamp: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(timestamp))


def combined_line(
    request: Request, status: int, body_bytes: int, seconds: float, now: float
) -> str:
    """One line: client, time, request, status, bytes of the body, referrer, agent, seconds.

    127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8.5" 0.002
    """
    # 3 microseconds, and 7 for the JSON; a thread would spare the loop 2 of these 3, for the
    # lock that Python's threads share makes them take it from the loop all the same.
    field = request.headers.by_name.get
    target = escape(f"{request.method} {request.target} {request.version}")
    referrer, agent = field("referer") or "-", field("user-agent") or "-"
    client = escape(client_name(request.client))
    return (
        f'{client} - - [{log_time(now)}] "{target}" {status} {body_bytes} '
        f'"{escape(referrer)}" "{escape(agent)}" {seconds:.3f}'
    )


# Only ASCII leaves it: control characters and Unicode's line separators are \uHHHH.
_to_json = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def json_line(request: Request, status: int, body_bytes: int, seconds: float, now: float) -> str:
    """The same as a JSON object; null is what the client did not send."""
    field = request.headers.by_name.get
    return _to_json(
        {
            "time": iso_time(now),
            "client": client_name(request.client),
            "method": request.method,
            "target": request.target,
            "version": request.version,
            "status": status,
            "bytes": body_bytes,
            "seconds": round(seconds, 6),
            "referrer": field("referer"),
            "agent": field("user-agent"),
            "host": field("host"),
            "request_id": request.id,
        }
    )


FORMS: dict[str, Form] = {"combined": combined_line, "json": json_line}


def _lost_comment(count: int, now: float) -> str:
    return f"# [{log_time(now)}] {count} lines lost: they could not be written in time"


def _lost_object(count: int, now: float) -> str:
    return _to_json({"time": iso_time(now), "lost": count})


class AccessLog:
    """Writes the line of each request: what a `Server` takes as `access_log`.

    To the file `path`, or else to what `stream` (standard output) writes to; the stream must
    be one of the system's, with a `fileno()`. `form` is a name of FORMS or a `Form`. Lines
    beyond `most_waiting` characters that wait to be written are lost; the log says how many.

    Raises OSError where the file cannot be opened. It is called by one thread, the loop's,
    which it costs some 4 microseconds a line, the form's included.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        path: str | os.PathLike[str] | None = None,
        form: str | Form = "combined",
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._form = _form_of(form)
        self._writer = LogWriter(
            LogFile(path if path is not None else stream or sys.stdout),
            _lost_object if self._form is json_line else _lost_comment,
            most_waiting,
        )

    def __call__(self, request: Request, status: int, body_bytes: int, seconds: float) -> None:
        self._writer.put(self._form(request, status, body_bytes, seconds, time.time()))

    def close(self) -> None:
        """Write what waits, within a second; lines that come later are lost."""
        self._writer.close()


def _form_of(form: str | Form) -> Form:
    if isinstance(form, str):
        if form not in FORMS:
            raise ValueError(
                f"There is no access log form {form!r}; there are {', '.join(map(repr, FORMS))}."
                + did_you_mean(form, FORMS)
            )
        return FORMS[form]
    if form in FORMS.values():
        return form
    return lambda *what: _one_line(form(*what))  # it may not have escaped what it was given


# What moves the cursor or begins a line: the two blocks of control characters, and Unicode's
# own line and paragraph separators. A message for people may hold any other letter.
_CONTROLS = {
    code: f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}


def _one_line(text: str) -> str:
    return text if text.isprintable() else text.translate(_CONTROLS)


class OneLine(logging.Formatter):
    """A record's message stays on its line; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = _one_line(record.message)
        return super().formatMessage(record)


class _FileHandler(logging.Handler):
    """Records are few, and the last ones before an end matter most: each is written at once."""

    def __init__(self, file: LogFile) -> None:
        super().__init__()
        self._file = file

    def fileno(self) -> int:
        return self._file.fileno()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = f"{self.format(record)}\n"
        except Exception:
            self.handleError(record)  # on standard error: the arguments do not fit the message
            return
        self._file.write(text.encode("utf-8", "backslashreplace"))


def open_missing_streams() -> None:
    """Where a standard stream was closed by who started us (`>&-`), what is written goes nowhere,
    and its number to no client's socket."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115


def set_up_error_log(
    level: int | str = logging.INFO,
    stream: TextIO | None = None,
    path: str | os.PathLike[str] | None = None,
) -> None:
    """Send the log records of all layers to the file `path`, or else to `stream` (standard
    error), with time and process.

    Where the program has set up logging already, that stays as it is. Raises OSError where
    the file cannot be opened.
    """
    handler = logging.StreamHandler(stream) if path is None else _FileHandler(LogFile(path))
    handler.setFormatter(OneLine("%(asctime)s [%(process)d] %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])


def error_log_fileno() -> int:
    """Where to write what cannot go through `logging`: the stacks of a process that dies."""
    for handler in logging.getLogger().handlers:
        for where in (handler, getattr(handler, "stream", None)):
            try:
                return int(where.fileno())  # type: ignore[union-attr]
            except (AttributeError, OSError, ValueError):
                pass  # it has none, such as a stream in memory
    return 2

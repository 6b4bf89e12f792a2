"""What happened, one line for each request; and what went wrong.

Step 10 of the trip, after the last byte. Whatever a client sends ends up in here, so all
of it is escaped: with a raw line feed in its User-Agent a client could write log lines of
its own, with a raw escape sequence it could drive the operator's terminal.

The "combined" form is Apache's and Nginx's, that every log analyser reads; the time taken
follows at the end.  In Nginx: ngx_http_log_module.c.
"""

import logging
import sys
import time
from typing import TextIO

from httpserver.conditions import MONTHS
from httpserver.messages import Request

# Everything but printable ASCII, and the two characters that would end or confuse a quoted
# value: as \xHH, the form that Nginx uses.
_ESCAPES = {
    code: f"\\x{code:02X}" for code in range(256) if not 0x20 <= code < 0x7F or chr(code) in '"\\'
}


def escape(text: str) -> str:
    """The text with everything that is not plain printable ASCII written as \\xHH."""
    return text.translate(_ESCAPES).encode("ascii", "backslashreplace").decode("ascii")


def log_time(timestamp: float) -> str:
    """The moment as access logs write it, in UTC: "06/Nov/1994:08:49:37 +0000"."""
    year, month, day, hour, minute, second, *_ = time.gmtime(timestamp)
    return f"{day:02}/{MONTHS[month - 1]}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000"


def combined_line(
    request: Request, status: int, body_bytes: int, seconds: float, now: float
) -> str:
    """One line: client, time, request, status, bytes of the body, referrer, agent, seconds.

    127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8.5" 0.002
    """
    client = request.client if isinstance(request.client, str) else request.client[0]
    referrer = request.headers.get("referer") or "-"
    agent = request.headers.get("user-agent") or "-"
    return (
        f"{client or 'unix'} - - [{log_time(now)}] "
        f'"{escape(request.method)} {escape(request.target)} {escape(request.version)}" '
        f'{status} {body_bytes} "{escape(referrer)}" "{escape(agent)}" {seconds:.3f}'
    )


class AccessLog:
    """Writes the line of each request to a stream: what a `Server` takes as `access_log`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream

    def __call__(self, request: Request, status: int, body_bytes: int, seconds: float) -> None:
        line = combined_line(request, status, body_bytes, seconds, time.time())
        try:
            # One write for the whole line, so that the lines of several workers never mix.
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            pass  # the reader of the log has gone, or the disk is full: serving goes on


# What moves the cursor or begins a line: the two blocks of control characters, and Unicode's
# own line and paragraph separators. A message for people may hold any other letter.
_CONTROLS = {
    code: f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}


class OneLine(logging.Formatter):
    """A record's message stays on its line; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = record.message.translate(_CONTROLS)
        return super().formatMessage(record)


def set_up_error_log(level: int | str = logging.INFO, stream: TextIO | None = None) -> None:
    """Send the log records of all layers to `stream` (standard error), with time and process.

    Where the program has set up logging already, that stays as it is.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("%(asctime)s [%(process)d] %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])

"""Heads that can be read in two ways: what the first version makes of them, and what the
real parser says."""

import runpy
from pathlib import Path

from httpserver.limits import Limits
from httpserver.messages import HTTPError
from httpserver.parser import find_head_end, parse_head

FIRST = Path(__file__).parent.parent / "first" / "serve.py"
parse = runpy.run_path(str(FIRST))["parse"]
limits = Limits()

DOUBTFUL = {
    "a bare LF": b"GET / HTTP/1.1\r\nHost: a\r\nNote: hi\nX-User: root\r\n\r\n",
    "a byte that is no line end": b"GET / HTTP/1.1\r\nHost: a\r\nNote: hi\x85X-User: root\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost: a\r\nX-User : root\r\n\r\n",
    "a folded line": b"GET / HTTP/1.1\r\nHost: a\r\nNote: hi\r\n X-User: root\r\n\r\n",
    "two Host fields": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two spaces": b"GET  /  HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "no version": b"GET /\r\nHost: a\r\n\r\n",
}


def first_version(data: bytes) -> str:
    try:
        method, target, fields = parse(data.removesuffix(b"\r\n\r\n").decode("latin-1"))
    except ValueError as error:
        return f"crashes: {type(error).__name__}"
    return f"{method} {target} {fields}"


def real_parser(data: bytes) -> str:
    try:
        request = parse_head(data[: find_head_end(data, 0, limits)], limits)
    except HTTPError as error:
        return f"{error.status}: {error.detail}"
    return f"{request.method} {request.target} {request.headers.items()}"


for name, data in DOUBTFUL.items():
    print(name)
    print("   first version  ", first_version(data))
    print("   real parser    ", real_parser(data))

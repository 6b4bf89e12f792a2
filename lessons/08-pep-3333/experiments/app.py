"""An application of PEP 3333 without a framework: its pages say what it was told, or go wrong."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]
PLAIN = [("Content-Type", "text/plain; charset=utf-8")]


def hello(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", PLAIN)
    return [f"Hello, {environ['REMOTE_ADDR']}\n".encode()]


def whoami(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A proxy in front has seen to the login, and says by a field who it is."""
    start_response("200 OK", PLAIN)
    return [environ.get("HTTP_X_USER", "nobody").encode("latin-1"), b"\n"]


def vote(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    form = environ["wsgi.input"].read(length)
    start_response("200 OK", PLAIN)
    return [b"voted: ", form, b"\n"]


def cookies(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [*PLAIN, ("Set-Cookie", "theme=dark"), ("Set-Cookie", "lang=en")])
    return [b"two cookies\n"]


def moved(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    target = parse_qs(environ["QUERY_STRING"])["to"][0]
    start_response("302 Found", [*PLAIN, ("Location", target)])
    return [b"over there\n"]


def ticks(environ: Environ, start_response: Callable[..., Any]) -> Iterator[bytes]:
    start_response("200 OK", PLAIN)
    for number in range(1, 4):
        yield f"tick {number}\n".encode()
        time.sleep(1)


def mistake(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    raise RuntimeError("a mistake in the application")


def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    pages = {each.__name__: each for each in (whoami, vote, cookies, moved, ticks, mistake)}
    return pages.get(environ["PATH_INFO"].strip("/"), hello)(environ, start_response)

"""The smallest application that is honest."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b"Hello, World!"
FIELDS = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", list(FIELDS))
    return [BODY]

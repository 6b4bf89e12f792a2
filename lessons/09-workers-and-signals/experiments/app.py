"""An application that takes its time at /report, and all time at /stuck."""

import time
from collections.abc import Callable, Iterable
from typing import Any

VERSION = "one"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/report":
        time.sleep(1)
    while environ["PATH_INFO"] == "/stuck":
        pass
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"version {VERSION}\n".encode()]

"""The environ: one request, described in the words of CGI.

Step 2 of the trip. PEP 3333 hands an application a plain dict whose keys are those
that CGI scripts found in their environment in 1993, and a few of its own that begin
with "wsgi.". Its strings are "native": each character stands for one byte, as
latin-1 decodes it, whatever encoding the bytes are really in. The framework above
knows the encoding and decodes again.

PEP 3333, "environ Variables"; RFC 3875, section 4.1.  In Gunicorn: http/wsgi.py.
"""

import sys
from functools import lru_cache
from typing import Any, TextIO
from urllib.parse import unquote_to_bytes

from httpserver.messages import Request

Environ = dict[str, Any]

# These fields say how the message was framed on the wire. The body that the
# application reads has been unframed, so a field that still spoke of chunks would lie.
FRAMING_FIELDS = {"transfer-encoding", "content-length"}


def build_environ(
    request: Request,
    *,
    script_name: str = "",
    multithread: bool = False,
    multiprocess: bool = False,
    errors: TextIO | None = None,
) -> Environ:
    """The environ of one request (PEP 3333).

    `script_name` is the path under which the application is mounted ("" or "/blog"):
    what of the request's path lies below it becomes PATH_INFO.
    """
    path = unquote_to_bytes(request.path).decode("latin-1")
    if script_name and (path == script_name or path.startswith(script_name + "/")):
        path = path[len(script_name) :]
    else:
        script_name = ""
    server_name, server_port = host_and_port(request.server)
    remote_address, remote_port = host_and_port(request.client)
    environ: Environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path,
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target,
        "SERVER_NAME": server_name,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": request.version,
        "REMOTE_ADDR": remote_address,
        "REMOTE_PORT": remote_port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": request.body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr if errors is None else errors,
        "wsgi.multithread": multithread,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
        "glasstack.request_id": request.id,
    }
    add_fields(environ, request)
    return environ


def add_fields(environ: Environ, request: Request) -> None:
    """The request's fields as HTTP_* keys; CONTENT_TYPE and CONTENT_LENGTH without the prefix."""
    for name, value in request.headers.items():
        key = environ_key(name)
        if not key:
            continue
        if key in environ:
            # A repeated field is one list (RFC 9110, 5.3), but cookies are joined as
            # a browser would have joined them (RFC 6265, 5.4).
            separator = "; " if key == "HTTP_COOKIE" else ", "
            environ[key] = environ[key] + separator + value
        else:
            environ[key] = value
    if request.content_length or "content-length" in request.headers:
        environ["CONTENT_LENGTH"] = str(request.content_length)


@lru_cache(maxsize=1024)
def environ_key(name: str) -> str:
    """The key under which an application finds a field: "Accept" -> "HTTP_ACCEPT".

    "" for a field that is not passed on. That goes for the framing fields, and for
    every name with an underscore: "X_Real_IP" and "X-Real-IP" would become the same
    key, and a client could forge what a proxy in front has set. Nginx drops them too.
    """
    lowered = name.lower()
    if "_" in name or lowered in FRAMING_FIELDS:
        return ""
    if lowered == "content-type":
        return "CONTENT_TYPE"
    return "HTTP_" + name.upper().replace("-", "_")


def host_and_port(address: tuple[str, int] | str) -> tuple[str, str]:
    """An address as two native strings. A Unix socket has no host: ("localhost", "80")
    keeps the URL that an application rebuilds from SERVER_NAME and SERVER_PORT valid."""
    if isinstance(address, str):
        return "localhost", "80"
    return address[0], str(address[1])

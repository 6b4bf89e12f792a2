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
from urllib.parse import quote, unquote_to_bytes

from httpserver.messages import Address, HTTPError, Request

Environ = dict[str, Any]

# These fields say how the message was framed on the wire. The body that the
# application reads has been unframed, so a field that still spoke of chunks would lie.
FRAMING_FIELDS = {"transfer-encoding", "content-length"}


def common_environ(
    *,
    script_name: str = "",
    multithread: bool = False,
    multiprocess: bool = False,
    errors: TextIO | None = None,
) -> Environ:
    """What the environ of every request has in it, made once and copied for each.

    `script_name` is the path under which the application is mounted ("" or "/blog"), as people
    write it: decoded.
    """
    return {
        "SERVER_SOFTWARE": "glasstack",
        "SCRIPT_NAME": script_name.encode("utf-8", "surrogateescape").decode("latin-1"),
        "wsgi.version": (1, 0),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr if errors is None else errors,
        "wsgi.multithread": multithread,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
    }


def build_environ(request: Request, common: Environ) -> Environ:
    """The environ of one request (PEP 3333)."""
    path = request.path
    if "%" in path:
        path = unquote_to_bytes(path).decode("latin-1")
    server_name, server_port = server_name_and_port(request.server)
    remote_address, remote_port = client_address_and_port(request.client)
    environ = {
        **common,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": path,
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target,
        "SERVER_NAME": server_name,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": request.version,
        "REMOTE_ADDR": remote_address,
        "REMOTE_PORT": remote_port,
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": request.body,
        "glasstack.request_id": request.id,
    }
    if request.scheme == "https":
        environ["HTTPS"] = "on"
    if common["SCRIPT_NAME"]:
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = below(common["SCRIPT_NAME"], path)
    fields = request.headers.by_name
    for name, value in fields.items():
        key = _keys[name]
        if key:
            environ[key] = value
    if "content-length" in fields or request.content_length:
        environ["CONTENT_LENGTH"] = str(request.content_length)
    return environ


def below(script_name: str, path: str) -> tuple[str, str]:
    """SCRIPT_NAME and PATH_INFO: what of the path lies below where the application is mounted.

    Raises HTTPError, a 404, for a path that does not.
    """
    if path == script_name or path.startswith(script_name + "/"):
        return script_name, path[len(script_name) :]
    raise HTTPError(f"What is here is below {quote(script_name, encoding='latin-1')}/.", 404)


class _Keys(dict[str, str]):
    """The keys of fields, remembered: clients send the same few names again and again.

    How many are remembered is bounded, since a stranger can make up any number of names.
    """

    def __missing__(self, name: str) -> str:
        key = environ_key(name)
        if len(self) < 1000:
            self[name] = key
        return key


_keys = _Keys()


def environ_key(name: str) -> str:
    """The key under which an application finds a field: "accept" -> "HTTP_ACCEPT".

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


@lru_cache(maxsize=1024)
def server_name_and_port(address: Address) -> tuple[str, str]:
    """SERVER_NAME and SERVER_PORT. A Unix socket has neither: ("localhost", "80") keeps the URL
    valid that an application builds of them. So do the brackets (RFC 3875, 4.1.14)."""
    if isinstance(address, str):
        return "localhost", "80"
    host, port = address
    return f"[{host}]" if ":" in host else host, str(port)


@lru_cache(maxsize=1024)
def client_address_and_port(address: Address) -> tuple[str, str]:
    """REMOTE_ADDR and REMOTE_PORT; "0" for a port that is not known."""
    if isinstance(address, str):
        return "localhost", "0"
    return address[0], str(address[1])

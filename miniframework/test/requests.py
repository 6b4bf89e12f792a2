"""Requests made by hand: an environ, as a server would have built it.

Django: https://docs.djangoproject.com/en/5.2/topics/testing/advanced/#the-request-factory
"""

import json
import mimetypes
import os
import sys
from collections.abc import Mapping
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

from miniframework.http import HttpRequest
from miniframework.wsgi import WSGIRequest

BOUNDARY = "glasstackTestBoundary"
MULTIPART_CONTENT = f"multipart/form-data; boundary={BOUNDARY}"


class RequestFactory:
    """Makes requests to hand to a view: `RequestFactory().get("/polls/")`."""

    def __init__(self, *, headers: Mapping[str, str] | None = None, **defaults: Any) -> None:
        self.defaults = {**defaults, **field_keys(headers)}
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self._with_query("GET", path, data, **extra)

    def head(self, path: str, data: Any = None, **extra: Any) -> Any:
        return self._with_query("HEAD", path, data, **extra)

    def post(
        self, path: str, data: Any = None, content_type: str = MULTIPART_CONTENT, **extra: Any
    ) -> Any:
        body = encoded({} if data is None else data, content_type)
        return self.generic("POST", path, body, content_type, **extra)

    def put(self, path: str, data: Any = "", content_type: str = "", **extra: Any) -> Any:
        return self._with_body("PUT", path, data, content_type, **extra)

    def patch(self, path: str, data: Any = "", content_type: str = "", **extra: Any) -> Any:
        return self._with_body("PATCH", path, data, content_type, **extra)

    def delete(self, path: str, data: Any = "", content_type: str = "", **extra: Any) -> Any:
        return self._with_body("DELETE", path, data, content_type, **extra)

    def options(self, path: str, data: Any = "", content_type: str = "", **extra: Any) -> Any:
        return self._with_body("OPTIONS", path, data, content_type, **extra)

    def trace(self, path: str, **extra: Any) -> Any:
        return self.generic("TRACE", path, **extra)

    def _with_query(self, method: str, path: str, data: Any, **extra: Any) -> Any:
        if data:
            extra["QUERY_STRING"] = urlencode(data, doseq=True)
        return self.generic(method, path, **extra)

    def _with_body(self, method: str, path: str, data: Any, content_type: str, **extra: Any) -> Any:
        content_type = content_type or "application/octet-stream"
        return self.generic(method, path, encoded(data, content_type), content_type, **extra)

    def generic(
        self,
        method: str,
        path: str,
        data: bytes | str = b"",
        content_type: str = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> Any:
        """A request of any method; `extra` are keys of the environ (HTTP_ACCEPT="...")."""
        body = data.encode() if isinstance(data, str) else data
        url = urlsplit(path)
        environ = self._base_environ(secure)
        environ["REQUEST_METHOD"] = method
        # As a server does it: percent-decoded, each byte as a character (PEP 3333).
        environ["PATH_INFO"] = unquote_to_bytes(url.path or "/").decode("latin-1")
        environ["QUERY_STRING"] = url.query
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["CONTENT_TYPE"] = content_type
            environ["wsgi.input"] = BytesIO(body)
        environ.update(field_keys(headers))
        environ.update(extra)
        return self.request(environ)

    def request(self, environ: dict[str, Any]) -> HttpRequest:
        return WSGIRequest(environ)

    def _base_environ(self, secure: bool) -> dict[str, Any]:
        cookies = "; ".join(f"{m.key}={m.coded_value}" for m in self.cookies.values())
        environ: dict[str, Any] = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "443" if secure else "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if secure else "http",
            "wsgi.input": BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if cookies:
            environ["HTTP_COOKIE"] = cookies.encode().decode("latin-1")
        return {**environ, **self.defaults}


def field_keys(headers: Mapping[str, str] | None) -> dict[str, str]:
    """{"X-CSRFToken": "..."} as keys of the environ."""
    keys = {}
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        keys[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return keys


def encoded(data: Any, content_type: str) -> bytes:
    """The body: a form's fields, JSON, or what is bytes or text already."""
    if isinstance(data, bytes):
        return data
    if content_type.startswith("application/json") and not isinstance(data, str):
        return json.dumps(data).encode()
    if content_type == MULTIPART_CONTENT and not isinstance(data, str):
        return encode_multipart(BOUNDARY, data)
    if isinstance(data, Mapping):
        return urlencode(data, doseq=True).encode()
    return str(data).encode()


def encode_multipart(boundary: str, data: Mapping[str, Any]) -> bytes:
    """A form as browsers send it; a value with `read` is a file, a list several values."""
    lines: list[bytes] = []
    for name, value in data.items():
        values = value if isinstance(value, list | tuple) else [value]
        for item in values:
            lines += [f"--{boundary}".encode(), *encoded_part(name, item)]
    return b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])


def encoded_part(name: str, value: Any) -> list[bytes]:
    head = f'Content-Disposition: form-data; name="{quoted(name)}"'
    if not hasattr(value, "read"):
        return [head.encode(), b"", value if isinstance(value, bytes) else str(value).encode()]
    filename = os.path.basename(str(getattr(value, "name", "") or "file"))
    kind = getattr(value, "content_type", None) or mimetypes.guess_type(filename)[0]
    return [
        f'{head}; filename="{quoted(filename)}"'.encode(),
        f"Content-Type: {kind or 'application/octet-stream'}".encode(),
        b"",
        value.read(),
    ]


def quoted(text: str) -> str:
    """A name inside quotes as browsers write it (HTML Standard, multipart/form-data)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

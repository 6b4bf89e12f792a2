"""The framework's front door: a WSGI application.

Steps 3 and 10 of the trip. A server calls `application(environ, start_response)`; we make
a request of the environ, send it through the onion, say status and fields, and return the
response itself, which is iterable and has the `close()` that the server calls at the end.
Nothing but PEP 3333 passes this door, so any WSGI server will do.

PEP 3333.  In Django: django.core.handlers.wsgi.
"""

import logging
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import IO, Any

import miniframework
from miniframework.conf import settings
from miniframework.error_responses import plain_server_error
from miniframework.handler import BaseHandler
from miniframework.http import (
    HttpRequest,
    HttpResponseBadRequest,
    HttpResponseBase,
    QueryDict,
    parse_cookie,
)
from miniframework.http.request import wsgi_bytes
from miniframework.signals import request_started
from miniframework.urls import set_script_prefix

logger = logging.getLogger("miniframework.request")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class LimitedStream:
    """The body: `wsgi.input` up to Content-Length, where the next request may begin."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self.stream = stream
        self.remaining = length

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(64 * 1024), b""))
        return self._counted(self.stream.read, min(size, self.remaining))

    def readline(self, size: int = -1) -> bytes:
        limit = self.remaining if size < 0 else min(size, self.remaining)
        return self._counted(self.stream.readline, limit)

    def _counted(self, read: Callable[[int], bytes], size: int) -> bytes:
        if size == 0:
            return b""
        data = read(size)
        if not data:
            raise OSError(f"The body ends {self.remaining} bytes before its Content-Length.")
        self.remaining -= len(data)
        return data


class WSGIRequest(HttpRequest):
    """A request made of an environ."""

    def __init__(self, environ: Environ) -> None:
        super().__init__()
        self.environ = environ
        self.META = environ
        self.method = str(environ["REQUEST_METHOD"]).upper()
        self.script_name = get_script_name(environ)
        # "" is what a client sees as "/" (PEP 3333: PATH_INFO may be empty).
        self.path_info = wsgi_path(environ, "PATH_INFO") or "/"
        self.path = f"{self.script_name.rstrip('/')}/{self.path_info.removeprefix('/')}"
        self._read_content_type()
        stream: Any = LimitedStream(environ["wsgi.input"], self.content_length)
        self._stream = stream if self.content_length else BytesIO()
        cookies = wsgi_bytes(environ.get("HTTP_COOKIE", "")).decode("utf-8", "replace")
        self.COOKIES = parse_cookie(cookies)
        self._get: QueryDict | None = None

    @property
    def GET(self) -> QueryDict:  # noqa: N802 - parsed only when asked for
        if self._get is None:
            query = wsgi_bytes(self.META.get("QUERY_STRING", ""))
            self._get = QueryDict(query, encoding=self._encoding)
        return self._get

    @GET.setter
    def GET(self, value: QueryDict) -> None:  # noqa: N802
        self._get = value


class WSGIHandler(BaseHandler):
    """The application that a WSGI server calls."""

    def __init__(self) -> None:
        self.load_middleware()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        set_script_prefix(get_script_name(environ))
        request_started.send(sender=type(self), environ=environ)
        try:
            request = WSGIRequest(environ)
        except Exception as error:
            # Without a request there is no onion, but still an answer, and an end to it.
            response = response_without_request(error)
        else:
            response = self.get_response(request)
        response._handler_class = type(self)
        start_response(status_line(response), response.header_fields())
        return file_body(environ, response) or response


def response_without_request(error: Exception) -> HttpResponseBase:
    """400 for bytes that are no text; all else is the server's fault or ours: 500."""
    logger.error("The environ cannot be made a request.", exc_info=error)
    if isinstance(error, UnicodeError):
        return HttpResponseBadRequest("Bad Request", "text/plain")
    return plain_server_error()


def status_line(response: HttpResponseBase) -> str:
    return f"{response.status_code} {response.reason_phrase}"


def file_body(environ: Environ, response: HttpResponseBase) -> Iterable[bytes] | None:
    """A FileResponse's file in the server's own wrapper, so that the kernel may send it."""
    file = getattr(response, "file_to_stream", None)
    wrapper = environ.get("wsgi.file_wrapper")
    if file is None or wrapper is None:
        return None
    try:
        # The server will close the file and never see the response again: the response's
        # close() closes the file, and the request with it.
        file.close = response.close
    except AttributeError:  # an object that takes no attributes is streamed by the response
        return None
    wrapped: Iterable[bytes] = wrapper(file, getattr(response, "block_size", 64 * 1024))
    return wrapped


def get_script_name(environ: Environ) -> str:
    """The path under which the application is mounted, without the slash at its end."""
    if settings.FORCE_SCRIPT_NAME is not None:
        return str(settings.FORCE_SCRIPT_NAME)
    return wsgi_path(environ, "SCRIPT_NAME")


def wsgi_path(environ: Environ, key: str) -> str:
    """A path of the environ as text: UTF-8, and bytes that are not stay percent-encoded."""
    text = wsgi_bytes(environ.get(key, "")).decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda broken: f"%{ord(broken[0]) - 0xDC00:02X}", text)


def get_wsgi_application() -> WSGIHandler:
    """The project, ready to serve: what `application` in a project's wsgi.py is."""
    miniframework.setup()
    return WSGIHandler()

"""The gateway: call a WSGI application as a handler of the server.

Step 2 of the trip, and the way back in step 10. The server gives a Request and wants
a Response. The application takes `environ` and `start_response`, and gives an
iterable of bytes. What makes the difference between the two interesting is time: an
application may call `start_response` at once, or only when its iterable is asked for
the first part, or again with `exc_info` when something went wrong after all. So the
gateway asks for parts until the first that is not empty, and only then is the head
of the response known.

PEP 3333.  In Gunicorn: http/wsgi.py, and handle_request in the workers.
"""

import logging
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TextIO

from httpserver.messages import File, Request, Response
from wsgi.body import FileWrapper, Parts, checked_part, close, limit_file
from wsgi.environ import Environ, build_environ, common_environ
from wsgi.errors import GatewayError
from wsgi.events import announce, observers

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Fields = list[tuple[str, str]]
StartResponse = Callable[..., Callable[[bytes], None]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

logger = logging.getLogger("wsgi")

# They speak of one connection, and connections belong to the server (RFC 9110, 7.6.1).
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip


class Gateway:
    """A handler for `httpserver` that answers with a WSGI application.

    `multithread` and `multiprocess` tell the application whether others of its kind
    run beside it; they must be true of the server that calls this handler.
    """

    def __init__(
        self,
        application: Application,
        *,
        script_name: str = "",
        multithread: bool = False,
        multiprocess: bool = False,
        errors: TextIO | None = None,
    ) -> None:
        if not callable(application):
            raise TypeError(f"a WSGI application is a callable, but this is {application!r}")
        self.application = application
        self.common = common_environ(
            script_name=script_name,
            multithread=multithread,
            multiprocess=multiprocess,
            errors=errors,
        )
        self.common["wsgi.file_wrapper"] = FileWrapper

    def __call__(self, request: Request) -> Response:
        """One request through the application.

        Whatever the application raises passes through to the server, which logs it
        and answers 500; what the application has opened is closed before that.
        """
        environ = build_environ(request, self.common)
        if observers:
            announce("environ.built", request=request, environ=environ)
        reply = Reply(environ)
        if observers:
            result = self._observed(environ, reply)
        else:
            result = self.application(environ, reply.start_response)
        try:
            return reply.response(result)
        except BaseException:
            close(result, environ)
            raise

    def _observed(self, environ: Environ, reply: "Reply") -> Iterable[bytes]:
        announce("application.start", environ=environ)
        error: BaseException | None = None
        try:
            return self.application(environ, reply.start_response)
        except BaseException as raised:
            error = raised
            raise
        finally:
            announce("application.end", environ=environ, error=error)


class Reply:
    """What the application has said so far about its response to one request."""

    __slots__ = ("declared", "environ", "fields", "reason", "sent", "status", "written")

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.status = 0  # 0: start_response was not called yet
        self.reason = ""
        self.fields: Fields = []
        self.declared: int | None = None  # Content-Length, where the application has set one
        self.written: list[bytes] = []
        self.sent = False  # the head went to the server: it cannot be taken back

    def start_response(
        self, status: str, response_headers: Fields, exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """The callable that the application is given (PEP 3333, "The start_response() Callable").

        With `exc_info` it may be called again: before the head is sent the new answer
        replaces the old one, afterwards the error is raised again, so that the server
        ends the connection and the client can tell that the answer is not whole.
        """
        if exc_info is not None:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no cycle through the frame
            self.written.clear()  # it belonged to the answer that this one replaces
        elif self.status:
            raise GatewayError("start_response was called a second time without exc_info")
        self.status, self.reason = _statuses[status]
        self.fields, self.declared = checked_fields(response_headers)
        if observers:
            announce(
                "response.declared",
                environ=self.environ,
                status=status,
                headers=list(self.fields),
            )
        return self.write

    def write(self, data: bytes) -> None:
        """The old way to answer, kept by PEP 3333: the parts stand before the iterable's.

        They are kept until the application returns, which the PEP allows: what is
        written is either sent or kept to be sent while the application goes on.
        """
        self.written.append(checked_part(data))

    def response(self, result: Iterable[bytes]) -> Response:
        """The response, once the first part of the body (and so the head) is known."""
        if self.status and isinstance(result, list | tuple):
            # The usual case: everything is there, so its length is known.
            if self.written or len(result) != 1:
                body = b"".join([*self.written, *map(checked_part, result)])
            else:
                body = checked_part(result[0])
            close(result, self.environ)
            if self.declared is not None and self.declared != len(body):
                body = self._cut(body, self.declared)
            return self._respond(body)
        if isinstance(result, FileWrapper) and self.status and not self.written:
            file = result.as_file()
            if file is not None:
                # The server has a file of its own now, so the application's is closed here:
                # on its own thread, and with all that its close() does besides.
                close(result, self.environ)
                return self._respond(limit_file(file, self.declared))
        parts = Parts(result, self.written, self.environ)
        parts.pull_first()
        if not self.status:
            raise GatewayError(
                "the application returned a body without having called start_response"
            )
        parts.left = self.declared
        return self._respond(parts)

    def _respond(self, body: bytes | Iterable[bytes] | File) -> Response:
        self.sent = True
        return Response(self.status, self.fields, body, reason=self.reason)

    def _cut(self, body: bytes, declared: int) -> bytes:
        """The body at its declared length: what is more would look like another response."""
        if self.environ["REQUEST_METHOD"] == "HEAD":
            return body
        if declared < len(body):
            logger.warning(
                "%s declared Content-Length %d and gave %d bytes: cut",
                self.environ["PATH_INFO"], declared, len(body),
            )  # fmt: skip
            return body[:declared]
        raise GatewayError(f"Content-Length is {declared}, but the body has {len(body)} bytes")


class _Statuses(dict[str, tuple[int, str]]):
    """What the few status lines of an application mean, each read once. Their number is bounded,
    since an application might make them out of what a stranger sends."""

    def __missing__(self, status: str) -> tuple[int, str]:
        parsed = parse_status(status)
        if len(self) < 1000:
            self[status] = parsed
        return parsed


_statuses = _Statuses()


def parse_status(status: str) -> tuple[int, str]:
    """(404, "Not Found") of "404 Not Found"; anything else is the application's error."""
    if not isinstance(status, str):
        raise GatewayError(f"the status is {status!r}: expected a str such as '200 OK'")
    code, _, reason = status.partition(" ")
    if not (len(code) == 3 and code.isascii() and code.isdigit() and "200" <= code <= "999"):
        raise GatewayError(f"the status is {status!r}: expected a str such as '200 OK'")
    return int(code), reason


def checked_fields(fields: Fields) -> tuple[Fields, int | None]:
    """The response's fields without those that are not the application's to set, in a list of
    our own, and the Content-Length that is among them.

    What stands in names and values (CR, LF, NUL) is checked by the server, for every
    handler alike.
    """
    if not isinstance(fields, list):
        raise GatewayError(f"response_headers is {fields!r}: expected a list of (name, value)")
    ours = False
    declared: int | None = None
    for field in fields:
        if type(field) is not tuple or len(field) != 2:
            raise GatewayError(f"a response field is {field!r}: expected (name, value)")
        name, value = field
        if type(name) is not str or type(value) is not str:
            raise GatewayError(f"a response field is {field!r}: both must be str")
        meaning = _meanings[name]
        if meaning == "content-length":
            if not (value.isascii() and value.isdigit()):
                raise GatewayError(f"Content-Length is {value!r}: expected digits")
            declared = int(value)
        elif meaning:
            logger.warning("the application set %s, which belongs to the server: dropped", name)
            ours = True
    if ours:
        return [field for field in fields if _meanings[field[0]] not in HOP_BY_HOP], declared
    return fields.copy(), declared


class _Meanings(dict[str, str]):
    """For each name of a field what it means to us: its lower-cased form, or "" for nothing."""

    def __missing__(self, name: str) -> str:
        lowered = name.lower()
        meaning = lowered if lowered in HOP_BY_HOP or lowered == "content-length" else ""
        if len(self) < 1000:
            self[name] = meaning
        return meaning


_meanings = _Meanings()

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
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, TextIO

from httpserver.messages import File, Request, Response
from wsgi.environ import Environ, build_environ
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


class GatewayError(Exception):
    """The application broke PEP 3333; the message says how."""


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
        self.script_name = script_name
        self.multithread = multithread
        self.multiprocess = multiprocess
        self.errors = errors

    def __call__(self, request: Request) -> Response:
        """One request through the application.

        Whatever the application raises passes through to the server, which logs it
        and answers 500; what the application has opened is closed before that.
        """
        environ = build_environ(
            request,
            script_name=self.script_name,
            multithread=self.multithread,
            multiprocess=self.multiprocess,
            errors=self.errors,
        )
        environ["wsgi.file_wrapper"] = FileWrapper
        if observers:
            announce("environ.built", request=request, environ=environ)
        reply = Reply(environ)
        result = self._call(environ, reply)
        try:
            return reply.response(result)
        except BaseException:
            close(result, environ)
            raise

    def _call(self, environ: Environ, reply: "Reply") -> Iterable[bytes]:
        if not observers:
            return self.application(environ, reply.start_response)
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

    __slots__ = ("environ", "fields", "reason", "sent", "status", "written")

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.status = 0  # 0: start_response was not called yet
        self.reason = ""
        self.fields: Fields = []
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
        try:
            if exc_info is not None and self.sent:
                raise exc_info[1].with_traceback(exc_info[2])
        finally:
            exc_info_given, exc_info = exc_info is not None, None  # no cycle through the frame
        if self.status and not exc_info_given:
            raise GatewayError("start_response was called a second time without exc_info")
        self.status, self.reason = parse_status(status)
        self.fields = checked_fields(response_headers)
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
        if isinstance(result, FileWrapper) and not self.written:
            file = result.as_file()
            if file is not None and self.status:
                return self._respond(limit_file(file, self.declared_length()))
        if isinstance(result, list | tuple) and self.status:
            # The usual case: everything is there, so its length is known.
            body = b"".join([*self.written, *map(checked_part, result)])
            close(result, self.environ)
            return self._respond(self._cut(body))
        parts = Parts(result, self)
        parts.pull_first()
        if not self.status:
            raise GatewayError(
                "the application returned a body without having called start_response"
            )
        return self._respond(parts)

    def _respond(self, body: bytes | Iterable[bytes] | File) -> Response:
        self.sent = True
        return Response(self.status, self.fields, body, reason=self.reason)

    def _cut(self, body: bytes) -> bytes:
        """The body at its declared length: what is more would look like another response."""
        declared = self.declared_length()
        if declared is None or declared == len(body) or self.environ["REQUEST_METHOD"] == "HEAD":
            return body
        if declared < len(body):
            logger.warning(
                "%s declared Content-Length %d and gave %d bytes: cut",
                self.environ["PATH_INFO"], declared, len(body),
            )  # fmt: skip
            return body[:declared]
        raise GatewayError(f"Content-Length is {declared}, but the body has {len(body)} bytes")

    def declared_length(self) -> int | None:
        for name, value in self.fields:
            if name.lower() == "content-length":
                if not (value.isascii() and value.isdigit()):
                    raise GatewayError(f"Content-Length is {value!r}: expected digits")
                return int(value)
        return None


class Parts:
    """The application's iterable on its way to the server, one part at a time.

    It watches the declared Content-Length, closes the iterable once whatever happens,
    and lets the parts through as they come: a live stream must not wait for its end.
    """

    def __init__(self, result: Iterable[bytes], reply: Reply) -> None:
        self.result = result
        self.reply = reply
        self.iterator = iter(result)
        self.waiting = list(reply.written)
        self.closed = False
        self.left: int | None = None  # bytes still owed to the declared length
        self.opened = False

    def pull_first(self) -> None:
        """Ask for parts until one is not empty: by then start_response has been called."""
        if observers:
            self.opened = True
            announce("iteration.start", environ=self.reply.environ)
        try:
            while not any(self.waiting):
                self.waiting.append(checked_part(next(self.iterator)))
        except StopIteration:
            self.iterator = iter(())
        except BaseException:
            self._announce_end()
            raise
        self.left = self.reply.declared_length()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            part = self.waiting.pop(0) if self.waiting else checked_part(next(self.iterator))
        except StopIteration:
            if self.left and self.reply.environ["REQUEST_METHOD"] != "HEAD":
                raise GatewayError(
                    f"the body ended {self.left} bytes before its Content-Length"
                ) from None
            raise
        if self.left is None:
            return part
        if len(part) > self.left:
            logger.warning(
                "%s gave more than its Content-Length: cut", self.reply.environ["PATH_INFO"]
            )
            part = part[: self.left]
        self.left -= len(part)
        return part

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._announce_end()
            close(self.result, self.reply.environ)

    def _announce_end(self) -> None:
        if self.opened:
            self.opened = False
            announce("iteration.end", environ=self.reply.environ)


class FileWrapper:
    """`wsgi.file_wrapper`: a file as an iterable, which the server sends without reading it.

    PEP 3333, "Optional Platform-Specific File Handling".
    """

    def __init__(self, filelike: BinaryIO, block_size: int = 65536) -> None:
        self.filelike = filelike
        self.block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self.filelike.read(self.block_size)
        if data:
            return data
        raise StopIteration

    def close(self) -> None:
        if hasattr(self.filelike, "close"):
            self.filelike.close()

    def as_file(self) -> File | None:
        """The rest of a regular file from where it stands; None for what only reads."""
        try:
            descriptor = self.filelike.fileno()
            offset = self.filelike.tell()
            details = os.fstat(descriptor)
        except (AttributeError, OSError, ValueError):
            return None
        if not stat.S_ISREG(details.st_mode):
            return None
        return File(self.filelike, offset, max(details.st_size - offset, 0))


def limit_file(file: File, declared: int | None) -> File:
    if declared is None:
        return file
    return File(file.file, file.offset, min(file.length, declared))


def close(result: Any, environ: Environ) -> None:
    """`result.close()` where there is one (PEP 3333: whether or not all of it was read)."""
    method = getattr(result, "close", None)
    try:
        if method is not None:
            method()
    finally:
        if observers:
            announce("application.closed", environ=environ)


def parse_status(status: str) -> tuple[int, str]:
    """(404, "Not Found") of "404 Not Found"; anything else is the application's error."""
    if not isinstance(status, str):
        raise GatewayError(f"the status is {status!r}: expected a str such as '200 OK'")
    code, _, reason = status.partition(" ")
    if not (len(code) == 3 and code.isascii() and code.isdigit() and "200" <= code <= "999"):
        raise GatewayError(f"the status is {status!r}: expected a str such as '200 OK'")
    return int(code), reason


def checked_fields(fields: Fields) -> Fields:
    """A copy of the response's fields without those that are not the application's to set.

    What stands in names and values (CR, LF, NUL) is checked by the server, for every
    handler alike.
    """
    if not isinstance(fields, list):
        raise GatewayError(f"response_headers is {fields!r}: expected a list of (name, value)")
    kept: Fields = []
    for field in fields:
        if not (isinstance(field, tuple) and len(field) == 2):
            raise GatewayError(f"a response field is {field!r}: expected (name, value)")
        name, value = field
        if not (isinstance(name, str) and isinstance(value, str)):
            raise GatewayError(f"a response field is {field!r}: both must be str")
        if name.lower() in HOP_BY_HOP:
            logger.warning("the application set %s, which belongs to the server: dropped", name)
        else:
            kept.append((name, value))
    return kept


def checked_part(part: Any) -> bytes:
    if not isinstance(part, bytes):
        raise GatewayError(f"a part of the body is a {type(part).__name__}: expected bytes")
    return part


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
import re
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TextIO

from httpserver.forwarding import HOP_BY_HOP
from httpserver.messages import File, Request, Response
from httpserver.parser import TOKEN
from wsgi.body import FileWrapper, Parts, checked_part, close, limit_file
from wsgi.environ import Environ, build_environ, common_environ
from wsgi.errors import GatewayError
from wsgi.events import announce, observers
from wsgi.forwarded import Trust

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Fields = list[tuple[str, str]]
StartResponse = Callable[..., Callable[[bytes], None]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

logger = logging.getLogger("wsgi")


class Gateway:
    """A handler for `httpserver` that answers with a WSGI application.

    `multithread` and `multiprocess` tell the application whether others of its kind
    run beside it; they must be true of the server that calls this handler. `trust` knows
    the proxies whose word on the client counts (by default those on this machine). Fields
    that are not the application's to set are dropped; under `strict` they are an error.
    """

    def __init__(
        self,
        application: Application,
        *,
        script_name: str = "",
        multithread: bool = False,
        multiprocess: bool = False,
        errors: TextIO | None = None,
        trust: Trust | None = None,
        strict: bool = False,
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
        self.trust = Trust() if trust is None else trust
        self.strict = strict
        self._warned: set[str] = set()  # of which fields the log has a warning already

    def __call__(self, request: Request) -> Response:
        """One request through the application.

        Whatever the application raises passes through to the server, which logs it
        and answers 500; what the application has opened is closed before that.
        """
        fields = request.headers.by_name
        if "x-forwarded-for" in fields or "x-forwarded-proto" in fields:
            self.trust.correct(request)
        environ = build_environ(request, self.common)
        if observers:
            announce("environ.built", request=request, environ=environ)
        reply = Reply(request, environ, self._not_to_set)
        if observers:
            result = self._observed(environ, reply)
        else:
            result = self.application(environ, reply.start_response)
        try:
            return reply.response(result)
        except BaseException:
            reply.close(result)
            raise

    def _not_to_set(self, name: str) -> None:
        """The application has set a field that speaks of one connection, and connections belong
        to the server (PEP 3333, "Other HTTP Features"; RFC 9110, 7.6.1)."""
        if self.strict:
            raise GatewayError(f"the application set {name}, which belongs to the server")
        if name.lower() not in self._warned:
            self._warned.add(name.lower())
            logger.warning("the application sets %s, which belongs to the server: dropped", name)

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

    __slots__ = (
        "closed", "declared", "environ", "fields", "not_to_set", "reason", "request", "sent",
        "status", "written",
    )  # fmt: skip

    def __init__(
        self, request: Request, environ: Environ, not_to_set: Callable[[str], None]
    ) -> None:
        self.request = request
        self.environ = environ  # the application's, which may change what stands in it
        self.not_to_set = not_to_set  # told of each field that is dropped
        self.status = 0  # 0: start_response was not called yet
        self.reason = ""
        self.fields: Fields = []
        self.declared: int | None = None  # Content-Length, where the application has set one
        self.written: list[bytes] = []
        self.closed = False  # the iterable's close() was called
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
        code, reason = _statuses[status]
        self.fields, self.declared = checked_fields(response_headers, self.not_to_set)
        self.status, self.reason = code, reason  # now: a call that is refused has said nothing
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
            self.close(result)
            if self.declared is not None and self.declared != len(body):
                body = self._cut(body, self.declared)
            return self._respond(body)
        if isinstance(result, FileWrapper) and self.status and not self.written:
            file = result.as_file()
            if file is not None:
                # The server has a file of its own now, so the application's is closed here:
                # on its own thread, and with all that its close() does besides.
                self.close(result)
                return self._respond(limit_file(file, self.declared))
        parts = Parts(result, self.written, self.request, self.environ)
        parts.pull_first()
        if not self.status:
            raise GatewayError(
                "the application returned a body without having called start_response"
            )
        parts.left = 0 if self._has_no_content() else self.declared
        return self._respond(parts)

    def close(self, result: Iterable[bytes]) -> None:
        """`result.close()`, once, even where that or what follows it raises."""
        if not self.closed:
            self.closed = True
            close(result, self.environ)

    def _respond(self, body: bytes | Iterable[bytes] | File) -> Response:
        self.sent = True
        return Response(self.status, self.fields, body, reason=self.reason)

    def _has_no_content(self) -> bool:
        """Whether a body will not be sent, and its length is that of what GET would get."""
        return self.request.method == "HEAD" or self.status in (204, 304)

    def _cut(self, body: bytes, declared: int) -> bytes:
        """The body at its declared length: what is more would look like another response."""
        if self._has_no_content():
            return b""
        if declared < len(body):
            logger.warning(
                "%s declared Content-Length %d and gave %d bytes: cut",
                self.request.path, declared, len(body),
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
    if not is_one_line(reason):
        raise GatewayError(f"the status is {status!r}: expected one line of latin-1")
    return int(code), reason


def is_one_line(text: str) -> bool:
    """Whether this can stand in a head. With a line break let through, whoever controls a value
    writes fields, or a whole second answer, of his own."""
    return not re.search(r"[^\t -~\x80-\xff]", text)


def checked_fields(fields: Fields, not_to_set: Callable[[str], None]) -> tuple[Fields, int | None]:
    """The response's fields without those that are not the application's to set, in a list of
    our own, and the Content-Length that is among them.

    The server checks names and values too, for every handler alike; but here the application
    is still on the stack, and the log shows which of its lines was it (PEP 3333, "The
    start_response() Callable").
    """
    if not isinstance(fields, list):
        raise GatewayError(f"response_headers is {fields!r}: expected a list of (name, value)")
    ours = of_a_kind = False
    declared: int | None = None
    for field in fields:
        if type(field) is not tuple or len(field) != 2:
            raise GatewayError(f"a response field is {field!r}: expected (name, value)")
        name, value = field
        if type(name) is not str or type(value) is not str:
            if not (isinstance(name, str) and isinstance(value, str)):
                raise GatewayError(f"a response field is {field!r}: expected two str")
            # A kind of str, such as Django's SafeString. What is sent is what is checked here,
            # however such a thing would be formatted.
            name, value = str.__str__(name), str.__str__(value)
            of_a_kind = True
        meaning = _meanings[name]
        if meaning == "content-length":
            if not (value.isascii() and value.isdigit()):
                raise GatewayError(f"Content-Length is {value!r}: expected digits")
            declared = int(value)
        elif meaning:
            not_to_set(name)
            ours = True
    if of_a_kind:
        fields = [(str.__str__(name), str.__str__(value)) for name, value in fields]
    # Nearly always one look at all of them will do.
    values = "".join([value for _, value in fields])
    if not (values.isascii() and values.isprintable()):
        for name, value in fields:
            if not is_one_line(value):
                raise GatewayError(f"{name} is {value!r}: expected one line of latin-1")
    if ours:
        return [field for field in fields if _meanings[field[0]] not in HOP_BY_HOP], declared
    return fields.copy(), declared


_TOKEN = re.compile(TOKEN)


class _Meanings(dict[str, str]):
    """For each name of a field what it means to us: its lower-cased form, or "" for nothing."""

    def __missing__(self, name: str) -> str:
        if not _TOKEN.fullmatch(name):
            raise GatewayError(f"a field is called {name!r}: expected letters, digits and '-'")
        lowered = name.lower()
        meaning = lowered if lowered in HOP_BY_HOP or lowered == "content-length" else ""
        if len(self) < 1000:
            self[name] = meaning
        return meaning


_meanings = _Meanings()

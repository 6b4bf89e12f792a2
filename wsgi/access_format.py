"""The line of the access log in Gunicorn's letters: "%(h)s %(r)s %(s)s" becomes a function.

Step 10 of the trip. A format is read once, at the start, and not once for each request: what
comes out is a function of the kind that `httpserver.logs` takes. A letter that is unknown is so
told to whoever wrote it, and does not stand in the log as a dash for ever.

In Gunicorn: glogging.py (atoms), access_log_format.
"""

import base64
import os
import re
from collections.abc import Callable
from typing import NamedTuple

from httpserver.logs import FORMS, Form, escape, log_time
from httpserver.messages import Handler, Request, Response, Upstream, client_name
from httpserver.suggest import did_you_mean


class Entry(NamedTuple):
    """What is known of a request when its line is written."""

    request: Request
    status: int
    body_bytes: int
    seconds: float
    now: float


Letter = Callable[[Entry], object]


def user_name(request: Request) -> str:
    """Who says to be there, by the Basic scheme (RFC 7617); it is not known to be true."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    try:
        name = base64.b64decode(token, validate=True).partition(b":")[0].decode()
    except ValueError:  # what UnicodeDecodeError is, too
        return "-"
    return name if name and scheme.lower() == "basic" else "-"


def request_line(request: Request) -> str:
    return f"{request.method} {request.target} {request.version}"


LETTERS: dict[str, Letter] = {
    "h": lambda entry: client_name(entry.request.client),
    "l": lambda entry: "-",
    "u": lambda entry: user_name(entry.request),
    "t": lambda entry: f"[{log_time(entry.now)}]",
    "r": lambda entry: request_line(entry.request),
    "m": lambda entry: entry.request.method,
    "U": lambda entry: entry.request.path,
    "q": lambda entry: entry.request.query,
    "H": lambda entry: entry.request.version,
    "s": lambda entry: entry.status,
    "B": lambda entry: entry.body_bytes,
    "b": lambda entry: entry.body_bytes or "-",
    "f": lambda entry: entry.request.headers.get("referer") or "-",
    "a": lambda entry: entry.request.headers.get("user-agent") or "-",
    "T": lambda entry: int(entry.seconds),
    "M": lambda entry: int(entry.seconds * 1_000),
    "D": lambda entry: int(entry.seconds * 1_000_000),
    "L": lambda entry: f"{entry.seconds:.6f}",
    "p": lambda entry: f"<{os.getpid()}>",
}

_PIECE = re.compile(r"%(?:%|\((?P<letter>[^()]*)\)(?P<kind>[sd]?)|)")
_FIELD = re.compile(r"\{(?P<name>[^{}]+)\}(?P<side>[io])")


def compile_format(text: str) -> Form:
    """A function that makes the line: of a name in FORMS, or of a text with %(letters)s.

    %({name}i)s is a field of the request, %({name}o)s one of the answer (for which the handler
    has to be a `Remembering` one). Raises ValueError for a letter that there is not.
    """
    if text in FORMS:
        return FORMS[text]
    if "%(" not in text:
        near = did_you_mean(text, FORMS)
        raise ValueError(f"expected {' or '.join(FORMS)}, or letters: %(h)s; found {text!r}{near}")
    letters: list[Letter] = []

    def take(piece: re.Match[str]) -> str:
        if piece[0] == "%%":
            return "%%"
        letters.append(_letter(piece))
        return "%s"

    template = _PIECE.sub(take, text)

    def form(request: Request, status: int, body_bytes: int, seconds: float, now: float) -> str:
        entry = Entry(request, status, body_bytes, seconds, now)
        return template % tuple([escape(str(letter(entry))) for letter in letters])

    return form


def _letter(piece: re.Match[str]) -> Letter:
    found, name = piece[0], piece["letter"] or ""
    if not piece["kind"]:
        raise ValueError(f"expected %(letter)s at {found!r}, or %% for a percent sign")
    if name in LETTERS:
        return LETTERS[name]
    field = _FIELD.fullmatch(name)
    if field is None:
        environ = " The environ is the application's: take a field, {name}i." * name.endswith("}e")
        known = " ".join(LETTERS)
        raise ValueError(
            f"{found!r} is no letter. There are {known}, {{name}}i, {{name}}o.{environ}"
        )
    wanted = field["name"].lower()
    if field["side"] == "i":
        return lambda entry: entry.request.headers.get(wanted) or "-"
    return lambda entry: _answered(entry.request).get(wanted, "-")


def names_answer(text: str) -> bool:
    """Whether a format has letters for fields of the answer."""
    return any(piece["letter"].endswith("}o") for piece in _PIECE.finditer(text) if piece["letter"])


class Remembering:
    """A handler around another that keeps the answer's fields with the request, for its line."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, request: Request) -> Response | Upstream:
        response = self._handler(request)
        if isinstance(response, Response):
            request.__dict__["answered"] = response.headers
        return response


def _answered(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.__dict__.get("answered", ())}

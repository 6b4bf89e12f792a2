"""What a proxy changes of a message, and what it must not pass on.

Step 1 of the trip, where the answer is another server's, and step 10 on the way back. Some
fields speak of one connection only; passed on, they would be taken for the next one's. Others
say who the client is, and the server behind us believes them: so they are ours to set, and
what a stranger has written there is dropped.

RFC 9110, sections 7.6 (forwarding) and 7.8 (Upgrade); RFC 7239 (Forwarded).
In Nginx: proxy_set_header, ngx_http_proxy_module.c.
"""

import re
from typing import NamedTuple

from httpserver.framing import (
    CHUNKED,
    CLOSE,
    LENGTH,
    NONE,
    Framing,
    body_framing,
)
from httpserver.limits import Limits
from httpserver.messages import Address, Field, Headers, HTTPError, Request
from httpserver.parser import parse_fields

HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip

# What the server behind us takes our word for.
_OUR_WORD = frozenset({
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
    "x-real-ip", "x-accel-redirect",
})  # fmt: skip

# Said anew by us: how the body is framed, which host is meant, what we wait for.
_SAID_ANEW = frozenset({"host", "content-length", "expect", "via"})

PSEUDONYM = "glasstack"  # our name in Via (RFC 9110, 7.6.3)

# status-line = HTTP-version SP status-code SP [ reason-phrase ]   (RFC 9112, 4)
# Many servers leave out the space before a reason that is empty.
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: ([^\x00-\x08\n-\x1f\x7f]*))?\r\n")

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})  # RFC 9110, 9.2.2


class BadGateway(HTTPError):
    status = 502


class Reply(NamedTuple):
    """The head of what the server behind us has answered."""

    version: str  # "1.1"
    status: int
    reason: str
    headers: Headers
    framing: Framing
    length: int
    keep_alive: bool


def passed_on(headers: Headers, dropped: frozenset[str] = HOP_BY_HOP) -> list[Field]:
    """The fields without those that end here: the known ones, and those that Connection names.

    A client that names "Authorization" or "X-Forwarded-For" there would have them dropped, so
    it gains nothing by it: ours are set afterwards.
    """
    if "connection" in headers.by_name:
        dropped = dropped.union(headers.tokens("connection"))
    return [field for field in headers.items() if field[0].lower() not in dropped]


def request_head(
    request: Request, host: str | None, upgrade: str, framing: Framing, length: int
) -> bytes:
    """The request as the server behind us gets it: HTTP/1.1 whatever the client speaks.

    `host` takes the place of the client's; `upgrade` is the protocol to change to, or "".
    """
    target = request.target
    if not target.startswith(("/", "*")):  # absolute-form: its host has become the Host field
        target = request.path + (f"?{request.query}" if request.query else "")
    via = request.headers.get("via")
    version = request.version.removeprefix("HTTP/")
    own_host = request.headers.get("host") or ""
    lines = [
        f"{request.method} {target} HTTP/1.1",
        f"Host: {host or own_host or 'localhost'}",
        f"Via: {via + ', ' if via else ''}{version} {PSEUDONYM}",
        f"X-Forwarded-For: {_host_of(request.client)}",
        f"X-Forwarded-Proto: {request.scheme}",
        f"Forwarded: {_forwarded(request, own_host)}",
    ]
    if own_host:
        lines.append(f"X-Forwarded-Host: {own_host}")
    dropped = HOP_BY_HOP | _OUR_WORD | _SAID_ANEW
    hops = hops_left(request)
    if hops is not None:
        dropped |= {"max-forwards"}
        lines.append(f"Max-Forwards: {hops - 1}")
    # A name with an underscore reads like one with a hyphen to whoever makes a variable of it.
    lines += [
        f"{name}: {value}" for name, value in passed_on(request.headers, dropped) if "_" not in name
    ]
    if framing is LENGTH:
        lines.append(f"Content-Length: {length}")
    elif framing is CHUNKED:
        lines.append("Transfer-Encoding: chunked")
    if upgrade:
        lines += ["Connection: Upgrade", f"Upgrade: {upgrade}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def hops_left(request: Request) -> int | None:
    """How many servers more this request may be passed to; None: as many as it takes.

    Max-Forwards counts for the two methods that look for the way (RFC 9110, 7.6.2).
    """
    told = request.headers.by_name.get("max-forwards", "")
    if request.method not in ("OPTIONS", "TRACE") or not re.fullmatch("[0-9]{1,9}", told):
        return None
    return int(told)


def _host_of(address: Address) -> str:
    return address[0] if isinstance(address, tuple) else "unix:"


def _forwarded(request: Request, host: str) -> str:
    """RFC 7239: the same as the three X-Forwarded fields, in a form that has a grammar."""
    client = _host_of(request.client)
    if ":" in client:
        client = "unknown" if client == "unix:" else f'"[{client}]"'
    said = f"for={client};proto={request.scheme}"
    return f'{said};host="{host}"' if host else said


def wanted_upgrade(request: Request) -> str:
    """The protocol that the client asks to change to, such as "websocket"; "" for none.

    Never HTTP/2: in such a tunnel requests would pass that nobody here looks at, past all that
    is refused by their path ("h2c smuggling", J. Miller, 2020). RFC 9113 has dropped this upgrade.
    """
    if "upgrade" not in request.headers.tokens("connection") or request.version == "HTTP/1.0":
        return ""
    if "h2c" in request.headers.tokens("upgrade"):
        return ""
    return request.headers.get("upgrade", "") or ""


def find_reply(buffer: bytearray, limits: Limits) -> int:
    """Where the head of an answer at the start of the buffer ends; -1: not yet here."""
    found = buffer.find(b"\r\n\r\n")
    if found + 4 > limits.head or (found < 0 and len(buffer) > limits.head):
        raise BadGateway(f"The head of the answer is longer than {limits.head} bytes.")
    return -1 if found < 0 else found + 4


def parse_reply(head: bytes | bytearray, method: str, limits: Limits) -> Reply:
    """The head of an answer to a request with this method. Raises `HTTPError`.

    As strict as with a client: an answer that two servers read differently is one that an
    attacker behind us, or in front of us, can hide another one in.
    """
    text = head.decode("latin-1")
    line = _STATUS_LINE.match(text)
    if line is None:
        raise BadGateway("The answer does not begin with a status line of HTTP/1.")
    headers = Headers(parse_fields(text, line.end(), limits))
    status = int(line[2])
    version = "HTTP/1.0" if line[1] == "0" else "HTTP/1.1"
    # Looked at also where no body comes: the fields are passed on, and must leave no doubt there.
    framing, length = body_framing(headers.by_name, version, without=CLOSE)
    if method == "HEAD" or status < 200 or status in (204, 304):
        framing, length = NONE, 0
    options = headers.tokens("connection")
    stays = "close" not in options and (version == "HTTP/1.1" or "keep-alive" in options)
    return Reply(
        version[5:], status, line[3] or "", headers, framing, length, stays and framing is not CLOSE
    )


def reply_fields(reply: Reply) -> list[Field]:
    """The fields as the client gets them."""
    fields = [
        field for field in passed_on(reply.headers) if not field[0].lower().startswith("x-accel-")
    ]
    fields.append(("Via", f"{reply.version} {PSEUDONYM}"))
    return fields

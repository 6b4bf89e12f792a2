"""The head of a request: bytes in, method, target, version and fields out.

Step 1 of the trip. The head is everything up to the first empty line. Two servers in a
row must read it alike, or an attacker hides a request in the gap between two readings, so
whatever the grammar leaves doubtful is refused and never mended.

No socket is touched here. The whole head is checked by a count and two regular expressions,
since a loop over its characters would cost more than all the rest.

RFC 9112, sections 2, 3 and 5; RFC 9110, sections 4, 5 and 7.2.
In Nginx: ngx_http_parse.c; elsewhere: h11/_abnf.py, llhttp.
"""

import re
from collections.abc import Iterable

from httpserver.limits import Limits
from httpserver.messages import (
    BadRequest,
    Field,
    HeaderFieldsTooLarge,
    Headers,
    HTTPError,
    Request,
    URITooLong,
    VersionNotSupported,
)

# token = 1*tchar (RFC 9110, 5.6.2)
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105

# request-line = method SP request-target SP HTTP-version (RFC 9112, 3)
# HTTP-version = "HTTP/" DIGIT "." DIGIT
# The target is looked at afterwards; here it is only free of spaces and controls.
_REQUEST_LINE = re.compile(rf"({TOKEN}) ([!-~]+) HTTP/([0-9])\.([0-9])\r\n")

# field-line    = field-name ":" OWS field-value OWS            (RFC 9112, 5)
# field-value   = *( field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ] )
# field-vchar   = VCHAR / obs-text (0x80-0xFF)                  (RFC 9110, 5.5)
# No space before the colon: some servers strip it and some take it for a part of the name.
# No obs-fold: a line that begins with a space has no name, so it does not match.
# Possessive (*+): a value of blanks alone could be cut in two in as many ways as it has blanks.
_FIELD_LINE = re.compile(rf"^({TOKEN}):[ \t]*+([^\x00-\x08\n-\x1f\x7f]*+)\r$", re.MULTILINE)

# origin-form = absolute-path [ "?" query ] (RFC 9112, 3.2.1). Browsers leave more
# characters unescaped than RFC 3986 allows (| ^ ` { } [ ] \ by the WHATWG's URL Standard);
# they are harmless here. The quote and the angle brackets nobody sends, and a fragment
# ("#") never leaves a browser.
_NOT_IN_TARGET = re.compile('["#<>]')

# absolute-form = scheme "://" authority path-abempty [ "?" query ] (RFC 9112, 3.2.2)
_ABSOLUTE_FORM = re.compile(r'[hH][tT][tT][pP][sS]?://([^/?"#<>]*)(/[^"#<>?]*)?(?:\?([^"#<>]*))?')

# Host     = uri-host [ ":" port ]                      (RFC 9110, 7.2)
# uri-host = IP-literal / IPv4address / reg-name        (RFC 3986, 3.2.2)
# An empty name is allowed by reg-name and forbidden for http (RFC 9110, 4.2.1). Whoever has no
# authority sends an empty Host, `OPTIONS *` too; a server may then take a default of its own or
# refuse (RFC 9112, 3.3). We refuse: there is no default here, and a guess chooses a site.
_HOST = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]++|%[0-9A-Fa-f]{2})++)(?::[0-9]{0,5})?"
)

# A line feed without its carriage return. Some servers take it for the end of a line.
_BARE_LF = re.compile(rb"(?<!\r)\n")
BARE = "CR or LF stands alone in the head; only together do they end a line."


def find_head_end(data: bytes | bytearray, scanned: int, limits: Limits) -> int:
    """Where the head at the start of `data` ends, past its empty line; -1: not yet here.

    `scanned` bytes were looked at before. Raises as soon as the bytes so far can no
    longer become a good head, so that nobody waits for the end of a bad one. The same
    bytes get the same error in whatever pieces they come: the earliest fault decides.
    """
    found = data.find(b"\r\n\r\n", max(0, scanned - 3))
    end = len(data) if found < 0 else found + 4
    too_long: HTTPError | None = None
    fault = end
    if end > limits.request_line + 2 and data.find(b"\r\n", 0, limits.request_line + 2) < 0:
        fault = limits.request_line + 2
        too_long = URITooLong(f"The request line is longer than {limits.request_line} bytes.")
    elif end > limits.head:
        fault = limits.head
        too_long = HeaderFieldsTooLarge(f"The head is longer than {limits.head} bytes.")
    elif found >= 0:
        return end  # the usual case: whole, at once, and parse_head counts the line feeds
    if _BARE_LF.search(data, scanned, fault):
        raise BadRequest(BARE)
    if too_long is not None:
        raise too_long
    return -1


def parse_head(head: bytes | bytearray, limits: Limits) -> Request:
    """The request that this head announces; its body is not yet known.

    `head` reaches from the request line to the empty line, inclusive. Raises
    `HTTPError`: 400 for what the grammar does not allow, 414 and 431 for what is too
    long, 505 for a version that is not ours.
    """
    # Latin-1 gives every byte a character, so that nothing is lost or refused too early.
    text = head.decode("latin-1")
    parts = _REQUEST_LINE.match(text)
    if parts is None:
        raise _line_fault(text)
    end_of_line = parts.end()
    if end_of_line - 2 > limits.request_line:
        raise URITooLong(f"The request line is longer than {limits.request_line} bytes.")
    method, target, major, minor = parts.groups()
    headers = Headers(parse_fields(text, end_of_line, limits))
    version = _version(major, minor)
    authority = None
    if target[0] == "/" and method != "CONNECT" and not _NOT_IN_TARGET.search(target):
        path, _, query = target.partition("?")  # origin-form, what nearly everybody sends
    else:
        path, query, authority = _other_form(method, target)
    _check_host(headers, version)
    if authority is not None:
        headers = _with_host(headers.items(), authority)
    return Request(method, target, path, query, version, headers)


def _line_fault(text: str) -> HTTPError:
    return _bare(text) or BadRequest(
        "The request line is not a method, a target and a version with one space between."
    )


def _bare(text: str) -> HTTPError | None:
    """The fault that is named before all others: a CR or an LF without the other."""
    paired = text.count("\r\n") == text.count("\n") == text.count("\r")
    return None if paired else BadRequest(BARE)


def parse_fields(text: str, start: int, limits: Limits) -> list[Field]:
    """The field lines from `start` to the empty line that ends `text`, as (name, value) pairs.

    Also reads trailers. Every match begins after an LF and ends in CR LF, so where there are
    as many matches as lines, each line is a field, and no CR or LF stands alone.
    """
    found: list[Field] = _FIELD_LINE.findall(text, start)
    lines = text.count("\n", start) - 1
    if len(found) != lines or lines > limits.fields:
        raise _field_fault(text, start, lines, limits)
    if " \r" in text or "\t\r" in text:  # rare, so that most values need no look
        return [(name, value.rstrip(" \t")) for name, value in found]
    return found


def _field_fault(text: str, start: int, lines: int, limits: Limits) -> HTTPError:
    """On the way to an error there is time to find out which."""
    if bare := _bare(text):
        return bare
    if lines > limits.fields:
        return HeaderFieldsTooLarge(f"There are {lines} fields; {limits.fields} are allowed.")
    fields = text[start:-2].split("\r\n")
    bad = next((line for line in fields if not _FIELD_LINE.fullmatch(line + "\r")), "")
    return BadRequest(f"This is not a field: {bad[:80]!r}.")


def _version(major: str, minor: str) -> str:
    """HTTP/1.0 or 1.1. A later 1.x is spoken to as 1.1 (RFC 9110, 6.2)."""
    if major == "1":
        return "HTTP/1.0" if minor == "0" else "HTTP/1.1"
    if major >= "2":
        raise VersionNotSupported(f"HTTP/{major}.{minor} is not spoken here; HTTP/1.1 is.")
    raise BadRequest(f"HTTP/{major}.{minor} has no such request line.")


def _other_form(method: str, target: str) -> tuple[str, str, str | None]:
    """Path, query and authority of a target that does not begin with a slash.

    `OPTIONS *` asks about the server as a whole. The absolute form is what a proxy is
    sent. The authority form belongs to CONNECT, and we are nobody's tunnel.
    """
    if method == "CONNECT":  # in any form: passed on, one server might go on with a tunnel
        raise BadRequest("CONNECT asks for a tunnel, and there is none here.")
    if target[0] == "/":
        raise BadRequest("The target has a character that must be percent-encoded.")
    if target == "*" and method == "OPTIONS":
        return "*", "", None
    parts = _ABSOLUTE_FORM.fullmatch(target)
    if parts is None:
        raise BadRequest("The target is neither a path nor an http:// or https:// address.")
    authority, path, query = parts.groups()
    if not _HOST.fullmatch(authority):
        raise BadRequest("The target's host is not a host name or address.")
    if path is None:
        path = "*" if method == "OPTIONS" and query is None else "/"
    return path, query or "", authority


def _check_host(headers: Headers, version: str) -> None:
    """One valid Host, which only HTTP/1.0 may leave out (RFC 9112, 3.2)."""
    host = headers.get("host")
    if host is None:
        if version != "HTTP/1.0":
            raise BadRequest("There is no Host field; HTTP/1.1 asks for one.")
    elif not _HOST.fullmatch(host):
        # Two of them are joined by a comma and a space, and no host has a space in it.
        count = len(headers.get_all("host"))
        if count > 1:
            raise BadRequest(f"There are {count} Host fields; HTTP/1.1 asks for one.")
        raise BadRequest("The Host field is not a host name or address.")


def _with_host(fields: Iterable[Field], authority: str) -> Headers:
    """The fields with the host of an absolute target, which wins (RFC 9112, 3.2.2)."""
    others = [(name, value) for name, value in fields if name.lower() != "host"]
    return Headers([("Host", authority), *others])

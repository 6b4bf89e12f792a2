"""Six messages that two servers read in two ways, and what the real one says of them.

For each: what the server in front sees, what the one behind it sees, and our own.
"""

import re
from collections.abc import Callable

from httpserver.connection import Connection
from httpserver.limits import Limits
from httpserver.messages import Request, Response

Fields = list[tuple[str, str]]
Body = Callable[[Fields, bytes], int]  # how many bytes of what follows the head are its body


def values(fields: Fields, name: str) -> list[str]:
    return [value for key, value in fields if key == name]


def by_length(fields: Fields, rest: bytes) -> int:
    """The first Content-Length counts, and nothing else."""
    return int([*values(fields, "content-length"), "0"][0])


def by_last_length(fields: Fields, rest: bytes) -> int:
    """The last Content-Length counts, as with a dict."""
    return int(["0", *values(fields, "content-length")][-1])


def chunks(rest: bytes, size_line: bytes, size: Callable[[bytes], int]) -> int:
    """The length of a chunked body; `size_line` is how its lines with a size end."""
    place = 0
    while match := re.compile(rb"(.*?)" + size_line, re.DOTALL).match(rest, place):
        place = match.end()
        length = size(match[1])
        if length == 0:
            return rest.index(b"\r\n", place) + 2
        place += length + 2
    raise ValueError("a chunk without a size")


def digits(line: bytes) -> int:
    """As far as there are digits."""
    return int(re.match(rb"[0-9A-Fa-f]*", line)[0] or b"0", 16)  # type: ignore[index]


def pythons(line: bytes) -> int:
    """What int() makes of it."""
    return int(line.partition(b";")[0], 16)


def by_chunks(fields: Fields, rest: bytes) -> int:
    """Transfer-Encoding: chunked wins."""
    if "chunked" in values(fields, "transfer-encoding"):
        return chunks(rest, rb"\r\n", digits)
    return by_length(fields, rest)


def by_word(fields: Fields, rest: bytes) -> int:
    """The word "chunked" somewhere in Transfer-Encoding wins."""
    if any("chunked" in value for value in values(fields, "transfer-encoding")):
        return chunks(rest, rb"\r\n", digits)
    return by_length(fields, rest)


def by_int(fields: Fields, rest: bytes) -> int:
    """Sizes of chunks are read by int()."""
    return chunks(rest, rb"\r\n", pythons)


def by_lf(fields: Fields, rest: bytes) -> int:
    """A line with a size ends at the first LF."""
    return chunks(rest, rb"\r?\n", digits)


def seen(data: bytes, body: Body) -> str:
    """The request lines that a server finds that delimits bodies in this way."""
    found = []
    while match := re.match(rb"(\S+ \S+) HTTP/1.1\r\n(.*?)\r\n\r\n", data, re.DOTALL):
        lines = match[2].decode().split("\r\n")
        fields = [
            (name.lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)
        ]
        data = data[match.end() :]
        data = data[body(fields, data) :].lstrip(b"\r\n")
        found.append(match[1].decode())
    return ", then ".join(found)


def real(data: bytes) -> str:
    connection = Connection(Limits())
    step = connection.receive(data)
    if isinstance(step, Response) and isinstance(step.body, bytes):
        return f"{step.status}: {step.body.decode().splitlines()[-1]}"
    return f"{step.method} {step.target}" if isinstance(step, Request) else "waits for more"


def post(fields: str, body: bytes) -> bytes:
    return f"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n".encode() + body


HIDDEN = b"GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"
SIZE = b"%x" % len(HIDDEN)
AFTER = b"0\r\n\r\n" + HIDDEN
CHUNKED = "Transfer-Encoding: chunked"
ONE_CHUNK = SIZE + b"\r\n" + HIDDEN + b"\r\n0\r\n\r\n"

CASES: dict[str, tuple[Body, Body, bytes]] = {
    "CL.TE: one goes by Content-Length, one by Transfer-Encoding": (
        by_length,
        by_chunks,
        post(f"Content-Length: {len(AFTER)}\r\n{CHUNKED}", AFTER),
    ),
    "TE.CL: the other way round": (
        by_chunks,
        by_length,
        post(f"Content-Length: {len(SIZE) + 2}\r\n{CHUNKED}", ONE_CHUNK),
    ),
    "TE.TE: both know chunks, one does not take xchunked for it": (
        by_word,
        by_chunks,
        post(f"Content-Length: {len(SIZE) + 2}\r\nTransfer-Encoding: xchunked", ONE_CHUNK),
    ),
    "two lengths: one takes the last, one takes the first": (
        by_last_length,
        by_length,
        post(f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}", HIDDEN),
    ),
    "0x: one reads sizes with int(), one as far as there are digits": (
        by_int,
        by_chunks,
        post(CHUNKED, b"0x%x\r\n\r\n" % (len(HIDDEN) + 2) + HIDDEN + b"\r\n0\r\n\r\n"),
    ),
    "an LF in a chunk extension: one ends the line there, one does not": (
        by_lf,
        by_chunks,
        post(CHUNKED, b"2;\nxx\r\n%x\r\n0\r\n\r\n" % (len(HIDDEN) + 5) + HIDDEN + b"\r\n0\r\n\r\n"),
    ),
}

for name, (front, back, data) in CASES.items():
    print(name)
    print("   in front", seen(data, front))
    print("   behind  ", seen(data, back))
    print("   ours    ", real(data))

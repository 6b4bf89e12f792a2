"""Published ways to hide a request in another one: none arrives, here or behind our proxy.

Each is sent three times: to a server of ours, to one that passes on what it has received whole,
and to one that passes on what it is still receiving. Behind those two stands h11, which forgives
more than we do (line feeds alone, folded fields, a coding beside a length), so that a message that
we pass on in doubt is read otherwise there. After each attack a second client asks for something:
it must get its own answer.

The papers:
  Linhart et al. 2005     C. Linhart, A. Klein, R. Heled, S. Orrin: HTTP Request Smuggling
  Leroy 2016              R. Leroy (regilero): Hiding Wookiees in HTTP, DEF CON 24
  Davison 2019            N. Davison: HAProxy HTTP request smuggling; Abusing hop-by-hop headers
  Egorov 2019             M. Egorov (0ang3el): WebSocket smuggling
  Kettle 2017 to 2025     J. Kettle: Cracking the Lens; HTTP Desync Attacks (2019); Browser-Powered
                          Desync Attacks (2022); HTTP/1.1 Must Die (2025)
  Klein 2020              A. Klein: HTTP Request Smuggling in 2020
  Miller 2020             J. Miller: h2c Smuggling
  Doyhenard 2021          M. Doyhenard: Response Smuggling
  Grenfeldt 2021          M. Grenfeldt et al.: Attacking Websites Using HTTP Request Smuggling
  T-Reqs 2021             B. Jabiyev et al.: T-Reqs: Request Smuggling with Differential Fuzzing
  Arnolfo et al. 2024     P. Arnolfo, G. Gregorio, Medusa: TE.0
  HTTP Garden 2024        B. Kallus et al.: The HTTP Garden
  Weikop 2025             J. Weikop: Funky chunks
"""

import re
import socket
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import h11
import pytest

from httpserver import Limits, Request, Response
from httpserver.balancing import Backend, Group
from httpserver.proxy import Proxy
from tests.httpserver.serving import Running, Scripted, read_all, read_head, running

pytestmark = pytest.mark.timeout(60)

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
STATUS = re.compile(rb"^HTTP/1\.1 ([0-9]{3}) ", re.MULTILINE)


class Arrived(NamedTuple):
    method: str
    target: str
    host: str
    body: bytes


class Behind:
    """A server that notes what arrives, as h11 reads it, and answers with what was asked for."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.heads: list[dict[bytes, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[sock], daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            try:
                self._converse(sock, h11.Connection(h11.SERVER))
            except (OSError, h11.RemoteProtocolError):
                pass  # the proxy has left in the middle of a message

    def _converse(self, sock: socket.socket, connection: h11.Connection) -> None:
        request, body = None, b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(sock.recv(65536))
            elif isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert request is not None
                fields = dict(request.headers)
                method, target = request.method.decode(), request.target.decode()
                self.arrived.append(Arrived(method, target, fields[b"host"].decode(), body))
                self.heads.append(fields)
                answer = f"{method} {target}\n".encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
                sock.sendall(head if method == "HEAD" else head + answer)
                connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                connection.start_next_cycle()
            else:
                return  # the end, or what h11 would not read on

    def close(self) -> None:
        # An accept() that waits is not ended by close() alone.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Chain:
    """What one can attack, and what arrived at its end."""

    def __init__(self, front: Running, arrived: list[Arrived]) -> None:
        self.front = front
        self.arrived = arrived

    def attack(self, data: bytes) -> tuple[list[int], list[Arrived]]:
        """The statuses of the answers, and what has arrived; the next client comes to no harm."""
        self.arrived.clear()
        with self.front.connect() as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            answers = read_all(sock)
        arrived = list(self.arrived)
        for _ in range(2):
            assert self.front.ask("/victim")[1] == b"GET /victim\n"
        assert [each.target for each in self.arrived[len(arrived) :]] == ["/victim"] * 2
        return [int(status) for status in STATUS.findall(answers)], arrived


@pytest.fixture(scope="module", params=["direct", "passed on whole", "passed on in parts"])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    if request.param == "direct":
        arrived: list[Arrived] = []

        def note(request: Request) -> Response:
            host = request.headers.get("host") or ""
            arrived.append(Arrived(request.method, request.target, host, request.body.read()))
            return Response(200, [], f"{request.method} {request.target}\n".encode())

        with running(note) as front:
            yield Chain(front, arrived)
        return
    behind = Behind()
    streams = request.param == "passed on in parts"
    with running(Proxy(Group([Backend(behind.url)]), stream_body=streams)) as front:
        yield Chain(front, behind.arrived)
    behind.close()


def post(*fields: bytes, body: bytes = b"", line: bytes = b"POST / HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: a", *fields, b"", body])


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


def coded(field: bytes) -> bytes:
    """Two readings: with the coding the body ends after 0, with the length HIDDEN is in it."""
    body = b"0\r\n\r\n" + HIDDEN
    return post(b"Content-Length: %d" % len(body), field, body=body)


def only_coded(field: bytes) -> bytes:
    """Two readings: with the coding HIDDEN is the body, without it there is none."""
    return post(field, body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN))


def measured(field: bytes) -> bytes:
    """Two readings: with this length there is a body, without it HIDDEN is a request."""
    return post(field, body=HIDDEN)


END = b"0\r\n\r\n"

REFUSED: dict[str, bytes] = {
    # --- A length and a coding ---
    "CL.TE (Linhart et al. 2005, Kettle 2019)": coded(b"Transfer-Encoding: chunked"),
    "TE.CL (Kettle 2019)": post(
        b"Content-Length: 4", b"Transfer-Encoding: chunked",
        body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
    ),
    "TE.CL, the coding first (CVE-2020-10109, Twisted)": post(
        b"Transfer-Encoding: chunked", b"Content-Length: 4", body=END + HIDDEN
    ),
    "a length of 0 and a coding (CVE-2019-20445, Netty)": post(
        b"Content-Length: 0", b"Transfer-Encoding: chunked", body=END + HIDDEN
    ),
    "a coding in HTTP/1.0 (RFC 9112, 6.1)": post(
        b"Connection: keep-alive", b"Transfer-Encoding: chunked", body=END + HIDDEN,
        line=b"POST / HTTP/1.0",
    ),
    # --- Lengths ---
    "CL.CL (Linhart et al. 2005; CVE-2020-10108, Twisted)": post(
        b"Content-Length: %d" % len(HIDDEN), b"Content-Length: 0", body=HIDDEN
    ),
    "CL.CL, the same twice (CVE-2019-16792, Waitress)": post(
        b"Content-Length: 0", b"Content-Length: 0", body=HIDDEN
    ),
    "CL with a sign (Leroy 2016; CVE-2018-8004, Traffic Server)": measured(b"Content-Length: +33"),
    "CL below zero (Leroy 2016)": measured(b"Content-Length: -33"),
    "CL with a word (CVE-2022-42252, Tomcat)": measured(b"Content-Length: 33abc"),
    "CL with a space inside (Leroy 2016)": measured(b"Content-Length: 3 3"),
    "CL with an underscore, as int() takes it (HTTP Garden 2024)": measured(b"Content-Length: 3_3"),
    "CL hexadecimal (Grenfeldt 2021)": measured(b"Content-Length: 0x21"),
    "CL empty (CVE-2023-40225, HAProxy)": measured(b"Content-Length:"),
    "CL empty beside another (CVE-2023-40225, HAProxy)": post(
        b"Content-Length: 33", b"Content-Length:", body=HIDDEN
    ),
    "CL with a comma (RFC 9110, 8.6)": measured(b"Content-Length: 33, 33"),
    "CL of many digits (Leroy 2016)": measured(b"Content-Length: 340282366920938463463374607"),
    "CL with NUL (Leroy 2016)": measured(b"Content-Length: 33\x00"),
    "CL with a vertical tab (HTTP Garden 2024)": measured(b"Content-Length: \x0b33"),
    "CL with a no-break space (HTTP Garden 2024)": measured(b"Content-Length: 33\xa0"),
    "CL and junk in its name (Klein 2020)": measured(b"Content-Length abcde: 33"),
    "CL with a space for its hyphen (CVE-2015-5739, Go)": measured(b"Content Length: 33"),
    "CL without a colon (CVE-2019-20444, Netty)": measured(b"Content-Length 33"),
    "CL after a lone CR (Klein 2020)": measured(b"A: b\rContent-Length: 33"),
    "0.CL by a line feed in the name (Kettle 2025)": measured(b"Content-Length\n: 33"),
    "0.CL by a folded name (Kettle 2025)": measured(b"A: b\r\n Content-Length: 33"),
    "0.CL by a fold in the value (Kettle 2025)": measured(b"Content-Length:\r\n 33"),
    # --- Codings that one server takes for "chunked" and another does not ---
    **{
        f"TE.TE {name}": make(field)
        for make in (coded, only_coded)
        for name, field in {
            "xchunked (Kettle 2019)": b"Transfer-Encoding: xchunked",
            "space before the colon (Kettle 2019; CVE-2019-16869, Netty)":
                b"Transfer-Encoding : chunked",
            "tab before the colon (CVE-2021-22959, Node)": b"Transfer-Encoding\t: chunked",
            "space before the name (CVE-2020-7238, Netty)": b" Transfer-Encoding: chunked",
            "bare line feed before the name (Kettle 2019)": b"X: y\nTransfer-Encoding: chunked",
            "bare CR before the name (CVE-2023-30589, Node)": b"X: y\rTransfer-Encoding: chunked",
            "line feed in the name (Kettle 2019)": b"Transfer-Encoding\n: chunked",
            "folded (CVE-2022-32215, Node)": b"Transfer-Encoding:\r\n chunked",
            "folded by a tab (Kettle 2019)": b"Transfer-Encoding:\r\n\tchunked",
            "in a fold (CVE-2025-32094, Akamai)": b"X: y\r\n Transfer-Encoding: chunked",
            "vertical tab (Davison 2019; CVE-2019-18277, HAProxy; CVE-2019-16789, Waitress)":
                b"Transfer-Encoding: \x0bchunked",
            "form feed (HTTP Garden 2024)": b"Transfer-Encoding: chunked\x0c",
            "NUL (Leroy 2016)": b"Transfer-Encoding: chunked\x00",
            "NUL before the colon (Leroy 2016)": b"Transfer-Encoding\x00: chunked",
            "next line, as str.strip() takes it (HTTP Garden 2024)":
                b"Transfer-Encoding: \x85chunked\xa0",
            "no-break space in the name (HTTP Garden 2024; Gunicorn)":
                b"Transfer-Encoding\xa0: chunked",
            "quoted (Kettle 2019)": b'Transfer-Encoding: "chunked"',
            "parameter (RFC 9112, 7)": b"Transfer-Encoding: chunked;a=b",
            "identity (CVE-2021-33037, Tomcat)": b"Transfer-Encoding: identity",
            "identity beside it (CVE-2024-6827, Gunicorn)": b"Transfer-Encoding: chunked, identity",
            "two lines (Kettle 2019; CVE-2020-8287, Node)":
                b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
            "two lines, empty (CVE-2024-1135, Gunicorn)":
                b"Transfer-Encoding: chunked\r\nTransfer-Encoding:",
            "twice (CVE-2019-15605, Node)": b"Transfer-Encoding: chunked, chunked",
            "two words (CVE-2022-32213, Node)": b"Transfer-Encoding: chunked x",
            "unknown (CVE-2022-1705, Go; CVE-2019-16786, Waitress)": b"Transfer-Encoding: chunkedx",
        }.items()
    },
    # --- Chunks ---
    "chunk: ends in a line feed (CVE-2025-22871, Go)": chunked(b"5\nhello\r\n" + END + HIDDEN),
    "chunk: TERM.EXT, a line feed in an extension (Weikop 2025; CVE-2024-52304, aiohttp)":
        chunked(b"5;a\nhello\r\n" + END + HIDDEN),
    "chunk: EXT.TERM, a CR in an extension (Weikop 2025; CVE-2025-55315, Kestrel)":
        chunked(b"5;a\rb\r\nhello\r\n" + END + HIDDEN),
    "chunk: a CR before CR LF (Weikop 2025)": chunked(b"5\r\r\nhello\r\n" + END),
    "chunk: ONE.TWO, its data ends in a line feed (Weikop 2025)":
        chunked(b"5\r\nhello\n" + END + HIDDEN),
    "chunk: SPILL.TERM, its data is longer (Weikop 2025; CVE-2025-43859, h11)":
        chunked(b"5\r\nhelloXX" + END + HIDDEN),
    "chunk: ZERO.TWO, its data ends in nothing (Weikop 2025)": chunked(b"5\r\nhello" + END),
    "chunk: 0x (CVE-2022-24761, Waitress; Grenfeldt 2021)": chunked(b"0x5\r\nhello\r\n" + END),
    "chunk: sign (CVE-2022-24801, Twisted)": chunked(b"+5\r\nhello\r\n" + END),
    "chunk: below zero (CVE-2022-24801, Twisted)": chunked(b"-5\r\nhello\r\n" + END),
    "chunk: underscore (HTTP Garden 2024)": chunked(b"0_5\r\nhello\r\n" + END),
    "chunk: space before its size (Leroy 2016)": chunked(b" 5\r\nhello\r\n" + END),
    "chunk: space after its size (CVE-2023-46846, Squid)": chunked(b"5 \r\nhello\r\n" + END),
    "chunk: no size (Grenfeldt 2021)": chunked(b";a=b\r\n" + END),
    "chunk: junk after its size (CVE-2022-24801, Twisted)": chunked(b"5x\r\nhello\r\n" + END),
    "chunk: a size that overflows 64 bits (Leroy 2016; CVE-2023-46846, Squid)":
        chunked(b"10000000000000005\r\nhello\r\n" + END + HIDDEN),
    "chunk: NUL in an extension (Weikop 2025)": chunked(b"5;\x00\r\nhello\r\n" + END),
    "chunk: the last ends in line feeds (CVE-2022-24801, Twisted)": chunked(b"0\n\n" + HIDDEN),
    "trailer: a line feed alone (RFC 9112, 2.2)": chunked(b"0\r\nA: b\n\n" + HIDDEN),
    "trailer: a request without a colon (CVE-2023-45648, Tomcat)": chunked(b"0\r\n" + HIDDEN),
    # --- Lines ---
    "lines: line feeds only (CVE-2019-16785, Waitress)": b"GET / HTTP/1.1\nHost: a\n\n" + HIDDEN,
    "lines: one line feed (CVE-2022-35256, Node)": post(b"A: b\nContent-Length: 33", body=HIDDEN),
    "lines: LF CR (CVE-2022-32214, Node)": b"GET / HTTP/1.1\n\rHost: a\n\r\n\r",
    "lines: CR only (Klein 2020)": b"GET / HTTP/1.1\rHost: a\r\r\r\n\r\n" + HIDDEN,
    "lines: the first field folded (Kettle 2025)": b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "lines: a head that ends in LF LF (Leroy 2016)": b"GET / HTTP/1.1\r\nHost: a\n\n" + HIDDEN,
    "lines: HTTP/0.9 (Leroy 2016)": b"GET /hidden\r\n" + HIDDEN,
    "lines: two versions (Leroy 2016)": b"GET / HTTP/1.1 HTTP/0.9\r\nHost: a\r\n\r\n",
    "lines: a version of many digits (T-Reqs 2021)": b"GET / HTTP/1.01\r\nHost: a\r\n\r\n",
    "lines: another protocol (T-Reqs 2021)": b"GET / HTTPS/1.1\r\nHost: a\r\n\r\n",
    "lines: a tab for a space (T-Reqs 2021)": b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "lines: a target split by spaces (CVE-2023-25690, Apache)":
        b"GET /a HTTP/1.1 X: y HTTP/1.1\r\nHost: a\r\n\r\n",
    # --- Names ---
    "name: empty (CVE-2023-25725, HAProxy)": post(b": x", b"Content-Length: 33", body=HIDDEN),
    "name: of a pseudo-field (HTTP/2's, in HTTP/1)": post(b":authority: b", line=b"GET / HTTP/1.1"),
    "name: line break inside (Kettle 2019)": post(b"A\r\nB: c", line=b"GET / HTTP/1.1"),
    # --- Hosts ---
    "host: two (Kettle 2025)": post(b"Host: b", line=b"GET / HTTP/1.1"),
    "host: two, one of them with a space (Kettle 2025)":
        post(b"Host : b", line=b"GET / HTTP/1.1"),
    "host: a list": b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "host: a path in it (Kettle 2025)": b"GET / HTTP/1.1\r\nHost: a/hidden\r\n\r\n",
    "host: a user in it": b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "host: none, though the target has one": b"GET http://a/ HTTP/1.1\r\n\r\n",
    "host: a bad one, though the target has another":
        b"GET http://a/ HTTP/1.1\r\nHost: b/c\r\n\r\n",
    "target: a user in it": b"GET http://b@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "target: a user without a scheme (Kettle 2017)": b"GET @b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "target: a host without a scheme": b"GET a/hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    # --- Tunnels, and waiting ---
    "CONNECT to another server": b"CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n" + HIDDEN,
    "CONNECT to a path: after 2xx one side goes on in a tunnel (RFC 9110, 9.3.6)":
        b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n" + HIDDEN,
    "CONNECT to a URL": b"CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n\r\n" + HIDDEN,
}  # fmt: skip

# Refused as well, by another status than 400.
OTHERWISE: dict[str, tuple[bytes, int]] = {
    "a coding before chunked (CVE-2022-32213, Node)":
        (only_coded(b"Transfer-Encoding: gzip, chunked"), 501),
    "a comma before chunked (CVE-2024-6827, Gunicorn)":
        (only_coded(b"Transfer-Encoding: , chunked"), 501),
    "HTTP/2 without its upgrade": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN, 505),
    "a later version (Klein 2020)": (b"GET / HTTP/2.1\r\nHost: a\r\n\r\n", 505),
    "Expect obfuscated (Kettle 2025)":
        (post(b"Expect: y 100-continue", b"Content-Length: 33", body=HIDDEN), 417),
    "Expect twice (Kettle 2025)":
        (post(b"Expect: 100-continue", b"Expect: 100-continue", b"Content-Length: 33",
              body=HIDDEN), 417),
    "CL that overflows 64 bits (Leroy 2016)":
        (measured(b"Content-Length: 18446744073709551649"), 413),
    "a chunk larger than all that is allowed (Leroy 2016)":
        (chunked(b"FFFFFFFFFFFFFFFF\r\nhello\r\n" + END + HIDDEN), 413),
    "trailers without end (CVE-2023-46589, Tomcat)":
        (chunked(b"0\r\nA: " + b"b" * 10_000 + b"\r\n\r\n" + HIDDEN), 431),
    "a field too long for a counter (CVE-2021-40346, HAProxy)":
        (post(b"Content-Length0" + b"a" * 70_000 + b":", b"Content-Length: 33", body=HIDDEN), 431),
}  # fmt: skip


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_it_is_refused(chain: Chain, data: bytes) -> None:
    assert chain.attack(data) == ([400], [])


@pytest.mark.parametrize(("data", "status"), OTHERWISE.values(), ids=OTHERWISE)
def test_it_is_refused_otherwise(chain: Chain, data: bytes, status: int) -> None:
    assert chain.attack(data) == ([status], [])


POST_HIDDEN = Arrived("POST", "/", "a", HIDDEN)
GET_HIDDEN = Arrived("GET", "/hidden", "a", b"")
LENGTH = b"Content-Length: %d" % len(HIDDEN)

UNAMBIGUOUS: dict[str, tuple[bytes, list[Arrived]]] = {
    "CL.0 (Kettle 2022)": (measured(LENGTH), [POST_HIDDEN]),
    "CL.0 by GET (Linhart et al. 2005)": (
        post(LENGTH, body=HIDDEN, line=b"GET / HTTP/1.1"), [Arrived("GET", "/", "a", HIDDEN)],
    ),
    "CL.0 by HEAD (Kettle 2022)": (
        post(LENGTH, body=HIDDEN, line=b"HEAD / HTTP/1.1"), [Arrived("HEAD", "/", "a", HIDDEN)],
    ),
    "CL.0 by OPTIONS * (Kettle 2022)": (
        post(LENGTH, body=HIDDEN, line=b"OPTIONS * HTTP/1.1"),
        [Arrived("OPTIONS", "*", "a", HIDDEN)],
    ),
    "CL.0 in HTTP/1.0 with keep-alive (Klein 2020)": (
        post(LENGTH, b"Connection: keep-alive", body=HIDDEN + HIDDEN, line=b"POST / HTTP/1.0"),
        [POST_HIDDEN, GET_HIDDEN],
    ),
    "TE.0 (Arnolfo et al. 2024)": (
        post(b"Transfer-Encoding: chunked", line=b"OPTIONS / HTTP/1.1",
             body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)),
        [Arrived("OPTIONS", "/", "a", HIDDEN)],
    ),
    "leading zeros (Leroy 2016)": (measured(b"Content-Length: 00000000033"), [POST_HIDDEN]),
    "capitals (Kettle 2019)": (only_coded(b"TRANSFER-ENCODING:CHUNKED"), [POST_HIDDEN]),
    "tabs around it (Kettle 2019)": (only_coded(b"Transfer-Encoding:\tchunked\t"), [POST_HIDDEN]),
    "a name with an underscore is another field (T-Reqs 2021)": (
        post(b"Content_Length: 33", b"Transfer_Encoding: chunked", body=HIDDEN),
        [Arrived("POST", "/", "a", b""), GET_HIDDEN],
    ),
    "a name with an underscore beside the true one (T-Reqs 2021)": (
        post(LENGTH, b"Content_Length: 0", body=HIDDEN), [POST_HIDDEN],
    ),
    "an extension that looks like a chunk (CVE-2021-22960, Node)": (
        chunked(b"5;0\r\nhello\r\n" + END), [Arrived("POST", "/", "a", b"hello")],
    ),
    "an extension without a name (Weikop 2025)": (
        chunked(b"5 ; \r\nhello\r\n" + END), [Arrived("POST", "/", "a", b"hello")],
    ),
    "zeros before a size (Leroy 2016)": (
        chunked(b"0000000000000005\r\nhello\r\n00000\r\n\r\n"),
        [Arrived("POST", "/", "a", b"hello")],
    ),
    "data that looks like the end (CVE-2025-43859, h11)": (
        chunked(b"5\r\n0\r\n\r\n\r\n" + END + HIDDEN),
        [Arrived("POST", "/", "a", END), GET_HIDDEN],
    ),
    "trailers that frame (CVE-2025-53643, aiohttp)": (
        chunked(b"0\r\nContent-Length: 33\r\nTransfer-Encoding: chunked\r\n\r\n" + HIDDEN),
        [Arrived("POST", "/", "a", b""), GET_HIDDEN],
    ),
    "an empty line between (Linhart et al. 2005)": (
        measured(LENGTH) + b"\r\n" + HIDDEN, [POST_HIDDEN, GET_HIDDEN],
    ),
    "Connection names the length (Davison 2019)": (
        post(b"Connection: keep-alive, Content-Length", LENGTH, body=HIDDEN), [POST_HIDDEN],
    ),
    "Connection names the coding (Davison 2019)": (
        post(b"Connection: keep-alive, Transfer-Encoding", b"Transfer-Encoding: chunked",
             body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)),
        [POST_HIDDEN],
    ),
    "Connection names the host (Davison 2019)": (
        post(b"Connection: keep-alive, Host", LENGTH, body=HIDDEN), [POST_HIDDEN],
    ),
    "Expect with a body that does not wait (Kettle 2025)": (
        post(b"Expect: 100-continue", LENGTH, body=HIDDEN), [POST_HIDDEN],
    ),
    "Expect without a body (Kettle 2025)": (
        post(b"Expect: 100-continue", body=HIDDEN, line=b"GET / HTTP/1.1"),
        [Arrived("GET", "/", "a", b""), GET_HIDDEN],
    ),
    "a request that is cut off is none (Kettle 2019)": (
        post(b"Content-Length: 500", body=HIDDEN), [],
    ),
    "a double slash is a path, and no host": (
        b"GET //b/c HTTP/1.1\r\nHost: a\r\n\r\n", [Arrived("GET", "//b/c", "a", b"")],
    ),
    "an upgrade that nobody grants (Egorov 2019)": (
        post(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 1",
             line=b"GET / HTTP/1.1") + HIDDEN,
        [Arrived("GET", "/", "a", b""), GET_HIDDEN],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "messages"), UNAMBIGUOUS.values(), ids=UNAMBIGUOUS)
def test_it_has_one_meaning(chain: Chain, data: bytes, messages: list[Arrived]) -> None:
    assert chain.attack(data) == ([200] * len(messages), messages)


def test_the_host_of_an_absolute_target_is_the_only_one(chain: Chain) -> None:
    """Routing by the one and serving by the other (Kettle 2025; RFC 9112, 3.2.2)."""
    _, [arrived] = chain.attack(b"GET http://b/c?d HTTP/1.1\r\nHost: a\r\n\r\n")
    assert arrived.host == "b"
    assert arrived.target in ("/c?d", "http://b/c?d")


# --- Bodies that do not come, or that nobody waits for -------------------------------------


def test_a_body_after_a_pause_is_no_request() -> None:
    """Pause-based desync (Kettle 2022): the server gives up, and would read on."""
    asked = []

    def note(request: Request) -> Response:
        asked.append(request.target)
        return Response(200)

    impatient = Limits(body_timeout=0.1, body_rate=0)
    with running(note, limits=impatient) as front, front.connect() as sock:
        sock.sendall(post(LENGTH))
        assert b" 408 " in sock.recv(65536)
        sock.sendall(HIDDEN)
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock) == b""
    assert asked == []


def test_a_body_that_was_refused_by_its_head_is_no_request() -> None:
    """The early answer that makes 0.CL and CL.0 of use (Kettle 2022, 2025)."""
    asked = []

    class Guarded:
        def admit(self, request: Request) -> Response | None:
            return Response(302, [("Location", "/login")]) if request.path == "/" else None

        def __call__(self, request: Request) -> Response:
            asked.append(request.target)
            return Response(200)

    with running(Guarded()) as front:
        answers = front.raw(measured(LENGTH))
    assert STATUS.findall(answers) == [b"302"]
    assert b"\r\nConnection: close\r\n" in answers
    assert asked == []


def test_after_an_early_answer_nothing_follows_a_body_that_was_cut() -> None:
    """The server behind answers before the body is there, and keeps its connection (Kettle 2025):
    what another client asks must not be taken for the rest of that body."""
    received = []

    def early(sock: socket.socket) -> None:
        data = read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        received.append(data if b"/victim" in data else data + read_all(sock))

    with (
        Scripted(early) as behind,
        running(Proxy(Group([Backend(behind.url)]), stream_body=True)) as front,
    ):
        with front.connect() as sock:
            sock.sendall(post(b"Content-Length: 500", body=b"cut"))
            assert b"\r\nConnection: close\r\n" in read_all(sock)
        assert front.ask("/victim")[1] == b"ok"
    assert len(received) == 2
    assert received[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"victim" not in received[0]
    assert received[1].startswith(b"GET /victim HTTP/1.1\r\n")


# --- Tunnels -------------------------------------------------------------------------------


@pytest.fixture
def tunnels() -> Iterator[tuple[Running, Behind]]:
    behind = Behind()
    with running(Proxy(Group([Backend(behind.url)]), upgrade=True)) as front:
        yield front, behind
    behind.close()


def test_without_101_there_is_no_tunnel(tunnels: tuple[Running, Behind]) -> None:
    """Egorov 2019: the proxy believes in a change of protocol that was refused."""
    front, behind = tunnels
    upgrade = post(b"Connection: Upgrade", b"Upgrade: websocket", line=b"GET / HTTP/1.1")
    with front.connect() as sock:
        sock.sendall(upgrade + HIDDEN)
        sock.shutdown(socket.SHUT_WR)
        assert STATUS.findall(read_all(sock)) == [b"200", b"200"]
    # It came as a request, with our word for who sent it.
    assert [each.target for each in behind.arrived] == ["/", "/hidden"]
    assert behind.heads[1][b"x-forwarded-for"] == b"127.0.0.1"


@pytest.mark.parametrize("protocol", [b"h2c", b"H2C", b"websocket, h2c"])
def test_nobody_changes_to_http_2_behind_us(
    tunnels: tuple[Running, Behind], protocol: bytes
) -> None:
    """Miller 2020: in such a tunnel requests pass that the proxy has never looked at."""
    front, behind = tunnels
    front.raw(
        post(b"Connection: Upgrade, close", b"Upgrade: " + protocol, b"HTTP2-Settings: AAMAAABk",
             line=b"GET / HTTP/1.1")
    )  # fmt: skip
    assert b"upgrade" not in behind.heads[0]
    assert b"connection" not in behind.heads[0]


# --- The other way: an answer in another one -----------------------------------------------

EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


class Answers(NamedTuple):
    method: str
    answer: bytes
    status: int
    body: bytes


ANSWERS = {
    "HEAD, answered with a body (Doyhenard 2021)": Answers(
        "HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(EVIL) + EVIL, 200, b"",
    ),
    "HEAD, with two lengths": Answers(
        "HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 502, b"",
    ),
    "HEAD, with a length and a coding": Answers(
        "HEAD",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 502, b"",
    ),
    "304, with a length that is none": Answers(
        "GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: +1\r\n\r\n", 502, b"",
    ),
    "204, with a body": Answers(
        "GET", b"HTTP/1.1 204 No Content\r\nContent-Length: %d\r\n\r\n" % len(EVIL) + EVIL, 204,
        b"",
    ),
    "205, with a body": Answers(
        "GET", b"HTTP/1.1 205 Reset Content\r\nContent-Length: %d\r\n\r\n" % len(EVIL) + EVIL, 205,
        b"",
    ),
    "205, with chunks": Answers(
        "GET",
        b"HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n2a\r\n" + EVIL, 205, b"",
    ),
    "304, with a body": Answers(
        "GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: %d\r\n\r\n" % len(EVIL) + EVIL, 304,
        b"",
    ),
    "Connection names the length (Davison 2019)": Answers(
        "GET",
        b"HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nok" + EVIL, 200,
        b"ok",
    ),
    "a trailer that frames (RFC 9110, 6.5.1)": Answers(
        "GET",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
        b"Content-Length: 9\r\n\r\n" + EVIL,
        200, b"ok",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_what_hides_behind_an_answer_is_nobodys(case: Answers) -> None:
    def script(sock: socket.socket) -> None:
        while head := read_head(sock):
            if head.startswith(b"GET /victim "):
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmy")
                return
            sock.sendall(case.answer)

    with Scripted(script) as behind, running(Proxy(Group([Backend(behind.url)]))) as front:
        client: Any = front.client()
        client.request(case.method, "/")
        response = client.getresponse()
        assert response.status == case.status
        assert case.status == 502 or response.read() == case.body
        client.close()
        # On the same connection of a client, too: what is left over would be its next answer.
        wish = b"%b / HTTP/1.1\r\nHost: a\r\n\r\n" % case.method.encode()
        after = b"GET /victim HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answers = front.raw(wish + after)
        assert answers.endswith(b"\r\n\r\nmy")
        assert b"evil" not in answers
        assert answers.count(b"HTTP/1.1 ") == 2

"""HTTPS with real handshakes: Python's own client, curl, and clients that misbehave."""

import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from httpserver import Limits, Request, Response, listen
from httpserver.messages import File
from httpserver.server import Listener, Server
from httpserver.tls import Certificate, CertificateError, is_tls, tls_context
from tests.httpserver.serving import read_all

pytestmark = pytest.mark.timeout(30)


class Authority:
    """A certificate authority for a test, and certificates of its making as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = trustme.CA()
        self.bundle = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.bundle))

    def issue(self, name: str, *hosts: str) -> Certificate:
        made = self.ca.issue_cert(*hosts)
        chain, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        made.private_key_pem.write_to_path(str(key))
        chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        return Certificate(str(chain), str(key))

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.bundle))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@contextmanager
def serving(handler: Any, context: ssl.SSLContext, **options: Any) -> Iterator[tuple[str, int]]:
    sock = listen("127.0.0.1:0")
    address = sock.getsockname()
    server = Server(handler, [Listener(sock, handler, context)], **options)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield address
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def hello(request: Request) -> Response:
    if request.path == "/large":
        return Response(200, [], b"x" * 5_000_000)
    if request.path == "/file":
        return Response(200, [], File(open(__file__, "rb"), 0, Path(__file__).stat().st_size))
    return Response(200, [], f"{request.scheme} {request.content_length}".encode())


@pytest.fixture(scope="module")
def web(authority: Authority) -> Iterator[tuple[str, int]]:
    context = tls_context(
        authority.issue("default", "localhost"),
        {
            "one.example": authority.issue("one", "one.example"),
            "*.wild.example": authority.issue("wild", "*.wild.example"),
        },
    )
    with serving(hello, context, limits=Limits(head_timeout=2)) as address:
        yield address


def connect(web: tuple[str, int], authority: Authority, name: str = "localhost") -> ssl.SSLSocket:
    sock = socket.create_connection(web, timeout=10)
    return authority.client().wrap_socket(sock, server_hostname=name)


GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def ask(sock: ssl.SSLSocket, data: bytes) -> bytes:
    with sock:
        sock.sendall(data)
        return read_all(sock)


def test_a_request_over_tls(web: Any, authority: Authority) -> None:
    received = ask(connect(web, authority), GET % b"/")
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.endswith(b"https 0")


@pytest.mark.parametrize("path", [b"/large", b"/file"])
def test_large_answers_and_files_arrive_whole(web: Any, authority: Authority, path: bytes) -> None:
    received = ask(connect(web, authority), GET % path)
    _head, _, body = received.partition(b"\r\n\r\n")
    expected = b"x" * 5_000_000 if path == b"/large" else Path(__file__).read_bytes()
    assert body == expected


def test_a_large_body_arrives_whole(web: Any, authority: Authority) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n"
    assert ask(connect(web, authority), head + b"a" * 3_000_000).endswith(b"https 3000000")


def test_many_requests_in_one_record(web: Any, authority: Authority) -> None:
    """They are decrypted at once: the system says nothing more of the later ones."""
    keep = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    received = ask(connect(web, authority), keep * 150 + GET % b"/")
    assert received.count(b"HTTP/1.1 200 OK") == 151


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("localhost", True),
        ("one.example", True),
        ("ONE.example", True),
        ("a.wild.example", True),
        ("a.b.wild.example", False),
        ("other.example", False),
    ],
)
def test_the_certificate_is_the_one_for_the_name(
    web: Any, authority: Authority, name: str, fits: bool
) -> None:
    if fits:
        assert ask(connect(web, authority, name), GET % b"/").startswith(b"HTTP/1.1 200")
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(web, authority, name)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_1_is_too_old(web: Any, authority: Authority) -> None:
    context = authority.client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    refused = pytest.raises((ssl.SSLError, ConnectionError))
    with socket.create_connection(web, timeout=10) as sock, refused:
        context.wrap_socket(sock, server_hostname="localhost")


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_1_2_and_1_3(web: Any, authority: Authority, version: str) -> None:
    context = authority.client()
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with socket.create_connection(web, timeout=10) as sock:
        wrapped = context.wrap_socket(sock, server_hostname="localhost")
        assert wrapped.version() == version.replace("_", ".")
        assert ask(wrapped, GET % b"/").startswith(b"HTTP/1.1 200")


def test_plain_http_is_told_what_this_port_speaks(web: Any) -> None:
    with socket.create_connection(web, timeout=10) as sock:
        sock.sendall(b"GET /path?secret HTTP/1.1\r\nHost: localhost:8443\r\n\r\n")
        received = read_all(sock)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"https://localhost:8443/path\n" in received


@pytest.mark.parametrize(
    ("sent", "expected"), [(b"\x16\x03\x01", True), (b"GET / HTTP/1.1", False), (b"", True)]
)
def test_the_first_byte_tells_tls_from_http_and_is_left_where_it_is(
    sent: bytes, expected: bool
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            is_tls(ours)
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        assert is_tls(ours) is expected
        assert ours.recv(100) == sent


def test_noise_is_refused_and_silence_is_left(web: Any, authority: Authority) -> None:
    with socket.create_connection(web, timeout=10) as noisy:
        noisy.sendall(b"\x16\x03\x01\x00\x05hello")
        assert read_all(noisy)[:1] in (b"", b"\x15")  # an alert, or nothing
    with socket.create_connection(web, timeout=10) as silent:
        assert read_all(silent) == b""  # after head_timeout
    assert ask(connect(web, authority), GET % b"/").startswith(b"HTTP/1.1 200")


def test_the_end_is_said_by_tls_too(web: Any, authority: Authority) -> None:
    """An answer to HTTP/1.0 of unknown length ends with the connection. Cut off by somebody on
    the way, it would look whole if close_notify were not sent."""
    sock = socket.create_connection(web, timeout=10)
    strict = authority.client().wrap_socket(
        sock, server_hostname="localhost", suppress_ragged_eofs=False
    )
    with strict:
        strict.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert read_all(strict).endswith(b"https 0")


def test_curl(web: Any, authority: Authority) -> None:
    command = ["curl", "-sS", "--cacert", str(authority.bundle)]
    url = f"https://localhost:{web[1]}/"
    resolve = ["--resolve", f"localhost:{web[1]}:127.0.0.1"]
    done = subprocess.run([*command, *resolve, url, url], capture_output=True, timeout=20)
    assert done.stdout == b"https 0https 0", done.stderr


def test_a_certificate_of_another_key_is_an_error(authority: Authority) -> None:
    one, other = authority.issue("x", "x.example"), authority.issue("y", "y.example")
    with pytest.raises(CertificateError, match="key values mismatch"):
        tls_context(Certificate(one.chain, other.key))


def test_who_resets_in_the_first_moment_takes_no_place_for_ever(authority: Authority) -> None:
    context = tls_context(authority.issue("default", "localhost"))
    with serving(hello, context, limits=Limits(connections=3)) as web:
        for _ in range(10):
            with socket.create_connection(web, timeout=10) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.sendall(b"\x16\x03\x01")
        assert ask(connect(web, authority), GET % b"/").endswith(b"https 0")


def test_an_unforeseen_error_at_the_door_ends_that_client_and_is_logged_once(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise LookupError("unforeseen")

    with serving(hello, tls_context(authority.issue("default", "localhost"))) as web:
        with monkeypatch.context() as patch:
            patch.setattr("httpserver.channel.speak_tls", fail)
            with socket.create_connection(web, timeout=10) as sock:
                sock.sendall(b"\x16\x03\x01")
                with pytest.raises(ConnectionResetError):  # for what was never read
                    sock.recv(100)
        assert ask(connect(web, authority), GET % b"/").endswith(b"https 0")
    assert [record.levelname for record in caplog.records] == ["ERROR"]

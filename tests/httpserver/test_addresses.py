"""What people type to say where to listen."""

import os
import re
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpserver.addresses import (
    ListenAddress,
    ListenError,
    listen,
    listen_at,
    parse_address,
    stop_listening,
    url_of,
)

pytestmark = pytest.mark.timeout(20)

IPV4, IPV6, UNIX = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX

ADDRESSES = {
    "host and port": ("127.0.0.1:8080", ListenAddress(IPV4, "127.0.0.1", 8080)),
    "all hosts": ("0.0.0.0:80", ListenAddress(IPV4, "0.0.0.0", 80)),
    "IPv6 in brackets": ("[::1]:80", ListenAddress(IPV6, "::1", 80)),
    "colon and port": (":8080", ListenAddress(IPV4, "127.0.0.1", 8080)),
    "port alone": ("8080", ListenAddress(IPV4, "127.0.0.1", 8080)),
    "name and port 0": ("localhost:0", ListenAddress(IPV4, "localhost", 0)),
    "the last port": ("a:65535", ListenAddress(IPV4, "a", 65535)),
    "Unix socket": ("unix:/run/site.sock", ListenAddress(UNIX, "", 0, "/run/site.sock")),
    "spaces around": ("  127.0.0.1:8080 ", ListenAddress(IPV4, "127.0.0.1", 8080)),
    "spaces around a port": (" 8080\n", ListenAddress(IPV4, "127.0.0.1", 8080)),
    "spaces around a Unix socket": (" unix:/tmp/x ", ListenAddress(UNIX, "", 0, "/tmp/x")),
}


@pytest.mark.parametrize(("text", "meant"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses(text: str, meant: ListenAddress) -> None:
    assert parse_address(text) == meant


@pytest.mark.parametrize("text", ["127.0.0.1:8080", "[::1]:80", "unix:/run/site.sock"],
                         ids=["IPv4", "IPv6", "Unix socket"])  # fmt: skip
def test_an_address_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_address(text)) == text


NO_ADDRESSES = {
    "nothing": "",
    "host without a port": "host",
    "IPv6 without brackets": "::1:80",
    "empty brackets": "[]:80",
    "brackets left open": "[::1:80",
    "the first port too many": "a:65536",
    "port too large": "a:99999",
    "port alone too large": "70000",
    "port below zero": "a:-1",
    "port is no number": "a:b",
    "Unix socket without a path": "unix:",
    "URL": "http://a:1",
}

# An address to copy, or the shape of one; of a port that is too large, where ports end.
SHOWS_HOW = re.compile(
    r"(127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\]|host|HOST)?:([0-9]{1,5}|port|PORT)\b"
    r"|unix:(/\w|path|PATH|<)"
)


@pytest.mark.parametrize("text", NO_ADDRESSES.values(), ids=NO_ADDRESSES)
def test_what_is_no_address_is_explained(text: str) -> None:
    with pytest.raises(ListenError) as caught:
        parse_address(text)
    message = str(caught.value)
    quotes = text in message
    assert quotes, f"the message does not quote {text!r}: {message!r}"
    shows = SHOWS_HOW.search(message.replace(text, "", 1) if text else message)
    assert shows, f"the message does not show how to write it: {message!r}"


def test_a_port_in_use_is_explained() -> None:
    with listen("127.0.0.1:0") as first:
        port = first.getsockname()[1]
        with pytest.raises(ListenError, match=rf"{port} on .* is in use"):
            listen(f"127.0.0.1:{port}")


NOT_TO_BE_HAD = {
    "a host that no name can be": "\N{SNOWMAN}..example:80",
    "a path that no file can have": "unix:/tmp/a\0b",
    "a path that is too long": "unix:/tmp/" + "a" * 200,
    "a folder that is not there": "unix:/nowhere/at/all",
    "an address of another machine": "192.0.2.1:0",
}


@pytest.mark.parametrize("text", NOT_TO_BE_HAD.values(), ids=NOT_TO_BE_HAD)
def test_what_cannot_be_had_is_an_error_of_the_address(text: str) -> None:
    with pytest.raises(ListenError):
        listen(text)


def test_a_url_has_the_scheme_of_what_is_spoken() -> None:
    with listen("[::1]:0") as sock:
        port = sock.getsockname()[1]
        assert url_of(sock) == f"http://[::1]:{port}"
        assert url_of(sock, "https") == f"https://[::1]:{port}"


# The files of Unix sockets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_who_may_connect_is_said_by_the_mode(path: Path) -> None:
    with listen(f"unix:{path}"):
        assert mode_of(path) == 0o660
    with listen(f"unix:{path}", mode=0o606):
        assert mode_of(path) == 0o606


def test_the_file_never_has_wider_rights(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []

    class Watched(socket.socket):
        def bind(self, address: object) -> None:
            super().bind(address)  # type: ignore[arg-type]
            modes.append(mode_of(path))

    monkeypatch.setattr(socket, "socket", Watched)
    before = os.umask(0o027)
    try:
        listen(f"unix:{path}", mode=0o600).close()
        assert os.umask(0o027) == 0o027, "it is put back"
    finally:
        os.umask(before)
    assert modes == [0o600]


def test_the_file_is_removed_by_stop_listening_and_by_nothing_else(path: Path) -> None:
    listen(f"unix:{path}").close()
    assert path.exists()
    stop_listening(listen(f"unix:{path}"))
    assert not path.exists()


def test_the_file_of_another_server_is_left(path: Path) -> None:
    first = listen(f"unix:{path}")
    path.unlink()
    with listen(f"unix:{path}"):
        stop_listening(first)
        assert path.exists()


def test_a_file_that_has_gone_is_no_error(path: Path) -> None:
    sock = listen(f"unix:{path}")
    path.unlink()
    stop_listening(sock)
    assert sock.fileno() == -1


def test_a_server_too_busy_to_accept_keeps_its_file(path: Path) -> None:
    busy = listen(f"unix:{path}", backlog=0)
    clients = []
    try:
        while True:
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].setblocking(False)
            clients[-1].connect(os.fspath(path))
    except OSError:
        pass  # the queue is full
    failures: list[BaseException] = []

    def listen_too() -> None:
        try:
            listen(f"unix:{path}")
        except ListenError as error:
            failures.append(error)

    second = threading.Thread(target=listen_too, daemon=True)
    second.start()
    second.join(10)
    assert "in use" in str(failures[0])
    for sock in (busy, *clients):
        sock.close()


# Several addresses, and those that stay


def test_all_addresses_or_none(path: Path) -> None:
    with pytest.raises(ListenError, match="no address"):
        listen_at([f"unix:{path}", "127.0.0.1:0", "no address"])
    assert not path.exists()


def test_modes_are_by_address(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    socks = listen_at([f"unix:{first}", f"unix:{second}"], modes={f"unix:{second}": 0o600})
    assert (mode_of(first), mode_of(second)) == (0o660, 0o600)
    for sock in socks:
        stop_listening(sock)


@pytest.fixture
def three(path: Path) -> Iterator[list[socket.socket]]:
    socks = listen_at(["localhost:0", "[::1]:0", f"unix:{path}"])
    yield socks
    for sock in socks:
        stop_listening(sock)


def test_what_listens_already_is_kept(three: list[socket.socket], path: Path) -> None:
    tcp, ipv6, unix = three
    port = tcp.getsockname()[1]
    port6 = ipv6.getsockname()[1]
    again = listen_at([f"unix:{path}", f"[::1]:{port6}", f"127.0.0.1:{port}"], three)
    assert again == [unix, ipv6, tcp]


def test_any_free_port_is_the_port_from_before(three: list[socket.socket]) -> None:
    tcp, *_ = three
    first, second = listen_at(["127.0.0.1:0", "127.0.0.1:0"], three)
    with second:
        assert first is tcp
        assert second not in three


def test_what_is_kept_survives_a_failure(three: list[socket.socket], path: Path) -> None:
    with pytest.raises(ListenError):
        listen_at([f"unix:{path}", "no address"], three)
    assert path.exists()
    assert all(sock.fileno() >= 0 for sock in three)


# Sockets from whoever started us

# What systemd does between fork and exec: the sockets become descriptors 3, 4... and the
# variables name the process that it is going to be.
PARENT = """
import os, socket, sys

{open}
for index, descriptor in enumerate(descriptors):
    os.dup2(descriptor, 60 + index)
for index in range(len(descriptors)):
    os.dup2(60 + index, 3 + index, inheritable=True)
os.environ["LISTEN_FDS"] = {count}
os.environ["LISTEN_PID"] = str(os.getpid() + {stranger})
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""

CHILD = """
import os, sys
from httpserver.addresses import ListenError, inherited_listeners, url_of

try:
    socks = inherited_listeners()
except ListenError as error:
    sys.exit(f"ListenError: {error}")
print(len(socks))
for sock in socks:
    print(url_of(sock), sock.fileno(), os.get_inheritable(sock.fileno()), sock.getblocking())
print([name for name in os.environ if name.startswith("LISTEN_")])
print(inherited_listeners())
"""

LISTENING = "tcp = socket.create_server(('127.0.0.1', 0)); descriptors = [tcp.fileno()]"


def inherit(
    opened: str, count: str = "str(len(descriptors))", stranger: int = 0
) -> subprocess.CompletedProcess[str]:
    parent = PARENT.format(open=opened, count=count, stranger=stranger)
    return subprocess.run(
        [sys.executable, "-c", parent, CHILD],
        capture_output=True,
        timeout=15,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_sockets_are_inherited(path: Path) -> None:
    ended = inherit(f"""
path = {os.fspath(path)!r}
tcp = socket.create_server(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(path)
unix.listen()
descriptors = [tcp.fileno(), unix.fileno()]
""")
    count, tcp, unix, *rest = ended.stdout.splitlines()
    assert count == "2"
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+ 3 False False", tcp)
    assert unix == f"unix:{path} 4 False False"
    assert rest == ["[]", "[]"], "no variables are left, and a second call finds nothing"
    assert path.exists(), "the file is not ours to remove"


def test_sockets_for_another_process_are_not_ours() -> None:
    ended = inherit(LISTENING, stranger=1)
    assert ended.stdout.splitlines() == ["0", "[]", "[]"]


NOT_INHERITED = {
    "not open": (LISTENING, "'2'", "names descriptor 4, but that is not open"),
    "a file": ("descriptors = [os.open('/dev/null', 0)]", "'1'", "descriptor 3, but that is no s"),
    "a datagram socket": (
        "udp = socket.socket(type=socket.SOCK_DGRAM); descriptors = [udp.fileno()]",
        "'1'",
        "descriptor 3, but that is not a stream socket; expected was a TCP or Unix socket",
    ),
    "a client": (
        "pair = socket.socketpair(); descriptors = [pair[0].fileno()]",
        "'1'",
        "descriptor 3, but that is not listening",
    ),
    "no number": (LISTENING, "'two'", "LISTEN_FDS is 'two', but a number of sockets was expected"),
}


@pytest.mark.parametrize(
    ("opened", "count", "told"), NOT_INHERITED.values(), ids=NOT_INHERITED.keys()
)
def test_what_is_no_listening_socket_is_explained(opened: str, count: str, told: str) -> None:
    ended = inherit(opened, count)
    assert ended.returncode == 1
    assert ended.stderr.startswith("ListenError: ")
    assert told in ended.stderr


@pytest.mark.parametrize(
    ("address", "hint"),
    [("*:8080", "0.0.0.0:8080"), ("unix:/nowhere/at/all.sock", "no folder '/nowhere/at'")],
)
def test_an_address_that_cannot_be_had_is_explained(address: str, hint: str) -> None:
    with pytest.raises(ListenError, match=re.escape(hint)):
        listen(address)

"""What people type to say where to listen."""

import re
import socket

import pytest

from httpserver.addresses import ListenAddress, ListenError, listen, parse_address

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

"""Whom to believe who the client is."""

import http.client
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.messages import BadRequest, Headers, Request
from tests.httpserver.serving import running
from wsgi import Gateway
from wsgi.config import Config
from wsgi.forwarded import Trust, forwarded_scheme, parse_address
from wsgi.serving import make_handler


def client_of(trust: str, peer, *forwarded: str) -> str:
    fields = [("X-Forwarded-For", value) for value in forwarded]
    request = Request("GET", "/", headers=Headers(fields), client=peer)
    Trust(trust).correct(request)
    return request.client if isinstance(request.client, str) else request.client[0]


PROXIES = "127.0.0.1, 10.0.0.0/8, 2001:db8::/32"


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["6.6.6.6, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["6.6.6.6", "192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["6.6.6.6,192.0.2.7,10.0.0.1, 10.0.0.2"], "192.0.2.7"),
        ("127.0.0.1", ["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        ("127.0.0.1", ["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
        ("127.0.0.1", ["6.6.6.6, unix:"], "127.0.0.1"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7:51000"], "192.0.2.7"),
        ("127.0.0.1", ["[2001:0DB9::0001]:51000"], "2001:db9::1"),
        ("127.0.0.1", ["2001:db9::1, 2001:db8::1"], "2001:db9::1"),
        ("127.0.0.1", ["6.6.6.6, ::ffff:10.0.0.1"], "6.6.6.6"),
        ("127.0.0.1", ["fe80::1%<b>"], "127.0.0.1"),
        ("2001:db8::7", ["192.0.2.7"], "192.0.2.7"),
        ("::ffff:10.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("fe80::1%eth0", ["192.0.2.7"], "fe80::1%eth0"),
        ("192.0.2.1", ["192.0.2.7"], "192.0.2.1"),
        ("11.0.0.1", ["192.0.2.7"], "11.0.0.1"),
    ],
    ids=str,
)
def test_the_client_is_the_rightmost_that_is_not_trusted(peer, forwarded, expected) -> None:
    assert client_of(PROXIES, (peer, 1), *forwarded) == expected


@pytest.mark.parametrize("peer", ["", "/run/proxy.sock"])
@pytest.mark.parametrize("trust", ["", "10.0.0.0/8"])
def test_who_is_on_a_unix_socket_is_trusted(peer: str, trust: str) -> None:
    assert client_of(trust, peer, "6.6.6.6, 192.0.2.7") == "192.0.2.7"


def test_a_star_takes_whoever_connects_for_the_one_proxy() -> None:
    assert client_of("*", ("203.0.113.9", 1), "6.6.6.6, 192.0.2.7") == "192.0.2.7"
    assert client_of("*, 10.0.0.0/8", ("203.0.113.9", 1), "6.6.6.6, 10.0.0.1") == "6.6.6.6"


def test_an_empty_list_trusts_nobody() -> None:
    assert client_of("", ("127.0.0.1", 1), "192.0.2.7") == "127.0.0.1"


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        ("proxy.example", "'proxy.example' is not an address or a network, such as 192.0.2.7"),
        ("127.0.0.1,10.1.2.3/8", "Did you mean '10.0.0.0/8'?"),
        ("127.0.0.1;::1", "is not an address"),
        ("10.0.0.0/33", "is not an address"),
    ],
)
def test_what_is_no_network_is_said_in_a_sentence(networks: str, message: str) -> None:
    with pytest.raises(ValueError, match="is not an address or a network") as raised:
        Trust(networks)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("https", "https"),
        ("HTTP", "http"),
        ("https, https", "https"),
        ("https,", "https"),  # an empty member is none (RFC 9110, 5.6.1)
        ("wss", "https"),
        ("ws", "http"),
        ("", ""),
    ],
)
def test_a_scheme_is_read(field: str, expected: str) -> None:
    assert forwarded_scheme(field) == expected


@pytest.mark.parametrize("field", ["https, http", "wss, http", "ftp", "on", "https;http"])
def test_a_scheme_in_doubt_is_a_bad_request(field: str) -> None:
    with pytest.raises(BadRequest, match="expected http or https"):
        forwarded_scheme(field)


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = parse_address(text)
    assert not found or str(ipaddress.ip_address(found)) == found


@given(st.ip_addresses(), st.integers(0, 65535))
def test_an_address_is_found_with_and_without_a_port(address, port: int) -> None:
    bracketed = f"[{address}]" if address.version == 6 else address
    found = parse_address(str(address))
    assert found == parse_address(f" {bracketed}:{port}") == parse_address(f"{bracketed}")


def test_every_log_has_the_same_client_whoever_answers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    clients = []
    config = Config(static=(("/static/", tmp_path),), limit_request_field_size=50)

    def application(environ, start_response):
        start_response("200 OK", [])
        return [environ["REMOTE_ADDR"].encode()]

    with running(make_handler(config, application)) as server:
        server.server.access_log = lambda request, status, *rest: clients.append(
            (request.client[0], status)
        )
        ask = {"X_Forwarded_For": "6.6.6.6, 192.0.2.7"}
        assert server.ask("/", **ask)[1] == b"192.0.2.7"
        assert server.ask("/static/a.txt", **ask)[0].status == http.client.OK
        server.ask("/", X_Long="x" * 50, **ask)
        server.ask("/", X_Forwarded_Proto="ftp", **ask)
    assert clients == [
        ("192.0.2.7", 200),
        ("192.0.2.7", 200),
        ("192.0.2.7", 431),
        ("192.0.2.7", 400),
    ]


def test_over_a_socket_the_access_log_has_the_client_and_a_conflict_is_a_400() -> None:
    clients = []

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()]

    with running(Gateway(application)) as server:
        server.server.access_log = lambda request, *rest: clients.append(request.client)
        ask = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https"}
        assert server.ask("/", **ask)[1] == b"https 192.0.2.7"
        assert server.ask("/")[1] == b"http 127.0.0.1"
        ask["X_Forwarded_Proto"] = "https, http"
        response, body = server.ask("/", **ask)
        assert response.status == http.client.BAD_REQUEST
        assert b"X-Forwarded-Proto is 'https, http'" in body
    assert clients[0] == ("192.0.2.7", 0)
    assert clients[1][0] == "127.0.0.1"

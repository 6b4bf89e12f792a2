"""Sites by name, and the rules of their locations, on real sockets."""

import gzip
import ipaddress
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from httpserver import Limits, Request, Response
from httpserver.balancing import Backend, Group
from httpserver.compression import Gzip
from httpserver.messages import Headers
from httpserver.proxy import Proxy
from httpserver.sites import (
    Location,
    Rules,
    Site,
    Sites,
    fixed,
    host_name,
    may_come,
    redirect,
    to_https,
)
from httpserver.static import StaticFiles
from httpserver.zones import Zone
from tests.httpserver.serving import Running, running

pytestmark = pytest.mark.timeout(30)


def says(text: str, **rules: Any) -> Location:
    return Location(fixed(200, text, "text/plain"), Rules(**rules))


def one_site(*locations: tuple[str, Location]) -> Sites:
    return Sites([Site(locations)])


# --- Which site ---


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("example.com", "example.com"),
        ("Example.COM:8080", "example.com"),
        ("example.com.", "example.com"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_field(host: str, name: str) -> None:
    assert host_name(Request("GET", "/", headers=Headers([("Host", host)]))) == name


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("one.example", "one"),
        ("ONE.example:81", "one"),
        ("other.example", "first"),
        ("a.wild.example", "wild"),
        ("b.a.wild.example", "wild"),
        ("wild.example", "first"),
        ("special.wild.example", "special"),
        ("x.deep.wild.example", "deep"),
    ],
)
def test_the_site_is_the_one_of_the_host(host: str, site: str) -> None:
    names = {
        "first": [],
        "one": ["one.example"],
        "wild": ["*.wild.example"],
        "deep": ["*.deep.wild.example"],
        "special": ["special.wild.example"],
    }
    sites = Sites([Site([("/", says(name))], hosts) for name, hosts in names.items()])
    with running(sites) as web:
        assert web.ask("/", Host=host)[1] == site.encode()


def test_where_no_location_is_there_is_nothing() -> None:
    with running(one_site(("/a/", says("a")))) as web:
        assert web.ask("/b")[0].status == 404


# --- Who may come ---


@pytest.mark.parametrize(
    ("client", "allow", "deny", "may"),
    [
        ("192.0.2.1", [], [], True),
        ("192.0.2.1", ["192.0.2.0/24"], [], True),
        ("198.51.100.1", ["192.0.2.0/24"], [], False),
        ("192.0.2.1", ["192.0.2.0/24"], ["192.0.2.1/32"], False),
        ("192.0.2.2", [], ["192.0.2.1/32"], True),
        ("2001:db8::1", ["2001:db8::/32"], [], True),
        ("fe80::1%eth0", ["fe80::/10"], [], True),
        ("192.0.2.1", ["::/0"], [], False),
    ],
)
def test_allow_and_deny(client: str, allow: list[str], deny: list[str], may: bool) -> None:
    def networks(texts: list[str]) -> list[Any]:
        return [ipaddress.ip_network(text) for text in texts]

    assert may_come((client, 1), networks(allow), networks(deny)) is may
    assert may_come("", networks(allow), networks(deny))
    assert not may_come("", [], networks(["0.0.0.0/0", "::/0"]))


def test_who_may_not_come_gets_403_before_the_body() -> None:
    everybody = (ipaddress.ip_network("0.0.0.0/0"),)
    with running(one_site(("/", says("hello", deny=everybody)))) as web:
        received = web.raw(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 403")


# --- How much, how often ---


def test_a_location_has_limits_of_its_own() -> None:
    sites = one_site(
        ("/", says("small", limits=Limits(body=10))), ("/large/", says("large", limits=Limits()))
    )
    with running(sites, limits=Limits(body=100)) as web:
        assert web.ask("/", "POST", b"x" * 11)[0].status == 413
        assert web.ask("/large/", "POST", b"x" * 1000)[0].status == 200


def test_too_many_requests_are_refused_with_retry_after() -> None:
    with running(one_site(("/", says("hello", zones=(Zone(rate=0.1, status=429),))))) as web:
        assert web.ask("/")[0].status == 200
        response, _ = web.ask("/")
        assert response.status == 429
        assert response.getheader("Retry-After") == "10"


def test_a_request_ahead_of_its_turn_waits_and_nobody_with_it() -> None:
    zone = Zone(rate=4, burst=3)
    with running(one_site(("/slow", says("slow", zones=(zone,))), ("/", says("quick")))) as web:
        finished: list[str] = []

        def ask(path: str) -> None:
            assert web.ask(path)[0].status == 200
            finished.append(path)

        threads = [threading.Thread(target=ask, args=("/slow",)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            ask("/quick")
        for thread in threads:
            thread.join(10)
        assert finished.count("/slow") == 3
        assert finished[-1] == "/slow"  # the last of them waited for half a second


@pytest.mark.parametrize("threads", [0, 3])
def test_requests_in_progress_are_counted_until_they_are_answered(threads: int) -> None:
    started, release = threading.Event(), threading.Event()

    def slow(request: Request) -> Response:
        if request.query == "parts":
            return Response(200, [], iter([b"a", b"b"]))
        started.set()
        release.wait(10)
        return Response(200)

    location = Location(slow, Rules(zones=(Zone(connections=1),)))
    with running(one_site(("/", location)), threads=threads) as web:
        for _ in range(5):
            assert web.ask("/?parts")[1] == b"ab"
        if threads:
            client = web.client()
            client.request("GET", "/")
            assert started.wait(10)
            assert web.ask("/")[0].status == 503
            release.set()
            assert client.getresponse().status == 200
            client.close()
            assert web.ask("/?parts")[0].status == 200


def test_a_client_that_leaves_is_counted_no_more() -> None:
    location = Location(fixed(200, "x", "text/plain"), Rules(zones=(Zone(connections=1),)))
    with running(one_site(("/", location))) as web:
        for _ in range(3):
            with web.connect() as sock:
                sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        deadline = threading.Event()
        for _ in range(100):
            if web.ask("/")[0].status == 200:
                break
            deadline.wait(0.05)
        else:
            raise AssertionError("those who left are still counted")


def test_connections_of_one_client_are_bounded() -> None:
    with running(fixed(200, "x", "text/plain"), per_client=Zone(connections=2)) as web:
        first, second = web.connect(), web.connect()
        for sock in (first, second):
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        with web.connect() as third:
            assert third.recv(1000).startswith(b"HTTP/1.1 503")
        first.close()
        second.close()


# --- On the way back ---


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "404.html").write_text("<h1>Nothing here</h1>")
    (tmp_path / "secret.txt").write_text("the secret")
    return tmp_path


@pytest.fixture
def site(files: Path) -> Iterator[Running]:
    pages = Rules(
        error_pages={404: "/404.html", 413: "/404.html", 500: "/missing.html"},
        fields=(("X-Frame-Options", "DENY"),),
        limits=Limits(body=10),
    )

    def breaks(request: Request) -> Response:
        raise RuntimeError("on purpose")

    sites = one_site(
        ("/", Location(StaticFiles(files), pages)),
        ("/breaks", Location(breaks, pages)),
        ("/404.html", Location(StaticFiles(files), Rules(internal=True))),
    )
    with running(sites) as web:
        yield web


def test_an_error_has_a_page_of_the_site(site: Running) -> None:
    response, body = site.ask("/nowhere", Range="bytes=0-1", If_None_Match="*")
    assert (response.status, body) == (404, b"<h1>Nothing here</h1>")
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("X-Frame-Options") == "DENY"
    assert response.getheader("ETag") is None


def test_an_internal_location_is_not_for_clients(site: Running) -> None:
    assert site.ask("/404.html")[0].status == 404


def test_a_handler_that_fails_has_its_page_too(files: Path) -> None:
    def breaks(request: Request) -> Response:
        raise RuntimeError("on purpose")

    location = Location(breaks, Rules(error_pages={500: "/404.html"}))
    with running(one_site(("/breaks", location), ("/", Location(StaticFiles(files))))) as web:
        response, body = web.ask("/breaks")
        assert (response.status, body) == (500, b"<h1>Nothing here</h1>")


def test_a_page_that_is_missing_is_the_plain_one(site: Running) -> None:
    response, body = site.ask("/breaks")
    assert response.status == 500
    assert body == b"500 Internal Server Error\n"


def test_fields_are_added_to_what_is_there(site: Running) -> None:
    response, body = site.ask("/secret.txt")
    assert body == b"the secret"
    assert response.getheader("X-Frame-Options") == "DENY"


def test_gzip_of_a_location() -> None:
    text = "All work and no play. " * 100
    with running(one_site(("/", says(text, gzip=Gzip())))) as web:
        response, body = web.ask("/", Accept_Encoding="gzip")
        assert response.getheader("Content-Encoding") == "gzip"
        assert gzip.decompress(body) == text.encode()
        assert web.ask("/")[1] == text.encode()


def test_gzip_of_what_another_server_sends() -> None:
    def parts(request: Request) -> Response:
        return Response(200, [("Content-Type", "text/html")], iter([b"a" * 1000] * 300))

    with running(parts) as behind:
        proxy = Proxy(Group([Backend(behind.url)]))
        with running(one_site(("/", Location(proxy, Rules(gzip=Gzip()))))) as web:
            response, body = web.ask("/", Accept_Encoding="gzip")
            assert response.getheader("Content-Encoding") == "gzip"
            assert gzip.decompress(body) == b"a" * 300_000


def test_an_upstream_may_have_a_file_sent_in_its_place(files: Path) -> None:
    def decides(request: Request) -> Response:
        fields = [("X-Accel-Redirect", "/protected/secret.txt"), ("Set-Cookie", "a=1")]
        return Response(200, [*fields, ("Content-Type", "text/x-own")], b"not this")

    with running(decides) as behind:
        proxy = Proxy(Group([Backend(behind.url)]))
        protected = Location(StaticFiles(files).under("/protected/"), Rules(internal=True))
        with running(one_site(("/", Location(proxy)), ("/protected/", protected))) as web:
            response, body = web.ask("/download")
            assert (response.status, body) == (200, b"the secret")
            assert response.getheader("Content-Type") == "text/x-own"
            assert response.getheader("Set-Cookie") == "a=1"
            assert response.getheader("X-Accel-Redirect") is None
            response, body = web.ask("/download", Range="bytes=4-9")
            assert (response.status, body) == (206, b"secret")
            assert web.ask("/protected/secret.txt")[0].status == 404
            client = web.client()
            for _ in range(3):
                client.request("GET", "/download")
                assert client.getresponse().read() == b"the secret"
            client.close()


def test_upstreams_that_send_a_request_in_a_circle_end_in_500() -> None:
    def circle(request: Request) -> Response:
        return Response(200, [("X-Accel-Redirect", "/again")])

    with running(circle) as behind:
        proxy = Proxy(Group([Backend(behind.url)]))
        with running(one_site(("/", Location(proxy)))) as web:
            assert web.ask("/")[0].status == 500


def test_the_error_page_of_an_upstream_that_is_down(files: Path) -> None:
    down = Proxy(Group([Backend("http://127.0.0.1:1")]))
    sites = one_site(
        ("/", Location(down, Rules(error_pages={502: "/404.html"}))),
        ("/404.html", Location(StaticFiles(files))),
    )
    with running(sites) as web:
        response, body = web.ask("/")
        assert (response.status, body) == (502, b"<h1>Nothing here</h1>")


# --- Redirects ---


@pytest.mark.parametrize(
    ("handler", "path", "status", "where"),
    [
        (redirect("https://e.example/new"), "/old?a=b", 301, "https://e.example/new"),
        (redirect("https://e.example{path}{query}", 302), "/a%20b?c", 302, "https://e.example/a%20b?c"),
        (redirect("/x{query}", 307), "/y", 307, "/x"),
        (redirect("{path}{query}", 307), "/{query}{host}?s=1", 307, "/{query}{host}?s=1"),
        (to_https(), "/a?b", 308, "https://127.0.0.1/a?b"),
    ],
)  # fmt: skip
def test_redirects(handler: Any, path: str, status: int, where: str) -> None:
    with running(handler) as web:
        response, _ = web.ask(path)
        assert (response.status, response.getheader("Location")) == (status, where)


def test_without_a_host_there_is_nowhere_to_redirect_to() -> None:
    with running(to_https()) as web:
        assert web.raw(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_options_of_the_server_as_a_whole() -> None:
    with running(Sites([Site([("/", Location(fixed(200, "x", "text/plain")))])])) as web:
        received = web.raw(b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 204")

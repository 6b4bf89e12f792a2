"""The same requests to a real Nginx and to us: what differs is on a list, with the reason.

The list stands in ARCHITECTURE.md too ("Otherwise than Nginx").
"""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

import pytest

from httpserver import Request, Response
from httpserver.balancing import Backend, Group
from httpserver.limits import Limits
from httpserver.proxy import Proxy
from httpserver.sites import Location, Rules, Site, Sites, fixed, redirect
from httpserver.static import StaticFiles
from httpserver.zones import Zone
from tests.httpserver.serving import running
from tests.processes import free_port, wait_until

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(
        shutil.which("nginx") is None and not os.environ.get("GLASSTACK_REQUIRE_ALL"),
        reason="there is no nginx (Debian and Ubuntu: apt install nginx-light)",
    ),
]

CONF = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 200; }}
http {{
  access_log off; sendfile on; etag on; gzip_static on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  default_type application/octet-stream;
  types {{ text/html html; text/plain txt; image/png png; }}
  charset utf-8; client_max_body_size 1000; merge_slashes off; lingering_timeout 1s;
  limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/m;
  upstream behind {{ server 127.0.0.1:{behind}; keepalive 4; }}
  server {{
    listen 127.0.0.1:{port}; server_name first.example; root {root};
    location / {{ index index.html; }}
    location = /exact {{ default_type text/plain; return 200 "exact"; }}
    location /old/ {{ return 301 https://new.example$request_uri; }}
    location /limited {{ limit_req zone=slow; limit_req_status 429; }}
    location /secret/ {{ internal; alias {root}/sub/; }}
    location /denied/ {{ deny all; }}
    location /pages/ {{ error_page 404 /404.html; }}
    location /listing/ {{ autoindex on; }}
    location /app/ {{
      proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
  server {{
    listen 127.0.0.1:{port}; server_name *.second.example;
    location / {{ default_type text/plain; return 200 "second"; }}
  }}
}}
"""


def behind(request: Request) -> Response:
    if request.path == "/app/accel":
        return Response(200, [("X-Accel-Redirect", "/secret/file.txt")])
    if request.path == "/app/parts":
        return Response(200, [("Content-Type", "text/x")], iter([b"one", b"two"]))
    if request.path == "/app/304":
        return Response(304, [("ETag", '"x"')])
    if request.path == "/app/204":
        return Response(204)
    if request.path == "/app/500":
        return Response(500, [("X-Own", "1")], b"broken")
    told = [
        f"{name}={value}"
        for name, value in sorted(request.headers.items())
        if name.lower() in ("x-forwarded-for", "x-forwarded-proto", "content-length", "x-any", "te")
    ]
    said = f"{request.method} {request.target} {told} ".encode() + request.body.read()
    return Response(200, [("X-Own", "1"), ("Set-Cookie", "a"), ("Set-Cookie", "b")], said)


class Both(NamedTuple):
    nginx: int
    ours: int


def make_files(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "file.txt").write_text("0123456789")
    (root / "index.html").write_text("<h1>index</h1>")
    (root / "404.html").write_text("<h1>404</h1>")
    (root / "page.html").write_text("<p>page</p>")
    (root / "empty.txt").write_text("")
    (root / "data").write_bytes(b"\0\1")
    (root / "big.txt").write_text("a" * 5000)
    (root / "big.txt.gz").write_bytes(b"\x1f\x8bnot really")
    (root / "listing").mkdir()
    (root / "listing" / "a.txt").write_text("a")
    (root / "with space.txt").write_text("space")
    (root / "sub" / "ä.txt").write_text("umlaut")
    (root / "noindex").mkdir()
    (root / "index").mkdir()
    (root / "index" / "index.html").write_text("inner")
    (root / ".hidden").write_text("hidden")
    os.symlink("/etc/hostname", root / "out")
    os.symlink("sub/file.txt", root / "in.txt")
    for path in root.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (1_700_000_000, 1_700_000_000))


def our_sites(root: Path, upstream: int) -> Sites:
    files = StaticFiles(root, precompressed=True)
    proxy = Proxy(Group([Backend(f"http://127.0.0.1:{upstream}")]))
    nobody = Rules(limits=Limits(body=1000))
    first = Site(
        [
            ("/", Location(files, nobody)),
            ("= /exact", Location(fixed(200, "exact", "text/plain; charset=utf-8"), nobody)),
            ("/old/", Location(redirect("https://new.example{path}{query}"), nobody)),
            ("/limited", Location(files, Rules(zones=(Zone(rate=1 / 60, status=429),)))),
            (
                "/secret/",
                Location(StaticFiles(root / "sub").under("/secret/"), Rules(internal=True)),
            ),
            ("/denied/", Location(files, Rules(deny=EVERYBODY))),
            ("/pages/", Location(files, Rules(error_pages={404: "/404.html"}))),
            ("/listing/", Location(StaticFiles(root, listing=True))),
            ("/app/", Location(proxy, nobody)),
        ],
        ["first.example"],
    )
    second = Site(
        [("/", Location(fixed(200, "second", "text/plain; charset=utf-8")))], ["*.second.example"]
    )
    return Sites([first, second])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("nginx")
    root = folder / "root"
    root.mkdir()
    make_files(root)
    os.chmod(folder, 0o755)
    with running(behind) as upstream:
        port = free_port()
        conf = folder / "nginx.conf"
        text = CONF.format(folder=folder, root=root, port=port, behind=upstream.address[1])
        conf.write_text(("user root;\n" if os.getuid() == 0 else "") + text)
        command = ["nginx", "-c", str(conf), "-p", str(folder)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: answers(port), "nginx to answer")
            with running(our_sites(root, upstream.address[1])) as ours:
                yield Both(port, ours.address[1])
        finally:
            process.terminate()
            process.wait(10)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Answer(NamedTuple):
    status: int
    fields: dict[str, str]
    body: bytes


def ask(port: int, data: bytes) -> Answer:
    """The first answer to these bytes; status 0 where the server closed without one."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        try:
            while piece := sock.recv(65536):
                received += piece
        except ConnectionError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/"):
        return Answer(0, {}, received)
    fields: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        fields[name.lower()] = (
            f"{fields[name.lower()]}, {value}" if name.lower() in fields else value
        )
    if fields.get("transfer-encoding") == "chunked":
        body = dechunked(body)
    return Answer(int(lines[0].split(" ")[1]), fields, body)


def dechunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2 :]
        if not length:
            break
    return whole


def get(path: str, *fields: str, method: str = "GET", host: str = "first.example") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(path: str, body: bytes, *fields: str) -> bytes:
    return get(path, f"Content-Length: {len(body)}", *fields, method="POST") + body


EVERYBODY = (ip_network("0.0.0.0/0"), ip_network("::/0"))

DATE = "Tue, 14 Nov 2023 22:13:20 GMT"  # of all files

# Compared: the status, these fields, and the body of answers below 300.
FIELDS = (
    "content-type", "content-length", "content-range", "location", "last-modified",
    "content-encoding", "x-own", "set-cookie", "retry-after",
)  # fmt: skip

SAME = {
    "index": get("/"),
    "a page": get("/page.html"),
    "head": get("/page.html", method="HEAD"),
    "empty": get("/empty.txt"),
    "an unknown type": get("/data"),
    "in a folder": get("/sub/file.txt"),
    "query": get("/sub/file.txt?a=b"),
    "percent": get("/with%20space.txt"),
    "utf-8": get("/sub/%C3%A4.txt"),
    "a folder without slash": get("/index?a=b"),
    "a folder": get("/index/"),
    "missing": get("/missing"),
    "a folder of a file": get("/page.html/"),
    "exact": get("/exact"),
    "not exact": get("/exactly"),
    "a link inside": get("/in.txt"),
    "first bytes": get("/sub/file.txt", "Range: bytes=0-3"),
    "last bytes": get("/sub/file.txt", "Range: bytes=-3"),
    "from a byte": get("/sub/file.txt", "Range: bytes=7-"),
    "past the end": get("/sub/file.txt", "Range: bytes=100-"),
    "more than there is": get("/sub/file.txt", "Range: bytes=5-500"),
    "a range in another unit": get("/sub/file.txt", "Range: lines=1-2"),
    "range of head": get("/sub/file.txt", "Range: bytes=0-3", method="POST"),
    "not modified since": get("/sub/file.txt", f"If-Modified-Since: {DATE}"),
    "unmodified since": get("/sub/file.txt", "If-Unmodified-Since: Tue, 14 Nov 2000 22:13:20 GMT"),
    "match nothing": get("/sub/file.txt", 'If-Match: "nothing"'),
    "match anything": get("/sub/file.txt", "If-Match: *"),
    "none match anything": get("/sub/file.txt", "If-None-Match: *"),
    "if-range of another time": get(
        "/sub/file.txt", "Range: bytes=0-3", "If-Range: Tue, 14 Nov 2000 22:13:20 GMT"
    ),
    "compressed": get("/big.txt", "Accept-Encoding: gzip"),
    "compressed, not wanted": get("/big.txt", "Accept-Encoding: identity"),
    "redirect": get("/old/x?y=z"),
    "denied": get("/denied/x"),
    "internal": get("/secret/file.txt"),
    "error page": get("/pages/missing"),
    "another site": get("/", host="www.second.example"),
    "no site": get("/exact", host="nobody.example"),
    "host with a port": get("/", host="www.second.example:80"),
    "too large": post("/app/x", b"x" * 1001),
    "no method": get("/page.html", method="BREW"),
    "put": get("/page.html", method="PUT"),
    "proxied": get("/app/a?b", "X-Any: 1", "TE: trailers"),
    "proxied post": post("/app/a", b"hello"),
    "proxied chunks": get("/app/a", "Transfer-Encoding: chunked", method="POST")
    + b"5\r\nhello\r\n0\r\n\r\n",
    "proxied head": get("/app/a", method="HEAD"),
    "proxied parts": get("/app/parts"),
    "proxied 304": get("/app/304"),
    "proxied 204": get("/app/204"),
    "proxied error": get("/app/500"),
    "an accelerated redirect": get("/app/accel"),
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": get("/", "Host: b"),
    "1.0 without host": b"GET /exact HTTP/1.0\r\n\r\n",
    "a later version": b"GET /exact HTTP/3.0\r\nHost: a\r\n\r\n",
    "nonsense": b"nonsense\r\n\r\n",
    "a space before the colon": get("/exact", "X-A : b"),
    "a bad length": get("/app/a", "Content-Length: x", method="POST"),
    "two lengths": get("/app/a", "Content-Length: 1", "Content-Length: 2", method="POST"),
    "length and chunks": get(
        "/app/a", "Content-Length: 1", "Transfer-Encoding: chunked", method="POST"
    ),
    "a bad chunk": get("/app/a", "Transfer-Encoding: chunked", method="POST") + b"zz\r\n",
    "folded field": get("/exact", "X-A: b\r\n c"),
    "connect": b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    "absolute": b"GET http://first.example/exact HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}

# What is otherwise: name -> (request, Nginx's status, ours, why).
OTHERWISE: dict[str, tuple[bytes, int, int, str]] = {
    "an empty list of ranges": (
        get("/sub/file.txt", "Range: bytes=9-1"), 416, 200,
        "a malformed Range is to be ignored (RFC 9110, 14.2)",
    ),
    "a hidden file": (get("/.hidden"), 200, 404, "what begins with a dot is meant to be private"),
    "a link that leads out": (get("/out"), 200, 404, "nothing outside the root is served"),
    "a folder without an index": (
        get("/noindex/"), 403, 404, "that a folder is there is nobody's business",
    ),
    "options": (get("/page.html", method="OPTIONS"), 405, 204, "it says what is allowed"),
    "a bare line feed": (
        b"GET /exact HTTP/1.1\nHost: a\nConnection: close\n\n", 200, 400,
        "who takes it for a line's end reads other messages than who does not",
    ),
    "an unknown expectation": (
        post("/app/a", b"x", "Expect: more"), 200, 417, "RFC 9110, 10.1.1",
    ),
    "dots inside": (
        get("/sub/../page.html"), 200, 404, "clients resolve dots; a path is what it says",
    ),
    "two slashes": (get("/sub//file.txt"), 200, 404, "one file has one address"),
    "a folder without slash and index": (
        get("/sub"), 301, 404, "there is nothing to be sent to",
    ),
    "up": (get("/../etc/passwd"), 400, 404, "it is the name of nothing"),
    "up, encoded": (get("/%2e%2e/etc/passwd"), 400, 404, "it is the name of nothing"),
    "a nul": (get("/a%00b"), 400, 404, "it is the name of nothing"),
    "a fragment": (get("/#a"), 200, 400, "RFC 9112, 3.2: a fragment is not sent"),
    "half a version": (
        b"GET /exact HTTP/9\r\nHost: a\r\n\r\n", 505, 400, "it is no version at all",
    ),
    "a coding without chunked": (
        get("/app/a", "Transfer-Encoding: gzip", method="POST"), 501, 400,
        "where the body ends is unknown (RFC 9112, 6.3)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("data", SAME.values(), ids=SAME)
def test_nginx_and_we_answer_alike(both: Both, data: bytes) -> None:
    theirs, ours = ask(both.nginx, data), ask(both.ours, data)
    assert ours.status == theirs.status
    if theirs.status >= 300 and theirs.status != 304:
        assert normal_location(ours) == normal_location(theirs)
        return
    # What came in chunks and is whole by the time its head leaves has a length with us.
    in_chunks = theirs.fields.get("transfer-encoding") == "chunked"
    for name in FIELDS:
        if in_chunks and name == "content-length":
            continue
        assert ours.fields.get(name) == theirs.fields.get(name), name
    assert ours.body == theirs.body


def normal_location(answer: Answer) -> str:
    """Nginx makes a redirect to a folder absolute, with the port it listens at."""
    return re.sub(r"^http://[^/]*", "", answer.fields.get("location", ""))


@pytest.mark.parametrize(("data", "theirs", "ours", "why"), OTHERWISE.values(), ids=OTHERWISE)
def test_where_we_do_it_otherwise(
    both: Both, data: bytes, theirs: int, ours: int, why: str
) -> None:
    assert ask(both.nginx, data).status == theirs
    assert ask(both.ours, data).status == ours
    assert why


def test_validators_hold_for_each_others_conditions(both: Both) -> None:
    for port in both:
        etag = ask(port, get("/sub/file.txt")).fields["etag"]
        again = ask(port, get("/sub/file.txt", f"If-None-Match: {etag}"))
        assert (again.status, again.body) == (304, b"")
        part = ask(port, get("/sub/file.txt", "Range: bytes=0-3", f"If-Range: {etag}"))
        assert (part.status, part.body) == (206, b"0123")


def test_several_ranges(both: Both) -> None:
    data = get("/sub/file.txt", "Range: bytes=0-1, 5-6, -1")
    for port in both:
        answer = ask(port, data)
        assert answer.status == 206
        boundary = answer.fields["content-type"].removeprefix("multipart/byteranges; boundary=")
        parts = answer.body.split(f"--{boundary}".encode())
        assert len(parts) == 5
        assert [part.split(b"\r\n\r\n")[1].strip() for part in parts[1:4]] == [b"01", b"56", b"9"]
        assert int(answer.fields["content-length"]) == len(answer.body)


def test_a_rate_is_a_rate(both: Both) -> None:
    for port in both:
        statuses = [ask(port, get("/limited")).status for _ in range(3)]
        assert statuses == [404, 429, 429]


def test_a_listing_names_the_files(both: Both) -> None:
    for port in both:
        answer = ask(port, get("/listing/"))
        assert answer.status == 200
        assert b'a.txt"' in answer.body

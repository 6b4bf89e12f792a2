"""Real clients and a real `python -m httpserver`: a folder, and a proxy before an application."""

import asyncio
import hashlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import h11
import httpx
import pytest
from playwright.sync_api import Response as BrowserResponse
from playwright.sync_api import sync_playwright

from httpserver import Limits, Request, Response
from tests.httpserver.serving import running
from tests.processes import Process, free_port, python
from tests.stack.browser import ARGUMENTS, Visitor, chromium

pytestmark = pytest.mark.timeout(60)

MIB = 1024 * 1024
BIG = bytes(range(256)) * 4 * 1024 * 3  # 3 MiB, no part of which looks like its neighbour
SECONDS = 120  # of the sound: 20 MiB, more than a browser fetches before it is asked to
PAGE = """<!doctype html><html lang="en"><title>A sound</title><link rel="icon" href="data:,">
<audio controls preload="metadata" src="sound.wav"></audio></html>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    (folder / "hello.txt").write_text("Hello, World!\n")
    (folder / "big.bin").write_bytes(BIG)
    (folder / "docs").mkdir()
    (folder / "index.html").write_text(PAGE)
    with wave.open(str(folder / "sound.wav"), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(44_100)
        for second in range(SECONDS):
            sound.writeframes(bytes([0, second, 0, second]) * 44_100)
    return folder


@pytest.fixture(scope="module")
def files(folder: Path) -> Iterator[Process]:
    port = free_port()
    listen = ("--listen", f"127.0.0.1:{port}", "--quiet")
    with python("-m", "httpserver", str(folder), *listen, port=port) as process:
        yield process
        assert "Traceback" not in process.output


def application(request: Request) -> Response:
    """What was sent, by length and digest; or an answer whose length is not told."""
    if request.path == "/parts":
        return Response(200, [], (b"%06d\n" % number for number in range(10_000)))
    body = request.body.read()
    return Response(200, [], f"{request.method} {len(body)} {digest(body)}".encode())


PARTS = b"".join(b"%06d\n" % number for number in range(10_000))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def echo_of(method: str, body: bytes) -> bytes:
    return f"{method} {len(body)} {digest(body)}".encode()


@pytest.fixture(scope="module")
def proxy() -> Iterator[Process]:
    port = free_port()
    with running(application, limits=Limits(keep_alive=60)) as behind:
        address = ("--proxy", behind.url, "--listen", f"127.0.0.1:{port}", "--quiet")
        with python("-m", "httpserver", *address, port=port) as process:
            yield process
            assert "Traceback" not in process.output


def needed(tool: str) -> str:
    found = shutil.which(tool)
    if found:
        return found
    if os.environ.get("GLASSTACK_REQUIRE_ALL") == "1":
        pytest.fail(f"GLASSTACK_REQUIRE_ALL=1, and there is no {tool}")
    pytest.skip(f"there is no {tool} (Debian and Ubuntu: apt install {tool})")


# --- curl ----------------------------------------------------------------------------------


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Its output; a connection that is reset or cut off ends it with an error, and the test."""
    command = [needed("curl"), "-sS", "--noproxy", "*", "--max-time", "30", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=40)


@pytest.mark.parametrize(
    "how",
    [(), ("-H", "Expect:"), ("-H", "Expect:", "-H", "Transfer-Encoding: chunked")],
    ids=["asks before", "sends at once", "sends chunks at once"],
)
def test_curl_that_posts_50_mib_sees_413_and_no_reset(
    files: Process, tmp_path: Path, how: tuple[str, ...]
) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(50 * MIB)
    url = f"{files.url}/hello.txt"
    done = curl(*how, "-T", str(large), "-X", "POST", "-w", "\n%{http_code}", url)
    assert done.stdout.startswith(b"413 Content Too Large")
    assert done.stdout.endswith(b"\n413")
    assert done.stderr == b""


def test_curl_waits_for_100_before_it_sends_its_body(proxy: Process, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BIG)
    # Were it not told to go on, it would wait for longer than it may take.
    wait = ("-v", "-H", "Expect: 100-continue", "--expect100-timeout", "35")
    done = curl(*wait, "--data-binary", f"@{tmp_path / 'body'}", proxy.url)
    assert done.stdout == echo_of("POST", BIG)
    assert done.stderr.count(b"< HTTP/1.1 100 Continue") == 1


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_curl_gets_an_answer_of_untold_length(proxy: Process, version: str) -> None:
    done = curl(version, "-D", "-", f"{proxy.url}/parts")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert body == PARTS
    assert (b"Transfer-Encoding: chunked" in head) is (version == "--http1.1")


def test_curl_in_http_1_0_keeps_no_connection_unless_it_asks(files: Process) -> None:
    urls = [f"{files.url}/hello.txt"] * 2
    write = ("-w", "%{num_connects};")
    assert curl("--http1.0", *write, *urls).stdout == b"Hello, World!\n1;Hello, World!\n1;"
    keeps = curl("--http1.0", "-H", "Connection: keep-alive", *write, *urls)
    assert keeps.stdout == b"Hello, World!\n1;Hello, World!\n0;"


RANGES = {
    "from the start": ("0-99", BIG[:100]),
    "inside": ("1000000-1999999", BIG[1_000_000:2_000_000]),
    "to the end": ("3145000-", BIG[3_145_000:]),
    "the last": ("-100", BIG[-100:]),
}


@pytest.mark.parametrize(("asked", "expected"), RANGES.values(), ids=RANGES)
def test_curl_gets_a_range(files: Process, asked: str, expected: bytes) -> None:
    done = curl("-r", asked, "-w", "%{stderr}%{http_code}", f"{files.url}/big.bin")
    assert (done.stderr, done.stdout) == (b"206", expected)


def test_curl_gets_several_ranges(files: Process) -> None:
    done = curl("-r", "0-4,7-11", "-D", "-", f"{files.url}/hello.txt")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    boundary = re.search(rb"multipart/byteranges; boundary=(\S+)", head)
    assert boundary is not None
    parts = body.split(b"--" + boundary[1])
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [b"Hello\r\n", b"World\r\n"]
    assert parts[-1].startswith(b"--")


def test_curl_keeps_its_connection_over_heads(files: Process) -> None:
    urls = [f"{files.url}/big.bin"] * 3
    done = curl("-I", "-w", "%{num_connects} %{size_download}\n", *urls)
    assert done.stdout.count(b"\r\nContent-Length: 3145728\r\n") == 3
    counts = re.findall(rb"^([0-9]) ([0-9]+)$", done.stdout, re.MULTILINE)
    assert counts == [(b"1", b"0"), (b"0", b"0"), (b"0", b"0")]


def test_curl_has_its_copy_confirmed(files: Process, tmp_path: Path) -> None:
    etag, url = str(tmp_path / "etag"), f"{files.url}/hello.txt"
    curl("--etag-save", etag, url)
    done = curl("--etag-compare", etag, "-w", "%{http_code}", url)
    assert done.stdout == b"304"


# --- Python's ------------------------------------------------------------------------------


def test_http_client_uses_one_connection_for_everything(files: Process) -> None:
    client = http.client.HTTPConnection("127.0.0.1", files.port, timeout=30)
    client.connect()
    own = client.sock.getsockname()
    for method, path, status, body in [
        ("HEAD", "/big.bin", 200, b""),
        ("GET", "/hello.txt", 200, b"Hello, World!\n"),
        ("GET", "/nothing", 404, None),
        ("GET", "/docs", 301, None),
        ("POST", "/hello.txt", 405, None),
        ("OPTIONS", "*", 204, b""),
        ("GET", "/big.bin", 200, BIG),
    ]:
        client.request(method, path, body=b"x" * 1000 if method == "POST" else None)
        response = client.getresponse()
        received = response.read()
        assert response.status == status, path
        assert body is None or received == body
        assert client.sock is not None, f"{method} {path} ended the connection"
        assert client.sock.getsockname() == own
    client.close()


def test_http_client_sends_chunks(proxy: Process) -> None:
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    parts = [BIG[:10], b"", BIG[10:100_000], BIG[100_000:]]
    for _ in range(2):
        client.request("PUT", "/", iter(filter(None, parts)), encode_chunked=True)
        assert client.getresponse().read() == echo_of("PUT", BIG)
    client.close()


def test_httpx_streams_in_both_directions(proxy: Process) -> None:
    with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
        upload = (BIG[at : at + 100_000] for at in range(0, len(BIG), 100_000))
        assert client.post(proxy.url, content=upload).content == echo_of("POST", BIG)
        with client.stream("GET", f"{proxy.url}/parts") as response:
            assert response.headers["transfer-encoding"] == "chunked"
            assert b"".join(response.iter_raw()) == PARTS


def test_httpx_follows_a_folder_to_its_slash_and_gets_a_part(files: Process) -> None:
    with httpx.Client(trust_env=False, verify=False, timeout=30, base_url=files.url) as client:
        followed = client.get("/docs", follow_redirects=True)
        assert (followed.status_code, followed.url.path) == (200, "/docs/")
        part = client.get("/big.bin", headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (206, BIG[5:10])
        assert part.headers["content-range"] == f"bytes 5-9/{len(BIG)}"


@pytest.mark.parametrize("server", ["files", "proxy"])
def test_httpx_asks_a_hundred_things_at_once(server: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(server).url

    async def ask() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=25)
        async with httpx.AsyncClient(
            trust_env=False, verify=False, timeout=30, limits=limits
        ) as client:
            return await asyncio.gather(*(client.get(f"{url}/hello.txt") for _ in range(100)))

    expected = b"Hello, World!\n" if server == "files" else echo_of("GET", b"")
    assert {(each.status_code, each.content) for each in asyncio.run(ask())} == {(200, expected)}


def test_h11_finds_no_fault_with_what_we_say(proxy: Process) -> None:
    """The strictest client: it refuses what the grammar and the states do not allow."""
    client = h11.Connection(h11.CLIENT)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as sock:

        def send(*events: h11.Event) -> None:
            for event in events:
                sock.sendall(client.send(event) or b"")

        def following() -> h11.Event | type[h11.PAUSED]:
            while (event := client.next_event()) is h11.NEED_DATA:
                client.receive_data(sock.recv(65536))
            return event  # type: ignore[return-value]

        def answer() -> tuple[int, bytes]:
            head, body = following(), b""
            assert isinstance(head, h11.Response)
            while isinstance(event := following(), h11.Data):
                body += event.data
            assert isinstance(event, h11.EndOfMessage)
            return head.status_code, body

        host = ("Host", "a")
        waiting = [host, ("Expect", "100-continue"), ("Content-Length", "5")]
        send(h11.Request(method="POST", target="/", headers=waiting))
        going_on = following()
        assert isinstance(going_on, h11.InformationalResponse)
        assert going_on.status_code == 100
        send(h11.Data(data=b"hello"), h11.EndOfMessage())
        assert answer() == (200, echo_of("POST", b"hello"))
        client.start_next_cycle()

        chunks = [host, ("Transfer-Encoding", "chunked"), ("Trailer", "A")]
        send(h11.Request(method="POST", target="/", headers=chunks))
        send(h11.Data(data=b"one"), h11.Data(data=b"two"), h11.EndOfMessage(headers=[("A", "b")]))
        assert answer() == (200, echo_of("POST", b"onetwo"))
        client.start_next_cycle()

        send(h11.Request(method="HEAD", target="/parts", headers=[host]), h11.EndOfMessage())
        assert answer() == (200, b"")
        client.start_next_cycle()

        last = [host, ("Connection", "close")]
        send(h11.Request(method="GET", target="/parts", headers=last), h11.EndOfMessage())
        assert answer() == (200, PARTS)
        assert client.their_state is h11.MUST_CLOSE
        assert isinstance(following(), h11.ConnectionClosed)


# --- Many at once, and a browser -----------------------------------------------------------


@pytest.mark.parametrize("server", ["files", "proxy"])
def test_wrk_meets_no_error(server: str, request: pytest.FixtureRequest) -> None:
    wrk = needed("wrk")
    url = f"{request.getfixturevalue(server).url}/hello.txt"
    command = [wrk, "-t", "1", "-c", "20", "-d", "1s", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    assert "Socket errors" not in said
    assert "Non-2xx" not in said
    count = re.search(r"(\d+) requests in", said)
    assert count is not None
    assert int(count[1]) > 20  # each connection more than once


@pytest.mark.browser
def test_chromium_seeks_in_a_sound(files: Process) -> None:
    path = chromium()
    parts: list[BrowserResponse] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        visitor = Visitor(browser, "light")
        page = visitor.page
        page.on("response", lambda r: parts.append(r) if r.url.endswith(".wav") else None)
        page.goto(files.url)
        page.wait_for_function("document.querySelector('audio').readyState >= 1")
        assert page.evaluate("document.querySelector('audio').duration") == SECONDS
        for second in (110, 30, 70):
            reached = page.evaluate(
                """second => new Promise((resolve, reject) => {
                    const audio = document.querySelector("audio");
                    audio.onerror = () => reject(audio.error.message);
                    audio.onseeked = () => resolve([audio.currentTime, audio.readyState]);
                    audio.currentTime = second;
                })""",
                second,
            )
            assert reached[0] == second
            assert reached[1] >= 2, "there is nothing to be heard there"
        asked = [each.request.headers.get("range", "") for each in parts]
        statuses = {each.status for each in parts}
        ranges = [each.headers.get("content-range", "") for each in parts]
        visitor.close()
        browser.close()
    assert statuses == {206}
    assert asked[0] == "bytes=0-"
    size = 44 + SECONDS * 44_100 * 4
    # The first seek leads far beyond what had been fetched, so it was asked for by itself.
    begins = [int(each.removeprefix("bytes=").partition("-")[0]) for each in asked]
    assert any(begin > 90 * 44_100 * 4 for begin in begins), asked
    assert ranges == [f"bytes {begin}-{size - 1}/{size}" for begin in begins]

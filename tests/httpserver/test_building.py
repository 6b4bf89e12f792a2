"""A configuration file, served: by the real command, with real signals."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpserver import Request, Response
from tests.httpserver.serving import running
from tests.httpserver.test_tls import Authority
from tests.processes import ROOT, free_port, wait_until

pytestmark = pytest.mark.timeout(60)

SITE = """
access_log = "access.log"
access_log_format = "json"
error_log = "error.log"
workers = {workers}
pid_file = "pid"

[zones.slow]
rate = "1/min"
status = 429

[upstreams.app]
servers = ["{upstream}"]

[[server]]
listen = ["127.0.0.1:{port}", "unix:web.sock"]
fields = {{ X-Version = "{version}" }}
gzip = true

[[server.location]]
path = "/"
root = "public"
try_files = ["{{path}}", "{{path}}.html", "@/app/"]

[[server.location]]
path = "/app/"
proxy = "app"
limits = {{ body = "1 KiB" }}

[[server.location]]
path = "/slow"
respond = "slowly"
zone = "slow"

[[server.location]]
path = "/old"
redirect = "https://new.example{{path}}"

[[server]]
listen = "127.0.0.1:{tls_port}"
names = ["localhost"]
certificate = "localhost.pem"
key = "localhost.key"

[[server.location]]
path = "/"
respond = "secret"
"""


class Site:
    """A folder with a configuration, and the command that serves it."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.folder = folder
        self.upstream = upstream
        self.port, self.tls_port = free_port(), free_port()
        self.file = folder / "site.toml"
        (folder / "public").mkdir()
        (folder / "public" / "page.html").write_text("<p>a page</p>")
        self.write()

    def write(self, version: str = "1", workers: int = 2, more: str = "") -> None:
        text = SITE.format(
            port=self.port,
            tls_port=self.tls_port,
            upstream=self.upstream,
            version=version,
            workers=workers,
        )
        self.file.write_text(text + more)

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "httpserver", "--config", str(self.file), *more]

    def start(self) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(self.command("--quiet"), env=env, cwd=self.folder)
        wait_until(self.answers, "the site to answer")

    def answers(self) -> bool:
        try:
            return self.get("/page")[0].status == 200
        except OSError:
            return False

    def get(
        self, path: str, method: str = "GET", body: bytes | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            client.request(method, path, body)
            response = client.getresponse()
            return response, response.read()
        finally:
            client.close()

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(20) == 0

    @property
    def errors(self) -> str:
        return (self.folder / "error.log").read_text()


def app(request: Request) -> Response:
    return Response(200, [], f"app {request.path}".encode())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    Authority(tmp_path).issue("localhost", "localhost")
    with running(app) as behind:
        made = Site(tmp_path, behind.url)
        made.start()
        try:
            yield made
        finally:
            made.stop()


def test_everything_that_the_file_says_is_served(site: Site) -> None:
    assert site.get("/page.html")[1] == b"<p>a page</p>"
    response, body = site.get("/page")
    assert (body, response.getheader("X-Version")) == (b"<p>a page</p>", "1")
    assert site.get("/nothing/here")[1] == b"app /nothing/here"
    assert site.get("/app/x")[1] == b"app /app/x"
    assert site.get("/app/x", "POST", b"x" * 1025)[0].status == 413
    response, _ = site.get("/old")
    assert (response.status, response.getheader("Location")) == (301, "https://new.example/old")
    statuses = [site.get("/slow")[0].status for _ in range(4)]
    assert statuses == [200, 429, 429, 429]  # whichever of the two workers is asked
    context = ssl.create_default_context(cafile=str(site.folder / "ca.pem"))
    with urllib.request.urlopen(
        f"https://localhost:{site.tls_port}/", context=context, timeout=10
    ) as answer:
        assert answer.read() == b"secret"
    done = subprocess.run(
        ["curl", "-s", "--unix-socket", str(site.folder / "web.sock"), "http://a/page"],
        capture_output=True,
        timeout=20,
    )
    assert done.stdout == b"<p>a page</p>"
    assert (site.folder / "pid").read_text() == f"{site.process.pid}\n"
    log = site.folder / "access.log"
    wait_until(lambda: b"/app/x" in log.read_bytes(), "the line in the log")
    assert {"/page", "/app/x"} <= {json.loads(line)["target"] for line in log.open()}


def test_hup_reads_the_file_again_and_loses_no_request(site: Site) -> None:
    stop = threading.Event()
    failures: list[object] = []
    versions: set[str | None] = set()

    def ask() -> None:
        client = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
        while not stop.is_set():
            try:
                client.request("GET", "/page")
                response = client.getresponse()
                response.read()
            except (http.client.BadStatusLine, ConnectionError):
                # Closed while idle: nothing of this request was taken. Anything else is a loss.
                client.close()
                continue
            except Exception as error:
                failures.append(error)
                return
            versions.add(response.getheader("X-Version"))
            if response.status != 200:
                failures.append(response.status)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: "1" in versions or failures, "the first version")
        for version in ("2", "3"):
            site.write(version, workers=1)
            site.process.send_signal(signal.SIGHUP)
            wait_until(lambda: version in versions or failures, f"version {version}")  # noqa: B023
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert failures == []
    assert versions == {"1", "2", "3"}


def test_a_file_with_a_mistake_changes_nothing(site: Site) -> None:
    site.write("2", more='[[server]]\nlistten = "8000"\n')
    site.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "listten" in site.errors, "the log to name it")
    assert "the reload failed" in site.errors
    assert site.get("/page")[0].getheader("X-Version") == "1"


def test_a_zone_goes_on_counting_after_a_reload(site: Site) -> None:
    assert site.get("/slow")[0].status == 200
    site.write("2")
    site.process.send_signal(signal.SIGHUP)
    wait_until(lambda: site.get("/page")[0].getheader("X-Version") == "2", "the new version")
    assert site.get("/slow")[0].status == 429


def test_usr1_opens_the_logs_anew(site: Site) -> None:
    log, old = site.folder / "access.log", site.folder / "access.old"
    site.get("/page?before")
    wait_until(lambda: b"before" in log.read_bytes(), "the line before")
    log.rename(old)
    site.process.send_signal(signal.SIGUSR1)

    def written() -> bool:
        site.get("/page?after")
        time.sleep(0.05)
        return log.exists() and b"after" in log.read_bytes()

    wait_until(written, "a line in the new file")
    assert b"before" in old.read_bytes()


def test_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    Authority(tmp_path).issue("localhost", "localhost")
    site = Site(tmp_path, "http://127.0.0.1:1")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    good = subprocess.run(
        site.command("--check"), env=env, cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert (good.returncode, good.stdout) == (0, f"{site.file}: all is well\n")
    line = site.file.read_text().count("\n") + 1
    site.write(more="[zones.fast]\nrait = 3\n")
    bad = subprocess.run(
        site.command("--check"), env=env, cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert bad.returncode == 1
    assert f"site.toml:{line + 1}: " in bad.stderr
    assert "'rate'" in bad.stderr

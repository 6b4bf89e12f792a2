"""Two tiers, as in production: httpserver in front, wsgi behind it on a Unix socket."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from lessons.book.chapters import all_chapters
from tests.processes import DEADLINE, ROOT, Process, free_port, python, wait_until
from tests.stack.browsing import Client
from tests.stack.test_site import first_poll, run_site, votes
from tests.wsgi.counting import Load

pytestmark = pytest.mark.timeout(120)

CONFIG = """
[upstreams.app]
servers = ["unix:app.sock"]

[[server]]
listen = "127.0.0.1:{port}"

[[server.location]]
path = "/"
proxy = "app"

[[server.location]]
path = "/static/reader/"
alias = "{static}"
"""

COUNTED = """
import os
def app(environ, start_response):
    start_response("200 OK", [])
    client = environ["PATH_INFO"] == "/client"
    return [environ["REMOTE_ADDR"].encode() if client else b"%d" % os.getpid()]
"""


@contextmanager
def gateway(folder: Path, *command: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """wsgi on the socket `app.sock`, until the block ends."""
    path = folder / "app.sock"
    words = [sys.executable, "-m", "wsgi", *command, "--bind", f"unix:{path}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    process = subprocess.Popen(words, cwd=folder, env=environment)
    try:
        wait_until(lambda: answers(path), "the gateway to listen")
        yield process
    finally:
        process.terminate()
        process.wait(DEADLINE)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def front(folder: Path) -> Process:
    port = free_port()
    static = ROOT / "lessons" / "reader" / "static" / "reader"
    (folder / "front.toml").write_text(CONFIG.format(port=port, static=static))
    command = ("-m", "httpserver", "--config", "front.toml")
    return python(*command, port=port, cwd=folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("tiers")
    var = folder / "var"
    var.mkdir()
    with run_site(var, "sqlite"):
        pass  # makes the tables and the questions
    command = ("lessons.wsgi:application", "-w", "2", "--threads", "4")
    with gateway(folder, *command, GLASSTACK_VAR=str(var)), front(folder) as process:
        yield process


def test_the_home_page_lists_the_chapters(site: Process) -> None:
    status, page = Client(site.url).get("/")
    assert status == 200
    assert all(f"/chapters/{chapter.slug}/" in page for chapter in all_chapters())


def test_votes_at_the_same_time_are_all_counted(site: Process) -> None:
    detail = first_poll(Client(site.url))
    before = sum(votes(Client(site.url).get(detail + "results/")[1]))
    with ThreadPoolExecutor(8) as pool:
        voted = pool.map(lambda _: Client(site.url).vote(detail, 0)[0], range(16))
        assert list(voted) == [200] * 16
    assert sum(votes(Client(site.url).get(detail + "results/")[1])) == before + 16


def test_a_vote_without_a_token_is_refused(site: Process) -> None:
    client = Client(site.url)
    assert client.post(first_poll(client) + "vote/", {"choice": "1"})[0] == 403


def test_a_path_without_its_slash_is_redirected_to_the_front(site: Process) -> None:
    status, page = Client(site.url).get("/polls")
    assert status == 200
    assert "Polls" in page


@pytest.mark.parametrize("path", ["/polls/999999/", "/nowhere", "/source/%2e%2e/README.md"])
def test_what_is_not_there_is_404(site: Process, path: str) -> None:
    assert Client(site.url).get(path)[0] in (400, 404)


def test_a_view_that_raises_is_500_and_both_servers_live(site: Process) -> None:
    client = Client(site.url)
    assert client.get("/mistake/")[0] == 500
    assert client.get("/")[0] == 200


def test_the_front_alone_answers_static_files(site: Process) -> None:
    status, text = Client(site.url).get("/static/reader/style.css")
    assert status == 200
    assert "color-scheme" in text


def test_reloads_of_both_tiers_lose_no_request(tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text(COUNTED)
    with (
        gateway(tmp_path, "counted:app", "-w", "2") as behind,
        front(tmp_path) as process,
        Load(process.port) as load,
    ):
        for _ in range(2):
            behind.send_signal(signal.SIGHUP)
            load.wait_new_workers(2)
            process.process.send_signal(signal.SIGHUP)
            load.wait_more(100)
    assert load.lost == []


def test_the_application_sees_the_client_and_not_the_front(tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text(COUNTED)
    with gateway(tmp_path, "counted:app"), front(tmp_path) as process:
        assert process.get("/client") == (200, "127.0.0.1")

"""`python -m httpserver DIR` as one types it, asked by real clients."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from httpserver.__main__ import main
from tests.processes import wait_until

pytestmark = pytest.mark.timeout(60)
DEADLINE = 15.0
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Command:
    """The command in a process of its own; what it says is read line by line, with a limit."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "httpserver", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def line(self) -> str:
        return self.lines.get(timeout=DEADLINE)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Its exit status, and what it said on standard error."""
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE)
        assert self.process.stderr is not None
        return status, self.process.stderr.read()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hello.txt").write_text("Hello, World!\n")
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 4096 * 3)
    (tmp_path / "docs").mkdir()
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def run(*arguments: str) -> Command:
        started.append(Command(str(folder), *arguments))
        return started[-1]

    yield run
    for command in started:
        command.close()


Run = Callable[..., Command]


def greeting(command: Command) -> list[str]:
    lines = [command.line()]
    while not lines[-1].startswith("Ctrl-C"):
        lines.append(command.line())
    return lines


def get(port: int, path: str, **fields: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_it_says_where_it_serves_and_serves_there(run: Run, folder: Path) -> None:
    one, other = free_port(), free_port()
    command = run("--listen", f"127.0.0.1:{one}", "--listen", str(other))
    said = greeting(command)
    assert said[0] == f"Serving {folder} at"
    assert said[1:3] == [f"  http://127.0.0.1:{one}/", f"  http://127.0.0.1:{other}/"]
    for port in (one, other):
        response, body = get(port, "/hello.txt")
        assert (response.status, body) == (200, b"Hello, World!\n")
        line = command.line()
        assert '"GET /hello.txt HTTP/1.1" 200 14 "-"' in line


@pytest.mark.parametrize("options", [(), ("--threads", "2"), ("--workers", "2")])
def test_files_parts_listings_and_errors(run: Run, folder: Path, options: tuple[str, ...]) -> None:
    port = free_port()
    greeting(run("--listen", f"127.0.0.1:{port}", *options))
    whole = (folder / "big.bin").read_bytes()
    assert get(port, "/big.bin")[1] == whole
    response, body = get(port, "/big.bin", Range="bytes=1000000-1999999")
    assert (response.status, body) == (206, whole[1000000:2000000])
    response, body = get(port, "/hello.txt", If_None_Match="*")
    assert (response.status, body) == (304, b"")
    assert b'href="./hello.txt"' in get(port, "/")[1]
    assert get(port, "/docs")[0].getheader("Location") == "/docs/"
    assert get(port, "/%2e%2e/etc/passwd")[0].status == 404


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_resumes_a_download(run: Run, folder: Path, tmp_path: Path) -> None:
    port = free_port()
    greeting(run("--listen", f"127.0.0.1:{port}"))
    whole = (folder / "big.bin").read_bytes()
    partial = tmp_path / "partial"
    partial.write_bytes(whole[:12345])
    url = f"http://127.0.0.1:{port}/big.bin"
    subprocess.run(
        ["curl", "-sSf", "--noproxy", "*", "-C", "-", "-o", partial, url], check=True, timeout=30
    )
    assert partial.read_bytes() == whole


def test_head_ends_with_its_head_on_a_connection_that_stays(run: Run) -> None:
    port = free_port()
    greeting(run("--listen", f"127.0.0.1:{port}"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    for method, expected in (("HEAD", b""), ("GET", b"Hello, World!\n")):
        connection.request(method, "/hello.txt")
        response = connection.getresponse()
        assert response.getheader("Content-Length") == "14"
        assert response.read() == expected
    connection.close()


def test_without_listings_a_folder_shows_nothing(run: Run) -> None:
    port = free_port()
    greeting(run("--listen", f"127.0.0.1:{port}", "--no-listing"))
    assert get(port, "/")[0].status == 404


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_with_a_word_and_without_a_traceback(run: Run, number: signal.Signals) -> None:
    port = free_port()
    command = run("--listen", f"127.0.0.1:{port}")
    greeting(command)
    assert command.end(number) == (0, "")
    assert [command.line(), command.line()] == ["", "Stopped."]


def test_an_idle_connection_does_not_hold_up_the_end(run: Run) -> None:
    port = free_port()
    command = run("--listen", f"127.0.0.1:{port}")
    greeting(command)
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as idle:
        idle.sendall(b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        assert command.end(signal.SIGTERM)[0] == 0


def test_quiet_says_nothing(run: Run) -> None:
    port = free_port()
    command = run("--listen", f"127.0.0.1:{port}", "--quiet")
    for _ in range(1000):  # there is no word to wait for, so the port is asked until it answers
        try:
            assert get(port, "/hello.txt")[0].status == 200
            break
        except ConnectionRefusedError:
            assert command.process.poll() is None
            threading.Event().wait(0.01)
    assert command.end(signal.SIGTERM) == (0, "")
    assert command.lines.empty()


def test_a_port_in_use_gets_a_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main([str(folder), "--listen", f"127.0.0.1:{port}"]) == 1
    said = capsys.readouterr().err
    assert str(port) in said
    assert "in use" in said
    assert "Traceback" not in said


def test_a_folder_that_is_not_there_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["/nowhere/at/all"]) == 1
    assert capsys.readouterr().err == "'/nowhere/at/all' is not a folder to serve files from\n"


@pytest.mark.parametrize(
    ("argument", "hint"),
    [
        ("9000", ". To listen at port 9000: --listen 9000\n"),
        (__file__, f", but a file. It is served with its folder, {os.path.dirname(__file__)!r}\n"),
    ],
)
def test_what_is_no_folder_gets_a_hint(
    argument: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument]) == 1
    assert capsys.readouterr().err.endswith(hint)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--lisen 80", "Did you mean '--listen'?"),
        (". --proxy 127.0.0.1:80", "not both"),
        ("--config site.toml --listen 80", "--config FILE stands alone: 'listen'"),
        ("--certificate a.pem", "--certificate and --key go together"),
        ("--redirect-from 8080", "--redirect-from leads to https://"),
        ("--check", "--config FILE --check"),
    ],
)
def test_a_contradiction_is_named(
    arguments: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments.split())
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_files_that_are_no_certificate_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--certificate", "no.pem", "--key", "no.key"]) == 1
    assert "'no.pem' and 'no.key': no such file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--workers", "0"], ["--threads", "-1"], ["--what"]])
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_hup_loses_no_request(run: Run) -> None:
    port = free_port()
    command = run("--listen", f"127.0.0.1:{port}", "--workers", "2")
    greeting(command)
    for _ in range(3):
        command.process.send_signal(signal.SIGHUP)
        for _ in range(50):
            assert get(port, "/hello.txt")[0].status == 200
    assert command.end(signal.SIGTERM) == (0, "")


def test_a_unix_socket_is_listened_at(
    run: Run, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("s")
    monkeypatch.chdir(place)  # the path of a Unix socket must be short
    command = run("--listen", f"unix:{place}/http")
    assert greeting(command)[1] == f"  unix:{place}/http"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(DEADLINE)
        client.connect("http")
        client.sendall(b"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
    assert command.line().startswith("unix - - [")


def test_a_new_master_has_the_pid_file_and_the_sockets(folder: Path) -> None:
    path, port = folder / "pid", free_port()
    config = folder / "site.toml"
    config.write_text(
        f'pid_file = "{path}"\n[[server]]\nlisten = ["127.0.0.1:{port}"]\n'
        f'[[server.location]]\npath = "/"\nroot = "{folder}"\n'
    )
    command = Command("--config", str(config))
    try:
        greeting(command)
        assert int(path.read_text()) == command.process.pid

        command.process.send_signal(signal.SIGUSR2)
        greeting(command)
        new = int(path.read_text())
        assert new != command.process.pid
        command.process.send_signal(signal.SIGTERM)
        assert command.process.wait(DEADLINE) == 0
        assert int(path.read_text()) == new
        assert get(port, "/hello.txt")[1] == b"Hello, World!\n"
        os.kill(new, signal.SIGTERM)
        wait_until(lambda: not path.exists(), "the file goes with the last master")
    finally:
        if path.exists():
            os.kill(int(path.read_text()), signal.SIGKILL)
        command.close()

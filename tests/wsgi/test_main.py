"""`python -m wsgi` as one types it: real processes, real applications, real clients."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, Process, free_port, python, wait_until
from wsgi.options import parse_arguments

pytestmark = pytest.mark.timeout(90)

HELLO = """
import os, time
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/boom":
        raise ValueError("secret detail")
    if path == "/slow":
        time.sleep(1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello from {os.getpid()} {environ['wsgi.input'].read().decode()}".encode()]
def factory():
    return app
not_callable = 3
"""

FLASK = """
from flask import Flask, request
app = Flask(__name__)
@app.route("/")
def hello():
    return "Hello from Flask"
@app.post("/echo")
def echo():
    return f"{request.form['name']} {request.content_length}"
"""

DJANGO = """
import os
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["127.0.0.1"])
def hello(request):
    return HttpResponse(f"Hello from Django {request.POST.get('name', '')}{len(request.body)}")
urlpatterns = [path("", hello)]
application = get_wsgi_application()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "flask_app.py").write_text(FLASK)
    (tmp_path / "django_app.py").write_text(DJANGO)
    return tmp_path


def serve(application: str, folder: Path, *options: str) -> Process:
    port = free_port()
    arguments = ["-m", "wsgi", application, "--bind", f"127.0.0.1:{port}", *options]
    return python(*arguments, port=port, cwd=folder)


@pytest.mark.parametrize("threads", ["0", "4"])
@pytest.mark.parametrize("name", ["hello:app", "hello", "hello:factory()"])
def test_an_application_is_served(folder: Path, name: str, threads: str) -> None:
    with serve(name, folder, "--threads", threads) as server:
        status, text = server.get("/")
        assert status == 200
        assert text.startswith("hello from")
        wait_until(lambda: f"Serving {name} with 1 worker" in server.output, "the greeting")


def test_flask_runs_unchanged(folder: Path) -> None:
    with serve("flask_app:app", folder) as server:
        assert server.get("/") == (200, "Hello from Flask")
        assert server.get("/echo", b"name=Ada") == (200, "Ada 8")
        assert server.get("/nothing")[0] == 404


def test_django_runs_unchanged(folder: Path) -> None:
    with serve("django_app", folder, "--threads", "2") as server:
        assert server.get("/") == (200, "Hello from Django 0")


@pytest.mark.parametrize(
    ("application", "path", "expected"),
    [("flask_app:app", "/echo", b"Ada 8"), ("hello:app", "/", b"name=Ada")],
)
def test_a_chunked_body_arrives_with_its_length(folder, application, path, expected) -> None:
    with serve(application, folder) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        client.request(
            "POST", path, iter([b"name", b"=Ada"]), encode_chunked=True,
            headers={
                "Transfer-Encoding": "chunked",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )  # fmt: skip
        assert client.getresponse().read().endswith(expected)
        client.close()


def test_an_application_that_raises_gives_500_and_the_server_lives(folder: Path) -> None:
    with serve("hello:app", folder) as server:
        status, text = server.get("/boom")
        assert status == 500
        assert "secret detail" not in text
        assert server.get("/")[0] == 200
        wait_until(lambda: "ValueError: secret detail" in server.output, "the line")


def test_a_malformed_request_gets_400_and_the_connection_is_closed(folder: Path) -> None:
    with serve("hello:app", folder) as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")  # fmt: skip
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"Connection: close" in answer
        assert server.get("/")[0] == 200


def test_several_workers_answer(folder: Path) -> None:
    with serve("hello:app", folder, "--workers", "2") as server:
        seen: set[str] = set()

        def both() -> bool:
            seen.add(server.get("/")[1])
            return len(seen) == 2

        wait_until(both, "both workers to answer")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_a_signal_ends_it_cleanly(folder: Path, number: signal.Signals) -> None:
    with serve("hello:app", folder, "--workers", "2", "--threads", "2") as server:
        server.get("/")
        server.process.send_signal(number)
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.output


def test_term_answers_what_was_asked(folder: Path) -> None:
    with serve("hello:app", folder, "--threads", "2") as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        client.request("GET", "/")
        client.getresponse().read()  # now the connection is the worker's
        client.request("GET", "/slow")
        server.process.terminate()
        response = client.getresponse()
        assert response.status == 200
        assert response.read().startswith(b"hello")
        client.close()
        assert server.process.wait(20) == 0


def test_hup_loads_the_new_code(folder: Path) -> None:
    with serve("hello:app", folder) as server:
        (folder / "hello.py").write_text(HELLO.replace("hello from", "bonjour de"))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.get("/")[1].startswith("bonjour"), "the new code")


PAGE = {"Accept": "text/html,*/*;q=0.8"}


@pytest.mark.parametrize("watching", ["watchfiles", "polling"])
def test_reload_sees_a_change_shows_a_mistake_and_gets_well(folder: Path, watching: str) -> None:
    if watching == "polling":
        (folder / "watchfiles.py").write_text("raise ImportError('it is not installed')")
    with serve("hello:app", folder, "--reload") as server:
        source = folder / "hello.py"
        source.write_text("def app(:\n    pass  # <mistake>\n")
        wait_until(lambda: server.get("/", **PAGE)[0] == 500, "the error page")
        page = server.get("/", **PAGE)[1]
        assert "SyntaxError" in page
        assert "<mark>   1  def app(:</mark>" in page
        assert "# &lt;mistake&gt;" in page
        assert server.get("/")[1].startswith("hello")  # what asks for no page has the old code

        source.write_text("import nothing_of_that_name\n")
        wait_until(lambda: "nothing_of_that_name" in server.get("/", **PAGE)[1], "the next error")

        source.write_text(HELLO.replace("hello from", "bonjour de  "))
        wait_until(lambda: server.get("/")[1].startswith("bonjour"), "the mended code")
        wait_until(lambda: server.get("/", **PAGE)[0] == 200, "pages as before")


def test_reload_waits_for_an_application_that_was_broken_from_the_start(folder: Path) -> None:
    source = folder / "hello.py"
    source.write_text("1 / 0\n")
    with serve("hello:app", folder, "--reload") as server:
        status, page = server.get("/", **PAGE)
        assert (status, "ZeroDivisionError" in page) == (500, True)
        assert server.get("/") == (500, "The application cannot be imported. The log says why.\n")
        source.write_text(HELLO)
        wait_until(lambda: server.get("/")[1].startswith("hello"), "the mended code")


def test_static_folders_come_first_and_the_application_gets_the_rest(folder: Path) -> None:
    for name, text in (("one", "first"), ("two", "second")):
        (folder / name).mkdir()
        (folder / name / "a.txt").write_text(text)
    (folder / "two" / "b.txt").write_text("only in two")
    options = ["--static", "/static/=one", "--static", "/static/=two"]
    with serve("hello:app", folder, *options) as server:
        assert server.get("/static/a.txt") == (200, "first")
        assert server.get("/static/b.txt") == (200, "only in two")
        assert server.get("/static/c.txt")[1].startswith("hello")
        assert server.get("/static/../hello.py")[1].startswith("hello from")


@pytest.mark.parametrize(
    ("application", "message"),
    [
        ("hello:ap", "module 'hello' has no attribute 'ap'. Did you mean 'app'?"),
        ("helo:app", "there is no module 'helo'"),
        ("hello:not_callable", "which is not callable"),
        ("hello:app:x", "does not name an application"),
    ],
)
def test_an_application_that_is_not_there_is_said_in_a_sentence(folder, application, message):
    result = subprocess.run(
        [sys.executable, "-m", "wsgi", application, "--bind", "127.0.0.1:0"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert result.returncode == 3
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_said_in_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = subprocess.run(
            [sys.executable, "-m", "wsgi", "hello:app", "--bind", address],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
    assert result.returncode == 1
    assert "in use" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["a:b", "--workers", "0"], ["a:b", "--static", "nonsense"], ["a:b", "--keep-alive", "x"]],
    ids=str,
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        parse_arguments(arguments)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err

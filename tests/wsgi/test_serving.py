"""What the settings of `python -m wsgi` do to real processes."""

import http.client
import importlib
import os
import pwd
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.processes import ROOT, Process, free_port, python, wait_until
from wsgi.config import Config
from wsgi.rights import Identity
from wsgi.serving import Plan, visit

pytestmark = pytest.mark.timeout(90)

TELLING = """
import os
def app(environ, start_response):
    if environ["PATH_INFO"] == "/exit":
        os._exit(7)
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Cache", "hit")])
    found = os.environ.get("GREETING", "none"), os.getcwd(), os.getuid(), os.getpid()
    return [" ".join(map(str, (*found, environ["wsgi.url_scheme"]))).encode()]
"""

FLASK = """
from flask import Flask
app = Flask(__name__)
@app.route("/")
def hello():
    return f"Flask in {__name__}, {app.root_path}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "telling.py").write_text(TELLING)
    return tmp_path


def serve(folder: Path, *options: object, cwd: Path | None = None, **more: object) -> Process:
    port = free_port()
    words = [str(option) for option in options]
    command = ["-m", "wsgi", "telling:app", "--bind", f"127.0.0.1:{port}", *words]
    return python(*command, port=port, cwd=cwd or folder, **more)


def reload(server: Process) -> None:
    # A master that does not know yet that its workers serve would take it for the first start.
    wait_until(lambda: "Ctrl-C stops." in server.output, "the greeting")
    server.process.send_signal(signal.SIGHUP)


def run(folder: Path, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """For what ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "wsgi", *map(str, words)],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip


# --- The application's surroundings -----------------------------------------------------------


def test_it_finds_the_application_with_its_environment_and_modules(folder: Path) -> None:
    (folder / "site").mkdir()
    (folder / "library").mkdir()
    (folder / "library" / "helper.py").write_text("")
    (folder / "site" / "telling.py").write_text("import helper\n" + TELLING)
    (folder / "telling.py").unlink()
    options = ("--chdir", "site", "--pythonpath", "library", "-e", "GREETING=hi")
    with serve(folder, *options) as server:
        assert server.get("/")[1].startswith(f"hi {folder / 'site'} ")


def test_glasstack_wsgi_serves_flask_from_a_file_called_wsgi(folder: Path) -> None:
    (folder / "wsgi.py").write_text(FLASK)
    command = folder / "bin" / "glasstack"  # as an installer writes it
    command.parent.mkdir()
    command.write_text("import sys\nfrom lessons.__main__ import main\nsys.exit(main())\n")
    port = free_port()
    words = [str(command), "wsgi", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--reload"]
    with python(*words, port=port, cwd=folder) as server:
        assert server.get("/") == (200, f"Flask in wsgi, {folder}")
        (folder / "wsgi.py").write_text(FLASK.replace("Flask in", "Changed in"))
        wait_until(lambda: server.get("/")[1].startswith("Changed"), "the change")


def test_preload_loads_once_for_all_workers(folder: Path) -> None:
    loads = folder / "loads.txt"
    (folder / "telling.py").write_text(f"open({str(loads)!r}, 'a').write('x')\n{TELLING}")
    with serve(folder, "--preload", "--workers", 2) as server:
        reload(server)
        wait_until(lambda: "the new workers serve" in server.output, "the reload")
        assert loads.read_text() == "x"


def test_an_application_that_cannot_be_preloaded_ends_it_with_3(folder: Path) -> None:
    (folder / "telling.py").write_text("1 / 0\n")
    result = run(folder, "telling:app", "--preload", "--bind", "127.0.0.1:0")
    assert result.returncode == 3
    assert "ZeroDivisionError" in result.stderr


# --- The file ---------------------------------------------------------------------------------


def test_hup_reads_the_file_again_and_a_mistake_in_it_changes_nothing(folder: Path) -> None:
    file = folder / "site.toml"
    file.write_text('env = ["GREETING=one"]\n')
    with serve(folder, "--config", "site.toml", "--chdir", "/", "--pythonpath", folder) as server:
        greeting, _, _, old, _ = server.get("/")[1].split()
        assert greeting == "one"
        file.write_text('env = ["GREETING=two"]\nworkers = 2\n')
        reload(server)
        wait_until(lambda: not Path("/proc", old).exists(), "the end of the old worker")
        assert server.get("/")[1].startswith("two ")
        file.write_text("\nworkers = 0\n")
        reload(server)
        wait_until(lambda: f"{file}:2: workers: expected" in server.output, "the mistake")
        assert server.get("/")[1].startswith("two ")


def test_a_file_with_a_mistake_ends_it_with_1(folder: Path) -> None:
    (folder / "site.toml").write_text("workers = 0\n")
    result = run(folder, "telling:app", "--config", "site.toml")
    assert result.returncode == 1
    assert result.stderr.startswith(f"{folder}/site.toml:1: workers: expected")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["telling:app"], 0, "telling:app: all is well\n"),
        (["telling:ap"], 3, "module 'telling' has no attribute 'ap'. Did you mean 'app'?\n"),
        (["telling:app", "--post-fork", "telling:ap"], 3, "--post-fork: module 'telling' has no"),
        (["telling:app", "--certfile", "telling.py"], 1, "expected PEM files"),
    ],
    ids=["all is well", "no attribute", "no hook", "no certificate"],
)
def test_check_config_says_what_would_happen(folder, words, status: int, message: str) -> None:
    result = run(folder, *words, "--check-config")
    assert (result.returncode, (result.stdout + result.stderr)[: len(message)]) == (status, message)


# --- Sockets ----------------------------------------------------------------------------------


def test_it_speaks_tls(folder: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "site.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with serve(folder, "--certfile", "site.pem") as server:
        client = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=20)
        client.request("GET", "/")
        assert client.getresponse().read().endswith(b" https")
        client.close()
        wait_until(lambda: f"https://127.0.0.1:{server.port}/" in server.output, "the line")


def test_umask_says_who_may_use_a_unix_socket(folder: Path) -> None:
    path = folder / "site.sock"
    with serve(folder, "--bind", f"unix:{path}", "--umask", "007"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    assert not path.exists()


def test_sockets_that_were_opened_for_us_are_used(folder: Path) -> None:
    """As systemd does: from descriptor 3 on, for the process LISTEN_PID."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = (
            f"import os; os.dup2({listener.fileno()}, 3);"
            "os.environ |= {'LISTEN_FDS': '1', 'LISTEN_PID': str(os.getpid())};"
            f"os.execv({sys.executable!r}, ['python', '-m', 'wsgi', 'telling:app'])"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=folder, pass_fds=[listener.fileno()],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        client.request("GET", "/")  # it waits in the socket's queue until we serve
        assert client.getresponse().status == 200
        client.close()
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_a_field_that_is_too_long_is_refused(folder: Path) -> None:
    with serve(folder, "--limit-request-field_size", 100) as server:
        assert server.get("/", **{"X-Long": "x" * 90})[0] == 200
        assert server.get("/", **{"X-Long": "x" * 100})[0] == 431


# --- Processes --------------------------------------------------------------------------------


def test_max_requests_replaces_the_worker(folder: Path) -> None:
    with serve(folder, "--max-requests", 3, "--max-requests-jitter", 2) as server:
        first = server.get("/")[1]
        wait_until(lambda: server.get("/")[1] != first, "another worker's answer")


def test_the_pid_file_is_the_masters_while_it_lives(folder: Path) -> None:
    file = folder / "site.pid"
    with serve(folder, "-p", "site.pid") as server:
        assert file.read_text() == f"{server.process.pid}\n"
        other = run(folder, "telling:app", "--bind", "127.0.0.1:0", "-p", "site.pid")
        assert other.returncode == 1
        assert f"process {server.process.pid}, which is running" in other.stderr
    assert not file.exists()


def test_usr2_starts_a_master_on_the_same_sockets_which_gets_the_pid_file(folder: Path) -> None:
    file = folder / "site.pid"
    options = ("--pid", "site.pid", "--chdir", "/", "--pythonpath", folder)
    with serve(folder, *options) as server:
        server.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: server.output.count("Serving ") == 2, "the new master")
        new = int(file.read_text())
        try:
            assert new != server.process.pid
            assert (folder / "site.pid.oldbin").read_text() == f"{server.process.pid}\n"
            server.process.terminate()
            assert server.process.wait(20) == 0
            assert server.get("/")[0] == 200
            assert [path.name for path in folder.glob("site.pid*")] == ["site.pid"]
        finally:
            os.kill(new, signal.SIGTERM)
            wait_until(lambda: not file.exists(), "its end")


def test_the_hooks_are_called_with_master_and_worker(folder: Path) -> None:
    (folder / "site").mkdir()
    (folder / "site" / "hooks.py").write_text(
        "import os, pathlib\n"
        "LOADED_BY = os.getpid()\n"
        "def tell(name, master, worker=None):\n"
        "    about = 'master' if os.getpid() == int(os.environ['MASTER']) else 'worker'\n"
        "    about += '' if os.getpid() == LOADED_BY else ' with inherited code'\n"
        "    number = worker.number if worker else 0\n"
        "    with open(os.environ['NOTES'], 'a') as notes:\n"
        "        notes.write(f'{name} {about} {number} {type(master).__name__}\\n')\n"
        "def ready(master):\n    tell('ready', master)\n"
        "def fork(master, worker):\n"
        "    os.environ.setdefault('MASTER', str(os.getppid()))\n"
        "    tell('fork', master, worker)\n"
        "def leave(master, worker):\n    tell('exit', master, worker)\n"
    )
    notes = folder / "notes.txt"
    options = ("--when-ready", "hooks:ready", "--post-fork", "hooks:fork")
    hooks = (*options, "--worker-exit", "hooks:leave", "--chdir", "site")
    start = f"import os; os.environ['MASTER'] = str(os.getpid()); {START}"
    port = free_port()
    words = ("-c", start, "telling:app", "--bind", f"127.0.0.1:{port}", *hooks)
    with python(*words, port=port, cwd=folder, env={"NOTES": str(notes)}) as server:
        wait_until(lambda: "ready" in notes.read_text(), "the first hook")
        server.process.terminate()
        assert server.process.wait(20) == 0
    lines = ["fork worker 1 Master", "ready master 0 Master", "exit worker 1 Master"]
    assert sorted(notes.read_text().splitlines()) == sorted(lines)


@pytest.mark.parametrize("preload", [False, True])
def test_the_master_keeps_nothing_of_what_it_has_imported(folder, monkeypatch, preload) -> None:
    for package in ("visited_package", "visited_folder"):
        (folder / package).mkdir()
        (folder / package / "module.py").write_text("")
    (folder / "visited_package" / "__init__.py").touch()
    (folder / "visited_library" / "site-packages").mkdir(parents=True)
    (folder / "visited_library" / "site-packages" / "visited_installed.py").touch()
    monkeypatch.setenv("VISITED_BEFORE", "before")
    config = Config(
        application="telling:app", chdir=folder, preload=preload,
        pythonpath=(folder / "visited_library" / "site-packages",),
        env=("VISITED=now", "VISITED_BEFORE=now"),
    )  # fmt: skip
    before = os.getcwd(), sys.path.copy(), os.environ.copy()
    sys.modules["visited_package"] = sys  # what is there by the name, as our own `wsgi` is
    try:
        with visit(config):
            del sys.modules["visited_package"]
            assert (os.environ["VISITED"], os.environ["VISITED_BEFORE"]) == ("now", "now")
            for name in ("visited_package", "visited_folder"):
                importlib.import_module(f"{name}.module")
            importlib.import_module("visited_installed")
        assert (os.getcwd(), sys.path, os.environ) == before
        left = {name for name in sys.modules if name.startswith("visited_")}
        theirs = {"visited_package", "visited_folder"}
        theirs |= {f"{name}.module" for name in theirs}
        assert left == {"visited_installed"} | (theirs if preload else set())
    finally:
        for name in [name for name in sys.modules if name.startswith("visited_")]:
            del sys.modules[name]


def test_a_plan_that_nobody_needs_lets_go_of_its_files(folder: Path) -> None:
    config = Config(
        application="a:b", access_log=str(folder / "access"), error_log=str(folder / "error")
    )
    before = len(os.listdir("/dev/fd"))
    plan = Plan(config)
    assert len(os.listdir("/dev/fd")) == before + 2
    del plan
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no abstract names")
def test_a_socket_without_a_file_has_none_to_be_given_away(folder: Path) -> None:
    plan = Plan(Config(application="a:b"))
    plan.identity = Identity(os.geteuid(), os.getegid(), "")
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as removed:
        abstract.bind("\0" + str(folder))
        removed.bind(str(folder / "s"))
        (folder / "s").unlink()
        plan.give_files([abstract, removed])


START = "from wsgi.__main__ import main; raise SystemExit(main())"


# --- Logs and rights --------------------------------------------------------------------------


def test_the_access_log_has_gunicorns_letters(folder: Path) -> None:
    form = "%(m)s %(U)s %(s)s %({X-Cache}o)s"
    with serve(folder, "--access-log", "access.log", "--access-log-format", form) as server:
        server.get("/a?b")
        log = folder / "access.log"
        wait_until(lambda: "GET /a 200 hit\n" in log.read_text(), "the line")
        assert "GET /a" not in server.output


def test_the_error_log_is_a_file_of_its_level(folder: Path) -> None:
    (folder / "telling.py").write_text(
        "def app(environ, start_response):\n"
        "    print('told', 'by the application', file=environ['wsgi.errors'])\n"
        "    start_response('200 OK', [])\n    return []\n"
    )
    with serve(folder, "--error-log", "error.log", "--log-level", "debug", "-m", "027") as server:
        log = folder / "error.log"
        assert stat.S_IMODE(log.stat().st_mode) == 0o640
        assert "told by the application\n" in log.read_text()
        assert "told by" not in server.output
        reload(server)
        wait_until(lambda: "the new workers serve" in log.read_text(), "its lines")
        assert "DEBUG" in log.read_text()
        assert "the new workers serve" not in server.output


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that everybody can read: pytest's own are closed to all others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "telling.py").write_text(TELLING)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_the_workers_are_somebody_else_and_can_open_their_logs_anew(
    open_folder: Path,
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    log, sock = open_folder / "access.log", open_folder / "site.sock"
    options = ("-u", "nobody", "--access-log", "access.log", "--bind", f"unix:{sock}")
    with serve(open_folder, *options, "-p", "site.pid") as server:
        assert f" {nobody} " in server.get("/")[1]
        assert (log.stat().st_uid, sock.stat().st_uid) == (nobody, nobody)
        assert (open_folder / "site.pid").stat().st_uid == 0
        wait_until(lambda: "GET / " in log.read_text(), "its line")

        log.rename(open_folder / "old.log")
        server.process.send_signal(signal.SIGUSR1)
        # The folder is root's: the master makes the file.
        wait_until(lambda: log.exists() and log.stat().st_uid == nobody, "the new file")
        wait_until(lambda: server.get("/new") and "GET /new" in log.read_text(), "its line")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_after_a_reload_it_is_the_new_log_that_is_opened_anew(open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    config, log = open_folder / "wsgi.toml", open_folder / "new.log"
    config.write_text("access_log = 'old.log'")
    with serve(open_folder, "-u", "nobody", "--config", "wsgi.toml") as server:
        config.write_text("access_log = 'new.log'")
        server.process.send_signal(signal.SIGHUP)
        wait_until(
            lambda: server.get("/") and log.exists() and "GET / " in log.read_text(), "its line"
        )
        log.rename(open_folder / "renamed.log")
        server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: log.exists() and log.stat().st_uid == nobody, "the new file")
        wait_until(lambda: server.get("/new") and "GET /new" in log.read_text(), "its line")

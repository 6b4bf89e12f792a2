"""A worker process, seen from inside: from the fork to the exit.

No step of the trip: the process in which the trip takes place. The master (master.py)
forks it; what it runs is a function of one argument, a `Worker`. This is agreed:

- ready: the worker says when it serves, and only then does an old one have to go;
- spent: it says when it would like to be replaced, and serves until another one does;
- the pulse: a number that changes while it works, see pulse.py; ABRT: write all stacks and end;
- TERM: finish what is in flight, then return from the function;
- USR1: open the log files anew;
- the lifeline: a pipe that nobody writes to. Its other end is held by the master alone, so
  it reads as ended when the master has gone, however it went; `kill -9` leaves no orphans.

In Gunicorn: gunicorn/workers/base.py.
"""

import faulthandler
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import NoReturn, Protocol

from httpserver.limits import Limits
from httpserver.logs import close_logs, error_log_fileno
from httpserver.pulse import ASLEEP, BOOTING, Pulse

logger = logging.getLogger(__name__)

BOOT_FAILED = 3  # the exit status of a worker that could not start; in Gunicorn too

# Worker processes of one master at a time, with those that drain still: what workers count
# in shared memory has as many columns.
SLOTS = 256

# What the master tells a worker, and what a terminal may tell the whole group of processes.
TOLD = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1)

# What is the master's alone to understand, also where all processes are told: by a terminal, by
# `systemctl kill`.
NOT_OURS = (signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU)

READY, SPENT = b"!", b"."  # what a worker reports

FILES_OF_A_WORKER = 64  # open descriptors besides those of clients: code, logs, listeners
FILES_OF_A_CLIENT = 2  # the socket, and the file, the body on disk or the upstream of a request


class BootError(Exception):
    """What the worker is to run cannot be loaded; the message is for whoever started it.

    It is logged without a traceback, and where no worker ever came up the master gives up.
    """


class Worker:
    """What a worker is told by its master, and what it may tell it."""

    def __init__(
        self,
        number: int,
        slot: int,
        listeners: Sequence[socket.socket],
        graceful_timeout: float,
        lifeline: int,
        reports: int,
        pulse: Pulse | None = None,
    ) -> None:
        self.number = number  # 1, 2, 3...: never given twice
        self.slot = slot  # 0, 1, 2...: the smallest that no living worker has, below SLOTS
        self.listeners = listeners
        self.graceful_timeout = graceful_timeout
        self.is_ready = False
        self.pulse: Pulse = [BOOTING] if pulse is None else pulse
        self._lifeline = lifeline
        self._reports = reports
        self._on_orphaned: Callable[[], object] | None = None

    def ready(self) -> None:
        """Tell the master that this worker serves."""
        if not self.is_ready:
            self.is_ready = True
            self.pulse[0] = ASLEEP
            os.write(self._reports, READY)

    def spent(self) -> None:
        """Ask to be replaced. The master tells TERM when another worker serves."""
        try:
            os.write(self._reports, SPENT)
        except OSError:
            pass  # the master has gone, which the lifeline tells

    def when_orphaned(self, callback: Callable[[], object]) -> None:
        """Call this (on a thread of its own) when the master has gone without a word.

        The process ends `graceful_timeout` seconds later at the latest. Without a callback
        it ends at once.
        """
        self._on_orphaned = callback

    def hold_lifeline(self) -> None:
        """Watch from a thread, which sleeps in the kernel until there is something to see."""
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def _watch(self) -> None:
        while os.read(self._lifeline, 1):
            pass
        logger.error("worker %d: the master has gone", self.number)
        if self._on_orphaned is not None:
            self._on_orphaned()
            time.sleep(self.graceful_timeout)
        os._exit(1)


RunWorker = Callable[[Worker], None]


@dataclass(frozen=True, slots=True)
class Hooks:
    """What others have a worker call."""

    on_reopen: Callable[[], object] | None = None  # at USR1
    worker_exit: Callable[[Worker], object] | None = None  # last of all, unless it is killed


class Runnable(Protocol):
    """What `serve` needs of a server."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


def serve(make_server: Callable[[Sequence[socket.socket]], Runnable]) -> RunWorker:
    """A function for `Master`: in each worker, make a server of the listeners and run it.

    What takes long or may fail (loading the application) belongs in `make_server`: until
    it has returned, the worker is not counted as serving. A server may have a method
    `report_to(worker)`, as `Server` has, which is called before.
    """

    def run_worker(worker: Worker) -> None:
        server = make_server(worker.listeners)

        def stop(number: int, frame: FrameType | None) -> None:
            server.stop()

        if hasattr(server, "report_to"):
            server.report_to(worker)
        signal.signal(signal.SIGTERM, stop)
        worker.when_orphaned(server.stop)
        worker.ready()
        server.run()

    return run_worker


def run_in_child(
    run_worker: RunWorker,
    worker: Worker,
    held: Iterable[int],
    hooks: Hooks,
    leave: Callable[[], object],
) -> NoReturn:
    """The whole life of a child after the fork. It must never return into the master's code.

    `held` are the signals that wait until now, `leave()` gives up what is the master's.
    """
    status = 1

    def take_leave() -> None:
        nonlocal hooks
        callback, hooks = hooks.worker_exit, Hooks()  # once, whatever comes in between
        if callback is not None:
            try:
                callback(worker)
            except BaseException:  # SystemExit, too: what is logged is not written yet
                logger.exception("%r failed", callback)

    try:
        leave()
        faulthandler.enable(error_log_fileno())
        _own_signals(held, hooks.on_reopen, take_leave)
        worker.hold_lifeline()
        run_worker(worker)
        status = 0
    except BootError as error:
        for line in str(error).splitlines():
            logger.error("%s", line)
        status = BOOT_FAILED
    except SystemExit as stop:
        status = _exit_status(stop)
        if status != 0 and not worker.is_ready:
            status = BOOT_FAILED
    except BaseException:
        logger.exception("worker %d failed", worker.number)
        status = 1 if worker.is_ready else BOOT_FAILED
    finally:
        try:
            take_leave()
            _flush()
        finally:
            os._exit(status)  # not sys.exit: the master's `finally` blocks are not ours to run


def _own_signals(
    held: Iterable[int],
    on_reopen: Callable[[], object] | None = None,
    take_leave: Callable[[], object] | None = None,
) -> None:
    """The child hears signals by itself now, those first that came during the fork.

    Ctrl-C and a closed terminal reach every process of the group; the master alone decides
    what they mean, so the worker is deaf to both. QUIT is the master's "at once". TERM ends
    a worker that does not serve yet: it has no client.
    """

    def quit_now(number: int, frame: FrameType | None) -> None:
        """End here. An exception could be caught by whatever runs now, an application even."""
        try:
            if take_leave is not None:
                take_leave()
            _flush()
        finally:
            os._exit(0)

    def reopen(number: int, frame: FrameType | None) -> None:
        if on_reopen is not None:
            reopen_logs(on_reopen)

    def let_go() -> None:
        """In a process that the application forks (multiprocessing): it is no worker, and whoever
        tells it to end means just that."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)

    for number in held:
        signal.signal(number, signal.SIG_DFL)
    for number in NOT_OURS:
        # Not SIG_IGN, which a program that the application starts would inherit.
        signal.signal(number, _pass_over)
        signal.siginterrupt(number, False)
    signal.signal(signal.SIGQUIT, quit_now)
    signal.signal(signal.SIGUSR1, reopen)
    os.register_at_fork(after_in_child=let_go)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, held)


def _pass_over(number: int, frame: FrameType | None) -> None:
    """What a worker does at a signal that is its master's."""


def reopen_logs(on_reopen: Callable[[], object]) -> None:
    """Call it. A log that cannot be opened again is no reason to end a process that serves."""
    try:
        on_reopen()
    except Exception as error:
        logger.error("the logs were not opened anew: %s", error)


def _exit_status(stop: SystemExit) -> int:
    """As the interpreter would: None is 0, a number itself, anything else a message and 1."""
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    print(stop.code, file=sys.stderr)
    return 1


def _flush() -> None:
    close_logs()  # `os._exit` asks nobody else
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError):
            pass  # closed, or (in a signal handler) in the middle of a write


def raise_file_limit(connections: int) -> int:
    """Have the system allow as many open files as that many clients need.

    Returns how many clients it allows, `connections` at most: with more, accept() would fail
    in the middle of the work (EMFILE). In Nginx: worker_rlimit_nofile.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = FILES_OF_A_WORKER + FILES_OF_A_CLIENT * connections
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
            soft = needed
        except (OSError, ValueError):
            pass  # macOS has one more limit, below a hard one that says "unlimited"
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, (soft - FILES_OF_A_WORKER) // FILES_OF_A_CLIENT))


def within_files(limits: Limits) -> Limits:
    """The limits, with no more connections than the system allows open files for."""
    allowed = raise_file_limit(limits.connections)
    if allowed < limits.connections:
        logger.warning(
            "the system allows files for %d connections, not for %d", allowed, limits.connections
        )
        return replace(limits, connections=allowed)
    return limits

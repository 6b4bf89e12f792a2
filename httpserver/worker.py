"""A worker process, seen from inside: from the fork to the exit.

No step of the trip: the process in which the trip takes place. The master (master.py)
forks it; what it runs is a function of one argument, a `Worker`. Three things are agreed:

- ready: the worker says when it serves, and only then does an old one have to go;
- TERM: finish what is in flight, then return from the function;
- the lifeline: a pipe that nobody writes to. Its other end is held by the master alone, so
  it reads as ended when the master has gone, however it went; `kill -9` leaves no orphans.

In Gunicorn: gunicorn/workers/base.py.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import NoReturn, Protocol

logger = logging.getLogger(__name__)

BOOT_FAILED = 3  # the exit status of a worker that could not start; in Gunicorn too


class BootError(Exception):
    """What the worker is to run cannot be loaded; the message is for whoever started it.

    It is logged without a traceback, and where no worker ever came up the master gives up.
    """


class Worker:
    """What a worker is told by its master, and what it may tell it."""

    def __init__(
        self,
        number: int,
        listeners: Sequence[socket.socket],
        graceful_timeout: float,
        lifeline: int,
        reports: int,
    ) -> None:
        self.number = number  # 1, 2, 3...: never given twice
        self.listeners = listeners
        self.graceful_timeout = graceful_timeout
        self.is_ready = False
        self._lifeline = lifeline
        self._reports = reports
        self._on_orphaned: Callable[[], object] | None = None

    def ready(self) -> None:
        """Tell the master that this worker serves."""
        if not self.is_ready:
            self.is_ready = True
            os.write(self._reports, b"!")
            os.close(self._reports)

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


class Runnable(Protocol):
    """What `serve` needs of a server."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


def serve(make_server: Callable[[Sequence[socket.socket]], Runnable]) -> RunWorker:
    """A function for `Master`: in each worker, make a server of the listeners and run it.

    What takes long or may fail (loading the application) belongs in `make_server`: until
    it has returned, the worker is not counted as serving.
    """

    def run_worker(worker: Worker) -> None:
        server = make_server(worker.listeners)

        def stop(number: int, frame: FrameType | None) -> None:
            server.stop()

        signal.signal(signal.SIGTERM, stop)
        worker.when_orphaned(server.stop)
        worker.ready()
        server.run()

    return run_worker


def run_in_child(
    run_worker: RunWorker, worker: Worker, blocked: Iterable[signal.Signals]
) -> NoReturn:
    """The whole life of a child after the fork. It must never return into the master's code."""
    status = 1
    try:
        _own_signals(blocked)
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
        _flush()
        os._exit(status)  # not sys.exit: the master's `finally` blocks are not ours to run


def _own_signals(blocked: Iterable[signal.Signals]) -> None:
    """The child hears signals by itself now.

    Ctrl-C and a closed terminal reach every process of the group; the master alone decides
    what they mean, so the worker is deaf to both. QUIT is the master's "at once".
    """
    for number in blocked:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, _quit)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)


def _quit(number: int, frame: FrameType | None) -> None:
    """End here. An exception could be caught by whatever runs now, an application even."""
    _flush()
    os._exit(0)


def _exit_status(stop: SystemExit) -> int:
    """As the interpreter would: None is 0, a number itself, anything else a message and 1."""
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    print(stop.code, file=sys.stderr)
    return 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError):
            pass  # closed, or (in a signal handler) in the middle of a write

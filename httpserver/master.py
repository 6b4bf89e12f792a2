"""The master: it forks the workers, watches over them, and hears the signals.

No step of the trip, but what lets the trip go on when a worker dies, when the code is
renewed, when the machine is shut down. The master itself never runs a handler: what runs
no one's code is hard to kill. The listening sockets are opened before the fork, so all
workers accept from the same queue, and no connection is lost while one of them is replaced.

    def make_server(listeners):
        return Server(handler, listeners)

    status = Master(serve(make_server), [listen("127.0.0.1:8080")], workers=2).run()

Its form is the arbiter's in Gunicorn: one loop, one queue of signals, a table from signal
to method (gunicorn/arbiter.py).  In Nginx: ngx_process_cycle.c.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import FrameType
from typing import Any

from httpserver.worker import BOOT_FAILED, BootError, RunWorker, Worker, run_in_child, serve

__all__ = ["BOOT_FAILED", "BootError", "Master", "Worker", "serve"]

logger = logging.getLogger(__name__)

STOP_SECONDS = 1.0  # for workers told to stop at once, before they are killed
SHORT_LIFE = 1.0  # a worker that dies younger than this counts as dying at once
FIRST_DELAY, LONGEST_DELAY = 0.1, 30.0  # before the next try, doubled at each failure


SignalHandler = Callable[[int, FrameType | None], Any] | int | None  # as signal.signal has it


class State(Enum):
    SERVING = auto()
    DRAINING = auto()  # no new connections; what is in flight is finished
    STOPPING = auto()  # at once


@dataclass
class Child:
    """What the master knows of one worker process."""

    number: int
    pid: int
    generation: int
    reports: int  # the descriptor on which it says that it is ready
    started: float
    is_ready: bool = False
    deadline: float | None = None  # told to go; killed when still there at this time


class Master:
    """Keeps `workers` processes running `run_worker`, until a signal ends it.

    `run_worker(worker)` runs in each child; `serve` makes one from a factory of servers.
    `on_ready()` is called once, in the master, when all the first workers serve.
    `graceful_timeout` is how long a draining worker may take, in seconds. `signals` maps
    signals to methods; by default as Gunicorn does:

    TERM  drain: finish what is in flight, then end; a second one stops at once
    INT, QUIT  stop at once
    HUP  new workers first, then drain the old ones
    TTIN, TTOU  one worker more, one less
    CHLD  a worker has ended
    """

    def __init__(
        self,
        run_worker: RunWorker,
        listeners: Sequence[socket.socket],
        workers: int = 1,
        *,
        graceful_timeout: float = 30.0,
        on_ready: Callable[[], None] | None = None,
        signals: Mapping[signal.Signals, Callable[["Master"], None]] | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"a master needs at least one worker, not {workers}")
        self._run_worker = run_worker
        self._listeners = list(listeners)
        self._wanted = workers
        self._graceful_timeout = graceful_timeout
        self._on_ready = on_ready
        self._signals = dict(SIGNALS if signals is None else signals)

        self._state = State.SERVING
        self._status = 0
        self._children: dict[int, Child] = {}
        self._generation = 0
        self._born = 0  # workers ever started: each has its number
        self._was_ready = False  # any worker, ever
        self._failures = 0  # workers in a row that died at once
        self._next_fork = 0.0

    def run(self) -> int:
        """Serve until a signal says stop. Returns the exit status of the process.

        0 after a stop by signal; BOOT_FAILED (3) when no worker ever came up.
        """
        self._selector = selectors.DefaultSelector()
        self._lifeline, lifeline_end = os.pipe()  # open for as long as we live: see worker.py
        self._lifeline_end = lifeline_end
        previous = self._listen_to_signals()
        try:
            while self._state is State.SERVING or self._children:
                self._keep_staffed()
                self._kill_the_late()
                self._wait()
                self._reap()
        finally:
            self._stop_listening(previous)
            os.close(self._lifeline)
            os.close(lifeline_end)
            self._selector.close()
        return self._status

    # The queue of signals

    def _listen_to_signals(self) -> dict[signal.Signals, SignalHandler]:
        """From here on each signal is one byte, its number, in a socket of our own.

        The kernel interrupts anywhere; the byte waits until the loop comes round. So no
        method below is ever interrupted by another.
        """
        self._signal_reader, self._signal_writer = socket.socketpair()
        self._signal_reader.setblocking(False)
        self._signal_writer.setblocking(False)
        signal.set_wakeup_fd(self._signal_writer.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._signal_reader, selectors.EVENT_READ, self._hear)
        # With a handler in place the wake-up byte is written; the handler has nothing to do.
        return {number: signal.signal(number, _nothing) for number in self._signals}

    def _stop_listening(self, previous: Mapping[signal.Signals, SignalHandler]) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in previous.items():
            # None: it was set by something else than Python, and is not ours to restore.
            if handler is not None:
                signal.signal(number, handler)
        self._signal_reader.close()
        self._signal_writer.close()

    def _hear(self) -> None:
        try:
            numbers = self._signal_reader.recv(4096)
        except BlockingIOError:
            return
        for number in numbers:
            action = self._signals.get(signal.Signals(number))
            if action is not None:
                action(self)

    def _wait(self) -> None:
        """Sleep until a signal, a report of a worker, or the next moment that matters."""
        moments = [child.deadline for child in self._children.values() if child.deadline]
        if self._state is State.SERVING and len(self._current()) < self._wanted:
            moments.append(self._next_fork)
        timeout = max(0.0, min(moments) - time.monotonic()) if moments else None
        for key, _ in self._selector.select(timeout):
            key.data()

    # What the signals do

    def drain(self) -> None:
        """TERM: finish what is in flight and end. Told a second time: stop at once."""
        if self._state is State.SERVING:
            logger.info("draining: up to %g seconds for what is in flight", self._graceful_timeout)
            self._end(State.DRAINING, signal.SIGTERM, self._graceful_timeout)
        else:
            self.stop()

    def stop(self) -> None:
        """INT, QUIT: end now, whatever is in flight."""
        if self._state is not State.STOPPING:
            self._end(State.STOPPING, signal.SIGQUIT, STOP_SECONDS)

    def reload(self) -> None:
        """HUP: new workers with the code as it is now; the old ones go when those serve."""
        if self._state is State.SERVING:
            logger.info("reloading the workers")
            self._generation += 1
            self._forget_failures()

    def add_worker(self) -> None:
        """TTIN: one worker more."""
        self._wanted += 1

    def remove_worker(self) -> None:
        """TTOU: one worker less, but never none."""
        self._wanted = max(1, self._wanted - 1)

    def child_ended(self) -> None:
        """CHLD: nothing to do here, the loop reaps after every wait.

        Several signals of one kind may arrive as one, so that they cannot be counted on.
        """

    def _end(self, state: State, number: signal.Signals, seconds: float) -> None:
        self._state = state
        # Else the kernel would go on queueing connections that nobody will accept.
        for listener in self._listeners:
            listener.close()
        for child in self._children.values():
            self._tell(child, number, seconds)

    # The workers

    def _current(self) -> list[Child]:
        """The workers of this generation that are to stay."""
        return [
            child
            for child in self._children.values()
            if child.generation == self._generation and child.deadline is None
        ]

    def _old(self) -> list[Child]:
        """Those of a generation before the last reload, not told to go yet."""
        return [
            child
            for child in self._children.values()
            if child.generation != self._generation and child.deadline is None
        ]

    def _keep_staffed(self) -> None:
        """Start those that are missing, and send away those that are too many."""
        if self._state is not State.SERVING:
            return
        current = self._current()
        for _ in range(self._wanted - len(current)):
            if time.monotonic() < self._next_fork:
                break
            self._fork()

        # An old worker goes when a new one has taken its place, not before.
        ready = [child for child in self._current() if child.is_ready]
        old = self._old()
        too_many = len(old) + len(ready) - self._wanted
        for child in (old + ready)[: max(0, too_many)]:
            self._tell(child, signal.SIGTERM, self._graceful_timeout)

    def _fork(self) -> None:
        """Start one worker.

        Signals wait while we fork: one that reached the child before it has handlers of its
        own would be written into the queue of signals that it shares with us.
        """
        reader, writer = os.pipe()
        self._born += 1
        started = time.monotonic()
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            self._close_what_is_ours(reader)
            worker = Worker(
                self._born, self._listeners, self._graceful_timeout, self._lifeline, writer
            )
            run_in_child(self._run_worker, worker, self._signals)  # never returns
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
        os.close(writer)
        child = Child(self._born, pid, self._generation, reader, started)
        self._children[pid] = child
        self._selector.register(reader, selectors.EVENT_READ, lambda: self._hear_from(child))
        logger.debug("worker %d started, process %d", child.number, pid)

    def _close_what_is_ours(self, reader: int) -> None:
        """In the child: only the master may hold the lifeline's end, or it would never end."""
        self._selector.close()
        self._signal_reader.close()
        self._signal_writer.close()
        for descriptor in (self._lifeline_end, reader):
            os.close(descriptor)
        for sibling in self._children.values():
            if sibling.reports >= 0:
                os.close(sibling.reports)

    def _hear_from(self, child: Child) -> None:
        """A worker says that it is ready (one byte), or has closed its end."""
        is_ready = bool(os.read(child.reports, 1))
        self._close_reports(child)
        if not is_ready:
            return
        child.is_ready = True
        self._was_ready = True
        if self._on_ready and sum(child.is_ready for child in self._current()) >= self._wanted:
            on_ready, self._on_ready = self._on_ready, None
            on_ready()

    def _close_reports(self, child: Child) -> None:
        if child.reports >= 0:
            self._selector.unregister(child.reports)
            os.close(child.reports)
            child.reports = -1

    def _tell(self, child: Child, number: signal.Signals, seconds: float) -> None:
        """Ask a worker to go, and remember when to stop asking."""
        child.deadline = time.monotonic() + seconds
        os.kill(child.pid, number)  # safe: its number is not given away before we reap it

    def _kill_the_late(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.deadline is not None and child.deadline <= now:
                if self._state is not State.STOPPING:
                    logger.error("worker %d did not end in time and is killed", child.number)
                self._tell(child, signal.SIGKILL, LONGEST_DELAY)

    def _reap(self) -> None:
        for child in list(self._children.values()):
            pid, wait_status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            if child.reports >= 0:  # what it may have said last
                self._hear_from(child)
            del self._children[pid]
            if child.deadline is None:
                self._mourn(child, os.waitstatus_to_exitcode(wait_status))

    def _mourn(self, child: Child, code: int) -> None:
        """A worker ended that nobody had told to: say why, and decide when to replace it."""
        lived = time.monotonic() - child.started
        if code == BOOT_FAILED and not self._was_ready:
            logger.error("no worker could be started: giving up")
            self._status = BOOT_FAILED
            self._end(State.STOPPING, signal.SIGQUIT, STOP_SECONDS)
            return
        if code == BOOT_FAILED and self._undo_reload():
            return
        if code == 0 and child.is_ready:  # it has served its time, see wsgi's --max-requests
            logger.info("worker %d ended and is replaced", child.number)
            return
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        if child.is_ready and lived >= SHORT_LIFE:
            self._forget_failures()
            logger.error("worker %d %s and is replaced", child.number, how)
            return
        delay = min(FIRST_DELAY * 2**self._failures, LONGEST_DELAY)
        self._failures = min(self._failures + 1, 16)
        self._next_fork = time.monotonic() + delay
        logger.error("worker %d %s at once; next try in %g s", child.number, how, delay)

    def _forget_failures(self) -> None:
        self._failures = 0
        self._next_fork = 0.0

    def _undo_reload(self) -> bool:
        """New workers cannot start, but old ones still serve: those stay. False if none do."""
        old = self._old()
        if not old:
            return False
        logger.error("the reload failed: the old workers go on serving")
        for child in self._current():
            if not child.is_ready:
                self._tell(child, signal.SIGQUIT, STOP_SECONDS)
        for child in old:
            child.generation = self._generation
        return True


def _nothing(number: int, frame: FrameType | None) -> None:
    """The handler of every signal in the table: that it is called at all is what counts."""


SIGNALS: Mapping[signal.Signals, Callable[[Master], None]] = {
    signal.SIGTERM: Master.drain,
    signal.SIGINT: Master.stop,
    signal.SIGQUIT: Master.stop,
    signal.SIGHUP: Master.reload,
    signal.SIGTTIN: Master.add_worker,
    signal.SIGTTOU: Master.remove_worker,
    signal.SIGCHLD: Master.child_ended,
}

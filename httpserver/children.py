"""The worker processes as the master sees them: forked, listened to, told to go, buried.

No step of the trip. What the master decides (master.py) is done here; what a worker is from
inside is told in worker.py. Each worker holds two pipes: on one it says that it is ready, on
the other it notices that the master has gone.

In Gunicorn: spawn_worker, kill_worker and reap_workers in arbiter.py; in Nginx: ngx_process.c.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from httpserver.pulse import Pulses
from httpserver.signals import SignalQueue
from httpserver.worker import READY, SLOTS, SPENT, Hooks, RunWorker, Worker, run_in_child

logger = logging.getLogger(__name__)

# For a reload there must be room for twice as many.
MOST_WORKERS = SLOTS // 2

LOOK_SECONDS = 1.0  # between two looks whether a worker is stuck
ABORT_SECONDS = 1.0  # for a stuck one to write its stacks, before it is killed
KILL_AGAIN = 30.0  # seconds after a kill that had no effect: the process hangs in the kernel


@dataclass(eq=False)
class Generation:
    """What workers are made of, from one reload to the next."""

    run_worker: RunWorker
    listeners: Sequence[socket.socket]
    workers: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= MOST_WORKERS:
            raise ValueError(
                f"a master needs at least one worker and takes at most {MOST_WORKERS}, "
                f"not {self.workers}"
            )


@dataclass(eq=False)
class Child:
    """What the master knows of one worker process."""

    number: int
    slot: int
    pid: int
    generation: Generation
    reports: int  # the descriptor on which it says what it is
    started: float
    is_ready: bool = False
    is_spent: bool = False  # it would like to be replaced
    deadline: float | None = None  # told to go; killed when still there at this time


class Children:
    """The living worker processes of this one."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        signals: SignalQueue,
        graceful_timeout: float,
        timeout: float,
        hooks: Hooks,
    ) -> None:
        self.ever_ready = False  # any of them, at any time
        self._selector = selector
        self._signals = signals
        self._graceful_timeout = graceful_timeout
        self._hooks = hooks
        self._pulses = Pulses(SLOTS)
        self._timeout = timeout
        self._next_look = 0.0
        self._alive: dict[int, Child] = {}
        self._born = 0  # workers ever started: each has its number
        # Nothing is ever written to it. Its end is open for as long as we live: see worker.py.
        self._lifeline, self._lifeline_end = os.pipe()

    def __iter__(self) -> Iterator[Child]:
        return iter(tuple(self._alive.values()))

    def __len__(self) -> int:
        return len(self._alive)

    def fork(self, generation: Generation, strange: Iterable[socket.socket] = ()) -> Child:
        """Start one worker. Raises OSError where the system has no process left for us.

        `strange` are listening sockets of other generations. The worker closes them: one that
        nobody accepts from, but that is open somewhere, lets its clients wait for ever.
        """
        slot = min(set(range(SLOTS)) - {child.slot for child in self})
        started = time.monotonic()
        pulse = self._pulses.begin(slot)
        reader, writer = os.pipe()
        os.set_blocking(reader, False)  # a worker's own children may have its end, too
        try:
            with self._signals.held():
                pid = os.fork()
                if pid == 0:
                    worker = Worker(
                        self._born + 1,
                        slot,
                        generation.listeners,
                        self._graceful_timeout,
                        lifeline=self._lifeline,
                        reports=writer,
                        pulse=pulse,
                    )
                    run_in_child(  # never returns
                        generation.run_worker,
                        worker,
                        self._signals.held_numbers,
                        self._hooks,
                        lambda: self._leave(reader, strange),
                    )
        except OSError:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        self._born += 1
        child = Child(self._born, slot, pid, generation, reader, started)
        self._alive[pid] = child
        self._selector.register(reader, selectors.EVENT_READ, lambda: self._hear_from(child))
        logger.debug("worker %d started, process %d", child.number, pid)
        return child

    def _leave(self, reader: int, strange: Iterable[socket.socket]) -> None:
        """In the child: give up what is the master's alone, the lifeline's end first of all.
        With a second copy of that in the world it would never end."""
        os.close(self._lifeline_end)
        os.close(reader)
        self._selector.close()
        self._signals.leave()
        for sibling in self:
            if sibling.reports >= 0:
                os.close(sibling.reports)
        for listener in strange:
            listener.close()

    def _hear_from(self, child: Child) -> None:
        """A worker says that it is ready, or spent; or has closed its end."""
        try:
            said = os.read(child.reports, 100)
        except BlockingIOError:
            return
        child.is_ready |= READY in said
        child.is_spent |= SPENT in said
        self.ever_ready |= child.is_ready
        if not said:
            self._hang_up(child)

    def _hang_up(self, child: Child) -> None:
        if child.reports >= 0:
            self._selector.unregister(child.reports)
            os.close(child.reports)
            child.reports = -1

    def tell(self, child: Child, number: signal.Signals, seconds: float) -> None:
        """Ask a worker to go, and remember when to stop asking."""
        child.deadline = time.monotonic() + seconds
        self.send(child, number)

    def send(self, child: Child, number: signal.Signals) -> None:
        os.kill(child.pid, number)  # safe: its number is not given away before we reap it

    def next_moment(self) -> float | None:
        """When somebody is to be looked after."""
        moments = [child.deadline for child in self if child.deadline is not None]
        if self._timeout and len(moments) < len(self):
            moments.append(self._next_look)
        return min(moments, default=None)

    def abort_the_stuck(self) -> list[tuple[Child, float]]:
        """Have those that do not come out of a call write where they are, and die of it.
        Returns them, with the seconds."""
        now = time.monotonic()
        if not self._timeout or now < self._next_look:
            return []
        self._next_look = now + min(LOOK_SECONDS, self._timeout / 4)
        still = [
            (child, self._pulses.stands_still(child.slot))
            for child in self
            if child.deadline is None
        ]
        stuck = [(child, seconds) for child, seconds in still if seconds >= self._timeout]
        for child, _ in stuck:
            self.tell(child, signal.SIGABRT, ABORT_SECONDS)
        return stuck

    def kill_the_late(self) -> list[Child]:
        """Kill those that were told to go and have not gone in time; returns them."""
        now = time.monotonic()
        late = [child for child in self if child.deadline is not None and child.deadline <= now]
        for child in late:
            self.tell(child, signal.SIGKILL, KILL_AGAIN)
        return late

    def reap(self) -> list[tuple[Child, int]]:
        """Those that have ended since the last call, with their exit status: that of the
        process, or the number of the signal that killed it, negative."""
        ended = []
        for child in self:
            pid, wait_status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            if child.reports >= 0:  # what it may have said last
                self._hear_from(child)
            self._hang_up(child)
            del self._alive[pid]
            ended.append((child, os.waitstatus_to_exitcode(wait_status)))
        return ended

    def close(self) -> None:
        """Let go of the lifeline: whoever still lives takes it as the end of the master."""
        for child in self:
            if child.reports >= 0:
                os.close(child.reports)
        os.close(self._lifeline)
        os.close(self._lifeline_end)


def how_it_ended(code: int) -> str:
    """How a process ended: with a status, or killed by the signal of this number, negative."""
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"  # real-time signals have no names


def call_safely(callback: Callable[..., object], *arguments: object) -> None:
    """What others have us call must not end the master, nor its workers with it."""
    try:
        callback(*arguments)
    except Exception:
        logger.exception("%r failed; the master goes on", callback)

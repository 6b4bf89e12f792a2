"""The master: it forks the workers, watches over them, and hears the signals.

No step of the trip, but what lets the trip go on when a worker dies, when code or
configuration are renewed, when the machine is shut down. The master itself never runs a
handler: what runs no one's code is hard to kill. The listening sockets are opened before the
fork, so all workers accept from the same queue, and no connection is lost while one of them
is replaced.

    def make_server(listeners):
        return Server(handler, listeners)

    status = Master(serve(make_server), [listen("127.0.0.1:8080")], workers=2).run()

Its form is the arbiter's in Gunicorn: one loop, one queue of signals, a table from signal
to method (gunicorn/arbiter.py).  In Nginx: ngx_process_cycle.c.
"""

import logging
import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

from httpserver.addresses import stop_listening
from httpserver.children import (
    MOST_WORKERS,
    Child,
    Children,
    Generation,
    call_safely,
    how_it_ended,
)
from httpserver.signals import SignalQueue, in_foreground
from httpserver.upgrade import Upgrade
from httpserver.worker import (
    BOOT_FAILED,
    SLOTS,
    TOLD,
    BootError,
    Hooks,
    RunWorker,
    Worker,
    reopen_logs,
    serve,
)

__all__ = ["BOOT_FAILED", "BootError", "Generation", "Master", "Worker", "serve"]

logger = logging.getLogger(__name__)

STOP_SECONDS = 1.0  # for workers told to stop at once, before they are killed
SHORT_LIFE = 1.0  # a worker that dies younger than this counts as dying at once
FIRST_DELAY, LONGEST_DELAY = 0.1, 30.0  # before the next try, doubled at each failure


class State(Enum):
    SERVING = auto()
    PAUSED = auto()  # no workers; clients wait in the kernel's queue
    DRAINING = auto()  # no new connections; what is in flight is finished
    STOPPING = auto()  # at once


GOING_ON = {State.SERVING, State.PAUSED}


class Master:
    """Keeps `workers` processes running `run_worker`, until a signal ends it.

    `run_worker(worker)` runs in each child; `serve` makes one from a factory of servers.
    `graceful_timeout` is how long a draining worker may take, in seconds. One that is in a single
    call, or boots, for longer than `timeout` is stuck: it has to write its stacks to the error
    log, is killed and replaced. With 0 nobody looks.

    What is called in the master, where an error in it is logged and changes nothing:

    `on_ready()`   once, when all the first workers serve
    `on_reload()`  at HUP; returns the `Generation` that comes next, with listeners that are
                   among `master.listeners` or new. Without it: the same again.
    `on_reopen()`  at USR1, to open the log files anew; in each worker, too
    `on_exit(slot)`  when a worker has ended, before its slot is given away
    `on_upgrade()`  at USR2, before the new master is started
    `on_upgrade_failed()`  when that has ended, and this one is the only one again

    And in each worker: `worker_exit(worker)` at its end, unless it is killed.

    `signals` maps signals to methods; by default as Gunicorn does:

    TERM  drain: finish what is in flight, then end; a second one stops at once
    INT, QUIT  stop at once
    HUP  new workers first, then drain the old ones
    USR1  open the log files anew
    TTIN, TTOU  one worker more, one less
    WINCH  drain the workers and go on without any, until HUP brings them back
    USR2  start a new master on the same sockets; this one goes on until it is told TERM
    """

    def __init__(
        self,
        run_worker: RunWorker,
        listeners: Sequence[socket.socket],
        workers: int = 1,
        *,
        graceful_timeout: float = 30.0,
        timeout: float = 0.0,
        on_ready: Callable[[], object] | None = None,
        on_reload: Callable[[], Generation] | None = None,
        on_reopen: Callable[[], object] | None = None,
        on_exit: Callable[[int], object] | None = None,
        on_upgrade: Callable[[], object] | None = None,
        on_upgrade_failed: Callable[[], object] | None = None,
        worker_exit: Callable[[Worker], object] | None = None,
        signals: Mapping[signal.Signals, Callable[["Master"], None]] | None = None,
    ) -> None:
        self._generation = Generation(run_worker, listeners, workers)
        self._proven: Generation | None = None  # the last one of which all workers served
        self._open = list(listeners)  # those of both
        self._graceful_timeout = graceful_timeout
        self._timeout = timeout
        self._on_ready = on_ready
        self._on_reload = on_reload
        self._on_reopen = on_reopen
        self._on_exit = on_exit
        self._hooks = Hooks(on_reopen, worker_exit)
        self._upgrade = Upgrade(on_upgrade, on_upgrade_failed)
        # The end of a worker must wake the loop, whatever table its user has.
        self._actions: dict[int, Callable[[Master], None]] = {signal.SIGCHLD: Master.child_ended}
        self._actions.update((SIGNALS if signals is None else signals).items())

        self._state = State.SERVING
        self._status = 0
        self._failures = 0  # times in a row that workers died at once
        self._next_fork = 0.0

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        """The listening sockets that are open: what a reload may keep of them."""
        return tuple(self._open)

    def run(self) -> int:
        """Serve until a signal says stop. Returns the exit status of the process.

        0 after a stop by signal; BOOT_FAILED (3) when no worker ever came up.
        """
        self._selector = selectors.DefaultSelector()
        self._signals = SignalQueue(self._actions, also_held=TOLD)
        self._selector.register(self._signals, selectors.EVENT_READ, self._hear)
        self._children = Children(
            self._selector, self._signals, self._graceful_timeout, self._timeout, self._hooks
        )
        try:
            while self._state in GOING_ON or self._children:
                self._keep_staffed()
                self._abort_the_stuck()
                self._kill_the_late()
                self._wait()
                self._reap()
        finally:
            self._close_listeners(self._open)
            self._children.close()
            self._signals.close()
            self._selector.close()
        return self._status

    def _hear(self) -> None:
        for number in self._signals.get():
            action = self._actions.get(number)
            if action is not None:
                action(self)

    def _wait(self) -> None:
        """Sleep until a signal, a report of a worker, or the next moment that matters."""
        moments = [self._next_fork] if self._missing() else []
        if (next_moment := self._children.next_moment()) is not None:
            moments.append(next_moment)
        timeout = max(0.0, min(moments) - time.monotonic()) if moments else None
        for key, _ in self._selector.select(timeout):
            key.data()

    # What the signals do

    def drain(self) -> None:
        """TERM: finish what is in flight and end. Told a second time: stop at once."""
        if self._state in GOING_ON:
            logger.info("draining: up to %g seconds for what is in flight", self._graceful_timeout)
            self._end(State.DRAINING, signal.SIGTERM, self._graceful_timeout)
        else:
            self.stop()

    def stop(self) -> None:
        """INT, QUIT: end now, whatever is in flight."""
        if self._state is not State.STOPPING:
            self._end(State.STOPPING, signal.SIGQUIT, STOP_SECONDS)

    def reload(self) -> None:
        """HUP: new workers with code and configuration as they are now; the old ones go when
        those serve. After a pause: there are workers again."""
        if self._state not in GOING_ON:
            return
        try:
            # A copy: it is told apart from every other by being another object.
            new = replace(self._on_reload() if self._on_reload else self._generation)
        except (Exception, SystemExit) as error:  # SystemExit: argparse's way to refuse
            for line in (str(error) or repr(error)).splitlines():
                logger.error("the reload failed: %s", line)
            logger.error("the old goes on")
            logger.debug("where it failed", exc_info=True)
            return
        logger.info("reloading the workers")
        self._state = State.SERVING
        self._open += [listener for listener in new.listeners if listener not in self._open]
        self._change_to(new)

    def reopen(self) -> None:
        """USR1: open the log files anew, here and in every worker."""
        if self._on_reopen is not None:
            reopen_logs(self._on_reopen)
        for child in self._children:
            self._children.send(child, signal.SIGUSR1)

    def add_worker(self) -> None:
        """TTIN: one worker more."""
        self._generation.workers = min(self._generation.workers + 1, MOST_WORKERS)

    def remove_worker(self) -> None:
        """TTOU: one worker less, but never none."""
        self._generation.workers = max(self._generation.workers - 1, 1)

    def pause(self) -> None:
        """WINCH: finish what is in flight, and let who comes wait until HUP."""
        if in_foreground():
            return  # of a terminal, which says so whenever its window has got another size
        if self._state is State.SERVING:
            logger.info("pausing: clients wait until there are workers again, which HUP does")
            self._state = State.PAUSED
            for child in self._staying():
                self._children.tell(child, signal.SIGTERM, self._graceful_timeout)

    def upgrade(self) -> None:
        """USR2: a new master, with the program as it is now, on the same sockets."""
        if self._state in GOING_ON:
            self._upgrade.start(self._open, self._signals)

    def child_ended(self) -> None:
        """CHLD: nothing to do here, the loop reaps after every wait."""

    def _end(self, state: State, number: signal.Signals, seconds: float) -> None:
        self._state = state
        # Else the kernel would go on queueing connections that nobody will accept.
        self._close_listeners(self._open)
        for child in self._children:
            self._children.tell(child, number, seconds)

    # Who is to work

    def _current(self) -> list[Child]:
        """The workers of this generation that are to stay."""
        return [
            child
            for child in self._staying()
            if child.generation is self._generation and not child.is_spent
        ]

    def _staying(self) -> list[Child]:
        """All that have not been told to go."""
        return [child for child in self._children if child.deadline is None]

    def _missing(self) -> int:
        """How many workers are to be started, as soon as it is time."""
        if self._state is not State.SERVING:
            return 0
        free = SLOTS - len(self._children)
        return max(0, min(self._generation.workers - len(self._current()), free))

    def _keep_staffed(self) -> None:
        """Start those that are missing, and send away those that are too many."""
        if self._state is not State.SERVING:
            return
        for _ in range(self._missing()):
            if time.monotonic() < self._next_fork:
                break
            self._fork()

        wanted = self._generation.workers
        current = self._current()
        ready = [child for child in current if child.is_ready]
        if len(ready) >= wanted:
            self._prove()
        elif self._proven is not None:
            wanted = max(wanted, self._proven.workers)  # none goes before all is well
        # An old worker goes when a new one has taken its place; those that serve go last.
        others = [child for child in self._staying() if child not in current]
        others.sort(key=lambda child: child.is_ready)
        too_many = len(others) + len(ready) - wanted
        for child in (others + ready)[: max(0, too_many)]:
            self._children.tell(child, signal.SIGTERM, self._graceful_timeout)

    def _fork(self) -> None:
        strange = set(self._open).difference(self._generation.listeners)
        try:
            self._children.fork(self._generation, strange)
        except OSError as error:
            delay = self._back_off()
            logger.error("no worker can be started: %s; next try in %.1f s", error, delay)

    def _prove(self) -> None:
        """All workers of this generation serve: nothing of the one before is needed now."""
        if self._proven is self._generation:
            return
        is_first = self._proven is None
        self._proven = self._generation
        self._close_unused_listeners()
        if not is_first:
            logger.info("reloaded: the new workers serve")
        elif self._on_ready is not None:
            call_safely(self._on_ready)

    def _change_to(self, generation: Generation) -> None:
        self._generation = generation
        self._failures = 0
        self._next_fork = 0.0
        self._close_unused_listeners()

    def _close_unused_listeners(self) -> None:
        used = set(self._generation.listeners)
        if self._proven is not None:
            used.update(self._proven.listeners)
        self._close_listeners([listener for listener in self._open if listener not in used])

    def _close_listeners(self, listeners: Sequence[socket.socket]) -> None:
        for listener in tuple(listeners):
            # What another master listens at, too, keeps its file.
            stop_listening(listener, keep_file=self._upgrade.is_shared())
            self._open.remove(listener)

    # When workers end

    def _abort_the_stuck(self) -> None:
        for child, seconds in self._children.abort_the_stuck():
            what = "in one call" if child.is_ready else "booting"
            told = "worker %d has been %s for %.1f s: it is killed and replaced"
            logger.error(told, child.number, what, seconds)

    def _kill_the_late(self) -> None:
        for child in self._children.kill_the_late():
            if self._state is not State.STOPPING:
                logger.error("worker %d did not end in time and is killed", child.number)

    def _reap(self) -> None:
        for child, code in self._children.reap():
            if self._on_exit is not None:
                call_safely(self._on_exit, child.slot)
            if child.deadline is None and self._state is State.SERVING:
                self._mourn(child, code)
        self._upgrade.reap()

    def _mourn(self, child: Child, code: int) -> None:
        """A worker ended that nobody had told to: say why, and decide when to replace it."""
        lived = time.monotonic() - child.started
        how = how_it_ended(code)
        if code == 0 and child.is_ready:  # it has served its time, see wsgi's --max-requests
            logger.info("worker %d ended and is replaced", child.number)
            self._next_fork = max(self._next_fork, child.started + FIRST_DELAY)
        elif child.generation is not self._generation:  # it would have gone soon
            logger.error("worker %d %s", child.number, how)
        elif code == BOOT_FAILED and not self._children.ever_ready:
            logger.error("no worker could be started: giving up")
            self._status = BOOT_FAILED
            self._end(State.STOPPING, signal.SIGQUIT, STOP_SECONDS)
        elif code == BOOT_FAILED and self._proven and self._proven is not self._generation:
            logger.error("the reload failed: the old workers go on serving")
            self._change_to(self._proven)
        elif child.is_ready and lived >= SHORT_LIFE:
            logger.error("worker %d %s and is replaced", child.number, how)
            self._failures = 0
            self._next_fork = 0.0
        else:
            delay = self._back_off()
            logger.error("worker %d %s at once; next try in %.1f s", child.number, how, delay)

    def _back_off(self) -> float:
        """Put off the next try: by more each time, for what fails at once may go on failing.
        Returns the seconds until then."""
        now = time.monotonic()
        if now >= self._next_fork:  # else several died together, which counts once
            if now > self._next_fork + LONGEST_DELAY:  # it went well for long
                self._failures = 0
            self._next_fork = now + min(FIRST_DELAY * 2**self._failures, LONGEST_DELAY)
            self._failures = min(self._failures + 1, 16)
        return self._next_fork - now


SIGNALS: Mapping[signal.Signals, Callable[[Master], None]] = {
    signal.SIGTERM: Master.drain,
    signal.SIGINT: Master.stop,
    signal.SIGQUIT: Master.stop,
    signal.SIGHUP: Master.reload,
    signal.SIGUSR1: Master.reopen,
    signal.SIGTTIN: Master.add_worker,
    signal.SIGTTOU: Master.remove_worker,
    signal.SIGWINCH: Master.pause,
    signal.SIGUSR2: Master.upgrade,
    signal.SIGCHLD: Master.child_ended,
}

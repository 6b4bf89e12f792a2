"""Threads for handlers that wait, and the way of their bodies back to the loop.

Between steps 1 and 10 of the trip. One request stays on one thread from the handler's call
through the iteration of its body to `close()`, so that what is kept per thread (a database
connection, a transaction, a `ContextVar`) stays its own. A `File` has nothing to iterate: the
loop sends and closes it.

In Gunicorn: workers/gthread.py; in Waitress: task.py.
"""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from httpserver.bodies import close_body
from httpserver.messages import Source

Job = Callable[[], None]

log = logging.getLogger(__name__)


class Pool:
    """A fixed number of threads that take jobs from one queue.

    A thread in one call for more than `timeout` seconds (0: no matter how long) is stuck: see
    `replace_stuck`.
    """

    def __init__(self, size: int, timeout: float = 0.0) -> None:
        self._size = size
        self._timeout = timeout
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._since: dict[threading.Thread, float] = {}  # since when each is in a call
        self._replaced: set[threading.Thread] = set()
        self._threads = [self._start(number) for number in range(1, size + 1)]

    def _start(self, number: int) -> threading.Thread:
        # Daemons: a handler that never returns must not keep the process from ending.
        name = f"handler-{number}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        thread.start()
        return thread

    def submit(self, job: Job) -> None:
        self._jobs.put(job)

    def close(self, seconds: float) -> None:
        """Let the threads finish what is queued, waiting this long for each at most."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def _work(self) -> None:
        thread = threading.current_thread()
        while thread not in self._replaced and (job := self._jobs.get()) is not None:
            self.call_begins()
            try:
                job()
            except BaseException:  # SystemExit would end the thread without a word
                log.exception("an error in a handler's thread; it goes on")
            self.call_ends()
        self._replaced.discard(thread)

    def call_begins(self) -> None:
        """On one of the threads: from here on it is in the hands of the application."""
        self._since[threading.current_thread()] = time.monotonic()

    def call_ends(self) -> None:
        self._since.pop(threading.current_thread(), None)

    def replace_stuck(self) -> bool:
        """Log those that are stuck, each once, and fill their places. For the loop's thread.

        Returns whether it can still help: with as many stuck as there are places, the process
        has been filled with what never ends. A stuck thread that does return ends then.
        """
        if not self._timeout:
            return True
        late = time.monotonic() - self._timeout
        stuck = [thread for thread, since in self._since.copy().items() if since < late]
        for thread in stuck:
            if thread in self._threads:
                self._log_stuck(thread)
                self._replaced.add(thread)
                place = self._threads.index(thread)
                self._threads[place] = self._start(place + 1)
        return len(stuck) < self._size

    def _log_stuck(self, thread: threading.Thread) -> None:
        told = "%s has been in one call for more than %g s, and another thread takes its place:"
        log.error(told, thread.name, self._timeout)
        frame = sys._current_frames().get(thread.ident or 0)
        for line in "".join(traceback.format_stack(frame) if frame else []).splitlines():
            log.error("%s", line)


class Relay(Source):
    """A body that a thread produces and the loop sends, with a bound between them.

    The thread waits in `pump` while more than `limit` bytes are held for a slow client,
    so an endless body takes no endless memory.
    """

    def __init__(self, limit: int, wake: Job, pool: Pool | None = None) -> None:
        self._limit = limit
        self._wake = wake  # tells the loop that there is something to take
        self._pool = pool  # which wants to know how long the body is waited for
        self._changed = threading.Condition()
        self._parts: list[bytes] = []
        self._held = 0
        self._abandoned = False
        self._finished = False
        self._failed = False

    def pump(self, body: Iterable[bytes]) -> None:
        """On the handler's thread: everything `body` gives, until the client leaves."""
        failed = True
        try:
            for part in body:
                if self._pool is not None:
                    self._pool.call_ends()  # it is the client who is waited for
                client_is_there = self._put(part)
                if self._pool is not None:
                    self._pool.call_begins()
                if not client_is_there:
                    break
            failed = False
        except BaseException:
            log.exception("the body of an answer failed half-way")
        finally:
            close_body(body)
            with self._changed:
                self._finished = True
                self._failed = failed
            self._wake()

    def _put(self, part: bytes) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._limit or self._abandoned)
            if self._abandoned:
                return False
            if not part:
                return True
            self._parts.append(part)
            self._held += len(part)
            first = len(self._parts) == 1
        if first:
            self._wake()  # for the others the loop has been told already
        return True

    def take(self) -> tuple[bytes | None, bool]:
        with self._changed:
            if self._failed and not self._parts:
                return None, True
            data = b"".join(self._parts)
            self._parts.clear()
            self._held = 0
            self._changed.notify()
            return data, self._finished and not self._failed

    def abandon(self) -> None:
        """On the loop: the client has left; the thread finds out at its next part."""
        with self._changed:
            self._abandoned = True
            self._changed.notify()

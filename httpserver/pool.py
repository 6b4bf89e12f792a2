"""Threads for handlers that wait, and the way of their bodies back to the loop.

Between steps 1 and 10 of the trip. One request stays on one thread from the handler's call
through the iteration of its body to `close()`, so that what is kept per thread (a database
connection, a transaction, a `ContextVar`) stays its own. A `File` has nothing to iterate: the
loop sends and closes it.

In Gunicorn: workers/gthread.py; in Waitress: task.py.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from httpserver.bodies import close_body
from httpserver.messages import Source

Job = Callable[[], None]

log = logging.getLogger(__name__)


class Pool:
    """A fixed number of threads that take jobs from one queue."""

    def __init__(self, size: int) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [
            # Daemons: a handler that never returns must not keep the process from ending.
            threading.Thread(target=self._work, name=f"handler-{number}", daemon=True)
            for number in range(1, size + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        self._jobs.put(job)

    def close(self, seconds: float) -> None:
        """Let the threads finish what is queued, waiting this long for each at most."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except BaseException:  # SystemExit would end the thread without a word
                log.exception("an error in a handler's thread; it goes on")


class Relay(Source):
    """A body that a thread produces and the loop sends, with a bound between them.

    The thread waits in `pump` while more than `limit` bytes are held for a slow client,
    so an endless body takes no endless memory.
    """

    def __init__(self, limit: int, wake: Job) -> None:
        self._limit = limit
        self._wake = wake  # tells the loop that there is something to take
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
                if not self._put(part):
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

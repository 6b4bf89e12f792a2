"""Readiness and time: which sockets can be read or written now, and what is due.

Step 1 of the trip, and step 10. One thread serves thousands of clients because it never
waits for one of them: it asks the system which are ready, does the little that can be done
at once, and asks again. The loop moves no bytes and knows no protocol.

`selectors` takes the best the system has: epoll(7) on Linux, kqueue(2) on the BSDs and
macOS.  In Nginx: ngx_event.c and ngx_event_timer.c; elsewhere: libuv, asyncio.
"""

import heapq
import itertools
import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

Ready = Callable[[int], None]  # told READ, WRITE or both
Job = Callable[[], None]

log = logging.getLogger(__name__)


class Timer:
    """A job for later, and the way to call it off."""

    __slots__ = ("job",)

    def __init__(self, job: Job) -> None:
        self.job: Job | None = job

    def cancel(self) -> None:
        self.job = None


class Loop:
    """Waits for sockets, timers and other threads, and calls back. One thread runs it."""

    def __init__(self) -> None:
        self.now = time.monotonic()  # read once for each round
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []  # a heap, the earliest first
        self._order = itertools.count()
        self._posted: deque[Job] = deque()
        self._running = False
        # A byte in this pair ends the wait: another thread, or a signal, has a job for us.
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self.register(self._wake_in, READ, self._drain_wakes)

    def register(self, sock: socket.socket, events: int, ready: Ready) -> None:
        self._selector.register(sock, events, ready)

    def modify(self, sock: socket.socket, events: int, ready: Ready) -> None:
        self._selector.modify(sock, events, ready)

    def unregister(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)

    def call_later(self, seconds: float, job: Job) -> Timer:
        timer = Timer(job)
        due = time.monotonic() + seconds
        heapq.heappush(self._timers, (due, next(self._order), timer))
        return timer

    def post(self, job: Job) -> None:
        """Run `job` on the loop's thread, soon. May be called from any thread and from a
        signal handler: a deque's append needs no lock."""
        self._posted.append(job)
        try:
            self._wake_out.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # full: it will wake anyway; closed: nobody is there to wake

    def run(self) -> None:
        """Until `stop()` is called on this thread."""
        self._running = True
        while self._running:
            self.run_once()

    def stop(self) -> None:
        self._running = False

    def run_once(self) -> None:
        """Wait for what comes first, then call everything that is ready or due."""
        for key, events in self._selector.select(self._patience()):
            self.now = time.monotonic()
            self._call(key.data, events)
        self.now = time.monotonic()
        while self._timers and self._timers[0][0] <= self.now:
            job = heapq.heappop(self._timers)[2].job
            if job is not None:
                self._guarded(job)
        for _ in range(len(self._posted)):  # what these post waits for the next round
            self._guarded(self._posted.popleft())

    def close(self) -> None:
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _patience(self) -> float | None:
        if self._posted:
            return 0
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _call(self, ready: Ready, events: int) -> None:
        """No error in one client's turn may end the others'."""
        try:
            ready(events)
        except Exception:
            log.exception("an error in the event loop; it goes on")

    def _guarded(self, job: Job) -> None:
        self._call(lambda _: job(), 0)

    def _drain_wakes(self, events: int) -> None:
        try:
            while len(self._wake_in.recv(4096)) == 4096:
                pass
        except BlockingIOError:
            pass

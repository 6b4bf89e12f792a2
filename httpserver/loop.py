"""Readiness and time: which sockets can be read or written now, and what is due.

Step 1 of the trip, and step 10. One thread serves thousands of clients because it never
waits for one of them: it asks the system which are ready, does the little that can be done
at once, and asks again. The loop moves no bytes and knows no protocol.

It asks epoll(7) where the system has it (Linux), else poll(2); the two speak alike, but that
poll counts in milliseconds. Asked directly and not through `selectors`, which makes a tuple
of four for each event: that cost a tenth of a small request.

In Nginx: ngx_event.c and ngx_event_timer.c; elsewhere: libuv, asyncio.
"""

import heapq
import itertools
import logging
import select
import socket
import time
from collections import deque
from collections.abc import Callable

from httpserver.pulse import ASLEEP, Pulse

READ = select.POLLIN
WRITE = select.POLLOUT  # besides these two, every socket is told of errors and hang-ups

ROUND = 0.002  # seconds that a post waits at most for the other calls of a round

Ready = Callable[[int], None]  # told what is the matter: READ, WRITE, an error, all in one number
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
        self.pulse: Pulse = [ASLEEP]  # who has it can tell from outside that we are stuck
        self.is_awake_always = False  # sleep is no excuse: there is a timer that ends it
        self._beats = 0
        if hasattr(select, "epoll"):
            self._poll: select.epoll | select.poll = select.epoll()
            self._unit = 1  # of the time that its poll() takes: seconds
        else:
            self._poll = select.poll()
            self._unit = 1000
        self._ready: dict[int, Ready] = {}  # by file descriptor
        self._timers: list[tuple[float, int, Timer]] = []  # a heap, the earliest first
        self._order = itertools.count()
        self._posted: deque[Job] = deque()
        self._running = False
        # A byte in this pair ends the wait: another thread, or a signal, has a job for us.
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._may_sleep = False  # nobody has to be woken who is not about to sleep
        self.register(self._wake_in.fileno(), READ, self._drain_wakes)

    def register(self, descriptor: int, events: int, ready: Ready) -> None:
        """Call `ready` whenever the socket of this number can do what is asked, or has failed."""
        self._poll.register(descriptor, events)
        self._ready[descriptor] = ready

    def modify(self, descriptor: int, events: int) -> None:
        """Ask for other events; 0 leaves the errors and hang-ups."""
        self._poll.modify(descriptor, events)

    def hand_over(self, descriptor: int, ready: Ready) -> None:
        """From here on somebody else is told of this socket."""
        self._ready[descriptor] = ready

    def unregister(self, descriptor: int) -> None:
        """Watch it no longer, where it was watched."""
        if self._ready.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    def call_later(self, seconds: float, job: Job) -> Timer:
        timer = Timer(job)
        due = time.monotonic() + seconds
        heapq.heappush(self._timers, (due, next(self._order), timer))
        return timer

    def post(self, job: Job) -> None:
        """Run `job` on the loop's thread, soon. May be called from any thread and from a
        signal handler: a deque's append needs no lock."""
        self._posted.append(job)
        if not self._may_sleep:
            return  # the loop looks at what is posted before it sleeps
        self._may_sleep = False
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
        if not self.is_awake_always:
            self.pulse[0] = ASLEEP
        self._may_sleep = True
        events = self._poll.poll(self._patience())
        self._may_sleep = False
        self.beat()
        self.now = time.monotonic()
        ready = self._ready
        for descriptor, what in events:
            # Somebody before us in this round may have closed the socket.
            callback = ready.get(descriptor)
            if callback is not None:
                try:
                    callback(what)
                except Exception:  # no error in one client's turn may end the others'
                    log.exception("an error in the event loop; it goes on")
            if self._posted and time.monotonic() - self.now > ROUND:
                self._run_posted()
        self._run_posted()
        while self._timers and self._timers[0][0] <= self.now:
            job = heapq.heappop(self._timers)[2].job
            if job is not None:
                self._guarded(job)

    def _run_posted(self) -> None:
        for _ in range(len(self._posted)):  # what these post waits for the next time
            self._guarded(self._posted.popleft())

    def beat(self) -> None:
        """Show that another call begins. On the loop's thread, while it is awake."""
        self._beats += 1
        self.pulse[0] = self._beats

    def close(self) -> None:
        close = getattr(self._poll, "close", None)  # poll(2) keeps nothing open
        if close is not None:
            close()
        self._wake_in.close()
        self._wake_out.close()

    def _patience(self) -> float | None:
        """How long to wait at most, in the unit of poll(); None: for ever."""
        if self._posted:
            return 0
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - time.monotonic()) * self._unit

    def _guarded(self, job: Job) -> None:
        try:
            job()
        except Exception:
            log.exception("an error in the event loop; it goes on")

    def _drain_wakes(self, events: int) -> None:
        try:
            while len(self._wake_in.recv(4096)) == 4096:
                pass
        except BlockingIOError:
            pass

"""A log file, and the thread that writes to it: the loop never waits for a disk.

Step 10 of the trip. A write to a file may take as long as the disk likes, and a write to a
pipe as long as its reader likes; the loop has other clients meanwhile. So a line is only put
into a buffer there, and a thread of its own writes what has gathered, some ten times a second.
What a reader that is stuck may cost is bounded: beyond that, lines are lost, and counted.

POSIX, write() (O_APPEND, and PIPE_BUF under "pipe").  In Nginx: access_log with buffer= and
flush=, ngx_open_file.c's ngx_reopen_files.
"""

import atexit
import logging
import os
import select
import stat
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TextIO

MOST_WAITING = 1 << 20  # characters that wait to be written; what comes beyond is lost
AT_ONCE = 1 << 16  # characters in one write, and so many that wait are not gathered further
GATHER = 0.1  # seconds from a line to its write, with all that have come by then
A_MOMENT = 0.001  # seconds in which another process's write is expected to be done
END_TIMEOUT = 1.0  # seconds that the end of a process may wait for a log to be written

log = logging.getLogger(__name__)

_reopenings = 0


def reopen_logs() -> None:
    """Have every log file opened anew, by its path, before the next line goes into it.

    For the handler of SIGUSR1, after the files were renamed. It interrupts the program at any
    point, so it takes no lock and touches no file: each log sees by itself that the number
    has changed. What was written until then went into the renamed file, and nothing is lost.
    """
    global _reopenings
    _reopenings += 1


class LogFile:
    """Whole lines, appended to the file of that path or to what a stream writes to.

    Lines of several processes do not mix: the kernel puts each write to an O_APPEND file
    whole behind the last, and each of at most PIPE_BUF bytes whole into a pipe. Only a line
    longer than that may be interrupted by another, in a pipe that is nearly full.

    Raises OSError where the file cannot be opened. One thread at a time may write.
    """

    def __init__(self, target: TextIO | str | os.PathLike[str]) -> None:
        self._opened, self._fd = _reopenings, -1
        if isinstance(target, (str, os.PathLike)):
            self._path: str | None = os.path.abspath(target)  # the folder may change: --chdir
            self._fd = _open(self._path)
        else:
            # A number of our own: after the stream's end the next client's socket may have its.
            self._path = None
            self._fd = os.dup(target.fileno())
        self._is_regular = stat.S_ISREG(os.fstat(self._fd).st_mode)
        self._is_torn = False

    def write(self, lines: bytes) -> int:
        """Append these lines, each with its line feed. Returns how many of them are lost."""
        if self._path is not None and self._opened != _reopenings:
            self._reopen(self._path)
        done = 0
        try:
            if self._ends_in_mid_line():
                os.write(self._fd, b"\n")
            while done < len(lines):
                end = len(lines) if self._is_regular else _end_of_piece(lines, done)
                try:
                    done += os.write(self._fd, lines[done:end])
                except BlockingIOError:  # whoever shares our output has made it so
                    _wait_until_writable(self._fd)
        except OSError:
            pass  # no space, no reader: there is nobody to tell but the one who counts
        if done:
            self._is_torn = lines[done - 1 : done] != b"\n"
        return lines.count(b"\n", done)

    def fileno(self) -> int:
        """The same for as long as it is open, whatever file that is."""
        return self._fd

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    __del__ = close  # a reload has a log of its own, and the one before is let go of

    def _ends_in_mid_line(self) -> bool:
        """Whether a line was cut off there, which must not become the beginning of ours.

        With a full disk the line may be another worker's, so the file itself is asked. What
        is no longer like that a moment later was a write in progress. (For one that takes
        longer, the line feed waits in the kernel until it is done, and makes an empty line.)
        """
        if self._path is None or not self._is_regular:
            return self._is_torn
        before = -1
        while (size := os.fstat(self._fd).st_size) != before:
            if size == 0 or os.pread(self._fd, 1, size - 1) == b"\n":
                return False
            before = size
            time.sleep(A_MOMENT)
        return True

    def _reopen(self, path: str) -> None:
        self._opened = _reopenings  # first: one attempt for each signal, the message below not one
        try:
            new = _open(path)
        except OSError as error:
            log.error("a log goes on in its old file, since a new one cannot be had: %s", error)
            return
        os.dup2(new, self._fd, inheritable=False)  # others may have kept its number
        os.close(new)
        self._is_regular = stat.S_ISREG(os.fstat(self._fd).st_mode)


def _open(path: str) -> int:
    # A link is followed: /dev/stderr is one, and many containers have one to it as their log.
    # To be read, too, for the last byte alone: see `_ends_in_mid_line`.
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)


def _end_of_piece(lines: bytes, start: int) -> int:
    """Where to end a write that begins at `start`: behind as many lines as stay in one piece."""
    most = start + select.PIPE_BUF
    if most >= len(lines):
        return len(lines)
    return lines.rfind(b"\n", start, most) + 1 or lines.index(b"\n", most) + 1


def _wait_until_writable(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll()


class LogWriter:
    """A bounded buffer of lines, and the thread that empties it into a file.

    `put` is for one thread, the loop's. `lost_line(count, now)` is the line that tells of a
    gap, written where the gap is. The thread starts with the first line of a process: threads
    do not survive a fork, and what waits in the parent's buffer is the parent's to write.

    No locks: a signal handler may call `close` in the middle of `put`. Of the counters each
    has one owner, and SimpleQueue is made to be interrupted by itself.
    """

    def __init__(
        self,
        file: LogFile,
        lost_line: Callable[[int, float], str],
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._file = file
        self._lost_line = lost_line
        self._most_waiting = most_waiting
        self._pid = 0

    def _begin(self) -> None:
        # A number is how many lines are missing at this place; None is the end.
        self._queue: SimpleQueue[str | int | None] = SimpleQueue()
        self._hurry: SimpleQueue[None] = SimpleQueue()
        self._taken = self._dropped = 0  # characters and lines: the loop's
        self._done = self._lost = 0  # characters and lines: the thread's
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        self._pid = os.getpid()
        _writers.add(self)

    def put(self, line: str) -> None:
        """Have the line written, or lost where too many wait already. It never blocks."""
        if self._pid != os.getpid():
            self._begin()
        waiting = self._taken - self._done
        if waiting + len(line) >= self._most_waiting:
            self._dropped += 1
            return
        if self._dropped:
            self._queue.put(self._dropped)
            self._dropped = 0
        self._queue.put(line)
        self._taken += len(line) + 1
        if waiting < AT_ONCE <= self._taken - self._done:
            self._wake()

    def close(self, seconds: float = END_TIMEOUT) -> None:
        """Write what waits, as far as that is possible in this time. Lines put later are lost."""
        _writers.discard(self)
        if self._pid != os.getpid():
            self._file.close()
            return
        if self._dropped:
            self._queue.put(self._dropped)
            self._dropped = 0
        self._queue.put(None)
        self._wake()
        # A thread that hangs in a write is left behind with its file, not to be pulled away.
        self._thread.join(seconds)

    def _wake(self) -> None:
        if self._hurry.empty():
            self._hurry.put(None)

    # --- The thread ---

    def _run(self) -> None:
        is_open = True
        while is_open:
            first = self._queue.get()
            with suppress(Empty):
                self._hurry.get(timeout=GATHER)
            rest = [self._queue.get() for _ in range(self._queue.qsize())]
            is_open = self._write_all([first, *rest])
        self._file.close()

    def _write_all(self, items: Iterable[str | int | None]) -> bool:
        """Write these lines, many at once. Whether more are to come."""
        lines: list[str] = []
        size = 0
        for item in items:
            if isinstance(item, str):
                lines.append(item)
                size += len(item) + 1
                if size < AT_ONCE:
                    continue
            self._write(lines)
            lines.clear()
            size = 0
            if item is None:
                return False
            if isinstance(item, int):
                self._lost += item
        self._write(lines)
        return True

    def _write(self, lines: list[str]) -> None:
        if self._lost and not self._file.write(
            _encoded([self._lost_line(self._lost, time.time())])
        ):
            self._lost = 0
        if self._lost:
            self._lost += len(lines)  # behind a gap that nobody has been told of, none is written
        elif lines:
            self._lost = self._file.write(_encoded(lines))
        self._done += sum(map(len, lines)) + len(lines)


def _encoded(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


_writers: set[LogWriter] = set()  # those of this process that have a thread


@atexit.register
def close_logs() -> None:
    """Write what waits in every log. For the end of a process that ends by `os._exit`.

    From a signal handler, too. It takes END_TIMEOUT seconds at most for each log that is stuck.
    """
    for writer in list(_writers):
        writer.close()

"""The queue of signals: what comes at any moment is heard when there is time for it.

No step of the trip. A signal interrupts a program between any two of its instructions, in
the middle of a list's change even. So nothing is done in the handler: the kernel's call
becomes one byte in a socket, and the byte waits until the owner's loop comes round. It is
the "self-pipe trick", which Python does for us in C: signal.set_wakeup_fd().

In Gunicorn: Arbiter.signal and its queue; in Nginx: ngx_signal_handler, which sets flags.
"""

import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Disposition = Callable[[int, FrameType | None], Any] | int | None  # as signal.signal has it


class SignalQueue:
    """Hears these signals from now on until `close()`. For the main thread alone."""

    def __init__(self, heard: Iterable[int], also_held: Iterable[int] = ()) -> None:
        self.numbers = frozenset(heard)
        self.held_numbers = self.numbers | frozenset(also_held)
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        # With a handler in place the wake-up byte is written; the handler has nothing to do.
        self._before: dict[int, Disposition] = {
            number: signal.signal(number, _nothing) for number in self.numbers
        }

    def fileno(self) -> int:
        """For a selector: readable when a signal waits."""
        return self._reader.fileno()

    def get(self) -> bytes:
        """The numbers of the signals that have come, the first one first.

        Several of one kind may arrive as one, so that they cannot be counted on.
        """
        try:
            return self._reader.recv(4096)
        except BlockingIOError:
            return b""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let signals wait in the kernel for the time of a fork.

        One that reached the child before it has handlers of its own would be written into
        the queue, which it shares with us.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, self.held_numbers)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self.held_numbers)

    def leave(self) -> None:
        """In the child: the queue is the parent's alone."""
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        for number, disposition in self._before.items():
            # None: it was set by something else than Python, and is not ours to restore.
            if disposition is not None:
                signal.signal(number, disposition)
        self._reader.close()
        self._writer.close()


def _nothing(number: int, frame: FrameType | None) -> None:
    """The handler of every signal heard: that it is called at all is what counts."""


def in_foreground() -> bool:
    """Whether we are what a terminal sends its signals to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False  # a service has none
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)

"""A new master on the same sockets: the whole program is replaced, and no client notices.

No step of the trip. A reload has new workers; the interpreter, the libraries of the master and
its command line stay as they were. Here the master starts its own command anew, in a child that
inherits the listening sockets as systemd would hand them over: sd_listen_fds(3). For a while both
serve. Then somebody looks whether all is well, and tells one of the two TERM.

In Nginx: ngx_exec_new_binary; in Gunicorn: Arbiter.reexec.
"""

import fcntl
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from httpserver.addresses import FIRST_INHERITED, for_heirs
from httpserver.children import call_safely, how_it_ended
from httpserver.signals import SignalQueue

logger = logging.getLogger(__name__)

PREDECESSOR = "GLASSTACK_PREDECESSOR"  # the process id of who started us, for the time it lives


def _folder() -> str:
    """Where we are, as a shell says it: of a link, `current`, that a deployment turns, the name
    is what matters, not the folder that it led to."""
    named = os.environ.get("PWD", "")
    try:
        return named if os.path.samefile(named, os.getcwd()) else os.getcwd()
    except OSError:
        return named or "/"


# Noted when the program is loaded: the command may go elsewhere, and would not find itself again.
STARTED_IN = _folder()


class Upgrade:
    """The master that we come from, and the one that comes after us, as long as they live.

    `on_upgrade()` is called before a successor starts, `on_failed()` when it has ended.
    """

    def __init__(
        self,
        on_upgrade: Callable[[], object] | None = None,
        on_failed: Callable[[], object] | None = None,
    ) -> None:
        self._on_upgrade = on_upgrade
        self._on_failed = on_failed
        self._successor = 0  # its process id
        self._predecessor = os.environ.pop(PREDECESSOR, "")

    def is_shared(self) -> bool:
        """Whether another master listens at our sockets."""
        return bool(self._successor) or self._has_predecessor()

    def _has_predecessor(self) -> bool:
        return self._predecessor == str(os.getppid())  # who loses its parent gets another one

    def start(self, listeners: Sequence[socket.socket], signals: SignalQueue) -> None:
        """Start the successor. There can be but one, and two masters in all."""
        if self._successor:
            logger.error("a new master is there already: process %d", self._successor)
            return
        if self._has_predecessor():  # what it has put aside, its pid file, would be overwritten
            logger.error("the master before this one is there still: process %s", self._predecessor)
            return
        if self._on_upgrade is not None:
            call_safely(self._on_upgrade)
        try:
            with signals.held():
                self._successor = os.fork()
                if self._successor == 0:
                    _replace_program(listeners, signals)
        except OSError as error:
            self._failed(f"cannot be started: {error}")
        else:
            logger.info("a new master starts, process %d; TERM ends this one", self._successor)

    def reap(self) -> None:
        """Has the successor ended?"""
        if self._successor:
            pid, status = os.waitpid(self._successor, os.WNOHANG)
            if pid:
                self._successor = 0
                self._failed(how_it_ended(os.waitstatus_to_exitcode(status)))

    def _failed(self, how: str) -> None:
        logger.error("the new master %s; this one goes on", how)
        if self._on_failed is not None:
            call_safely(self._on_failed)


def _replace_program(listeners: Sequence[socket.socket], signals: SignalQueue) -> NoReturn:
    """The child's part of the fork: never to return into the master's code."""
    try:
        signals.leave()
        # What is held would be held in the next program, too.
        for number in signals.held_numbers:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.held_numbers)
        _execute(listeners)
    except BaseException as error:
        logger.error("%s cannot be started: %s", sys.executable, error)
    finally:
        os._exit(1)


def _execute(listeners: Sequence[socket.socket]) -> NoReturn:
    """Become the program that was started once, with the sockets from FIRST_INHERITED on. The
    kernel closes all other files."""
    beyond = FIRST_INHERITED + len(listeners)
    # First out of the way: the place of one may be where another stands.
    moved = [fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, beyond) for sock in listeners]
    for place, descriptor in enumerate(moved, FIRST_INHERITED):
        os.dup2(descriptor, place, inheritable=True)
    os.chdir(STARTED_IN)
    environment = os.environ | for_heirs(listeners) | {PREDECESSOR: str(os.getppid())}
    command = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, command, environment)  # noqa: S606 (the command that we are)

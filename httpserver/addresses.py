"""Where to listen: from the words on a command line to a listening socket.

Before step 1 of the trip: the port that the client's bytes arrive at. A socket may also come
from whoever started us, who had the right to open it and keeps it while we are replaced:
sd_listen_fds(3).

In Nginx: the `listen` directive; in Gunicorn: `--bind`.
"""

import errno
import os
import re
import socket
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from weakref import WeakKeyDictionary

FIRST_INHERITED = 3  # after standard input, output and error
WITH_FILE = "glasstack-with-file"  # the name of a socket whose file the heir is to remove

# The sockets that have a file which is ours: its path, device and inode.
_files: WeakKeyDictionary[socket.socket, tuple[str, int, int]] = WeakKeyDictionary()

# host ":" port; an IPv6 address stands in brackets, since it has colons of its own.
_HOST_AND_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]+)")


class ListenError(Exception):
    """An address that cannot be listened at. The message says how to go on."""


class ListenAddress(NamedTuple):
    """Host and port, or the path of a Unix socket with an empty host and port 0."""

    family: socket.AddressFamily
    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        if self.family == socket.AF_UNIX:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if self.family == socket.AF_INET6 else self.host
        return f"{host}:{self.port}"


def parse_address(text: str) -> ListenAddress:
    """Read "127.0.0.1:8080", "[::1]:80", ":8080", "8080" or "unix:/path".

    Without a host it is this machine alone: to be reachable from outside is asked for
    in words, as 0.0.0.0. Port 0 lets the system choose a free one.
    """
    text = text.strip()
    if text.startswith("unix:"):
        if not text[5:]:
            raise ListenError("'unix:' needs a path after it, such as unix:/run/site.sock.")
        return ListenAddress(socket.AF_UNIX, "", 0, text[5:])
    match = _HOST_AND_PORT.fullmatch(f":{text}" if text.isdecimal() else text)
    if match is None:
        raise ListenError(
            f"{text!r} is not an address to listen at. Write HOST:PORT (127.0.0.1:8080), "
            "[IPV6]:PORT ([::1]:8080), a port alone (8080), or unix:PATH."
        )
    port = int(match["port"])
    if port > 65535:
        raise ListenError(
            f"{text!r} has port {port}, but ports end at 65535: 127.0.0.1:8080 would do."
        )
    if match["v6"]:
        return ListenAddress(socket.AF_INET6, match["v6"], port)
    return ListenAddress(socket.AF_INET, match["host"] or "127.0.0.1", port)


def listen(address: str, backlog: int = 1024, mode: int = 0o660) -> socket.socket:
    """A socket that listens there, ready for `Server`. Raises `ListenError`.

    `mode` says who may connect to a Unix socket: whoever has the right to write its file.
    """
    where = parse_address(address)
    sock = socket.socket(where.family, socket.SOCK_STREAM)
    try:
        if where.family == socket.AF_UNIX:
            _remove_stale(where.path)
            _bind_file(sock, where.path, mode)
        else:
            # Else a port stays taken for a minute after its last server (TIME_WAIT).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if where.family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((where.host, where.port))
        sock.listen(backlog)
    except (OSError, TypeError, ValueError) as error:  # the latter two: what no name can be
        stop_listening(sock)
        raise ListenError(_explain(where, error)) from error
    sock.setblocking(False)
    return sock


def _remove_stale(path: str) -> None:
    """Take away the socket file of a server that died, never that of one that lives."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return  # bind() will say that the file is in the way
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a server that lives may have a full queue
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            os.unlink(path)


def _bind_file(sock: socket.socket, path: str, mode: int) -> None:
    """Make the file with these permissions. A chmod() after bind() would leave a moment in
    which anybody may connect, and who has connected stays."""
    before = os.umask(0o777 & ~mode)
    try:
        sock.bind(path)
    finally:
        os.umask(before)
    _claim_file(sock, path)


def _claim_file(sock: socket.socket, path: str) -> None:
    made = os.stat(path)
    _files[sock] = os.path.abspath(path), made.st_dev, made.st_ino


def stop_listening(listener: socket.socket, keep_file: bool = False) -> None:
    """Close it, and remove the file that `listen` has made for it, if any. `keep_file` is for a
    socket at which another process goes on listening.

    For the process that called `listen`; its workers only close theirs. The file is removed
    first: while somebody listens, no other server takes the path, so it cannot become another's
    between the look and the removal.
    """
    if listener in _files and not keep_file:
        path, device, inode = _files.pop(listener)
        try:
            found = os.stat(path)
            # An open socket holds its inode, so that no other file can have got its number.
            if (found.st_dev, found.st_ino) == (device, inode):
                os.unlink(path)
        except OSError:
            pass  # it has gone already
    listener.close()


def listen_at(
    addresses: Iterable[str],
    kept: Iterable[socket.socket] = (),
    *,
    backlog: int = 1024,
    modes: Mapping[str, int] | None = None,
) -> list[socket.socket]:
    """A listening socket for each address, in this order; all of them or `ListenError`.

    Those in `kept` that listen at one of the addresses already are taken as they are, which is
    what a reload needs: nobody can bind the same address again. `modes` has the permissions
    of the Unix sockets for which 0o660 is not right.
    """
    modes = modes or {}
    kept = list(kept)
    taken: list[socket.socket] = []
    opened: list[socket.socket] = []
    try:
        for address in addresses:
            where = parse_address(address)
            free = [sock for sock in kept if sock not in taken and _listens_at(sock, where)]
            if not free:
                opened.append(listen(address, backlog, modes.get(address, 0o660)))
            taken.append(free[0] if free else opened[-1])
    except ListenError:
        for sock in opened:
            stop_listening(sock)
        raise
    return taken


def _listens_at(sock: socket.socket, where: ListenAddress) -> bool:
    if sock.family != where.family:
        return False
    name = sock.getsockname()
    if where.family == socket.AF_UNIX:
        return bool(os.path.abspath(name) == os.path.abspath(where.path))
    try:
        found = socket.getaddrinfo(where.host, where.port, where.family, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return False  # listen() will say so
    # Port 0 means any free one: the one that was chosen before will do.
    host, port = name[:2]
    return bool(host == found[0][4][0]) and where.port in (0, port)


def inherited_listeners() -> list[socket.socket]:
    """The listening sockets that whoever started us has opened for us, as systemd does.

    LISTEN_FDS says how many there are, from descriptor 3 on, and LISTEN_PID for which process
    they are meant. Both are taken out of the environment: what we start inherits neither
    them nor the sockets. Raises `ListenError` where one is not what a server can use.
    """
    pid = os.environ.pop("LISTEN_PID", "")
    count = os.environ.pop("LISTEN_FDS", "0")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if pid != str(os.getpid()):
        return []
    if not count.isdecimal():
        raise ListenError(f"LISTEN_FDS is {count!r}, but a number of sockets was expected.")
    listeners = [_inherit(FIRST_INHERITED + index, int(count)) for index in range(int(count))]
    for listener, name in zip(listeners, names, strict=False):
        if name == WITH_FILE:
            with suppress(OSError):  # it has gone already
                _claim_file(listener, listener.getsockname())
    return listeners


def for_heirs(listeners: Sequence[socket.socket]) -> dict[str, str]:
    """What stands in the environment of this process when it becomes another program, whose
    `inherited_listeners` these are: open from FIRST_INHERITED on, in this order."""
    return {
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": str(len(listeners)),
        "LISTEN_FDNAMES": ":".join(WITH_FILE if each in _files else "" for each in listeners),
    }


def _inherit(descriptor: int, count: int) -> socket.socket:
    problem = f"LISTEN_FDS={count} names descriptor {descriptor}, but that is "
    expected = "expected was a TCP or Unix socket that listens (in systemd: ListenStream=)."
    try:
        os.set_inheritable(descriptor, False)
        sock = socket.socket(fileno=descriptor)
    except OSError as error:
        what = "not open" if error.errno == errno.EBADF else "no socket"
        raise ListenError(f"{problem}{what}; {expected}") from None
    if sock.family not in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        raise ListenError(f"{problem}of another family; {expected}")
    if sock.type != socket.SOCK_STREAM:
        raise ListenError(f"{problem}not a stream socket; {expected}")
    if not _is_listening(sock):
        raise ListenError(f"{problem}not listening; {expected}")
    sock.setblocking(False)
    return sock


def _is_listening(sock: socket.socket) -> bool:
    try:
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) != 0
    except OSError:
        return True  # macOS does not tell; accept() will


def _explain(where: ListenAddress, error: Exception) -> str:
    if not isinstance(error, OSError):
        return f"Cannot listen at {where}: {error}."
    if error.errno == errno.EADDRINUSE:
        if where.family == socket.AF_UNIX:
            return f"{where} is in use: another server listens there, or the file is in the way."
        other = ListenAddress(where.family, where.host, min(where.port + 1, 65535))
        return (
            f"Port {where.port} on {where.host} is in use: another program listens there. "
            f"Stop it (`ss -ltnp 'sport = :{where.port}'` or `lsof -i :{where.port}` names it), "
            f"or take another port, such as {other}."
        )
    if error.errno == errno.EACCES and 0 < where.port < 1024:
        return (
            f"Port {where.port} may not be opened: ports below 1024 need special rights. "
            f"Take one above, such as {where.port + 8000}."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{where.host} is not an address of this machine. Take 127.0.0.1 for this machine "
            "alone, or 0.0.0.0 for all its addresses."
        )
    if where.host == "*":
        return f"All addresses of this machine are 0.0.0.0:{where.port}, or [::]:{where.port}."
    if isinstance(error, socket.gaierror):
        return f"No address is known for the host {where.host!r}. Is it spelt right?"
    if where.family == socket.AF_UNIX and error.errno == errno.ENOENT:
        return f"Cannot listen at {where}: there is no folder {os.path.dirname(where.path)!r}."
    return f"Cannot listen at {where}: {error.strerror or error}."


def url_of(sock: socket.socket, scheme: str = "http") -> str:
    """The address of a listening socket as a browser wants it: "http://127.0.0.1:8080"."""
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return f"unix:{name}"
    return f"{scheme}://{ListenAddress(sock.family, name[0], name[1])}"

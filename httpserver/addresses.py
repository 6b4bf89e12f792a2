"""Where to listen: from the words on a command line to a listening socket.

Before step 1 of the trip: the port that the client's bytes arrive at.

In Nginx: the `listen` directive; in Gunicorn: `--bind`.
"""

import errno
import os
import re
import socket
import stat
from typing import NamedTuple

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


def listen(address: str, backlog: int = 1024) -> socket.socket:
    """A socket that listens there, ready for `Server`. Raises `ListenError`."""
    where = parse_address(address)
    sock = socket.socket(where.family, socket.SOCK_STREAM)
    try:
        if where.family == socket.AF_UNIX:
            _remove_stale(where.path)
            sock.bind(where.path)
        else:
            # Else a port stays taken for a minute after its last server (TIME_WAIT).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if where.family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((where.host, where.port))
        sock.listen(backlog)
    except OSError as error:
        sock.close()
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
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)


def _explain(where: ListenAddress, error: OSError) -> str:
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
    if isinstance(error, socket.gaierror):
        return f"No address is known for the host {where.host!r}. Is it spelt right?"
    return f"Cannot listen at {where}: {error.strerror or error}."


def url_of(sock: socket.socket) -> str:
    """The address of a listening socket as a browser wants it: "http://127.0.0.1:8080"."""
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return f"unix:{name}"
    return "http://" + str(ListenAddress(sock.family, name[0], name[1]))

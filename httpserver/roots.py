"""From a path that a stranger wrote to an open file below a root, and to nothing else.

Step 1 of the trip. The ways to spell "the password file" are many: `..`, `%2e%2e`, a
backslash, a NUL that ends the name for the kernel but not for the check before it, a
symbolic link that leads out. So the path is decoded once and judged as text; then each
name is judged as the file system has it; then the *open* file is asked what it is.

RFC 3986, 6.2.2 (percent-encoding); RFC 8615 (/.well-known/).  In Nginx:
ngx_http_parse_complex_uri, ngx_open_file_cache.c and the directive disable_symlinks.
"""

import errno
import os
from io import FileIO
from stat import S_ISLNK, S_ISREG
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

WELL_KNOWN = "/.well-known"

# O_NONBLOCK, or opening a named pipe would wait for a writer, and the whole server with it.
# O_NOFOLLOW, so that a link is never followed by accident: it is an error, and looked at.
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC

# What the kernel says when a path leads to nothing that could be served. The last three are
# said of sockets and devices.
_NOT_THERE = {
    errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL,
    errno.ENXIO, errno.EOPNOTSUPP, errno.ENODEV,
}  # fmt: skip


def decode_path(path: str) -> str:
    """A request's path as the file system would spell it, percent-decoded once.

    Once only: `%252e` is a file that is called "%2e", not a dot. Bytes that are not
    UTF-8 survive as surrogates, as in every file name that Python reads.
    """
    return os.fsdecode(unquote_to_bytes(path)) if "%" in path else path


def split_path(path: str, dot_files: bool = False) -> list[str] | None:
    """The names along a decoded path, the last one "" where it ends in a slash.

    None where a name is refused, so that no such path ever reaches the file system:
    - empty: one file has one address. And `//evil.example/..` would be redirected to
      as if it were a host (CVE-2021-28861 in Python's own http.server);
    - with a NUL or a backslash, which mean something else to somebody else;
    - beginning with a dot: `.` and `..` always, and, unless `dot_files`, what is meant to
      stay private (`.git`, `.env`), but for `/.well-known/`, which is meant to be public.
    """
    if not path.startswith("/") or "//" in path or "\\" in path or "\0" in path:
        return None
    if "/." in path:
        whole = path + "/"  # so that every name has a slash at both ends
        if "/./" in whole or "/../" in whole:
            return None
        if not dot_files:
            if whole.startswith(WELL_KNOWN + "/"):
                whole = whole.removeprefix(WELL_KNOWN)
            if "/." in whole:
                return None
    return path[1:].split("/")


class Opened(NamedTuple):
    """A regular file, open, where it really is, and what `os.fstat` said of it."""

    path: str
    file: BinaryIO
    status: os.stat_result


class Root:
    """A folder, and what is below it; nothing outside it is ever opened.

    Symbolic links are judged by where they end: inside the root they are welcome (many
    deployments switch versions by one), outside not. Most paths have none, so each name is
    looked at first, and only a link takes the slow way.

    A race is left: who may write below the root can put a link in a folder's place between
    `folder` and `open`. Such a person could as well have copied there what the server can
    read, unless the server may read more than they: then give it a user of its own.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.path = os.path.realpath(folder)
        if not os.path.isdir(self.path):
            raise NotADirectoryError(f"{os.fspath(folder)!r} is not a folder to serve files from")
        self._base = self.path.rstrip("/")  # "" where the root is "/"

    def inside(self, path: str) -> str | None:
        """The real path of `path`, all links followed; None if that is not below the root."""
        real = os.path.realpath(path)
        if real == self.path or real.startswith(self._base + "/"):
            return real
        return None

    def folder(self, names: list[str]) -> str | None:
        """The real path that `names` lead to, one below the other; None if there is none.

        Whether it is a folder shows when something in it is opened.
        """
        path = self._base
        try:
            for name in names:
                path = f"{path}/{name}"
                if S_ISLNK(os.lstat(path).st_mode):
                    return self.inside("/".join((self._base, *names)))
        except OSError as error:
            _raise_unless_absent(error)
            return None
        return path or "/"

    def open(self, path: str) -> Opened | None:
        """The file at `path`, whose folder is real and below the root.

        None where there is none that could be served: nothing, a folder, a device, a socket,
        a named pipe. Raises PermissionError where there is one, and it is not ours to read.
        """
        try:
            descriptor = os.open(path, _READ)
        except OSError as error:
            if error.errno == errno.ELOOP:
                return self._open_link(path)
            if error.errno == errno.EACCES and os.path.isdir(path):
                return None  # a folder may be one to enter, and not to list
            _raise_unless_absent(error)
            return None
        return _regular(path, descriptor)

    def _open_link(self, path: str) -> Opened | None:
        real = self.inside(path)
        if real is None:
            return None
        try:
            # A real path is free of links: one that is here now was put here since.
            return _regular(real, os.open(real, _READ))
        except OSError as error:
            _raise_unless_absent(error)
            return None


def _regular(path: str, descriptor: int) -> Opened | None:
    """It is the open file that is asked what it is: a name may mean another one by now."""
    status = os.fstat(descriptor)
    if S_ISREG(status.st_mode):
        return Opened(path, FileIO(descriptor), status)
    os.close(descriptor)
    return None


def _raise_unless_absent(error: OSError) -> None:
    """That nothing is there is an answer; no permission or a broken disk is an error."""
    if error.errno not in _NOT_THERE:
        raise error

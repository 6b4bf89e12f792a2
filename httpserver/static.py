"""Static files: a folder, answered by the web server itself.

Step 1 of the trip, and for a static file also the last: nothing above wakes up. Most of
the care goes to what must *not* be served. A path is text from a stranger, and the ways
to spell "the password file" are many: `..`, `%2e%2e`, a backslash, a NUL that ends the
name for the kernel but not for the check before it, a symbolic link that leads out.

RFC 9110: 8.3 (types), 8.8 (validators), 13 (conditions), 14 (ranges), 15.5.6 (405).
In Nginx: ngx_http_static_module.c, _index_module.c and _autoindex_module.c.
"""

import copy
import errno
import logging
import os
import stat
import time
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from httpserver.conditions import ByteRange, parse_range, precondition, range_applies
from httpserver.listing import listing_page
from httpserver.messages import (
    Field,
    File,
    Request,
    Response,
    error_response,
    http_date,
)

logger = logging.getLogger(__name__)

# By the last suffix of the name. A table of our own and not the `mimetypes` module, which
# reads the machine's files: the same folder would be served differently elsewhere.
CONTENT_TYPES = {
    "html htm": "text/html",
    "css": "text/css",
    "js mjs": "text/javascript",
    "txt text log": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "ics": "text/calendar",
    "vtt": "text/vtt",
    "xml": "application/xml",
    "json map": "application/json",
    "webmanifest": "application/manifest+json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/vnd.microsoft.icon",
    "bmp": "image/bmp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg oga opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4 m4v": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "wasm": "application/wasm",
    "zip": "application/zip",
    "gz tgz": "application/gzip",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "tar": "application/x-tar",
    "epub": "application/epub+zip",
}
DEFAULT_CONTENT_TYPE = "application/octet-stream"
_TYPE_OF_SUFFIX = {
    suffix: content_type
    for suffixes, content_type in CONTENT_TYPES.items()
    for suffix in suffixes.split()
}

ALLOW = "GET, HEAD, OPTIONS"

# What the kernel says when a path leads to nothing that could be served.
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL}


def content_type(name: str) -> str:
    """The Content-Type for a file of this name; text is taken to be UTF-8."""
    _, dot, suffix = name.rpartition(".")
    found = _TYPE_OF_SUFFIX.get(suffix.lower() if dot else "", DEFAULT_CONTENT_TYPE)
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


def decode_path(path: str) -> str:
    """A request's path as the file system would spell it, percent-decoded once.

    Once only: `%252e` is a file that is called "%2e", not a dot. Bytes that are not
    UTF-8 survive as surrogates, as in every file name that Python reads.
    """
    return os.fsdecode(unquote_to_bytes(path)) if "%" in path else path


def split_path(path: str) -> list[str] | None:
    """The names along a decoded path, the last one "" where it ends in a slash.

    None where a name is refused, so that no such path ever reaches the file system:
    - empty: one file has one address. And `//evil.example/..` would be redirected to
      as if it were a host (CVE-2021-28861 in Python's own http.server);
    - beginning with a dot: `.` and `..`, and what is meant to stay private (`.git`,
      `.env`), but for `/.well-known/`, which is meant to be public (RFC 8615);
    - with a NUL or a backslash, which mean something else to somebody else.
    """
    first, *names = path.split("/")
    if first or not names or "\0" in path or "\\" in path:
        return None
    for position, name in enumerate(names):
        is_last = position == len(names) - 1
        if not name and not is_last:
            return None
        if name.startswith(".") and not (position == 0 and name == ".well-known"):
            return None
    return names


class StaticFiles:
    """A handler that answers with the files below `root`.

    Called, it answers every request, with 404 where it has nothing. `answer(request)`
    gives None instead, for those who have somewhere else to ask (`locations.TryFiles`).
    `under("/static/")` is the same folder seen below that prefix.

    `index` is the file that stands for its folder. `listing` shows a folder without one
    as a page. `cache_control` is sent as it is, e.g. "public, max-age=3600".
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        index: str = "index.html",
        listing: bool = False,
        cache_control: str | None = None,
    ) -> None:
        self.root = os.path.realpath(root)
        if not os.path.isdir(self.root):
            raise NotADirectoryError(f"{os.fspath(root)!r} is not a folder to serve files from")
        self.index = index
        self.listing = listing
        self.cache_control = cache_control
        self.prefix = "/"

    def under(self, prefix: str) -> "StaticFiles":
        """The same folder below `prefix` ("/static/"), which is cut off the request's path."""
        mounted = copy.copy(self)
        mounted.prefix = prefix if prefix.endswith("/") else prefix + "/"
        return mounted

    def __call__(self, request: Request) -> Response:
        if request.path == "*":  # OPTIONS * asks about the server, not about a file
            return _options()
        return self.answer(request) or error_response(404, "There is no such file here.")

    def answer(self, request: Request) -> Response | None:
        """The response, or None where no file of this folder is meant."""
        path = decode_path(request.path)
        if not path.startswith(self.prefix):
            return None
        names = split_path(path[len(self.prefix) - 1 :])
        if names is None:
            return None
        try:
            return self._answer(request, names)
        except PermissionError as error:
            logger.warning("%s: no permission to read %s", request.path, error.filename)
            return error_response(403, "The server has no permission to read this file.")
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
            return None

    def _answer(self, request: Request, names: list[str]) -> Response | None:
        path = self._inside("/".join(names))
        if path is None:
            return None
        is_folder = os.path.isdir(path)
        wants_folder = not names[-1]
        if is_folder and not wants_folder:
            return self._redirect(request, path)
        if wants_folder and not is_folder:
            return None  # "/page.html/"
        if is_folder:
            return self._folder(request, path)
        return self._file(request, path)

    def _inside(self, relative: str) -> str | None:
        """The real path of what is called `relative` below the root, None if it is outside.

        Symbolic links are followed first and judged by where they end: inside the root
        they are welcome (this is how many deployments switch versions), outside not.
        """
        real = os.path.realpath(os.path.join(self.root, relative))
        if real == self.root or real.startswith(self.root.rstrip("/") + "/"):
            return real
        return None

    # Folders

    def _redirect(self, request: Request, path: str) -> Response | None:
        """From "/dir" to "/dir/", or the relative links of its page would lead astray."""
        if not self.listing and not os.path.isfile(os.path.join(path, self.index)):
            return None  # there is nothing to be sent to
        if refusal := _refused_method(request):
            return refusal
        target = request.path + "/" + (f"?{request.query}" if request.query else "")
        response = error_response(301, "This folder's address ends in a slash.")
        response.headers.append(("Location", target))
        return response

    def _folder(self, request: Request, path: str) -> Response | None:
        index = self._inside(os.path.join(path, self.index))
        if index is not None and os.path.isfile(index):
            return self._file(request, index)
        if not self.listing:
            return None
        if refusal := _refused_method(request):
            return refusal
        title = decode_path(request.path)
        page = listing_page(title, path, self._inside, has_parent=path != self.root)
        return Response(200, [("Content-Type", "text/html; charset=utf-8")], page)

    # Files

    def _file(self, request: Request, path: str) -> Response | None:
        file = _open_regular(path)
        if file is None:
            return None
        if refusal := _refused_method(request):
            file.close()
            return refusal
        try:
            return self._represent(request, path, file)
        except BaseException:
            file.close()
            raise

    def _represent(self, request: Request, path: str, file: BinaryIO) -> Response:
        """The open file as a response: not modified, a part, or the whole."""
        status = os.fstat(file.fileno())
        size, now = status.st_size, time.time()
        # Never later than now (RFC 9110, 8.8.2.1): a clock may have been wrong.
        last_modified = int(min(status.st_mtime, now))
        # Strong: other bytes under the same name have another time, in nanoseconds.
        etag = f'"{status.st_mtime_ns:x}-{size:x}"'
        fields = [("ETag", etag), ("Last-Modified", http_date(last_modified))]
        if self.cache_control is not None:
            fields.append(("Cache-Control", self.cache_control))

        decided = precondition(request.method, request.headers, etag, last_modified)
        if decided is not None:
            file.close()
            return Response(304, fields) if decided == 304 else error_response(decided)

        fields += [("Content-Type", content_type(path)), ("Accept-Ranges", "bytes")]
        wanted: list[ByteRange] | None = None  # None: the whole
        asked = request.headers.get("range") if request.method == "GET" else None
        if asked and range_applies(request.headers, etag, last_modified, now):
            wanted = parse_range(asked, size)
        if wanted == []:
            file.close()
            response = error_response(416, f"The file has {size} bytes.")
            response.headers.append(("Content-Range", f"bytes */{size}"))
            return response
        if wanted is not None and len(wanted) == 1:
            return _part(wanted[0], fields, file, size)
        # Several ranges are answered by the whole, as a server may (RFC 9110, 14.2).
        fields.append(("Content-Length", str(size)))
        return Response(200, fields, File(file, 0, size))


def _part(part: ByteRange, fields: list[Field], file: BinaryIO, size: int) -> Response:
    fields.append(("Content-Range", f"bytes {part.first}-{part.last}/{size}"))
    fields.append(("Content-Length", str(part.length)))
    return Response(206, fields, File(file, part.first, part.length))


def _open_regular(path: str) -> BinaryIO | None:
    """The file, open; None for what is none: a device, a socket, a named pipe.

    O_NONBLOCK, or opening a named pipe would wait for a writer, and the whole server with
    it. O_NOFOLLOW, because `path` is free of links: one that is there now was put there
    since we looked. It is the open file that is asked what it is, not the name.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a Unix socket
            return None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return open(descriptor, "rb", buffering=0)


def _refused_method(request: Request) -> Response | None:
    """The answer to other methods than GET and HEAD; None for these two."""
    if request.method in ("GET", "HEAD"):
        return None
    if request.method == "OPTIONS":
        return _options()
    response = error_response(405, "A file can be read (GET, HEAD), nothing else.")
    response.headers.append(("Allow", ALLOW))
    return response


def _options() -> Response:
    return Response(204, [("Allow", ALLOW)])

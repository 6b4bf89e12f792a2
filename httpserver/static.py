"""Static files: a folder, answered by the web server itself.

Step 1 of the trip, and for a static file also the last: nothing above wakes up. Which file
is meant, and that none outside the root is, `roots` decides; here is what is said of it:
its type and validators, whether the client has it already, which part of it is wanted, and
in which coding.

RFC 9110: 8.8 (validators), 12.5.3 (codings), 13 (conditions), 14 (ranges), 15.5.6 (405).
In Nginx: ngx_http_static_module.c, _index_module.c and _autoindex_module.c.
"""

import copy
import logging
import os
import time
from functools import lru_cache

from httpserver.conditions import ByteRange, parse_range, precondition, range_applies
from httpserver.content_types import content_type
from httpserver.listing import listing_page
from httpserver.messages import (
    Field,
    File,
    Request,
    Response,
    error_response,
    http_date,
)
from httpserver.multirange import MultipartRanges, coalesce
from httpserver.roots import Opened, Root, split_path
from httpserver.roots import decode_path as decode_path  # for those who compare paths with ours
from httpserver.variants import IDENTITY, SUFFIXES, accepted_codings

logger = logging.getLogger(__name__)

ALLOW = "GET, HEAD, OPTIONS"

# A site's files have few times of change between them, and writing one takes a while.
_date = lru_cache(1024)(http_date)


class StaticFiles:
    """A handler that answers with the files below `root`.

    Called, it answers every request, with 404 where it has nothing. `answer(request)`
    gives None instead, for those who have somewhere else to ask (`locations.TryFiles`).
    `under("/static/")` is the same folder seen below that prefix: Nginx's `alias`. Left as
    it is, the whole path is looked for below the folder: Nginx's `root`.

    `index` is the file that stands for its folder. `listing` shows a folder without one
    as a page. `cache_control` is sent as it is, e.g. "public, max-age=3600". `dot_files`
    serves what begins with a dot, too. `precompressed` looks for `app.js.br` and
    `app.js.gz` beside `app.js`; what is older than the file is not used.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        index: str = "index.html",
        listing: bool = False,
        cache_control: str | None = None,
        dot_files: bool = False,
        precompressed: bool = True,
    ) -> None:
        self._root = Root(root)
        self.index = index
        self.listing = listing
        self.dot_files = dot_files
        self.precompressed = precompressed
        self.prefix = "/"
        self._fields: list[Field] = []  # of every representation, and of its 304
        if precompressed:
            # Also of a file that has no other variant: it may have one tomorrow.
            self._fields.append(("Vary", "Accept-Encoding"))
        if cache_control is not None:
            self._fields.append(("Cache-Control", cache_control))

    @property
    def root(self) -> str:
        """The folder's real path."""
        return self._root.path

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
        path = self.path_of(request)
        return None if path is None else self.answer_path(request, path)

    def path_of(self, request: Request) -> str | None:
        """The request's path, decoded, below the prefix; None where it is elsewhere."""
        path = decode_path(request.path)
        return path[len(self.prefix) - 1 :] if path.startswith(self.prefix) else None

    def answer_path(self, request: Request, path: str, redirect: bool = True) -> Response | None:
        """The response to this request with what is called `path` ("/docs/page.html") here.

        `redirect` is whether a folder that is called without its slash sends the client there.
        """
        names = split_path(path, self.dot_files)
        if names is None:
            return None
        try:
            return self._answer(request, names, redirect)
        except PermissionError as error:
            logger.warning("%s: no permission to read %s", request.path, error.filename)
            return error_response(403, "The server has no permission to read this file.")

    def _answer(self, request: Request, names: list[str], redirect: bool) -> Response | None:
        *folders, name = names
        folder = self._root.folder(folders)
        if folder is None:
            return None
        if not name:
            return self._folder(request, folder)
        found = self._root.open(f"{folder}/{name}")
        if found is None:
            return self._redirect(request, names) if redirect else None
        return self._file(request, found, name)

    # Folders

    def _redirect(self, request: Request, names: list[str]) -> Response | None:
        """From "/dir" to "/dir/", or the relative links of its page would lead astray."""
        folder = self._root.folder(names)
        if folder is None or not os.path.isdir(folder):
            return None
        if not self.listing and not os.path.isfile(f"{folder}/{self.index}"):
            return None  # there is nothing to be sent to
        if refusal := _refused_method(request):
            return refusal
        target = request.path + "/" + (f"?{request.query}" if request.query else "")
        response = error_response(301, "This folder's address ends in a slash.")
        response.headers.append(("Location", target))
        return response

    def _folder(self, request: Request, folder: str) -> Response | None:
        index = self._root.open(f"{folder}/{self.index}")
        if index is not None:
            return self._file(request, index, self.index)
        if not self.listing or not os.path.isdir(folder):
            return None
        if refusal := _refused_method(request):
            return refusal
        title, has_parent = decode_path(request.path), folder != self.root
        page = listing_page(title, folder, self._root.inside, has_parent, self.dot_files)
        return Response(200, [("Content-Type", "text/html; charset=utf-8")], page)

    # Files

    def _file(self, request: Request, found: Opened, name: str) -> Response:
        """The open file as a response; it is closed unless it is the response's body."""
        if refusal := _refused_method(request):
            found.file.close()
            return refusal
        file, coding = found.file, IDENTITY
        try:
            accepted = request.headers.by_name.get("accept-encoding")
            if accepted is not None and self.precompressed:
                found, coding = self._variant(found, accepted)
                if found.file is not file:
                    file.close()
                    file = found.file
            response = self._represent(request, found, name, coding)
        except BaseException:
            file.close()
            raise
        if response.body.__class__ is bytes:
            file.close()
        return response

    def _variant(self, original: Opened, accept_encoding: str) -> tuple[Opened, str]:
        """What to send in place of the original, and its coding; "" where nothing would do."""
        for coding in accepted_codings(accept_encoding):
            if coding == IDENTITY:
                return original, IDENTITY
            sibling = self._sibling(original, SUFFIXES[coding])
            if sibling is not None:
                return sibling, coding
        return original, ""

    def _sibling(self, original: Opened, suffix: str) -> Opened | None:
        """The file beside `original`, where it is not older: an old one has old contents."""
        path = original.path + suffix
        if not os.access(path, os.F_OK):  # asked first: most have none, and an error costs more
            return None
        try:
            sibling = self._root.open(path)
        except PermissionError:
            return None  # the original can be read, so the client gets that
        if sibling is not None and sibling.status.st_mtime_ns < original.status.st_mtime_ns:
            sibling.file.close()
            return None
        return sibling

    def _represent(self, request: Request, found: Opened, name: str, coding: str) -> Response:
        """A file in the coding that was chosen: not modified, a part, or the whole."""
        if not coding:
            response = error_response(406, "This file is not there in a coding that you accept.")
            response.headers += self._fields
            return response
        status = found.status
        size, now = status.st_size, time.time()
        # Never later than now (RFC 9110, 8.8.2.1): a clock may have been wrong.
        last_modified = int(min(status.st_mtime, now))
        # Strong: other bytes under the same name have another time, in nanoseconds, and
        # another coding says so (gzip keeps the time of what it compresses).
        mark = "" if coding == IDENTITY else f"-{coding}"
        etag = f'"{status.st_mtime_ns:x}-{size:x}{mark}"'
        fields = [("ETag", etag), ("Last-Modified", _date(last_modified)), *self._fields]

        decided = precondition(request.method, request.headers, etag, last_modified)
        if decided is not None:
            return Response(304, fields) if decided == 304 else error_response(decided)

        fields.append(("Accept-Ranges", "bytes"))
        described = [("Content-Type", content_type(name))]
        if coding != IDENTITY:
            described.append(("Content-Encoding", coding))
        asked = request.headers.by_name.get("range") if request.method == "GET" else None
        # Of an empty file there are no parts: the whole, which is all that anyone lacks.
        if asked and size and range_applies(request.headers, etag, last_modified, now):
            wanted = parse_range(asked, size)
            if wanted is not None:
                return _partial(found, wanted, fields, described)
        fields += described
        fields.append(("Content-Length", str(size)))
        return Response(200, fields, File(found.file, 0, size))


def _partial(
    found: Opened, wanted: list[ByteRange], fields: list[Field], described: list[Field]
) -> Response:
    """The parts that are wanted of a file; `described` are the fields of its content."""
    size = found.status.st_size
    if not wanted:
        response = error_response(416, f"The file has {size} bytes.")
        response.headers.append(("Content-Range", f"bytes */{size}"))
        return response
    wanted = coalesce(wanted)
    if len(wanted) == 1:
        part = wanted[0]
        fields += described
        fields.append(("Content-Range", part.content_range(size)))
        fields.append(("Content-Length", str(part.length)))
        return Response(206, fields, File(found.file, part.first, part.length))
    # It is the parts that are of this type and coding. Said of the whole, Content-Encoding
    # would have the client uncompress the lines between them.
    body = MultipartRanges(found.file, wanted, size, described)
    fields.append(("Content-Type", body.content_type))
    fields.append(("Content-Length", str(body.length)))
    return Response(206, fields, body)


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

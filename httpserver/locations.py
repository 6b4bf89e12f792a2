"""Which handler answers which path.

Step 1 of the trip: the web server decides here whether a request is for a file, or goes
on to the application. First an exact match, then the longest prefix, as in Nginx.

In Nginx: the directives `location` and `try_files`.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from httpserver.messages import Handler, Request, Response, Upstream, error_response
from httpserver.static import StaticFiles, decode_path


@runtime_checkable
class Mountable(Protocol):
    """A handler that can be seen below a prefix: it cuts the prefix off by itself."""

    def under(self, prefix: str) -> Handler: ...


class Locations:
    """A handler that hands each request to the location it belongs to.

    A pattern is "= /exact" or a prefix ("/static/"), in decoded form. A prefix matches as
    it is written: "/static/" matches "/static/app.css" and not "/static", while "/api"
    also matches "/apiary". A `Mountable` handler (static files) is mounted: for it,
    "/static/app.css" below "/static/" is "app.css". Others see the whole path.

    Paths are compared percent-decoded, since the handler behind will decode them too:
    else `/%61dmin/` would slip past what is said of "/admin/". So would `//admin/` and
    `/x/../admin/`, which are compared as what they come down to.
    """

    def __init__(
        self, locations: Iterable[tuple[str, Handler]], default: Handler | None = None
    ) -> None:
        self._exact: dict[str, Handler] = {}
        prefixes: dict[str, Handler] = {}
        for pattern, handler in locations:
            is_exact = pattern.startswith("=")
            path = pattern.removeprefix("=").strip()
            table = self._exact if is_exact else prefixes
            if not path.startswith("/"):
                raise ValueError(
                    f"a location is a path from the root ('/static/') or '= /path', not {pattern!r}"
                )
            if path in table:
                raise ValueError(f"the location {pattern!r} is given twice")
            if not is_exact and isinstance(handler, Mountable):
                handler = handler.under(path)
            table[path] = handler
        # The longest first, so that the first to match is the longest to match.
        self._prefixes = sorted(prefixes.items(), key=lambda item: len(item[0]), reverse=True)
        self._default = default or nothing_here

    def __call__(self, request: Request) -> Response | Upstream:
        return self.find(request.path)(request)

    def find(self, path: str) -> Handler:
        """The handler for a request's path (percent-encoded, as it came)."""
        path = resolved(decode_path(path))
        if path in self._exact:
            return self._exact[path]
        for prefix, handler in self._prefixes:
            if path.startswith(prefix):
                return handler
        return self._default


def resolved(path: str) -> str:
    """A decoded path as a file system would walk it: no empty names, no dots (RFC 3986, 5.2.4)."""
    if "//" not in path and "/." not in path:
        return path
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    joined = "/".join(names)
    is_folder = path.endswith(("/", "/.", "/.."))
    return f"/{joined}/" if names and is_folder else f"/{joined}"


def nothing_here(request: Request) -> Response:
    return error_response(404, "Nothing is served at this address.")


class TryFiles:
    """A handler that asks one folder after the other, then the `fallback`.

    So an application's folders share one URL, and what none of them has is the
    application's to answer: `TryFiles([StaticFiles(a), StaticFiles(b)], gateway)`.
    """

    def __init__(self, folders: Sequence[StaticFiles], fallback: Handler) -> None:
        self._folders = tuple(folders)
        self._fallback = fallback

    def under(self, prefix: str) -> "TryFiles":
        """The folders below `prefix`; the fallback sees the whole path as ever."""
        return TryFiles([folder.under(prefix) for folder in self._folders], self._fallback)

    def __call__(self, request: Request) -> Response | Upstream:
        for folder in self._folders:
            response = folder.answer(request)
            if response is not None:
                return response
        return self._fallback(request)

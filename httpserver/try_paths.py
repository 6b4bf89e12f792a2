"""One request, several files that would do: the first that is there.

Step 1 of the trip. A path in the browser need not be the name of a file: "/about" may be
`about.html`, and in an application that runs in the browser every path is `index.html`.

In Nginx: the directive `try_files`.
"""

from collections.abc import Sequence

from httpserver.messages import Handler, Request, Response, Upstream, error_response
from httpserver.static import StaticFiles

PATH = "{path}"


class TryPaths:
    """A handler that looks for one path after the other below `files`.

        TryPaths(StaticFiles("site"), ["{path}", "{path}.html", "/index.html"])

    `{path}` is the request's path, decoded, below the prefix of `files`. What ends in a slash
    means a folder: its index, or its listing. `{path}` alone finds "/dir/" but not "/dir";
    `{path}/` finds that too, and sends the client to "/dir/". What is found is judged as if it
    had been asked for; the request keeps its own target. Where nothing is found, `fallback`
    answers, or an error page with `status`.
    """

    def __init__(
        self,
        files: StaticFiles,
        patterns: Sequence[str],
        fallback: Handler | None = None,
        status: int = 404,
    ) -> None:
        self._files = files
        self._patterns = tuple(patterns)
        self._fallback = fallback
        self._status = status
        for pattern in patterns:
            if not pattern.startswith(("/", PATH)) or pattern.count(PATH) > 1:
                raise ValueError(
                    f"a path to try is '/...' or '{PATH}...', with at most one {PATH}, "
                    f"not {pattern!r}"
                )

    def under(self, prefix: str) -> "TryPaths":
        """The files below `prefix`; the fallback sees the whole path as ever."""
        files = self._files.under(prefix)
        return TryPaths(files, self._patterns, self._fallback, self._status)

    def __call__(self, request: Request) -> Response | Upstream:
        path = self._files.path_of(request)
        if path is not None:
            for pattern in self._patterns:
                response = self._try(request, pattern, path)
                if response is not None:
                    return response
        if self._fallback is not None:
            return self._fallback(request)
        return error_response(self._status)

    def _try(self, request: Request, pattern: str, path: str) -> Response | None:
        before, placeholder, after = pattern.partition(PATH)
        if not placeholder:
            return self._files.answer_path(request, pattern, redirect=False)
        if after == "/":  # a folder, with or without the slash that it should have been given
            return self._files.answer_path(request, before + path, redirect=True)
        if path.endswith("/"):
            after = after.removeprefix("/")  # "/docs/" and "{path}/index.html" have one too many
        return self._files.answer_path(request, before + path + after, redirect=False)

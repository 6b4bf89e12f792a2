"""What every template of the reader sees: whether it is for a file, and nothing searched for."""

from typing import Any

from miniframework.http import HttpRequest


class _StaticBuild:
    """`with STATIC_BUILD:` pages are made for a folder of files, without what needs a server."""

    def __init__(self) -> None:
        self.is_on = False

    def __enter__(self) -> None:
        self.is_on = True

    def __exit__(self, *error: object) -> None:
        self.is_on = False


STATIC_BUILD = _StaticBuild()


def reader(request: HttpRequest) -> dict[str, Any]:
    return {"static_build": STATIC_BUILD.is_on, "question_asked": ""}

"""What goes wrong on the way from path to view, and on the way back."""

from typing import Any

from miniframework.http import Http404


class Resolver404(Http404):
    """No pattern matches: `path` is what was asked, `tried` the patterns, outermost first.

    Each entry of `tried` is the list of patterns that leads to one that did not match, so
    that the debug page can show every way that was looked at.
    """

    def __init__(self, path: str, tried: list[list[Any]]) -> None:
        super().__init__(f"No URL pattern matches {path!r}.")
        self.path = path
        self.tried = tried


class NoReverseMatch(Exception):
    """There is no URL of this name, or none that takes these arguments."""

    # A template shows nothing in place of a variable that raises this.
    silent_variable_failure = True

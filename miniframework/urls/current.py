"""Which URLconf and which script prefix hold for the request at hand.

A request stays on one thread from beginning to end, and each thread has a context of its
own, so a `ContextVar` is all it takes for two requests not to see each other's.

SCRIPT_NAME, RFC 3875, 4.1.13: the part of the path that led to the application.
"""

from contextvars import ContextVar
from typing import Any

_urlconf: ContextVar[Any] = ContextVar("urlconf", default=None)
_script_prefix: ContextVar[str] = ContextVar("script_prefix", default="/")


def set_urlconf(urlconf: Any) -> None:
    """Resolve and reverse with this URLconf on this thread; None: settings.ROOT_URLCONF."""
    _urlconf.set(urlconf)


def get_urlconf(default: Any = None) -> Any:
    urlconf = _urlconf.get()
    return default if urlconf is None else urlconf


def set_script_prefix(prefix: str) -> None:
    """What every reversed URL begins with; ends in a slash."""
    _script_prefix.set(prefix if prefix.endswith("/") else f"{prefix}/")


def get_script_prefix() -> str:
    return _script_prefix.get()


def clear_script_prefix() -> None:
    _script_prefix.set("/")

"""Words for the terminal: coloured where there is one, plain everywhere else.

rich knows what NO_COLOR and a pipe mean; without rich, the same words come plain.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

try:
    from rich.console import Console as _Console
    from rich.text import Text as _Text
except ImportError:  # a bare clone
    _Console = None  # type: ignore[assignment,misc]

PATIENCE = 5.0  # seconds without a word


class Output:
    """`say(text, style)`: a line on standard output; `complain(text)`: one on standard error."""

    def __init__(self) -> None:
        self._out: Any = self._console(stderr=False)
        self._err: Any = self._console(stderr=True)

    @staticmethod
    def _console(*, stderr: bool) -> Any:
        stream = sys.stderr if stderr else sys.stdout
        if _Console is None or not stream.isatty() or os.environ.get("NO_COLOR"):
            return None
        return _Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)

    def say(self, text: str = "", style: str = "") -> None:
        self._print(self._out, text, style, sys.stdout)

    def complain(self, text: str) -> None:
        self._print(self._err, text, "yellow", sys.stderr)

    @contextmanager
    def patience(self, words: str, seconds: float = PATIENCE) -> Iterator[None]:
        """Say these words at a terminal if the block takes longer than that."""
        timer = threading.Timer(seconds, self.say, (words, "dim"))
        timer.daemon = True
        if sys.stdout.isatty():
            timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def parts(self, *parts: tuple[str, str]) -> None:
        """One line made of (text, style)."""
        if self._out is None:
            print("".join(text for text, _ in parts))
        else:
            self._out.print(_Text.assemble(*parts))

    @staticmethod
    def _print(console: Any, text: str, style: str, stream: Any) -> None:
        if console is None:
            print(text, file=stream, flush=True)
        else:
            console.print(_Text(text, style=style))

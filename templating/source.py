"""The text of one template and the places in it: what every error message points at.

Step 7. Tokens, nodes and compiled code all refer back to a `Source`, so that an error,
however deep, can show the line of the template where it began.
In Django: `Origin` and `Template.get_exception_info`.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from templating.engine import Engine

# A tag stands on one line: "." does not match a line break, and that is Django's rule too.
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")

# How much of a line an error message shows.
MAX_WIDTH = 160

UNNAMED = "<string>"
UNKNOWN = "<unknown source>"  # the origin's name, in Django's words, where there is none


class Origin:
    """Where a template came from: `name` is the full place, `template_name` what was asked for."""

    def __init__(self, name: str, template_name: str | None = None, loader: Any = None) -> None:
        self.name = name
        self.template_name = template_name
        self.loader = loader
        self.modified = 0.0  # when its text was last changed, as far as a cache wants to know

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Origin {self.name!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and self.name == other.name and self.loader == other.loader

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def loader_name(self) -> str | None:
        if self.loader is None:
            return None
        return f"{type(self.loader).__module__}.{type(self.loader).__qualname__}"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a template: line and column count from 1; `tag` is the text that stands there,
    `around` shows it among its lines."""

    template: str
    line: int
    column: int | None = None
    tag: str = ""
    around: str = ""

    def __str__(self) -> str:
        place = f"in template {self.template!r}, line {self.line}"
        return f"{place}: {self.tag}" if self.tag else place


class Source:
    """One template's text, its name, and the engine whose settings it is compiled for."""

    def __init__(
        self,
        text: str,
        name: str | None = None,
        origin: Origin | None = None,
        engine: "Engine | None" = None,
    ) -> None:
        self.text = text
        self.name = name or UNNAMED
        self.origin = origin or Origin(UNKNOWN)
        self.engine = engine
        # Not str.splitlines(): the lexer, which numbers the lines, ends them at "\n" alone.
        self.lines = text.split("\n")

    @property
    def filename(self) -> str:
        """The name that tracebacks print: the file, or something unlike any file."""
        if self.origin.name != UNKNOWN:
            return self.origin.name
        return f"template {self.name} at {id(self):#x}"

    def get_source(self, _module: str) -> str:
        """Python's traceback asks this of a frame's `__loader__` (PEP 302, module linecache)."""
        return self.text

    def string_if_invalid(self, variable: str) -> str:
        """What stands for a variable that leads nowhere, by the engine's setting."""
        invalid = self.engine.string_if_invalid if self.engine else ""
        return invalid % variable if "%s" in invalid else invalid

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def tag_at(self, line: int, column: int | None) -> str:
        """The tag that begins at this place, or the whole line where the column is unknown."""
        text = self.line(line)
        if column is None:
            return text.strip()
        found = TAG.match(text, column - 1)
        return found.group() if found else text.strip()

    def position(self, line: int, column: int | None = None) -> Position:
        return Position(
            self.name, line, column, self.tag_at(line, column), self.excerpt(line, column)
        )

    def excerpt(self, line: int, column: int | None, around: int = 2) -> str:
        """The lines around a place, the place itself marked with carets."""
        # Of pages on one long line the part around the place.
        skipped = max(0, (column or 1) - 1 - MAX_WIDTH // 2)
        shown = []
        for number in range(max(1, line - around), min(len(self.lines), line + around) + 1):
            mark = ">" if number == line else " "
            text = self.line(number)
            shown.append(f"  {mark} {number:4} | {text[skipped : skipped + MAX_WIDTH]}")
            if number == line and column is not None:
                length = min(max(1, len(self.tag_at(line, column))), MAX_WIDTH // 2)
                shown.append(f"         | {' ' * (column - 1 - skipped)}{'^' * length}")
        return "\n".join(shown)

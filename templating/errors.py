"""What can go wrong with a template, told to the person who must mend it.

Step 7. A syntax error is found when a template is compiled; a template that is nowhere
lists where it was looked for; any other exception that passes through a render keeps its
type and gets the way through the templates attached (PEP 678 notes).
In Django: django.template.exceptions, and the debug page's `template_debug`.
"""

from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any

from templating.source import Origin, Position, Source

Place = tuple[Source, int, int | None]  # line and column count from 1

# How many templates of the way to an error are told, the last ones.
MAX_NOTES = 10


class TemplateSyntaxError(Exception):
    """The text of a template breaks the rules; says which template, where, and what is near."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.source: Source | None = None
        self.line: int | None = None
        self.column: int | None = None

    def locate(self, source: Source, line: int, column: int | None) -> None:
        """Add the place, unless a deeper one is already known."""
        if self.source is None:
            self.source, self.line, self.column = source, line, column

    @property
    def template_name(self) -> str | None:
        return self.source.name if self.source else None

    @property
    def template_position(self) -> Position | None:
        if self.source is None or self.line is None:
            return None
        return self.source.position(self.line, self.column)

    def __str__(self) -> str:
        if self.source is None or self.line is None:
            return str(self.message)
        column = f", column {self.column}" if self.column else ""
        place = f"  in template {self.source.name!r}, line {self.line}{column}:"
        return f"{self.message}\n{place}\n{self.source.excerpt(self.line, self.column)}"


class TemplateDoesNotExist(Exception):
    """No loader has it. `tried` lists (origin, reason) in the order in which it was looked."""

    def __init__(
        self,
        message: str,
        tried: Sequence[tuple[Origin, str]] = (),
        backend: Any = None,
        chain: "Sequence[TemplateDoesNotExist]" = (),
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.name = message
        self.backend = backend
        self.tried = list(tried)
        self.chain = list(chain)
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.name}{self.hint and '.'}{self.hint}"]
        lines += [f"  looked at {origin.name}: {reason}" for origin, reason in self.tried]
        return "\n".join(lines)


class TemplateRecursionError(RecursionError):
    """Templates include or extend each other without an end; the message names the chain."""

    def __init__(self, limit: int, names: Sequence[str | None]) -> None:
        named = [name or "<string>" for name in names]
        ends = " -> ".join([*named[:3], "...", *named[-3:]] if len(named) > 6 else named)
        super().__init__(f"More than {limit} templates stand in each other: {ends}")


class VariableDoesNotExist(Exception):
    """A variable leads nowhere: raised where the language must have a value.

    Out of a function that a template calls, such as `block.super`, it says that what the
    function stands for leads nowhere.
    """

    silent_variable_failure = True

    def __init__(self, message: str, params: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message % tuple(self.params) if self.params else self.message


class ContextPopException(Exception):
    """`Context.pop()` without a matching `push()`."""


def attach_position(error: BaseException) -> None:
    """Note on an exception the templates it came through, the innermost place last.

    Compiled code carries the template's own line and column numbers, so Python's
    traceback is the only record that is needed, and a render that goes well pays nothing.
    """
    places = template_places(error.__traceback__)
    if not places or hasattr(error, "_templates_noted"):
        return
    positions = [source.position(line, column) for source, line, column in places]
    notes = [str(position) for position in positions[-MAX_NOTES:]]
    if isinstance(error, TemplateSyntaxError):
        error.locate(*places[-1])  # its own text shows the place and the lines around
        if (error.source, error.line, error.column) == places[-1]:
            notes.pop()
    else:
        notes.append(positions[-1].around)
    for note in notes:
        error.add_note(note)
    try:
        error._templates_noted = True  # type: ignore[attr-defined]
        error.template_position = positions[-1]  # type: ignore[attr-defined]
    except AttributeError:  # a property, or a class with __slots__: the notes must do
        pass


def template_places(traceback: TracebackType | None) -> list[Place]:
    """The places in templates that a traceback comes through, the innermost one last."""
    places: list[Place] = []
    while traceback is not None:
        place = template_place(traceback.tb_frame, traceback.tb_lasti)
        if place is not None and place not in places[-1:]:  # a tag may have two frames
            places.append(place)
        traceback = traceback.tb_next
    return places


def template_place(frame: FrameType, last_instruction: int) -> Place | None:
    """Where in a template this frame is, if it runs compiled template code."""
    source = frame.f_globals.get("__loader__")
    if not isinstance(source, Source):
        return None
    # Two bytes an instruction. The columns are bytes of UTF-8, as Python counts.
    line, _, offset, _ = list(frame.f_code.co_positions())[last_instruction // 2]
    column = None
    if line is not None and offset is not None:
        before = source.line(line).encode("utf-8", "surrogatepass")[:offset]
        column = len(before.decode("utf-8", "surrogatepass")) + 1
    return source, line or frame.f_lineno, column

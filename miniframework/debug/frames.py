"""A traceback as data: each frame with its source lines and variables.

Step 9 of the trip. An exception may have a cause ("raise ... from") or have been raised
while another was handled; the story is told from the first to the last.

In Django: django.views.debug.ExceptionReporter.get_traceback_frames.
"""

import linecache
from dataclasses import dataclass
from types import TracebackType

from miniframework.debug.cleanse import shown

CONTEXT_LINES = 5
MAX_FRAMES = 60  # a recursion without end has a thousand, and the first and last suffice
MAX_VARIABLES = 40
MAX_EXCEPTIONS = 10


@dataclass(frozen=True, slots=True)
class Frame:
    filename: str
    lineno: int
    function: str
    ours: bool  # whether it is the framework's code rather than the project's
    lines: list[tuple[int, str]]  # the source around the line, numbered
    variables: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One exception of the chain; `link` says what it has to do with the one before."""

    link: str
    title: str
    frames: list[Frame]
    left_out: int


def chapters(error: BaseException, tb: TracebackType | None) -> list[Chapter]:
    told: list[Chapter] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(told) < MAX_EXCEPTIONS:
        seen.add(id(current))
        cause, link = earlier(current)
        trace = tb if current is error else current.__traceback__
        frames, left_out = frames_of(trace)
        told.append(Chapter(link, title_of(current), frames, left_out))
        current = cause
    return told[::-1]


def earlier(error: BaseException) -> tuple[BaseException | None, str]:
    if error.__cause__ is not None:
        return error.__cause__, "That was the direct cause of:"
    if error.__context__ is not None and not error.__suppress_context__:
        return error.__context__, "While that was being handled, another exception occurred:"
    return None, ""


def title_of(error: BaseException) -> str:
    """ "ValueError: ..." at most 500 characters of it, also where str() itself raises."""
    try:
        message = str(error)
    except Exception as second:
        message = f"<its text raised {type(second).__name__}>"
    return f"{type(error).__name__}: {message[:500]}" if message else type(error).__name__


def frames_of(tb: TracebackType | None) -> tuple[list[Frame], int]:
    """The frames from the outermost to where it was raised, and how many were left out."""
    chain = []
    while tb is not None:
        # Django's templates and others hide the frames that explain nothing this way.
        if not tb.tb_frame.f_locals.get("__traceback_hide__"):
            chain.append(tb)
        tb = tb.tb_next
    left_out = max(0, len(chain) - MAX_FRAMES)
    half = MAX_FRAMES // 2
    chosen = chain if not left_out else chain[:half] + chain[-half:]
    return [frame_of(tb) for tb in chosen], left_out


def frame_of(tb: TracebackType) -> Frame:
    frame = tb.tb_frame
    code = frame.f_code
    module = str(frame.f_globals.get("__name__", ""))
    variables = [
        (name, shown(name, value)) for name, value in list(frame.f_locals.items())[:MAX_VARIABLES]
    ]
    return Frame(
        code.co_filename,
        tb.tb_lineno,
        code.co_name,
        module.partition(".")[0] in ("miniframework", "miniorm", "templating"),
        source_around(code.co_filename, tb.tb_lineno, frame.f_globals),
        variables,
    )


def source_around(
    filename: str, lineno: int, module_globals: dict[str, object]
) -> list[tuple[int, str]]:
    """Some lines before and after; none where the source is not to be had."""
    lines = linecache.getlines(filename, module_globals)
    first = max(1, lineno - CONTEXT_LINES)
    last = min(len(lines), lineno + CONTEXT_LINES)
    return [(number, lines[number - 1].rstrip("\n")[:300]) for number in range(first, last + 1)]

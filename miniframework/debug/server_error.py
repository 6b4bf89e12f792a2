"""The technical 500 page: what went wrong, where, and with what in hand.

Step 9 of the trip.  In Django: django.views.debug.technical_500_response.
"""

from collections.abc import Callable, Mapping
from platform import python_version
from types import TracebackType
from typing import Any

from miniframework.debug.cleanse import covered, shown, shown_settings
from miniframework.debug.frames import Chapter, Frame, chapters, title_of
from miniframework.debug.page import DEBUG_NOTE, page, table, text
from miniframework.http import HttpRequest, HttpResponse


def technical_500_response(
    request: HttpRequest,
    exc_type: type[BaseException],
    exc_value: BaseException,
    tb: TracebackType | None,
    status_code: int = 500,
) -> HttpResponse:
    """HTML for a browser, plain text for a script that asks for no HTML."""
    told = chapters(exc_value, tb)
    accepts = request.META.get("HTTP_ACCEPT", "*/*")
    if "text/html" not in accepts and "*/*" not in accepts:
        return HttpResponse(
            plain_report(request, told), "text/plain; charset=utf-8", status=status_code
        )
    title = f"{exc_type.__name__} at {request.path}"
    body = "\n".join(
        [
            f"<h1>{text(title)}</h1>",
            f"<pre class=message>{text(message_of(exc_value))}</pre>",
            overview(request, told),
            template_section(exc_value),
            "<h2>Traceback</h2>",
            *[chapter_section(chapter, last=chapter is told[-1]) for chapter in told],
            request_sections(request),
            f"<h2>Settings</h2>{table(shown_settings())}",
        ]
    )
    return HttpResponse(page(title, body, DEBUG_NOTE), status=status_code)


def message_of(error: BaseException) -> str:
    _, _, message = title_of(error).partition(": ")
    return message or "No message was given."


def overview(request: HttpRequest, told: list[Chapter]) -> str:
    """The few facts that most errors need."""
    rows = [("Request", covered(f"{request.method} {request.get_full_path()}"))]
    match = request.resolver_match
    if match is not None:
        rows.append(("View", match._func_path))
    frames = told[-1].frames
    if frames:
        last = frames[-1]
        rows.append(("Raised in", f"{last.filename}, line {last.lineno}, in {last.function}"))
    rows.append(("Python", python_version()))
    return table(rows)


def template_section(error: BaseException) -> str:
    """Where in a template it was, if the engine has noted that on the exception."""
    position: Any = getattr(error, "template_position", None)
    if position is None:
        return ""
    around = getattr(position, "around", "")
    lines = f"<pre>{text(around)}</pre>" if around else ""
    return f"<h2>In the template</h2><p><code>{text(position)}</code></p>{lines}"


def chapter_section(chapter: Chapter, last: bool) -> str:
    parts = [f"<p class=dim>{text(chapter.link)}</p>" if chapter.link else ""]
    parts.append(f"<p><code>{text(chapter.title)}</code></p>")
    middle = len(chapter.frames) // 2
    for number, frame in enumerate(chapter.frames):
        if chapter.left_out and number == middle:
            parts.append(f"<p class=dim>… {chapter.left_out} frames left out …</p>")
        is_open = last and (not frame.ours or number == len(chapter.frames) - 1)
        parts.append(frame_section(frame, is_open))
    return "\n".join(parts)


def frame_section(frame: Frame, is_open: bool) -> str:
    """A frame to fold out; the project's own are open from the start, ours are not."""
    return (
        f"<details{' open' if is_open else ''}><summary"
        f"{' class=dim' if frame.ours else ''}>{text(frame.filename)}, line {frame.lineno}, "
        f"in {text(frame.function)}</summary>\n{source_listing(frame.lines, frame.lineno)}\n"
        f"<details><summary>Variables ({len(frame.variables)})</summary>"
        f"{table(frame.variables)}</details></details>"
    )


def source_listing(lines: list[tuple[int, str]], here: int) -> str:
    if not lines:
        return "<p class=dim>The source is not available.</p>"
    shown_lines = [
        f"<span class=here>{number:>5} {text(line)}</span>"
        if number == here
        else f"{number:>5} {text(line)}"
        for number, line in lines
    ]
    return "<pre>" + "\n".join(shown_lines) + "</pre>"


def request_sections(request: HttpRequest) -> str:
    meta = {key: value for key, value in sorted(request.META.items()) if key.isupper()}
    return "\n".join(
        f"<h2>{name}</h2>{table(rows)}"
        for name, rows in [
            ("GET", shown_form(lambda: request.GET)),
            ("POST", shown_form(lambda: request.POST)),
            ("Cookies", shown_pairs(request.COOKIES)),
            ("Environ", shown_pairs(meta)),
        ]
    )


def shown_form(read: Callable[[], Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The fields, unless reading them is what fails."""
    try:
        return shown_pairs(read())
    except Exception as error:
        return [("It cannot be read", title_of(error))]


def shown_pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    lists = getattr(values, "lists", None)
    pairs = list(lists() if lists else values.items())[:200]
    return [
        (name, shown(name, value[0] if lists and len(value) == 1 else value))
        for name, value in pairs
    ]


def plain_report(request: HttpRequest, told: list[Chapter]) -> str:
    asked = covered(f"{request.method} {request.get_full_path()}")
    lines = [f"{told[-1].title}", "", asked, ""]
    for chapter in told:
        lines += [chapter.link] if chapter.link else []
        lines += [
            f'  File "{frame.filename}", line {frame.lineno}, in {frame.function}'
            for frame in chapter.frames
        ]
        lines += [chapter.title, ""]
    return "\n".join(lines)

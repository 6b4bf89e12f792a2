"""A record for the terminal: each line with its step's number, its place and its time."""

from collections.abc import Callable, Iterator

from lessons.xray.record import Entry, Record

STEPS = {
    1: "client -> web server",
    2: "web server -> WSGI",
    3: "request middleware",
    4: "URL resolution",
    5: "view",
    6: "model and database",
    7: "response preparation",
    8: "template middleware",
    9: "exception middleware",
    10: "response middleware -> WSGI -> web server -> client",
}

BLUE, ORANGE, DIM, PLAIN = "\x1b[34;1m", "\x1b[33;1m", "\x1b[2m", "\x1b[0m"


def report(record: Record, *, colour: bool = False) -> str:
    """The whole trip as text: the tree, then the steps that did not happen and why."""
    began = record.entries[0].began
    lines = [f"{'at ms':>8} {'took':>8}  step"]
    for depth, step, at, took, text in rows(record.entries, 0):
        lines.append(line(depth, step, at - began, took, text, colour))
    missing = missing_steps(record)
    if missing:
        lines += ["", "Steps that did not happen:"]
        lines += [f"  {step:>2}  {STEPS[step]}: {why}" for step, why in missing.items()]
    return "\n".join(lines)


Row = tuple[int, int, float, float | None, str]  # depth, step, at, took, text


def rows(entries: list[Entry], depth: int, inside: str = "") -> Iterator[Row]:
    for entry in entries:
        text = entry.text
        if entry.name == "sql" and inside:
            text = f"[in the {inside}] {text}"
        leaf = not entry.children
        if leaf and entry.closing:
            text = f"{text} -> {entry.closing}"
        yield depth, entry.step, entry.began, entry.took, text
        within = entry.name if entry.name in ("view", "template") else inside
        yield from rows(entry.children, depth + 1, within)
        if not leaf and entry.closing and entry.ended is not None:
            yield depth, entry.closing_step, entry.ended, None, entry.closing


def line(depth: int, step: int, at: float, took: float | None, text: str, colour: bool) -> str:
    times = f"{at * 1000:8.2f} {'' if took is None else f'{took * 1000:.2f}':>8}"
    number = f"{step:>2}"
    if colour:
        times = f"{DIM}{times}{PLAIN}"
        number = f"{BLUE if step <= 6 else ORANGE}{number}{PLAIN}"
    return f"{times}  {number}  {'  ' * depth}{text}"


def missing_steps(record: Record) -> dict[int, str]:
    """Why each step that did not occur did not: {9: "nothing was raised"}."""
    seen = {entry.step for entry in record.walk()}
    if not record.find("view"):
        seen.discard(5)  # a process_view hook belongs to the step, and is not the view
    return {step: reason(record) for step, reason in REASONS.items() if step not in seen}


def why_not_reached(record: Record) -> str:
    """What kept the request from going further in."""
    if not record.find("environ.built"):
        return "httpserver answered by itself (a static file, or an error); nobody was woken"
    if not record.find("request"):
        return "the application is not miniframework's, or raised before its middleware"
    if record.find("exception.caught"):
        return "an exception ended the way in (step 9)"
    hooks = [entry for entry in record.find("hook") if entry.closing]
    if hooks:
        return f"{hooks[-1].text} answered in its place"
    middleware = [entry.text.rpartition(" ")[2] for entry in record.find("middleware")]
    return f"{middleware[-1]} answered already" if middleware else "the request ended before"


def no_middleware(record: Record) -> str:
    return "settings.MIDDLEWARE is empty" if record.find("request") else why_not_reached(record)


def no_view(record: Record) -> str:
    resolved = record.find("resolve")  # a middleware may ask again, for the path with a slash
    if resolved and "->" not in resolved[0].closing:
        return "no URL pattern matched"
    return why_not_reached(record)


def no_sql(record: Record) -> str:
    if not record.find("view"):
        return "no view ran that could have asked the database"
    return "neither the view nor a template asked the database"


def no_template(record: Record) -> str:
    if not record.find("view"):
        return "no view ran that could have rendered a template"
    if view_raised(record):
        return "the view raised before it rendered anything"
    return "the view answered without a template"


def no_template_hook(record: Record) -> str:
    if not record.find("view"):
        return "no view ran that could have returned a TemplateResponse"
    if view_raised(record):
        return "the view raised, and returned no TemplateResponse"
    if record.find("response.render"):
        return "the view gave a TemplateResponse, but no middleware has process_template_response"
    return "the view gave a finished response, not a TemplateResponse to change before rendering"


def view_raised(record: Record) -> bool:
    return any("raised" in entry.closing for entry in record.find("view"))


REASONS: dict[int, Callable[[Record], str]] = {
    2: why_not_reached,
    3: no_middleware,
    4: why_not_reached,
    5: no_view,
    6: no_sql,
    7: no_template,
    8: no_template_hook,
    9: lambda record: "nothing was raised",
}

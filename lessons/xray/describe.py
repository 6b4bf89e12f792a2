"""What each event has to say, in a line: the table from names to words.

The words are made at the moment of the event and not later, because what the event
hands out (a request, a context, a response) goes on changing.
"""

from collections.abc import Callable
from typing import Any

Details = dict[str, Any]
Describe = Callable[[Details], str]

WIDTH = 200  # characters of a value before it is cut


def short(value: Any, width: int = WIDTH) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 3] + "..."


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def status(response: Any) -> str:
    """ "200 OK" of httpserver's response, of miniframework's, or of none."""
    if response is None:
        return "no response"
    code = getattr(response, "status_code", None) or getattr(response, "status", "")
    reason = getattr(response, "reason_phrase", None) or getattr(response, "reason", "")
    return f"{code} {reason}".strip()


def outcome(details: Details) -> str:
    error = details.get("error")
    if error is not None:
        return f"raised {type(error).__name__}: {short(str(error), 100)}"
    return status(details.get("response"))


def last_name(dotted: Any) -> str:
    return str(dotted).rpartition(".")[2]


def address(value: Any) -> str:
    return f"{value[0]}:{value[1]}" if isinstance(value, tuple) else (value or "a Unix socket")


def bytes_received(d: Details) -> str:
    first = d["data"].split(b"\r\n", 1)[0].decode("latin-1")
    return f"{plural(len(d['data']), 'byte')} in: {short(first, 80)}"


def head_parsed(d: Details) -> str:
    request = d["request"]
    return (
        f"head parsed: {request.method} {short(request.target, 80)} {request.version},"
        f" {plural(len(request.headers), 'field')} from {address(request.client)}"
    )


def environ_built(d: Details) -> str:
    environ = d["environ"]
    shown = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH")
    some = ", ".join(f"{key}={short(environ[key], 60)!r}" for key in shown if environ.get(key))
    return f"environ: {plural(len(environ), 'key')}; {some}"


def response_declared(d: Details) -> str:
    return f"start_response({d['status']!r}, {plural(len(d['headers']), 'field')})"


def pattern_tried(d: Details) -> str:
    return f"{'matched' if d['matched'] else 'no'}: {d['pattern']!r} on {short(d['path'], 80)!r}"


def resolve_end(d: Details) -> str:
    match = d.get("match")
    if match is None:
        return "no pattern matches"
    values = {**dict(enumerate(match.args)), **match.kwargs}
    given = ", ".join(f"{key}={value!r}" for key, value in values.items())
    return f"{match.route!r} -> {last_name(match._func_path)}({given})"


def view_start(d: Details) -> str:
    given = [repr(value) for value in d["args"]]
    given += [f"{key}={value!r}" for key, value in d["kwargs"].items()]
    return f"view {d['view']}({', '.join(['request', *given])})"


def sql_start(d: Details) -> str:
    params = d["params"]
    return f"{d['vendor']}: {short(d['sql'], 400)}" + (f"  with {short(params)}" if params else "")


def sql_end(d: Details) -> str:
    if d.get("error") is not None:
        return outcome(d)
    count = d.get("rowcount")
    return "" if count is None or count < 0 else plural(count, "row")


def rows_fetched(d: Details) -> str:
    model = f" as {last_name(d['model'])}" if d.get("model") else ""
    return f"{plural(d['count'], 'row')} fetched{model}"


def template_load(d: Details) -> str:
    return f"template {d['name']} {'from the cache' if d['cached'] else 'loaded and compiled'}"


def template_end(d: Details) -> str:
    return outcome(d) if d.get("error") else f"{plural(d['length'], 'character')}"


def exception_caught(d: Details) -> str:
    error = d["exception"]
    what = f"{type(error).__name__}: {short(str(error), 120)}"
    return f"{what} -> {status(d['response'])} by {d['handler']}"


def response_started(d: Details) -> str:
    status_line = d["head"].split(b"\r\n", 1)[0].decode("latin-1")
    return f"head out: {short(status_line)}"


# name -> (step, words at the start or the moment)
OPENING: dict[str, tuple[int, Describe]] = {
    "bytes.received": (1, bytes_received),
    "head.parsed": (1, head_parsed),
    "body.received": (1, lambda d: f"body received: {plural(d['length'], 'byte')}"),
    "handler": (1, lambda d: "the server calls its handler"),
    "environ.built": (2, environ_built),
    "application": (2, lambda d: "the gateway calls the application"),
    "response.declared": (10, response_declared),
    "iteration": (10, lambda d: "the gateway asks for the first part of the body"),
    "application.closed": (10, lambda d: "the response is closed"),
    "request": (3, lambda d: f"request {d['request'].method} {short(d['request'].path, 80)}"),
    "middleware": (3, lambda d: f"middleware in: {last_name(d['middleware'])}"),
    "resolve": (4, lambda d: f"which view answers {short(d['path'], 80)!r}?"),
    "pattern.tried": (4, pattern_tried),
    "view": (5, view_start),
    "hook": (5, lambda d: f"{d['hook']} of {last_name(d['middleware'])}"),
    "sql": (6, sql_start),
    "rows.fetched": (6, rows_fetched),
    "template.load": (7, template_load),
    "template": (7, lambda d: f"render {d['name'] or 'a template from a string'}"),
    "include": (7, lambda d: f"include {d['name']}"),
    "variable.missing": (
        7,
        lambda d: f"nothing is called {d['name']}{d['hint'] and '.'}{d['hint']}",
    ),
    "response.render": (7, lambda d: "the TemplateResponse is rendered"),
    "exception.caught": (9, exception_caught),
    "response.started": (10, response_started),
    "bytes.sent": (10, lambda d: f"{plural(d['count'], 'byte')} out"),
}

# name -> (step, words at the end of a span); "" where the end says nothing new
CLOSING: dict[str, tuple[int, Describe]] = {
    "handler": (10, lambda d: f"the handler gave {outcome(d)}"),
    "middleware": (10, lambda d: f"middleware out: {last_name(d['middleware'])}, {outcome(d)}"),
    "resolve": (4, resolve_end),
    "view": (5, lambda d: f"view gave {outcome(d)}"),
    "hook": (5, lambda d: outcome(d) if d.get("response") is not None else ""),
    "sql": (6, sql_end),
    "template": (7, template_end),
    "request": (10, outcome),
}

# A hook's step depends on which it is.
HOOK_STEPS = {"process_view": 5, "process_template_response": 8, "process_exception": 9}

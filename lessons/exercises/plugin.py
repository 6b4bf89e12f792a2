"""What goes into the run of pytest that judges: it guards, it limits, it reports.

The run happens in a process in which only the learner's layers can be imported. This file
is copied there and imported on its own, so it needs pytest alone, and no layer.

It aborts the run where a layer came from elsewhere: a check that judged the real code by
mistake would be green for everybody. It writes one line of JSON for each thing that
happens, at once, so that the lines are there also when a test takes the process down.
"""

import importlib.util
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator
from os.path import realpath  # as it is now: a test may put another one into os.path
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ["GLASSTACK_JUDGED"]).resolve()
PLAN = json.loads(os.environ["GLASSTACK_PLAN"])
REPORT = open(PLAN["report"], "a", buffering=1, encoding="utf-8")  # noqa: SIM115
MARKER = re.compile(r"your turn: ([\w/.-]+)")
MAX_TEXT = 600
MAX_GIVEN = 200
AROUND = 24  # how much is shown before and behind the first difference

tasks_of: dict[str, list[str]] = {}
comparisons: list[tuple[str, str, str]] = []
timeouts: set[str] = set()


def write(event: str, **details: Any) -> None:
    REPORT.write(json.dumps({"event": event, **details}) + "\n")


def frames_of(trace: traceback.StackSummary) -> list[list[Any]]:
    """[file, line, function, text] of the frames in the judged folder, the innermost last."""
    frames = []
    for frame in trace:
        path = Path(realpath(frame.filename))
        if path.is_relative_to(ROOT) and path != Path(realpath(__file__)):
            name = path.relative_to(ROOT).as_posix()
            frames.append([name, frame.lineno or 0, frame.name, frame.line or ""])
    return frames


def tell_of_exits() -> None:
    """Write down who ends this process, at the moment: afterwards nobody could tell."""
    judge = os.getpid()

    def telling(name: str, really: Any) -> Any:
        def leave(*status: Any) -> Any:
            if os.getpid() == judge:
                write("ended", how=name, frames=frames_of(traceback.extract_stack()))
            return really(*status)

        return leave

    sys.exit = telling("sys.exit", sys.exit)
    os._exit = telling("os._exit", os._exit)


tell_of_exits()


def pytest_internalerror(excrepr: object, excinfo: Any) -> None:
    trace = traceback.extract_tb(excinfo.tb)
    write("ended", how=excinfo.typename, frames=frames_of(trace))


def pytest_configure(config: pytest.Config) -> None:
    limit_memory(PLAN["memory"])
    for layer in PLAN["layers"]:
        guard(layer)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    # Again at the end: a test may have changed sys.path on its way.
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PLAN["layers"]:
            origin = getattr(module, "__file__", None)
            if origin and not Path(realpath(origin)).is_relative_to(ROOT):
                write("elsewhere", layer=name, origin=origin)
    write("finished", status=int(exitstatus))
    # hypothesis' own plugin would import all of it for its part of the summary.
    if "hypothesis" not in sys.modules:
        session.config.pluginmanager.unregister(name="_hypothesis_pytestplugin")


def guard(layer: str) -> None:
    spec = importlib.util.find_spec(layer)
    origin = spec.origin if spec else None
    if not origin or not Path(realpath(origin)).is_relative_to(ROOT):
        write("elsewhere", layer=layer, origin=origin)
        pytest.exit(f"{layer} would come from {origin}, not from {ROOT}", returncode=70)


@pytest.fixture(scope="session", autouse=True)
def only_the_learners_layers() -> Iterator[None]:
    """Ask the import system once more when the tests' own set-up has run, and at the end."""
    for layer in PLAN["layers"]:
        guard(layer)
    yield
    for layer in PLAN["layers"]:
        guard(layer)


def limit_memory(megabytes: int) -> None:
    """A list that grows for ever shall end in MemoryError, not in a frozen machine."""
    try:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, hard))
    except (ImportError, ValueError, OSError):
        pass  # macOS has no such limit; the limit of time is there in any case


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    chosen: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        found = [task["slug"] for task in PLAN["tasks"] if judges(item, task)]
        tasks_of[item.nodeid] = found
        (chosen if found else left).append(item)
        marker = item.get_closest_marker("timeout")
        given = marker.args[0] if marker and marker.args else PLAN["timeout"]
        item.add_marker(pytest.mark.timeout(min(given, PLAN["timeout"])), append=False)
    items[:] = chosen
    config.hook.pytest_deselected(items=left)
    write("collected", tests=tasks_of_chosen(chosen))


def tasks_of_chosen(items: list[pytest.Item]) -> dict[str, list[str]]:
    return {item.nodeid: tasks_of[item.nodeid] for item in items}


def judges(item: pytest.Item, task: dict[str, Any]) -> bool:
    named = any(
        item.nodeid == test or item.nodeid.startswith((f"{test}::", f"{test}[", f"{test}/"))
        for test in task["tests"]
    )
    return named and selected(task["select"], item)


def selected(expression: str, item: pytest.Item) -> bool:
    """pytest's -k: words with `and`, `or`, `not` and brackets, in the names of the test."""
    if not expression.strip():
        return True
    names = " ".join([*item.nodeid.split("::"), *(mark.name for mark in item.iter_markers())])
    words = re.findall(r"[()]|[^\s()]+", expression)
    python = [
        word if word in ("and", "or", "not", "(", ")") else str(word.lower() in names.lower())
        for word in words
    ]
    return bool(eval(" ".join(python), {"__builtins__": {}}))  # noqa: S307  (True, False, and, or, not)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        text = str(report.longrepr)
        write("broken", where=report.nodeid, text=text[-4000:], turn=turn_in(text))


def pytest_runtest_logstart(nodeid: str, location: Any) -> None:
    comparisons.clear()
    write("start", test=nodeid)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    comparisons.append((op, *apart(left, right)) if op == "==" else (op, shown(left), shown(right)))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" and report.passed:
        return
    details: dict[str, Any] = {}
    if report.failed:
        details = describe(call.excinfo, item)
        text = str(report.longrepr)
        details["turn"] = turn_in(text) or turn_in("".join(str(part) for part in report.sections))
        if "Timeout" in details["message"] and details["error"] == "Failed":
            details["error"] = "Timeout"
            timeouts.add(item.nodeid)
            if len(timeouts) >= PLAN["timeouts"]:
                item.session.shouldstop = "too many tests did not come to an end"
    write(
        "result", test=item.nodeid, when=report.when, outcome=report.outcome,
        seconds=round(report.duration, 4), doc=doc_of(item), **details,
    )  # fmt: skip


def turn_in(text: str) -> str:
    found = MARKER.search(text)
    return found[1] if found else ""


def doc_of(item: pytest.Item) -> str:
    doc = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return doc.strip().partition("\n\n")[0]


def describe(caught: Any, item: pytest.Item) -> dict[str, Any]:
    """What came: the error, its message, a comparison, and the way through the learner's code."""
    error = caught.value
    frames = frames_of(traceback.extract_tb(caught.tb))
    compared = comparisons[-1] if comparisons and isinstance(error, AssertionError) else None
    cause = error.__cause__ or (error.__context__ if not error.__suppress_context__ else None)
    return {
        "error": type(error).__name__,
        "message": shorten(str(error)),
        "compared": compared,
        "frames": frames[-12:],
        "given": given_to(item),
        "cause": f"{type(cause).__name__}: {shorten(str(cause))}" if cause else "",
    }


def given_to(item: pytest.Item) -> str:
    """The test's parameters, for a learner who sees what came and asks: from what?"""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return ""
    return ", ".join(
        f"{name} = {shown(value, MAX_GIVEN)}" for name, value in callspec.params.items()
    )


def apart(left: object, right: object) -> tuple[str, str]:
    """Two values that should be equal; of long ones, the place where they begin to differ."""
    for kind, unit in ((bytes, "byte"), (str, "character"), (list, "item"), (tuple, "item")):
        if isinstance(left, kind) and isinstance(right, kind):
            if max(len(repr(left)), len(repr(right))) <= MAX_GIVEN:
                break
            pairs = enumerate(zip(left, right, strict=False))
            at = next((i for i, (a, b) in pairs if a != b), min(len(left), len(right)))
            return excerpt(left, at, unit), excerpt(right, at, unit)
    return shown(left), shown(right)


def excerpt(value: Any, at: int, unit: str) -> str:
    begin, end = (max(0, at - AROUND), at + AROUND) if unit != "item" else (at, at + 2)
    length = f"{len(value)} {unit}s, first difference at {unit} {at}"
    if begin >= len(value):
        return f"{length}: nothing more"
    before, behind = "..." if begin else "", "..." if end < len(value) else ""
    return f"{length}: {before}{shown(value[begin:end])}{behind}"


def shown(value: object, most: int = MAX_TEXT) -> str:
    try:
        return shorten(repr(value), most)
    except Exception as error:
        return f"<{type(value).__name__} whose repr() raised {type(error).__name__}>"


def shorten(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else text[: most - 4] + " ..."

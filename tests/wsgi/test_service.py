"""The master of an application, without its processes (test_serving has them)."""

import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from httpserver.addresses import listen_at, stop_listening
from wsgi.config import Config
from wsgi.service import Service, describe, urls_of
from wsgi.serving import Plan


def test_workers_and_threads_are_counted() -> None:
    assert describe(Config()) == "1 worker"
    assert describe(Config(threads=1)) == "1 worker of 1 thread"
    assert describe(Config(workers=2, threads=4)) == "2 workers of 4 threads"


def test_a_unix_socket_is_no_url(tmp_path: Path) -> None:
    listeners = listen_at([f"unix:/{tmp_path}/a.sock", "127.0.0.1:0"])
    try:
        unix, url = urls_of(Plan(Config()), listeners)
        # It has two slashes in front, and none at its end.
        assert unix == f"unix:/{tmp_path}/a.sock"
        assert url == f"http://127.0.0.1:{listeners[1].getsockname()[1]}/"
    finally:
        for listener in listeners:
            stop_listening(listener)


def test_a_reload_tells_of_a_new_address(tmp_path: Path, caplog) -> None:
    caplog.set_level(logging.INFO)
    bound = Config(bind=(f"unix:{tmp_path}/a.sock",))
    service = Service(Config(), [], lambda: bound)
    for listener in service._reload().listeners:
        stop_listening(listener)
    assert caplog.messages == [f"listening at unix:{tmp_path}/a.sock"]


def test_when_ready_is_called_where_nobody_reads_the_greeting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write(text: str) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", SimpleNamespace(write=write, flush=lambda: None))
    called: list[object] = []
    service = Service.__new__(Service)  # the constructor would become the master of this process
    service._config, service._plans, service._listeners = Config("a:b"), [SimpleNamespace()], []
    service._plans[0].context = None
    service._master, service._when_ready = "the master", called.append
    service._greet()
    assert called == ["the master"]

"""The master of an application, without its processes (test_serving has them)."""

import sys
from types import SimpleNamespace

import pytest

from wsgi.config import Config
from wsgi.service import Service


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

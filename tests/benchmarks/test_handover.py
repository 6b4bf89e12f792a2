"""The benchmark that ARCHITECTURE.md quotes: what it compares must answer."""

import pytest

from tests.benchmarks.httpserver.handover import CONTENDERS, MODULE
from tests.processes import free_port, python


@pytest.mark.parametrize("name", CONTENDERS)
def test_each_contender_answers(name: str) -> None:
    port = free_port()
    with python("-m", MODULE, "--serve", name, str(port), port=port) as process:
        assert process.get("/") == (200, "Hello, World!")

"""`manage.py runserver`: a new project, served by our gateway as a child, with reloading."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port, python, wait_until

pytestmark = pytest.mark.timeout(120)


CHANGED = """
from miniframework.http import HttpResponse
from miniframework.urls import path
urlpatterns = [path("", lambda request: HttpResponse("changed"))]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "miniframework", "startproject", "mysite"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60,
    )  # fmt: skip
    return tmp_path / "mysite"


def test_a_new_project_is_served_reloaded_and_stopped(project: Path) -> None:
    port = free_port()
    with python("manage.py", "runserver", str(port), port=port, cwd=project) as server:
        status, page = server.get("/")
        assert status == 200
        assert "is running" in page
        urls = project / "mysite" / "urls.py"
        good = urls.read_text()
        urls.write_text(CHANGED)
        wait_until(lambda: server.get("/") == (200, "changed"), "the changed page")
        urls.write_text("urlpatterns = [\n")
        wait_until(lambda: server.get("/")[0] == 500, "the page of the mistake")
        urls.write_text(good)
        wait_until(lambda: "is running" in server.get("/")[1], "the mended page")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) in (0, 130)
        assert "Traceback" not in server.output.rpartition("SyntaxError")[2]

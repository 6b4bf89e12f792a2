"""A worker process from inside; what its master sees of it is in test_master."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, signal
from httpserver.worker import _own_signals

_own_signals([])
try:
    os.kill(os.getpid(), signal.SIGQUIT)
except BaseException:
    print("caught")
"""


@pytest.mark.timeout(20)
def test_no_application_can_catch_the_masters_quit() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, timeout=15)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")

"""The file with the master's number."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsgi.pidfile import PidFile, PidFileError


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def test_it_is_written_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "site.pid"
    file = PidFile(path)
    file.write()
    assert path.read_text() == f"{os.getpid()}\n"
    file.remove()
    assert not path.exists()


def test_that_of_a_living_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.pid"
    path.write_text(f"{os.getppid()}\n")
    with pytest.raises(PidFileError, match=f"process {os.getppid()}, which is running"):
        PidFile(path).write()
    assert path.read_text() == f"{os.getppid()}\n"


@pytest.mark.parametrize("content", ["", "no number", "{ended}", "9" * 20])
def test_what_a_dead_one_has_left_is_written_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "site.pid"
    path.write_text(content.replace("{ended}", str(ended_process())))
    PidFile(path).write()
    assert path.read_text() == f"{os.getpid()}\n"


def test_it_steps_aside_for_a_successor_and_removes_its_own_alone(tmp_path: Path) -> None:
    path, aside = tmp_path / "site.pid", tmp_path / "site.pid.oldbin"
    file = PidFile(path)
    file.write()
    file.step_aside()
    path.write_text("1\n")  # the successor's
    file.remove()
    assert (path.exists(), aside.exists()) == (True, False)


def test_it_comes_back_where_the_successor_failed(tmp_path: Path) -> None:
    path = tmp_path / "site.pid"
    file = PidFile(path)
    file.write()
    file.step_aside()
    assert not path.exists()
    file.come_back()
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_no_link_has_another_file_written_over(tmp_path: Path) -> None:
    path, other = tmp_path / "site.pid", tmp_path / "other"
    other.write_text("precious")
    path.symlink_to(other)
    PidFile(path).write()
    assert other.read_text() == "precious"
    assert path.read_text() == f"{os.getpid()}\n"


def test_a_file_that_was_removed_is_no_reason_not_to_step_aside(tmp_path: Path) -> None:
    path = tmp_path / "site.pid"
    file = PidFile(path)
    file.write()
    path.unlink()
    file.step_aside()
    file.come_back()
    assert not path.exists()

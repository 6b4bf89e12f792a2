"""Lines on their way to a file: none mixed, none glued, none unaccounted for, nobody waiting."""

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from httpserver.logfile import AT_ONCE, LogFile, LogWriter, close_logs, reopen_logs
from tests.processes import ROOT, wait_until

pytestmark = pytest.mark.timeout(30)


def lost_line(count: int, now: float) -> str:
    return f"{count} lost"


def accounted_for(lines: list[str]) -> int:
    """How many of the lines "0 xxx", "1 xxx", ... are there or said to be lost, in their place."""
    following = 0
    for line in lines:
        if lost := re.fullmatch(r"(\d+) lost", line):
            following += int(lost[1])
        else:
            assert re.fullmatch(rf"{following} x+", line)
            following += 1
    return following


# What the programs below begin with.
PROGRAM = """
import os, resource, signal, sys, time
from httpserver import logfile
from httpserver.logfile import AT_ONCE, LogFile, LogWriter, close_logs, reopen_logs

signal.alarm(20)  # no test leaves it behind
logfile.GATHER = 0.01
path = sys.argv[1]

def lost_line(count, now):
    return f"{count} lost"
"""


def start(program: str, *arguments: object, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + program, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        **{"stdout": subprocess.PIPE, **more},  # type: ignore[call-overload]
    )


def run(program: str, *arguments: object) -> str:
    with start(program, *arguments) as process:
        output = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    return output


# --- The file ---


def test_lines_are_appended_and_the_file_is_not_for_others_to_write(tmp_path: Path) -> None:
    path = tmp_path / "log"
    before = os.umask(0o027)
    try:
        file = LogFile(path)
    finally:
        os.umask(before)
    assert file.write(b"one\ntwo\n") == 0
    file.close()
    again = LogFile(path)
    again.write(b"three\n")
    again.close()
    assert path.read_text() == "one\ntwo\nthree\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_opened_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LogFile(tmp_path / "no such folder" / "log")


def test_another_s_half_line_does_not_become_the_beginning_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("whole\nhal")
    file = LogFile(path)
    file.write(b"ours\n")
    file.write(b"more\n")
    file.close()
    assert path.read_text() == "whole\nhal\nours\nmore\n"


def test_a_write_in_progress_is_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_text("hal")

    def a_moment_later(seconds: float) -> None:
        with path.open("a") as other:
            other.write("f and half\n")

    monkeypatch.setattr("httpserver.logfile.time.sleep", a_moment_later)
    file = LogFile(path)
    file.write(b"ours\n")
    file.close()
    assert path.read_text() == "half and half\nours\n"


def test_a_reader_that_has_gone_costs_the_lines_and_nothing_else() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        file = LogFile(stream)
    assert file.write(b"one\ntwo\n") == 2
    file.close()


def test_a_pipe_that_does_not_block_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = b"".join(b"%d %s\n" % (number, b"x" * 5000) for number in range(100))
    got: list[bytes] = []

    def read() -> None:
        with os.fdopen(reader, "rb") as stream:
            got.append(stream.read())

    with os.fdopen(writer, "w") as stream:
        file = LogFile(stream)
    thread = threading.Thread(target=read)
    thread.start()
    assert file.write(data) == 0
    file.close()
    thread.join(20)
    assert got == [data]


# The disk is full at 1000 bytes, in the middle of a line, and later it is not any more.
FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))

writer = LogWriter(LogFile({target}), lost_line)
for begin in 0, 50:
    for number in range(begin, begin + 50):
        writer.put(f"{{number}} " + "x" * 30)
    while writer._done < writer._taken:
        time.sleep(0.005)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
for number in range(100, 110):
    writer.put(f"{{number}} " + "x" * 30)
writer.close()
"""


@pytest.mark.parametrize("target", ["path", "open(path, 'w')"])
def test_a_full_disk_glues_no_lines_together_and_the_gap_is_told(
    tmp_path: Path, target: str
) -> None:
    path = tmp_path / "log"
    run(FULL.format(target=target), path)
    lines = path.read_text().splitlines()
    (cut,) = [line for line in lines if not re.fullmatch(r"\d+ (x{30}|lost)", line)]
    assert lines[lines.index(cut) + 1].endswith(" lost")
    lines.remove(cut)
    assert accounted_for(lines) == 110
    assert lines[-10:] == [f"{number} {'x' * 30}" for number in range(100, 110)]


MANY = """
name = sys.argv[2]
target = path if path != "-" else sys.stdout
writer = LogWriter(LogFile(target), lost_line, most_waiting=1 << 30)
for number in range(4000):
    writer.put(f"{name} {number} " + name * (number % 700))
writer.close(20)
"""


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_lines_of_two_processes_do_not_mix(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "log"
    reader, writer = os.pipe()
    where = path if kind == "file" else "-"
    both = [start(MANY, where, name, stdout=writer) for name in "ab"]
    os.close(writer)
    text = ""
    while piece := os.read(reader, 1000):  # so slowly that the pipe is full
        text += piece.decode()
    os.close(reader)
    assert [process.wait(20) for process in both] == [0, 0]
    text = path.read_text() if kind == "file" else text
    lines = [line for line in text.split("\n") if line]
    for name in "ab":
        assert [line for line in lines if line.startswith(name)] == [
            f"{name} {number} {name * (number % 700)}" for number in range(4000)
        ]
    assert len(lines) == 8000


# --- Opened anew ---


def test_after_a_rename_lines_go_into_a_new_file(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "log.1"
    file = LogFile(path)
    file.write(b"one\n")
    path.rename(old)
    file.write(b"two\n")
    reopen_logs()
    file.write(b"three\n")
    file.close()
    assert (old.read_text(), path.read_text()) == ("one\ntwo\n", "three\n")


def test_a_relative_path_means_the_folder_of_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    file = LogFile("log")
    monkeypatch.chdir("elsewhere")
    Path("../log").rename("../log.1")
    reopen_logs()
    file.write(b"one\n")
    file.close()
    assert (tmp_path / "log").read_text() == "one\n"


def test_a_file_that_cannot_be_opened_anew_stays_in_use_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, away = tmp_path / "logs", tmp_path / "away"
    folder.mkdir()
    file = LogFile(folder / "log")
    folder.rename(away)
    reopen_logs()
    with caplog.at_level(logging.ERROR):
        assert file.write(b"one\n") == file.write(b"two\n") == 0
    assert [record.getMessage() for record in caplog.records] == [
        "a log goes on in its old file, since a new one cannot be had: "
        f"[Errno 2] No such file or directory: '{folder / 'log'}'"
    ]
    folder.mkdir()
    reopen_logs()
    file.write(b"three\n")
    file.close()
    assert (away / "log").read_text() == "one\ntwo\n"
    assert (folder / "log").read_text() == "three\n"


ROTATED = """
signal.signal(signal.SIGUSR1, lambda number, frame: reopen_logs())
going = True

def stop(number, frame):
    global going
    going = False

signal.signal(signal.SIGTERM, stop)
writer = LogWriter(LogFile(path), lost_line)
print("ready", flush=True)
number = 0
while going:
    for number in range(number, number + 20):
        writer.put(f"{number} " + "x" * 40)
    number += 1
    time.sleep(0.001)
writer.close()
print(number)
"""


def test_rotation_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with start(ROTATED, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        parts = []
        for number in range(10):
            wait_until(lambda: path.exists() and path.stat().st_size, "lines in the new file")
            parts.append(tmp_path / f"log.{number}")
            path.rename(parts[-1])
            process.send_signal(signal.SIGUSR1)
        wait_until(path.exists, "the last file")
        process.terminate()
        count = int(process.communicate(timeout=20)[0])
    lines = [line for part in [*parts, path] for line in part.read_text().splitlines()]
    assert lines == [f"{number} {'x' * 40}" for number in range(count)]


# --- The thread ---


def test_a_reader_that_is_stuck_stops_nobody_and_costs_a_bounded_number_of_lines() -> None:
    reader, end = os.pipe()
    with os.fdopen(end, "w") as stream:
        writer = LogWriter(LogFile(stream), lost_line, most_waiting=20_000)
    for number in range(5000):
        writer.put(f"{number} " + "x" * 100)  # would wait here for ever
    got: list[str] = []

    def read() -> None:
        with os.fdopen(reader) as source:
            got.extend(source)

    thread = threading.Thread(target=read)
    thread.start()
    wait_until(lambda: len(got) > 100, "the reader to read on")
    writer.put("5000 x")
    writer.close()
    thread.join(20)
    assert not thread.is_alive()  # with the log the pipe has ended
    lines = [line.removesuffix("\n") for line in got]
    assert accounted_for(lines) == 5001
    assert any(line.endswith(" lost") for line in lines)
    pipe_size = 1 << 16
    assert sum(map(len, lines)) < pipe_size + 20_000 + 200


def test_the_end_waits_for_a_stuck_reader_no_longer_than_told() -> None:
    reader, end = os.pipe()
    with os.fdopen(end, "w") as stream:
        writer = LogWriter(LogFile(stream), lost_line)
    for number in range(2000):
        writer.put(f"{number} " + "x" * 100)
    writer.close(0.05)  # would wait here for ever
    assert writer._thread.is_alive()
    os.close(reader)
    wait_until(lambda: not writer._thread.is_alive(), "the thread to end")


def test_what_is_put_is_written_soon_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = LogWriter(LogFile(path), lost_line)
    writer.put("0 x")
    wait_until(path.read_text, "the line")
    writer.put("1 x")
    writer.put("2 é \udcff")
    writer.close()
    assert path.read_text() == "0 x\n1 x\n2 é \\udcff\n"


def test_neither_much_nor_the_end_is_kept_waiting_for_more_to_gather(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("httpserver.logfile.GATHER", 1000)
    path = tmp_path / "log"
    writer = LogWriter(LogFile(path), lost_line)
    for number in range(AT_ONCE // 100):
        writer.put(f"{number} " + "x" * 100)
    wait_until(path.read_text, "much")
    writer.put("last")
    writer.close()
    assert path.read_text().endswith("x\nlast\n")


def test_what_is_lost_at_the_end_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = LogWriter(LogFile(path), lost_line, most_waiting=100)
    writer.put("0 x")
    writer.put("1 " + "x" * 100)
    writer.close()
    assert path.read_text() == "0 x\n1 lost\n"


def test_a_log_that_was_never_written_to_can_be_closed(tmp_path: Path) -> None:
    writer = LogWriter(LogFile(tmp_path / "log"), lost_line)
    writer.close()
    writer.close()


def test_what_is_put_after_the_end_is_lost_and_takes_no_more_than_its_room(tmp_path: Path) -> None:
    writer = LogWriter(LogFile(tmp_path / "log"), lost_line, most_waiting=1000)
    writer.put("0 x")
    writer.close()
    for number in range(1, 1000):
        writer.put(f"{number} x")
    assert writer._taken - writer._done <= 1000
    assert (tmp_path / "log").read_text() == "0 x\n"


def test_all_logs_are_closed_at_once(tmp_path: Path) -> None:
    for name in "ab":
        LogWriter(LogFile(tmp_path / name), lost_line).put(name)
    close_logs()
    assert [(tmp_path / name).read_text() for name in "ab"] == ["a\n", "b\n"]


def test_after_a_fork_each_process_writes_its_own_lines_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    run(
        """
writer = LogWriter(LogFile(path), lost_line)
writer.put("parent 1")
pid = os.fork()  # with the thread alive, and the line not yet written
if pid == 0:
    writer.put("child 1")
    writer.put("child 2")
    close_logs()
    os._exit(0)
os.waitpid(pid, 0)
writer.put("parent 2")
writer.close()
""",
        path,
    )
    assert sorted(path.read_text().splitlines()) == ["child 1", "child 2", "parent 1", "parent 2"]


def test_a_program_that_ends_has_written_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    run('LogWriter(LogFile(path), lost_line).put("last words")', path)
    assert path.read_text() == "last words\n"


def test_a_signal_s_handler_may_close_the_logs_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    program = """
number = 0

def leave(signum, frame):
    close_logs()
    print(number, flush=True)
    os._exit(0)

signal.signal(signal.SIGQUIT, leave)
writer = LogWriter(LogFile(path), lost_line, most_waiting=1 << 30)
while True:
    writer.put(f"{number} x")
    number += 1
    if number % 50 == 0:
        time.sleep(0.0001)
"""
    with start(program, path) as process:
        wait_until(lambda: path.exists() and path.stat().st_size, "lines")
        process.send_signal(signal.SIGQUIT)
        count = int(process.communicate(timeout=20)[0])
    assert process.returncode == 0
    # The one that was interrupted may be there or not.
    assert accounted_for(path.read_text().splitlines()) in (count, count + 1)

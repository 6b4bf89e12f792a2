"""What counts as a change, and how it is noticed."""

import os
import threading
from pathlib import Path

import pytest

from wsgi import reloader
from wsgi.reloader import News, any_changed, best_wait, source_files, watch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text("one")
    os.utime(path, (100, 100))
    return path


def test_only_a_change_is_a_change(file: Path) -> None:
    seen: dict[str, float] = {}
    assert not any_changed([str(file)], seen, last_look=200)
    assert not any_changed([str(file)], seen, last_look=200)
    os.utime(file, (150, 150))
    assert any_changed([str(file)], seen, last_look=200)
    assert not any_changed([str(file)], seen, last_look=200)


def test_a_file_that_is_newer_than_the_last_look_has_changed(file: Path) -> None:
    assert any_changed([str(file)], {}, last_look=50)


def test_a_file_that_goes_and_comes_has_changed(file: Path) -> None:
    seen: dict[str, float] = {}
    any_changed([str(file)], seen, last_look=200)
    file.unlink()
    assert any_changed([str(file)], seen, last_look=200)
    file.write_text("two")
    assert any_changed([str(file)], seen, last_look=200)


def test_the_own_modules_are_watched_and_those_of_packages_are_not() -> None:
    files = source_files()
    assert reloader.__file__ in files
    assert pytest.__file__ not in files
    assert os.__file__ not in files


def test_the_kernel_tells_of_a_change_and_of_other_folders(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("watchfiles")
    monkeypatch.setattr(reloader, "NEWS_INTERVAL", 0.05)
    news = News()
    news.wait({str(tmp_path)})  # nothing happens, and it ends all the same
    news.wait({str(tmp_path), "/not/there"})
    assert isinstance(best_wait().__self__, News)  # type: ignore[attr-defined]


def test_watching_goes_on_after_a_change_until_the_master_is_gone(file: Path, monkeypatch) -> None:
    monkeypatch.setattr(reloader, "source_files", set)
    looks, changes, go_on = threading.Semaphore(0), threading.Semaphore(0), threading.Event()

    def wait(folders: set[str]) -> None:
        assert folders == {str(file.parent)}
        looks.release()
        go_on.wait(30)
        go_on.clear()

    monkeypatch.setattr(reloader, "best_wait", lambda: wait)
    thread = watch(lambda: [str(file)], changes.release, since=200)
    for stamp in (150, 160):
        assert looks.acquire(timeout=30)
        os.utime(file, (stamp, stamp))
        go_on.set()
        assert changes.acquire(timeout=30)
    assert looks.acquire(timeout=30)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    os.utime(file, (170, 170))
    go_on.set()
    thread.join(30)
    assert not thread.is_alive()
    assert not changes.acquire(blocking=False)

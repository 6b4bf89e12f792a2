"""Where static files lie."""

from pathlib import Path
from typing import Any

import pytest

from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.staticfiles.finders import find, static_locations


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not settings.configured:
        settings.configure()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.css").write_text(name)
    (tmp_path / "two" / "b.css").write_text("b")
    (tmp_path / "secret").write_text("s")
    entries = [tmp_path / "one", ("docs", tmp_path / "two"), tmp_path / "missing"]
    monkeypatch.setattr(settings, "STATICFILES_DIRS", entries)
    monkeypatch.setattr(settings, "STATIC_URL", "static/")
    return tmp_path


def test_a_file_is_found_in_the_first_folder_that_has_it(folders: Path) -> None:
    assert find("a.css") == str((folders / "one" / "a.css").resolve())
    assert find("docs/b.css") == str((folders / "two" / "b.css").resolve())


@pytest.mark.parametrize("path", ["b.css", "../secret", "docs/../../secret", "", "docs/", "/etc"])
def test_nothing_outside_its_folder_is_found(path: str) -> None:
    assert find(path) is None


def test_the_folders_are_told_with_their_urls(folders: Path) -> None:
    one, two = (folders / "one").resolve(), (folders / "two").resolve()
    assert static_locations() == [("/static/", one), ("/static/docs/", two)]


def test_files_on_another_host_need_no_folder(monkeypatch: Any) -> None:
    monkeypatch.setattr(settings, "STATIC_URL", "https://cdn.example/")
    assert static_locations() == []


def test_static_files_must_not_hide_the_views(monkeypatch: Any) -> None:
    monkeypatch.setattr(settings, "STATIC_URL", "/")
    with pytest.raises(ImproperlyConfigured, match="would hide every view"):
        static_locations()


@pytest.mark.parametrize("path", ["a\x00.css", "a" * 5000, "a/" * 5000, "docs/\x00", "\ud800"])
def test_a_path_that_no_file_can_have_finds_nothing(path: str) -> None:
    assert find(path) is None

import sys
from pathlib import Path

import pytest

from miniframework.conf import LazySettings, settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.signals import setting_changed
from miniframework.test import override_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)
    sys.modules.pop(name, None)


def test_the_module_is_read_when_the_first_setting_is_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "lazy_one", "DEBUG = True\nSECRET_KEY = 'x'\nlower = 1\n")
    monkeypatch.setenv("MINIFRAMEWORK_SETTINGS_MODULE", "lazy_one")
    found = LazySettings()
    assert "lazy_one" not in sys.modules
    assert found.DEBUG is True
    assert found.APPEND_SLASH is True  # a default
    assert found.SETTINGS_MODULE == "lazy_one"


def test_only_capital_names_are_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "lazy_two", "lower = 1\n")
    monkeypatch.setenv("MINIFRAMEWORK_SETTINGS_MODULE", "lazy_two")
    with pytest.raises(AttributeError, match="no setting 'lower'"):
        _ = LazySettings().lower


def test_no_settings_at_all_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINIFRAMEWORK_SETTINGS_MODULE", raising=False)
    with pytest.raises(ImproperlyConfigured, match="MINIFRAMEWORK_SETTINGS_MODULE"):
        _ = LazySettings().DEBUG


def test_a_missing_module_is_named_with_a_suggestion(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "my_settings", "")
    monkeypatch.setenv("MINIFRAMEWORK_SETTINGS_MODULE", "my_setings")
    with pytest.raises(ImproperlyConfigured, match="Did you mean 'my_settings'"):
        _ = LazySettings().DEBUG


def test_a_module_that_the_settings_import_in_vain_is_another_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "lazy_three", "import not_installed_anywhere\n")
    monkeypatch.setenv("MINIFRAMEWORK_SETTINGS_MODULE", "lazy_three")
    with pytest.raises(ModuleNotFoundError, match="not_installed_anywhere"):
        _ = LazySettings().DEBUG


def test_an_empty_secret_key_is_refused_when_it_is_needed() -> None:
    made = LazySettings()
    made.configure(DEBUG=True)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is empty"):
        _ = made.SECRET_KEY


def test_a_string_for_a_list_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"ALLOWED_HOSTS.*must be a list"):
        LazySettings().configure(ALLOWED_HOSTS="*")


def test_configuring_twice_is_refused() -> None:
    made = LazySettings()
    made.configure()
    with pytest.raises(RuntimeError, match="configured already"):
        made.configure()


def test_an_unknown_setting_gets_a_suggestion() -> None:
    made = LazySettings()
    made.configure()
    with pytest.raises(AttributeError, match="Did you mean 'MIDDLEWARE'"):
        _ = made.MIDDLEWARES


def test_overridden_settings_come_back_also_when_they_were_looked_at() -> None:
    before = settings.APPEND_SLASH
    heard = []

    def listen(**kwargs: object) -> None:
        heard.append((kwargs["setting"], kwargs["enter"]))

    setting_changed.connect(listen)
    with override_settings(APPEND_SLASH=not before):
        assert settings.APPEND_SLASH is not before
    setting_changed.disconnect(listen)
    assert settings.APPEND_SLASH is before
    assert heard == [("APPEND_SLASH", True), ("APPEND_SLASH", False)]

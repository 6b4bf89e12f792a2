"""The registry of apps."""

import sys
from pathlib import Path

import pytest

from miniframework.apps import AppConfig, AppRegistryNotReady, Apps
from miniframework.exceptions import ImproperlyConfigured

CONFIG = """\
from miniframework.apps import AppConfig

class ShopConfig(AppConfig):
    name = "shop_app"
    label = "shop"
    def ready(self):
        self.told = True
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("plain_app", "shop_app"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "shop_app" / "apps.py").write_text(CONFIG)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path  # type: ignore[misc]
    for name in set(sys.modules) - before:
        if name.startswith(("plain_app", "shop_app")):
            del sys.modules[name]


@pytest.mark.parametrize("entry", ["shop_app", "shop_app.apps.ShopConfig"])
def test_an_app_is_found_by_its_package_or_its_config(packages: Path, entry: str) -> None:
    apps = Apps()
    apps.populate(["plain_app", entry])
    apps.import_models()
    shop = apps.get_app_config("shop")
    assert type(shop).__name__ == "ShopConfig"
    assert shop.told  # type: ignore[attr-defined]
    assert apps.is_installed("plain_app")
    assert not apps.is_installed("shop")
    plain = apps.get_app_config("plain_app")
    assert type(plain) is AppConfig
    assert (plain.verbose_name, plain.path) == ("Plain App", str(packages / "plain_app"))
    assert apps.get_models() == []


MISTAKES = [
    (["plain_ap"], r"'plain_ap'.*Did you mean 'plain_app'\?"),
    (["shop_app.apps.ShopConfg"], r"no class 'ShopConfg'\. Did you mean 'ShopConfig'\?"),
    (["shop_app.aps.ShopConfig"], r"'shop_app.aps'.*Did you mean 'apps'\?"),
    (["shop_app", "shop_app.apps.ShopConfig"], "both have the label 'shop'"),
]


@pytest.mark.parametrize(("installed", "message"), MISTAKES)
def test_a_bad_entry_is_told(packages: Path, installed: list[str], message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        Apps().populate(installed)


def test_an_unknown_label_gets_a_suggestion(packages: Path) -> None:
    apps = Apps()
    apps.populate(["shop_app"])
    with pytest.raises(LookupError, match=r"Did you mean 'shop'\?"):
        apps.get_app_config("shop_app")
    with pytest.raises(LookupError, match="has no model 'Item'"):
        apps.get_model("shop.Item")


def test_nothing_is_answered_before_setup() -> None:
    with pytest.raises(AppRegistryNotReady, match=r"miniframework\.setup\(\)"):
        Apps().get_models()

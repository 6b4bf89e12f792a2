"""The cache, beside Django's own where it can be, and the tag that keeps parts of a page."""

from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache as DjangoCache
from django.core.cache.utils import make_template_fragment_key as django_key

from miniframework.cache import InvalidCacheBackendError, cache, caches
from miniframework.cache.backends.locmem import LocMemCache
from miniframework.cache.utils import make_template_fragment_key
from miniframework.conf import settings
from miniframework.template.backends.django import DjangoTemplates
from miniframework.test.settings import override_settings
from templating import TemplateSyntaxError
from tests.templating import beside_django

assert beside_django  # it configures Django's settings

BACKENDS = "miniframework.cache.backends"
TWO = {
    "default": {"BACKEND": f"{BACKENDS}.locmem.LocMemCache", "LOCATION": "tests"},
    "none": {"BACKEND": f"{BACKENDS}.dummy.DummyCache"},
    "lost": {"BACKEND": "miniframework.nowhere.Cache"},
}


@pytest.fixture(autouse=True)
def two_caches() -> Any:
    if not settings.configured:
        settings.configure()
    with override_settings(CACHES=TWO):
        cache.clear()
        yield


STEPS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("get", ("a",), {}),
    ("get", ("a", 7), {}),
    ("set", ("a", [1]), {}),
    ("get", ("a",), {}),
    ("get", ("a",), {"version": 2}),
    ("add", ("a", 2), {}),
    ("add", ("b", 2), {}),
    ("set", ("n", None), {}),
    ("get", ("n", "default"), {}),
    ("has_key", ("n",), {}),
    ("get_or_set", ("n", 5), {}),
    ("get_or_set", ("c", lambda: 5), {}),
    ("incr", ("c",), {}),
    ("decr", ("c", 3), {}),
    ("incr", ("nothing",), {}),
    ("touch", ("c", None), {}),
    ("touch", ("nothing",), {}),
    ("set", ("gone", 1, 0), {}),
    ("get", ("gone",), {}),
    ("set", ("gone", 1, -5), {}),
    ("has_key", ("gone",), {}),
    ("set_many", ({"x": 1, "y": 2},), {}),
    ("get_many", (["x", "y", "z"],), {}),
    ("delete", ("x",), {}),
    ("delete", ("x",), {}),
    ("delete_many", (["y", "z"],), {}),
    ("get_many", (["x", "y", "z", "a"],), {}),
    ("clear", (), {}),
    ("get", ("a",), {}),
]


def outcome(subject: Any, step: tuple[str, tuple[Any, ...], dict[str, Any]]) -> Any:
    name, args, kwargs = step
    try:
        return getattr(subject, name)(*args, **kwargs)
    except ValueError as error:
        return type(error), str(error)


def test_each_step_has_the_outcome_that_it_has_in_django() -> None:
    ours, theirs = LocMemCache("one", {}), DjangoCache("one", {})
    for number, step in enumerate(STEPS):
        assert outcome(ours, step) == outcome(theirs, step), (number, step)


def test_what_was_asked_for_last_stays_where_there_is_no_room() -> None:
    params = {"OPTIONS": {"MAX_ENTRIES": 3, "CULL_FREQUENCY": 3}}
    ours, theirs = LocMemCache("few", params), DjangoCache("few", params)
    for each in (ours, theirs):
        for key in "abc":
            each.set(key, key)
        each.get("a")
        each.set("d", "d")
    assert ours.get_many("abcd") == theirs.get_many("abcd") == {"a": "a", "c": "c", "d": "d"}


def test_a_kept_value_is_nobody_elses() -> None:
    value = [1]
    cache.set("list", value)
    value.append(2)
    cache.get("list").append(3)
    assert cache.get("list") == [1]
    assert "list" in cache
    assert "other" not in cache


def test_caches_are_found_by_alias_and_a_wrong_one_is_told() -> None:
    caches["none"].set("a", 1)
    assert caches["none"].get("a") is None
    assert caches["none"].get_or_set("a", 2) == 2
    with pytest.raises(InvalidCacheBackendError, match="Did you mean 'default'"):
        caches["defualt"]
    with pytest.raises(InvalidCacheBackendError, match=r"miniframework\.nowhere"):
        caches["lost"]


def render(text: str, **values: Any) -> str:
    backend = DjangoTemplates({"NAME": "x", "DIRS": [], "APP_DIRS": False, "OPTIONS": {}})
    return backend.from_string("{% load cache %}" + text).render(values)


def test_a_fragment_is_made_once_for_each_of_what_it_varies_on() -> None:
    text = "{% cache 60 part who %}{{ word }}{% endcache %}{{ word }}"
    assert render(text, who="a", word="<1>") == "&lt;1&gt;&lt;1&gt;"
    assert render(text, who="a", word="2") == "&lt;1&gt;2"
    assert render(text, who="b", word="3") == "33"
    cache.delete(make_template_fragment_key("part", ["a"]))
    assert render(text, who="a", word="4") == "44"
    assert make_template_fragment_key("part", ["a", 1]) == django_key("part", ["a", 1])
    assert make_template_fragment_key("part") == django_key("part")


def test_a_fragment_is_kept_for_as_long_as_it_says_and_where_it_says() -> None:
    text = "{% cache seconds x using=where %}{{ word }}{% endcache %}"
    assert render(text, seconds=0, where="default", word="1") == "1"
    assert render(text, seconds=None, where="default", word="2") == "2"
    assert render(text, seconds="5", where="default", word="3") == "2"
    assert render(text, seconds=5, where="none", word="4") == "4"
    fragments = {"BACKEND": f"{BACKENDS}.locmem.LocMemCache", "LOCATION": "fragments"}
    with override_settings(CACHES={**TWO, "template_fragments": fragments}):
        assert render("{% cache 9 x %}{{ word }}{% endcache %}", word="5") == "5"


@pytest.mark.parametrize(
    "text",
    [
        "{% cache %}{% endcache %}",
        "{% cache 5 %}{% endcache %}",
        "{% cache 'x' y %}{% endcache %}",
        "{% cache missing y %}{% endcache %}",
        "{% cache 5 y using='nope' %}{% endcache %}",
        "{% cache 5 y %}",
    ],
)
def test_a_cache_tag_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(text)

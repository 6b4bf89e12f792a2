"""Blocks and parents: which block is written, what `super` is, which parent is found."""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from templating import Engine, TemplateDoesNotExist, TemplateRecursionError, TemplateSyntaxError


def engine(**templates: str) -> Engine:
    named = {f"{name}.html": text for name, text in templates.items()}
    return Engine(loaders=[("templating.loaders.locmem.Loader", named)])


FAMILY = engine(
    base="<{% block a %}&amp;{% endblock %}|{% block b %}base b{% endblock %}>",
    middle="{% extends 'base.html' %}no{% block a %}m{{ x }} {{ block.super }}{% endblock %}",
    page="{% extends 'middle.html' %}{% block a %}p {{ block.super }}{{ block.super }}{% endblock %}",
    skips="{% extends 'middle.html' %}{% block b %}[{% block c %}c{% endblock %}]{% endblock %}",
    inner="{% extends 'skips.html' %}{% block c %}{{ block.super }}!{% endblock %}",
    top="<{% block a %}[{{ block.super }}]{{ block.name }}{% endblock %}>",
    child="{% extends 'top.html' %}{% block a %}{{ block.super }}!{% endblock %}",
    other="{% extends 'top.html' %}",
    both="{% block a %}mine {% include 'page.html' %}{% include 'base.html' %}{% endblock %}",
    over="<{% block a %}A{% block b %}B{% endblock %}{% endblock %}>",
    turned="{% extends 'over.html' %}{% block b %}{% block a %}a{{ block.super }}{% endblock %}{{ block.super }}{% endblock %}",
    piece="[{{ block.super }}]",
    includes="{% extends 'base.html' %}{% block a %}{% include 'piece.html' %}{{ block.super }}{% endblock %}",
    loop="{% for x in 'xy' %}{% include 'middle.html' %}{% endfor %}",
)

PAGES = {
    "base": "<&amp;|base b>",
    "middle": "<m&lt; &amp;|base b>",
    "page": "<p m&lt; &amp;m&lt; &amp;|base b>",
    "skips": "<m&lt; &amp;|[c]>",
    "inner": "<m&lt; &amp;|[c!]>",
    "child": "<[]a!>",
    "other": "<[]a>",
    "both": "mine <p m&lt; &amp;m&lt; &amp;|base b><&amp;|base b>",
    "turned": "<aAaB>",
    "includes": "<[]&amp;|base b>",
    "loop": "<mx &amp;|base b><my &amp;|base b>",
}


@pytest.mark.parametrize("name", PAGES)
def test_each_block_is_the_last_of_its_row(name: str) -> None:
    for _ in range(2):  # a render leaves nothing behind
        assert FAMILY.render_to_string(f"{name}.html", {"x": "<"}) == PAGES[name]


def test_an_include_in_a_loop_is_found_once_and_sees_each_round() -> None:
    pages = engine(
        row="<{{ x }}{{ forloop.counter }}>",
        page="{% for x in values %}{% include 'row.html' %}{% endfor %}{{ x }}"
        "{% autoescape off %}{% for x in values %}{% include 'row.html' %}{% endfor %}{% endautoescape %}",
    )
    assert pages.render_to_string("page.html", {"values": "&a"}) == "<&amp;1><a2><&1><a2>"
    loader = pages.template_loaders[0]
    with patch.object(loader, "get_template", wraps=loader.get_template) as found:
        pages.render_to_string("page.html", {"values": "abc"})
    assert [call.args[0] for call in found.mock_calls] == ["page.html", "row.html", "row.html"]


def test_super_without_a_parent_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="block 'a' of a template that extends no other"):
        FAMILY.render_to_string("top.html")


def raised(text: str, **templates: str) -> str:
    with pytest.raises(TemplateDoesNotExist) as caught:
        engine(page=text, **templates).render_to_string("page.html")
    return str(caught.value)


def test_a_circle_is_told_with_its_chain() -> None:
    assert "may extend: page.html -> page.html" in raised("{% extends 'page.html' %}")
    error = raised("{% extends 'a.html' %}", a="{% extends 'page.html' %}")
    assert "may extend: page.html -> a.html -> page.html" in error


def test_a_parent_that_is_nowhere_is_no_circle() -> None:
    assert "may extend" not in raised("{% extends 'x.html' %}")
    error = raised("{% extends 'a.html' %}", a="{% extends 'bsae.html' %}", base="")
    assert "may extend" not in error
    assert "Did you mean 'base.html'?" in error


def test_the_parent_of_the_same_name_is_the_next_one(tmp_path: Path) -> None:
    own = "{%% extends 'p' %%}{%% block a %%}%s{{ block.super }}{%% endblock %%}"
    for folder, text in (("1", own % 1), ("2", own % 2), ("3", "<{% block a %}3{% endblock %}>")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p").write_text(text)
    assert Engine(dirs=sorted(tmp_path.iterdir())).render_to_string("p") == "<123>"


def test_parents_without_end_are_bounded() -> None:
    chain = {f"t{n}": f"{{% extends 't{n + 1}.html' %}}" for n in range(70)}
    with pytest.raises(TemplateRecursionError, match=r"More than 60 .*: t0\.html -> t1\.html"):
        engine(**chain, t70="").render_to_string("t0.html")


@pytest.mark.parametrize("make", [str, Engine().from_string])
def test_a_parent_is_a_name_or_a_template(make: Callable[[str], object]) -> None:
    parent = "base.html" if make is str else make("<{% block a %}{% endblock %}|base b>")
    page = FAMILY.from_string("{% extends parent %}{% block a %}a{% endblock %}")
    assert page.render({"parent": parent}) == "<a|base b>"

"""Whole templates: inheritance, inclusion, errors with their place, and the observer hook."""

import os
import pickle
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import templating
from templating import (
    Context,
    Engine,
    Library,
    Node,
    Origin,
    RequestContext,
    TemplateDoesNotExist,
    TemplateRecursionError,
    TemplateSyntaxError,
    configuration,
    loader,
)
from templating.events import observe
from templating.loaders import cached, filesystem


@pytest.fixture(autouse=True)
def _the_default_engine_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "default_engine", configuration.default_engine)


def engine(**templates: str) -> Engine:
    named = {f"{name}.html": text for name, text in templates.items()}
    return Engine(loaders=[("templating.loaders.locmem.Loader", named)])


def render(templates: Engine, name: str, **values: Any) -> str:
    return templates.render_to_string(f"{name}.html", values)


FAMILY = engine(
    base="<{% block a %}base a{% endblock %}|{% block b %}base b{% endblock %}>",
    middle="{% extends 'base.html' %}{% block a %}middle {{ block.super }}{% endblock %}",
    page="{% extends parent %}ignored{% block a %}{{ x }} {{ block.super }}{% endblock %}",
    literal="{% extends 'middle.html' %}{% block b %}[{% block c %}c{% endblock %}]{% endblock %}",
    deep="{% extends 'literal.html' %}{% block c %}{{ block.super }}!{% endblock %}",
)


def test_a_child_fills_its_parents_blocks_and_super_goes_up_step_by_step() -> None:
    assert render(FAMILY, "page", parent="middle.html", x="<") == "<&lt; middle base a|base b>"


def test_a_block_inside_a_childs_block_can_be_filled_again() -> None:
    assert render(FAMILY, "deep") == "<middle base a|[c!]>"


def test_extends_takes_a_template_object_too() -> None:
    parent = FAMILY.get_template("base.html")
    assert render(FAMILY, "page", parent=parent, x=1) == "<1 base a|base b>"


def test_a_template_may_extend_one_of_its_own_name_from_a_later_folder(tmp_path: Path) -> None:
    for folder, text in (
        ("one", "{% extends 'p.html' %}{% block a %}new{% endblock %}"),
        ("two", "old {% block a %}{% endblock %}"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p.html").write_text(text)
    both = Engine(dirs=[tmp_path / "one", tmp_path / "two"])
    assert both.render_to_string("p.html") == "old new"
    assert both.render_to_string("p.html") == "old new"


def test_a_circle_of_extends_is_an_error_that_names_the_chain() -> None:
    circle = engine(a="{% extends 'b.html' %}", b="{% extends 'a.html' %}")
    with pytest.raises(TemplateDoesNotExist, match=r"a\.html -> b\.html -> a\.html"):
        render(circle, "a")


def test_a_recursive_include_that_ends_is_fine() -> None:
    tree = engine(node="{{ n.v }}{% for n in n.c %}({% include 'node.html' %}){% endfor %}")
    assert render(tree, "node", n={"v": 1, "c": [{"v": 2, "c": [{"v": 3}]}]}) == "1(2(3))"


def test_a_chain_of_extends_has_the_depth_of_the_setting() -> None:
    chain = {f"t{n}": f"{{% extends 't{n + 1}.html' %}}" for n in range(200)}
    with pytest.raises(TemplateRecursionError, match=r"More than 60 .*: t0\.html -> t1\.html"):
        render(engine(**chain, t200="top"), "t0")
    two = {"a": "{% include 'b' %}", "b": "{% include 'c' %}"}
    shallow = Engine(loaders=[("templating.loaders.locmem.Loader", two)], max_depth=1)
    with pytest.raises(TemplateRecursionError, match="More than 1 "):
        shallow.render_to_string("a")


def test_a_recursive_include_without_end_is_an_error_that_names_the_chain() -> None:
    with pytest.raises(TemplateRecursionError, match=r"b\.html -> a\.html"):
        render(engine(a="{% include 'b.html' %}", b="{% include 'a.html' %}"), "a")


def test_a_name_outside_the_folder_is_nowhere(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "secret.html").write_text("secret")
    with pytest.raises(TemplateDoesNotExist):
        Engine(dirs=[tmp_path / "t"]).get_template("../secret.html")


def test_a_missing_template_says_where_was_looked_and_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "detail.html").write_text("x")
    with pytest.raises(TemplateDoesNotExist) as caught:
        Engine(dirs=[tmp_path]).get_template("detial.html")
    assert [origin.name for origin, _ in caught.value.tried] == [str(tmp_path / "detial.html")]
    assert "Did you mean 'detail.html'?" in str(caught.value)


def test_templates_are_kept_and_with_debug_read_again_when_they_change(tmp_path: Path) -> None:
    page = tmp_path / "p.html"
    page.write_text("one")
    kept, debug = Engine(dirs=[tmp_path]), Engine(dirs=[tmp_path], debug=True)
    assert (kept.render_to_string("p.html"), debug.render_to_string("p.html")) == ("one", "one")
    page.write_text("two")

    os.utime(page, (1, 1))
    assert (kept.render_to_string("p.html"), debug.render_to_string("p.html")) == ("one", "two")


def test_a_kept_template_is_announced_as_such_and_the_cache_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cached, "MAX_TEMPLATES", 2)
    kept: list[bool] = []
    made = engine(a="", b="", c="")
    made.template_loaders[0] = cached.Loader(made, made.loaders)
    stop = observe(lambda name, details: kept.append(details["cached"]))
    try:
        for name in ("a", "b", "a", "c", "a", "c"):
            made.get_template(f"{name}.html")
    finally:
        stop()
    assert kept == [False, False, True, False, False, True]


def test_the_literal_name_of_an_include_is_looked_up_once_in_a_render() -> None:
    loads: list[str] = []
    stop = observe(lambda name, details: loads.append(name))
    try:
        render(engine(a="{% for x in l %}{% include 'b.html' %}{% endfor %}", b="b"), "a", l="xyz")
    finally:
        stop()
    assert loads.count("template.load") == 2
    assert loads.count("include.start") == 3


def test_what_an_included_template_sets_stays_inside() -> None:
    templates = engine(
        a="{% include 'b.html' %}{{ x }}{% include 'b.html' with y=1 %}{{ x }}{{ y }}",
        b="{% firstof 'in' as x %}{{ x }}{{ y }}",
    )
    assert render(templates, "a") == "inin1"


def test_a_template_of_another_kind_may_be_included() -> None:
    class Other:
        def render(self, context: Context) -> str:
            return f"<other {context['x']}{context['y']}>"

    assert engine().from_string("{% include o with y=2 %}").render({"o": Other(), "x": 1}) == (
        "<other 12>"
    )


# -- partials ----------------------------------------------------------------------------------

PARTIALS = engine(
    base="<{% block a %}{% endblock %}>",
    page="{% extends 'base.html' %}{% block a %}{% for x in l %}{% partial row %}{% endfor %}"
    "{% partialdef row %}[{{ x }}{% cycle 'a' 'b' %}]{% endpartialdef row %}{% endblock %}",
    inline="{% partialdef now inline %}{{ x }}{% endpartialdef %}+{% partial now %}",
    user="{% include 'page.html#row' with x=1 %}{% include also %}",
    wrong="{% partialdef row %}{% endpartialdef %}{% partial rwo %}",
    nested="{% partialdef a inline %}1{% partialdef b %}{{ x|upper }}{% endpartialdef %}"
    "{% endpartialdef %}",
)


def test_a_partial_is_rendered_where_it_is_called_and_by_its_own_name() -> None:
    assert render(PARTIALS, "page", l="xy") == "<[xa][ya]>"
    assert render(PARTIALS, "inline", x="<") == "&lt;+&lt;"
    assert PARTIALS.get_template("page.html#row").render({"x": 1}) == "[1a]"
    assert PARTIALS.render_to_string("nested.html#b", {"x": "b"}) == "B"
    assert PARTIALS.select_template(["nope", "nested.html#b"]).name == "b"
    assert render(PARTIALS, "user", also="inline.html#now", x="z") == "[1a]z"


def test_a_partial_knows_its_own_text_and_is_pickled_by_its_origin() -> None:
    partial = PARTIALS.get_template("page.html#row")
    assert partial.source == (
        "{% partialdef row %}[{{ x }}{% cycle 'a' 'b' %}]{% endpartialdef row %}"
    )
    templating.configure(default_engine=PARTIALS)
    assert pickle.loads(pickle.dumps(partial)).render({"x": 1}) == "[1a]"


def test_a_missing_partial_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(TemplateSyntaxError, match="Did you mean 'row'") as caught:
        render(PARTIALS, "wrong")
    assert (caught.value.template_name, caught.value.column) == ("wrong.html", 40)
    with pytest.raises(TemplateDoesNotExist, match=r"page\.html#rwo\. Did you mean 'row'"):
        PARTIALS.get_template("page.html#rwo")
    assert engine().from_string("{% if 0 %}{% partial x %}{% endif %}").render() == ""


# -- errors ------------------------------------------------------------------------------------


def test_a_syntax_error_shows_template_line_column_and_the_tag() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        engine(p="one\n  {{ x|uper }}\nthree").get_template("p.html")
    error = caught.value
    assert (error.template_name, error.line, error.column) == ("p.html", 2, 3)
    assert "Did you mean 'upper'?" in str(error)
    assert "^" * len("{{ x|uper }}") in str(error)


def test_an_unclosed_block_is_blamed_on_the_tag_that_opened_it() -> None:
    with pytest.raises(TemplateSyntaxError, match="Unclosed tag 'if' on line 2") as caught:
        engine(p="\n{% if x %}\n{% for y in z %}{% endfor %}\n").get_template("p.html")
    assert caught.value.line == 2


def test_the_url_tag_says_whose_it_is() -> None:
    with pytest.raises(TemplateSyntaxError, match="belongs to miniframework"):
        Engine().from_string("{% url 'index' %}")
    with pytest.raises(TemplateSyntaxError, match="'static': 'miniframework.templatetags.static'"):
        Engine().from_string("{% load static %}")


def test_a_single_name_is_nothing_to_select_from() -> None:
    with pytest.raises(TypeError, match="use get_template"):
        loader.select_template("page.html")


def broken() -> None:
    raise ZeroDivisionError("on purpose")


def test_an_error_in_a_render_keeps_its_type_and_gets_the_way_in() -> None:
    templates = engine(
        base="é {% block a %}{% endblock %}",
        page="{% extends 'base.html' %}\n{% block a %}\n{% include 'part.html' %}{% endblock %}",
        part="\n<b>ü{{ broken }}</b>",
    )
    with pytest.raises(ZeroDivisionError) as caught:
        render(templates, "page", broken=broken)
    position = caught.value.template_position  # type: ignore[attr-defined]
    assert (position.template, position.line, position.column) == ("part.html", 2, 5)
    assert position.tag == "{{ broken }}"
    assert "   2 | <b>ü{{ broken }}</b>" in caught.value.__notes__[-1]
    assert caught.value.__notes__[-3:-1] == [
        "in template 'page.html', line 3: {% include 'part.html' %}",
        "in template 'part.html', line 2: {{ broken }}",
    ]
    assert "<b>ü{{ broken }}</b>" in "".join(traceback.format_exception(caught.value))


def test_an_error_in_an_argument_of_a_tag_and_in_an_elif_is_told_at_its_own_line() -> None:
    for text, line, tag in (
        ("\n{% if 0 %}\n{% elif broken|upper %}\n{% endif %}", 3, "{% elif broken|upper %}"),
        ("{% if 1 %}\n\n  {% include 'x' with y=broken %}{% endif %}", 3, None),
        ("\n{% for x in broken %}{% endfor %}", 2, "{% for x in broken %}"),
        ("\n{% firstof 0 broken %}", 2, "{% firstof 0 broken %}"),
    ):
        with pytest.raises(ZeroDivisionError) as caught:
            engine(x="").from_string(text.replace("'x'", "'x.html'")).render({"broken": broken})
        position = caught.value.template_position  # type: ignore[attr-defined]
        assert position.line == line
        assert tag in (None, position.tag)
        assert len(caught.value.__notes__) == 2  # the place once, and the lines around it


def test_an_error_while_an_included_template_is_compiled_tells_both_places() -> None:
    templates = engine(a="\n{% include 'b.html' %}", b="{{ x|uper }}")
    with pytest.raises(TemplateSyntaxError) as caught:
        render(templates, "a")
    assert (caught.value.template_name, caught.value.line) == ("b.html", 1)
    assert caught.value.__notes__ == ["in template 'a.html', line 2: {% include 'b.html' %}"]


def test_a_syntax_error_that_a_render_finds_tells_its_place_once() -> None:
    templates = engine(a="\n{% include 'b.html' %}", b="{% widthratio 1 2 size %}")
    with pytest.raises(TemplateSyntaxError) as caught:
        render(templates, "a")
    assert "in template 'b.html', line 1" in str(caught.value)
    assert caught.value.__notes__ == ["in template 'a.html', line 2: {% include 'b.html' %}"]


def test_a_missing_variable_is_told_to_the_log_and_to_observers_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    templates = engine(p="\n{{ qestion.text }}{{ question.txt }}{% for x in 'a' %}{% endfor %}")
    heard: list[Any] = []
    stop = observe(lambda name, details: heard.append(details) if "missing" in name else None)
    try:
        with caplog.at_level("DEBUG", logger="templating"):
            assert render(templates, "p", question={"text": "?"}) == "\n"
    finally:
        stop()
    assert [(d["name"], d["hint"]) for d in heard] == [
        ("qestion", " Did you mean 'question'?"),
        ("txt", " Did you mean 'text'?"),
    ]
    assert str(heard[1]["position"]) == "in template 'p.html', line 2: {{ question.txt }}"
    assert caplog.messages[0] == (
        "Nothing is called 'qestion' in template 'p.html', line 2: {{ qestion.text }}."
        " Did you mean 'question'?"
    )


# -- extension ---------------------------------------------------------------------------------


def with_library(library: Library) -> Engine:
    made = engine(item="<{{ value }}{{ csrf_token }}>")
    made.template_builtins.append(library)
    return made


def test_a_simple_tag_is_called_escaped_and_can_be_kept_under_a_name() -> None:
    register = Library()

    @register.simple_tag
    def double(value: str, suffix: str = "") -> str:
        return value * 2 + suffix

    @register.simple_tag(takes_context=True, name="who")
    def name_of(context: Context) -> Any:
        return context["user"]

    text = "{% double '<' suffix='>' %}{% double user as d %}{{ d }}{% who %}"
    assert with_library(register).from_string(text).render({"user": "u"}) == "&lt;&lt;&gt;uuu"
    with pytest.raises(TemplateSyntaxError, match="cannot be called so"):
        with_library(register).from_string("{% double %}")


def test_an_inclusion_tag_renders_another_template() -> None:
    register = Library()

    @register.inclusion_tag("item.html", takes_context=True)
    def item(context: Context, value: str) -> dict[str, str]:
        return {"value": value}

    made = with_library(register)
    assert made.from_string("{% item '1' %}").render({"csrf_token": "t"}) == "<1t>"


def test_a_tag_in_djangos_manner_sees_loop_variables_and_may_set_names() -> None:
    register = Library()

    class Shout(Node):
        def __init__(self, nodelist: Any, name: str) -> None:
            self.nodelist = nodelist
            self.name = name

        def render(self, context: Context) -> str:
            context["x"] = f"{context['x']}!{context['forloop']['counter']}"
            return self.nodelist.render(context).upper()

    @register.tag
    def shout(parser: Any, token: Any) -> Shout:
        _, name = token.split_contents()
        nodelist = parser.parse(("endshout",))
        parser.delete_first_token()
        return Shout(nodelist, name)

    text = "{% for x in l %}{% shout 'n' %}a{{ x }}{% endshout %}{{ x }} {% endfor %}"
    assert with_library(register).from_string(text).render({"l": "pq"}) == "AP!1p!1 AQ!2q!2 "


def test_blocks_far_inside_each_other_still_see_every_loop_variable() -> None:
    depth = 30
    text = "".join(f"{{% for v{n} in l %}}{{% if 1 %}}" for n in range(depth))
    text += "{{ v0 }}{{ v17 }}{{ v29 }}{{ forloop.parentloop.counter }}"
    text += "{% endif %}{% endfor %}" * depth
    assert Engine().from_string(text).render({"l": ["a"]}) == "aaa1"


def test_where_nobody_could_tell_names_are_local_variables() -> None:
    page = "{% for x in l %}{% with y=x %}{{ y }}TAG{% endwith %}{% endfor %}"
    for tag, layers in (("", 0), ("{% cycle 'a' 'b' %}", 2), ("{% firstof x as z %}", 2)):
        listing = Engine().from_string(page.replace("TAG", tag)).listing()
        assert listing.count("context.push(") == layers
        assert ("find(context, 'y')" in listing) == ("firstof" in tag)


@pytest.mark.parametrize(
    ("block", "name"),
    [("a", "block_a"), ("class", "block_class"), ("a-b", "block"), ("\ufb01", "block")],
)
def test_a_block_is_listed_under_its_name_where_python_spells_it_so(block: str, name: str) -> None:
    listing = Engine().from_string(f"{{% block {block} %}}x{{% endblock %}}").listing()
    assert f"def {name}(context, write):" in listing


def test_string_if_invalid_stands_for_what_is_missing() -> None:
    text = "{{ a.b }}{{ a|default:'d' }}{% if a %}y{% endif %}{% for x in a %}{% endfor %}"
    assert Engine(string_if_invalid="<%s>").from_string(text).render() == "&lt;a.b&gt;&lt;a&gt;"


# -- context, requests, events -----------------------------------------------------------------


def test_a_request_context_runs_the_processors_and_the_views_values_win() -> None:
    made = Engine(context_processors=[lambda request: {"a": request, "b": "processor"}])
    template = made.from_string("{{ a }}{{ b }}{{ c }}")
    context = RequestContext("r", {"b": "view"}, processors=[lambda request: {"c": "own"}])
    assert template.render(context) == "rviewown"
    assert template.render({"b": 1}, request="r") == "r1"


def test_the_context_is_a_stack() -> None:
    context = Context({"a": 1})
    with context.push(a=2, b=3):
        assert (context["a"], context.get("b"), "b" in context) == (2, 3, True)
        context.update({"a": 4})
        assert context.pop() == {"a": 4}
    assert context.flatten() == {"True": True, "False": False, "None": None, "a": 1}
    assert context.setdefault("n", 5) == 5
    assert context.new({"z": 1}).get("a") is None
    context.pop()
    with pytest.raises(templating.ContextPopException):
        context.pop()


def test_who_begins_to_observe_hears_of_the_next_include() -> None:
    heard: list[str] = []
    stops: list[Callable[[], None]] = []

    def observed() -> None:
        stops.append(observe(lambda name, details: heard.append(name)))

    pages = engine(
        row="{{ x }}",
        page="{% for x in 'abcd' %}{% include 'row.html' %}"
        "{% if forloop.revcounter == 2 %}{{ observed }}{% endif %}{% endfor %}",
    )
    try:
        assert pages.render_to_string("page.html", {"observed": observed}) == "abcNoned"
    finally:
        stops[0]()
    assert heard == ["include.start", "include.end", "template.end"]


def test_observers_hear_of_loads_renders_and_includes_in_their_nesting() -> None:
    heard: list[tuple[str, Any]] = []
    stop = observe(lambda name, details: heard.append((name, details["name"])))
    try:
        render(engine(a="{% for n in 'xy' %}{% include 'b.html' %}{% endfor %}", b="b"), "a")
    finally:
        stop()
    assert heard == [
        ("template.load", "a.html"),
        ("template.start", "a.html"),
        ("template.load", "b.html"),
        ("include.start", "b.html"),
        ("include.end", "b.html"),
        ("include.start", "b.html"),
        ("include.end", "b.html"),
        ("template.end", "a.html"),
    ]


@pytest.mark.timeout(20)
def test_one_template_renders_in_many_threads_at_once() -> None:
    template = Engine().from_string("{% for x in l %}{% cycle 'a' 'b' %}{{ x }}{% endfor %}")
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(template.render({"l": range(500)})))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert len(results) == 4


def test_a_template_is_pickled_by_its_text_or_name() -> None:
    assert pickle.loads(pickle.dumps(Engine().from_string("{{ x }}"))).render({"x": 1}) == "1"
    assert Origin("a").name == "a"


def test_of_two_templates_of_one_name_the_pickled_one_comes_back(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p.html").write_text(folder)
    both = Engine(dirs=[tmp_path / "one", tmp_path / "two"])
    templating.configure(default_engine=both)
    first = both.get_template("p.html")
    second = both.find_template("p.html", skip=[first.origin])
    assert pickle.loads(pickle.dumps(first)).render() == "one"
    assert pickle.loads(pickle.dumps(second)).render() == "two"


def test_a_template_saved_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.html"
    page.write_text("old")
    os.utime(page, (1, 1))
    read = filesystem.Loader.get_contents

    def read_and_save(loader: filesystem.Loader, origin: Origin) -> str:
        text = read(loader, origin)
        page.write_text("new")
        return text

    monkeypatch.setattr(filesystem.Loader, "get_contents", read_and_save)
    engine = Engine(dirs=[tmp_path], debug=True)
    assert [engine.render_to_string("page.html") for _ in range(2)] == ["old", "new"]


def test_text_that_only_comments_part_is_joined_when_it_is_compiled() -> None:
    text = "a{# x #}b{% comment %}{{ y }}{% endcomment %}c{% templatetag openblock %}{{ z }}"
    assert "write('abc{%')" in Engine().from_string(text).listing()

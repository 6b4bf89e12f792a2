"""Template partials and `forloop.length`, as Django 6 has them; where that is installed, beside it."""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

import django
import pytest
from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine

from templating import Context, Engine

TEMPLATES = {
    "base.html": "<{% block a %}{% endblock %}>",
    "rows.html": "all{% partialdef row %}[{{ x }}{% cycle 'a' 'b' %}]{% endpartialdef %}",
    "both.html": "{% partialdef p %}{% partial q %}{% endpartialdef %}{% partialdef q %}{{ x }}{% endpartialdef %}",
}
CASES = [
    ("{% partialdef p %}{{ x }}{% endpartialdef %}+{% partial p %}{% partial p %}", "+&lt;&lt;"),
    ("{% partialdef p inline %}{{ x }}{% endpartialdef p %}+{% partial p %}", "&lt;+&lt;"),
    ("{% partial later %}{% partialdef later %}{{ x }}{% endpartialdef %}", "&lt;"),
    ("{% for x in l %}{% partial p %}{% endfor %}{% partialdef p %}{{ x }}{{ forloop.counter }}{% endpartialdef %}", "a1b2"),
    ("{% for x in l %}{% partial p %}{% endfor %}{% partialdef p %}{% cycle 'o' 'e' %}{% endpartialdef %}", "oo"),
    ("{% for x in l %}{% partialdef p inline %}{% cycle 'o' 'e' %}{% endpartialdef %}{% endfor %}", "oe"),
    ("{% partialdef a inline %}1{% partialdef b %}2{% endpartialdef %}{% endpartialdef %}{% partial b %}", "12"),
    ("{% partialdef p %}{% firstof 'in' as y %}{% endpartialdef %}{% partial p %}{{ y }}", "in"),
    ("{% with x='w' %}{% partial p %}{% endwith %}{% partialdef p %}{{ x }}{% endpartialdef %}", "w"),
    ("{% extends 'base.html' %}{% partialdef p %}p{% endpartialdef %}{% block a %}{% partial p %}{% endblock %}", "<p>"),
    ("{% extends 'base.html' %}{% block a %}{% partialdef p inline %}{{ x }}{% endpartialdef %}{% endblock %}", "<&lt;>"),
    ("{% include 'rows.html' %}{% include 'rows.html#row' %}", "all[&lt;a]"),
    ("{% for x in l %}{% include 'rows.html#row' %}{% endfor %}", "[aa][ba]"),
    ("{% include 'rows.html#row' with x=1 only %}{% include 'both.html#p' %}{% include name %}", "[1a]&lt;&lt;"),
    ("{% for x in l %}{{ forloop.length }}{% endfor %}{% for a in l %}{% for b in 'xyz' %}{{ forloop.length }}{{ forloop.parentloop.length }}{% endfor %}{% endfor %}", "22323232323232"),
    ("{% if 0 %}{% partial nothing %}{% endif %}", ""),
]  # fmt: skip
REFUSED = [
    "{% partialdef %}{% endpartialdef %}", "{% partialdef a b %}{% endpartialdef %}",
    "{% partialdef a inline b %}{% endpartialdef %}", "{% partialdef a %}{% endpartialdef b %}",
    "{% partialdef a %}", "{% partial %}", "{% partial a b %}",
    "{% partialdef a %}{% endpartialdef %}{% partialdef a %}{% endpartialdef %}",
    "{% partial nothing %}",
]  # fmt: skip

OURS = Engine(loaders=[("templating.loaders.locmem.Loader", TEMPLATES)])
DJANGO = DjangoEngine(loaders=[("django.template.loaders.locmem.Loader", TEMPLATES)])
ENGINES = [pytest.param(OURS, Context, id="ours")]
if django.VERSION >= (6,):
    ENGINES.append(pytest.param(DJANGO, DjangoContext, id="django"))


@pytest.mark.parametrize(("engine", "context"), ENGINES)
@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_partial_renders_as_documented(
    engine: Engine, context: type[Context], text: str, expected: str
) -> None:
    values = {"x": "<", "l": ["a", "b"], "name": "both.html#q"}
    assert engine.from_string(text).render(context(values)) == expected


@pytest.mark.parametrize(("engine", "context"), ENGINES)
@pytest.mark.parametrize("text", REFUSED)
def test_a_malformed_partial_is_refused(engine: Engine, context: type[Context], text: str) -> None:
    with pytest.raises(Exception) as caught:
        engine.from_string(text).render(context({}))
    assert type(caught.value).__name__ == "TemplateSyntaxError"


@pytest.mark.parametrize(("engine", "context"), ENGINES)
def test_a_name_with_a_number_sign_is_a_template_and_its_partial(
    engine: Engine, context: type[Context]
) -> None:
    assert engine.get_template("rows.html#row").render(context({"x": 1})) == "[1a]"
    assert engine.get_template("rows.html#").render(context({})) == "all"
    for name in ("base.html#a", "rows.html#nothing", "nothing.html#row", "#row"):
        with pytest.raises(Exception) as caught:
            engine.get_template(name)
        assert type(caught.value).__name__ == "TemplateDoesNotExist"

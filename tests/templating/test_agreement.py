"""Three ways to one text: the compiled code, a simple interpreter of the nodes, and Django."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine
from django.utils.safestring import mark_safe as django_safe
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from templating import Context, Engine
from templating.safe import mark_safe
from tests.templating.reference import interpret

OURS = Engine()
DJANGO = DjangoEngine()


def put(shape: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda chosen: shape.format(*chosen))


NAMES = st.sampled_from(
    [
        *("a", "zero", "none", "missing", "text", "safe", "list", "empty", "nested", "pairs"),
        *("dict.key", "dict.nope", "list.1", "function", "x", "y", "'<q>'", "7", "1.5"),
        *("forloop.counter", "forloop.last", "forloop.parentloop.counter0", "forloop.revcounter"),
    ]
)
FILTERS = st.sampled_from(
    [
        *("upper", "lower", "length", "safe", "escape", "force_escape", "yesno"),
        *("default:'<d>'", "default:x", "add:1", "add:a", "join:'<'", "cut:'b'", "linebreaksbr"),
        *("default_if_none:text", "slice:':2'", "truncatewords:1", "title", "safeseq"),
    ]
)
VALUES = st.tuples(NAMES, st.lists(FILTERS, max_size=2)).map(lambda v: "|".join([v[0], *v[1]]))
OPERATORS = st.sampled_from(["and", "or", "==", "!=", "<", ">=", "in", "not in", "is", "is not"])
CONDITIONS = st.recursive(
    VALUES,
    lambda inner: put("not {}", inner) | put("{} {} {}", inner, OPERATORS, inner),
    max_leaves=4,
)
TEXT = st.sampled_from(["", " ", "a", "<b> </b>", "\n", "{ ", "'\\", "é%"])
LEAVES = (
    TEXT
    | put("{{{{ {} }}}}", VALUES)
    | put("{{% firstof {} {} %}}", VALUES, VALUES)
    | put("{{% firstof {} {} as x %}}", VALUES, VALUES)
    | put("{{% cycle {} {} %}}", VALUES, VALUES)
    | put("{{% cycle {} {} as y %}}", VALUES, VALUES)
    | st.just("{# c #}{% verbatim %}{{ a }}{% endverbatim %}")
)


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=4).map("".join)
    return (
        put("{{% if {} %}}{}{{% endif %}}", CONDITIONS, body)
        | put(
            "{{% if {} %}}{}{{% elif {} %}}{}{{% else %}}{}{{% endif %}}",
            *(CONDITIONS, body, CONDITIONS, body, body),
        )
        | put("{{% for x in {} %}}{}{{% endfor %}}", VALUES, body)
        | put("{{% for x in {} reversed %}}{}{{% empty %}}{}{{% endfor %}}", VALUES, body, body)
        | put("{{% for x, y in pairs %}}{}{{% endfor %}}", body)
        | put("{{% with x={} y={} %}}{}{{% endwith %}}", VALUES, VALUES, body)
        | put("{{% autoescape off %}}{}{{% endautoescape %}}", body)
        | put("{{% autoescape on %}}{}{{% endautoescape %}}", body)
        | put("{{% filter {} %}}{}{{% endfilter %}}", st.just("lower|cut:'b'"), body)
        | put("{{% spaceless %}}{}{{% endspaceless %}}", body)
        | put("{{% ifchanged {} %}}{}{{% else %}}{}{{% endifchanged %}}", VALUES, body, body)
        | put("{{% ifchanged %}}{}{{% endifchanged %}}", body)
    )


def part(*included: str) -> st.SearchStrategy[str]:
    """A piece of a family of templates, which may include others of it."""
    name = st.sampled_from(included) if included else st.nothing()

    def inside(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        body = st.lists(inner, max_size=3).map("".join)
        return (
            put("{{% include '{}' %}}", name)
            | put("{{% include '{}' with x={} y={} %}}", name, VALUES, VALUES)
            | put("{{% include '{}' with a={} only %}}", name, VALUES)
            | put("{{% for x in list %}}{{% include '{}' %}}{}{{% endfor %}}", name, body)
            | put("{{% with x={} %}}{}{{% endwith %}}", VALUES, body)
            | put("{{% if {} %}}{}{{% endif %}}", CONDITIONS, body)
            | put("{{% autoescape off %}}{}{{% endautoescape %}}", body)
            | put("<{{% block {} %}}{}{{{{ block.super }}}}{{% endblock %}}>", BLOCKS, body)
            | put("<{{% block {} %}}{}{{% endblock %}}>", BLOCKS, body)
        )

    leaves = LEAVES | st.just("{{ block.super }}") | put("{{% cycle {} 'c' as x %}}", VALUES)
    return st.lists(st.recursive(leaves, inside, max_leaves=8), max_size=4).map("".join)


BLOCKS = st.sampled_from("abc")
PAGE = part("one.html", "two.html")
EXTENDS = st.sampled_from(["", "{% extends 'base.html' %}", "{% extends 'middle.html' %}"])


def once(text: str) -> str:
    """Each name of a block only once: the others are blocks of a name of their own."""
    for name in "abc":
        first, opening, rest = text.partition("{% block " + name + " %}")
        for number in range(rest.count(opening) if opening else 0):
            rest = rest.replace(opening, "{% block " + f"{name}{number}" + " %}", 1)
        text = first + opening + rest
    return text


PAGES = st.lists(st.recursive(LEAVES, blocks, max_leaves=12), max_size=4).map("".join)


def values(safe: Callable[[str], Any]) -> dict[str, Any]:
    return {
        "a": 1, "zero": 0, "none": None, "text": "<b>bold</b> & such", "safe": safe("<i>i</i>"),
        "list": ["x", "<y>", "x"], "empty": [], "nested": [[1, 2], "ab"],
        "pairs": [(1, "one"), ("<", 2)], "dict": {"key": "<value>"}, "function": lambda: "<f>",
    }  # fmt: skip


def outcome(render: Callable[[], str]) -> str:
    try:
        return render()
    except Exception as error:
        return {"MissingArgumentError": "VariableDoesNotExist"}.get(
            type(error).__name__, type(error).__name__
        )


def three_ways(text: str) -> tuple[str, str, str]:
    ours = OURS.from_string(text)
    theirs = DJANGO.from_string(text)
    return (
        outcome(lambda: ours.render(Context(values(mark_safe)))),
        outcome(lambda: interpret(ours, values(mark_safe))),
        outcome(lambda: str(theirs.render(DjangoContext(values(django_safe))))),
    )


@given(PAGES)
@hypothesis_settings(deadline=None)
@example("{% for x in list %}{% firstof x as y %}{{ y }}{% endfor %}{{ y }}")
@example("{% for x in empty %}{% empty %}{% firstof 1 as y %}{% endfor %}[{{ y }}]")
@example("{% ifchanged %}{% cycle missing a %}{% endifchanged %}")
@example("{% with x=list.1 %}{% for y in list %}{{ x }}{% cycle y 'b' as x %}{{ x }}{% endfor %}")
def test_compiled_code_an_interpreter_and_django_agree(page: str) -> None:
    if page.count("{% with") != page.count("{% endwith"):
        page += "{% endwith %}"
    compiled, interpreted, django_s = three_ways(page)
    assert compiled == interpreted
    assert compiled == django_s


@given(part(), part("two.html"), PAGE, PAGE, EXTENDS, PAGE)
@hypothesis_settings(deadline=None)
def test_a_family_of_templates_renders_as_in_django(
    two: str, one: str, base: str, middle: str, extends: str, page: str
) -> None:
    middle = "{% extends 'base.html' %}" + middle
    family = {"two": two, "one": one, "base": base, "middle": middle, "page": extends + page}
    templates = {f"{name}.html": once(text) for name, text in family.items()}
    rendered = []
    for kind, context, module, safe in (
        (Engine, Context, "templating", mark_safe),
        (DjangoEngine, DjangoContext, "django.template", django_safe),
    ):
        engine = kind(loaders=[(f"{module}.loaders.locmem.Loader", templates)])
        template = engine.get_template("page.html")
        rendered.append(outcome(lambda: str(template.render(context(values(safe))))))  # noqa: B023
    assert rendered[0] == rendered[1]


@pytest.mark.parametrize("depth", [4, 12, 17, 40])
def test_they_agree_however_deep_the_page_is_nested(depth: int) -> None:
    opened = ["{% for x in list %}", "{% with y=x z=forloop.counter %}", "{% if y != 'x' %}"]
    closed = ["{% endfor %}", "{% endwith %}", "{% endif %}"]
    inside = "{{ x }}{{ z }}{{ forloop.parentloop.counter }}{% cycle 'p' 'q' %}{% firstof y as x %}"
    text = inside
    for level in reversed(range(depth)):
        # A loop of three in each would be too much: only the outermost two go round.
        tag = level % 3 if level < 6 else 1 + level % 2
        text = f"{opened[tag]}{text}{{{{ y }}}}{closed[tag]}"
    compiled, interpreted, django_s = three_ways(text)
    assert compiled == interpreted == django_s != ""

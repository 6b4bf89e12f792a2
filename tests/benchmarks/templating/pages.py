"""The pages that are rendered, in each engine's language: what each gives is the same text.

fortunes     13 rows of a number and a text: the page of the TechEmpower benchmarks
table        1,000 rows of 10 cells with something to escape in each
inheritance  three levels of `extends`, with an `include` in a loop of 50
compile      from the text of a page to something that can be rendered
"""

import html
import importlib
from collections.abc import Callable
from typing import Any

import django
import jinja2
from django.conf import settings
from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine

from templating import Engine
from tests.benchmarks.rounds import Unavailable

if not settings.configured:
    settings.configure(USE_TZ=True, TIME_ZONE="UTC", SECRET_KEY="for benchmarks only")
    django.setup()

Render = Callable[[], object]


class Fortune:
    def __init__(self, id: int, message: str) -> None:
        self.id = id
        self.message = message


FORTUNES = [
    Fortune(
        number, f"fortune: No such file or directory {number} " + "フレームワーク" * (number % 2)
    )
    for number in range(11)
] + [
    Fortune(11, '<script>alert("This should not be displayed in a browser alert box.");</script>'),
    Fortune(12, "Additional fortune added at request time."),
]
CELLS = [[f"row {row} & cell {cell}" for cell in range(10)] for row in range(1000)]
ITEMS = [{"name": f"item <{number}>", "price": number} for number in range(50)]

# In the language of Django, which ours is; Jinja2 reads it too.
DJANGO = {
    "fortunes": (
        "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
        "<tr><th>id</th><th>message</th></tr>"
        "{% for fortune in fortunes %}"
        "<tr><td>{{ fortune.id }}</td><td>{{ fortune.message }}</td></tr>"
        "{% endfor %}</table></body></html>"
    ),
    "table": (
        "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>"
        "{% endfor %}</table>"
    ),
    "base": (
        "<html><head><title>{% block title %}Shop{% endblock %}</title></head>"
        "<body>{% block body %}{% endblock %}<footer>{% block footer %}{{ year }}{% endblock %}"
        "</footer></body></html>"
    ),
    "layout": (
        "{% extends 'base' %}{% block body %}<nav>{{ user }}</nav>"
        "<main>{% block main %}{% endblock %}</main>{% endblock %}"
    ),
    "inheritance": (
        "{% extends 'layout' %}{% block title %}{{ title }}{% endblock %}"
        "{% block main %}<ul>{% for item in items %}{% include 'item' %}{% endfor %}</ul>"
        "{% endblock %}"
    ),
    "item": "<li>{{ item.name }}: {{ item.price }}</li>",
}
MAKO = {
    "fortunes": (
        "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
        "<tr><th>id</th><th>message</th></tr>\n"
        "% for fortune in fortunes:\n"
        "<tr><td>${fortune.id}</td><td>${fortune.message}</td></tr>\n"
        "% endfor\n</table></body></html>"
    ),
    "table": (
        "<table>\n% for row in rows:\n<tr>\n% for cell in row:\n<td>${cell}</td>\n% endfor\n"
        "</tr>\n% endfor\n</table>"
    ),
}
VALUES: dict[str, dict[str, Any]] = {
    "fortunes": {"fortunes": FORTUNES},
    "table": {"rows": CELLS},
    "inheritance": {"items": ITEMS, "user": "me & you", "year": 2026, "title": "<Shop>"},
}

PAGES = tuple(VALUES)

# A page as projects have them: what is compiled in the fourth comparison.
PAGE = (
    "<h1>{{ question.text|upper }}</h1>\n{% if error %}<p><b>{{ error }}</b></p>{% endif %}\n"
    + "".join(
        f"{{% for choice in question.choices{number} %}}\n"
        '  <input type="radio" name="choice" id="choice{{ choice.id }}" value="{{ choice.id }}"'
        "{% if choice.id == chosen and not closed %} checked{% endif %}>\n"
        "  <label>{{ choice.text }} ({{ choice.votes|default('none') }})</label><br>\n"
        "{% else %}\n  <p>Nothing to choose.</p>\n{% endfor %}\n"
        for number in range(20)
    )
)
DJANGO_PAGE = PAGE.replace("{% else %}", "{% empty %}").replace("('none')", ":'none'")
MAKO_PAGE = (
    "<h1>${question.text.upper()}</h1>\n% if error:\n<p><b>${error}</b></p>\n% endif\n"
    + "".join(
        f"% for choice in question.choices{number}:\n"
        '  <input type="radio" name="choice" id="choice${choice.id}" value="${choice.id}"\\\n'
        "% if choice.id == chosen and not closed:\n checked\\\n% endif\n>\n"
        "  <label>${choice.text} (${choice.votes or 'none'})</label><br>\n"
        f"% endfor\n% if not question.choices{number}:\n  <p>Nothing to choose.</p>\n% endif\n"
        for number in range(20)
    )
)


# --- Who renders -----------------------------------------------------------------------------

NAMES = ("ours", "django", "jinja2", "mako", "join")


def contender(name: str, page: str) -> Render:
    """A function that renders (or compiles) the page once. Raises Unavailable."""
    makers = {"ours": ours, "django": djangos, "jinja2": jinjas, "mako": makos, "join": joined}
    return makers[name](page)


def ours(page: str) -> Render:
    engine = Engine(
        loaders=[
            ("templating.loaders.cached.Loader", [("templating.loaders.locmem.Loader", DJANGO)])
        ]
    )
    if page == "compile":
        return lambda: engine.from_string(DJANGO_PAGE)
    template, values = engine.get_template(page), VALUES[page]
    return lambda: template.render(values)


def djangos(page: str) -> Render:
    engine = DjangoEngine(
        loaders=[
            (
                "django.template.loaders.cached.Loader",
                [("django.template.loaders.locmem.Loader", DJANGO)],
            )
        ]
    )
    if page == "compile":
        return lambda: engine.from_string(DJANGO_PAGE)
    template, values = engine.get_template(page), VALUES[page]
    return lambda: template.render(DjangoContext(values))


def jinjas(page: str) -> Render:
    environment = jinja2.Environment(loader=jinja2.DictLoader(DJANGO), autoescape=True)
    if page == "compile":
        return lambda: environment.from_string(PAGE)
    template, values = environment.get_template(page), VALUES[page]
    return lambda: template.render(values)


def makos(page: str) -> Render:
    try:
        template_module = importlib.import_module("mako.template")
    except ImportError:
        raise Unavailable("Mako is not installed (`make bench-templating` does it)")
    if page == "compile":
        return lambda: template_module.Template(MAKO_PAGE, default_filters=["h"])
    template = template_module.Template(MAKO[page], default_filters=["h"])
    values = VALUES[page]
    return lambda: template.render(**values)


def joined(page: str) -> Render:
    """What one would write by hand for this page: the limit of the language."""
    escape = html.escape

    def fortunes() -> str:
        rows = "".join(
            [f"<tr><td>{each.id}</td><td>{escape(each.message)}</td></tr>" for each in FORTUNES]
        )
        return (
            "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
            f"<tr><th>id</th><th>message</th></tr>{rows}</table></body></html>"
        )

    def table() -> str:
        rows = [
            f"<tr>{''.join([f'<td>{escape(cell)}</td>' for cell in row])}</tr>" for row in CELLS
        ]
        return f"<table>{''.join(rows)}</table>"

    def inheritance() -> str:
        values = VALUES["inheritance"]
        items = "".join(
            [f"<li>{escape(item['name'])}: {item['price']}</li>" for item in values["items"]]
        )
        return (
            f"<html><head><title>{escape(values['title'])}</title></head>"
            f"<body><nav>{escape(values['user'])}</nav><main><ul>{items}</ul></main>"
            f"<footer>{values['year']}</footer></body></html>"
        )

    return {"fortunes": fortunes, "table": table, "inheritance": inheritance}[page]


def plain(text: object) -> str:
    """To compare what they give: engines write quotes differently, and Mako its own line ends."""
    return html.unescape(str(text)).replace("\n", "")

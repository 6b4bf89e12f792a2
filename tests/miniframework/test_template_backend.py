"""Templates through the framework: tags, context processors, loader, late rendering."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import templating
from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.http import HttpResponse
from miniframework.shortcuts import redirect, render, resolve_url
from miniframework.template import configure_engines, context_processors, engines, loader
from miniframework.template.response import ContentNotRenderedError, TemplateResponse
from miniframework.test.settings import override_settings
from miniframework.urls import NoReverseMatch, include, path, set_urlconf
from miniframework.utils import timezone
from miniframework.views import defaults, generic
from templating import TemplateDoesNotExist, TemplateSyntaxError

BACKEND = "miniframework.template.backends.django.DjangoTemplates"
PROCESSORS = ["miniframework.template.context_processors.request"]


class Asked:
    """As much of a request as is looked at here."""

    method = "GET"
    path = "/x/"
    resolver_match = None

    def __init__(self, **query: str) -> None:
        self.META: dict[str, str] = {"QUERY_STRING": "a=1"}
        self.GET = query


def view(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


URLCONF = (
    path("", view, name="home"),
    path("polls/", include(([path("<int:pk>/", view, name="detail")], "polls"))),
    path("s/<str:text>/", view, name="text"),
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    if not settings.configured:
        settings.configure()
    options = {"context_processors": PROCESSORS}
    entry = {"BACKEND": BACKEND, "DIRS": [tmp_path], "OPTIONS": options}
    monkeypatch.setattr(settings, "TEMPLATES", [entry])
    monkeypatch.setattr(settings, "STATIC_URL", "static/")
    (tmp_path / "page.html").write_text("<p>{{ word }} {{ request.path }}</p>")
    configure_engines()
    set_urlconf(URLCONF)
    yield tmp_path
    set_urlconf(None)


def rendered(text: str, **context: Any) -> str:
    return engines["django"].from_string(text).render(context)


TAGS = [
    ("{% url 'home' %}", "/"),
    ("{% url 'polls:detail' 5 %}", "/polls/5/"),
    ("{% url 'polls:detail' pk=number|add:1 %}", "/polls/8/"),
    ("{% url name %}", "/"),
    ("{% url 'home' as there %}[{{ there }}]", "[/]"),
    ("{% url 'nowhere' as there %}[{{ there }}]", "[]"),
    ("{% url 'text' \"a&'b\" %}", "/s/a&amp;&#x27;b/"),
    ('{% load static %}{% static "a b.css" %}', "/static/a%20b.css"),
    ('{% load static %}{% static "x.css" as x %}[{{ x }}]', "[/static/x.css]"),
    ("{% load static %}{% get_static_prefix %}", "/static/"),
    ("{% load static %}{% get_static_prefix as p %}{{ p }}{% get_media_prefix %}", "/static/"),
    ("{% load i18n %}{% get_current_language as l %}{{ l }}{% translate 'x' %}", "en-usx"),
]


@pytest.mark.parametrize(("text", "expected"), TAGS)
def test_the_frameworks_tags(text: str, expected: str) -> None:
    assert rendered(text, number=7, name="home") == expected


def test_templates_show_times_in_the_zone_that_is_activated() -> None:
    when = datetime(2026, 7, 1, 12, tzinfo=UTC)
    text = "{{ when|date:'H' }} {{ when|date:'e' }}"
    assert rendered(text, when=when) == "12 UTC"
    with timezone.override("Europe/Paris"):
        assert rendered(text, when=when) == "14 CEST"
        tag = "{% load tz %}{% timezone 'Asia/Tokyo' %}" + text + "{% endtimezone %}"
        assert rendered(tag, when=when) == "21 JST"
    with override_settings(USE_TZ=False, TIME_ZONE="Europe/Paris"):
        configure_engines()
        assert rendered(text, when=when) == "12 UTC"
    configure_engines()


def test_processors_tell_of_the_place_and_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LANGUAGES", [("he", "Ivrit")], raising=False)
    monkeypatch.setattr(settings, "LANGUAGE_CODE", "he")
    configure_engines()
    asked: Any = Asked()
    assert context_processors.tz(asked) == {"TIME_ZONE": "UTC"}
    assert context_processors.media(asked) == {"MEDIA_URL": settings.MEDIA_URL}
    assert context_processors.i18n(asked) == {
        "LANGUAGES": [("he", "Ivrit")],
        "LANGUAGE_CODE": "he",
        "LANGUAGE_BIDI": True,
    }
    text = "{% load i18n %}{% get_current_language as l %}{% get_available_languages as a %}"
    assert rendered(text + "{{ l }} {{ a.0.1 }}") == "he Ivrit"
    templating.configure(language_code="en-us", languages=())


def test_url_complains_of_what_it_cannot_read() -> None:
    with pytest.raises(TemplateSyntaxError, match="at least the name of a view"):
        rendered("{% url %}")
    with pytest.raises(TemplateSyntaxError, match="not both"):
        rendered("{% url 'home' 1 a=2 %}")
    with pytest.raises(NoReverseMatch, match=r"Did you mean 'home'\?"):
        rendered("{% url 'hom' %}")


def test_render_fills_context_from_view_and_processors() -> None:
    response = render(Asked(), "page.html", {"word": "<hi>"}, status=201)  # type: ignore[arg-type]
    assert response.content == b"<p>&lt;hi&gt; /x/</p>"
    assert response.status_code == 201


def test_the_first_template_that_is_there_is_taken_and_a_missing_one_told() -> None:
    assert "hi" in loader.render_to_string(["none.html", "page.html"], {"word": "hi"})
    with pytest.raises(TemplateDoesNotExist, match=r"none\.html"):
        loader.get_template("none.html")


def test_a_template_response_is_rendered_late_and_once() -> None:
    seen: list[str] = []
    response = TemplateResponse(Asked(), "page.html", {"word": "a"})  # type: ignore[arg-type]
    assert not response.is_rendered
    with pytest.raises(ContentNotRenderedError):
        _ = response.content
    response.context_data = {"word": "b"}
    response.add_post_render_callback(lambda done: seen.append(done.content.decode()))
    assert response.render() is response
    assert response.render() is response
    assert response.content == b"<p>b /x/</p>"
    assert seen == ["<p>b /x/</p>"]


def test_generic_views_show_a_template_or_redirect(project: Path) -> None:
    shown = generic.TemplateView.as_view(template_name="page.html", extra_context={"word": "w"})
    assert shown(Asked()).render().content == b"<p>w /x/</p>"  # type: ignore[attr-defined]
    moved = generic.RedirectView.as_view(pattern_name="polls:detail", query_string=True)
    assert moved(Asked(), pk=5).headers["Location"] == "/polls/5/?a=1"
    moved = generic.RedirectView.as_view(url="/to/%(pk)s/", permanent=True)
    response = moved(Asked(), pk=5)
    assert (response.status_code, response.headers["Location"]) == (301, "/to/5/")
    assert generic.RedirectView.as_view()(Asked()).status_code == 410
    with pytest.raises(ImproperlyConfigured, match="set `template_name`"):
        generic.TemplateView.as_view()(Asked())


def test_a_list_is_shown_a_page_at_a_time(project: Path) -> None:
    (project / "list.html").write_text("{% for x in page_obj %}{{ x }}{% endfor %}")
    shown = generic.ListView.as_view(queryset="abcde", paginate_by=2, template_name="list.html")
    assert shown(Asked(page="2")).render().content == b"cd"  # type: ignore[attr-defined]


def test_redirect_takes_an_object_a_name_or_a_url() -> None:
    class Poll:
        def get_absolute_url(self) -> str:
            return "/polls/9/"

    assert redirect(Poll()).headers["Location"] == "/polls/9/"
    assert redirect("polls:detail", pk=5).headers["Location"] == "/polls/5/"
    assert redirect("/there/", permanent=True).status_code == 301
    assert resolve_url("../up/") == "../up/"
    assert resolve_url("https://example.org/") == "https://example.org/"
    with pytest.raises(NoReverseMatch):
        redirect("nowhere")


def test_error_pages_are_built_in_unless_there_is_a_template(project: Path) -> None:
    asked: Any = Asked()
    response = defaults.page_not_found(asked, Exception("no such poll"))
    assert response.status_code == 404
    assert b"<h1>Not found</h1>" in response.content
    (project / "404.html").write_text("Sorry: {{ exception }} at {{ request_path }}")
    response = defaults.page_not_found(asked, Exception("no such poll"))
    assert response.content == b"Sorry: no such poll at /x/"
    assert defaults.server_error(asked).status_code == 500
    assert defaults.bad_request(asked, Exception()).status_code == 400
    assert defaults.permission_denied(asked, Exception()).status_code == 403


MISTAKES = [
    ({"BACKEND": "no.such.Backend"}, "cannot be imported"),
    ({"BACKEND": BACKEND, "DIR": []}, r"'DIR'.*Did you mean 'DIRS'\?"),
    ({"BACKEND": BACKEND, "OPTIONS": {"builtin": []}}, r"Did you mean 'builtins'\?"),
]


@pytest.mark.parametrize(("entry", "message"), MISTAKES)
def test_a_mistake_in_templates_is_told(entry: Any, message: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(settings, "TEMPLATES", [entry])
    with pytest.raises(ImproperlyConfigured, match=message):
        configure_engines()

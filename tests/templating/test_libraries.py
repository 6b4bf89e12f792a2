"""The libraries tz, l10n and i18n: what they give, from Django's documentation; Django gives it too."""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

import datetime
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import pytest
from django.template import Context as DjangoContext
from django.utils import translation

from templating import Context, TemplateSyntaxError, formats
from templating.templatetags import i18n
from tests.templating.beside_django import (
    DJANGO,
    OURS,
    Outcome,
    Safe,
    djangos,
    for_side,
    ours,
    time_zone,
)

UTC_WHEN = datetime.datetime(2026, 7, 1, 12, 30, tzinfo=datetime.UTC)

VALUES: dict[str, Any] = {
    "aware": UTC_WHEN, "naive": datetime.datetime(2026, 1, 1, 9), "day": UTC_WHEN.date(), "none": None,
    "zone": datetime.timezone(datetime.timedelta(hours=3), "EAT"), "words": "a <b> 100%", "safe": Safe("<i>"),
    "one": 1, "two": 2, "pi": 3.14159, "small": 1e-7, "huge": 1e20, "half": Decimal("1E+2"), "list": ["x", "<y>"],
    "last": datetime.datetime(9999, 12, 31, 23, tzinfo=datetime.UTC), "codes": ["de", "en"], "pairs": [("fr", "F")],
    "twice": datetime.datetime(2026, 10, 25, 2, 30),  # an hour that comes twice in Paris
}  # fmt: skip

# Shown in Paris, two hours east of UTC in summer and one in winter.
TZ: list[tuple[str, Outcome]] = [
    ("{{ aware }}|{{ naive }}|{{ aware|date:'H:i e O' }}|{{ aware|time:'H:i' }}", "July 1, 2026, 2:30 p.m.|Jan. 1, 2026, 9 a.m.|14:30 CEST +0200|14:30"),
    ("{% load tz %}{{ aware|utc }}|{{ aware|localtime|date:'H' }}|{{ aware|timezone:'Asia/Tokyo' }}|{{ aware|timezone:zone|date:'H e' }}", "July 1, 2026, 12:30 p.m.|14|July 1, 2026, 9:30 p.m.|15 EAT"),
    ("{% load tz %}{{ naive|utc|date:'H:i' }}|{{ naive|timezone:'Asia/Tokyo'|date:'H:i' }}|[{{ day|utc }}{{ words|localtime }}{{ none|utc }}]", "08:00|17:00|[]"),
    ("{% load tz %}[{{ aware|timezone:'Nowhere/Land' }}{{ aware|timezone:2 }}{{ aware|timezone:none }}]", "[]"),
    ("{% load tz %}{% localtime off %}{{ aware }}|{% localtime on %}{{ aware }}{% endlocaltime %}|{{ aware|date:'H' }}{% endlocaltime %}|{{ aware|date:'H' }}", "July 1, 2026, 12:30 p.m.|July 1, 2026, 2:30 p.m.|12|14"),
    ("{% load tz %}{% localtime %}{{ aware|date:'H' }}{% endlocaltime %}{% localtime off %}{{ aware|localtime|date:'H' }}{% endlocaltime %}", "1414"),
    ("{% load tz %}{% timezone 'America/New_York' %}{{ aware }}|{{ aware|localtime|date:'H' }}{% timezone none %}|{{ aware|date:'H' }}{% endtimezone %}{% endtimezone %}|{{ aware|date:'H' }}", "July 1, 2026, 8:30 a.m.|08|14|14"),
    ("{% load tz %}{% timezone zone %}{% for x in list %}{{ forloop.counter }}{{ aware|date:'H' }}{% if x %}{{ x }}{% endif %}{% endfor %}{% get_current_timezone as z %}{{ z }}{% endtimezone %}{{ z }}", "115x215&lt;y&gt;EATEAT"),
    ("{% load tz %}{% get_current_timezone as z %}{{ z }}", "Europe/Paris"),
    ("{% load tz %}{% localtime off %}{{ aware|timesince:naive }}|{{ aware|timeuntil:aware }}{% endlocaltime %}", "|0\xa0minutes"),
    ("{{ naive|date:'e T O Z I' }}|[{{ twice|date:'T O Z I' }}]|{{ naive|date:'c U' }}", " CET +0100 3600 0|[   ]|2026-01-01T09:00:00 1767254400"),
    ("{% load tz %}{% localtime maybe %}{% endlocaltime %}", "refused"),
    ("{% load tz %}{% timezone %}{% endtimezone %}", "refused"),
    ("{% load tz %}{% get_current_timezone %}", "refused"),
    ("{% load tz %}{% timezone 'No/Where' %}{% endtimezone %}", "an error"),
]  # fmt: skip

L10N: list[tuple[str, Outcome]] = [
    ("{% load l10n %}{{ huge }}|{{ huge|unlocalize }}|{% localize off %}{{ huge }} {{ half }} {{ one }} {{ pi }}{% localize on %} {{ huge }}{% endlocalize %}{% endlocalize %}|{{ half }}", "100000000000000000000|1e+20|1e+20 1E+2 1 3.14159 100000000000000000000|100"),
    ("{% load l10n %}{% localize off %}{{ huge|localize }} {{ naive }} {{ small }}{% endlocalize %}|{{ small }}|{{ naive|unlocalize }}", "100000000000000000000 Jan. 1, 2026, 9 a.m. 1e-07|0.0000001|Jan. 1, 2026, 9 a.m."),
    ("{% load l10n %}{{ words|localize }}|{{ none|unlocalize }}|{{ safe|localize }}|{{ one|localize }}{% localize %}{{ pi }}{% endlocalize %}", "a &lt;b&gt; 100%|None|<i>|13.14159"),
    ("{% load l10n %}{% localize x %}{% endlocalize %}", "refused"),
]  # fmt: skip

I18N: list[tuple[str, Outcome]] = [
    ("{% load i18n %}{% translate 'a <b> 100%' %}|{% trans words %}|{% translate words|upper %}|{% translate safe %}|{% translate missing %}", "a <b> 100%|a &lt;b&gt; 100%|A &lt;B&gt; 100%|<i>|"),
    ("{% load i18n %}{% translate 'x%%' noop %}|{% translate 'May' context 'the verb' %}|{% translate 'it' as t %}[{{ t }}]{% translate words context 'c' noop as t %}{{ t }}", "x%|May|[it]a &lt;b&gt; 100%"),
    ("{% load i18n %}{{ _('lit') }}{% autoescape off %}{% translate words as t %}{{ t }}{% endautoescape %}{{ t }}", "lita <b> 100%a &lt;b&gt; 100%"),
    ("{% load i18n %}{% blocktranslate %}100% of {{ words }} & {{ safe }}{{ missing }}{% endblocktranslate %}", "100% of a &lt;b&gt; 100% & <i>"),
    ("{% load i18n %}{% blocktrans with w=words|upper n=one %}{{ w }}-{{ n }}-{{ one }}{% endblocktrans %}[{{ w }}]", "A &lt;B&gt; 100%-1-1[]"),
    ("{% load i18n %}{% blocktranslate with words as w and one as n %}{{ w }}{{ n }}{% endblocktranslate %}", "a &lt;b&gt; 100%1"),
    ("{% load i18n %}{% blocktranslate count n=one %}{{ n }} thing{% plural %}{{ n }} things{% endblocktranslate %}|{% blocktranslate count n=list|length with x=pi %}{{ n }} thing {{ x }}{% plural %}{{ n }} things {{ x }}{% endblocktranslate %}", "1 thing|2 things 3.14159"),
    ("{% load i18n %}{% blocktranslate trimmed with w=one %}\n  First {{ w }}\n   second\n\n {{ w }}\n  {% endblocktranslate %}|{% blocktranslate trimmed %} {{ one }} {% endblocktranslate %}", "First 1 second 1|1"),
    ("{% load i18n %}{% blocktranslate asvar t %}<{{ words }}>{% endblocktranslate %}[{{ t }}]{% blocktranslate count n=two asvar t context 'c' trimmed %}one{% plural %}\n many {% endblocktranslate %}{{ t }}", "[<a &lt;b&gt; 100%>]many"),
    ("{% load i18n %}{% blocktranslate %}{{ list.0 }}{{ words|upper }}.{% endblocktranslate %}{% for x in list %}{% blocktranslate %}{{ x }}{% endblocktranslate %}{% endfor %}", ".x&lt;y&gt;"),
    ("{% load i18n %}{% get_current_language as l %}{% get_current_language_bidi as b %}{{ l }} {{ b }}|{% language 'ar' %}{% get_current_language as l %}{% get_current_language_bidi as b %}{{ l }} {{ b }}{% endlanguage %}", "en-us False|ar True"),
    ("{% load i18n %}{% get_language_info for 'de' as l %}{{ l.code }} {{ l.name }} {{ l.name_local }} {{ l.name_translated }} {{ l.bidi }}", "de German Deutsch German False"),
    ("{% load i18n %}{% get_language_info_list for codes as ls %}{% for l in ls %}{{ l.name }} {% endfor %}{% get_language_info_list for pairs as ls %}{{ ls.0.name_local }}", "German English français"),
    ("{% load i18n %}{{ 'de'|language_name }} {{ 'he'|language_name_local }} {{ 'he'|language_bidi }} {{ 'fr'|language_name_translated }} {{ 'de-at'|language_name }}", "German עברית True French German"),
    ("{% load i18n %}{% get_available_languages as ls %}{% for code, name in ls %}{% if code == 'pt-br' %}{{ name }}{% endif %}{% endfor %}", "Brazilian Portuguese"),
    ("{% load i18n %}{% blocktranslate count n=words %}a{% plural %}b{% endblocktranslate %}", "refused"),
    *(
        (f"{{% load i18n %}}{text}", "refused")
        for text in [
            "{% translate %}", "{% translate 'x' nope %}", "{% translate 'x' as %}", "{% translate 'x' noop noop %}",
            "{% translate 'x' context %}", "{% translate 'x' context as y %}", "{% blocktranslate with %}{% endblocktranslate %}",
            "{% blocktranslate count %}{% plural %}{% endblocktranslate %}", "{% blocktranslate nope %}{% endblocktranslate %}",
            "{% blocktranslate count a=one b=two %}{% plural %}{% endblocktranslate %}", "{% blocktranslate asvar %}{% endblocktranslate %}",
            "{% blocktranslate %}{% if one %}{% endif %}{% endblocktranslate %}", "{% blocktranslate %}{% endblocktrans %}",
            "{% blocktranslate count n=one %}{% endblocktranslate %}", "{% blocktranslate %}{# x #}{% endblocktranslate %}",
            "{% blocktranslate trimmed trimmed %}{% endblocktranslate %}", "{% get_current_language %}", "{% get_current_language_bidi as %}",
            "{% get_available_languages x %}", "{% get_language_info 'de' as x %}", "{% get_language_info_list for codes %}",
            "{% language %}{% endlanguage %}",
        ]
    ),
]  # fmt: skip


def same_words(outcome: Outcome) -> Outcome:
    """Each side has its own kinds of errors."""
    if isinstance(outcome, str):
        return outcome
    return "refused" if outcome.__name__ == "TemplateSyntaxError" else "an error"


@pytest.mark.parametrize(("text", "expected"), TZ)
def test_time_zones_are_as_documented_and_as_in_django(text: str, expected: str) -> None:
    with time_zone("Europe/Paris"):
        assert same_words(djangos(text, VALUES)) == expected
        assert same_words(ours(text, VALUES)) == expected
    assert formats.active_zone.get() is None


@pytest.mark.parametrize(("text", "expected"), [*L10N, *I18N])
def test_the_other_libraries_are_as_documented_and_as_in_django(text: str, expected: str) -> None:
    with translation.override("en-us"):
        assert same_words(djangos(text, VALUES)) == expected
    assert same_words(ours(text, VALUES)) == expected


@pytest.mark.parametrize("use_tz", [True, False, None])
@pytest.mark.parametrize("use_l10n", [True, False, None])
def test_a_context_says_whether_times_and_numbers_are_made_readable(
    use_tz: bool | None, use_l10n: bool | None
) -> None:
    text = "{% load tz l10n %}{{ aware|date:'H' }} {{ huge }}{% localtime on %}{{ aware }}{% endlocaltime %}"
    values = {name: for_side(VALUES[name], str) for name in ("aware", "huge")}
    with time_zone("Europe/Paris"):
        mine = Context(dict(values), use_tz=use_tz, use_l10n=use_l10n)
        theirs = DjangoContext(dict(values), use_tz=use_tz, use_l10n=use_l10n)
        assert OURS.from_string(text).render(mine) == DJANGO.from_string(text).render(theirs)


def test_without_a_configured_zone_times_are_shown_as_they_are() -> None:
    assert ours("{{ aware }}{{ aware|date:'e' }}", VALUES) == "July 1, 2026, 12:30 p.m.UTC"
    assert ours("{% load tz %}{% localtime on %}{{ aware }}{% endlocaltime %}", VALUES)


def test_a_time_beyond_the_calendar_is_nothing() -> None:
    assert ours("{% load tz %}{{ last|timezone:zone }}", VALUES) == ""


def test_every_language_we_name_django_names_so() -> None:
    for code, (name, name_local) in i18n.LANGUAGES.items():
        info = translation.get_language_info(code)
        assert info["name"] == name
        assert normalize("NFC", info["name_local"]) == normalize("NFC", name_local)
        assert info["bidi"] == (code in i18n.RIGHT_TO_LEFT)


def test_a_misspelt_option_is_told_what_was_meant() -> None:
    with pytest.raises(TemplateSyntaxError, match="Did you mean 'trimmed'"):
        OURS.from_string("{% load i18n %}{% blocktranslate trimed %}{% endblocktranslate %}")
    with pytest.raises(TemplateSyntaxError, match="Unclosed tag 'blocktranslate' on line 1"):
        OURS.from_string("{% load i18n %}{% blocktranslate %}text")

"""Tables of templates with the text they must give; the real Django renders them too.

A case whose expectation is wrong fails against Django itself, so the tables can be trusted.
"""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine
from django.utils.safestring import mark_safe as django_safe

from templating import Context, Engine
from templating.safe import mark_safe

WHEN = datetime.datetime(2026, 1, 2, 15, 4, 5, 678)


class Thing:
    name = "thing"

    def method(self) -> str:
        return "called"

    def needs(self, argument: object) -> object:
        return argument

    def delete(self) -> str:
        return "deleted"

    delete.alters_data = True  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return "<thing>"


class QuietError(Exception):
    silent_variable_failure = True


def raise_quietly() -> None:
    raise QuietError


def values(safe: Any) -> dict[str, Any]:
    return {
        "a": 1,
        "b": 2,
        "zero": 0,
        "none": None,
        "yes": True,
        "text": "it's <b>bold</b> & such",
        "safe": safe("<i>safe</i>"),
        "words": "the quick brown fox",
        "list": ["x", "<y>", "z"],
        "empty": [],
        "pairs": [(1, "one"), (2, "two")],
        "dict": {"key": "value", "items": "shadow", "0": "zero"},
        "rows": [{"name": "b", "n": 2}, {"name": "a", "n": 1}],
        "nested": [[1, 2], [3]],
        "thing": Thing(),
        "function": lambda: "<result>",
        "functions": [lambda: "one", lambda: "two"],
        "quiet": raise_quietly,
        "when": WHEN,
        "day": WHEN.date(),
        "time": WHEN.time(),
        "pi": 3.14159,
        "big": 1e20,
        "decimal": Decimal("1.50"),
        "lines": "one\ntwo\n\nthree <&>",
        "class": Thing,
    }


VARIABLES = [
    ("{{ a }}|{{a}}|{{ missing }}|{{ none }}|{{ yes }}", "1|1||None|True"),
    ("{{ text }}", "it&#x27;s &lt;b&gt;bold&lt;/b&gt; &amp; such"),
    ("{{ safe }}{{ thing }}", "<i>safe</i>&lt;thing&gt;"),
    ("{{ dict.key }}{{ dict.0 }}{{ dict.items }}{{ list.1 }}", "valuezeroshadow&lt;y&gt;"),
    ("{{ thing.name }}{{ thing.method }}{{ thing.needs }}{{ thing.delete }}", "thingcalled"),
    ("{{ function }}{{ quiet }}{{ quiet.x }}", "&lt;result&gt;"),
    ("{{ class.name }}{{ list.9 }}{{ a.b.c }}{{ none.x }}", "thing"),
    ('{{ "<lit>" }}{{ \'q\' }}{{ 1.5 }}{{ -3 }}{{ _("tr") }}', "<lit>q1.5-3tr"),
    ("{{ True }}{{ False }}{{ None }}", "TrueFalseNone"),
    ("{{ pi }} {{ big }} {{ decimal }}", "3.14159 100000000000000000000 1.50"),
    ("{{ when }}|{{ day }}|{{ time }}", "Jan. 2, 2026, 3:04 p.m.|Jan. 2, 2026|3:04 p.m."),
    ("{{ a|add:b|add:1 }}{{ missing|default:'d' }}", "4d"),
    ('{{ missing|default:"a|b" }}{{ missing|default:"<" }}{{ a | add:2 }}', "a|b<3"),
    ("a{# no #}b{# {{ a }} #}c{ # d", "abc{ # d"),
    ("{{ a\n}}{% if\n%}", "{{ a\n}}{% if\n%}"),
    (" {% if a %} \n x {% endif %} \n", "  \n x  \n"),
    (
        "{{ function|upper }}{{ safe|upper }}{{ safe|lower }}",
        "&lt;RESULT&gt;&lt;I&gt;SAFE&lt;/I&gt;<i>safe</i>",
    ),
]

TAGS = [
    ("{% if a %}A{% elif b %}B{% else %}C{% endif %}", "A"),
    ("{% if missing %}A{% elif none %}B{% else %}C{% endif %}", "C"),
    ("{% if zero %}A{% elif a == 1 and b == 2 %}B{% else %}C{% endif %}", "B"),
    ("{% if a > b or not zero %}y{% endif %}{% if a < b %}y{% endif %}", "yy"),
    ("{% if 'x' in list %}1{% endif %}{% if 'q' not in list %}2{% endif %}", "12"),
    ("{% if none is None %}1{% endif %}{% if a is not None %}2{% endif %}", "12"),
    ("{% if a < text %}y{% else %}n{% endif %}{% if missing > 1 %}y{% else %}n{% endif %}", "nn"),
    ("{% if not a < text %}y{% endif %}{% if a in a or yes %}y{% endif %}", "yy"),
    ("{% if zero and a or b %}y{% endif %}{% if zero or a and none %}y{% else %}n{% endif %}", "yn"),
    ("{% if a|add:missing %}y{% else %}n{% endif %}{% if list|length >= 3 %}y{% endif %}", "ny"),
    ("{% if a != 1 %}y{% elif missing.x.y %}z{% endif %}{% if not not a %}y{% endif %}", "y"),
    ("{% if a == 1 == yes %}y{% else %}n{% endif %}{% if missing == none %}y{% endif %}", "yy"),
    ("{% for x in list %}{{ forloop.counter }}{{ x }}{% if not forloop.last %},{% endif %}{% endfor %}", "1x,2&lt;y&gt;,3z"),
    ("{% for x in list reversed %}{{ x }}{{ forloop.revcounter0 }}{% endfor %}", "z2&lt;y&gt;1x0"),
    ("{% for x in empty %}{{ x }}{% empty %}none{% endfor %}{% for x in missing %}a{% empty %}b{% endfor %}", "noneb"),
    ("{% for k, v in pairs %}{{ k }}={{ v }};{% endfor %}", "1=one;2=two;"),
    ("{% for k,v in dict.items.x %}{{ k }}{% endfor %}{% for f in functions %}{{ f }}{% endfor %}", "onetwo"),
    ("{% for r in nested %}{% for c in r %}{{ forloop.parentloop.counter }}.{{ forloop.counter }}={{ c }} {% endfor %}{% endfor %}", "1.1=1 1.2=2 2.1=3 "),
    ("{% for x in list %}{% cycle 'a' 'b' %}{% endfor %}{{ x }}{{ forloop }}", "aba"),
    ("{% for x in list %}{% cycle 'a' '<' as c %}{{ c }}{% endfor %}", "aa<<aa"),
    ("{% for x in list %}{% cycle 'a' 'b' as c silent %}{{ c }}{% cycle c %}{{ c }};{% endfor %}", "ab;ab;ab;"),
    ("{% for a in list %}{% firstof missing a as b %}{{ b }}{% endfor %}{{ b }}", "x&lt;y&gt;z2"),
    ("{% for x in list %}{% with x=forloop.counter y=x %}{{ x }}{{ y }}{% endwith %}{% endfor %}", "1x2&lt;y&gt;3z"),
    ("{% with a=b b=a %}{{ a }}{{ b }}{% endwith %}{% with thing.method as m %}{{ m }}{% endwith %}", "21called"),
    ("{% with x=missing %}[{{ x }}]{% endwith %}{% with t=text|upper %}{{ t|length }}{% endwith %}", "[]23"),
    ("{% autoescape off %}{{ text }}{% autoescape on %}{{ list.1 }}{% endautoescape %}{{ list.1 }}{% endautoescape %}{{ list.1 }}", "it's <b>bold</b> & such&lt;y&gt;<y>&lt;y&gt;"),
    ("{% autoescape off %}{% firstof list.1 %}{% endautoescape %}{% firstof list.1 %}", "<y>&lt;y&gt;"),
    ("{% firstof missing zero 'lit' %}{% firstof missing %}", "lit"),
    ("a{% comment %} {{ a }} {% if %} {% nope %} {% endcomment %}b{% comment 'why' %}{% endcomment %}", "ab"),
    ("{% verbatim %}{{ a }}{% if %}{% endverbatim %}{% verbatim x %}{% endverbatim %}{% endverbatim x %}", "{{ a }}{% if %}{% endverbatim %}"),
    ("{% templatetag openblock %}{% templatetag closevariable %}", "{%}}"),
    ("{% spaceless %} <p> <b> {{ a }} </b>\n</p> {% endspaceless %}", "<p><b> 1 </b></p>"),
    ("{% filter upper|cut:'X' %}{{ list.0 }}a&{{ list.1 }}{% endfilter %}", "A&&LT;Y&GT;"),
    ("{% filter force_escape %}<{{ list.1 }}{% endfilter %}", "&lt;&amp;lt;y&amp;gt;"),
    ("{% widthratio a b 100 %}{% widthratio a zero 100 %}", "500"),
    ("{% block x %}{{ a }}{{ block.name }}{% endblock x %}", "1x"),
    ("{% for x in list %}{% block y %}{{ x }}{% endblock %}{% endfor %}", "x&lt;y&gt;z"),
    ("{% for x in list %}{% include 'row.html' %}{% endfor %}", "[x.1.1][&lt;y&gt;.2.1][z.3.1]"),
    ("{% include 'row.html' with x=a %}{% include 'row.html' with x=b only %}{{ x }}", "[1..1][2..]"),
    ("{% include partial %}{% include names %}", "[..1][..1]"),
    ("{% csrf_token %}{% now '\\Y' %}{% now 'Y' as y %}{{ y|length }}", "Y4"),
]  # fmt: skip

FILTERS = [
    ("{{ words|capfirst }}|{{ words|title }}|{{ text|title }}", "The quick brown fox|The Quick Brown Fox|It&#x27;s &lt;B&gt;Bold&lt;/B&gt; &amp; Such"),
    ("{{ text|cut:'<b>' }}|{{ words|cut:' ' }}", "it&#x27;s bold&lt;/b&gt; &amp; such|thequickbrownfox"),
    ("{{ when|date:'D d M Y H:i:s' }}|{{ day|date }}|{{ a|date }}|{{ none|date }}", "Fri 02 Jan 2026 15:04:05|Jan. 2, 2026||"),
    ("{{ when|date:'jS N y, P A u z t L W w l F n G g h' }}", "2nd Jan. 26, 3:04 p.m. PM 000678 2 31 False 1 5 Friday January 1 15 3 03"),
    ("{{ when|time:'H:i' }}|{{ time|time }}|{{ day|time:'H' }}|{{ when|date:'c' }}", "15:04|3:04 p.m.||2026-01-02T15:04:05.000678"),
    ("{{ zero|default:'d' }}{{ none|default_if_none:'n' }}{{ zero|default_if_none:'n' }}", "dn0"),
    ("{% for r in rows|dictsort:'name' %}{{ r.name }}{% endfor %}{% for r in rows|dictsortreversed:'n' %}{{ r.n }}{% endfor %}", "ab21"),
    ("{{ rows|dictsort:'nope' }}{{ pairs|dictsort:1|first|last }}", "one"),
    ("{{ b|divisibleby:2 }}{{ a|divisibleby:'2' }}", "TrueFalse"),
    ("{{ text|escape|escape }}", "it&#x27;s &lt;b&gt;bold&lt;/b&gt; &amp; such"),
    ("{{ safe|force_escape }}{{ safe|escape }}{{ list.1|safe }}", "&lt;i&gt;safe&lt;/i&gt;<i>safe</i><y>"),
    ("{{ list|first }}{{ list|last }}{{ empty|first }}{{ list|length }}{{ a|length }}", "xz30"),
    ("{{ pi|floatformat }} {{ pi|floatformat:2 }} {{ a|floatformat:2 }} {{ a|floatformat }} {{ text|floatformat }}", "3.1 3.14 1.00 1 "),
    ("{{ pi|floatformat:-3 }} {{ 34.00|floatformat:-3 }} {{ 39.560|floatformat:0 }} {{ -0.01|floatformat:1 }} {{ 2.5|floatformat:0 }}", "3.142 34 40 0.0 3"),
    ("{{ list|join:'<' }}|{{ a|join:'x' }}", "x<&lt;y&gt;<z|1"),
    ("{{ lines|linebreaks }}", "<p>one<br>two</p>\n\n<p>three &lt;&amp;&gt;</p>"),
    ("{{ lines|linebreaksbr }}", "one<br>two<br><br>three &lt;&amp;&gt;"),
    ("{{ words|upper }}{{ words|lower }}{{ a|upper }}", "THE QUICK BROWN FOXthe quick brown fox1"),
    ("vote{{ a|pluralize }} vote{{ b|pluralize }} cherr{{ b|pluralize:'y,ies' }} {{ list|pluralize:'es' }}{{ text|pluralize }}", "vote votes cherries es"),
    ("{{ list|slice:':2'|join:',' }}{{ words|slice:'4:9' }}{{ words|slice:'x' }}", "x,&lt;y&gt;quickthe quick brown fox"),
    ("{{ ' Ünïcode & <Slugs> -- '|slugify }}", "unicode-slugs"),
    ("{{ a|stringformat:'03d' }}{{ pi|stringformat:'.2f' }}{{ text|stringformat:'d' }}", "0013.14"),
    ("{{ text|striptags }}{{ 'a<b'|striptags }}", "it&#x27;s bold &amp; sucha<b"),
    ("{{ words|truncatechars:7 }}|{{ words|truncatechars:99 }}|{{ words|truncatechars:0 }}", "the qu…|the quick brown fox|"),
    ("{{ words|truncatewords:2 }}|{{ words|truncatewords:9 }}|{{ words|truncatewords:'x' }}", "the quick …|the quick brown fox|the quick brown fox"),
    ("{{ '/a b/?x=ü&'|urlencode }}{{ '/a b'|urlencode:'' }}", "/a%20b/%3Fx%3D%C3%BC%26%2Fa%20b"),
    ("{{ words|wordcount }}{{ yes|yesno }}{{ none|yesno:'a,b' }}{{ none|yesno }}{{ zero|yesno:'y,n,m' }}{{ a|yesno:'x' }}", "4yesbmayben1"),
    ("{{ 0|filesizeformat }} {{ 1|filesizeformat }} {{ 1023|filesizeformat }} {{ 123456789|filesizeformat }} {{ text|filesizeformat }}", "0\xa0bytes 1\xa0byte 1023\xa0bytes 117.7\xa0MB 0\xa0bytes"),
    ("{{ text|escapejs }}", "it\\u0027s \\u003Cb\\u003Ebold\\u003C/b\\u003E \\u0026 such"),
    ("{{ list|json_script:'id' }}", '<script id="id" type="application/json">["x", "\\u003Cy\\u003E", "z"]</script>'),
    ("{{ a|add:'2' }}{{ words|add:'!' }}{{ a|add:list }}{{ list|add:empty|length }}", "3the quick brown fox!3"),
    ("{{ day|timesince:when }}|{{ when|timesince:day }}|{{ day|timeuntil:when }}", "15\xa0hours, 4\xa0minutes|0\xa0minutes|0\xa0minutes"),
    ("{{ words|addslashes }}{{ a|get_digit:1 }}{{ 'ab'|make_list|join:'-' }}", "the quick brown fox1a-b"),
    ("[{{ a|ljust:3 }}{{ a|rjust:3 }}{{ a|center:3 }}]", "[1    1 1 ]"),
    ("{{ list|safeseq|join:'' }}{{ 'x'|random }}", "x<y>zx"),
]  # fmt: skip

TEMPLATES = {"row.html": "[{{ x }}.{{ forloop.counter }}.{{ a }}]"}
EXTRA = {"partial": "row.html", "names": ["nope.html", "row.html"]}

OURS = Engine(loaders=[("templating.loaders.locmem.Loader", TEMPLATES)])
DJANGO = DjangoEngine(loaders=[("django.template.loaders.locmem.Loader", TEMPLATES)])


def ours(text: str) -> str:
    return OURS.from_string(text).render(Context({**values(mark_safe), **EXTRA}))


def djangos(text: str) -> str:
    return DJANGO.from_string(text).render(DjangoContext({**values(django_safe), **EXTRA}))


@pytest.mark.parametrize(("text", "expected"), [*VARIABLES, *TAGS, *FILTERS])
def test_a_template_renders_as_documented(text: str, expected: str) -> None:
    assert ours(text) == expected


@pytest.mark.parametrize(("text", "expected"), [*VARIABLES, *TAGS, *FILTERS])
def test_django_agrees(text: str, expected: str) -> None:
    assert djangos(text) == expected


REFUSED = [
    "{{ }}", "{% %}", "{{ a b }}", "{{ a|nope }}", "{{ a| }}", "{{ _a }}", "{{ a._b }}",
    "{{ a|upper:1 }}", "{{ a|cut }}", "{% nope %}", "{% if %}{% endif %}", "{% if a b %}{% endif %}",
    "{% if a %}", "{% if a == %}{% endif %}", "{% if and a %}{% endif %}", "{% endif %}",
    "{% for x %}{% endfor %}", "{% for x in a b %}{% endfor %}", "{% for x y in a %}{% endfor %}",
    "{% for x in a %}{% endif %}", "{% block %}{% endblock %}",
    "{% block a %}{% endblock %}{% block a %}{% endblock %}", "{% block a %}{% endblock b %}",
    "{{ a }}{% extends 'x' %}", "{% extends %}", "{% extends 'a' %}{% extends 'b' %}",
    "{% include %}", "{% include 'a' nope %}", "{% include 'a' with %}", "{% load nope %}",
    "{% load x from nope %}", "{% with %}{% endwith %}", "{% with a %}{% endwith %}",
    "{% autoescape %}{% endautoescape %}", "{% templatetag nope %}", "{% cycle %}", "{% cycle x %}",
    "{% comment %}", "{% verbatim %}", "{% filter safe %}{% endfilter %}", "{% now %}",
    "{% firstof %}", "{% if a %}{% else %}{% elif b %}{% endif %}", "{% widthratio a %}",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_django_refuses_is_refused(text: str) -> None:
    from django.template import TemplateSyntaxError as DjangoSyntaxError

    from templating import TemplateSyntaxError

    with pytest.raises(DjangoSyntaxError):
        DJANGO.from_string(text)
    with pytest.raises(TemplateSyntaxError) as caught:
        OURS.from_string(text)
    assert caught.value.line == 1
    assert caught.value.column is not None

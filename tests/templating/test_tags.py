"""Tags and variables, case by case: the text that Django's documentation promises.

Each case is rendered by the real Django as well, so that a wrong expectation fails there.
"""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

import datetime
import enum
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from django.http import QueryDict
from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine
from django.template import TemplateSyntaxError as DjangoSyntaxError
from django.utils.safestring import mark_safe as django_safe

from templating import Context, Engine, TemplateSyntaxError
from templating.safe import mark_safe
from tests.templating.beside_django import WHEN, Thing


class Colour(str, enum.Enum):  # noqa: UP042 - a StrEnum shows its text, this one its name
    RED = "red"


class Uncalled:
    do_not_call_in_templates = True
    name = "uncalled"

    def __call__(self) -> str:
        return "called"

    def __str__(self) -> str:
        return "it"


class ByKey:
    """Indexed by numbers only, and without a length."""

    def __getitem__(self, key: object) -> int:
        if isinstance(key, int):
            return key * 2
        raise KeyError(key)


class Both(dict[str, object]):
    attr = "attr"


class Loop:
    def __iter__(self) -> Iterator[int]:
        return iter([1, 2, 3])


class Failing:
    """Every way in which looking at a value may fail."""

    @property
    def attr(self) -> NoReturn:
        raise AttributeError("inside")

    @property
    def val(self) -> NoReturn:
        raise ValueError("inside")

    def typeerr(self) -> NoReturn:
        raise TypeError("inside")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("on purpose")

    def __bool__(self) -> bool:
        raise RuntimeError("on purpose")


class QuietError(Exception):
    silent_variable_failure = True


def raise_quietly() -> None:
    raise QuietError


def boom() -> NoReturn:
    raise ZeroDivisionError("on purpose")


def values(safe: Callable[[str], Any]) -> dict[str, Any]:
    return {
        "a": 1, "b": 2, "n3": 3, "zero": 0, "neg": -1, "f": 1.5, "bigint": 10**20, "width": "100",
        "none": None, "yes": True, "none_list": [None, 1], "empty": [],
        "text": "it's <b>bold</b> & such", "html": "<b>x</b>", "safe": safe("<i>safe</i>"),
        "words": "the quick brown fox", "list": ["x", "<y>", "z"], "ts": ["a", "a", "b"],
        "pairs": [(1, "one"), (2, "two")], "tuples": [(1, 2, 3), (4, 5, 6)],
        "nested": [[1, 2], [3]], "dict": {"key": "value", "items": "shadow", "0": "zero"},
        "dd": {"x": {"y": [{"z": "deep"}]}}, "numdict": {1: "one"}, "tdict": {"1": "sone"},
        "dictlist": [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 4}],
        "people": [{"name": "A", "g": "m"}, {"name": "B", "g": "f"}, {"name": "C", "g": "m"}],
        "thing": Thing(), "class": Thing, "s": Thing(), "dnc": Uncalled(), "idx": ByKey(),
        "both": Both(k=1), "gen": Loop(), "lazygen": (number for number in range(3)),
        "functions": [lambda: "one", lambda: "two"], "quiet": raise_quietly, "boom": boom,
        "raises": Failing(), "eqr": Failing(), "when": WHEN,
        "dt": datetime.datetime(2024, 2, 29), "row": "row.html", "colour": Colour.RED, "near": "./inc.html", "tpl_names": ["nope.html", "row.html"],
    }  # fmt: skip


TEMPLATES = {
    "row.html": "[{{ x }}.{{ forloop.counter }}.{{ a }}]",
    "base.html": "<{% block a %}base a{% endblock %}|{% block b %}base b{% endblock %}>",
    "mid.html": "{% extends 'base.html' %}{% block a %}mid {{ block.super }}{% endblock %}",
    "page.html": "{% extends 'mid.html' %}{% block b %}page {{ block.super }}{% endblock %}",
    "sub/rel.html": "{% extends '../base.html' %}{% block a %}{% include './inc.html' %}{% endblock %}",
    "sub/near.html": "{% include near %}",
    "sub/inc.html": "inc{{ a }}",
    "lost.html": "{% block a %}{{ a|default:nothing }}{% endblock %}",
    "cyc.html": "{% cycle 'a' 'b' %}",
    "err.html": "{{ a|nofilter }}",
    "raise.html": "{{ boom }}",
    "sets.html": "{% cycle 'p' 'q' as setvar silent %}{{ setvar }}",
    "sets_x.html": "{% cycle 'p' 'q' as x silent %}{{ x }}",
    "top.html": "<{% block a %}{{ x }}{% block b %}b{% endblock %}{% endblock %}>",
    "counted.html": "{% block a %}{% cycle 'p' 'q' as x %}{% endblock %}",
    "looped.html": "{% for x in list %}{% block a %}{% endblock %}{{ x }}{% endfor %}",
    "super.html": "[{{ block.super }}]",
    "if_super.html": "[{% if zero %}{% elif block.super %}y{% endif %}]",
    "other.html": "[{{ b.super }}]",
    "middle.html": "{% extends 'top.html' %}{% block a %}m{{ block.super }}{% include 'super.html' %}{% endblock %}",
    "kin.html": "{% extends 'kin_top.html' %}{% block b %}{{ block.super }}{% endblock %}",
    "kin_top.html": "({{ block.super }}{% block b %}kb{% endblock %}{% block a %}ka{{ block.super }}{% endblock %})",
}

CASES: dict[str, list[tuple[str, str]]] = {
    "autoescape": [
        ('{% autoescape off %}{{ html }}{{ html|escape }}{{ html|force_escape }}{% endautoescape %}', '<b>x</b>&lt;b&gt;x&lt;/b&gt;&lt;b&gt;x&lt;/b&gt;'),
        ('{% autoescape off %}{% for x in list %}{{ x }}{% endfor %}{% endautoescape %}', 'x<y>z'),
        ('{% autoescape off %}{{ list|join:"<" }}{{ list.1|default:"<" }}{% endautoescape %}', 'x<<y><z<y>'),
        ('{% autoescape off %}{% autoescape on %}{{ html }}{% endautoescape %}{{ html }}{% endautoescape %}{{ html }}', '&lt;b&gt;x&lt;/b&gt;<b>x</b>&lt;b&gt;x&lt;/b&gt;'),
        ('{% autoescape off %}{% filter upper %}{{ html }}{% endfilter %}{% endautoescape %}', '<B>X</B>'),
    ],
    "block": [
        ('{% block a %}{% endblock a %}', ''),
        ('{% block "a" %}x{% endblock %}', 'x'),
        ('{% block a-b %}x{% endblock a-b %}', 'x'),
        ('{% block a %}{% block b %}x{% endblock %}{% endblock %}', 'x'),
        ('{% if a %}{% block a %}1{% endblock %}{% else %}{% block b %}2{% endblock %}{% endif %}', '1'),
        ("{% block a %}outer{% include 'base.html' %}{% endblock %}", 'outer<base a|base b>'),
    ],
    "call": [
        # What fails silently, must not be called or wants arguments is empty, but not missing.
        ('{{ zero|default:quiet }}{{ zero|default:thing.delete }}{{ zero|default:s.needs }}{{ zero|default:quiet.x }}', ''),
        ("{% if quiet is None %}y{% else %}n{% endif %}{% if thing.delete == None %}y{% else %}n{% endif %}", 'nn'),
        ("{{ colour }}{% autoescape off %}{{ colour }}{{ colour|default:'' }}{% endautoescape %}", 'Colour.RED' * 3),
    ],
    "comment": [
        ('{% comment %}{% endcomment %}', ''),
        ('{% comment "x" %}{% if %}{{ }}{{ a|nope }}{% endcomment %}', ''),
        ('{% verbatim %}{# x #}{% comment %}{% endverbatim %}', '{# x #}{% comment %}'),
    ],
    "csrf_token": [
        ('{% csrf_token x %}', ''),
    ],
    "cycle": [
        ('{% cycle a b as x %}{{ x }}', '11'),
        ('{% cycle a b as x silent %}{{ x }}', '1'),
        ('{% cycle a as x %}{{ x }}', '1'),
        ("{% cycle 'a' 'b' as x %}{% cycle x %}{% cycle x %}", 'aba'),
        ("{% cycle 'a' 'b' as x silent %}{% cycle x %}{% cycle x %}{{ x }}", 'a'),
        ('{% cycle a b as %}', '1'),
        ('{% cycle as as x %}', ''),
        ("{% cycle 'a' 'b' silent %}", 'a'),
        ("{% for x in list %}{% cycle x 'z' %}{% endfor %}", 'xzz'),
        ('{% for x in list %}{% cycle html|safe html %}{% endfor %}', '<b>x</b>&lt;b&gt;x&lt;/b&gt;<b>x</b>'),
        ("{% for x in list %}{% cycle missing 'b' %},{% endfor %}", ',b,,'),
        ("{% for x in list %}{% cycle 'a' 'b' as c %}{% endfor %}{{ c }}", 'aba'),
        ("{% for x in list %}{% cycle 'a' 'b' as c silent %}{% include 'row.html' with x=c %}{% endfor %}", '[a.1.1][b.2.1][a.3.1]'),
        ('{% for x in list %}{% cycle 1 2 3 as c %}{% endfor %}', '123'),
        ("{% for x in list %}{% cycle '<' '>' %}{% endfor %}", '<><'),
        ("{% autoescape off %}{% cycle html 'x' %}{% endautoescape %}", '<b>x</b>'),
        ("{% with c='old' %}{% for x in list %}{% cycle 'a' 'b' as c %}{% endfor %}{{ c }}{% endwith %}", 'abaa'),
        ("{% for x in list %}{% cycle 'a' 'b' 'c' %}{% if forloop.counter == 2 %}{% resetcycle %}{% endif %}{% endfor %}", 'aba'),
        ("{% for x in list %}{% cycle 'a' 'b' 'c' as q %}{% if forloop.counter == 1 %}{% resetcycle q %}{% endif %}{% endfor %}", 'aab'),
        ("{% cycle 'a' 'b' as q %}{% resetcycle q %}{% cycle q %}", 'aa'),
    ],
    "extends": [
        ("{% extends 'base.html' %}", '<base a|base b>'),
        ('{% extends "page.html" %}{% block a %}[{{ block.super }}]{% endblock %}', '<[mid base a]|page base b>'),
        ("{% extends 'page.html' %}{% block zzz %}no{% endblock %}", '<mid base a|page base b>'),
        (" {% extends 'base.html' %}", ' <base a|base b>'),
        ("x{# c #}{% extends 'base.html' %}", 'x<base a|base b>'),
        ("{% extends 'base.html' %}{% block a %}{% block b %}q{% endblock %}{% endblock %}", '<q|q>'),
        ("{% extends 'base.html' %}{% if a %}{% block a %}in if{% endblock %}{% endif %}", '<in if|base b>'),
        ("{% extends 'base.html' %}{% for x in list %}{% block a %}in for{{ x }}{% endblock %}{% endfor %}", '<in for|base b>'),
        ("{% extends 'base.html' %}{% with z=1 %}{% block a %}{{ z }}{% endblock %}{% endwith %}", '<|base b>'),
        ("{% extends 'base.html' %}{% block a %}{{ block.super|upper }}{{ block.super|safe }}{% endblock %}", '<BASE Abase a|base b>'),
        ("{% extends 'base.html' %}{% block a %}{{ block.name }}{{ block.super.x }}{% endblock %}", '<a|base b>'),
        ('{% extends row %}', '[..1]'),
        ("{% extends 'base.html'|lower %}", '<base a|base b>'),
    ],
    "super": [
        ("{% extends 'base.html' %}{% block a %}[{{ block.super|default:'d' }}]{% endblock %}", '<[base a]|base b>'),
        ("{% extends 'lost.html' %}{% block a %}[{{ block.super|default:'d' }}]{% endblock %}", '[d]'),
        # The parent's block sees what stands around the super.
        ("{% extends 'top.html' %}{% block a %}{% for x in list %}{{ block.super }}{% endfor %}{% endblock %}", '<xb&lt;y&gt;bzb>'),
        ("{% extends 'top.html' %}{% block a %}{% with x=1 %}{{ block.super|upper }}{% endwith %}{% endblock %}", '<1B>'),
        ("{% extends 'top.html' %}{% block a %}{% with x=1 y=block %}{{ y.super }}{% endwith %}{% endblock %}", '<1b>'),
        ("{% extends 'top.html' %}{% block a %}{% with x=1 y=block.super %}{{ y }}{% endwith %}{% endblock %}", '<b>'),
        ("{% extends 'top.html' %}{% block a %}{% for x in ts %}{% if zero %}{% elif block.super == 'bb' %}{{ x }}{% endif %}{% endfor %}{% endblock %}", '<b>'),
        ("{% extends 'counted.html' %}{% block a %}{% for x in list %}{{ block.super }}{{ x }}{% endfor %}{% endblock %}", 'ppqqpp'),
        ("{% extends 'counted.html' %}{% block a %}{% with x=1 %}{{ block.super }}{{ x }}{% endwith %}{% endblock %}", 'pp'),
        # A page that is included has a family of its own.
        ("{% extends 'base.html' %}{% block a %}{% include 'super.html' %}{{ block.super }}{% endblock %}", '<[]base a|base b>'),
        ("{% extends 'base.html' %}{% block a %}{% include 'if_super.html' %}{% endblock %}", '<[]|base b>'),
        ("{% extends 'base.html' %}{% block a %}{% for x in list %}{% include 'super.html' %}{% endfor %}{% endblock %}", '<[][][]|base b>'),
        ("{% extends 'base.html' %}{% block a %}{% include 'super.html' only %}{% include 'other.html' with b=block %}{% endblock %}", '<[][]|base b>'),
        ("{% extends 'base.html' %}{% block a %}{% include 'other.html' with b=block only %}{% endblock %}", '<[base a]|base b>'),
        ("{% extends 'middle.html' %}{% block a %}{{ block.super }}{% include 'super.html' %}{% endblock %}", '<mb[][]>'),
        ("{% extends 'base.html' %}{% block a %}{% include 'kin.html' %}{{ block.super }}{% endblock %}", '<(kakbka)base a|base b>'),
        # Blocks in each other, the other way round than in the parent.
        ("{% extends 'top.html' %}{% block b %}{% block a %}a{{ block.super }}{% endblock %}{{ block.super }}{% endblock %}", '<aab>'),
    ],
    "filter": [
        ('{% filter upper %}x{{ html }}{% endfilter %}', 'X&LT;B&GT;X&LT;/B&GT;'),
        ('{% filter upper|lower %}Xa{% endfilter %}', 'xa'),
        ('{% filter force_escape %}<>{% endfilter %}', '&lt;&gt;'),
        ('{% filter cut:"x" %}axb{% endfilter %}', 'ab'),
        ('{% filter default:"<d>" %}{% endfilter %}', '<d>'),
        ('{% filter cut:" " %}a b{{ html }}{% endfilter %}', 'ab&lt;b&gt;x&lt;/b&gt;'),
        ('{% filter linebreaksbr %}a\n<b{% endfilter %}', 'a<br><b'),
        ('{% filter upper %}{% for x in list %}{{ x }}{% endfor %}{% endfilter %}', 'X&LT;Y&GT;Z'),
        ('{% filter upper %}{{ var }}{% endfilter %}', ''),
    ],
    "firstof": [
        ('{% firstof a %}', '1'),
        ('{% firstof missing html %}', '&lt;b&gt;x&lt;/b&gt;'),
        ('{% firstof missing html|safe %}', '<b>x</b>'),
        ('{% firstof missing none zero "x<" %}', 'x<'),
        ('{% firstof missing as x %}[{{ x }}]', '[]'),
        ('{% firstof html as x %}{{ x }}', '&lt;b&gt;x&lt;/b&gt;'),
        ('{% firstof a b as %}', '1'),
        ('{% firstof as x %}', ''),
        ('{% firstof as %}', ''),
        ('{% firstof a boom %}', '1'),
        ('{% autoescape off %}{% firstof html as x %}{{ x }}{% endautoescape %}{{ x }}', '<b>x</b>&lt;b&gt;x&lt;/b&gt;'),
        ('{% firstof f %}{% firstof when %}', '1.5Jan. 2, 2026, 3:04 p.m.'),
        ('{% for x in list %}{% firstof x as last %}{% endfor %}{{ last }}', ''),
        ('{% for f in functions %}{% firstof f %}{% endfor %}', 'onetwo'),
        ('{% with x=thing %}{{ x.name }}{% firstof x.name %}{% endwith %}', 'thingthing'),
    ],
    "for": [
        ("{% for i, w in pairs %}{{ y }}{% firstof w as y %}{{ y }},{% endfor %}{% for x in list %}{{ y }}{% cycle 'a' 'b' as y %}{% endfor %}", 'one,two,aabba'),
        ('{% for x,y in pairs %}{{ x }}{{ y }}{% endfor %}', '1one2two'),
        ('{% for x, y in pairs %}{{ x }}{{ y }}{% endfor %}', '1one2two'),
        ('{% for x ,y in pairs %}{{ x }}{{ y }}{% endfor %}', '1one2two'),
        ('{% for x , y in pairs %}{{ x }}{{ y }}{% endfor %}', '1one2two'),
        ('{% for k, v in dd.items %}{{ k }}{{ v }}{% endfor %}', 'x{&#x27;y&#x27;: [{&#x27;z&#x27;: &#x27;deep&#x27;}]}'),
        ('{% for x in dict %}{{ x }}{% endfor %}', 'keyitems0'),
        ('{% for x in words %}{{ x }}{% endfor %}', 'the quick brown fox'),
        ('{% for x in none %}{{ x }}{% empty %}e{% endfor %}', 'e'),
        ('{% for x in gen %}{{ x }}{{ forloop.last }}{% endfor %}', '1False2False3True'),
        ('{% for x in gen reversed %}{{ x }}{% endfor %}', '321'),
        ('{% for x in lazygen %}{{ x }}{{ forloop.revcounter }}{% endfor %}', '031221'),
        ('{% for x in lazygen reversed %}{{ x }}{% endfor %}', '210'),
        ('{% for x in dict reversed %}{{ x }}{% endfor %}', '0itemskey'),
        ('{% for reversed in list %}{{ reversed }}{% endfor %}', 'x&lt;y&gt;z'),
        ('{% for x in reversed reversed %}{{ x }}{% endfor %}', ''),
        ('{% for in in list %}{{ in }}{% endfor %}', 'x&lt;y&gt;z'),
        ('{% for x in list|slice:":2" %}{{ x }}{% endfor %}', 'x&lt;y&gt;'),
        ('{% for x in list|slice:": 2" %}{{ x }}{% endfor %}', 'x&lt;y&gt;'),
        ('{% for x in "abc" %}{{ x }}{% endfor %}', 'abc'),
        ('{% for x.y in list %}{{ x.y }}{% endfor %}', ''),
        ('{% for _x in list %}y{% endfor %}', 'yyy'),
        ('{% for 1 in list %}{{ 1 }}{% endfor %}', '111'),
        ('{% for x-y in list %}{{ forloop.counter }}{% endfor %}', '123'),
        ('{% for x in list %}{{ forloop.parentloop }}{% endfor %}', '{}{}{}'),
        ('{% for x in list %}{{ forloop.counter }}{{ forloop.counter0 }}{{ forloop.revcounter }}{{ forloop.revcounter0 }}{{ forloop.first }}{{ forloop.last }}{% endfor %}', '1032TrueFalse2121FalseFalse3210FalseTrue'),
        ('{% for x in list %}{% for y in list %}{{ forloop.parentloop.counter }}{{ forloop.parentloop.last }}{% endfor %}{% endfor %}', '1False1False1False2False2False2False3True3True3True'),
        ('{% for x in list %}{% for y in list %}{% for z in list %}{{ forloop.parentloop.parentloop.counter }}{% endfor %}{% endfor %}{% endfor %}', '111111111222222222333333333'),
        ('{% for x in list %}{% for x in nested %}{{ x }}{% endfor %}{{ x }}{% endfor %}', '[1, 2][3]x[1, 2][3]&lt;y&gt;[1, 2][3]z'),
        ('{% for x in nested %}{% for y in x %}{{ y }}{% empty %}E{% endfor %}{% endfor %}', '123'),
        ('{% for x in list %}{{ x }}{% endfor %}{{ x }}', 'x&lt;y&gt;z'),
        ('{% for a in list %}{% endfor %}{{ a }}', '1'),
        ('{% for x in none_list %}{{ x }}{% endfor %}', 'None1'),
    ],
    "if": [
        ('{% if a is 1 %}y{% endif %}{% if zero is not 0 %}y{% else %}n{% endif %}{% if 1 is 1 %}y{% endif %}', 'yny'),
        ('{% for f in functions %}{% if f == "one" %}1{% endif %}{% endfor %}', '1'),
        ('{% if a == b == a %}1{% endif %}', ''),
        ('{% if not a == b %}1{% endif %}', '1'),
        ('{% if not a in list %}1{% endif %}', '1'),
        ('{% if a is a %}1{% endif %}{% if a is not b %}2{% endif %}', '12'),
        ('{% if a is none or a == 1 %}1{% endif %}', '1'),
        ('{% if a in list and b in list or yes %}1{% endif %}', '1'),
        ('{% if a or b and zero %}1{% endif %}', '1'),
        ('{% if zero and a or b %}1{% endif %}', '1'),
        ('{% if not zero and not none %}1{% endif %}', '1'),
        ('{% if not not not a %}1{% else %}2{% endif %}', '2'),
        ('{% if a not in none %}1{% else %}2{% endif %}', '2'),
        ('{% if a in none %}1{% else %}2{% endif %}', '2'),
        ('{% if a < list %}1{% else %}2{% endif %}', '2'),
        ('{% if not missing %}1{% endif %}', '1'),
        ('{% if missing == missing2 %}1{% endif %}', '1'),
        ('{% if missing is None %}1{% endif %}', '1'),
        ('{% if missing != 1 %}1{% endif %}', '1'),
        ('{% if missing.a.b == None %}1{% endif %}', '1'),
        ('{% if a|add:1 == 2 %}1{% endif %}', '1'),
        ('{% if a|add:"1" == 2 and words|length > 3 %}1{% endif %}', '1'),
        ('{% if "a" in "abc" %}1{% endif %}', '1'),
        ('{% if \'a b\' == "a b" %}1{% endif %}', '1'),
        ('{% if a %}1{% elif b %}2{% elif a %}3{% else %}4{% endif %}', '1'),
        ('{% if zero %}1{% elif zero %}2{% elif a %}3{% else %}4{% endif %}', '3'),
        ('{% if eqr == a %}1{% else %}2{% endif %}', '2'),
        ('{% if not eqr %}1{% else %}2{% endif %}', '2'),
        ('{% if eqr or a %}1{% else %}2{% endif %}', '2'),
        ('{% if eqr and a %}1{% else %}2{% endif %}', '2'),
        ('{% if boom == 1 %}1{% else %}2{% endif %}', '2'),
        ('{% if a or boom %}1{% else %}2{% endif %}', '1'),
        ('{% if boom or a %}1{% else %}2{% endif %}', '2'),
        ('{% if not boom %}1{% else %}2{% endif %}', '2'),
        ('{% if not boom == 1 %}1{% else %}2{% endif %}', '1'),
        ('{% if missing|upper %}1{% else %}2{% endif %}', '1'),
        ('{% if missing|default:missing %}1{% else %}2{% endif %}', '2'),
        ('{% if missing|length == 0 %}1{% else %}2{% endif %}', '1'),
        ('{% if a >= 1 %}1{% endif %}{% if a <= 1 %}2{% endif %}{% if a < 2 %}3{% endif %}{% if b > 1 %}4{% endif %}', '1234'),
        ('{% if 1.5 == f %}1{% endif %}{% if -1 == neg %}2{% endif %}', '12'),
        ('{% if 1 < 2 < 3 %}1{% endif %}', '1'),
        ('{% if 3 > 2 > 1 %}1{% else %}2{% endif %}', '2'),
        ('{% if a == 1 and b == 3 or words == "x" %}1{% else %}2{% endif %}', '2'),
        ('{% if a is not not b %}{% endif %}', ''),
        ('{% if a not in list and not b in list %}1{% endif %}', '1'),
        ('{% if not a in list or a %}1{% endif %}', '1'),
        ('{% if True and not False and None is None %}1{% endif %}', '1'),
        ('{% if a == True %}1{% endif %}', '1'),
        ('{%if a%}x{%endif%}', 'x'),
        ('{%\tif\ta\t%}x{%\tendif\t%}', 'x'),
        ('{% if a %}\nx{% endif %}', '\nx'),
        ('{%  if   a   ==   1  %}x{%  endif  %}', 'x'),
    ],
    "ifchanged": [
        ('{% ifchanged %}{% endifchanged %}', ''),
        ('{% for x in ts %}{% ifchanged %}{{ x }}{% endifchanged %}{% endfor %}', 'ab'),
        ('{% for x in ts %}{% ifchanged x %}{{ x }}{% else %}={% endifchanged %}{% endfor %}', 'a=b'),
        ('{% for x in dictlist %}{% ifchanged x.a x.b %}{{ x.a }}{{ x.b }}{% endifchanged %}{% endfor %}', '121324'),
        ('{% for x in dictlist %}{% ifchanged x.a %}({{ x.a }}){% endifchanged %}{% for y in ts %}{% ifchanged y %}{{ y }}{% endifchanged %}{% endfor %}{% endfor %}', '(1)abab(2)ab'),
        ('{% for x in dictlist %}{% for y in ts %}{% ifchanged %}{{ y }}{% else %}-{% endifchanged %}{% endfor %}{% endfor %}', 'a-ba-ba-b'),
        ('{% for x in none_list %}{% ifchanged x %}c{% endifchanged %}{% endfor %}', 'cc'),
        ('{% for x in ts %}{% ifchanged missing %}c{% else %}s{% endifchanged %}{% endfor %}', 'css'),
        ('{% for x in ts %}{% ifchanged x|upper %}{{ x }}{% endifchanged %}{% endfor %}', 'ab'),
        ('{% for x in ts %}{% ifchanged forloop.first %}{{ x }}{% endifchanged %}{% endfor %}', 'aa'),
        ('{% ifchanged a %}y{% else %}n{% endifchanged %}', 'y'),
        ("{% for x in ts %}{% ifchanged %}{% cycle 'a' 'b' %}{% endifchanged %}{% endfor %}", 'aba'),
        ("{% for x in ts %}{% ifchanged x %}{% cycle 'a' 'b' as q %}{% endifchanged %}{{ q }}{% endfor %}", 'aaabb'),
        ('{% for x in ts %}{% ifchanged x %}{% endifchanged x %}{% endfor %}', ''),
        ('{% for x in list %}{{ x }}{% ifchanged %}{% endifchanged %}{% endfor %}', 'x&lt;y&gt;z'),
    ],
    "include": [
        ("{% include 'sub/near.html' %}", 'inc1'),
        ("{% autoescape off %}{% include 'row.html' with x=html %}{% endautoescape %}", '[<b>x</b>..1]'),
        ("{% for x in list %}{% include 'cyc.html' %}{% endfor %}", 'aaa'),
        ("{% include 'sub/rel.html' %}", '<inc1|base b>'),
        ("{% include 'sub/inc.html' %}", 'inc1'),
        ("{% filter truncatewords:1 %}{% include 'row.html' %} b c{% endfilter %}", '[..1] …'),
        ("{% for f in functions %}{% include 'row.html' with x=f %}{% endfor %}", '[one.1.1][two.2.1]'),
        ("{% for x, y in pairs %}{{ forloop.counter }}{% include 'row.html' %}{% endfor %}", '1[1.1.1]2[2.2.1]'),
        ("{% include 'row.html' with x=1 x=2 %}", '[2..1]'),
        ("{% include 'row.html' only with x=1 %}", '[1..]'),
        ("{% include 'row.html' with x=1 only %}", '[1..]'),
        ('{% include \'row.html\' with x=1 a="<" %}', '[1..<]'),
        ("{% include 'row.html' with x=missing %}", '[..1]'),
        ("{% include 'row.html' with only=1 %}", '[..1]'),
        ("{% include 'row.html' with x=only only %}", '[..]'),
        ('{% include row %}', '[..1]'),
        ('{% include tpl_names %}', '[..1]'),
        ('{% include row|lower %}', '[..1]'),
        ("{% include 'page.html' %}", '<mid base a|page base b>'),
        ("{% include 'base.html' %}{% include 'page.html' %}", '<base a|base b><mid base a|page base b>'),
        ("{% include 'sets.html' %}{{ setvar }}", 'p'),
        ("{% for x in list %}{% include 'sets_x.html' %}{{ x }}{% endfor %}{{ x }}", 'pppppp'),
        ("{% for x, y in pairs %}{{ x }}{% include 'sets_x.html' %}{{ x }}{{ y }}{% endfor %}{{ x }}", '1ppone2pptwo'),
        ("{% for x in ts %}{% for y in ts %}{{ x }}{% include 'sets_x.html' %}{% endfor %}{% endfor %}", 'apppppapppppbppppp'),
        ("{% with x=1 %}{{ x }}{% include 'sets_x.html' %}{{ x }}{% endwith %}{{ x }}", '1pp'),
        ("{% with x=1 %}{% include 'sets_x.html' with x=2 %}{{ x }}{% include 'sets_x.html' only %}{{ x }}{% endwith %}", 'p1p1'),
        ("{% extends 'looped.html' %}{% block a %}{% cycle 'p' 'q' as x silent %}{{ x }}{% endblock %}", 'ppqqpp'),
        ("{% include 'row.html' with forloop=dd %}", '[..1]'),
        ("{% for x in list %}{% include 'base.html' %}{% endfor %}", '<base a|base b><base a|base b><base a|base b>'),
        ("{% with x=1 %}{% include 'row.html' %}{% endwith %}", '[1..1]'),
    ],
    "load": [
        ('{% load %}', ''),
    ],
    "lorem": [
        ('{% lorem 3 w %}', 'lorem ipsum dolor'),
        ('{% lorem a w %}', 'lorem'),
        ('{% lorem missing w %}', 'lorem'),
        ("{% lorem 'x' w %}", 'lorem'),
        ('{% lorem 0 w %}', ''),
        ('{% lorem 0 p %}', ''),
    ],
    "regroup": [
        ('{% regroup people by g as groups %}{% for g in groups %}{{ g.grouper }}:{% for p in g.list %}{{ p.name }}{% endfor %};{% endfor %}', 'm:A;f:B;m:C;'),
        ('{% regroup people|dictsort:"g" by g as groups %}{% for g in groups %}{{ g.grouper }}:{% for p in g.list %}{{ p.name }}{% endfor %};{% endfor %}', 'f:B;m:AC;'),
        ('{% regroup people by g as groups %}{% for g, l in groups %}{{ g }}:{{ l|length }}{% endfor %}', 'm:1f:1m:1'),
        ('{% regroup missing by g as groups %}{{ groups|length }}{{ groups }}', '0[]'),
        ('{% regroup none by g as groups %}{{ groups }}', '[]'),
        ('{% regroup empty by g as groups %}{{ groups }}', '[]'),
        ('{% regroup people by missing as groups %}{% for g in groups %}{{ g.grouper }}{{ g.list|length }}{% endfor %}', 'None3'),
        ('{% regroup people by name|lower as groups %}{% for g in groups %}{{ g.grouper }}{% endfor %}', 'abc'),
        ('{% regroup people by g as groups %}{{ groups.0 }}', 'GroupedResult(grouper=&#x27;m&#x27;, list=[{&#x27;name&#x27;: &#x27;A&#x27;, &#x27;g&#x27;: &#x27;m&#x27;}])'),
        ('{% regroup people by g|default:"x" as groups %}{% for g in groups %}{{ g.grouper }}{{ g.list|length }}{% endfor %}', 'm1f1m1'),
        ('{% regroup list by 0 as groups %}{% for g in groups %}{{ g.grouper }}{% endfor %}', 'x&lt;z'),
        ('{% regroup dd.x.y by z as groups %}{% for g in groups %}{{ g.grouper }}{{ g.list }}{% endfor %}', 'deep[{&#x27;z&#x27;: &#x27;deep&#x27;}]'),
        ('{% regroup pairs by 0 as groups %}{% for g in groups %}{{ g.grouper }}{% endfor %}', '12'),
        ('{% regroup functions by upper as groups %}{% for g in groups %}{{ g.grouper }}{% endfor %}', 'ONETWO'),
        ('{% regroup list by 0 as g %}{% with g.0.list as l %}{{ l }}{% endwith %}', '[&#x27;x&#x27;]'),
    ],
    "spaceless": [
        ('{% spaceless %}{% endspaceless %}', ''),
        ('{% spaceless %} <p> {{ html }} </p> {% endspaceless %}', '<p> &lt;b&gt;x&lt;/b&gt; </p>'),
        ('{% spaceless %}{% for x in list %} <b> {% endfor %}{% endspaceless %}', '<b><b><b>'),
        ('{% spaceless x %} <p> </p>{% endspaceless %}', '<p></p>'),
    ],
    "templatetag": [
        ('{% templatetag openbrace %}{% templatetag closebrace %}{% templatetag opencomment %}{% templatetag closecomment %}{% templatetag openvariable %}{% templatetag closeblock %}', '{}{##}{{%}'),
    ],
    "variables": [
        ('{{ numdict.1 }}{{ tdict.1 }}{{ dd.x.y.0.z }}', 'onesonedeep'),
        ('{{ list.0.1.2 }}', ''),
        ('{{ text.0 }}{{ text.upper }}', 'iIT&#x27;S &lt;B&gt;BOLD&lt;/B&gt; &amp; SUCH'),
        ('{{ dict.items.0 }}', 's'),
        ('{{ class }}', '&lt;thing&gt;'),
        ('{{ class.method }}', 'called'),
        ('{{ a.real }}', '1'),
        ('{{ +1 }}{{ -1.5 }}{{ .5 }}', '1-1.50.5'),
        ('{{ 1. }}', ''),
        ('{{ 1e5 }}{{ 1E5 }}', '100000.0100000.0'),
        ('{{ 1.5e3 }}', '1500.0'),
        ('{{ 0x10 }}', ''),
        ('{{ 1_000 }}', '1000'),
        ('{{ "a\\"b" }}', 'a"b'),
        ('{{ "a\\\\b" }}{{ \'a\\nb\' }}', 'a\\ba\\nb'),
        ('{{ _("x<y") }}', 'x<y'),
        ('{{ a.}}', ''),
        ('{{ .a }}', ''),
        ('{{ a..b }}', ''),
        ('{{ a|default:_("x") }}', '1'),
        ('{{ missing|default:_("x<") }}', 'x<'),
        ('{{ missing|default:-1 }}', '-1'),
        ('{{ missing|default:1.5e3 }}', '1500.0'),
        ('{{ a|upper|lower }}', '1'),
        ('{{ a |upper }}', '1'),
        ('{{ a| upper}}', '1'),
        ('{{ a|default:b }}', '1'),
        ('{{ a|default:"x" |upper }}', '1'),
        ('{{ missing|add:1 }}', ''),
        ('{{ missing|upper }}', ''),
        ("{{ a|default:'%}' }}", '1'),
        ('{{ "{{" }}', '{{'),
        ('{{ "%}" }}', '%}'),
        ('{{ é }}', ''),
        ('{{ a|default:"é" }}', '1'),
        ('{{ a }}}', '1}'),
        ('{% verbatim %}{{{% endverbatim %}', '{{'),
        ('{# a\nb #}', '{# a\nb #}'),
        ('{##}', ''),
        ('{#}', '{#}'),
        ('a{#  #}b{#x#}{#y#}', 'ab'),
        ('{{ None.x }}', ''),
        ('{{ True.real }}', '1'),
        ('{{ true }}', ''),
        ('{{ functions.0 }}', 'one'),
        ('{{ thing.name.upper }}', 'THING'),
        ('{{ thing.delete.x }}', ''),
        ('{{ thing.delete|default:"d" }}', 'd'),
        ('{{ thing.needs|default:"d" }}', 'd'),
        ('{{ quiet|default:"d" }}', 'd'),
        ('{{ a.b|default_if_none:"x" }}', ''),
        ('{{ missing|default_if_none:"x" }}', ''),
        ('{{ none|default_if_none:"x" }}', 'x'),
        ('{{ bigint }}{{ f }}{{ neg }}', '1000000000000000000001.5-1'),
        ('{{ dt }}', 'Feb. 29, 2024, midnight'),
        ('{{ when|date }}', 'Jan. 2, 2026'),
        ('{{ s }}{{ s|safe }}{{ html|safe }}{{ html|escape }}', '&lt;thing&gt;<thing><b>x</b>&lt;b&gt;x&lt;/b&gt;'),
        ('{{ "a\'b"|escape }}', "a'b"),
        ('{{ text|add:safe }}', 'it&#x27;s &lt;b&gt;bold&lt;/b&gt; &amp; such&lt;i&gt;safe&lt;/i&gt;'),
        ('{{ safe|add:safe }}', '<i>safe</i><i>safe</i>'),
        ('{{ safe|add:text }}', '&lt;i&gt;safe&lt;/i&gt;it&#x27;s &lt;b&gt;bold&lt;/b&gt; &amp; such'),
        ('{{ list }}', '[&#x27;x&#x27;, &#x27;&lt;y&gt;&#x27;, &#x27;z&#x27;]'),
        ('{{ dict }}', '{&#x27;key&#x27;: &#x27;value&#x27;, &#x27;items&#x27;: &#x27;shadow&#x27;, &#x27;0&#x27;: &#x27;zero&#x27;}'),
        ('{{ pairs }}', '[(1, &#x27;one&#x27;), (2, &#x27;two&#x27;)]'),
        ('{{ block }}', ''),
        ('{{ block.super }}', ''),
    ],
    "names": [
        ('{{ both.k }}{{ both.attr }}{{ idx.3 }}{{ idx.x }}{{ dnc }}{{ dnc.name }}', '1attr6ituncalled'),
    ],
    "now": [
        ("{% now '<' as x %}{{ x }}", '&lt;'),
        ('{% now Y as y %}{% now "" as z %}{% if y == z %}same{% endif %}', 'same'),
        ('{% now "\\Y" %}', 'Y'),
    ],
    "verbatim": [
        ('{% verbatim %}{{ a }}{% endverbatim %}', '{{ a }}'),
        ('{% verbatim x y %}{{ a }}{% endverbatim x y %}', '{{ a }}'),
        ('{%verbatim%}{{ a }}{%endverbatim%}', '{{ a }}'),
        ('{% verbatim %}{% verbatim %}{% endverbatim %}', '{% verbatim %}'),
    ],
    "widthratio": [
        ('{% widthratio a b width %}', '50'),
        ('{% widthratio missing b 100 %}', ''),
        ('{% widthratio a missing 100 %}', ''),
        ('{% widthratio words b 100 %}', ''),
        ('{% widthratio a b 100 as x %}{{ x }}', '50'),
        ('{% widthratio 50 100 f %}', '0'),
        ('{% widthratio 1 3 10 %}{% widthratio 5 2 1 %}{% widthratio 7 2 1 %}', '324'),
        ('{% widthratio f b 10 %}{% widthratio neg b 10 %}', '8-5'),
        ('{% widthratio none b 10 %}', ''),
        ('{% widthratio list b 10 %}', ''),
        ('{% widthratio bigint 1 1 %}', '100000000000000000000'),
    ],
    "with": [
        ("{% with x=missing|upper|default:'<' %}{{ x|lower }}{% endwith %}", '<'),
        ('{% autoescape off %}{% with x=html|upper %}{{ x }}{% endwith %}{% endautoescape %}', '<B>X</B>'),
        ('{% with csrf_token="<t>" %}{% csrf_token %}{% endwith %}', '<input type="hidden" name="csrfmiddlewaretoken" value="<t>">'),
        ('{% with csrf_token="NOTPROVIDED" %}{% csrf_token %}{% endwith %}', ''),
        ('{% with f=functions.0 %}{{ f }}{% endwith %}', 'one'),
        ('{% with a=1 b=2 %}{{ a }}{{ b }}{% endwith %}{{ a }}', '121'),
        ('{% with a as b %}{{ b }}{% endwith %}', '1'),
        ('{% with a as b and b as a %}{{ a }}{{ b }}{% endwith %}', '21'),
        ('{% with x=a|add:1 y=x %}{{ x }}{{ y }}{% endwith %}', '2'),
        ('{% with a=missing %}[{{ a }}]{% endwith %}', '[]'),
        ('{% with a=missing %}{% if a == None %}none{% else %}{% if a == "" %}empty{% endif %}{% endif %}{% endwith %}', 'empty'),
        ('{% with a="<" b=html %}{{ a }}{{ b }}{% endwith %}', '<&lt;b&gt;x&lt;/b&gt;'),
        ('{% with x=thing.needs %}[{{ x }}]{% endwith %}', '[]'),
        ('{% with block=a %}{{ block }}{% endwith %}', '1'),
        ('{% with _x=1 %}{% endwith %}', ''),
        ('{% with x="a b" %}{{ x }}{% endwith %}', 'a b'),
        ('{% with x=\'a "b" c\' %}{{ x|safe }}{% endwith %}', 'a "b" c'),
    ],
}  # fmt: skip
REFUSED = [
    '{% autoescape on off %}{% endautoescape %}',
    "{% autoescape off %}{% extends 'base.html' %}{% endautoescape %}",
    '{% block a %}{% endblock  a %}',
    '{% block a b %}{% endblock %}',
    '{% block a %}{% block a %}{% endblock %}{% endblock %}',
    '{% comment %}{% comment %}{% endcomment %}x{% endcomment %}',
    '{% comment %}{% endcomment x %}',
    '{% comment %}{{ a }}',
    '{% cycle a %}',
    "{% cycle 'a' %}",
    "{% cycle 'a','b' %}",
    '{% cycle a,b %}',
    '{% cycle a b as x noise %}',
    '{% resetcycle %}',
    '{% resetcycle x %}',
    '{% resetcycle a b %}',
    "{% extends 'base.html' x %}",
    "{# c #}{% load nope %}{% extends 'base.html' %}",
    "{% comment %}x{% endcomment %}{% extends 'base.html' %}",
    "{% extends 'base.html' %}{% include 'nope.html' %}{% boom %}",
    '{% filter escape %}x{% endfilter %}',
    '{% filter upper|escape %}x{% endfilter %}',
    '{% filter safe %}x{% endfilter %}',
    '{% filter nope %}{% endfilter %}',
    '{% for %}{% endfor %}',
    '{% for x in %}{% endfor %}',
    '{% for x in list %}{% empty %}{% empty %}{% endfor %}',
    '{% for x in list %}{% else %}{% endfor %}',
    '{% for x y in pairs %}{{ x }}{% endfor %}',
    '{% for x, in pairs %}{{ x }}{% endfor %}',
    '{% for x,,y in pairs %}{{ x }}{% endfor %}',
    '{% for ,x in pairs %}{{ x }}{% endfor %}',
    '{% for x in reversed %}{{ x }}{% endfor %}',
    '{% for "x" in list %}{{ x }}{% endfor %}',
    '{% for x|y in list %}{{ x }}{% endfor %}',
    '{% if a and %}{% endif %}',
    '{% if not %}{% endif %}',
    '{% if a not %}{% endif %}',
    '{% if a not b %}{% endif %}',
    '{% if a = a %}{% endif %}',
    '{% if (a) %}{% endif %}',
    '{% if zero %}1{% else %}{% else %}{% endif %}',
    '{% if zero %}1{% else %}2{% elif a %}{% endif %}',
    '{% if a %}1{% else x %}2{% endif %}',
    '{% if a %}1{% endif x %}',
    '{% if a %}1{% elif %}2{% endif %}',
    '{% if a %}1{% elseif b %}2{% endif %}',
    '{% if missing|length_is:0 %}1{% endif %}',
    '{% if a|nope %}{% endif %}',
    '{% if a>1 %}{% endif %}',
    '{% if in %}{% endif %}',
    '{% if in == in %}{% endif %}',
    '{% if is %}{% endif %}',
    '{% if or %}{% endif %}',
    '{% if a or or b %}{% endif %}',
    '{% ifequal a b %}{% endifequal %}',
    '{% for x in ts %}{% ifchanged x %}1{% else %}2{% else %}3{% endifchanged %}{% endfor %}',
    "{% include 'row.html' x %}",
    "{% include 'row.html' with %}",
    "{% include 'row.html' with x %}",
    "{% include 'row.html' with x=1 with a=2 %}",
    "{% include 'row.html' only only %}",
    '{% load from nope %}',
    '{% load from %}',
    '{% lorem 3 w p %}',
    '{% regroup %}',
    '{% regroup people by g groups %}',
    '{% regroup people g as groups %}',
    '{% regroup people by g as groups x %}',
    '{% regroup people|dictsort : "g" by g as groups %}',
    '{% templatetag %}',
    '{% templatetag x %}',
    '{% templatetag openblock x %}',
    '{% templatetag "openblock" %}',
    '{% verbatim %}{% endverbatim x %}',
    '{% widthratio %}',
    '{% widthratio a b %}',
    '{% widthratio a b 100 as %}',
    '{% widthratio a b 100 to x %}',
    '{% widthratio a b 100 as x y %}',
    '{% with a=1 b %}{% endwith %}',
    '{% with a as b x %}{% endwith %}',
    '{% with a = 1 %}{% endwith %}',
    '{% with x.y=1 %}{% endwith %}',
    '{% if a %}{% endfor %}',
    '{%%}',
    '{% for x in list %}{% if x %}{% endfor %}{% endif %}',
    '{% if a and"x" %}{% endif %}',
    '{% include "row.html"with x=1 %}',
    '{{ list.-1 }}',
    '{{ -a }}',
    '{{ _(a) }}',
    '{{ a|default: b }}',
    '{{ a|default :b }}',
    '{{ a|upper b }}',
    '{{ a|upper:b }}',
    '{{ a|default:"}}" }}',
    "{{ '}}' }}",
    '{{ _a }}{{ a }}',
    '{{ a.__class__ }}',
    '{{ __builtins__ }}',
    '{{ a|add:_b }}',
    '{{ a-b }}',
    '{{ a@b }}',
    '{{ a:b }}',
    '{{}}',
    '{{ {{ a }} }}',
    '{{{ a }}}',
    '{% # %}',
]  # fmt: skip
RAISED = [
    ('{% block a %}{{ block.super }}{% endblock %}', 'TemplateSyntaxError'),
    ('{% extends missing %}', 'TemplateSyntaxError'),
    ('{% extends none %}', 'TemplateSyntaxError'),
    ('{% extends a %}', 'TemplateDoesNotExist'),
    ("{% extends 'nope.html' %}", 'TemplateDoesNotExist'),
    ('{% extends base.html %}', 'TemplateSyntaxError'),
    ("{% extends '' %}", 'TemplateSyntaxError'),
    ('{% filter cut:a %}a1b{% endfilter %}', 'TypeError'),
    ('{% firstof missing.x.y boom %}', 'ZeroDivisionError'),
    ('{% for x, y, z in pairs %}{{ x }}{% endfor %}', 'ValueError'),
    ('{% for x, y in list %}{{ x }}{% endfor %}', 'ValueError'),
    ('{% for x, y in tuples %}{{ x }}{% endfor %}', 'ValueError'),
    ('{% for x, y in nested %}{{ x }}{% endfor %}', 'ValueError'),
    ('{% for x, y in words %}{{ x }}{% endfor %}', 'ValueError'),
    ('{% for x, y in dict %}{{ x }}{% endfor %}', 'ValueError'),
    ('{% for x in a %}{{ x }}{% endfor %}', 'TypeError'),
    ('{% for x in zero %}{{ x }}{% endfor %}', 'TypeError'),
    ('{% for x in boom %}{% endfor %}', 'ZeroDivisionError'),
    ('{% if eqr %}1{% else %}2{% endif %}', 'RuntimeError'),
    ('{% if boom %}1{% else %}2{% endif %}', 'ZeroDivisionError'),
    ('{% include missing %}', 'TemplateDoesNotExist'),
    ('{% include none %}', 'TemplateDoesNotExist'),
    ('{% include a %}', 'TypeError'),
    ("{% include '' %}", 'TemplateDoesNotExist'),
    ("{% include 'nope.html' %}", 'TemplateDoesNotExist'),
    ('{% include list %}', 'TemplateDoesNotExist'),
    ('{% include empty %}', 'TemplateDoesNotExist'),
    ("{% include 'row' %}", 'TemplateDoesNotExist'),
    ("{% include 'err.html' %}", 'TemplateSyntaxError'),
    ("{% include 'raise.html' %}", 'ZeroDivisionError'),
    ('{% querystring 1 %}', 'AttributeError'),
    ('{% regroup a by x as groups %}{{ groups }}', 'TypeError'),
    ('{% widthratio a b c %}', 'TemplateSyntaxError'),
    ("{% widthratio a b 'x' %}", 'TemplateSyntaxError'),
    ('{{ raises.attr }}', 'AttributeError'),
    ('{{ raises.val }}', 'ValueError'),
    ('{{ raises.typeerr }}', 'TypeError'),
    ('{{ a|default:b.c }}', 'VariableDoesNotExist'),
    ('{{ a|add:missing }}', 'VariableDoesNotExist'),
    ('{{ boom }}', 'ZeroDivisionError'),
]  # fmt: skip


class Request:
    GET = QueryDict("a=1&a=2&b=<")


QUERIES = [
    ("{% querystring %}", "?a=1&amp;a=2&amp;b=%3C"),
    ("{% querystring a=3 c='x y' %}", "?a=3&amp;b=%3C&amp;c=x+y"),
    ("{% querystring a=None %}", "?b=%3C"),
    ("{% querystring a=none b=None %}", "?"),
    ("{% querystring a=list %}", "?a=x&amp;a=%3Cy%3E&amp;a=z&amp;b=%3C"),
    ("{% querystring nothing %}", ""),
    ("{% querystring nothing b=None %}", ""),
    ("{% querystring nothing b=f c=yes d='' %}", "?b=1.5&amp;c=True&amp;d="),
    ("{% querystring b=None as q %}<{{ q }}>", "<?a=1&amp;a=2>"),
    ("{% autoescape off %}{% querystring %}{% endautoescape %}", "?a=1&a=2&b=%3C"),
]


def engines(**options: Any) -> tuple[Engine, DjangoEngine]:
    name = "loaders.locmem.Loader"
    return (
        Engine(loaders=[(f"templating.{name}", TEMPLATES)], **options),
        DjangoEngine(loaders=[(f"django.template.{name}", TEMPLATES)], **options),
    )


OURS, DJANGO = engines()
ALL = [pytest.param(*case, id=f"{name}-{number}") for name, cases in CASES.items() for number, case in enumerate(cases)]  # fmt: skip


def ours(text: str, engine: Engine = OURS) -> str:
    return engine.from_string(text).render(Context(values(mark_safe), engine.autoescape))


def djangos(text: str, engine: DjangoEngine = DJANGO) -> str:
    return str(
        engine.from_string(text).render(DjangoContext(values(django_safe), engine.autoescape))
    )


@pytest.mark.parametrize(("text", "expected"), ALL)
def test_a_template_renders_as_documented_and_as_in_django(text: str, expected: str) -> None:
    assert djangos(text) == expected
    assert ours(text) == expected


@pytest.mark.parametrize("options", [{"autoescape": False}, {"string_if_invalid": "<INVALID>"}])
@pytest.mark.parametrize("name", CASES)
def test_a_setting_changes_what_it_changes_in_django(name: str, options: dict[str, Any]) -> None:
    our_engine, django_engine = engines(**options)
    for text, _ in CASES[name]:
        assert (text, ours(text, our_engine)) == (text, djangos(text, django_engine))


@pytest.mark.parametrize("text", REFUSED)
def test_what_django_refuses_is_refused(text: str) -> None:
    with pytest.raises(DjangoSyntaxError):
        DJANGO.from_string(text)
    with pytest.raises(TemplateSyntaxError) as caught:
        OURS.from_string(text)
    assert caught.value.line == 1
    assert caught.value.column is not None


@pytest.mark.parametrize(("text", "name"), RAISED)
def test_a_render_raises_what_django_raises_with_its_place(text: str, name: str) -> None:
    with pytest.raises(Exception) as theirs:
        djangos(text)
    with pytest.raises(Exception) as caught:
        ours(text)
    assert (type(theirs.value).__name__, type(caught.value).__name__) == (name, name)
    assert caught.value.template_position.line == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("text", "expected"), QUERIES)
def test_a_query_string_is_changed_as_in_django(text: str, expected: str) -> None:
    rendered = []
    for engine, kind in ((DJANGO, DjangoContext), (OURS, Context)):
        context: Any = kind({**values(str), "nothing": QueryDict()})
        context.request = Request()
        rendered.append(str(engine.from_string(text).render(context)))
    assert rendered == [expected, expected]

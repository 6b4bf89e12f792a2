"""Tags of one's own: written for Django, they work with their imports changed."""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

import types
from importlib import import_module
from typing import Any

import pytest
from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine
from django.template import TemplateSyntaxError as DjangoSyntaxError

from templating import Context, Engine, Library, TemplateSyntaxError

# A module templatetags/kit.py as an application for Django has it.
KIT = '''
from django import template
from django.template.base import FilterExpression, Node, NodeList, TextNode, TokenType
from django.template.base import Variable, VariableDoesNotExist, VariableNode, token_kwargs
from django.template.defaultfilters import stringfilter
from django.template.defaulttags import TemplateIfParser
from django.template.exceptions import TemplateSyntaxError
from django.template.loader_tags import BlockNode, ExtendsNode
from django.utils.safestring import mark_safe

register = template.Library()


class SwitchNode(Node):
    child_nodelists = ("bodies",)

    def __init__(self, value, cases, default):
        self.value, self.cases, self.default = value, cases, default
        self.bodies = [node for _, body in cases for node in body]

    def render(self, context):
        value = self.value.resolve(context)
        for choices, body in self.cases:
            if any(choice.resolve(context) == value for choice in choices):
                return body.render(context)
        return self.default.render(context)


@register.tag
def switch(parser, token):
    """{% switch x %}{% case 1 2 %}a{% else %}b{% endswitch %}"""
    try:
        _, value = token.split_contents()
    except ValueError:
        raise TemplateSyntaxError("switch takes one argument")
    parser.parse(("case", "endswitch"))
    token = parser.next_token()
    cases, default = [], NodeList()
    while token.contents != "endswitch":
        name, *words = token.split_contents()
        body = parser.parse(("case", "else", "endswitch"))
        if name == "case":
            cases.append(([parser.compile_filter(word) for word in words], body))
        else:
            default = body
        token = parser.next_token()
    return SwitchNode(parser.compile_filter(value), cases, default)


class CaptureNode(Node):
    def __init__(self, nodelist, name):
        self.nodelist, self.name = nodelist, name

    def __iter__(self):
        yield from self.nodelist

    def render(self, context):
        context[self.name] = self.nodelist.render(context)
        return ""


@register.tag("capture")
def do_capture(parser, token):
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, token.split_contents()[-1])


class OnceNode(Node):
    """What has been shown in this render is not shown again: state in render_context."""

    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        seen = context.render_context.setdefault("once", set())
        text = self.nodelist.render(context)
        if text in seen:
            return ""
        seen.add(text)
        return text


@register.tag
def once(parser, token):
    nodelist = parser.parse(["endonce"])
    parser.delete_first_token()
    return OnceNode(nodelist)


class CallNode(Node):
    def __init__(self, name, kwargs, target):
        self.name, self.kwargs, self.target = Variable(name), kwargs, target

    def render(self, context):
        try:
            function = self.name.resolve(context)
        except VariableDoesNotExist:
            return "no %s" % self.name.var
        kwargs = {key: value.resolve(context) for key, value in self.kwargs.items()}
        with context.push(**kwargs):
            answer = "%s:%s%s" % (function, sorted(kwargs), context["a"])
        if self.target:
            context[self.target] = function
            return ""
        return answer


@register.tag
def call(parser, token):
    bits = token.split_contents()[1:]
    target = None
    if len(bits) >= 2 and bits[-2] == "as":
        target = bits[-1]
        bits = bits[:-2]
    name = bits.pop(0)
    return CallNode(name, token_kwargs(bits, parser), target)


@register.tag
def raw(parser, token):
    """Everything up to endraw, as text: by the tokens themselves."""
    text = []
    while parser.tokens:
        token = parser.next_token()
        if token.token_type == TokenType.BLOCK and token.contents == "endraw":
            break
        if token.token_type == TokenType.VAR:
            text.append("<%s>" % token.contents)
        elif token.token_type == TokenType.TEXT:
            text.append(token.contents)
    return TextNode("".join(text))


class UnlessNode(Node):
    def __init__(self, condition, nodelist):
        self.condition, self.nodelist = condition, nodelist

    def render(self, context):
        return "" if self.condition.eval(context) else self.nodelist.render(context)


@register.tag
def unless(parser, token):
    condition = TemplateIfParser(parser, token.split_contents()[1:]).parse()
    nodelist = parser.parse(("endunless",))
    parser.delete_first_token()
    return UnlessNode(condition, nodelist)


class ReverseNode(Node):
    """Looks into the tree: which variables and blocks stand inside."""

    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        names = [str(node.filter_expression.token) for node in self.nodelist.get_nodes_by_type(VariableNode)]
        blocks = [node.name for node in self.nodelist.get_nodes_by_type(BlockNode)]
        parts = [node.render_annotated(context) for node in self.nodelist]
        return "%s %s %s" % (names, blocks, "".join(reversed(parts)))


@register.tag
def reverse(parser, token):
    nodelist = parser.parse(("endreverse",))
    parser.delete_first_token()
    return ReverseNode(nodelist)


@register.tag
def skip(parser, token):
    parser.skip_past("endskip")
    return Node.__new__(TextNode) if False else TextNode("")


@register.filter(is_safe=True)
@stringfilter
def shout(value):
    return value.upper()


@register.filter(needs_autoescape=True)
def bold(value, letter="b", autoescape=True):
    from django.utils.html import conditional_escape
    value = conditional_escape(value) if autoescape else value
    return mark_safe("<%s>%s</%s>" % (letter, value, letter))


register.filter("triple", lambda value: value * 3)


@register.simple_tag
def total(*args, **kwargs):
    return sum(args) + sum(kwargs.values())


@register.simple_tag(takes_context=True, name="user_name")
def named(context, default, *, suffix=""):
    return context.get("user", default) + suffix


@register.simple_block_tag
def box(content, title="<t>", *, level=1):
    return mark_safe("[%s|%s|%d]" % (title, content, level))


@register.simple_block_tag(takes_context=True, name="twice", end_name="stop_twice")
def two(context, content):
    context["times"] = 2
    return content * 2


@register.inclusion_tag("item.html")
def item(value, *rest):
    return {"value": value, "count": len(rest)}


@register.inclusion_tag("item.html", takes_context=True)
def item_for(context, value):
    return {"value": "%s for %s" % (value, context["user"])}
'''  # fmt: skip

TEMPLATES = {
    "item.html": "<{{ value }},{{ count }},{{ user }},{% csrf_token %}>",
    "once.html": "{% load kit %}{% once %}inner{% endonce %}",
}

CASES = [
    ("{% for x in l %}{% switch x %} {% case 1 2 %}low{{ x }}{% case three %}3{% else %}high{% endswitch %};{% endfor %}", "low1;low2;3;high;"),
    ("{% switch 'a' %}{% endswitch %}", ""),
    ("{% capture as c %}<{{ x }}>{% endcapture %}[{{ c }}]{% for x in l %}{% capture as c %}{{ x }}{% endcapture %}{{ c }}{% endfor %}{{ c }}", "[<&lt;x&gt;>]1234<&lt;x&gt;>"),
    ("{% for x in l %}{% once %}a{% endonce %}{% once %}{{ x }}{% endonce %}{% endfor %}", "a1234"),
    ("{% once %}inner{% endonce %}{% include 'once.html' %}{% include 'once.html' %}", "innerinnerinner"),
    ("{% call three a=1 b=x %}{% call nothing %}{% call l.0 a=1 as y %}{{ y }}", "3:['a', 'b']1no nothing1"),
    ("{% raw %}a{{ x|upper }}{# c #}{% if %}b{% endraw %}c", "a<x|upper>bc"),
    ("{% unless x == three or not l %}y{{ x }}{% endunless %}{% unless 1 in l %}n{% endunless %}", "y&lt;x&gt;"),
    ("{% reverse %}{{ x }}{% if three %}-{{ l.0 }}{% block b %}{% endblock %}{% endif %}{{ three|shout }}{% endreverse %}", "['x', 'l.0', 'three|shout'] ['b'] 3-1&lt;x&gt;"),
    ("{% skip %}{{ x }}{% if %}{% endskip %}{{ three }}", "3"),
    ("{{ x|shout }}{{ safe|shout }}{{ x|bold }}{{ safe|bold:'i' }}{{ three|triple }}", "&lt;X&gt;<B><b>&lt;x&gt;</b><i><b></i>9"),
    ("{% autoescape off %}{{ x|bold }}{% user_name x %}{% endautoescape %}", "<b><x></b>U"),
    ("{% total 1 three %}{% total three four=4 as t %}{{ t }}{% total 1 x=2.5 %}", "473.5"),
    ("{% user_name 'd' suffix=x %}{% user_name default='d' as n %}{{ n }}", "U&lt;x&gt;U"),
    ("{% box %}a{{ x }}{% endbox %}{% box x level=three %}{% endbox %}{% box title='u' as b %}c{% endbox %}{{ b }}", "[<t>|a&lt;x&gt;|1][<x>||3][u|c|1]"),
    ("{% twice %}{{ x }}{% if 1 %}{% twice %}.{% stop_twice %}{% endif %}{% stop_twice %}{{ times }}", "&amp;lt;x&amp;gt;..&amp;lt;x&amp;gt;..2"),
    ("{% for n in l %}{% item n %}{% endfor %}{% item 1 2 3 %}", "<1,0,,><2,0,,><3,0,,><4,0,,><1,2,,>"),
    ("{% item_for x %}{% with csrf_token='t' %}{% item three %}{% endwith %}", '<&lt;x&gt; for U,,,><3,0,,<input type="hidden" name="csrfmiddlewaretoken" value="t">>'),
]  # fmt: skip

REFUSED = [
    "{% switch %}{% endswitch %}", "{% switch 1 %}{% case 1 %}", "{% capture as x %}", "{% box %}",
    "{% total 1 a=2 3 %}", "{% user_name %}", "{% user_name 1 2 %}", "{% user_name 1 nope=2 %}",
    "{% box a b %}{% endbox %}", "{% box title=1 title=2 %}{% endbox %}", "{% twice %}{% endtwice %}",
    "{% item %}", "{% unless %}{% endunless %}", "{{ x|shout:1 }}", "{{ x|bold:'a':'b' }}", "{% skip %}",
]  # fmt: skip


def kit(text: str) -> Any:
    module = types.ModuleType("kit")
    exec(compile(text, "kit.py", "exec"), module.__dict__)
    return module


def values(module: Any) -> dict[str, Any]:
    return {"l": [1, 2, 3, 4], "x": "<x>", "three": 3, "user": "U", "safe": module.mark_safe("<b>")}


THEIR_KIT = kit(KIT)
# The rule that miniframework.names holds for whole projects.
OUR_KIT = kit(
    KIT.replace("from django import template", "import templating as template")
    .replace("django.template.", "templating.")
    .replace("django.utils.safestring", "templating.safe")
    .replace("django.utils.html", "templating.safe")
)
LOADER = "loaders.locmem.Loader"
OURS = Engine(loaders=[(f"templating.{LOADER}", TEMPLATES)])
OURS.template_libraries["kit"] = OUR_KIT.register
DJANGO = DjangoEngine(loaders=[(f"django.template.{LOADER}", TEMPLATES)])
DJANGO.template_libraries["kit"] = THEIR_KIT.register


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_tag_written_for_django_works_with_its_imports_changed(text: str, expected: str) -> None:
    text = "{% load kit %}" + text
    theirs = DJANGO.from_string(text).render(DjangoContext(values(THEIR_KIT)))
    assert theirs == expected
    assert OURS.from_string(text).render(Context(values(OUR_KIT))) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_a_tag_that_django_refuses_is_refused(text: str) -> None:
    text = "{% load kit %}" + text
    with pytest.raises(DjangoSyntaxError):
        DJANGO.from_string(text)
    with pytest.raises(TemplateSyntaxError):
        OURS.from_string(text)


def test_the_first_arguments_of_a_function_that_is_given_more_are_checked_at_once() -> None:
    register = Library()
    with pytest.raises(TemplateSyntaxError, match="must be content"):

        @register.simple_block_tag
        def wrong(text: str) -> str:
            return text

    with pytest.raises(TemplateSyntaxError, match="must be context, content"):

        @register.simple_block_tag(takes_context=True)
        def also_wrong(content: str, context: Context) -> str:
            return content


@pytest.mark.parametrize("module", ["base", "defaulttags", "defaultfilters", "exceptions", "loader_tags"])  # fmt: skip
def test_what_a_module_of_djangos_name_offers_django_has_under_that_name(module: str) -> None:
    ours = import_module(f"templating.{module}")
    theirs = import_module(f"django.template.{module}")
    newer = {"PartialTemplate", "PartialDefNode", "PartialNode"}
    assert [name for name in ours.__all__ if name not in newer and not hasattr(theirs, name)] == []

"""`{% load tz %}`: datetimes in another time zone than the current one.

Step 7. Django's documentation, "Time zones: time zone aware output in templates"; in Django:
django.templatetags.tz.
"""

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from templating import formats
from templating.compiler import Touch, Writer
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node, NodeList

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class InItsZone(datetime):
    """A datetime that stays in its zone where others are shown in the current one."""

    convert_to_local_time = False


@register.filter
def localtime(value: Any) -> Any:
    return do_timezone(value, formats.current_zone())


@register.filter
def utc(value: Any) -> Any:
    return do_timezone(value, UTC)


@register.filter("timezone")
def do_timezone(value: Any, arg: Any) -> Any:
    """The datetime by the clocks of a zone, given by its name or as a tzinfo; else nothing.

    A naive one counts as the time in the configured zone.
    """
    if not isinstance(value, datetime):
        return ""
    try:
        zone = ZoneInfo(arg) if isinstance(arg, str) else arg
        if not isinstance(zone, tzinfo):
            return ""
        if value.utcoffset() is None:
            value = value.replace(tzinfo=formats.time_zone or UTC)
        there = value.astimezone(zone)
    except (LookupError, ValueError, OSError, OverflowError):  # an unknown zone, or the year 10,000
        return ""
    date = (there.year, there.month, there.day)
    time = (there.hour, there.minute, there.second, there.microsecond)
    return InItsZone(*date, *time, there.tzinfo, fold=there.fold)


class ShownNode(Node):
    """Its body is rendered inside a `with` of the module formats."""

    touches = Touch.NOTHING

    def __init__(self, nodelist: NodeList, **settings: bool) -> None:
        self.nodelist = nodelist
        self.settings = settings

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        settings = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        with writer.block(f"with {writer.constant(formats.shown, 'shown')}({settings})"):
            writer.nodes(self.nodelist)


def on_or_off(parser: "Parser", token: "Token") -> tuple[bool, NodeList]:
    """The setting and the body of a tag such as `{% localtime off %}...{% endlocaltime %}`."""
    name, *words = token.split_contents()
    if words not in ([], ["on"], ["off"]):
        raise TemplateSyntaxError(f"{name!r} takes 'on' or 'off', or nothing, which means 'on'.")
    nodelist = parser.parse((f"end{name}",))
    parser.delete_first_token()
    return words != ["off"], nodelist


@register.tag("localtime")
def localtime_tag(parser: "Parser", token: "Token") -> ShownNode:
    setting, nodelist = on_or_off(parser, token)
    return ShownNode(nodelist, use_tz=setting)


class TimezoneNode(Node):
    touches = Touch.NOTHING

    def __init__(self, nodelist: NodeList, zone: FilterExpression) -> None:
        self.nodelist = nodelist
        self.zone = zone

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        zone = writer.expression(self.zone, "None")
        with writer.block(f"with {writer.constant(formats.in_zone, 'in_zone')}({zone})"):
            writer.nodes(self.nodelist)


@register.tag("timezone")
def timezone_tag(parser: "Parser", token: "Token") -> TimezoneNode:
    """`{% timezone "Europe/Paris" %}`; None is the configured zone."""
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError("'timezone' takes one argument: a time zone or its name.")
    zone = parser.compile_filter(words[1])
    nodelist = parser.parse(("endtimezone",))
    parser.delete_first_token()
    return TimezoneNode(nodelist, zone)


class SettingNode(Node):
    """A tag `{% name as variable %}`, which keeps what a function says."""

    child_nodelists = ()

    def __init__(self, ask: Any, target: str) -> None:
        self.ask = ask
        self.target = target

    def render(self, context: "Context") -> str:
        context[self.target] = self.ask()
        return ""


def as_variable(token: "Token", ask: Any) -> SettingNode:
    words = token.contents.split()
    if len(words) != 3 or words[1] != "as":
        raise TemplateSyntaxError(f"{words[0]!r} takes a name to keep it: as variable.")
    return SettingNode(ask, words[2])


@register.tag("get_current_timezone")
def get_current_timezone_tag(parser: "Parser", token: "Token") -> SettingNode:
    return as_variable(token, lambda: str(formats.current_zone()))

"""`{% load l10n %}`: numbers as Python writes them, where a script or a style sheet reads them.

Step 7. Django's documentation, "Format localization"; in Django: django.templatetags.l10n.
"""

from typing import TYPE_CHECKING, Any

from templating import formats
from templating.library import Library
from templating.templatetags.tz import ShownNode, on_or_off

if TYPE_CHECKING:
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


@register.filter(is_safe=False)
def localize(value: Any) -> str:
    return formats.localize(value, use_l10n=True)


@register.filter(is_safe=False)
def unlocalize(value: Any) -> str:
    return formats.localize(value, use_l10n=False)


@register.tag("localize")
def localize_tag(parser: "Parser", token: "Token") -> ShownNode:
    setting, nodelist = on_or_off(parser, token)
    return ShownNode(nodelist, use_l10n=setting)

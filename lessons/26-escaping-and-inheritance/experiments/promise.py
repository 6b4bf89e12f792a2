"""A filter that promises what it cannot keep: promise.py true, promise.py false."""

import sys
from urllib.parse import unquote

from templating import Engine, Library

register = Library()


@register.filter(is_safe="true" in sys.argv)
def decoded(value: str) -> str:
    """ "caf%C3%A9" -> "café": no "<" in, no "<" out?"""
    return unquote(value)


engine = Engine()
engine.template_builtins.append(register)
for word in ("caf%C3%A9", "<b>", "%3Cscript%3E"):
    print(engine.from_string("{{ word|escape|decoded }}").render({"word": word}))

"""`{% url 'polls:detail' question.id %}`: an address by the name of its view.

Step 7 of the trip, with the way back of step 4 in it.

Django: https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#url
"""

import re
from typing import Any

from miniframework.urls import NoReverseMatch, reverse
from templating import Library, Node, TemplateSyntaxError
from templating.safe import conditional_escape

register = Library()

KEYWORD = re.compile(r"(\w+)=(.+)", re.DOTALL)


class URLNode(Node):
    def __init__(
        self, view_name: Any, args: list[Any], kwargs: dict[str, Any], variable: str | None
    ) -> None:
        self.view_name = view_name
        self.args = args
        self.kwargs = kwargs
        self.variable = variable

    def render(self, context: Any) -> str:
        name = self.view_name.resolve(context)
        args = [arg.resolve(context) for arg in self.args]
        kwargs = {key: value.resolve(context) for key, value in self.kwargs.items()}
        try:
            url = reverse(name, args=args, kwargs=kwargs, current_app=_current_app(context))
        except NoReverseMatch:
            # `as` asks whether there is such a URL: nothing, where there is none.
            if self.variable is None:
                raise
            url = ""
        if self.variable is not None:
            context[self.variable] = url
            return ""
        return str(conditional_escape(url)) if context.autoescape else url


@register.tag
def url(parser: Any, token: Any) -> URLNode:
    """`{% url name arg... key=value... as variable %}`"""
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError(
            "'url' takes at least the name of a view: {% url 'polls:index' %}"
        )
    variable = None
    if len(bits) >= 3 and bits[-2] == "as":
        variable = bits[-1]
        bits = bits[:-2]
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for bit in bits[1:]:
        keyword = KEYWORD.fullmatch(bit)
        if keyword:
            kwargs[keyword[1]] = parser.compile_filter(keyword[2])
        else:
            args.append(parser.compile_filter(bit))
    if args and kwargs:
        raise TemplateSyntaxError("'url' takes positional or keyword arguments, not both")
    return URLNode(parser.compile_filter(bits[0]), args, kwargs, variable)


def _current_app(context: Any) -> str | None:
    """Which instance of an app the page at hand belongs to."""
    request = getattr(context, "request", None)
    if request is None:
        return None
    match = getattr(request, "resolver_match", None)
    current = getattr(request, "current_app", None) or (match.namespace if match else None)
    return current or None

"""`{% querystring page=2 %}`: the request's query string with some parameters changed.

Step 7. Django's documentation, the tag `querystring`; in Django:
django.template.defaulttags.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from templating.library import Library

if TYPE_CHECKING:
    from templating.context import Context

register = Library()


@register.simple_tag(takes_context=True)
def querystring(
    context: "Context", query_dict: Mapping[str, Any] | None = None, **kwargs: Any
) -> str:
    """The parameters of `query_dict` (of the request, unless given) and of `kwargs`, encoded.

    None takes a parameter away, a list gives it many values. The answer is "?..." and so a
    link by itself; it is "" only where there was nothing to begin with either.
    """
    if query_dict is None:
        query_dict = _request(context).GET
    parameters = _lists(query_dict)
    for name, value in kwargs.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = _values(value)
    if not parameters and not query_dict:
        return ""
    return f"?{urlencode(parameters, doseq=True)}"


def _lists(query_dict: Any) -> dict[str, list[Any]]:
    """All values of each name: a QueryDict has many, and says so by `lists()`."""
    if hasattr(query_dict, "lists"):
        return {name: list(values) for name, values in query_dict.lists()}
    return {name: _values(value) for name, value in query_dict.items()}


def _values(value: Any) -> list[Any]:
    many = isinstance(value, Iterable) and not isinstance(value, str)
    return [str(item) for item in value] if many else [str(value)]


def _request(context: "Context") -> Any:
    request = getattr(context, "request", None)
    if request is None:
        raise AttributeError(
            "'querystring' needs the request: render with one, or give it a mapping."
        )
    return request

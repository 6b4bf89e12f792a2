"""What almost every view does last: render, redirect, or say that there is no such thing.

Step 7 of the trip, mostly.

Django: https://docs.djangoproject.com/en/5.2/topics/http/shortcuts/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from miniframework.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from miniframework.template import loader
from miniframework.urls import NoReverseMatch, reverse


def render(
    request: HttpRequest,
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    content_type: str | None = None,
    status: int | None = None,
    using: str | None = None,
) -> HttpResponse:
    """A response with this template, rendered with this context."""
    content = loader.render_to_string(template_name, context, request, using)
    return HttpResponse(content, content_type=content_type, status=status or 200)


def redirect(to: Any, *args: Any, permanent: bool = False, **kwargs: Any) -> HttpResponse:
    """A redirect to an object (its get_absolute_url), a view (name, arguments) or a URL."""
    response_class = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    return response_class(resolve_url(to, *args, **kwargs))


def resolve_url(to: Any, *args: Any, **kwargs: Any) -> str:
    """The URL of what `redirect` takes."""
    if hasattr(to, "get_absolute_url"):
        return str(to.get_absolute_url())
    if callable(to):
        return reverse(to, args=args, kwargs=kwargs)
    url = str(to)
    if url.startswith(("./", "../")):
        return url
    try:
        return reverse(url, args=args, kwargs=kwargs)
    except NoReverseMatch:
        # A name has neither slash nor dot; whatever has is meant as a URL.
        if "/" not in url and "." not in url:
            raise
    return url


def get_object_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """`klass.get(...)` of a model, a manager or a queryset; Http404 where there is none."""
    queryset = _queryset(klass, "get_object_or_404", "get")
    try:
        return queryset.get(*args, **kwargs)
    except queryset.model.DoesNotExist:
        raise Http404(f"No {queryset.model.__name__} matches the given query.") from None


def get_list_or_404(klass: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """`klass.filter(...)` as a list; Http404 where it is empty."""
    queryset = _queryset(klass, "get_list_or_404", "filter")
    found = list(queryset.filter(*args, **kwargs))
    if not found:
        raise Http404(f"No {queryset.model.__name__} matches the given query.")
    return found


def _queryset(klass: Any, function: str, method: str) -> Any:
    manager = getattr(klass, "_default_manager", None)
    queryset = klass if manager is None else manager.all()
    if not hasattr(queryset, method) or not hasattr(queryset, "model"):
        raise ValueError(
            f"{function}() takes a model, a manager or a queryset first, and got {klass!r}."
        )
    return queryset

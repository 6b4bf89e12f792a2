"""What a project writes into its urls.py: `path`, `re_path` and `include`.

Step 4 of the trip, as data: each call makes a pattern (a route and a view) or a resolver (a
route and more patterns). Nothing is matched here.

Django: https://docs.djangoproject.com/en/5.2/ref/urls/
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls.resolver import URLPattern, URLResolver
from miniframework.urls.routes import PathRoute, RegexRoute, Route

View = Callable[..., Any]


class Included(NamedTuple):
    """What `include` returns: patterns, the app they belong to, the name of this instance."""

    urlconf: Any
    app_name: str | None
    namespace: str | None


def path(
    route: str, view: Any, kwargs: Mapping[str, Any] | None = None, name: str | None = None
) -> URLPattern | URLResolver:
    """A pattern: `path("<int:pk>/", views.detail, name="detail")`.

    `kwargs` are further arguments for the view. With an `include(...)` as the view, the
    route is what the included patterns have in front.
    """
    _check_route("path", route)
    return _pattern(PathRoute(route, not isinstance(view, tuple)), view, kwargs, name)


def re_path(
    route: str, view: Any, kwargs: Mapping[str, Any] | None = None, name: str | None = None
) -> URLPattern | URLResolver:
    """As `path`, with a regular expression, found anywhere unless it begins with "^"."""
    _check_route("re_path", route)
    return _pattern(RegexRoute(route), view, kwargs, name)


def include(arg: Any, namespace: str | None = None) -> Included:
    """The patterns of another URLconf, for use as a view of `path`.

    `arg` is a module or its dotted name, a list of patterns, or `(patterns, app_name)`. A
    module's own `app_name` counts; `namespace` tells several uses of one app apart.
    """
    if isinstance(arg, tuple):
        if len(arg) != 2:
            raise ImproperlyConfigured(
                f"include() takes a tuple of two, (patterns, app_name), and got {len(arg)} things."
            )
        urlconf, app_name = arg
    else:
        urlconf, app_name = arg, None
    if isinstance(urlconf, str):
        urlconf = import_module(urlconf)
    if not isinstance(urlconf, ModuleType | Sequence):
        raise ImproperlyConfigured(
            f"include() takes a module, its dotted name, a list of patterns or a tuple "
            f"(patterns, app_name), and got {urlconf!r}."
        )
    app_name = app_name or getattr(urlconf, "app_name", None)
    if namespace and not app_name:
        raise ImproperlyConfigured(
            f"include(..., namespace={namespace!r}) needs an app_name: write `app_name = "
            f'"..."` into the included URLconf, or include((patterns, app_name), namespace=...).'
        )
    return Included(urlconf, app_name, namespace or app_name)


def _pattern(
    route: Route, view: Any, kwargs: Mapping[str, Any] | None, name: str | None
) -> URLPattern | URLResolver:
    if isinstance(view, tuple) and len(view) == 3:
        urlconf, app_name, namespace = view
        return URLResolver(route, urlconf, dict(kwargs or {}), app_name, namespace)
    _check_view(route, view)
    return URLPattern(route, view, dict(kwargs or {}), name)


def _check_route(function: str, route: object) -> None:
    if not isinstance(route, str):
        raise TypeError(f"The first argument of {function}() is a route, a str; got {route!r}.")


def _check_view(route: Route, view: Any) -> None:
    if isinstance(view, type) and hasattr(view, "as_view"):
        raise TypeError(
            f"The view of URL route {str(route)!r} is the class {view.__name__}: "
            f"write {view.__name__}.as_view()."
        )
    if isinstance(view, str | list | tuple | ModuleType):
        raise TypeError(
            f"The view of URL route {str(route)!r} is {view!r}: to use the patterns of "
            f"another URLconf, write include(...)."
        )
    if not callable(view):
        raise TypeError(
            f"The view of URL route {str(route)!r} must be a callable, and is {view!r}."
        )

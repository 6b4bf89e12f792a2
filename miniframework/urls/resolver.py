"""Which view answers a path: the patterns, tried in order.

Step 4 of the trip. A URLconf is a tree: a `URLPattern` is a leaf with a view, a
`URLResolver` a branch with a prefix and more patterns. `resolve` walks it depth first, and
the first match wins. The X-ray sees every attempt as "pattern.tried".

Django: https://docs.djangoproject.com/en/5.2/topics/http/urls/#how-django-processes-a-request
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

from miniframework.conf import settings
from miniframework.events import announce, observers
from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls.current import get_urlconf
from miniframework.urls.exceptions import Resolver404
from miniframework.urls.routes import RegexRoute, Route

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ResolverMatch:
    """The view for a path, and what to call it with. Unpacks as `func, args, kwargs`."""

    func: View
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    url_name: str | None = None
    app_names: list[str] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)
    route: str = ""
    tried: list[list[Any]] = field(default_factory=list)

    @property
    def app_name(self) -> str:
        return ":".join(self.app_names)

    @property
    def namespace(self) -> str:
        return ":".join(self.namespaces)

    @property
    def _func_path(self) -> str:
        """The view's dotted name; a class-based view's function knows its class."""
        view = getattr(self.func, "view_class", self.func)
        name = getattr(view, "__qualname__", type(view).__qualname__)
        return f"{view.__module__}.{name}"

    @property
    def view_name(self) -> str:
        """The name to reverse it by, with its namespaces: "polls:detail"."""
        return ":".join([*self.namespaces, self.url_name or self._func_path])

    def __iter__(self) -> Iterator[Any]:
        return iter((self.func, self.args, self.kwargs))

    def __getitem__(self, index: int) -> Any:
        return (self.func, self.args, self.kwargs)[index]


class URLPattern:
    """A route and its view: a leaf of the URLconf."""

    def __init__(
        self, route: Route, callback: View, default_args: dict[str, Any], name: str | None
    ) -> None:
        self.pattern = route
        self.callback = callback
        self.default_args = default_args
        self.name = name

    def __repr__(self) -> str:
        name = f" [name={self.name!r}]" if self.name else ""
        return f"<URLPattern {str(self.pattern)!r}{name}>"

    def resolve(self, path: str) -> ResolverMatch | None:
        found = self.pattern.match(path)
        if observers:
            announce(
                "pattern.tried", pattern=str(self.pattern), path=path, matched=found is not None
            )
        if found is None:
            return None
        kwargs = {**found.kwargs, **self.default_args}
        return ResolverMatch(self.callback, found.args, kwargs, self.name, route=str(self.pattern))


class URLResolver:
    """A prefix and the patterns behind it: a branch of the URLconf, or its root."""

    def __init__(
        self,
        route: Route,
        urlconf: Any,
        default_kwargs: dict[str, Any] | None = None,
        app_name: str | None = None,
        namespace: str | None = None,
    ) -> None:
        self.pattern = route
        self.urlconf_name = urlconf
        self.default_kwargs = default_kwargs or {}
        self.app_name = app_name
        self.namespace = namespace

    def __repr__(self) -> str:
        name = getattr(self.urlconf_name, "__name__", self.urlconf_name)
        where = name if isinstance(name, str) else f"{len(self.url_patterns)} patterns"
        return f"<URLResolver {str(self.pattern)!r} {where} (namespace={self.namespace!r})>"

    @cached_property
    def urlconf_module(self) -> Any:
        """The URLconf: a module or a list of patterns."""
        if isinstance(self.urlconf_name, str):
            return import_module(self.urlconf_name)
        return self.urlconf_name

    @cached_property
    def url_patterns(self) -> Sequence["URLPattern | URLResolver"]:
        urlconf = self.urlconf_module
        patterns = getattr(urlconf, "urlpatterns", urlconf)
        if isinstance(patterns, ModuleType) or not isinstance(patterns, Sequence):
            raise ImproperlyConfigured(
                f"The URLconf {self.urlconf_name!r} has no list `urlpatterns`. If it does in "
                "the file, two modules probably import each other."
            )
        for pattern in patterns:
            if not isinstance(pattern, URLPattern | URLResolver):
                raise ImproperlyConfigured(
                    f"`urlpatterns` of {self.urlconf_name!r} holds {pattern!r}, "
                    "where a path(...) was expected."
                )
        return patterns

    def resolve(self, path: str) -> ResolverMatch:
        """The match for this path; raises Resolver404 where no pattern has one."""
        path = str(path)
        found = self.pattern.match(path)
        if observers:
            announce(
                "pattern.tried", pattern=str(self.pattern), path=path, matched=found is not None
            )
        if found is None:
            raise Resolver404(path, [[self]])
        tried: list[list[Any]] = []
        for pattern in self.url_patterns:
            try:
                inner = pattern.resolve(found.rest)
            except Resolver404 as error:
                tried.extend([pattern, *way] for way in error.tried)
                continue
            if inner is not None:
                return self._joined(found.args, found.kwargs, inner, tried, pattern)
            tried.append([pattern])
        raise Resolver404(found.rest, tried)

    def _joined(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inner: ResolverMatch,
        tried: list[list[Any]],
        pattern: "URLPattern | URLResolver",
    ) -> ResolverMatch:
        """The match of a pattern inside, with what this resolver's own route adds to it."""
        all_kwargs = {**kwargs, **self.default_kwargs, **inner.kwargs}
        prefix = "" if isinstance(self.pattern, RegexRoute) else str(self.pattern)
        return ResolverMatch(
            inner.func,
            # As within one regular expression: named groups leave no positional ones.
            () if kwargs or inner.kwargs else args + inner.args,
            all_kwargs,
            inner.url_name,
            [self.app_name, *inner.app_names] if self.app_name else inner.app_names,
            [self.namespace, *inner.namespaces] if self.namespace else inner.namespaces,
            (prefix or str(self.pattern).removeprefix("^/")) + inner.route,
            tried + [[pattern, *way] for way in inner.tried],
        )

    def resolve_error_handler(self, status: int) -> View:
        """The view for an error: the URLconf's `handler404`, or the built-in one."""
        handler = getattr(self.urlconf_module, f"handler{status}", None)
        if handler is None:
            handler = f"miniframework.views.defaults.{_DEFAULT_HANDLERS[status]}"
        if isinstance(handler, str):
            module, _, name = handler.rpartition(".")
            handler = getattr(import_module(module), name)
        view: View = handler
        return view


_DEFAULT_HANDLERS = {
    400: "bad_request",
    403: "permission_denied",
    404: "page_not_found",
    500: "server_error",
}


def get_resolver(urlconf: Any = None) -> URLResolver:
    """The root of a URLconf's tree, made once; by default that of settings.ROOT_URLCONF."""
    if urlconf is None:
        urlconf = settings.ROOT_URLCONF
    return _root(tuple(urlconf) if isinstance(urlconf, list) else urlconf)


@lru_cache(maxsize=64)  # projects have one, test suites some
def _root(urlconf: Any) -> URLResolver:
    return URLResolver(RegexRoute(r"^/"), urlconf)


def resolve(path: str, urlconf: Any = None) -> ResolverMatch:
    """The view for a path: `resolve("/polls/5/").func`."""
    return get_resolver(get_urlconf() if urlconf is None else urlconf).resolve(path)

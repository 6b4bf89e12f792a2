"""From a view's name back to its path: what `{% url %}`, `redirect` and the tests use.

The way back of step 4. All names of a URLconf are gathered once, each with the routes that
lead to it; building a path then means filling the parameters in and asking every route
whether it would take such a value. So what `reverse` returns always resolves.

Django: https://docs.djangoproject.com/en/5.2/ref/urlresolvers/#reverse
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from miniframework.events import announce, observers
from miniframework.suggest import did_you_mean
from miniframework.urls.current import get_script_prefix, get_urlconf
from miniframework.urls.exceptions import NoReverseMatch, Resolver404
from miniframework.urls.resolver import URLPattern, URLResolver, get_resolver, resolve
from miniframework.urls.routes import Route
from miniframework.urls.unregex import Parameter

# What may stand unquoted in a path: RFC 3986, 3.3 (pchar) and the slash.
SAFE_IN_PATH = "!$&'()*+,;=/~:@"


class Candidate(NamedTuple):
    """One way to a view: the routes from the root to it, and the arguments it fixes."""

    routes: tuple[Route, ...]
    defaults: dict[str, Any]

    def parameters(self) -> list[tuple[Route, Parameter]]:
        return [
            (route, part)
            for route in self.routes
            for part in route.parts or ()
            if isinstance(part, Parameter)
        ]

    def text(self) -> str:
        return "".join(str(route).removeprefix("^").removesuffix("$") for route in self.routes)


class Names:
    """Everything in one URLconf that has a name: its views, and its namespaces."""

    def __init__(self) -> None:
        self.views: dict[Any, list[Candidate]] = {}
        self.namespaces: dict[str, Names] = {}
        self.apps: dict[str, list[str]] = {}  # app_name -> its namespaces

    @classmethod
    def of(cls, resolver: URLResolver) -> "Names":
        names = cls()
        names._gather(resolver, Candidate((), dict(resolver.default_kwargs)))
        return names

    def _gather(self, resolver: URLResolver, way: Candidate) -> None:
        for pattern in resolver.url_patterns:
            routes = (*way.routes, pattern.pattern)
            if isinstance(pattern, URLPattern):
                candidate = Candidate(routes, {**way.defaults, **pattern.default_args})
                for name in (pattern.name, pattern.callback):
                    if name is not None:
                        self.views.setdefault(name, []).append(candidate)
                continue
            inside = Candidate(routes, {**way.defaults, **pattern.default_kwargs})
            if pattern.namespace is None:
                self._gather(pattern, inside)
            else:
                names = self.namespaces.setdefault(pattern.namespace, Names())
                names._gather(pattern, inside)
                if pattern.app_name:
                    self.apps.setdefault(pattern.app_name, []).append(pattern.namespace)

    def spoken(self) -> Iterator[str]:
        """All names as one writes them, "polls:detail" among them: for suggestions."""
        yield from (name for name in self.views if isinstance(name, str))
        for namespace, names in self.namespaces.items():
            yield from (f"{namespace}:{name}" for name in names.spoken())


@lru_cache(maxsize=64)
def _names(resolver: URLResolver) -> Names:
    return Names.of(resolver)


def reverse(
    viewname: str | Callable[..., Any],
    urlconf: Any = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    current_app: str | None = None,
) -> str:
    """The path of a view: `reverse("polls:detail", args=[5])` is "/polls/5/".

    `current_app` chooses among several instances of one app. Raises NoReverseMatch.
    """
    if args and kwargs:
        raise ValueError("reverse() takes args or kwargs, not both.")
    root = _names(get_resolver(get_urlconf() if urlconf is None else urlconf))
    names, name = root, viewname
    if isinstance(viewname, str):
        *namespaces, name = viewname.split(":")
        names = _descend(root, namespaces, viewname, (current_app or "").split(":"))
    candidates = names.views.get(name, [])
    # The last of equal names wins, as a later definition does in Python.
    for candidate in reversed(candidates):
        path = _build(candidate, list(args or ()), dict(kwargs or {}))
        if path is not None:
            return _quoted(get_script_prefix() + path)
    raise NoReverseMatch(_complaint(root, viewname, candidates, args or (), kwargs or {}))


def reverse_lazy(
    viewname: str | Callable[..., Any],
    urlconf: Any = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    current_app: str | None = None,
) -> "LazyURL":
    """As `reverse`, worked out when it is used: for class attributes and default arguments,
    which Python reads before the URLconf is complete."""
    return LazyURL(lambda: reverse(viewname, urlconf, args, kwargs, current_app))


class LazyURL:
    """A str in waiting: whatever shows it, joins it or compares it gets the URL of now."""

    def __init__(self, function: Callable[[], str]) -> None:
        self._function = function

    def __str__(self) -> str:
        return self._function()

    def __repr__(self) -> str:
        return repr(str(self))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, str | LazyURL) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __add__(self, other: str) -> str:
        return str(self) + other

    def __radd__(self, other: str) -> str:
        return other + str(self)

    def __getattr__(self, name: str) -> Any:
        # Only for what is not found here: the methods of str.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(str(self), name)


def is_valid_path(path: str, urlconf: Any = None) -> Any:
    """The match for this path, or False: what APPEND_SLASH asks before it redirects."""
    match = None
    if observers:
        announce("resolve.start", path=path)
    try:
        match = resolve(path, urlconf)
        return match
    except Resolver404:
        return False
    finally:
        if observers:
            announce("resolve.end", path=path, match=match)


def _descend(root: Names, namespaces: Sequence[str], asked: str, current: Sequence[str]) -> Names:
    """Through the namespaces of "a:b:name". An app's name leads to the current instance of
    it, else to the one that has the app's own name, else to the one defined last."""
    names = root
    for depth, wanted in enumerate(namespaces):
        instances = names.apps.get(wanted, [])
        if instances:
            here = current[depth] if depth < len(current) else None
            if here in instances:
                wanted = str(here)
            elif wanted not in instances:
                wanted = instances[-1]
        if wanted not in names.namespaces:
            known = sorted(names.namespaces)
            there_are = f"there are {', '.join(known)}" if known else "there are none"
            raise NoReverseMatch(
                f"{wanted!r} in {asked!r} is not a namespace of this URLconf ({there_are})."
                f"{did_you_mean(wanted, known)}"
            )
        names = names.namespaces[wanted]
    return names


def _build(candidate: Candidate, args: list[Any], kwargs: dict[str, Any]) -> str | None:
    """The path (not quoted, without its first slash), or None where this is not the way."""
    if any(route.parts is None for route in candidate.routes):
        return None
    parameters = candidate.parameters()
    wanted = [parameter.name for _, parameter in parameters]
    if args:
        if len(args) != len(wanted):
            return None
        values = args
    else:
        fixed = candidate.defaults
        if kwargs.keys() - set(wanted) - fixed.keys() or set(wanted) - kwargs.keys():
            return None
        if any(kwargs.get(name, value) != value for name, value in fixed.items()):
            return None
        values = [kwargs[name] for name in wanted]
    texts = [
        route.to_url(parameter, value)
        for (route, parameter), value in zip(parameters, values, strict=True)
    ]
    if None in texts:
        return None
    filled = iter(texts)
    parts = (part for route in candidate.routes for part in route.parts or ())
    return "".join(str(next(filled)) if isinstance(part, Parameter) else part for part in parts)


def _quoted(path: str) -> str:
    # "//host/" would be another host's address (RFC 3986, 4.2): never the start of a path.
    quoted = quote(path, safe=SAFE_IN_PATH)
    return f"/%2F{quoted[2:]}" if quoted.startswith("//") else quoted


def _complaint(
    root: Names,
    viewname: str | Callable[..., Any],
    candidates: Sequence[Candidate],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> str:
    if not candidates:
        if isinstance(viewname, str):
            return f"There is no URL named {viewname!r}.{_suggestion(root, viewname)}"
        return f"No URL pattern leads to the view {viewname!r}."
    if args:
        given = f"the arguments {tuple(args)!r}"
    elif kwargs:
        given = f"the keyword arguments {dict(kwargs)!r}"
    else:
        given = "no arguments"
    known = ", ".join(repr(candidate.text()) for candidate in candidates)
    patterns = "pattern" if len(candidates) == 1 else "patterns"
    only_matched = any(route.parts is None for way in candidates for route in way.routes)
    return (
        f"The URL named {viewname!r} cannot be made with {given}: {len(candidates)} {patterns} "
        f"tried, {known}."
        + (" (A regular expression as rich as this can only be matched.)" if only_matched else "")
    )


def _suggestion(root: Names, viewname: str) -> str:
    known = list(root.spoken())
    # The commonest slip is to leave the namespace out.
    same = sorted(name for name in known if name.rpartition(":")[2] == viewname)
    return f" Did you mean {same[0]!r}?" if same else did_you_mean(viewname, known)

"""The text of a pattern, read once, used both ways.

Step 4 of the trip. A route such as "<int:pk>/edit/" becomes a regular expression for
matching and a list of parts (text, parameter, text) for building the same path again. The
first is what Django, Flask and Rails do too; a router for thousands of routes would use a
tree of prefixes instead.

Django: https://docs.djangoproject.com/en/5.2/ref/urls/#path
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls.converters import Converter, get_converter
from miniframework.urls.unregex import Parameter, regex_parts


class RouteMatch(NamedTuple):
    rest: str  # of the path: what an included URLconf still has to match
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Route:
    """What both kinds share: a compiled regex, and the parts for building a path.

    `parts` holds text and `Parameter`s; it is None where a path cannot be built from the
    regular expression.
    """

    def __init__(self, text: str, regex: str, parts: Sequence[str | Parameter] | None) -> None:
        self.text = text
        self.regex = _compiled(regex, text)
        self.parts = parts
        self.converters: dict[str, Converter] = {}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.text!r}>"

    def match(self, path: str) -> RouteMatch | None:
        raise NotImplementedError

    def to_url(self, parameter: Parameter, value: Any) -> str | None:
        """The text for one parameter, or None where this route does not take such a value."""
        raise NotImplementedError


class PathRoute(Route):
    """A route in the manner of `path("<int:pk>/", ...)`."""

    PARAMETER = re.compile(r"<(?:(?P<type>[^>:]*):)?(?P<name>[^>]*)>")

    def __init__(self, text: str, is_endpoint: bool) -> None:
        regex, parts, converters = self._read(text)
        super().__init__(text, regex + r"\Z" if is_endpoint else regex, parts)
        self.converters = converters

    def match(self, path: str) -> RouteMatch | None:
        found = self.regex.match(path)
        if found is None:
            return None
        values = found.groupdict()
        for name, converter in self.converters.items():
            try:
                values[name] = converter.to_python(values[name])
            except ValueError:
                return None
        return RouteMatch(path[found.end() :], (), values)

    def to_url(self, parameter: Parameter, value: Any) -> str | None:
        try:
            text = self.converters[parameter.name].to_url(value)
        except ValueError:
            return None
        return text if re.fullmatch(parameter.regex, text) else None

    @classmethod
    def _read(cls, text: str) -> tuple[str, list[str | Parameter], dict[str, Converter]]:
        regex: list[str] = []
        parts: list[str | Parameter] = []
        converters: dict[str, Converter] = {}
        position = 0
        for found in cls.PARAMETER.finditer(text):
            literal = text[position : found.start()]
            name, type_name = found["name"], found["type"]
            _check_parameter(text, found[0], name, converters)
            converters[name] = get_converter("str" if type_name is None else type_name, text)
            regex += [re.escape(literal), f"(?P<{name}>{converters[name].regex})"]
            parts += [literal, Parameter(name, converters[name].regex)]
            position = found.end()
        regex.append(re.escape(text[position:]))
        parts.append(text[position:])
        return "".join(regex), parts, converters


class RegexRoute(Route):
    """A route in the manner of `re_path(r"^(?P<pk>[0-9]+)/$", ...)`: values stay text."""

    def __init__(self, text: str) -> None:
        super().__init__(text, text, regex_parts(text))

    def match(self, path: str) -> RouteMatch | None:
        found = self.regex.search(path)
        if found is None:
            return None
        # Named groups, where there are any, are the only arguments; one that took no part
        # in the match leaves the view's own default.
        kwargs = {name: text for name, text in found.groupdict().items() if text is not None}
        args = () if self.regex.groupindex else found.groups()
        return RouteMatch(path[found.end() :], args, kwargs)

    def to_url(self, parameter: Parameter, value: Any) -> str | None:
        text = str(value)
        return text if re.fullmatch(parameter.regex, text) else None


def _check_parameter(text: str, found: str, name: str, known: dict[str, Converter]) -> None:
    if re.search(r"\s", found):
        raise ImproperlyConfigured(
            f"URL route {text!r}: {found!r} contains white space; write {''.join(found.split())!r}."
        )
    if not name.isidentifier():
        raise ImproperlyConfigured(
            f"URL route {text!r}: the parameter {name!r} in {found!r} is not a Python "
            "identifier, so no view could take it as an argument."
        )
    if name in known:
        raise ImproperlyConfigured(f"URL route {text!r} uses the parameter {name!r} twice.")


def _compiled(regex: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except re.error as error:
        raise ImproperlyConfigured(
            f"URL route {text!r} is not a valid regular expression: {error}."
        ) from error

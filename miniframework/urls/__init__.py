"""From path to view: the fourth step of the trip, and its way back.

`resolve` takes a path apart and finds the view that a project's `urlpatterns` name for it;
`reverse` puts the path together again from the view's name and arguments, so that no
template ever writes an address by hand. Read in this order: converters, routes, patterns,
resolver, reversing.

Django: https://docs.djangoproject.com/en/5.2/topics/http/urls/
"""

from miniframework.urls.converters import get_converters, register_converter
from miniframework.urls.current import (
    get_script_prefix,
    get_urlconf,
    set_script_prefix,
    set_urlconf,
)
from miniframework.urls.exceptions import NoReverseMatch, Resolver404
from miniframework.urls.patterns import include, path, re_path
from miniframework.urls.resolver import (
    ResolverMatch,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
)
from miniframework.urls.reversing import is_valid_path, reverse, reverse_lazy

__all__ = [
    "NoReverseMatch",
    "Resolver404",
    "ResolverMatch",
    "URLPattern",
    "URLResolver",
    "get_converters",
    "get_resolver",
    "get_script_prefix",
    "get_urlconf",
    "include",
    "is_valid_path",
    "path",
    "re_path",
    "register_converter",
    "resolve",
    "reverse",
    "reverse_lazy",
    "set_script_prefix",
    "set_urlconf",
]

"""`{% load cache %}{% cache 60 sidebar user.pk %}`: a part of a page, made once in a while.

Step 7 of the trip.

Django: https://docs.djangoproject.com/en/5.2/topics/cache/#template-fragment-caching
"""

from typing import Any

from miniframework.cache import BaseCache, InvalidCacheBackendError, caches
from miniframework.cache.utils import make_template_fragment_key
from templating import Library, Node, NodeList, TemplateSyntaxError

register = Library()

FRAGMENTS = "template_fragments"  # the cache for them alone, where CACHES has one


class CacheNode(Node):
    def __init__(
        self, nodelist: NodeList, timeout: Any, fragment: str, vary_on: list[Any], using: Any
    ) -> None:
        self.nodelist = nodelist
        self.timeout = timeout
        self.fragment = fragment
        self.vary_on = vary_on
        self.using = using

    def render(self, context: Any) -> str:
        timeout = self._seconds(self.timeout.resolve(context))
        cache = self._cache(context)
        key = make_template_fragment_key(self.fragment, [e.resolve(context) for e in self.vary_on])
        text: str | None = cache.get(key)
        if text is None:
            text = self.nodelist.render(context)
            cache.set(key, text, timeout)
        return text

    def _seconds(self, value: Any) -> int | None:
        try:
            return None if value is None else int(value)
        except (ValueError, TypeError):
            raise TemplateSyntaxError(
                f"'cache' wants a number of seconds, or None for ever; found {value!r}."
            ) from None

    def _cache(self, context: Any) -> BaseCache:
        if self.using is None:
            return caches[FRAGMENTS if FRAGMENTS in caches else "default"]
        alias = self.using.resolve(context)
        try:
            return caches[alias]
        except InvalidCacheBackendError as error:
            raise TemplateSyntaxError(f"'cache' cannot use {alias!r}: {error}") from None


@register.tag("cache")
def do_cache(parser: Any, token: Any) -> CacheNode:
    """`{% cache seconds name value... using="alias" %}...{% endcache %}`"""
    nodelist = parser.parse(("endcache",))
    parser.delete_first_token()
    words = token.split_contents()[1:]
    using = None
    if len(words) > 2 and words[-1].startswith("using="):
        using = parser.compile_filter(words.pop().removeprefix("using="))
    if len(words) < 2:
        raise TemplateSyntaxError("'cache' wants a number of seconds and a name: {% cache 60 x %}.")
    timeout, name, *vary_on = words
    expressions = [parser.compile_filter(word) for word in vary_on]
    return CacheNode(nodelist, parser.compile_filter(timeout), name, expressions, using)

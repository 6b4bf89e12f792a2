"""Which lookups and transforms a field has: a table of names on each class.

Step 6 of the trip. `filter(name__length__gt=3)` looks up "length", then "gt", first on the
field itself, then on its class and on those above. Whoever writes a lookup registers it:

    CharField.register_lookup(Length)

Django's page "Lookup API reference"; in Django: `django.db.models.query_utils`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar


class class_or_instance_method:  # noqa: N801 (a decorator, as classmethod is)
    """A method of a class, `cls.method()`, and of its instances alike."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method = method

    def __get__(self, instance: Any, owner: Any) -> Callable[..., Any]:
        return self.method.__get__(owner if instance is None else instance)  # type: ignore[no-any-return]


class RegisterLookupMixin:
    """What has lookups: fields, and transforms, whose own come before those of their result."""

    class_lookups: ClassVar[dict[str, Any]] = {}

    @class_or_instance_method
    def register_lookup(self, lookup: Any, lookup_name: str | None = None) -> Any:
        """Make a Lookup or Transform known to this class and its subclasses, or to one field.

        Also a decorator: `@CharField.register_lookup`.
        """
        if "class_lookups" not in self.__dict__:
            self.class_lookups = {}  # type: ignore[misc]
        self.class_lookups[lookup_name or lookup.lookup_name] = lookup
        _of_class.cache_clear()
        return lookup

    @class_or_instance_method
    def _unregister_lookup(self, lookup: Any, lookup_name: str | None = None) -> None:
        del self.__dict__["class_lookups"][lookup_name or lookup.lookup_name]
        _of_class.cache_clear()

    def get_lookups(self) -> dict[str, Any]:
        """Every lookup and transform by name."""
        found: dict[str, Any] = {}
        for each in reversed((self, *type(self).__mro__)):
            found.update(each.__dict__.get("class_lookups", {}))
        return found

    def _registered(self, name: str, is_transform: bool) -> Any:
        own = self.__dict__.get("class_lookups", {}).get(name)
        if own and hasattr(own, "bilateral") == is_transform:
            return own
        owner: Any = type(self)
        return _of_class(owner, name, is_transform)

    def get_lookup(self, lookup_name: str) -> Any:
        """The lookup of that name, or None."""
        return self._registered(lookup_name, is_transform=False)

    def get_transform(self, lookup_name: str) -> Any:
        """The transform of that name, or None."""
        return self._registered(lookup_name, is_transform=True)


@lru_cache(maxsize=1000)
def _of_class(owner: Any, name: str, is_transform: bool) -> Any:
    """What the nearest of a class and those above it has under the name; None: none of them."""
    for each in owner.__mro__:
        found = each.__dict__.get("class_lookups", {}).get(name)
        if found and hasattr(found, "bilateral") == is_transform:
            return found
    return None

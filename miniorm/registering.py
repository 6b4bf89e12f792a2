"""Which lookups and transforms a field has: a table of names on each class.

Step 6 of the trip. `filter(name__length__gt=3)` looks up "length", then "gt", first on the
field itself, then on its class and on those above. Whoever writes a lookup registers it:

    CharField.register_lookup(Length)

Django's page "Lookup API reference"; in Django: `django.db.models.query_utils`.
"""

from collections.abc import Callable
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
        return lookup

    @class_or_instance_method
    def _unregister_lookup(self, lookup: Any, lookup_name: str | None = None) -> None:
        del self.__dict__["class_lookups"][lookup_name or lookup.lookup_name]

    def _tables(self) -> list[dict[str, Any]]:
        """The nearest first."""
        owners = [self, *type(self).__mro__]
        return [table for each in owners if (table := each.__dict__.get("class_lookups"))]

    def get_lookups(self) -> dict[str, Any]:
        """Every lookup and transform by name."""
        found: dict[str, Any] = {}
        for table in reversed(self._tables()):
            found.update(table)
        return found

    def _registered(self, name: str, is_transform: bool) -> Any:
        for table in self._tables():
            if (found := table.get(name)) and hasattr(found, "bilateral") == is_transform:
                return found
        return None

    def get_lookup(self, lookup_name: str) -> Any:
        """The lookup of that name, or None."""
        return self._registered(lookup_name, is_transform=False)

    def get_transform(self, lookup_name: str) -> Any:
        """The transform of that name, or None."""
        return self._registered(lookup_name, is_transform=True)

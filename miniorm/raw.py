"""Objects of SQL that is written by hand: `Question.objects.raw("SELECT ...", [params])`.

Step 6 of the trip: the shelf. A column goes to the field whose column is called so; a field
that is not among them is fetched when it is asked for, a column that is no field's is an attribute.

Django's page "Performing raw SQL queries"; in Django: `django.db.models.query.RawQuerySet`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.errors import FieldDoesNotExist
from miniorm.prefetch import prefetch_related_objects


class RawQuerySet:
    """Asked once, when its rows are looked at."""

    def __init__(
        self,
        raw_query: str,
        model: Any = None,
        params: Any = (),
        translations: Mapping[str, str] | None = None,
        using: str | None = None,
    ) -> None:
        self.raw_query = raw_query
        self.model = model
        self.params = params or ()
        self.translations = dict(translations or {})
        self._db = using
        self._prefetch: tuple[Any, ...] = ()
        self._result_cache: list[Any] | None = None

    def __repr__(self) -> str:
        return f"<RawQuerySet: {self.raw_query}>"

    @property
    def db(self) -> str:
        return self._db or DEFAULT_ALIAS

    def using(self, alias: str) -> "RawQuerySet":
        return RawQuerySet(self.raw_query, self.model, self.params, self.translations, alias)

    def prefetch_related(self, *lookups: Any) -> "RawQuerySet":
        twin = self.using(self.db)
        twin._prefetch = () if lookups == (None,) else (*self._prefetch, *lookups)
        return twin

    def __len__(self) -> int:
        return len(self._fetched())

    def __bool__(self) -> bool:
        return bool(self._fetched())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._fetched())

    def __getitem__(self, key: Any) -> Any:
        return self._fetched()[key]

    def iterator(self) -> Iterator[Any]:
        return iter(self._asked()[1])

    @property
    def columns(self) -> list[str]:
        """The columns of the answer, under the names of the fields that they are to be."""
        return self._asked()[0]

    def _fetched(self) -> list[Any]:
        if self._result_cache is None:
            self._result_cache = self._asked()[1]
            prefetch_related_objects(self._result_cache, *self._prefetch)
        return self._result_cache

    def _asked(self) -> tuple[list[str], list[Any]]:
        connection = connections[self.db]
        cursor = connection.execute(self.raw_query, self.params or None)
        with connection.wrap_database_errors():
            rows = cursor.fetchall()
        columns = [self.translations.get(each[0], each[0]) for each in cursor.description]
        return columns, self._objects(columns, rows, connection)

    def _objects(self, columns: list[str], rows: list[Any], connection: Any) -> list[Any]:
        meta = self.model._meta
        fields: dict[str, Any] = {}
        for field in meta.fields:
            for name in (field.column, field.attname, field.name):
                fields.setdefault(name.lower(), field)
        known = [fields.get(name.lower()) for name in columns]
        if meta.pk not in known:
            raise FieldDoesNotExist("Raw query must include the primary key")
        converters = [field and field.converter(connection) for field in known]
        names = [field.attname for field in known if field is not None]
        found = []
        for row in rows:
            values = [
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, converters, strict=True)
            ]
            own = [value for value, field in zip(values, known, strict=True) if field is not None]
            instance = self.model.from_db(self.db, names, own)
            for name, value, field in zip(columns, values, known, strict=True):
                if field is None:
                    setattr(instance, name, value)
            found.append(instance)
        return found

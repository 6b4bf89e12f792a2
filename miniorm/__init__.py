"""The database layer of glasstack: from `objects.filter(...)` to SQL and back (step 6).

A manager gives a lazy QuerySet; its methods build a Query, an immutable value; a compiler
writes that as SQL for the database at hand; a generated loader makes objects of the rows.
Alone:

    import miniorm
    from miniorm import models
    miniorm.connect("sqlite:///library.db")

Reading order: model, modelbase, inheritance, fields, options, manager, queryset, querysets, query,
conditions, expressions, aggregates, lookups, listlookups, textlookups, datelookups, compiler,
nested, results, rows, writing, relations, related, manytomany, linked, prefetch, deletion; then
connections, transaction and backends. The names are Django's; this package stands for `django.db`.
No back end is loaded until a database is opened.
"""

from miniorm import transaction
from miniorm.configuration import DEFAULT_ALIAS, configure, connect
from miniorm.connections import close_old_connections, connection, connections, reset_queries
from miniorm.errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

DEFAULT_DB_ALIAS = DEFAULT_ALIAS

__all__ = [
    "DEFAULT_DB_ALIAS",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "close_old_connections",
    "configure",
    "connect",
    "connection",
    "connections",
    "reset_queries",
    "transaction",
]

"""The cursor: SQL that is written by hand, and the driver's errors made miniorm's.

Step 6 of the trip, its lower end. `with connection.cursor() as cursor:` is the way round
the models, to any SQL. The querysets' own statements pass `WrapDatabaseErrors` as well, so
that above the back ends one family of errors is all there is to know.

PEP 249, "Cursor Objects" and "Exceptions". In Django: `django.db.backends.utils` and
`django.db.utils`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from miniorm.errors import InterfaceError

if TYPE_CHECKING:
    from miniorm.backends.base import DatabaseWrapper

Params = Sequence[Any] | Mapping[str, Any] | None


class Cursor:
    """Django's cursor: the driver's, with miniorm's errors, announcements and record."""

    def __init__(self, wrapper: "DatabaseWrapper") -> None:
        self._wrapper = wrapper
        self._cursor: Any = None

    def execute(self, sql: str, params: Params = None) -> "Cursor":
        """Run `sql`. Without `params` it runs as it is; with them "%%" is a percent sign."""
        self._cursor = self._wrapper.execute(sql, params)
        return self

    def executemany(self, sql: str, param_list: Sequence[Sequence[Any]]) -> "Cursor":
        self._cursor = self._wrapper.execute(sql, param_list, many=True)
        return self

    def fetchone(self) -> Any:
        return self._fetch("fetchone")

    def fetchmany(self, size: int = 1) -> list[Any]:
        return list(self._fetch("fetchmany", size))

    def fetchall(self) -> list[Any]:
        return list(self._fetch("fetchall"))

    def _fetch(self, method: str, *arguments: Any) -> Any:
        with self._wrapper.wrap_database_errors():
            return getattr(self._executed(), method)(*arguments)

    def _executed(self) -> Any:
        if self._cursor is None:
            raise InterfaceError("This cursor has no result: call execute() first.")
        return self._cursor

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    @property
    def description(self) -> Any:
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        return -1 if self._cursor is None else int(self._cursor.rowcount)

    def close(self) -> None:
        if self._cursor is not None:
            self._cursor.close()

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class WrapDatabaseErrors:
    """Inside this `with`, the driver's errors come out as those of miniorm.errors.

    A plain class, not @contextmanager: every statement passes here, and it is 4x cheaper.
    """

    __slots__ = ("wrapper",)

    def __init__(self, wrapper: "DatabaseWrapper") -> None:
        self.wrapper = wrapper

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            return
        wrapper = self.wrapper
        # Too large an integer, or text that is not Unicode, is refused by the driver's C
        # code before the database sees it, and so not under one of PEP 249's names.
        if isinstance(error, (wrapper.driver_error, OverflowError, UnicodeEncodeError)):
            wrapper.errors_occurred = True
            # PostgreSQL takes nothing more after an error inside a transaction; so that
            # code written on one database is right on both, neither do we on SQLite.
            if wrapper.in_atomic_block:
                wrapper.needs_rollback = True
            raise wrapper.translate(error) from error

"""Locks on rows: SELECT ... FOR UPDATE.

Step 6 of the trip. Who has read a row under a lock may change it, and nobody else has done so
in between. SQLite has one writer at a time and needs no such thing: there it says nothing.

PostgreSQL's manual, "The Locking Clause"; Django's page "QuerySet API reference",
select_for_update().
"""

from typing import Any, NamedTuple

from miniorm.errors import FieldError, TransactionManagementError


class Lock(NamedTuple):
    """What select_for_update() asks for."""

    nowait: bool = False
    skip_locked: bool = False
    of: tuple[str, ...] = ()
    no_key: bool = False

    def sql(self, compiler: Any) -> str:
        """What stands at the end of the SELECT; "" where the database has no locks on rows."""
        connection = compiler.connection
        if not connection.features.has_select_for_update:
            return ""
        if not connection.in_atomic_block:
            raise TransactionManagementError(
                "select_for_update cannot be used outside of a transaction."
            )
        words = ["FOR NO KEY UPDATE" if self.no_key else "FOR UPDATE"]
        if self.of:
            words.append("OF " + ", ".join(self._table(compiler, name) for name in self.of))
        if self.nowait or self.skip_locked:
            words.append("NOWAIT" if self.nowait else "SKIP LOCKED")
        return " ".join(words)

    def _table(self, compiler: Any, name: str) -> str:
        query = compiler.query
        if name == "self":
            return compiler.alias(())  # type: ignore[no-any-return]
        ways = {"__".join(join.relation.name for join in path): path for path in query.related}
        if name not in ways:
            raise FieldError(
                f"Invalid field name(s) given in select_for_update(of=(...)): {name}. Only "
                "relational fields followed in the query are allowed. Choices are: "
                f"{', '.join(['self', *ways])}."
            )
        return compiler.alias(ways[name])  # type: ignore[no-any-return]

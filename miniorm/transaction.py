"""All or nothing: `atomic()`, savepoints, and what waits for the commit.

Step 6 of the trip. Without a transaction every statement stands for itself, and is kept
at once. Inside `atomic()` they stand or fall together:

    with transaction.atomic():
        account.save()
        transaction.on_commit(lambda: send_receipt(account))   # once it is certain

The outermost block is a transaction, a block inside it a savepoint: an error that leaves
the inner block undoes only what happened there, and the outer one can go on. An error
that leaves the outermost undoes all.

The SQL standard's "transaction management"; Django's page "Database transactions" (what
is here has its names and its behaviour; `read_only` is ours).
"""

from collections.abc import Callable
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any, overload

from miniorm.backends.base import DatabaseWrapper
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.errors import Error, ProgrammingError, TransactionManagementError


class Atomic(ContextDecorator):
    """One `with atomic():` block, or the decorator of a function.

    It holds nothing of a block under way, since a decorated function may be running in
    several threads, or in itself: that is the connection's, on a stack.
    """

    def __init__(
        self, using: str | None, savepoint: bool, durable: bool, read_only: bool = False
    ) -> None:
        self.using = using
        self.savepoint = savepoint
        self.durable = durable
        self.read_only = read_only

    def __enter__(self) -> None:
        connection = get_connection(self.using)
        if connection.in_atomic_block:
            self._enter_nested(connection)
        else:
            connection.begin(self.read_only)
            connection.in_atomic_block = True
            connection.needs_rollback = False

    def _enter_nested(self, connection: DatabaseWrapper) -> None:
        if self.durable:
            raise RuntimeError(
                "atomic(durable=True) must be the outermost block, since only the end of that "
                "one commits; here it stands inside another atomic()."
            )
        # In a spoilt transaction no savepoint can be set; the block still has its level.
        wanted = self.savepoint and not connection.needs_rollback
        connection.savepoint_ids.append(connection.savepoint() if wanted else None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection = get_connection(self.using)
        keep = kind is None and not connection.needs_rollback
        if connection.savepoint_ids:
            sid = connection.savepoint_ids.pop()
            if keep:
                _release(connection, sid)
            else:
                _undo(connection, sid)
        elif keep:
            _commit(connection)
        else:
            _rollback(connection)


def _release(connection: DatabaseWrapper, sid: str | None) -> None:
    """End an inner block well: what it did is now the outer block's."""
    if sid is None:
        return
    try:
        connection.savepoint_commit(sid)
    except Error:
        _undo(connection, sid)
        raise


def _undo(connection: DatabaseWrapper, sid: str | None) -> None:
    """End an inner block badly: go back to its savepoint, or spoil the outer block."""
    if sid is None:
        connection.needs_rollback = True
        return
    try:
        connection.savepoint_rollback(sid)
        # ROLLBACK TO keeps the savepoint itself, so that it could be used again.
        connection.savepoint_commit(sid)
    except Error:
        connection.needs_rollback = True
    else:
        connection.needs_rollback = False


def _commit(connection: DatabaseWrapper) -> None:
    try:
        connection.commit_transaction()
    except BaseException:
        # A constraint that was deferred to the end speaks only now; also where the answer
        # is lost with the connection, nothing half done is left behind.
        _rollback(connection)
        raise
    connection.in_atomic_block = False
    connection.run_commit_hooks()


def _rollback(connection: DatabaseWrapper) -> None:
    try:
        connection.rollback_transaction()
    finally:
        connection.in_atomic_block = False
        connection.needs_rollback = False


@overload
def atomic(using: Callable[..., Any]) -> Callable[..., Any]: ...
@overload
def atomic(
    using: str | None = None,
    savepoint: bool = True,
    durable: bool = False,
    *,
    read_only: bool = False,
) -> Atomic: ...
def atomic(
    using: str | Callable[..., Any] | None = None,
    savepoint: bool = True,
    durable: bool = False,
    *,
    read_only: bool = False,
) -> Any:
    """A block (`with atomic():`) or a function (`@atomic`) that happens whole or not at all.

    `using` is a database's alias. With `savepoint=False` an inner block has none, and an
    error leaving it spoils the outer one. `durable=True` refuses to be an inner block.
    With `read_only=True` an outermost block only looks, all its queries see one moment,
    and it waits for no writer.
    """
    if callable(using):
        return Atomic(DEFAULT_ALIAS, savepoint, durable, read_only)(using)
    return Atomic(using, savepoint, durable, read_only)


def get_connection(using: str | None = None) -> DatabaseWrapper:
    """This thread's connection to the database `using`, or to the default one."""
    return connections[using or DEFAULT_ALIAS]


def on_commit(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
    """Call `func` once the transaction is committed, and never if it is rolled back.

    Outside a transaction it is called at once. What it raises reaches whoever leaves the
    outermost block, after the commit; with `robust` it is logged instead.
    """
    get_connection(using).on_commit(func, robust)


def get_rollback(using: str | None = None) -> bool:
    """Whether the current block is going to be rolled back as it ends."""
    return _inside(using).needs_rollback


def set_rollback(rollback: bool, using: str | None = None) -> None:
    """Have the innermost block rolled back as it ends without an error, or not after all."""
    _inside(using).needs_rollback = rollback


def _inside(using: str | None) -> DatabaseWrapper:
    connection = get_connection(using)
    if not connection.in_atomic_block:
        raise TransactionManagementError("There is no rollback flag outside an atomic() block.")
    return connection


def savepoint(using: str | None = None) -> str | None:
    """Set a savepoint; its name, for the two below. None outside a transaction."""
    connection = get_connection(using)
    return connection.savepoint() if connection.in_atomic_block else None


def savepoint_rollback(sid: str | None, using: str | None = None) -> None:
    """Undo everything since the savepoint."""
    if sid is not None:
        _savepoint_known(using, sid).savepoint_rollback(sid)


def savepoint_commit(sid: str | None, using: str | None = None) -> None:
    """Forget the savepoint; what was done since stays part of the transaction."""
    if sid is not None:
        _savepoint_known(using, sid).savepoint_commit(sid)


def _savepoint_known(using: str | None, sid: str) -> DatabaseWrapper:
    connection = get_connection(using)
    if not connection.in_atomic_block:
        raise ProgrammingError(f"The savepoint {sid!r} ended with its transaction.")
    return connection

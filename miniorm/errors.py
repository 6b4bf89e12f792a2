"""What can go wrong with data, by name.

Step 6 of the trip. Four families, all under Django's names:

- what a database driver reports. PEP 249 prescribes the tree of classes, so that code
  can catch `IntegrityError` without knowing which driver is below. miniorm catches the
  driver's own class and raises its namesake from here, with the driver's as `__cause__`.
- what a query or a model finds: no row, several rows, a field that does not exist.
- what a value is: `ValidationError`, for one value, a list of them or a form of fields.
- how miniorm is used: settings that make no sense, a transaction that is already lost.

In Django: `django.db.utils`, `django.core.exceptions`, `django.db.models.deletion`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

NON_FIELD_ERRORS = "__all__"


# --- what the database reports (PEP 249, "Exceptions") --------------------------------


class Error(Exception):
    """Everything the database or its driver can report."""


class InterfaceError(Error):
    """The driver was used wrongly, or the connection is closed: no SQL was at fault."""


class DatabaseError(Error):
    """The database refused or failed to do what it was asked."""


class DataError(DatabaseError):
    """A value does not fit: out of range, too long, not of the type."""


class OperationalError(DatabaseError):
    """Not the programmer's fault, in principle: no connection, a lock, a full disk."""


class IntegrityError(DatabaseError):
    """A constraint holds: UNIQUE, NOT NULL, CHECK or FOREIGN KEY."""


class InternalError(DatabaseError):
    """The database is in a state that does not allow this now."""


class ProgrammingError(DatabaseError):
    """The SQL is wrong: its syntax, a name in it, the number of parameters."""


class NotSupportedError(DatabaseError):
    """This database cannot do that at all."""


class TransactionManagementError(ProgrammingError):
    """The transaction cannot be used in this way, often because it is lost already."""


class ProtectedError(IntegrityError):
    """A row cannot be deleted: others point to it with on_delete=PROTECT."""

    def __init__(self, message: str, protected_objects: Iterable[Any]) -> None:
        self.protected_objects = set(protected_objects)
        super().__init__(message, self.protected_objects)


class RestrictedError(IntegrityError):
    """A row cannot be deleted: others point to it with on_delete=RESTRICT."""

    def __init__(self, message: str, restricted_objects: Iterable[Any]) -> None:
        self.restricted_objects = set(restricted_objects)
        super().__init__(message, self.restricted_objects)


# --- what a query or a model finds ----------------------------------------------------


class ObjectDoesNotExist(Exception):
    """No row answers; every model has a subclass of it as `Model.DoesNotExist`."""

    silent_variable_failure = True  # a template shows nothing in its place


class MultipleObjectsReturned(Exception):
    """More than one row answers where one was asked for."""


class FieldError(Exception):
    """A field is used in a way it does not allow, or is not known in a query."""


class FieldDoesNotExist(Exception):
    """`_meta.get_field()` was asked for a field the model does not have."""


class EmptyResultSet(Exception):
    """No row can ever match (`pk__in=[]`), so that the database need not be asked."""


# --- how miniorm is used --------------------------------------------------------------


class ImproperlyConfigured(Exception):
    """The settings make no sense, or something they need is missing."""


class ConnectionDoesNotExist(ImproperlyConfigured):
    """No database is configured under this alias."""


# --- what a value is ------------------------------------------------------------------

Messages = Any  # a str, a ValidationError, or a list or a dict of them


class ValidationError(Exception):
    """A value, or several, that a field or a model does not accept.

    `ValidationError("Too short by %(count)d", code="short", params={"count": 3})` is one
    message; a list of messages or errors makes one error of many, in `error_list`; a
    mapping of field name to messages makes one of a whole form, in `error_dict`.
    """

    error_list: list["ValidationError"]

    def __init__(
        self,
        message: Messages,
        code: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code, params)
        if isinstance(message, ValidationError):
            message = self._content_of(message)

        if isinstance(message, Mapping):
            self.error_dict = {
                field: _as_error(messages).error_list for field, messages in message.items()
            }
            self.error_list = [one for many in self.error_dict.values() for one in many]
        elif isinstance(message, list | tuple):
            self.error_list = [one for item in message for one in _as_error(item).error_list]
        else:
            self.message = message
            self.code = code
            self.params = params
            self.error_list = [self]

    @staticmethod
    def _content_of(error: "ValidationError") -> Messages:
        if hasattr(error, "error_dict"):
            return error.error_dict
        return error.error_list

    @property
    def message_dict(self) -> dict[str, list[str]]:
        """Field name to texts. AttributeError where the error is not one of a form."""
        return {field: _texts(many) for field, many in self.error_dict.items()}

    @property
    def messages(self) -> list[str]:
        """Every text, the parameters filled in."""
        return _texts(self.error_list)

    def update_error_dict(self, errors: dict[str, Any]) -> dict[str, Any]:
        """Add what is in here to `errors` (field name to a list of errors)."""
        mine = getattr(self, "error_dict", {NON_FIELD_ERRORS: self.error_list})
        for field, many in mine.items():
            errors.setdefault(field, []).extend(many)
        return errors

    def __iter__(self) -> Iterator[Any]:
        if hasattr(self, "error_dict"):
            yield from self.message_dict.items()
        else:
            yield from self.messages

    def __str__(self) -> str:
        if hasattr(self, "error_dict"):
            return repr(self.message_dict)
        return repr(self.messages)

    def __repr__(self) -> str:
        return f"ValidationError({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ValidationError):
            return NotImplemented
        return hash(self) == hash(other)

    def __hash__(self) -> int:
        if hasattr(self, "error_dict"):
            return hash(
                frozenset((field, frozenset(many)) for field, many in self.error_dict.items())
            )
        if hasattr(self, "message"):
            return hash((str(self.message), self.code, repr(self.params)))
        return hash(frozenset(self.error_list))


def _as_error(messages: Messages) -> ValidationError:
    return messages if isinstance(messages, ValidationError) else ValidationError(messages)


def _texts(errors: Iterable[ValidationError]) -> list[str]:
    # Only a message that came with parameters is a format: a lone "100%" stays as it is.
    return [str(one.message % one.params if one.params else one.message) for one in errors]

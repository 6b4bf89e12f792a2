"""What may go wrong in the framework, named for what went wrong.

An exception that leaves a view becomes a response on its way out (step 9): the classes
here are the ones that the handler knows by name. `SuspiciousOperation` and its family
mean that a client sent what no honest client sends (400), `PermissionDenied` that it may
not (403). What the ORM raises is the ORM's own, and listed here under Django's address.

Django: https://docs.djangoproject.com/en/5.2/ref/exceptions/
"""

from miniorm.errors import (
    FieldDoesNotExist,
    FieldError,
    ImproperlyConfigured,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)

NON_FIELD_ERRORS = "__all__"


class PermissionDenied(Exception):
    """The client may not do this: 403."""


class ViewDoesNotExist(Exception):
    """The URLconf names a view that is not there."""


class MiddlewareNotUsed(Exception):
    """A middleware raises this from `__init__` to be left out of the onion."""


class BadRequest(Exception):
    """The request is malformed and cannot be processed: 400."""


class SuspiciousOperation(Exception):
    """The client did something that smells of an attack: 400, and a line in the log."""


class DisallowedHost(SuspiciousOperation):
    """The Host field names a host that settings.ALLOWED_HOSTS does not."""


class DisallowedRedirect(SuspiciousOperation):
    """A redirect to a scheme such as "javascript:"."""


class TooManyFieldsSent(SuspiciousOperation):
    """More fields than settings.DATA_UPLOAD_MAX_NUMBER_FIELDS."""


class TooManyFilesSent(SuspiciousOperation):
    """More files than settings.DATA_UPLOAD_MAX_NUMBER_FILES."""


class RequestDataTooBig(SuspiciousOperation):
    """More data than settings.DATA_UPLOAD_MAX_MEMORY_SIZE, the files not counted."""


class SuspiciousFileOperation(SuspiciousOperation):
    """A file name that would lead out of its folder."""


__all__ = [
    "NON_FIELD_ERRORS",
    "BadRequest",
    "DisallowedHost",
    "DisallowedRedirect",
    "FieldDoesNotExist",
    "FieldError",
    "ImproperlyConfigured",
    "MiddlewareNotUsed",
    "MultipleObjectsReturned",
    "ObjectDoesNotExist",
    "PermissionDenied",
    "RequestDataTooBig",
    "SuspiciousFileOperation",
    "SuspiciousOperation",
    "TooManyFieldsSent",
    "TooManyFilesSent",
    "ValidationError",
    "ViewDoesNotExist",
]

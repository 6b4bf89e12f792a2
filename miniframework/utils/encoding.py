"""Between text, bytes and the ASCII that a URL is written in.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.encoding
"""

from typing import Any
from urllib.parse import quote


def force_bytes(value: Any, encoding: str = "utf-8") -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(encoding)


def force_str(value: Any, encoding: str = "utf-8") -> str:
    return value.decode(encoding) if isinstance(value, bytes) else str(value)


def iri_to_uri(iri: str) -> str:
    """A URL in ASCII: what lies outside is percent-encoded as UTF-8 (RFC 3987, 3.1).

    What is percent-encoded already stays as it is, so twice is the same as once.
    """
    return quote(iri, safe="/#%[]=:;$&()+,!?*@'~")


def escape_uri_path(path: str) -> str:
    """A decoded path, encoded again for a URL: "?", "#" and "%" in it are letters there."""
    return quote(path, safe="/:;@&+$,=!*'()~")

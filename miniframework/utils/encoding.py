"""Between text, bytes and the ASCII that a URL is written in.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.encoding
"""

import codecs
from typing import Any
from urllib.parse import quote

# What Python calls an encoding and no browser does: some of them fail on bytes that they do
# not like though told to replace those, and some take minutes over a megabyte.
PYTHON_ONLY = {
    "idna",
    "mbcs",
    "oem",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
}


def is_text_encoding(name: str) -> bool:
    """Whether any bytes may be decoded by this name with "replace" and give text."""
    try:
        "".encode(name)  # which refuses "hex" and others that give no text
        return codecs.lookup(name).name.replace("_", "-") not in PYTHON_ONLY
    except (LookupError, ValueError):
        return False


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
    """A decoded path, encoded again for a URL: "?", "#" and "%" in it are letters there.

    So are ";" and "=", which would set a parameter of the segment (RFC 3986, 3.3).
    """
    return quote(path, safe="/:@&+$,!*'()~")

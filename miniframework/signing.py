"""Values that the client may keep but not change: signed with SECRET_KEY.

Steps 3 and 10 of the trip: signed cookies, links in mails. "value:signature", where the
signature is HMAC-SHA256 of the value: whoever has no key can neither make one nor change
a letter. It is not encryption, anyone can read the value.

RFC 2104 (HMAC).  Django: https://docs.djangoproject.com/en/5.2/topics/signing/
"""

import base64
import datetime
import json
import re
import time
import zlib
from typing import Any

from miniframework.conf import settings
from miniframework.utils.crypto import constant_time_compare, salted_hmac

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# A separator of these could be part of a signature or a timestamp.
UNSAFE_SEPARATOR = re.compile(r"^[A-Za-z0-9\-_=]*$")
# A few kilobytes of zeros compress into a signed value of gigabytes: loads() stops here.
MAX_UNPACKED = 10 * 1024 * 1024  # bytes


class BadSignature(Exception):
    """The signature does not fit the value."""


class SignatureExpired(BadSignature):
    """It fits, but it is older than max_age."""


def b62_encode(number: int) -> str:
    if number == 0:
        return "0"
    sign, number = ("-", -number) if number < 0 else ("", number)
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return sign + digits


def b62_decode(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    number = 0
    for digit in digits:
        number = number * 62 + BASE62.index(digit)
    return sign * number


def b64_encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def b64_decode(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))


class JSONSerializer:
    """A value as the shortest JSON, in bytes."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":")).encode("utf-8")

    def loads(self, data: bytes) -> Any:
        return json.loads(data.decode("utf-8"))


class Signer:
    def __init__(
        self,
        *,
        key: str | bytes | None = None,
        sep: str = ":",
        salt: str | None = None,
        algorithm: str = "sha256",
        fallback_keys: list[str] | None = None,
    ) -> None:
        self.key = settings.SECRET_KEY if key is None else key
        keys = settings.SECRET_KEY_FALLBACKS if fallback_keys is None else fallback_keys
        self.fallback_keys = list(keys)
        self.sep = sep
        self.salt = salt or f"{type(self).__module__}.{type(self).__name__}"
        self.algorithm = algorithm
        if UNSAFE_SEPARATOR.match(sep):
            raise ValueError(f"sep={sep!r} could be part of what it separates; ':' could not.")

    def signature(self, value: str, key: str | bytes | None = None) -> str:
        mac = salted_hmac(
            self.salt + "signer", value, self.key if key is None else key, algorithm=self.algorithm
        )
        return b64_encode(mac.digest()).decode()

    def sign(self, value: str) -> str:
        return f"{value}{self.sep}{self.signature(value)}"

    def unsign(self, signed_value: str) -> str:
        """The value; BadSignature where it is not the one that was signed."""
        value, separator, signature = signed_value.rpartition(self.sep)
        if not separator:
            raise BadSignature(f"There is no {self.sep!r} in the signed value.")
        # All the keys, also when an early one fits, so that time does not tell which.
        fits = [
            constant_time_compare(signature, self.signature(value, key))
            for key in (self.key, *self.fallback_keys)
        ]
        if not any(fits):
            raise BadSignature("The signature does not fit the value.")
        return value

    def sign_object(
        self, obj: Any, serializer: type[JSONSerializer] = JSONSerializer, compress: bool = False
    ) -> str:
        """Any value that JSON knows, signed; compressed (a "." before it) if that is shorter."""
        data = serializer().dumps(obj)
        packed = zlib.compress(data) if compress else data
        shorter = len(packed) < len(data) - 1
        text = b64_encode(packed if shorter else data).decode()
        return self.sign(f".{text}" if shorter else text)

    def unsign_object(
        self,
        signed_obj: str,
        serializer: type[JSONSerializer] = JSONSerializer,
        **kwargs: Any,
    ) -> Any:
        text = self.unsign(signed_obj, **kwargs)
        data = b64_decode(text.removeprefix(".").encode())
        return serializer().loads(unpacked(data) if text.startswith(".") else data)


def unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, MAX_UNPACKED)
    if unpacker.unconsumed_tail:
        raise BadSignature(f"The value unpacks to more than {MAX_UNPACKED} bytes.")
    return text


class TimestampSigner(Signer):
    """Signs the time with the value, so that it can expire."""

    def timestamp(self) -> str:
        return b62_encode(int(time.time()))

    def sign(self, value: str) -> str:
        return super().sign(f"{value}{self.sep}{self.timestamp()}")

    def unsign(self, signed_value: str, max_age: float | datetime.timedelta | None = None) -> str:
        """The value; SignatureExpired where it was signed more than `max_age` seconds ago."""
        value, separator, timestamp = super().unsign(signed_value).rpartition(self.sep)
        try:
            signed_at = b62_decode(timestamp)
        except ValueError:
            separator = ""
        if not separator or not timestamp:  # it was signed by a Signer without a clock
            raise BadSignature("The signed value has no timestamp.")
        if max_age is not None:
            if isinstance(max_age, datetime.timedelta):
                max_age = max_age.total_seconds()
            age = time.time() - signed_at
            if age > max_age:
                raise SignatureExpired(f"The signature is {age:.0f} s old, {max_age} s allowed.")
        return value


def dumps(
    obj: Any, key: str | None = None, salt: str = "miniframework.signing", compress: bool = False
) -> str:
    """A value as text that fits into a URL, signed with the time."""
    return TimestampSigner(key=key, salt=salt).sign_object(obj, compress=compress)


def loads(
    s: str,
    key: str | None = None,
    salt: str = "miniframework.signing",
    max_age: float | datetime.timedelta | None = None,
) -> Any:
    """What `dumps` was given; BadSignature or SignatureExpired where it cannot be trusted."""
    return TimestampSigner(key=key, salt=salt).unsign_object(s, max_age=max_age)


def get_cookie_signer(salt: str = "miniframework.signing.cookies") -> TimestampSigner:
    # Keys of their own: who sees what is signed elsewhere learns nothing for a cookie.
    return TimestampSigner(
        key=f"miniframework.cookies{settings.SECRET_KEY}",
        fallback_keys=[f"miniframework.cookies{key}" for key in settings.SECRET_KEY_FALLBACKS],
        salt=salt,
    )

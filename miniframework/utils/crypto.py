"""What signing and CSRF are made of: random text, keyed hashes, comparison without a clock.

Django: django.utils.crypto.  HMAC: RFC 2104.
"""

import hashlib
import hmac
import secrets
import string

from miniframework.conf import settings

RANDOM_STRING_CHARS = string.ascii_letters + string.digits


def get_random_string(length: int, allowed_chars: str = RANDOM_STRING_CHARS) -> str:
    return "".join(secrets.choice(allowed_chars) for _ in range(length))


def constant_time_compare(one: str | bytes, other: str | bytes) -> bool:
    """Whether both are equal, in a time that does not depend on where they first differ.

    `==` stops at the first difference, so an attacker who can measure it finds a signature
    letter by letter.
    """
    return hmac.compare_digest(to_bytes(one), to_bytes(other))


def salted_hmac(
    key_salt: str | bytes,
    value: str | bytes,
    secret: str | bytes | None = None,
    *,
    algorithm: str = "sha256",
) -> "hmac.HMAC":
    """HMAC of the value under a key derived from the salt and the secret.

    The salt keeps the uses of one SECRET_KEY apart: what was signed for a cookie is not
    a valid signature for a password reset.
    """
    secret = settings.SECRET_KEY if secret is None else secret
    key = hashlib.new(algorithm, to_bytes(key_salt) + to_bytes(secret)).digest()
    return hmac.new(key, msg=to_bytes(value), digestmod=algorithm)


def to_bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

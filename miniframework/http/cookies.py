"""Cookies: what a browser sends back on every request because a response said so.

Steps 3 and 10 of the trip. The Cookie field is "name=value; name=value". Browsers send
what they were given and never complain, so the parser does not either: a pair that makes
no sense is a pair less, not an error. Set-Cookie is written by the standard library.

RFC 6265, sections 4 and 5.  Django: django.http.cookie.
"""

import re
from datetime import UTC, datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any

from miniframework.utils.http import http_date

__all__ = ["CookieError", "SimpleCookie", "cookie_header", "parse_cookie", "set_cookie"]

ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)
# In an attribute such as path, ";" would start another attribute.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f;]")
SAMESITE = ("lax", "none", "strict")


def parse_cookie(header: str) -> dict[str, str]:
    """The pairs of a Cookie field; of two with one name, the last."""
    cookies = {}
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", pair
        name, value = name.strip(), value.strip()
        if name or value:
            cookies[name] = unquoted(value)
    return cookies


def unquoted(value: str) -> str:
    """A value that was written in quotes, with its escapes: "\\054" is a comma."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return ESCAPED.sub(lambda m: chr(int(m[1], 8)) if m[1] else m[2], value[1:-1])


def set_cookie(
    cookies: "SimpleCookie",
    key: str,
    value: str = "",
    *,
    max_age: float | timedelta | None = None,
    expires: datetime | str | None = None,
    path: str | None = "/",
    domain: str | None = None,
    secure: bool = False,
    httponly: bool = False,
    samesite: str | None = None,
) -> None:
    """Put a cookie into the jar that a response carries.

    Without `max_age` (seconds) and `expires` it lives until the browser is closed.
    """
    for attribute, text in (("path", path), ("domain", domain)):
        if text and FORBIDDEN.search(text):
            raise ValueError(f"A cookie's {attribute} cannot hold {text!r}.")
    if samesite and samesite.lower() not in SAMESITE:
        raise ValueError(f"samesite must be 'Lax', 'None' or 'Strict'; found {samesite!r}.")
    cookies[key] = value
    attributes: dict[str, Any] = {
        "expires": expiry(expires) if expires is not None else "",
        "path": path,
        "domain": domain,
        "secure": secure,
        "httponly": httponly,
        "samesite": samesite,
    }
    if max_age is not None:
        seconds = whole_seconds(max_age)
        attributes["max-age"] = seconds
        # For clients that know only the older attribute.
        attributes["expires"] = attributes["expires"] or expiry(
            datetime.now(UTC) + timedelta(seconds=seconds)
        )
    for name, setting in attributes.items():
        if setting or (setting == 0 and name == "max-age"):
            cookies[key][name] = setting


def whole_seconds(max_age: float | timedelta) -> int:
    """A cookie's age; ValueError where it is no number, or goes past the year 9999."""
    seconds = max_age.total_seconds() if isinstance(max_age, timedelta) else max_age
    try:
        age = int(seconds)
        datetime.now(UTC) + timedelta(seconds=age)
    except (OverflowError, ValueError):
        raise ValueError(f"A cookie's max_age is a number of seconds; found {max_age!r}.") from None
    return age


def expiry(expires: datetime | str) -> str:
    if isinstance(expires, str):
        if FORBIDDEN.search(expires):
            raise ValueError(f"A cookie's expires cannot hold {expires!r}.")
        return expires
    if expires.tzinfo is None:
        expires = expires.replace(tzinfo=UTC)
    return http_date(expires.timestamp())


def cookie_header(morsel: Any) -> str:
    """A Set-Cookie value as PEP 3333 hands it on: each character a byte of its UTF-8."""
    text: str = morsel.OutputString()
    return text.encode("utf-8").decode("latin-1")

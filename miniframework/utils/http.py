"""Dates in header fields, query strings, and which URLs are safe to redirect to.

RFC 9110, 5.6.7 (dates).  Django: django.utils.http.
"""

import re
from collections.abc import Iterable, Mapping
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode as standard_urlencode
from urllib.parse import urlsplit

CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")


def http_date(timestamp: float | None = None) -> str:
    """Seconds since 1970 as "Sun, 06 Nov 1994 08:49:37 GMT"; now, by default."""
    return formatdate(timestamp, usegmt=True)


def parse_http_date(date: str) -> int:
    """Seconds since 1970; ValueError where it is no date."""
    return int(parsedate_to_datetime(date).timestamp())


def urlencode(query: Mapping[str, Any] | Iterable[tuple[str, Any]], doseq: bool = False) -> str:
    """A query string; with `doseq` a list becomes as many fields."""
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
    return standard_urlencode(pairs, doseq=doseq)


def is_same_domain(host: str, pattern: str) -> bool:
    """Whether the host is the pattern's, where ".example.com" takes all below it too."""
    pattern = pattern.lower()
    host = host.lower()
    if pattern.startswith("."):
        return host.endswith(pattern) or host == pattern[1:]
    return bool(pattern) and pattern == host


def url_has_allowed_host_and_scheme(
    url: str | None, allowed_hosts: str | Iterable[str] | None, require_https: bool = False
) -> bool:
    """Whether it is safe to redirect to `url`, as from `?next=`: on this host, over HTTP(S).

    Browsers read "\\" as "/", and "///host" as "//host": both are refused, with everything
    that has a control character or a space at its beginning.
    """
    if not url or CONTROL_OR_SPACE.match(url) or url.startswith(("///", "\\")):
        return False
    url = url.replace("\\", "/")
    if url.startswith("///"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.netloc and parts.scheme:
        return False
    hosts = {allowed_hosts} if isinstance(allowed_hosts, str) else set(allowed_hosts or ())
    schemes = {"https"} if require_https else {"http", "https"}
    scheme = parts.scheme or ("http" if parts.netloc else "")
    return (not parts.netloc or parts.netloc in hosts) and (not scheme or scheme in schemes)

"""Dates in header fields, query strings, and which URLs are safe to redirect to.

RFC 9110, 5.6.7 (dates).  Django: django.utils.http.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode as standard_urlencode
from urllib.parse import urlsplit

MAX_URL = 2048  # characters: no browser's own form asks for more


def http_date(timestamp: float | None = None) -> str:
    """Seconds since 1970 as "Sun, 06 Nov 1994 08:49:37 GMT"; now, by default."""
    return formatdate(timestamp, usegmt=True)


def parse_http_date(date: str) -> int:
    """Seconds since 1970; ValueError where it is no date."""
    moment = parsedate_to_datetime(date)
    # A date of HTTP is in GMT even where it does not say so (the asctime form).
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


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

    A browser reads "\\" as "/", so the host of "http://evil.com\\@good.com" is evil.com to it
    and good.com to us; with "http://good.com\\@evil.com" it may be the other way round. Hence
    the URL must be safe in both readings.
    """
    url = (url or "").strip()
    hosts = {allowed_hosts} if isinstance(allowed_hosts, str) else set(allowed_hosts or ())
    schemes = {"https"} if require_https else {"http", "https"}
    return all(stays_on_hosts(reading, hosts, schemes) for reading in (url, url.replace("\\", "/")))


def stays_on_hosts(url: str, hosts: set[str], schemes: set[str]) -> bool:
    # Browsers read "///host" as "//host", and skip what does not print at the beginning.
    if not url or len(url) > MAX_URL or url.startswith("///"):
        return False
    if unicodedata.category(url[0]).startswith("C"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.netloc:
        return not parts.scheme  # "http:///host" is another host to a browser
    return parts.netloc in hosts and (parts.scheme or "http") in schemes

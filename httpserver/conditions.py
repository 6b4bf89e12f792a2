"""Has it changed, and which part is wanted: conditional and range requests.

Step 1 of the trip, where a static file is answered. A client that holds a copy asks
"only if it has changed" (a 304 saves the body); a client that edits asks "only if it
has not" (a 412 saves an update from being lost); a client that was cut off asks for
the bytes it lacks. All functions here are pure: fields in, a decision out.

RFC 9110: section 5.6.7 (dates), 8.8 (validators), 13 (conditions), 14 (ranges).
In Nginx: ngx_http_not_modified_filter_module.c and ngx_http_range_filter_module.c.
"""

import calendar
import re
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from httpserver.messages import DAYS, MONTHS, Headers

LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# More ranges than this in one field is an attack or a mistake; the whole file is the
# answer to both (RFC 9110, 14.2 lets a server ignore any Range; CVE-2011-3192 was why).
MAX_RANGES = 16


# Dates (RFC 9110, 5.6.7); how one is written is `messages.http_date`.

_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_DATE_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        # IMF-fixdate, what everyone sends:  Sun, 06 Nov 1994 08:49:37 GMT
        rf"(?:{'|'.join(DAYS)}), (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_CLOCK} GMT",
        # RFC 850, obsolete:  Sunday, 06-Nov-94 08:49:37 GMT
        rf"(?:{'|'.join(LONG_DAYS)}), (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_CLOCK} GMT",
        # C's asctime(), obsolete:  Sun Nov  6 08:49:37 1994
        rf"(?:{'|'.join(DAYS)}) {_MONTH} (?P<day>\d\d| \d) {_CLOCK} (?P<year>\d{{4}})",
    )
)


def parse_http_date(text: str) -> int | None:
    """The seconds since 1970 that a date field means, in any of its three forms.

    None where it is not a date: a recipient must then ignore the field
    (RFC 9110, 13.1.3), so there is nothing to raise.
    """
    for form in _DATE_FORMS:
        if match := form.fullmatch(text):
            return _seconds(match.groupdict())
    return None


def _seconds(parts: Mapping[str, str]) -> int | None:
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year = _full_year(year, time.gmtime().tm_year)
    month = MONTHS.index(parts["month"]) + 1
    day, hour = int(parts["day"]), int(parts["hour"])
    minute, second = int(parts["minute"]), int(parts["second"])
    if year < 1 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    if hour > 23 or minute > 59 or second > 60:  # 60: a leap second
        return None
    return calendar.timegm((year, month, day, hour, minute, second))


def _full_year(two_digits: int, this_year: int) -> int:
    """A year that seems more than 50 years ahead is the last one that ended so."""
    year = this_year - this_year % 100 + two_digits
    return year - 100 if year > this_year + 50 else year


# Entity tags (RFC 9110, 8.8.3)

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_ETAG_IN_LIST = re.compile(rf"[ \t]*(?:({_ETAG.pattern})[ \t]*)?(?:,|\Z)")


def parse_etags(field: str) -> list[str] | None:
    """The entity tags of an If-Match or If-None-Match field; None where it is malformed.

    A tag may hold a comma, so that splitting at commas would not do.
    """
    etags: list[str] = []
    position = 0
    while position < len(field):
        match = _ETAG_IN_LIST.match(field, position)
        if match is None:
            return None
        if match[1]:
            etags.append(match[1])
        position = match.end()
    return etags


def strongly_equal(one: str, other: str) -> bool:
    """Byte for byte the same representation: neither tag is weak, and they are equal."""
    return one == other and not one.startswith("W/")


def weakly_equal(one: str, other: str) -> bool:
    """The same but for what does not matter: equal when "W/" is left away."""
    return one.removeprefix("W/") == other.removeprefix("W/")


def _lists(field: str, etag: str | None, equal: Callable[[str, str], bool]) -> bool:
    """Whether If-Match or If-None-Match names the representation we have.

    A malformed list names nothing: If-Match then fails, and nothing is overwritten;
    If-None-Match then passes, and the client gets the whole.
    """
    if field.strip(" \t") == "*":
        return True
    return etag is not None and any(equal(etag, listed) for listed in parse_etags(field) or ())


# Conditions (RFC 9110, 13)


def precondition(
    method: str, headers: Headers, etag: str | None, last_modified: int | None
) -> int | None:
    """What the conditional fields decide: None (go on), 304 or 412.

    `etag` (with its quotes) and `last_modified` (whole seconds) are the validators of
    what would be sent. The order is that of section 13.2.2: a date counts only where no
    entity tag is given, because a second may be too coarse to see a change. The fifth
    field, If-Range, belongs to the range: see `range_applies`.
    """
    fields = headers.by_name
    # Steps 1 and 2: "only if nobody changed it meanwhile", against lost updates.
    if "if-match" in fields:
        if not _lists(fields["if-match"], etag, strongly_equal):
            return 412
    elif "if-unmodified-since" in fields and last_modified is not None:
        limit = parse_http_date(fields["if-unmodified-since"])
        if limit is not None and last_modified > limit:
            return 412

    # Steps 3 and 4: "only if mine is out of date", to spare the body.
    reading = method in ("GET", "HEAD")
    if "if-none-match" in fields:
        if _lists(fields["if-none-match"], etag, weakly_equal):
            return 304 if reading else 412
    elif "if-modified-since" in fields and reading and last_modified is not None:
        since = parse_http_date(fields["if-modified-since"])
        if since is not None and last_modified <= since:
            return 304
    return None


def range_applies(
    headers: Headers, etag: str | None, last_modified: int | None, now: float
) -> bool:
    """Step 5: whether If-Range lets the Range count ("the part if unchanged, else all").

    Only strong validators will do, or parts of two versions would be put together.
    A date is a strong one when at least a second has gone since (section 8.8.2.2):
    within that second the file could have changed twice.
    """
    field = headers.get("if-range")
    if field is None:
        return True
    if _ETAG.fullmatch(field):
        return etag is not None and strongly_equal(field, etag)
    date = parse_http_date(field)
    return date is not None and date == last_modified and now - date >= 1


# Ranges (RFC 9110, 14)


class ByteRange(NamedTuple):
    """From the byte `first` to the byte `last`, both included, as on the wire."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def content_range(self, size: int) -> str:
        """What Content-Range says of this part of `size` bytes."""
        return f"bytes {self.first}-{self.last}/{size}"


# int-range = first "-" [ last ];  suffix-range = "-" length.  Eighteen digits are more
# than any file has, and keep int() from a number that takes long to read.
_RANGE = re.compile(r"[ \t]*+(?:(\d{0,18})-(\d{0,18}))?[ \t]*+", re.ASCII)


def parse_range(field: str, length: int) -> list[ByteRange] | None:
    """The ranges that a Range field asks of a representation of `length` bytes.

    None where the field is to be ignored: another unit than bytes, malformed, or more
    than MAX_RANGES. An empty list where no range lies within the representation: 416.
    """
    unit, equals, specs = field.partition("=")
    if not equals or unit.strip(" \t").lower() != "bytes":
        return None
    ranges: list[ByteRange] = []
    asked = 0
    for spec in specs.split(",", MAX_RANGES + 1):
        match = _RANGE.fullmatch(spec)
        if match is None:
            return None
        first, last = match.groups()
        if first is None:  # an empty element, as lists may have (section 5.6.1)
            continue
        if not first and not last:
            return None
        asked += 1
        if first and last and int(last) < int(first):
            return None
        wanted = _within(first, last, length)
        if wanted:
            ranges.append(wanted)
    return ranges if 0 < asked <= MAX_RANGES else None


def _within(first: str, last: str, length: int) -> ByteRange | None:
    """One range cut to what there is; None where nothing of it is there."""
    if first:
        start = int(first)
        end = min(int(last), length - 1) if last else length - 1
    else:  # the last N bytes
        start = max(length - int(last), 0)
        end = length - 1
    return ByteRange(start, end) if start <= end else None

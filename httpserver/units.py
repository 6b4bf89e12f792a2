"""Sizes, times and rates as people write them: "10 MiB", "500ms", "30/min".

Before the trip: what configuration is made of. A number alone is bytes, or seconds. A size that
could be read in two ways ("10M" is 10,000,000 or 10,485,760) is refused, with the way to write it.

In Nginx: ngx_parse.c (10m, 500ms) and the `rate=30r/m` of limit_req_zone.
"""

import json
import re
from typing import Any

from httpserver.limits import KIB, MIB

_SIZES = {"": 1, "KiB": KIB, "MiB": MIB, "GiB": 1024 * MIB}
_SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600}
_PERIODS = {"/s": 1, "/min": 60, "/h": 3600}

_NUMBER_AND_UNIT = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?) ?(?P<unit>[A-Za-z/]*)")

MOST_BYTES = 2**63 - 1  # what the kernel's offsets hold
MOST_SECONDS = 365 * 86_400.0


def size(value: Any) -> int:
    """Bytes, of a whole number or of "10 MiB". Raises ValueError, as all here."""
    number, unit = _split(value)
    if number is not None and unit in _SIZES:
        found = number * _SIZES[unit]
        if 0 <= found <= MOST_BYTES and found == int(found):
            return int(found)
    letter = unit[:1].upper()
    hint = f'. Did you mean "{number:g} {letter}iB"?' if letter in ("K", "M", "G") else ""
    raise expected('a size in bytes, such as 1048576 or "1 MiB"', value, hint)


def seconds(value: Any) -> float:
    """Seconds, of a number or of "500ms", "10s", "2m", "1h"."""
    number, unit = _split(value)
    if number is not None and unit in _SECONDS and 0 <= number * _SECONDS[unit] <= MOST_SECONDS:
        return float(number * _SECONDS[unit])
    raise expected('a time in seconds, such as 10 or "10s", "500ms", "2m", "1h"', value)


def rate(value: Any) -> float:
    """Times a second, of "10/s", "30/min" or "100/h"."""
    number, unit = _split(value)
    if number and unit in _PERIODS:
        return number / _PERIODS[unit]
    period = {"m": "min", "h": "h"}.get(unit.rpartition("/")[2][:1], "s")
    hint = f'. Did you mean "{number:g}/{period}"?' if 0 < (number or 0) < 10**15 else ""
    raise expected('a rate, such as "10/s", "30/min" or "100/h"', value, hint)


def expected(what: str, value: Any, hint: str = "") -> ValueError:
    """The error that says what was wanted and what stands there."""
    return ValueError(f"expected {what}; found {shown(value)}{hint}")


def shown(value: Any) -> str:
    """A value of a TOML file in one short line of a message."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _split(value: Any) -> tuple[float | None, str]:
    """(10, "MiB") of "10 MiB", (10, "") of 10, and no number where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):  # True is an int in Python
        return value, ""
    match = _NUMBER_AND_UNIT.fullmatch(value) if isinstance(value, str) else None
    return (float(match["number"]), match["unit"]) if match else (None, "")

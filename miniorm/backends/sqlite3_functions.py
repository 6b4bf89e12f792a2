"""Functions of Python that SQLite calls in the middle of a query.

Step 6 of the trip, its lower end. SQLite's own LOWER and UPPER know ASCII only, and it has
no REGEXP at all; being a library in this process, it can call ours.

Rule: sqlite.org/appfunc.html. In Django: `django.db.backends.sqlite3._functions`.
"""

import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from miniorm.backends import sqlite3_dates, sqlite3_json, sqlite3_math


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _regexp(pattern: str | None, text: Any) -> bool | None:
    """`text REGEXP pattern`: found anywhere in it, as PostgreSQL's `~`; NULL gives NULL."""
    if pattern is None or text is None:
        return None
    return _pattern(pattern).search(str(text)) is not None


def _changed_case(change: Callable[[str], str], value: Any) -> Any:
    return change(value) if isinstance(value, str) else value


def register_functions(driver_connection: sqlite3.Connection) -> None:
    # "Deterministic" (same arguments, same answer) lets SQLite use them in indexes, and
    # call them once for a constant.
    functions: list[tuple[str, int, Callable[..., Any]]] = [
        ("lower", 1, partial(_changed_case, str.lower)),
        ("upper", 1, partial(_changed_case, str.upper)),
        ("regexp", 2, _regexp),
        *sqlite3_dates.FUNCTIONS,
    ]
    for name, arguments, function in functions:
        driver_connection.create_function(name, arguments, function, deterministic=True)
    sqlite3_json.register_json(driver_connection)
    sqlite3_math.register(driver_connection)

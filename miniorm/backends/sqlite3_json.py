"""JSON on SQLite as it is on PostgreSQL: functions and an order, in Python.

Beside step 6. SQLite keeps a document as text and has functions of its own for it, but they
give true as 1, do not see that {"a": 1, "b": 2} is {"b": 2, "a": 1}, and sort by letters.

PostgreSQL's manual, "jsonb Indexing" has the order. In Django: `KeyTransform.as_sqlite`.
"""

import json
import sqlite3
from functools import lru_cache
from typing import Any

MISSING = object()


def _at(document: str | None, path: str) -> Any:
    """What is at the end of a path of keys; for a list a key is a number."""
    if document is None:
        return MISSING
    value = json.loads(document)
    for key in json.loads(path):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return MISSING
    return value


def json_at(document: str | None, path: str) -> str | None:
    """document #> path"""
    value = _at(document, path)
    return None if value is MISSING else json.dumps(value)


def json_text_at(document: str | None, path: str) -> str | None:
    """document #>> path"""
    value = _at(document, path)
    if value is MISSING or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(_ordered(value), ensure_ascii=False)


def _ordered(value: Any) -> Any:
    """The value with its keys in PostgreSQL's order."""
    if isinstance(value, list):
        return [_ordered(each) for each in value]
    return (
        {key: _ordered(each) for key, each in _pairs(value)} if isinstance(value, dict) else value
    )


def _pairs(value: dict[str, Any]) -> list[tuple[str, Any]]:
    """A short key comes before a long one."""
    return sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))


def json_has(document: str | None, key: str) -> bool | None:
    """document ? key"""
    if document is None:
        return None
    value = json.loads(document)
    if isinstance(value, list | dict):
        return key in value
    return bool(key == value)


@lru_cache(maxsize=64)
def _rank(text: str) -> Any:
    return _place(json.loads(text), outermost=True)


def _place(value: Any, outermost: bool = False) -> tuple[Any, ...]:
    """What sorts as the value does in PostgreSQL."""
    if isinstance(value, bool):
        return (3, value)
    if isinstance(value, int | float):
        return (2, value)
    if isinstance(value, str):
        return (1, value)
    if isinstance(value, list):
        # An empty list comes first of all, "for historical reasons".
        return (4 if value or not outermost else -1, len(value), [_place(each) for each in value])
    if isinstance(value, dict):
        return (5, len(value), [(key, _place(each)) for key, each in _pairs(value)])
    return (0,)


def _compare(one: str, other: str) -> int:
    first, second = _rank(one), _rank(other)
    return bool(first > second) - bool(first < second)


def register_json(driver_connection: sqlite3.Connection) -> None:
    for function in (json_at, json_text_at, json_has):
        driver_connection.create_function(function.__name__, 2, function, deterministic=True)
    driver_connection.create_collation("JSON", _compare)

"""Numbers, texts and digests on SQLite: functions that PostgreSQL has by itself.

Step 6 of the trip, its lower end: the shelf. Each is Python's own, NULL for NULL. What is no
answer (the root of -1) is an error here as there.

In Django: `django.db.backends.sqlite3._functions`.
"""

import hashlib
import math
import random
import statistics
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def _not_null(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return None if None in values else function(*values)

    return call


def _extreme(choose: Callable[[Any], Any]) -> Callable[..., Any]:
    """GREATEST and LEAST of PostgreSQL, to which NULL is nothing."""
    return lambda *values: choose([each for each in values if each is not None] or [None])


def _digest(name: str) -> Callable[[Any], str]:
    return lambda text: hashlib.new(name, str(text).encode()).hexdigest()


def _round(number: Any, places: int) -> Any:
    """Half away from zero, as PostgreSQL rounds a numeric."""
    if isinstance(number, int) and places >= 0:
        return number
    rounded = Decimal(str(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return int(rounded) if isinstance(number, int) else float(rounded)


def _modulo(left: Any, right: Any) -> Any:
    """With the sign of the left, as SQL has it."""
    if isinstance(left, int) and isinstance(right, int):
        return int(math.fmod(left, right))
    return float(Decimal(str(left)) % Decimal(str(right)))


def _power(base: Any, exponent: Any) -> float:
    return math.pow(base, exponent)


def _pad(left: bool) -> Callable[[str, int, str], str]:
    def pad(text: str, length: int, fill: str) -> str:
        text, missing = str(text), length - len(str(text))
        if missing <= 0 or not fill:
            return text[:length]
        padding = (fill * (missing // len(fill) + 1))[:missing]
        return padding + text if left else text + padding

    return pad


def _uuid(text: str) -> str:
    """A UUID as PostgreSQL shows it."""
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


FUNCTIONS: list[tuple[str, int, Callable[..., Any]]] = [
    *((name, 1, getattr(math, name)) for name in (
        "acos", "asin", "atan", "cos", "degrees", "exp", "radians", "sin", "sqrt", "tan",
    )),
    ("atan2", 2, math.atan2),
    ("bitxor", 2, lambda left, right: left ^ right),
    ("ceiling", 1, math.ceil),
    ("cot", 1, lambda angle: 1 / math.tan(angle)),
    ("floor", 1, math.floor),
    ("ln", 1, math.log),
    ("log", 2, lambda base, number: math.log(number, base)),
    ("lpad", 3, _pad(left=True)),
    ("md5", 1, _digest("md5")),
    ("mod", 2, _modulo),
    ("pi", 0, lambda: math.pi),
    ("power", 2, _power),
    ("repeat", 2, lambda text, count: str(text) * count),
    ("reverse", 1, lambda text: str(text)[::-1]),
    ("round_to", 2, _round),
    ("rpad", 3, _pad(left=False)),
    ("sign", 1, lambda number: (number > 0) - (number < 0)),
    ("uuid_text", 1, _uuid),
    *((name, 1, _digest(name)) for name in ("sha1", "sha224", "sha256", "sha384", "sha512")),
]  # fmt: skip
FUNCTIONS = [(name, count, _not_null(function)) for name, count, function in FUNCTIONS]
FUNCTIONS += [("greatest", -1, _extreme(max)), ("least", -1, _extreme(min))]


class _Spread:
    """A statistic of the values that are not NULL; NULL where there are too few."""

    function: Callable[[Any], Any]
    least = 1

    def __init__(self) -> None:
        self.values: list[Any] = []

    def step(self, value: Any) -> None:
        if value is not None:
            self.values.append(value)

    def finalize(self) -> Any:
        return type(self).function(self.values) if len(self.values) >= self.least else None


STATISTICS: list[tuple[str, Any, int]] = [
    ("stddev_pop", statistics.pstdev, 1),
    ("stddev_samp", statistics.stdev, 2),
    ("var_pop", statistics.pvariance, 1),
    ("var_samp", statistics.variance, 2),
]
AGGREGATES = [
    (name, type(name, (_Spread,), {"function": staticmethod(function), "least": least}))
    for name, function, least in STATISTICS
]


def register(driver_connection: Any) -> None:
    for name, count, function in FUNCTIONS:
        driver_connection.create_function(name, count, function, deterministic=True)
    driver_connection.create_function("rand", 0, random.random)
    for name, aggregate in AGGREGATES:
        driver_connection.create_aggregate(name, 1, aggregate)

"""Somebody tries to be SQL, at every door: evil.py [off]; off: values are pasted into the text."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from polls import Question, fill

from miniorm import connection, lookups
from miniorm.compiler import Compiler
from miniorm.models import F, Value

if "off" in sys.argv:

    def pasted(self: Any, value: Any, compiler: Any, connection: Any) -> Any:
        return f"'{value}'", []

    lookups.Lookup.side = pasted  # type: ignore[method-assign]

fill()
EVIL = "x' OR 'a' = 'a"
found = Question.objects.filter(text=EVIL)
sql, params = Compiler(found.query, connection).as_sql()
print(len(found), "found:", sql.split(" FROM ")[1], params)

if "off" not in sys.argv:
    name = 'x" FROM question; DROP TABLE question; --'
    doors: tuple[tuple[str, Callable[[], Iterable[object]]], ...] = (
        ("filter", lambda: Question.objects.filter(**{name: 1})),
        ("order_by", lambda: Question.objects.order_by(name)),
        ("values", lambda: Question.objects.values(name)),
        ("F", lambda: Question.objects.annotate(y=F(name))),
        ("annotate", lambda: Question.objects.annotate(**{name: Value(1)})),
    )
    for door, attempt in doors:
        try:
            list(attempt())
            print(f"{door}: let in")
        except Exception as error:
            print(f"{door}: {type(error).__name__}: {str(error)[:60]}...")
    print(connection.ops.quote_name('odd"name'))
    print(Question.objects.count(), "questions are still there")

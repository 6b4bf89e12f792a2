"""A site's rows, moved to another database.

python experiments/move.py fill URL               a small site, to have something to move
python experiments/move.py FROM TO [--forget]     --forget leaves the new counters as they are
"""

import sys
from itertools import islice
from typing import Any

import miniorm
from miniorm import models
from miniorm.connections import connections
from miniorm.errors import IntegrityError
from miniorm.schema import create_tables
from miniorm.transaction import atomic

AT_ONCE = 1000


class Poll(models.Model):
    question = models.CharField(max_length=40)
    before = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)
    price = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    class Meta:
        app_label = "polls"


class Vote(models.Model):
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "polls"


def make_tables() -> None:
    create_tables([Poll, Vote])
    if Poll.objects.exists():
        sys.exit("There are polls in it already: take a new database.")


def fill() -> None:
    make_tables()
    tea = Poll.objects.create(question="Tea?", price="0.10")
    more = Poll.objects.create(question="More tea?", before=tea)
    Poll.objects.filter(pk=tea.pk).update(before=more)
    Vote.objects.bulk_create([Vote(poll=more) for _ in range(2500)])
    print(Poll.objects.count(), "polls,", Vote.objects.count(), "votes")


def rows_of(model: Any, alias: str) -> Any:
    names = [field.attname for field in model._meta.local_fields]
    return model.objects.using(alias).order_by("pk").values_list(*names)


def move(model: Any) -> int:
    """Copy the rows of a table, some at a time; how many there were."""
    connection, fields = connections["default"], model._meta.local_fields
    quote, places = connection.ops.quote_name, ", ".join(["%s"] * len(fields))
    columns = ", ".join(quote(field.column) for field in fields)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    rows = rows_of(model, "old").iterator(chunk_size=AT_ONCE)
    count = 0
    while batch := list(islice(rows, AT_ONCE)):
        with connection.cursor() as cursor:
            cursor.executemany(sql, [prepared(row, fields, connection) for row in batch])
        count += len(batch)
    return count


def prepared(row: Any, fields: Any, connection: Any) -> list[Any]:
    pairs = zip(row, fields, strict=True)
    return [field.get_db_prep_save(value, connection) for value, field in pairs]


def set_counter(model: Any) -> None:
    """Have the next id be the one after the last that came with its row."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        table, key = map(connection.ops.quote_name, (model._meta.db_table, model._meta.pk.column))
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence(%s, %s), MAX({key})) FROM {table}",  # noqa: S608
            [table, model._meta.pk.column],
        )


if sys.argv[1] == "fill":
    miniorm.connect(sys.argv[2])
    fill()
    sys.exit()
miniorm.configure({"old": sys.argv[1], "default": sys.argv[2]})
with atomic("old", read_only=True), atomic():  # all that is read is of one moment
    make_tables()
    for model in (Poll, Vote):
        print(f"{model._meta.db_table}: {move(model)} rows")
        assert list(rows_of(model, "old")) == list(rows_of(model, "default"))
        if "--forget" not in sys.argv:
            set_counter(model)
try:
    print("the next poll is number", Poll.objects.create(question="Anybody new?").pk)
except IntegrityError as error:
    print(f"the next poll: {type(error).__name__}: {str(error).splitlines()[0]}")

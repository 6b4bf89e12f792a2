"""Models written from the tables that a database has: where to begin with one that is there.

Beside the trip. What comes out is a text to be put in order by a person: names of fields
follow those of columns, and `managed = False` keeps migrations away from the tables.

Django's page "Integrating Django with a legacy database"; in Django:
`django.core.management.commands.inspectdb`.
"""

import keyword
import re
from collections.abc import Iterator, Sequence
from typing import Any

from miniorm.backends.operations import Column
from miniorm.errors import ProgrammingError
from miniorm.migrations.serializer import text_of
from miniorm.suggest import did_you_mean

# What a column of this type becomes, with the database's own name of the type.
FIELDS = {
    "bigint": "BigIntegerField",
    "bigint unsigned": "PositiveBigIntegerField",
    "blob": "BinaryField",
    "bool": "BooleanField",
    "boolean": "BooleanField",
    "bytea": "BinaryField",
    "char": "CharField",
    "character": "CharField",
    "character varying": "CharField",
    "date": "DateField",
    "datetime": "DateTimeField",
    "decimal": "DecimalField",
    "double precision": "FloatField",
    "inet": "GenericIPAddressField",
    "int": "IntegerField",
    "integer": "IntegerField",
    "integer unsigned": "PositiveIntegerField",
    "interval": "DurationField",
    "json": "JSONField",
    "jsonb": "JSONField",
    "numeric": "DecimalField",
    "real": "FloatField",
    "smallint": "SmallIntegerField",
    "smallint unsigned": "PositiveSmallIntegerField",
    "text": "TextField",
    "time": "TimeField",
    "time without time zone": "TimeField",
    "timestamp": "DateTimeField",
    "timestamp with time zone": "DateTimeField",
    "timestamp without time zone": "DateTimeField",
    "uuid": "UUIDField",
    "varchar": "CharField",
}
TABLES_SHOWN = 20  # where one is asked for that there is not
AUTO_FIELDS = {"smallint": "SmallAutoField", "bigint": "BigAutoField"}


def inspect_database(connection: Any, tables: Sequence[str] = ()) -> str:
    """The text of models for these tables, or for all; ProgrammingError for one there is not."""
    known = connection.introspection.table_names()
    for table in tables:
        if table not in known:
            there = f" There is {', '.join(known[:TABLES_SHOWN]) or 'none'}."
            hint = did_you_mean(table, known) or there
            raise ProgrammingError(f"There is no table {table!r}.{hint}")
    wanted = [table for table in known if not tables or table in tables]
    parts = ["\n".join(_model(connection, table, known)) for table in wanted]
    head = (
        "# From the tables of a database. Put the models in order, name relations, and take\n"
        "# `managed = False` out where migrations shall keep the table.\n"
        "from miniorm import models\n"
    )
    return "\n\n".join([head, *parts])


def _model(connection: Any, table: str, known: Sequence[str]) -> Iterator[str]:
    introspection = connection.introspection
    relations = introspection.relations(table)
    constraints = introspection.constraints(table)
    keys = next((each.columns for each in constraints if each.primary_key), ())
    unique = {
        each.columns[0]
        for each in constraints
        if each.unique and not each.partial and len(each.columns) == 1
    }
    names: dict[str, str] = {}
    yield f"class {class_name(table)}(models.Model):"
    for column in introspection.columns(table):
        target = relations.get(column.name, ("", ""))[0]
        is_relation = target in known  # the table may be in another schema, or gone
        name, notes = field_name(column.name, is_relation, [*names.values()])
        names[column.name] = name
        options: dict[str, str] = {}
        if name + ("_id" if is_relation else "") != column.name:
            options["db_column"] = text_of(column.name)
        is_key = keys == (column.name,)
        if is_relation:
            one = is_key or column.name in unique
            kind = "OneToOneField" if one else "ForeignKey"
            arguments = [f'"{class_name(target)}"', "models.DO_NOTHING"]
        else:
            kind, arguments, more = _kind(column, is_key)
            notes += more
            if column.name in unique and not is_key:
                options["unique"] = "True"
        if is_key:
            options["primary_key"] = "True"
        elif column.null:
            options.update(blank="True", null="True")
        if column.comment:
            options["db_comment"] = repr(column.comment)
        arguments += [f"{option}={value}" for option, value in options.items()]
        remark = f"  # {' '.join(notes)}" if notes else ""
        if kind == "BigAutoField" and name == "id":
            continue  # what a model has anyway
        yield f"    {name} = models.{kind}({', '.join(arguments)}){remark}"
    yield ""
    yield "    class Meta:"
    yield "        managed = False"
    yield f"        db_table = {text_of(table)}"
    if len(keys) > 1:
        yield f"        # The table's key is made of several columns: {', '.join(map(str, keys))}."
    together = [
        tuple(names[str(column)] for column in each.columns)
        for each in constraints
        if each.unique and not each.partial and len(each.columns) > 1
        and all(column in names for column in each.columns)
    ]  # fmt: skip
    if together:
        written = ", ".join(f"({', '.join(f'{chr(34)}{name}{chr(34)}' for name in each)})"
                            for each in together)  # fmt: skip
        yield f"        unique_together = [{written}]"
    yield ""


def _kind(column: Column, is_key: bool) -> tuple[str, list[str], list[str]]:
    """The field class for a column, its sizes, and what a person should look at."""
    if column.numbered and is_key:
        return AUTO_FIELDS.get(column.type, "AutoField"), [], []
    if column.type == "char" and column.length == 32:
        return "UUIDField", [], ["Perhaps a CharField(max_length=32)."]
    kind = FIELDS.get(column.type.lower())
    if kind is None:
        return "TextField", [], [f"The type is {column.type or 'none'}: a guess."]
    if kind == "CharField":
        if column.length is None:
            return "TextField", [], []
        return kind, [f"max_length={column.length}"], []
    if kind == "DecimalField":
        if column.precision is None:  # with no places, what is read would be rounded to whole ones
            return kind, ["max_digits=15", "decimal_places=5"], ["The number of digits is a guess."]
        return kind, [f"max_digits={column.precision}", f"decimal_places={column.scale or 0}"], []
    return kind, [], []


def class_name(table: str) -> str:
    """ "polls_question" as "PollsQuestion"."""
    words = re.split(r"[^a-zA-Z0-9]+", table)
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() else f"Table{name}"


def field_name(column: str, is_relation: bool, taken: Sequence[str]) -> tuple[str, list[str]]:
    """A name for a field, and why it is not the column's."""
    name = column.lower()
    notes = []
    if is_relation and name.endswith("_id"):
        name = name[:-3]
    name = re.sub(r"_+", "_", re.sub(r"\W", "_", name)).strip("_")
    if not name or name[0].isdigit():
        name = f"number_{name}" if name else "field"
        notes.append("Renamed: no identifier.")
    if keyword.iskeyword(name) or name == "pk":
        name = f"{name}_field"
        notes.append("Renamed: a reserved word.")
    base, number = name, 0
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name, notes

"""A migration as the text of a file, such as a person would have written it.

In Django: `django.db.migrations.writer`.
"""

from pathlib import Path
from typing import Any

from miniorm.migrations.loader import migrations_folder
from miniorm.migrations.migration import Migration
from miniorm.migrations.serializer import Node, Serializer


def migration_text(migration: Migration) -> str:
    """The file's text; raises ValueError for what cannot be written."""
    serializer = Serializer()
    serializer.imports.add("from miniorm import migrations")
    body = []
    if migration.initial:
        body.append("    initial = True\n")
    dependencies = [serializer.node(tuple(each)) for each in migration.dependencies]
    operations = [_operation(serializer, each) for each in migration.operations]
    body.append(f"    dependencies = {_list(dependencies)}\n")
    body.append(f"    operations = {_list(operations)}\n")
    heads = [_import_lines(serializer.imports), "class Migration(migrations.Migration):"]
    return "\n\n\n".join(heads) + "\n" + "\n".join(body)


def _operation(serializer: Serializer, operation: Any) -> Node:
    path, args, kwargs = operation.deconstruct()
    return serializer.call(path, args, kwargs)


def _list(nodes: list[Node]) -> str:
    """A list with a line for each of its parts, if it has any."""
    if not nodes:
        return "[]"
    body = "".join(f"        {node.lines(8)},\n" for node in nodes)
    return f"[\n{body}    ]"


def _import_lines(imports: set[str]) -> str:
    """`import x` before `from x import y`, each group in order; names of one module together."""
    plain = sorted(each for each in imports if each.startswith("import "))
    ours = [each for each in plain if each.startswith("import miniorm")]
    others = [each for each in plain if each not in ours]
    names = sorted(each.rpartition(" ")[2] for each in imports if each.startswith("from miniorm "))
    lines = [*others, *([""] if others else []), *ours]
    return "\n".join([*lines, f"from miniorm import {', '.join(names)}"])


def write_migration(migration: Migration, module: str) -> Path:
    """Write the file into the package of migrations, which is made if need be; its path."""
    text = migration_text(migration)
    folder = migrations_folder(module)
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / "__init__.py"
    if not marker.exists():
        marker.write_text("")
    path = folder / f"{migration.name}.py"
    path.write_text(text, encoding="utf-8")
    return path

"""What startproject and startapp have in common: a good name, a free place, the files."""

import keyword
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from miniframework.management.base import CommandError
from miniframework.management.scaffold import filled


def add_place(parser: ArgumentParser, example: str) -> None:
    """The arguments of both: a name, and perhaps where."""
    parser.add_argument("name", help=f"its name, a Python identifier: {example}")
    parser.add_argument("directory", nargs="?", help="where (a new folder of that name)")


def place(options: dict[str, Any], what: str) -> tuple[str, Path]:
    """The name, checked, and the folder; without one named it must be a new one."""
    name, directory = options["name"], options["directory"]
    root = Path(directory or name)
    if directory is None and root.exists():
        raise CommandError(f"{root} exists already, and is left as it is.")
    check_name(name, what)
    return name, root


def check_name(name: str, what: str) -> None:
    """A name that Python can import, and that does not hide something else."""
    if not name.isidentifier() or keyword.iskeyword(name):
        better = "".join(char if char.isalnum() else "_" for char in name).lstrip("0123456789_")
        hint = f" Perhaps {better!r}?" if better.isidentifier() and better != name else ""
        raise CommandError(
            f"{name!r} cannot be the name of {what}: it becomes a Python package, so it is made "
            f"of letters, digits and underscores and does not begin with a digit.{hint}"
        )
    spec = find_spec(name)
    if spec is not None:
        where = spec.origin or next(iter(spec.submodule_search_locations or []), "Python itself")
        raise CommandError(
            f"{name!r} cannot be the name of {what}: there is a module of this name already "
            f"({where}). Please take another."
        )


def write_files(root: Path, files: dict[str, str], values: dict[str, str]) -> None:
    """Write all of them, or none where one would be overwritten."""
    texts = {root / path: text for path, text in filled(files, values).items()}
    for path in texts:
        if path.exists():
            raise CommandError(f"{path} exists already, and is left as it is.")
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {error.filename}: {error.strerror}.") from error

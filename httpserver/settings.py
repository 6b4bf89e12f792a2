"""What a setting is, and how a table of settings is read: every mistake with its line.

Before the trip. A table of the configuration file is a dataclass, and a setting is a field of it,
whose type is annotated with how its value is read, a line of explanation, and Nginx's words for
it. All else follows from that: which keys are known, what is said about an unknown one, and the
reference.

Reading goes on after a mistake, so that a file is mended in one go and not line by line.

In Nginx: ngx_command_t, the table of directives in each module, and ngx_conf_file.c.
"""

import functools
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from httpserver.suggest import did_you_mean
from httpserver.toml_lines import Keys, line_of, lines_of
from httpserver.units import expected

T = TypeVar("T")


class Problem(NamedTuple):
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ConfigError(Exception):
    """What is wrong in a configuration file: all of it, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


# --- The file ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read, and what has been found in it so far."""

    path: str
    content: dict[str, Any]
    lines: dict[Keys, int]
    homes: Mapping[str, str]  # where a word belongs that is unknown where it stands
    problems: list[Problem] = field(default_factory=list)
    firsts: dict[Any, tuple[Any, int]] = field(default_factory=dict)


def open_document(path: str | os.PathLike[str], homes: Mapping[str, str]) -> Document:
    """Raises ConfigError where the file cannot be read, or is no TOML."""
    path = os.fspath(path)
    try:
        data = Path(path).read_bytes()
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return Document(path, tomllib.loads(text), lines_of(text), homes)
    except OSError as error:
        line, message = 1, f"the configuration file cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"expected UTF-8; found the byte 0x{data[error.start]:02X}"
    except tomllib.TOMLDecodeError as error:
        line, message = _syntax_error(str(error), text)
    except ValueError as error:  # a number of thousands of digits
        line, message = 1, f"expected a configuration; found what Python refuses: {error}"
    except RecursionError:
        line, message = 1, "expected a configuration; found brackets within brackets without end"
    raise ConfigError([Problem(path, line, message)])


def _syntax_error(message: str, text: str) -> tuple[int, str]:
    """tomllib says "what (at line 3, column 5)" or "what (at end of document)"."""
    lines = text.split("\n")
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    line, column = map(int, found.groups()) if found else (len(lines), len(lines[-1]) + 1)
    what = message.rpartition(" (at ")[0] or message
    until = re.sub(r"[^\t]", " ", lines[line - 1][: column - 1])  # a tab is as wide above as below
    return line, f"{what}\n    {lines[line - 1]}\n    {until}^"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file we are."""

    document: Document
    keys: Keys = ()

    def at(self, *keys: str | int) -> "Place":
        return Place(self.document, (*self.keys, *keys))

    def has(self, key: str) -> bool:
        """Whether the file itself gives this setting here."""
        return (*self.keys, key) in self.document.lines

    @property
    def line(self) -> int:
        return line_of(self.document.lines, self.keys)

    def report(self, message: str) -> None:
        """Note a problem, with the line and the last name on the way here."""
        names = [key for key in self.keys if isinstance(key, str)]
        subject = f"{names[-1]}: " if names else ""
        self.document.problems.append(Problem(self.document.path, self.line, subject + message))

    def first(self, fact: tuple[Any, ...], value: T) -> tuple[T, int]:
        """Who was the first to say this, and on which line: `value` itself, if nobody before."""
        return self.document.firsts.setdefault(fact, (value, self.line))


# --- Settings ------------------------------------------------------------------------------

# Makes what the program wants of what stands in the file. Raises ValueError, or reports.
Reader = Callable[[Any, Place], Any]

FAILED = object()  # instead of a value that could not be read


class Setting(NamedTuple):
    """One line of the reference."""

    read: Reader
    about: str  # "" for what is a table of its own
    elsewhere: str  # what does it there, separated by spaces: Nginx's directives, options of wsgi
    name: str  # of the attribute
    default: Any  # MISSING where it must be given


@functools.cache
def settings_of(table_class: type) -> dict[str, Setting]:
    """The settings of a dataclass, by their keys in the file. Its fields are
    `Annotated[type, reader, about, elsewhere, key]`; the key is the name where it is left out."""
    types = get_type_hints(table_class, include_extras=True)
    found = {}
    for each in fields(table_class):
        given: tuple[Any, ...] = types[each.name].__metadata__
        read, about, elsewhere, key, *_ = (*given, "", "")
        found[key or each.name] = Setting(read, about, elsewhere, each.name, default_of(each))
    return found


def default_of(each: Any) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def read_value(read: Reader, value: Any, place: Place) -> Any:
    """The value as `read` makes it; or FAILED, once its problem is reported."""
    try:
        return read(value, place)
    except ValueError as error:
        place.report(str(error))
        return FAILED


def table(table_class: Callable[..., T], settings: Mapping[str, Setting] | None = None) -> Reader:
    """Reads a table into its dataclass. What could not be read is as if it were not given, and
    None where it must be: whoever looks on for mistakes finds each table of the file."""

    def read_table(value: Any, place: Place) -> T:
        known = settings_of(table_class) if settings is None else settings
        required = [key for key, setting in known.items() if setting.default is MISSING]
        values: dict[str, Any] = {known[key].name: None for key in required}
        if not isinstance(value, dict):
            place.report(str(expected("a table", value)))
            return table_class(**values)
        for key in required:
            if key not in value:
                place.report(f"{key!r} is missing: {known[key].about}")
        for key in value:
            if key not in known:
                place.at(key).report(_unknown(key, known, place.document.homes))
            elif (found := read_value(known[key].read, value[key], place.at(key))) is not FAILED:
                values[known[key].name] = found
        return table_class(**values)

    return read_table


def _unknown(key: str, known: Iterable[str], homes: Mapping[str, str]) -> str:
    if key in homes:
        kin = next((name for name in known if key.startswith(name) or name.startswith(key)), "")
        return f"unknown setting. Here that is {homes[key]}{f', or {kin!r} is meant' * bool(kin)}."
    near = did_you_mean(key, known)
    return f"unknown setting.{near or ' Known are ' + ', '.join(known) + '.'}"


def list_of(read: Reader, least: int = 0) -> Reader:
    """Reads a list into a tuple, each element at its own line."""

    def read_list(value: Any, place: Place) -> tuple[Any, ...]:
        if not isinstance(value, list):
            header = ".".join(key for key in place.keys if isinstance(key, str))
            hint = f". Did you mean [[{header}]], with two brackets?"
            raise expected("a list", value, hint if isinstance(value, dict) else "")
        if len(value) < least:
            raise ValueError(f"expected at least {least}; found an empty list")
        found = [read_value(read, each, place.at(index)) for index, each in enumerate(value)]
        # Without some of them, the others would be taken for those on other lines later on.
        return () if FAILED in found else tuple(found)

    return read_list


def one_or_more(read: Reader, least: int = 0) -> Reader:
    """Reads "a" as ["a"]."""
    whole = list_of(read, least)
    return lambda value, place: whole(value if isinstance(value, list) else [value], place)


def by_name(read_name: Reader, read: Reader) -> Reader:
    """Reads a table whose keys are names that the file chooses."""

    def read_names(value: Any, place: Place) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise expected("a table", value)
        found = {}
        for key, element in value.items():
            name = read_value(read_name, key, place.at(key))
            content = read_value(read, element, place.at(key))
            if name is not FAILED and content is not FAILED:
                found[name] = content
        return found

    return read_names

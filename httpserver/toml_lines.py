"""On which line of a TOML file each key stands, so that an error message can say it.

Before the trip: `tomllib` gives the values of a file and not their places. This walks the same
text once more and looks at the keys alone. It relies on `tomllib` having read the text without
an error, so that it needs to know where a value ends and never whether it is a good one.

https://toml.io/en/v1.0.0.  In Nginx: ngx_conf_file.c, whose every message ends in "in FILE:LINE".
"""

import itertools
import re
import tomllib
from collections.abc import Mapping

# From the document to a value: ("server", 0, "location", 2, "proxy").
Keys = tuple[str | int, ...]

# A string of several lines may end in up to five quotes: three are its end, two its content.
_TOKEN = re.compile(
    r'''(?P<blank>[ \t\r]+|\#[^\n]*)
    |(?P<long>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5})
    |(?P<quoted>"(?:\\.|[^"\\])*"|'[^']*')
    |(?P<bare>[^\s"'\#\[\]{}=,.]+)
    |(?P<mark>[\[\]{}=,.\n])''',
    re.VERBOSE | re.DOTALL,
)


def lines_of(text: str) -> dict[Keys, int]:
    """The line, from 1 on, of every key and every element of a list in a good TOML text.

    A table has the line of its header; one without a header (`a` in `[a.b]`) that where it is
    named first.
    """
    return _Scanner(text).lines


def line_of(lines: Mapping[Keys, int], keys: Keys) -> int:
    """The line of what stands at `keys`, or of the nearest thing around it."""
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[Keys, int] = {}
        self._tables_in: dict[Keys, int] = {}  # how many [[headers]] each list of tables has had
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "blank":
                self._tokens.append((match[0], line))
            line += match[0].count("\n")
        self._tokens.append(("", line))
        self._next = 0
        self._document()

    def _take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1][0]

    def _line(self) -> int:
        return self._tokens[self._next][1]

    def _comes(self, *marks: str) -> bool:
        return self._tokens[self._next][0] in marks

    def _skip(self, *marks: str) -> None:
        while self._comes(*marks):
            self._next += 1

    def _document(self) -> None:
        table: Keys = ()
        self._skip("\n")
        while not self._comes(""):
            if self._comes("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip("\n")

    def _header(self) -> Keys:
        """`[a.b]` or `[[a.b]]`: the path of the table that begins here."""
        line = self._line()
        brackets = self._next
        self._skip("[")
        is_element = self._next - brackets == 2
        *parents, last = self._dotted_key()
        self._skip("]")
        table: Keys = ()
        for name in parents:
            table = self._newest((*table, name))
            self.lines.setdefault(table, line)
        table += (last,)
        if is_element:
            self.lines.setdefault(table, line)
            self._tables_in[table] = self._tables_in.get(table, 0) + 1
            table = self._newest(table)
        self.lines[table] = line
        return table

    def _newest(self, table: Keys) -> Keys:
        """Where this is a list of tables, its last one so far is meant."""
        count = self._tables_in.get(table)
        return (*table, count - 1) if count else table

    def _dotted_key(self) -> list[str]:
        names: list[str] = []
        while not self._comes("=", "]"):
            part = self._take()
            if part[0] in "\"'":  # tomllib knows the escapes
                names += tomllib.loads(f"{part} = 0")
            elif part != ".":
                names.append(part)
        return names

    def _pair(self, table: Keys) -> None:
        """`key = value`, and what the value holds."""
        line = self._line()
        for name in self._dotted_key():
            table += (name,)
            self.lines.setdefault(table, line)
        self._skip("=")
        self._value(table)

    def _value(self, keys: Keys) -> None:
        begin = self._take()
        if begin == "[":
            self._skip("\n")
            for index in itertools.count():
                if self._comes("]"):
                    break
                self.lines[*keys, index] = self._line()
                self._value((*keys, index))
                self._skip(",", "\n")
            self._take()
        elif begin == "{":
            self._skip("\n")
            while not self._comes("}"):
                self._pair(keys)
                self._skip(",", "\n")
            self._take()
        else:  # the second half of a date, or what follows the dot of a number
            while not self._comes("", ",", "]", "}", "\n"):
                self._take()

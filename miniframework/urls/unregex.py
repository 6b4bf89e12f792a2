"""A path out of a regular expression: how `re_path` is reversed.

Most regular expressions in URLconfs are text with a few groups in it. This reads exactly
those; for the others (alternatives, look-aheads, repeated groups) it says None, and
`reverse` tells that such a pattern can only be matched.

In Django: django/utils/regex_helper.py, which goes further.
"""

import re
from typing import NamedTuple


class Parameter(NamedTuple):
    name: str  # an unnamed group is called by its number: "1", "2"
    regex: str


_ANCHORS = {"^", "$", r"\A", r"\Z"}
_TOKEN = re.compile(
    r"""
    (?P<anchor>  \^ | \$ | \\A | \\Z )
  | (?P<escaped> \\ [^0-9A-Za-z] )             # a mark that stands for itself: \.
  | (?P<group>   \( )
  | (?P<literal> [^\\\[\](){}|*+?.] )
    """,
    re.VERBOSE,
)
# What a parenthesis has to be told apart from. In "[]...]" and "[^]...]" a bracket that
# comes first stands for itself.
_INSIDE = re.compile(r"\\. | \[ \^? \]? (?: \\. | [^\]\\] )* \] | [()]", re.VERBOSE | re.DOTALL)
_QUANTIFIER = re.compile(r"[*+?{]")


def regex_parts(regex: str) -> list[str | Parameter] | None:
    """Text and parameters in order, or None where it takes more than these."""
    parts: list[str | Parameter] = []
    named = "(?P<" in regex
    position = 0
    while position < len(regex):
        token = _TOKEN.match(regex, position)
        if token is None:
            return None
        position = token.end()
        if token["group"]:
            end = _closing_parenthesis(regex, position)
            parameter = _parameter(regex[position:end], named, len(parts))
            if parameter is None:
                return None
            parts.append(parameter)
            position = end + 1
        elif token["escaped"] or token["literal"]:
            parts.append((token["escaped"] or token["literal"])[-1])
        if _QUANTIFIER.match(regex, position):
            # "/?" may be left out, and is; any other repetition is too much for this.
            if regex[position] != "?" or isinstance(parts[-1] if parts else None, Parameter):
                return None
            parts.pop()
            position += 1
    return parts


def _parameter(inside: str, named: bool, number: int) -> Parameter | None:
    """What a group asks for; None for the kinds of "(?" that ask for no argument."""
    name = re.match(r"\?P<(\w+)>", inside)
    if name:
        return Parameter(name[1], inside[name.end() :])
    if inside.startswith("?") or named:
        return None
    return Parameter(str(number), inside)


def _closing_parenthesis(regex: str, position: int) -> int:
    """Where the group that was opened just before `position` ends."""
    depth = 1
    for token in _INSIDE.finditer(regex, position):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()
    return len(regex)

"""Helpers for reading a tag's words: what authors of tags use beside the parser.

Step 7. In Django: django.template.base.token_kwargs.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from templating.expressions import FilterExpression
    from templating.parser import Parser

NAMED = re.compile(r"(\w+)=(.+)", re.DOTALL)


def token_kwargs(
    bits: list[str], parser: "Parser", support_legacy: bool = False
) -> "dict[str, FilterExpression]":
    """Take `name=value` words off the front of `bits` and parse their values.

    With `support_legacy`, the old form `value as name and value as name` too.
    """
    kwargs: dict[str, FilterExpression] = {}
    if not bits:
        return kwargs
    if NAMED.fullmatch(bits[0]):
        while bits and (found := NAMED.fullmatch(bits[0])):
            kwargs[found[1]] = parser.compile_filter(found[2])
            del bits[0]
        return kwargs
    while support_legacy and len(bits) >= 3 and bits[1] == "as":
        kwargs[bits[2]] = parser.compile_filter(bits[0])
        del bits[:3]
        if not bits or bits[0] != "and":
            break
        del bits[0]
    return kwargs

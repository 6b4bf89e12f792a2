"""The built-in filters under the module name that Django gives them.

Step 7. `from templating.defaultfilters import slugify, stringfilter` as in Django.
"""

from templating.filters.dates import date, time, timesince, timeuntil
from templating.filters.html import escapejs, linebreaks, linebreaksbr, striptags
from templating.filters.lists import dictsort, first, join, last, length
from templating.filters.logic import default, default_if_none, pluralize, yesno
from templating.filters.numbers import add, filesizeformat, floatformat
from templating.filters.stringfilter import stringfilter
from templating.filters.text import (
    capfirst,
    lower,
    slugify,
    title,
    truncatechars,
    truncatewords,
    upper,
    urlencode,
)

__all__ = [
    "add", "capfirst", "date", "default", "default_if_none", "dictsort", "escapejs",
    "filesizeformat", "first", "floatformat", "join", "last", "length", "linebreaks",
    "linebreaksbr", "lower", "pluralize", "slugify", "stringfilter", "striptags", "time",
    "timesince", "timeuntil", "title", "truncatechars", "truncatewords", "upper", "urlencode",
    "yesno",
]  # fmt: skip

"""The built-in filters under the module name that Django gives them.

Step 7. `from templating.defaultfilters import slugify, stringfilter` as in Django.
"""

from templating.filters.dates import date, time, timesince, timeuntil
from templating.filters.html import (
    escape,
    escapejs,
    force_escape,
    json_script,
    linebreaks,
    linebreaksbr,
    linenumbers,
    safe,
    striptags,
)
from templating.filters.links import urlize, urlizetrunc
from templating.filters.lists import (
    dictsort,
    dictsortreversed,
    escapeseq,
    first,
    join,
    last,
    length,
    random,
    safeseq,
    slice_filter,
    unordered_list,
)
from templating.filters.logic import default, default_if_none, pluralize, yesno
from templating.filters.numbers import add, divisibleby, filesizeformat, floatformat, get_digit
from templating.filters.stringfilter import stringfilter
from templating.filters.text import (
    addslashes,
    capfirst,
    center,
    cut,
    iriencode,
    ljust,
    lower,
    make_list,
    phone2numeric,
    pprint,
    rjust,
    slugify,
    stringformat,
    title,
    upper,
    urlencode,
    wordcount,
    wordwrap,
)
from templating.filters.truncation import (
    truncatechars,
    truncatechars_html,
    truncatewords,
    truncatewords_html,
)

# Django's names for those whose own are taken there.
escape_filter = escape
escapejs_filter = escapejs
linebreaks_filter = linebreaks
phone2numeric_filter = phone2numeric
timesince_filter = timesince
timeuntil_filter = timeuntil

__all__ = [
    "add", "addslashes", "capfirst", "center", "cut", "date", "default", "default_if_none",
    "dictsort", "dictsortreversed", "divisibleby", "escape", "escape_filter", "escapejs",
    "escapejs_filter", "escapeseq", "filesizeformat", "first", "floatformat", "force_escape",
    "get_digit", "iriencode", "join", "json_script", "last", "length", "linebreaks",
    "linebreaks_filter", "linebreaksbr", "linenumbers", "ljust", "lower", "make_list",
    "phone2numeric", "phone2numeric_filter", "pluralize", "pprint", "random", "rjust", "safe",
    "safeseq", "slice_filter", "slugify", "stringfilter", "stringformat", "striptags", "time",
    "timesince", "timesince_filter", "timeuntil", "timeuntil_filter", "title", "truncatechars",
    "truncatechars_html", "truncatewords", "truncatewords_html", "unordered_list", "upper",
    "urlencode", "urlize", "urlizetrunc", "wordcount", "wordwrap", "yesno",
]  # fmt: skip

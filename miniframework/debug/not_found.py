"""The technical 404 page: which patterns were tried, and what the view said.

Step 9 of the trip.  In Django: django.views.debug.technical_404_response.
"""

from typing import Any

from miniframework.conf import settings
from miniframework.debug.cleanse import covered
from miniframework.debug.page import DEBUG_NOTE, page, table, text
from miniframework.http import HttpRequest, HttpResponse

MAX_TRIED = 200


def technical_404_response(request: HttpRequest, exception: Exception) -> HttpResponse:
    rows = [("Request", covered(f"{request.method} {request.get_full_path()}"))]
    tried = getattr(exception, "tried", None)
    if tried is None:
        # The path was found, and the view, or a middleware, said that there is nothing.
        if request.resolver_match is not None:
            rows.append(("Raised by", request.resolver_match._func_path))
        explanation = f"<pre class=message>{text(str(exception) or 'No message was given.')}</pre>"
    else:
        explanation = patterns_section(request, tried)
    body = f"<h1>Page not found <span class=dim>(404)</span></h1>\n{table(rows)}\n{explanation}"
    return HttpResponse(page("Page not found", body, DEBUG_NOTE), status=404)


def patterns_section(request: HttpRequest, tried: list[list[Any]]) -> str:
    """Each way through the URLconf that was looked at, in order."""
    urlconf = request.urlconf or settings.ROOT_URLCONF
    name = getattr(urlconf, "__name__", urlconf if isinstance(urlconf, str) else "the URLconf")
    path = request.path_info.removeprefix("/")
    ways = "\n".join(f"<li><code>{way(patterns)}</code></li>" for patterns in tried[:MAX_TRIED])
    asked = f"the path <code>{text(path)}</code>" if path else "the empty path"
    return (
        f"<h2>Patterns tried</h2>\n<p>In <code>{text(name)}</code>, in this order:</p>\n"
        f"<ol>{ways}</ol>\n<p>None of them matches {asked}.</p>"
        if ways
        else f"<p><code>{text(name)}</code> has no patterns yet.</p>"
    )


def way(patterns: list[Any]) -> str:
    """ "polls/ → <int:pk>/ [name='detail']": the patterns from the root to the leaf."""
    steps = [text(getattr(pattern, "pattern", pattern)) or "(empty)" for pattern in patterns]
    last = getattr(patterns[-1], "name", None) if patterns else None
    return " → ".join(steps) + (
        f" <span class=dim>[name={text(repr(last))}]</span>" if last else ""
    )
